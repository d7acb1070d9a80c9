/* SPDX-License-Identifier: MIT
 *
 * The real golos-watch-fetch, asked as the host asks it, and a server of loopback that plays sources. Each hostile source
 * is one sentence, and takes nothing else with it.
 */
#include "test.h"

#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "../integration/certificate.h"
#include "base/clock.h"
#include "fetch/client/client.h"
#include "sources.h"

#define LIMIT_MS 60000
#define URLS	 24

struct result {
	bool is_there;
	struct fetch_answer answer;
};

struct scene {
	struct certificate *certificate;
	struct sources *sources, *plain;
	struct loop *loop;
	struct loop_timer *limit;
	struct fetch *fetch;
	char texts[URLS][128];
	const char *urls[URLS];
	size_t url_count;
	unsigned left; /* answers that are awaited */
	unsigned ends;
	char end[256];
	struct result results[64];
};

static void add(struct scene *scene, const char *host, unsigned port, const char *path)
{
	char *text = scene->texts[scene->url_count];

	snprintf(text, sizeof(scene->texts[0]), "%s:%u%s", host, port, path);
	scene->urls[scene->url_count++] = text;
}

static void on_limit(void *context)
{
	(void)context;
	fail_msg("no answer in time");
}

static void on_ended(void *context, const char *why)
{
	struct scene *scene = context;

	scene->ends++;
	snprintf(scene->end, sizeof(scene->end), "%s", why);
}

static int set_up(void **state)
{
	static const char *const paths[] = {"/price", "/old",	  "/redirect",	"/error", "/cookie", "/whole", "/long",
					    "/head",  "/endless", "/said_long", "/slow",  "/silent", "/heads"};
	struct scene *scene = calloc(1, sizeof(*scene));
	struct error err;

	scene->certificate = *state;
	if (loop_new(&scene->loop, &err) != GW_OK)
		return -1;
	scene->sources = sources_start(scene->certificate->cert, scene->certificate->key);
	scene->plain = sources_start(NULL, NULL);
	unsigned port = sources_port(scene->sources);
	for (size_t i = 0; i < COUNT(paths); i++)
		add(scene, "https://localhost", port, paths[i]);
	add(scene, "https://127.0.0.1", port, "/price"); /* the certificate is not for it */
	add(scene, "https://some.localhost", port, "/price");
	add(scene, "https://2130706433", port, "/price"); /* 127.0.0.1 */
	add(scene, "https://167772161", port, "/price");  /* 10.0.0.1 */
	add(scene, "http://127.0.0.1", sources_port(scene->plain), "/price");
	add(scene, "https://127.0.0.1", sources_port(scene->plain), "/price"); /* speaks no TLS */
	add(scene, "https://localhost", 1, "/price");			       /* nobody listens */

	char program[] = TEST_BINARY_DIR "/bin/golos-watch-fetch";
	const struct fetch_setup setup = {.program = program,
					  .ca_file = scene->certificate->cert,
					  .urls = scene->urls,
					  .count = scene->url_count,
					  .again_ms = 1};
	scene->fetch = fetch_start(&setup);
	if (!fetch_is_running(scene->fetch)) {
		fprintf(stderr, "%s\n", fetch_why(scene->fetch));
		return -1;
	}
	fetch_attach(scene->fetch, scene->loop, on_ended, scene);
	scene->limit = loop_timer_new(scene->loop, on_limit, scene);
	*state = scene;
	return 0;
}

static int tear_down(void **state)
{
	struct scene *scene = *state;

	fetch_stop(scene->fetch);
	loop_timer_free(scene->limit);
	loop_free(scene->loop);
	sources_stop(scene->sources);
	sources_stop(scene->plain);
	*state = scene->certificate;
	free(scene);
	return 0;
}

/* ---- asking ------------------------------------------------------------------------------------------------------ */

struct asked {
	struct scene *scene;
	size_t place;
};

static void on_done(void *context, const struct fetch_answer *answer)
{
	struct asked *asked = context;
	struct scene *scene = asked->scene;

	assert_false(scene->results[asked->place].is_there);
	scene->results[asked->place] = (struct result){.is_there = true, .answer = *answer};
	free(asked);
	if (--scene->left == 0)
		loop_stop(scene->loop);
}

static void ask(struct scene *scene, size_t place, const char *part, int64_t deadline_ms)
{
	struct asked *asked = calloc(1, sizeof(*asked));
	const char *url = NULL;

	for (size_t i = 0; i < scene->url_count && !url; i++)
		if (strstr(scene->urls[i], part))
			url = scene->urls[i];
	assert_non_null(url);
	*asked = (struct asked){.scene = scene, .place = place};
	scene->results[place].is_there = false;
	assert_int_equal(fetch_get(scene->fetch, url, deadline_ms, on_done, asked), GW_OK);
	scene->left++;
}

static void await(struct scene *scene)
{
	loop_timer_set(scene->limit, LIMIT_MS);
	loop_run(scene->loop);
	loop_timer_set(scene->limit, -1);
	assert_int_equal(scene->left, 0);
}

static const struct fetch_answer *get(struct scene *scene, const char *part, int64_t deadline_ms)
{
	ask(scene, 0, part, deadline_ms);
	await(scene);
	return &scene->results[0].answer;
}

static void expect(struct scene *scene, const char *part, gw_status status, const char *text)
{
	const struct fetch_answer *answer = get(scene, part, 10000);

	if (answer->status != status || !strstr(answer->text, text))
		fail_msg("%s: status %d, '%s'", part, answer->status, answer->text);
	if (status != GW_OK)
		assert_int_equal(answer->body_len, 0);
}

static void expect_price(struct scene *scene)
{
	const struct fetch_answer *answer = get(scene, "localhost", 10000);

	assert_string_equal(answer->text, "");
	assert_int_equal(answer->status, GW_OK);
	assert_int_equal(answer->http_status, 200);
	assert_string_equal(answer->body, "{\"price\":1.5}");
}

/* ---- processes --------------------------------------------------------------------------------------------------- */

/* 0: it has none. */
static pid_t child_of(pid_t parent)
{
	DIR *dir = opendir("/proc");
	pid_t found = 0;

	for (const struct dirent *entry; !found && (entry = readdir(dir));) {
		char path[300], text[512] = "";
		int above = 0;

		snprintf(path, sizeof(path), "/proc/%s/stat", entry->d_name);
		FILE *file = atoi(entry->d_name) > 0 ? fopen(path, "re") : NULL;
		if (!file)
			continue;
		if (fgets(text, sizeof(text), file) && strrchr(text, ')') &&
		    sscanf(strrchr(text, ')'), ") %*c %d", &above) == 1 && above == parent)
			found = atoi(entry->d_name);
		fclose(file);
	}
	closedir(dir);
	return found;
}

/* 0: it has ended. */
static void await_end(pid_t pid)
{
	struct pollfd end = {.fd = pid ? pidfd_open(pid, 0) : -1, .events = POLLIN};

	if (end.fd < 0)
		return;
	assert_int_equal(poll(&end, 1, LIMIT_MS), 1);
	close(end.fd);
}

/* ---- tests ------------------------------------------------------------------------------------------------------- */

static void good_sources(void **state)
{
	struct scene *scene = *state;
	const struct fetch_answer *answer;

	expect_price(scene);
	assert_int_equal(scene->results[0].answer.age_s, 0);
	answer = get(scene, "/old", 10000);
	assert_int_equal(answer->status, GW_OK);
	assert_in_range(answer->age_s, 1000, 1060);
	answer = get(scene, "/whole", 10000);
	assert_int_equal(answer->status, GW_OK);
	assert_int_equal(answer->body_len, FETCH_BODY_MAX);
	expect(scene, "http://127.0.0.1", GW_OK, "");
}

static void hostile_sources_are_a_sentence_each(void **state)
{
	struct scene *scene = *state;

	expect(scene, "/redirect", GW_ERR_PROTOCOL, "the server answers 302, a redirect, and none is followed");
	expect(scene, "/error", GW_ERR_PROTOCOL, "the server answers 503");
	assert_int_equal(scene->results[0].answer.http_status, 503);
	expect(scene, "/long", GW_ERR_RANGE, "longer than 65536 bytes");
	expect(scene, "/said_long", GW_ERR_RANGE, "longer than 65536 bytes");
	expect(scene, "/endless", GW_ERR_RANGE, "longer than 65536 bytes");
	expect(scene, "/head", GW_ERR_RANGE, "or its head than 16384");
	expect(scene, "https://127.0.0.1", GW_ERR_TRUST, "the server's certificate is refused: ");
	expect(scene, scene->urls[18], GW_ERR_UNAVAILABLE, "no answer: ");
	expect(scene, scene->urls[19], GW_ERR_UNAVAILABLE, "no answer: ");
	expect_price(scene);
}

/* The check is of the address that is connected to, however it is written. */
static void what_leads_inside_is_refused(void **state)
{
	struct scene *scene = *state;

	expect(scene, "some.localhost", GW_ERR_TRUST, "some.localhost leads to ");
	expect(scene, "2130706433", GW_ERR_TRUST, "2130706433 leads to 127.0.0.1, which is no address of the internet");
	expect(scene, "167772161", GW_ERR_TRUST, "167772161 leads to 10.0.0.1, which is no address of the internet");
}

static void slow_sources_have_their_time_alone(void **state)
{
	struct scene *scene = *state;

	ask(scene, 0, "/slow", 1000);
	ask(scene, 1, "/silent", 1000);
	ask(scene, 2, "/price", 30000);
	await(scene);
	assert_int_equal(scene->results[0].answer.status, GW_ERR_TIMEOUT);
	assert_int_equal(scene->results[1].answer.status, GW_ERR_TIMEOUT);
	assert_non_null(strstr(scene->results[0].answer.text, "no whole answer in time"));
	assert_int_equal(scene->results[2].answer.status, GW_OK);
}

static void four_at_a_time(void **state)
{
	struct scene *scene = *state;

	for (size_t i = 0; i < 10; i++)
		ask(scene, i, "/silent", 3000);
	await(scene);
	for (size_t i = 0; i < 10; i++)
		assert_int_equal(scene->results[i].answer.status, GW_ERR_TIMEOUT);
	assert_int_equal(sources_most(scene->sources), 4);
	for (size_t i = 0; i < 64; i++)
		ask(scene, i, "localhost", 30000);
	await(scene);
	for (size_t i = 0; i < 64; i++)
		assert_int_equal(scene->results[i].answer.status, GW_OK);
	assert_in_range(sources_most(scene->sources), 1, 4);
}

/* Three times four use up the 10 s that each has, and the 30 s that all have: the last one is not asked. */
static void all_together_have_thirty_seconds(void **state)
{
	struct scene *scene = *state;
	int64_t begun_ms = clock_ms(CLOCK_MONOTONIC);

	for (size_t i = 0; i < 13; i++)
		ask(scene, i, "/silent", FETCH_ROUND_MS);
	await(scene);
	assert_in_range(clock_ms(CLOCK_MONOTONIC) - begun_ms, FETCH_ROUND_MS - 1000, FETCH_ROUND_MS + 5000);
	for (size_t i = 0; i < 13; i++)
		assert_int_equal(scene->results[i].answer.status, GW_ERR_TIMEOUT);
	const char *why = scene->results[12].answer.text; /* of the helper, or of the host, where it was quicker */
	assert_true(strcmp(why, "no time was left to ask: others took it") == 0 ||
		    strcmp(why, "no answer in time") == 0);
	expect_price(scene);
}

/* Nothing of the environment or of an earlier answer is in a request. */
static void a_request_says_little(void **state)
{
	struct scene *scene = *state;

	for (int i = 0; i < 2; i++) {
		expect(scene, "/cookie", GW_OK, "");
		assert_string_equal(scene->results[0].answer.body, "none");
	}
	const char *head = get(scene, "/heads", 10000)->body;
	assert_memory_equal(head, "GET /heads HTTP/1.1\r\n", 21);
	assert_non_null(strstr(head, "\r\nUser-Agent: golos-watch/"));
	for (const char *name = "Authorization\0Cookie\0Proxy\0Referer\0"; *name; name += strlen(name) + 1)
		assert_null(strcasestr(head, name));
}

static void what_was_not_told_is_not_asked(void **state)
{
	struct scene *scene = *state;

	assert_int_equal(fetch_get(scene->fetch, "https://localhost/", 1000, on_done, NULL), GW_ERR_NOT_FOUND);
}

static void a_child_that_dies_costs_one_round(void **state)
{
	struct scene *scene = *state;
	pid_t parent = child_of(getpid());

	ask(scene, 0, "/silent", 10000);
	ask(scene, 1, "/silent", 10000);
	/* the loop must send before the server can see it */
	struct loop_timer *stop = loop_timer_new(scene->loop, (loop_timer_fn)loop_stop, scene->loop);
	loop_timer_set(stop, 0);
	loop_run(scene->loop);
	loop_timer_free(stop);
	sources_await_open(scene->sources, 2);
	pid_t child = child_of(parent);
	assert_true(child > 0);
	assert_int_equal(kill(child, SIGSEGV), 0);
	await(scene);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(scene->results[i].answer.status, GW_ERR_UNAVAILABLE);
		assert_non_null(strstr(scene->results[i].answer.text, "golos-watch-fetch's child "));
	}
	expect_price(scene);
	await_end(child_of(parent)); /* a round leaves none behind */
	assert_int_equal(scene->ends, 0);
}

struct wait {
	struct scene *scene;
	struct loop_timer *timer;
};

static void on_look(void *context)
{
	const struct wait *wait = context;

	if (fetch_is_running(wait->scene->fetch))
		loop_stop(wait->scene->loop);
	else
		loop_timer_set(wait->timer, 1);
}

static void await_running(struct scene *scene)
{
	struct wait wait = {.scene = scene};

	wait.timer = loop_timer_new(scene->loop, on_look, &wait);
	loop_timer_set(wait.timer, 0);
	await(scene);
	loop_timer_free(wait.timer);
}

static void a_parent_that_dies_is_said_once_and_started_again(void **state)
{
	struct scene *scene = *state;
	for (int i = 0; i < 2; i++) {
		pid_t parent = child_of(getpid());

		ask(scene, 0, "/silent", 10000);
		assert_int_equal(kill(parent, SIGKILL), 0);
		await(scene);
		assert_int_equal(scene->results[0].answer.status, GW_ERR_UNAVAILABLE);
		assert_int_equal(fetch_get(scene->fetch, scene->urls[0], 1000, on_done, NULL), GW_ERR_UNAVAILABLE);
		assert_int_equal(scene->ends, 1);
		assert_non_null(strstr(scene->end, "golos-watch-fetch has ended: no source of the internet is asked"));
		await_running(scene);
		assert_int_not_equal(child_of(getpid()), parent);
	}
	expect_price(scene);
}

static void a_parent_that_hangs_is_not_waited_for(void **state)
{
	struct scene *scene = *state;
	pid_t parent = child_of(getpid());

	assert_int_equal(kill(parent, SIGSTOP), 0);
	const struct fetch_answer *answer = get(scene, "/price", 200);
	assert_int_equal(answer->status, GW_ERR_TIMEOUT);
	assert_string_equal(answer->text, "no answer in time");
	kill(parent, SIGCONT);
	expect_price(scene);
}

static void who_it_runs_as(void **state)
{
	struct scene *scene = *state;

	assert_int_equal(fetch_facts(scene->fetch).uid, geteuid());
}

static void a_start_that_fails_is_said(void **state)
{
	const char *url = "https://localhost/";
	struct fetch_setup setup = {.program = "/nowhere/golos-watch-fetch", .urls = &url, .count = 1};
	struct fetch *fetch = fetch_start(&setup);

	(void)state;
	assert_false(fetch_is_running(fetch));
	assert_string_equal(fetch_why(fetch),
			    "/nowhere/golos-watch-fetch cannot be started: No such file or directory: "
			    "the package golos-watch-fetch has it");
	fetch_stop(fetch);
	url = "https://u@localhost/";
	setup.program = TEST_BINARY_DIR "/bin/golos-watch-fetch";
	fetch = fetch_start(&setup);
	assert_false(fetch_is_running(fetch));
	assert_string_equal(fetch_why(fetch), "golos-watch-fetch: a user or password in an address is not taken");
	fetch_stop(fetch);
}

/* Its package is installed after the start. */
static void a_start_that_failed_is_tried_again(void **state)
{
	struct scene *scene = *state;
	char dir[] = "/tmp/golos-watch-fetch-XXXXXX", program[64];
	const struct fetch_setup setup = {
		.program = program, .urls = scene->urls, .count = scene->url_count, .again_ms = 1};

	assert_non_null(mkdtemp(dir));
	snprintf(program, sizeof(program), "%s/fetch", dir);
	fetch_stop(scene->fetch);
	scene->fetch = fetch_start(&setup);
	fetch_attach(scene->fetch, scene->loop, on_ended, scene);
	assert_int_equal(scene->ends, 1);
	assert_non_null(strstr(scene->end,
			       "golos-watch-fetch has it: no source of the internet is asked until it runs, "
			       "which is tried each minute"));
	assert_string_equal(scene->end, fetch_why(scene->fetch));
	assert_int_equal(symlink(TEST_BINARY_DIR "/bin/golos-watch-fetch", program), 0);
	await_running(scene);
	assert_string_equal(fetch_why(scene->fetch), "");
	assert_int_equal(scene->ends, 1);
	unlink(program);
	rmdir(dir);
}

#define SCENE_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(good_sources),
		SCENE_TEST(hostile_sources_are_a_sentence_each),
		SCENE_TEST(what_leads_inside_is_refused),
		SCENE_TEST(slow_sources_have_their_time_alone),
		SCENE_TEST(four_at_a_time),
		SCENE_TEST(all_together_have_thirty_seconds),
		SCENE_TEST(a_request_says_little),
		SCENE_TEST(what_was_not_told_is_not_asked),
		SCENE_TEST(a_child_that_dies_costs_one_round),
		SCENE_TEST(a_parent_that_dies_is_said_once_and_started_again),
		SCENE_TEST(a_start_that_failed_is_tried_again),
		SCENE_TEST(a_parent_that_hangs_is_not_waited_for),
		SCENE_TEST(who_it_runs_as),
		cmocka_unit_test(a_start_that_fails_is_said),
	};

	/* none of them reaches it */
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("https_proxy", "http://127.0.0.1:1", 1);
	setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
	setenv("SSL_CERT_FILE", "/dev/null", 1);
	return cmocka_run_group_tests(tests, certificate_make, certificate_remove);
}
