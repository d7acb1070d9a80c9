/* SPDX-License-Identifier: MIT
 *
 * Scenarios of a transaction in flight: refused, lost, its host or signer killed. See scenario.c.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "scenario.h"

/* Different transaction ids that the watcher's signer has signed, in all its lives. */
static unsigned count_signed_transactions(struct cluster *cluster, int watcher)
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

static void at_each_node(struct cluster *cluster, unsigned nodes, const char *method, const char *more)
{
	for (unsigned i = 0; i < nodes; i++)
		cluster_fault(cluster, method, "[%u%s]", i, more);
}

/* A node says that it has it, and loses it; others have it. */
struct cluster *swallowed_by_one(void)
{
	struct cluster *cluster = begin(2);

	cluster_fault(cluster, "swallow_broadcasts", "[1,5]");
	expect_prompt_takeover(cluster, 1, kill_primary(cluster), 2);
	expect(cluster, count_signed_transactions(cluster, 1) == 1);
	return cluster;
}

/* Own node refuses, as it would if it were on another branch or overloaded; the others take it. */
struct cluster *refused_by_one(void)
{
	struct cluster *cluster = begin(2);

	cluster_fault(cluster, "refuse_broadcasts", "[1,5,\"-32003\",2030000,\"not enough bandwidth\"]");
	expect_prompt_takeover(cluster, 1, kill_primary(cluster), 2);
	expect(cluster, cluster_has_said(cluster, 1, "did not take it"));
	expect(cluster, count_signed_transactions(cluster, 1) == 1);
	return cluster;
}

/* Taken by every node and lost by all: in flight, and in no block. */
static uint32_t lose_transaction(struct cluster *cluster)
{
	at_each_node(cluster, 3, "swallow_broadcasts", ",1");
	uint32_t since = kill_primary(cluster);
	cluster_await_said(cluster, 1, "has taken it", PATIENCE_S);
	return since;
}

/* After the restart the same transaction goes out again, and no other. */
static void expect_same_transaction(struct cluster *cluster, uint32_t since)
{
	cluster_await_watching(cluster, 1);
	const struct cluster_block *update = cluster_await_update(cluster, 1, since, PATIENCE_S);
	cluster_await_production(cluster, 1, update->num, PATIENCE_S);
	expect(cluster, count_signed_transactions(cluster, 1) == 1);
	expect(cluster, cluster_has_said(cluster, 1, update->update_id));
	expect(cluster, cluster_count_updates(cluster, since) == 1);
}

static bool signer_is_gone(struct cluster *cluster, void *context)
{
	const pid_t *signer = context;

	(void)cluster;
	return kill(*signer, 0) != 0;
}

struct cluster *host_killed_in_flight(void)
{
	struct cluster *cluster = begin(2);
	uint32_t since = lose_transaction(cluster);
	pid_t signer = cluster_signer_pid(cluster, 1);

	expect(cluster, signer > 0);
	cluster_end_watcher(cluster, 1, SIGKILL);
	cluster_await(cluster, 10, signer_is_gone, &signer, "the signer to end with its host");
	cluster_start_watcher(cluster, 1);
	expect_same_transaction(cluster, since);
	return cluster;
}

struct cluster *signer_killed_in_flight(void)
{
	struct cluster *cluster = begin(2);
	uint32_t since = lose_transaction(cluster);
	pid_t signer = cluster_signer_pid(cluster, 1);

	expect(cluster, signer > 0 && kill(signer, SIGKILL) == 0);
	int status = cluster_await_end(cluster, 1, 10);
	expect(cluster, WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SIGNER);
	cluster_start_watcher(cluster, 1);
	expect_same_transaction(cluster, since);
	return cluster;
}
