/* SPDX-License-Identifier: MIT
 *
 * A host that starts while its disk hangs: it watches and says so, but no plugin runs before what stands in the journal
 * is known. A hold may be among it.
 */
#include "host_scene.h"

#include <stdio.h>
#include <stdlib.h>

#include "api/status.h"
#include "base/log.h"
#include "base/memory.h"
#include "daemon/reload.h"
#include "fake_disk.h"
#include "plugins/crashes.h"

static void stop_when_it_runs(void *context)
{
	struct scene *scene = context;

	if (instances_count(scene->host.instances) == 2)
		loop_stop(scene->loop);
	else
		loop_timer_set(scene->poll, 5);
}

/* Runs the loop until the plugins do, or the host ends. */
static void answer_again(struct scene *scene)
{
	hang_reading(false);
	scene->poll = loop_timer_new(scene->loop, stop_when_it_runs, scene);
	loop_timer_set(scene->poll, 0);
	loop_run(scene->loop);
	loop_timer_free(scene->poll);
}

static void assert_nothing_runs(struct scene *scene)
{
	struct config *wanted = host_scene_configure(scene, "", FOO);
	struct error err = {.text = ""};
	char *status = status_json(&scene->host.api);

	assert_int_equal(instances_count(scene->host.instances), 0);
	assert_non_null(strstr(status, "\"instances\":[]"));
	assert_false(health_is_well(scene->host.health));
	assert_int_equal(host_reload(&scene->host, wanted, &err), GW_ERR_UNAVAILABLE); /* no way around it */
	assert_int_equal(instances_count(scene->host.instances), 0);
	config_free(wanted);
	free(status);
}

TEST(a_hold_is_not_forgotten, host_scene_make, host_scene_remove)
{
	struct scene *scene = *state;
	char text[GW_TEXT_SIZE];

	host_scene_open(scene, FOO LOGGER);
	assert_int_equal(host_scene_order(scene, GW_COMMAND_HOLD, text), GW_OK);
	host_scene_close(scene);

	hang_reading(true);
	host_scene_open(scene, FOO LOGGER);
	assert_nothing_runs(scene);
	answer_again(scene);
	assert_int_equal(host_scene_order(scene, GW_COMMAND_RESUME, text), GW_OK);
	assert_string_equal(text, "foo is no longer held");
	host_scene_close(scene);
}

/* What would have ended the start ends the host as well when it comes late. */
TEST(a_bad_option_ends_it, host_scene_make, host_scene_remove)
{
	struct scene *scene = *state;

	hang_reading(true);
	host_scene_open(scene, LOGGER "  - {name: other, plugin: block_logger, witness: foo, no_such: 1}\n");
	assert_nothing_runs(scene);
	answer_again(scene);
	assert_int_equal(scene->host.exit_status, EXIT_CONFIG);
	host_scene_close(scene);
}

/* Deaths of an instance as the file keeps them: seconds after its start, and of today. */
static void write_deaths(struct scene *scene, const struct config *config, size_t index, unsigned count, int64_t age_s,
			 int64_t apart_s)
{
	char mark[CRASH_MARK_SIZE];
	char *path = xasprintf("%s/host/crashes", scene->dir);
	FILE *file = fopen(path, "we");

	crashes_mark(mark, config, &config->instances[index]);
	assert_non_null(file);
	for (unsigned i = 0; i < count; i++)
		fprintf(file, "%lld %lld %s %s on_block 11\n", (long long)(1700000000 + i * apart_s),
			(long long)(age_s * 1000), config->instances[index].name, mark);
	fclose(file);
	free(path);
}

static bool is_left_out(struct scene *scene, const char *plugins)
{
	host_scene_open(scene, plugins);
	bool runs = host_scene_find(scene, "block_logger") != NULL;
	struct instance *monitor = host_scene_find(scene, "monitor_foo");
	char *status = status_json(&scene->host.api);
	struct gw_readiness_event ready;

	assert_non_null(monitor); /* the others run on, and are not ready: people hear it again every hour */
	assert_true(health_readiness(scene->host.health, monitor, &ready));
	assert_int_equal(strstr(ready.node_text, "plugin instance block_logger is left out") == NULL, runs);
	assert_true(runs || ready.node == GW_READY_NO);
	assert_int_equal(strstr(status, "plugin instance block_logger is left out: the process died in its on_block, 3 "
					"deaths in a row; a reload,") == NULL,
			 runs);
	free(status);
	return !runs;
}

TEST(what_kills_the_host_is_left_out, host_scene_make, host_scene_remove)
{
	struct scene *scene = *state;
	struct config *config = host_scene_configure(scene, "", FOO LOGGER);
	struct error err = {.text = ""};

	write_deaths(scene, config, 1, 2, 10, 60);
	assert_false(is_left_out(scene, FOO LOGGER));
	host_scene_close(scene);
	write_deaths(scene, config, 1, 3, 700, 60); /* not soon after its start */
	assert_false(is_left_out(scene, FOO LOGGER));
	host_scene_close(scene);
	write_deaths(scene, config, 1, 3, 10, 50000); /* now and then */
	assert_false(is_left_out(scene, FOO LOGGER));
	host_scene_close(scene);
	write_deaths(scene, config, 1, 3, 10, 60);
	assert_true(is_left_out(scene, FOO LOGGER));
	host_scene_close(scene);
	assert_true(is_left_out(scene, FOO LOGGER)); /* it is kept */
	host_scene_close(scene);
	assert_false(is_left_out(scene, FOO "  - {name: block_logger, witness: bar}\n")); /* other options */
	host_scene_close(scene);
	assert_true(is_left_out(scene, FOO LOGGER));
	if (host_reload(&scene->host, host_scene_configure(scene, "", FOO LOGGER), &err))
		fail_msg("%s", err.text);
	assert_non_null(host_scene_find(scene, "block_logger"));
	host_scene_close(scene);
	assert_false(is_left_out(scene, FOO LOGGER)); /* forgiven */
	host_scene_close(scene);
	config_free(config);
}

int main(void)
{
	log_set(LOG_TEXT, GW_CRITICAL);
	return test_run(replace_calls, NULL);
}
