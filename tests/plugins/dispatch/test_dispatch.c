/* SPDX-License-Identifier: MIT
 *
 * The instances' life and the events they get: order, who gets what, who is named when he is slow.
 */
#include <stdio.h>
#include <stdlib.h>

#include "scene.h"

TEST(life_in_its_order, scene_setup, scene_teardown)
{
	struct scene *scene = *state;
	const struct gw_block_event block = {.struct_size = sizeof(block)};

	scene_start(scene, 0, 0);
	instances_block(scene->all, &block);
	instances_remove(scene->all, scene->instances[0]);
	assert_string_equal(scene->probes[0].log, "open start on_block stop close ");
	assert_int_equal(instances_count(scene->all), 0);
}

static gw_status fail_to_open(struct probe *probe, const char *callback, const void *event)
{
	scene_note(probe, callback, event);
	assert_int_equal(probe->api->timer_set(probe->host, 3, 10), GW_ERR_UNAVAILABLE);
	return GW_ERR_UNAVAILABLE;
}

TEST(a_failing_open_leaves_nothing, scene_setup, scene_teardown)
{
	struct scene *scene = *state;
	struct error err = {0};

	scene->probes[0].called = fail_to_open;
	assert_int_equal(scene_add(scene, 0, 0, &err), GW_ERR_UNAVAILABLE);
	assert_string_equal(err.text, "test.yml line 4: plugin probe does not open: the test wants it so");
	assert_string_equal(scene->probes[0].log, "open ");
	assert_int_equal(instances_count(scene->all), 0);
	assert_int_equal(virtual_loop_timers(), 0);
}

static gw_status fail_to_start(struct probe *probe, const char *callback, const void *event)
{
	scene_note(probe, callback, event);
	return strcmp(callback, "start") == 0 ? GW_ERR_SYSTEM : GW_OK;
}

TEST(what_did_not_start_is_closed_not_stopped, scene_setup, scene_teardown)
{
	struct scene *scene = *state;
	struct error err = {0};
	const struct gw_block_event block = {.struct_size = sizeof(block)};

	scene->probes[1].called = fail_to_start;
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(scene_add(scene, i, 0, &err), GW_OK);
	assert_int_equal(instances_start(scene->all, &err), GW_ERR_SYSTEM);
	assert_non_null(strstr(err.text, "p1 does not start"));
	instances_block(scene->all, &block);
	while (instances_count(scene->all))
		instances_remove(scene->all, instances_at(scene->all, instances_count(scene->all) - 1));
	assert_string_equal(scene->probes[0].log, "open start on_block stop close ");
	assert_string_equal(scene->probes[1].log, "open start close ");
	assert_string_equal(scene->probes[2].log, "open close ");
}

TEST(instances_have_their_own_state, scene_setup, scene_teardown)
{
	struct scene *scene = *state;
	struct gw_submission_event submission = {.struct_size = sizeof(submission)};

	scene_start(scene, 0, 0);
	scene_start(scene, 1, 0);
	assert_ptr_not_equal(scene->probes[0].host, scene->probes[1].host);
	instance_submission(scene->instances[1], &submission);
	assert_string_equal(scene->probes[0].log, "open start ");
	assert_string_equal(scene->probes[1].log, "open start on_submission ");
	assert_ptr_equal(instances_find(scene->all, "p1"), scene->instances[1]);
	assert_null(instances_find(scene->all, "p2"));
	assert_string_equal(instance_plugin_name(scene->instances[1]), "probe");
	assert_string_equal(instance_config(scene->instances[1])->witness, "bar");
}

TEST(a_witness_is_told_to_its_watchers, scene_setup, scene_teardown)
{
	struct scene *scene = *state;
	struct gw_witness_event event = {.struct_size = sizeof(event), .witness = "foo"};

	for (size_t i = 0; i < 3; i++)
		scene_start(scene, i, 0);
	for (size_t i = 0; i < 3; i++) {
		const struct gw_chain_v1 *chain =
			scene->probes[i].api->service(scene->probes[i].host, GW_SERVICE_CHAIN);

		assert_int_equal(chain->watch(scene->probes[i].host, i == 1 ? "bar" : "foo", 1), GW_OK);
		assert_int_equal(chain->watch(scene->probes[i].host, i == 1 ? "bar" : "foo", 2), GW_OK);
	}
	instances_witness(scene->all, &event);
	assert_string_equal(scene->probes[0].log, "open start on_witness ");
	assert_string_equal(scene->probes[1].log, "open start ");
	assert_string_equal(scene->probes[2].log, "open start on_witness ");
	instances_remove(scene->all, scene->instances[0]);
	instances_witness(scene->all, &event);
	assert_string_equal(scene->probes[2].log, "open start on_witness on_witness ");
	instances_remove(scene->all, scene->instances[2]);
	instances_witness(scene->all, &event);
	assert_string_equal(scene->probes[1].log, "open start ");
}

/* ---- timers ------------------------------------------------------------------------------------------------------ */

static gw_status note_timer(struct probe *probe, const char *callback, const void *event)
{
	char word[32];

	if (strcmp(callback, "on_timer") == 0) {
		const struct gw_timer_event *timer = event;

		snprintf(word, sizeof(word), "timer%u", timer->id);
		callback = word;
	}
	return scene_note(probe, callback, NULL);
}

TEST(timers_by_number, scene_setup, scene_teardown)
{
	struct scene *scene = *state;
	struct probe *probe = &scene->probes[0];

	probe->called = note_timer;
	scene_start(scene, 0, 0);
	probe->log[0] = 0;
	assert_int_equal(probe->api->timer_set(probe->host, 15, 30), GW_OK);
	assert_int_equal(probe->api->timer_set(probe->host, 0, 20), GW_OK);
	assert_int_equal(probe->api->timer_set(probe->host, 7, 10), GW_OK);
	assert_int_equal(probe->api->timer_set(probe->host, 7, 40), GW_OK); /* in place of the 10 */
	assert_int_equal(probe->api->timer_set(probe->host, 1, 5), GW_OK);
	assert_int_equal(probe->api->timer_set(probe->host, 1, -1), GW_OK);
	assert_int_equal(probe->api->timer_set(probe->host, INSTANCE_TIMERS, 10), GW_ERR_RANGE);
	virtual_loop_advance(100);
	assert_string_equal(probe->log, "timer0 timer15 timer7 ");
	assert_int_equal(probe->api->timer_set(probe->host, 2, 10), GW_OK);
	instances_remove(scene->all, scene->instances[0]);
	probe->log[0] = 0;
	virtual_loop_advance(100);
	assert_string_equal(probe->log, "");
}

/* ---- who is slow is named ---------------------------------------------------------------------------------------- */

static gw_status be_slow(struct probe *probe, const char *callback, const void *event)
{
	(void)probe;
	(void)callback;
	(void)event;
	virtual_loop_spend(GW_CALLBACK_MS + 1);
	return GW_OK;
}

static gw_status be_quick(struct probe *probe, const char *callback, const void *event)
{
	(void)probe;
	(void)callback;
	(void)event;
	virtual_loop_spend(GW_CALLBACK_MS);
	return GW_OK;
}

static void call_all(struct scene *scene)
{
	struct instance *instance = scene->instances[0];
	struct probe *probe = &scene->probes[0];
	char text[GW_TEXT_SIZE];

	assert_int_equal(probe->api->timer_set(probe->host, 0, 1), GW_OK);
	virtual_loop_advance(1);
	instances_block(scene->all, &(const struct gw_block_event){.struct_size = sizeof(struct gw_block_event)});
	instances_nodes(scene->all, &(const struct gw_nodes_event){.struct_size = sizeof(struct gw_nodes_event)});
	instances_notice(scene->all, NULL,
			 &(const struct gw_notice_event){.struct_size = sizeof(struct gw_notice_event)});
	instance_readiness(instance,
			   &(const struct gw_readiness_event){.struct_size = sizeof(struct gw_readiness_event)});
	instance_submission(instance,
			    &(const struct gw_submission_event){.struct_size = sizeof(struct gw_submission_event)});
	instance_rpc(instance, &(const struct gw_rpc_event){.struct_size = sizeof(struct gw_rpc_event)});
	instance_http(instance, &(const struct gw_http_event){.struct_size = sizeof(struct gw_http_event)});
	assert_int_equal(instance_command(instance, &(const struct gw_command_event){.verb = GW_COMMAND_HOLD}, text),
			 GW_OK);
	assert_string_equal(text, "verb 1");
	char *status = instance_status(instance);
	assert_string_equal(status, "{}");
	free(status);
}

/* For the signer, which may make one more for an operator's takeover. */
static gw_status note_order(struct probe *probe, const char *callback, const void *event)
{
	const struct gw_command_event *command = event;
	const struct instance *instance = (const void *)probe->host;

	if (strcmp(callback, "on_command") == 0)
		assert_int_equal(instance_is_ordered(instance), command->verb == GW_COMMAND_TAKEOVER);
	else
		assert_false(instance_is_ordered(instance));
	return GW_OK;
}

TEST(an_order_is_known_while_it_is_given, scene_setup, scene_teardown)
{
	struct scene *scene = *state;
	struct instance *instance;
	char text[GW_TEXT_SIZE];

	scene_start(scene, 0, 0);
	instance = scene->instances[0];
	scene->probes[0].called = note_order;
	assert_int_equal(instance_command(instance, &(struct gw_command_event){.verb = GW_COMMAND_TAKEOVER}, text),
			 GW_OK);
	assert_string_equal(text, "verb 3");
	call_all(scene);
}

TEST(the_slow_are_named, scene_setup, scene_teardown)
{
	static const char *const callbacks[] = {"start",     "on_timer",     "on_block",      "on_nodes",
						"on_notice", "on_readiness", "on_submission", "on_rpc",
						"on_http",   "on_command",   "status"};
	struct scene *scene = *state;

	scene->probes[0].called = be_slow;
	scene_listen();
	scene_start(scene, 0, 0);
	call_all(scene);
	const char *said = scene_heard();

	for (size_t i = 0; i < COUNT(callbacks); i++) {
		char line[128];

		snprintf(line, sizeof(line), "p0: %s took %d ms; every watch stood still", callbacks[i],
			 GW_CALLBACK_MS + 1);
		if (!strstr(said, line))
			fail_msg("not said: %s, but: %s", line, said);
	}
}

TEST(the_quick_are_not, scene_setup, scene_teardown)
{
	struct scene *scene = *state;

	scene->probes[0].called = be_quick;
	scene_listen();
	scene_start(scene, 0, 0);
	call_all(scene);
	assert_string_equal(scene_heard(), "");
}

/* ---- notices ----------------------------------------------------------------------------------------------------- */

static gw_status answer_notices(struct probe *probe, const char *callback, const void *event)
{
	scene_note(probe, callback, event);
	if (strcmp(callback, "on_notice") == 0) {
		const struct gw_notice_v1 *notice = probe->api->service(probe->host, GW_SERVICE_NOTICE);

		assert_int_equal(notice->notice(probe->host, GW_INFO, "echo", "me too", NULL), GW_OK);
	}
	return GW_OK;
}

/* Three that answer every notice: it comes to an end, and nobody hears himself. */
TEST(answers_to_notices_end, scene_setup, scene_teardown)
{
	struct scene *scene = *state;

	scene->hands_notices_on = true;
	for (size_t i = 0; i < 3; i++) {
		scene->probes[i].called = answer_notices;
		scene_start(scene, i, 0);
	}
	const struct gw_notice_v1 *notice = scene->probes[0].api->service(scene->probes[0].host, GW_SERVICE_NOTICE);

	assert_int_equal(notice->notice(scene->probes[0].host, GW_INFO, "first", "hello", NULL), GW_OK);
	assert_true(scene->notices >= 3 && scene->notices <= 20);
	assert_non_null(strstr(scene->probes[2].log, "on_notice"));
}

TEST(an_instance_does_not_hear_itself, scene_setup, scene_teardown)
{
	struct scene *scene = *state;
	const struct gw_notice_event event = {.struct_size = sizeof(event)};

	scene_start(scene, 0, 0);
	scene_start(scene, 1, 0);
	instances_notice(scene->all, scene->instances[0], &event);
	assert_string_equal(scene->probes[0].log, "open start ");
	assert_string_equal(scene->probes[1].log, "open start on_notice ");
}
