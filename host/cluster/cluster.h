/* SPDX-License-Identifier: MIT
 *
 * The watchers of one witness know each other: socket, keys and what is known of each peer, joined. Reports; moves
 * nothing. [loop]
 */
#ifndef CLUSTER_CLUSTER_H
#define CLUSTER_CLUSTER_H

#include "cluster/keys.h"
#include "cluster/peers.h"
#include "cluster/socket.h"

struct cluster;

struct cluster_setup {
	struct loop *loop;
	const struct cluster_settings *settings;
	const struct cluster_keys *keys; /* borrowed */
	bool observer;			 /* this node has no golosd */
	void *context;
	/* code: peer_silent, peer_heard, peer_version, peer_list_differs */
	void (*notice)(void *context, int32_t severity, const char *code, const char *text);
	/* before each statement of the second: the caller says what it states of its witnesses */
	void (*look)(void *context);
};

NODISCARD gw_status cluster_new(struct cluster **ret, const struct cluster_setup *setup, struct error *err);
void cluster_free(struct cluster *cluster); /* NULL is fine */

void cluster_golosd(struct cluster *cluster, bool connected);
/* Our head; id: 40 hex digits. epoch: of the block event; another one forgets the evidence. */
void cluster_head(struct cluster *cluster, uint32_t number, const char *id, uint32_t epoch);
void cluster_forget(struct cluster *cluster); /* a signing key has changed */
void cluster_state_witnesses(struct cluster *cluster, const struct statement_witness *witnesses, size_t count);

/* Some peer was heard within 15 s: an observer is well. */
bool cluster_is_heard(const struct cluster *cluster);
const struct peers *cluster_peers(const struct cluster *cluster);
const struct socket_counts *cluster_counts(const struct cluster *cluster);
uint16_t cluster_port(const struct cluster *cluster);

#endif
