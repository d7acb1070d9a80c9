/* SPDX-License-Identifier: MIT
 *
 * Failures on real processes, one a run, each with its timeline checked: `scenario NAME`; `scenario --all 8`; without a
 * word it lists them.
 */
#include "scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process.h"

static const struct {
	const char *name;
	struct cluster *(*play)(void);
} scenarios[] = {
	/* the longest first */
	{"cancelled_and_restarted", cancelled_and_restarted},
	{"journal_locked", journal_locked},
	{"refused_by_all", refused_by_all},
	{"competing_branch", competing_branch},
	{"competing_branch_heard_later", competing_branch_heard_later},
	{"fail_back", fail_back},
	{"no_fail_back", no_fail_back},
	{"authority_of_the_past", authority_of_the_past},
	{"silent_primary", silent_primary},
	{"both_dead_and_backup_back", both_dead_and_backup_back},
	{"does_not_tell_of_the_witness", does_not_tell_of_the_witness},
	{"without_witness_api", without_witness_api},
	{"without_broadcast_api", without_broadcast_api},
	{"does_not_tell_the_order", does_not_tell_the_order},
	{"account_without_golos_power", account_without_golos_power},
	{"restarted_with_a_switch_due", restarted_with_a_switch_due},
	{"authority_of_an_old_state", authority_of_an_old_state},
	{"authority_wrong_at_the_start", authority_wrong_at_the_start},
	{"both_dead_and_primary_back", both_dead_and_primary_back},
	{"twenty_one_witnesses", twenty_one_witnesses},
	{"hold_and_resume", hold_and_resume},
	{"chain_disables", chain_disables},
	{"primary_killed", primary_killed},
	{"feed_published", feed_published},
	{"feed_sources_fail", feed_sources_fail},
	{"feed_hostile_sources", feed_hostile_sources},
	{"feed_old_and_far", feed_old_and_far},
	{"feed_of_three_days", feed_of_three_days},
	{"feed_jumps", feed_jumps},
	{"feed_taken_over", feed_taken_over},
	{"feed_restarted", feed_restarted},
	{"told_after_the_broadcast", told_after_the_broadcast},
	{"without_virtual_operations", without_virtual_operations},
	{"two_witnesses", two_witnesses},
	{"primary_out_of_sync", primary_out_of_sync},
	{"backup_out_of_sync", backup_out_of_sync},
	{"stopped_primary", stopped_primary},
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
	{"disk_hangs", disk_hangs},
	{"journal_locked_and_restarted", journal_locked_and_restarted},
	{"lying_endpoints", lying_endpoints},
	{"wrong_clock", wrong_clock},
	{"node_comes_later", node_comes_later},
	{"log_unread", log_unread},
	{"signer_stopped", signer_stopped},
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
