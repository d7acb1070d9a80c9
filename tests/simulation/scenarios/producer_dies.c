/* SPDX-License-Identifier: MIT
 * Scenarios: the producer dies, or no longer produces: production moves, in time, once. */
#include "script.h"

static void dies(struct world *world, uint32_t lost_at_most)
{
	warm_up(world);
	golosd_stop(world, 0);
	until_key(world, 2, 40 * MINUTE);
	produces(world, 2, 10 * MINUTE);
	WANT(world, world->lost_blocks - world->hurried <= lost_at_most);
	WANT(world, world->lost_blocks > world->options.monitor.allowed_misses);
	WANT(world, world->lost_blocks <= world->options.monitor.allowed_misses + 3);
	WANT(world, world->switches == 1);
	invariant_calm_after_faults(world, 30 * MINUTE);
}

static void dead_primary(struct world *world)
{
	dies(world, world->options.monitor.allowed_misses + 1);
}

static void dead_primary_six_others_dead(struct world *world)
{
	for (uint32_t i = 0; i < 6; i++)
		world->dead_witness[20 - i] = true;
	dies(world, world->options.monitor.allowed_misses + 2);
}

static void dead_primary_nine_others_dead(struct world *world)
{
	for (uint32_t i = 0; i < 9; i++)
		world->dead_witness[20 - i] = true;
	dies(world, world->options.monitor.allowed_misses + 2);
}

/* Eight others have lost their places to witnesses that were not scheduled before, and get them back. */
static void dead_primary_others_replaced(struct world *world)
{
	for (uint32_t i = 0; i < 8; i++)
		world->chain.replaced[20 - i] = true;
	world_run(world, dice_between(&world->dice, 0, 126) * SECOND);
	for (uint32_t i = 0; i < 4; i++)
		world->chain.replaced[20 - i] = false;
	dies(world, world->options.monitor.allowed_misses + 1);
}

/* The slot is missed in one gap with those of three witnesses who have been dead for long: that gap is no halt. */
static void missed_among_dead_witnesses(struct world *world)
{
	const struct sim_block *head;

	for (uint32_t i = 0; i < 9; i++)
		world->dead_witness[20 - i] = true;
	warm_up(world);
	world_run(world, 10 * MINUTE);
	do {
		until_own_slot_in(world, 1);
		head = world_head(world);
	} while (world->broken == INVARIANT_NONE &&
		 (head->num % SHUFFLE_BLOCKS > 16 || !world->dead_witness[chain_owner(head, 2)] ||
		  !world->dead_witness[chain_owner(head, 3)] || !world->dead_witness[chain_owner(head, 4)]));
	world->lost_blocks = world->hurried = 0;
	golosd_stop(world, 0);
	until_key(world, 2, 45 * SECOND);
	WANT(world, world->lost_blocks - world->hurried == 1);
}

/* golosd's process runs, answers and takes no blocks: nothing but the chain tells. */
static void primary_stalls(struct world *world)
{
	warm_up(world);
	golosd_freeze(world, 0, true);
	until_key(world, 2, 5 * MINUTE);
	produces(world, 2, 5 * MINUTE);
	WANT(world, world->lost_blocks - world->hurried <= 2);
	invariant_calm_after_faults(world, 30 * MINUTE);
}

/* A slot every so many minutes: own slots in a row, however long it took. */
static void dead_primary_of_rare_slots(struct world *world)
{
	int64_t round_ms = INT64_C(63) * SECOND * world->options.rules.rare_rounds;

	world_run(world, 2 * round_ms);
	world->lost_blocks = 0;
	golosd_stop(world, 0);
	until_key(world, 2, 4 * round_ms);
	WANT(world, world->lost_blocks <= 2);
	produces(world, 2, 2 * round_ms);
	WANT(world, world->switches == 1);
}

/* ---- how misses are counted ------------------------------------------------------------------------------------ */

static void of_a_witness_that_never_missed(struct world *world)
{
	world->chain.blocks[1].total_missed[OURS] = 0; /* the first block's: no watcher has asked yet */
	dead_primary(world);
}

/* Two misses within the window, the producer well between and after: the hour since the start ends between them. */
static void misses_straddle_the_hour(struct world *world)
{
	world_run(world, HOUR - 2 * MINUTE);
	world->lost_blocks = 0;
	miss(world, 1);
	produces(world, 1, 5 * MINUTE);
	world_run(world, 2 * MINUTE);
	WANT(world, world->switches == 0);
	miss_in_mid_round(world);
	until_key(world, 2, 10 * SECOND);
	WANT(world, world->lost_blocks == 2);
}

/* Wherever a window of an hour might begin, these two lie in one. */
static void misses_within_an_hour(struct world *world)
{
	int64_t first_ms;

	warm_up(world);
	miss(world, 1);
	first_ms = world->now_ms;
	produces(world, 1, 5 * MINUTE);
	no_switch_for(world, first_ms + 55 * MINUTE - world->now_ms);
	miss_in_mid_round(world);
	WANT(world, world->now_ms < first_ms + HOUR);
	until_key(world, 2, 10 * SECOND);
}

/* Three at once, where two are wanted: what is compared is more than, not equal to. */
static void count_jumps_over_the_threshold(struct world *world)
{
	warm_up(world);
	world->watchers[1].cut = true;
	golosd_stop(world, 0);
	until_lost(world, 4);
	world->watchers[1].cut = false;
	until_key(world, 2, 2 * MINUTE);
	produces(world, 2, 5 * MINUTE);
}

/* No block of the producer was ever seen by this watcher: its misses count all the same. */
static void watcher_begins_after_the_death(struct world *world)
{
	watcher_is_lost(world, 1);
	warm_up(world);
	golosd_stop(world, 0);
	world_run(world, 10 * MINUTE);
	world->lost_blocks = 0;
	watcher_start(world, 1);
	until_key(world, 2, 5 * MINUTE);
	WANT(world, world->lost_blocks <= 3); /* a slot may lie before its first block */
}

static void restart_between_two_misses(struct world *world)
{
	warm_up(world);
	miss(world, 1);
	produces(world, 1, 5 * MINUTE);
	watcher_stop(world, 1);
	world_run(world, 2 * MINUTE);
	watcher_start(world, 1);
	world_run(world, MINUTE);
	miss_in_mid_round(world);
	until_key(world, 2, 10 * SECOND);
	WANT(world, world->lost_blocks == 2);
}

/* What answers fell by on the way does not have to be missed again. */
static void after_answers_of_the_past(struct world *world)
{
	warm_up(world);
	world_run(world, 5 * MINUTE);
	miss(world, 1);
	produces(world, 1, 5 * MINUTE);
	world->golosds[1].blocks_back = 80;
	world_run(world, MINUTE);
	world->golosds[1].blocks_back = 0;
	world_run(world, 65 * MINUTE);
	world->lost_blocks = 0;
	golosd_stop(world, 0);
	until_key(world, 2, 5 * MINUTE);
	WANT(world, world->lost_blocks - world->hurried <= 2);
}

static void set_wide_gaps(struct world_options *options)
{
	options->monitor.max_gap = 20; /* half of the witnesses are on the other side: no gap is a halt */
}

/* The branch that showed two misses is left: they are neither counted nor owed. */
static void after_misses_of_a_fork(struct world *world)
{
	warm_up(world);
	golosd_move(world, 1, 1);
	for (uint8_t i = 0; i < 9; i++)
		golosd_move(world, (uint8_t)(world->golosd_count - 1 - i), 1);
	world_run(world, 150 * SECOND);
	for (uint8_t i = 0; i < world->golosd_count; i++)
		golosd_move(world, i, 0);
	world_run(world, 15 * MINUTE);
	WANT(world, key_now(world) == 1);
	world->lost_blocks = 0;
	golosd_stop(world, 0);
	until_key(world, 2, 5 * MINUTE);
	WANT(world, world->lost_blocks - world->hurried <= 2);
}

/* The operator's update names a key that no node holds. */
static void key_of_no_node(struct world *world)
{
	warm_up(world);
	operator_update(world, 5);
	until_key(world, 5, MINUTE);
	until_key(world, 1, 5 * MINUTE);
	produces(world, 1, 5 * MINUTE);
	WANT(world, world->switches == 1);
	WANT(world, world->lost_blocks <= 3);
	invariant_calm_after_faults(world, 30 * MINUTE);
}

const struct scenario scenarios_producer_dies[] = {
	{.name = "dead_primary", .play = dead_primary, .nodes = 2},
	{.name = "dead_primary_allowed_misses_0", .play = dead_primary, .allowed_plus_1 = 1},
	{.name = "dead_primary_allowed_misses_4", .play = dead_primary, .allowed_plus_1 = 5},
	{.name = "dead_primary_of_two_witnesses", .play = dead_primary, .scheduled = 2},
	{.name = "dead_primary_six_others_dead", .play = dead_primary_six_others_dead, .nodes = 2},
	{.name = "dead_primary_nine_others_dead", .play = dead_primary_nine_others_dead, .nodes = 2},
	{.name = "dead_primary_others_replaced", .play = dead_primary_others_replaced, .nodes = 2},
	{.name = "missed_among_dead_witnesses", .play = missed_among_dead_witnesses, .allowed_plus_1 = 1},
	{.name = "a_slot_every_52_minutes", .play = dead_primary_of_rare_slots, .rare_rounds = 50},
	{.name = "a_slot_every_4_hours", .play = dead_primary_of_rare_slots, .rare_rounds = 228},
	{.name = "a_slot_every_4_hours_without_the_chains_null",
	 .play = dead_primary_of_rare_slots,
	 .rare_rounds = 228,
	 .reset_s = 864000},
	{.name = "peer_eos_bp_failover_primary_stalls", .play = primary_stalls},
	{.name = "a_slot_every_100_minutes", .play = dead_primary_of_rare_slots, .rare_rounds = 95},
	{.name = "peer_A_total_missed_is_0", .play = of_a_witness_that_never_missed},
	{.name = "peer_D_misses_straddle_the_hour", .play = misses_straddle_the_hour},
	{.name = "peer_D_misses_within_any_hour", .play = misses_within_an_hour},
	{.name = "peer_roelandp_jump_over_the_threshold", .play = count_jumps_over_the_threshold},
	{.name = "peer_signctrl_never_seen_alive", .play = watcher_begins_after_the_death},
	{.name = "peer_wolf_restart_between_two_misses", .play = restart_between_two_misses},
	{.name = "peer_conductor_answers_of_the_past_then_a_death", .play = after_answers_of_the_past},
	{.name = "misses_of_a_fork_then_a_death", .play = after_misses_of_a_fork, .set = set_wide_gaps},
	{.name = "peer_freedman_key_of_no_node", .play = key_of_no_node, .nodes = 3},
	{.name = NULL},
};
