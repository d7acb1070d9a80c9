/* SPDX-License-Identifier: MIT
 * Scenarios: the producer is well, whatever it looks like: production stays. */
#include "script.h"

static void missed_while_cut_off(struct world *world)
{
	warm_up(world);
	world->watchers[1].cut = true;
	miss(world, 2);
	produces(world, 1, 5 * MINUTE);
	world->watchers[1].cut = false;
	no_switch_for(world, HOUR);
}

static void restart_with_misses(struct world *world)
{
	warm_up(world);
	miss(world, 1);
	produces(world, 1, 5 * MINUTE);
	watcher_stop(world, 1);
	miss(world, 1);
	produces(world, 1, 5 * MINUTE);
	watcher_start(world, 1);
	no_switch_for(world, 2 * HOUR);
}

static void golosd_back_after_an_hour(struct world *world)
{
	warm_up(world);
	golosd_stop(world, 1);
	world_run(world, HOUR);
	golosd_start(world, 1);
	no_switch_for(world, 10 * MINUTE);
	world->lost_blocks = 0;
	golosd_stop(world, 0);
	until_key(world, 2, 10 * MINUTE);
	produces(world, 2, 5 * MINUTE);
	WANT(world, world->lost_blocks == 2);
}

static void answers_after_the_next_block(struct world *world)
{
	world->options.late_answers = DICE_SURE;
	warm_up(world);
	for (uint32_t i = 0; i < 5 && world->broken == INVARIANT_NONE; i++) {
		miss(world, 1);
		produces(world, 1, 5 * MINUTE);
		world_run(world, 61 * MINUTE);
	}
	WANT(world, world->switches == 0);
}

static void halts(struct world *world)
{
	static const int64_t seconds[] = {30, 63, 126, 240};

	warm_up(world);
	for (uint32_t i = 0; i < 4; i++) {
		world->stopped = true;
		world_run(world, seconds[i] * SECOND);
		world->stopped = false;
		no_switch_for(world, 90 * MINUTE);
	}
}

static void minority(struct world *world)
{
	for (uint8_t n = 1; n <= 10; n++) {
		uint8_t last = (uint8_t)(world->golosd_count - 1);

		warm_up(world);
		golosd_move(world, 1, 1);
		for (uint8_t i = 0; i < n; i++)
			golosd_move(world, (uint8_t)(last - i), 1);
		world_run(world, dice_between(&world->dice, 30, 240) * SECOND);
		for (uint8_t i = 0; i <= last; i++)
			golosd_move(world, i, 0);
		world_run(world, 20 * MINUTE);
		WANT(world, key_now(world) == 1);
	}
	WANT(world, world->wrong_side == 0);
}

static void random_single_misses(struct world *world)
{
	warm_up(world);
	for (uint32_t i = 0; i < 10; i++) {
		miss(world, 1);
		produces(world, 1, 5 * MINUTE);
		no_switch_for(world, 62 * MINUTE);
	}
}

static void backup_rpc_goes_back(struct world *world)
{
	warm_up(world);
	for (uint32_t i = 0; i < 10; i++) {
		miss(world, 1);
		golosd_freeze(world, 1, true);
		world_run(world, dice_between(&world->dice, 10, 300) * SECOND);
		golosd_stop(world, 1);
		golosd_freeze(world, 1, false);
		golosd_start(world, 1);
		produces(world, 1, 5 * MINUTE);
		no_switch_for(world, 62 * MINUTE);
	}
}

const struct scenario scenarios_producer_well[] = {
	{.name = "missed_while_the_watcher_is_cut_off", .play = missed_while_cut_off, .nodes = 2},
	{.name = "restart_with_misses_and_the_producer_well", .play = restart_with_misses, .nodes = 2},
	{.name = "golosd_back_after_an_hour", .play = golosd_back_after_an_hour, .nodes = 2},
	{.name = "answers_after_the_next_block", .play = answers_after_the_next_block, .nodes = 2},
	{.name = "halts_of_30_to_240_s", .play = halts, .nodes = 3},
	{.name = "minority_of_1_to_10_on_our_side", .play = minority, .nodes = 2},
	{.name = "random_single_misses", .play = random_single_misses, .nodes = 2},
	{.name = "peer_E_rpc_goes_back", .play = backup_rpc_goes_back, .nodes = 2},
	{.name = NULL},
};
