/* SPDX-License-Identifier: MIT
 * Random faults. See faults.h. */
#include "faults.h"

#include <stdio.h>
#include <string.h>

#include "faults_played.h"
#include "health.h"
#include "invariants.h"

#define MINUTE_MS	     INT64_C(60000)
#define REPAIRS_MAX	     64u
#define RARE_ROUNDS	     50		      /* about a slot every 52 minutes */
#define SKIPPING_RESET_MIN_S 3600	      /* of witness_skipping_reset_time */
#define OUTAGE_REST_MS	     (15 * MINUTE_MS) /* golosd's nodes stop for good where a third of 128 slots is not filled */

struct repair {
	int64_t at_ms; /* 0: free */
	enum fault fault;
	uint8_t who;
};

struct run {
	struct world *world;
	struct dice dice;
	struct repair repairs[REPAIRS_MAX];
	int64_t rest_until_ms; /* no fault of the whole chain before */
	uint8_t dead_for_good; /* one of our golosds; NOBODY: none */
};

/* ---- when ------------------------------------------------------------------------------------------------------- */

static int64_t lasts_ms(struct run *run, enum fault fault)
{
	bool two = is_chain_of_two(run->world);

	/* with our own slots lost besides more would stop golosd's nodes for good */
	if (two && (fault == FAULT_OUTAGE || fault == FAULT_RESTART_IN_OUTAGE || fault == FAULT_OTHERS_DIE))
		return dice_between(&run->dice, 5000, 80000);
	switch (fault) {
	case FAULT_OUTAGE:
	case FAULT_RESTART_IN_OUTAGE:
		return dice_between(&run->dice, 5000, 200000);
	case FAULT_LONG_OUTAGE:
		return dice_between(&run->dice, 10 * MINUTE_MS, 360 * MINUTE_MS);
	case FAULT_MINORITY:
	case FAULT_ENDPOINT_MINORITY:
	case FAULT_ENDPOINT_ASTRAY:
		return dice_between(&run->dice, 6000, 200000);
	case FAULT_FORK_TOLD_LATE:
		return dice_between(&run->dice, 4000, 30000);
	case FAULT_OTHERS_DIE:
	case FAULT_OTHERS_REPLACED:
	case FAULT_DIES_AT_RECORD: /* a switch must come */
		return dice_between(&run->dice, 60000, 2400000);
	case FAULT_GOLOSD_DIES:
	case FAULT_WATCHER_DIES:
	case FAULT_BOTH_DIE:
	case FAULT_GOLOSD_FREEZES:
	case FAULT_SILENT_SOCKET:
	case FAULT_GOLOSD_LAGS:
	case FAULT_GOLOSD_IDLE:
	case FAULT_WATCHER_CUT:
	case FAULT_CLOCK_STEPS:
	case FAULT_OPERATOR_DISABLES:
	case FAULT_OPERATOR_MOVES:
	case FAULT_OPERATOR_LENDS:
	case FAULT_HOLD:
	case FAULT_TAKEOVER:
	case FAULT_UNSTEADY:
	case FAULT_DISK_FULL:
	case FAULT_DISK_HANGS:
	case FAULT_NO_AUTHORITY:
	case FAULT_WATCHER_STANDS:
	case FAULT_STALE_ANSWERS:
	case FAULT_ENDPOINT_LAGS:
	case FAULT_ENDPOINT_STALE:
	case FAULT_NO_ANSWERS:
	case FAULT_ENDPOINT_NO_ANSWERS:
	case FAULT_GOLOSD_SYNCS:
	case FAULT_ALL_IDLE:
	case FAULT_UNDO_LIMIT:
	case FAULT_COUNT:
		break;
	}
	return dice_below(&run->dice, 3) == 0 ? dice_between(&run->dice, 200, 5000)
					      : dice_between(&run->dice, 5000, 900000);
}

/* Halts, partitions and many dead take participation away: one at a time, with rest between. */
static bool is_of_the_chain(enum fault fault)
{
	return fault == FAULT_OUTAGE || fault == FAULT_MINORITY || fault == FAULT_OTHERS_DIE ||
	       fault == FAULT_ENDPOINT_MINORITY || fault == FAULT_ENDPOINT_ASTRAY || fault == FAULT_FORK_TOLD_LATE ||
	       fault == FAULT_LONG_OUTAGE || fault == FAULT_RESTART_IN_OUTAGE || fault == FAULT_OTHERS_REPLACED ||
	       fault == FAULT_UNDO_LIMIT;
}

static bool is_of_the_endpoint(enum fault fault)
{
	return fault == FAULT_ENDPOINT_LAGS || fault == FAULT_ENDPOINT_STALE || fault == FAULT_ENDPOINT_MINORITY ||
	       fault == FAULT_ENDPOINT_ASTRAY || fault == FAULT_ENDPOINT_NO_ANSWERS;
}

/* Its witnesses are two, and each of them is a pillar; or some come by turns, and no place is free. */
static bool is_of_many_witnesses(enum fault fault)
{
	return fault == FAULT_OTHERS_REPLACED || fault == FAULT_UNDO_LIMIT;
}

static bool is_stale(enum fault fault)
{
	return fault == FAULT_STALE_ANSWERS || fault == FAULT_ENDPOINT_STALE;
}

static bool moves_the_key(enum fault fault)
{
	return fault == FAULT_OPERATOR_DISABLES || fault == FAULT_OPERATOR_MOVES || fault == FAULT_OPERATOR_LENDS ||
	       fault == FAULT_TAKEOVER;
}

/* An answer of before a key was taken away and given back looks like one of after it. */
static bool looks_like_no_change(const struct run *run, enum fault fault)
{
	for (uint32_t i = 0; i < REPAIRS_MAX; i++)
		if (run->repairs[i].at_ms != 0 && ((is_stale(fault) && moves_the_key(run->repairs[i].fault)) ||
						   (moves_the_key(fault) && is_stale(run->repairs[i].fault))))
			return true;
	return false;
}

static bool is_possible(const struct run *run, enum fault fault, uint8_t who)
{
	const struct world *world = run->world;

	if (is_of_the_chain(fault) && world->now_ms < run->rest_until_ms)
		return false;
	if (looks_like_no_change(run, fault))
		return false;
	if (is_of_the_endpoint(fault) && !world->options.public_endpoint)
		return false;
	if (is_of_many_witnesses(fault) && (is_chain_of_two(world) || world->options.rules.rare_rounds > 1))
		return false;
	for (uint32_t i = 0; i < REPAIRS_MAX; i++) /* the same is not broken twice */
		if (run->repairs[i].at_ms != 0 && run->repairs[i].fault == fault &&
		    (run->repairs[i].who == who || is_of_the_endpoint(fault)))
			return false;
	return true;
}

/* Whose trouble it is: of one node, or of the chain and whoever holds the key. */
static struct trouble *trouble_of(struct world *world, enum fault fault, uint8_t who)
{
	bool everybodys = is_of_the_chain(fault) || is_of_the_endpoint(fault) || fault == FAULT_UNSTEADY ||
			  fault == FAULT_OPERATOR_DISABLES || fault == FAULT_ALL_IDLE;

	return everybodys ? &world->trouble : &world->watchers[who].trouble;
}

static void repair(struct run *run, struct repair *repair)
{
	fault_end(run->world, &run->dice, repair->fault, repair->who);
	trouble_ends(trouble_of(run->world, repair->fault, repair->who), run->world->now_ms);
	repair->at_ms = 0;
}

static void draw_fault(struct run *run)
{
	enum fault fault = (enum fault)dice_below(&run->dice, FAULT_COUNT);
	uint8_t who = (uint8_t)dice_below(&run->dice, run->world->options.our_nodes);
	int64_t end_ms = run->world->now_ms + lasts_ms(run, fault);

	if (dice_below(&run->dice, 2)) /* trouble seeks the producer */
		for (uint8_t i = 0; i < run->world->options.our_nodes; i++)
			if (run->world->golosds[i].key == world_head(run->world)->signing_key)
				who = i;
	if (!is_possible(run, fault, who))
		return;
	if (fault == FAULT_LONG_OUTAGE && dice_below(&run->dice, 4)) /* one takes as much time as a whole run */
		return;
	for (uint32_t i = 0; i < REPAIRS_MAX; i++) {
		if (run->repairs[i].at_ms != 0)
			continue;
		run->repairs[i] = (struct repair){.at_ms = end_ms, .fault = fault, .who = who};
		if (is_of_the_chain(fault))
			run->rest_until_ms = end_ms + OUTAGE_REST_MS;
		trouble_begins(trouble_of(run->world, fault, who), run->world->now_ms);
		fault_begin(run->world, &run->dice, fault, who);
		run->world->tally.faults[fault]++;
		return;
	}
}

/* Time passes until `end_ms`, with the repairs that fall due. */
static void pass(struct run *run, int64_t end_ms)
{
	while (run->world->broken == INVARIANT_NONE && run->world->now_ms < end_ms) {
		struct repair *next = NULL;

		for (uint32_t i = 0; i < REPAIRS_MAX; i++)
			if (run->repairs[i].at_ms != 0 && (!next || run->repairs[i].at_ms < next->at_ms))
				next = &run->repairs[i];
		if (!next || next->at_ms > end_ms) {
			world_run(run->world, end_ms - run->world->now_ms);
			return;
		}
		if (next->at_ms > run->world->now_ms)
			world_run(run->world, next->at_ms - run->world->now_ms);
		repair(run, next);
	}
}

/* ---- the run ---------------------------------------------------------------------------------------------------- */

static struct world_options draw_options(struct dice *dice, uint64_t seed, bool trace)
{
	struct world_options o = world_defaults(seed);
	uint32_t kind = dice_below(dice, 10);

	o.trace = trace;
	o.troubles_told = true;
	o.our_nodes = 2 + (dice_below(dice, 2) ? dice_below(dice, 4) : 0);
	o.rules.scheduled = kind == 0 ? 2 : 21;
	o.rules.rare_rounds = kind != 1 ? 1 : dice_below(dice, 3) ? 2 + dice_below(dice, 6) : RARE_ROUNDS;
	o.rules.votes_move = true;
	o.same_key = kind == 3;
	o.rules.skipping_reset_s = kind == 2 ? SKIPPING_RESET_MIN_S : 21600;
	o.monitor.allowed_misses = dice_below(dice, 3);
	o.monitor.miss_window_s = dice_below(dice, 3) ? 3600 : 600;
	o.monitor.null_takeover = dice_below(dice, 4) != 0;
	o.ordered = dice_below(dice, 6) != 0;
	o.public_endpoint = dice_below(dice, 2) != 0;
	o.peers = dice_below(dice, 3) == 0;
	if (o.public_endpoint || o.peers)
		o.monitor.confirm_nodes = 1 + (dice_below(dice, 4) == 0);
	o.monitor.preempt = o.ordered && dice_below(dice, 3) == 0;
	o.monitor.preempt_delay_s = dice_between(dice, 60, 900);
	if (dice_below(dice, 6) == 0)
		o.dry_run = 1 + dice_below(dice, o.our_nodes);
	o.late_answers = dice_below(dice, 2) ? 0 : dice_below(dice, 10000);
	o.lost_sends = dice_below(dice, 2) ? 0 : dice_below(dice, 20000);
	o.random_misses = dice_below(dice, 2) ? 0 : dice_below(dice, 500);
	o.foreign_node = true;
	o.golosd_config = dice_below(dice, 4) == 0;
	return o;
}

/* All is mended, but for one golosd of ours that stays dead at times. */
static void mend(struct run *run)
{
	struct world *world = run->world;

	for (uint32_t i = 0; i < REPAIRS_MAX; i++) {
		if (run->repairs[i].at_ms != 0)
			repair(run, &run->repairs[i]);
	}
	world->options.random_misses = world->options.late_answers = world->options.lost_sends = 0;
	for (uint8_t i = 0; i < world->options.our_nodes; i++) {
		(void)watcher_order(world, i, GW_COMMAND_RESUME, 0);
		watcher_reads_config(world, i);
	}
	/* with confirm_nodes 2 another endpoint must be left */
	bool may_die =
		world->options.ordered && (world->options.monitor.confirm_nodes == 1 || world->options.public_endpoint);
	/* with two nodes the other one must be able to sign */
	may_die = may_die && !(world->options.dry_run && world->options.our_nodes == 2);
	if (may_die && dice_below(&run->dice, 2)) {
		run->dead_for_good = (uint8_t)dice_below(&run->dice, world->options.our_nodes);
		golosd_stop(world, run->dead_for_good);
	}
}

/* The operator looks after it: a witness that is shut down is not the monitor's to revive. */
static void revive(struct run *run)
{
	struct world *world = run->world;
	const struct sim_block *head = world_head(world);
	bool seen = false;

	/* without slots nothing lifts max_switches: that, too, is said to him as critical */
	for (uint8_t i = 0; i < world->options.our_nodes; i++)
		seen |= world->golosds[i].alive && world->options.dry_run != i + 1u &&
			world->watchers[i].key_set < world->options.monitor.max_switches &&
			health_saw_null(&world->watchers[i], head);
	if (head->signing_key == KEY_NULL && !(seen && world->options.monitor.null_takeover))
		operator_update(world, world->golosds[run->dead_for_good == 0 ? 1 : 0].key);
	/* two updates of his within a slot may come into a block the other way round */
	if (head->signing_key == KEY_FOREIGN)
		operator_update(world, world->golosds[run->dead_for_good == 0 ? 1 : 0].key);
}

/* With two witnesses both sides of a partition may take their own blocks for irreversible: on each there is one of our
 * nodes and, before or after, the other witness. */
static void replay_the_astray(struct run *run)
{
	for (uint8_t i = 0; i < run->world->golosd_count; i++)
		golosd_replay_if_astray(run->world, i);
}

/* Between two own slots, at most. */
static int64_t round_ms(const struct world *world)
{
	uint32_t rare = world->options.rules.rare_rounds;

	return INT64_C(21) * INTERVAL_S * 1000 * (rare > 1 ? LONGEST_PAUSE(rare) : 1);
}

/* What the nodes' own limits hold up: the signer's hour, after which it is asked within five minutes, and the rest that
 * each switch of the day beyond the limit asks for. */
static int64_t limits_ms(const struct world *world)
{
	const struct world_options *o = &world->options;
	int64_t most_ms = 0;

	for (uint32_t i = 0; i < o->our_nodes; i++) {
		const struct watcher *w = &world->watchers[i];
		uint32_t beyond = w->key_set >= o->monitor.max_switches ? w->key_set - o->monitor.max_switches : 0;
		int64_t rest_ms = 3 * round_ms(world) << (beyond < 9 ? beyond : 9);
		bool used_up = w->signed_count >= o->max_signatures &&
			       w->signed_ms[(w->signed_count - o->max_signatures) % SIGNATURES_KEPT] >
				       world->now_ms - 60 * MINUTE_MS;

		if (w->key_set >= o->monitor.max_switches && rest_ms > most_ms)
			most_ms = rest_ms;
		if (used_up && 65 * MINUTE_MS > most_ms)
			most_ms = 65 * MINUTE_MS;
	}
	return most_ms;
}

/* 4: misses until it is due, places in order, retries that may have been put off to 15 min, and slots. */
static int64_t resumes_within_ms(const struct world *world)
{
	const struct world_options *o = &world->options;
	int64_t slots = o->monitor.allowed_misses + 1 > 3 ? o->monitor.allowed_misses + 1 : 3;

	return (slots + 2 + o->our_nodes) * round_ms(world) + 20 * MINUTE_MS + limits_ms(world);
}

void faults_add(struct tally *sum, const struct tally *run)
{
	const uint32_t *from = (const uint32_t *)run;
	uint32_t *to = (uint32_t *)sum;

	for (size_t i = 0; i < sizeof(*sum) / sizeof(*to); i++)
		to[i] += from[i];
}

void faults_print(const struct tally *tally)
{
	printf("faults:");
	for (uint32_t i = 0; i < FAULT_COUNT; i++)
		printf("%s %s %u", i ? "," : "", fault_name(i), tally->faults[i]);
	printf("\nanswers from another branch: %u, %u with other misses or another key", tally->astray,
	       tally->astray_other);
	printf("\nswitches: for misses %u, for the chain's null %u, by order %u, fail-back %u (%u not judged); without "
	       "the journal %u, refused for want of authority %u, by the signer's budget %u, dry runs %u, followed "
	       "after a restart %u\n",
	       tally->for_misses, tally->for_null, tally->by_order, tally->fail_backs, tally->fail_backs_unjudged,
	       tally->without_journal, tally->refused, tally->unsigned_for_budget, tally->dry_runs, tally->resumed);
	printf("judged: order of %u of %u switches, landings over the operator's word %u; own slots while an update "
	       "was "
	       "pending %u, two backups in one block %u; two blocks for one slot %u, two nodes with one key at the end "
	       "%u\n",
	       tally->judged_order, tally->with_order, tally->judged_landings, tally->pending_slots, tally->twins,
	       tally->judged_doubles, tally->judged_producers);
}

/* All our golosds are dead until the chain has taken the key away, and some of the watchers with them. */
static void all_are_down(struct run *run)
{
	struct world *world = run->world;
	uint8_t nodes = (uint8_t)world->options.our_nodes;

	for (uint8_t i = 0; i < nodes; i++) {
		golosd_stop(world, i);
		if (dice_below(&run->dice, 2))
			watcher_stop(world, i);
	}
	pass(run, world->now_ms + SKIPPING_RESET_MIN_S * 1000 + dice_between(&run->dice, 0, 10) * MINUTE_MS);
	for (uint8_t i = 0; i < nodes; i++) {
		pass(run, world->now_ms + dice_between(&run->dice, 0, 30000));
		golosd_start(world, i);
		watcher_start(world, i);
	}
}

struct world *faults_run(uint64_t seed, bool trace)
{
	struct run run = {.dice = {seed * 2 + 1}, .dead_for_good = NOBODY};
	struct world_options options = draw_options(&run.dice, seed, trace);
	struct world *world = run.world = world_new(&options);
	int64_t end_ms = dice_between(&run.dice, 60, 120) * MINUTE_MS + 2 * round_ms(world);
	/* where faults are rare some node is well throughout, and what it owes can be judged */
	int64_t pause_ms = dice_below(&run.dice, 3) == 0 ? 20 * MINUTE_MS : 5 * MINUTE_MS;

	pass(&run, 5 * MINUTE_MS);
	if (options.rules.skipping_reset_s == SKIPPING_RESET_MIN_S) {
		all_are_down(&run);
		end_ms += world->now_ms;
	}
	while (world->broken == INVARIANT_NONE && world->now_ms < end_ms) {
		draw_fault(&run);
		pass(&run, world->now_ms + dice_between(&run.dice, 5000, pause_ms));
	}
	world_trace(world, "the faults end");
	mend(&run);
	/* who comes back reads what it missed, and a fetched key stands a round: then a person has been told */
	world_run(world, 3 * MINUTE_MS);
	replay_the_astray(&run);
	revive(&run);
	invariant_production_resumes(world, resumes_within_ms(world));
	world_run(world, 20 * MINUTE_MS);
	revive(&run);
	world_run(world, 20 * MINUTE_MS + round_ms(world));
	invariant_calm_after_faults(world, 10 * MINUTE_MS + 2 * round_ms(world));
	return world;
}
