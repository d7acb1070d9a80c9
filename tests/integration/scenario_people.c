/* SPDX-License-Identifier: MIT
 * What people do: fail-back, handover, disable, hold; and what they are told. */
#include "scenario.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct cluster *fail_back(void)
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
struct cluster *no_fail_back(void)
{
	struct cluster *cluster = begin(2);
	uint32_t since = kill_primary(cluster);

	expect_prompt_takeover(cluster, 1, since, 2);
	cluster_fault(cluster, "revive", "[0]");
	expect_peace(cluster, 4);
	return cluster;
}

/* After each block its witness updates itself, and both watchers and their nodes have much to answer. Not after one
 * that is read late: there is load enough, and two updates upon one head would be the same transaction. */
static void give_load(void *context, const struct cluster_block *block)
{
	struct cluster *cluster = context;
	const struct cluster_block *before = cluster_block(cluster, block->num - 1);

	if (time(NULL) != block->time_s)
		return;
	if (strcmp(block->witness, "foo") != 0 && (!before || strcmp(block->witness, before->witness) != 0))
		cluster_fault(cluster, "witness_update", "[\"%s\",\"%s\"]", block->witness, block->signing_key);
	for (int i = 0; i < 50; i++)
		for (int watcher = 0; watcher < 2; watcher++)
			cluster_ask(cluster, watcher, STATUS);
}

struct cluster *planned_takeover(void)
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

struct cluster *operator_disables(void)
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
struct cluster *chain_disables(void)
{
	struct cluster_setup setup = {.witnesses = WITNESSES,
				      .watchers = 2,
				      .devnet_options = {"--skipping-reset", "12"},
				      .monitor_options = {"allowed_misses: 20"}};
	struct cluster *cluster = cluster_new(&setup);
	uint32_t since = kill_primary(cluster);

	const struct cluster_block *update = cluster_await_update(cluster, 1, since, PATIENCE_S);
	/* the first miss more than 12 blocks after foo's last one nulls it; a round has a block of each other witness
	 */
	expect(cluster, update->num - since > 12 && update->num - since <= 12 + 2 * (WITNESSES - 1));
	cluster_await_said(cluster, 1, "(may_be_nulled_again)", PATIENCE_S);
	const struct cluster_block *first = cluster_await_production(cluster, 1, update->num, PATIENCE_S);
	expect(cluster, skipped(cluster, update->num + 1, first->num) == 0);
	expect(cluster, cluster_count_updates(cluster, since) == 1);
	return cluster;
}

struct cluster *hold_and_resume(void)
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
	since = cluster_chain_head(cluster);
	expect(cluster, cluster_ask(cluster, 1, RESUME) != NULL);
	const struct cluster_block *update = cluster_await_update(cluster, 1, since, PATIENCE_S);
	expect(cluster, update->num - since <= 10);
	cluster_await_production(cluster, 1, since, PATIENCE_S);
	return cluster;
}

/* ---- notice_command --------------------------------------------------------------------------------------------- */

/* When its program was run for the notice that a switch is made: as the log writes a time. */
static bool was_told(struct cluster *cluster, void *context)
{
	FILE *file = fopen(context, "re");
	bool whole = false;

	(void)cluster;
	if (file) {
		whole = fgetc(file) != EOF;
		fclose(file);
	}
	return whole;
}

static void write_program(struct cluster *cluster, const char *path, const char *told)
{
	FILE *file = fopen(path, "we");

	expect(cluster, file != NULL);
	fprintf(file,
		"#!/bin/sh\nIN=$(cat)\ncase $IN in *switching*) date -u +%%Y-%%m-%%dT%%H:%%M:%%S.%%3NZ >%s.new\n"
		"mv %s.new %s ;; esac\n",
		told, told, told);
	fclose(file);
	expect(cluster, chmod(path, 0755) == 0);
}

/* People are told of a switch once it has gone out, and it does not wait for them. */
struct cluster *told_after_the_broadcast(void)
{
	char dir[] = "/tmp/golos-watch-told-XXXXXX", program[64], told[64], option[96], when[32] = "";

	if (!mkdtemp(dir))
		return NULL;
	snprintf(program, sizeof program, "%s/program", dir);
	snprintf(told, sizeof told, "%s/told", dir);
	snprintf(option, sizeof option, "notice_command: %s", program);
	struct cluster_setup setup = {.witnesses = WITNESSES, .watchers = 2, .host_options = {option}};
	struct cluster *cluster = cluster_new(&setup);
	write_program(cluster, program, told);
	expect_prompt_takeover(cluster, 1, kill_primary(cluster), 2);
	cluster_await(cluster, PATIENCE_S, was_told, told, "the program to be run");

	FILE *file = fopen(told, "re");
	expect(cluster, file && fgets(when, sizeof when, file));
	fclose(file);
	const char *log = cluster_log(cluster, 1), *sent = strstr(log, "has taken it");
	expect(cluster, sent != NULL);
	while (sent > log && sent[-1] != '\n')
		sent--;
	expect(cluster, strncmp(sent, when, sizeof "2026-11-23T20:00:00.000" - 1) <= 0);
	unlink(program);
	unlink(told);
	rmdir(dir);
	return cluster;
}
