/* SPDX-License-Identifier: MIT
 * Scenarios: the chain's own null, and what stands in the way of ending it. */
#include "script.h"

static void until_idle_for(struct world *world, uint32_t seconds)
{
	const struct sim_block *head;

	do {
		world_run(world, SECOND);
		head = world_head(world);
	} while (world->broken == INVARIANT_NONE && head->num < head->confirmed[OURS] + seconds / INTERVAL_S);
	WANT(world, head->signing_key == 1);
}

static void set_one_switch(struct world_options *options)
{
	options->monitor.max_switches = 1;
}

/* The day's switches are used up, and a slot every four hours: the chain's null comes before three misses in a row, and
 * after it there are no slots to miss. */
static void after_the_last_switch_of_the_day(struct world *world)
{
	warm_up(world);
	WANT(world, watcher_order(world, 1, GW_COMMAND_TAKEOVER, 0) == GW_OK);
	until_key(world, 2, 10 * MINUTE);
	produces(world, 2, 12 * HOUR);
	operator_update(world, 1);
	until_key(world, 1, MINUTE);
	golosd_stop(world, 0);
	until_key(world, KEY_NULL, 12 * HOUR);
	until_key(world, 2, 20 * SECOND);
	produces(world, 2, 12 * HOUR);
	invariant_calm_after_faults(world, 2 * HOUR);
}

/* No node holds its key, and the chain shuts each down with its first miss: they try as often as a day allows. */
static void nobody_holds_its_key(struct world *world)
{
	warm_up(world);
	golosd_stop(world, 0);
	WANT(world, watcher_order(world, 1, GW_COMMAND_HOLD, 0) == GW_OK);
	until_key(world, KEY_NULL, 3 * HOUR);
	golosd_start(world, 0);
	world_run(world, MINUTE);
	world->idle_slots = DICE_SURE;
	WANT(world, watcher_order(world, 1, GW_COMMAND_RESUME, 0) == GW_OK);
	world_run(world, 12 * HOUR);
	WANT(world, world->switches == 2 * world->options.monitor.max_switches);
	WANT(world, watcher_said(&world->watchers[1], "first_slots_missed"));
	WANT(world, is_held_by(world, 0, "max_switches") && is_held_by(world, 1, "max_switches"));
}

/* The same without an order: another's update is pending, and in a block, before the one that was shut down has heard of
 * it. */
static void nobody_holds_its_key_unordered(struct world *world)
{
	warm_up(world);
	for (uint8_t i = 0; i < world->options.our_nodes; i++) {
		WANT(world, watcher_order(world, i, GW_COMMAND_HOLD, 0) == GW_OK);
		world->golosds[i].idle = true;
	}
	until_key(world, KEY_NULL, 3 * HOUR);
	for (uint8_t i = 0; i < world->options.our_nodes; i++)
		WANT(world, watcher_order(world, i, GW_COMMAND_RESUME, 0) == GW_OK);
	world_run(world, 12 * HOUR);
	WANT(world, key_now(world) == KEY_NULL);
}

/* The backup's golosd is away for some minutes and another endpoint drives: whose null it is was seen, or is read. */
static void own_golosd_restarts(struct world *world, bool before_the_null)
{
	warm_up(world);
	WANT(world, watcher_order(world, 1, GW_COMMAND_HOLD, 0) == GW_OK);
	golosd_stop(world, 0);
	if (!before_the_null) {
		until_key(world, KEY_NULL, 3 * HOUR);
		golosd_stop(world, 1);
	} else {
		until_idle_for(world, world->options.rules.skipping_reset_s - 60);
		golosd_stop(world, 1);
		until_key(world, KEY_NULL, 5 * MINUTE);
	}
	world_run(world, 3 * MINUTE);
	golosd_start(world, 1);
	world_run(world, 2 * MINUTE);
	WANT(world, watcher_order(world, 1, GW_COMMAND_RESUME, 0) == GW_OK);
	until_key(world, 2, MINUTE);
	produces(world, 2, 10 * MINUTE);
	WANT(world, !watcher_said(&world->watchers[1], "null_in_doubt"));
}

static void golosd_restarts_under_it(struct world *world)
{
	own_golosd_restarts(world, false);
}

static void golosd_is_away_when_it_comes(struct world *world)
{
	own_golosd_restarts(world, true);
}

/* The producer dies, and its operator shuts it down as the first miss is charged: the answer that shows the miss shows a
 * null key that is pending. Its last block is too near for the chain's own. */
static void operators_null_with_the_first_miss(struct world *world)
{
	uint32_t lost;

	warm_up(world);
	lost = world->lost_blocks;
	golosd_stop(world, 0);
	while (world->broken == INVARIANT_NONE && world->lost_blocks == lost)
		world_run(world, 20);
	operator_update(world, KEY_NULL);
	no_switch_for(world, 10 * MINUTE);
}

static void set_a_day(struct world_options *options)
{
	options->monitor.miss_window_s = 86400;
}

/* The node that was shut down takes itself back before the other's watcher hears of the null. */
static void taken_back_before_it_was_told(struct world *world)
{
	warm_up(world);
	produces(world, 1, 12 * HOUR);
	WANT(world, watcher_order(world, 1, GW_COMMAND_HOLD, 0) == GW_OK);
	miss(world, 1);
	world->idle_slots = DICE_SURE;
	while (world->lost_blocks < 2 && world->broken == INVARIANT_NONE) {
		world->watchers[1].links[0].line_free_ms = world->now_ms + 1500;
		world_run(world, 100);
	}
	world->idle_slots = 0;
	until_key(world, 1, MINUTE);
	produces(world, 1, 12 * HOUR);
	WANT(world, watcher_order(world, 1, GW_COMMAND_RESUME, 0) == GW_OK);
	miss(world, 1);
	no_switch_for(world, HOUR);
	WANT(world, !watcher_said(&world->watchers[1], "switching"));
}

const struct scenario scenarios_chains_null[] = {
	{.name = "chains_null_taken_back_before_it_was_told",
	 .play = taken_back_before_it_was_told,
	 .rare_rounds = 228,
	 .reset_s = 5 * 3600,
	 .unordered = true,
	 .set = set_a_day},
	{.name = "chains_null_after_the_last_switch_of_the_day",
	 .play = after_the_last_switch_of_the_day,
	 .rare_rounds = 228,
	 .reset_s = 3600,
	 .allowed_plus_1 = 9,
	 .set = set_one_switch},
	{.name = "chains_null_where_nobody_holds_its_key", .play = nobody_holds_its_key, .reset_s = 3600},
	{.name = "chains_null_where_nobody_holds_its_key_unordered",
	 .play = nobody_holds_its_key_unordered,
	 .nodes = 5,
	 .reset_s = 3600,
	 .unordered = true,
	 .set = set_one_switch},
	{.name = "chains_null_and_own_golosd_restarts",
	 .play = golosd_restarts_under_it,
	 .reset_s = 3600,
	 .endpoint = true},
	{.name = "chains_null_while_own_golosd_is_away",
	 .play = golosd_is_away_when_it_comes,
	 .reset_s = 3600,
	 .endpoint = true},
	{.name = "operators_null_with_the_first_miss", .play = operators_null_with_the_first_miss},
	{.name = NULL},
};
