/* SPDX-License-Identifier: MIT
 * Scenarios: the chain's own null, and what stands in the way of ending it. */
#include "script.h"

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

const struct scenario scenarios_chains_null[] = {
	{.name = "chains_null_after_the_last_switch_of_the_day",
	 .play = after_the_last_switch_of_the_day,
	 .rare_rounds = 228,
	 .reset_s = 3600,
	 .allowed_plus_1 = 9,
	 .set = set_one_switch},
	{.name = "chains_null_where_nobody_holds_its_key", .play = nobody_holds_its_key, .reset_s = 3600},
	{.name = NULL},
};
