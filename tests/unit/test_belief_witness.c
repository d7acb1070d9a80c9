/* SPDX-License-Identifier: MIT
 *
 * Belief on a model chain: fetches of watched witnesses, their keys, and who set a null key.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "chain_model.h"

#define NEW_KEY "GLSanother_key"

/* Own node up, w5 watched, `n` blocks pushed. */
static struct model *watching(uint32_t n, int *ret_head)
{
	struct model *model = model_new(1, 21);

	*ret_head = model_run(model, -1, n);
	model_up(model, 0);
	assert_int_equal(belief_watch(model->belief, "w5", 1), GW_OK);
	model_push_line(model, 0, -1, *ret_head);
	return model;
}

static int push_next(struct model *model, int head)
{
	head = model_block(model, head, 1);
	model_push(model, 0, head);
	return head;
}

static uint32_t fetches(const struct model *model)
{
	return model->action_counts[BELIEF_ASK_WITNESS];
}

/* The belief about the key, by what a plugin last heard and by the view. */
static void assert_key(const struct model *model, const char *key)
{
	struct gw_now now = model_now(model);
	struct chain_view view;

	belief_view(model->belief, "w5", &now, &view);
	assert_string_equal(view.signing_key, key);
	assert_string_equal(belief_witness(model->belief, "w5")->signing_key, key);
}

/* ---- fetches ---------------------------------------------------------------------------------------------------- */

static void test_the_first_answer(void **state)
{
	struct model *model = model_new(1, 21);
	int head = model_run(model, -1, 4);
	const struct gw_witness_event *event = &model->witness_event;

	(void)state;
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

static void test_a_second_watcher_sees_the_last_event(void **state)
{
	int head;
	struct model *model = watching(4, &head);
	uint32_t events = model->fetched_events, asked = fetches(model);

	(void)state;
	model_pass(model, 10);
	assert_int_equal(belief_watch(model->belief, "w5", 1), GW_OK);
	model_drain(model);
	assert_int_equal(model->fetched_events, events + 1);
	assert_int_equal(fetches(model), asked);
	assert_int_equal(model->witness_event.now.mono_ms, model->mono_ms); /* the answer is old, the event is not */
	model_free(model);
}

static void test_an_unknown_witness(void **state)
{
	int head;
	struct model *model = watching(4, &head);

	(void)state;
	assert_int_equal(belief_watch(model->belief, "nobody", 1), GW_OK);
	model_drain(model);
	assert_string_equal(model->witness_event.witness, "nobody");
	assert_int_equal(model->witness_event.exists, 0);
	assert_string_equal(model->witness_event.signing_key, "");
	model_free(model);
}

static void test_each_check_interval(void **state)
{
	int head;
	struct model *model = watching(4, &head);
	uint32_t asked = fetches(model);

	(void)state;
	model_pass(model, 20);
	assert_int_equal(fetches(model), asked);
	model_pass(model, 70);
	assert_in_range(fetches(model), asked + 2, asked + 3);
	model_free(model);
}

static void test_a_missed_slot_is_fetched_at_once(void **state)
{
	int head;
	struct model *model = watching(10, &head);
	uint32_t asked = fetches(model);

	(void)state;
	head = model_block(model, head, model_slots_to(model, head, "w5") + 1);
	model_push(model, 0, head);
	assert_int_equal(fetches(model), asked + 1);
	assert_int_equal(model->witness_event.total_missed, 1);
	assert_int_equal(model->witness_event.begun_seq, 11);
	model_free(model);
}

static void test_one_fetch_is_in_flight(void **state)
{
	int head;
	struct model *model = watching(10, &head);
	uint32_t asked = fetches(model), events = model->fetched_events;

	(void)state;
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

static void test_no_answer_is_asked_for_again(void **state)
{
	int head;
	struct model *model = watching(10, &head);
	uint32_t asked = fetches(model), events = model->fetched_events;

	(void)state;
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

static void test_late_answers_are_ignored(void **state)
{
	int head;
	struct model *model = watching(10, &head);
	uint32_t events = model->fetched_events;

	(void)state;
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

static void test_other_endpoints_are_asked(void **state)
{
	struct model *model = model_new(3, 21);
	int head = model_run(model, -1, 4);

	(void)state;
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

/* Else it would confirm no miss before the next check. */
static void test_an_endpoint_that_knows_less_is_asked_with_the_next_block(void **state)
{
	struct model *model = model_new(3, 21);
	int head = model_run(model, -1, 30);
	uint32_t asked;

	(void)state;
	for (uint32_t e = 0; e < 3; e++) {
		model_up(model, e);
		model_stand(model, e, head);
	}
	assert_int_equal(belief_watch(model->belief, "w5", 3), GW_OK);
	model_push_line(model, 0, -1, head);
	asked = fetches(model);
	head = model_block(model, head, model_slots_to(model, head, "w5") + 1);
	model_stand(model, 1, head);
	model_push(model, 0, head); /* the third one is a block behind */
	assert_int_equal(fetches(model), asked + 3);
	assert_int_equal(model->witness_event.endpoint, 2);
	assert_int_equal(model->witness_event.total_missed, 0);
	model_pass(model, 2);
	assert_int_equal(fetches(model), asked + 3);
	head = model_block(model, head, 1);
	model_stand(model, 1, head);
	model_stand(model, 2, head);
	model_push(model, 0, head);
	assert_int_equal(fetches(model), asked + 4);
	assert_int_equal(model->witness_event.endpoint, 2);
	assert_int_equal(model->witness_event.total_missed, 1);
	model_push(model, 0, model_block(model, head, 1));
	assert_int_equal(fetches(model), asked + 4);
	model_free(model);
}

static void test_the_next_own_slot(void **state)
{
	int head;
	struct model *model = watching(10, &head); /* 1009: 20 slots are known */
	uint32_t slots = model_slots_to(model, head, "w5");

	(void)state;
	assert_true(slots <= 20);
	model_push(model, 0, model_update(model, head, 1, "w5", NEW_KEY));
	assert_int_equal(model->witness_event.next_own_slot, slots - 1);
	model_free(model);
}

/* ---- keys ------------------------------------------------------------------------------------------------------- */

static void test_a_first_key_is_trusted_after_a_round(void **state)
{
	int head;
	struct model *model = watching(2, &head);

	(void)state;
	while (!belief_witness(model->belief, "w5")->key_trusted && head < 60) {
		head = model_block(model, head, model_slot_after(model, head, "w5")); /* w5 shows nothing itself */
		model_push(model, 0, head);
		model_pass(model, 1);
	}
	assert_in_range(head, 21, 21 + 2); /* a round of 63 s, and not until the next of the fetches each 30 s */
	assert_int_equal(model->key_events, 1);
	assert_int_equal(model->key_event.cause, GW_WITNESS_KEY);
	assert_int_equal(model->key_event.key_trusted, 1);
	assert_string_equal(model->key_event.signing_key, model_key("w5"));
	model_free(model);
}

static void test_an_own_block_shows_the_key(void **state)
{
	int head;
	struct model *model = watching(10, &head);
	struct gw_now now = model_now(model);
	struct chain_view view;

	(void)state;
	belief_view(model->belief, "w5", &now, &view);
	assert_true(view.key_is_fetched); /* it may be pending, and a submission is told so */
	head = model_run(model, head, model_slots_to(model, head, "w5"));
	model_push_line(model, 0, 9, head);
	assert_string_equal(model->blocks[head].block.witness, "w5");
	assert_int_equal(model->key_events, 1);
	assert_int_equal(model->key_event.key_trusted, 1);
	assert_int_equal(model->key_event.begun_block, model->blocks[head].block.num);
	belief_view(model->belief, "w5", &now, &view);
	assert_false(view.key_is_fetched);
	model_free(model);
}

/* A proposal's update shows in no block but by the key that signs the witness's next. What is counted under that key
 * begins with an answer, which is not waited for. */
static void test_a_key_that_an_own_block_shows_is_fetched_at_once(void **state)
{
	int head, own;
	struct model *model = watching(30, &head);
	uint32_t asked;

	(void)state;
	own = model_run(model, head, model_slots_to(model, head, "w5"));
	(void)snprintf(model->blocks[own].block.signing_key, GW_KEY_SIZE, NEW_KEY);
	model->pending_owner = "w5"; /* what the chain holds now */
	model->pending_key = NEW_KEY;
	model_push_line(model, 0, head, own - 1);
	asked = fetches(model);
	model_push(model, 0, own);
	assert_key(model, NEW_KEY);
	assert_int_equal(fetches(model), asked + 1);
	assert_int_equal(model->witness_event.begun_seq, model->witness_event.key_seq);
	/* and signed with it again: nothing new */
	head = model_run(model, own, model_slots_to(model, own, "w5"));
	(void)snprintf(model->blocks[head].block.signing_key, GW_KEY_SIZE, NEW_KEY);
	asked = fetches(model);
	model_push_line(model, 0, own, head);
	assert_int_equal(fetches(model), asked);
	model_free(model);
}

static void test_an_update_in_a_block_is_believed(void **state)
{
	int head;
	struct model *model = watching(30, &head);

	(void)state;
	assert_key(model, model_key("w5"));
	head = model_update(model, head, 1, "w5", NEW_KEY);
	model_push(model, 0, head);
	assert_key(model, NEW_KEY);
	assert_string_equal(model->key_event.signing_key, NEW_KEY);
	assert_int_equal(model->key_event.key_trusted, 1);
	assert_int_equal(model->key_event.key_seq, 31);
	assert_int_equal(model->key_event.key_block, 1030);
	model_free(model);
}

static void test_a_fork_takes_an_update_back(void **state)
{
	int head, other;
	struct model *model = watching(30, &head);

	(void)state;
	model_push(model, 0, model_update(model, head, 1, "w5", NEW_KEY));
	model_push(model, 0, model_update(model, head + 1, 1, "w5", GW_NULL_KEY));
	assert_key(model, GW_NULL_KEY);
	assert_int_equal(belief_witness(model->belief, "w5")->null_origin, GW_NULL_OPERATOR);
	other = model_block(model, head, 4);
	model_push(model, 0, other);
	assert_key(model, model_key("w5"));
	assert_string_equal(model->key_event.signing_key, model_key("w5"));
	assert_int_equal(model->key_event.null_origin, GW_NULL_NONE);
	assert_int_equal(model->key_event.key_seq, 33); /* of the block that undid it */
	/* the other way round: the fork holds it as well */
	model_push_line(model, 0, head, model_run(model, head + 2, 1));
	assert_key(model, GW_NULL_KEY);
	model_free(model);
}

static void test_a_pending_key_is_not_believed(void **state)
{
	int head;
	struct model *model = watching(30, &head);
	struct gw_now now;
	struct chain_view view;

	(void)state;
	model->pending_owner = "w5";
	model->pending_key = NEW_KEY;
	model_pass(model, 30);
	assert_key(model, model_key("w5"));
	assert_string_equal(model->witness_event.fetched_key, NEW_KEY);
	now = model_now(model);
	belief_view(model->belief, "w5", &now, &view);
	assert_string_equal(view.pending_key, NEW_KEY);
	model->pending_owner = NULL; /* it expired */
	model_pass(model, 30);
	belief_view(model->belief, "w5", &now, &view);
	assert_string_equal(view.pending_key, "");
	assert_key(model, model_key("w5"));
	model_free(model);
}

static void test_a_key_that_stood_for_a_round_is_believed(void **state)
{
	int head;
	struct model *model = watching(30, &head);
	int begun = head;

	(void)state;
	model->pending_owner = "w5"; /* a proposal's update: it shows in no block */
	model->pending_key = NEW_KEY;
	while (model->key_events < 2 && head < 100) {
		head = model_block(model, head, model_slot_after(model, head, "w5"));
		model_push(model, 0, head);
		model_pass(model, 1);
	}
	assert_in_range(head - begun, 21, 21 + 11 + 2); /* first seen by one of the fetches each 30 s */
	assert_key(model, NEW_KEY);
	assert_int_equal(model->key_event.key_trusted, 1);
	/* a second one begins its round from its own first answer */
	model->pending_key = "GLSthird";
	model_pass(model, 31);
	assert_key(model, NEW_KEY);
	model_free(model);
}

/* With three scheduled a round is 9 s, and another node's pending update shows for 30 s: until it cannot be pending any
 * more it is not believed, however often it is fetched (here with each miss of w1's). */
static void test_a_pending_key_is_not_believed_after_a_short_round(void **state)
{
	struct model *model = model_new(1, 3);
	const char *key = model_key("w1");
	int head = model_run(model, -1, 6);
	int64_t begun_s, stood_s = 0;

	(void)state;
	model_up(model, 0);
	assert_int_equal(belief_watch(model->belief, "w1", 1), GW_OK);
	model_push_line(model, 0, -1, head);
	assert_int_equal(belief_witness(model->belief, "w1")->key_trusted, 1);
	model->pending_owner = "w1";
	model->pending_key = NEW_KEY;
	begun_s = model->blocks[head].block.time_s;
	while (strcmp(belief_witness(model->belief, "w1")->signing_key, key) == 0 && stood_s < 120) {
		head = model_block(model, head, model_slot_after(model, head, "w1"));
		model_push(model, 0, head);
		stood_s = model->blocks[head].block.time_s - begun_s;
	}
	assert_in_range(stood_s, 31, 45);
	model_free(model);
}

/* What a late answer shows was so when it came, perhaps, and not when it was asked for. */
static void test_a_key_of_a_late_answer_stands_from_then_on(void **state)
{
	int head;
	struct model *model = watching(30, &head);

	(void)state;
	model->hold = true;
	model_pass(model, 30); /* a fetch is begun */
	assert_true(model->held_count > 0);
	for (int i = 0; i < 30; i++) {
		head = model_block(model, head, model_slot_after(model, head, "w5"));
		model_push(model, 0, head);
	}
	model->pending_owner = "w5";
	model->pending_key = NEW_KEY;
	model_release(model);
	model_pass(model, 31);
	assert_key(model, model_key("w5"));
	model_free(model);
}

static void test_a_pending_key_stands_on_one_branch(void **state)
{
	int head;
	struct model *model = watching(30, &head);

	(void)state;
	model->pending_owner = "w5";
	model->pending_key = NEW_KEY;
	model_pass(model, 30);
	head = model_run(model, head, 15);
	model_push_line(model, 0, 29, head);
	head = model_block(model, head - 1, 2); /* a fork: the round begins anew */
	model_push(model, 0, head);
	head = model_run(model, head, 11);
	model_push_line(model, 0, 45, head);
	model_pass(model, 30);
	assert_key(model, model_key("w5"));
	model_free(model);
}

/* A node that stood still and catches up: the blocks between two answers span a round, the time between them does not.
 */
static void test_a_burst_of_blocks_is_no_round(void **state)
{
	int head, from;
	struct model *model = watching(30, &head);

	(void)state;
	from = head;
	model_pass(model, 50);
	model->pending_owner = "w5";
	model->pending_key = NEW_KEY;
	model_pass(model, 20);
	assert_string_equal(model->witness_event.fetched_key, NEW_KEY);
	for (int i = 0; i < 23; i++)
		head = model_block(model, head, model_slot_after(model, head, "w5"));
	model_push_line(model, 0, from, head);
	model_pass(model, 30);
	assert_key(model, model_key("w5"));
	model_free(model);
}

static void test_an_answer_older_than_the_update_says_nothing_of_the_key(void **state)
{
	int head;
	struct witness_answer answer = {.exists = true, .signing_key = "GLSkey_of_w5"}; /* as before the block */
	struct model *model = watching(30, &head);
	struct gw_now now;
	struct chain_view view;

	(void)state;
	model->hold = true;
	model_pass(model, 30); /* asked before the block */
	answer.last_confirmed = 1000;
	model_push(model, 0, model_update(model, head, 1, "w5", NEW_KEY));
	now = model_now(model);
	belief_witness_answer(model->belief, model->last[BELIEF_ASK_WITNESS].ticket, &answer, &now);
	belief_view(model->belief, "w5", &now, &view);
	assert_string_equal(view.signing_key, NEW_KEY);
	assert_string_equal(view.pending_key, "");
	model_free(model);
}

static void test_lost_blocks_leave_no_belief(void **state)
{
	int head;
	struct model *model = watching(30, &head);

	(void)state;
	assert_int_equal(belief_witness(model->belief, "w5")->key_trusted, 1);
	head = model_run(model, head, CATCH_UP_MAX + 10);
	model_push(model, 0, head);
	assert_int_equal(model->witness_event.driver_epoch, 2);
	assert_int_equal(model->witness_event.key_trusted, 0);
	assert_int_equal(model->witness_event.key_seq, 0);
	model_free(model);
}

static void test_answers_during_a_catch_up_wait(void **state)
{
	int head, end;
	struct model *model = watching(30, &head);
	uint32_t events;

	(void)state;
	model->hold = true;
	model_push(model, 0, model_update(model, head, 1, "w5", NEW_KEY));
	events = model->fetched_events;
	end = model_run(model, head + 1, 20);
	model_push(model, 0, end); /* the witness is asked for, and blocks are missing */
	model_release(model);
	assert_int_equal(model->fetched_events, events + 1);
	assert_int_equal(model->witness_event.begun_block, model->blocks[end].block.num);
	model_free(model);
}

/* ---- null keys -------------------------------------------------------------------------------------------------- */

/* w5 stops; the chain nulls it with the first miss more than 30 blocks after its last block. */
static int push_until_null(struct model *model, int head, uint32_t blocks)
{
	uint32_t last = 0;

	for (uint32_t i = 0; i < blocks; i++) {
		int next = model_block(model, head, model_slot_after(model, head, "w5"));

		for (int at = head; at >= 0 && last == 0; at = model->blocks[at].parent) {
			if (strcmp(model->blocks[at].block.witness, "w5") == 0)
				last = model->blocks[at].block.num;
		}
		if (model->blocks[next].block.time_s - model->blocks[head].block.time_s > 3 &&
		    model->blocks[head].block.num - last > 30)
			(void)snprintf(model->blocks[next].chain_null, GW_ACCOUNT_SIZE, "w5");
		model_push(model, 0, next);
		head = next;
		if (model->blocks[next].chain_null[0] != '\0')
			break;
	}
	return head;
}

static struct model *nulling(int *ret_head)
{
	struct model *model = model_new(1, 21);

	model->skipping_reset_s = 90;
	*ret_head = model_run(model, -1, 30);
	model_up(model, 0);
	assert_int_equal(belief_watch(model->belief, "w5", 1), GW_OK);
	model_push_line(model, 0, -1, *ret_head);
	assert_int_equal(belief_witness(model->belief, "w5")->key_trusted, 1);
	return model;
}

static void test_the_chains_own_null(void **state)
{
	int head;
	struct model *model = nulling(&head);

	(void)state;
	head = push_until_null(model, head, 200);
	assert_string_equal(model->blocks[head].chain_null, "w5");
	assert_key(model, GW_NULL_KEY);
	assert_int_equal(belief_witness(model->belief, "w5")->null_origin, GW_NULL_CHAIN);
	assert_int_equal(model->key_event.null_origin, GW_NULL_CHAIN);
	assert_int_equal(model->key_event.key_trusted, 1);
	/* an operator who then sets it as well */
	model_push(model, 0, model_update(model, head, 1, "w5", GW_NULL_KEY));
	assert_int_equal(belief_witness(model->belief, "w5")->null_origin, GW_NULL_OPERATOR);
	model_free(model);
}

static void test_the_chains_null_on_both_branches(void **state)
{
	int head, parent;
	struct model *model = nulling(&head);

	(void)state;
	head = push_until_null(model, head, 200);
	assert_int_equal(belief_witness(model->belief, "w5")->null_origin, GW_NULL_CHAIN);
	parent = model->blocks[head].parent;
	head = model_block(model, parent, model_slots_to(model, parent, "w5") + 2);
	(void)snprintf(model->blocks[head].chain_null, GW_ACCOUNT_SIZE, "w5");
	model_push(model, 0, head); /* one block replaces another, and charges the same miss */
	assert_key(model, GW_NULL_KEY);
	assert_int_equal(belief_witness(model->belief, "w5")->null_origin, GW_NULL_CHAIN);
	/* and a branch without the miss takes the null back */
	head = model_block(model, parent, 1);
	model_push(model, 0, head);
	assert_key(model, model_key("w5"));
	assert_int_equal(belief_witness(model->belief, "w5")->null_origin, GW_NULL_NONE);
	model_free(model);
}

/* w5 produces nothing for 45 blocks, and nobody nulls it. */
static int push_without(struct model *model, int head)
{
	for (int i = 0; i < 45; i++) {
		head = model_block(model, head, model_slot_after(model, head, "w5"));
		model_push(model, 0, head);
	}
	return head;
}

static void assert_not_the_chains(struct model *model)
{
	assert_string_equal(model->witness_event.fetched_key, GW_NULL_KEY);
	assert_string_not_equal(model->witness_event.signing_key, GW_NULL_KEY);
	assert_int_equal(model->witness_event.null_origin, GW_NULL_NONE);
	model_free(model);
}

static void test_no_miss_no_null_of_the_chains(void **state)
{
	int head;
	struct model *model = nulling(&head);

	(void)state;
	(void)push_without(model, head);
	model->pending_owner = "w5";
	model->pending_key = GW_NULL_KEY;
	model_pass(model, 30); /* long idle, and no miss since the answer before */
	assert_not_the_chains(model);
}

static void test_an_update_after_the_miss_hides_the_chains_null(void **state)
{
	int head;
	struct model *model = nulling(&head);

	(void)state;
	head = push_without(model, head);
	while (strcmp(model_owner(model, head, 1), "w5") != 0)
		head = push_next(model, head);
	model->mute = true; /* one step from the answer before the miss to the one after the update */
	head = model_block(model, head, 2);
	model_push(model, 0, head);
	model_push(model, 0, model_update(model, head, 1, "w5", NEW_KEY));
	model->mute = false;
	model->pending_owner = "w5"; /* whose null it is cannot be told: the operator is at work */
	model->pending_key = GW_NULL_KEY;
	model_pass(model, 1);
	assert_not_the_chains(model);
}

static void test_a_block_without_transactions_hides_the_chains_null(void **state)
{
	int head;
	struct model *model = nulling(&head);

	(void)state;
	head = push_without(model, head);
	while (strcmp(model_owner(model, head, 1), "w5") != 0)
		head = push_next(model, head);
	model->pending_owner = "w5";
	model->pending_key = GW_NULL_KEY;
	head = model_block(model, head, 2);
	model->blocks[head].block.has_transactions = false;
	model_push(model, 0, head);
	assert_not_the_chains(model);
}

static void test_an_operators_null(void **state)
{
	int head;
	struct model *model = nulling(&head);

	(void)state;
	model_push(model, 0, model_update(model, head, 1, "w5", GW_NULL_KEY));
	assert_key(model, GW_NULL_KEY);
	assert_int_equal(model->key_event.null_origin, GW_NULL_OPERATOR);
	head = push_until_null(model, head + 1, 200); /* its misses are charged, and the chain nulls it too */
	assert_int_equal(belief_witness(model->belief, "w5")->null_origin, GW_NULL_OPERATOR);
	model_free(model);
}

static void test_a_null_without_a_miss_is_the_operators(void **state)
{
	int head;
	struct model *model = nulling(&head);

	(void)state;
	model->pending_owner = "w5"; /* by a proposal */
	model->pending_key = GW_NULL_KEY;
	for (int i = 0; i < 60 && strcmp(belief_witness(model->belief, "w5")->signing_key, GW_NULL_KEY) != 0; i++) {
		head = push_next(model, head);
		model_pass(model, 1);
	}
	assert_key(model, GW_NULL_KEY);
	assert_int_equal(belief_witness(model->belief, "w5")->null_origin, GW_NULL_OPERATOR);
	model_free(model);
}

static void test_a_null_soon_after_a_block_is_the_operators(void **state)
{
	int head;
	struct model *model = nulling(&head);

	(void)state;
	model->skipping_reset_s = 3600;
	head = push_until_null(model, head, 200);
	for (int i = 0; i < 60; i++) { /* the reset time that the schedule tells is not over */
		head = model_block(model, head, model_slot_after(model, head, "w5"));
		model_push(model, 0, head);
		model_pass(model, 1);
	}
	assert_int_equal(belief_witness(model->belief, "w5")->null_origin, GW_NULL_OPERATOR);
	model_free(model);
}

static void test_a_null_within_lost_blocks_is_the_operators(void **state)
{
	int head, end;
	struct model *model = nulling(&head);

	(void)state;
	end = model_block(model, model_run(model, head, CATCH_UP_MAX), 22);
	(void)snprintf(model->blocks[end].chain_null, GW_ACCOUNT_SIZE, "w5");
	end = model_run(model, end, 5);
	model_push(model, 0, end);
	assert_key(model, GW_NULL_KEY);
	assert_int_equal(belief_witness(model->belief, "w5")->null_origin, GW_NULL_OPERATOR);
	model_free(model);
}

static void test_a_null_within_a_pause_that_was_read(void **state)
{
	int head;
	struct model *model = nulling(&head);
	int begun = head;

	(void)state;
	model_down(model, 0);
	head = push_until_null(model, head, 200); /* pushed to nobody */
	head = model_run(model, head, 10);
	assert_int_equal(model->event_count, begun + 1);
	model_up(model, 0);
	model_push(model, 0, head);
	assert_int_equal(model->event_count, head + 1);
	assert_key(model, GW_NULL_KEY);
	assert_int_equal(belief_witness(model->belief, "w5")->null_origin, GW_NULL_CHAIN);
	model_free(model);
}

static void test_the_block_that_re_enables_is_nulled_again(void **state)
{
	int head;
	struct model *model = nulling(&head);

	(void)state;
	head = push_until_null(model, head, 200);
	while (strcmp(model_owner(model, head, 1), "w5") != 0)
		head = push_next(model, head);
	/* the operator's key comes in a block whose gap holds w5's slot: the chain's null comes after it */
	head = model_update(model, head, 2, "w5", NEW_KEY);
	(void)snprintf(model->blocks[head].chain_null, GW_ACCOUNT_SIZE, "w5");
	model_push(model, 0, head);
	assert_key(model, GW_NULL_KEY);
	assert_int_equal(belief_witness(model->belief, "w5")->null_origin, GW_NULL_CHAIN);
	model_free(model);
}

static void test_a_thousand_witnesses(void **state)
{
	struct model *model = model_new(1, 21);
	int head = model_run(model, -1, 30);
	char name[GW_ACCOUNT_SIZE];

	(void)state;
	for (int i = 0; i < 1000; i++) {
		(void)snprintf(name, sizeof(name), "w%d", (i * 619) % 1000);
		assert_int_equal(belief_watch(model->belief, name, 1), GW_OK);
	}
	assert_int_equal(belief_watch(model->belief, "w1000", 1), GW_ERR_BUSY);
	assert_int_equal(belief_watch(model->belief, "w7", 1), GW_OK);
	model_up(model, 0);
	model_push_line(model, 0, -1, head);
	assert_int_equal(model->fetched_events, 1000);
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
static void test_whom_nobody_needs_is_forgotten(void **state)
{
	struct model *model = model_new(1, 21);
	int head = model_run(model, -1, 30);
	char name[GW_ACCOUNT_SIZE];
	uint32_t asked;

	(void)state;
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_first_answer),
		cmocka_unit_test(test_a_second_watcher_sees_the_last_event),
		cmocka_unit_test(test_an_unknown_witness),
		cmocka_unit_test(test_each_check_interval),
		cmocka_unit_test(test_a_missed_slot_is_fetched_at_once),
		cmocka_unit_test(test_one_fetch_is_in_flight),
		cmocka_unit_test(test_no_answer_is_asked_for_again),
		cmocka_unit_test(test_late_answers_are_ignored),
		cmocka_unit_test(test_other_endpoints_are_asked),
		cmocka_unit_test(test_an_endpoint_that_knows_less_is_asked_with_the_next_block),
		cmocka_unit_test(test_the_next_own_slot),
		cmocka_unit_test(test_a_first_key_is_trusted_after_a_round),
		cmocka_unit_test(test_an_own_block_shows_the_key),
		cmocka_unit_test(test_a_key_that_an_own_block_shows_is_fetched_at_once),
		cmocka_unit_test(test_an_update_in_a_block_is_believed),
		cmocka_unit_test(test_a_fork_takes_an_update_back),
		cmocka_unit_test(test_a_pending_key_is_not_believed),
		cmocka_unit_test(test_a_key_that_stood_for_a_round_is_believed),
		cmocka_unit_test(test_a_pending_key_is_not_believed_after_a_short_round),
		cmocka_unit_test(test_a_burst_of_blocks_is_no_round),
		cmocka_unit_test(test_a_key_of_a_late_answer_stands_from_then_on),
		cmocka_unit_test(test_a_pending_key_stands_on_one_branch),
		cmocka_unit_test(test_an_answer_older_than_the_update_says_nothing_of_the_key),
		cmocka_unit_test(test_lost_blocks_leave_no_belief),
		cmocka_unit_test(test_answers_during_a_catch_up_wait),
		cmocka_unit_test(test_the_chains_own_null),
		cmocka_unit_test(test_the_chains_null_on_both_branches),
		cmocka_unit_test(test_no_miss_no_null_of_the_chains),
		cmocka_unit_test(test_an_update_after_the_miss_hides_the_chains_null),
		cmocka_unit_test(test_a_block_without_transactions_hides_the_chains_null),
		cmocka_unit_test(test_an_operators_null),
		cmocka_unit_test(test_a_null_without_a_miss_is_the_operators),
		cmocka_unit_test(test_a_null_soon_after_a_block_is_the_operators),
		cmocka_unit_test(test_a_null_within_lost_blocks_is_the_operators),
		cmocka_unit_test(test_a_null_within_a_pause_that_was_read),
		cmocka_unit_test(test_the_block_that_re_enables_is_nulled_again),
		cmocka_unit_test(test_a_thousand_witnesses),
		cmocka_unit_test(test_whom_nobody_needs_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
