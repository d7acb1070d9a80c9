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

/* The switch is due, and held; the blocks that are read after the pause do not say which key signed them. */
static void produced_while_cut_off(struct world *world)
{
	warm_up(world);
	WANT(world, watcher_order(world, 1, GW_COMMAND_HOLD, 0) == GW_OK);
	miss(world, 2);
	world_run(world, 10 * SECOND);
	WANT(world, is_held_by(world, 1, "hold"));
	world->watchers[1].cut = true;
	world_run(world, MINUTE);
	produces(world, 1, 5 * MINUTE);
	WANT(world, watcher_order(world, 1, GW_COMMAND_RESUME, 0) == GW_OK);
	world->watchers[1].cut = false;
	no_switch_for(world, HOUR);
	WANT(world, !watcher_said(&world->watchers[1], "switching"));
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

/* The producer missed two in that hour, and has produced since: 1,200 blocks tell of it at once. */
static void golosd_back_after_an_hour(struct world *world)
{
	warm_up(world);
	golosd_stop(world, 1);
	world_run(world, HOUR / 2);
	miss(world, 2);
	produces(world, 1, 5 * MINUTE);
	world_run(world, HOUR / 2);
	golosd_start(world, 1);
	no_switch_for(world, 2 * HOUR);
	world->lost_blocks = 0;
	golosd_stop(world, 0);
	until_key(world, 2, 10 * MINUTE);
	produces(world, 2, 5 * MINUTE);
	WANT(world, world->lost_blocks == 2);
}

/* With two scheduled: the next slot is the witness's own, and the one after the next. */
static void until_own_slots_alternate(struct world *world)
{
	const struct sim_block *head;

	do {
		until_own_slot_in(world, 1);
		head = world_head(world);
	} while (world->broken == INVARIANT_NONE &&
		 (head->num % SHUFFLE_BLOCKS > 15 || chain_owner(head, 2) == OURS || chain_owner(head, 3) != OURS));
}

/* Two scheduled, one miss too many: the next own slot is two ahead, and the answer is not yet there. */
static void answers_after_the_next_block(struct world *world)
{
	warm_up(world);
	world->golosds[1].answer_ms = 9000;
	world_run(world, 2 * MINUTE);
	for (uint32_t i = 0; i < 10 && world->broken == INVARIANT_NONE; i++) {
		until_own_slots_alternate(world);
		miss(world, 1);
		produces(world, 1, 5 * SECOND);
		no_switch_for(world, MINUTE);
	}
	WANT(world, world->lost_blocks == 10);
}

/* The answer is there, and the switch waits for the witness's own slot, which is the very next one: it is filled. */
static void well_again_before_it_is_sent(struct world *world)
{
	warm_up(world);
	for (uint32_t i = 0; i < 10 && world->broken == INVARIANT_NONE; i++) {
		until_own_slots_alternate(world);
		miss(world, 1);
		produces(world, 1, 5 * SECOND);
		no_switch_for(world, MINUTE);
	}
	WANT(world, watcher_said(&world->watchers[1], "switching"));
	WANT(world, world->lost_blocks == 10);
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

/* golosd answers of the block that ends the halt before it pushes that block. */
static void halts_answered_before_their_block(struct world *world)
{
	warm_up(world);
	for (uint32_t i = 0; i < 40 && world->broken == INVARIANT_NONE; i++) {
		until_own_slot_in(world, 2);
		world->stopped = true;
		world_run(world, dice_between(&world->dice, 18, 60) * SECOND);
		world->stopped = false;
		world->watchers[1].links[0].line_free_ms = world->now_ms + 4 * SECOND;
		no_switch_for(world, 2 * MINUTE + dice_between(&world->dice, 0, 30 * SECOND));
	}
	WANT(world, !watcher_said(&world->watchers[1], "switching"));
}

/* The counts of a halt know no end: 8 bits of own slots are full after 4.6 hours. */
static void halts_of_hours(struct world *world)
{
	static const int64_t hours[] = {1, 5, 12};

	warm_up(world);
	for (uint32_t i = 0; i < 3 && world->broken == INVARIANT_NONE; i++) {
		golosds_stand(world, true);
		world_run(world, hours[i] * HOUR);
		golosds_stand(world, false);
		no_switch_for(world, 90 * MINUTE);
	}
}

/* A quarter of the witnesses is dead for as long as golosd can undo blocks: the chain stands until people help it. */
static void stands_above_the_irreversible(struct world *world)
{
	warm_up(world);
	for (uint8_t n = 14; n < 21; n++)
		world->dead_witness[n] = true;
	world->chain.undo_limit = 60;
	no_switch_for(world, HOUR);
	WANT(world, world_head(world)->num - world_head(world)->irreversible == 60);
	for (uint8_t n = 14; n < 21; n++)
		world->dead_witness[n] = false;
	world->chain.undo_limit = NO_UNDO_LIMIT;
	golosds_stand(world, false);
	no_switch_for(world, 70 * MINUTE);
	produces(world, 1, 5 * MINUTE);
}

/* Who begins within a halt knows nothing of the blocks before it: that the count rose by its slots is no node's fault.
 */
static void restarts_within_a_halt(struct world *world)
{
	warm_up(world);
	for (uint32_t i = 0; i < 8 && world->broken == INVARIANT_NONE; i++) {
		golosds_stand(world, true);
		world_run(world, dice_between(&world->dice, 10, 200) * SECOND);
		for (uint8_t w = 1; w < 3; w++) {
			watcher_stop(world, w);
			world_run(world, dice_between(&world->dice, 0, 10) * SECOND);
			watcher_start(world, w);
		}
		world_run(world, dice_between(&world->dice, 10, 200) * SECOND);
		golosds_stand(world, false);
		no_switch_for(world, 70 * MINUTE);
	}
}

/* It is away as the halt begins, and back when blocks come again. */
static void away_for_a_whole_halt(struct world *world)
{
	warm_up(world);
	for (uint32_t i = 0; i < 4 && world->broken == INVARIANT_NONE; i++) {
		watcher_stop(world, 1);
		watcher_stop(world, 2);
		world_run(world, dice_between(&world->dice, 1, 60) * SECOND);
		golosds_stand(world, true);
		world_run(world, dice_between(&world->dice, 30, 3600) * SECOND);
		golosds_stand(world, false);
		world_run(world, dice_between(&world->dice, 1, 60) * SECOND);
		watcher_start(world, 1);
		watcher_start(world, 2);
		no_switch_for(world, 70 * MINUTE);
	}
}

/* What the whole chain skipped while nobody looked hides no dead node for long. */
static void dies_in_a_halt_while_nobody_looks(struct world *world)
{
	warm_up(world);
	watcher_stop(world, 1);
	golosds_stand(world, true);
	golosd_stop(world, 0);
	world_run(world, 10 * MINUTE);
	watcher_start(world, 1);
	world_run(world, MINUTE);
	golosds_stand(world, false);
	world->lost_blocks = 0;
	until_key(world, 2, 10 * MINUTE);
	WANT(world, world->lost_blocks <= 4);
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
		if (n < 9) /* else its branch may become the longer one, on which the misses are real */
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

/* Answers by turns of now and of before the first miss: that is one miss, and stays as old as it is. */
static void answers_by_turns(struct world *world, uint32_t blocks_back, uint32_t missed_back)
{
	int64_t first_ms;

	world_run(world, 15 * MINUTE);
	miss(world, 1);
	first_ms = world->now_ms;
	produces(world, 1, 5 * MINUTE);
	no_switch_for(world, first_ms + 48 * MINUTE - world->now_ms);
	for (uint32_t i = 0; i < 7; i++) {
		world->golosds[1].blocks_back = blocks_back;
		world->golosds[1].missed_back = missed_back;
		no_switch_for(world, 35 * SECOND);
		world->golosds[1].blocks_back = 0;
		world->golosds[1].missed_back = 0;
		no_switch_for(world, 35 * SECOND);
	}
	no_switch_for(world, first_ms + 63 * MINUTE - world->now_ms);
	miss(world, 1);
	produces(world, 1, 5 * MINUTE);
	no_switch_for(world, HOUR);
}

static void answers_of_the_past(struct world *world)
{
	answers_by_turns(world, 1100, 0);
}

/* Nothing else in them is of the past. */
static void counts_of_the_past(struct world *world)
{
	answers_by_turns(world, 0, 1);
}

/* Its watcher sees nothing while the chain shuts the witness down, and somebody sets the same key again. Then it reads
 * all of that: the misses were those of the node before. */
static void same_key_set_while_nobody_looked(struct world *world)
{
	warm_up(world);
	miss(world, 1);
	produces(world, 1, 5 * MINUTE);
	world->watchers[1].cut = true;
	golosd_stop(world, 0);
	until_key(world, KEY_NULL, HOUR);
	golosd_start(world, 0);
	world_run(world, MINUTE);
	operator_update(world, 1);
	until_key(world, 1, 10 * SECOND);
	world->watchers[1].cut = false;
	produces(world, 1, 5 * MINUTE);
	miss(world, 1);
	produces(world, 1, 5 * MINUTE);
	no_switch_for(world, 10 * MINUTE);
}

/* The same where a second endpoint drives by turns, and is behind. */
static void drivers_by_turns(struct world *world)
{
	uint8_t endpoint = (uint8_t)world->options.our_nodes;

	warm_up(world);
	world_run(world, 11 * MINUTE);
	miss(world, 1);
	produces(world, 1, 5 * MINUTE);
	world->golosds[endpoint].blocks_back = 100;
	for (uint32_t i = 0; i < 4; i++) {
		golosd_stop(world, 1);
		no_switch_for(world, 35 * SECOND);
		golosd_start(world, 1);
		no_switch_for(world, 35 * SECOND);
	}
	no_switch_for(world, HOUR);
}

/* What the key before had missed is told a minute late: it is not the new one's. */
static void answers_of_before_the_key_changed(struct world *world)
{
	warm_up(world);
	world->golosds[2].blocks_back = 20;
	world_run(world, 2 * MINUTE);
	for (uint32_t i = 0; i < 8 && world->broken == INVARIANT_NONE; i++) {
		uint8_t next = key_now(world) == 1 ? 2 : 1;

		world->idle_slots = DICE_SURE;
		until_key(world, next, 10 * MINUTE);
		world->idle_slots = 0;
		world_run(world, dice_between(&world->dice, 3, 6) * MINUTE);
		WANT(world, key_now(world) == next);
	}
	WANT(world, world->watchers[2].sends == 0);
}

/* The first answer after the halt is of before it. */
static void halts_told_late(struct world *world)
{
	world->golosds[1].blocks_back = 3;
	halts(world);
}

/* Its process gets no time while a switch waits to be sent; when it goes on, the producer has long been well again. */
static void stands_still_with_a_switch_begun(struct world *world)
{
	struct watcher *backup = &world->watchers[1];

	warm_up(world);
	for (uint32_t i = 0; i < 6 && world->broken == INVARIANT_NONE; i++) {
		golosd_stop(world, 0);
		for (int64_t end_ms = world->now_ms + 10 * MINUTE; !backup->carrier.busy && world->now_ms < end_ms;)
			world_run(world, 1);
		WANT(world, backup->carrier.busy);
		world_run(world, dice_between(&world->dice, 0, 20));
		watcher_stands(world, 1, true);
		golosd_start(world, 0);
		produces(world, 1, 5 * MINUTE);
		world_run(world, dice_between(&world->dice, 0, 5 * MINUTE));
		watcher_stands(world, 1, false);
		no_switch_for(world, 62 * MINUTE);
	}
	WANT(world, backup->sends == 0);
}

/* New watchers, again and again, of a witness that has missed much in its life. */
static void new_watchers_of_an_old_witness(struct world *world)
{
	world->chain.blocks[1].total_missed[OURS] = 1000;
	warm_up(world);
	for (uint32_t i = 0; i < 6; i++) {
		watcher_is_lost(world, 1);
		watcher_start(world, 1);
		no_switch_for(world, 10 * MINUTE);
		miss(world, 1);
		produces(world, 1, 5 * MINUTE);
	}
	no_switch_for(world, HOUR);
}

/* Production was moved, and the operator moved it back: what moved it is over. */
static void restarts_after_a_switch(struct world *world)
{
	warm_up(world);
	miss(world, 2);
	until_key(world, 2, MINUTE);
	produces(world, 2, 5 * MINUTE);
	operator_update(world, 1);
	until_key(world, 1, MINUTE);
	for (uint32_t i = 0; i < 8; i++) {
		watcher_stop(world, i % 2);
		world_run(world, dice_between(&world->dice, 100, 20000));
		watcher_start(world, i % 2);
		no_switch_for(world, 3 * MINUTE);
	}
}

/* Whoever dates a miss that is found after a pause to now would see one newer than the producer's blocks. */
static void missed_before_a_pause(struct world *world)
{
	warm_up(world);
	watcher_stop(world, 1);
	miss(world, 2);
	produces(world, 1, 5 * MINUTE);
	world_run(world, 75 * MINUTE); /* more blocks than are read */
	watcher_start(world, 1);
	no_switch_for(world, 2 * HOUR);
}

/* Production moved away and back, and a golosd that told nothing since comes back from before that. It reads those blocks
 * again: what it answers meanwhile has the same key, and not yet the misses. */
static void golosd_reads_a_switch_again(struct world *world)
{
	world_run(world, 15 * MINUTE);
	golosd_stop(world, 0);
	until_key(world, 2, 10 * MINUTE);
	golosd_start(world, 0);
	produces(world, 2, 5 * MINUTE);
	world->golosds[1].mute = 1u << ASK_WITNESS;
	operator_update(world, 1);
	produces(world, 1, 5 * MINUTE);
	world_run(world, 15 * SECOND);
	golosd_stop(world, 1);
	world->golosds[1].mute = 0;
	golosd_start_behind(world, 1, 240);
	no_switch_for(world, 10 * MINUTE);
}

static void set_many_switches(struct world_options *options)
{
	options->monitor.max_switches = 24;
}

/* What others take for participation is not asked: the evidence in the transaction keeps it from the other branch. */
static void set_no_participation(struct world_options *options)
{
	options->monitor.min_participation = 0;
}

const struct scenario scenarios_producer_well[] = {
	{.name = "missed_while_the_watcher_is_cut_off", .play = missed_while_cut_off, .nodes = 2},
	{.name = "produced_while_a_due_switch_is_cut_off", .play = produced_while_cut_off},
	{.name = "restart_with_misses_and_the_producer_well", .play = restart_with_misses, .nodes = 2},
	{.name = "golosd_back_after_an_hour", .play = golosd_back_after_an_hour, .nodes = 2},
	{.name = "answers_after_the_next_block",
	 .play = answers_after_the_next_block,
	 .scheduled = 2,
	 .allowed_plus_1 = 1},
	{.name = "well_again_before_it_is_sent",
	 .play = well_again_before_it_is_sent,
	 .scheduled = 2,
	 .allowed_plus_1 = 1},
	{.name = "halts_of_30_to_240_s", .play = halts, .nodes = 3},
	{.name = "halts_of_hours", .play = halts_of_hours, .nodes = 3},
	{.name = "chain_stands_above_the_irreversible_block", .play = stands_above_the_irreversible, .nodes = 3},
	{.name = "restarts_within_a_halt", .play = restarts_within_a_halt, .nodes = 3},
	{.name = "away_for_a_whole_halt", .play = away_for_a_whole_halt, .nodes = 3},
	{.name = "dies_in_a_halt_while_nobody_looks", .play = dies_in_a_halt_while_nobody_looks},
	{.name = "minority_of_1_to_10_on_our_side", .play = minority, .nodes = 2},
	{.name = "random_single_misses", .play = random_single_misses, .nodes = 2},
	{.name = "peer_E_rpc_goes_back", .play = backup_rpc_goes_back, .nodes = 2},
	{.name = "minority_without_the_participation_guard", .play = minority, .set = set_no_participation},
	{.name = "peer_conductor_answers_of_the_past", .play = answers_of_the_past},
	{.name = "peer_E_counts_of_the_past", .play = counts_of_the_past},
	{.name = "same_key_set_while_nobody_looked", .play = same_key_set_while_nobody_looked, .reset_s = 900},
	{.name = "peer_conductor_drivers_by_turns", .play = drivers_by_turns, .endpoint = true},
	{.name = "peer_jolly_new_watchers_of_an_old_witness", .play = new_watchers_of_an_old_witness},
	{.name = "peer_jesta_restarts_after_a_switch", .play = restarts_after_a_switch},
	{.name = "missed_before_a_long_pause", .play = missed_before_a_pause},
	{.name = "answers_of_before_the_key_changed",
	 .play = answers_of_before_the_key_changed,
	 .nodes = 3,
	 .set = set_many_switches},
	{.name = "halts_told_a_few_blocks_late", .play = halts_told_late},
	{.name = "halts_answered_before_their_block", .play = halts_answered_before_their_block, .allowed_plus_1 = 1},
	{.name = "peer_keepalived_stands_still_with_a_switch_begun", .play = stands_still_with_a_switch_begun},
	{.name = "golosd_reads_a_switch_again", .play = golosd_reads_a_switch_again, .allowed_plus_1 = 1},
	{.name = NULL},
};
