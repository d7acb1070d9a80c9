/* SPDX-License-Identifier: MIT
 *
 * From a plugin's call to its answer: the host with a real golos-watch-fetch, and sources of loopback.
 */
#include "../unit/host_scene.h"

#include <stdio.h>
#include <stdlib.h>

#include "api/status.h"
#include "base/memory.h"
#include "daemon/reload.h"
#include "sources.h"

#define TOP "plugin_dir: " TEST_BINARY_DIR "/test_plugins"

static struct sources *sources;

#define PROGRAM TEST_BINARY_DIR "/bin/golos-watch-fetch"

static char *plugins(const char *more)
{
	return xasprintf("  - name: asker\n    sources:\n"
			 "      - {url: 'http://127.0.0.1:%u/price'}\n"
			 "      - {rpc: of.a.node}\n"
			 "      - {url: 'http://127.0.0.1:%u/error'}\n%s",
			 sources_port(sources), sources_port(sources), more);
}

static struct fetch *start_fetch(const struct config *config, const char *program)
{
	const char *urls[CONFIG_ADDRESSES_MAX];
	struct fetch_setup setup = {.program = program, .urls = urls};

	setup.count = config_addresses(config, urls);
	return fetch_start(&setup);
}

static void open_scene(struct scene *scene, const char *program)
{
	struct error err = {.text = ""};
	char *text = plugins("");
	int exit_status = 0;

	struct config *config = host_scene_configure(scene, TOP, text);

	assert_int_equal(loop_new(&scene->loop, &err), GW_OK);
	if (host_open(&scene->host, scene->loop, config, NULL, program ? start_fetch(config, program) : NULL, NULL,
		      &exit_status, &err) != GW_OK)
		fail_msg("%s", err.text);
	free(text);
}

/* Until the plugin's status holds `wanted`. */
struct wait {
	struct scene *scene;
	const char *wanted;
	struct loop_timer *timer;
};

static void on_look(void *context)
{
	const struct wait *wait = context;
	char *status = instance_status(host_scene_find(wait->scene, "asker"));

	if (strstr(status, wait->wanted))
		loop_stop(wait->scene->loop);
	else
		loop_timer_set(wait->timer, 5);
	free(status);
}

static void await_status(struct scene *scene, const char *wanted)
{
	struct wait wait = {.scene = scene, .wanted = wanted};

	wait.timer = loop_timer_new(scene->loop, on_look, &wait);
	loop_timer_set(wait.timer, 0);
	loop_run(scene->loop);
	loop_timer_free(wait.timer);
}

static void a_plugin_gets_its_sources(void **state)
{
	struct scene *scene = *state;

	open_scene(scene, PROGRAM);
	await_status(scene,
		     "{\"answers\":[\"0: 0 200 a body\",\"-6: \",\"0: -10 503 the server answers 503\",\"-6: \"");
	char *status = status_json(&scene->host.api);
	assert_non_null(strstr(status, "\"fetch\":{\"running\":true,\"addresses\":2,\"uid\":"));
	free(status);
	host_scene_close(scene);
}

static void without_fetch_each_question_is_refused(void **state)
{
	struct scene *scene = *state;

	open_scene(scene, NULL);
	await_status(scene, "{\"answers\":[\"-9: \",\"-6: \",\"-9: \"");
	char *status = status_json(&scene->host.api);
	assert_non_null(strstr(status, "\"fetch\":{\"running\":false,\"addresses\":2}"));
	free(status);
	host_scene_close(scene);
}

static void one_that_does_not_start_is_told(void **state)
{
	struct scene *scene = *state;

	open_scene(scene, "/nowhere/fetch");
	await_status(scene, "{\"answers\":[\"-9: \",\"-6: \",\"-9: \"");
	char *status = status_json(&scene->host.api);
	assert_non_null(strstr(status,
			       "\"fetch\":{\"running\":false,\"addresses\":2,\"why\":\"/nowhere/fetch cannot be "
			       "started: No such file or directory: the package golos-watch-fetch has it: no"));
	free(status);
	assert_int_equal(notices_count(scene->host.notices, GW_CRITICAL), 1);
	host_scene_close(scene);
}

/* What waits is forgotten with its instance, and nothing comes to one that is gone. */
static void an_end_while_a_source_is_asked(void **state)
{
	struct scene *scene = *state;

	open_scene(scene, PROGRAM);
	host_scene_close(scene);
}

static void a_reload_takes_no_new_address(void **state)
{
	struct scene *scene = *state;
	struct error err = {.text = ""};
	char *text, sentence[200];

	open_scene(scene, PROGRAM);
	text = plugins("      - {url: 'https://evil.example/?what=is+known'}\n");
	struct config *wanted = host_scene_configure(scene, TOP, text);
	assert_int_equal(host_reload(&scene->host, wanted, &err), GW_ERR_UNSUPPORTED);
	snprintf(sentence, sizeof(sentence), "%s: a new address in 'sources' needs a restart: ", scene->path);
	assert_memory_equal(err.text, sentence, strlen(sentence));
	config_free(wanted);
	free(text);
	host_scene_close(scene);
}

#define SCENE_TEST(test) cmocka_unit_test_setup_teardown(test, host_scene_make, host_scene_remove)

static int end(void **state)
{
	(void)state;
	sources_stop(sources);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(a_plugin_gets_its_sources),	     SCENE_TEST(without_fetch_each_question_is_refused),
		SCENE_TEST(one_that_does_not_start_is_told), SCENE_TEST(an_end_while_a_source_is_asked),
		SCENE_TEST(a_reload_takes_no_new_address),
	};

	sources = sources_start(NULL, NULL);
	return cmocka_run_group_tests(tests, NULL, end);
}
