/* SPDX-License-Identifier: MIT
 *
 * Belief on a model chain: how the nodes stand to the chain and to each other, and nodes that send nonsense.
 */
#include "belief_scene.h"
#include "test.h"
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

static gw_status up_with(struct model *model, uint32_t endpoint, const char *id, const char *prefix,
			 uint32_t interval_s)
{
	struct chain_answer chain = {.interval_s = interval_s, .max_witnesses = 21};
	struct gw_now now = model_now(model);
	struct error err = {.text = ""};
	gw_status status;

	(void)snprintf(chain.chain_id, sizeof(chain.chain_id), "%s", id);
	(void)snprintf(chain.prefix, sizeof(chain.prefix), "%s", prefix);
	status = belief_up(model->belief, endpoint, &chain, &now, &err);
	assert_true((status == GW_OK) == (err.text[0] == '\0'));
	model_drain(model);
	return status;
}

TEST(a_node_of_another_chain_is_refused)
{
	struct model *model = model_new(2, 21);

	assert_int_equal(up_with(model, 0, "c1", "GLS", 3), GW_ERR_PROTOCOL);
	assert_int_equal(up_with(model, 0, "c0", "STM", 3), GW_ERR_PROTOCOL);
	assert_int_equal(up_with(model, 2, "c0", "GLS", 3), GW_ERR_RANGE);
	assert_int_equal(model->action_counts[BELIEF_SUBSCRIBE], 0);
	assert_int_equal(up_with(model, 0, "c0", "GLS", 3), GW_OK);
	assert_int_equal(up_with(model, 1, "c0", "GLS", 1), GW_ERR_PROTOCOL);
	assert_int_equal(model->nodes[0].connected, 1);
	assert_int_equal(model->nodes[1].connected, 0);
	model_free(model);
}

/* An endpoint that answers first and lies, or is of another network with our chain's id, fixes nothing. */
TEST(the_own_node_tells_the_figures)
{
	struct model *model = model_new(3, 21);
	int head = model_run(model, -1, 30);

	assert_int_equal(up_with(model, 1, "c0", "GLS", 60), GW_OK); /* nobody has told better */
	assert_int_equal(up_with(model, 2, "c0", "GLS", 3), GW_ERR_PROTOCOL);
	model_pass(model, 20); /* it stands in for the own node */
	model_push_line(model, 1, -1, head - 20);
	model_up(model, 0);
	assert_int_equal(model->action_counts[BELIEF_DROP], 1);
	assert_int_equal(model->last[BELIEF_DROP].endpoint, 1);
	assert_int_equal(up_with(model, 1, "c0", "GLS", 60), GW_ERR_PROTOCOL);
	model_up(model, 2);
	model_push_line(model, 0, head - 20, head);
	assert_int_equal(belief_driver(model->belief), 0);
	assert_int_equal(view_of(model, "w5").interval_s, 3);
	assert_true(view_of(model, "w5").valid);
	assert_int_equal(event_at(model, 0)->missed_count, 0);
	model_down(model, 0); /* what it told holds while it is away */
	assert_int_equal(up_with(model, 1, "c0", "GLS", 60), GW_ERR_PROTOCOL);
	model_free(model);
}

TEST(given_figures_are_not_the_own_nodes_to_change)
{
	const char *const urls[] = {"ws://own", "ws://other"};
	struct belief_options options = {.endpoints = 2,
					 .urls = urls,
					 .witnesses_max = 1,
					 .chain_id = "c0",
					 .interval_s = 3,
					 .max_witnesses = 21};
	struct chain_answer chain = {.chain_id = "c0", .prefix = "GLS", .interval_s = 60, .max_witnesses = 21};
	struct belief *belief = belief_new(&options);
	struct gw_now now = {.mono_ms = 1000};
	struct error err;

	assert_int_equal(belief_up(belief, 1, &chain, &now, &err), GW_ERR_PROTOCOL);
	assert_int_equal(belief_up(belief, 0, &chain, &now, &err), GW_ERR_PROTOCOL);
	assert_string_equal(err.text, "block interval 60 s and 21 witnesses are not the 3 s and 21 of this chain");
	chain.interval_s = 3;
	assert_int_equal(belief_up(belief, 0, &chain, &now, &err), GW_OK);
	belief_free(belief);
}

TEST(a_syncing_node_tells_what_was)
{
	struct model *model = model_new(1, 21);
	int head = model_run(model, -1, 50);

	model_stand(model, 0, head);
	model->mono_ms += 50 * 3000;
	model_up(model, 0);
	assert_int_equal(belief_watch(model->belief, "w5", 1), GW_OK);
	model_push_line(model, 0, -1, head);
	for (uint32_t i = 0; i < 50; i++)
		assert_int_equal(model->events[i].flags, i < 40 ? GW_BLOCK_CAUGHT_UP : 0); /* older than 30 s */
	assert_int_equal(model->action_counts[BELIEF_ASK_SCHEDULE], 1);			   /* none in the burst */
	model_free(model);
}

TEST(a_node_in_sync)
{
	struct model *model = model_new(2, 21);
	int head = model_run(model, -1, 50);

	model->mono_ms += 50 * 3000;
	model_up(model, 0);
	assert_false(belief_in_sync(model->belief, 0)); /* what it has is not known */
	model_push_line(model, 0, -1, head - 20);
	assert_false(belief_in_sync(model->belief, 0)); /* connected, and a minute behind */
	model_push_line(model, 0, head - 20, head);
	assert_true(belief_in_sync(model->belief, 0));
	model_up(model, 1);
	model_push_header(model, 1, head);
	assert_true(belief_in_sync(model->belief, 1));
	model_pass(model, 60); /* it says nothing more */
	assert_false(belief_in_sync(model->belief, 0));
	model_down(model, 1);
	assert_false(belief_in_sync(model->belief, 1));
	model_free(model);
}

/* After a pause in its pushes the next one tells a time that passes for the present: this machine's clock knows better.
 */
TEST(a_node_that_syncs_with_a_pause_is_not_in_sync)
{
	struct model *model = model_new(1, 21);
	int head = model_run(model, -1, 50);
	struct gw_now now;

	model->mono_ms += 600 * 1000;
	model_up(model, 0);
	model_push_line(model, 0, -1, head - 20);
	model_pass(model, 10);
	model_push(model, 0, head - 19);
	now = model_now(model);
	belief_clock(model->belief, &now);
	assert_in_range(now.wall_ms - now.chain_ms, 300 * 1000, 700 * 1000); /* it tells a time of then */
	assert_false(belief_in_sync(model->belief, 0));
	model_free(model);
}

TEST(a_wrong_clock_of_ours_makes_no_block_old)
{
	struct model *model = model_new(1, 21);
	int head = model_run(model, -1, 10);

	model->wall_offset_ms = 3600 * 1000;
	model_up(model, 0);
	model_push_line(model, 0, -1, head);
	for (uint32_t i = 1; i < 10; i++) /* the first tells no time yet */
		assert_int_equal(model->events[i].flags, 0);
	model_free(model);
}

TEST(heads_and_branches)
{
	int head, other;
	struct model *model = two_nodes(&head);

	assert_int_equal(model->nodes[0].head_num, 1029);
	assert_string_equal(model->nodes[0].head_id, model->blocks[head].block.id);
	assert_int_equal(model->nodes[0].branch, GW_BRANCH_SAME);
	assert_int_equal(model->nodes[1].head_num, 1029);
	assert_string_equal(model->nodes[1].head_id, ""); /* the header form does not tell */
	assert_int_equal(model->nodes[1].branch, GW_BRANCH_SAME);
	/* the other node goes to another branch: its block of the same number has another time */
	other = model_block(model, head, 2);
	head = model_block(model, head, 1);
	model_push(model, 0, head);
	model_push_header(model, 1, other);
	assert_int_equal(model->nodes[1].branch, GW_BRANCH_OTHER);
	model_push_header(model, 1, model_block(model, other, 1));
	assert_int_equal(model->nodes[1].branch, GW_BRANCH_OTHER);
	/* and comes back */
	model_push_header(model, 1, model_block(model, head, 3));
	assert_int_equal(model->nodes[1].branch, GW_BRANCH_SAME);
	model_down(model, 1);
	assert_int_equal(model->nodes[1].connected, 0);
	assert_int_equal(model->nodes[1].head_num, 0);
	assert_int_equal(model->nodes[1].branch, GW_BRANCH_UNKNOWN);
	model_free(model);
}

/* Two blocks for one slot: known with the next, whose `previous` names one. */
TEST(branches_whose_blocks_are_of_one_time)
{
	int head, other;
	struct model *model = two_nodes(&head);

	other = model_block(model, head, 1);
	head = model_block(model, head, 1);
	model_push(model, 0, head);
	model_push_header(model, 1, other);
	assert_int_equal(model->nodes[1].branch, GW_BRANCH_SAME);
	model_push_header(model, 1, model_block(model, other, 1));
	assert_int_equal(model->nodes[1].branch, GW_BRANCH_OTHER);
	model_free(model);
}

TEST(a_branch_that_was_left_is_forgotten)
{
	int head, left, line;
	struct model *model = two_nodes(&head);

	left = model_run(model, model_block(model, head, 2), 3);
	for (int i = left - 3; i <= left; i++)
		model_push_header(model, 1, i);
	line = model_run(model, head, 6);
	model_push_line(model, 0, head, line - 3);
	assert_int_equal(model->nodes[1].branch, GW_BRANCH_OTHER);
	model_push_header(model, 1, line - 5); /* back to the common line, and some pushes are lost */
	model_push_header(model, 1, line);
	assert_int_equal(model->nodes[1].branch, GW_BRANCH_SAME);
	model_free(model);
}

TEST(nodes_are_raised_when_something_changed)
{
	int head;
	struct model *model = two_nodes(&head);
	uint32_t raised = model->action_counts[BELIEF_RAISE_NODES];

	model_pass(model, 5);
	model_push(model, 0, head);
	model_push_header(model, 1, head);
	assert_int_equal(model->action_counts[BELIEF_RAISE_NODES], raised);
	model_push_header(model, 1, model_run(model, head, 1));
	assert_int_equal(model->action_counts[BELIEF_RAISE_NODES], raised + 1);
	model_free(model);
}

TEST(time_that_goes_back_drops_the_node)
{
	int head, next;
	struct model *model = two_nodes(&head);

	next = model_block(model, head, 1);
	model->blocks[next].block.time_s -= 300;
	model_push(model, 0, next);
	assert_int_equal(model->action_counts[BELIEF_DROP], 1);
	assert_int_equal(model->last[BELIEF_DROP].endpoint, 0);
	assert_int_equal(model->event_count, 30);
	assert_int_equal(model->nodes[0].connected, 0);
	/* what it still sends is not heard; a new connection is */
	model_push(model, 0, model_block(model, head, 1));
	assert_int_equal(model->event_count, 30);
	model_stand(model, 0, head);
	model_up(model, 0);
	model_push(model, 0, model_block(model, head, 1));
	assert_int_equal(model->event_count, 31);
	model_free(model);
}

TEST(numbers_that_jump_begin_anew)
{
	int head, next;
	struct model *model = two_nodes(&head);
	uint32_t asked;

	next = model_block(model, head, 1);
	model->blocks[next].block.num += 1000000;
	(void)strcpy(model->blocks[next].block.previous, "zzz");
	asked = model->action_counts[BELIEF_ASK_BLOCK];
	model_push(model, 0, next);
	assert_int_equal(event_at(model, 0)->driver_epoch, 2);
	model_push(model, 0, model_block(model, head, 2)); /* the chain goes on */
	assert_int_equal(event_at(model, 0)->driver_epoch, 3);
	assert_int_equal(event_at(model, 0)->num, 1030);
	assert_int_equal(model->action_counts[BELIEF_ASK_BLOCK], asked);
	model_free(model);
}

/* One endpoint must not hold every switch with a head that nobody's chain can have. */
TEST(an_impossible_head_is_not_listened_to)
{
	static const int64_t times_s[] = {0, -7 * INT64_C(31536000), 3600};

	for (size_t i = 0; i < sizeof(times_s) / sizeof(times_s[0]); i++) {
		int head, high;
		struct model *model = two_nodes(&head);

		high = model_block(model, head, 1);
		model->blocks[high].block.num += UINT32_C(1) << 31;
		model->blocks[high].block.time_s += times_s[i];
		model_push_header(model, 1, high);
		assert_int_equal(model->action_counts[BELIEF_DROP], 1);
		assert_int_equal(model->last[BELIEF_DROP].endpoint, 1);
		assert_int_equal(model->action_counts[BELIEF_NOTICE], 1);
		assert_string_equal(model->last[BELIEF_NOTICE].code, "impossible_head");
		assert_int_equal(model->nodes[1].connected, 0);
		head = push_next(model, head);
		model_up(model, 1); /* again: dropped, and not said twice */
		model_push_header(model, 1, high);
		assert_int_equal(model->action_counts[BELIEF_DROP], 2);
		assert_int_equal(model->action_counts[BELIEF_NOTICE], 1);
		model_up(model, 1);
		model_push_header(model, 1, head);
		assert_int_equal(model->nodes[1].connected, 1);
		model_free(model);
	}
}

/* It stood in for the own node, which could else never drive again: it would seem behind for ever. */
TEST(an_impossible_stand_in_is_left)
{
	struct model *model = model_new(2, 21);
	int head = model_run(model, -1, 30), high = model_block(model, head, 1);

	model_up(model, 1);
	model_pass(model, 20);
	model->blocks[high].block.num += 50000000;
	model_push(model, 1, high);
	assert_int_equal(belief_driver(model->belief), 1);
	model_up(model, 0);
	head = push_next(model, head);
	assert_int_equal(belief_driver(model->belief), 0);
	assert_int_equal(model->action_counts[BELIEF_DROP], 1);
	assert_int_equal(event_at(model, 0)->num, model->blocks[head].block.num);
	model_free(model);
}

/* A branch that is not long gone may hold more blocks than ours, of the time of ours. */
TEST(a_higher_branch_can_be)
{
	int head, high;
	struct model *model = two_nodes(&head);

	high = model_block(model, head, 1);
	model->blocks[high].block.num += 5000;
	model_push_header(model, 1, high);
	assert_int_equal(model->action_counts[BELIEF_DROP], 0);
	assert_int_equal(model->nodes[1].connected, 1);
	model_free(model);
}

static uint64_t next_random(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return *seed >> 33;
}

static void random_block(struct model *model, uint64_t *seed)
{
	struct block block = model->blocks[next_random(seed) % (uint32_t)model->count].block;
	struct gw_now now = model_now(model);

	switch (next_random(seed) % 6) {
	case 0:
		block.num = (uint32_t)next_random(seed);
		break;
	case 1:
		block.time_s += (int64_t)(next_random(seed) % 100000) - 50000;
		break;
	case 2:
		(void)snprintf(block.previous, sizeof(block.previous), "%x", (unsigned)next_random(seed));
		break;
	case 3:
		(void)snprintf(block.witness, sizeof(block.witness), "%x", (unsigned)next_random(seed));
		break;
	case 4:
		block.num = 0;
		block.time_s = INT64_MAX;
		break;
	default:
		break;
	}
	belief_block(model->belief, (uint32_t)next_random(seed) % 4, &block, &now);
	if (next_random(seed) % 2 == 0)
		belief_block_answer(model->belief, next_random(seed) % 5000 << 24, &block, &now);
}

/* Whatever the nodes send, in any order: it ends, it stays within its bounds, and a sane chain is followed after. */
TEST(anything_at_all)
{
	struct model *model = model_new(3, 21);
	uint64_t seed = 20;
	int head = model_run(model, -1, 60);

	(void)model_run(model, model_block(model, 40, 3), 30);
	assert_int_equal(belief_watch(model->belief, "w5", 3), GW_OK);
	for (int i = 0; i < 20000; i++) {
		uint32_t endpoint = (uint32_t)next_random(&seed) % 3;

		switch (next_random(&seed) % 16) {
		case 0:
			model_up(model, endpoint);
			break;
		case 1:
			model_down(model, endpoint);
			break;
		case 2:
			model_pass(model, (uint32_t)next_random(&seed) % 20);
			break;
		case 3:
			model->hold = true;
			break;
		case 4:
			model_release(model);
			break;
		case 5:
			model_stand(model, endpoint, (int)(next_random(&seed) % (uint32_t)model->count));
			break;
		default:
			random_block(model, &seed);
			model_drain(model);
			break;
		}
		model->event_count = 0;
	}
	model_release(model);
	model_down(model, 0);
	model_up(model, 0);
	model_stand(model, 0, head);
	head = model_run(model, head, 3000);
	model_push_line(model, 0, head - 100, head);
	assert_int_equal(event_at(model, 0)->num, model->blocks[head].block.num);
	assert_int_equal(belief_driver(model->belief), 0);
	model_free(model);
}
