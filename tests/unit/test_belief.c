/* SPDX-License-Identifier: MIT
 *
 * Belief on a model chain: blocks, forks, catching up, schedule, misses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "chain_model.h"

static const struct gw_block_event *event_at(const struct model *model, uint32_t back)
{
	assert_true(model->event_count > back);
	return &model->events[model->event_count - 1 - back];
}

/* The newest event is of this block, and tells its id. */
static void assert_head(const struct model *model, int block)
{
	const struct gw_block_event *event = event_at(model, 0);

	assert_int_equal(event->num, model->blocks[block].block.num);
	assert_string_equal(event->id, model->blocks[block].block.id);
	assert_true(belief_holds(model->belief, event->id));
}

static struct chain_view view_of(const struct model *model, const char *witness)
{
	struct gw_now now = model_now(model);
	struct chain_view view;

	belief_view(model->belief, witness, &now, &view);
	return view;
}

/* Own node up, `n` blocks of 21 witnesses pushed without a gap. */
static struct model *started(uint32_t n, int *ret_head)
{
	struct model *model = model_new(1, 21);

	*ret_head = model_run(model, -1, n);
	model_up(model, 0);
	model_push_line(model, 0, -1, *ret_head);
	return model;
}

static void test_blocks_follow_each_other(void **state)
{
	int head;
	struct model *model = started(30, &head);

	(void)state;
	assert_int_equal(model->event_count, 30);
	assert_head(model, head);
	for (uint32_t i = 0; i < 30; i++) {
		assert_int_equal(model->events[i].seq, i + 1);
		assert_int_equal(model->events[i].num, 1000 + i);
		assert_int_equal(model->events[i].undone, 0);
		assert_int_equal(model->events[i].skipped, 0);
		assert_int_equal(model->events[i].flags, 0);
		assert_int_equal(model->events[i].driver_epoch, 1);
		assert_int_equal(model->events[i].interval_s, 3);
	}
	assert_int_equal(event_at(model, 0)->irreversible, 1008 - 15); /* asked for with the schedule after 1008 */
	model_free(model);
}

static void test_a_repeated_block_is_ignored(void **state)
{
	int head;
	struct model *model = started(5, &head);

	(void)state;
	model_push(model, 0, head);
	model_push(model, 0, head - 2);
	assert_int_equal(model->event_count, 5);
	model_free(model);
}

static void test_skipped_slots_have_owners(void **state)
{
	int head, next;
	struct model *model = started(30, &head);
	const struct gw_block_event *event;

	(void)state;
	next = model_block(model, head, 4);
	model_push(model, 0, next);
	event = event_at(model, 0);
	assert_int_equal(event->skipped, 3);
	assert_int_equal(event->missed_count, 3);
	for (uint32_t i = 0; i < 3; i++) {
		const struct gw_slot *slot = &model->missed[model->event_count - 1][i];

		assert_string_equal(slot->witness, model_owner(model, head, i + 1));
		assert_int_equal(slot->filled, 0);
		assert_int_equal(slot->charged, 1);
		assert_int_equal(slot->silent, 0); /* two rounds are not known yet */
	}
	model_free(model);
}

static void test_the_next_producer_is_not_charged(void **state)
{
	struct model *model = model_new(1, 3);
	int head = model_run(model, -1, 10), next = model_block(model, head, 6);
	const struct gw_slot *missed;

	(void)state;
	model_up(model, 0);
	model_push_line(model, 0, -1, next);
	assert_int_equal(event_at(model, 0)->missed_count, 5);
	missed = model->missed[model->event_count - 1];
	for (uint32_t i = 0; i < 5; i++)
		assert_int_equal(missed[i].charged, strcmp(missed[i].witness, event_at(model, 0)->witness) != 0);
	assert_string_equal(missed[2].witness, event_at(model, 0)->witness);
	model_free(model);
}

static void test_who_is_silent_for_two_rounds(void **state)
{
	struct model *model = model_new(1, 21);
	int head = model_run(model, -1, 3);
	uint32_t silent = 0, others = 0, n;

	(void)state;
	model_up(model, 0);
	model_push_line(model, 0, -1, head);
	for (uint32_t i = 0; i < 100; i++) { /* w7 produces nothing */
		head = model_block(model, head, model_slot_after(model, head, "w7"));
		model_push(model, 0, head);
	}
	for (uint32_t e = 0; e < model->event_count; e++) {
		for (uint32_t i = 0; i < model->events[e].missed_count; i++) {
			assert_string_equal(model->missed[e][i].witness, "w7");
			assert_int_equal(model->missed[e][i].silent, e >= 42);
			silent += model->missed[e][i].silent;
		}
	}
	assert_true(silent >= 2);
	/* the others miss one: they are not silent */
	head = model_block(model, head, 3);
	model_push(model, 0, head);
	for (uint32_t i = 0; i < event_at(model, 0)->missed_count; i++)
		others += model->missed[model->event_count - 1][i].silent == 0;
	assert_true(others >= 1);
	/* the newest round: 21 slots, oldest first, this block's the last */
	n = model->event_count - 1;
	assert_int_equal(model->events[n].round_count, 21);
	assert_int_equal(model->round[n][20].filled, 1);
	assert_string_equal(model->round[n][20].witness, model->events[n].witness);
	assert_int_equal(model->round[n][19].filled, 0);
	assert_int_equal(model->round[n][18].filled, 0);
	model_free(model);
}

static uint32_t silent_ones(const struct model *model)
{
	const struct gw_block_event *event = event_at(model, 0);
	uint32_t silent = 0;

	for (uint32_t i = 0; i < event->missed_count; i++)
		silent += model->missed[model->event_count - 1][i].silent;
	return silent;
}

/* Halts of two and of three rounds, one after the other: the second is a halt as well as the first. */
static void test_a_halt_makes_nobody_silent(void **state)
{
	static const uint32_t scheduled[] = {21, 2};

	(void)state;
	for (uint32_t i = 0; i < 2; i++) {
		struct model *model = model_new(1, scheduled[i]);
		int head = model_run(model, -1, 100);

		model_up(model, 0);
		model_push_line(model, 0, -1, head);
		for (uint32_t rounds = 2; rounds <= 3; rounds++) {
			head = model_block(model, head, rounds * scheduled[i] + 1);
			model_push(model, 0, head);
			assert_int_equal(event_at(model, 0)->skipped, rounds * scheduled[i]);
			assert_int_equal(silent_ones(model), 0);
		}
		model_free(model);
	}
}

static void test_a_halt_tells_its_newest_slots(void **state)
{
	int head, next;
	struct model *model = started(30, &head);
	const struct gw_block_event *event;

	(void)state;
	next = model_block(model, head, 1000);
	model_push(model, 0, next);
	event = event_at(model, 0);
	assert_int_equal(event->skipped, 999);
	assert_int_equal(event->missed_count, 64);
	assert_string_equal(model->missed[model->event_count - 1][0].witness, model_owner(model, head, 936));
	assert_string_equal(model->missed[model->event_count - 1][63].witness, model_owner(model, head, 999));
	assert_int_equal(event->round_count, 21);
	model_free(model);
}

static void test_a_fork_undoes_blocks(void **state)
{
	int head, other;
	struct model *model = started(30, &head);

	(void)state;
	other = model_block(model, head - 3, 5); /* on the fourth newest */
	model_push(model, 0, other);
	assert_int_equal(event_at(model, 0)->undone, 3);
	assert_head(model, other);
	assert_false(belief_holds(model->belief, model->blocks[head].block.id));
	assert_true(belief_holds(model->belief, model->blocks[head - 3].block.id));
	assert_int_equal(event_at(model, 0)->seq, 31);
	assert_int_equal(event_at(model, 0)->missed_count, 4);
	assert_string_equal(model->missed[model->event_count - 1][0].witness, model_owner(model, head - 3, 1));
	/* and back again */
	other = model_run(model, head, 1);
	model_push_line(model, 0, head - 3, other);
	assert_head(model, other);
	assert_int_equal(model->events[31].undone, 1);
	assert_int_equal(model->event_count, 35);
	model_free(model);
}

static void test_a_pause_is_read_block_by_block(void **state)
{
	int head, end;
	struct model *model = started(30, &head);

	(void)state;
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

/* ---- catching up with the driver's head, before it has pushed anything ------------------------------------------- */

/* The node is away for `n` blocks, then stands at the last of them; returns it. */
static int away(struct model *model, int head, uint32_t n)
{
	model_down(model, 0);
	head = model_run(model, head, n);
	model_stand(model, 0, head);
	model->mono_ms += (int64_t)n * 3000;
	return head;
}

static void test_a_pause_is_read_at_once(void **state)
{
	int head, end;
	struct model *model = started(30, &head);

	(void)state;
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
	assert_true(view_of(model, "w5").valid);
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

static void test_a_pause_without_a_block_is_over_at_once(void **state)
{
	int head;
	struct model *model = started(30, &head);

	(void)state;
	(void)away(model, head, 0);
	assert_false(view_of(model, "w5").valid);
	model_up(model, 0);
	assert_true(view_of(model, "w5").valid);
	assert_int_equal(model->event_count, 30);
	assert_int_equal(model->nodes[0].head_num, model->blocks[head].block.num);
	model_free(model);
}

static void test_a_push_while_its_head_is_read(void **state)
{
	int head, end;
	struct model *model = started(30, &head);

	(void)state;
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

static void test_a_fork_while_away_is_read_at_once(void **state)
{
	int head, end;
	struct model *model = started(30, &head);

	(void)state;
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
static void test_a_fork_between_the_head_and_its_block(void **state)
{
	int head, end, other;
	struct model *model = started(30, &head);

	(void)state;
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

static void test_a_head_that_is_out_of_reach_waits_for_a_push(void **state)
{
	int head, end;
	struct model *model = started(30, &head);

	(void)state;
	end = away(model, head, CATCH_UP_MAX + 1);
	model_up(model, 0);
	assert_int_equal(model->action_counts[BELIEF_ASK_BLOCK], 0);
	assert_int_equal(model->event_count, 30);
	model_push(model, 0, end);
	assert_head(model, end);
	assert_int_equal(event_at(model, 0)->driver_epoch, 2);
	model_free(model);
}

static void test_a_head_whose_blocks_are_not_given_waits_for_a_push(void **state)
{
	int head, end;
	struct model *model = started(30, &head);

	(void)state;
	end = away(model, head, 5);
	model->hold = true;
	model_up(model, 0);
	model_release_oldest(model); /* the head */
	model->hold = false;
	model->mute = true;
	model_release(model);
	model_pass(model, 10);
	assert_int_equal(model->event_count, 30);
	assert_int_equal(model->action_counts[BELIEF_ASK_BLOCK], 5);
	model->mute = false;
	end = model_run(model, end, 1);
	model_push(model, 0, end);
	assert_head(model, end);
	assert_int_equal(model->event_count, 36);
	assert_int_equal(event_at(model, 0)->driver_epoch, 1);
	model_free(model);
}

/* ---- catching up with a push --------------------------------------------------------------------------------------
 */

static void test_pushes_wait_while_older_blocks_are_read(void **state)
{
	int head, end;
	struct model *model = started(30, &head);

	(void)state;
	end = model_run(model, head, 120);
	model->hold = true;
	model_push_line(model, 0, head + 9, end); /* nine are lost, 111 are pushed: more than the queue holds */
	assert_int_equal(model->event_count, 30);
	model_release(model);
	model_push(model, 0, model_run(model, end, 1)); /* shows what the queue did not hold */
	assert_int_equal(model->event_count, 151);
	assert_int_equal(model->action_counts[BELIEF_ASK_BLOCK], 9 + 111 - 64);
	for (uint32_t i = 0; i < 151; i++)
		assert_int_equal(model->events[i].num, 1000 + i);
	assert_int_equal(event_at(model, 0)->driver_epoch, 1);
	model_free(model);
}

static void test_a_fork_while_away_is_found(void **state)
{
	int head, end;
	struct model *model = started(30, &head);

	(void)state;
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

static void test_a_fork_while_reading_begins_again(void **state)
{
	int head, old, other;
	struct model *model = started(30, &head);

	(void)state;
	old = model_run(model, head, 10);
	other = model_run(model, model_block(model, head + 1, 4), 8); /* leaves it after one block */
	model->hold = true;
	model_push(model, 0, old);
	model_stand(model, 0, other);
	model_push(model, 0, other);
	model_release(model);
	assert_head(model, other);
	assert_int_equal(model->event_count, 30 + 10);
	for (uint32_t i = 30; i < model->event_count; i++)
		assert_true(belief_holds(model->belief, model->events[i].id));
	model_free(model);
}

static void test_too_long_a_pause_begins_anew(void **state)
{
	int head, end;
	struct model *model = started(30, &head);

	(void)state;
	end = model_run(model, head, CATCH_UP_MAX + 1);
	model_push(model, 0, end);
	assert_head(model, end);
	assert_int_equal(model->event_count, 31);
	assert_int_equal(event_at(model, 0)->driver_epoch, 2);
	assert_int_equal(model->last[BELIEF_NOTICE].severity, GW_WARNING);
	assert_string_equal(model->last[BELIEF_NOTICE].code, "blocks_lost");
	model_free(model);
}

static void test_the_longest_pause_is_read(void **state)
{
	int head, end;
	struct model *model = started(30, &head);

	(void)state;
	end = model_run(model, head, CATCH_UP_MAX);
	model_push(model, 0, end);
	assert_head(model, end);
	assert_int_equal(model->event_count, 30 + CATCH_UP_MAX);
	assert_int_equal(event_at(model, 0)->driver_epoch, 1);
	model_free(model);
}

static void test_a_block_that_is_not_given_begins_anew(void **state)
{
	int head, end;
	struct model *model = started(30, &head);

	(void)state;
	end = model_run(model, head, 10);
	model->mute = true;
	model_push(model, 0, end);
	assert_int_equal(model->event_count, 30);
	model_pass(model, 10);
	assert_int_equal(model->action_counts[BELIEF_ASK_BLOCK], 5);
	assert_head(model, end);
	assert_int_equal(event_at(model, 0)->driver_epoch, 2);
	model_free(model);
}

static void test_what_was_pushed_meanwhile_is_not_lost_with_it(void **state)
{
	int head, end;
	struct model *model = started(30, &head);

	(void)state;
	end = model_run(model, head, 20);
	model->mute = true;
	model_push_line(model, 0, head + 9, end); /* nine are lost, eleven wait for them */
	model_pass(model, 10);
	assert_head(model, end);
	assert_int_equal(model->event_count, 30 + 11);
	assert_int_equal(event_at(model, 0)->driver_epoch, 2);
	model_free(model);
}

static void test_a_fork_deeper_than_the_window_begins_anew(void **state)
{
	int head, other;
	struct model *model = started(300, &head);

	(void)state;
	other = model_run(model, model_block(model, 2, 3), 10);
	model_push(model, 0, other);
	assert_head(model, other);
	assert_int_equal(event_at(model, 0)->driver_epoch, 2);
	model_free(model);
}

/* ---- schedule --------------------------------------------------------------------------------------------------- */

static void test_the_view_waits_for_the_schedule(void **state)
{
	struct model *model = model_new(1, 21);
	int head = model_run(model, -1, 12); /* 1000 .. 1011: 1008 shuffles */
	struct chain_view view;

	(void)state;
	model_up(model, 0);
	model_push_line(model, 0, -1, 7);
	assert_true(view_of(model, "w1").valid);
	model->hold = true;
	model_push(model, 0, 8);
	assert_false(view_of(model, "w1").valid);
	model_release(model);
	assert_true(view_of(model, "w1").valid);
	model_push_line(model, 0, 8, head);
	view = view_of(model, "w1");
	assert_int_equal(view.head_num, 1011);
	assert_string_equal(view.head_id, model->blocks[head].block.id);
	assert_string_equal(view.head_previous, model->blocks[head - 1].block.id);
	assert_int_equal(view.scheduled, 21);
	assert_int_equal(view.passed, 0);
	assert_int_equal(view.next_slot_time_s, view.head_time_s + 3);
	for (uint32_t i = 0; i < VIEW_SLOTS_MAX; i++) { /* 18 slots to block 1029 */
		bool ours = strcmp(model_owner(model, head, i + 1), "w1") == 0;

		assert_int_equal(view.slots[i], i >= 18 ? SLOT_UNKNOWN : ours ? SLOT_OURS : SLOT_OTHER);
	}
	model_down(model, 0);
	assert_false(view_of(model, "w1").valid);
	model_free(model);
}

static void test_slots_go_by_without_a_block(void **state)
{
	int head;
	struct model *model = started(12, &head);
	struct chain_view view;

	(void)state;
	model_pass(model, 7);
	view = view_of(model, "w1");
	assert_int_equal(view.passed, 2);
	assert_int_equal(view.next_slot_time_s, view.head_time_s + 9);
	for (uint32_t i = 0; i < VIEW_SLOTS_MAX; i++) { /* one slot surely empty: 19 certain, two of them passed */
		bool ours = strcmp(model_owner(model, head, i + 3), "w1") == 0;

		assert_int_equal(view.slots[i], i >= 17 ? SLOT_UNKNOWN : ours ? SLOT_OURS : SLOT_OTHER);
	}
	model_free(model);
}

static void test_an_order_from_further_on_is_refused(void **state)
{
	struct model *model = model_new(1, 21);
	int head = model_run(model, -1, 7), burst, end;

	(void)state;
	model_up(model, 0);
	model_push_line(model, 0, -1, head); /* 1006 */
	burst = model_block(model, model_run(model, head, 3), 2);
	end = model_run(model, burst, 30);
	model_stand(model, 0, end); /* the node is at 1040 already, and the pushes come after */
	model_push_line(model, 0, head, burst - 1);
	assert_false(view_of(model, "w1").valid); /* 1008 was pushed: its order is not to be had any more */
	model_push(model, 0, burst);
	assert_string_equal(model->missed[model->event_count - 1][0].witness, "");
	assert_int_equal(model->missed[model->event_count - 1][0].charged, 0);
	model_push_line(model, 0, burst, end);
	model_pass(model, 1);
	assert_true(view_of(model, "w1").valid);
	end = model_block(model, end, 2);
	model_push(model, 0, end);
	assert_string_equal(model->missed[model->event_count - 1][0].witness, model_owner(model, end - 1, 1));
	model_free(model);
}

static void test_slots_before_a_shuffle_have_the_old_order(void **state)
{
	struct model *model = model_new(1, 21);
	int head = model_run(model, -1, 8), shuffle; /* 1007 is the last of its era */

	(void)state;
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

static void test_a_fork_across_a_shuffle_keeps_the_older_order(void **state)
{
	struct model *model = model_new(1, 21);
	int head = model_run(model, -1, 10), other; /* 1008 shuffles, 1009 is the head */

	(void)state;
	model_up(model, 0);
	model_push_line(model, 0, -1, head);
	other = model_block(model, 6, 6); /* another 1007 */
	model_push(model, 0, other);
	assert_int_equal(event_at(model, 0)->undone, 3);
	for (uint32_t i = 0; i < 5; i++)
		assert_string_equal(model->missed[10][i].witness, model_owner(model, 6, i + 1));
	model_free(model);
}

static void test_a_fork_across_a_shuffle_forgets_the_newer_order(void **state)
{
	struct model *model = model_new(1, 21);
	int head = model_run(model, -1, 10), other;

	(void)state;
	model_up(model, 0);
	model_push_line(model, 0, -1, head);
	assert_true(view_of(model, "w1").valid);
	model->hold = true;
	other = model_run(model, model_block(model, 6, 6), 1); /* another 1007 and 1008 */
	model_push_line(model, 0, 6, other);
	assert_false(view_of(model, "w1").valid);
	model_push(model, 0, model_block(model, other, 3));
	assert_string_equal(model->missed[model->event_count - 1][0].witness, "");
	model_release(model);
	assert_true(view_of(model, "w1").valid);
	model_free(model);
}

static void test_after_a_fork_the_schedule_is_fetched(void **state)
{
	int head;
	struct model *model = started(12, &head);
	uint32_t asked = model->action_counts[BELIEF_ASK_SCHEDULE];

	(void)state;
	model->hold = true;
	model_push(model, 0, model_block(model, head - 1, 2));
	assert_false(view_of(model, "w1").valid);
	assert_int_equal(model->action_counts[BELIEF_ASK_SCHEDULE], asked + 1);
	model_release(model);
	assert_true(view_of(model, "w1").valid);
	model_free(model);
}

static void test_an_order_of_the_branch_that_was_left_is_refused(void **state)
{
	struct model *model = model_new(1, 21);
	int head = model_run(model, -1, 9), other; /* 1008 shuffles */

	(void)state;
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

static void test_an_order_from_before_a_shuffle_is_not_fresh(void **state)
{
	struct model *model = model_new(1, 21);
	int head = model_run(model, -1, 8), other; /* 1007 */

	(void)state;
	model_up(model, 0);
	model_push_line(model, 0, -1, head);
	model->hold = true;
	other = model_block(model, head - 1, 2);
	model_push(model, 0, other); /* a fork: the order is asked for */
	model_push(model, 0, model_block(model, other, 1));
	model_stand(model, 0, other); /* answered from before the shuffle, after the block came */
	model_release(model);
	assert_false(view_of(model, "w1").valid);
	model_stand(model, 0, other + 1);
	model_pass(model, 1);
	assert_true(view_of(model, "w1").valid);
	model_free(model);
}

static void test_a_wrong_order_is_dropped(void **state)
{
	int head, next;
	struct model *model = started(12, &head);
	uint32_t asked = model->action_counts[BELIEF_ASK_SCHEDULE];

	(void)state;
	next = model_block(model, head, 3);
	(void)strcpy(model->blocks[next].block.witness, "w99"); /* not the slot's owner */
	model->hold = true;
	model_push(model, 0, next);
	assert_string_equal(model->missed[model->event_count - 1][0].witness, "");
	assert_false(view_of(model, "w1").valid);
	assert_int_equal(model->action_counts[BELIEF_ASK_SCHEDULE], asked + 1);
	model_release(model);
	assert_true(view_of(model, "w1").valid);
	model_free(model);
}

static void test_chain_time(void **state)
{
	struct model *model = model_new(1, 21);
	int head = model_run(model, -1, 40);
	struct gw_now now;

	(void)state;
	model_up(model, 0);
	model->wall_offset_ms = 7000; /* this machine's clock is wrong: chain time is not */
	model->mono_ms += 86400 * 1000;
	model->wall_offset_ms -= 86400 * 1000;
	for (int i = 0; i <= head; i++) { /* a burst tells no time */
		model->mono_ms += 2;
		model_push(model, 0, i);
	}
	now = model_now(model);
	belief_clock(model->belief, &now);
	assert_int_equal(now.chain_ms, 0);
	for (int i = 0; i < 20; i++) { /* live, each block up to 900 ms late, every fourth 200 ms */
		head = model_block(model, head, 1);
		model->mono_ms = 1000000 + 86400000 + (head + 1) * 3000 + (i % 4 == 0 ? 200 : 900);
		model_push(model, 0, head);
	}
	now = model_now(model);
	belief_clock(model->belief, &now);
	/* the least delayed was 200 ms late, the newest 900 ms */
	assert_int_equal(now.chain_ms, model->blocks[head].block.time_s * 1000 + 700);
	now.mono_ms += 5000;
	belief_clock(model->belief, &now);
	assert_int_equal(now.chain_ms, model->blocks[head].block.time_s * 1000 + 5700);
	model_free(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blocks_follow_each_other),
		cmocka_unit_test(test_a_repeated_block_is_ignored),
		cmocka_unit_test(test_skipped_slots_have_owners),
		cmocka_unit_test(test_the_next_producer_is_not_charged),
		cmocka_unit_test(test_who_is_silent_for_two_rounds),
		cmocka_unit_test(test_a_halt_makes_nobody_silent),
		cmocka_unit_test(test_a_halt_tells_its_newest_slots),
		cmocka_unit_test(test_a_fork_undoes_blocks),
		cmocka_unit_test(test_a_pause_is_read_block_by_block),
		cmocka_unit_test(test_a_pause_is_read_at_once),
		cmocka_unit_test(test_a_pause_without_a_block_is_over_at_once),
		cmocka_unit_test(test_a_push_while_its_head_is_read),
		cmocka_unit_test(test_a_fork_while_away_is_read_at_once),
		cmocka_unit_test(test_a_fork_between_the_head_and_its_block),
		cmocka_unit_test(test_a_head_that_is_out_of_reach_waits_for_a_push),
		cmocka_unit_test(test_a_head_whose_blocks_are_not_given_waits_for_a_push),
		cmocka_unit_test(test_pushes_wait_while_older_blocks_are_read),
		cmocka_unit_test(test_a_fork_while_away_is_found),
		cmocka_unit_test(test_a_fork_while_reading_begins_again),
		cmocka_unit_test(test_too_long_a_pause_begins_anew),
		cmocka_unit_test(test_the_longest_pause_is_read),
		cmocka_unit_test(test_a_block_that_is_not_given_begins_anew),
		cmocka_unit_test(test_what_was_pushed_meanwhile_is_not_lost_with_it),
		cmocka_unit_test(test_a_fork_deeper_than_the_window_begins_anew),
		cmocka_unit_test(test_the_view_waits_for_the_schedule),
		cmocka_unit_test(test_slots_go_by_without_a_block),
		cmocka_unit_test(test_an_order_from_further_on_is_refused),
		cmocka_unit_test(test_slots_before_a_shuffle_have_the_old_order),
		cmocka_unit_test(test_a_fork_across_a_shuffle_keeps_the_older_order),
		cmocka_unit_test(test_a_fork_across_a_shuffle_forgets_the_newer_order),
		cmocka_unit_test(test_after_a_fork_the_schedule_is_fetched),
		cmocka_unit_test(test_an_order_of_the_branch_that_was_left_is_refused),
		cmocka_unit_test(test_an_order_from_before_a_shuffle_is_not_fresh),
		cmocka_unit_test(test_a_wrong_order_is_dropped),
		cmocka_unit_test(test_chain_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
