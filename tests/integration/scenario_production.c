/* SPDX-License-Identifier: MIT
 * The producer fails, or a backup. */
#include "scenario.h"

#include <string.h>

/* ---- the producer fails ----------------------------------------------------------------------------------------- */

struct cluster *primary_killed(void)
{
	struct cluster *cluster = begin(3);

	expect_prompt_takeover(cluster, 1, kill_primary(cluster), 2);
	expect(cluster, !cluster_has_said(cluster, 0, "(switching)"));
	expect(cluster, !cluster_has_said(cluster, 2, "(switching)"));
	cluster_await_said(cluster, 1, "(producing)", PATIENCE_S);
	expect(cluster, strcmp(cluster_status(cluster, 1, "producer"), "ours") == 0);
	expect_peace(cluster, 2);
	return cluster;
}

struct cluster *without_virtual_operations(void)
{
	struct cluster_setup setup = {.witnesses = WITNESSES, .watchers = 2, .devnet_options = {"--skip-virtual-ops"}};
	struct cluster *cluster = cluster_new(&setup);

	expect_prompt_takeover(cluster, 1, kill_primary(cluster), 2);
	return cluster;
}

struct cluster *two_witnesses(void)
{
	struct cluster_setup setup = {.witnesses = 2, .watchers = 2};
	struct cluster *cluster = cluster_new(&setup);

	/* the slot after the gap that makes it due is foo's again: one more is lost */
	expect_prompt_takeover(cluster, 1, kill_primary(cluster), 3);
	return cluster;
}

struct cluster *twenty_one_witnesses(void)
{
	struct cluster_setup setup = {.witnesses = 21, .watchers = 2, .monitor_options = {"allowed_misses: 0"}};
	struct cluster *cluster = cluster_new(&setup);
	/* its first block shows the key: one that a fetch alone showed would have to stand for a round */
	uint32_t since = cluster_await_production(cluster, 0, cluster_head(cluster), PATIENCE_S)->num;

	cluster_fault(cluster, "kill", "[0]");
	const struct cluster_block *update = cluster_await_update(cluster, 1, since, PATIENCE_S);
	expect(cluster,
	       skipped(cluster, since + 1, update->num) <= 2); /* after a shuffle the next slot may be foo's too */
	expect(cluster, update->num - last_gap(cluster, update->num) <= 2);
	return cluster;
}

/* Out of sync it answers, and produces nothing. Back in sync it finds that another node has the witness. */
struct cluster *primary_out_of_sync(void)
{
	struct cluster *cluster = begin(3);
	uint32_t since = cluster_await_production(cluster, 0, cluster_head(cluster), PATIENCE_S)->num;

	cluster_fault(cluster, "isolate", "[0,true]");
	expect_prompt_takeover(cluster, 1, since, 2);
	cluster_fault(cluster, "isolate", "[0,false]");
	expect_peace(cluster, 3);
	expect(cluster, strcmp(cluster_status(cluster, 0, "signing_key"), cluster_key(cluster, 1)) == 0);
	return cluster;
}

/* ---- a backup fails --------------------------------------------------------------------------------------------- */

struct cluster *backup_out_of_sync(void)
{
	struct cluster *cluster = begin(3);

	cluster_fault(cluster, "isolate", "[1,true]");
	uint32_t since = kill_primary(cluster);
	expect_takeover(cluster, 2, since, 3); /* one more: the second in order waits a round */
	expect(cluster, !cluster_has_said(cluster, 1, "(switching)"));
	return cluster;
}

/* TCP lives and says nothing more: after 15 s it counts as dead, and never as a reason to switch. */
struct cluster *silent_primary(void)
{
	struct cluster *cluster = begin(2);
	uint32_t since = cluster_head(cluster);

	cluster_fault(cluster, "freeze", "[0,true]");
	cluster_await_said(cluster, 0, "the subscription is dead", PATIENCE_S);
	expect(cluster, skipped(cluster, since + 1, cluster_head(cluster)) == 0);
	cluster_fault(cluster, "freeze", "[0,false]");
	cluster_await_watching(cluster, 0);
	expect(cluster, cluster_count_updates(cluster, 0) == 0);
	expect(cluster, strcmp(cluster_status(cluster, 0, "producer"), "ours") == 0);
	return cluster;
}

/* A golosd that is stopped (SIGSTOP): it produces nothing, and takes connections whose handshake it never answers. */
struct cluster *stopped_primary(void)
{
	static const char hangs[] = "no connection within the time allowed";
	struct cluster *cluster = begin(2);
	uint32_t since = cluster_await_production(cluster, 0, cluster_head(cluster), PATIENCE_S)->num;

	cluster_fault(cluster, "freeze", "[0,true]");
	cluster_fault(cluster, "isolate", "[0,true]");
	expect_takeover(cluster, 1, since, 2);
	cluster_await_said(cluster, 0, hangs, PATIENCE_S);
	cluster_await_said(cluster, 1, hangs, PATIENCE_S);
	cluster_fault(cluster, "freeze", "[0,false]");
	cluster_fault(cluster, "isolate", "[0,false]");
	cluster_await_watching(cluster, 0);
	expect(cluster, cluster_watcher_runs(cluster, 0) && cluster_watcher_runs(cluster, 1));
	return cluster;
}

struct cluster *silent_backup(void)
{
	struct cluster *cluster = begin(3);

	cluster_fault(cluster, "freeze", "[1,true]");
	uint32_t since = kill_primary(cluster);
	expect_takeover(cluster, 2, since, 3);
	expect(cluster, !cluster_has_said(cluster, 1, "(switching)"));
	return cluster;
}

struct cluster *three_backups(void)
{
	struct cluster *cluster = begin(4);

	expect_prompt_takeover(cluster, 1, kill_primary(cluster), 2);
	expect_peace(cluster, 3);
	return cluster;
}

struct cluster *first_backup_dead(void)
{
	struct cluster *cluster = begin(4);

	cluster_fault(cluster, "kill", "[1]");
	uint32_t since = kill_primary(cluster);
	expect_takeover(cluster, 2, since, 3);
	expect(cluster, cluster_has_said(cluster, 3, "(switch_due)"));
	/* a disk that takes a second to sync leaves the one before it no time before its turn: then it waits for that
	 * one */
	expect(cluster, !cluster_has_said(cluster, 3, "signed as transaction"));
	expect(cluster, cluster_count_updates(cluster, since) == 1);
	return cluster;
}

/* Producer's second miss, and no node is there to take over: nothing is sent. */
static void kill_both(struct cluster *cluster)
{
	uint32_t since = kill_primary(cluster);

	cluster_fault(cluster, "kill", "[1]");
	cluster_await_blocks(cluster, 4 * WITNESSES);
	expect(cluster, skipped(cluster, since + 1, cluster_head(cluster)) >= 4);
	expect(cluster, cluster_count_updates(cluster, since) == 0);
}

struct cluster *both_dead_and_backup_back(void)
{
	struct cluster *cluster = begin(2);

	kill_both(cluster);
	uint32_t since = cluster_chain_head(cluster);
	cluster_fault(cluster, "revive", "[1]");
	const struct cluster_block *update = cluster_await_update(cluster, 1, since, PATIENCE_S);
	const struct cluster_block *first = cluster_await_production(cluster, 1, update->num, PATIENCE_S);
	expect(cluster, update->num - since <= 8 * WITNESSES); /* connected again, in sync, and a miss more */
	expect(cluster, skipped(cluster, update->num + 1, first->num) == 0);
	expect(cluster, cluster_count_updates(cluster, 0) == 1);
	return cluster;
}

struct cluster *both_dead_and_primary_back(void)
{
	struct cluster *cluster = begin(2);

	kill_both(cluster);
	uint32_t since = cluster_head(cluster);
	cluster_fault(cluster, "revive", "[0]");
	cluster_await_production(cluster, 0, since, PATIENCE_S);
	expect_peace(cluster, 2);
	expect(cluster, cluster_count_updates(cluster, 0) == 0);
	return cluster;
}
