/* SPDX-License-Identifier: MIT
 * What the page and /status are made from: the rounds' slots, the newest notices and days, and the page of hostile texts. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/page.h"
#include "api/rounds.h"
#include "api/told.h"
#include "notices/recent.h"

static struct rounds *rounds;
static struct recent *recent;
static struct json *json;
static char *text;

static int start(void **state)
{
	(void)state;
	rounds = rounds_new();
	recent = recent_new(1000000000000);
	return 0;
}

static int end(void **state)
{
	(void)state;
	rounds_free(rounds);
	recent_free(recent);
	json_free(json);
	json = NULL;
	free(text);
	text = NULL;
	return 0;
}

/* ---- rounds ------------------------------------------------------------------------------------------------------- */

static void block(int64_t time_s, const char *witness, uint32_t skipped)
{
	struct gw_slot slot = {.struct_size = sizeof(slot), .witness = "absent"};
	const struct gw_slot *missed[] = {&slot, &slot, &slot};
	struct gw_block_event event = {.struct_size = sizeof(event),
				       .time_s = time_s,
				       .interval_s = 3,
				       .scheduled = 3,
				       .skipped = skipped,
				       .missed_count = skipped,
				       .missed = missed};

	snprintf(event.witness, sizeof(event.witness), "%s", witness);
	snprintf(event.signing_key, sizeof(event.signing_key), "key-of-%s", witness);
	rounds_block(rounds, &event);
}

static const char *slots(void)
{
	static char shown[512];
	struct json_writer w;
	const struct json *list;

	json_writer_init(&w);
	json_open(&w, NULL, '{');
	rounds_write(rounds, &w);
	json_close(&w, '}');
	json_free(json);
	assert_int_equal(json_parse(&json, w.text, w.len, NULL), GW_OK);
	json_writer_done(&w);
	list = told_list(json, "slots");
	shown[0] = '\0';
	for (size_t i = 0; i < told_size(list); i++) {
		const struct json *slot = json_element(list, i);

		snprintf(shown + strlen(shown), sizeof(shown) - strlen(shown), "%lld%s%s ",
			 (long long)told_number(slot, "time"), told_flag(slot, "filled") ? "+" : "-",
			 told_text(slot, "witness"));
	}
	return shown;
}

TEST(rounds_have_blocks_and_the_slots_between, start, end)
{
	block(30, "a", 0);
	block(33, "b", 0);
	block(42, "c", 2);
	assert_string_equal(slots(), "30+a 33+b 36-absent 39-absent 42+c ");
}

TEST(rounds_are_two, start, end)
{
	for (int64_t i = 0; i < 300; i++)
		block(30 + 3 * i, "a", 0);
	assert_string_equal(slots(), "912+a 915+a 918+a 921+a 924+a 927+a ");
}

/* The block of another branch comes in the place of those that it undoes. */
TEST(rounds_of_a_fork, start, end)
{
	block(30, "a", 0);
	block(33, "b", 0);
	block(36, "c", 0);
	block(36, "d", 1);
	assert_string_equal(slots(), "30+a 33-absent 36+d ");
}

TEST(rounds_begin_with_what_the_first_event_tells, start, end)
{
	struct gw_slot filled = {.witness = "a", .filled = 1}, missed = {.witness = "b"},
		       itself = {.witness = "c", .filled = 1};
	const struct gw_slot *round[] = {&filled, &missed, &itself};
	struct gw_block_event event = {
		.time_s = 30, .interval_s = 3, .scheduled = 3, .witness = "c", .round_count = 3, .round = round};

	rounds_block(rounds, &event);
	assert_string_equal(slots(), "24+a 27-b 30+c ");
}

/* ---- notices ------------------------------------------------------------------------------------------------------ */

static void note(int64_t wall_ms, int32_t severity, const char *code)
{
	const struct gw_notice_event notice = {.severity = severity,
					       .now = {.wall_ms = wall_ms},
					       .source = "m",
					       .code = code,
					       .text = code,
					       .fields_json = ""};

	recent_note(recent, &notice);
}

static void read_recent(int64_t now_ms)
{
	struct json_writer w;

	json_writer_init(&w);
	json_open(&w, NULL, '{');
	recent_write(recent, now_ms, &w);
	json_close(&w, '}');
	json_free(json);
	assert_int_equal(json_parse(&json, w.text, w.len, NULL), GW_OK);
	json_writer_done(&w);
}

TEST(recent_has_the_newest_first, start, end)
{
	for (int i = 0; i < 30; i++)
		note(1000000000000 + i * 1000, GW_INFO, "a");
	note(1000000040000, GW_DEBUG, "for-developers");
	note(1000000050000, GW_CRITICAL, "own_slot_missed");
	read_recent(1000000060000);
	assert_int_equal(told_size(told_list(json, "recent")), RECENT_NOTICES);
	assert_string_equal(told_text(json_element(told_list(json, "recent"), 0), "code"), "own_slot_missed");
	assert_string_equal(told_text(json_element(told_list(json, "recent"), 0), "severity"), "critical");
	assert_int_equal(told_number(json_element(told_list(json, "recent"), 1), "time"), 1000000029);
	assert_int_equal(told_number(json_element(told_list(json, "days"), RECENT_DAYS - 1), "missed"), 1);
}

#define DAY 86400000

TEST(recent_counts_by_day, start, end)
{
	int64_t now_ms = 1000000000000;

	note(now_ms - 29 * (int64_t)DAY, GW_INFO, "slot_missed");
	note(now_ms - DAY, GW_INFO, "signing_key_changed");
	note(now_ms, GW_INFO, "standby_not_ready");
	read_recent(now_ms);
	assert_int_equal(told_size(told_list(json, "days")), RECENT_DAYS);
	assert_int_equal(told_number(json_element(told_list(json, "days"), 0), "missed"), 1);
	assert_int_equal(told_number(json_element(told_list(json, "days"), 28), "key_changes"), 1);
	assert_int_equal(told_number(json_element(told_list(json, "days"), 29), "not_ready"), 1);
	read_recent(now_ms + DAY); /* the oldest day is over */
	assert_int_equal(told_number(json_element(told_list(json, "days"), 0), "missed"), 0);
	assert_int_equal(told_number(json_element(told_list(json, "days"), 29), "not_ready"), 0);
}

TEST(recent_reads_the_journal_from_before_the_start, start, end)
{
	note(1000000005000, GW_INFO, "since");
	recent_read_history(recent, "[{\"wall_ms\":1000000005000,\"kind\":\"notice\",\"source\":\"m\",\"severity\":"
				    "\"info\",\"code\":\"since\",\"text\":\"x\"},"
				    "{\"wall_ms\":999999999000,\"kind\":\"submission\",\"source\":\"m\",\"severity\":"
				    "\"info\",\"code\":\"sent\",\"text\":\"x\"},"
				    "{\"wall_ms\":999999998000,\"kind\":\"notice\",\"source\":\"m\",\"severity\":"
				    "\"info\",\"code\":\"slot_missed\",\"text\":\"x\"},"
				    "{\"wall_ms\":\"?\",\"kind\":7}, 3]");
	read_recent(1000000006000);
	assert_int_equal(told_size(told_list(json, "recent")), 2);
	assert_string_equal(told_text(json_element(told_list(json, "recent"), 1), "code"), "slot_missed");
	recent_read_history(recent, "no JSON");
	recent_read_history(recent, "{}");
}

/* ---- the page ----------------------------------------------------------------------------------------------------- */

static const char *page(const char *status)
{
	json_free(json);
	assert_int_equal(json_parse(&json, status, strlen(status), NULL), GW_OK);
	free(text);
	text = page_html(json);
	return text;
}

TEST(page_of_nothing, start, end)
{
	assert_non_null(strstr(page("{}"), "<h1>Golos Watch: no witness is watched yet</h1>"));
	assert_non_null(strstr(page("{\"instances\":7,\"nodes\":{},\"days\":[],\"recent\":[1]}"), "</html>"));
}

/* A name, an address and a plugin's text are not ours: none of them becomes markup, wherever it is shown. */
TEST(page_of_hostile_texts, start, end)
{
#define EVIL "\\\"'><script>alert(1)</script>&amp;"
	page("{\"version\":\"" EVIL "\",\"blind\":\"" EVIL "\",\"nodes\":[{\"url\":\"" EVIL "\",\"missing\":[\"" EVIL
	     "\",7]}],"
	     "\"slots\":[{\"time\":1,\"witness\":\"" EVIL "\"}],\"coming\":[{\"time\":1,\"witness\":\"" EVIL "\"}],"
	     "\"recent\":[{\"time\":1,\"severity\":\"" EVIL "\",\"source\":\"" EVIL "\",\"text\":\"" EVIL "\"}],"
	     "\"days\":[{\"begin\":\"" EVIL "\"}],"
	     "\"instances\":[{\"name\":\"" EVIL "\",\"status\":{\"witness\":\"" EVIL "\",\"producer\":\"" EVIL
	     "\",\"ready\":\"no\",\"ready_text\":\"" EVIL "\",\"due\":\"" EVIL "\",\"never\":\"" EVIL
	     "\",\"submission\":\"" EVIL "\",\"guards\":[{\"guard\":\"" EVIL "\",\"why\":\"" EVIL "\"}]}},"
	     "{\"name\":\"f\",\"status\":{\"price\":\"" EVIL "\",\"why\":\"" EVIL "\",\"sources\":[{\"of\":\"" EVIL
	     "\",\"name\":\"" EVIL "\",\"value\":\"" EVIL "\",\"why\":\"" EVIL "\"}]}}]}");
	assert_null(strstr(text, "<script"));
	assert_null(strstr(text, "\"'>"));
	assert_non_null(strstr(text, "&quot;'&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;"));
}
