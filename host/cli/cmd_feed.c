/* SPDX-License-Identifier: MIT
 * golos-watch feed: a price feed's state for people, and its two orders. What comes of an order stands in the status, which is
 * asked until it is over. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "cli/feed.h"

#define ASK_AGAIN_MS 200
#define PATIENCE_MS  300000 /* two rounds of 40 s, and a transaction's life after one before it */

/* ---- what is shown ----------------------------------------------------------------------------------------------- */

bool feed_is(const struct json *instance)
{
	const struct json *status = NULL, *value;

	return json_get_object(instance, "status", &status, NULL) == GW_OK && json_member(status, "verdict", &value);
}

static void show_source(const struct json *source, const char *label)
{
	const char *value = told_text(source, "value"), *why = told_text(source, "why");
	char age[DURATION_TEXT_SIZE] = "";

	if (told_number(source, "age_s") > 0)
		duration_text(age, told_number(source, "age_s"));
	print_field(label, "%s %s%s%s%s, %s%s%s%s", told_text(source, "of"), value[0] ? value : "unknown",
		    age[0] ? " (" : "", age, age[0] ? " old)" : "", told_text(source, "name"),
		    told_flag(source, "counts") ? "" : ", DOES NOT COUNT", why[0] ? ": " : "", why);
}

static void show_quantities(const struct json *quantities)
{
	for (size_t i = 0; i < told_size(quantities); i++) {
		const struct json *quantity = json_element(quantities, i);

		print_field(i ? "" : "  quantities", "%s %s", told_text(quantity, "name"),
			    told_flag(quantity, "known") ? told_text(quantity, "value") : "unknown");
	}
}

static void show_price(const struct json *status)
{
	const char *price = told_text(status, "price"), *base = told_text(status, "base");

	print_field("  price", "%s%s%s%s%s%s", price[0] ? price : "unknown", price[0] ? " GBG for one GOLOS" : "",
		    base[0] ? ": " : "", base, base[0] ? " for " : "", told_text(status, "quote"));
}

void feed_show(const struct json *status, int64_t now_s)
{
	const struct json *sources = told_list(status, "sources");
	const char *published = told_text(status, "published"), *median = told_text(status, "median"),
		   *why = told_text(status, "why");
	char moment[MOMENT_TEXT_SIZE] = "";

	for (size_t i = 0; i < told_size(sources); i++)
		show_source(json_element(sources, i), i ? "" : "  sources");
	show_quantities(told_list(status, "quantities"));
	show_price(status);
	if (published[0])
		moment_text(moment, told_number(status, "published_time"), now_s);
	print_field("  on chain", "%s%s%s; median of the witnesses %s", published[0] ? published : "nothing",
		    published[0] ? ", " : "", moment, median[0] ? median : "unknown");
	print_field("  publishing", "%s%s%s", told_text(status, "verdict"), why[0] ? ": " : "", why);
	if (told_flag(status, "held"))
		print_field("  hold", "until it is resumed, or its time is over");
	if (told_flag(status, "dry_run"))
		print_field("  dry run", "nothing is published of itself");
}

static const struct json *status_of(const struct json *instance)
{
	const struct json *status = NULL;

	(void)!json_get_object(instance, "status", &status, NULL);
	return status;
}

/* In JSON one list of all of them. */
static void show_all(const struct cli *cli, const struct json *const *instances, size_t count)
{
	struct json_writer w;

	json_writer_init(&w);
	json_open(&w, NULL, '[');
	for (size_t i = 0; i < count; i++) {
		const struct json *status = status_of(instances[i]);

		json_put(&w, NULL, instances[i]);
		if (cli->arguments.given[OPTION_JSON])
			continue;
		print_line("%s", "");
		daemon_show_heading(instances[i], told_text(status, "witness"));
		feed_show(status, wall_s());
	}
	json_close(&w, ']');
	if (cli->arguments.given[OPTION_JSON])
		print_json_take(&w);
	else
		json_writer_done(&w);
}

/* ---- orders ------------------------------------------------------------------------------------------------------ */

gw_status feed_order(const struct cli *cli, const char *instance, const char *verb, struct json **ret_root,
		     const struct json **ret_answers, struct error *err)
{
	struct json_writer w;

	json_writer_init(&w);
	json_open(&w, NULL, '{');
	json_put_i64(&w, "v", 1);
	json_put_text(&w, "verb", verb);
	json_put_text(&w, "instance", instance);
	if (cli->arguments.given[OPTION_YES])
		json_put_bool(&w, "yes", true);
	return daemon_ask(cli, &w, ret_root, ret_answers, err);
}

static const struct json *find(const struct json *status, const char *instance)
{
	const struct json *instances = told_list(status, "instances");

	for (size_t i = 0; i < told_size(instances); i++)
		if (strcmp(told_text(json_element(instances, i), "name"), instance) == 0)
			return json_element(instances, i);
	return NULL;
}

static const struct json *order_of(const struct json *instance)
{
	const struct json *order = NULL;

	(void)!json_get_object(status_of(instance), "order", &order, NULL);
	return order;
}

static bool is_over(const struct json *order)
{
	const char *state = told_text(order, "state");

	return strcmp(state, "done") == 0 || strcmp(state, "failed") == 0;
}

/* How the order stands. *number: of the order; 0 before the first answer. */
static gw_status look(const char *control, const char *name, int64_t *number, struct json **ret_root,
		      const struct json **ret_instance, struct error *err)
{
	const struct json *status = NULL;
	struct json *root = NULL;
	gw_status r = ctl_ask(control, DAEMON_STATUS, &root, &status, err);

	if (r)
		return r;
	const struct json *instance = find(status, name), *order = instance ? order_of(instance) : NULL;
	if (!order || (*number && told_number(order, "number") != *number)) {
		json_free(root);
		return error_set(err, GW_ERR_UNAVAILABLE,
				 "%s was started anew, or has another order: \"golos-watch history\" tells what came "
				 "of this one",
				 name);
	}
	*number = told_number(order, "number");
	*ret_root = root;
	*ret_instance = instance;
	return GW_OK;
}

static void tell_step(const struct json *order, char said[GW_TEXT_SIZE])
{
	const char *text = told_text(order, "text");

	if (strcmp(text, said) == 0)
		return;
	snprintf(said, GW_TEXT_SIZE, "%s", text);
	print_line("  %s", text);
	fflush(stdout);
}

gw_status feed_await(const char *control, const char *instance, bool tells, struct json **ret_root,
		     const struct json **ret_instance, struct error *err)
{
	const struct timespec again = {.tv_nsec = ASK_AGAIN_MS * 1000000L};
	int64_t end_ms = clock_ms(CLOCK_MONOTONIC) + PATIENCE_MS, number = 0;
	char said[GW_TEXT_SIZE] = "";

	for (;;) {
		gw_status r = look(control, instance, &number, ret_root, ret_instance, err);

		if (r)
			return r;
		if (is_over(order_of(*ret_instance)))
			return GW_OK;
		if (tells)
			tell_step(order_of(*ret_instance), said);
		json_free(*ret_root);
		if (clock_ms(CLOCK_MONOTONIC) >= end_ms)
			return error_set(
				err, GW_ERR_TIMEOUT,
				"no end of it in %d s, and golos-watchd goes on: \"golos-watch feed\" shows it",
				PATIENCE_MS / 1000);
		nanosleep(&again, NULL);
	}
}

/* ---- the command ------------------------------------------------------------------------------------------------- */

#define FEEDS_MAX 64

/* A try is well where it found a price. */
static bool is_well(const struct json *instance)
{
	const struct json *order = order_of(instance);
	bool publishes = strcmp(told_text(order, "kind"), "publish") == 0;

	return strcmp(told_text(order, "state"), "done") == 0 &&
	       (publishes || told_text(status_of(instance), "price")[0]);
}

static int give_order(const struct cli *cli, const char *instance, const char *verb)
{
	bool tells = !cli->arguments.given[OPTION_JSON];
	const struct json *answers = NULL, *after = NULL;
	struct json *root = NULL;
	struct error err = {0};

	if (feed_order(cli, instance, verb, &root, &answers, &err))
		return daemon_fail(&err);
	bool taken = json_array_size(answers) == 1 && told_flag(json_element(answers, 0), "ok");
	int status = taken && !tells ? EXIT_OK : daemon_show_answers(cli, answers);
	json_free(root);
	if (!taken)
		return status;
	if (feed_await(cli->config->control, instance, tells, &root, &after, &err))
		return daemon_fail(&err);
	show_all(cli, &after, 1);
	status = is_well(after) ? EXIT_OK : EXIT_FAILED;
	if (tells) {
		print_line("%s", "");
		print_line("%s%s", strcmp(told_text(order_of(after), "state"), "failed") ? "" : "NOT PUBLISHED: ",
			   told_text(order_of(after), "text"));
	}
	json_free(root);
	return status;
}

/* Those meant; all that run where none is named. */
static size_t choose(const struct cli *cli, const struct json *status, const struct json *ret[FEEDS_MAX])
{
	const struct json *instances = told_list(status, "instances");
	const char *name = cli->arguments.values[OPTION_INSTANCE];
	size_t count = 0;

	for (size_t i = 0; i < told_size(instances) && count < FEEDS_MAX; i++) {
		const struct json *instance = json_element(instances, i);

		if (feed_is(instance) && (!name || strcmp(name, told_text(instance, "name")) == 0))
			ret[count++] = instance;
	}
	return count;
}

static int run(const struct cli *cli, const char *verb, const struct json *status)
{
	const struct json *feeds[FEEDS_MAX];
	size_t count = choose(cli, status, feeds);
	struct error err = {0};

	if (count == 0) {
		error_set(&err, GW_ERR_NOT_FOUND, "no price feed%s%s runs here",
			  cli->arguments.given[OPTION_INSTANCE] ? " " : "",
			  cli->arguments.given[OPTION_INSTANCE] ? cli->arguments.values[OPTION_INSTANCE] : "");
		return cli_fail(&err);
	}
	if (!verb) {
		show_all(cli, feeds, count);
		return EXIT_OK;
	}
	if (count > 1) {
		error_set(&err, GW_ERR_SYNTAX, "several price feeds run here: name one with --instance");
		return cli_fail(&err);
	}
	return give_order(cli, told_text(feeds[0], "name"), verb);
}

static gw_status check_words(const struct cli *cli, const char *verb, struct error *err)
{
	if (verb && strcmp(verb, "try") != 0 && strcmp(verb, "publish") != 0)
		return error_set(err, GW_ERR_SYNTAX, "feed: \"%.40s\" is neither try nor publish", verb);
	if (cli->arguments.given[OPTION_YES] && (!verb || strcmp(verb, "publish") != 0))
		return error_set(err, GW_ERR_SYNTAX, "--yes goes with \"feed publish\"");
	return GW_OK;
}

int cmd_feed(struct cli *cli)
{
	const char *verb = cli->arguments.word_count ? cli->arguments.words[0] : NULL;
	const struct json *status = NULL;
	struct json *root = NULL;
	struct error err = {0};

	if (check_words(cli, verb, &err))
		return cli_fail(&err);
	if (ctl_ask(cli->config->control, DAEMON_STATUS, &root, &status, &err))
		return daemon_fail(&err);
	int exit_status = run(cli, verb, status);
	json_free(root);
	return exit_status;
}
