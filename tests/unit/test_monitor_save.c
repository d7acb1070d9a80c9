/* SPDX-License-Identifier: MIT
 *
 * What survives a restart, the state for people, and random events: no order of them breaks the monitor's own bounds.
 */
#include "base/json.h"
#include "monitor_scene.h"
#include "rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void rich_state(struct scene *s)
{
	scene_start(s);
	scene_misses(s, 1);
	scene_update(s, OUR_KEY);
	scene_answer(s);
	scene_misses(s, 3);
	scene_update(s, PROD_KEY);
	scene_answer(s);
	scene_misses(s, 2);
	scene_order(s, GW_COMMAND_HOLD, s->time_s + 9000);
}

TEST(saved_and_loaded_is_the_same_text)
{
	char first[MONITOR_SAVE_SIZE], second[MONITOR_SAVE_SIZE];
	struct monitor loaded;
	struct scene s;

	rich_state(&s);
	assert_int_equal(monitor_save(&s.monitor, first), GW_OK);
	monitor_init(&loaded, &s.options, &s.out);
	assert_int_equal(monitor_load(&loaded, first, strlen(first)), GW_OK);
	assert_int_equal(monitor_save(&loaded, second), GW_OK);
	assert_string_equal(first, second);
	assert_int_equal(loaded.counting.miss_count, 2);
	assert_int_equal(loaded.switches.count, 1);
	assert_int_equal(loaded.hold.on, 1);
	assert_string_equal(loaded.witness.key, PROD_KEY);
	assert_int_equal(loaded.witness.confirmed, s.monitor.witness.confirmed);
	assert_true(loaded.witness.confirmed > 0);
}

TEST(the_largest_state_fits)
{
	char text[MONITOR_SAVE_SIZE], json[32768];
	struct scene s;

	scene_init(&s);
	s.options.allowed_misses = 100;
	scene_begin(&s);
	for (unsigned i = 0; i < 109; i++) {
		scene_misses(&s, 1);
		scene_forget(&s);
	}
	for (unsigned i = 0; i < MONITOR_SWITCHES_MAX; i++)
		s.monitor.switches.list[i] = s.monitor.chain.head;
	s.monitor.switches.count = MONITOR_SWITCHES_MAX;
	assert_int_equal(s.monitor.counting.miss_count, MONITOR_MISSES_MAX);
	assert_int_equal(monitor_save(&s.monitor, text), GW_OK);
	assert_int_equal(monitor_status(&s.monitor, &s.now, json, sizeof(json)), GW_OK);
}

static void assert_refused(struct scene *s, const char *text, size_t len)
{
	struct monitor before;

	memcpy(&before, &s->monitor, sizeof(before));
	assert_int_equal(monitor_load(&s->monitor, text, len), GW_ERR_SYNTAX);
	assert_memory_equal(&before, &s->monitor, sizeof(before));
}

/* allowed_misses was lowered between: the newest stay. */
TEST(fewer_misses_are_kept)
{
	char text[MONITOR_SAVE_SIZE];
	struct monitor_miss before[14];
	struct scene s;

	scene_init(&s);
	s.options.allowed_misses = 5;
	scene_begin(&s);
	scene_misses(&s, 14);
	memcpy(before, s.monitor.counting.misses, sizeof(before));
	assert_int_equal(monitor_save(&s.monitor, text), GW_OK);
	s.options.allowed_misses = 1;
	monitor_init(&s.monitor, &s.options, &s.out);
	assert_int_equal(monitor_load(&s.monitor, text, strlen(text)), GW_OK);
	assert_int_equal(s.monitor.counting.miss_count, 10);
	for (uint32_t i = 0; i < 10; i++)
		assert_int_equal(s.monitor.counting.misses[i].block.num, before[4 + i].block.num);
}

TEST(half_a_text_is_refused)
{
	char text[MONITOR_SAVE_SIZE];
	struct scene s;

	rich_state(&s);
	assert_int_equal(monitor_save(&s.monitor, text), GW_OK);
	for (size_t len = 0; len < strlen(text); len++)
		assert_refused(&s, text, len);
	assert_refused(&s, text, strlen(text) + 1); /* something after it */
}

TEST(bad_texts_are_refused)
{
	static const char *const bodies[] = {
		"",
		"witness bar\n",
		"witness foo\nwitness foo\n",
		"witness foo\nmiss 1 2\n",
		"witness foo\nmiss 1 2 - 2\n",
		"witness foo\nmiss -1 2 - 0\n",
		"witness foo\nmiss 4294967296 2 - 0\n",
		"witness foo\nmiss 1 99999999999999999999 - 0\n",
		"witness foo\nmiss 1 2 0123 0\n",
		"witness foo\nmiss 1 2 000000000000000000000000000000000000000g 0\n",
		"witness foo\nmiss 1 2 - 0 7\n",
		"witness foo\nmiss  1 2 - 0\n",
		"witness foo \n",
		"witness foo\n\n",
		"witness foo\nnothing 1\n",
		"witness foo\nafter 1 1 1 1 1 2\n",
		"witness foo\nkey GLSxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx 0 1\n",
		"witness foo\nkey GLSx 3 1\n",
		"witness foo\nhold 12x by\n",
		"witness foo\na b c d e f g h i j k l m n o p q r s t u v w x y z\n",
	};
	char text[512];
	struct scene s;

	scene_start(&s);
	for (size_t i = 0; i < COUNT(bodies); i++) {
		snprintf(text, sizeof(text), "golos_watch_monitor 1\n%send\n", bodies[i]);
		assert_refused(&s, text, strlen(text));
	}
	assert_refused(&s, "golos_watch_monitor 2\nwitness foo\nend\n", 38);
	assert_refused(&s, "golos_watch_monitor 1\nwitness foo\nend", 37);
	assert_int_equal(monitor_load(&s.monitor, "golos_watch_monitor 1\nwitness foo\nend\n", 38), GW_OK);
}

TEST(more_switches_than_a_day_holds_are_refused)
{
	char text[2048] = "golos_watch_monitor 1\nwitness foo\n";
	struct scene s;

	scene_start(&s);
	for (unsigned i = 0; i <= MONITOR_SWITCHES_MAX; i++)
		strcat(text, "switch 1 2 -\n");
	strcat(text, "end\n");
	assert_refused(&s, text, strlen(text));
}

TEST(saved_when_it_changed)
{
	struct scene s;

	scene_start(&s);
	scene_blocks(&s, 5);
	assert_int_equal(s.saves, 0);
	scene_misses(&s, 1);
	assert_int_equal(s.saves, 1);
	scene_order(&s, GW_COMMAND_HOLD, 0);
	assert_int_equal(s.saves, 2);
	scene_update(&s, OUR_KEY);
	assert_true(s.saves >= 3);
}

/* ---- status ---------------------------------------------------------------------------------------------------- */

static struct json *status_of(const struct scene *s)
{
	char json[16384];
	struct json *parsed;

	assert_int_equal(monitor_status(&s->monitor, &s->now, json, sizeof(json)), GW_OK);
	assert_int_equal(json_parse(&parsed, json, strlen(json), NULL), GW_OK);
	return parsed;
}

/* A string's own, else as in JSON; borrowed until the next call. */
static const char *member(const struct json *object, const char *name)
{
	static char number[32];
	const struct json *value;

	assert_true(json_member(object, name, &value));
	if (json_is_string(value))
		return json_string(value, NULL);
	char *text = json_text(value);
	snprintf(number, sizeof(number), "%s", text);
	free(text);
	return number;
}

TEST(status_names_each_guard_that_holds)
{
	struct scene s;
	struct json *status;
	const struct json *held;

	scene_start(&s);
	scene_order(&s, GW_COMMAND_HOLD, 0);
	s.others_filled = 3;
	scene_misses(&s, 2);
	status = status_of(&s);
	assert_string_equal(member(status, "producer"), "other");
	assert_string_equal(member(status, "signing_key"), PROD_KEY);
	assert_string_equal(member(status, "due"), "misses");
	assert_string_equal(member(status, "misses_in_window"), "2");
	assert_string_equal(member(status, "ready"), "no");
	assert_true(json_member(status, "guards", &held));
	assert_int_equal(json_array_size(held), 2);
	assert_string_equal(member(json_element(held, 0), "guard"), "participation");
	assert_string_equal(member(json_element(held, 1), "guard"), "hold");
	json_free(status);
}

TEST(status_of_who_produces)
{
	struct scene s;
	struct json *status;

	scene_start(&s);
	scene_update(&s, GW_NULL_KEY);
	status = status_of(&s);
	assert_string_equal(member(status, "producer"), "nulled by the operator");
	assert_string_equal(member(status, "never"), "the operator shut the witness down");
	json_free(status);
	s.null_origin = GW_NULL_NONE;
	scene_update(&s, OUR_KEY);
	status = status_of(&s);
	assert_string_equal(member(status, "producer"), "ours");
	assert_string_equal(member(status, "switches_of_day"), "1");
	json_free(status);
}

TEST(status_text_from_outside_is_escaped)
{
	struct gw_readiness_event event = {.struct_size = sizeof(event), .authority = GW_READY_NO};
	struct scene s;
	struct json *status;

	scene_start(&s);
	event.now = s.now;
	strcpy(event.authority_text, "a \"quote\"\n\\ and a bell \a");
	monitor_readiness(&s.monitor, &event, &s.out);
	scene_take(&s);
	status = status_of(&s);
	assert_string_equal(member(status, "ready_text"), event.authority_text);
	json_free(status);
}

TEST(status_that_does_not_fit)
{
	char json[4096];
	struct scene s;

	scene_start(&s);
	for (size_t cap = 1; cap < 300; cap++)
		assert_int_equal(monitor_status(&s.monitor, &s.now, json, cap), GW_ERR_RANGE);
	assert_int_equal(monitor_status(&s.monitor, &s.now, json, sizeof(json)), GW_OK);
}

/* ---- random events --------------------------------------------------------------------------------------------- */

static uint32_t draw(uint64_t *seed, uint32_t below)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*seed >> 33) % below;
}

/* A submission of the last event was made while nothing forbade or held it. */
static void check_submit(const struct scene *s, unsigned before)
{
	char why[GW_TEXT_SIZE];

	if (s->submits == before)
		return;
	assert_int_equal(s->submits, before + 1);
	assert_null(due_never(&s->monitor));
	for (uint32_t i = 0; i < guard_count; i++)
		assert_false(guards[i].holds(&s->monitor, &s->now, why));
	if (s->monitor.attempt.cause == MONITOR_DUE_MISSES) {
		assert_true(due_enough_misses(&s->monitor));
		assert_false(due_produced_since(&s->monitor));
	}
}

static void random_event(struct scene *s, uint64_t *seed)
{
	static const char *const keys[] = {OUR_KEY, PROD_KEY, THIRD_KEY, GW_NULL_KEY};
	static const int32_t reasons[] = {GW_FAIL_EXPIRED, GW_FAIL_CANCELLED, GW_FAIL_AUTHORITY, GW_FAIL_OVERTAKEN};

	switch (draw(seed, 16)) {
	case 0:
	case 1:
	case 2:
	case 3:
		scene_misses(s, 1);
		break;
	case 4:
		scene_own_block(s);
		break;
	case 5:
		scene_fork(s, 1 + draw(seed, 3));
		break;
	case 6:
		scene_gap(s, draw(seed, 8), 0, NULL);
		s->total_missed += draw(seed, 3);
		break;
	case 7:
		s->total_missed -= s->total_missed > 2 ? draw(seed, 3) : 0;
		scene_answer(s);
		break;
	case 8:
		if (draw(seed, 4) == 0) {
			scene_update(s, keys[draw(seed, 4)]);
			scene_answer(s);
		}
		break;
	case 9:
		scene_own_node(s, draw(seed, 3) > 0);
		break;
	case 10:
		scene_order(s, draw(seed, 2) ? GW_COMMAND_RESUME : GW_COMMAND_HOLD, 0);
		break;
	case 11:
		s->others_filled = 5 + draw(seed, 16);
		break;
	case 12:
		if (attempt_in_flight(&s->monitor))
			scene_submission(s, GW_SUBMISSION_FAILED, reasons[draw(seed, 4)]);
		break;
	case 13:
		if (attempt_in_flight(&s->monitor))
			scene_submission(s, GW_SUBMISSION_SENT, 0);
		break;
	case 14:
		scene_readiness(s, (uint8_t)draw(seed, 3), draw(seed, 5) == 0 ? GW_READY_NO : GW_READY_YES,
				(uint8_t)draw(seed, 3));
		break;
	default:
		scene_wait(s, draw(seed, 4000));
	}
}

TEST(random_events)
{
	char text[MONITOR_SAVE_SIZE], json[16384];
	struct monitor loaded;
	unsigned submits = 0;
	struct scene s;

	for (uint64_t run = 1; run <= 40; run++) {
		uint64_t seed = run;

		scene_init(&s);
		s.options.preempt = run % 2;
		s.options.priority_count = run % 3 ? 3 : 0;
		s.options.allowed_misses = run % 4;
		scene_begin(&s);
		for (unsigned i = 0; i < 300; i++) {
			unsigned before = s.submits;

			random_event(&s, &seed);
			assert_true(s.submits <= before + 5); /* an event of the scene is up to five of the monitor's */
			assert_true(s.monitor.counting.miss_count <= s.options.allowed_misses + 9);
			assert_true(s.monitor.counting.gap_count <= MONITOR_GAPS_MAX);
			assert_int_equal(monitor_save(&s.monitor, text), GW_OK);
			memcpy(&loaded, &s.monitor, sizeof(loaded));
			monitor_init(&loaded, &s.options, &s.out);
			s.out.count = 0;
			assert_int_equal(monitor_load(&loaded, text, strlen(text)), GW_OK);
			assert_int_equal(monitor_status(&s.monitor, &s.now, json, sizeof(json)), GW_OK);
			before = s.submits;
			scene_block(&s);
			check_submit(&s, before);
			submits += s.submits;
			scene_forget(&s);
		}
	}
	assert_true(submits > 100);
}
