/* SPDX-License-Identifier: MIT
 * status, history, hold and resume through a running golos-watchd. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "http_get.h"
#include "integration/cluster.h"
#include "run.h"

static struct cluster *cluster;
static char config[128];

static void add_block_logger(void)
{
	FILE *file = fopen(config, "a");

	assert_non_null(file);
	fputs("  - {name: logger, plugin: block_logger, witness: foo}\n", file);
	fprintf(file, "http: unix:%s/http\n", cluster_dir(cluster));
	assert_int_equal(fclose(file), 0);
}

static int start(void **state)
{
	const struct cluster_setup setup = {.watchers = 2, .starts_no_watcher = true};

	(void)state;
	cluster = cluster_new(&setup);
	snprintf(config, sizeof(config), "%s/watcher-1.yml", cluster_dir(cluster));
	add_block_logger(); /* a second plugin, which takes no orders and is in nobody's way */
	cluster_start_watcher(cluster, 0);
	cluster_start_watcher(cluster, 1);
	cluster_await_watching(cluster, 1);
	cluster_await_blocks(cluster, 8); /* a fetched key stands for a round before it is trusted */
	return 0;
}

static int end(void **state)
{
	(void)state;
	cluster_free(cluster);
	return 0;
}

TEST(status)
{
	const struct run *shown = run("-c", config, "status");

	assert_status(shown, 0);
	assert_int_equal(strncmp(shown->out, "foo: place 1 in order produces, this one stands by\n", 51), 0);
	assert_lacks(shown->out, "\033"); /* into a pipe */
	assert_holds(shown->out, "sees the chain");
	assert_holds(shown->out, "producer     another node (place 1 in order)\n");
	assert_holds(shown->out, cluster_key(cluster, 0));
	assert_holds(shown->out, "our key      GLS");
	assert_holds(shown->out, "switch       not due");
	assert_holds(shown->out, "last switch  none known");
	assert_holds(shown->out, "(own): head ");
	shown = run("-c", config, "status", "--json");
	struct json *json = run_json(shown);
	const struct json *instances = NULL;
	assert_int_equal(json_get_array(json, "instances", &instances, NULL), GW_OK);
	assert_int_equal(json_array_size(instances), 2);
	json_free(json);
}

/* Columns that a line of a terminal takes: without its colours and its end. */
static size_t columns_of(const char *line)
{
	size_t columns = 0;

	for (; *line && *line != '\r' && *line != '\n'; line++) {
		if (*line == '\033')
			line += strcspn(line, "mHJ");
		else
			columns++;
	}
	return columns;
}

/* All that matters, in colour, on a screen of 18 rows and 80 columns that does not scroll. */
static void assert_fits_screen(const char *text)
{
	unsigned rows = 1;

	assert_holds(text, "\033[33mfoo\033[0m: place 1 in order produces");
	for (const char *line = text;; line = strchr(line, '\n') + 1) {
		assert_true(columns_of(line) <= RUN_COLUMNS);
		if (!strchr(line, '\n'))
			break;
		rows++;
	}
	assert_true(rows <= RUN_ROWS);
}

/* The screen is drawn again and again; Ctrl-C ends it, and leaves no mode behind. */
TEST(status_watch)
{
	const struct run_answer stop[] = {{"last switch", ""}, {"last switch", "\003"}, {NULL, NULL}};
	const char *const words[] = {"-c", config, "status", "--watch", NULL};
	const struct run *shown = run_at_terminal(stop, words);

	assert_int_equal(shown->status, 1000 + SIGINT);
	assert_lacks(shown->out, "\033[?");
	char *first = strstr(shown->out, "\033[H"), *second = strstr(first + 1, "\033[H");
	assert_non_null(second);
	*second = '\0';
	assert_fits_screen(first);
}

static bool is_told(struct cluster *of, void *context)
{
	(void)context;
	return cluster_has_said(of, 1, "host: watching: head ");
}

/* The log has a line that tells how things stand, a day. */
TEST(heartbeat)
{
	cluster_await(cluster, PATIENCE_S, is_told, NULL, "the line of the day");
	const char *line = strstr(cluster_log(cluster, 1), "host: watching: head ");
	assert_holds(line, " nodes connected; witness_monitor: another node produces, ");
	assert_lacks(line, "NOT READY");
	assert_null(strstr(line + 1, "host: watching: head "));
}

TEST(hold_and_resume)
{
	const struct run *done = run("-c", config, "hold", "--for", "2h");

	assert_status(done, 0);
	assert_holds(done->out, "witness_monitor: foo is held until ");
	assert_holds(done->out, " UTC: no switch is made");
	assert_lacks(done->out, "logger");
	done = run("-c", config, "status");
	assert_holds(done->out, "UTC (in ");
	assert_holds(done->out, "would hold   hold: held by ");
	done = run("-c", config, "hold", "--json", "--instance", "witness_monitor");
	assert_status(done, 0);
	assert_holds(done->out, "\"ok\":true");
	assert_holds(run("-c", config, "status")->out, "hold         until it is resumed");
	done = run("-c", config, "takeover");
	assert_status(done, 1);
	assert_holds(done->out, "REFUSED: ");
	assert_status(run("-c", config, "hold", "--instance", "logger"), 1);
	assert_status(run("-c", config, "resume"), 0);
	assert_lacks(run("-c", config, "status")->out, "hold         ");
	done = run("-c", config, "hold", "--instance", "nobody");
	assert_status(done, 69);
	assert_holds(done->err, "golos-watchd: no plugin instance of that name runs here");
}

TEST(history)
{
	const struct run *told = run("-c", config, "history", "--since", "1h");

	assert_status(told, 0);
	assert_holds(told->out, "foo is held");
	assert_holds(told->out, "no longer held");
	assert_true(strstr(told->out, "foo is held") < strstr(told->out, "no longer held")); /* oldest first */
	told = run("-c", config, "history", "--since", "1h", "--json"); /* in the order of the text */
	assert_true(strstr(told->out, "foo is held") < strstr(told->out, "no longer held"));
	told = run("-c", config, "history", "--limit", "1", "--json");
	struct json *json = run_json(told);
	assert_int_equal(json_array_size(json), 1);
	json_free(json);
	assert_string_equal(run("-c", config, "history", "--instance", "nobody")->out, "");
}

/* Another program reads it without a complaint. */
static void assert_read_by(const char *command, const char *page)
{
	FILE *reader = popen(command, "w");

	assert_non_null(reader);
	assert_int_not_equal(fputs(page, reader), EOF);
	assert_int_equal(pclose(reader), 0);
}

TEST(metrics)
{
	const char *page = http_get(cluster_dir(cluster), "/metrics", "text/plain");

	assert_holds(page, "golos_watch_healthy 1\n");
	assert_holds(page, "golos_watch_node_up{node=\"ws://127.0.0.1:");
	assert_holds(page, "golos_watch_misses_in_window{instance=\"witness_monitor\",witness=\"foo\"} 0\n");
	assert_holds(page, "golos_watch_producer{instance=\"witness_monitor\",witness=\"foo\",producer=\"other\"} 1\n");
	assert_holds(page,
		     "golos_watch_guard_holds{instance=\"witness_monitor\",witness=\"foo\",guard=\"own_node\"} 0\n");
	assert_holds(page, "golos_watch_instance_figure{instance=\"logger\",witness=\"");
	assert_read_by("promtool check metrics", page);
	assert_read_by("/usr/bin/python3 " TEST_SOURCE_DIR "/ctl/read_metrics.py", page);
}

/* Prometheus asks so. */
TEST(openmetrics)
{
	const char *page =
		http_get(cluster_dir(cluster), "/metrics",
			 "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1");

	assert_holds(page, "# TYPE golos_watch_notices counter\n");
	assert_read_by("/usr/bin/python3 " TEST_SOURCE_DIR "/ctl/read_metrics.py --openmetrics", page);
}

TEST(check_asks_the_daemon)
{
	const struct run *told = run("-c", config, "check");

	assert_status(told, 0);
	assert_holds(told->out, "ok       daemon         golos-watchd ");
	assert_holds(told->out, "readiness      witness_monitor: ");
	assert_string_equal(told->err, ""); /* no log lines among those of the table */
}

/* Where several take orders it must be plain which: those are named, and no other plugin. */
TEST(takeover_names_those_that_take_orders)
{
	char text[8192];
	FILE *file = fopen(config, "r");

	assert_non_null(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	char *list_end = strstr(text, "http: unix:");
	assert_non_null(list_end);
	cluster_end_watcher(cluster, 1, SIGTERM);
	assert_non_null(file = fopen(config, "w"));
	fprintf(file, "%.*s", (int)(list_end - text), text);
	fprintf(file, "  - {name: second, plugin: witness_monitor, witness: bar, witness_pubkey: %s, dry_run: true}\n",
		cluster_key(cluster, 1));
	fputs("  - {name: price_feed, witness: foo, price: usd, quantities: {usd: {least: 1, spread: 5}},\n"
	      "     sources: [{of: usd, rpc: market_history.get_ticker, args: [[GOLOS, USD]], value: /latest1}]}\n",
	      file);
	fputs(list_end, file);
	assert_int_equal(fclose(file), 0);
	cluster_start_watcher(cluster, 1);
	cluster_await_watching(cluster, 1);
	const struct run *shown = run("-c", config, "status");
	assert_status(shown, 0);
	assert_holds(shown->out, "price_feed: foo\n");
	assert_holds(shown->out, "usd unknown, market_history.get_ticker [[\"GOLOS\",\"USD\"]], DOES NOT COUNT");
	assert_holds(shown->out, "nothing; median of the witnesses unknown\n");
	shown = run("-c", config, "feed");
	assert_status(shown, 0);
	assert_holds(shown->out, "price_feed: foo\n");
	assert_lacks(shown->out, "witness_monitor");
	shown = run("-c", config, "feed", "--json");
	struct json *json = run_json(shown);
	assert_int_equal(json_array_size(json), 1);
	json_free(json);
	/* the price feed takes orders as well, and has nothing to take over: it is not asked about */
	const struct run *refused = run("-c", config, "takeover", "--yes");
	assert_status(refused, 64);
	assert_holds(refused->err, "several instances take orders here: name one with --instance: witness_monitor, "
				   "second\n");
}

int main(void)
{
	return test_run(start, end);
}
