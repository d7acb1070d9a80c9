/* SPDX-License-Identifier: MIT
 *
 * This host among the watchers of its cluster: what it sees goes into its statements. Each does nothing where there is
 * no cluster. [loop]
 */
#ifndef DAEMON_NEIGHBOURS_H
#define DAEMON_NEIGHBOURS_H

#include <golos_watch/types.h>

#include "base/error.h"

struct host;

/* With the keys in host->cluster_keys. notice: has the host as its context. GW_ERR_SYSTEM, GW_ERR_CONFIG: cannot listen. */
NODISCARD gw_status neighbours_open(struct host *host,
				    void (*notice)(void *context, int32_t severity, const char *code, const char *text),
				    int *ret_exit, struct error *err);
void neighbours_block(struct host *host, const struct gw_block_event *event);
void neighbours_witness(struct host *host, const struct gw_witness_event *event);
void neighbours_nodes(struct host *host, const struct gw_nodes_event *event);

#endif
