/* SPDX-License-Identifier: MIT
 *
 * Sockets of the devnet: one websocket port a node, on loopback. The only file that knows libwebsockets is server.c.
 */
#ifndef DEVNET_SERVER_H
#define DEVNET_SERVER_H

#include "devnet/wire.h"

struct server;

/* One listening port a node: ports[i], 0 for any free one. Everything is copied. */
NODISCARD gw_status server_new(struct server **ret, const struct genesis *genesis, size_t node_count,
			       const uint16_t *ports, const struct wire_options *options, struct error *err);
void server_free(struct server *server);

struct wire *server_wire(struct server *server);
uint16_t server_port(const struct server *server, size_t node);

/* Serves until server_stop; a killed node's port refuses until it is revived. */
void server_run(struct server *server);
/* From a signal handler, too. */
void server_stop(struct server *server);

#endif
