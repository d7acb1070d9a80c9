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

/* All backups are well: one of them acts, the first of the list. */
static void first_of_order_goes_first(struct world *world)
{
	warm_up(world);
	golosd_stop(world, 0);
	until_key(world, 2, 5 * MINUTE);
	produces(world, 2, 5 * MINUTE);
	for (uint8_t i = 2; i < world->options.our_nodes; i++)
		WANT(world, world->watchers[i].sends == 0);
	WANT(world, world->lost_blocks == 2);
	WANT(world, world->switches == 1);
	invariant_calm_after_faults(world, 30 * MINUTE);
}

/* The second waits a round for the first, and no longer. */
static void second_of_order_waits_a_round(struct world *world)
{
	int64_t due_ms;

	golosd_stop(world, 1);
	warm_up(world);
	golosd_stop(world, 0);
	until_lost(world, 2);
	due_ms = world->now_ms;
	until_sent(world, 2, 2 * MINUTE);
	WANT(world, world->now_ms - due_ms >= 60 * SECOND);
	until_key(world, 3, 30 * SECOND);
}

/* A node that could not produce stands last: behind the last of the list, though that one waits two rounds. */
static void first_slots_missed_stands_last(struct world *world)
{
	warm_up(world);
	world->golosds[1].idle = true;
	golosd_stop(world, 0);
	until_key(world, 3, 20 * MINUTE);
	produces(world, 3, 5 * MINUTE);
	golosd_stop(world, 2);
	until_key(world, 4, 10 * MINUTE);
	WANT(world, world->watchers[1].sends == 1);
	produces(world, 4, 5 * MINUTE);
	invariant_calm_after_faults(world, 30 * MINUTE);
}

/* Its misses were the old key's: its own watcher does not take production back for them. */
static void misses_two_and_is_well_again(struct world *world)
{
	warm_up(world);
	miss(world, 2);
	until_key(world, 2, MINUTE);
	produces(world, 2, 5 * MINUTE);
	WANT(world, world->watchers[0].sends == 0);
	WANT(world, world->lost_blocks == 2);
	invariant_calm_after_faults(world, HOUR);
}

/* No list, and the first update stays pending: the other sees it, and waits for it. */
static void another_ones_update_is_pending(struct world *world)
{
	warm_up(world);
	WANT(world, watcher_order(world, 2, GW_COMMAND_HOLD, 0) == GW_OK);
	world->no_room = true;
	golosd_stop(world, 0);
	until_sent(world, 1, 5 * MINUTE);
	world_run(world, 500);
	WANT(world, watcher_order(world, 2, GW_COMMAND_RESUME, 0) == GW_OK);
	world_run(world, 20 * SECOND);
	WANT(world, world->watchers[2].sends == 0);
	world->no_room = false;
	world_run(world, 5 * MINUTE);
	WANT(world, key_now(world) >= 2);
	WANT(world, world->switches == 1);
	invariant_calm_after_faults(world, 30 * MINUTE);
}

/* Misses alone make nothing due here: the chain shuts the witness down, and two watchers would restore it. */
static void set_many_misses(struct world_options *options)
{
	options->monitor.allowed_misses = 100;
}

static void two_guards_of_the_chains_null(struct world *world)
{
	warm_up(world);
	golosd_stop(world, 0);
	until_key(world, KEY_NULL, 3 * HOUR);
	until_key(world, 2, MINUTE);
	produces(world, 2, 20 * MINUTE);
	WANT(world, world->watchers[2].sends == 0);
	invariant_calm_after_faults(world, HOUR);
}

/* ---- fail-back ------------------------------------------------------------------------------------------------- */

static void set_preempt(struct world_options *options)
{
	options->monitor.preempt = true;
}

/* The first of the list loses production by its own misses, and comes back. */
static void loses_production(struct world *world)
{
	golosd_stop(world, 0);
	until_key(world, 2, 5 * MINUTE);
	produces(world, 2, 5 * MINUTE);
	world_run(world, 10 * MINUTE);
	golosd_start(world, 0);
}

/* After an hour of health, without a block lost; and not again on the same day. */
static void preempts(struct world *world)
{
	warm_up(world);
	loses_production(world);
	world->lost_blocks = 0;
	no_switch_for(world, 59 * MINUTE);
	until_key(world, 1, 5 * MINUTE);
	produces(world, 1, 5 * MINUTE);
	WANT(world, world->lost_blocks == 0);
	world_run(world, HOUR);
	loses_production(world);
	no_switch_for(world, 5 * HOUR);
	WANT(world, key_now(world) == 2);
}

/* It has produced a whole day since: once more. */
static void preempts_again_after_a_day(struct world *world)
{
	warm_up(world);
	loses_production(world);
	world_run(world, 65 * MINUTE);
	WANT(world, key_now(world) == 1);
	world_run(world, 25 * HOUR);
	loses_production(world);
	world_run(world, 70 * MINUTE);
	WANT(world, key_now(world) == 1);
}

/* Its own golosd is its only endpoint: what was lost, and by what, is known from the blocks read later. */
static void preempts_after_an_absence(struct world *world)
{
	warm_up(world);
	loses_production(world);
	no_switch_for(world, 59 * MINUTE);
	until_key(world, 1, 5 * MINUTE);
	produces(world, 1, 5 * MINUTE);
}

static void does_not_preempt_the_operator(struct world *world)
{
	warm_up(world);
	operator_update(world, 2);
	until_key(world, 2, MINUTE);
	produces(world, 2, 5 * MINUTE);
	no_switch_for(world, 3 * HOUR);
}

/* Ordered when the block before the head is that of a miss: what is ordered names no such block. */
static void does_not_preempt_an_order_after_a_miss(struct world *world)
{
	warm_up(world);
	miss_in_mid_round(world);
	world_run(world, 4 * SECOND);
	WANT(world, watcher_order(world, 1, GW_COMMAND_TAKEOVER, 0) == GW_OK);
	until_key(world, 2, 5 * MINUTE);
	produces(world, 2, 5 * MINUTE);
	no_switch_for(world, 3 * HOUR);
	WANT(world, watcher_said(&world->watchers[0], "not_taken_back"));
}

/* It has lost production by its misses as well, and it is not the first of the list. */
static void second_does_not_preempt(struct world *world)
{
	warm_up(world);
	operator_update(world, 2);
	until_key(world, 2, MINUTE);
	produces(world, 2, 5 * MINUTE);
	golosd_stop(world, 1);
	until_key(world, 1, 5 * MINUTE);
	produces(world, 1, 5 * MINUTE);
	golosd_start(world, 1);
	no_switch_for(world, 3 * HOUR);
}

static void does_not_preempt_while_it_is_ill(struct world *world)
{
	warm_up(world);
	loses_production(world);
	for (uint32_t i = 0; i < 4; i++) { /* never well for an hour */
		no_switch_for(world, 50 * MINUTE);
		golosd_stop(world, 0);
		world_run(world, MINUTE);
		golosd_start(world, 0);
	}
	no_switch_for(world, 59 * MINUTE);
	until_key(world, 1, 5 * MINUTE);
}

static void without_preempt(struct world *world)
{
	warm_up(world);
	loses_production(world);
	no_switch_for(world, 5 * HOUR);
}

const struct scenario scenarios_several_nodes[] = {
	{.name = "first_backup_dead", .play = first_backup_dead, .nodes = 3},
	{.name = "misses_30_percent_with_the_first_backup_dead",
	 .play = misses_a_third_with_the_first_backup_dead,
	 .nodes = 3},
	{.name = "peer_clockworkgr_both_dead_no_flips", .play = both_dead, .nodes = 2},
	{.name = "P_fails_B_fails_P_is_well", .play = fails_back_and_forth, .nodes = 2},
	{.name = "first_own_slots_missed_after_a_switch", .play = first_slots_missed_after_a_switch, .nodes = 3},
	{.name = "two_backups_without_order", .play = without_order, .nodes = 3, .unordered = true},
	{.name = "three_backups_without_order", .play = without_order, .nodes = 4, .unordered = true},
	{.name = "first_of_order_goes_first", .play = first_of_order_goes_first, .nodes = 4},
	{.name = "second_of_order_waits_a_round", .play = second_of_order_waits_a_round, .nodes = 3},
	{.name = "first_own_slots_missed_stands_last", .play = first_slots_missed_stands_last, .nodes = 4},
	{.name = "misses_two_and_is_well_again", .play = misses_two_and_is_well_again},
	{.name = "another_ones_update_is_pending",
	 .play = another_ones_update_is_pending,
	 .nodes = 3,
	 .allowed_plus_1 = 1,
	 .unordered = true},
	{.name = "peer_viz_two_guards_of_the_chains_null",
	 .play = two_guards_of_the_chains_null,
	 .nodes = 3,
	 .reset_s = 3600,
	 .set = set_many_misses},
	{.name = "preempts_once_a_day", .play = preempts, .endpoint = true, .set = set_preempt},
	{.name = "does_not_preempt_an_order_after_a_miss",
	 .play = does_not_preempt_an_order_after_a_miss,
	 .set = set_preempt},
	{.name = "preempts_again_after_a_day",
	 .play = preempts_again_after_a_day,
	 .endpoint = true,
	 .set = set_preempt},
	{.name = "does_not_preempt_the_operator",
	 .play = does_not_preempt_the_operator,
	 .endpoint = true,
	 .set = set_preempt},
	{.name = "does_not_preempt_while_it_is_ill",
	 .play = does_not_preempt_while_it_is_ill,
	 .endpoint = true,
	 .set = set_preempt},
	{.name = "second_of_order_does_not_preempt",
	 .play = second_does_not_preempt,
	 .endpoint = true,
	 .set = set_preempt},
	{.name = "preempts_though_its_watcher_saw_nothing", .play = preempts_after_an_absence, .set = set_preempt},
	{.name = "no_fail_back_without_preempt", .play = without_preempt, .endpoint = true},
	{.name = NULL},
};
