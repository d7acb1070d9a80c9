/* SPDX-License-Identifier: MIT
 *
 * Belief on a model chain: whose slot is whose, over shuffles and forks.
 */
#include "belief_scene.h"
#include "test.h"

TEST(the_view_waits_for_the_schedule)
{
	struct model *model = model_new(1, 21);
	int head = model_run(model, -1, 12); /* 1000 .. 1011: 1008 shuffles */
	struct chain_view view;

	model_up(model, 0);
	model_push_line(model, 0, -1, 7);
	assert_int_equal(view_of(model, "w1").schedule_old_ms, 0);
	model->hold = true;
	model_push(model, 0, 8);
	assert_int_not_equal(view_of(model, "w1").schedule_old_ms, 0);
	model_release(model);
	assert_int_equal(view_of(model, "w1").schedule_old_ms, 0);
	model_push_line(model, 0, 8, head);
	view = view_of(model, "w1");
	assert_int_equal(view.head_num, 1011);
	assert_string_equal(view.head_id, model->blocks[head].block.id);
	assert_string_equal(view.unmissed_id, model->blocks[head - 1].block.id);
	assert_int_equal(view.scheduled, 21);
	assert_int_equal(view.next_slot_time_s - view.head_time_s, 3);
	assert_int_equal(view.next_slot_time_s, view.head_time_s + 3);
	for (uint32_t i = 0; i < VIEW_SLOTS_MAX; i++) { /* 18 slots to block 1029 */
		bool ours = strcmp(model_owner(model, head, i + 1), "w1") == 0;

		assert_int_equal(view.slots[i], i >= 18 ? SLOT_UNKNOWN : ours ? SLOT_OURS : SLOT_OTHER);
	}
	model_down(model, 0);
	assert_int_not_equal(view_of(model, "w1").schedule_old_ms, 0);
	model_free(model);
}

TEST(slots_go_by_without_a_block)
{
	int head;
	struct model *model = started(12, &head);
	struct chain_view view;

	model_pass(model, 7);
	view = view_of(model, "w1");
	assert_int_equal(view.next_slot_time_s - view.head_time_s, 9);
	assert_int_equal(view.next_slot_time_s, view.head_time_s + 9);
	for (uint32_t i = 0; i < VIEW_SLOTS_MAX; i++) { /* one slot surely empty: 19 certain, two of them passed */
		bool ours = strcmp(model_owner(model, head, i + 3), "w1") == 0;

		assert_int_equal(view.slots[i], i >= 17 ? SLOT_UNKNOWN : ours ? SLOT_OURS : SLOT_OTHER);
	}
	model_free(model);
}

TEST(an_order_from_further_on_is_refused)
{
	struct model *model = model_new(1, 21);
	int head = model_run(model, -1, 7), burst, end;

	model_up(model, 0);
	model_push_line(model, 0, -1, head); /* 1006 */
	burst = model_block(model, model_run(model, head, 3), 2);
	end = model_run(model, burst, 30);
	model_stand(model, 0, end); /* the node is at 1040 already, and the pushes come after */
	model_push_line(model, 0, head, burst - 1);
	assert_int_not_equal(view_of(model, "w1").schedule_old_ms,
			     0); /* 1008 was pushed: its order is not to be had any more */
	model_push(model, 0, burst);
	assert_string_equal(model->missed[model->event_count - 1][0].witness, "");
	assert_int_equal(model->missed[model->event_count - 1][0].charged, 0);
	model_push_line(model, 0, burst, end);
	model_pass(model, 1);
	assert_int_equal(view_of(model, "w1").schedule_old_ms, 0);
	end = model_block(model, end, 2);
	model_push(model, 0, end);
	assert_string_equal(model->missed[model->event_count - 1][0].witness, model_owner(model, end - 1, 1));
	model_free(model);
}

TEST(slots_before_a_shuffle_have_the_old_order)
{
	struct model *model = model_new(1, 21);
	int head = model_run(model, -1, 8), shuffle; /* 1007 is the last of its era */

	model_up(model, 0);
	model_push_line(model, 0, -1, head);
	shuffle = model_block(model, head, 4);
	model_push(model, 0, shuffle);
	for (uint32_t i = 0; i < 3; i++)
		assert_string_equal(model->missed[8][i].witness, model_owner(model, head, i + 1));
	model_push(model, 0, model_block(model, shuffle, 3));
	for (uint32_t i = 0; i < 2; i++)
		assert_string_equal(model->missed[9][i].witness, model_owner(model, shuffle, i + 1));
	model_free(model);
}

TEST(a_fork_across_a_shuffle_waits_for_the_new_schedule)
{
	struct model *model = model_new(1, 21);
	int head = model_run(model, -1, 10), other;

	model_up(model, 0);
	model_push_line(model, 0, -1, head);
	assert_int_equal(view_of(model, "w1").schedule_old_ms, 0);
	model->hold = true;
	other = model_run(model, model_block(model, 6, 6), 1); /* another 1007 and 1008 */
	model_push_line(model, 0, 6, other);
	assert_int_not_equal(view_of(model, "w1").schedule_old_ms, 0);
	model_release(model);
	assert_int_equal(view_of(model, "w1").schedule_old_ms, 0);
	model_free(model);
}

TEST(after_a_fork_the_schedule_is_fetched)
{
	int head;
	struct model *model = started(12, &head);
	uint32_t asked = model->action_counts[BELIEF_ASK_SCHEDULE];

	model->hold = true;
	model_push(model, 0, model_block(model, head - 1, 2));
	assert_int_not_equal(view_of(model, "w1").schedule_old_ms, 0);
	assert_int_equal(model->action_counts[BELIEF_ASK_SCHEDULE], asked + 1);
	model_release(model);
	assert_int_equal(view_of(model, "w1").schedule_old_ms, 0);
	model_free(model);
}

TEST(an_order_of_the_branch_that_was_left_is_refused)
{
	struct model *model = model_new(1, 21);
	int head = model_run(model, -1, 9), other; /* 1008 shuffles */

	model_up(model, 0);
	model_push_line(model, 0, -1, head - 1);
	model->hold = true;
	model_push(model, 0, head); /* its order is asked for */
	other = model_run(model, model_block(model, 6, 6), 1);
	model_push_line(model, 0, 6, other); /* and other blocks 1007 and 1008 come */
	model_release_oldest(model);	     /* the order */
	model_release_oldest(model);	     /* the head */
	model_push(model, 0, model_block(model, other, 3));
	assert_string_equal(model->missed[model->event_count - 1][0].witness, "");
	model_free(model);
}

TEST(an_order_from_before_a_shuffle_is_not_fresh)
{
	struct model *model = model_new(1, 21);
	int head = model_run(model, -1, 8), other; /* 1007 */

	model_up(model, 0);
	model_push_line(model, 0, -1, head);
	model->hold = true;
	other = model_block(model, head - 1, 2);
	model_push(model, 0, other); /* a fork: the order is asked for */
	model_push(model, 0, model_block(model, other, 1));
	model_stand(model, 0, other); /* answered from before the shuffle, after the block came */
	model_release(model);
	assert_int_not_equal(view_of(model, "w1").schedule_old_ms, 0);
	model_stand(model, 0, other + 1);
	model_pass(model, 1);
	assert_int_equal(view_of(model, "w1").schedule_old_ms, 0);
	model_free(model);
}

TEST(a_wrong_order_is_dropped)
{
	int head, next;
	struct model *model = started(12, &head);
	uint32_t asked = model->action_counts[BELIEF_ASK_SCHEDULE];

	next = model_block(model, head, 3);
	(void)strcpy(model->blocks[next].block.witness, "w99"); /* not the slot's owner */
	model->hold = true;
	model_push(model, 0, next);
	assert_string_equal(model->missed[model->event_count - 1][0].witness, "");
	assert_int_not_equal(view_of(model, "w1").schedule_old_ms, 0);
	assert_int_equal(model->action_counts[BELIEF_ASK_SCHEDULE], asked + 1);
	model_release(model);
	assert_int_equal(view_of(model, "w1").schedule_old_ms, 0);
	model_free(model);
}

/* One that was asked for before a pause, and comes after it. */
TEST(an_order_that_is_no_longer_waited_for)
{
	int head;
	struct model *model = started(8, &head); /* 1007 is the last of its era */
	struct belief_action old;
	uint32_t heads;

	model->hold = true;
	head = push_next(model, head);
	old = model->last[BELIEF_ASK_SCHEDULE];
	model_down(model, 0);
	model_up(model, 0);
	model->held_count = 0;
	head = push_next(model, head);
	assert_true(model->last[BELIEF_ASK_SCHEDULE].ticket != old.ticket);
	heads = model->action_counts[BELIEF_ASK_HEAD];
	model->held[model->held_count++] = model->held[0];
	model->held[0] = old;
	model_release_oldest(model);
	assert_int_equal(model->action_counts[BELIEF_ASK_HEAD], heads);
	model_release(model);
	assert_int_equal(view_of(model, "w1").schedule_old_ms, 0);
	model_free(model);
}
