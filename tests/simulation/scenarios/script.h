/* SPDX-License-Identifier: MIT
 *
 * What scenarios are made of: the table's row, what is wanted of an outcome, and the steps that many share. Node 0
 * holds key 1 and produces at first, node 1 is the first backup with key 2, and so on.
 */
#ifndef SIMULATION_SCRIPT_H
#define SIMULATION_SCRIPT_H

#include "invariants.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)

struct scenario {
	const char *name;
	void (*play)(struct world *world);
	uint32_t nodes, scheduled, rare_rounds, reset_s; /* 0: 2, 21, 1, six hours */
	uint32_t allowed_plus_1;			 /* 0: allowed_misses 1 */
	bool unordered, endpoint, same_key, stay;
	void (*set)(struct world_options *options); /* whatever else; NULL: nothing */
};

/* One table for each theme, ended by a row without a name. */
extern const struct scenario scenarios_producer_dies[], scenarios_producer_well[], scenarios_guards[],
	scenarios_own_node[], scenarios_orders[], scenarios_several_nodes[], scenarios_broadcasts[],
	scenarios_chains_null[], scenarios_called_off[];

#define WANT(world, condition)                                                                                         \
	do {                                                                                                           \
		if (!(condition))                                                                                      \
			world_break(world, PRODUCTION_RESUMES, "wanted: %s", #condition);                              \
	} while (0)

/* The signing key as the chain's own side has it. */
uint8_t key_now(const struct world *world);
/* Some minutes in which all is well, then the counts of lost blocks and own slots begin. */
void warm_up(struct world *world);
/* Wants the key to become the signing key within that time. */
void until_key(struct world *world, uint8_t key, int64_t at_most_ms);
void until_lost(struct world *world, uint32_t lost);
/* The holder of the key misses its next `n` slots, and is well then. */
void miss(struct world *world, uint32_t n);
/* One slot, and the next own slot is not close: there is room for a switch. */
void miss_in_mid_round(struct world *world);
/* Wants a block of the witness by that key. */
void produces(struct world *world, uint8_t key, int64_t within_ms);
/* Wants that no switch is made, nor sent. */
void no_switch_for(struct world *world, int64_t ms);
/* Until this watcher sends a switch; wants it within that time. */
void until_sent(struct world *world, uint8_t who, int64_t within_ms);
/* Slots until the witness's own; 0: beyond what the order tells. */
uint32_t own_slot_in(const struct world *world);
/* Until a block was made after which the witness's next slot is the `n`-th. */
void until_own_slot_in(struct world *world, uint32_t n);
/* That guard holds this watcher's due switch, and people were told. */
bool is_held_by(const struct world *world, uint8_t who, const char *guard);
/* kill -9, and its journal is gone: what starts later is a new watcher. */
void watcher_is_lost(struct world *world, uint8_t who);

#endif
