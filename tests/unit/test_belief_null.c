/* SPDX-License-Identifier: MIT
 *
 * Belief on a model chain: who set a null key.
 */
#include "belief_scene.h"
#include "test.h"
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

static uint32_t newest_block_of(const struct model *model, int head, const char *witness)
{
	while (strcmp(model->blocks[head].block.witness, witness) != 0)
		head = model->blocks[head].parent;
	return model->blocks[head].block.num;
}

/* w5 stops; the chain nulls it with the first miss more than 30 blocks after its last block. */
static int push_until_null(struct model *model, int head, uint32_t blocks)
{
	const uint32_t last = newest_block_of(model, head, "w5");

	for (uint32_t i = 0; i < blocks; i++) {
		int next = model_block(model, head, model_slot_after(model, head, "w5"));

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

TEST(the_chains_own_null)
{
	int head;
	struct model *model = nulling(&head);

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

TEST(a_fork_takes_the_chains_null_back)
{
	int head, parent;
	struct model *model = nulling(&head);

	head = push_until_null(model, head, 200);
	assert_int_equal(belief_witness(model->belief, "w5")->null_origin, GW_NULL_CHAIN);
	parent = model->blocks[head].parent;
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

TEST(no_miss_no_null_of_the_chains)
{
	int head;
	struct model *model = nulling(&head);

	(void)push_without(model, head);
	model->pending_owner = "w5";
	model->pending_key = GW_NULL_KEY;
	model_pass(model, 30); /* long idle, and no miss since the answer before */
	assert_not_the_chains(model);
}

/* The miss was charged when the last block did not lie back far enough yet, so it cannot have been the chain. */
TEST(a_miss_too_early_for_a_null_of_the_chains)
{
	int head;
	struct model *model = nulling(&head);
	uint32_t last, missed;

	while (strcmp(model_owner(model, head, 1), "w5") != 0)
		head = push_next(model, head);
	last = newest_block_of(model, head, "w5");
	model->mute = true; /* one step from the answer before the miss to the one after the null */
	head = model_block(model, head, 2);
	model_push(model, 0, head);
	missed = model->blocks[head].block.num;
	assert_in_range(missed - 1 - last, 1, 30);
	while (model->blocks[head].block.num - last <= 30) {
		assert_string_not_equal(model_owner(model, head, 1), "w5");
		head = push_next(model, head);
	}
	model->mute = false;
	model->pending_owner = "w5";
	model->pending_key = GW_NULL_KEY;
	model_pass(model, 4);
	assert_int_equal(model->witness_event.total_missed, 1);
	assert_not_the_chains(model);
}

TEST(an_update_after_the_miss_hides_the_chains_null)
{
	int head;
	struct model *model = nulling(&head);

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

TEST(an_operators_null)
{
	int head;
	struct model *model = nulling(&head);

	model_push(model, 0, model_update(model, head, 1, "w5", GW_NULL_KEY));
	assert_key(model, GW_NULL_KEY);
	assert_int_equal(model->key_event.null_origin, GW_NULL_OPERATOR);
	head = push_until_null(model, head + 1, 200); /* its misses are charged, and the chain nulls it too */
	assert_int_equal(belief_witness(model->belief, "w5")->null_origin, GW_NULL_OPERATOR);
	model_free(model);
}

TEST(a_null_without_a_miss_is_the_operators)
{
	int head;
	struct model *model = nulling(&head);

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

TEST(a_null_soon_after_a_block_is_the_operators)
{
	int head;
	struct model *model = nulling(&head);

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

TEST(a_null_within_lost_blocks_is_the_operators)
{
	int head, end;
	struct model *model = nulling(&head);

	end = model_block(model, model_run(model, head, CATCH_UP_MAX), 22);
	(void)snprintf(model->blocks[end].chain_null, GW_ACCOUNT_SIZE, "w5");
	end = model_run(model, end, 5);
	model_push(model, 0, end);
	assert_key(model, GW_NULL_KEY);
	assert_int_equal(belief_witness(model->belief, "w5")->null_origin, GW_NULL_OPERATOR);
	model_free(model);
}

TEST(a_null_within_a_pause_that_was_read)
{
	int head;
	struct model *model = nulling(&head);
	int begun = head;

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

TEST(the_block_that_re_enables_is_nulled_again)
{
	int head;
	struct model *model = nulling(&head);

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

/* ---- another drives for a while --------------------------------------------------------------------------------- */

/* The same with a second endpoint, that drives while the own node is away. */
static struct model *nulling_with_a_stand_in(int *ret_head)
{
	struct model *model = model_new(2, 21);

	model->skipping_reset_s = 90;
	*ret_head = model_run(model, -1, 30);
	model_up(model, 0);
	model_up(model, 1);
	assert_int_equal(belief_watch(model->belief, "w5", 1), GW_OK);
	model_push_line(model, 0, -1, *ret_head);
	assert_int_equal(belief_witness(model->belief, "w5")->key_trusted, 1);
	return model;
}

static int stand_in_drives(struct model *model, int head)
{
	model_down(model, 0);
	model_pass(model, 16);
	head = model_run(model, head, 6);
	model_push(model, 1, head);
	assert_int_equal(belief_driver(model->belief), 1);
	return head;
}

static int own_node_returns(struct model *model, int head, uint32_t blocks)
{
	int back = model_run(model, head, blocks);

	model_stand(model, 0, back);
	model_up(model, 0);
	model_push(model, 0, back);
	assert_int_equal(belief_driver(model->belief), 0);
	return back;
}

static void assert_null_of(struct model *model, uint8_t origin)
{
	assert_key(model, GW_NULL_KEY);
	assert_int_equal(belief_witness(model->belief, "w5")->null_origin, origin);
	assert_int_equal(belief_witness(model->belief, "w5")->endpoint, 0);
	model_free(model);
}

TEST(the_chains_null_is_known_after_another_drove)
{
	int head;
	struct model *model = nulling_with_a_stand_in(&head);

	head = push_until_null(model, head, 200);
	head = stand_in_drives(model, head);
	assert_int_equal(belief_witness(model->belief, "w5")->null_origin, GW_NULL_CHAIN);
	head = own_node_returns(model, head, 3);
	assert_head(model, head);
	assert_null_of(model, GW_NULL_CHAIN);
}

TEST(the_chains_null_while_another_drives)
{
	int head;
	struct model *model = nulling_with_a_stand_in(&head);
	uint32_t events;

	head = push_without(model, head);
	head = stand_in_drives(model, head);
	while (strcmp(model_owner(model, head, 1), "w5") != 0)
		model_push(model, 1, head = model_block(model, head, 1));
	head = model_block(model, head, 2);
	(void)snprintf(model->blocks[head].chain_null, GW_ACCOUNT_SIZE, "w5");
	model_push(model, 1, head);
	assert_key(model, GW_NULL_KEY);
	assert_int_equal(belief_witness(model->belief, "w5")->null_origin, GW_NULL_CHAIN);
	events = model->event_count;
	head = own_node_returns(model, head, 1);
	assert_int_equal(model->event_count, events + 1); /* the blocks of before are no news */
	assert_int_equal(event_at(model, 0)->undone, 0);
	assert_null_of(model, GW_NULL_CHAIN);
}

TEST(the_chains_null_after_a_third_drove)
{
	int head;
	struct model *model = model_new(3, 21);

	model->skipping_reset_s = 90;
	head = model_run(model, -1, 30);
	for (uint32_t e = 0; e < 3; e++)
		model_up(model, e);
	assert_int_equal(belief_watch(model->belief, "w5", 1), GW_OK);
	model_push_line(model, 0, -1, head);
	head = push_until_null(model, head, 200);
	head = stand_in_drives(model, head);
	model_down(model, 1);
	head = model_run(model, head, 4);
	model_push(model, 2, head);
	assert_int_equal(belief_driver(model->belief), 2);
	assert_int_equal(belief_witness(model->belief, "w5")->null_origin, GW_NULL_CHAIN);
	head = own_node_returns(model, head, 0); /* not a block further than the others */
	assert_null_of(model, GW_NULL_CHAIN);
}

TEST(an_operators_null_while_another_drives)
{
	int head;
	struct model *model = nulling_with_a_stand_in(&head);

	head = push_without(model, head);
	head = stand_in_drives(model, head);
	head = model_update(model, head, 1, "w5", GW_NULL_KEY);
	model_push(model, 1, head);
	head = own_node_returns(model, head, 1);
	assert_null_of(model, GW_NULL_OPERATOR);
}

/* It tells of a miss and a null that the chain does not have. */
TEST(a_stand_ins_null_is_nothing_to_the_own_node)
{
	int head;
	struct model *model = nulling_with_a_stand_in(&head);
	struct witness_answer answer = {.exists = true, .total_missed = 7};
	struct gw_now now;

	head = push_without(model, head);
	head = stand_in_drives(model, head);
	model->hold = true;
	model_pass(model, 40);
	now = model_now(model);
	strcpy(answer.signing_key, GW_NULL_KEY);
	answer.last_confirmed = belief_witness(model->belief, "w5")->last_confirmed;
	belief_witness_answer(model->belief, model->last[BELIEF_ASK_WITNESS].ticket, &answer, &now);
	model_release(model);
	assert_int_equal(model->key_event.null_origin, GW_NULL_CHAIN);
	(void)own_node_returns(model, head, 20);
	assert_key(model, model_key("w5"));
	assert_int_equal(belief_witness(model->belief, "w5")->null_origin, GW_NULL_NONE);
	model_free(model);
}

/* More blocks than are kept. */
TEST(the_chains_null_after_another_drove_for_long)
{
	int head;
	struct model *model = nulling_with_a_stand_in(&head);

	head = push_until_null(model, head, 200);
	head = stand_in_drives(model, head);
	for (int i = 0; i < 300; i++) {
		head = model_block(model, head, model_slot_after(model, head, "w5"));
		model_push(model, 1, head);
	}
	assert_int_equal(belief_witness(model->belief, "w5")->null_origin, GW_NULL_CHAIN);
	head = own_node_returns(model, head, 1);
	assert_null_of(model, GW_NULL_CHAIN);
}
