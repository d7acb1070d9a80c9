/* SPDX-License-Identifier: MIT
 * Scenarios: several nodes: whose turn it is, what follows a switch, fail-back. */
#include "script.h"

static void first_backup_dead(struct world *world)
{
	golosd_stop(world, 1);
	warm_up(world);
	golosd_stop(world, 0);
	until_key(world, 3, 10 * MINUTE);
	produces(world, 3, 5 * MINUTE);
	WANT(world, world->lost_blocks <= 3); /* its place in order costs a round */
	invariant_calm_after_faults(world, 30 * MINUTE);
}

static void misses_a_third_with_the_first_backup_dead(struct world *world)
{
	golosd_stop(world, 1);
	warm_up(world);
	world->idle_slots = 30000;
	until_key(world, 3, 6 * HOUR);
	world->idle_slots = 0;
	produces(world, 3, 5 * MINUTE);
	invariant_calm_after_faults(world, 30 * MINUTE);
}

static void both_dead(struct world *world)
{
	warm_up(world);
	golosd_stop(world, 0);
	golosd_stop(world, 1);
	no_switch_for(world, HOUR);
	golosd_start(world, 0);
	produces(world, 1, 3 * MINUTE);
	invariant_calm_after_faults(world, 30 * MINUTE);
}

static void fails_back_and_forth(struct world *world)
{
	warm_up(world);
	golosd_stop(world, 0);
	until_key(world, 2, 10 * MINUTE);
	produces(world, 2, 5 * MINUTE);
	golosd_start(world, 0);
	world_run(world, 10 * MINUTE);
	world->lost_blocks = 0;
	golosd_stop(world, 1);
	until_key(world, 1, 10 * MINUTE);
	produces(world, 1, 5 * MINUTE);
	WANT(world, world->lost_blocks == 2);
	invariant_calm_after_faults(world, 30 * MINUTE);
}

static void first_slots_missed_after_a_switch(struct world *world)
{
	warm_up(world);
	world->golosds[1].idle = true; /* it lacks the private half */
	golosd_stop(world, 0);
	until_key(world, 3, 20 * MINUTE);
	WANT(world, watcher_said(&world->watchers[1], "first_slots_missed"));
	WANT(world, watcher_said(&world->watchers[1], "in_sync_yet_missing"));
	produces(world, 3, 5 * MINUTE);
	invariant_calm_after_faults(world, 30 * MINUTE);
}

static void without_order(struct world *world)
{
	warm_up(world);
	golosd_stop(world, 0);
	world_run(world, 10 * MINUTE);
	WANT(world, key_now(world) >= 2);
	WANT(world, world->lost_blocks <= 4);
	WANT(world, world->switches <= 3);
	invariant_calm_after_faults(world, 30 * MINUTE);
}

const struct scenario scenarios_several_nodes[] = {
	{.name = "first_backup_dead", .play = first_backup_dead, .nodes = 3},
	{.name = "misses_30_percent_with_the_first_backup_dead",
	 .play = misses_a_third_with_the_first_backup_dead,
	 .nodes = 3},
	{.name = "both_nodes_dead_no_flips", .play = both_dead, .nodes = 2},
	{.name = "P_fails_B_fails_P_is_well", .play = fails_back_and_forth, .nodes = 2},
	{.name = "first_own_slots_missed_after_a_switch", .play = first_slots_missed_after_a_switch, .nodes = 3},
	{.name = "two_backups_without_order", .play = without_order, .nodes = 3, .unordered = true},
	{.name = "three_backups_without_order", .play = without_order, .nodes = 4, .unordered = true},
	{.name = NULL},
};
