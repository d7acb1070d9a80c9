/* SPDX-License-Identifier: MIT
 * base/time_text.c */
#include "test.h"

#include "base/time_text.h"

/* Seconds by `date -u -d TIME +%s`. */
static const struct {
	const char *text;
	int64_t time_s;
} known[] = {
	{"1970-01-01T00:00:00", 0},	     {"2016-10-18T11:00:00", 1476788400}, {"2000-02-29T23:59:59", 951868799},
	{"2038-01-19T03:14:08", 2147483648}, {"2099-12-31T23:59:59", 4102444799}, {"2106-02-07T06:28:15", 4294967295},
};

TEST(known_times_go_both_ways)
{
	for (size_t i = 0; i < COUNT(known); i++) {
		char text[TIME_TEXT_SIZE];
		int64_t time_s;

		assert_int_equal(time_parse(known[i].text, 19, &time_s), GW_OK);
		assert_int_equal(time_s, known[i].time_s);
		time_format(text, known[i].time_s);
		assert_string_equal(text, known[i].text);
	}
}

TEST(what_is_no_time_is_refused)
{
	static const char *const bad[] = {
		"",
		"2016-10-18T11:00",
		"2016-10-18T11:00:00Z",
		"2016-10-18 11:00:00",
		"2016-02-30T00:00:00",
		"2015-02-29T00:00:00",
		"2016-13-01T00:00:00",
		"2016-00-01T00:00:00",
		"2016-10-18T24:00:00",
		"2016-10-18T11:60:00",
		"2016-10-18T11:00:60",
		"1969-12-31T23:59:59",
		"2106-02-07T06:28:16",
		"+016-10-18T11:00:00",
		"2016-1a-18T11:00:00",
		"2016-10-18T11:00: 0",
	};

	for (size_t i = 0; i < COUNT(bad); i++) {
		int64_t time_s = 42;

		assert_int_equal(time_parse(bad[i], strlen(bad[i]), &time_s), GW_ERR_SYNTAX);
		assert_int_equal(time_s, 42);
	}
}
