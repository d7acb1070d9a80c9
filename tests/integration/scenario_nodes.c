/* SPDX-License-Identifier: MIT
 * Nodes that are not what they should be. */
#include "scenario.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define READY_S (60 + PATIENCE_S) /* readiness that came back is told once it has stood for a minute */

/* Two endpoints of all watchers: node 2 stands still, answers late, and says that all is as it was; node 3 hears of
 * each block 3 s late. */
struct cluster *lying_endpoints(void)
{
	struct cluster_setup setup = {
		.witnesses = WITNESSES, .watchers = 2, .more_nodes = 2, .starts_no_watcher = true};
	struct cluster *cluster = cluster_new(&setup);

	cluster_await_blocks(cluster, 2);
	cluster_fault(cluster, "isolate", "[2,true]");
	cluster_fault(cluster, "stall", "[2,2000]");
	for (int from = 0; from < 5; from++)
		if (from != 3)
			cluster_fault(cluster, "delay", "[%d,3,3000]", from);
	for (int i = 0; i < 2; i++)
		cluster_start_watcher(cluster, i);
	for (int i = 0; i < 2; i++)
		cluster_await_watching(cluster, i);
	expect_prompt_takeover(cluster, 1, kill_primary(cluster), 2);
	return cluster;
}

static void set_out_of_sync(struct cluster *cluster, bool on)
{
	for (int node = 0; node < 3; node++)
		cluster_fault(cluster, "isolate", "[%d,%s]", node, on ? "true" : "false");
}

/* The active key is newer than what any golosd in reach has of the chain yet: no reason to end, as a wrong key at the
 * start is. */
struct cluster *authority_of_the_past(void)
{
	struct cluster_setup setup = {.witnesses = WITNESSES, .watchers = 2, .starts_no_watcher = true};
	struct cluster *cluster = cluster_new(&setup);
	const struct json *active, *accounts = cluster_call(cluster, "database_api", "get_accounts", "[[\"foo\"]]");

	expect(cluster, json_member(json_element(accounts, 0), "active", &active));
	char *present = json_text(active);
	set_out_of_sync(cluster, true);
	cluster_fault(cluster, "set_active_authority",
		      "[\"foo\",{\"weight_threshold\":1,\"account_auths\":[],\"key_auths\":[[\"%s\",1]]}]",
		      cluster_key(cluster, 0));
	cluster_start_watcher(cluster, 1);
	cluster_await_said(cluster, 1, "(standby_not_ready)", PATIENCE_S);
	expect(cluster, !cluster_has_said(cluster, 1, "(key_without_authority)"));
	cluster_fault(cluster, "set_active_authority", "[\"foo\",%s]", present);
	set_out_of_sync(cluster, false);
	cluster_await_said(cluster, 1, "(standby_ready)", READY_S);
	expect(cluster, cluster_watcher_runs(cluster, 1));
	free(present);
	return cluster;
}

/* Blocks of a minute ago that come as regularly as new ones do, after a pause in a sync say, tell a time that passes
 * for the present: no reason to end by what such a node answers. */
struct cluster *authority_of_an_old_state(void)
{
	struct cluster_setup setup = {
		.witnesses = WITNESSES, .watchers = 2, .starts_no_watcher = true, .devnet_options = {"--behind", "60"}};
	struct cluster *cluster = cluster_new(&setup);

	cluster_fault(cluster, "set_active_authority",
		      "[\"foo\",{\"weight_threshold\":1,\"account_auths\":[],\"key_auths\":[[\"%s\",1]]}]",
		      cluster_key(cluster, 0));
	cluster_start_watcher(cluster, 1);
	cluster_await_said(cluster, 1, "(standby_not_ready)", PATIENCE_S);
	cluster_await_blocks(cluster, 5);
	expect(cluster, cluster_watcher_runs(cluster, 1));
	expect(cluster, !cluster_has_said(cluster, 1, "(key_without_authority)"));
	return cluster;
}

/* A wrong key is said at once, and ends the host when a later answer has said it again. */
struct cluster *authority_wrong_at_the_start(void)
{
	struct cluster_setup setup = {.witnesses = WITNESSES, .watchers = 2, .starts_no_watcher = true};
	struct cluster *cluster = cluster_new(&setup);

	cluster_fault(cluster, "set_active_authority",
		      "[\"foo\",{\"weight_threshold\":1,\"account_auths\":[],\"key_auths\":[[\"%s\",1]]}]",
		      cluster_key(cluster, 0));
	cluster_start_watcher(cluster, 1);
	cluster_await_said(cluster, 1, "(key_without_authority)", PATIENCE_S);
	cluster_await_blocks(cluster, 3);
	expect(cluster, cluster_watcher_runs(cluster, 1));
	int status = cluster_await_end(cluster, 1, PATIENCE_S);
	expect(cluster, WIFEXITED(status) && WEXITSTATUS(status) == EXIT_KEY);
	return cluster;
}

/* An account without Golos Power signs nothing: people hear of it before it matters, and the switch that golosd refused goes out
 * once somebody has powered up. */
struct cluster *account_without_golos_power(void)
{
	struct cluster_setup setup = {.witnesses = WITNESSES, .watchers = 2, .starts_no_watcher = true};
	struct cluster *cluster = cluster_new(&setup);

	cluster_fault(cluster, "set_vesting", "[\"foo\",\"0.000000 GESTS\",0]");
	cluster_start_watcher(cluster, 1);
	cluster_await_said(cluster, 1, "foo has no Golos Power", PATIENCE_S);
	expect(cluster, cluster_has_said(cluster, 1, "(standby_not_ready)"));
	uint32_t since = kill_primary(cluster);
	cluster_await_said(cluster, 1, "(switch_failed)", PATIENCE_S);
	cluster_fault(cluster, "set_vesting", "[\"foo\",\"1.000000 GESTS\",0]");
	cluster_await_update(cluster, 1, since, PATIENCE_S);
	return cluster;
}

/* What a new process has not seen of the last round, with a switch due, is no reason to wait for it. */
struct cluster *restarted_with_a_switch_due(void)
{
	struct cluster_setup setup = {.witnesses = 7, .watchers = 2};
	struct cluster *cluster = cluster_new(&setup);

	cluster_await_watching(cluster, 1);
	expect(cluster, cluster_ask(cluster, 1, HOLD) != NULL);
	kill_primary(cluster);
	cluster_await_said(cluster, 1, "(switch_due)", PATIENCE_S);
	cluster_end_watcher(cluster, 1, SIGKILL);
	cluster_start_watcher(cluster, 1);
	cluster_await_watching(cluster, 1);
	uint32_t since = cluster_chain_head(cluster);
	expect(cluster, cluster_ask(cluster, 1, RESUME) != NULL);
	cluster_await_update(cluster, 1, since, PATIENCE_S);
	expect(cluster, !cluster_has_said(cluster, 1, "(participation)"));
	return cluster;
}

static bool is_healthy(struct cluster *cluster, int watcher)
{
	const struct json *status = cluster_ask(cluster, watcher, STATUS);
	bool healthy = false;

	return status && json_get_bool(status, "healthy", &healthy, NULL) == GW_OK && healthy;
}

/* golosd answers get_config and sends blocks, and a plugin of its config is missing: said with the line that mends it.
 */
static struct cluster *without_plugin(const char *api)
{
	struct cluster_setup setup = {.witnesses = WITNESSES, .watchers = 2, .starts_no_watcher = true};
	struct cluster *cluster = cluster_new(&setup);
	char line[80];

	snprintf(line, sizeof line, "its config.ini wants the line plugin = %s", api);
	cluster_fault(cluster, "fail_calls", "[1,\"%s\",\"\",\"-32601\",\"\"]", api);
	cluster_start_watcher(cluster, 1);
	cluster_await_said(cluster, 1, line, PATIENCE_S);
	cluster_await_said(cluster, 1, "(standby_not_ready)", PATIENCE_S);
	expect(cluster, strcmp(cluster_status(cluster, 1, "ready"), "no") == 0);
	expect(cluster, strstr(cluster_status(cluster, 1, "ready_text"), line) != NULL);
	expect(cluster, !is_healthy(cluster, 1));
	return cluster;
}

/* What another endpoint tells is enough to take over when it has to be. */
struct cluster *without_witness_api(void)
{
	struct cluster *cluster = without_plugin("witness_api");

	expect_takeover(cluster, 1, kill_primary(cluster), 2);
	return cluster;
}

struct cluster *without_broadcast_api(void)
{
	struct cluster *cluster = without_plugin("network_broadcast_api");

	cluster_fault(cluster, "heal_calls", "[1]");
	cluster_fault(cluster, "disconnect", "[1]"); /* it was restarted with the line */
	cluster_await_said(cluster, 1, "(standby_ready)", READY_S);
	expect(cluster, is_healthy(cluster, 1));
	return cluster;
}

/* It answers each question about the witness with an error for minutes, and no other endpoint is there to ask. */
struct cluster *does_not_tell_of_the_witness(void)
{
	struct cluster_setup setup = {.witnesses = WITNESSES, .watchers = 2};
	struct cluster *cluster = cluster_new(&setup);
	const char *lock = "Unable to acquire READ lock";

	cluster_await_watching(cluster, 1);
	for (int node = 0; node < 3; node++)
		cluster_fault(cluster, "fail_calls",
			      "[%d,\"witness_api\",\"get_witness_by_account\",\"-32603\",\"%s\"]", node, lock);
	cluster_await_said(cluster, 1, "witness_api.get_witness_by_account fails: Unable to acquire READ lock",
			   PATIENCE_S);
	cluster_await_said(cluster, 1, "no node has told of foo for", 150);
	expect(cluster, cluster_has_said(cluster, 1, "(standby_not_ready)"));
	expect(cluster, !is_healthy(cluster, 1));
	for (int node = 0; node < 3; node++)
		cluster_fault(cluster, "heal_calls", "[%d]", node);
	cluster_await_said(cluster, 1, "(standby_ready)", READY_S);
	expect(cluster, is_healthy(cluster, 1));
	return cluster;
}

/* Nobody tells whose the slots are: the switch goes out all the same. */
struct cluster *does_not_tell_the_order(void)
{
	struct cluster_setup setup = {.witnesses = WITNESSES, .watchers = 2};
	struct cluster *cluster = cluster_new(&setup);

	cluster_await_watching(cluster, 1);
	for (int node = 0; node < 3; node++)
		cluster_fault(cluster, "fail_calls", "[%d,\"witness_api\",\"get_witness_schedule\",\"0\",\"\"]", node);
	cluster_await_said(cluster, 1, "no node has told the order of witnesses for", PATIENCE_S);
	uint32_t since = kill_primary(cluster);
	cluster_await_update(cluster, 1, since, PATIENCE_S);
	cluster_await_production(cluster, 1, since, PATIENCE_S);
	return cluster;
}

/* The last node's keys on node 2 as well, which is then cut off, with an update that the others do not have: from the
 * next block on a branch of its own, as high as the others'. */
static void branch_off(struct cluster *cluster)
{
	const struct cluster_block *other = cluster_block(cluster, 0);

	while (strcmp(other->witness, "foo") == 0)
		other = cluster_block(cluster, other->num - 1);
	cluster_fault(cluster, "share_keys", "[3,2]");
	for (int node = 0; node < 4; node++)
		if (node != 2)
			cluster_fault(cluster, "cut", "[2,%d]", node);
	cluster_fault(cluster, "witness_update", "[\"%s\",\"%s\",2]", other->witness, other->signing_key);
}

/* An endpoint of the watcher pushes another branch, as high as ours: nobody knows which one the chain goes on with, so
 * a due switch is held, until that branch is gone. */
static struct cluster *hold_until_one_branch_is_left(bool ours_is_heard_first)
{
	struct cluster_setup setup = {.witnesses = WITNESSES, .watchers = 2, .more_nodes = 1};
	struct cluster *cluster = cluster_new(&setup);
	uint32_t since = kill_primary(cluster);

	if (ours_is_heard_first)
		cluster_fault(cluster, "share_keys", "[3,1]"); /* our own golosd makes the blocks too, before node 2 */
	else
		cluster_fault(cluster, "delay", "[3,1,200]");
	branch_off(cluster);
	cluster_await_said(cluster, 1, "(switch_due)", PATIENCE_S);
	cluster_await_said(cluster, 1, "our golosd is on another branch than an endpoint at block", PATIENCE_S);
	expect_peace(cluster, 4);
	expect(cluster, cluster_count_updates(cluster, since) == 0);
	expect(cluster, !cluster_has_said(cluster, 1, "(switching)"));
	expect(cluster, count_signed(cluster, 1) == 0);
	expect(cluster, strstr(cluster_status(cluster, 1, "guards"), "\"own_node\"") != NULL);

	since = cluster_chain_head(cluster);
	cluster_fault(cluster, "kill", "[2]");
	const struct cluster_block *update = cluster_await_update(cluster, 1, since, PATIENCE_S);
	expect(cluster, update->num - since <= WITNESSES + 1);
	cluster_await_production(cluster, 1, update->num, PATIENCE_S);
	expect(cluster, skipped(cluster, update->num + 1, cluster_head(cluster)) == 0);
	return cluster;
}

struct cluster *competing_branch(void)
{
	return hold_until_one_branch_is_left(false);
}

struct cluster *competing_branch_heard_later(void)
{
	return hold_until_one_branch_is_left(true);
}

/* This machine's clock is 10 s ahead of the chain's: a due switch is held, and people are told before it is due. */
struct cluster *wrong_clock(void)
{
	struct cluster_setup setup = {.witnesses = WITNESSES, .watchers = 2, .devnet_options = {"--behind", "10"}};
	struct cluster *cluster = cluster_new(&setup);

	cluster_await_said(cluster, 1, "(standby_not_ready)", PATIENCE_S);
	uint32_t since = kill_primary(cluster);
	cluster_await_said(cluster, 1, "(switch_due)", PATIENCE_S);
	/* 10 s and what a block takes to a busy machine */
	cluster_await_said(cluster, 1, "(clock): our clock differs from the chain's by 1", PATIENCE_S);
	expect_peace(cluster, 3);
	expect(cluster, cluster_count_updates(cluster, since) == 0);
	expect(cluster, count_signed(cluster, 1) == 0);
	return cluster;
}

/* A replay takes hours: the watcher waits, says so, and is there when it is over. */
struct cluster *node_comes_later(void)
{
	struct cluster_setup setup = {.witnesses = WITNESSES, .watchers = 2, .starts_no_watcher = true};
	struct cluster *cluster = cluster_new(&setup);

	cluster_await_blocks(cluster, 1);
	cluster_fault(cluster, "kill", "[1]");
	cluster_start_watcher(cluster, 1);
	cluster_await_said(cluster, 1, "not up yet, waiting for it", PATIENCE_S);
	cluster_await_blocks(cluster, 5);
	expect(cluster, cluster_watcher_runs(cluster, 1));
	expect(cluster, strcmp(cluster_status(cluster, 1, "ready"), "no") == 0);
	cluster_fault(cluster, "revive", "[1]");
	cluster_await_watching(cluster, 1);
	expect_prompt_takeover(cluster, 1, kill_primary(cluster), 2);
	int status = cluster_end_watcher(cluster, 1, SIGTERM);
	expect(cluster, WIFEXITED(status) && WEXITSTATUS(status) == EXIT_OK);
	return cluster;
}
