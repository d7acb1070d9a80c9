/* SPDX-License-Identifier: MIT
 * The page for people in six states of a real watcher, held against /status. Each page is kept for the browser (look.py). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/told.h"
#include "http_get.h"
#include "integration/cluster.h"
#include "run.h"

#define PAGE_MAX 32768 /* bytes that a telephone loads each 15 s */
#define PATIENCE 90

static struct cluster *cluster;
static char config[128];
static struct json *status; /* of the page below, or of a moment before it */
static char page[2 * PAGE_MAX];

/* What our own golosd is configured with: only then a watcher knows that it is ready. */
static void write_golosd_config(void)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/golosd-1.ini", cluster_dir(cluster));
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file, "witness = \"foo\"\nprivate-key = %s\n", cluster_signing_wif(cluster, 1));
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, 0600), 0);
}

static int start(void **state)
{
	const struct cluster_setup setup = {.watchers = 2, .starts_no_watcher = true, .key_as_credential = true};
	FILE *file;

	(void)state;
	cluster = cluster_new(&setup);
	snprintf(config, sizeof(config), "%s/watcher-1.yml", cluster_dir(cluster));
	file = fopen(config, "a");
	assert_non_null(file);
	fprintf(file, "http: unix:%s/http\n", cluster_dir(cluster));
	assert_int_equal(fclose(file), 0);
	write_golosd_config();
	return 0;
}

static int end(void **state)
{
	(void)state;
	json_free(status);
	status = NULL;
	cluster_free(cluster);
	return 0;
}

/* ---- looking ------------------------------------------------------------------------------------------------------ */

static bool read_status(void)
{
	const char *text = http_get(cluster_dir(cluster), "/status", "*/*");

	json_free(status);
	status = NULL;
	return *text && json_parse(&status, text, strlen(text), NULL) == GW_OK;
}

static const struct json *monitor(void)
{
	return told_find(json_element(told_list(status, "instances"), 0), "status");
}

static bool has(const char *member, const char *value)
{
	return read_status() && strcmp(told_text(monitor(), member), value) == 0;
}

static void keep(const char *name, const char *text)
{
	char path[256];

	mkdir(TEST_BINARY_DIR "/pages", 0755);
	snprintf(path, sizeof(path), TEST_BINARY_DIR "/pages/%s", name);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_int_not_equal(fputs(text, file), EOF);
	assert_int_equal(fclose(file), 0);
}

static bool guards_are(char *before)
{
	char *now = json_text(told_list(monitor(), "guards"));
	bool same = before && strcmp(before, now) == 0;

	free(now);
	free(before);
	return same;
}

/* Page and status of one state: a guard may come and go between two readings. */
static void look(void)
{
	char *before = NULL;
	int tries = 0;

	do {
		assert_true(tries++ < 100);
		assert_true(read_status());
		before = json_text(told_list(monitor(), "guards"));
		snprintf(page, sizeof(page), "%s", http_get(cluster_dir(cluster), "/", "text/html"));
		assert_true(read_status());
	} while (!guards_are(before));
}

/* The page as it is now says that sentence, and what /status says. */
static void assert_page(const char *name, const char *sentence)
{
	char text[512];

	look();
	snprintf(text, sizeof(text), "%s.html", name);
	keep(text, page);
	assert_holds(page, sentence);
	assert_in_range(strlen(page), 500, PAGE_MAX);
	for (size_t i = 0; i < told_size(told_list(status, "nodes")); i++)
		assert_holds(page, told_text(json_element(told_list(status, "nodes"), i), "url"));
	for (size_t i = 0; i < told_size(told_list(monitor(), "guards")); i++) {
		snprintf(text, sizeof(text),
			 "%s: ", told_text(json_element(told_list(monitor(), "guards"), i), "guard"));
		assert_holds(page, text);
	}
	assert_holds(page, told_text(status, "version"));
}

/* ---- the states --------------------------------------------------------------------------------------------------- */

static bool page_is_there(struct cluster *of, void *context)
{
	(void)of, (void)context;
	return read_status();
}

static bool is_ready(struct cluster *of, void *context)
{
	(void)of, (void)context;
	return has("ready", "yes");
}

static bool is_not_ready(struct cluster *of, void *context)
{
	(void)of, (void)context;
	return has("ready", "no");
}

static bool is_due(struct cluster *of, void *context)
{
	(void)of, (void)context;
	return has("due", "misses");
}

static bool is_in_flight(struct cluster *of, void *context)
{
	(void)of, (void)context;
	return has("submission", "sent");
}

static bool is_ours(struct cluster *of, void *context)
{
	(void)of, (void)context;
	return has("producer", "ours") && told_size(told_list(monitor(), "guards")) == 0;
}

static bool is_blind(struct cluster *of, void *context)
{
	(void)of, (void)context;
	return read_status() && !told_flag(status, "healthy");
}

TEST(six_states, start, end)
{
	cluster_fault(cluster, "freeze", "[1,true]");
	cluster_start_watcher(cluster, 1);
	cluster_await(cluster, PATIENCE, page_is_there, NULL, "a page");
	keep("style.css", http_get(cluster_dir(cluster), "/style.css", "text/css"));
	assert_page("first-start", "who produces is not known yet");
	cluster_fault(cluster, "freeze", "[1,false]");

	cluster_await_watching(cluster, 1);
	cluster_await_blocks(cluster, 8); /* two rounds of slots */
	cluster_await(cluster, PATIENCE, is_ready, NULL, "readiness");
	assert_page("healthy",
		    "<h1 class=\"good\">foo: another node produces, this node stands by and could take over</h1>");
	assert_holds(page, "<li class=\"other\"");

	cluster_fault(cluster, "fail_calls", "[1,\"witness_api\",\"\",\"-32601\",\"\"]");
	cluster_await(cluster, PATIENCE, is_not_ready, NULL, "no readiness");
	assert_page("not-ready", "another node produces, this node could not take over: ");
	cluster_fault(cluster, "heal_calls", "[1]");
	cluster_fault(cluster, "disconnect", "[1]");
	cluster_await(cluster, PATIENCE, is_ready, NULL, "readiness again");

	assert_status(run("-c", config, "hold"), 0);
	cluster_fault(cluster, "kill", "[0]");
	cluster_await(cluster, PATIENCE, is_due, NULL, "a due switch");
	assert_page("held", "another node produces, a switch to this node is due");
	assert_holds(page, "<li class=\"bad\">hold: ");
	assert_holds(page, "<li class=\"missed\"");

	cluster_fault(cluster, "swallow_broadcasts", "[1,4]"); /* pending until it is offered again */
	assert_status(run("-c", config, "resume"), 0);
	cluster_await(cluster, PATIENCE, is_in_flight, NULL, "a transaction in flight");
	assert_page("switching", "<span class=\"good\" aria-current=\"step\">sent</span>");

	cluster_await(cluster, PATIENCE, is_ours, NULL, "our production");
	cluster_fault(cluster, "kill", "[1]");
	cluster_await(cluster, 2 * PATIENCE, is_blind, NULL, "no sight");
	assert_page("blind", "The watcher is not healthy: ");
}

/* Where no browser is installed, nobody looks. Nor with a sanitizer: the pages are the same, and the browser is not ours. */
TEST(the_pages_in_a_browser)
{
	if (access("/usr/bin/chromium", X_OK) || strstr(TEST_BINARY_DIR, "asan")) {
		print_message("SKIPPED: chromium is not installed, or this is a build with a sanitizer\n");
		return;
	}
	assert_int_equal(system("/usr/bin/python3 " TEST_SOURCE_DIR "/ctl/look.py " TEST_BINARY_DIR "/pages"), 0);
}
