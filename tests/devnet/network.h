/* SPDX-License-Identifier: MIT
 *
 * The nodes of a devnet and what travels between them. Every node has its own chain, its own private keys of
 * witnesses, and hears of blocks and transactions only through messages, which each pair of nodes can delay, drop or
 * cut. Pure: time is what network_advance is told, in milliseconds since 1970; all else follows from the seed. One
 * thread.
 */
#ifndef DEVNET_NETWORK_H
#define DEVNET_NETWORK_H

#include "devnet/chain.h"

#define NODES_MAX	       32
#define NODE_KEYS_MAX	       ACCOUNTS_MAX
#define MESSAGES_MAX	       100000 /* under way at once; beyond it they are lost */
#define PARTICIPATION_REQUIRED 33     /* percent; golosd's required-participation */

struct network;

struct network_events { /* any may be NULL */
	void *context;
	void (*applied)(void *context, size_t node, struct block *block);
	void (*accepted)(void *context, size_t node, struct signed_transaction *tx); /* now pending there */
};

/* `genesis` is copied. Link delay is 20 ms at first. */
struct network *network_new(const struct genesis *genesis, size_t node_count, const struct network_events *events);
void network_free(struct network *net);

/* Lets time pass up to `now_ms`, never backwards: messages arrive, slots come. No slot is ever too late for its block:
 * it would be this process that got no time, and no golosd. */
void network_advance(struct network *net, int64_t now_ms);
/* The next time at which something happens, later than the last network_advance. */
int64_t network_next_ms(const struct network *net);
int64_t network_now_ms(const struct network *net);

struct genesis *network_genesis(struct network *net); /* accounts may be changed by hand, for all nodes at once */
size_t network_node_count(const struct network *net);
struct chain *network_chain(struct network *net, size_t node);

/* As from a client of that node: accepted there and sent on. */
bool network_broadcast(struct network *net, size_t node, struct signed_transaction *tx, struct refusal *ret);

/* A private key at a node: golosd's `witness` and `private-key`. The same pair again changes nothing. */
void network_give_key(struct network *net, size_t node, const char *witness, const struct secret_key *key);
/* The node's golosd has lost (or finds again) its keys of that witness. */
void network_hold_key(struct network *net, size_t node, const char *witness, bool held);
/* `to` holds whatever keys `from` does: cut off, it goes on with a branch of its own, as high as the other one. */
void network_share_keys(struct network *net, size_t from, size_t to);

/* ---- faults -------------------------------------------------------------------------------------------------- */

void network_kill(struct network *net, size_t node);
/* As a restarted golosd: from its irreversible block on, producing only once it is in sync. */
void network_revive(struct network *net, size_t node);
bool network_is_alive(const struct network *net, size_t node);
/* Hears nothing and produces nothing, but lives; joined again it catches up. */
void network_isolate(struct network *net, size_t node, bool isolated);
void network_cut(struct network *net, size_t a, size_t b, bool cut);
void network_delay(struct network *net, size_t from, size_t to, int64_t delay_ms);
/* Of a thousand messages on this way so many are lost, by the seed's chance. */
void network_drop(struct network *net, size_t from, size_t to, unsigned per_thousand);
/* The next `count` slots of a witness pass without a block, wherever its key lies. */
void network_miss(struct network *net, const char *witness, unsigned count);
void network_halt(struct network *net, bool halted); /* nobody produces */

#endif
