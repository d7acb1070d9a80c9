/* SPDX-License-Identifier: MIT
 *
 * What must hold in every run. Judged from the model chain's own blocks and from what was delivered to a watcher, with
 * none of the judged modules' code.
 */
#ifndef SIMULATION_INVARIANTS_H
#define SIMULATION_INVARIANTS_H

#include "world.h"

/* A transaction goes to a node: 1, 2 and 3. */
void invariants_send(const struct watcher *w, const struct sim_tx *tx);
/* A block was made: 3 and 7 for the updates that it holds. */
void invariants_block(struct world *world, const struct sim_block *block);
/* A slot begins: what the one before it came to. */
void invariants_slot(struct world *world);
/* The holder of the key could produce, but an update is pending: 6. */
void invariant_slot_lost_to_pending(struct world *world, uint8_t golosd);
/* 4 and 5, once the faults are over. */
void invariant_production_resumes(struct world *world, int64_t within_ms);
void invariant_calm_after_faults(struct world *world, int64_t for_ms);

/* What a branch shows of OURS, as seen from its head. */
struct evidence {
	uint32_t in_window, in_a_row; /* counted misses under the present key */
	uint32_t newest;	      /* number of the block that showed the newest one; 0: none */
	bool produced_since;
	bool cut; /* the blocks that are kept do not reach back far enough */
};
/* w: who judges; where it did not see the key change it may count what came before. NULL: nobody. */
struct evidence evidence_at(const struct world *world, uint32_t head, int64_t window_s, const struct watcher *w);

#endif
