/* SPDX-License-Identifier: MIT
 * The rules of publishing, in virtual time: what other feeds got wrong is a test each. */
#include "feed.h"
#include "test.h"

#include <stdio.h>
#include <time.h>

#define START_S 1796083200
#define MINUTE	60
#define HOUR	3600
#define DAY	86400

/* What the chain and the sources would answer, and what came out. */
struct scene {
	struct feed feed;
	struct gw_now now;
	const char *prices[4]; /* of the sources; NULL: no answer at all; "": an error */
	const char *own;       /* our feed on chain: GBG for one GOLOS; NULL: none */
	int64_t own_s;
	bool own_reversed;  /* the other way round */
	const char *median; /* NULL: none */
	bool chain_silent;
	uint64_t next_id;
	unsigned submits;
	struct gw_intent intent;
	char notices[8192]; /* "code\n" each, since the last round began */
	char texts[16384];
	bool answers_later; /* asked, and not answered */
	bool fails_at_once; /* what is submitted */
	bool host_is_busy;
};

static struct scene scene;

static void begin(uint32_t sources, uint32_t least)
{
	static struct feed_options options;
	struct error err;
	char text[2048], quantity_text[128];
	size_t len = 0;

	memset(&scene, 0, sizeof(scene));
	memset(&options, 0, sizeof(options));
	options = (struct feed_options){.witness = "foo",
					.every_s = 600,
					.interval_s = HOUR,
					.max_age_s = DAY,
					.takeover_step_s = 10 * MINUTE,
					.max_change_for_s = 20 * MINUTE,
					.min_change = decimal_of(3),
					.max_change = decimal_of(25),
					.max_from_median = decimal_of(50),
					.bias = decimal_of(1),
					.has_order = true};
	snprintf(quantity_text, sizeof(quantity_text), "{\"p\":{\"least\":%u,\"spread\":10}}", least);
	len += (size_t)snprintf(text + len, sizeof(text) - len, "[");
	for (uint32_t i = 0; i < sources; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					"%s{\"of\":\"p\",\"rpc\":\"market_history.get_%u\",\"value\":\"/v\"}",
					i ? "," : "", i);
	snprintf(text + len, sizeof(text) - len, "]");
	if (source_read_quantities(options.quantities, &options.quantity_count, quantity_text, &err) != GW_OK ||
	    source_read_all(options.sources, &options.source_count, text, options.quantities, options.quantity_count,
			    &err) != GW_OK ||
	    formula_read(&options.formula, "p", (const char *const[]){"p"}, 1, &err) != GW_OK)
		fail_msg("%s", err.text);
	feed_init(&scene.feed, &options);
	scene.now = (struct gw_now){START_S * INT64_C(1000), 5000000, START_S * INT64_C(1000)};
	scene.own = scene.median = "0.0100";
	scene.own_s = START_S;
	feed_start(&scene.feed, &scene.now);
}

static void pass(int64_t seconds)
{
	scene.now.wall_ms += seconds * 1000;
	scene.now.mono_ms += seconds * 1000;
	scene.now.chain_ms += seconds * 1000;
}

static int64_t now_s(void)
{
	return scene.now.chain_ms / 1000;
}

static void answer_witness(uint64_t id)
{
	char text[256], time[24] = "1970-01-01T00:00:00";
	time_t at = (time_t)scene.own_s;
	struct tm tm;

	if (scene.own)
		strftime(time, sizeof(time), "%Y-%m-%dT%H:%M:%S", gmtime_r(&at, &tm));
	snprintf(text, sizeof(text),
		 "{\"sbd_exchange_rate\":{\"%s\":\"%s GBG\",\"%s\":\"%s GOLOS\"},\"last_sbd_exchange_update\":\"%s\"}",
		 scene.own_reversed ? "quote" : "base", scene.own ? scene.own : "0.000",
		 scene.own_reversed ? "base" : "quote", scene.own ? "1.000" : "0.000", time);
	feed_answered(&scene.feed, true, id, GW_OK, text, strlen(text), 0, &scene.now);
}

static void answer_history(uint64_t id)
{
	char text[256] = "{\"price_history\":[]}";

	if (scene.median)
		snprintf(text, sizeof(text), "{\"price_history\":[{\"base\":\"%s GBG\",\"quote\":\"1.000 GOLOS\"}]}",
			 scene.median);
	feed_answered(&scene.feed, true, id, GW_OK, text, strlen(text), 0, &scene.now);
}

static void answer(const struct feed_action *action)
{
	uint64_t id = ++scene.next_id;
	char text[64];

	feed_asked(&scene.feed, action->ask, GW_OK, id, &scene.now);
	if (action->ask < FEED_ASK_SOURCES) {
		if (scene.chain_silent)
			feed_answered(&scene.feed, true, id, GW_ERR_TIMEOUT, NULL, 0, 0, &scene.now);
		else if (action->ask == FEED_ASK_WITNESS)
			answer_witness(id);
		else
			answer_history(id);
		return;
	}
	const char *price = scene.prices[action->ask - FEED_ASK_SOURCES];
	if (!price)
		return;
	snprintf(text, sizeof(text), "{\"v\":\"%s\"}", price);
	feed_answered(&scene.feed, true, id, *price ? GW_OK : GW_ERR_PROTOCOL, text, strlen(text), 0, &scene.now);
}

static void report(int32_t state, int32_t reason);

static void act(const struct feed_action *action)
{
	if (action->type == FEED_NOTICE) {
		snprintf(scene.notices + strlen(scene.notices), sizeof(scene.notices) - strlen(scene.notices), "%s\n",
			 action->code);
		snprintf(scene.texts + strlen(scene.texts), sizeof(scene.texts) - strlen(scene.texts), "%s\n",
			 action->text);
	} else if (action->type == FEED_ASK_RPC && !scene.answers_later) {
		answer(action);
	} else if (action->type == FEED_SUBMIT) {
		scene.submits++;
		scene.intent = action->intent;
		if (scene.fails_at_once)
			report(GW_SUBMISSION_FAILED, GW_FAIL_POLICY);
		feed_submitted(&scene.feed, scene.host_is_busy ? GW_ERR_BUSY : GW_OK, scene.submits, &scene.now);
	}
}

static void drain(void)
{
	struct feed_action action;

	while (feed_next(&scene.feed, &scene.now, &action))
		act(&action);
}

/* One round now. Sources that give no answer cost its whole time. */
static enum feed_verdict play_round(void)
{
	scene.notices[0] = scene.texts[0] = '\0';
	scene.feed.next_ms = scene.now.mono_ms;
	feed_timer(&scene.feed, &scene.now);
	drain();
	if (scene.feed.runs) {
		pass(FEED_ROUND_MS / 1000);
		feed_timer(&scene.feed, &scene.now);
		drain();
	}
	assert_false(scene.feed.runs);
	return scene.feed.verdict;
}

#define expect_round(expected)                                                                                         \
	do {                                                                                                           \
		enum feed_verdict verdict = play_round();                                                              \
		if (verdict != (expected))                                                                             \
			fail_msg("%s:%d: %s (%s), not %s", __FILE__, __LINE__, feed_verdict_name(verdict),             \
				 scene.feed.why, feed_verdict_name(expected));                                         \
	} while (0)

static bool said(const char *code)
{
	return strstr(scene.notices, code) != NULL;
}

static void report(int32_t state, int32_t reason)
{
	struct gw_submission_event event = {.struct_size = sizeof(event),
					    .state = state,
					    .reason = reason,
					    .block_num = 7,
					    .now = scene.now,
					    .id = scene.submits,
					    .intent = &scene.intent};

	feed_submission(&scene.feed, &event);
	if (!scene.fails_at_once)
		drain();
}

/* The chain takes it: our feed is what was published. */
static void land(const char *own)
{
	report(GW_SUBMISSION_IN_BLOCK, GW_FAIL_NONE);
	report(GW_SUBMISSION_IRREVERSIBLE, GW_FAIL_NONE);
	scene.own = own;
	scene.own_s = now_s();
}

static void give(const char *a, const char *b, const char *c)
{
	scene.prices[0] = a;
	scene.prices[1] = b;
	scene.prices[2] = c;
}

/* ---- when ---------------------------------------------------------------------------------------------------------- */

static void a_change_is_published_once_the_interval_has_passed(void **unused)
{
	(void)unused;
	begin(1, 1);
	give("0.0103", NULL, NULL);
	pass(HOUR);
	expect_round(FEED_NOT_DUE); /* 3 percent is no more than 3 percent */
	give("0.01031", NULL, NULL);
	expect_round(FEED_PUBLISHES);
	assert_string_equal(scene.intent.base, "1.000 GBG");
	assert_string_equal(scene.intent.quote, "96.993 GOLOS");
	assert_int_equal(scene.intent.operation, GW_OP_FEED_PUBLISH);
	assert_string_equal(scene.intent.witness, "foo");
	land("0.0103");
	give("0.0110", NULL, NULL);
	pass(10 * MINUTE);
	expect_round(FEED_TOO_SOON);
	pass(50 * MINUTE);
	expect_round(FEED_PUBLISHES);
	assert_int_equal(scene.submits, 2);
}

static void an_old_feed_is_published_anew(void **unused)
{
	(void)unused;
	begin(1, 1);
	give("0.0100", NULL, NULL);
	pass(DAY);
	expect_round(FEED_NOT_DUE);
	pass(1);
	expect_round(FEED_PUBLISHES);
}

static void a_feed_with_its_sides_exchanged_is_published_anew(void **unused)
{
	(void)unused;
	begin(1, 1);
	give("0.0100", NULL, NULL);
	pass(HOUR);
	expect_round(FEED_NOT_DUE);
	scene.own_reversed = true;
	expect_round(FEED_PUBLISHES);
}

static void the_bias_multiplies(void **unused)
{
	(void)unused;
	begin(1, 1);
	assert_int_equal(decimal_parse(&scene.feed.options.bias, "1.1", 3, NULL), GW_OK);
	give("0.0100", NULL, NULL);
	pass(HOUR);
	expect_round(FEED_PUBLISHES);
	assert_string_equal(scene.intent.quote, "90.909 GOLOS");
}

/* A node that has not heard of our publication yet shows the old one: that is no reason for a second. */
static void a_node_that_lags_brings_no_second_publication(void **unused)
{
	(void)unused;
	begin(1, 1);
	give("0.0110", NULL, NULL);
	pass(HOUR);
	expect_round(FEED_PUBLISHES);
	report(GW_SUBMISSION_IN_BLOCK, GW_FAIL_NONE);
	expect_round(FEED_TOO_SOON);
	report(GW_SUBMISSION_IRREVERSIBLE, GW_FAIL_NONE);
	pass(10 * MINUTE);
	expect_round(FEED_TOO_SOON);
	assert_int_equal(scene.submits, 1);
}

/* ---- what other feeds got wrong ------------------------------------------------------------------------------------ */

/* Each begins with a round in which all three say 0.0110, an hour before anything is due. The others: the same market
 * counted twice and answers of a cache in test_price_sources.c, lost digits in test_price_numbers.c, and what follows here. */
static const struct story {
	const char *name, *prices[3];
	const char *why;   /* of the first source; NULL: it counts */
	const char *quote; /* for 1.000 GBG; NULL: the price is unknown */
} stories[] = {
	{"one bad provider moves an average", {"0.0500", "0.0110", "0.0112"}, "it differs from the others", "90.090"},
	{"and one that says next to nothing", {"0.0001", "0.0110", "0.0112"}, "it differs from the others", "90.090"},
	{"a sigma rule throws out two of three", {"0.0110", "0.0115", "0.0120"}, NULL, "86.957"},
	{"one slow source stops all", {NULL, "0.0110", "0.0110"}, "no answer in time", "90.909"},
	{"one failing source stops all",
	 {"", "0.0110", "0.0110"},
	 "golosd answers with an error: has it this plugin, and the market?",
	 "90.909"},
	{"an API that died is answered from a cache", {"", "", ""}, "golosd answers with an error", NULL},
	{"one that is left is trusted alone", {"0.0110", "", NULL}, NULL, NULL},
	{"two differ, and one is believed", {"0.0110", "0.0140", ""}, "it differs from the others", NULL},
	{"all volumes zero divide by zero", {"0.00000000", "0.0", "0"}, "/v is not above zero", NULL},
	{"a third digit that matters is rounded off", {"0.0095", "0.0095", "0.0095"}, NULL, "105.263"},
};

static void expect_story(const struct story *story)
{
	begin(3, 2);
	give("0.0110", "0.0110", "0.0110");
	expect_round(FEED_TOO_SOON);
	pass(HOUR);
	give(story->prices[0], story->prices[1], story->prices[2]);
	enum feed_verdict verdict = play_round();
	const struct feed_source *first = &scene.feed.sources[0];
	char quote[32] = "";

	snprintf(quote, sizeof(quote), "%s GOLOS", story->quote ? story->quote : "");
	if (verdict != (story->quote ? FEED_PUBLISHES : FEED_PRICE_UNKNOWN) ||
	    scene.submits != (story->quote != NULL) || (story->quote && strcmp(scene.intent.quote, quote) != 0) ||
	    strncmp(first->text, story->why ? story->why : "", story->why ? strlen(story->why) : 1) != 0)
		fail_msg("%s: %s, %s, '%s'", story->name, feed_verdict_name(verdict), scene.intent.quote, first->text);
	if (!story->quote)
		assert_true(said("feed_price_unknown"));
}

static void what_other_feeds_did_does_not_happen(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < COUNT(stories); i++)
		expect_story(&stories[i]);
}

static void one_bad_provider_moves_nothing(void **unused)
{
	(void)unused;
	begin(3, 2);
	give("0.0100", "0.0500", "0.0101");
	pass(HOUR);
	expect_round(FEED_NOT_DUE);
	assert_false(said("feed_source_bad"));
	expect_round(FEED_NOT_DUE);
	expect_round(FEED_NOT_DUE);
	assert_true(said("feed_source_bad")); /* people hear of it, though nothing hangs on it */
	expect_round(FEED_NOT_DUE);
	assert_false(said("feed_source_bad")); /* once */
	give("0.0100", "0.0100", "0.0101");
	expect_round(FEED_NOT_DUE);
	assert_true(said("feed_source_well"));
}

/* An API that died is not answered from a cache: the last round's number counts in that round alone. */
static void dead_sources_publish_nothing_and_people_hear_of_it(void **unused)
{
	(void)unused;
	begin(2, 2);
	give("0.0110", "0.0110", NULL);
	expect_round(FEED_TOO_SOON);
	give("", "", NULL);
	pass(2 * DAY);
	expect_round(FEED_PRICE_UNKNOWN);
	assert_true(said("feed_price_unknown"));
	assert_non_null(strstr(scene.texts, "p is not known: 0 sources answer, and 2 are needed"));
	expect_round(FEED_PRICE_UNKNOWN);
	assert_false(said("feed_price_unknown")); /* once */
	assert_int_equal(scene.submits, 0);
}

static void a_feed_of_three_days_is_critical(void **unused)
{
	(void)unused;
	begin(1, 1);
	give("", NULL, NULL);
	pass(3 * DAY);
	play_round();
	assert_false(said("feed_stale"));
	pass(1);
	play_round();
	assert_true(said("feed_stale"));
	pass(10 * MINUTE);
	play_round();
	assert_false(said("feed_stale"));
	pass(DAY);
	play_round();
	assert_true(said("feed_stale")); /* each day anew */
}

/* A coin that stood for another is a quantity of its own, and without it there is no price. */
static void a_quantity_of_the_formula_that_is_not_known_stops_all(void **unused)
{
	static const char *const names[] = {"p", "usdt_usd"};
	struct feed_options *options = &scene.feed.options;
	(void)unused;

	begin(2, 1);
	options->quantity_count = 2;
	options->quantities[1] = (struct quantity){.name = "usdt_usd", .least = 1, .spread = decimal_of(1)};
	options->sources[1].quantity = 1;
	assert_int_equal(formula_read(&options->formula, "p * usdt_usd", names, 2, NULL), GW_OK);
	pass(HOUR);
	give("0.0100", "0.9", NULL);
	expect_round(FEED_PUBLISHES);
	assert_string_equal(scene.intent.quote, "111.111 GOLOS");
	report(GW_SUBMISSION_FAILED, GW_FAIL_EXPIRED);
	pass(HOUR);
	give("0.0100", "", NULL);
	expect_round(FEED_PRICE_UNKNOWN);
	assert_true(said("feed_price_unknown"));
}

static void a_failed_publication_is_tried_again_after_a_pause(void **unused)
{
	(void)unused;
	begin(1, 1);
	give("0.0110", NULL, NULL);
	pass(HOUR);
	expect_round(FEED_PUBLISHES);
	expect_round(FEED_IN_FLIGHT);
	report(GW_SUBMISSION_FAILED, GW_FAIL_UNREACHABLE);
	expect_round(FEED_AFTER_FAILURE);
	pass(10 * MINUTE);
	expect_round(FEED_PUBLISHES);
	report(GW_SUBMISSION_FAILED, GW_FAIL_UNREACHABLE);
	pass(10 * MINUTE);
	expect_round(FEED_AFTER_FAILURE); /* twice as long */
	pass(10 * MINUTE);
	expect_round(FEED_PUBLISHES);
	land("0.0110");
	assert_int_equal(scene.feed.failures, 0);
}

static void a_submission_that_ends_within_the_call_is_not_in_flight(void **unused)
{
	(void)unused;
	begin(1, 1);
	give("0.0110", NULL, NULL);
	scene.fails_at_once = true;
	pass(HOUR);
	expect_round(FEED_PUBLISHES);
	assert_false(scene.feed.in_flight);
	expect_round(FEED_AFTER_FAILURE);
}

/* ---- what is refused ------------------------------------------------------------------------------------------------ */

static void a_big_change_stands_for_three_rounds_and_twenty_minutes(void **unused)
{
	(void)unused;
	begin(1, 1);
	give("0.0140", NULL, NULL);
	pass(HOUR);
	expect_round(FEED_BIG_CHANGE);
	assert_true(said("feed_big_change"));
	pass(10 * MINUTE);
	expect_round(FEED_BIG_CHANGE);
	assert_false(said("feed_big_change"));
	pass(9 * MINUTE);
	expect_round(FEED_BIG_CHANGE); /* the third, and too soon */
	pass(MINUTE);
	expect_round(FEED_PUBLISHES);
}

static void a_big_change_that_goes_back_counts_anew(void **unused)
{
	(void)unused;
	begin(1, 1);
	pass(HOUR);
	give("0.0140", NULL, NULL);
	expect_round(FEED_BIG_CHANGE);
	pass(10 * MINUTE);
	expect_round(FEED_BIG_CHANGE);
	give("0.0101", NULL, NULL);
	pass(10 * MINUTE);
	expect_round(FEED_NOT_DUE);
	give("0.0140", NULL, NULL);
	pass(10 * MINUTE);
	expect_round(FEED_BIG_CHANGE);
	/* and one that jumps on, or to the other side, as well */
	give("0.0070", NULL, NULL);
	pass(20 * MINUTE);
	expect_round(FEED_BIG_CHANGE);
	pass(10 * MINUTE);
	expect_round(FEED_BIG_CHANGE);
	pass(10 * MINUTE);
	expect_round(FEED_PUBLISHES);
}

static void an_old_feed_is_no_reason_to_pass_over_a_big_change(void **unused)
{
	(void)unused;
	begin(1, 1);
	give("0.0140", NULL, NULL);
	pass(2 * DAY);
	expect_round(FEED_BIG_CHANGE);
}

static void a_price_far_from_the_median_is_never_published(void **unused)
{
	(void)unused;
	begin(1, 1);
	scene.median = "0.0090";
	give("0.0140", NULL, NULL);
	for (int i = 0; i < 6; i++) {
		pass(10 * MINUTE);
		play_round();
	}
	pass(HOUR);
	expect_round(FEED_FAR_FROM_MEDIAN);
	assert_int_equal(scene.submits, 0);
	scene.median = NULL; /* a chain without one: the rule is off, and that is said */
	expect_round(FEED_PUBLISHES);
	assert_true(said("feed_no_median"));
}

static void the_first_publication_waits_for_a_person(void **unused)
{
	(void)unused;
	begin(1, 1);
	scene.own = NULL;
	give("0.0100", NULL, NULL);
	expect_round(FEED_FIRST_WAITS);
	assert_true(said("feed_first_waits"));
	scene.feed.options.first_ok = true;
	expect_round(FEED_PUBLISHES);
}

static void a_dry_run_publishes_nothing(void **unused)
{
	(void)unused;
	begin(1, 1);
	scene.feed.options.dry_run = true;
	give("0.0110", NULL, NULL);
	pass(HOUR);
	expect_round(FEED_DRY_RUN);
	assert_non_null(strstr(scene.texts, "dry run: 1.000 GBG for 90.909 GOLOS would be published"));
	assert_int_equal(scene.submits, 0);
}

/* Its timer; how the newest order stands then. */
static enum feed_order_state wake(void)
{
	feed_timer(&scene.feed, &scene.now);
	drain();
	return scene.feed.order.state;
}

static gw_status order(int32_t verb, int64_t until_s)
{
	struct gw_command_event event = {
		.struct_size = sizeof(event), .verb = verb, .now = scene.now, .until_s = until_s, .by = "ann"};
	char text[GW_TEXT_SIZE];

	return feed_command(&scene.feed, &event, text);
}

static gw_status order_yes(void)
{
	const struct gw_command_event event = {
		.struct_size = sizeof(event), .verb = GW_COMMAND_PUBLISH, .now = scene.now, .by = "ann", .yes = 1};
	char text[GW_TEXT_SIZE];

	return feed_command(&scene.feed, &event, text);
}

static void a_hold_stops_it_and_a_resume_asks_at_once(void **unused)
{
	(void)unused;
	begin(1, 1);
	give("0.0110", NULL, NULL);
	pass(HOUR);
	assert_int_equal(order(GW_COMMAND_HOLD, now_s() + HOUR), GW_OK);
	expect_round(FEED_HELD);
	pass(HOUR);
	expect_round(FEED_PUBLISHES); /* it ends by itself */
	report(GW_SUBMISSION_FAILED, GW_FAIL_EXPIRED);
	assert_int_equal(order(GW_COMMAND_HOLD, 0), GW_OK);
	pass(DAY);
	expect_round(FEED_HELD);
	assert_int_equal(order(GW_COMMAND_RESUME, 0), GW_OK);
	drain();
	assert_int_equal(scene.feed.verdict, FEED_PUBLISHES);
	assert_int_equal(order(GW_COMMAND_TAKEOVER, 0), GW_ERR_UNSUPPORTED);
}

/* ---- orders --------------------------------------------------------------------------------------------------------- */

static void a_try_asks_all_and_leaves_nothing_behind(void **unused)
{
	(void)unused;
	begin(2, 1);
	give("0.0110", "", NULL);
	pass(HOUR);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(order(GW_COMMAND_TRY, 0), GW_OK);
		drain();
		assert_int_equal(scene.feed.order.state, FEED_ORDER_DONE);
		assert_int_equal(scene.feed.verdict, FEED_WOULD_PUBLISH);
		assert_string_equal(scene.feed.why, "1.000 GBG for 90.909 GOLOS");
		pass(10 * MINUTE);
	}
	assert_int_equal(scene.feed.order.number, 5);
	assert_int_equal(scene.submits, 0);
	assert_false(said("feed_source_bad"));
	assert_int_equal(scene.feed.waits_since_s, 0);
	scene.own = NULL; /* of a first one it says who lets it through */
	assert_int_equal(order(GW_COMMAND_TRY, 0), GW_OK);
	drain();
	assert_int_equal(scene.feed.verdict, FEED_FIRST_WAITS);
	assert_non_null(strstr(scene.feed.why, "golos-watch feed publish"));
	give(NULL, NULL, NULL);
	assert_int_equal(order(GW_COMMAND_TRY, 0), GW_OK);
	drain();
	assert_int_equal(order(GW_COMMAND_TRY, 0), GW_ERR_BUSY);
	pass(FEED_ROUND_MS / 1000);
	assert_int_equal(wake(), FEED_ORDER_DONE);
	assert_false(scene.feed.price.is_known);
}

/* One that counts goes on; the try comes behind it, and the next round when it would have come. */
static void a_try_waits_for_the_round_that_runs(void **unused)
{
	(void)unused;
	begin(1, 1);
	give("0.0100", NULL, NULL);
	scene.answers_later = true;
	feed_connected(&scene.feed, &scene.now);
	drain();
	assert_int_equal(order(GW_COMMAND_TRY, 0), GW_OK);
	assert_int_equal(scene.feed.order.state, FEED_ORDER_WAITS);
	scene.answers_later = false;
	pass(FEED_ROUND_MS / 1000);
	assert_int_equal(wake(), FEED_ORDER_DONE);
	assert_int_equal(scene.feed.verdict, FEED_NOT_DUE);
	assert_int_equal(scene.feed.next_ms, scene.now.mono_ms + FEED_PATIENCE_MS);
}

static void a_publication_is_ordered_before_it_is_due(void **unused)
{
	(void)unused;
	begin(1, 1);
	scene.own = NULL; /* the first of this witness, at a place that would wait, after a failure */
	scene.feed.options.place = 3;
	scene.feed.not_before_s = now_s() + HOUR;
	give("0.0110", NULL, NULL);
	assert_int_equal(order(GW_COMMAND_PUBLISH, 0), GW_OK);
	drain();
	assert_true(said("feed_ordered"));
	assert_int_equal(scene.submits, 1);
	assert_int_equal(scene.feed.order.state, FEED_ORDER_SENT);
	assert_int_equal(order(GW_COMMAND_PUBLISH, 0), GW_ERR_BUSY);
	report(GW_SUBMISSION_IN_BLOCK, GW_FAIL_NONE);
	assert_int_equal(scene.feed.order.state, FEED_ORDER_DONE);
	assert_int_equal(scene.feed.order.block, 7);
	/* another one: it waits until that one is irreversible, and is not refused */
	scene.own = "0.0110";
	scene.own_s = now_s();
	assert_int_equal(order(GW_COMMAND_PUBLISH, 0), GW_OK);
	drain();
	assert_int_equal(wake(), FEED_ORDER_WAITS);
	assert_int_equal(scene.submits, 1);
	report(GW_SUBMISSION_IRREVERSIBLE, GW_FAIL_NONE);
	assert_int_equal(scene.submits, 2);
	assert_int_equal(scene.feed.order.state, FEED_ORDER_SENT);
	report(GW_SUBMISSION_FAILED, GW_FAIL_POLICY);
	assert_int_equal(scene.feed.order.state, FEED_ORDER_FAILED);
}

static void an_order_passes_no_bound(void **unused)
{
	(void)unused;
	begin(1, 1);
	give("0.0130", NULL, NULL);
	assert_int_equal(order(GW_COMMAND_HOLD, 0), GW_OK);
	assert_int_equal(order(GW_COMMAND_PUBLISH, 0), GW_ERR_DENIED);
	assert_int_equal(order(GW_COMMAND_RESUME, 0), GW_OK);
	drain();
	assert_int_equal(order(GW_COMMAND_PUBLISH, 0), GW_OK);
	drain();
	assert_int_equal(scene.feed.order.state, FEED_ORDER_FAILED);
	assert_int_equal(scene.feed.verdict, FEED_BIG_CHANGE);
	assert_non_null(strstr(scene.feed.order.text, "max_change"));
	give("0.0200", NULL, NULL);
	assert_int_equal(order(GW_COMMAND_PUBLISH, 0), GW_OK);
	drain();
	assert_int_equal(scene.feed.verdict, FEED_FAR_FROM_MEDIAN);
	scene.feed.options.dry_run = true;
	give("0.0110", NULL, NULL);
	assert_int_equal(order(GW_COMMAND_PUBLISH, 0), GW_ERR_DENIED);
	assert_int_equal(scene.submits, 0);
	assert_int_equal(order_yes(), GW_OK);
	drain();
	assert_int_equal(scene.submits, 1);
}

static void what_the_host_has_no_room_for_waits(void **unused)
{
	(void)unused;
	begin(1, 1);
	give("0.0110", NULL, NULL);
	pass(HOUR);
	scene.host_is_busy = true; /* with one of before a restart */
	(void)play_round();
	assert_int_equal(scene.feed.verdict, FEED_IN_FLIGHT);
	assert_int_equal(scene.feed.failures, 0);
	assert_int_equal(order(GW_COMMAND_PUBLISH, 0), GW_OK);
	drain();
	assert_int_equal(scene.feed.order.state, FEED_ORDER_WAITS);
	scene.host_is_busy = false;
	report(GW_SUBMISSION_IRREVERSIBLE, GW_FAIL_NONE);
	assert_int_equal(scene.submits, 2);
	land("0.0110");
	assert_int_equal(scene.feed.order.state, FEED_ORDER_DONE);
	/* by itself too: what is due while one is on its way is published after it, not a round later */
	give("0.0120", NULL, NULL);
	pass(HOUR);
	expect_round(FEED_PUBLISHES);
	scene.own = "0.0112";
	pass(HOUR);
	expect_round(FEED_IN_FLIGHT);
	report(GW_SUBMISSION_IRREVERSIBLE, GW_FAIL_NONE);
	assert_int_equal(scene.submits, 4);
}

/* ---- several nodes --------------------------------------------------------------------------------------------------- */

static void the_second_in_order_waits_ten_minutes_and_looks_at_the_chain(void **unused)
{
	(void)unused;
	begin(1, 1);
	scene.feed.options.place = 1;
	give("0.0110", NULL, NULL);
	pass(HOUR);
	expect_round(FEED_NOT_OUR_TURN);
	scene.own = "0.0110"; /* the first one published */
	scene.own_s = now_s();
	pass(10 * MINUTE);
	expect_round(FEED_NOT_DUE);
	/* the first one is dead */
	give("0.0120", NULL, NULL);
	pass(HOUR);
	expect_round(FEED_NOT_OUR_TURN);
	pass(9 * MINUTE);
	expect_round(FEED_NOT_OUR_TURN);
	pass(MINUTE);
	expect_round(FEED_PUBLISHES);
}

static void a_restart(void);

/* What holds the first one holds the second as well: its wait begins where that ends, or both would publish at once. */
static void the_second_begins_to_wait_when_nothing_else_holds(void **unused)
{
	(void)unused;
	begin(1, 1);
	scene.feed.options.place = 1;
	give("0.0140", NULL, NULL);
	pass(HOUR);
	expect_round(FEED_BIG_CHANGE);
	pass(10 * MINUTE);
	expect_round(FEED_BIG_CHANGE);
	pass(10 * MINUTE);
	expect_round(FEED_NOT_OUR_TURN);
	give("", NULL, NULL); /* all sources are dead for an hour */
	pass(HOUR);
	expect_round(FEED_PRICE_UNKNOWN);
	give("0.0140", NULL, NULL);
	expect_round(FEED_NOT_OUR_TURN);
	pass(10 * MINUTE);
	scene.chain_silent = true;
	expect_round(FEED_CHAIN_UNKNOWN);
	scene.chain_silent = false;
	expect_round(FEED_NOT_OUR_TURN);
	pass(HOUR);
	a_restart();
	expect_round(FEED_NOT_OUR_TURN);
	pass(9 * MINUTE);
	expect_round(FEED_NOT_OUR_TURN);
	pass(MINUTE);
	expect_round(FEED_PUBLISHES);
	/* its own failure costs it no second wait */
	report(GW_SUBMISSION_FAILED, GW_FAIL_UNREACHABLE);
	pass(10 * MINUTE);
	expect_round(FEED_PUBLISHES);
}

static void a_node_without_an_order_warns(void **unused)
{
	static struct feed_options options;
	(void)unused;

	begin(1, 1);
	options = scene.feed.options;
	options.has_order = false;
	feed_init(&scene.feed, &options);
	drain();
	assert_true(said("feed_alone"));
}

/* ---- nodes, restarts ------------------------------------------------------------------------------------------------ */

static void a_chain_that_says_nothing_publishes_nothing(void **unused)
{
	(void)unused;
	begin(1, 1);
	give("0.0110", NULL, NULL);
	pass(2 * DAY);
	scene.chain_silent = true;
	expect_round(FEED_CHAIN_UNKNOWN);
	assert_true(said("feed_chain_unknown"));
	scene.chain_silent = false;
	feed_connected(&scene.feed, &scene.now); /* at once would be a loop of connections and rounds */
	assert_false(scene.feed.runs);
	pass(10);
	feed_connected(&scene.feed, &scene.now);
	drain();
	assert_int_equal(scene.feed.verdict, FEED_PUBLISHES);
}

static void the_host_is_not_asked_more_than_it_takes(void **unused)
{
	struct feed_action action;
	unsigned asked = 0;
	(void)unused;

	begin(3, 1);
	scene.answers_later = true;
	feed_connected(&scene.feed, &scene.now);
	while (feed_next(&scene.feed, &scene.now, &action))
		asked += action.type == FEED_ASK_RPC;
	assert_int_equal(asked, 2);
	feed_asked(&scene.feed, 0, GW_ERR_BUSY, 0, &scene.now); /* another life of ours has one in flight */
	assert_true(feed_next(&scene.feed, &scene.now, &action));
	assert_int_equal(action.type, FEED_WAKE);
	assert_int_equal(action.delay_ms, 1000);
	pass(1);
	assert_true(feed_next(&scene.feed, &scene.now, &action));
	assert_int_equal(action.type, FEED_ASK_RPC);
	assert_int_equal(action.ask, 0);
}

static void a_restart(void)
{
	static struct feed_options options;
	char text[FEED_SAVE_SIZE];

	assert_int_equal(feed_save(&scene.feed, text), GW_OK);
	options = scene.feed.options;
	feed_init(&scene.feed, &options);
	assert_int_equal(feed_load(&scene.feed, text, strlen(text)), GW_OK);
	feed_start(&scene.feed, &scene.now);
}

static void what_was_published_and_what_waits_survives_a_restart(void **unused)
{
	(void)unused;
	begin(1, 1);
	give("0.0140", NULL, NULL);
	pass(HOUR);
	expect_round(FEED_BIG_CHANGE);
	pass(10 * MINUTE);
	expect_round(FEED_BIG_CHANGE);
	a_restart();
	pass(10 * MINUTE);
	expect_round(FEED_PUBLISHES); /* the third round */
	report(GW_SUBMISSION_IN_BLOCK, GW_FAIL_NONE);
	a_restart(); /* and a node that lags shows the old one */
	expect_round(FEED_TOO_SOON);
	assert_int_equal(order(GW_COMMAND_HOLD, 0), GW_OK);
	a_restart();
	pass(HOUR);
	expect_round(FEED_HELD);
	assert_int_equal(scene.submits, 1);
}

/* The host follows it to the end of its time, and has not seen the block. */
static void a_publication_that_landed_before_a_restart_is_no_failure(void **unused)
{
	(void)unused;
	begin(1, 1);
	give("0.0110", NULL, NULL);
	pass(HOUR);
	expect_round(FEED_PUBLISHES);
	pass(3);
	report(GW_SUBMISSION_IN_BLOCK, GW_FAIL_NONE);
	a_restart();
	pass(30);
	scene.notices[0] = '\0';
	report(GW_SUBMISSION_FAILED, GW_FAIL_EXPIRED);
	assert_false(said("feed_failed"));
	assert_int_equal(scene.feed.failures, 0);
	assert_false(scene.feed.in_flight);
}

static void a_stored_state_that_cannot_be_read_changes_nothing(void **unused)
{
	static const char *const rows[] = {"", "null", "[]", "{}", "{\"v\":1}", "{\"v\":2}"};
	static struct feed before;
	(void)unused;

	begin(1, 1);
	memcpy(&before, &scene.feed, sizeof(before));
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(feed_load(&scene.feed, rows[i], strlen(rows[i])), GW_ERR_SYNTAX);
	assert_memory_equal(&before, &scene.feed, sizeof(before));
}

static void the_status_names_price_sources_and_why(void **unused)
{
	static char text[65536];
	(void)unused;

	begin(2, 1);
	give("0.0101", "", NULL);
	pass(MINUTE);
	expect_round(FEED_NOT_DUE);
	assert_int_equal(feed_status(&scene.feed, &scene.now, text, sizeof(text)), GW_OK);
	assert_non_null(strstr(text, "\"verdict\":\"not due\""));
	assert_non_null(strstr(text, "\"price\":\"0.0101\""));
	assert_non_null(strstr(text, "\"published\":\"0.01\""));
	assert_non_null(strstr(text, "\"published_age_s\":60"));
	assert_non_null(strstr(text, "\"counts\":true,\"value\":\"0.0101\",\"age_s\":0"));
	assert_non_null(strstr(text, "\"counts\":false,\"why\":\"golosd answers with an error"));
	assert_int_equal(feed_status(&scene.feed, &scene.now, text, 100), GW_ERR_RANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_change_is_published_once_the_interval_has_passed),
		cmocka_unit_test(an_old_feed_is_published_anew),
		cmocka_unit_test(a_feed_with_its_sides_exchanged_is_published_anew),
		cmocka_unit_test(the_bias_multiplies),
		cmocka_unit_test(a_node_that_lags_brings_no_second_publication),
		cmocka_unit_test(what_other_feeds_did_does_not_happen),
		cmocka_unit_test(one_bad_provider_moves_nothing),
		cmocka_unit_test(dead_sources_publish_nothing_and_people_hear_of_it),
		cmocka_unit_test(a_feed_of_three_days_is_critical),
		cmocka_unit_test(a_quantity_of_the_formula_that_is_not_known_stops_all),
		cmocka_unit_test(a_failed_publication_is_tried_again_after_a_pause),
		cmocka_unit_test(a_submission_that_ends_within_the_call_is_not_in_flight),
		cmocka_unit_test(a_big_change_stands_for_three_rounds_and_twenty_minutes),
		cmocka_unit_test(a_big_change_that_goes_back_counts_anew),
		cmocka_unit_test(an_old_feed_is_no_reason_to_pass_over_a_big_change),
		cmocka_unit_test(a_price_far_from_the_median_is_never_published),
		cmocka_unit_test(the_first_publication_waits_for_a_person),
		cmocka_unit_test(a_dry_run_publishes_nothing),
		cmocka_unit_test(a_hold_stops_it_and_a_resume_asks_at_once),
		cmocka_unit_test(a_try_asks_all_and_leaves_nothing_behind),
		cmocka_unit_test(a_try_waits_for_the_round_that_runs),
		cmocka_unit_test(a_publication_is_ordered_before_it_is_due),
		cmocka_unit_test(an_order_passes_no_bound),
		cmocka_unit_test(what_the_host_has_no_room_for_waits),
		cmocka_unit_test(the_second_in_order_waits_ten_minutes_and_looks_at_the_chain),
		cmocka_unit_test(the_second_begins_to_wait_when_nothing_else_holds),
		cmocka_unit_test(a_node_without_an_order_warns),
		cmocka_unit_test(a_chain_that_says_nothing_publishes_nothing),
		cmocka_unit_test(the_host_is_not_asked_more_than_it_takes),
		cmocka_unit_test(what_was_published_and_what_waits_survives_a_restart),
		cmocka_unit_test(a_publication_that_landed_before_a_restart_is_no_failure),
		cmocka_unit_test(a_stored_state_that_cannot_be_read_changes_nothing),
		cmocka_unit_test(the_status_names_price_sources_and_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
