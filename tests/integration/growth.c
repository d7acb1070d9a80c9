/* SPDX-License-Identifier: MIT
 *
 * Four hosts on one devnet of golosd's own pace, a block each 3 s, with 1, 10, 100 and 1,000 instances of
 * witness_monitor, each for a witness of its own and free to sign for it. Processor time and requests are those of some
 * rounds of fetches (one a witness each 30 s). See growth.h.
 */
#include "growth.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cluster.h"
#include "grant.h"
#include "measure.h"
#include "process.h"
#include "relay.h"

#define HOSTS	    4
#define WATCHED_MAX 1000
#define INTERVAL_S  3
#define SETTLE_S    40	/* accounts are read, and each witness once */
#define MEASURED_S  120 /* four rounds of fetches */
#define TIMES_MAX   10	/* so many times the witnesses may cost so many times as much */
#define NOISE	    1.1

struct host {
	unsigned watched;
	struct relay *relay;
	uint16_t port;
	int64_t begun_us, ended_us;
	double processor_ms; /* of host and signer, while it was measured */
	long memory_kib;     /* proportional, of host and signer */
	unsigned requests;
};

struct growth {
	struct cluster *cluster;
	char names[WATCHED_MAX][GW_ACCOUNT_SIZE];
	struct host hosts[HOSTS];
};

/* ---- witnesses -------------------------------------------------------------------------------------------------- */

/* foo goes last: it has a node of ours, the others have none. */
static void read_names(struct growth *growth)
{
	const struct json *names =
		cluster_call(growth->cluster, "witness_api", "lookup_witness_accounts", "[\"\",1000]");
	size_t count = 0;

	for (size_t i = 0; i < json_array_size(names); i++) {
		const char *name = json_string(json_element(names, i), NULL);

		if (name && strcmp(name, "foo") != 0)
			snprintf(growth->names[count++], GW_ACCOUNT_SIZE, "%s", name);
	}
	if (count != WATCHED_MAX - 1)
		cluster_give_up(growth->cluster, "the devnet has %zu witnesses but foo", count);
	snprintf(growth->names[count], GW_ACCOUNT_SIZE, "foo");
}

/* ---- hosts ------------------------------------------------------------------------------------------------------ */

static void write_config(const struct growth *growth, int index)
{
	struct cluster *cluster = growth->cluster;
	const struct host *host = &growth->hosts[index];
	const char *dir = cluster_dir(cluster), *ours = cluster_key(cluster, index);
	char *path = xasprintf("%s/watcher-%d.yml", dir, index);
	FILE *file = fopen(path, "we");

	if (!file)
		cluster_give_up(cluster, "%s cannot be written", path);
	fprintf(file, "node: ws://127.0.0.1:%u\nchain_id: %s\nplugin_dir: %s/plugins\n", host->port,
		cluster_chain_id(cluster), TEST_BINARY_DIR);
	fprintf(file, "state_dir: %s/state-%d\ncontrol: %s/ctl-%d\n", dir, index, dir, index);
	fprintf(file, "signer: {keys: ['file:%s/active.key']}\nplugins:\n", dir);
	for (unsigned i = 0; i < host->watched; i++)
		fprintf(file,
			"  - {name: witness_monitor, witness: %s, witness_pubkey: %s, order: [%s], sign: "
			"[witness_update]}\n",
			growth->names[i], ours, ours);
	fclose(file);
	free(path);
}

static double processor_ms(const struct growth *growth, int index)
{
	return measure_processor_ms(cluster_pid(growth->cluster, index)) +
	       measure_processor_ms(cluster_signer_pid(growth->cluster, index));
}

static void run_for(struct growth *growth, unsigned seconds)
{
	int64_t end_ms = process_now_ms() + (int64_t)seconds * 1000;

	while (process_now_ms() < end_ms)
		cluster_step(growth->cluster, end_ms);
}

static void count_requests(struct host *host)
{
	size_t count;
	struct relay_event *events = relay_end(host->relay, &count);

	for (size_t i = 0; i < count; i++)
		host->requests += events[i].kind == RELAY_REQUEST && events[i].time_us >= host->begun_us &&
				  events[i].time_us < host->ended_us;
	free(events);
}

static void run_hosts(struct growth *growth)
{
	for (int i = 0; i < HOSTS; i++) {
		struct host *host = &growth->hosts[i];

		host->relay = relay_new(cluster_port(growth->cluster, i), 0, &host->port);
		write_config(growth, i);
		cluster_start_watcher(growth->cluster, i);
	}
	for (int i = 0; i < HOSTS; i++)
		cluster_await_said(growth->cluster, i, ": up", PATIENCE_S);
	run_for(growth, SETTLE_S);
	for (int i = 0; i < HOSTS; i++) {
		growth->hosts[i].begun_us = process_now_ms() * 1000;
		growth->hosts[i].processor_ms = -processor_ms(growth, i);
	}
	run_for(growth, MEASURED_S);
	for (int i = 0; i < HOSTS; i++) {
		struct host *host = &growth->hosts[i];

		host->ended_us = process_now_ms() * 1000;
		host->processor_ms += processor_ms(growth, i);
		host->memory_kib = measure_memory_kib(cluster_pid(growth->cluster, i), "Pss:") +
				   measure_memory_kib(cluster_signer_pid(growth->cluster, i), "Pss:");
		count_requests(host);
	}
}

/* ---- the table -------------------------------------------------------------------------------------------------- */

static bool is_linear(double more, double less)
{
	return more <= less * TIMES_MAX * NOISE;
}

static bool print_growth(const struct growth *growth)
{
	const double blocks = (double)MEASURED_S / INTERVAL_S;
	bool linear = true;

	printf("One host (with its signer) and so many watched witnesses, a block each %d s; in brackets how many "
	       "times\n"
	       "the row before: 10 is linear.\n\n"
	       "  %9s %24s %26s %20s\n",
	       INTERVAL_S, "witnesses", "processor ms a block", "memory KiB (proportional)", "requests a block");
	for (size_t i = 0; i < HOSTS; i++) {
		const struct host *host = &growth->hosts[i], *before = i ? host - 1 : host;
		double times = host->processor_ms / before->processor_ms;
		double memory_times = (double)host->memory_kib / (double)before->memory_kib;

		printf("  %9u %16.2f (%5.1f) %18ld (%5.1f) %20.1f\n", host->watched, host->processor_ms / blocks, times,
		       host->memory_kib, memory_times, host->requests / blocks);
		linear = linear && is_linear(host->processor_ms, before->processor_ms) &&
			 is_linear((double)host->memory_kib, (double)before->memory_kib) &&
			 is_linear(host->requests, before->requests);
	}
	printf("  no worse than linearly: %s\n\n", linear ? "yes" : "NO");
	fflush(stdout);
	return linear;
}

bool growth_measure(void)
{
	struct cluster_setup setup = {.witnesses = WATCHED_MAX,
				      .watchers = HOSTS,
				      .devnet_options = {"--interval", "3"},
				      .starts_no_watcher = true,
				      .on_disk = true};
	struct growth *growth = xcalloc(1, sizeof *growth);

	growth->cluster = cluster_new(&setup);
	for (unsigned i = 0, watched = 1; i < HOSTS; i++, watched *= 10)
		growth->hosts[i].watched = watched;
	read_names(growth);
	for (size_t i = 0; i < WATCHED_MAX - 1; i++)
		grant_foo(growth->cluster, growth->names[i]);
	run_hosts(growth);
	bool linear = print_growth(growth);
	cluster_free(growth->cluster);
	free(growth);
	return linear;
}
