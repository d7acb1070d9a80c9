/* SPDX-License-Identifier: MIT
 *
 * Due and Never: whether the counted misses are enough, and whether the node has produced since.
 */
#include "monitor_scene.h"
#include "rules.h"

#include <string.h>

TEST(a_dead_producer_makes_a_switch_due_with_the_second_miss)
{
	struct scene s;

	scene_start(&s);
	scene_misses(&s, 1);
	assert_int_equal(s.submits, 0);
	scene_misses(&s, 1);
	assert_int_equal(s.submits, 1);
	assert_int_equal(s.intent.mode, GW_INTENT_AUTOMATIC);
	assert_int_equal(s.intent.evidence_num, s.num);
	assert_string_equal(s.intent.signing_key, OUR_KEY);
	assert_string_equal(s.intent.witness, WITNESS);
	assert_int_equal(strlen(s.intent.evidence_id), GW_ID_SIZE - 1);
}

TEST(allowed_misses_0_needs_one_and_5_needs_six)
{
	static const uint32_t allowed[] = {0, 1, 2, 5};
	struct scene s;

	for (size_t i = 0; i < 4; i++) {
		scene_init(&s);
		s.options.allowed_misses = allowed[i];
		scene_begin(&s);
		scene_misses(&s, allowed[i]);
		assert_int_equal(s.submits, 0);
		scene_misses(&s, 1);
		assert_int_equal(s.submits, 1);
	}
}

/* The older script: a tumbling window lost two misses on both sides of its edge. */
TEST(peer_D_misses_straddling_a_window_boundary)
{
	struct scene s;

	scene_start(&s);
	scene_blocks(&s, 3600 / 3 - 5);
	scene_misses(&s, 1);
	scene_blocks(&s, 15);
	scene_misses(&s, 1);
	assert_int_equal(s.submits, 1);
}

TEST(old_misses_leave_the_window)
{
	struct scene s;

	scene_start(&s);
	scene_misses(&s, 1);
	scene_own_block(&s);
	scene_answer(&s);
	scene_blocks(&s, 1300);
	scene_misses(&s, 1);
	assert_int_equal(state_misses_in_window(&s.monitor), 1);
	assert_int_equal(s.submits, 0);
}

TEST(own_slots_in_a_row_however_long_it_took)
{
	struct scene s;

	scene_start(&s);
	scene_misses(&s, 1);
	scene_blocks(&s, 4 * 1200); /* a slot every four hours */
	scene_answer(&s);
	scene_misses(&s, 1);
	assert_int_equal(state_misses_in_window(&s.monitor), 1);
	assert_int_equal(state_missed_in_a_row(&s.monitor), 2);
	assert_int_equal(s.submits, 1);
}

/* Its blocks were not seen, but an answer tells of one between: they were not missed in a row. */
TEST(a_confirmed_block_ends_the_row)
{
	struct scene s;

	scene_start(&s);
	scene_misses(&s, 1);
	s.num += 4 * 1200;
	s.time_s += INT64_C(4) * 3600;
	s.confirmed = s.num - 10;
	scene_block(&s);
	scene_answer(&s);
	scene_misses(&s, 1);
	assert_int_equal(state_missed_in_a_row(&s.monitor), 1);
	assert_int_equal(s.submits, 0);
}

/* A fork undoes the block by which it had produced again, within the window and where its slots are hours apart. */
TEST(a_fork_undoes_the_block_that_cleared_it)
{
	static const uint32_t blocks_between[] = {0, 4800};
	struct scene s;

	for (size_t i = 0; i < COUNT(blocks_between); i++) {
		scene_start(&s);
		uint32_t confirmed = s.confirmed;
		scene_misses(&s, 1);
		scene_blocks(&s, blocks_between[i]);
		scene_answer(&s);
		scene_gap(&s, 1, 1, NULL);
		s.total_missed++;
		scene_own_block(&s);
		scene_answer(&s);
		assert_int_equal(s.submits, 0);
		scene_fork(&s, 1);
		s.confirmed = confirmed;
		scene_answer(&s);
		assert_int_equal(s.submits, 1);
	}
}

TEST(a_block_of_another_key_does_not_clear_it)
{
	struct scene s;

	scene_start(&s);
	scene_misses(&s, 1);
	scene_gap(&s, 1, 1, NULL);
	struct gw_block_event event = {.struct_size = sizeof(event), .num = s.num, .witness = WITNESS};
	strcpy(event.signing_key, THIRD_KEY);
	after_own_block(&s.monitor, &event, &s.out);
	s.total_missed++;
	scene_answer(&s);
	assert_int_equal(s.submits, 1);
}

TEST(a_waiting_switch_ends_when_the_producer_produces)
{
	struct scene s;

	scene_start(&s);
	scene_misses(&s, 2);
	assert_int_equal(s.submits, 1);
	scene_submission(&s, GW_SUBMISSION_SENT, 0);
	scene_own_block(&s);
	assert_int_equal(s.cancels, 1);
	scene_submission(&s, GW_SUBMISSION_FAILED, GW_FAIL_CANCELLED);
	scene_answer(&s);
	scene_blocks(&s, 30);
	assert_int_equal(s.submits, 1);
}

TEST(misses_while_cut_off_and_produced_again)
{
	struct scene s;

	scene_start(&s);
	scene_own_block(&s);
	s.flags = GW_BLOCK_CAUGHT_UP; /* what lay between is read afterwards */
	scene_gap(&s, 1, 1, NULL);
	scene_blocks(&s, 20);
	scene_gap(&s, 1, 1, NULL);
	scene_blocks(&s, 20);
	scene_own_block(&s);
	s.flags = 0;
	s.total_missed += 2;
	scene_block(&s);
	scene_answer(&s);
	assert_int_equal(state_misses_in_window(&s.monitor), 2);
	assert_int_equal(s.submits, 0);
	scene_misses(&s, 1); /* the misses stay counted */
	assert_int_equal(s.submits, 1);
}

TEST(restart_with_misses_and_the_producer_well_since)
{
	struct scene s;

	scene_start(&s);
	scene_misses(&s, 1);
	scene_restart(&s);
	s.num += 100;
	s.time_s += 300;
	s.confirmed = s.num - 3;
	s.total_missed += 2;
	scene_own_node(&s, true);
	scene_block(&s);
	scene_answer(&s);
	assert_int_equal(state_misses_in_window(&s.monitor), 3);
	assert_int_equal(s.submits, 0);
}

/* A node on another branch answered behind the address of the one that drives: its next answer reports less again. */
TEST(a_miss_that_is_taken_back_moves_nothing)
{
	struct scene s;

	scene_start(&s);
	assert_int_equal(scene_order(&s, GW_COMMAND_HOLD, 0), GW_OK);
	scene_misses(&s, 1);
	scene_blocks(&s, 5);
	s.total_missed++;
	scene_answer(&s);
	assert_int_equal(scene_said(&s, "switch_due"), 1);
	s.total_missed--;
	scene_answer(&s);
	assert_int_equal(scene_said(&s, "switch_not_due"), 1);
	assert_int_equal(scene_order(&s, GW_COMMAND_RESUME, 0), GW_OK);
	scene_blocks(&s, 20);
	assert_int_equal(s.submits, 0);
	s.total_missed++; /* it was a cache that answered */
	scene_answer(&s);
	assert_int_equal(s.submits, 1);
}
