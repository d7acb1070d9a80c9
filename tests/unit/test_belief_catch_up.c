/* SPDX-License-Identifier: MIT
 *
 * Belief on a model chain: blocks read after a pause, with a push or with the head that a node told.
 */
#include "belief_scene.h"
#include "chain/window.h"
#include "test.h"

TEST(a_pause_is_read_block_by_block)
{
	int head, end;
	struct model *model = started(30, &head);

	model_down(model, 0);
	end = model_block(model, model_run(model, head, 39), 2);
	end = model_run(model, end, 40);
	model_up(model, 0);
	model_push(model, 0, end);
	assert_int_equal(model->action_counts[BELIEF_ASK_BLOCK], 79);
	assert_int_equal(model->event_count, 110);
	assert_head(model, end);
	for (uint32_t i = 0; i < 110; i++) { /* every one, in order, ids known, the read ones marked */
		assert_int_equal(model->events[i].num, 1000 + i);
		assert_string_equal(model->events[i].id, model->blocks[i].block.id);
		assert_int_equal(model->events[i].flags, i >= 30 && i < 109 ? GW_BLOCK_CAUGHT_UP : 0);
	}
	assert_int_equal(model->events[69].skipped, 1);
	assert_string_equal(model->missed[69][0].witness, ""); /* the order of that time is not known */
	assert_int_equal(event_at(model, 0)->driver_epoch, 1);
	model_free(model);
}

TEST(a_pause_is_read_at_once)
{
	int head, end;
	struct model *model = started(30, &head);

	assert_int_equal(belief_watch(model->belief, "w5", 1), GW_OK);
	end = away(model, head, 40);
	model_up(model, 0); /* no push: its head tells */
	assert_int_equal(model->event_count, 70);
	assert_head(model, end);
	for (uint32_t i = 0; i < 70; i++) {
		assert_int_equal(model->events[i].num, 1000 + i);
		assert_string_equal(model->events[i].id, model->blocks[i].block.id);
		assert_int_equal(model->events[i].flags, i >= 30 ? GW_BLOCK_CAUGHT_UP : 0);
	}
	assert_int_equal(model->witness_event.begun_block, model->blocks[end].block.num);
	assert_int_equal(model->nodes[0].head_num, model->blocks[end].block.num);
	assert_string_equal(model->nodes[0].head_id, model->blocks[end].block.id);
	assert_int_equal(view_of(model, "w5").schedule_old_ms, 0);
	model_push(model, 0, end); /* it may come as a push, too */
	assert_int_equal(model->event_count, 70);
	end = model_run(model, end, 1);
	model_push(model, 0, end);
	assert_head(model, end);
	assert_int_equal(model->action_counts[BELIEF_ASK_BLOCK], 40);
	assert_int_equal(event_at(model, 0)->flags, 0);
	assert_int_equal(event_at(model, 0)->driver_epoch, 1);
	model_free(model);
}

TEST(a_pause_without_a_block_is_over_at_once)
{
	int head;
	struct model *model = started(30, &head);

	(void)away(model, head, 0);
	assert_int_not_equal(view_of(model, "w5").schedule_old_ms, 0);
	model_up(model, 0);
	assert_int_equal(view_of(model, "w5").schedule_old_ms, 0);
	assert_int_equal(model->event_count, 30);
	assert_int_equal(model->nodes[0].head_num, model->blocks[head].block.num);
	model_free(model);
}

TEST(a_push_while_its_head_is_read)
{
	int head, end;
	struct model *model = started(30, &head);

	end = away(model, head, 10);
	model->hold = true;
	model_up(model, 0);
	for (int i = 0; i < 4; i++) /* the head, and three blocks */
		model_release_oldest(model);
	assert_int_equal(model->event_count, 32);
	end = model_run(model, end, 1);
	model_push(model, 0, end);
	model_release(model);
	assert_head(model, end);
	assert_int_equal(model->event_count, 41);
	for (uint32_t i = 30; i < 41; i++)
		assert_int_equal(model->events[i].num, 1000 + i);
	model_free(model);
}

TEST(a_fork_while_away_is_read_at_once)
{
	int head, end;
	struct model *model = started(30, &head);

	model_down(model, 0);
	end = model_run(model, model_block(model, head - 4, 6), 3); /* four blocks in the place of four */
	assert_int_equal(model->blocks[end].block.num, model->blocks[head].block.num);
	model_stand(model, 0, end);
	model->mono_ms += 30000;
	model_up(model, 0);
	assert_head(model, end);
	assert_int_equal(model->events[30].undone, 4);
	assert_int_equal(model->event_count, 34);
	model_free(model);
}

/* The block that is given for the head is not the one that the head told of. */
TEST(a_fork_between_the_head_and_its_block)
{
	int head, end, other;
	struct model *model = started(30, &head);

	end = away(model, head, 3);
	other = model_run(model, model_block(model, end - 1, 2), 1);
	model->hold = true;
	model_up(model, 0);
	model_release_oldest(model); /* the head */
	model_stand(model, 0, other);
	for (int i = 0; i < 3; i++)
		model_release_oldest(model);
	assert_head(model, end - 1);
	assert_int_equal(model->held_count, 0);
	model->hold = false;
	model_push(model, 0, other);
	assert_head(model, other);
	assert_int_equal(model->event_count, 34);
	assert_int_equal(event_at(model, 0)->undone, 0);
	model_free(model);
}

/* The branch that was read is left while it is read, for one whose blocks of the same numbers are older. */
TEST(a_fork_to_older_blocks_while_the_head_is_read)
{
	int head, end, other;
	struct model *model = started(30, &head);

	model_down(model, 0);
	end = model_run(model, model_block(model, head, 9), 4);
	other = model_run(model, head, 8);
	model_stand(model, 0, end);
	model->mono_ms += 60000;
	model->hold = true;
	model_up(model, 0);
	model_release_oldest(model); /* the head */
	model_release_oldest(model); /* the first block, nine slots after ours */
	model_stand(model, 0, other);
	model->hold = false;
	model_release(model);
	assert_int_equal(model->action_counts[BELIEF_DROP], 0);
	model_down(model, 0);
	model_up(model, 0);
	assert_head(model, other);
	assert_int_equal(model->action_counts[BELIEF_DROP], 0);
	for (uint32_t i = 31; i < model->event_count; i++)
		assert_string_equal(model->events[i].previous, model->events[i - 1].id);
	model_free(model);
}

/* No fork, but nonsense: the node gives the same block before its parent's time again and again. */
TEST(blocks_out_of_their_time_are_not_read_for_ever)
{
	int head, end;
	struct model *model = started(30, &head);

	end = away(model, head, 5);
	model->blocks[end - 2].block.time_s = model->blocks[end - 3].block.time_s;
	model->hold = true;
	model_up(model, 0);
	for (int i = 0; i < 100 && model->held_count > 0; i++)
		model_release_oldest(model);
	assert_int_equal(model->action_counts[BELIEF_DROP], 1);
	assert_true(model->action_counts[BELIEF_ASK_BLOCK] < 20);
	model_free(model);
}

TEST(a_head_that_is_out_of_reach_waits_for_a_push)
{
	int head, end;
	struct model *model = started(30, &head);

	end = away(model, head, CATCH_UP_MAX + 1);
	model_up(model, 0);
	assert_int_equal(model->action_counts[BELIEF_ASK_BLOCK], 0);
	assert_int_equal(model->event_count, 30);
	model_push(model, 0, end);
	assert_head(model, end);
	assert_int_equal(event_at(model, 0)->driver_epoch, 2);
	model_free(model);
}

TEST(a_head_whose_blocks_are_not_given_waits_for_a_push)
{
	int head, end;
	struct model *model = started(30, &head);

	end = away(model, head, 5);
	model->hold = true;
	model_up(model, 0);
	model_release_oldest(model); /* the head */
	model->hold = false;
	model->blockless = true;
	model_release(model);
	model_pass(model, 10);
	assert_int_equal(model->event_count, 30);
	assert_int_equal(model->action_counts[BELIEF_ASK_BLOCK], 5);
	model->blockless = false;
	end = model_run(model, end, 1);
	model_push(model, 0, end);
	assert_head(model, end);
	assert_int_equal(model->event_count, 36);
	assert_int_equal(event_at(model, 0)->driver_epoch, 1);
	model_free(model);
}

TEST(what_is_pushed_while_blocks_are_read_is_read_in_its_turn)
{
	int head, end;
	struct model *model = started(30, &head);

	end = model_run(model, head, 120);
	model->hold = true;
	model_push_line(model, 0, head + 9, end); /* nine are lost, 111 are pushed */
	assert_int_equal(model->event_count, 30);
	model_release(model);
	model_push(model, 0, model_run(model, end, 1));
	assert_int_equal(model->event_count, 151);
	assert_int_equal(model->action_counts[BELIEF_ASK_BLOCK], 9 + 110); /* all but the newest */
	for (uint32_t i = 0; i < 151; i++)
		assert_int_equal(model->events[i].num, 1000 + i);
	assert_int_equal(event_at(model, 0)->driver_epoch, 1);
	model_free(model);
}

TEST(a_fork_while_away_is_found)
{
	int head, end;
	struct model *model = started(30, &head);

	model_down(model, 0);
	end = model_run(model, model_block(model, head - 4, 6), 20);
	model_up(model, 0);
	model_push(model, 0, end);
	assert_head(model, end);
	assert_int_equal(model->events[30].undone, 4);
	assert_int_equal(model->events[30].num, model->blocks[head - 4].block.num + 1);
	assert_int_equal(model->event_count, 30 + 21);
	assert_int_equal(event_at(model, 0)->driver_epoch, 1);
	model_free(model);
}

TEST(a_fork_while_reading_begins_again)
{
	int head, old, other;
	struct model *model = started(30, &head);

	old = model_run(model, head, 10);
	other = model_run(model, model_block(model, head + 1, 4), 8); /* leaves it after one block */
	model->hold = true;
	model_push(model, 0, old);
	model_stand(model, 0, other);
	model_push(model, 0, other);
	model_release(model);
	assert_head(model, other);
	assert_int_equal(model->event_count, 30 + 10);
	for (uint32_t i = 31; i < model->event_count; i++)
		assert_string_equal(model->events[i].previous, model->events[i - 1].id);
	model_free(model);
}

TEST(too_long_a_pause_begins_anew)
{
	int head, end;
	struct model *model = started(30, &head);

	end = model_run(model, head, CATCH_UP_MAX + 1);
	model_push(model, 0, end);
	assert_head(model, end);
	assert_int_equal(model->event_count, 31);
	assert_int_equal(event_at(model, 0)->driver_epoch, 2);
	assert_int_equal(event_at(model, 0)->undone, 0);
	assert_int_equal(model->last[BELIEF_NOTICE].severity, GW_WARNING);
	assert_string_equal(model->last[BELIEF_NOTICE].code, "blocks_lost");
	model_free(model);
}

TEST(the_longest_pause_is_read)
{
	int head, end;
	struct model *model = started(30, &head);

	end = model_run(model, head, CATCH_UP_MAX);
	model_push(model, 0, end);
	assert_head(model, end);
	assert_int_equal(model->event_count, 30 + CATCH_UP_MAX);
	assert_int_equal(event_at(model, 0)->driver_epoch, 1);
	model_free(model);
}

/* No answer is no word of what the node has: it is asked again, and nothing is lost. */
TEST(blocks_that_are_not_answered_are_waited_for)
{
	int head, end;
	struct model *model = started(30, &head);

	end = model_run(model, head, 10);
	model->unanswered[0] = 1u << BELIEF_ASK_BLOCK;
	model_push(model, 0, end);
	model_pass(model, 60);
	assert_int_equal(model->event_count, 30);
	assert_int_equal(model->action_counts[BELIEF_ASK_BLOCK], 61);
	model->unanswered[0] = 0;
	model_pass(model, 1);
	assert_head(model, end);
	assert_int_equal(model->event_count, 40);
	assert_int_equal(event_at(model, 0)->driver_epoch, 1);
	model_free(model);
}

TEST(a_block_that_is_not_given_begins_anew)
{
	int head, end;
	struct model *model = started(30, &head);

	end = model_run(model, head, 10);
	model->blockless = true;
	model_push(model, 0, end);
	assert_int_equal(model->event_count, 30);
	model_pass(model, 10);
	assert_int_equal(model->action_counts[BELIEF_ASK_BLOCK], 5);
	assert_head(model, end);
	assert_int_equal(event_at(model, 0)->driver_epoch, 2);
	model_free(model);
}

TEST(the_newest_pushed_meanwhile_is_not_lost_with_it)
{
	int head, end;
	struct model *model = started(30, &head);

	end = model_run(model, head, 20);
	model->blockless = true;
	model_push_line(model, 0, head + 9, end); /* nine are lost, the newest waits for them */
	model_pass(model, 10);
	assert_head(model, end);
	assert_int_equal(model->event_count, 30 + 1);
	assert_int_equal(event_at(model, 0)->driver_epoch, 2);
	model_free(model);
}

TEST(a_fork_deeper_than_the_window_begins_anew)
{
	int head, other;
	struct model *model = started(300, &head);

	other = model_run(model, model_block(model, 2, 300), 10);
	model_push(model, 0, other);
	assert_head(model, other);
	assert_int_equal(event_at(model, 0)->driver_epoch, 2);
	assert_int_equal(event_at(model, 0)->undone, WINDOW_BLOCKS);
	model_free(model);
}

/* Its blocks are old, and lower than all that we hold: no fork. What was counted stands, and goes on where it was. */
TEST(a_node_that_comes_back_from_far_behind_syncs)
{
	int head, end;
	struct model *model = started(300, &head);

	model_down(model, 0);
	model_stand(model, 0, 20);
	model_up(model, 0);
	model_push_line(model, 0, 19, head);
	assert_int_equal(model->event_count, 300);
	assert_int_equal(model->action_counts[BELIEF_NOTICE], 0);
	end = model_run(model, model_block(model, head, 2), 3);
	model_push_line(model, 0, head, end);
	assert_head(model, end);
	assert_int_equal(model->event_count, 304);
	assert_int_equal(model->events[300].skipped, 1);
	assert_int_equal(event_at(model, 0)->undone, 0);
	assert_int_equal(event_at(model, 0)->driver_epoch, 1);
	assert_int_equal(model->action_counts[BELIEF_ASK_BLOCK], 0);
	model_free(model);
}

/* It syncs to a branch that leaves ours below all that we hold: that is a fork once its blocks are of now. */
TEST(a_node_that_syncs_to_a_deep_fork_begins_anew)
{
	int head, end;
	struct model *model = started(300, &head);

	model_down(model, 0);
	end = model_run(model, model_block(model, 2, 3), 310);
	model_stand(model, 0, 2);
	model_up(model, 0);
	model_push_line(model, 0, 2, end);
	assert_head(model, end);
	assert_int_equal(event_at(model, 0)->driver_epoch, 2);
	assert_string_equal(model->last[BELIEF_NOTICE].code, "blocks_lost");
	model_free(model);
}

/* The other branch is higher than ours: it is read from its head down, to no block of ours. */
TEST(a_deep_fork_to_a_higher_branch_begins_anew)
{
	int head, other;
	struct model *model = started(300, &head);

	other = model_run(model, model_block(model, 2, 3), 310);
	model_push(model, 0, other);
	assert_head(model, other);
	assert_int_equal(event_at(model, 0)->driver_epoch, 2);
	assert_int_equal(event_at(model, 0)->undone, WINDOW_BLOCKS);
	model_free(model);
}

/* The connection ends when the block is read: then its header is, and the watch goes on. */
TEST(a_block_that_cannot_be_read)
{
	int head, end;
	struct model *model = watching(30, &head);

	end = model_run(model, head, 3);
	model_down(model, 0);
	model->hold = true;
	model_up(model, 0);
	model_push(model, 0, end);
	assert_true(model->last[BELIEF_ASK_BLOCK].full);
	assert_int_equal(model->last[BELIEF_ASK_BLOCK].num, 1030);
	uint32_t notices = model->action_counts[BELIEF_NOTICE];
	belief_unreadable(model->belief, 0);
	model_down(model, 0);
	model->held_count = 0;
	model->hold = false;
	model_up(model, 0);
	model_push(model, 0, end);
	assert_int_equal(model->action_counts[BELIEF_NOTICE], notices + 1);
	assert_string_equal(model->last[BELIEF_NOTICE].code, "block_unread");
	assert_head(model, end);
	assert_int_equal(event_at(model, 0)->driver_epoch, 1); /* nothing was lost, nor counted anew */
	assert_true(model->last[BELIEF_ASK_BLOCK].full);       /* the block after it is read whole */
	model_free(model);
}

/* A connection that ends while a block is read says nothing of the block. */
TEST(a_block_cut_off_is_read_whole)
{
	int head, end;
	struct model *model = started(30, &head);

	end = model_run(model, head, 2);
	for (int times = 0; times < 5; times++) {
		model_down(model, 0);
		model->hold = true;
		model_up(model, 0);
		model_push(model, 0, end);
		model_down(model, 0);
		model->held_count = 0;
		model->hold = false;
	}
	model_up(model, 0);
	model_push(model, 0, end);
	assert_true(model->last[BELIEF_ASK_BLOCK].full);
	assert_head(model, end);
	model_free(model);
}
