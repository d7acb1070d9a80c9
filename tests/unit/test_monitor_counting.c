/* SPDX-License-Identifier: MIT
 *
 * Counting: from blocks and answers to misses.
 */
#include "monitor_scene.h"
#include "rules.h"

#include <string.h>

TEST(rise_belongs_to_the_block_of_its_gap)
{
	struct scene s;

	scene_start(&s);
	scene_gap(&s, 1, 1, NULL);
	uint32_t gap_block = s.num;
	scene_blocks(&s, 2);
	s.total_missed++;
	scene_answer(&s);
	assert_int_equal(scene_counted(&s), 1);
	assert_int_equal(state_newest_miss(&s.monitor)->block.num, gap_block);
}

TEST(rise_without_a_block_belongs_to_the_answer_before)
{
	struct scene s;

	scene_start(&s);
	uint32_t before = s.num;
	scene_blocks(&s, 10);
	s.total_missed++;
	scene_answer(&s);
	assert_int_equal(state_newest_miss(&s.monitor)->block.num, before);
}

/* The older script: `0` doubled as "no baseline". */
TEST(peer_A_zero_is_a_count_like_any_other)
{
	struct scene s;

	scene_start(&s);
	assert_int_equal(s.total_missed, 0);
	scene_misses(&s, 2);
	assert_int_equal(s.submits, 1);
}

/* The older script: an operator's null key was "not our key". */
TEST(peer_B_operators_null_is_never_overridden)
{
	struct scene s;

	scene_start(&s);
	scene_misses(&s, 1);
	scene_update(&s, GW_NULL_KEY);
	scene_answer(&s);
	scene_misses(&s, 5);
	assert_int_equal(s.submits, 0);
	assert_true(state_operator_nulled(&s.monitor));
}

/* The older script: broadcast again at each poll, a failure never told. */
TEST(peer_C_one_submission_and_its_failure_told)
{
	struct scene s;

	scene_start(&s);
	scene_misses(&s, 2);
	scene_submission(&s, GW_SUBMISSION_SENT, 0);
	scene_misses(&s, 3);
	assert_int_equal(s.submits, 1);
	scene_submission(&s, GW_SUBMISSION_FAILED, GW_FAIL_EXPIRED);
	assert_int_equal(scene_said(&s, "switch_failed"), 1);
	scene_block(&s);
	assert_int_equal(s.submits, 1); /* 30 s */
	scene_blocks(&s, 10);
	assert_int_equal(s.submits, 2);
}

/* The older script: 12, 10, 12 counted as two new misses. */
TEST(peer_E_total_missed_12_10_12)
{
	struct scene s;

	scene_init(&s);
	s.total_missed = 12;
	scene_begin(&s);
	static const uint32_t totals[] = {10, 12, 9, 11, 12};
	for (size_t i = 0; i < 5; i++) {
		scene_blocks(&s, 10);
		s.total_missed = totals[i];
		scene_answer(&s);
		assert_int_equal(scene_counted(&s), 0);
	}
	scene_misses(&s, 2);
	assert_int_equal(s.submits, 1);
}

TEST(an_answer_of_the_past_is_refused)
{
	struct scene s;

	scene_init(&s);
	s.options.allowed_misses = 2;
	scene_begin(&s);
	scene_misses(&s, 2);
	uint32_t newest = state_newest_miss(&s.monitor)->block.num;
	s.total_missed = 0;
	scene_blocks(&s, 5);
	scene_answer(&s);
	assert_int_equal(scene_counted(&s), 2);
	s.total_missed = 2;
	scene_blocks(&s, 5);
	scene_answer(&s);
	assert_int_equal(scene_counted(&s), 2);
	assert_int_equal(state_newest_miss(&s.monitor)->block.num, newest);
}

TEST(another_node_that_tells_less_takes_the_newest)
{
	struct scene s;

	scene_init(&s);
	s.options.allowed_misses = 2;
	scene_begin(&s);
	scene_misses(&s, 1);
	uint32_t first = s.num;
	scene_misses(&s, 1);
	s.total_missed--;
	s.epoch++;
	scene_block(&s);
	scene_answer(&s);
	assert_int_equal(scene_counted(&s), 1);
	assert_int_equal(state_newest_miss(&s.monitor)->block.num, first);
}

/* The one that was asked first comes last: it tells less. */
TEST(answers_that_overtake_each_other)
{
	struct scene s;

	scene_start(&s);
	uint64_t seq = s.seq;
	uint32_t num = s.num;
	scene_misses(&s, 1);
	s.total_missed--;
	scene_answer_of(&s, seq, num);
	assert_int_equal(scene_counted(&s), 1);
}

/* The schedule was wrong, and the slot another's: a later miss is not of that gap. */
TEST(a_gap_that_was_not_charged)
{
	struct scene s;

	scene_start(&s);
	scene_gap(&s, 1, 1, NULL);
	scene_answer(&s);
	scene_blocks(&s, 22);
	scene_answer(&s);
	uint32_t before = s.num;
	scene_blocks(&s, 10);
	s.total_missed++;
	scene_answer(&s);
	assert_int_equal(state_newest_miss(&s.monitor)->block.num, before);
}

TEST(a_fork_takes_what_had_no_gap_yet)
{
	struct scene s;

	scene_start(&s);
	scene_blocks(&s, 3);
	scene_answer(&s);
	scene_block(&s);
	s.total_missed++; /* told before its block, and dated to the answer before */
	scene_answer(&s);
	scene_fork(&s, 3);
	s.total_missed--;
	assert_int_equal(scene_counted(&s), 0);
	scene_answer(&s);
	scene_miss_unseen(&s);
	assert_int_equal(scene_counted(&s), 1);
}

/* What a halt of the branch that is left had taken was older: no newer than the last block of both branches. */
TEST(a_fork_gives_back_what_a_halt_had_taken)
{
	struct scene s;

	scene_start(&s);
	scene_blocks(&s, 20);
	uint32_t before = s.num;
	s.order_unknown = true;
	scene_gap(&s, 6, 0, NULL);
	s.total_missed++;
	scene_answer(&s);
	assert_int_equal(scene_counted(&s), 0);
	scene_fork(&s, 1);
	scene_answer(&s);
	assert_int_equal(scene_counted(&s), 1);
	assert_int_equal(state_newest_miss(&s.monitor)->block.num, before);
}

/* A miss without its block takes no slot of a later halt: the answer that reports those has the halt's block. */
TEST(an_old_miss_claims_no_slot_that_is_reported_now)
{
	struct scene s;

	scene_start(&s);
	scene_blocks(&s, 5);
	scene_answer(&s);
	scene_blocks(&s, 20);
	s.total_missed++;
	scene_answer(&s);
	uint32_t before = state_newest_miss(&s.monitor)->block.num;
	scene_gap(&s, 6, 1, NULL);
	s.total_missed++;
	scene_answer(&s);
	assert_int_equal(scene_counted(&s), 1);
	assert_int_equal(state_newest_miss(&s.monitor)->block.num, before);
}

/* A miss that no block told of is dated to a block of the branch that stays. */
TEST(a_fork_undoes_the_block_of_the_answer_before)
{
	struct scene s;

	scene_start(&s);
	scene_blocks(&s, 5);
	scene_answer(&s);
	uint32_t base = s.num - 2;
	int64_t base_s = s.time_s - 2 * (int64_t)s.monitor.chain.interval_s;
	scene_fork(&s, 2);
	s.total_missed++;
	scene_answer(&s);
	const struct monitor_miss *miss = state_newest_miss(&s.monitor);
	assert_int_equal(miss->block.num, base);
	assert_int_equal(miss->block.time_s, base_s);
	for (uint32_t i = 0; i < s.monitor.chain.recent_count; i++)
		if (s.monitor.chain.recent[i].num == base)
			assert_string_equal(miss->block.id, s.monitor.chain.recent[i].id);
}

TEST(one_fork_after_another)
{
	struct scene s;

	scene_start(&s);
	scene_misses(&s, 1);
	scene_fork(&s, 1);
	s.total_missed--;
	scene_answer(&s);
	scene_fork(&s, 1);
	scene_answer(&s);
	assert_int_equal(scene_counted(&s), 0);
}

TEST(an_answer_is_of_the_block_at_which_it_was_asked)
{
	struct scene s;

	scene_start(&s);
	scene_blocks(&s, 3);
	uint64_t seq = s.seq;
	uint32_t num = s.num;
	scene_blocks(&s, 5);
	scene_answer_of(&s, seq, num);
	scene_blocks(&s, 5);
	s.total_missed++;
	scene_answer(&s);
	assert_int_equal(state_newest_miss(&s.monitor)->block.num, num);
}

TEST(a_fork_takes_its_misses_back)
{
	struct scene s;

	scene_start(&s);
	scene_misses(&s, 1);
	assert_int_equal(scene_counted(&s), 1);
	scene_fork(&s, 1); /* undoes the block that showed the miss */
	s.total_missed--;
	assert_int_equal(scene_counted(&s), 0);
	scene_answer(&s);
	scene_misses(&s, 1);
	assert_int_equal(scene_counted(&s), 1);
	assert_int_equal(s.submits, 0);
	scene_misses(&s, 1);
	assert_int_equal(s.submits, 1);
}

/* The node has changed its branch, and an answer tells so before the blocks do. */
TEST(a_fork_that_an_answer_told_takes_its_misses_once)
{
	struct scene s;

	scene_start(&s);
	uint32_t before = s.num;
	scene_misses(&s, 2);
	assert_int_equal(scene_counted(&s), 2);
	s.total_missed -= 2;
	scene_answer(&s);
	assert_int_equal(scene_counted(&s), 2);
	scene_fork(&s, s.num - before);
	scene_answer(&s);
	assert_int_equal(scene_counted(&s), 0);
}

/* One miss goes with a fork, another one is charged on the branch that stays: the chain's count is what it was. */
TEST(a_fork_takes_a_miss_and_brings_another)
{
	struct scene s;

	scene_start(&s);
	scene_misses(&s, 1);
	scene_fork(&s, 1);
	scene_gap(&s, 1, 1, NULL);
	scene_answer(&s);
	assert_int_equal(scene_counted(&s), 1);
	assert_int_equal(state_newest_miss(&s.monitor)->block.num, s.num);
	assert_int_equal(s.submits, 0);
}

TEST(nothing_is_decided_after_a_fork_before_an_answer)
{
	struct scene s;

	scene_start(&s);
	scene_misses(&s, 1);
	scene_blocks(&s, 3);
	uint64_t seq = s.seq;
	uint32_t num = s.num;
	scene_fork(&s, 2);
	scene_gap(&s, 1, 1, NULL);
	s.total_missed++;
	scene_answer_of(&s, seq, num); /* asked before the fork */
	assert_int_equal(s.submits, 0);
	scene_answer(&s);
	assert_int_equal(s.submits, 1);
}

TEST(a_halt_is_not_counted)
{
	/* slots skipped; misses counted */
	static const struct {
		uint32_t skipped, ours, counted;
	} gaps[] = {{3, 1, 1}, {4, 1, 0}, {10, 1, 0}, {21, 1, 0}, {42, 2, 0}, {28800, 1371, 0}};
	struct scene s;

	for (size_t i = 0; i < COUNT(gaps); i++) {
		scene_start(&s);
		scene_gap(&s, gaps[i].skipped, gaps[i].ours, NULL);
		s.total_missed += gaps[i].ours;
		scene_answer(&s);
		assert_int_equal(scene_counted(&s), gaps[i].counted);
		assert_int_equal(s.submits, 0);
	}
}

/* Whoever begins within a halt, or after it, sees no block on both sides of it. What the whole chain skipped meanwhile
 * is no node's fault; a node that is dead misses its next slots as well. */
TEST(a_halt_that_a_restart_did_not_see)
{
	/* slots skipped, and misses told, while nobody looked; misses counted */
	static const struct {
		uint32_t skipped, missed, counted;
	} rows[] = {{3, 2, 2}, {20, 2, 2}, {42, 2, 0}, {66, 4, 0}, {66, 6, 2}, {28800, 1372, 0}};
	struct scene s;

	for (size_t i = 0; i < COUNT(rows); i++) {
		scene_start(&s);
		scene_blocks(&s, 5);
		scene_answer(&s);
		s.num += 9;
		s.time_s += INT64_C(3) * (9 + rows[i].skipped);
		scene_restart(&s);
		scene_block(&s);
		s.total_missed += rows[i].missed;
		scene_answer(&s);
		assert_int_equal(scene_counted(&s), rows[i].counted);
		scene_misses(&s, 1); /* of those that it sees itself it takes off nothing */
		assert_int_equal(scene_counted(&s), rows[i].counted + 1);
	}
}

/* golosd applies the block that ends a halt, answers of it, and pushes it then: its slots pass for misses so long. */
TEST(a_halt_that_an_answer_tells_before_its_block)
{
	struct scene s;

	scene_start(&s);
	scene_wait(&s, 24000);
	s.total_missed += 4;
	scene_answer(&s);
	assert_int_equal(scene_said(&s, "switch_due"), 1);
	scene_gap(&s, 7, 4, NULL);
	assert_int_equal(s.submits, 0);
	assert_true(scene_guard_holds(&s, guard_answer));
	scene_answer(&s);
	assert_int_equal(scene_counted(&s), 0);
	assert_int_equal(s.submits, 0);
	scene_misses(&s, 2);
	assert_int_equal(s.submits, 1);
}

/* The first answer asked after the halt is of before it: what the next one tells is the halt's all the same. */
TEST(a_halt_that_an_answer_of_the_past_does_not_know)
{
	struct scene s;

	scene_start(&s);
	scene_gap(&s, 20, 2, NULL);
	scene_answer(&s);
	scene_blocks(&s, 5);
	s.total_missed += 2;
	scene_answer(&s);
	assert_int_equal(scene_counted(&s), 0);
	scene_misses(&s, 1);
	assert_int_equal(scene_counted(&s), 1);
	assert_int_equal(s.submits, 0);
}

/* The order was wrong, and the slots were another's: an answer that knows of a later block has told of them all. */
TEST(slots_that_the_chain_did_not_charge)
{
	struct scene s;

	scene_start(&s);
	scene_gap(&s, 20, 2, NULL);
	scene_own_block(&s);
	scene_answer(&s);
	scene_miss_unseen(&s);
	scene_miss_unseen(&s);
	assert_int_equal(scene_counted(&s), 2);
}

TEST(a_halt_of_unknown_slots_is_not_counted)
{
	struct scene s;

	scene_start(&s);
	scene_gap(&s, 80, 3, NULL); /* the event lists the newest 64 of them */
	s.total_missed += 4;
	scene_answer(&s);
	assert_int_equal(scene_counted(&s), 0);
	s.order_unknown = true;
	scene_gap(&s, 54, 0, NULL);
	s.total_missed += 3;
	scene_answer(&s);
	assert_int_equal(scene_counted(&s), 0);
	scene_fork(&s, 1); /* the halt's block is undone, and its misses with it */
	s.total_missed -= 3;
	scene_answer(&s);
	assert_int_equal(scene_counted(&s), 0);
	scene_gap(&s, 54, 0, NULL); /* a halt that may hold three of its slots, and held none */
	scene_answer(&s);
	scene_fork(&s, 1);
	scene_answer(&s);
	assert_int_equal(scene_counted(&s), 0);
	scene_gap(&s, 2, 0, NULL); /* no halt: the miss is a miss */
	s.total_missed++;
	scene_answer(&s);
	assert_int_equal(scene_counted(&s), 1);
}

/* The first answer's total holds its share of a halt, or does not: a fork that undoes the halt makes no miss of that. */
TEST(a_fork_undoes_a_halt_of_unknown_slots_from_before_the_first_answer)
{
	struct scene s;

	for (uint32_t charged = 0; charged < 2; charged++) {
		scene_start(&s);
		scene_update(&s, THIRD_KEY); /* counted anew */
		s.order_unknown = true;
		scene_gap(&s, 9, 0, NULL);
		s.total_missed += charged;
		scene_answer(&s);
		s.order_unknown = false;
		scene_fork(&s, 1);
		s.total_missed -= charged;
		scene_answer(&s);
		assert_int_equal(scene_counted(&s), 0);
		scene_misses(&s, 1);
		assert_int_equal(scene_counted(&s), 1);
	}
}

TEST(silent_others_are_left_out_of_a_gap)
{
	struct gw_slot missed[6] = {0};
	const struct gw_slot *list[6];
	struct gw_block_event event = {.struct_size = sizeof(event), .skipped = 6, .missed_count = 6, .missed = list};
	struct scene s;

	scene_start(&s);
	for (size_t i = 0; i < 6; i++) {
		strcpy(missed[i].witness, i == 2 ? WITNESS : "dead");
		missed[i].charged = 1;
		missed[i].silent = 1; /* ours too: it is not left out */
		list[i] = &missed[i];
	}
	event.num = s.num + 1;
	event.seq = s.seq + 1;
	event.time_s = s.time_s + 21;
	event.now = s.now;
	counting_block(&s.monitor, &event);
	assert_int_equal(s.monitor.counting.gap_count, 1);
	assert_int_equal(s.monitor.counting.gaps[0].halt, 0);
	missed[0].silent = missed[1].silent = missed[3].silent = 0;
	event.num++;
	event.seq++;
	counting_block(&s.monitor, &event);
	assert_int_equal(s.monitor.counting.gaps[1].halt, 1);
}

TEST(the_answer_about_a_miss_comes_after_the_producers_next_block)
{
	struct scene s;

	scene_init(&s);
	s.options.allowed_misses = 0;
	scene_begin(&s);
	scene_gap(&s, 1, 1, NULL);
	scene_blocks(&s, 3);
	scene_own_block(&s);
	s.total_missed++;
	scene_answer(&s);
	assert_int_equal(scene_counted(&s), 1);
	assert_int_equal(s.submits, 0);
}

TEST(a_miss_told_before_its_block_is_dated_by_it)
{
	struct scene s;

	scene_init(&s);
	s.options.allowed_misses = 0;
	scene_begin(&s);
	scene_own_block(&s);
	scene_blocks(&s, 4);
	s.total_missed++; /* the node is one block further than what it told us */
	scene_answer(&s);
	assert_int_equal(s.submits, 0); /* dated before the producer's block */
	scene_gap(&s, 1, 1, NULL);
	scene_answer(&s);
	assert_int_equal(scene_counted(&s), 1);
	assert_int_equal(state_newest_miss(&s.monitor)->block.num, s.num);
	assert_int_equal(s.submits, 1);
}

TEST(only_the_drivers_answers_count)
{
	struct gw_witness_event event = {.struct_size = sizeof(event), .cause = GW_WITNESS_FETCHED, .endpoint = 1};
	struct scene s;

	scene_start(&s);
	strcpy(event.witness, WITNESS);
	event.exists = 1;
	event.key_trusted = 1;
	strcpy(event.signing_key, PROD_KEY);
	event.total_missed = 50;
	event.begun_seq = s.seq;
	event.driver_epoch = s.epoch;
	event.now = s.now;
	monitor_witness(&s.monitor, &event, &s.out);
	assert_int_equal(scene_counted(&s), 0);
	event.from_driver = 1;
	strcpy(event.witness, "bar"); /* and only those about our witness */
	monitor_witness(&s.monitor, &event, &s.out);
	assert_int_equal(scene_counted(&s), 0);
	strcpy(event.witness, WITNESS);
	monitor_witness(&s.monitor, &event, &s.out);
	assert_true(scene_counted(&s) > 0);
}

TEST(the_list_keeps_the_newest)
{
	struct scene s;

	scene_start(&s);
	scene_misses(&s, 40);
	assert_int_equal(s.monitor.counting.miss_count, s.options.allowed_misses + 9);
	assert_int_equal(state_newest_miss(&s.monitor)->block.num, s.num);
	s.total_missed += 4000000000u;
	scene_block(&s);
	scene_answer(&s);
	assert_int_equal(s.monitor.counting.miss_count, s.options.allowed_misses + 9);
}
