/* SPDX-License-Identifier: MIT
 * golos-watch history, hold and resume. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/server.h"
#include "base/time_text.h"
#include "cli/daemon.h"

#define HISTORY_LIMIT_MAX 10000

void daemon_begin(struct json_writer *w, const struct cli *cli, const char *verb)
{
	json_writer_init(w);
	json_open(w, NULL, '{');
	json_put_i64(w, "v", CTL_VERSION);
	json_put_text(w, "verb", verb);
	if (cli->arguments.given[OPTION_INSTANCE])
		json_put_text(w, "instance", cli->arguments.values[OPTION_INSTANCE]);
}

gw_status daemon_ask(const struct cli *cli, struct json_writer *w, struct json **ret_root,
		     const struct json **ret_result, struct error *err)
{
	json_close(w, '}');
	gw_status r = ctl_ask(cli->config->control, w->text, ret_root, ret_result, err);
	json_writer_done(w);
	return r;
}

int daemon_fail(const struct error *err)
{
	int status = cli_fail(err);

	return err->status == GW_ERR_NOT_FOUND || err->status == GW_ERR_SYNTAX ? EXIT_UNAVAILABLE : status;
}

void daemon_show_heading(const struct json *instance, const char *witness)
{
	const char *name = told_text(instance, "name"), *plugin = told_text(instance, "plugin");
	bool same = strcmp(name, plugin) == 0;

	print_line("%s%s%s%s%s%s", name, same ? "" : " (", same ? "" : plugin, same ? "" : ")", witness[0] ? ": " : "",
		   witness);
}

/* ---- history ----------------------------------------------------------------------------------------------------- */

static enum tone tone_of(const char *severity)
{
	return strcmp(severity, "critical") == 0  ? TONE_BAD
	       : strcmp(severity, "warning") == 0 ? TONE_DOUBT
						  : TONE_PLAIN;
}

/* Oldest first, as a log is read; the answer has the newest first. */
static void show_history(const struct json *entries)
{
	for (size_t i = json_array_size(entries); i-- > 0;) {
		const struct json *entry = json_element(entries, i);
		char time_text[TIME_TEXT_SIZE], with_zone[TIME_TEXT_SIZE + 1] = "";
		int64_t wall_ms = 0;

		if (json_get_i64(entry, "wall_ms", 0, INT64_MAX, &wall_ms, NULL) == GW_OK) {
			time_format(time_text, wall_ms / 1000);
			snprintf(with_zone, sizeof(with_zone), "%sZ", time_text);
		}
		const char *severity = told_text(entry, "severity");

		print_word(TONE_PLAIN, 22, with_zone);
		print_word(tone_of(severity), 9, severity);
		print_line("%s: %s%s", told_text(entry, "source"),
			   strcmp(told_text(entry, "kind"), "submission") == 0 ? "transaction: " : "",
			   told_text(entry, "text"));
	}
}

static void show_history_json(const struct json *entries)
{
	struct json_writer w;

	json_writer_init(&w);
	json_open(&w, NULL, '[');
	for (size_t i = json_array_size(entries); i-- > 0;)
		json_put(&w, NULL, json_element(entries, i));
	json_close(&w, ']');
	print_json_take(&w);
}

static gw_status put_range(const struct cli *cli, struct json_writer *w, struct error *err)
{
	const struct cli_arguments *arguments = &cli->arguments;
	int64_t since_s = 0, limit = 0;
	char *end = NULL;

	if (arguments->given[OPTION_SINCE]) {
		gw_status r = cli_parse_since(arguments->values[OPTION_SINCE], wall_s(), &since_s, err);

		if (r)
			return r;
		json_put_i64(w, "since_s", since_s);
	}
	if (!arguments->given[OPTION_LIMIT])
		return GW_OK;
	limit = strtoll(arguments->values[OPTION_LIMIT], &end, 10);
	if (*end || limit < 1 || limit > HISTORY_LIMIT_MAX)
		return error_set(err, GW_ERR_SYNTAX, "--limit: 1 to %d", HISTORY_LIMIT_MAX);
	json_put_i64(w, "limit", limit);
	return GW_OK;
}

int cmd_history(struct cli *cli)
{
	const struct json *entries = NULL;
	struct json *root = NULL;
	struct error err = {0};
	struct json_writer w;

	daemon_begin(&w, cli, "history");
	if (put_range(cli, &w, &err)) {
		json_writer_done(&w);
		return cli_fail(&err);
	}
	if (daemon_ask(cli, &w, &root, &entries, &err))
		return daemon_fail(&err);
	if (cli->arguments.given[OPTION_JSON])
		show_history_json(entries);
	else
		show_history(entries);
	json_free(root);
	return EXIT_OK;
}

/* ---- orders ------------------------------------------------------------------------------------------------------ */

int daemon_show_answers(const struct cli *cli, const struct json *answers)
{
	int status = json_array_size(answers) > 0 ? EXIT_OK : EXIT_FAILED;
	char *text = json_text(answers);

	for (size_t i = 0; i < json_array_size(answers); i++) {
		const struct json *answer = json_element(answers, i);
		bool ok = false;

		if (json_get_bool(answer, "ok", &ok, NULL) || !ok)
			status = EXIT_FAILED;
		if (!cli->arguments.given[OPTION_JSON])
			print_line("%s: %s%s", told_text(answer, "instance"),
				   ok ? "" : "REFUSED: ", told_text(answer, "text"));
	}
	if (cli->arguments.given[OPTION_JSON])
		print_json(text);
	free(text);
	return status;
}

static int give_order(const struct cli *cli, struct json_writer *w)
{
	const struct json *answers = NULL;
	struct json *root = NULL;
	struct error err = {0};

	if (daemon_ask(cli, w, &root, &answers, &err))
		return daemon_fail(&err);
	int status = daemon_show_answers(cli, answers);
	json_free(root);
	return status;
}

int cmd_hold(struct cli *cli)
{
	struct error err = {0};
	struct json_writer w;
	int64_t for_s = 0;

	if (cli->arguments.given[OPTION_FOR] && cli_parse_duration(cli->arguments.values[OPTION_FOR], &for_s, &err))
		return cli_fail(&err);
	daemon_begin(&w, cli, "hold");
	if (for_s)
		json_put_i64(&w, "for_s", for_s);
	return give_order(cli, &w);
}

int cmd_resume(struct cli *cli)
{
	struct json_writer w;

	daemon_begin(&w, cli, "resume");
	return give_order(cli, &w);
}
