/* SPDX-License-Identifier: MIT
 *
 * golos-simulate: runs of the real belief, submission and monitor on a model chain. `--help` lists what it does.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "bench.h"
#include "faults.h"
#include "invariants.h"
#include "scenarios.h"

static const char usage[] =
	"golos-simulate [--seed S] [--runs N] [--seconds T]   runs of random faults from seed S on "
	"(random: a fresh one)\n"
	"golos-simulate --seed S --trace                      one run, told as it happens\n"
	"golos-simulate --scenario NAME|list|all [--seed S] [--runs N] [--trace] [--first]   scenarios by name, of N "
	"seeds "
	"each; not beyond the first that fails\n"
	"golos-simulate --bench[=dead|noise|partition] [--runs N] [--days N] [--window S]   figures\n";

struct order {
	uint64_t seed;
	uint32_t runs;
	double seconds; /* 0: no bound */
	bool trace, first, bench;
	const char *part; /* of the bench; NULL: all */
	uint32_t days;
	int64_t window_s;     /* of the bench's noise; 0: all */
	const char *scenario; /* NULL: none */
};

static void print_trace(const struct world *world)
{
	uint32_t first = world->line_count > TRACE_LINES ? world->line_count - TRACE_LINES : 0;

	if (world->options.trace) /* printed already */
		return;
	for (uint32_t i = first; i < world->line_count; i++)
		printf("%s\n", world->lines[i % TRACE_LINES]);
}

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* False: an invariant broke. */
static bool run_one(uint64_t seed, bool trace, struct tally *tally)
{
	struct world *world = faults_run(seed, trace);
	bool ok = world->broken == INVARIANT_NONE;

	if (!ok) {
		print_trace(world);
		printf("seed %" PRIu64 " broke %s: %s\nreplay: golos-simulate --seed %" PRIu64 " --trace\n", seed,
		       invariant_name(world->broken), world->broken_text, seed);
	}
	faults_add(tally, &world->tally);
	world_free(world);
	return ok;
}

static bool run_many(const struct order *order)
{
	double begun = seconds_now();
	uint32_t done = 0, broken = 0;
	struct tally tally = {0};

	for (; done < order->runs && broken == 0; done++) {
		if (order->seconds > 0 && seconds_now() - begun > order->seconds)
			break;
		broken += !run_one(order->seed + done, order->trace, &tally);
	}
	printf("%" PRIu32 " runs from seed %" PRIu64 ": %s, %.1f s\n", done, order->seed,
	       broken ? "BROKEN" : "all invariants hold", seconds_now() - begun);
	faults_print(&tally);
	return broken == 0;
}

static bool read_number(const char *text, uint64_t *ret)
{
	char *end;

	*ret = strtoull(text, &end, 10);
	return *text != '\0' && *end == '\0';
}

static uint64_t fresh_seed(void)
{
	uint32_t seed = 0;

	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		seed = (uint32_t)time(NULL);
	return seed;
}

static bool carry_out(struct order *order)
{
	if (order->bench)
		return bench_run(order->part, order->runs ? order->runs : 200, order->days, order->window_s);
	if (order->scenario && strcmp(order->scenario, "list") == 0) {
		scenarios_list();
		return true;
	}
	if (order->scenario)
		return scenarios_run(strcmp(order->scenario, "all") == 0 ? "" : order->scenario, order->seed,
				     order->runs, order->trace, order->first);
	order->runs = order->runs ? order->runs : 1;
	return run_many(order);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"seed", required_argument, NULL, 's'},
		{"runs", required_argument, NULL, 'n'},
		{"seconds", required_argument, NULL, 'T'},
		{"days", required_argument, NULL, 'd'},
		{"window", required_argument, NULL, 'w'},
		{"scenario", required_argument, NULL, 'S'},
		{"bench", optional_argument, NULL, 'b'},
		{"trace", no_argument, NULL, 't'},
		{"first", no_argument, NULL, 'f'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	struct order order = {.seed = 1, .runs = 0, .days = 100};
	uint64_t number = 0;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		bool wants_number = c == 's' || c == 'n' || c == 'T' || c == 'd' || c == 'w';
		bool fresh = c == 's' && strcmp(optarg, "random") == 0;

		if (c == 'h' || c == '?' || (wants_number && !fresh && !read_number(optarg, &number))) {
			fputs(usage, c == 'h' ? stdout : stderr);
			return c == 'h' ? 0 : 2;
		}
		if (c == 's')
			order.seed = fresh ? fresh_seed() : number;
		else if (c == 'n')
			order.runs = (uint32_t)number;
		else if (c == 'T')
			order.seconds = (double)number;
		else if (c == 'd')
			order.days = (uint32_t)number;
		else if (c == 'w')
			order.window_s = (int64_t)number;
		else if (c == 'S')
			order.scenario = optarg;
		else if (c == 'b')
			order.bench = true, order.part = optarg;
		else if (c == 'f')
			order.first = true;
		else
			order.trace = true;
	}
	return carry_out(&order) ? 0 : 1;
}
