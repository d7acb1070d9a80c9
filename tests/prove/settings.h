/* SPDX-License-Identifier: MIT
 *
 * The worlds that are searched.
 */
#ifndef PROVE_SETTINGS_H
#define PROVE_SETTINGS_H

#include "world.h"

#define PROVE_DEPTH  12 /* of `./dev prove` */
#define SETTLE_EVERY 128

#define STEP_BIT(type) (1u << (type))
#define CHAIN_FAULTS   (STEP_BIT(STEP_MISSED) | STEP_BIT(STEP_BARE) | STEP_BIT(STEP_FORK) | STEP_BIT(STEP_LATE))
#define NODE_FAULTS                                                                                                    \
	(STEP_BIT(STEP_DIE) | STEP_BIT(STEP_LAG) | STEP_BIT(STEP_CUT) | STEP_BIT(STEP_KILL) | STEP_BIT(STEP_SLOW))
#define OPERATORS_DEEDS (STEP_BIT(STEP_HOLD) | STEP_BIT(STEP_TAKEOVER) | STEP_BIT(STEP_DISABLE))
#define EVERYTHING	(CHAIN_FAULTS | NODE_FAULTS | OPERATORS_DEEDS)

static const struct setting settings[] = {
	{.name = "pair",
	 .nodes = 2,
	 .allowed_misses = 0,
	 .max_switches = 1,
	 .faults = 3,
	 .allowed = EVERYTHING,
	 .settle_every = SETTLE_EVERY},
	{.name = "patient",
	 .nodes = 2,
	 .allowed_misses = 1,
	 .max_switches = 2,
	 .faults = 3,
	 .allowed = EVERYTHING,
	 .settle_every = SETTLE_EVERY},
	{.name = "three",
	 .nodes = 3,
	 .allowed_misses = 0,
	 .max_switches = 2,
	 .faults = 2,
	 .allowed = EVERYTHING,
	 .settle_every = SETTLE_EVERY},
};
static const size_t setting_count = sizeof(settings) / sizeof(settings[0]);

#endif
