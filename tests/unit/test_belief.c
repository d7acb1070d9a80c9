/* SPDX-License-Identifier: MIT
 *
 * Belief on a model chain: blocks, forks, misses, chain time.
 */
#include "belief_scene.h"
#include "test.h"

TEST(blocks_follow_each_other)
{
	int head;
	struct model *model = started(30, &head);

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

/* Between two shuffles as well: once in 30 s, no more. */
TEST(the_irreversible_block_is_asked_for)
{
	int head;
	struct model *model = started(9, &head); /* 1000 .. 1008 */
	uint32_t asked = model->action_counts[BELIEF_ASK_HEAD];

	for (uint32_t i = 0; i < 15; i++) {
		model_pass(model, 3);
		head = push_next(model, head);
	}
	assert_int_equal(event_at(model, 0)->num, 1023);
	assert_int_equal(event_at(model, 0)->irreversible, 1017 - 15);
	assert_int_equal(model->action_counts[BELIEF_ASK_HEAD], asked + 1);
	model_free(model);
}

/* One later than the node's own head, and one older than what is known, tell nothing. */
TEST(an_irreversible_block_that_cannot_be)
{
	static const uint32_t told[] = {1009, 900};
	int head;
	struct model *model = started(9, &head); /* 1000 .. 1008 */

	for (size_t i = 0; i < 2; i++) {
		struct head_answer answer = {.num = 1008, .irreversible = told[i]};
		struct gw_now now;

		model->hold = true;
		model_pass(model, 30);
		assert_int_equal(model->held[model->held_count - 1].type, BELIEF_ASK_HEAD);
		now = model_now(model);
		answer.time_s = model->blocks[head].block.time_s;
		memcpy(answer.id, model->blocks[head].block.id, sizeof(answer.id));
		belief_head_answer(model->belief, model->held[model->held_count - 1].ticket, &answer, &now);
		assert_int_equal(view_of(model, "w1").irreversible, 1008 - 15);
		model->held_count = 0;
	}
	model_free(model);
}

TEST(a_repeated_block_is_ignored)
{
	int head;
	struct model *model = started(5, &head);

	model_push(model, 0, head);
	model_push(model, 0, head - 2);
	assert_int_equal(model->event_count, 5);
	model_free(model);
}

TEST(skipped_slots_have_owners)
{
	int head, next;
	struct model *model = started(30, &head);
	const struct gw_block_event *event;

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

TEST(the_next_producer_is_not_charged)
{
	struct model *model = model_new(1, 3);
	int head = model_run(model, -1, 10), next = model_block(model, head, 6);
	const struct gw_slot *missed;

	model_up(model, 0);
	model_push_line(model, 0, -1, next);
	assert_int_equal(event_at(model, 0)->missed_count, 5);
	missed = model->missed[model->event_count - 1];
	for (uint32_t i = 0; i < 5; i++)
		assert_int_equal(missed[i].charged, strcmp(missed[i].witness, event_at(model, 0)->witness) != 0);
	assert_string_equal(missed[2].witness, event_at(model, 0)->witness);
	model_free(model);
}

TEST(who_is_silent_for_two_rounds)
{
	struct model *model = model_new(1, 21);
	int head = model_run(model, -1, 3);
	uint32_t silent = 0, others = 0, n;

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
TEST(a_halt_makes_nobody_silent)
{
	static const uint32_t scheduled[] = {21, 2};

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

TEST(a_halt_tells_its_newest_slots)
{
	int head, next;
	struct model *model = started(30, &head);
	const struct gw_block_event *event;

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

TEST(a_fork_undoes_blocks)
{
	int head, other;
	struct model *model = started(28, &head);

	other = model_block(model, head - 3, 5); /* on the fourth newest */
	model_push(model, 0, other);
	assert_int_equal(event_at(model, 0)->undone, 3);
	assert_head(model, other);
	assert_string_equal(event_at(model, 0)->previous, model->blocks[head - 3].block.id);
	assert_int_equal(event_at(model, 0)->seq, 29);
	assert_int_equal(event_at(model, 0)->missed_count, 4);
	assert_string_equal(model->missed[model->event_count - 1][0].witness, model_owner(model, head - 3, 1));
	/* and back again */
	other = model_run(model, head, 1);
	model_push_line(model, 0, head - 3, other);
	assert_head(model, other);
	assert_int_equal(model->events[29].undone, 1);
	assert_int_equal(model->event_count, 33);
	model_free(model);
}

TEST(chain_time)
{
	struct model *model = model_new(1, 21);
	int head = model_run(model, -1, 40);
	struct gw_now now;

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

/* It lagged by 5 s and catches up: the fresh block comes on the heels of the last late one. */
TEST(the_end_of_a_lag_tells_the_time)
{
	struct model *model = model_new(1, 21);
	int head = model_block(model, -1, 1);
	struct gw_now now;

	model_up(model, 0);
	for (int i = 0; i < 20; i++) {
		head = model_block(model, head, 1);
		model->mono_ms = 1000000 + (head + 1) * 3000 + 5000;
		model_push(model, 0, head);
	}
	head = model_run(model, head, 2);
	model->mono_ms = 1000000 + (head + 1) * 3000 + 100;
	model_push(model, 0, head - 1);
	model_push(model, 0, head);
	now = model_now(model);
	belief_clock(model->belief, &now);
	assert_int_equal(now.chain_ms, model->blocks[head].block.time_s * 1000);
	model_free(model);
}

/* Its pushes come 7 s late, and then none: the head that it answers is newer than they made it seem. */
TEST(an_answered_head_tells_the_time_too)
{
	struct model *model = model_new(1, 21);
	int head = model_block(model, -1, 1);
	struct gw_now now;

	model_up(model, 0);
	for (int i = 0; i < 20; i++) {
		head = model_block(model, head, 1);
		model->mono_ms = 1000000 + head * 3000 + 7000;
		model_push(model, 0, head);
	}
	now = model_now(model);
	belief_clock(model->belief, &now);
	assert_int_equal(now.chain_ms, model->blocks[head].block.time_s * 1000);
	head = model_run(model, head, 2);
	model_stand(model, 0, head);
	model_down(model, 0);
	model_up(model, 0);
	now = model_now(model);
	belief_clock(model->belief, &now);
	assert_int_equal(now.chain_ms, model->blocks[head].block.time_s * 1000);
	model_free(model);
}
