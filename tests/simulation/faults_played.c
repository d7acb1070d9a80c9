/* SPDX-License-Identifier: MIT
 * What each fault does. See faults_played.h. */
#include "faults_played.h"

#define KEY_THERE_LIFE_S 15

static const char *const fault_names[FAULT_COUNT] = {
	[FAULT_GOLOSD_DIES] = "golosd dies",
	[FAULT_WATCHER_DIES] = "watcher dies",
	[FAULT_BOTH_DIE] = "both die",
	[FAULT_DIES_AT_RECORD] = "watcher dies at its record",
	[FAULT_GOLOSD_FREEZES] = "golosd freezes",
	[FAULT_SILENT_SOCKET] = "silent socket",
	[FAULT_GOLOSD_LAGS] = "golosd lags",
	[FAULT_GOLOSD_IDLE] = "golosd idle",
	[FAULT_MINORITY] = "minority",
	[FAULT_WATCHER_CUT] = "watcher cut off",
	[FAULT_CLOCK_STEPS] = "clock steps",
	[FAULT_OPERATOR_DISABLES] = "operator disables",
	[FAULT_OPERATOR_MOVES] = "operator moves",
	[FAULT_OPERATOR_LENDS] = "operator lends",
	[FAULT_HOLD] = "hold",
	[FAULT_TAKEOVER] = "takeover",
	[FAULT_OUTAGE] = "outage",
	[FAULT_OTHERS_DIE] = "others die",
	[FAULT_UNSTEADY] = "unsteady",
	[FAULT_DISK_FULL] = "disk full",
	[FAULT_DISK_HANGS] = "disk hangs",
	[FAULT_NO_AUTHORITY] = "no authority",
	[FAULT_WATCHER_STANDS] = "watcher stands still",
	[FAULT_STALE_ANSWERS] = "stale answers",
	[FAULT_ENDPOINT_LAGS] = "endpoint lags",
	[FAULT_ENDPOINT_STALE] = "endpoint's stale answers",
	[FAULT_ENDPOINT_MINORITY] = "endpoint on a minority",
	[FAULT_ENDPOINT_ASTRAY] = "endpoint's answers from another branch",
	[FAULT_FORK_TOLD_LATE] = "fork told late",
	[FAULT_NO_ANSWERS] = "golosd answers nothing",
	[FAULT_ENDPOINT_NO_ANSWERS] = "endpoint answers nothing",
	[FAULT_GOLOSD_SYNCS] = "golosd syncs from far back",
	[FAULT_LONG_OUTAGE] = "outage of hours",
	[FAULT_RESTART_IN_OUTAGE] = "watcher restarted in an outage",
	[FAULT_ALL_IDLE] = "all of ours idle",
	[FAULT_OTHERS_REPLACED] = "others replaced",
	[FAULT_UNDO_LIMIT] = "too far above the irreversible block",
};
_Static_assert(FAULT_COUNT <= FAULTS_MAX, "a world counts each kind");

const char *fault_name(enum fault fault)
{
	return fault_names[fault];
}

bool is_chain_of_two(const struct world *world)
{
	return world->options.rules.scheduled < SCHEDULED_MAX;
}

/* The one other witness stays, and produces alone unless a node of ours does beside it. On the other side are some of
 * our nodes and the public one: two branches that are as long, where one of them holds the key. */
static void part_of_two(struct world *world, struct dice *dice, uint8_t who)
{
	golosd_move(world, who, 1);
	for (uint8_t i = 0; i < world->options.our_nodes; i++)
		if (dice_below(dice, 3) == 0)
			golosd_move(world, i, 1);
	if (dice_below(dice, 2))
		golosd_move(world, world->public_node, 1);
	world_trace(world, "golosd %u is cut off from the other witness", who);
}

static void move_last(struct world *world, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		golosd_move(world, (uint8_t)(world->golosd_count - 1 - world->options.foreign_node - i), 1);
}

static void part(struct world *world, struct dice *dice, uint8_t who)
{
	uint32_t n = dice_below(dice, 10);

	if (is_chain_of_two(world)) {
		part_of_two(world, dice, who);
		return;
	}
	/* witnesses 1, 2 and 3 stay */
	golosd_move(world, who, 1);
	move_last(world, n);
	world_trace(world, "golosd %u is on a side of its own with %u witnesses", who, n);
}

/* On that side alone he may have moved the key: no block of the other one ever holds it where the partition lasts. */
static void set_a_key_there(struct world *world, struct dice *dice, uint8_t who)
{
	uint8_t node = (uint8_t)dice_below(dice, world->options.our_nodes);

	if (dice_below(dice, 2))
		operator_update_at(world, world->golosds[node].key, who, KEY_THERE_LIFE_S);
}

/* Behind its address stands a golosd on a minority's side as well: its blocks come from one, its answers from the
 * other. */
static void answer_from_another_branch(struct world *world, struct dice *dice, uint8_t who)
{
	uint8_t backend =
		is_chain_of_two(world) ? who : (uint8_t)(world->golosd_count - 1 - world->options.foreign_node);

	if (is_chain_of_two(world))
		golosd_move(world, who, 1);
	else
		move_last(world, 1 + dice_below(dice, 9));
	world->golosds[world->public_node].backend = (uint8_t)(backend + 1);
	world_trace(world, "golosd %u answers in the name of golosd %u, from a side of its own", backend,
		    world->public_node);
	set_a_key_there(world, dice, backend);
}

/* A short fork, of which its answers come when it has left that branch. */
static void fork_and_tell_late(struct world *world, struct dice *dice, uint8_t who)
{
	golosd_move(world, who, 1);
	if (!is_chain_of_two(world))
		move_last(world, 1 + dice_below(dice, 4));
	world->golosds[who].answer_ms = (uint32_t)dice_between(dice, 1000, LAG_MOST_MS);
	world_trace(world, "golosd %u is on a short fork, and answers after %u ms", who, world->golosds[who].answer_ms);
	set_a_key_there(world, dice, who);
}

static void unpart(struct world *world)
{
	world_trace(world, "the partition is over");
	for (uint8_t i = 0; i < world->golosd_count; i++)
		golosd_move(world, i, 0);
}

static void others_die(struct world *world, struct dice *dice, bool dead)
{
	uint32_t n = 1 + dice_below(dice, 9);

	if (is_chain_of_two(world)) {
		world->dead_witness[1] = dead;
		world_trace(world, "the other witness is %s", dead ? "dead" : "well");
		return;
	}
	for (uint32_t i = dead ? SCHEDULED_MAX - n : 1; i < SCHEDULED_MAX; i++)
		world->dead_witness[i] = dead;
	if (dead)
		world_trace(world, "%u other witnesses are dead", n);
	else
		world_trace(world, "the other witnesses are well");
}

static void lag(struct world *world, struct dice *dice, uint8_t who)
{
	struct golosd *golosd = &world->golosds[who];

	golosd->lag_ms = (uint32_t)dice_between(dice, 500, LAG_MOST_MS);
	world_trace(world, "golosd %u lags by %u ms", who, golosd->lag_ms);
}

/* A cache stands before it, and not before what its own watcher asks: golosd answers of the state that it pushes, and
 * who has seen nothing of it yet cannot know better. What a cache shows for a round, and longer than an update is
 * pending, passes for what stands. */
static void answer_of_the_past(struct world *world, struct dice *dice, uint8_t who)
{
	struct golosd *golosd = &world->golosds[who];
	uint32_t most = world->options.rules.scheduled < SCHEDULED_MAX ? 9 : 20;

	golosd->public_back = 1 + dice_below(dice, dice_below(dice, 2) ? 3 : most);
	world_trace(world, "golosd %u answers others of %u blocks ago", who, golosd->public_back);
}

/* To a node that is in nobody's order; at times it does not produce. */
static void lend(struct world *world, struct dice *dice)
{
	struct golosd *foreign = &world->golosds[world->golosd_count - 1];

	foreign->idle = dice_below(dice, 3) == 0;
	world_trace(world, "the foreign node is %s", foreign->idle ? "idle" : "well");
	operator_update(world, KEY_FOREIGN);
}

/* Though no block may hold the update yet; one of our nodes may have taken it over already. */
static void take_back(struct world *world, uint8_t key)
{
	bool lent = false;

	for (uint8_t i = (uint8_t)world->options.our_nodes; i < world->golosd_count; i++)
		lent |= world->golosds[i].side == 0 && golosd_pending_key(world, i) == KEY_FOREIGN;
	if (lent)
		operator_update(world, key);
}

/* All of it, or one method for which it has no lock. */
static void fall_mute(struct world *world, struct dice *dice, uint8_t who)
{
	struct golosd *golosd = &world->golosds[who];

	golosd->mute = dice_below(dice, 2) ? UINT32_MAX : 1u << dice_below(dice, ASK_ACCOUNT + 1);
	golosd->errs = dice_below(dice, 2);
	world_trace(world, "golosd %u gives %s to questions 0x%x", who, golosd->errs ? "errors" : "no answers",
		    golosd->mute);
}

static void all_idle(struct world *world, bool idle)
{
	world_trace(world, "all our golosds %s", idle ? "are idle" : "can produce");
	for (uint8_t i = 0; i < world->options.our_nodes; i++) {
		world->golosds[i].idle = idle;
		watcher_reads_config(world, i);
	}
}

/* Shut down for their missed blocks, or voted out: others have their places. */
static void replace_others(struct world *world, struct dice *dice, bool replaced)
{
	uint32_t n = 1 + dice_below(dice, 8);

	for (uint32_t i = replaced ? SCHEDULED_MAX - n : 1; i < SCHEDULED_MAX; i++)
		world->chain.replaced[i] = replaced;
	world_trace(world, replaced ? "%u others have lost their places" : "the others are back", n);
}

/* A quarter of the witnesses is dead, so no block becomes irreversible; the chain then stands until people help it. */
static void reach_undo_limit(struct world *world, struct dice *dice, bool reached)
{
	const struct sim_block *head = world_head(world);

	for (uint32_t i = SCHEDULED_MAX - 7; i < SCHEDULED_MAX; i++)
		world->dead_witness[i] = reached;
	world->chain.undo_limit = reached ? head->num - head->irreversible + 5 + dice_below(dice, 60) : NO_UNDO_LIMIT;
	world_trace(world,
		    reached ? "no block is taken %u above the irreversible one" : "nothing limits the undo history",
		    world->chain.undo_limit);
	golosds_stand(world, false);
}

void fault_begin(struct world *world, struct dice *dice, enum fault fault, uint8_t who)
{
	struct watcher *w = &world->watchers[who];

	switch (fault) {
	case FAULT_GOLOSD_DIES:
		golosd_stop(world, who);
		break;
	case FAULT_WATCHER_DIES:
		watcher_stop(world, who);
		break;
	case FAULT_BOTH_DIE:
		golosd_stop(world, who);
		watcher_stop(world, who);
		break;
	case FAULT_DIES_AT_RECORD:
		watcher_dies_at_its_record(world, who, true);
		break;
	case FAULT_GOLOSD_FREEZES:
		golosd_freeze(world, who, true);
		break;
	case FAULT_SILENT_SOCKET:
		world_trace(world, "golosd %u's pushes are lost", who);
		world->golosds[who].silent = true;
		break;
	case FAULT_GOLOSD_LAGS:
		lag(world, dice, who);
		break;
	case FAULT_GOLOSD_IDLE:
		world_trace(world, "golosd %u does not produce", who);
		world->golosds[who].idle = true;
		watcher_reads_config(world, who);
		break;
	case FAULT_MINORITY:
		part(world, dice, who);
		break;
	case FAULT_WATCHER_CUT:
		world_trace(world, "w%u is cut off", who);
		w->cut = true;
		break;
	case FAULT_CLOCK_STEPS:
		w->clock_error_ms = dice_between(dice, -30000, 30000);
		w->stepped_ms = world->now_ms;
		world_trace(world, "w%u's clock is wrong by %lld ms", who, (long long)w->clock_error_ms);
		break;
	case FAULT_OPERATOR_DISABLES:
		operator_update(world, KEY_NULL);
		break;
	case FAULT_OPERATOR_MOVES:
		operator_update(world, world->golosds[who].key);
		break;
	case FAULT_OPERATOR_LENDS:
		lend(world, dice);
		break;
	case FAULT_HOLD:
		(void)watcher_order(world, who, GW_COMMAND_HOLD, dice_below(dice, 2) ? dice_between(dice, 10, 900) : 0);
		break;
	case FAULT_TAKEOVER:
		(void)watcher_order(world, who, GW_COMMAND_TAKEOVER, 0);
		break;
	case FAULT_OUTAGE:
	case FAULT_LONG_OUTAGE:
		golosds_stand(world, true);
		break;
	case FAULT_RESTART_IN_OUTAGE:
		golosds_stand(world, true);
		watcher_stop(world, who);
		world_at(world, dice_between(dice, 1000, 60000), &(struct event){.type = EVENT_RESTART, .who = who});
		break;
	case FAULT_NO_ANSWERS:
		fall_mute(world, dice, who);
		break;
	case FAULT_ENDPOINT_NO_ANSWERS:
		fall_mute(world, dice, world->public_node);
		break;
	case FAULT_GOLOSD_SYNCS:
		golosd_stop(world, who);
		golosd_start_behind(world, who, (uint32_t)dice_between(dice, 20, 3000));
		break;
	case FAULT_ALL_IDLE:
		all_idle(world, true);
		break;
	case FAULT_OTHERS_REPLACED:
		replace_others(world, dice, true);
		break;
	case FAULT_UNDO_LIMIT:
		reach_undo_limit(world, dice, true);
		break;
	case FAULT_OTHERS_DIE:
		others_die(world, dice, true);
		break;
	case FAULT_UNSTEADY:
		world->idle_slots = 10000 * (1 + dice_below(dice, 5));
		world_trace(world, "the holder of the key misses %u %% of its slots", world->idle_slots / 1000);
		break;
	case FAULT_DISK_FULL:
		watcher_disk_is_full(world, who, true);
		break;
	case FAULT_DISK_HANGS:
		watcher_disk_hangs(world, who, true);
		break;
	case FAULT_NO_AUTHORITY:
		watcher_has_authority(world, who, false);
		break;
	case FAULT_WATCHER_STANDS:
		watcher_stands(world, who, true);
		break;
	case FAULT_STALE_ANSWERS:
		answer_of_the_past(world, dice, who);
		break;
	case FAULT_ENDPOINT_LAGS:
		lag(world, dice, world->public_node);
		break;
	case FAULT_ENDPOINT_STALE:
		answer_of_the_past(world, dice, world->public_node);
		break;
	case FAULT_ENDPOINT_MINORITY:
		part(world, dice, world->public_node);
		break;
	case FAULT_ENDPOINT_ASTRAY:
		answer_from_another_branch(world, dice, who);
		break;
	case FAULT_FORK_TOLD_LATE:
		fork_and_tell_late(world, dice, who);
		break;
	case FAULT_COUNT:
		break;
	}
}

void fault_end(struct world *world, struct dice *dice, enum fault fault, uint8_t who)
{

	switch (fault) {
	case FAULT_GOLOSD_DIES:
		golosd_start(world, who);
		break;
	case FAULT_WATCHER_DIES:
		watcher_start(world, who);
		break;
	case FAULT_BOTH_DIE:
		watcher_start(world, who);
		golosd_start(world, who);
		break;
	case FAULT_DIES_AT_RECORD:
		watcher_dies_at_its_record(world, who, false);
		break;
	case FAULT_GOLOSD_FREEZES:
		golosd_freeze(world, who, false);
		break;
	case FAULT_SILENT_SOCKET:
		world->golosds[who].silent = false;
		break;
	case FAULT_GOLOSD_LAGS:
		world->golosds[who].lag_ms = 0;
		world->golosds[who].lagged_ms = world->now_ms;
		break;
	case FAULT_GOLOSD_IDLE:
		world->golosds[who].idle = false;
		watcher_reads_config(world, who);
		break;
	case FAULT_MINORITY:
		unpart(world);
		break;
	case FAULT_WATCHER_CUT:
		world->watchers[who].cut = false;
		break;
	case FAULT_CLOCK_STEPS:
		world->watchers[who].clock_error_ms = 0;
		break;
	case FAULT_OPERATOR_DISABLES:
		if (world_head(world)->signing_key == KEY_NULL)
			operator_update(world, world->golosds[who].key);
		break;
	case FAULT_OPERATOR_LENDS:
		take_back(world, world->golosds[who].key);
		break;
	case FAULT_HOLD:
		(void)watcher_order(world, who, GW_COMMAND_RESUME, 0);
		break;
	case FAULT_OUTAGE:
	case FAULT_LONG_OUTAGE:
	case FAULT_RESTART_IN_OUTAGE:
		golosds_stand(world, false);
		break;
	case FAULT_NO_ANSWERS:
		world->golosds[who].mute = 0;
		break;
	case FAULT_ENDPOINT_NO_ANSWERS:
		world->golosds[world->public_node].mute = 0;
		break;
	case FAULT_ALL_IDLE:
		all_idle(world, false);
		break;
	case FAULT_OTHERS_REPLACED:
		replace_others(world, dice, false);
		break;
	case FAULT_UNDO_LIMIT:
		reach_undo_limit(world, dice, false);
		break;
	case FAULT_OTHERS_DIE:
		others_die(world, dice, false);
		break;
	case FAULT_UNSTEADY:
		world->idle_slots = 0;
		break;
	case FAULT_DISK_FULL:
		watcher_disk_is_full(world, who, false);
		break;
	case FAULT_DISK_HANGS:
		watcher_disk_hangs(world, who, false);
		break;
	case FAULT_NO_AUTHORITY:
		watcher_has_authority(world, who, true);
		break;
	case FAULT_WATCHER_STANDS:
		watcher_stands(world, who, false);
		break;
	case FAULT_STALE_ANSWERS:
		world->golosds[who].public_back = 0;
		break;
	case FAULT_ENDPOINT_LAGS:
		world->golosds[world->public_node].lag_ms = 0;
		break;
	case FAULT_ENDPOINT_STALE:
		world->golosds[world->public_node].public_back = 0;
		break;
	case FAULT_ENDPOINT_MINORITY:
		unpart(world);
		break;
	case FAULT_ENDPOINT_ASTRAY:
		world->golosds[world->public_node].backend = 0;
		unpart(world);
		break;
	case FAULT_FORK_TOLD_LATE:
		world->golosds[who].answer_ms = 0;
		unpart(world);
		break;
	case FAULT_GOLOSD_SYNCS:
	case FAULT_OPERATOR_MOVES:
	case FAULT_TAKEOVER:
	case FAULT_COUNT:
		break;
	}
}
