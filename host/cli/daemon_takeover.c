/* SPDX-License-Identifier: MIT
 * golos-watch takeover where a daemon runs: ordered, then followed by the daemon's events (api/progress.h). The daemon
 * does it whether or not anybody follows. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <golos_watch/names.h>

#include "base/clock.h"
#include "base/memory.h"
#include "cli/daemon.h"
#include "submission/submission.h"

#define SETTLE_S    120 /* patience beside the rounds in which room is looked for, the transaction's life and a block */
#define SLOT_ROUNDS 2	/* a shuffle puts two slots of a witness no further apart */
#define FIRST_SLOTS 2	/* of them missed: this node does not produce */
#define ROUND_MAX_S 60000

enum stage { UNTOLD, QUIET, ENDED, WAITING, SENT, IN_BLOCK, PRODUCING };

struct follow {
	const struct cli *cli;
	char instance[256], text[GW_TEXT_SIZE];
	int64_t begun_s; /* wall time */
	enum stage stage;
	int64_t round_s, deadline_ms;	 /* of the stage; monotonic */
	int64_t block, produced, missed; /* numbers of blocks; own slots since the switch */
};

/* ---- what people are told ---------------------------------------------------------------------------------------- */

static void tell_stage(const struct follow *follow, enum stage stage)
{
	if (follow->cli->arguments.given[OPTION_JSON])
		return;
	switch (stage) {
	case UNTOLD:
	case QUIET:
	case ENDED:
		return;
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

	daemon_begin(&w, follow->cli, "history");
	json_put_i64(&w, "since_s", follow->begun_s);
	if (daemon_ask(follow->cli, &w, &root, &entries, &err))
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
	static const char *const names[] = {NULL, NULL, "ended", "waiting", "sent", "in_block", "producing"};
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

static void enter(struct follow *follow, enum stage stage)
{
	int64_t patience_s = stage < IN_BLOCK ? SUBMISSION_WAIT_ROUNDS * follow->round_s + SETTLE_S
					      : SLOT_ROUNDS * follow->round_s + 5;

	if (stage == follow->stage)
		return;
	follow->stage = stage;
	follow->missed = 0;
	if (stage < IN_BLOCK)
		follow->produced = 0; /* a fork may have undone it as well */
	follow->deadline_ms = clock_ms(CLOCK_MONOTONIC) + patience_s * 1000;
	tell_stage(follow, stage);
}

static enum stage stage_of(const struct follow *follow, const char *state)
{
	for (int32_t i = GW_SUBMISSION_WAITING; i <= GW_SUBMISSION_FAILED; i++)
		if (strcmp(gw_submission_name(i), state) == 0)
			return i == GW_SUBMISSION_FAILED     ? ENDED
			       : i >= GW_SUBMISSION_IN_BLOCK ? IN_BLOCK
			       : i == GW_SUBMISSION_SENT     ? SENT
							     : WAITING;
	return follow->stage; /* a newer daemon may know more */
}

static void take_event(struct follow *follow, const struct json *event)
{
	const char *kind = told_text(event, "kind");

	if (strcmp(kind, "under_way") == 0) {
		(void)!json_get_i64(event, "round_s", 0, ROUND_MAX_S, &follow->round_s, NULL);
		enter(follow, WAITING);
	} else if (strcmp(kind, "nothing") == 0) {
		const char *why = told_text(event, "why");

		follow->stage = strcmp(why, "producing") == 0 ? PRODUCING : strcmp(why, "ended") == 0 ? ENDED : QUIET;
	} else if (strcmp(kind, "submission") == 0) {
		follow->block = told_number(event, "block");
		enter(follow, stage_of(follow, told_text(event, "state")));
	} else if (strcmp(kind, "produced") == 0) {
		follow->produced = told_number(event, "block");
	} else if (strcmp(kind, "missed") == 0 && follow->stage == IN_BLOCK) {
		follow->missed += told_number(event, "slots");
	}
	/* a block that is told of before it is known which one holds the switch counts once that is known */
	if (follow->stage == IN_BLOCK && follow->produced > 0)
		enter(follow, PRODUCING);
}

/* true: something is decided, and *ret_exit says what. */
static bool is_decided(const struct follow *follow, int *ret_exit)
{
	switch (follow->stage) {
	case QUIET:
	case PRODUCING:
		*ret_exit = tell_end(follow, EXIT_OK, NULL);
		return true;
	case ENDED:
		*ret_exit = tell_end(follow, EXIT_FAILED, "it came to nothing:");
		return true;
	case UNTOLD:
	case WAITING:
	case SENT:
		return false;
	case IN_BLOCK:
		if (follow->missed >= FIRST_SLOTS)
			*ret_exit = tell_silence(follow);
		return follow->missed >= FIRST_SLOTS;
	}
	return false;
}

static int follow_switch(struct follow *follow, struct ctl_link *link)
{
	int exit_status = EXIT_OK;

	for (;;) {
		int64_t left_ms = follow->deadline_ms - clock_ms(CLOCK_MONOTONIC);
		const struct json *event = NULL;
		struct json *root = NULL;
		struct error err = {0};
		gw_status r = ctl_next_event(link, left_ms > 0 ? left_ms : 0, &root, &event, &err);

		if (r == GW_ERR_TIMEOUT)
			return tell_late(follow);
		if (r) {
			cli_fail(&err);
			return tell_end(follow, EXIT_UNAVAILABLE,
					"what was sent may still come into a block: \"golos-watch history\" tells");
		}
		take_event(follow, event);
		json_free(root);
		if (is_decided(follow, &exit_status))
			return exit_status;
	}
}

/* One instance takes over, so there is one answer. */
static int follow_answers(struct cli *cli, struct ctl_link *link, const struct json *answers, int64_t begun_s)
{
	const struct json *answer = json_array_size(answers) == 1 ? json_element(answers, 0) : NULL;

	if (!answer || !told_flag(answer, "ok") || cli->arguments.given[OPTION_NO_WAIT])
		return daemon_show_answers(cli, answers);
	struct follow follow = {
		.cli = cli, .begun_s = begun_s, .deadline_ms = clock_ms(CLOCK_MONOTONIC) + SETTLE_S * 1000};
	snprintf(follow.instance, sizeof(follow.instance), "%s", told_text(answer, "instance"));
	snprintf(follow.text, sizeof(follow.text), "%s", told_text(answer, "text"));
	if (!cli->arguments.given[OPTION_JSON])
		(void)daemon_show_answers(cli, answers);
	fflush(stdout);
	return follow_switch(&follow, link);
}

gw_status daemon_takeover(struct cli *cli, int *ret_exit, struct error *err)
{
	const struct json *answers = NULL;
	struct ctl_link *link = NULL;
	struct json *root = NULL;
	struct json_writer w;
	int64_t begun_s = wall_s();
	gw_status r = ctl_open(&link, cli->config->control, err);

	if (r)
		return r;
	daemon_begin(&w, cli, "takeover");
	json_put_bool(&w, "follow", !cli->arguments.given[OPTION_NO_WAIT]);
	json_close(&w, '}');
	r = ctl_request(link, w.text, &root, &answers, err);
	json_writer_done(&w);
	if (r == GW_ERR_NOT_FOUND)
		r = GW_ERR_RANGE; /* it runs, and has no such instance */
	if (!r)
		*ret_exit = follow_answers(cli, link, answers, begun_s);
	json_free(root);
	ctl_close(link);
	return r;
}
