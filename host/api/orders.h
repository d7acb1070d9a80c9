/* SPDX-License-Identifier: MIT
 *
 * What people ask of the running host: its status, its history, and orders to its instances. [loop]
 */
#ifndef HOST_ORDERS_H
#define HOST_ORDERS_H

#include "api/server.h"
#include "daemon/host.h"

/* A ctl_handler; context is the struct host. */
void orders_handle(void *context, struct ctl_client *client, const struct ctl_request *request);
/* The host's state as a JSON object. Caller frees. */
char *orders_status(struct host *host);
/* The same figures in Prometheus's text form. Caller frees. */
char *orders_metrics(struct host *host);
/* One sentence for the log: head, nodes, and the role of each instance that tells one. Caller frees. */
char *orders_heartbeat(struct host *host);
/* True when the watch sees: a driving node whose head is not older than 60 s. */
bool orders_sees_chain(const struct host *host);
/* It sees, and each plugin instance of the configuration runs. */
bool orders_healthy(const struct host *host);

#endif
