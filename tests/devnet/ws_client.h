/* SPDX-License-Identifier: MIT
 *
 * A small blocking websocket client for tests: loopback, ws:// alone, text messages, every wait with a deadline.
 */
#ifndef DEVNET_WS_CLIENT_H
#define DEVNET_WS_CLIENT_H

#include "base/json.h"

struct ws_client;

/* GW_ERR_UNAVAILABLE: refused or closed; GW_ERR_TIMEOUT; GW_ERR_PROTOCOL: no websocket there. */
NODISCARD gw_status ws_connect(struct ws_client **ret, uint16_t port, int timeout_ms);
void ws_close(struct ws_client *client); /* NULL is fine */
/* To poll for POLLIN beside other descriptors; nothing is read ahead, so it is readable where a message waits. */
int ws_fd(const struct ws_client *client);

NODISCARD gw_status ws_send(struct ws_client *client, const char *text, size_t len);
NODISCARD gw_status ws_send_binary(struct ws_client *client, const void *bytes, size_t len);
/* The next message, NUL-terminated; caller frees. GW_ERR_UNAVAILABLE: the other side closed. */
NODISCARD gw_status ws_receive(struct ws_client *client, char **ret, int timeout_ms);

/* A call and its answer, pushes in between thrown away: the id is chosen here. `args` is a JSON array. *ret is the
 * whole answer; caller frees it with json_free. */
NODISCARD gw_status ws_call(struct ws_client *client, const char *api, const char *method, const char *args,
			    struct json **ret, int timeout_ms);

#endif
