/* SPDX-License-Identifier: MIT
 * golos-watch status: the daemon's state for people; --watch renews the screen each second. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "cli/cli.h"
#include "cli/daemon.h"
#include "cli/feed.h"

/* ---- the role: one line that says how things stand --------------------------------------------------------------- */

/* "place 2 in order", "this node's", or "" */
static void key_name(const struct cli *cli, const struct json *status, char ret[64])
{
	cli_key_name(cli, told_text(status, "witness"), told_text(status, "signing_key"), ret, 64);
}

/* "this one stands by and could take over"; of one that could not, why */
static void show_standby(const char *before, const struct json *status)
{
	const char *ready = told_text(status, "ready");

	if (strcmp(ready, "no") == 0)
		print_line("%s, this one COULD NOT take over: %s", before, told_text(status, "ready_text"));
	else
		print_line("%s, this one stands by%s", before, strcmp(ready, "yes") == 0 ? " and could take over" : "");
}

static void show_role(const struct cli *cli, const struct json *status)
{
	const char *producer = told_text(status, "producer"), *ready = told_text(status, "ready");
	bool bad = strcmp(ready, "no") == 0 || strcmp(told_text(status, "due"), "no") != 0;
	char name[64], before[96];

	print_word(bad			       ? TONE_BAD
		   : strcmp(ready, "yes") == 0 ? TONE_GOOD
					       : TONE_DOUBT,
		   0, told_text(status, "witness"));
	key_name(cli, status, name);
	if (strcmp(producer, "ours") == 0) {
		print_line(": this node produces%s%s", bad ? ", NOT READY: " : "",
			   bad ? told_text(status, "ready_text") : "");
	} else if (strcmp(producer, "other") == 0) {
		snprintf(before, sizeof(before), ": %s produces", name[0] ? name : "another node");
		show_standby(before, status);
	} else {
		snprintf(before, sizeof(before), ": %.80s",
			 strcmp(producer, "unknown") == 0 ? "who produces is not known yet" : producer);
		show_standby(before, status);
	}
}

static void show_roles(const struct cli *cli, const struct json *instances)
{
	const struct json *status = NULL, *value;

	for (size_t i = 0; i < told_size(instances); i++)
		if (json_get_object(json_element(instances, i), "status", &status, NULL) == GW_OK &&
		    json_member(status, "producer", &value))
			show_role(cli, status);
}

/* ---- host and nodes ---------------------------------------------------------------------------------------------- */

static void show_host(const struct json *status, int64_t now_s)
{
	const struct json *chain = NULL;
	char age[HEAD_AGE_TEXT_SIZE];

	const char *ill = told_ill(status);

	print_field("golos-watchd", "%s, %s%s%s%s%s", told_text(status, "version"), ill ? "NOT HEALTHY: " : "",
		    ill					    ? ill
		    : told_flag(status, "cluster.observer") ? "observes the cluster"
							    : "sees the chain",
		    told_flag(status, "signer") ? "" : ", no signer: signs nothing",
		    told_flag(status, "dry_run") ? ", dry run" : "",
		    told_flag(status, "journal_writable") ? "" : ", JOURNAL CANNOT BE WRITTEN");
	if (json_get_object(status, "chain", &chain, NULL) || told_number(chain, "head") == 0)
		return;
	head_age_text(age, told_number(chain, "head_time_s"), now_s);
	print_field("chain", "head %lld, %s; irreversible %lld; %lld scheduled", (long long)told_number(chain, "head"),
		    age, (long long)told_number(chain, "irreversible"), (long long)told_number(chain, "scheduled"));
}

/* Only where it should run and does not. */
static void show_fetch(const struct json *status)
{
	const struct json *fetch = NULL;

	if (json_get_object(status, "fetch", &fetch, NULL) == GW_OK && !told_flag(fetch, "running"))
		print_field("internet", "NOT ASKED: %s", told_text(fetch, "why"));
}

static void show_node(const struct json *node, const char *label, int64_t now_s)
{
	const char *url = told_text(node, "url"), *own = told_flag(node, "own") ? " (own)" : "";
	char age[HEAD_AGE_TEXT_SIZE];

	head_age_text(age, told_number(node, "head_time_s"), now_s);
	if (!told_flag(node, "connected"))
		print_field(label, "%s%s: NOT CONNECTED", url, own);
	else if (told_number(node, "head") == 0)
		print_field(label, "%s%s: connected, no block yet", url, own);
	else
		print_field(label, "%s%s: head %lld, %s%s%s", url, own, (long long)told_number(node, "head"), age,
			    strcmp(told_text(node, "branch"), "other") == 0 ? ", ON ANOTHER BRANCH" : "",
			    told_flag(node, "driver") ? ", drives" : "");
	if (told_number(node, "protocol_errors") > 0)
		print_field("", "  %lld answers that could not be read",
			    (long long)told_number(node, "protocol_errors"));
}

static void show_nodes(const struct json *status, int64_t now_s)
{
	const struct json *nodes = told_list(status, "nodes");

	for (size_t i = 0; i < told_size(nodes); i++)
		show_node(json_element(nodes, i), i ? "" : "nodes", now_s);
}

/* ---- an instance ------------------------------------------------------------------------------------------------- */

static void show_producer(const struct cli *cli, const struct json *status)
{
	const char *producer = told_text(status, "producer"), *key = told_text(status, "signing_key");
	char name[64];

	key_name(cli, status, name);
	if (strcmp(producer, "ours") == 0)
		print_field("  producer", "this node");
	else
		print_field("  producer", "%s%s%s%s", strcmp(producer, "other") == 0 ? "another node" : producer,
			    name[0] ? " (" : "", name, name[0] ? ")" : "");
	if (key[0])
		print_field("  signing key", "%s", key);
	if (strcmp(key, told_text(status, "our_key")) != 0)
		print_field("  our key", "%s", told_text(status, "our_key"));
	if (told_number(status, "next_own_slot") > 0)
		print_field("  next slot", "%lld after the head", (long long)told_number(status, "next_own_slot"));
}

static void show_misses(const struct json *status, int64_t now_s)
{
	const struct json *misses = told_list(status, "misses");
	size_t count = told_size(misses);
	char moment[MOMENT_TEXT_SIZE] = "";

	if (count > 0)
		moment_text(moment, told_number(json_element(misses, count - 1), "time"), now_s);
	print_field("  misses", "%lld in the window, %lld in a row%s%s",
		    (long long)told_number(status, "misses_in_window"),
		    (long long)told_number(status, "missed_in_a_row"), count ? "; newest " : "", moment);
}

static void show_due(const struct json *status, int64_t now_s)
{
	const struct json *guards = told_list(status, "guards");
	const char *due = told_text(status, "due"), *never = told_text(status, "never");
	bool is_due = strcmp(due, "no") != 0;
	char moment[MOMENT_TEXT_SIZE] = "";

	if (is_due)
		moment_text(moment, told_number(status, "due_since"), now_s);
	print_field("  switch", "%s%s%s%s", is_due ? "DUE: " : "not due", is_due ? due : "", is_due ? ", since " : "",
		    moment);
	if (never[0])
		print_field("  never", "%s", never);
	for (size_t i = 0; i < told_size(guards); i++)
		print_field(is_due ? "  held by" : "  would hold", "%s: %s",
			    told_text(json_element(guards, i), "guard"), told_text(json_element(guards, i), "why"));
}

static void show_last_switch(const struct json *status, int64_t now_s)
{
	const struct json *last = NULL;
	const char *submission = told_text(status, "submission");
	char moment[MOMENT_TEXT_SIZE];

	if (submission[0] && strcmp(submission, "none") != 0)
		print_field("  transaction", "%s", submission);
	if (json_get_object(status, "last_switch", &last, NULL)) {
		print_field("  last switch", "none known");
		return;
	}
	moment_text(moment, told_number(last, "time"), now_s);
	print_field("  last switch", "block %lld, %s; %lld within a day", (long long)told_number(last, "block"), moment,
		    (long long)told_number(status, "switches_of_day"));
}

static void show_instance(const struct cli *cli, const struct json *instance, int64_t now_s)
{
	const struct json *status = NULL;
	const struct json *value;
	char moment[MOMENT_TEXT_SIZE];

	print_line("%s", "");
	bool tells = json_get_object(instance, "status", &status, NULL) == GW_OK;

	daemon_show_heading(instance, tells ? told_text(status, "witness") : "");
	if (!tells) {
		print_line("  tells nothing");
		return;
	}
	if (feed_is(instance)) {
		feed_show(status, now_s);
		return;
	}
	if (!json_member(status, "producer", &value)) { /* a plugin that is no monitor: what it says, as it is */
		char *text = json_text(status);

		print_line("  %s", text);
		free(text);
		return;
	}
	show_producer(cli, status);
	show_misses(status, now_s);
	show_due(status, now_s);
	if (json_member(status, "hold_until", &value)) {
		int64_t until_s = told_number(status, "hold_until");

		moment_text(moment, until_s, now_s);
		print_field("  hold", "%s%s", until_s ? "until " : "until it is resumed", until_s ? moment : "");
	}
	print_field("  ready", "%s%s%s", told_text(status, "ready"), told_text(status, "ready_text")[0] ? ": " : "",
		    told_text(status, "ready_text"));
	show_last_switch(status, now_s);
}

/* ---- the command ------------------------------------------------------------------------------------------------- */

static gw_status show_once(const struct cli *cli, struct error *err)
{
	const struct json *status = NULL, *instances;
	struct json *root = NULL;
	gw_status r = ctl_ask(cli->config->control, DAEMON_STATUS, &root, &status, err);

	if (r)
		return r;
	if (cli->arguments.given[OPTION_JSON]) {
		char *text = json_text(status);

		print_json(text);
		free(text);
	} else {
		int64_t now_s = wall_s();

		instances = told_list(status, "instances");
		show_roles(cli, instances);
		show_host(status, now_s);
		show_fetch(status);
		show_nodes(status, now_s);
		for (size_t i = 0; i < told_size(instances); i++)
			show_instance(cli, json_element(instances, i), now_s);
	}
	json_free(root);
	return GW_OK;
}

/* Each second from the top of the screen. What is drawn is gathered first, so that it does not flicker; there is no
 * other screen and no mode to leave, so Ctrl-C ends it clean. */
_Noreturn static void watch_screen(const struct cli *cli)
{
	static char buffer[1 << 16];

	setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	for (;;) {
		struct error err = {0};

		if (!cli->arguments.given[OPTION_JSON])
			print_screen();
		if (show_once(cli, &err))
			print_line("%s", err.text);
		fflush(stdout);
		sleep(1);
	}
}

int cmd_status(struct cli *cli)
{
	struct error err = {0};

	if (cli->arguments.given[OPTION_WATCH])
		watch_screen(cli);
	return show_once(cli, &err) ? daemon_fail(&err) : EXIT_OK;
}
