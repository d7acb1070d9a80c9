/* SPDX-License-Identifier: MIT
 *
 * Belief on a model chain: the watched witnesses, and when each is fetched.
 */
#include "belief_scene.h"
#include "test.h"
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

TEST(the_first_answer)
{
	struct model *model = model_new(1, 21);
	int head = model_run(model, -1, 4);
	const struct gw_witness_event *event = &model->witness_event;

	assert_int_equal(belief_watch(model->belief, "w5", 1), GW_OK);
	assert_null(belief_witness(model->belief, "w5"));
	model_up(model, 0);
	assert_int_equal(fetches(model), 0); /* no block yet: nothing to date an answer by */
	model_push_line(model, 0, -1, 0);
	assert_int_equal(fetches(model), 1);
	assert_string_equal(event->witness, "w5");
	assert_int_equal(event->exists, 1);
	assert_int_equal(event->from_driver, 1);
	assert_int_equal(event->begun_seq, 1);
	assert_int_equal(event->begun_block, 1000);
	assert_int_equal(event->key_trusted, 0);
	assert_string_equal(event->signing_key, model_key("w5"));
	assert_string_equal(event->url, "https://w5");
	assert_int_equal(event->null_origin, GW_NULL_NONE);
	model_push_line(model, 0, 0, head);
	assert_int_equal(fetches(model), 1);
	model_free(model);
}

TEST(a_second_watcher_sees_the_last_event)
{
	int head;
	struct model *model = watching(4, &head);
	uint32_t events = model->fetched_events, asked = fetches(model);

	model_pass(model, 10);
	assert_int_equal(belief_watch(model->belief, "w5", 1), GW_OK);
	model_drain(model);
	assert_int_equal(model->fetched_events, events + 1);
	assert_int_equal(fetches(model), asked);
	assert_int_equal(model->witness_event.now.mono_ms, model->mono_ms); /* the answer is old, the event is not */
	model_free(model);
}

/* What the last event told is older than the first block it is handed: a reload would wait for the check interval. */
TEST(a_second_watcher_has_it_fetched_with_the_next_block)
{
	int head;
	struct model *model = watching(4, &head);
	uint32_t asked = fetches(model);

	assert_int_equal(belief_watch(model->belief, "w5", 1), GW_OK);
	model_drain(model);
	head = push_next(model, head);
	assert_int_equal(fetches(model), asked + 1);
	assert_int_equal(model->witness_event.begun_seq, event_at(model, 0)->seq);
	push_next(model, head);
	assert_int_equal(fetches(model), asked + 1);
	model_free(model);
}

TEST(an_unknown_witness)
{
	int head;
	struct model *model = watching(4, &head);

	assert_int_equal(belief_watch(model->belief, "nobody", 1), GW_OK);
	model_drain(model);
	assert_string_equal(model->witness_event.witness, "nobody");
	assert_int_equal(model->witness_event.exists, 0);
	assert_string_equal(model->witness_event.signing_key, "");
	model_free(model);
}

TEST(each_check_interval)
{
	int head;
	struct model *model = watching(4, &head);
	uint32_t asked = fetches(model);

	model_pass(model, 30);
	assert_int_equal(fetches(model), asked + 1);
	model_pass(model, 90);
	assert_int_equal(fetches(model), asked + 4);
	model_free(model);
}

#define MANY 600

static void watch_many(struct model *model)
{
	char name[GW_ACCOUNT_SIZE];

	for (int i = 0; i < MANY; i++) {
		(void)snprintf(name, sizeof(name), "w%d", i);
		assert_int_equal(belief_watch(model->belief, name, 1), GW_OK);
	}
	model_drain(model);
}

/* All were asked at once when the node came, and all of them wait for their answers behind each other. */
TEST(many_are_asked_one_after_the_other)
{
	int head;
	struct model *model = started(30, &head);
	uint32_t asked, all;

	watch_many(model);
	all = fetches(model);
	assert_int_equal(all, MANY);
	for (int second = 1; second <= 3 * CHECK_INTERVAL_S; second++) {
		asked = fetches(model);
		model_pass(model, 1);
		assert_in_range(fetches(model) - asked, 1, MANY / CHECK_INTERVAL_S);
		if (second % CHECK_INTERVAL_S == 0)
			assert_int_equal(fetches(model), all += MANY);
	}
	model_free(model);
}

TEST(what_a_block_asks_for_waits_for_nobodys_turn)
{
	int head;
	struct model *model = started(30, &head);
	uint32_t asked, skipped = model_slots_to(model, head, "w5");

	watch_many(model);
	model_pass(model, 7);
	asked = fetches(model);
	head = model_block(model, head, skipped + 1); /* w5 misses its slot, as all before it do */
	model_push(model, 0, head);
	assert_int_equal(fetches(model), asked + skipped + 1); /* and whose key the block shows first */
	assert_int_equal(belief_witness(model->belief, "w5")->total_missed, 1);
	asked = fetches(model);
	model_push(model, 0, model_block(model, model->blocks[head].parent, 1)); /* a fork */
	assert_int_equal(fetches(model), asked + MANY);
	model_free(model);
}

TEST(a_missed_slot_is_fetched_at_once)
{
	int head;
	struct model *model = watching(10, &head);
	uint32_t asked = fetches(model);

	head = model_block(model, head, model_slots_to(model, head, "w5") + 1);
	model_push(model, 0, head);
	assert_int_equal(fetches(model), asked + 1);
	assert_int_equal(model->witness_event.total_missed, 1);
	assert_int_equal(model->witness_event.begun_seq, 11);
	model_free(model);
}

TEST(one_fetch_is_in_flight)
{
	int head;
	struct model *model = watching(10, &head);
	uint32_t asked = fetches(model), events = model->fetched_events;

	model->hold = true;
	for (int i = 0; i < 3; i++) {
		head = model_update(model, head, 1, "w5", NEW_KEY);
		model_push(model, 0, head);
	}
	assert_int_equal(fetches(model), asked + 1);
	model_release(model);
	assert_int_equal(fetches(model), asked + 2); /* the triggers meanwhile repeat it once */
	assert_int_equal(model->fetched_events, events + 2);
	model_free(model);
}

TEST(no_answer_is_asked_for_again)
{
	int head;
	struct model *model = watching(10, &head);
	uint32_t asked = fetches(model), events = model->fetched_events;

	model->mute = true;
	model_push(model, 0, model_update(model, head, 1, "w5", NEW_KEY));
	model_pass(model, 3);
	assert_int_equal(fetches(model), asked + 4); /* once at once, then once a second */
	assert_int_equal(model->fetched_events, events);
	model->mute = false;
	model_pass(model, 1);
	assert_int_equal(model->fetched_events, events + 1);
	model_free(model);
}

TEST(late_answers_are_ignored)
{
	int head;
	struct model *model = watching(10, &head);
	uint32_t events = model->fetched_events;

	model->hold = true;
	model_push(model, 0, model_update(model, head, 1, "w5", NEW_KEY));
	model_down(model, 0);
	model_release(model); /* of a connection that is gone */
	assert_int_equal(model->fetched_events, events);
	model_up(model, 0);
	push_next(model, head + 1);
	assert_int_equal(model->fetched_events, events + 1);
	model_free(model);
}

TEST(other_endpoints_are_asked)
{
	struct model *model = model_new(3, 21);
	int head = model_run(model, -1, 4);

	for (uint32_t e = 0; e < 3; e++) {
		model_up(model, e);
		model_stand(model, e, head);
	}
	assert_int_equal(belief_watch(model->belief, "w5", 2), GW_OK);
	model_push_line(model, 0, -1, head);
	assert_int_equal(model->fetched_events, 2);
	assert_int_equal(model->witness_event.endpoint, 1);
	assert_int_equal(model->witness_event.from_driver, 0);
	model_down(model, 1); /* the next one takes its place */
	model_push(model, 0, model_update(model, head, 1, "w5", NEW_KEY));
	assert_int_equal(model->fetched_events, 4);
	assert_int_equal(model->witness_event.endpoint, 2);
	model_free(model);
}

TEST(the_next_own_slot)
{
	int head;
	struct model *model = watching(10, &head); /* 1009: 20 slots are known */
	uint32_t slots = model_slots_to(model, head, "w5");

	assert_true(slots <= 20);
	model_push(model, 0, model_update(model, head, 1, "w5", NEW_KEY));
	assert_int_equal(model->witness_event.next_own_slot, slots - 1);
	model_free(model);
}

TEST(a_thousand_witnesses)
{
	struct model *model = model_new(1, 21);
	int head = model_run(model, -1, 30);
	char name[GW_ACCOUNT_SIZE];

	for (int i = 0; i < 1000; i++) {
		(void)snprintf(name, sizeof(name), "w%d", (i * 619) % 1000);
		assert_int_equal(belief_watch(model->belief, name, 1), GW_OK);
	}
	assert_int_equal(belief_watch(model->belief, "w1000", 1), GW_ERR_BUSY);
	assert_int_equal(belief_watch(model->belief, "w7", 1), GW_OK);
	model_up(model, 0);
	model_push_line(model, 0, -1, head);
	assert_int_equal(model->fetched_events, 1000 + 20); /* 20 more blocks than the first show a key */
	for (int i = 0; i < 1000; i++) {
		(void)snprintf(name, sizeof(name), "w%d", i);
		assert_string_equal(belief_witness(model->belief, name)->witness, name);
	}
	model_free(model);
}

static bool is_even(void *context, const char *witness)
{
	(void)context;
	return (witness[strlen(witness) - 1] - '0') % 2 == 0;
}

/* As a reload does: the list does not fill up with names of before. */
TEST(whom_nobody_needs_is_forgotten)
{
	struct model *model = model_new(1, 21);
	int head = model_run(model, -1, 30);
	char name[GW_ACCOUNT_SIZE];
	uint32_t asked;

	for (int i = 0; i < 1000; i++) {
		(void)snprintf(name, sizeof(name), "w%d", i);
		assert_int_equal(belief_watch(model->belief, name, 1), GW_OK);
	}
	model_up(model, 0);
	model_push_line(model, 0, -1, head);
	asked = fetches(model);
	model->hold = true;
	model_push(model, 0, model_update(model, head, 1, "w7", NEW_KEY));
	belief_retain(model->belief, is_even, NULL);
	model_release(model); /* an answer about one that is forgotten */
	assert_null(belief_witness(model->belief, "w7"));
	assert_string_equal(belief_witness(model->belief, "w6")->witness, "w6");
	for (int i = 1000; i < 1500; i++) {
		(void)snprintf(name, sizeof(name), "w%d", i);
		assert_int_equal(belief_watch(model->belief, name, 1), GW_OK);
	}
	assert_int_equal(belief_watch(model->belief, "w7", 1), GW_ERR_BUSY);
	model_drain(model);
	assert_int_equal(fetches(model), asked + 1 + 500);
	assert_string_equal(belief_witness(model->belief, "w1499")->signing_key, model_key("w1499"));
	assert_int_equal(belief_witness(model->belief, "w1499")->key_trusted, 0);
	assert_string_equal(belief_witness(model->belief, "w998")->witness, "w998");
	model_free(model);
}
