/* SPDX-License-Identifier: MIT
 * Scenarios: the own node and the other endpoints. */
#include "script.h"

static void own_golosd_dead_with_another_endpoint(struct world *world)
{
	uint8_t endpoint = (uint8_t)world->options.our_nodes;

	warm_up(world);
	golosd_stop(world, 1);
	world_run(world, MINUTE);
	golosd_stop(world, endpoint); /* what stands in may go and come back, too */
	world_run(world, 5 * SECOND);
	golosd_start(world, endpoint);
	world_run(world, MINUTE);
	golosd_stop(world, 0);
	no_switch_for(world, 20 * MINUTE);
	WANT(world, watcher_said(&world->watchers[1], "slot_missed")); /* the other endpoint shows it */
	golosd_start(world, 1);
	until_key(world, 2, 3 * MINUTE);
}

static void until_own_drives(struct world *world)
{
	for (int i = 0; i < 60 && belief_driver(world->watchers[1].belief) != 0; i++)
		world_run(world, SECOND);
	WANT(world, belief_driver(world->watchers[1].belief) == 0);
}

/* What it drove is long past when it comes back, and of the round it has shown one block: a due switch does not wait
 * for the rest of it. */
static void own_golosd_comes_back_to_a_due_switch(struct world *world)
{
	warm_up(world);
	golosd_stop(world, 1);
	world_run(world, 20 * MINUTE);
	golosd_stop(world, 0);
	until_lost(world, world->lost_blocks + 3);
	no_switch_for(world, MINUTE);
	golosd_start(world, 1);
	until_own_drives(world);
	until_key(world, 2, 15 * SECOND);
}

static void watcher_comes_back_to_a_due_switch(struct world *world)
{
	warm_up(world);
	WANT(world, watcher_order(world, 1, GW_COMMAND_HOLD, 0) == GW_OK);
	golosd_stop(world, 0);
	until_lost(world, world->lost_blocks + 3);
	watcher_stop(world, 1);
	watcher_start(world, 1);
	world_run(world, 10 * SECOND);
	WANT(world, watcher_order(world, 1, GW_COMMAND_RESUME, 0) == GW_OK);
	until_key(world, 2, 15 * SECOND);
}

/* Its golosd comes back just behind what stood in: an order is not refused for want of an answer that nobody asks for.
 */
static void takeover_after_a_change_of_driver(struct world *world)
{
	warm_up(world);
	golosd_stop(world, 1);
	world_run(world, 2 * MINUTE);
	golosd_start(world, 1);
	until_own_drives(world);
	world_run(world, 9 * SECOND);
	WANT(world, watcher_order(world, 1, GW_COMMAND_TAKEOVER, 0) == GW_OK);
	until_key(world, 2, 5 * MINUTE);
}

static void endpoint_lags_on_a_minority(struct world *world)
{
	warm_up(world);
	golosd_move(world, (uint8_t)world->options.our_nodes, 1); /* the second endpoint */
	world_run(world, MINUTE);
	golosd_stop(world, 0);
	until_key(world, 2, 10 * MINUTE);
	produces(world, 2, 5 * MINUTE);
	WANT(world, world->lost_blocks <= 3);
}

static void node_answers_one_block_late(struct world *world)
{
	world->golosds[1].lag_ms = 1500;
	warm_up(world);
	golosd_stop(world, 0);
	until_key(world, 2, 10 * MINUTE);
	WANT(world, world->lost_blocks <= 3);
}

/* Its pushes are lost, its answers are not: the head told on each new connection shows that it is well, and the blocks
 * up to it are read. */
static void silent_websocket(struct world *world)
{
	warm_up(world);
	world->golosds[1].silent = true;
	world_run(world, MINUTE);
	golosd_stop(world, 0);
	until_key(world, 2, 10 * MINUTE);
	produces(world, 2, 5 * MINUTE);
	WANT(world, world->switches == 1);
}

/* It answers no more, either. */
static void frozen_websocket(struct world *world)
{
	warm_up(world);
	golosd_freeze(world, 1, true);
	world_run(world, MINUTE);
	golosd_stop(world, 0);
	no_switch_for(world, 5 * MINUTE);
	golosd_freeze(world, 1, false);
	until_key(world, 2, 3 * MINUTE);
}

/* Its golosd comes back from far behind, stops for some seconds, and goes on: the first block after that tells a time
 * that passes for the present. The account of those days does not end the watcher. */
static void old_golosd_syncs_with_a_pause(struct world *world)
{
	const struct sim_block *past;

	warm_up(world);
	past = world_head(world);
	golosd_stop(world, 1);
	watcher_stop(world, 1);
	world_run(world, 20 * MINUTE);
	world->golosds[1].knew_no_key = true;
	world->golosds[1].side = 1; /* hears nobody: it is told block by block */
	golosd_start(world, 1);
	watcher_start(world, 1);
	world_run(world, 5 * SECOND);
	for (uint32_t i = 1; i <= 12; i++) {
		golosd_hear(world, 1,
			    chain_ancestor(&world->chain, world_head(world)->serial, past->num + 3 * i)->serial);
		world_run(world, 10 * SECOND);
	}
	WANT(world, !world->watchers[1].exited && world->watchers[1].alive);
	golosd_move(world, 1, 0);
	world_run(world, MINUTE);
	golosd_stop(world, 0);
	until_key(world, 2, 5 * MINUTE);
}

/* Its blocks come, and nothing that it is asked: it knows of no miss. What an old answer would date to now is none. */
static void answers_nothing(struct world *world, bool errs)
{
	warm_up(world);
	world->golosds[1].errs = errs;
	for (uint32_t i = 0; i < 3 && world->broken == INVARIANT_NONE; i++) {
		world->golosds[1].mute = UINT32_MAX;
		world_run(world, MINUTE);
		miss(world, 1);
		produces(world, 1, 5 * MINUTE);
		no_switch_for(world, 5 * MINUTE);
		world->golosds[1].mute = 0;
		no_switch_for(world, 62 * MINUTE);
	}
	world->lost_blocks = 0;
	world->golosds[1].mute = UINT32_MAX;
	world_run(world, MINUTE);
	golosd_stop(world, 0);
	no_switch_for(world, 5 * MINUTE);
	world->golosds[1].mute = 0;
	until_key(world, 2, 2 * MINUTE);
	produces(world, 2, 5 * MINUTE);
	WANT(world, world->switches == 1);
}

static void no_answers(struct world *world)
{
	answers_nothing(world, false);
}

static void errors(struct world *world)
{
	answers_nothing(world, true);
}

/* It pushes hours of old blocks within a minute, and its answers are of then: what was missed there is past. */
static void syncs_from_far_back(struct world *world)
{
	warm_up(world);
	world_run(world, HOUR);
	miss(world, 2);
	until_key(world, 2, MINUTE);
	produces(world, 2, 5 * MINUTE);
	WANT(world, watcher_order(world, 0, GW_COMMAND_TAKEOVER, 0) == GW_OK);
	until_key(world, 1, 5 * MINUTE);
	world_run(world, HOUR);
	for (uint32_t back = 300; back < 3000 && world->broken == INVARIANT_NONE; back += 600) {
		golosd_stop(world, 1);
		world_run(world, 30 * SECOND);
		golosd_start_behind(world, 1, back);
		no_switch_for(world, 5 * MINUTE);
		WANT(world, !world->golosds[1].syncs);
	}
	world->lost_blocks = 0;
	golosd_stop(world, 0);
	until_key(world, 2, 5 * MINUTE);
	WANT(world, world->lost_blocks == 2);
}

/* ---- answers that do not come ---------------------------------------------------------------------------------- */

#define NO_WITNESS (1u << ASK_WITNESS | 1u << ASK_FOR_SUBMISSION)

/* "Unable to acquire READ lock" for minutes, while its blocks come: people hear of it. */
static void own_golosd_does_not_tell_of_the_witness(struct world *world)
{
	warm_up(world);
	world->golosds[1].mute = NO_WITNESS;
	world->golosds[1].errs = true;
	world_run(world, MINUTE);
	WANT(world, !watcher_said(&world->watchers[1], "standby_not_ready"));
	world_run(world, 90 * SECOND);
	WANT(world, watcher_said(&world->watchers[1], "standby_not_ready"));
	golosd_stop(world, 0);
	no_switch_for(world, 5 * MINUTE);
	world->golosds[1].mute = 0;
	until_key(world, 2, 2 * MINUTE);
}

static void set_any_gap(struct world_options *options)
{
	options->monitor.max_gap = 20; /* most witnesses are on the other side: no gap is a halt */
	options->monitor.min_participation = 0;
}

/* Another endpoint tells, of a minority's branch on which the witness misses its slots, and is gone then. */
static void stand_in_on_a_minority_goes(struct world *world)
{
	uint8_t endpoint = (uint8_t)world->options.our_nodes;

	warm_up(world);
	world->golosds[1].mute = NO_WITNESS;
	world_run(world, 150 * SECOND);
	golosd_move(world, endpoint, 1);
	for (uint8_t i = 1; i <= 8; i++)
		golosd_move(world, (uint8_t)(world->golosd_count - i), 1);
	for (int64_t end_ms = world->now_ms + HOUR; !is_held_by(world, 1, "own_node") && world->now_ms < end_ms;)
		world_run(world, SECOND);
	WANT(world, is_held_by(world, 1, "own_node"));
	golosd_stop(world, endpoint);
	no_switch_for(world, 30 * SECOND);
	WANT(world, !watcher_said(&world->watchers[1], "switching"));
}

/* Another endpoint tells, and behind its address stands one of a minority for a while: what that had counted, the next
 * answers take back. */
static void stand_in_answers_from_a_minority(struct world *world)
{
	uint8_t endpoint = (uint8_t)world->options.our_nodes, backend = (uint8_t)(world->golosd_count - 1);

	warm_up(world);
	world->golosds[1].mute = NO_WITNESS;
	world_run(world, 150 * SECOND);
	WANT(world, watcher_order(world, 1, GW_COMMAND_HOLD, 0) == GW_OK);
	world->golosds[endpoint].backend = 1 + backend;
	for (uint8_t i = 1; i <= 8; i++)
		golosd_move(world, (uint8_t)(world->golosd_count - i), 1);
	for (int64_t end_ms = world->now_ms + HOUR; !is_held_by(world, 1, "hold") && world->now_ms < end_ms;)
		world_run(world, SECOND);
	WANT(world, is_held_by(world, 1, "hold"));
	for (uint8_t i = 1; i <= 8; i++)
		golosd_move(world, (uint8_t)(world->golosd_count - i), 0);
	world->golosds[endpoint].backend = 0;
	world_run(world, 31 * SECOND);
	WANT(world, watcher_order(world, 1, GW_COMMAND_RESUME, 0) == GW_OK);
	no_switch_for(world, 20 * MINUTE);
	WANT(world, !watcher_said(&world->watchers[1], "switching"));
}

/* Another endpoint tells. */
static void another_endpoint_tells_of_the_witness(struct world *world)
{
	warm_up(world);
	world->golosds[1].mute = NO_WITNESS;
	world->golosds[1].errs = true;
	world_run(world, 150 * SECOND);
	golosd_stop(world, 0);
	until_key(world, 2, 8 * MINUTE);
	produces(world, 2, 5 * MINUTE);
	WANT(world, world->lost_blocks <= 3);
	world->golosds[1].mute = 0;
	world_run(world, 10 * MINUTE);
	WANT(world, belief_driver(world->watchers[1].belief) == 0);
	WANT(world, world->switches == 1);
}

/* The order of witnesses is told by nobody: the switch goes out after a round without it, at the end of a slot. */
static void nobody_tells_the_order(struct world *world)
{
	warm_up(world);
	world->golosds[1].mute = 1u << ASK_SCHEDULE;
	world->golosds[1].errs = true;
	world_run(world, 3 * MINUTE);
	WANT(world, watcher_said(&world->watchers[1], "standby_not_ready"));
	golosd_stop(world, 0);
	until_lost(world, world->lost_blocks + 2);
	until_key(world, 2, 30 * SECOND);
	produces(world, 2, 5 * MINUTE);
}

static void order_is_lost_with_the_switch_due(struct world *world)
{
	warm_up(world);
	golosd_stop(world, 0);
	until_lost(world, world->lost_blocks + 1);
	world->golosds[1].mute = 1u << ASK_SCHEDULE;
	world->golosds[1].errs = true;
	until_lost(world, world->lost_blocks + 1);
	until_key(world, 2, 3 * MINUTE);
}

static void another_endpoint_tells_the_order(struct world *world)
{
	warm_up(world);
	world->golosds[1].mute = 1u << ASK_SCHEDULE;
	world->golosds[1].errs = true;
	world_run(world, 3 * MINUTE);
	WANT(world, !watcher_said(&world->watchers[1], "standby_not_ready"));
	golosd_stop(world, 0);
	until_key(world, 2, 8 * MINUTE);
	produces(world, 2, 5 * MINUTE);
	WANT(world, world->lost_blocks <= 3);
}

/* It was away for some minutes, and gives the blocks of then a minute late: none of them is lost. */
static void blocks_are_given_late(struct world *world)
{
	warm_up(world);
	golosd_stop(world, 1);
	world_run(world, MINUTE);
	world->golosds[1].mute = 1u << ASK_BLOCK;
	world->golosds[1].errs = true;
	golosd_start(world, 1);
	miss(world, 1);
	world_run(world, MINUTE);
	world->golosds[1].mute = 0;
	world_run(world, 30 * SECOND);
	WANT(world, !watcher_said(&world->watchers[1], "blocks_lost"));
	miss(world, 1);
	until_key(world, 2, 2 * MINUTE);
}

static void same_key_on_both(struct world *world)
{
	world_run(world, HOUR);
	WANT(world, watcher_said(&world->watchers[0], "two_blocks_for_one_slot") ||
			    watcher_said(&world->watchers[1], "two_blocks_for_one_slot"));
	WANT(world, world->switches == 0);
}

/* Its operator hears of it at once and when it is over for a minute, though it stands again before anything is missed. */
static void producers_golosd_dies(struct world *world)
{
	const struct watcher *producer = &world->watchers[0];

	warm_up(world);
	golosd_stop(world, 0);
	world_run(world, 30 * SECOND);
	WANT(world, watcher_said(producer, "producer_not_ready"));
	WANT(world, !watcher_said(producer, "producer_ready"));
	golosd_start(world, 0);
	world_run(world, 50 * SECOND);
	WANT(world, !watcher_said(producer, "producer_ready")); /* it must stand for a minute */
	world_run(world, 40 * SECOND);
	WANT(world, watcher_said(producer, "producer_ready"));
	world_run(world, HOUR);
	WANT(world, world->switches == 0);
	WANT(world, producer->criticals == 1);
}

/* The backup is dead long before it is needed: people hear of it at once, and each hour again. */
static void backup_is_dead(struct world *world)
{
	const struct watcher *backup = &world->watchers[1];
	uint32_t criticals;

	warm_up(world);
	WANT(world, !watcher_said(backup, "standby_not_ready"));
	criticals = backup->criticals;
	golosd_stop(world, 1);
	world_run(world, MINUTE);
	WANT(world, watcher_said(backup, "standby_not_ready"));
	world_run(world, 5 * HOUR - 2 * MINUTE);
	WANT(world, backup->criticals == criticals + 5);
	golosd_start(world, 1);
	world_run(world, 2 * MINUTE);
	WANT(world, watcher_said(backup, "standby_ready"));
	world_run(world, 2 * HOUR);
	WANT(world, backup->criticals == criticals + 5);
}

const struct scenario scenarios_own_node[] = {
	{.name = "own_golosd_dead_with_another_endpoint",
	 .play = own_golosd_dead_with_another_endpoint,
	 .endpoint = true},
	{.name = "own_golosd_comes_back_to_a_due_switch",
	 .play = own_golosd_comes_back_to_a_due_switch,
	 .endpoint = true},
	{.name = "watcher_comes_back_to_a_due_switch", .play = watcher_comes_back_to_a_due_switch},
	{.name = "takeover_after_a_change_of_driver", .play = takeover_after_a_change_of_driver, .endpoint = true},
	{.name = "endpoint_lags_on_a_minority", .play = endpoint_lags_on_a_minority, .endpoint = true},
	{.name = "node_answers_one_block_late", .play = node_answers_one_block_late, .nodes = 2},
	{.name = "silent_websocket", .play = silent_websocket, .nodes = 2},
	{.name = "old_golosd_syncs_with_a_pause", .play = old_golosd_syncs_with_a_pause, .nodes = 2},
	{.name = "own_golosd_does_not_tell_of_the_witness", .play = own_golosd_does_not_tell_of_the_witness},
	{.name = "another_endpoint_tells_of_the_witness",
	 .play = another_endpoint_tells_of_the_witness,
	 .endpoint = true},
	{.name = "stand_in_on_a_minority_goes",
	 .play = stand_in_on_a_minority_goes,
	 .endpoint = true,
	 .set = set_any_gap},
	{.name = "stand_in_answers_from_a_minority",
	 .play = stand_in_answers_from_a_minority,
	 .allowed_plus_1 = 1,
	 .endpoint = true,
	 .set = set_any_gap},
	{.name = "nobody_tells_the_order", .play = nobody_tells_the_order},
	{.name = "order_is_lost_with_the_switch_due", .play = order_is_lost_with_the_switch_due},
	{.name = "another_endpoint_tells_the_order", .play = another_endpoint_tells_the_order, .endpoint = true},
	{.name = "blocks_are_given_late", .play = blocks_are_given_late},
	{.name = "frozen_websocket", .play = frozen_websocket, .nodes = 2},
	{.name = "golosd_answers_nothing", .play = no_answers},
	{.name = "golosd_answers_with_errors", .play = errors},
	{.name = "golosd_syncs_from_far_back", .play = syncs_from_far_back},
	{.name = "same_key_on_both_nodes", .play = same_key_on_both, .same_key = true},
	{.name = "producers_golosd_dies", .play = producers_golosd_dies},
	{.name = "producers_golosd_dies_alone", .play = producers_golosd_dies, .endpoint = true},
	{.name = "peer_themarkymark_backup_is_dead", .play = backup_is_dead},
	{.name = NULL},
};
