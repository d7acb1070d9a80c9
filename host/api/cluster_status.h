/* SPDX-License-Identifier: MIT
 *
 * The cluster in the status. [loop]
 */
#ifndef API_CLUSTER_STATUS_H
#define API_CLUSTER_STATUS_H

#include "base/json_writer.h"

struct cluster;

/* The member `cluster`: null where there is none. */
void cluster_status_write(struct json_writer *w, const struct cluster *cluster);

#endif
