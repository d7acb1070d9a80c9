/* SPDX-License-Identifier: MIT
 * golos-watch takeover where a daemon runs: ordered, then followed in the daemon's status. The daemon does it whether
 * or not anybody follows. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "cli/order.h"

#define STATUS	       "{\"v\":1,\"verb\":\"status\"}"
#define POLL_MS	       300
#define WAIT_ROUNDS    6   /* in which the daemon looks for room before the witness's own slot */
#define SETTLE_S       120 /* its patience beside those rounds, the transaction's life and a block */
#define SLOT_ROUNDS    2   /* a shuffle puts two slots of a witness no further apart */
#define FIRST_SLOTS    2   /* of them missed: this node does not produce */
#define CLOCK_SKEW_S   3   /* with which the monitor still switches */
#define SCHEDULED_MAX  1000
#define INTERVAL_MAX_S 60

enum stage { UNTOLD, ENDED, WAITING, SENT, IN_BLOCK, PRODUCING };

struct follow {
	const struct cli *cli;
	char instance[256], text[GW_TEXT_SIZE];
	int64_t begun_s; /* wall time */
	enum stage stage;
	int64_t deadline_ms;		 /* of the stage; monotonic */
	int64_t block, produced, missed; /* numbers of blocks; own slots in a row */
};

/* ---- what the daemon's status says ------------------------------------------------------------------------------- */

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* NULL: it is not there, or tells nothing. */
static const struct json *find_instance(const struct json *status, const char *name)
{
	const struct json *instances = told_list(status, "instances"), *ret = NULL;

	for (size_t i = 0; i < told_size(instances); i++) {
		const struct json *instance = json_element(instances, i);

		if (strcmp(told_text(instance, "name"), name) == 0)
			return json_get_object(instance, "status", &ret, NULL) ? NULL : ret;
	}
	return NULL;
}

static enum stage stage_of(const struct json *instance)
{
	const char *submission = told_text(instance, "submission");

	if (strcmp(told_text(instance, "producer"), "ours") == 0)
		return told_number(instance, "produced") > 0 ? PRODUCING : IN_BLOCK;
	if (strcmp(submission, "none") == 0 || strcmp(submission, "failed") == 0)
		return ENDED;
	return strcmp(submission, "sent") == 0 || strcmp(submission, "in block") == 0 ? SENT : WAITING;
}

/* This node produced before it was ordered: nothing is under way, or its switch is older than the order. */
static bool is_done_before(const struct follow *follow, const struct json *instance, enum stage stage)
{
	const char *submission = told_text(instance, "submission");
	const struct json *last = NULL;
	int64_t switched_s = json_get_object(instance, "last_switch", &last, NULL) ? 0 : told_number(last, "time");

	if (follow->stage != UNTOLD || stage < IN_BLOCK)
		return false;
	return strcmp(submission, "none") == 0 || strcmp(submission, "irreversible") == 0 ||
	       (switched_s > 0 && switched_s < follow->begun_s - CLOCK_SKEW_S);
}

static int64_t patience_ms(const struct json *status, enum stage stage)
{
	const struct json *chain = NULL;
	int64_t scheduled = 0, interval_s = 0;
	bool told = !json_get_object(status, "chain", &chain, NULL) &&
		    !json_get_i64(chain, "scheduled", 0, SCHEDULED_MAX, &scheduled, NULL) &&
		    !json_get_i64(chain, "interval_s", 0, INTERVAL_MAX_S, &interval_s, NULL);
	int64_t round_s = told ? scheduled * interval_s : 0;

	return stage < IN_BLOCK ? (WAIT_ROUNDS * round_s + SETTLE_S) * 1000 : (SLOT_ROUNDS * round_s + 5) * 1000;
}

/* ---- what people are told ---------------------------------------------------------------------------------------- */

static void tell_stage(const struct follow *follow, enum stage stage)
{
	if (follow->cli->arguments.given[OPTION_JSON])
		return;
	switch (stage) {
	case UNTOLD:
	case ENDED:
		break;
	case WAITING:
		print_line("  waiting for room before the witness's own slot");
		break;
	case SENT:
		print_line("  sent, no block holds it yet");
		break;
	case IN_BLOCK:
		print_line("  block %lld holds it; waiting for our first block", (long long)follow->block);
		break;
	case PRODUCING:
		print_line("  block %lld is of our key: this node produces", (long long)follow->produced);
		break;
	}
	fflush(stdout);
}

/* The journal's words on it, oldest first; without a journal none. */
static void tell_history(const struct follow *follow)
{
	struct json_writer w;
	struct json *root = NULL;
	const struct json *entries = NULL;
	struct error err;

	order_begin(&w, follow->cli, "history");
	json_put_i64(&w, "since_s", follow->begun_s);
	if (order_ask(follow->cli, &w, &root, &entries, &err))
		return;
	const char *before = "";
	for (size_t i = json_array_size(entries); i-- > 0;) {
		const char *text = told_text(json_element(entries, i), "text");

		if (strcmp(told_text(json_element(entries, i), "source"), follow->instance) == 0 &&
		    strcmp(text, before) != 0) /* an end is told as progress and as a notice */
			print_line("  %s", text);
		before = text;
	}
	json_free(root);
}

static int tell_end(const struct follow *follow, int status, const char *sentence)
{
	static const char *const names[] = {NULL, "ended", "waiting", "sent", "in block", "producing"};
	struct json_writer w;

	if (!follow->cli->arguments.given[OPTION_JSON]) {
		if (sentence)
			print_line("  %s", sentence);
		if (follow->stage == ENDED)
			tell_history(follow);
		return status;
	}
	json_writer_init(&w);
	json_open(&w, NULL, '[');
	json_open(&w, NULL, '{');
	json_put_text(&w, "instance", follow->instance);
	json_put_bool(&w, "ok", status == EXIT_OK);
	json_put_text(&w, "text", sentence ? sentence : follow->text);
	if (names[follow->stage])
		json_put_text(&w, "state", names[follow->stage]);
	if (follow->block)
		json_put_i64(&w, "block", follow->block);
	if (follow->produced)
		json_put_i64(&w, "produced", follow->produced);
	json_close(&w, '}');
	json_close(&w, ']');
	print_json_take(&w);
	return status;
}

/* In a block, and no block of ours. */
static int tell_silence(const struct follow *follow)
{
	char sentence[256];

	if (follow->missed == 0)
		return tell_end(
			follow, EXIT_OK,
			"the switch is made; the witness had no slot since: \"golos-watch status\" shows the next");
	snprintf(sentence, sizeof(sentence),
		 "the switch is made, and the witness missed %lld slot%s since: does this golosd hold our key?",
		 (long long)follow->missed, follow->missed == 1 ? "" : "s");
	return tell_end(follow, EXIT_FAILED, sentence);
}

static int tell_late(const struct follow *follow)
{
	return follow->stage == IN_BLOCK
		       ? tell_silence(follow)
		       : tell_end(follow, EXIT_UNAVAILABLE,
				  "no block holds it yet, and golos-watchd goes on: \"golos-watch status\" shows it");
}

/* ---- following --------------------------------------------------------------------------------------------------- */

/* true: something is decided, and *ret_exit says what. */
static bool look(struct follow *follow, const struct json *status, int *ret_exit)
{
	const struct json *instance = find_instance(status, follow->instance), *last = NULL;

	if (!instance || !told_text(instance, "submission")[0] || told_flag(status, "dry_run") ||
	    told_flag(instance, "dry_run")) { /* no monitor, or one that signs nothing: there is nothing to follow */
		*ret_exit = tell_end(follow, EXIT_OK, NULL);
		return true;
	}
	enum stage before = follow->stage, stage = stage_of(instance);

	if (is_done_before(follow, instance, stage)) {
		follow->stage = PRODUCING;
		*ret_exit = tell_end(follow, EXIT_OK, NULL);
		return true;
	}
	follow->stage = stage;
	follow->missed = told_number(instance, "missed_in_a_row");
	if (stage >= IN_BLOCK && !json_get_object(instance, "last_switch", &last, NULL))
		follow->block = told_number(last, "block");
	if (stage == PRODUCING)
		follow->produced = told_number(instance, "produced");
	if (stage != before) {
		follow->deadline_ms = now_ms() + patience_ms(status, stage);
		if (stage == PRODUCING && before != IN_BLOCK) /* both since we looked last */
			tell_stage(follow, IN_BLOCK);
		tell_stage(follow, stage);
	}
	if (stage == PRODUCING)
		*ret_exit = tell_end(follow, EXIT_OK, NULL);
	else if (stage == ENDED)
		*ret_exit = tell_end(follow, EXIT_FAILED, "it came to nothing:");
	else if (stage == IN_BLOCK && follow->missed >= FIRST_SLOTS)
		*ret_exit = tell_silence(follow);
	else if (now_ms() >= follow->deadline_ms)
		*ret_exit = tell_late(follow);
	else
		return false;
	return true;
}

static int follow_switch(struct follow *follow)
{
	const struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};
	int exit_status = EXIT_OK;

	for (;;) {
		const struct json *status = NULL;
		struct json *root = NULL;
		struct error err = {0};

		if (ctl_ask(follow->cli->config->control, STATUS, &root, &status, &err)) {
			cli_fail(&err);
			return tell_end(follow, EXIT_UNAVAILABLE,
					"what was sent may still come into a block: \"golos-watch history\" tells");
		}
		bool decided = look(follow, status, &exit_status);
		json_free(root);
		if (decided)
			return exit_status;
		nanosleep(&pause, NULL);
	}
}

/* One instance takes over, so there is one answer. */
static int follow_answers(struct cli *cli, const struct json *answers, int64_t begun_s)
{
	const struct json *answer = json_array_size(answers) == 1 ? json_element(answers, 0) : NULL;
	struct follow *follow;

	if (!answer || !told_flag(answer, "ok") || cli->arguments.given[OPTION_NO_WAIT])
		return order_show_answers(cli, answers);
	follow = xcalloc(1, sizeof(*follow));
	follow->cli = cli;
	follow->begun_s = begun_s;
	snprintf(follow->instance, sizeof(follow->instance), "%s", told_text(answer, "instance"));
	snprintf(follow->text, sizeof(follow->text), "%s", told_text(answer, "text"));
	if (!cli->arguments.given[OPTION_JSON])
		(void)order_show_answers(cli, answers);
	fflush(stdout);
	int status = follow_switch(follow);
	free(follow);
	return status;
}

gw_status order_takeover(struct cli *cli, int *ret_exit, struct error *err)
{
	const struct json *answers = NULL;
	struct json *root = NULL;
	struct json_writer w;
	int64_t begun_s = wall_s();

	order_begin(&w, cli, "takeover");
	gw_status r = order_ask(cli, &w, &root, &answers, err);
	if (r == GW_ERR_NOT_FOUND && strncmp(err->text, "golos-watchd:", 13) == 0)
		r = GW_ERR_RANGE; /* it runs, and has no such instance */
	if (r)
		return r;
	*ret_exit = follow_answers(cli, answers, begun_s);
	json_free(root);
	return GW_OK;
}
