/* SPDX-License-Identifier: MIT
 * Scenarios by name. Node 0 holds key 1 and produces at first, node 1 is the first backup, and so on. */
#include "scenarios.h"

#include <stdio.h>
#include <string.h>

#include "invariants.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define SEEDS  2 /* each scenario is played with so many */

struct scenario {
	const char *name;
	void (*play)(struct world *world);
	uint32_t nodes, scheduled, rare_rounds, reset_s; /* 0: 2, 21, 1, six hours */
	uint32_t allowed_plus_1;			 /* 0: allowed_misses 1 */
	bool unordered, endpoint, same_key, stay;
};

/* ---- saying what is wanted
 * ------------------------------------------------------------------------------------------- */

#define WANT(world, condition)                                                                                         \
	do {                                                                                                           \
		if (!(condition))                                                                                      \
			world_break(world, PRODUCTION_RESUMES, "wanted: %s", #condition);                              \
	} while (0)

static uint8_t key_now(const struct world *world)
{
	return world_head(world)->signing_key;
}

static void warm_up(struct world *world)
{
	world_run(world, 3 * MINUTE + dice_between(&world->dice, 0, 63 * SECOND));
	world->lost_blocks = world->own_slots = 0;
}

static void until_key(struct world *world, uint8_t key, int64_t at_most_ms)
{
	int64_t end_ms = world->now_ms + at_most_ms;

	while (world->broken == INVARIANT_NONE && key_now(world) != key && world->now_ms < end_ms)
		world_run(world, SECOND);
	WANT(world, key_now(world) == key);
}

static void until_lost(struct world *world, uint32_t lost)
{
	int64_t end_ms = world->now_ms + 24 * HOUR;

	while (world->broken == INVARIANT_NONE && world->lost_blocks < lost && world->now_ms < end_ms)
		world_run(world, SECOND);
	WANT(world, world->lost_blocks >= lost);
}

/* The holder of the key misses its next `n` slots, and is well then. */
static void miss(struct world *world, uint32_t n)
{
	world->idle_slots = DICE_SURE;
	until_lost(world, world->lost_blocks + n);
	world->idle_slots = 0;
}

static void produces(struct world *world, uint8_t key, int64_t within_ms)
{
	world->last_ours_key = KEY_NULL;
	for (int64_t end_ms = world->now_ms + within_ms; world->last_ours_key != key && world->now_ms < end_ms;) {
		if (world->broken != INVARIANT_NONE)
			return;
		world_run(world, SECOND);
	}
	WANT(world, world->last_ours_key == key);
}

static void no_switch_for(struct world *world, int64_t ms)
{
	uint32_t switches = world->switches;
	int64_t sent_ms = world->last_send_ms;

	world_run(world, ms);
	WANT(world, world->switches == switches);
	WANT(world, world->last_send_ms == sent_ms);
}

/* ---- the producer dies
 * ------------------------------------------------------------------------------------------------- */

static void dies(struct world *world, uint32_t lost_at_most)
{
	warm_up(world);
	golosd_stop(world, 0);
	until_key(world, 2, 40 * MINUTE);
	produces(world, 2, 10 * MINUTE);
	WANT(world, world->lost_blocks <= lost_at_most);
	WANT(world, world->lost_blocks > world->options.monitor.allowed_misses);
	WANT(world, world->switches == 1);
	invariant_calm_after_faults(world, 30 * MINUTE);
}

static void dead_primary(struct world *world)
{
	/* with two scheduled each other slot is its own: one more passes while the update waits for a block */
	dies(world, world->options.monitor.allowed_misses + 1 + (world->options.rules.scheduled == 2));
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

/* ---- the producer is well
 * ------------------------------------------------------------------------------------------------ */

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

/* ---- the own node, endpoints
 * --------------------------------------------------------------------------------------------- */

static void own_golosd_dead_with_another_endpoint(struct world *world)
{
	warm_up(world);
	golosd_stop(world, 1);
	world_run(world, MINUTE);
	golosd_stop(world, 0);
	no_switch_for(world, 20 * MINUTE);
	golosd_start(world, 1);
	until_key(world, 2, 3 * MINUTE);
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

static void silent_websocket(struct world *world)
{
	warm_up(world);
	world->golosds[1].silent = true;
	world_run(world, MINUTE);
	golosd_stop(world, 0);
	world_run(world, 5 * MINUTE);
	WANT(world, world->switches == 0);
	world->golosds[1].silent = false;
	until_key(world, 2, 3 * MINUTE);
}

static void same_key_on_both(struct world *world)
{
	world_run(world, HOUR);
	WANT(world, watcher_said(&world->watchers[0], "two_blocks_for_one_slot") ||
			    watcher_said(&world->watchers[1], "two_blocks_for_one_slot"));
	WANT(world, world->switches == 0);
}

/* ---- the operator
 * ---------------------------------------------------------------------------------------------------------- */

static void operators_null(struct world *world)
{
	warm_up(world);
	miss(world, 1);
	operator_update(world, KEY_NULL);
	until_key(world, KEY_NULL, MINUTE);
	no_switch_for(world, 2 * HOUR);
	WANT(world, key_now(world) == KEY_NULL);
}

static void disabled_in_an_outage(struct world *world)
{
	warm_up(world);
	golosd_stop(world, 0);
	until_lost(world, 1);
	operator_update(world, KEY_NULL);
	no_switch_for(world, 2 * HOUR);
	WANT(world, key_now(world) == KEY_NULL);
}

static void hold_for_days(struct world *world)
{
	warm_up(world);
	WANT(world, watcher_order(world, 1, GW_COMMAND_HOLD, 0) == GW_OK);
	golosd_stop(world, 0);
	no_switch_for(world, 24 * HOUR);
	watcher_stop(world, 1);
	watcher_start(world, 1);
	no_switch_for(world, 24 * HOUR);
	WANT(world, watcher_order(world, 1, GW_COMMAND_RESUME, 0) == GW_OK);
	until_key(world, 2, MINUTE);
}

/* Between healthy nodes, from any place of the round: no block is lost. */
static void planned_takeover(struct world *world)
{
	for (uint32_t i = 0; i < 6 && world->broken == INVARIANT_NONE; i++) {
		uint8_t to = key_now(world) == 1 ? 1 : 0;

		world_run(world, dice_between(&world->dice, 3, 90) * SECOND);
		world->lost_blocks = 0;
		WANT(world, watcher_order(world, to, GW_COMMAND_TAKEOVER, 0) == GW_OK);
		until_key(world, (uint8_t)(to + 1), 6 * MINUTE);
		produces(world, (uint8_t)(to + 1), 5 * MINUTE);
		WANT(world, world->lost_blocks == 0);
		world_run(world, 9 * HOUR); /* max_switches counts these too */
	}
}

/* ---- the chain's null, broadcasts
 * ------------------------------------------------------------------------------------------ */

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

/* ---- the table
 * --------------------------------------------------------------------------------------------------------------- */

static const struct scenario scenarios[] = {
	{.name = "dead_primary", .play = dead_primary, .nodes = 2},
	{.name = "dead_primary_allowed_misses_0", .play = dead_primary, .allowed_plus_1 = 1},
	{.name = "dead_primary_allowed_misses_4", .play = dead_primary, .allowed_plus_1 = 5},
	{.name = "dead_primary_of_two_witnesses", .play = dead_primary, .scheduled = 2},
	{.name = "dead_primary_six_others_dead", .play = dead_primary_six_others_dead, .nodes = 2},
	{.name = "dead_primary_nine_others_dead", .play = dead_primary_nine_others_dead, .nodes = 2},
	{.name = "a_slot_every_52_minutes", .play = dead_primary_of_rare_slots, .rare_rounds = 50},
	{.name = "a_slot_every_4_hours", .play = dead_primary_of_rare_slots, .rare_rounds = 228},
	{.name = "first_backup_dead", .play = first_backup_dead, .nodes = 3},
	{.name = "misses_30_percent_with_the_first_backup_dead",
	 .play = misses_a_third_with_the_first_backup_dead,
	 .nodes = 3},
	{.name = "both_nodes_dead_no_flips", .play = both_dead, .nodes = 2},
	{.name = "P_fails_B_fails_P_is_well", .play = fails_back_and_forth, .nodes = 2},
	{.name = "first_own_slots_missed_after_a_switch", .play = first_slots_missed_after_a_switch, .nodes = 3},
	{.name = "two_backups_without_order", .play = without_order, .nodes = 3, .unordered = true},
	{.name = "three_backups_without_order", .play = without_order, .nodes = 4, .unordered = true},
	{.name = "missed_while_the_watcher_is_cut_off", .play = missed_while_cut_off, .nodes = 2},
	{.name = "restart_with_misses_and_the_producer_well", .play = restart_with_misses, .nodes = 2},
	{.name = "golosd_back_after_an_hour", .play = golosd_back_after_an_hour, .nodes = 2},
	{.name = "answers_after_the_next_block", .play = answers_after_the_next_block, .nodes = 2},
	{.name = "halts_of_30_to_240_s", .play = halts, .nodes = 3},
	{.name = "minority_of_1_to_10_on_our_side", .play = minority, .nodes = 2},
	{.name = "random_single_misses", .play = random_single_misses, .nodes = 2},
	{.name = "peer_E_rpc_goes_back", .play = backup_rpc_goes_back, .nodes = 2},
	{.name = "own_golosd_dead_with_another_endpoint",
	 .play = own_golosd_dead_with_another_endpoint,
	 .endpoint = true},
	{.name = "endpoint_lags_on_a_minority", .play = endpoint_lags_on_a_minority, .endpoint = true},
	{.name = "node_answers_one_block_late", .play = node_answers_one_block_late, .nodes = 2},
	{.name = "silent_websocket", .play = silent_websocket, .nodes = 2},
	{.name = "same_key_on_both_nodes", .play = same_key_on_both, .same_key = true},
	{.name = "peer_B_operators_null", .play = operators_null, .nodes = 2},
	{.name = "disabled_in_an_outage", .play = disabled_in_an_outage, .nodes = 2},
	{.name = "hold_for_days_then_resume", .play = hold_for_days, .reset_s = 864000},
	{.name = "planned_takeover", .play = planned_takeover, .nodes = 2},
	{.name = "chains_null", .play = chains_null, .reset_s = 3600},
	{.name = "chains_null_while_away", .play = chains_null_while_away, .reset_s = 3600},
	{.name = "chains_null_stay", .play = chains_null, .reset_s = 3600, .stay = true},
	{.name = "peer_C_broadcasts_are_lost", .play = broadcasts_are_lost, .nodes = 2},
	{.name = "restart_in_the_middle_of_a_switch", .play = restart_in_the_middle_of_a_switch, .nodes = 2},
};
#define SCENARIOS (sizeof(scenarios) / sizeof(scenarios[0]))

static struct world_options options_of(const struct scenario *s, uint64_t seed)
{
	struct world_options o = world_defaults(seed);

	o.our_nodes = s->nodes ? s->nodes : 2;
	o.rules.scheduled = s->scheduled ? s->scheduled : 21;
	o.rules.rare_rounds = s->rare_rounds ? s->rare_rounds : 1;
	o.rules.skipping_reset_s = s->reset_s ? s->reset_s : 21600;
	o.monitor.allowed_misses = s->allowed_plus_1 ? s->allowed_plus_1 - 1 : 1;
	o.monitor.null_takeover = !s->stay;
	o.ordered = !s->unordered;
	o.public_endpoint = s->endpoint;
	o.same_key = s->same_key;
	return o;
}

static bool play(const struct scenario *s, uint64_t seed, bool trace)
{
	struct world_options options = options_of(s, seed);

	options.trace = trace;
	struct world *world = world_new(&options);
	s->play(world);
	bool ok = world->broken == INVARIANT_NONE;
	if (!ok)
		printf("scenario %s, seed %llu, at %.3f s: %s: %s\nreplay: golos-simulate --scenario %s --trace\n",
		       s->name, (unsigned long long)seed, (double)world->now_ms / 1000, invariant_name(world->broken),
		       world->broken_text, s->name);
	world_free(world);
	return ok;
}

bool scenarios_run(const char *part, bool trace)
{
	uint32_t failed = 0, played = 0;

	for (size_t i = 0; i < SCENARIOS; i++) {
		bool ok = true;

		if (!strstr(scenarios[i].name, part))
			continue;
		for (uint64_t seed = 1; seed <= SEEDS && ok; seed++)
			ok = play(&scenarios[i], seed, trace);
		played++;
		failed += !ok;
	}
	printf("%u scenarios of %d seeds each, %u failed\n", played, SEEDS, failed);
	return failed == 0 && played > 0;
}

void scenarios_list(void)
{
	for (size_t i = 0; i < SCENARIOS; i++)
		printf("%s\n", scenarios[i].name);
}
