/* SPDX-License-Identifier: MIT
 * The price feed: markets of the devnet, and what comes of them on its chain. */
#include "scenario.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "../fetch/sources.h"

#define ROUND "{\"v\":1,\"verb\":\"resume\",\"instance\":\"price_feed\"}"

/* GBG for one GOLOS is five times a market's number; the fourth market does not exist. */
#define MARKET(symbol)                                                                                                 \
	"      - {of: usd, rpc: market_history.get_ticker, args: [[GOLOS, " symbol "]], value: /latest1, low: "        \
	"/highest_bid, high: /lowest_ask}"

static struct cluster *begin_feed(void)
{
	struct cluster_setup setup = {
		.witnesses = WITNESSES,
		.watchers = 2,
		.starts_no_watcher = true,
		.more_plugins = {"  - name: price_feed", "    witness: foo", "    sign: [feed_publish]",
				 "    feed_min: 0.001", "    feed_max: 1", "    feed_max_step: 1000",
				 "    max_feeds: 100", "    dry_run: false", "    first: ok", "    interval: 0",
				 "    takeover_step: 4", "    max_change_for: 4", "    price: usd * 5",
				 "    quantities: {usd: {least: 2, spread: 10}}", "    sources:", MARKET("AUSDT"),
				 MARKET("BUSDT"), MARKET("CUSDT"), MARKET("DUSDT")}};

	return cluster_new(&setup);
}

static void set_market(struct cluster *cluster, const char *symbol, const char *number)
{
	cluster_fault(cluster, "set_ticker", "[\"GOLOS\",\"%s\",\"%s\",\"%s\",\"%s\"]", symbol, number, number, number);
}

static void set_markets(struct cluster *cluster, const char *number)
{
	set_market(cluster, "AUSDT", number);
	set_market(cluster, "BUSDT", number);
	set_market(cluster, "CUSDT", number);
}

static struct cluster *begin_published(void)
{
	struct cluster *cluster = begin_feed();

	set_markets(cluster, "0.00200");
	cluster_start_watcher(cluster, 0);
	cluster_start_watcher(cluster, 1);
	return cluster;
}

/* Of foo's feed on chain: "100.000 GOLOS" for 1.000 GBG. */
static bool is_on_chain(struct cluster *cluster, const char *expected)
{
	const struct json *witness = cluster_call(cluster, "witness_api", "get_witness_by_account", "[\"foo\"]");
	const struct json *rate;
	char base[32], quote[32];

	return json_get_object(witness, "sbd_exchange_rate", &rate, NULL) == GW_OK &&
	       json_get_text(rate, "base", base, sizeof base, NULL) == GW_OK &&
	       json_get_text(rate, "quote", quote, sizeof quote, NULL) == GW_OK && strcmp(base, "1.000 GBG") == 0 &&
	       strcmp(quote, expected) == 0;
}

struct wanted {
	int watcher;
	const char *text;
	uint32_t asked; /* the block after which a person asked for a round */
};

/* The next round of itself comes in 10 min. */
static void ask_for_round(struct cluster *cluster, struct wanted *wanted)
{
	if (wanted->asked == cluster_head(cluster))
		return;
	wanted->asked = cluster_head(cluster);
	cluster_ask(cluster, wanted->watcher, ROUND);
}

static bool is_published(struct cluster *cluster, void *context)
{
	struct wanted *wanted = context;

	if (is_on_chain(cluster, wanted->text))
		return true;
	ask_for_round(cluster, wanted);
	return false;
}

static void await_published(struct cluster *cluster, int watcher, const char *quote)
{
	struct wanted wanted = {watcher, quote, 0};

	cluster_await(cluster, PATIENCE_S, is_published, &wanted, quote);
}

static bool is_said(struct cluster *cluster, void *context)
{
	struct wanted *wanted = context;

	if (cluster_has_said(cluster, wanted->watcher, wanted->text))
		return true;
	ask_for_round(cluster, wanted);
	return false;
}

static void await_round_said(struct cluster *cluster, int watcher, const char *text)
{
	struct wanted wanted = {watcher, text, 0};

	cluster_await(cluster, PATIENCE_S, is_said, &wanted, text);
}

/* The first one needs nobody: it comes with the first connection. */
struct cluster *feed_published(void)
{
	struct cluster *cluster = begin_published();

	cluster_await_said(cluster, 0, "(feed_published)", PATIENCE_S);
	expect(cluster, is_on_chain(cluster, "100.000 GOLOS"));
	set_markets(cluster, "0.00205"); /* less than min_change */
	cluster_ask(cluster, 0, ROUND);
	cluster_await_blocks(cluster, 3);
	expect(cluster, is_on_chain(cluster, "100.000 GOLOS"));
	set_markets(cluster, "0.00220");
	await_published(cluster, 0, "90.909 GOLOS");
	expect(cluster, !cluster_has_said(cluster, 1, "(feed_published)"));
	return cluster;
}

struct cluster *feed_sources_fail(void)
{
	struct cluster *cluster = begin_published();

	cluster_await_said(cluster, 0, "(feed_published)", PATIENCE_S);
	/* one lies, and one has been dead from the start: the other two count */
	set_markets(cluster, "0.00220");
	set_market(cluster, "BUSDT", "0.09000");
	await_published(cluster, 0, "90.909 GOLOS");
	await_round_said(cluster, 0, "it differs from the others (feed_source_bad)");
	await_round_said(cluster, 0, "[[\"GOLOS\",\"DUSDT\"]]: golosd answers with an error");
	/* two that differ: nobody knows which */
	set_market(cluster, "CUSDT", "0.00400");
	await_round_said(cluster, 0, "(feed_price_unknown)");
	/* all dead */
	set_markets(cluster, "0.00000");
	await_round_said(cluster, 0, "/latest1 is not above zero");
	cluster_await_blocks(cluster, 3);
	expect(cluster, is_on_chain(cluster, "90.909 GOLOS"));
	set_markets(cluster, "0.00200");
	await_published(cluster, 0, "100.000 GOLOS");
	return cluster;
}

/* Numbers of a server of loopback beside golosd's market; all but one of its pages are what must not count. */
struct cluster *feed_of_the_internet(void)
{
	static const char *const pages[] = {"price", "old", "redirect", "error", "long"};
	static const char *const wrong[] = {"/old: it is 1", "/redirect: ", "/error: ", "/long: "};
	static char lines[5][128];
	struct sources *sources = sources_start(NULL, NULL);
	struct cluster_setup setup = {.witnesses = WITNESSES,
				      .watchers = 1,
				      .starts_no_watcher = true,
				      .more_plugins = {"  - name: price_feed",
						       "    witness: foo",
						       "    sign: [feed_publish]",
						       "    feed_min: 0.001",
						       "    feed_max: 1",
						       "    feed_max_step: 1000",
						       "    max_feeds: 100",
						       "    dry_run: false",
						       "    first: ok",
						       "    interval: 0",
						       "    price: usd * 10 / 3 * factor",
						       "    quantities: {usd: {least: 2, spread: 10}, factor: "
						       "{least: 1, spread: 1}}",
						       "    sources:",
						       MARKET("AUSDT"),
						       MARKET("BUSDT"),
						       lines[0],
						       lines[1],
						       lines[2],
						       lines[3],
						       lines[4]}};

	for (size_t i = 0; i < 5; i++)
		snprintf(lines[i], sizeof lines[i],
			 "      - {of: factor, url: \"http://127.0.0.1:%u/%s\", value: /price, max_age: 5m}",
			 sources_port(sources), pages[i]);
	struct cluster *cluster = cluster_new(&setup);
	set_markets(cluster, "0.00200");
	cluster_start_watcher(cluster, 0);
	await_published(cluster, 0, "100.000 GOLOS");
	for (size_t i = 0; i < 4; i++)
		await_round_said(cluster, 0, wrong[i]);
	expect(cluster, !cluster_has_said(cluster, 0, "/price: "));
	sources_stop(sources);
	set_markets(cluster, "0.00220");
	await_round_said(cluster, 0, "factor is not known: 0 sources answer, and 1 are needed");
	expect(cluster, is_on_chain(cluster, "100.000 GOLOS"));
	return cluster;
}

struct cluster *feed_jumps(void)
{
	struct cluster *cluster = begin_published();

	cluster_await_said(cluster, 0, "(feed_published)", PATIENCE_S);
	set_markets(cluster, "0.00300");
	await_round_said(cluster, 0, "(feed_big_change)");
	set_markets(cluster, "0.00200");
	cluster_ask(cluster, 0, ROUND);
	cluster_await_blocks(cluster, 3);
	expect(cluster, is_on_chain(cluster, "100.000 GOLOS"));
	set_markets(cluster, "0.00300");
	await_published(cluster, 0, "66.667 GOLOS"); /* the third round, 4 s after the first */
	/* beyond the signer's own bounds, however long it stands: feed_max */
	set_markets(cluster, "3.00000");
	await_round_said(cluster, 0, "(feed_failed)");
	expect(cluster, cluster_has_said(cluster, 0, "feed_max"));
	expect(cluster, is_on_chain(cluster, "66.667 GOLOS"));
	return cluster;
}

struct cluster *feed_taken_over(void)
{
	struct cluster *cluster = begin_published();

	cluster_await_said(cluster, 0, "(feed_published)", PATIENCE_S);
	cluster_end_watcher(cluster, 0, SIGKILL);
	set_markets(cluster, "0.00220");
	await_published(cluster, 1, "90.909 GOLOS");
	cluster_await_said(cluster, 1, "(feed_published)", PATIENCE_S);
	/* the first one is back, and looks at the chain */
	cluster_start_watcher(cluster, 0);
	set_markets(cluster, "0.00240");
	await_published(cluster, 0, "83.333 GOLOS");
	return cluster;
}

struct cluster *feed_restarted(void)
{
	struct cluster *cluster = begin_published();

	cluster_await_said(cluster, 0, "(feed_published)", PATIENCE_S);
	cluster_end_watcher(cluster, 1, SIGTERM);
	expect(cluster, cluster_ask(cluster, 0, HOLD) != NULL);
	cluster_end_watcher(cluster, 0, SIGKILL);
	set_markets(cluster, "0.00220");
	cluster_start_watcher(cluster, 0);
	cluster_await_watching(cluster, 0);
	cluster_await_blocks(cluster, 4);
	expect(cluster, is_on_chain(cluster, "100.000 GOLOS")); /* held across the restart */
	await_published(cluster, 0, "90.909 GOLOS");
	return cluster;
}
