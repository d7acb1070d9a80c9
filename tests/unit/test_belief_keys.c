/* SPDX-License-Identifier: MIT
 *
 * Belief on a model chain: the keys of watched witnesses, from blocks and from answers.
 */
#include "belief_scene.h"
#include "test.h"
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

TEST(a_first_key_is_trusted_after_a_round)
{
	int head;
	struct model *model = watching(2, &head);

	while (!belief_witness(model->belief, "w5")->key_trusted && head < 60) {
		head = model_block(model, head, model_slot_after(model, head, "w5")); /* w5 shows nothing itself */
		model_push(model, 0, head);
		model_pass(model, 1);
	}
	assert_in_range(head, 21, 21 + 11); /* a round of 63 s, and the next of the fetches each 30 s */
	assert_int_equal(model->key_event.key_trusted, 1);
	assert_string_equal(model->key_event.signing_key, model_key("w5"));
	model_free(model);
}

TEST(an_own_block_shows_the_key)
{
	int head;
	struct model *model = watching(10, &head);
	struct gw_now now = model_now(model);
	struct chain_view view;

	belief_view(model->belief, "w5", &now, &view);
	head = model_run(model, head, model_slots_to(model, head, "w5"));
	model_push_line(model, 0, 9, head);
	assert_string_equal(model->blocks[head].block.witness, "w5");
	assert_int_equal(model->key_event.key_trusted, 1);
	assert_int_equal(model->key_event.begun_block, model->blocks[head].block.num);
	belief_view(model->belief, "w5", &now, &view);
	model_free(model);
}

/* A proposal's update shows in no block but by the key that signs the witness's next. What is counted under that key
 * begins with an answer, which is not waited for. */
TEST(a_key_that_an_own_block_shows_is_fetched_at_once)
{
	int head, own;
	struct model *model = watching(30, &head);
	uint32_t asked;

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

TEST(an_update_in_a_block_is_believed)
{
	int head;
	struct model *model = watching(30, &head);

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

TEST(a_fork_takes_an_update_back)
{
	int head, other;
	struct model *model = watching(30, &head);

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

TEST(a_pending_key_is_not_believed)
{
	int head;
	struct model *model = watching(30, &head);

	model->pending_owner = "w5";
	model->pending_key = NEW_KEY;
	model_pass(model, 30);
	assert_key(model, model_key("w5"));
	assert_string_equal(model->witness_event.fetched_key, NEW_KEY);
	model->pending_owner = NULL; /* it expired */
	model_pass(model, 30);
	assert_key(model, model_key("w5"));
	model_free(model);
}

TEST(a_key_that_stood_for_a_round_is_believed)
{
	int head;
	struct model *model = watching(30, &head);
	int begun = head;

	model->pending_owner = "w5"; /* a proposal's update: it shows in no block */
	model->pending_key = NEW_KEY;
	while (strcmp(model->key_event.signing_key, NEW_KEY) != 0 && head < 100) {
		head = model_block(model, head, model_slot_after(model, head, "w5"));
		model_push(model, 0, head);
		model_pass(model, 1);
	}
	assert_in_range(head - begun, 21, 21 + 2 * 11); /* first and last seen by one of the fetches each 30 s */
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
TEST(a_pending_key_is_not_believed_after_a_short_round)
{
	struct model *model = model_new(1, 3);
	const char *key = model_key("w1");
	int head = model_run(model, -1, 6);
	int64_t begun_s, stood_s = 0;

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
TEST(a_key_of_a_late_answer_stands_from_then_on)
{
	int head;
	struct model *model = watching(30, &head);

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

TEST(a_pending_key_stands_on_one_branch)
{
	int head;
	struct model *model = watching(30, &head);

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
TEST(a_burst_of_blocks_is_no_round)
{
	int head, from;
	struct model *model = watching(30, &head);

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

TEST(an_answer_older_than_the_update_says_nothing_of_the_key)
{
	int head;
	struct witness_answer answer = {.exists = true, .signing_key = "GLSkey_of_w5"}; /* as before the block */
	struct model *model = watching(30, &head);
	struct gw_now now;
	struct chain_view view;

	model->hold = true;
	model_pass(model, 30); /* asked before the block */
	answer.last_confirmed = 1000;
	model_push(model, 0, model_update(model, head, 1, "w5", NEW_KEY));
	now = model_now(model);
	belief_witness_answer(model->belief, model->last[BELIEF_ASK_WITNESS].ticket, &answer, &now);
	belief_view(model->belief, "w5", &now, &view);
	assert_string_equal(view.signing_key, NEW_KEY);
	model_free(model);
}

TEST(lost_blocks_leave_no_belief)
{
	int head;
	struct model *model = watching(30, &head);

	assert_int_equal(belief_witness(model->belief, "w5")->key_trusted, 1);
	head = model_run(model, head, CATCH_UP_MAX + 10);
	model_push(model, 0, head);
	assert_int_equal(model->witness_event.driver_epoch, 2);
	assert_int_equal(model->witness_event.key_trusted, 0);
	assert_int_equal(model->witness_event.key_seq, 0);
	model_free(model);
}

TEST(answers_during_a_catch_up_wait)
{
	int head, end;
	struct model *model = watching(30, &head);
	uint32_t events;

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
