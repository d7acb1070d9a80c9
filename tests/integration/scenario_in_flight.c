/* SPDX-License-Identifier: MIT
 *
 * Scenarios of a transaction in flight: refused, lost, cancelled, its host or signer killed, the journal locked. See
 * scenario.c.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "scenario.h"

#define LIFE_S	  30 /* of a transaction, in chain time */
#define RETRY_S	  60 /* the host tries again to write its journal */
#define HISTORY	  "{\"v\":1,\"verb\":\"history\"}"
#define PATH_SIZE 160

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
	expect_signed(cluster, 1, 1);
	return cluster;
}

/* Own node refuses, as it would if it were on another branch or overloaded; the others take it. */
struct cluster *refused_by_one(void)
{
	struct cluster *cluster = begin(2);

	cluster_fault(cluster, "refuse_broadcasts", "[1,5,\"-32003\",2030000,\"not enough bandwidth\"]");
	expect_prompt_takeover(cluster, 1, kill_primary(cluster), 2);
	expect(cluster, cluster_has_said(cluster, 1, "did not take it"));
	expect_signed(cluster, 1, 1);
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

/* After the restart it is followed to the end of its time; then, and not before, another one goes out. */
static void expect_the_next_one(struct cluster *cluster, uint32_t since, int64_t taken_s)
{
	cluster_await_watching(cluster, 1);
	const struct cluster_block *update = cluster_await_update(cluster, 1, since, PATIENCE_S);
	/* it was recorded a block or two before somebody had taken it */
	expect(cluster, update->time_s - taken_s >= LIFE_S - 3);
	cluster_await_production(cluster, 1, update->num, PATIENCE_S);
	/* a host that is killed may take the signer's first line with it */
	await_signed(cluster, 1, 1);
	expect(cluster, count_signed(cluster, 1) <= 2);
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
	int64_t taken_s = cluster_block(cluster, 0)->time_s;
	pid_t signer = cluster_signer_pid(cluster, 1);

	expect(cluster, signer > 0);
	cluster_end_watcher(cluster, 1, SIGKILL);
	cluster_await(cluster, PATIENCE_S, signer_is_gone, &signer, "the signer to end with its host");
	cluster_start_watcher(cluster, 1);
	expect_the_next_one(cluster, since, taken_s);
	return cluster;
}

struct cluster *signer_killed_in_flight(void)
{
	struct cluster *cluster = begin(2);
	uint32_t since = lose_transaction(cluster);
	int64_t taken_s = cluster_block(cluster, 0)->time_s;
	pid_t signer = cluster_signer_pid(cluster, 1);

	expect(cluster, signer > 0 && kill(signer, SIGKILL) == 0);
	int status = cluster_await_end(cluster, 1, PATIENCE_S);
	expect(cluster, WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SIGNER);
	cluster_start_watcher(cluster, 1);
	expect_the_next_one(cluster, since, taken_s);
	return cluster;
}

/* A changed configuration takes the instance away and brings it anew, with its transaction still in flight. */
struct cluster *reloaded_in_flight(void)
{
	struct cluster *cluster = begin(2);
	uint32_t since = lose_transaction(cluster);
	int64_t taken_s = cluster_block(cluster, 0)->time_s;
	char path[PATH_SIZE];

	snprintf(path, sizeof path, "%s/watcher-1.yml", cluster_dir(cluster));
	FILE *file = fopen(path, "ae");
	expect(cluster, file && fputs("    miss_window: 3000\n", file) > 0 && fclose(file) == 0);
	expect(cluster, kill(cluster_pid(cluster, 1), SIGHUP) == 0);
	cluster_await_said(cluster, 1, "still in flight and is followed", PATIENCE_S);
	expect_the_next_one(cluster, since, taken_s);
	return cluster;
}

/* Held once it was sent: for the rest of its life it may come into a block, and a restart knows that. */
struct cluster *cancelled_and_restarted(void)
{
	struct cluster *cluster = begin(2);
	uint32_t since = lose_transaction(cluster);
	int64_t taken_s = cluster_block(cluster, 0)->time_s;

	expect(cluster, cluster_ask(cluster, 1, HOLD) != NULL);
	cluster_await_said(cluster, 1, "may still come into a block", PATIENCE_S);
	expect(cluster, cluster_ask(cluster, 1, HISTORY) != NULL); /* by its answer all before it is on the disk */
	cluster_end_watcher(cluster, 1, SIGKILL);
	cluster_start_watcher(cluster, 1);
	cluster_await_watching(cluster, 1);
	expect(cluster, cluster_ask(cluster, 1, RESUME) != NULL);
	cluster_await_said(cluster, 1, "until the one before can come into no block any more", PATIENCE_S);
	expect_signed(cluster, 1, 1);
	const struct cluster_block *update = cluster_await_update(cluster, 1, since, PATIENCE_S);
	/* it was recorded a block or two before somebody had taken it */
	expect(cluster, update->time_s - taken_s >= LIFE_S - 3);
	expect(cluster, update->time_s - taken_s <= LIFE_S + 10); /* and no failed try is counted */
	expect_signed(cluster, 1, 2);
	expect(cluster, cluster_count_updates(cluster, since) == 1);
	return cluster;
}

/* ---- the journal ------------------------------------------------------------------------------------------------ */

/* Nothing can be written to the journal of watcher 1 until sqlite3_close. */
static sqlite3 *lock_journal(struct cluster *cluster)
{
	char path[PATH_SIZE];
	sqlite3 *lock;

	snprintf(path, sizeof path, "%s/state-1/host/journal.db", cluster_dir(cluster));
	expect(cluster, sqlite3_open_v2(path, &lock, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK);
	sqlite3_busy_timeout(lock, PATIENCE_S * 1000);
	expect(cluster, sqlite3_exec(lock, "BEGIN EXCLUSIVE", NULL, NULL, NULL) == SQLITE_OK);
	return lock;
}

static bool has_history(struct cluster *cluster, void *context)
{
	const char *what = context;
	char *text = json_text(cluster_ask(cluster, 1, HISTORY));
	bool has = text && strstr(text, what);

	free(text);
	return has;
}

/* One switch is made without the journal, and people are told; what happened is written when it is back. */
struct cluster *journal_locked(void)
{
	struct cluster *cluster = begin(2);
	uint32_t since = cluster_head(cluster);
	sqlite3 *lock = lock_journal(cluster);

	since = kill_primary(cluster);
	const struct cluster_block *update = cluster_await_update(cluster, 1, since, PATIENCE_S);
	cluster_await_production(cluster, 1, update->num, PATIENCE_S);
	expect(cluster, cluster_has_said(cluster, 1, "(journal_failed)"));
	/* 2 s, in which one slot of foo's more can be lost, and no block of the others */
	expect(cluster, skipped(cluster, since + 1, update->num) <= 4);
	cluster_await_blocks(cluster, WITNESSES);
	sqlite3_close(lock);
	cluster_await_said(cluster, 1, "(journal_recovered)", RETRY_S + PATIENCE_S);
	cluster_await(cluster, PATIENCE_S, has_history, (void *)(uintptr_t)update->update_id,
		      "the switch in the history");
	expect(cluster, has_history(cluster, (void *)(uintptr_t) "\"in_block\""));
	expect(cluster, has_history(cluster, (void *)(uintptr_t) "journal_failed"));
	expect_signed(cluster, 1, 1);
	expect(cluster, cluster_count_updates(cluster, since) == 1);
	return cluster;
}

/* A process's thread of that name; 0: there is none. */
static pid_t find_thread(pid_t process, const char *wanted)
{
	char path[PATH_SIZE + NAME_MAX], name[32];
	pid_t found = 0;

	snprintf(path, sizeof path, "/proc/%d/task", (int)process);
	DIR *tasks = opendir(path);
	for (struct dirent *task; tasks && (task = readdir(tasks));) {
		snprintf(path, sizeof path, "/proc/%d/task/%s/comm", (int)process, task->d_name);
		FILE *file = fopen(path, "re");
		if (file && fgets(name, sizeof name, file) && strncmp(name, wanted, strlen(wanted)) == 0)
			found = (pid_t)strtol(task->d_name, NULL, 10);
		if (file)
			fclose(file);
	}
	if (tasks)
		closedir(tasks);
	return found;
}

/* As a disk does that hangs: what is asked of it comes back when it answers, and no sooner. */
static void stop_thread(struct cluster *cluster, pid_t thread)
{
	if (thread == 0 || ptrace(PTRACE_SEIZE, thread, NULL, NULL) || ptrace(PTRACE_INTERRUPT, thread, NULL, NULL))
		cluster_give_up(cluster, "a thread cannot be stopped: %s", strerror(errno));
	expect(cluster, waitpid(thread, NULL, __WALL) == thread);
}

/* Its tracer must take note before the process can be said to have ended. */
static bool thread_is_gone(struct cluster *cluster, void *context)
{
	const pid_t *thread = context;

	(void)cluster;
	return waitpid(*thread, NULL, __WALL | WNOHANG) == *thread;
}

static void let_go_on(struct cluster *cluster, pid_t thread)
{
	expect(cluster, ptrace(PTRACE_DETACH, thread, NULL, NULL) == 0);
}

/* A disk that neither writes nor fails, under the journal and under the signer's count: after 3 s the switch is made
 * without it, and all of it is written when it answers. */
struct cluster *disk_hangs(void)
{
	struct cluster *cluster = begin(2);
	pid_t journal = find_thread(cluster_pid(cluster, 1), "journal");
	pid_t count = find_thread(cluster_signer_pid(cluster, 1), "count");

	stop_thread(cluster, journal);
	stop_thread(cluster, count);
	uint32_t since = kill_primary(cluster);
	const struct cluster_block *update = cluster_await_update(cluster, 1, since, PATIENCE_S);
	cluster_await_production(cluster, 1, update->num, PATIENCE_S);
	expect(cluster, cluster_has_said(cluster, 1, "journal cannot be written"));
	expect(cluster, cluster_has_said(cluster, 1, "goes on without"));
	expect(cluster, cluster_has_said(cluster, 1, "count file cannot be written: no answer from the disk for 3 s"));
	let_go_on(cluster, journal);
	cluster_await_said(cluster, 1, "(journal_recovered)", PATIENCE_S);
	cluster_await(cluster, PATIENCE_S, has_history, (void *)(uintptr_t)update->update_id,
		      "the switch in the history");
	let_go_on(cluster, count);
	cluster_await_said(cluster, 1, "count file is written again", PATIENCE_S);
	stop_thread(cluster, journal);
	expect(cluster, kill(cluster_pid(cluster, 1), SIGTERM) == 0); /* it ends all the same */
	cluster_await(cluster, PATIENCE_S, thread_is_gone, &journal, "the watcher to end");
	int status = cluster_await_end(cluster, 1, PATIENCE_S);
	expect(cluster, WIFEXITED(status) && WEXITSTATUS(status) == EXIT_OK);
	cluster_start_watcher(cluster, 1);
	cluster_await_watching(cluster, 1);
	expect_signed(cluster, 1, 1);
	expect(cluster, cluster_count_updates(cluster, since) == 1);
	return cluster;
}

/* The record that was too late is written after all: the restart follows that very transaction. */
struct cluster *journal_locked_and_restarted(void)
{
	struct cluster *cluster = begin(2);
	sqlite3 *lock = lock_journal(cluster);
	uint32_t since = lose_transaction(cluster);
	int64_t taken_s = cluster_block(cluster, 0)->time_s;

	expect(cluster, cluster_has_said(cluster, 1, "goes on without"));
	sqlite3_close(lock);
	cluster_await(cluster, PATIENCE_S, has_history, (void *)(uintptr_t) "\"sent\"", "the record to be written");
	cluster_end_watcher(cluster, 1, SIGKILL);
	cluster_start_watcher(cluster, 1);
	expect_the_next_one(cluster, since, taken_s);
	return cluster;
}
