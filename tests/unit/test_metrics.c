/* SPDX-License-Identifier: MIT
 * A status as metrics: values, what is absent, and what a hostile text may not break. */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "api/metrics.h"

static char *text;

static const char *shown(const char *status, bool openmetrics)
{
	struct json *json = NULL;
	struct error err;

	assert_int_equal(json_parse(&json, status, strlen(status), &err), GW_OK);
	free(text);
	text = metrics_text(json, openmetrics);
	json_free(json);
	return text;
}

static int end(void **state)
{
	(void)state;
	free(text);
	text = NULL;
	return 0;
}

static void assert_shows(const char *line)
{
	if (!strstr(text, line))
		fail_msg("no \"%s\" in:\n%s", line, text);
}

static void assert_lacks(const char *word)
{
	if (strstr(text, word))
		fail_msg("\"%s\" in:\n%s", word, text);
}

TEST(host, NULL, end)
{
	shown("{\"version\":\"1.2\",\"started_s\":1700000000,\"healthy\":true,\"journal_writable\":false,"
	      "\"chain\":{\"head\":7,\"wall_ms\":1700000000500,\"chain_ms\":1700000000000},\"notices\":{\"info\":3}}",
	      false);
	assert_shows("# TYPE golos_watch_build_info gauge\ngolos_watch_build_info{version=\"1.2\"} 1\n");
	assert_shows("golos_watch_start_time_seconds 1700000000\n");
	assert_shows("golos_watch_healthy 1\n");
	assert_shows("golos_watch_journal_writable 0\n");
	assert_shows("golos_watch_head_block 7\n");
	assert_shows("golos_watch_clock_offset_seconds 0.500\n");
	assert_shows("# TYPE golos_watch_notices_total counter\ngolos_watch_notices_total{severity=\"info\"} 3\n");
	assert_lacks("\ngolos_watch_signer_up ");
	assert_lacks("EOF");
	assert_lacks("UNIT");
}

TEST(openmetrics, NULL, end)
{
	shown("{\"version\":\"1.2\",\"started_s\":1,\"log_lines_dropped\":2}", true);
	assert_shows("# TYPE golos_watch_build info\ngolos_watch_build_info{version=\"1.2\"} 1\n");
	assert_shows("# TYPE golos_watch_log_lines_dropped counter\ngolos_watch_log_lines_dropped_total 2\n");
	assert_shows("# UNIT golos_watch_start_time_seconds seconds\ngolos_watch_start_time_seconds 1\n");
	assert_string_equal(text + strlen(text) - 6, "# EOF\n");
}

/* Before a fresh block tells the time there is no offset to tell. */
TEST(no_clock, NULL, end)
{
	shown("{\"chain\":{\"wall_ms\":1700000000500,\"chain_ms\":0}}", false);
	assert_lacks("\ngolos_watch_clock_offset_seconds ");
}

TEST(nodes, NULL, end)
{
	shown("{\"nodes\":[{\"url\":\"ws://"
	      "a\",\"connected\":true,\"head\":9,\"reconnects\":2,\"missing\":[\"witness_api\"]},"
	      "{\"url\":\"ws://b\",\"connected\":false,\"missing\":[]}]}",
	      false);
	assert_shows("golos_watch_node_up{node=\"ws://a\"} 1\ngolos_watch_node_up{node=\"ws://b\"} 0\n");
	assert_shows("golos_watch_node_reconnects_total{node=\"ws://a\"} 2\n");
	assert_shows("golos_watch_node_api_missing{node=\"ws://a\",api=\"witness_api\"} 1\n");
	assert_lacks("golos_watch_node_api_missing{node=\"ws://b\"");
}

#define MONITOR(members) "{\"instances\":[{\"name\":\"m\",\"status\":{\"witness\":\"foo\"," members "}}]}"
#define LABELS		 "{instance=\"m\",witness=\"foo\""

TEST(monitor, NULL, end)
{
	shown(MONITOR("\"producer\":\"ours\",\"ready\":\"yes\",\"due\":\"no\",\"others\":20,\"others_filled\":19,"
		      "\"guard_names\":[\"hold\",\"clock\"],\"guards\":[{\"guard\":\"clock\",\"why\":\"x\"}]"),
	      false);
	assert_shows("golos_watch_producer" LABELS ",producer=\"ours\"} 1\n");
	assert_shows("golos_watch_producer" LABELS ",producer=\"unknown\"} 0\n");
	assert_shows("golos_watch_witness_known" LABELS "} 1\n");
	assert_shows("golos_watch_ready" LABELS "} 1\n");
	assert_shows("golos_watch_switch_due" LABELS "} 0\n");
	assert_shows("golos_watch_hold" LABELS "} 0\n");
	assert_shows("golos_watch_participation_ratio" LABELS "} 0.950\n");
	assert_shows("golos_watch_guard_holds" LABELS ",guard=\"hold\"} 0\n");
	assert_shows("golos_watch_guard_holds" LABELS ",guard=\"clock\"} 1\n");
}

TEST(monitor_in_trouble, NULL, end)
{
	shown(MONITOR("\"producer\":\"nulled by the chain\",\"ready\":\"unknown\",\"due\":\"nulled by the chain\","
		      "\"hold_until\":0,\"others\":0,\"others_filled\":0"),
	      false);
	assert_shows("golos_watch_producer" LABELS ",producer=\"none\"} 1\n");
	assert_shows("golos_watch_switch_due" LABELS "} 1\n");
	assert_shows("golos_watch_hold" LABELS "} 1\n");
	assert_lacks("golos_watch_ready{");
	assert_lacks("golos_watch_participation_ratio{");
	shown(MONITOR("\"producer\":\"no such witness\""), false);
	assert_shows("golos_watch_producer" LABELS ",producer=\"unknown\"} 1\n");
	assert_shows("golos_watch_witness_known" LABELS "} 0\n");
}

TEST(feed, NULL, end)
{
	shown(MONITOR("\"price\":\"0.007500000\",\"published_time\":1700000000,"
		      "\"sources\":[{\"of\":\"xau\",\"name\":\"n\",\"counts\":true},"
		      "{\"of\":\"xau\",\"name\":\"n\",\"counts\":false}]"),
	      false);
	assert_shows("golos_watch_feed_price" LABELS "} 0.007500000\n");
	assert_shows("golos_watch_feed_published_timestamp_seconds" LABELS "} 1700000000\n");
	assert_shows("golos_watch_feed_source_good" LABELS ",place=\"1\",quantity=\"xau\",source=\"n\"} 1\n");
	assert_shows("golos_watch_feed_source_good" LABELS ",place=\"2\",quantity=\"xau\",source=\"n\"} 0\n");
	assert_lacks("golos_watch_producer{"); /* it is no monitor */
}

/* A plugin's status and a node's address are not ours. */
TEST(hostile_texts, NULL, end)
{
	shown("{\"nodes\":[{\"url\":\"a\\\"} 1\\n\\\\x\",\"connected\":true,\"missing\":[1,null]}],"
	      "\"instances\":[{\"name\":\"i\",\"status\":{\"producer\":7,\"guard_names\":\"hold\",\"guards\":{},"
	      "\"sources\":[1],\"price\":\"1e400\",\"misses_in_window\":\"1} 2\",\"head\":\"-\"}},"
	      "{\"name\":\"j\",\"status\":null},{\"name\":\"k\"}]}",
	      false);
	assert_shows("golos_watch_node_up{node=\"a\\\"} 1\\n\\\\x\"} 1\n");
	assert_lacks("feed_price{");
	assert_lacks("1} 2");
	assert_lacks("} -\n");
	shown("{\"nodes\":7,\"instances\":{\"a\":1},\"chain\":[],\"notices\":[]}", true);
	assert_lacks("golos_watch_node_up{");
}
