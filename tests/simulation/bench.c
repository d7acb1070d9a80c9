/* SPDX-License-Identifier: MIT
 * Figures. See bench.h. */
#include "bench.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "invariants.h"

#define MINUTE_MS  INT64_C(60000)
#define DAY_MS	   INT64_C(86400000)
#define PARTITIONS 500

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- a dead primary ---------------------------------------------------------------------------------------------- */

struct rule {
	const char *name;
	bool older;
	uint32_t allowed_misses, dead_others;
};

static int compare(const void *a, const void *b)
{
	const uint32_t *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

/* Blocks lost until the new node's first one; ret_ms: until its key is in a block. */
static uint32_t lose_primary(const struct rule *rule, uint64_t seed, int64_t *ret_ms)
{
	struct world_options options = world_defaults(seed);
	struct world *world;
	int64_t died_ms;

	options.older = rule->older;
	options.monitor.allowed_misses = rule->allowed_misses;
	world = world_new(&options);
	world->judged = false;
	for (uint32_t i = 0; i < rule->dead_others; i++)
		world->dead_witness[options.rules.scheduled - 1 - i] = true;
	world_run(world, 5 * MINUTE_MS + dice_between(&world->dice, 0, 63000));
	world->lost_blocks = 0;
	died_ms = world->now_ms;
	golosd_stop(world, 0);
	while (world->last_ours_key != 2 && world->now_ms < died_ms + 120 * MINUTE_MS)
		world_run(world, 1000);
	*ret_ms = world->switched_ms - died_ms;
	uint32_t lost = world->lost_blocks;
	world_free(world);
	return lost;
}

static void bench_dead_primary(uint32_t runs)
{
	static const struct rule rules[] = {
		{"older script, 1 (default)", true, 1, 0},
		{"ours, 1 (default)", false, 1, 0},
		{"older script, 0", true, 0, 0},
		{"ours, 0", false, 0, 0},
		{"ours, 1, nine others dead", false, 1, 9},
		{"ours, 0, nine others dead", false, 0, 9},
	};
	uint32_t *lost = xcalloc(runs, sizeof(*lost));

	printf("A dead primary, %u runs each.\n\n"
	       "  %-32s %17s %5s %28s\n",
	       runs, "rule, allowed_misses", "blocks lost: mean", "p99", "seconds to the new producer");
	for (size_t r = 0; r < sizeof(rules) / sizeof(rules[0]); r++) {
		double sum = 0, ms = 0;

		for (uint32_t i = 0; i < runs; i++) {
			int64_t took_ms;

			lost[i] = lose_primary(&rules[r], i + 1, &took_ms);
			sum += lost[i];
			ms += (double)took_ms;
		}
		qsort(lost, runs, sizeof(*lost), compare);
		printf("  %-32s %17.2f %5u %28.0f\n", rules[r].name, sum / runs, lost[runs * 99 / 100],
		       ms / runs / 1000);
	}
	free(lost);
}

/* ---- a healthy but noisy chain ----------------------------------------------------------------------------------- */

#define NOISE_MISSES	 1000 /* of 100,000 slots: each witness, ours too, misses 1 % of its slots */
#define NOISE_HALT_MS	 (6 * 60 * MINUTE_MS)
#define NOISE_FORK_MS	 (20 * MINUTE_MS)
#define NOISE_START_MS	 (60 * MINUTE_MS)
#define NOISE_LATE	 2000 /* of 100,000 answers */
#define NOISE_NODES	 2u
#define NOISE_CHAIN_DAYS 100u /* node-days on one chain, then comes the next seed's */

static void fork_for_a_moment(struct world *world)
{
	uint8_t n = (uint8_t)(1 + dice_below(&world->dice, 9));

	for (uint8_t i = 0; i < n; i++)
		golosd_move(world, (uint8_t)(world->golosd_count - 1 - i), 1);
	if (dice_below(&world->dice, 2)) /* the producer's or the backup's */
		golosd_move(world, (uint8_t)dice_below(&world->dice, 2), 1);
	world_run(world, dice_between(&world->dice, 3000, 9000));
	for (uint8_t i = 0; i < world->golosd_count; i++)
		golosd_move(world, i, 0);
}

static void halt_for_a_moment(struct world *world)
{
	world->stopped = true;
	world_run(world, dice_between(&world->dice, 10000, 240000));
	world->stopped = false;
}

static void restart_a_backup(struct world *world)
{
	uint8_t who = world->golosds[0].key == world_head(world)->signing_key ? 1 : 0;

	watcher_stop(world, who);
	golosd_stop(world, who);
	world_run(world, dice_between(&world->dice, 1000, 60000));
	golosd_start(world, who);
	watcher_start(world, who);
}

/* Halts, forks and restarts fall due one after another. */
struct noise {
	int64_t halt_ms, fork_ms, start_ms;
};

static void make_noise(struct world *world, struct noise *due)
{
	if (world->now_ms >= due->halt_ms) {
		halt_for_a_moment(world);
		due->halt_ms = world->now_ms + NOISE_HALT_MS;
	} else if (world->now_ms >= due->fork_ms) {
		fork_for_a_moment(world);
		due->fork_ms = world->now_ms + NOISE_FORK_MS;
	} else if (world->now_ms >= due->start_ms) {
		restart_a_backup(world);
		due->start_ms = world->now_ms + NOISE_START_MS;
	}
}

/* A halt that leaves golosd less than a third of 128 slots ends the chain: what comes after it would count as calm. */
static void must_live(const struct world *world)
{
	if (GENESIS_TIME_S + world->now_ms / 1000 - world_head(world)->time_s < 60)
		return;
	fprintf(stderr, "golos-simulate: the chain of seed %" PRIu64 " stands for good\n", world->options.seed);
	exit(EXIT_FAILURE);
}

/* Switches on a chain of its own for so many days; no node ever fails, so each is false. */
static uint32_t live_with_noise(bool older, int64_t window_s, uint64_t seed, uint32_t days)
{
	struct world_options options = world_defaults(seed);
	struct noise due = {.halt_ms = NOISE_HALT_MS, .fork_ms = NOISE_FORK_MS, .start_ms = NOISE_START_MS};

	options.older = older;
	options.monitor.miss_window_s = window_s;
	options.monitor.max_switches = 24;
	options.max_signatures = SIGNATURES_KEPT - 1;
	options.random_misses = NOISE_MISSES;
	options.late_answers = NOISE_LATE;
	struct world *world = world_new(&options);
	world->judged = false;
	while (world->now_ms < days * DAY_MS / NOISE_NODES) {
		world_run(world, MINUTE_MS);
		make_noise(world, &due);
	}
	must_live(world);
	uint32_t switches = world->switches;
	world_free(world);
	return switches;
}

static uint32_t count_false_switches(bool older, int64_t window_s, uint32_t days)
{
	uint32_t switches = 0;
	uint64_t seed = 77;

	for (uint32_t left = days; left > 0; seed++) {
		uint32_t part = left < NOISE_CHAIN_DAYS ? left : NOISE_CHAIN_DAYS;

		switches += live_with_noise(older, window_s, seed, part);
		left -= part;
	}
	return switches;
}

static void bench_noise(uint32_t days, int64_t only_s)
{
	static const int64_t windows[] = {3600, 600, 200};
	double begun_s, ours_s = 0, ours_days = 0;

	printf("\nFalse switches in %u node-days (two nodes) of a healthy chain with noise: 1 %% of all slots missed "
	       "at\n"
	       "random, a halt up to 4 min every 6 h, a fork up to 3 blocks every 20 min, a restart of the backup "
	       "every\n"
	       "hour, 2 %% of answers up to 10 s late. No node ever fails: each switch is a false one.\n\n"
	       "  %-14s %10s %14s %10s %14s\n",
	       days, "miss_window", "older", "a node-day", "ours", "a node-day");
	for (size_t i = 0; i < sizeof(windows) / sizeof(windows[0]); i++) {
		if (only_s != 0 && only_s != windows[i])
			continue;
		uint32_t older = count_false_switches(true, windows[i], days);

		begun_s = seconds_now();
		uint32_t ours = count_false_switches(false, windows[i], days);
		ours_s += seconds_now() - begun_s;
		ours_days += days;
		printf("  %12lld s %10u %14.3f %10u %14.3f\n", (long long)windows[i], older, (double)older / days, ours,
		       (double)ours / days);
		fflush(stdout);
	}
	printf("\n  %.0f node-days of ours simulated per second\n", ours_days / ours_s);
}

/* ---- a partition ------------------------------------------------------------------------------------------------- */

/* True: the backup on the minority's side took production on the majority's. */
static bool part(bool evidence, uint64_t seed)
{
	struct world_options options = world_defaults(seed);

	options.no_evidence = !evidence;
	options.monitor.allowed_misses = 0;
	options.monitor.min_participation = 0; /* that guard would hold it: here the evidence stands alone */
	struct world *world = world_new(&options);
	world->judged = false;
	world_run(world, 3 * MINUTE_MS);
	golosd_move(world, 1, 1);
	uint32_t n = 1 + dice_below(&world->dice, 9);
	for (uint8_t i = 0; i < n; i++)
		golosd_move(world, (uint8_t)(world->golosd_count - 1 - i), 1);
	for (int64_t end_ms = world->now_ms + 200000; world->watchers[1].sends == 0 && world->now_ms < end_ms;)
		world_run(world, 500);
	world_run(world, dice_between(&world->dice, 0, 25000));
	for (uint8_t i = 0; i < world->golosd_count; i++)
		golosd_move(world, i, 0);
	golosd_broadcast_again(world, 1);
	world_run(world, MINUTE_MS);
	bool wrong = world->wrong_side > 0 && world_head(world)->signing_key == 2;
	world_free(world);
	return wrong;
}

static void bench_partitions(void)
{
	uint32_t with = 0, without = 0;

	for (uint64_t seed = 1; seed <= PARTITIONS; seed++) {
		with += part(true, seed);
		without += part(false, seed);
	}
	printf("\nA backup on the minority's side of a partition, the guard of participation off: production taken on "
	       "the\n"
	       "majority's, of %d runs.\n\n"
	       "  with the evidence in TaPoS %31u\n"
	       "  with the irreversible block in its place %17u   (as wallets name it)\n",
	       PARTITIONS, with, without);
}

bool bench_run(const char *part, uint32_t runs, uint32_t days, int64_t window_s)
{
	static const char *const parts[] = {"dead", "noise", "partition"};
	bool chosen[3], any = false;

	for (size_t i = 0; i < 3; i++)
		any |= chosen[i] = !part || strcmp(part, parts[i]) == 0;
	if (chosen[0])
		bench_dead_primary(runs);
	if (chosen[1])
		bench_noise(days, window_s);
	if (chosen[2])
		bench_partitions();
	return any;
}
