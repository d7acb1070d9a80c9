/* SPDX-License-Identifier: MIT
 * Beginning, timeline and end of a scenario. See scenario.h. */
#include "scenario.h"

#include <string.h>

struct cluster *begin(unsigned watchers)
{
	struct cluster_setup setup = {.witnesses = WITNESSES, .watchers = watchers};

	return cluster_new(&setup);
}

unsigned skipped(const struct cluster *cluster, uint32_t from, uint32_t to)
{
	unsigned count = 0;

	for (uint32_t num = from; num <= to; num++)
		count += cluster_block(cluster, num) ? cluster_block(cluster, num)->skipped : 0;
	return count;
}

uint32_t last_gap(const struct cluster *cluster, uint32_t to)
{
	for (uint32_t num = to; num > 1; num--)
		if (cluster_block(cluster, num) && cluster_block(cluster, num)->skipped)
			return num;
	return 0;
}

uint32_t kill_primary(struct cluster *cluster)
{
	uint32_t since = cluster_await_production(cluster, 0, cluster_head(cluster), PATIENCE_S)->num;

	cluster_fault(cluster, "kill", "[0]");
	return since;
}

void expect_takeover(struct cluster *cluster, int node, uint32_t since, unsigned misses)
{
	const struct cluster_block *update = cluster_await_update(cluster, node, since, PATIENCE_S);
	const struct cluster_block *first = cluster_await_production(cluster, node, update->num, PATIENCE_S);

	unsigned lost = skipped(cluster, since + 1, update->num);

	expect(cluster, lost == misses || lost == misses + 1);
	expect(cluster, skipped(cluster, update->num + 1, first->num) == 0);
	expect(cluster, first->time_s - update->time_s <= 2 * WITNESSES);
	expect(cluster, cluster_count_updates(cluster, since) == 1);
	expect(cluster, cluster_producer(cluster) == node);
}

void expect_prompt_takeover(struct cluster *cluster, int node, uint32_t since, unsigned misses)
{
	expect_takeover(cluster, node, since, misses);
	uint32_t update = cluster_updated(cluster, node, since)->num;
	expect(cluster, update - last_gap(cluster, update) <= 2);
}

unsigned count_signed(struct cluster *cluster, int watcher)
{
	const char *log = cluster_log(cluster, watcher);
	char ids[8][41] = {{0}};
	unsigned count = 0;

	for (const char *at = log; (at = strstr(at, "signed witness_update")) != NULL; at++) {
		const char *id = strstr(at, " id=");
		bool known = false;

		expect(cluster, id != NULL && strlen(id) >= 44 && count < 8);
		for (unsigned i = 0; i < count; i++)
			known = known || strncmp(ids[i], id + 4, 40) == 0;
		if (!known)
			memcpy(ids[count++], id + 4, 40);
	}
	return count;
}

struct signatures {
	int watcher;
	unsigned count;
};

static bool are_signed(struct cluster *cluster, void *context)
{
	const struct signatures *wanted = context;

	return count_signed(cluster, wanted->watcher) >= wanted->count;
}

void await_signed(struct cluster *cluster, int watcher, unsigned count)
{
	struct signatures wanted = {.watcher = watcher, .count = count};

	cluster_await(cluster, PATIENCE_S, are_signed, &wanted, "the signer's line");
}

void expect_signed(struct cluster *cluster, int watcher, unsigned count)
{
	await_signed(cluster, watcher, count);
	expect(cluster, count_signed(cluster, watcher) == count);
}

void expect_peace(struct cluster *cluster, unsigned rounds)
{
	uint32_t since = cluster_head(cluster);

	cluster_await_blocks(cluster, rounds * WITNESSES);
	expect(cluster, cluster_count_updates(cluster, since) == 0);
}
