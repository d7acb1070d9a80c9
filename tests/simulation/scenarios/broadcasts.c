/* SPDX-License-Identifier: MIT
 * Scenarios: a switch on its way into a block, and the chain's own null. */
#include "script.h"

static void chains_null(struct world *world)
{
	warm_up(world);
	WANT(world, watcher_order(world, 1, GW_COMMAND_HOLD, 0) == GW_OK);
	golosd_stop(world, 0);
	until_key(world, KEY_NULL, 3 * HOUR);
	world_run(world, 10 * MINUTE);
	WANT(world, watcher_order(world, 1, GW_COMMAND_RESUME, 0) == GW_OK);
	if (world->options.monitor.null_takeover) {
		until_key(world, 2, 10 * MINUTE);
		WANT(world, watcher_said(&world->watchers[1], "may_be_nulled_again"));
		produces(world, 2, 10 * MINUTE);
	} else {
		no_switch_for(world, HOUR);
	}
}

/* A slot every four hours: the chain's null comes before misses enough. The node that it shut down has no turn before
 * ours.
 */
static void chains_null_of_rare_slots(struct world *world)
{
	warm_up(world);
	golosd_stop(world, 0);
	until_key(world, KEY_NULL, 12 * HOUR);
	until_key(world, 2, 20 * SECOND);
	produces(world, 2, 12 * HOUR);
}

/* It is well again, and the only one: its turn comes after those of the two others. */
static void chains_null_of_the_only_one(struct world *world)
{
	warm_up(world);
	golosd_stop(world, 1);
	golosd_stop(world, 2);
	world->idle_slots = DICE_SURE;
	until_key(world, KEY_NULL, 12 * HOUR);
	world->idle_slots = 0;
	until_key(world, 1, 5 * MINUTE);
	produces(world, 1, 12 * HOUR);
	WANT(world, world->switches == 1);
}

/* Too many blocks lie between to tell whose null it is: it counts as the operator's. */
static void chains_null_while_away(struct world *world)
{
	warm_up(world);
	golosd_stop(world, 1);
	golosd_stop(world, 0);
	until_key(world, KEY_NULL, 3 * HOUR);
	world->watchers[1].cut = true; /* what its golosd pushes as it catches up is not seen */
	golosd_start(world, 1);
	world_run(world, 5 * MINUTE);
	world->watchers[1].cut = false;
	no_switch_for(world, HOUR);
}

static void broadcasts_are_lost(struct world *world)
{
	warm_up(world);
	world->options.lost_sends = DICE_SURE;
	golosd_stop(world, 0);
	world_run(world, 20 * MINUTE);
	WANT(world, world->switches == 0);
	WANT(world, world->watchers[1].sends >= 2 && world->watchers[1].sends <= 12); /* ever more seldom */
	WANT(world, watcher_said(&world->watchers[1], "switch_failed"));
	world->options.lost_sends = 0;
	until_key(world, 2, 20 * MINUTE);
}

static void restart_in_the_middle_of_a_switch(struct world *world)
{
	warm_up(world);
	golosd_stop(world, 0);
	for (int64_t end_ms = world->now_ms + 10 * MINUTE; world->now_ms < end_ms && world->watchers[1].sends == 0;)
		world_run(world, 20);
	watcher_stop(world, 1);
	world_run(world, 500);
	watcher_start(world, 1);
	until_key(world, 2, 5 * MINUTE);
	produces(world, 2, 5 * MINUTE);
	WANT(world, world->switches == 1);
	invariant_calm_after_faults(world, 30 * MINUTE);
}

const struct scenario scenarios_broadcasts[] = {
	{.name = "chains_null", .play = chains_null, .reset_s = 3600},
	{.name = "chains_null_of_rare_slots",
	 .play = chains_null_of_rare_slots,
	 .rare_rounds = 228,
	 .reset_s = 3600,
	 .allowed_plus_1 = 9},
	{.name = "chains_null_of_the_only_one",
	 .play = chains_null_of_the_only_one,
	 .nodes = 3,
	 .rare_rounds = 228,
	 .reset_s = 3600,
	 .allowed_plus_1 = 9},
	{.name = "chains_null_while_away", .play = chains_null_while_away, .reset_s = 3600},
	{.name = "chains_null_stay", .play = chains_null, .reset_s = 3600, .stay = true},
	{.name = "peer_C_broadcasts_are_lost", .play = broadcasts_are_lost, .nodes = 2},
	{.name = "restart_in_the_middle_of_a_switch", .play = restart_in_the_middle_of_a_switch, .nodes = 2},
	{.name = NULL},
};
