/* SPDX-License-Identifier: MIT
 *
 * What must hold in every run. Judged from the model chain's own blocks and from what was delivered to a watcher, with
 * none of the judged modules' code.
 */
#ifndef SIMULATION_INVARIANTS_H
#define SIMULATION_INVARIANTS_H

#include "world.h"

#define CLOCK_SLACK_MS 1500 /* blocks come late: the watcher's chain time is behind by as much */

/* The monitor submits a switch, for that enum monitor_cause: 2 and 3. */
void invariants_begin(struct watcher *w, int32_t cause);
/* A transaction goes to a node: 1, 2 and 3. */
void invariants_send(struct watcher *w, const struct sim_tx *tx);
/* The monitor was told of a block of that serial, by its id: 5, where two nodes have one key. */
void invariants_told_own_block(struct watcher *w, uint32_t serial);
/* OURS had a block made by that golosd. */
void invariants_produced(struct world *world, uint8_t golosd);
/* A block was made: 3 and 7 for the updates that it holds. */
void invariants_block(struct world *world, const struct sim_block *block);
/* The monitor is told of the block of that number, or, where it follows a transaction, of the state on that head. */
void invariants_told_block(struct watcher *w, uint32_t num);
void invariants_told_state(struct watcher *w, uint64_t submission, uint32_t head);
/* A slot begins: what the one before it came to. */
void invariants_slot(struct world *world);
/* The holder of the key could produce, but an update is pending: 6. */
void invariant_slot_lost_to_pending(struct world *world, uint8_t golosd);
/* 4 and 5, once the faults are over. */
void invariant_production_resumes(struct world *world, int64_t within_ms);
void invariant_calm_after_faults(struct world *world, int64_t for_ms);

#endif
