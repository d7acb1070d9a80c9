/* SPDX-License-Identifier: MIT
 *
 * The numbers, on the devnet, of the programs as they are built here: `bench [SWITCHES]`.
 *
 * Switches: one host watches twelve witnesses of thirteen, with a monitor for each. Now and then one of them is made to
 * miss a slot, its switch is due with the next block and is broadcast for real; then its operator takes it back. A
 * relay between host and golosd notes when each message passes. Of the time from the block to the broadcast, what the
 * host waited for golosd's answers is taken out and told apart; a switch that had to wait for a slot or for the
 * schedule is counted, not timed. Five such networks run at once, a fifth of a second after one another.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "cluster.h"
#include "disk_probe.h"
#include "feed_cost.h"
#include "grant.h"
#include "growth.h"
#include "measure.h"
#include "process.h"
#include "relay.h"

#define SWITCHES      200
#define NETWORKS      5
#define WATCHED	      12
#define PATIENCE_MS   1800000
#define MEMORY_BLOCKS 1000
#define BLOCK_MS      20 /* where the clock is ours */
#define SWITCH_AIM_MS 5
#define MEMORY_AIM_K  8192

/* ---- memory and processor --------------------------------------------------------------------------------------- */

/* One block each BLOCK_MS, and time for the host to deal with it. */
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

/* Of two processes; 0: there is no second one. */
static void print_memory(const char *name, pid_t first, pid_t second)
{
	static const char *const kinds[] = {"Pss:", "Anonymous:", "Rss:"};
	long kib[3];

	for (size_t i = 0; i < 3; i++)
		kib[i] = measure_memory_kib(first, kinds[i]) + (second ? measure_memory_kib(second, kinds[i]) : 0);
	printf("  %-20s %12ld %14ld %14ld\n", name, kib[0], kib[1], kib[2]);
}

static void measure_memory(void)
{
	struct cluster_setup setup = {.witnesses = 21,
				      .watchers = 1,
				      .devnet_options = {"--manual-clock"},
				      .starts_no_watcher = true,
				      .on_disk = true};
	struct cluster *cluster = cluster_new(&setup);

	run_blocks(cluster, 30);
	cluster_start_watcher(cluster, 0);
	cluster_await_said(cluster, 0, ": up", PATIENCE_S);
	run_blocks(cluster, 30);
	cluster_await_watching(cluster, 0);
	double begun_ms = measure_processor_ms(cluster_pid(cluster, 0));
	run_blocks(cluster, MEMORY_BLOCKS);
	pid_t host = cluster_pid(cluster, 0), signer = cluster_signer_pid(cluster, 0);
	printf("Memory after %d blocks, in KiB: one witness of 21, two endpoints. Proportional: a page that several\n"
	       "processes share counts for each as its share; what else runs here makes it smaller.\n\n"
	       "  %-20s %12s %14s %14s\n",
	       MEMORY_BLOCKS, "", "proportional", "anonymous", "resident");
	print_memory("golos-watchd", host, 0);
	print_memory("golos-watch-signer", signer, 0);
	print_memory("together", host, signer);
	printf("  (aim: %d proportional together)\n\n  processor time of golos-watchd: %.0f ms per %d blocks\n\n",
	       MEMORY_AIM_K, measure_processor_ms(host) - begun_ms, MEMORY_BLOCKS);
	fflush(stdout);
	cluster_free(cluster);
}

/* ---- switches: the network -------------------------------------------------------------------------------------- */

struct watched {
	char name[GW_ACCOUNT_SIZE], key[GW_KEY_SIZE];
	bool armed;	  /* is to miss its next slot, or its switch is under way */
	uint32_t ours_at; /* the head when its key was first seen to be ours; 0: it is not */
};

struct network {
	struct cluster *cluster;
	size_t count;
	struct watched watched[WATCHED];
	unsigned switches, wanted;
};

static struct watched *find(struct network *network, const char *name)
{
	for (size_t i = 0; i < network->count; i++)
		if (strcmp(network->watched[i].name, name) == 0)
			return &network->watched[i];
	return NULL;
}

/* Twelve witnesses and their keys, as they produce their first blocks. */
static void meet_witnesses(struct network *network)
{
	while (network->count < WATCHED) {
		cluster_await_blocks(network->cluster, 1);
		const struct cluster_block *block = cluster_block(network->cluster, 0);
		if (strcmp(block->witness, "foo") == 0 || find(network, block->witness))
			continue;
		struct watched *watched = &network->watched[network->count++];
		snprintf(watched->name, sizeof watched->name, "%s", block->witness);
		snprintf(watched->key, sizeof watched->key, "%s", block->signing_key);
	}
}

static void write_config(const struct network *network, uint16_t port)
{
	struct cluster *cluster = network->cluster;
	const char *dir = cluster_dir(cluster), *ours = cluster_key(cluster, 0);
	char *path = xasprintf("%s/watcher-0.yml", dir);
	FILE *file = fopen(path, "we");

	if (!file)
		cluster_give_up(cluster, "%s cannot be written", path);
	fprintf(file, "node: ws://127.0.0.1:%u\nchain_id: %s\nplugin_dir: %s/plugins\n", port,
		cluster_chain_id(cluster), TEST_BINARY_DIR);
	fprintf(file, "state_dir: %s/state-0\ncontrol: %s/ctl-0\n", dir, dir);
	fprintf(file, "signer: {keys: ['file:%s/active.key'], max_signatures: 100}\nplugins:\n", dir);
	for (size_t i = 0; i < network->count; i++)
		fprintf(file,
			"  - {name: witness_monitor, witness: %s, witness_pubkey: %s, order: [%s, %s], sign: "
			"[witness_update],"
			" allowed_misses: 0, max_switches: 24, min_participation: 0, max_gap: 64}\n",
			network->watched[i].name, ours, network->watched[i].key, ours);
	fclose(file);
	free(path);
}

static bool key_is_ours(struct network *network, const struct watched *watched)
{
	char args[64], key[GW_KEY_SIZE] = "";
	struct error err;

	snprintf(args, sizeof args, "[\"%s\"]", watched->name);
	return json_get_text(cluster_call(network->cluster, "witness_api", "get_witness_by_account", args),
			     "signing_key", key, sizeof key, &err) == GW_OK &&
	       strcmp(key, cluster_key(network->cluster, 0)) == 0;
}

/* A switch that is in a block (an answer may show one that is pending) is taken back. */
static void take_back(struct network *network, struct watched *watched, uint32_t head)
{
	if (!watched->ours_at && key_is_ours(network, watched))
		watched->ours_at = head;
	if (!watched->ours_at || head < watched->ours_at + 2)
		return;
	cluster_fault(network->cluster, "witness_update", "[\"%s\",\"%s\"]", watched->name, watched->key);
	watched->ours_at = 0;
	watched->armed = false;
	network->switches++;
}

/* No two in a row: each switch is to have a block of its own. */
static void on_block(void *context, const struct cluster_block *block)
{
	struct network *network = context;
	struct watched *watched = find(network, block->witness);
	const struct cluster_block *before = cluster_block(network->cluster, block->num - 1);
	const struct watched *neighbour = before ? find(network, before->witness) : NULL;

	for (size_t i = 0; i < network->count; i++)
		if (network->watched[i].armed)
			take_back(network, &network->watched[i], block->num);
	if (!watched || watched->armed || (neighbour && neighbour->armed))
		return;
	watched->armed = true;
	cluster_fault(network->cluster, "miss", "[\"%s\",1]", watched->name);
}

static bool has_enough(struct cluster *cluster, void *context)
{
	const struct network *network = context;

	(void)cluster;
	return network->switches >= network->wanted;
}

/* ---- switches: the times ---------------------------------------------------------------------------------------- */

/* Of one broadcast: from the last block before it. */
struct times {
	enum { TIMED, WAITED, SHARED } kind; /* waited: a block may have come since it was due; shared its block */
	int64_t host_us, node_us;
};

/* What lies between two moments in which an answer was awaited. */
static int64_t awaited_us(const struct relay_event *events, size_t from, size_t to)
{
	uint64_t open[8] = {0};
	size_t open_count = 0;
	int64_t sum_us = 0;

	for (size_t i = from + 1; i <= to; i++) {
		if (open_count > 0)
			sum_us += events[i].time_us - events[i - 1].time_us;
		if (events[i].kind == RELAY_REQUEST && open_count < 8)
			open[open_count++] = events[i].id;
		for (size_t k = 0; events[i].kind == RELAY_REPLY && k < open_count; k++)
			if (open[k] == events[i].id)
				open[k--] = open[--open_count];
	}
	return sum_us;
}

/* Whether the host said of the n-th switch of a witness, from 0, that it waits: for a slot, the schedule, an update. */
static bool has_waited(const char *log, const char *owner, unsigned n)
{
	char begins[64], names[64];
	bool waited = false;

	snprintf(begins, sizeof begins, "moving production of %s to", owner);
	snprintf(names, sizeof names, "witness_update of %s to", owner);
	for (const char *line = log, *end; (end = strchr(line, '\n')) != NULL && (int)n >= -1; line = end + 1) {
		char *text = xstrndup(line, (size_t)(end - line));

		if (strstr(text, begins))
			n--;
		if ((int)n == -1 && strstr(text, names) && strstr(text, ": waits"))
			waited = true;
		free(text);
	}
	return waited;
}

/* Whether the same block made another one due: one of the two waited for the other's signature. */
static bool has_shared(const struct relay_event *events, size_t count, size_t from, size_t to)
{
	for (size_t i = from + 1; i < count && events[i].kind != RELAY_BLOCK; i++)
		if (i != to && events[i].kind == RELAY_BROADCAST)
			return true;
	return false;
}

static struct times time_switch(struct cluster *cluster, const struct relay_event *events, size_t count, size_t to)
{
	size_t from = to;
	unsigned before = 0;

	for (size_t i = 0; i < to; i++)
		if (events[i].kind == RELAY_BROADCAST && strcmp(events[i].owner, events[to].owner) == 0)
			before++;
	while (from > 0 && events[from].kind != RELAY_BLOCK)
		from--;
	if (has_waited(cluster_log(cluster, 0), events[to].owner, before))
		return (struct times){.kind = WAITED};
	if (has_shared(events, count, from, to))
		return (struct times){.kind = SHARED};
	int64_t node_us = awaited_us(events, from, to);
	return (struct times){.host_us = events[to].time_us - events[from].time_us - node_us, .node_us = node_us};
}

/* In a process of its own: writes one struct times a switch to `out`. */
static void run_network(unsigned index, unsigned wanted, int out)
{
	struct cluster_setup setup = {
		.witnesses = WATCHED + 1, .watchers = 1, .starts_no_watcher = true, .on_disk = true};
	struct network network = {.cluster = cluster_new(&setup), .wanted = wanted};
	uint16_t port;
	size_t count;

	meet_witnesses(&network);
	for (size_t i = 0; i < network.count; i++)
		grant_foo(network.cluster, network.watched[i].name);
	struct relay *relay = relay_new(cluster_port(network.cluster, 0), (int)(index * 1000 / NETWORKS), &port);
	write_config(&network, port);
	cluster_start_watcher(network.cluster, 0);
	cluster_await_watching(network.cluster, 0);
	cluster_on_block(network.cluster, on_block, &network);
	cluster_await(network.cluster, PATIENCE_MS / 1000, has_enough, &network, "the switches");
	struct relay_event *events = relay_end(relay, &count);
	for (size_t i = 0; i < count; i++) {
		if (events[i].kind != RELAY_BROADCAST)
			continue;
		struct times times = time_switch(network.cluster, events, count, i);
		if (write(out, &times, sizeof times) != (ssize_t)sizeof times)
			cluster_give_up(network.cluster, "the times cannot be told");
	}
	free(events);
	cluster_free(network.cluster);
}

static int compare(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

	return left < right ? -1 : left > right;
}

static void print_times(const char *what, int64_t *us, size_t count, const char *aim)
{
	qsort(us, count, sizeof *us, compare);
	printf("  %-48s %10.2f %10.2f%s\n", what, (double)us[count / 2] / 1000, (double)us[count * 99 / 100] / 1000,
	       aim);
}

static void print_switches(const struct times *times, size_t count, const struct disk_times *disk)
{
	int64_t *host = xcalloc(count + 1, sizeof *host), *node = xcalloc(count + 1, sizeof *node);
	size_t kinds[3] = {0};
	char aim[64];

	for (size_t i = 0; i < count; i++) {
		if (times[i].kind == TIMED) {
			host[kinds[TIMED]] = times[i].host_us;
			node[kinds[TIMED]] = times[i].node_us;
		}
		kinds[times[i].kind]++;
	}
	printf("From the arrival of the block that makes a switch due to the broadcast leaving: %zu switches, of "
	       "which\n"
	       "%zu waited for a slot or for the schedule, %zu shared their block with another, %zu were timed.\n\n"
	       "  %-48s %10s %10s\n",
	       count, kinds[WAITED], kinds[SHARED], kinds[TIMED], "milliseconds", "median", "p99");
	snprintf(aim, sizeof aim, "   (aim: p99 below %d)", SWITCH_AIM_MS);
	print_times("host and signer, with their two syncs to disk", host, kinds[TIMED], aim);
	print_times("beside it: waiting for golosd's answers", node, kinds[TIMED], "");
	print_times("beside it: one bare sync of 4 KiB to this disk", disk->us, disk->count, "");
	double loads[1] = {0};
	if (getloadavg(loads, 1) == 1)
		printf("  (this machine's load meanwhile: %.1f on %ld processors%s)\n", loads[0],
		       sysconf(_SC_NPROCESSORS_ONLN),
		       sched_getscheduler(0) == SCHED_FIFO ? "; all of this ran before everything else" : "");
	free(host);
	free(node);
}

static bool measure_switches(unsigned wanted)
{
	struct times *times = xcalloc(2 * wanted + 1, sizeof *times);
	size_t count = 0;
	int ends[2], status;
	bool well = true;

	if (pipe2(ends, O_CLOEXEC))
		abort();
	for (unsigned i = 0; i < NETWORKS; i++) {
		if (fork() != 0)
			continue;
		run_network(i, (wanted + NETWORKS - 1) / NETWORKS, ends[1]);
		exit(EXIT_SUCCESS);
	}
	close(ends[1]);
	struct disk_probe *probe = disk_probe_new();
	while (count < 2 * wanted && read(ends[0], &times[count], sizeof *times) == (ssize_t)sizeof *times)
		count++;
	while (wait(&status) > 0)
		well = well && status == 0;
	struct disk_times disk = disk_probe_end(probe);
	print_switches(times, count, &disk);
	free(disk.us);
	free(times);
	return well && count >= wanted;
}

static const char usage[] = "bench [memory] [feed] [growth] [switches] [--switches N] [--realtime]   the figures asked "
			    "for, else all of them\n"
			    "  --realtime   before everything else that this machine does (root)\n";

/* What is started from now on is so too. */
static void go_before_all_else(void)
{
	if (sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){.sched_priority = 10})) {
		perror("bench: --realtime");
		exit(EXIT_FAILURE);
	}
}

static bool is_wanted(int argc, char **argv, const char *part)
{
	bool any = false;

	for (int i = 1; i < argc && strncmp(argv[i], "--", 2) != 0; i++) {
		any = true;
		if (strcmp(argv[i], part) == 0)
			return true;
	}
	return !any;
}

int main(int argc, char **argv)
{
	unsigned switches = SWITCHES;
	bool well = true;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--switches") == 0 && i + 1 < argc) {
			switches = (unsigned)strtoul(argv[++i], NULL, 10);
		} else if (strcmp(argv[i], "--realtime") == 0) {
			go_before_all_else();
		} else if (strcmp(argv[i], "memory") != 0 && strcmp(argv[i], "feed") != 0 &&
			   strcmp(argv[i], "growth") != 0 && strcmp(argv[i], "switches") != 0) {
			fputs(usage, stderr);
			return 2;
		}
	}
	if (is_wanted(argc, argv, "memory"))
		measure_memory();
	if (is_wanted(argc, argv, "feed"))
		well = feed_cost_measure();
	if (is_wanted(argc, argv, "growth"))
		well = growth_measure() && well;
	if (is_wanted(argc, argv, "switches"))
		well = measure_switches(switches) && well;
	return well ? EXIT_SUCCESS : EXIT_FAILURE;
}
