/* SPDX-License-Identifier: MIT
 * feed, feed try and feed publish through a running golos-watchd, on a chain that takes prices. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "fetch/sources.h"
#include "integration/cluster.h"
#include "integration/process.h"
#include "run.h"

static struct cluster *cluster;
static struct sources *sources;
static char config[128];

/* GBG for one GOLOS is five times a market's number. */
#define MARKET(symbol) "      - {of: usd, rpc: market_history.get_ticker, args: [[GOLOS, " symbol "]], value: /latest1}"

static void set_markets(const char *a, const char *b)
{
	cluster_fault(cluster, "set_ticker", "[\"GOLOS\",\"AUSDT\",\"%s\",\"%s\",\"%s\"]", a, a, a);
	cluster_fault(cluster, "set_ticker", "[\"GOLOS\",\"BUSDT\",\"%s\",\"%s\",\"%s\"]", b, b, b);
}

/* Two nodes of foo; the feed beside node 1 has published nothing, and is in its dry run. */
static int start(void **state)
{
	static char of_the_internet[128];
	const struct cluster_setup setup = {
		.watchers = 2,
		.starts_no_watcher = true,
		.more_plugins = {"  - name: price_feed", "    witness: foo", "    sign: [feed_publish]",
				 "    feed_min: 0.001", "    feed_max: 0.02", "    feed_max_step: 1000",
				 "    max_feeds: 100", "    max_change: 1000", "    max_from_median: 1000",
				 "    price: usd * 5",
				 "    quantities: {usd: {least: 2, spread: 10}, page: {least: 1, spread: 1}}",
				 "    sources:", MARKET("AUSDT"), MARKET("BUSDT"), of_the_internet}};

	(void)state;
	sources = sources_start(NULL, NULL);
	sources_play(sources, "/page", "{\"n\":\"7\"}");
	snprintf(of_the_internet, sizeof(of_the_internet),
		 "      - {of: page, url: \"http://127.0.0.1:%u/page\", value: /n}", sources_port(sources));
	cluster = cluster_new(&setup);
	snprintf(config, sizeof(config), "%s/watcher-1.yml", cluster_dir(cluster));
	set_markets("0.00200", "0.00202");
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
	sources_stop(sources);
	return 0;
}

static void assert_on_chain(const char *expected)
{
	const struct json *witness = cluster_call(cluster, "witness_api", "get_witness_by_account", "[\"foo\"]");
	const struct json *rate;
	char quote[32];

	assert_int_equal(json_get_object(witness, "sbd_exchange_rate", &rate, NULL), GW_OK);
	assert_int_equal(json_get_text(rate, "quote", quote, sizeof(quote), NULL), GW_OK);
	assert_string_equal(quote, expected);
}

TEST(try_publishes_nothing)
{
	const struct run *shown = run("-c", config, "feed", "try");

	assert_status(shown, 0);
	assert_holds(shown->out, "price_feed: all sources of the price of foo are asked; nothing is published\n");
	assert_holds(shown->out, "\nprice_feed: foo\n");
	assert_holds(shown->out, "\n\nnothing was published\n");
	assert_holds(shown->out, "sources      usd 0.002, market_history.get_ticker [[\"GOLOS\",\"AUSDT\"]]\n");
	assert_holds(shown->out, "               page 7, 127.0.0.1:");
	assert_holds(shown->out, "quantities   usd 0.00201\n               page 7\n");
	assert_holds(shown->out, "price        0.01005 GBG for one GOLOS: 1.000 GBG for 99.502 GOLOS\n");
	assert_holds(shown->out,
		     "publishing   first waits: foo has published no price yet: `golos-watch feed publish`");
	assert_on_chain("0.000 GOLOS");
	assert_holds(run("-c", config, "feed", "--json")->out, "\"kind\":\"try\"");
}

static char order_text[256];

/* "state" of the order in what --json printed. */
static const char *order_state(const struct run *shown)
{
	struct json *json = run_json(shown);
	const struct json *status, *order;

	assert_true(json_is_array(json));
	assert_int_equal(json_get_object(json_element(json, 0), "status", &status, NULL), GW_OK);
	assert_int_equal(json_get_object(status, "order", &order, NULL), GW_OK);
	assert_int_equal(json_get_text(order, "state", order_text, sizeof(order_text), NULL), GW_OK);
	json_free(json);
	return order_text;
}

/* Each is asked for anew: a source that is gone has no number of before. */
TEST(try_tells_what_is_wrong)
{
	set_markets("0.00200", "0.00000");
	const struct run *shown = run("-c", config, "feed", "try");
	assert_status(shown, 1);
	assert_holds(shown->out, ", DOES NOT COUNT: ");
	assert_holds(shown->out, "price        unknown\n");
	shown = run("-c", config, "feed", "try", "--json");
	assert_status(shown, 1);
	assert_string_equal(order_state(shown), "done");
	assert_int_equal(shown->out[0], '[');
	set_markets("0.00200", "0.00200");
}

/* Each source has its line. One that fails is told, and is no fault as long as a price comes of the others. */
TEST(check_tries_each_source)
{
	const struct run *shown = run("-c", config, "check");

	assert_status(shown, 0);
	assert_holds(shown->out,
		     "ok       source         price_feed: market_history.get_ticker [[\"GOLOS\",\"AUSDT\"]] of usd: "
		     "0.002\n");
	assert_holds(shown->out, "ok       price          price_feed: 0.01 GBG for one GOLOS\n");
	set_markets("0.00000", "0.00200");
	shown = run("-c", config, "check");
	assert_status(shown, 1);
	assert_holds(shown->out,
		     "wrong    source         price_feed: market_history.get_ticker [[\"GOLOS\",\"AUSDT\"]] of usd: "
		     "/latest1 is not above zero\n");
	assert_holds(shown->out,
		     "wrong    price          price_feed: unknown: usd is not known: 1 sources answer, and 2");
	set_markets("0.00200", "0.00200");
	assert_on_chain("0.000 GOLOS");
	shown = run("-c", config, "check", "--socket", "/nowhere");
	assert_holds(shown->out,
		     "unknown  source         price_feed: golos-watchd asks its sources, and does not answer\n");
}

TEST(publish_wants_yes_under_dry_run)
{
	const struct run *refused = run("-c", config, "feed", "publish");

	assert_status(refused, 1);
	assert_string_equal(refused->out,
			    "price_feed: REFUSED: dry_run publishes nothing: --yes publishes this one all the same\n");
	assert_on_chain("0.000 GOLOS");
}

TEST(publish_waits_for_the_block)
{
	const struct run *done = run("-c", config, "feed", "publish", "--yes");

	assert_status(done, 0);
	assert_holds(done->out, "price        0.01 GBG for one GOLOS: 1.000 GBG for 100.000 GOLOS\n");
	assert_holds(done->out, " holds it\n");
	assert_on_chain("100.000 GOLOS");
	assert_holds(cluster_log(cluster, 1), "(feed_ordered)");
	/* the second one is queued until the first is irreversible */
	set_markets("0.00220", "0.00220");
	done = run("-c", config, "feed", "publish", "--yes");
	assert_status(done, 0);
	assert_holds(done->out, "  waits for the publication before it\n");
	assert_on_chain("90.909 GOLOS");
}

/* A switch of the same witness does not wait for a price, nor a price for a switch. */
TEST(publish_beside_a_switch)
{
	const char *const words[] = {"-c", config, "takeover", NULL};

	set_markets("0.00240", "0.00240");
	struct run_begun switched = run_begin(NULL, words);
	const struct run *done = run("-c", config, "feed", "publish", "--yes", "--json");
	assert_status(done, 0);
	assert_string_equal(order_state(done), "done");
	assert_on_chain("83.333 GOLOS");
	assert_status(run_finish(&switched), 0);
	assert_int_equal(cluster_producer(cluster), 1);
}

TEST(publish_passes_no_bound)
{
	set_markets("0.00500", "0.00500"); /* feed_max: the signer's */
	const struct run *refused = run("-c", config, "feed", "publish", "--yes");
	assert_status(refused, 1);
	assert_holds(refused->out, "NOT PUBLISHED: ");
	assert_holds(refused->out, "feed_max");
	refused = run("-c", config, "feed", "publish", "--yes", "--json");
	assert_status(refused, 1);
	assert_string_equal(order_state(refused), "failed");
	set_markets("0.00260", "0.00260");
	assert_status(run("-c", config, "hold", "--instance", "price_feed"), 0);
	refused = run("-c", config, "feed", "publish", "--yes");
	assert_status(refused, 1);
	assert_holds(refused->out, "REFUSED: held by ");
	assert_on_chain("83.333 GOLOS");
}

/* Last: where this runs as root nobody can start it again. */
TEST(a_fetch_that_died_is_told)
{
	pid_t pid = process_child_named(cluster_pid(cluster, 1), "golos-watch-fet"); /* 15 characters are kept */

	assert_true(pid > 0);
	assert_holds(run("-c", config, "check")->out, "ok       fetch          golos-watch-fetch runs as ");
	assert_int_equal(kill(pid, SIGKILL), 0);
	cluster_await_said(cluster, 1, "(fetch_gone)", PATIENCE_S);
	assert_holds(cluster_log(cluster, 1),
		     "critical host: golos-watch-fetch has ended: no source of the internet is asked until ");
	assert_holds(run("-c", config, "status")->out,
		     "internet       NOT ASKED: golos-watch-fetch has ended: no source");
	assert_holds(run("-c", config, "check")->out, "wrong    fetch          golos-watch-fetch has ended: no source");
	const struct run *shown = run("-c", config, "feed", "try");
	assert_status(shown, 0); /* the formula does not need it */
	assert_holds(shown->out, "DOES NOT COUNT: nobody is there to be asked\n");
}

int main(void)
{
	return test_run(start, end);
}
