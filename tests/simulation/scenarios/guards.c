/* SPDX-License-Identifier: MIT
 * Scenarios: what holds a due switch, guard by guard, and that it goes on when the guard ends. */
#include "script.h"

static void set_no_participation(struct world_options *options)
{
	options->monitor.min_participation = 0;
}

/* The producer dies; the first backup's switch becomes due and waits. */
static void waits_for(struct world *world, const char *guard, int64_t ms)
{
	golosd_stop(world, 0);
	until_lost(world, world->lost_blocks + world->options.monitor.allowed_misses + 1);
	no_switch_for(world, ms);
	WANT(world, world->switches == 0);
	if (!is_held_by(world, 1, guard))
		world_break(world, PRODUCTION_RESUMES, "wanted: held by %s", guard);
}

static void is_free(struct world *world)
{
	until_key(world, 2, 3 * MINUTE);
	WANT(world, world->switches == 1);
}

/* ---- own node -------------------------------------------------------------------------------------------------- */

/* It takes no blocks any more, and is not yet known to be silent. */
static void head_is_old(struct world *world)
{
	warm_up(world);
	WANT(world, watcher_order(world, 1, GW_COMMAND_HOLD, 0) == GW_OK);
	waits_for(world, "hold", 5 * SECOND);
	golosd_freeze(world, 1, true);
	world_run(world, 9 * SECOND);
	WANT(world, watcher_order(world, 1, GW_COMMAND_RESUME, 0) == GW_OK);
	WANT(world, world->watchers[1].links[0].up);
	no_switch_for(world, SECOND);
	WANT(world, is_held_by(world, 1, "own_node"));
	no_switch_for(world, 10 * MINUTE);
	golosd_freeze(world, 1, false);
	is_free(world);
}

static void own_golosd_dies_before_the_switch(struct world *world)
{
	warm_up(world);
	WANT(world, watcher_order(world, 1, GW_COMMAND_HOLD, 0) == GW_OK);
	waits_for(world, "hold", 5 * SECOND);
	golosd_stop(world, 1);
	world_run(world, SECOND / 2);
	WANT(world, watcher_order(world, 1, GW_COMMAND_RESUME, 0) == GW_OK);
	no_switch_for(world, 5 * MINUTE);
	WANT(world, is_held_by(world, 1, "own_node"));
	golosd_start(world, 1);
	is_free(world);
}

/* Clock and golosd are late alike: another endpoint alone can tell. */
static void own_golosd_and_clock_are_late(struct world *world)
{
	warm_up(world);
	world->golosds[1].lag_ms = 13000;
	world->watchers[1].clock_error_ms = -13000;
	world_run(world, 5 * MINUTE);
	waits_for(world, "own_node", 10 * MINUTE);
	world->golosds[1].lag_ms = 0;
	world->watchers[1].clock_error_ms = 0;
	is_free(world);
}

/* The slots are by turns those of our side and of the other endpoint's: its branch is as high as ours. */
static void own_golosd_is_on_another_branch(struct world *world)
{
	warm_up(world);
	WANT(world, watcher_order(world, 1, GW_COMMAND_HOLD, 0) == GW_OK);
	waits_for(world, "hold", 5 * SECOND);
	until_own_slot_in(world, 12);
	golosd_move(world, (uint8_t)world->options.our_nodes, 1);
	for (uint32_t n = 2; n < 12; n += 2)
		golosd_move(world, (uint8_t)(world->options.our_nodes + chain_owner(world_head(world), n) - 1), 1);
	for (uint32_t i = 0; i < 60 && !is_held_by(world, 1, "own_node"); i++)
		world_run(world, SECOND / 2);
	WANT(world, is_held_by(world, 1, "own_node"));
	WANT(world, watcher_order(world, 1, GW_COMMAND_RESUME, 0) == GW_OK);
	no_switch_for(world, 100);
	for (uint8_t i = 0; i < world->golosd_count; i++)
		golosd_move(world, i, 0);
	is_free(world);
}

/* ---- clock, participation, hold -------------------------------------------------------------------------------- */

static void clock_is_wrong(struct world *world, int64_t error_ms)
{
	warm_up(world);
	world->watchers[1].clock_error_ms = error_ms;
	waits_for(world, "clock", 10 * MINUTE);
	world->watchers[1].clock_error_ms = 0;
	is_free(world);
}

static void clock_a_day_off(struct world *world)
{
	clock_is_wrong(world, 24 * HOUR);
}

static void clock_5_seconds_off(struct world *world)
{
	clock_is_wrong(world, -5 * SECOND);
}

/* So many die at once that each gap looks like a halt, until they are known to be silent: this is not about that. */
static void set_wide_gaps(struct world_options *options)
{
	options->monitor.max_gap = 20;
}

static void few_others_take_part(struct world *world)
{
	warm_up(world);
	for (uint32_t i = 0; i < 17; i++)
		world->dead_witness[20 - i] = true;
	/* for long golosd itself, which wants 33 % of 128 slots, would not go on */
	waits_for(world, "participation", 2 * MINUTE);
	for (uint32_t i = 0; i < 11; i++)
		world->dead_witness[20 - i] = false;
	is_free(world);
}

static void hold_for_two_hours(struct world *world)
{
	int64_t end_ms;

	warm_up(world);
	end_ms = world->now_ms + 2 * HOUR;
	WANT(world, watcher_order(world, 1, GW_COMMAND_HOLD, 2 * HOUR / SECOND) == GW_OK);
	waits_for(world, "hold", HOUR);
	no_switch_for(world, end_ms - world->now_ms - SECOND);
	is_free(world);
	WANT(world, watcher_said(&world->watchers[1], "hold_ended"));
}

/* ---- max_switches ---------------------------------------------------------------------------------------------- */

/* The operator moves production back each time; the fourth time of the day takes three misses in a row. */
static void max_switches(struct world *world)
{
	uint32_t criticals;

	warm_up(world);
	for (uint32_t i = 0; i < 3; i++) {
		miss(world, 2);
		until_key(world, 2, MINUTE);
		produces(world, 2, 5 * MINUTE);
		operator_update(world, 1);
		until_key(world, 1, MINUTE);
		produces(world, 1, 5 * MINUTE);
	}
	criticals = world->watchers[1].criticals;
	miss(world, 2);
	world_run(world, 10 * SECOND);
	WANT(world, is_held_by(world, 1, "max_switches"));
	WANT(world, world->watchers[1].criticals == criticals + 1);
	produces(world, 1, 5 * MINUTE);
	no_switch_for(world, 2 * HOUR);
	miss(world, 3);
	until_key(world, 2, MINUTE);
	WANT(world, world->switches == 4);
}

/* Each of them looks healthy, and its golosd lacks the key: each switch of the day rests twice as long as the one
 * before, the signers keep their hour, and who is repaired meanwhile takes over by order at once. */
static void nobody_can_produce(struct world *world)
{
	uint8_t well;

	warm_up(world);
	world->golosds[0].idle = world->golosds[1].idle = true;
	world_run(world, 5 * HOUR);
	WANT(world, world->switches >= 6 && world->switches <= 20);
	well = key_now(world) == 1 ? 1 : 0;
	world->golosds[well].idle = false;
	WANT(world, is_held_by(world, well, "max_switches"));
	WANT(world, watcher_order(world, well, GW_COMMAND_TAKEOVER, 0) == GW_OK);
	until_key(world, (uint8_t)(well + 1), MINUTE);
	produces(world, (uint8_t)(well + 1), 5 * MINUTE);
}

/* The others' misses are as many: each switch is one more that helps nothing. */
static void every_node_misses_most(struct world *world)
{
	warm_up(world);
	world->idle_slots = 80000;
	world_run(world, 24 * HOUR);
	WANT(world, world->switches <= 26);
	WANT(world, world->tally.unsigned_for_budget == 0);
}

/* ---- the signer's hour ----------------------------------------------------------------------------------------- */

static void set_more_switches_than_signatures(struct world_options *options)
{
	options->monitor.max_switches = 24;
}

/* The hour's signatures are used up when the producer dies: an order has one more, and a rule its turn when the hour is
 * over, however often the operator tried. */
static void signatures_are_used_up(struct world *world)
{
	int64_t first_ms;

	warm_up(world);
	first_ms = world->now_ms;
	for (uint32_t i = 0; i < world->options.max_signatures; i++) {
		miss(world, 2);
		until_key(world, 2, MINUTE);
		operator_update(world, 1);
		until_key(world, 1, MINUTE);
		produces(world, 1, 5 * MINUTE);
	}
	golosd_stop(world, 0);
	world_run(world, 4 * MINUTE);
	WANT(world, key_now(world) == 1 && world->tally.unsigned_for_budget > 0);
	WANT(world, watcher_order(world, 1, GW_COMMAND_TAKEOVER, 0) == GW_OK);
	until_key(world, 2, MINUTE);
	produces(world, 2, 5 * MINUTE);
	golosd_start(world, 0);
	world_run(world, MINUTE);
	operator_update(world, 1);
	until_key(world, 1, MINUTE);
	golosd_stop(world, 0);
	until_lost(world, world->lost_blocks + 2);
	while (world->now_ms < first_ms + 50 * MINUTE && world->broken == INVARIANT_NONE) {
		world_run(world, 4 * MINUTE);
		WANT(world, watcher_order(world, 1, GW_COMMAND_TAKEOVER, 0) == GW_OK);
		world_run(world, MINUTE);
		WANT(world, key_now(world) == 1);
	}
	until_key(world, 2, first_ms + 70 * MINUTE - world->now_ms);
	produces(world, 2, 5 * MINUTE);
}

/* ---- confirm_nodes --------------------------------------------------------------------------------------------- */

static void set_confirm_nodes(struct world_options *options)
{
	options->monitor.confirm_nodes = 2;
	options->public_endpoint = true;
}

static struct golosd *endpoint_of(struct world *world)
{
	return &world->golosds[world->options.our_nodes];
}

static void endpoint_stands_still(struct world *world)
{
	warm_up(world);
	golosd_freeze(world, (uint8_t)world->options.our_nodes, true);
	waits_for(world, "confirm_nodes", 10 * MINUTE);
	golosd_freeze(world, (uint8_t)world->options.our_nodes, false);
	is_free(world);
}

/* Its blocks are the newest, and its answers know of none of the misses. */
static void endpoint_does_not_confirm(struct world *world)
{
	warm_up(world);
	world_run(world, 5 * MINUTE);
	endpoint_of(world)->blocks_back = 100;
	waits_for(world, "confirm_nodes", 2 * MINUTE);
	endpoint_of(world)->blocks_back = 0;
	is_free(world);
}

/* It reads blocks of an hour ago, and one miss less is enough of an endpoint that is behind the miss. */
static void endpoint_that_syncs_confirms_nothing(struct world *world)
{
	warm_up(world);
	world_run(world, 90 * MINUTE);
	until_own_slot_in(world, 4);
	golosd_stop(world, (uint8_t)world->options.our_nodes);
	golosd_start_behind(world, (uint8_t)world->options.our_nodes, 1500);
	miss(world, 1);
	WANT(world, world->watchers[1].sends == 0);
	until_key(world, 2, MINUTE); /* it has read all */
}

/* It hears each block 2 s late: when it is asked it does not know of the newest miss, and one less is enough. */
static void endpoint_confirms_a_block_late(struct world *world)
{
	warm_up(world);
	endpoint_of(world)->lag_ms = 2000;
	miss(world, 1);
	miss_in_mid_round(world);
	until_sent(world, 1, 2500);
	until_key(world, 2, 5 * MINUTE);
	WANT(world, world->lost_blocks == 2);
}

/* ---- golosd_config --------------------------------------------------------------------------------------------- */

static void set_golosd_config(struct world_options *options)
{
	options->golosd_config = true;
}

static void read_config_again(struct world *world, bool key_is_missing)
{
	world->golosds[1].idle = key_is_missing;
	watcher_stop(world, 1);
	watcher_start(world, 1);
}

static void config_lacks_the_key(struct world *world)
{
	warm_up(world);
	read_config_again(world, true);
	waits_for(world, "golosd_config", 20 * MINUTE);
	WANT(world, watcher_said(&world->watchers[1], "standby_not_ready"));
	read_config_again(world, false);
	is_free(world);
	produces(world, 2, 5 * MINUTE);
}

/* ---- answer ---------------------------------------------------------------------------------------------------- */

/* A new watcher's first fetch shows a key that no block holds yet. The slot that is lost to it is nobody's fault. */
static void first_fetch_shows_a_pending_key(struct world *world)
{
	warm_up(world);
	watcher_is_lost(world, 1);
	until_own_slot_in(world, 4);
	world->no_room = true;
	operator_update(world, 3);
	world_run(world, 2 * SECOND);
	watcher_start(world, 1);
	until_lost(world, 1);
	no_switch_for(world, 20 * SECOND);
	WANT(world, is_held_by(world, 1, "answer"));
	world->no_room = false;
	until_key(world, 3, MINUTE);
	produces(world, 3, 5 * MINUTE);
	WANT(world, world->switches == 0);
	invariant_calm_after_faults(world, 30 * MINUTE);
}

const struct scenario scenarios_guards[] = {
	{.name = "guard_own_node_head_is_old", .play = head_is_old},
	{.name = "guard_own_node_dies_before_the_switch", .play = own_golosd_dies_before_the_switch, .endpoint = true},
	{.name = "guard_own_node_and_clock_are_late", .play = own_golosd_and_clock_are_late, .endpoint = true},
	{.name = "guard_own_node_is_on_another_branch",
	 .play = own_golosd_is_on_another_branch,
	 .endpoint = true,
	 .set = set_no_participation},
	{.name = "peer_conductor_clock_a_day_off", .play = clock_a_day_off},
	{.name = "guard_clock_5_seconds_off", .play = clock_5_seconds_off},
	{.name = "guard_participation", .play = few_others_take_part, .set = set_wide_gaps},
	{.name = "hold_for_two_hours_ends_by_itself", .play = hold_for_two_hours},
	{.name = "guard_max_switches", .play = max_switches},
	{.name = "nobody_can_produce", .play = nobody_can_produce},
	{.name = "every_node_misses_80_percent", .play = every_node_misses_most},
	{.name = "the_hours_signatures_are_used_up",
	 .play = signatures_are_used_up,
	 .set = set_more_switches_than_signatures},
	{.name = "guard_confirm_nodes_endpoint_stands_still", .play = endpoint_stands_still, .set = set_confirm_nodes},
	{.name = "guard_confirm_nodes_endpoint_knows_of_no_miss",
	 .play = endpoint_does_not_confirm,
	 .set = set_confirm_nodes},
	{.name = "endpoint_that_syncs_confirms_nothing",
	 .play = endpoint_that_syncs_confirms_nothing,
	 .allowed_plus_1 = 1,
	 .set = set_confirm_nodes},
	{.name = "endpoint_confirms_one_block_late", .play = endpoint_confirms_a_block_late, .set = set_confirm_nodes},
	{.name = "guard_golosd_config_lacks_the_key", .play = config_lacks_the_key, .set = set_golosd_config},
	{.name = "guard_answer_first_fetch_shows_a_pending_key",
	 .play = first_fetch_shows_a_pending_key,
	 .nodes = 3,
	 .allowed_plus_1 = 1},
	{.name = NULL},
};
