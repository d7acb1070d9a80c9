/* SPDX-License-Identifier: MIT
 *
 * Two hosts beside one devnet whose clock is ours, the second with a price_feed of four servers of https and one market
 * of golosd's. An hour is 1,200 blocks and six rounds, and takes half a minute here. What the second one used more is
 * the feed's. See feed_cost.h.
 */
#include "feed_cost.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../fetch/sources.h"
#include "base/memory.h"
#include "certificate.h"
#include "cluster.h"
#include "measure.h"
#include "process.h"

#define HOURS	     2 /* the first one is for what memory is taken once */
#define HOUR_BLOCKS  1200
#define HOUR_ROUNDS  6
#define BLOCK_MS     20
#define SERVERS	     4
#define PEAK_WAIT_MS 4000
#define AIM_KIB	     1024
#define AIM_MS	     1000
#define BODY_SIZE    65536 /* the longest that is taken */

struct cost {
	struct cluster *cluster;
	struct certificate *certificate;
	struct sources *sources;
};

struct use {
	double processor_ms;
	long anonymous_kib;
};

/* ---- the beginning ---------------------------------------------------------------------------------------------- */

/* A price, and as much beside it as may be. */
static void play_servers(struct sources *sources)
{
	static char body[BODY_SIZE];
	char path[8];

	size_t len = (size_t)snprintf(body, sizeof body, "{\"price\":\"0.00200\",\"more\":\"");
	memset(body + len, 'x', sizeof body - len - 3);
	memcpy(body + sizeof body - 3, "\"}", 3);
	for (int i = 0; i < SERVERS; i++) {
		snprintf(path, sizeof path, "/%d", i);
		sources_play(sources, path, body);
	}
}

static void add_feed(const struct cost *cost)
{
	char *path = xasprintf("%s/watcher-1.yml", cluster_dir(cost->cluster));
	FILE *file = fopen(path, "ae");

	if (!file)
		cluster_give_up(cost->cluster, "%s cannot be written", path);
	fputs("  - name: price_feed\n    witness: foo\n    price: usd * 5\n"
	      "    quantities: {usd: {least: 1, spread: 10}}\n    sources:\n"
	      "      - {of: usd, rpc: market_history.get_ticker, args: [[GOLOS, YMUSDT]], value: /latest1}\n",
	      file);
	for (int i = 0; i < SERVERS; i++)
		fprintf(file, "      - {of: usd, url: \"https://localhost:%u/%d\", value: /price}\n",
			sources_port(cost->sources), i);
	fclose(file);
	free(path);
}

/* One block each BLOCK_MS, and time for the hosts to deal with it. */
static void run_blocks(struct cluster *cluster, unsigned count)
{
	uint32_t at = cluster_head(cluster);

	for (unsigned i = 0; i < count; i++) {
		int64_t next_ms = process_now_ms() + BLOCK_MS;

		cluster_fault(cluster, "run_until", "[%u]", ++at);
		while (process_now_ms() < next_ms)
			cluster_step(cluster, next_ms);
	}
}

static void begin(struct cost *cost)
{
	char ca_file[160];
	void *certificate;

	if (certificate_make(&certificate) != 0) {
		fputs("openssl makes no certificate\n", stderr);
		exit(EXIT_FAILURE);
	}
	cost->certificate = certificate;
	cost->sources = sources_start(cost->certificate->cert, cost->certificate->key);
	play_servers(cost->sources);
	snprintf(ca_file, sizeof ca_file, "ca_file: %s", cost->certificate->cert);
	struct cluster_setup setup = {.witnesses = 21,
				      .watchers = 2,
				      .devnet_options = {"--manual-clock"},
				      .host_options = {ca_file},
				      .starts_no_watcher = true,
				      .on_disk = true};
	cost->cluster = cluster_new(&setup);
	cluster_fault(cost->cluster, "set_ticker", "[\"GOLOS\",\"YMUSDT\",\"0.00200\",\"0.00200\",\"0.00200\"]");
	add_feed(cost);
	run_blocks(cost->cluster, 30);
	for (int i = 0; i < 2; i++) {
		cluster_start_watcher(cost->cluster, i);
		cluster_await_said(cost->cluster, i, ": up", PATIENCE_S);
	}
	run_blocks(cost->cluster, 30);
	for (int i = 0; i < 2; i++)
		cluster_await_watching(cost->cluster, i);
}

static void end(struct cost *cost)
{
	void *certificate = cost->certificate;

	cluster_free(cost->cluster);
	sources_stop(cost->sources);
	certificate_remove(&certificate);
}

/* ---- what is measured ------------------------------------------------------------------------------------------- */

static pid_t fetch_of(struct cost *cost)
{
	return process_child_named(cluster_pid(cost->cluster, 1), "golos-watch-fet"); /* 15 characters are kept */
}

static void ask_for_round(struct cost *cost)
{
	for (int i = 0; i < 2; i++) /* the other host's answer to a person costs as much */
		cluster_ask(cost->cluster, i, "{\"v\":1,\"verb\":\"resume\"}");
}

static struct use use_of(struct cost *cost, int watcher)
{
	pid_t host = cluster_pid(cost->cluster, watcher);

	return (struct use){measure_processor_ms(host), measure_memory_kib(host, "Anonymous:")};
}

static void run_hour(struct cost *cost)
{
	for (int i = 0; i < HOUR_ROUNDS; i++) {
		ask_for_round(cost);
		run_blocks(cost->cluster, HOUR_BLOCKS / HOUR_ROUNDS);
	}
}

/* While one server keeps it waiting, its child has all that the others sent. */
static long child_peak_kib(struct cost *cost)
{
	int64_t end_ms = process_now_ms() + PEAK_WAIT_MS;
	long peak_kib = 0;

	sources_hold(cost->sources, "/3");
	ask_for_round(cost);
	while (process_now_ms() < end_ms) {
		pid_t child = process_child_of(fetch_of(cost));
		long kib = child ? measure_peak_kib(child) : 0;

		peak_kib = kib > peak_kib ? kib : peak_kib;
		cluster_step(cost->cluster, process_now_ms() + BLOCK_MS);
	}
	return peak_kib;
}

/* aim: 0: none. */
static void print_figure(const char *what, long figure, int aim)
{
	printf("  %-58s %6ld", what, figure);
	if (aim)
		printf("   (aim: below %d)", aim);
	puts("");
}

bool feed_cost_measure(void)
{
	struct cost cost = {0};
	struct use before[2], after[2];
	double fetch_ms = 0;

	begin(&cost);
	for (int hour = 0; hour < HOURS; hour++) {
		for (int i = 0; i < 2; i++)
			before[i] = use_of(&cost, i);
		fetch_ms = -measure_with_children_ms(fetch_of(&cost));
		run_hour(&cost);
		fetch_ms += measure_with_children_ms(fetch_of(&cost));
	}
	for (int i = 0; i < 2; i++)
		after[i] = use_of(&cost, i);
	long more_kib = after[1].anonymous_kib - after[0].anonymous_kib;
	double more_ms =
		after[1].processor_ms - before[1].processor_ms - after[0].processor_ms + before[0].processor_ms;
	long fetch_kib = measure_memory_kib(fetch_of(&cost), "Anonymous:"), peak_kib = child_peak_kib(&cost);

	printf("An hour of price_feed: %d blocks, %d rounds of %d servers with 64 KiB each and a market of "
	       "golosd's.\n\n",
	       HOUR_BLOCKS, HOUR_ROUNDS, SERVERS);
	print_figure("beyond a host without it: anonymous memory, KiB", more_kib, AIM_KIB);
	print_figure("processor time, ms", (long)more_ms, AIM_MS);
	print_figure("golos-watch-fetch and its children: processor time, ms", (long)fetch_ms, 0);
	print_figure("golos-watch-fetch at rest: anonymous memory, KiB", fetch_kib, 0);
	print_figure("its child in a round: peak of what is resident, KiB", peak_kib, 0);
	puts("");
	fflush(stdout);
	bool well = more_kib < AIM_KIB && more_ms < AIM_MS;
	end(&cost);
	return well;
}
