/* SPDX-License-Identifier: MIT
 *
 * Failures on real processes, one a run, each with its timeline checked: `scenario NAME`; `scenario --all 8`.
 *
 * Node 0 of foo produces at the start. Nodes are golosd's (the devnet's), watchers are golos-watchd's: watcher k beside
 * node k. With `allowed_misses: 1` a switch is due with the second missed slot, and a round of the schedule is as many
 * seconds as there are witnesses.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process.h"
#include "scenario.h"

/* ---- the producer fails ----------------------------------------------------------------------------------------- */

static struct cluster *primary_killed(void)
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

static struct cluster *without_virtual_operations(void)
{
	struct cluster_setup setup = {.witnesses = WITNESSES, .watchers = 2, .devnet_options = {"--skip-virtual-ops"}};
	struct cluster *cluster = cluster_new(&setup);

	expect_prompt_takeover(cluster, 1, kill_primary(cluster), 2);
	return cluster;
}

static struct cluster *two_witnesses(void)
{
	struct cluster_setup setup = {.witnesses = 2, .watchers = 2};
	struct cluster *cluster = cluster_new(&setup);

	/* the slot after the gap that makes it due is foo's again: one more is lost */
	expect_prompt_takeover(cluster, 1, kill_primary(cluster), 3);
	return cluster;
}

static struct cluster *twenty_one_witnesses(void)
{
	struct cluster_setup setup = {.witnesses = 21, .watchers = 2, .monitor_options = {"allowed_misses: 0"}};
	struct cluster *cluster = cluster_new(&setup);
	/* its first block shows the key: one that a fetch alone showed would have to stand for a round */
	uint32_t since = cluster_await_production(cluster, 0, cluster_head(cluster), 55)->num;

	cluster_fault(cluster, "kill", "[0]");
	const struct cluster_block *update = cluster_await_update(cluster, 1, since, 55);
	expect(cluster,
	       skipped(cluster, since + 1, update->num) <= 2); /* after a shuffle the next slot may be foo's too */
	expect(cluster, update->num - last_gap(cluster, update->num) <= 2);
	return cluster;
}

/* Out of sync it answers, and produces nothing. Back in sync it finds that another node has the witness. */
static struct cluster *primary_out_of_sync(void)
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

static struct cluster *backup_out_of_sync(void)
{
	struct cluster *cluster = begin(3);

	cluster_fault(cluster, "isolate", "[1,true]");
	uint32_t since = kill_primary(cluster);
	expect_takeover(cluster, 2, since, 3); /* one more: the second in order waits a round */
	expect(cluster, !cluster_has_said(cluster, 1, "(switching)"));
	return cluster;
}

static void set_out_of_sync(struct cluster *cluster, bool on)
{
	for (int node = 0; node < 3; node++)
		cluster_fault(cluster, "isolate", "[%d,%s]", node, on ? "true" : "false");
}

/* The active key is newer than what any golosd in reach has of the chain yet: no reason to end, as a wrong key at the
 * start is. */
static struct cluster *authority_of_the_past(void)
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
	cluster_await_said(cluster, 1, "(standby_ready)", PATIENCE_S);
	expect(cluster, cluster_watcher_runs(cluster, 1));
	free(present);
	return cluster;
}

/* TCP lives and says nothing more: after 15 s it counts as dead, and never as a reason to switch. */
static struct cluster *silent_primary(void)
{
	struct cluster *cluster = begin(2);
	uint32_t since = cluster_head(cluster);

	cluster_fault(cluster, "freeze", "[0,true]");
	cluster_await_said(cluster, 0, "the subscription is dead", 30);
	expect(cluster, skipped(cluster, since + 1, cluster_head(cluster)) == 0);
	cluster_fault(cluster, "freeze", "[0,false]");
	cluster_await_watching(cluster, 0);
	expect(cluster, cluster_count_updates(cluster, 0) == 0);
	expect(cluster, strcmp(cluster_status(cluster, 0, "producer"), "ours") == 0);
	return cluster;
}

static struct cluster *silent_backup(void)
{
	struct cluster *cluster = begin(3);

	cluster_fault(cluster, "freeze", "[1,true]");
	uint32_t since = kill_primary(cluster);
	expect_takeover(cluster, 2, since, 3);
	expect(cluster, !cluster_has_said(cluster, 1, "(switching)"));
	return cluster;
}

static struct cluster *three_backups(void)
{
	struct cluster *cluster = begin(4);

	expect_prompt_takeover(cluster, 1, kill_primary(cluster), 2);
	expect_peace(cluster, 3);
	return cluster;
}

static struct cluster *first_backup_dead(void)
{
	struct cluster *cluster = begin(4);

	cluster_fault(cluster, "kill", "[1]");
	uint32_t since = kill_primary(cluster);
	expect_takeover(cluster, 2, since, 3);
	expect(cluster, cluster_has_said(cluster, 3, "(switch_due)"));
	expect(cluster, !cluster_has_said(cluster, 3, "(switching)"));
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

static struct cluster *both_dead_and_backup_back(void)
{
	struct cluster *cluster = begin(2);

	kill_both(cluster);
	uint32_t since = cluster_head(cluster);
	cluster_fault(cluster, "revive", "[1]");
	const struct cluster_block *update = cluster_await_update(cluster, 1, since, PATIENCE_S);
	cluster_await_production(cluster, 1, update->num, PATIENCE_S);
	expect(cluster, cluster_count_updates(cluster, 0) == 1);
	return cluster;
}

static struct cluster *both_dead_and_primary_back(void)
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

/* ---- people ----------------------------------------------------------------------------------------------------- */

static struct cluster *fail_back(void)
{
	struct cluster_setup setup = {
		.witnesses = WITNESSES, .watchers = 2, .monitor_options = {"preempt: true", "preempt_delay: 6"}};
	struct cluster *cluster = cluster_new(&setup);
	uint32_t since = kill_primary(cluster);

	cluster_await_production(cluster, 1, cluster_await_update(cluster, 1, since, PATIENCE_S)->num, PATIENCE_S);
	uint32_t revived = cluster_head(cluster);
	cluster_fault(cluster, "revive", "[0]");
	/* the witness may have to be asked once more, each 30 s, and room be looked for */
	const struct cluster_block *back = cluster_await_update(cluster, 0, revived, 2 * PATIENCE_S);
	const struct cluster_block *first = cluster_await_production(cluster, 0, back->num, PATIENCE_S);
	expect(cluster, back->time_s - cluster_block(cluster, revived)->time_s >= 6);
	expect(cluster, skipped(cluster, revived + 1, first->num) == 0);
	expect(cluster, cluster_count_updates(cluster, since) == 2);
	return cluster;
}

/* Without `preempt` the first of order stays what it is: a backup. */
static struct cluster *no_fail_back(void)
{
	struct cluster *cluster = begin(2);
	uint32_t since = kill_primary(cluster);

	expect_prompt_takeover(cluster, 1, since, 2);
	cluster_fault(cluster, "revive", "[0]");
	expect_peace(cluster, 4);
	return cluster;
}

/* After each block its witness updates itself, and both watchers and their nodes have much to answer. */
static void give_load(void *context, const struct cluster_block *block)
{
	struct cluster *cluster = context;

	if (strcmp(block->witness, "foo") != 0)
		cluster_fault(cluster, "witness_update", "[\"%s\",\"%s\"]", block->witness, block->signing_key);
	for (int i = 0; i < 50; i++)
		for (int watcher = 0; watcher < 2; watcher++)
			cluster_ask(cluster, watcher, STATUS);
}

static struct cluster *planned_takeover(void)
{
	struct cluster_setup setup = {.witnesses = 7, .watchers = 2};
	struct cluster *cluster = cluster_new(&setup);

	cluster_on_block(cluster, give_load, cluster);
	uint32_t since = cluster_await_production(cluster, 0, cluster_head(cluster), PATIENCE_S)->num;
	expect(cluster, cluster_ask(cluster, 1, TAKEOVER) != NULL);
	const struct cluster_block *update = cluster_await_update(cluster, 1, since, PATIENCE_S);
	const struct cluster_block *first = cluster_await_production(cluster, 1, update->num, PATIENCE_S);
	expect(cluster, skipped(cluster, since + 1, first->num) == 0);
	expect(cluster, cluster_total_missed(cluster) == 0);
	expect(cluster, cluster_produced(cluster, 0, update->num) == NULL);
	return cluster;
}

static struct cluster *operator_disables(void)
{
	struct cluster *cluster = begin(2);
	uint32_t since = kill_primary(cluster);

	cluster_fault(cluster, "witness_update", "[\"foo\",\"%s\"]", cluster_key(cluster, NOBODY));
	cluster_await_update(cluster, NOBODY, since, PATIENCE_S);
	expect_peace(cluster, 5);
	expect(cluster, strcmp(cluster_status(cluster, 1, "producer"), "nulled by the operator") == 0);
	return cluster;
}

/* The chain shuts a witness down itself that has missed for `witness_skipping_reset_time`: that is no operator's will.
 */
static struct cluster *chain_disables(void)
{
	struct cluster_setup setup = {.witnesses = WITNESSES,
				      .watchers = 2,
				      .devnet_options = {"--skipping-reset", "12"},
				      .monitor_options = {"allowed_misses: 20"}};
	struct cluster *cluster = cluster_new(&setup);
	uint32_t since = kill_primary(cluster);

	cluster_await_update(cluster, 1, since, PATIENCE_S);
	cluster_await_said(cluster, 1, "(may_be_nulled_again)", PATIENCE_S);
	cluster_await_production(cluster, 1, since, PATIENCE_S);
	return cluster;
}

static struct cluster *hold_and_resume(void)
{
	struct cluster *cluster = begin(2);

	expect(cluster, cluster_ask(cluster, 1, HOLD) != NULL);
	uint32_t since = kill_primary(cluster);
	cluster_await_said(cluster, 1, "(switch_held)", PATIENCE_S);
	cluster_end_watcher(cluster, 1, SIGKILL); /* kept across restarts */
	cluster_start_watcher(cluster, 1);
	cluster_await_watching(cluster, 1);
	expect_peace(cluster, 3);
	expect(cluster, cluster_count_updates(cluster, since) == 0);
	since = cluster_head(cluster);
	expect(cluster, cluster_ask(cluster, 1, RESUME) != NULL);
	cluster_await_update(cluster, 1, since, 10);
	cluster_await_production(cluster, 1, since, PATIENCE_S);
	return cluster;
}

/* ---- nodes that are not what they should be --------------------------------------------------------------------- */

/* Two endpoints of all watchers: node 2 stands still, answers late, and says that all is as it was; node 3 hears of
 * each block 3 s late. */
static struct cluster *lying_endpoints(void)
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
	uint32_t since = kill_primary(cluster);
	const struct cluster_block *update = cluster_await_update(cluster, 1, since, PATIENCE_S);
	cluster_await_production(cluster, 1, update->num, PATIENCE_S);
	expect(cluster, cluster_count_updates(cluster, since) == 1);
	return cluster;
}

/* A replay takes hours: the watcher waits, says so, and is there when it is over. */
static struct cluster *node_comes_later(void)
{
	struct cluster_setup setup = {.witnesses = WITNESSES, .watchers = 2, .starts_no_watcher = true};
	struct cluster *cluster = cluster_new(&setup);

	cluster_await_blocks(cluster, 1);
	cluster_fault(cluster, "kill", "[1]");
	cluster_start_watcher(cluster, 1);
	cluster_await_said(cluster, 1, "not up yet, waiting for it", 20);
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

/* ---- the table -------------------------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	struct cluster *(*play)(void);
} scenarios[] = {
	/* the longest first */
	{"cancelled_and_restarted", cancelled_and_restarted},
	{"journal_locked", journal_locked},
	{"fail_back", fail_back},
	{"no_fail_back", no_fail_back},
	{"authority_of_the_past", authority_of_the_past},
	{"silent_primary", silent_primary},
	{"both_dead_and_backup_back", both_dead_and_backup_back},
	{"both_dead_and_primary_back", both_dead_and_primary_back},
	{"twenty_one_witnesses", twenty_one_witnesses},
	{"hold_and_resume", hold_and_resume},
	{"chain_disables", chain_disables},
	{"primary_killed", primary_killed},
	{"without_virtual_operations", without_virtual_operations},
	{"two_witnesses", two_witnesses},
	{"primary_out_of_sync", primary_out_of_sync},
	{"backup_out_of_sync", backup_out_of_sync},
	{"silent_backup", silent_backup},
	{"three_backups", three_backups},
	{"first_backup_dead", first_backup_dead},
	{"planned_takeover", planned_takeover},
	{"operator_disables", operator_disables},
	{"swallowed_by_one", swallowed_by_one},
	{"refused_by_one", refused_by_one},
	{"host_killed_in_flight", host_killed_in_flight},
	{"signer_killed_in_flight", signer_killed_in_flight},
	{"reloaded_in_flight", reloaded_in_flight},
	{"journal_locked_and_restarted", journal_locked_and_restarted},
	{"lying_endpoints", lying_endpoints},
	{"node_comes_later", node_comes_later},
};

#define SCENARIOS (sizeof scenarios / sizeof scenarios[0])

struct run {
	struct process process;
	int64_t begun_ms;
	char output[64]; /* path */
};

static void start_run(struct run *run, size_t index)
{
	char *argv[] = {(char *)(uintptr_t) "/proc/self/exe", (char *)(uintptr_t)scenarios[index].name, NULL};

	snprintf(run->output, sizeof run->output, "/tmp/golos-watch-scenario-XXXXXX");
	int fd = mkstemp(run->output);
	run->process = process_start(argv, NULL, (struct process_output){.out = fd, .err = fd});
	run->begun_ms = process_now_ms();
	close(fd);
}

static void show_output(const char *path)
{
	char bytes[4096];
	FILE *file = fopen(path, "re");

	for (size_t n; file && (n = fread(bytes, 1, sizeof bytes, file)) > 0;)
		fwrite(bytes, 1, n, stdout);
	if (file)
		fclose(file);
}

/* Waits for one to end; true when it has passed. */
static bool end_any_run(struct run *runs)
{
	int status = 0;
	pid_t pid = wait(&status);
	size_t i = 0;

	while (i < SCENARIOS && (pid < 0 || runs[i].process.pid != pid))
		i++;
	if (i == SCENARIOS)
		abort();
	bool passed = WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
	printf("%-30s %s, %d s\n", scenarios[i].name, passed ? "as expected" : "FAILED",
	       (int)((process_now_ms() - runs[i].begun_ms) / 1000));
	if (!passed)
		show_output(runs[i].output);
	fflush(stdout);
	unlink(runs[i].output);
	close(runs[i].process.fd);
	return passed;
}

/* They wait for blocks most of their time: many at once load a machine little. Each has deadlines of its own. */
static int play_all(size_t at_once)
{
	static struct run runs[SCENARIOS];
	size_t failed = 0;

	for (size_t ended = 0, started = 0; ended < SCENARIOS; ended++) {
		for (; started < SCENARIOS && started < ended + at_once; started++)
			start_run(&runs[started], started);
		if (!end_any_run(runs))
			failed++;
	}
	printf("%zu of %zu scenarios as expected\n", SCENARIOS - failed, SCENARIOS);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 2 && i < SCENARIOS; i++) {
		if (strcmp(argv[1], scenarios[i].name) == 0) {
			cluster_free(scenarios[i].play());
			return EXIT_SUCCESS;
		}
	}
	if (argc == 3 && strcmp(argv[1], "--all") == 0 && atoi(argv[2]) > 0)
		return play_all((size_t)atoi(argv[2]));
	fputs("usage: scenario NAME | --all AT_ONCE\n", stderr);
	for (size_t i = 0; i < SCENARIOS; i++)
		fprintf(stderr, "  %s\n", scenarios[i].name);
	return EXIT_USAGE;
}
