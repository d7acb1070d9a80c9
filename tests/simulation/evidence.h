/* SPDX-License-Identifier: MIT
 *
 * What a branch of the model chain shows of OURS: its misses, its blocks, how its key moved. What the invariants judge
 * by.
 */
#ifndef SIMULATION_EVIDENCE_H
#define SIMULATION_EVIDENCE_H

#include "world.h"

/* As seen from its head. */
struct evidence {
	uint32_t in_window, in_a_row; /* counted misses under the present key */
	uint32_t newest;	      /* number of the block that showed the newest one; 0: none */
	bool produced_since;
	bool cut; /* the blocks that are kept do not reach back far enough */
};
/* w: who judges; where it did not see the key change it may count what came before. NULL: nobody. */
struct evidence evidence_at(const struct world *world, uint32_t head, int64_t window_s, const struct watcher *w);

/* No more than so many of the others filled their slot in the last round. */
bool few_take_part(const struct watcher *w, const struct sim_block *head, uint32_t percent);
/* The key that production is to be moved away from: under the null key the one before it. */
uint8_t key_moved_from(const struct world *world, const struct sim_block *head);
/* Chain time of the head at which the present key's misses may first have been seen to be more than allowed; for the
 * chain's null, of the block that set it. 0: there are not as many, or the blocks that are kept do not reach back. */
int64_t first_due_s(const struct world *world, const struct sim_block *head, const struct watcher *w);

/* Of the oldest of the newest ones that are enough by themselves. */
int64_t enough_since_s(const struct world *world, const struct sim_block *head, const struct watcher *w);

/* Chain time of the block that shows the oldest of them; 0: none. */
int64_t first_miss_s(const struct world *world, const struct sim_block *head, const struct watcher *w);

/* The chain took that key away before the first block signed with it, and none came since. */
bool was_shut_down_at_once(const struct world *world, const struct sim_block *head, uint8_t key);

/* How the key left `key` for the last time, and what happened to it since. */
struct loss {
	const struct sim_block *left; /* NULL: it never did, as far as blocks are kept */
	bool by_misses;		      /* it was lost by own misses, or by the chain's null */
	bool by_hand;		      /* since then it was moved on from a node that had not missed too much */
	bool unseen;		      /* the watcher saw not all of it as it happened */
};
struct loss how_lost(const struct world *world, const struct sim_block *head, uint8_t key, const struct watcher *w);

#endif
