/* SPDX-License-Identifier: MIT
 *
 * The datagrams of the cluster: one dual-stack UDP socket in the loop. Sends our statement to each node every second (less
 * or more a tenth) and at once on news, and the newest of each other one as a relay. Nothing that does not open is
 * answered. [loop]
 */
#ifndef CLUSTER_SOCKET_H
#define CLUSTER_SOCKET_H

#include "cluster/keys.h"
#include "cluster/peers.h"
#include "loop/loop.h"

struct socket_counts {
	uint64_t received;
	uint64_t words;	     /* newer statements */
	uint64_t repeated;   /* heard before: by a relay mostly */
	uint64_t refused;    /* opened, and no statement of a node of ours, or of a boot id that nothing proves */
	uint64_t not_opened; /* forged, damaged, of another key or chain */
	uint64_t strange;    /* no datagrams of ours */
	uint64_t version;    /* of another version */
	uint64_t over_limit; /* not tried: too many */
	uint64_t sent;
	uint64_t not_sent; /* the system refused */
};

struct cluster_socket;

struct socket_events {
	void *context;
	void (*second)(void *context);	/* before the statement of each second */
	void (*changed)(void *context); /* after what was heard, and at least each second */
};

/* nodes: in the order of the peers. keys, peers: borrowed. GW_ERR_SYSTEM, GW_ERR_CONFIG: the address cannot be listened
 * at. */
NODISCARD gw_status cluster_socket_new(struct cluster_socket **ret, struct loop *loop, const struct cluster_address *at,
				       const struct cluster_node *nodes, const struct cluster_keys *keys,
				       struct peers *peers, const struct socket_events *events, struct error *err);
void cluster_socket_free(struct cluster_socket *cluster); /* NULL is fine */
/* Something that we state may have changed. */
void cluster_socket_news(struct cluster_socket *cluster);
/* That node is not heard: its names are resolved anew. */
void cluster_socket_find(struct cluster_socket *cluster, size_t place);
const struct socket_counts *cluster_socket_counts(const struct cluster_socket *cluster);
/* The port that is listened at. */
uint16_t cluster_socket_port(const struct cluster_socket *cluster);

#endif
