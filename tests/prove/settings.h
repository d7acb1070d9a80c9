/* SPDX-License-Identifier: MIT
 *
 * The worlds that are searched.
 */
#ifndef PROVE_SETTINGS_H
#define PROVE_SETTINGS_H

#include "world.h"

#define SETTLE_EVERY 128
#define VERIFY_EVERY 256

#define STEP_BIT(type) (1u << (type))
#define CHAIN_FAULTS   (STEP_BIT(STEP_MISSED) | STEP_BIT(STEP_BARE) | STEP_BIT(STEP_FORK) | STEP_BIT(STEP_LATE))
#define NODE_FAULTS                                                                                                    \
	(STEP_BIT(STEP_DIE) | STEP_BIT(STEP_LAG) | STEP_BIT(STEP_CUT) | STEP_BIT(STEP_KILL) | STEP_BIT(STEP_SLOW))
#define OPERATORS_DEEDS (STEP_BIT(STEP_HOLD) | STEP_BIT(STEP_TAKEOVER) | STEP_BIT(STEP_DISABLE))
#define EVERYTHING	(CHAIN_FAULTS | NODE_FAULTS | OPERATORS_DEEDS)

#define SAMPLED .settle_every = SETTLE_EVERY, .verify_every = VERIFY_EVERY

static const struct setting settings[] = {
	{.name = "pair", .nodes = 2, .max_switches = 1, .allowed = EVERYTHING, .faults = 2, .depth = 14, SAMPLED},
	{.name = "patient",
	 .nodes = 2,
	 .allowed_misses = 1,
	 .max_switches = 2,
	 .allowed = EVERYTHING,
	 .faults = 2,
	 .depth = 14,
	 SAMPLED},
	{.name = "three", .nodes = 3, .max_switches = 2, .allowed = EVERYTHING, .faults = 2, .depth = 14, SAMPLED},
	/* three without `order`: pauses are drawn */
	{.name = "unordered",
	 .nodes = 3,
	 .max_switches = 2,
	 .without_order = 1,
	 .allowed = EVERYTHING,
	 .faults = 2,
	 .depth = 14,
	 SAMPLED},
	/* every watcher has a second endpoint, and wants both to agree */
	{.name = "public",
	 .nodes = 2,
	 .max_switches = 2,
	 .links = 2,
	 .confirm_nodes = 2,
	 .allowed = EVERYTHING,
	 .faults = 2,
	 .depth = 14,
	 SAMPLED},
	/* the same, and its own golosd alone is enough */
	{.name = "stand-in",
	 .nodes = 2,
	 .max_switches = 2,
	 .links = 2,
	 .allowed = EVERYTHING,
	 .faults = 2,
	 .depth = 14,
	 SAMPLED},
	/* the chain nulls a witness with the second slot missed */
	{.name = "null",
	 .nodes = 2,
	 .allowed_misses = 2,
	 .max_switches = 2,
	 .skipping_blocks = 5,
	 .allowed = EVERYTHING,
	 .faults = 2,
	 .depth = 16,
	 SAMPLED},
	/* node 0 has lost production, is well again, and takes it back in time */
	{.name = "preempt",
	 .nodes = 2,
	 .max_switches = 2,
	 .preempt_delay_s = 24,
	 .begins_lost = 1,
	 .allowed = EVERYTHING,
	 .faults = 2,
	 .depth = 16,
	 SAMPLED},
};
static const size_t setting_count = sizeof(settings) / sizeof(settings[0]);

#endif
