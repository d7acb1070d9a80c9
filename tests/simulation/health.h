/* SPDX-License-Identifier: MIT
 *
 * Who is well, and what a node that is well owes: production that moved to it in order and in time. Part of the
 * invariants.
 */
#ifndef SIMULATION_HEALTH_H
#define SIMULATION_HEALTH_H

#include "world.h"

void trouble_begins(struct trouble *trouble, int64_t now_ms);
void trouble_ends(struct trouble *trouble, int64_t now_ms);

/* By the operator, as far as the watcher may know. */
bool health_is_held(const struct watcher *w);
/* The chain took the key away, and the watcher saw it: else it counts as the operator's will. */
bool health_saw_null(const struct watcher *w, const struct sim_block *head);
/* Each second of a watcher's: could it take over? */
void health_tick(struct watcher *w);
/* 4: a block was made with a switch: nobody better placed was passed over. */
void health_switch(struct world *world, const struct sim_tx *tx, const struct sim_block *parent);
/* 4: a slot begins: production has not stood for too long while some node was well. */
void health_slot(struct world *world, const struct sim_block *head);

#endif
