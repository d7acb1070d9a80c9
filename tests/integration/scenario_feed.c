/* SPDX-License-Identifier: MIT
 * The price feed: the devnet's own market and a server of https that plays sources, and what comes of them on the chain. */
#include "scenario.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../fetch/sources.h"
#include "base/memory.h"
#include "certificate.h"
#include "cluster_parts.h"

#define ROUND "{\"v\":1,\"verb\":\"resume\",\"instance\":\"price_feed\"}"

#define FEED_MAY_SIGN                                                                                                  \
	"  - name: price_feed", "    witness: foo", "    sign: [feed_publish]", "    feed_min: 0.001",                 \
		"    feed_max: 1", "    feed_max_step: 1000", "    max_feeds: 100", "    dry_run: false",              \
		"    first: ok", "    interval: 0"

/* golosd's own market: no internet is needed for it. */
#define GOLOSD_MARKET                                                                                                  \
	"      - {of: usd, rpc: market_history.get_ticker, args: [[GOLOS, AUSDT]], value: /latest1, low: "             \
	"/highest_bid, high: /lowest_ask}"

/* ---- the internet ------------------------------------------------------------------------------------------------ */

#define URLS_MAX 16

/* Its certificate is of nobody whom the system knows: the watchers' `ca_file` names it. */
static struct {
	struct certificate *certificate;
	struct sources *sources;
	char ca_file[160];
	char entries[URLS_MAX][256];
} internet;

static void end_internet(void)
{
	void *certificate = internet.certificate;

	sources_stop(internet.sources);
	certificate_remove(&certificate);
}

static void begin_internet(void)
{
	void *certificate;

	if (certificate_make(&certificate) != 0)
		exit(EXIT_FAILURE);
	internet.certificate = certificate;
	internet.sources = sources_start(internet.certificate->cert, internet.certificate->key);
	snprintf(internet.ca_file, sizeof internet.ca_file, "ca_file: %s", internet.certificate->cert);
	atexit(end_internet);
}

/* An entry of `sources`; more: "" or further keys. */
static const char *entry(size_t place, const char *of, const char *host, const char *path, const char *more)
{
	snprintf(internet.entries[place], sizeof internet.entries[place],
		 "      - {of: %s, url: \"https://%s%s\", value: /price%s}", of, host, path, more);
	return internet.entries[place];
}

static const char *localhost(const char *name)
{
	static char texts[2][64];
	static size_t next;
	char *text = texts[next++ % 2];

	snprintf(text, sizeof texts[0], "%s:%u", name, sources_port(internet.sources));
	return text;
}

/* ---- markets ----------------------------------------------------------------------------------------------------- */

/* A is golosd's, B and C are servers of https; GBG for one GOLOS is five times a market's number. */
static void set_market(struct cluster *cluster, char market, const char *number)
{
	char path[3] = {'/', market, '\0'}, body[64];

	if (market == 'A') {
		cluster_fault(cluster, "set_ticker", "[\"GOLOS\",\"AUSDT\",\"%s\",\"%s\",\"%s\"]", number, number,
			      number);
		return;
	}
	snprintf(body, sizeof body, "{\"price\":\"%s\"}", number);
	sources_play(internet.sources, path, body);
}

static void set_markets(struct cluster *cluster, const char *number)
{
	set_market(cluster, 'A', number);
	set_market(cluster, 'B', number);
	set_market(cluster, 'C', number);
}

/* more: further options of the devnet. A fourth source is dead from the start. */
static struct cluster *begin_feed(unsigned witnesses, const char *const more[6])
{
	begin_internet();
	struct cluster_setup setup = {
		.witnesses = witnesses,
		.watchers = 2,
		.starts_no_watcher = true,
		.host_options = {internet.ca_file},
		.more_plugins = {FEED_MAY_SIGN, "    takeover_step: 4", "    max_change_for: 4", "    max_age: 600",
				 "    price: usd * 5", "    quantities: {usd: {least: 2, spread: 10}}",
				 "    sources:", GOLOSD_MARKET, entry(0, "usd", localhost("localhost"), "/B", ""),
				 entry(1, "usd", localhost("localhost"), "/C", ""),
				 entry(2, "usd", "localhost:1", "/D", "")}};

	for (size_t i = 0; more && i < 6; i++)
		setup.devnet_options[i] = more[i];
	struct cluster *cluster = cluster_new(&setup);
	set_markets(cluster, "0.00200");
	return cluster;
}

static struct cluster *begin_published(void)
{
	struct cluster *cluster = begin_feed(WITNESSES, NULL);

	cluster_start_watcher(cluster, 0);
	cluster_start_watcher(cluster, 1);
	return cluster;
}

/* Of foo's feed on chain. */
static bool is_rate(struct cluster *cluster, const char *expected_base, const char *expected_quote)
{
	const struct json *witness = cluster_call(cluster, "witness_api", "get_witness_by_account", "[\"foo\"]");
	const struct json *rate;
	char base[32], quote[32];

	return json_get_object(witness, "sbd_exchange_rate", &rate, NULL) == GW_OK &&
	       json_get_text(rate, "base", base, sizeof base, NULL) == GW_OK &&
	       json_get_text(rate, "quote", quote, sizeof quote, NULL) == GW_OK && strcmp(base, expected_base) == 0 &&
	       strcmp(quote, expected_quote) == 0;
}

static bool is_on_chain(struct cluster *cluster, const char *quote)
{
	return is_rate(cluster, "1.000 GBG", quote);
}

/* The plugin's own part of the status; borrowed until the next question. */
static const struct json *feed_status(struct cluster *cluster)
{
	const struct json *instances = cluster_member(cluster_ask(cluster, 0, STATUS), "instances");

	return cluster_member(json_element(instances, 1), "status");
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
	expect(cluster, cluster_has_said(cluster, 0, "(feed_no_median)"));
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
	set_market(cluster, 'B', "0.09000");
	await_published(cluster, 0, "90.909 GOLOS");
	await_round_said(cluster, 0, "it differs from the others (feed_source_bad)");
	await_round_said(cluster, 0, "localhost:1/D: no answer: ");
	/* two that differ: nobody knows which */
	set_market(cluster, 'C', "0.00400");
	await_round_said(cluster, 0, "(feed_price_unknown)");
	/* all dead */
	set_markets(cluster, "0.00000");
	await_round_said(cluster, 0, "/latest1 is not above zero");
	cluster_await_blocks(cluster, 3);
	expect(cluster, is_on_chain(cluster, "90.909 GOLOS"));
	set_markets(cluster, "0.00200");
	await_published(cluster, 0, "100.000 GOLOS");
	/* our golosd dies: another node is asked in its place, and counts once */
	cluster_fault(cluster, "kill", "[0]");
	set_market(cluster, 'A', "0.00220");
	set_market(cluster, 'B', "0.00220");
	set_market(cluster, 'C', "0.00000");
	await_published(cluster, 0, "90.909 GOLOS");
	return cluster;
}

#define NESTED_SIZE 65536

static const struct hostile {
	const char *host, *path; /* NULL: the server's own */
	const char *body;	 /* NULL: what the path says, see sources.h */
	const char *why;
} hostile[] = {
	{NULL, "/slow", NULL, "no whole answer in time: "},
	{NULL, "/silent", NULL, "no whole answer in time: "},
	{NULL, "/endless", NULL, "the answer is longer than 65536 bytes"},
	{NULL, "/head", NULL, "or its head than 16384"},
	{NULL, "/nested", "", "the answer is no JSON: "},
	{NULL, "/object", "{\"price\":{\"usd\":1}}", "/price: a number is expected"},
	{NULL, "/nan", "{\"price\":\"NaN\"}", "/price: 'NaN' is no decimal number"},
	{NULL, "/minus", "{\"price\":-1}", "/price is not above zero"},
	{NULL, "/huge", "{\"price\":\"1e400\"}", "/price: 1e400 is beyond what is counted with"},
	{NULL, "/number", "{\"price\":1e400}", "the answer is no JSON: "},
	{NULL, "/day", "{\"price\":1,\"at\":\"2020-01-01T00:00:00Z\"}", " s old, and max_age is 86400"},
	{NULL, "/redirect", NULL, "the server answers 302, a redirect, and none is followed"},
	{"127.0.0.1", "/price", NULL, "the server's certificate is refused: "},
	{"some.localhost", "/price", NULL, "some.localhost leads to "},
	{"167772161", "/price", NULL, "167772161 leads to 10.0.0.1, which is no address of the internet"},
};
#define HOSTILE (sizeof hostile / sizeof hostile[0])

static void play_hostile(const char *lines[HOSTILE])
{
	char *nested = xcalloc(NESTED_SIZE + 1, 1);

	memset(nested, '[', NESTED_SIZE);
	for (size_t i = 0; i < HOSTILE; i++) {
		const struct hostile *h = &hostile[i];

		if (h->body)
			sources_play(internet.sources, h->path, *h->body ? h->body : nested);
		lines[i] = entry(i, "usd", localhost(h->host ? h->host : "localhost"), h->path,
				 strcmp(h->path, "/day") == 0 ? ", time: /at, max_age: 1d" : "");
	}
	free(nested);
}

/* Each is one sentence, in the place of its source. */
static void expect_sentences(struct cluster *cluster)
{
	const struct json *sources = cluster_member(feed_status(cluster), "sources");

	expect(cluster, json_array_size(sources) == HOSTILE);
	for (size_t i = 0; i < HOSTILE; i++) {
		const char *why = json_string(cluster_member(json_element(sources, i), "why"), NULL);

		if (!why || !strstr(why, hostile[i].why))
			cluster_give_up(cluster, "%s: '%s'", hostile[i].path, why ? why : "it counts");
	}
}

/* One that counted would be published: nothing else is needed. */
struct cluster *feed_hostile_sources(void)
{
	const char *lines[HOSTILE];

	begin_internet();
	struct cluster_setup setup = {.witnesses = WITNESSES,
				      .watchers = 1,
				      .starts_no_watcher = true,
				      .host_options = {internet.ca_file},
				      .more_plugins = {FEED_MAY_SIGN, "    price: usd / 100",
						       "    quantities: {usd: {least: 1, spread: 10}}",
						       "    sources:"}};
	play_hostile(lines);
	size_t count = 0;
	while (setup.more_plugins[count])
		count++;
	memcpy(&setup.more_plugins[count], lines, sizeof lines);
	struct cluster *cluster = cluster_new(&setup);
	cluster_start_watcher(cluster, 0);
	cluster_await_said(cluster, 0, "(feed_price_unknown)", PATIENCE_S);
	expect(cluster, cluster_has_said(cluster, 0, "usd is not known: 0 sources answer, and 1 are needed"));
	expect_sentences(cluster);
	cluster_await_blocks(cluster, 3);
	expect(cluster, is_rate(cluster, "0.000 GOLOS", "0.000 GOLOS"));
	expect_signed(cluster, 0, 0);
	return cluster;
}

/* An old chain with a median: foo's feed there is 700 s old, and older than max_age. */
struct cluster *feed_old_and_far(void)
{
	static const char *const old[6] = {"--feed", "10", "--feed-interval", "20", "--prerun", "700"};
	struct cluster *cluster = begin_feed(7, old);

	expect(cluster, is_rate(cluster, "0.010 GBG", "1.000 GOLOS"));
	cluster_start_watcher(cluster, 0);
	cluster_await_said(cluster, 0, "(feed_published)", PATIENCE_S); /* the same price anew */
	expect(cluster, is_on_chain(cluster, "100.000 GOLOS"));
	expect(cluster, !cluster_has_said(cluster, 0, "(feed_no_median)"));
	set_markets(cluster, "0.00400");
	await_round_said(cluster, 0, "(feed_far_from_median)");
	cluster_await_blocks(cluster, 6); /* however long it stands */
	cluster_ask(cluster, 0, ROUND);
	cluster_await_blocks(cluster, 3);
	expect(cluster, is_on_chain(cluster, "100.000 GOLOS"));
	return cluster;
}

/* All sources are dead, and nobody has noticed for three days: a block a minute, of which there are 4,400. */
struct cluster *feed_of_three_days(void)
{
	static const char *const old[6] = {"--feed", "10", "--interval", "60", "--prerun", "4400"};
	struct cluster *cluster = begin_feed(WITNESSES, old);

	set_markets(cluster, "0.00000");
	cluster_start_watcher(cluster, 0);
	cluster_await_said(cluster, 0, "(feed_stale)", PATIENCE_S);
	expect(cluster,
	       cluster_has_said(cluster, 0, "the price of foo on chain is 3 days old, and golosd drops it after 7"));
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
