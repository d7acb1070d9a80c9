/* SPDX-License-Identifier: MIT
 *
 * A host that starts while its disk hangs: it watches and says so, but no plugin runs before what stands in the journal
 * is known. A hold may be among it.
 */
#include "host_scene.h"

#include <stdlib.h>

#include "base/log.h"
#include "fake_disk.h"
#include "orders.h"
#include "reload.h"

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
	char *status = orders_status(&scene->host);

	assert_int_equal(instances_count(scene->host.instances), 0);
	assert_non_null(strstr(status, "\"instances\":[]"));
	assert_false(orders_healthy(&scene->host));
	assert_int_equal(host_reload(&scene->host, wanted, &err), GW_ERR_UNAVAILABLE); /* no way around it */
	assert_int_equal(instances_count(scene->host.instances), 0);
	config_free(wanted);
	free(status);
}

static void a_hold_is_not_forgotten(void **state)
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
static void a_bad_option_ends_it(void **state)
{
	struct scene *scene = *state;

	hang_reading(true);
	host_scene_open(scene, LOGGER "  - {name: other, plugin: block_logger, witness: foo, no_such: 1}\n");
	assert_nothing_runs(scene);
	answer_again(scene);
	assert_int_equal(scene->host.exit_status, EXIT_CONFIG);
	host_scene_close(scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_hold_is_not_forgotten, host_scene_make, host_scene_remove),
		cmocka_unit_test_setup_teardown(a_bad_option_ends_it, host_scene_make, host_scene_remove),
	};

	log_set(LOG_TEXT, GW_CRITICAL);
	return cmocka_run_group_tests(tests, replace_calls, NULL);
}
