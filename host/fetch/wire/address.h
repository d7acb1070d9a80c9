/* SPDX-License-Identifier: MIT
 *
 * Addresses of the internet, as a configuration may write them, and which of them lead back inside. Pure; any thread.
 */
#ifndef FETCH_ADDRESS_H
#define FETCH_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

#include "base/error.h"

#define FETCH_URL_SIZE 2049 /* with the NUL */

struct fetch_url {
	bool is_https;
	bool is_literal;  /* the host is an address, not a name */
	bool is_loopback; /* the host is a loopback address, or "localhost" */
	char host[254];	  /* without brackets */
};

/* https://HOST[:PORT][/PATH][?QUERY] in printable ASCII; http where the host is loopback. GW_ERR_SYNTAX, with what is
 * wrong; the sentence repeats nothing of the address but the host. */
NODISCARD gw_status fetch_url_parse(struct fetch_url *ret, const char *text, struct error *err);

/* May a connection for this url go to that address? Not to one inside (loopback, private, link-local, shared, unique
 * local, reserved, multicast; also within another form) unless the url itself writes an address, or localhost. */
bool fetch_may_connect(const struct fetch_url *url, const struct sockaddr *address);
bool fetch_is_inside(const struct sockaddr *address);

#endif
