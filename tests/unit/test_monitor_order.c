/* SPDX-License-Identifier: MIT
 *
 * Order: which of several backups goes first, and how long the others wait.
 */
#include "monitor_scene.h"
#include "rules.h"

#include <stdio.h>
#include <string.h>

static void second_backup(struct scene *s)
{
	scene_init(s);
	strcpy(s->options.priority[0], THIRD_KEY);
	strcpy(s->options.priority[1], PROD_KEY);
	strcpy(s->options.priority[2], OUR_KEY);
	scene_begin(s);
}

TEST(place)
{
	static const struct {
		const char *ours, *present;
		uint32_t place;
	} rows[] = {
		{"A", "B", 0},	       {"B", "A", 0},	      {"C", "A", 1}, {"C", "B", 1}, {"B", "C", 1},
		{"A", GW_NULL_KEY, 0}, {"B", GW_NULL_KEY, 1}, {"X", "A", 2}, {"C", "X", 2},
	};
	struct scene s;

	for (size_t i = 0; i < COUNT(rows); i++) {
		scene_start(&s);
		strcpy(s.monitor.options.priority[0], "A");
		strcpy(s.monitor.options.priority[1], "B");
		strcpy(s.monitor.options.priority[2], "C");
		strcpy(s.monitor.options.witness_pubkey, rows[i].ours);
		strcpy(s.monitor.witness.key, rows[i].present);
		assert_int_equal(priority_place(&s.monitor), rows[i].place);
	}
}

/* The chain shut A, B or C down for the miss of its node. */
TEST(place_under_the_chains_null)
{
	static const struct {
		const char *ours, *missed;
		uint32_t place;
	} rows[] = {
		{"B", "A", 0}, {"C", "A", 1}, {"A", "A", 2}, /* who was shut down is last, if it is well again */
		{"A", "B", 0}, {"C", "B", 1}, {"B", "B", 2}, {"X", "A", 2}, {"A", "", 0}, {"B", "", 1}, {"C", "X", 2},
	};
	struct scene s;

	for (size_t i = 0; i < COUNT(rows); i++) {
		scene_start(&s);
		strcpy(s.monitor.options.priority[0], "A");
		strcpy(s.monitor.options.priority[1], "B");
		strcpy(s.monitor.options.priority[2], "C");
		strcpy(s.monitor.options.witness_pubkey, rows[i].ours);
		strcpy(s.monitor.witness.key, GW_NULL_KEY);
		s.monitor.witness.null_origin = GW_NULL_CHAIN;
		strcpy(s.monitor.witness.missed_key, rows[i].missed);
		assert_int_equal(priority_place(&s.monitor), rows[i].place);
	}
}

/* A key that comes in the block of the miss is not the one that missed, though no answer has counted it yet (seed
 * 870000972). */
TEST(a_block_names_whose_miss_it_charges)
{
	struct scene s;

	scene_start(&s);
	strcpy(s.monitor.witness.key, "A");
	scene_gap(&s, 1, 1, NULL);
	assert_string_equal(s.monitor.witness.missed_key, "A");
}

TEST(the_second_backup_waits_one_round)
{
	struct scene s;

	second_backup(&s);
	scene_misses(&s, 2);
	scene_blocks(&s, 20);
	assert_int_equal(s.submits, 0);
	assert_true(scene_guard_holds(&s, guard_priority));
	scene_block(&s);
	assert_int_equal(s.submits, 1);
}

/* Without the schedule a round is as long as golosd's longest (seed 863000920). */
TEST(the_wait_where_nobody_tells_the_schedule)
{
	struct scene s;

	second_backup(&s);
	s.schedule_unknown = true;
	scene_misses(&s, 2);
	scene_blocks(&s, 20);
	assert_int_equal(s.submits, 0);
	assert_true(scene_guard_holds(&s, guard_priority));
	scene_block(&s);
	assert_int_equal(s.submits, 1);
}

/* The place counts from when it first became due, also where the watcher was started anew meanwhile. */
TEST(a_restart_does_not_begin_the_wait_anew)
{
	struct scene s;

	second_backup(&s);
	scene_misses(&s, 2);
	scene_blocks(&s, 15);
	scene_restart(&s);
	scene_block(&s);
	scene_answer(&s);
	scene_blocks(&s, 4);
	assert_int_equal(s.submits, 0);
	scene_block(&s);
	assert_int_equal(s.submits, 1);
}

/* An answer is of the present, and the head at hand of long ago: the place counts from when the blocks are read. */
TEST(the_wait_does_not_begin_while_blocks_are_read)
{
	struct scene s;

	second_backup(&s);
	struct gw_node node = scene_node(&s, true, s.num + 30);

	s.total_missed += 2;
	scene_nodes(&s, &node, 1);
	scene_answer(&s);
	s.flags = GW_BLOCK_CAUGHT_UP;
	scene_gap(&s, 1, 1, NULL);
	scene_answer(&s);
	scene_gap(&s, 1, 1, NULL);
	scene_blocks(&s, 27);
	s.flags = 0;
	scene_block(&s);
	scene_answer(&s);
	scene_blocks(&s, 20);
	assert_int_equal(s.submits, 0);
	scene_blocks(&s, 2);
	assert_int_equal(s.submits, 1);
}

/* golosd's pushes are late, and an answer tells of a miss that none of its blocks has shown: the head at hand is of long
 * before that miss. Where no chain time is known, the head's is all there is. */
TEST(the_wait_of_a_miss_that_no_block_has_shown)
{
	struct scene s;

	for (int known = 0; known < 2; known++) {
		second_backup(&s);
		scene_misses(&s, 1);
		s.now.chain_ms = known ? s.now.chain_ms + 15000 : 0;
		s.total_missed++;
		scene_answer(&s);
		assert_int_equal(s.monitor.due.since_s, s.time_s + (known ? 16 : 0));
	}
}

/* A third miss, told before its block, begins no wait anew. */
TEST(the_wait_is_of_the_miss_that_made_it_due)
{
	struct scene s;

	second_backup(&s);
	scene_misses(&s, 2);
	scene_blocks(&s, 17);
	s.total_missed++;
	scene_answer(&s);
	scene_gap(&s, 1, 1, NULL);
	scene_answer(&s);
	assert_int_equal(s.submits, 0);
	scene_blocks(&s, 2);
	assert_int_equal(s.submits, 1);
}

/* Our clock may be hours off: what it says is no time to wait, and no end of it. */
TEST(the_wait_of_an_unknown_time)
{
	char why[GW_TEXT_SIZE];
	struct scene s;

	second_backup(&s);
	scene_misses(&s, 2);
	for (int hours = -2; hours <= 2; hours += 4) {
		struct gw_now now = {.wall_ms = s.now.wall_ms + hours * INT64_C(3600000), .mono_ms = s.now.mono_ms};

		assert_true(guard_priority(&s.monitor, &now, why));
		assert_string_equal(why,
				    "1 other goes first: how long is not known before a fresh block gives the time");
	}
	assert_true(guard_priority(&s.monitor, &s.now, why));
	assert_string_equal(why, "1 other goes first: 63 s more");
	strcpy(s.monitor.options.priority[0], OUR_KEY); /* the first one waits for nobody */
	s.now.chain_ms = 0;
	s.now.wall_ms -= 7200000;
	assert_false(guard_priority(&s.monitor, &s.now, why));
}

TEST(takeover_step_is_the_wait)
{
	struct scene s;

	second_backup(&s);
	s.monitor.options.takeover_step_s = 5;
	scene_misses(&s, 1);
	scene_forget(&s);
	scene_misses(&s, 1);
	assert_in_range(s.wake_ms, 4800, 4801); /* looked at when it is over, not at the next turn */
	scene_wait(&s, 4700);			/* 0.2 s passed with the block */
	assert_int_equal(s.submits, 0);
	scene_wait(&s, 100);
	assert_int_equal(s.submits, 1);
}

/* The nodes' heads are told before the block: the one that ends our wait may hold the first backup's switch. */
TEST(our_turn_comes_with_the_first_ones_switch)
{
	struct gw_node node = {.struct_size = sizeof(node), .is_own = 1, .is_driver = 1, .connected = 1, .url = ""};
	struct scene s;

	for (int landed = 0; landed < 2; landed++) {
		second_backup(&s);
		s.monitor.options.takeover_step_s = 3;
		scene_misses(&s, 2);
		node.head_num = s.num + 1;
		node.head_time_s = s.time_s + 3;
		s.now.mono_ms += 3000;
		s.now.chain_ms += 3000;
		s.now.wall_ms += 3000;
		scene_nodes(&s, &node, 1);
		assert_int_equal(s.submits, 0);
		if (landed)
			scene_update(&s, THIRD_KEY);
		else
			scene_block(&s);
		assert_int_equal(s.submits, !landed);
		assert_int_equal(scene_said(&s, "switching"), !landed);
	}
}

TEST(a_change_of_key_ends_the_wait)
{
	struct scene s;

	second_backup(&s);
	scene_misses(&s, 2);
	scene_update(&s, THIRD_KEY);
	scene_answer(&s);
	scene_blocks(&s, 60);
	assert_int_equal(s.submits, 0);
	assert_int_equal(s.monitor.due.cause, MONITOR_NOT_DUE);
}

/* A producer that misses 30 % of its slots with the first backup dead: the wait is not begun anew by each block. */
TEST(a_flapping_producer_with_the_first_backup_dead)
{
	struct scene s;

	second_backup(&s);
	scene_misses(&s, 2);
	for (int i = 0; i < 3 && s.submits == 0; i++) {
		scene_own_block(&s);
		scene_answer(&s);
		scene_blocks(&s, 12);
		scene_misses(&s, 1);
	}
	assert_int_equal(s.submits, 1);
}

TEST(without_order_nobody_waits)
{
	struct scene s;

	scene_init(&s);
	s.options.priority_count = 0;
	scene_begin(&s);
	s.monitor.switches.first_missed = 1;
	scene_misses(&s, 2);
	assert_int_equal(s.submits, 1);
}

TEST(options_that_leave_something_weak_are_said)
{
	static const char *const codes[] = {"no_order", "not_in_order", "preempt_not_first"};
	struct scene s;

	for (size_t i = 0; i < COUNT(codes); i++) {
		scene_init(&s);
		s.options.priority_count = i == 0 ? 0 : 3;
		strcpy(s.options.priority[0], i == 1 ? "GLSforeign" : i == 2 ? THIRD_KEY : OUR_KEY);
		strcpy(s.options.priority[2], i == 2 ? OUR_KEY : THIRD_KEY);
		s.options.preempt = i == 2;
		monitor_init(&s.monitor, &s.options, &s.out);
		scene_take(&s);
		assert_int_equal(s.code_count, 1);
		assert_string_equal(s.codes[0], codes[i]);
	}
}
