/* SPDX-License-Identifier: MIT
 * Sources and quantities: how they are configured, and which answers count. */
#include "source.h"
#include "test.h"

#include <stdio.h>

#define NOW_S 1796083200 /* 2026-12-01T00:00:00 */

static struct quantity quantities[FORMULA_NAMES_MAX];
static struct source sources[QUANTITY_SOURCES_MAX];

static gw_status configure(const char *quantity_text, const char *source_text, struct error *err)
{
	uint32_t quantity_count = 0, source_count = 0;
	gw_status status = source_read_quantities(quantities, &quantity_count, quantity_text, err);

	return status ? status : source_read_all(sources, &source_count, source_text, quantities, quantity_count, err);
}

/* ---- the options -------------------------------------------------------------------------------------------------- */

static void what_the_options_say_is_refused_with_its_place(void **unused)
{
	static const char usd[] = "{\"usd\":{\"least\":1,\"spread\":10}}";
	static const struct {
		const char *quantities, *sources, *expected;
	} rows[] = {
		{"[]", "[]", "quantities: names with {least: N, spread: PERCENT} are expected"},
		{"{\"Usd\":{\"least\":1,\"spread\":2}}", "[]",
		 "quantities: 'Usd': a name has 1 to 31 of a-z, 0-9 and _"},
		{"{\"usd\":{\"least\":1}}", "[]", "quantities: usd: `least` and `spread` are needed"},
		{"{\"usd\":{\"least\":0,\"spread\":2}}", "[]",
		 "quantities: usd.least: a decimal number above zero is expected"},
		{"{\"usd\":{\"least\":1.5,\"spread\":2}}", "[]",
		 "quantities: usd.least: a whole number from 1 to 16 is expected"},
		{"{\"usd\":{\"least\":1,\"spread\":200}}", "[]", "quantities: usd.spread: more than 100 percent"},
		{"{\"usd\":{\"least\":1,\"spread\":2,\"most\":3}}", "[]",
		 "quantities: usd.most: no such key: least and spread are known"},
		{usd, "{}", "sources: a list is expected"},
		{usd, "[]", "sources: usd needs 1 sources, and 0 are listed"},
		{usd, "[1]", "sources: entry 1: {of: NAME, …} is expected"},
		{usd, "[{\"of\":\"eur\"}]", "sources: entry 1: of: 'eur' is not among `quantities`"},
		{usd, "[{\"rpc\":\"a.b\",\"value\":\"/x\"}]",
		 "sources: entry 1: `of` is missing: the quantity that it gives"},
		{usd, "[{\"of\":\"usd\",\"value\":\"/x\"}]", "sources: entry 1: either `url` or `rpc` is needed"},
		{usd, "[{\"of\":\"usd\",\"rpc\":\"a.b\",\"url\":\"https://x\",\"value\":\"/x\"}]",
		 "sources: entry 1: either `url` or `rpc` is needed"},
		{usd, "[{\"of\":\"usd\",\"rpc\":\"ab\",\"value\":\"/x\"}]",
		 "sources: entry 1: rpc: API.METHOD is expected, such as market_history.get_ticker"},
		{usd, "[{\"of\":\"usd\",\"rpc\":\"a.b\",\"value\":\"x\"}]",
		 "sources: entry 1: value: a JSON pointer is expected, such as /price"},
		{usd, "[{\"of\":\"usd\",\"rpc\":\"a.b\"}]",
		 "sources: entry 1: `value` is missing: a JSON pointer to the number"},
		{usd, "[{\"of\":\"usd\",\"rpc\":\"a.b\",\"low\":\"/x\"}]",
		 "sources: entry 1: `low` and `high` go together"},
		{usd, "[{\"of\":\"usd\",\"url\":\"https://x\",\"value\":\"/x\",\"time\":\"/t\"}]",
		 "sources: entry 1: `time` wants a `max_age`"},
		{usd, "[{\"of\":\"usd\",\"url\":\"https://x\",\"value\":\"/x\",\"max_age\":\"4 days\"}]",
		 "sources: entry 1: max_age: a time is expected, such as 600, 90m, 12h or 4d"},
		{usd, "[{\"of\":\"usd\",\"url\":\"https://x\",\"value\":\"/x\",\"min\":2,\"max\":1}]",
		 "sources: entry 1: `min` is above `max`"},
		{usd, "[{\"of\":\"usd\",\"url\":\"https://x\",\"value\":\"/x\",\"scale\":0}]",
		 "sources: entry 1: scale: a decimal number above zero is expected"},
		{usd, "[{\"of\":\"usd\",\"url\":\"https://x\",\"value\":\"/x\",\"valuex\":1}]",
		 "sources: entry 1: valuex: no such key: of, url, rpc, args, value, low, high, time, max_age, min, "
		 "max, "
		 "scale, "
		 "invert and refuse_if are known"},
		/* two sources that read the same market would count twice */
		{usd,
		 "[{\"of\":\"usd\",\"url\":\"https://x\",\"value\":\"/x\"},{\"of\":\"usd\",\"url\":\"https://"
		 "x\",\"value\":\"/y\"}]",
		 "sources: entries 1 and 2 ask the same, and would count twice"},
		{usd,
		 "[{\"of\":\"usd\",\"rpc\":\"a.b\",\"args\":[1],\"value\":\"/x\"},"
		 "{\"of\":\"usd\",\"rpc\":\"a.b\",\"args\":[1],\"value\":\"/y\"}]",
		 "sources: entries 1 and 2 ask the same, and would count twice"},
	};
	(void)unused;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct error err;

		if (configure(rows[i].quantities, rows[i].sources, &err) == GW_OK)
			fail_msg("row %zu is taken", i);
		assert_string_equal(err.text, rows[i].expected);
	}
}

static void a_source_is_read_whole(void **unused)
{
	struct error err;
	(void)unused;

	if (configure("{\"usd\":{\"least\":1,\"spread\":10},\"xau\":{\"least\":1,\"spread\":\"2.5\"}}",
		      "[{\"of\":\"usd\",\"rpc\":\"market_history.get_ticker\",\"args\":[[\"GOLOS\",\"YMUSDT\"]],"
		      "\"value\":\"/latest1\"},"
		      "{\"of\":\"xau\",\"url\":\"https://api.example/XAU?key=1\",\"value\":\"/price\",\"time\":\"/at\","
		      "\"max_age\":\"4d\",\"invert\":true,\"scale\":\"1e3\"}]",
		      &err) != GW_OK)
		fail_msg("%s", err.text);
	assert_true(sources[0].is_rpc);
	assert_string_equal(sources[0].api, "market_history");
	assert_string_equal(sources[0].method, "get_ticker");
	assert_string_equal(sources[0].args, "[[\"GOLOS\",\"YMUSDT\"]]");
	assert_int_equal(sources[1].max_age_s, 4 * 86400);
	assert_int_equal(sources[1].quantity, 1);
	assert_true(sources[1].invert);
	assert_string_equal(sources[1].name, "api.example/XAU"); /* no key of a person's */
}

/* ---- answers ------------------------------------------------------------------------------------------------------ */

struct answer_row {
	const char *source, *answer;
	const char *expected; /* the number, or the sentence */
	bool counts;
};

static const struct answer_row answers[] = {
	{"\"value\":\"/price\"", "{\"price\":4012.35}", "4012.35", true},
	{"\"value\":\"/price\"", "{\"price\":\"4012.35\"}", "4012.35", true},
	{"\"value\":\"/a/1/b\"", "{\"a\":[{},{\"b\":2}]}", "2", true},
	{"\"value\":\"/a~1b/~0\"", "{\"a/b\":{\"~\":3}}", "3", true},
	{"\"value\":\"/0\"", "[5]", "5", true},
	{"\"value\":\"/price\",\"scale\":\"0.01\"", "{\"price\":400}", "4", true},
	{"\"value\":\"/price\",\"invert\":true", "{\"price\":80}", "0.0125", true},
	{"\"value\":\"/price\",\"invert\":true,\"scale\":2", "{\"price\":80}", "0.025", true},
	{"\"low\":\"/b\",\"high\":\"/a\"", "{\"b\":\"99\",\"a\":\"101\"}", "100", true},
	{"\"value\":\"/price\",\"refuse_if\":\"/fallback\"", "{\"price\":1}", "1", true},
	{"\"value\":\"/price\",\"refuse_if\":\"/fallback\"", "{\"price\":1,\"fallback\":false}", "1", true},
	{"\"value\":\"/price\",\"time\":\"/t\",\"max_age\":\"4d\"", "{\"price\":1,\"t\":\"2026-11-28T00:00:00Z\"}", "1",
	 true},
	{"\"value\":\"/price\",\"time\":\"/t\",\"max_age\":\"4d\"",
	 "{\"price\":1,\"t\":\"2026-11-30T23:00:00.123+00:00\"}", "1", true},
	{"\"value\":\"/price\",\"time\":\"/t\",\"max_age\":\"4d\"", "{\"price\":1,\"t\":1796083100}", "1", true},
	{"\"value\":\"/price\",\"time\":\"/t\",\"max_age\":\"4d\"", "{\"price\":1,\"t\":1796083100123}", "1", true},

	/* another day's: an API that died must not be answered from a cache */
	{"\"value\":\"/price\",\"time\":\"/t\",\"max_age\":\"1d\"", "{\"price\":1,\"t\":\"2026-11-28T00:00:00Z\"}",
	 "it is 259200 s old, and max_age is 86400", false},
	{"\"value\":\"/price\",\"time\":\"/t\",\"max_age\":\"1d\"", "{\"price\":1,\"t\":\"2026-12-02T00:00:00Z\"}",
	 "/t lies 86400 s in the future", false},
	{"\"value\":\"/price\",\"time\":\"/t\",\"max_age\":\"1d\"", "{\"price\":1}", "the answer has no /t", false},
	{"\"value\":\"/price\",\"time\":\"/t\",\"max_age\":\"1d\"", "{\"price\":1,\"t\":\"yesterday\"}",
	 "/t is no time", false},
	{"\"value\":\"/price\",\"time\":\"/t\",\"max_age\":\"1d\"", "{\"price\":1,\"t\":\"2026-12-01T00:00:00+24:00\"}",
	 "/t is no time", false},
	{"\"value\":\"/price\",\"time\":\"/t\",\"max_age\":\"1d\"", "{\"price\":1,\"t\":\"2026-12-01T00:00:00+3:00\"}",
	 "/t is no time", false},
	{"\"value\":\"/price\",\"time\":\"/t\",\"max_age\":\"1d\"", "{\"price\":1,\"t\":\"2026-12-01T00:00:00 03:00\"}",
	 "/t is no time", false},
	{"\"value\":\"/price\",\"time\":\"/t\",\"max_age\":\"1d\"",
	 "{\"price\":1,\"t\":\"2026-12-01T00:00:00+03:00x\"}", "/t is no time", false},
	{"\"value\":\"/price\",\"time\":\"/t\",\"max_age\":\"1d\"", "{\"price\":1,\"t\":\"2026-12-01T00:00:00+0a:00\"}",
	 "/t is no time", false},
	{"\"value\":\"/price\",\"time\":\"/t\",\"max_age\":\"1d\"", "{\"price\":1,\"t\":\"2026-11-29T23:00:00-01:00\"}",
	 "1", true},
	{"\"value\":\"/price\",\"time\":\"/t\",\"max_age\":\"1d\"", "{\"price\":1,\"t\":\"2026-11-30T02:59:59+03:00\"}",
	 "it is 86401 s old, and max_age is 86400", false},
	{"\"value\":\"/price\",\"time\":\"/t\",\"max_age\":\"1d\"", "{\"price\":1,\"t\":\"2026-11-30T23:30:00-01:00\"}",
	 "/t lies 1800 s in the future", false},
	{"\"value\":\"/price\",\"time\":\"/t\",\"max_age\":\"1d\"", "{\"price\":1,\"t\":\"2026-12-01T03:00:00+03:00\"}",
	 "1", true},
	/* an aggregator that says that it reads another market */
	{"\"value\":\"/price\",\"refuse_if\":\"/fallback\"", "{\"price\":1,\"fallback\":true}",
	 "/fallback is not false", false},
	{"\"value\":\"/price\",\"refuse_if\":\"/fallback\"", "{\"price\":1,\"fallback\":\"no\"}",
	 "/fallback is not false", false},
	/* all volumes zero: the market has no price */
	{"\"value\":\"/price\"", "{\"price\":\"0.00000\"}", "/price is not above zero", false},
	{"\"low\":\"/b\",\"high\":\"/a\"", "{\"b\":0,\"a\":1}", "/b is not above zero", false},
	{"\"low\":\"/b\",\"high\":\"/a\"", "{\"b\":2,\"a\":1}", "/b is above /a", false},
	{"\"low\":\"/b\",\"high\":\"/a\"", "{\"b\":1,\"a\":1.2}",
	 "/b and /a lie further apart than the quantity's spread", false},
	{"\"value\":\"/price\"", "{\"price\":-1}", "/price is not above zero", false},
	{"\"value\":\"/price\"", "{\"price\":NaN}", NULL, false},
	{"\"value\":\"/price\"", "{\"price\":\"NaN\"}", "/price: 'NaN' is no decimal number", false},
	{"\"value\":\"/price\"", "{\"price\":\"inf\"}", "/price: 'inf' is no decimal number", false},
	{"\"value\":\"/price\"", "{\"price\":1e400}", NULL, false},
	{"\"value\":\"/price\"", "{\"price\":\"1e400\"}", "/price: 1e400 is beyond what is counted with", false},
	{"\"value\":\"/price\"", "{\"price\":null}", "/price: a number is expected", false},
	{"\"value\":\"/price\"", "{\"price\":{\"usd\":1}}", "/price: a number is expected", false},
	{"\"value\":\"/price\"", "{\"price\":true}", "/price: 'true' is no decimal number", false},
	{"\"value\":\"/price\"", "{\"error\":\"rate limit\"}", "the answer has no /price", false},
	{"\"value\":\"/price\"", "<html>", NULL, false},
	{"\"value\":\"/price\"", "", NULL, false},
	{"\"value\":\"/price\"", "null", "the answer has no /price", false},
	{"\"value\":\"/0\"", "[]", "the answer has no /0", false},
	{"\"value\":\"/00\"", "[1]", "the answer has no /00", false},
	{"\"value\":\"/price\",\"min\":1,\"max\":10", "{\"price\":0.5}", "0.5 is not within min and max", false},
	{"\"value\":\"/price\",\"min\":1,\"max\":10", "{\"price\":10.5}", "10.5 is not within min and max", false},
};

static void expect_answer(const struct answer_row *row)
{
	char text[512], number[DECIMAL_TEXT_SIZE];
	struct decimal value = {0};
	struct error err = {0};
	int64_t age_s;

	snprintf(text, sizeof(text), "[{\"of\":\"usd\",\"url\":\"https://x\",%s}]", row->source);
	if (configure("{\"usd\":{\"least\":1,\"spread\":10}}", text, &err) != GW_OK)
		fail_msg("%s: %s", text, err.text);
	gw_status status = source_value(&sources[0], row->answer, strlen(row->answer), 0, NOW_S, &value, &age_s, &err);
	if (status != (row->counts ? GW_OK : GW_ERR_PROTOCOL))
		fail_msg("%s of %s: %d %s", row->source, row->answer, status, err.text);
	decimal_format(number, value, 9);
	if (row->expected)
		assert_string_equal(row->counts ? number : err.text, row->expected);
}

static void answers_are_read_strictly(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < COUNT(answers); i++)
		expect_answer(&answers[i]);
}

/* 64 KiB of nesting is one sentence, and no stack. */
static void a_nested_answer_is_refused(void **unused)
{
	static char deep[65536];
	struct decimal value;
	struct error err;
	int64_t age_s;
	(void)unused;

	memset(deep, '[', sizeof(deep));
	assert_int_equal(configure("{\"usd\":{\"least\":1,\"spread\":10}}",
				   "[{\"of\":\"usd\",\"url\":\"https://x\",\"value\":\"/x\"}]", &err),
			 GW_OK);
	assert_int_equal(source_value(&sources[0], deep, sizeof(deep), 0, NOW_S, &value, &age_s, &err),
			 GW_ERR_PROTOCOL);
}

static void an_answer_of_a_cache_is_as_old_as_the_cache_says(void **unused)
{
	struct decimal value;
	struct error err;
	int64_t age_s;
	(void)unused;

	assert_int_equal(configure("{\"usd\":{\"least\":1,\"spread\":10}}",
				   "[{\"of\":\"usd\",\"url\":\"https://x\",\"value\":\"/x\",\"max_age\":\"1h\"}]",
				   &err),
			 GW_OK);
	assert_int_equal(source_value(&sources[0], "{\"x\":1}", 7, 3600, NOW_S, &value, &age_s, &err), GW_OK);
	assert_int_equal(age_s, 3600);
	assert_int_equal(source_value(&sources[0], "{\"x\":1}", 7, 3601, NOW_S, &value, &age_s, &err), GW_ERR_PROTOCOL);
}

/* ---- quantities --------------------------------------------------------------------------------------------------- */

static void sources_are_judged_by_their_median(void **unused)
{
	static const struct {
		uint32_t least;
		const char *spread, *values[6], *expected; /* NULL: not known */
		uint32_t agree;
	} rows[] = {
		{1, "10", {"100"}, "100", 1},
		{2, "10", {"100"}, NULL, 0},
		{1, "10", {NULL}, NULL, 0},
		{2, "10", {"100", "102"}, "101", 3},
		{3, "10", {"100", "101", "102"}, "101", 7},
		/* one bad provider would move an average; the median drops it */
		{2, "10", {"100", "200", "101"}, "100.5", 5},
		{1, "10", {"100", "0.0001", "101"}, "100.5", 5},
		/* a sigma rule throws out two of three: 100 and 110 lie as far from the mean as 105 is near */
		{2, "10", {"100", "105", "110"}, "105", 7},
		/* two that differ: nobody can say which one lies */
		{1, "10", {"100", "112"}, NULL, 0},
		{1, "10", {"100", "110"}, "105", 3},
		/* half of four is no majority */
		{2, "10", {"100", "100", "200", "200"}, NULL, 0},
		{3, "10", {"100", "101", "200"}, NULL, 3},
		{2, "10", {"100", "100", "100", "150", "200"}, "100", 7},
	};
	(void)unused;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct quantity quantity = {.name = "usd", .least = rows[i].least};
		struct decimal values[6], value = {0};
		uint32_t count = 0, agree = 99;
		char text[DECIMAL_TEXT_SIZE];

		assert_int_equal(decimal_parse(&quantity.spread, rows[i].spread, strlen(rows[i].spread), NULL), GW_OK);
		for (; count < 6 && rows[i].values[count]; count++)
			assert_int_equal(decimal_parse(&values[count], rows[i].values[count],
						       strlen(rows[i].values[count]), NULL),
					 GW_OK);
		gw_status status = quantity_value(&quantity, values, count, &value, &agree, NULL);
		if ((status == GW_OK) != (rows[i].expected != NULL) || agree != rows[i].agree)
			fail_msg("row %zu: %d, agree %u", i, status, agree);
		decimal_format(text, value, 9);
		if (rows[i].expected)
			assert_string_equal(text, rows[i].expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_options_say_is_refused_with_its_place),
		cmocka_unit_test(a_source_is_read_whole),
		cmocka_unit_test(answers_are_read_strictly),
		cmocka_unit_test(a_nested_answer_is_refused),
		cmocka_unit_test(an_answer_of_a_cache_is_as_old_as_the_cache_says),
		cmocka_unit_test(sources_are_judged_by_their_median),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
