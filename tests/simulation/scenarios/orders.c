/* SPDX-License-Identifier: MIT
 * Scenarios: what the operator wants. */
#include "script.h"

static void operators_null(struct world *world)
{
	warm_up(world);
	miss(world, 1);
	operator_update(world, KEY_NULL);
	until_key(world, KEY_NULL, MINUTE);
	no_switch_for(world, 2 * HOUR);
	WANT(world, key_now(world) == KEY_NULL);
}

static void disabled_in_an_outage(struct world *world)
{
	warm_up(world);
	golosd_stop(world, 0);
	until_lost(world, 1);
	operator_update(world, KEY_NULL);
	no_switch_for(world, 2 * HOUR);
	WANT(world, key_now(world) == KEY_NULL);
}

static void hold_for_days(struct world *world)
{
	warm_up(world);
	WANT(world, watcher_order(world, 1, GW_COMMAND_HOLD, 0) == GW_OK);
	golosd_stop(world, 0);
	no_switch_for(world, 24 * HOUR);
	watcher_stop(world, 1);
	watcher_start(world, 1);
	no_switch_for(world, 24 * HOUR);
	WANT(world, watcher_order(world, 1, GW_COMMAND_RESUME, 0) == GW_OK);
	until_key(world, 2, MINUTE);
}

/* Between healthy nodes, from any place of the round: no block is lost. */
static void planned_takeover(struct world *world)
{
	for (uint32_t i = 0; i < 6 && world->broken == INVARIANT_NONE; i++) {
		uint8_t to = key_now(world) == 1 ? 1 : 0;

		world_run(world, dice_between(&world->dice, 3, 90) * SECOND);
		world->lost_blocks = 0;
		WANT(world, watcher_order(world, to, GW_COMMAND_TAKEOVER, 0) == GW_OK);
		until_key(world, (uint8_t)(to + 1), 6 * MINUTE);
		produces(world, (uint8_t)(to + 1), 5 * MINUTE);
		WANT(world, world->lost_blocks == 0);
		world_run(world, 9 * HOUR); /* max_switches counts these too */
	}
}

const struct scenario scenarios_orders[] = {
	{.name = "peer_B_operators_null", .play = operators_null, .nodes = 2},
	{.name = "disabled_in_an_outage", .play = disabled_in_an_outage, .nodes = 2},
	{.name = "hold_for_days_then_resume", .play = hold_for_days, .reset_s = 864000},
	{.name = "planned_takeover", .play = planned_takeover, .nodes = 2},
	{.name = NULL},
};
