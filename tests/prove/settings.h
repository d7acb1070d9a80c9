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
	{.name = "pair",
	 .what = "two nodes, one miss is enough",
	 .nodes = 2,
	 .max_switches = 1,
	 .allowed = EVERYTHING,
	 .faults = 2,
	 .depth = 20,
	 SAMPLED},
	{.name = "patient",
	 .what = "two nodes, one miss is allowed",
	 .nodes = 2,
	 .allowed_misses = 1,
	 .max_switches = 2,
	 .allowed = EVERYTHING,
	 .faults = 2,
	 .depth = 20,
	 SAMPLED},
	{.name = "three",
	 .what = "three nodes in order",
	 .nodes = 3,
	 .max_switches = 2,
	 .allowed = EVERYTHING,
	 .faults = 2,
	 .depth = 20,
	 SAMPLED},
	{.name = "unordered",
	 .what = "three nodes without order: all go at once",
	 .nodes = 3,
	 .max_switches = 2,
	 .without_order = 1,
	 .allowed = EVERYTHING,
	 .faults = 2,
	 .depth = 18,
	 SAMPLED},
	{.name = "public",
	 .what = "two nodes, each with a second endpoint that must confirm a switch",
	 .nodes = 2,
	 .max_switches = 2,
	 .links = 2,
	 .confirm_nodes = 2,
	 .allowed = EVERYTHING,
	 .faults = 2,
	 .depth = 20,
	 SAMPLED},
	{.name = "stand-in",
	 .what = "two nodes, each with a second endpoint that drives while its golosd is away",
	 .nodes = 2,
	 .max_switches = 2,
	 .links = 2,
	 .allowed = EVERYTHING,
	 .faults = 2,
	 .depth = 20,
	 SAMPLED},
	{.name = "null",
	 .what = "the chain itself shuts the witness down after two slots",
	 .nodes = 2,
	 .allowed_misses = 2,
	 .max_switches = 2,
	 .skipping_blocks = 5,
	 .allowed = EVERYTHING,
	 .faults = 2,
	 .depth = 20,
	 SAMPLED},
	{.name = "preempt",
	 .what = "the first node has lost production, is well again and takes it back",
	 .nodes = 2,
	 .max_switches = 2,
	 .preempt_delay_s = 24,
	 .begins_lost = 1,
	 .allowed = EVERYTHING,
	 .faults = 2,
	 .depth = 20,
	 SAMPLED},
};
static const size_t setting_count = sizeof(settings) / sizeof(settings[0]);

#endif
