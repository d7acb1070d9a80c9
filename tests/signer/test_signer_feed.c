/* SPDX-License-Identifier: MIT
 *
 * Prices: which are signed, and that they and switches never use up each other's signatures. Rules, ledger, then the real signer.
 */
#include "ledger_scene.h"
#include "program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOW   LEDGER_NOW
#define MICRO ((uint64_t)FEED_RATE_ONE / 1000000)

static struct feed_publish price(int64_t base, const char *base_symbol, int64_t quote, const char *quote_symbol)
{
	struct feed_publish feed = {
		.publisher = "foo", .base = {.amount = base, .decimals = 3}, .quote = {.amount = quote, .decimals = 3}};

	snprintf(feed.base.symbol, sizeof(feed.base.symbol), "%s", base_symbol);
	snprintf(feed.quote.symbol, sizeof(feed.quote.symbol), "%s", quote_symbol);
	return feed;
}

TEST(rates)
{
	const struct {
		int64_t base, quote;
		uint64_t rate;
	} cases[] = {
		{1000, 1000, FEED_RATE_ONE}, {1000, 133333, 7500018}, /* 1 / 133.333 */
		{7, 1000, 7 * 1000 * MICRO}, {1, INT64_MAX, 0},	      {INT64_MAX, 1, UINT64_MAX},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct feed_publish feed = price(cases[i].base, "GBG", cases[i].quote, "GOLOS");

		assert_int_equal(feed_rate(&feed), cases[i].rate);
	}
}

TEST(texts)
{
	const struct {
		const char *text;
		uint64_t rate; /* 0: it is none */
		const char *back;
	} cases[] = {
		{"1", FEED_RATE_ONE, "1.0"},
		{"0.0075", 7500 * MICRO, "0.0075"},
		{"0.000000001", 1, "0.000000001"},
		{"12.5", 12500000 * MICRO, "12.5"},
		{"0", 0, NULL},
		{"0.0", 0, NULL},
		{"", 0, NULL},
		{".5", 0, NULL},
		{"5.", 0, NULL},
		{"1.2.3", 0, NULL},
		{"-1", 0, NULL},
		{"+1", 0, NULL},
		{" 1", 0, NULL},
		{"1e3", 0, NULL},
		{"nan", 0, NULL},
		{"0.0000000001", 0, NULL},
		{"99999999999999999999", 0, NULL},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char back[FEED_RATE_TEXT_SIZE];
		uint64_t rate = 0;

		assert_int_equal(feed_rate_parse(cases[i].text, &rate), cases[i].rate != 0);
		assert_int_equal(rate, cases[i].rate);
		if (!rate)
			continue;
		feed_rate_format(back, rate);
		assert_string_equal(back, cases[i].back);
	}
}

TEST(range)
{
	const struct feed_bounds bounds = {.min = 7500 * MICRO, .max = 10000 * MICRO, .step = 50, .per_hour = 2};
	struct feed_publish lowest = price(75, "GBG", 10000, "GOLOS"), highest = price(1000, "GBG", 100000, "GOLOS");
	struct feed_publish low = price(7499999, "GBG", 1000000000, "GOLOS"), high = price(1000, "GBG", 99999, "GOLOS");
	struct feed_publish turned = price(1000, "GOLOS", 8, "GBG"), same = price(8, "GBG", 1000, "GBG");
	struct error err;

	assert_int_equal(feed_check_range(&bounds, &lowest, &err), GW_OK);
	assert_int_equal(feed_check_range(&bounds, &highest, &err), GW_OK);
	assert_int_equal(feed_check_range(&bounds, &low, &err), GW_ERR_RANGE);
	assert_string_equal(err.text, "a price of 0.007499999 GBG is not within feed_min 0.0075 and feed_max 0.01");
	assert_int_equal(feed_check_range(&bounds, &high, &err), GW_ERR_RANGE);
	assert_int_equal(feed_check_range(&bounds, &turned, &err), GW_ERR_RANGE);
	assert_non_null(strstr(err.text, "a price of GBG in GOLOS"));
	assert_int_equal(feed_check_range(&bounds, &same, &err), GW_ERR_RANGE);
}

TEST(step)
{
	const struct feed_bounds bounds = {.min = 1, .max = FEED_RATE_ONE, .step = 50, .per_hour = 2};
	struct error err;

	assert_int_equal(feed_check_step(&bounds, 5, 0, 0, &err), GW_OK); /* the first: nothing to hold it against */
	assert_int_equal(feed_check_step(&bounds, 150, 100, 100, &err), GW_OK);
	assert_int_equal(feed_check_step(&bounds, 151, 100, 100, &err), GW_ERR_RANGE);
	assert_int_equal(feed_check_step(&bounds, 100, 150, 150, &err), GW_OK);
	assert_int_equal(feed_check_step(&bounds, 99, 150, 150, &err), GW_ERR_RANGE);
	assert_int_equal(feed_check_step(&bounds, 151, 100, 140, &err), GW_ERR_RANGE); /* not from the newest alone */
	assert_int_equal(feed_check_step(&bounds, 90, 100, 140, &err), GW_ERR_RANGE);
	assert_non_null(strstr(err.text, "feed_max_step 50 %"));
	assert_int_equal(feed_check_step(&bounds, UINT64_MAX, UINT64_MAX, UINT64_MAX, &err), GW_OK);
}

/* ---- the ledger -------------------------------------------------------------------------------------------------- */

static struct ledger_entry entry(int64_t time_s, uint8_t digest, uint64_t rate)
{
	struct ledger_entry made = {.time_s = time_s, .witness = "foo", .rate = rate};

	made.key = fixture_public(0);
	memset(made.digest.bytes, digest, sizeof(made.digest.bytes));
	return made;
}

static void add(struct ledger *ledger, struct ledger_entry one)
{
	struct error err;

	assert_int_equal(ledger_add(ledger, &one, 1, false, &err), GW_OK);
}

static void tell_nobody(const char *why)
{
	(void)why;
}

static void assert_used(struct ledger *ledger, int64_t now_s, size_t switches, size_t prices)
{
	struct public_key key = fixture_public(0);

	assert_int_equal(ledger_used(ledger, "foo", &key, false, now_s), switches);
	assert_int_equal(ledger_used(ledger, "foo", &key, true, now_s), prices);
}

static void assert_rates(struct ledger *ledger, int64_t now_s, uint64_t lowest, uint64_t highest)
{
	const struct digest none = {.bytes = {0xee}};
	uint64_t low, high;

	ledger_rates(ledger, "foo", &none, now_s, &low, &high);
	assert_int_equal(low, lowest);
	assert_int_equal(high, highest);
	ledger_rates(ledger, "bar", &none, now_s, &low, &high);
	assert_int_equal(high, 0);
}

TEST(each_has_its_own_count)
{
	const char *path = fixture_path("prices");
	struct ledger *ledger = scene_open(path, NOW, tell_nobody);
	struct ledger_entry again = entry(NOW, 2, 70);
	uint64_t low, high;

	add(ledger, entry(NOW, 1, 0));
	add(ledger, again);
	add(ledger, again); /* the same signature */
	add(ledger, entry(NOW + 10, 3, 90));
	assert_used(ledger, NOW + 10, 1, 2);
	assert_rates(ledger, NOW + 10, 70, 90);
	ledger_rates(ledger, "foo", &again.digest, NOW + 10, &low,
		     &high); /* signed again it is not held against itself */
	assert_int_equal(low, 90);
	scene_end(ledger);
	ledger = scene_open(path, NOW + 20, tell_nobody);
	assert_false(ledger->damaged);
	assert_used(ledger, NOW + 20, 1, 2);
	add(ledger, again);
	assert_used(ledger, NOW + 20, 1, 2);
	assert_used(ledger, NOW + LEDGER_WINDOW_S + 20, 0, 0);
	assert_rates(ledger, NOW + LEDGER_WINDOW_S + 20, 70,
		     90); /* a price counts for an hour, and is held against for a day */
	assert_rates(ledger, NOW + LEDGER_FEED_S + 5, 90, 90);
	assert_rates(ledger, NOW + LEDGER_FEED_S + 10, 0, 0);
	scene_end(ledger);
}

/* A file may begin with a price; one of before prices has switches alone. */
TEST(records)
{
	const struct ledger_entry feed = entry(NOW, 7, 123456789), other = entry(NOW, 7, 0);
	uint8_t bytes[LEDGER_RECORD_BYTES];
	struct ledger_entry got;

	ledger_record_encode(bytes, &feed);
	assert_memory_equal(bytes, "GWSF", 4);
	assert_int_equal(ledger_record_decode(&got, bytes), GW_OK);
	assert_int_equal(got.rate, 123456789);
	assert_int_equal(got.time_s, NOW);
	assert_string_equal(got.witness, "foo");
	assert_memory_equal(got.digest.bytes, feed.digest.bytes, LEDGER_DIGEST_BYTES);
	ledger_record_encode(bytes, &other);
	assert_memory_equal(bytes, "GWSC", 4);
	assert_int_equal(ledger_record_decode(&got, bytes), GW_OK);
	assert_int_equal(got.rate, 0);
	assert_memory_equal(got.digest.bytes, other.digest.bytes, sizeof(other.digest.bytes));
}

TEST(damage_counts_for_both)
{
	const char *path = fixture_path("torn");
	struct ledger *ledger = scene_open(path, NOW, tell_nobody);
	struct stat st;

	add(ledger, entry(NOW, 1, 70));
	add(ledger, entry(NOW, 2, 80));
	scene_end(ledger);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(truncate(path, st.st_size - 1), 0);
	ledger = scene_open(path, NOW, tell_nobody);
	assert_used(ledger, NOW, 1, 2);
	assert_rates(ledger, NOW, 70, 70);
	scene_end(ledger);
}

/* A day of prices of a thousand witnesses leaves room for every switch. */
TEST(prices_leave_room)
{
	struct ledger *ledger = scene_open(NULL, NOW, tell_nobody);
	struct ledger_entry one = entry(NOW, 0xff, 70);
	struct error err;

	for (; ledger->count < LEDGER_FEEDS_MAX - 1; ledger->count++)
		ledger->entries[ledger->count] = entry(NOW, 2, 70);
	add(ledger, entry(NOW, 3, 70));
	assert_int_equal(ledger_add(ledger, &one, 1, false, &err), GW_ERR_BUSY);
	one.rate = 0;
	add(ledger, one);
	scene_end(ledger);
}

/* ---- the program ------------------------------------------------------------------------------------------------- */

static gw_status sign_price(struct signer *signer, int64_t quote)
{
	struct transaction tx = fixture_feed("foo", program_now_s() + 30);
	struct error err;

	tx.operations[0].feed_publish.quote.amount = quote;
	return program_sign(signer, &tx, &err);
}

TEST(the_signer)
{
	struct program_setup setup;
	struct error err;

	program_setup_init(&setup);
	setup.setup.count_file = fixture_path("feeds");
	struct signer *signer = program_start(&setup);

	assert_int_equal(sign_price(signer, 100), GW_ERR_DENIED); /* 10 GBG, and feed_max is 1 */
	assert_int_equal(signer_last_refusal(signer), REFUSED_FEED_RANGE);
	assert_int_equal(sign_price(signer, 12000), GW_OK);
	assert_int_equal(sign_price(signer, 7900), GW_ERR_DENIED); /* 52 % up */
	assert_int_equal(signer_last_refusal(signer), REFUSED_FEED_STEP);
	assert_int_equal(sign_price(signer, 13000), GW_OK);
	assert_int_equal(sign_price(signer, 12500), GW_ERR_DENIED); /* the third of the hour */
	assert_int_equal(signer_last_refusal(signer), REFUSED_BUDGET);
	for (uint16_t i = 0; i < 6; i++) /* and a failover has all of its own */
		assert_int_equal(program_sign_different(signer, i, &err), GW_OK);
	assert_int_equal(program_sign_different(signer, 6, &err), GW_ERR_DENIED);
	signer_stop(signer);
	signer = program_start(&setup); /* a restart gives no price back, and forgets none */
	assert_int_equal(sign_price(signer, 12500), GW_ERR_DENIED);
	assert_int_equal(signer_last_refusal(signer), REFUSED_BUDGET);
	signer_stop(signer);
	setup.instances[0].feed.per_hour = 20;
	signer = program_start(&setup);
	assert_int_equal(sign_price(signer, 7900), GW_ERR_DENIED);
	assert_int_equal(signer_last_refusal(signer), REFUSED_FEED_STEP);
	assert_int_equal(sign_price(signer, 12500), GW_OK);
	signer_stop(signer);
}

TEST(bounds_are_wanted)
{
	const struct feed_bounds good = FIXTURE_BOUNDS;
	struct program_setup setup;

	program_setup_init(&setup);
	setup.instances[0].feed.min = 0;
	program_refused(&setup, GW_ERR_CONFIG, "feed_min");
	setup.instances[0].feed = good;
	setup.instances[0].feed.max = good.min - 1;
	program_refused(&setup, GW_ERR_CONFIG, "feed_max");
	setup.instances[0].feed = good;
	setup.instances[0].feed.step = FEED_STEP_MAX + 1;
	program_refused(&setup, GW_ERR_CONFIG, "feed_max_step");
	setup.instances[0].feed = good;
	setup.instances[0].feed.per_hour = 0;
	program_refused(&setup, GW_ERR_CONFIG, "max_feeds");
}

int main(void)
{
	return test_run(fixture_make_directory, fixture_remove_directory);
}
