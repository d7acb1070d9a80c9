/* SPDX-License-Identifier: MIT
 * Waiting for blocks, for what is said, for what holds. See cluster.h. */
#include "cluster_parts.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "devnet/ws_client.h"

#define BLOCKS_PATIENCE 6 /* times the interval: a block that a scenario waits for may have missed slots before it */

void cluster_on_block(struct cluster *cluster, cluster_witness *witness, void *context)
{
	cluster->witness = witness;
	cluster->witness_context = context;
}

static void forget_changes(const struct cluster *cluster)
{
	char changes[4096];

	while (read(cluster->inotify_fd, changes, sizeof changes) > 0)
		continue;
}

bool cluster_step(struct cluster *cluster, int64_t deadline_ms)
{
	struct pollfd pollers[] = {{.fd = ws_fd(cluster->eye), .events = POLLIN},
				   {.fd = cluster->inotify_fd, .events = POLLIN},
				   {.fd = cluster->signal_fd, .events = POLLIN}};
	int64_t left_ms = deadline_ms - process_now_ms();
	char *text;

	if (poll(pollers, 3, left_ms > 0 ? (int)left_ms : 0) <= 0)
		return false;
	if (pollers[2].revents) {
		fprintf(stderr, "\nended; nothing is left running\n");
		cluster_free(cluster);
		exit(130);
	}
	if (pollers[1].revents)
		forget_changes(cluster);
	if (!pollers[0].revents)
		return true;
	if (ws_receive(cluster->eye, &text, ANSWER_MS))
		cluster_give_up(cluster, "the devnet's last node is gone");
	cluster_see_message(cluster, text);
	free(text);
	return true;
}

void cluster_await(struct cluster *cluster, unsigned timeout_s, cluster_condition *condition, void *context,
		   const char *what)
{
	int64_t deadline_ms = process_now_ms() + (int64_t)timeout_s * 1000;

	while (!condition(cluster, context)) {
		if (!cluster_step(cluster, deadline_ms) && process_now_ms() >= deadline_ms)
			cluster_give_up(cluster, "waited %u s in vain for %s", timeout_s, what);
		for (unsigned i = 0; i < cluster->setup.watchers; i++)
			if (cluster->watchers[i].process.pid && !cluster_watcher_runs(cluster, (int)i))
				cluster_give_up(cluster, "watcher %u ended by itself, while waiting for %s", i, what);
	}
}

struct wanted {
	int node;
	uint32_t num;
	const char *text;
};

static bool was_said(struct cluster *cluster, void *context)
{
	const struct wanted *wanted = context;

	return cluster_has_said(cluster, wanted->node, wanted->text);
}

void cluster_await_said(struct cluster *cluster, int watcher, const char *text, unsigned timeout_s)
{
	struct wanted wanted = {.node = watcher, .text = text};
	char *what = xasprintf("\"%s\" in the log of watcher %d", text, watcher);

	cluster_await(cluster, timeout_s, was_said, &wanted, what);
	free(what);
}

static bool has_block(struct cluster *cluster, void *context)
{
	const struct wanted *wanted = context;

	return cluster->head >= wanted->num;
}

void cluster_await_blocks(struct cluster *cluster, unsigned count)
{
	struct wanted wanted = {.num = cluster_chain_head(cluster) + count};

	cluster_await(cluster, PATIENCE_S + count * BLOCKS_PATIENCE * (unsigned)cluster->interval_s, has_block, &wanted,
		      "blocks");
}

static bool watches(struct cluster *cluster, void *context)
{
	const struct wanted *wanted = context;

	uint32_t head = (uint32_t)strtoul(cluster_status(cluster, wanted->node, "head"), NULL, 10);

	return head > 0 && head + 1 >= cluster->head &&
	       strcmp(cluster_status(cluster, wanted->node, "producer"), "unknown") != 0;
}

void cluster_await_watching(struct cluster *cluster, int watcher)
{
	struct wanted wanted = {.node = watcher};

	cluster_await(cluster, PATIENCE_S, watches, &wanted, "a watcher to know head and witness");
}

static bool has_update(struct cluster *cluster, void *context)
{
	const struct wanted *wanted = context;

	return cluster_updated(cluster, wanted->node, wanted->num) != NULL;
}

const struct cluster_block *cluster_await_update(struct cluster *cluster, int node, uint32_t since, unsigned timeout_s)
{
	struct wanted wanted = {.node = node, .num = since};
	char *what = xasprintf("a block with foo's key set to node %d's", node);

	cluster_await(cluster, timeout_s, has_update, &wanted, what);
	free(what);
	return cluster_updated(cluster, node, since);
}

static bool has_produced(struct cluster *cluster, void *context)
{
	const struct wanted *wanted = context;

	return cluster_produced(cluster, wanted->node, wanted->num) != NULL;
}

const struct cluster_block *cluster_await_production(struct cluster *cluster, int node, uint32_t since,
						     unsigned timeout_s)
{
	struct wanted wanted = {.node = node, .num = since};
	char *what = xasprintf("a block of foo made by node %d", node);

	cluster_await(cluster, timeout_s, has_produced, &wanted, what);
	free(what);
	return cluster_produced(cluster, node, since);
}
