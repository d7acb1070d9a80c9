/* SPDX-License-Identifier: MIT
 *
 * The URL of an endpoint, taken apart: ws://[user:password@]host[:port][/path] or wss://…. Pure. The checks for other
 * parts, nodes_url_check and nodes_url_public, are declared in nodes.h.
 */
#ifndef NODE_URL_H
#define NODE_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define URL_SIZE      512 /* the whole, with its NUL */
#define URL_HOST_SIZE 256
/* Without a port: ws is a golosd itself, which listens at 8091; wss is an nginx before it, at 443. */
#define URL_PORT_WS  8091
#define URL_PORT_WSS 443

struct url {
	bool tls;
	uint16_t port;
	char host[URL_HOST_SIZE]; /* a name or an address, IPv6 without its brackets */
	char path[URL_SIZE];	  /* with the query; "/" where none is given */
	char login[URL_SIZE];	  /* "user:password" with its %XX decoded, a secret; "" where none is given */
};

/* GW_ERR_SYNTAX, GW_ERR_RANGE: *err says what is wrong, and never shows the login. */
NODISCARD gw_status url_parse(struct url *ret, const char *text, struct error *err);

/* "Basic …", the value of the Authorization header for its login, a secret; "" without a login. size: 4/3 of URL_SIZE
 * and 16 more. */
void url_authorization(char *ret, size_t size, const struct url *url);

#endif
