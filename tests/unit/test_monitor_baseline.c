/* SPDX-License-Identifier: MIT
 *
 * What begins the count anew: a first answer, another node, another key, a restart.
 */
#include "monitor_scene.h"
#include "rules.h"

#include <string.h>

TEST(first_answer_is_a_baseline)
{
	struct scene s;

	scene_init(&s);
	s.total_missed = 40;
	scene_begin(&s);
	assert_int_equal(scene_counted(&s), 0);
	assert_int_equal(s.submits, 0);
}

/* What a node of before it owed is not owed by the one that drives now. */
TEST(a_baseline_forgets_what_was_owed)
{
	struct scene s;

	scene_init(&s);
	s.total_missed = 5;
	scene_begin(&s);
	s.total_missed = 3; /* more than was ever counted */
	scene_block(&s);
	scene_answer(&s);
	s.epoch++;
	s.total_missed = 5;
	scene_block(&s);
	scene_answer(&s);
	scene_miss_unseen(&s);
	assert_int_equal(scene_counted(&s), 1);
}

TEST(a_driver_that_knows_of_fewer_misses)
{
	struct scene s;

	scene_start(&s);
	scene_misses(&s, 1);
	s.epoch++;
	s.total_missed--;
	scene_block(&s);
	scene_answer(&s);
	assert_int_equal(scene_counted(&s), 0);
}

/* The baseline held a miss, and a fork takes that one back: it is not owed. */
TEST(a_fork_under_a_baseline)
{
	struct scene s;

	scene_start(&s);
	s.epoch++;
	scene_gap(&s, 1, 1, NULL);
	s.total_missed++;
	scene_answer(&s);
	scene_fork(&s, 1);
	s.total_missed--;
	scene_answer(&s);
	scene_miss_unseen(&s);
	assert_int_equal(scene_counted(&s), 1);
}

/* The fork is deeper than what the host keeps, and its first block shown is higher than ours: the chain's count is what
 * it was, by a miss that we never saw. */
TEST(a_deep_fork_takes_its_misses_back)
{
	struct scene s;

	scene_start(&s);
	scene_miss(&s);
	scene_blocks(&s, 3);
	assert_int_equal(scene_counted(&s), 1);
	s.epoch++;
	s.num += 10;
	scene_fork(&s, 6);
	scene_answer(&s);
	assert_int_equal(scene_counted(&s), 0);
}

/* The watcher was killed, and meanwhile a fork took the miss back. */
TEST(a_restart_after_a_fork_that_it_did_not_see)
{
	struct scene s;

	scene_start(&s);
	scene_misses(&s, 1);
	scene_restart(&s);
	s.total_missed--;
	scene_blocks(&s, 2);
	scene_answer(&s);
	assert_int_equal(scene_counted(&s), 0);
	scene_misses(&s, 1);
	assert_int_equal(s.submits, 0);
	scene_misses(&s, 1);
	assert_int_equal(s.submits, 1);
}

TEST(a_change_of_key_begins_anew)
{
	struct scene s;

	scene_start(&s);
	scene_misses(&s, 1);
	uint64_t seq = s.seq;
	uint32_t num = s.num;
	s.total_missed++; /* charged in the very block that holds the update */
	scene_update(&s, THIRD_KEY);
	assert_int_equal(scene_counted(&s), 0);
	scene_answer_of(&s, seq, num); /* asked before it: not about the new node */
	assert_false(s.monitor.counting.has_total);
	scene_answer(&s);
	assert_int_equal(scene_counted(&s), 0);
	scene_misses(&s, 1);
	assert_int_equal(scene_counted(&s), 1);
	assert_int_equal(s.submits, 0);
	scene_misses(&s, 1);
	assert_int_equal(s.submits, 1);
}

/* One that shows another key is of before the change, or a pending update's: what the old key missed is not known yet.
 */
TEST(an_answer_of_another_key_is_no_baseline)
{
	struct scene s;

	scene_start(&s);
	scene_misses(&s, 1);
	s.total_missed++; /* charged before the update, and the node's answers are of the past */
	scene_update(&s, THIRD_KEY);
	strcpy(s.fetched, PROD_KEY);
	s.total_missed--;
	scene_answer(&s);
	assert_false(s.monitor.counting.has_total);
	scene_blocks(&s, 5);
	s.fetched[0] = '\0';
	s.total_missed++;
	scene_answer(&s);
	assert_true(s.monitor.counting.has_total);
	assert_int_equal(scene_counted(&s), 0);
}

/* While nobody looked the chain may have shut it down, and somebody brought it back with the very same key. */
TEST(an_update_among_blocks_that_were_read_begins_anew)
{
	struct scene s;

	scene_start(&s);
	scene_update(&s, PROD_KEY);
	scene_answer(&s);
	s.flags = GW_BLOCK_CAUGHT_UP;
	scene_gap(&s, 1, 1, NULL);
	scene_gap(&s, 1, 1, NULL);
	s.total_missed += 2;
	scene_update(&s, PROD_KEY);
	s.flags = 0;
	scene_block(&s);
	scene_answer(&s);
	assert_int_equal(scene_counted(&s), 0);
	assert_int_equal(s.submits, 0);
}

/* Away and back within one block, or shut down by the operator and brought back: the node begins anew either way. */
TEST(a_key_that_comes_back_begins_anew)
{
	static const char *const keys[] = {THIRD_KEY, OUR_KEY, GW_NULL_KEY};
	struct scene s;

	for (size_t i = 0; i < COUNT(keys); i++) {
		scene_start(&s);
		scene_misses(&s, 1);
		scene_two_updates(&s, keys[i], PROD_KEY);
		scene_answer(&s);
		assert_int_equal(scene_counted(&s), 0);
		assert_string_equal(s.monitor.witness.key, PROD_KEY);
		scene_misses(&s, 1);
		assert_int_equal(s.submits, 0);

		scene_start(&s);
		scene_misses(&s, 1);
		scene_update(&s, keys[i]);
		scene_answer(&s);
		scene_misses(&s, 1);
		scene_update(&s, PROD_KEY);
		scene_answer(&s);
		assert_int_equal(scene_counted(&s), 0);
		scene_misses(&s, 1);
		assert_int_equal(s.submits, 0);
	}
}

TEST(a_change_of_the_driver_is_a_baseline)
{
	struct scene s;

	scene_start(&s);
	s.epoch = 2;
	s.total_missed += 7;
	scene_block(&s);
	scene_answer(&s);
	assert_int_equal(scene_counted(&s), 0);
}

TEST(restart_knows_the_misses_of_the_window)
{
	struct scene s;

	scene_start(&s);
	scene_misses(&s, 1);
	scene_restart(&s);
	scene_block(&s);
	scene_answer(&s);
	assert_int_equal(scene_counted(&s), 1);
	scene_misses(&s, 1);
	assert_int_equal(s.submits, 1);
}

/* Another node produced and missed while the watcher was away; before its first answer the key comes back. */
TEST(restart_and_the_key_comes_back)
{
	struct scene s;

	scene_start(&s);
	scene_restart(&s);
	s.total_missed += 2;
	scene_update(&s, PROD_KEY);
	scene_answer(&s);
	assert_int_equal(scene_counted(&s), 0);
	scene_misses(&s, 1);
	assert_int_equal(s.submits, 0);
	scene_misses(&s, 1);
	assert_int_equal(s.submits, 1);
}

/* The first fetch showed the key that an update was about to set: the misses before it were another's. */
TEST(an_update_proves_that_the_first_fetch_was_early)
{
	struct scene s;

	scene_start(&s);
	s.untrusted = true;
	strcpy(s.key, THIRD_KEY); /* a first fetch after a pause: moved while we were away, perhaps */
	scene_answer(&s);
	strcpy(s.key, PROD_KEY); /* and now a pending update moves it back */
	scene_misses(&s, 2);
	assert_int_equal(s.submits, 0);
	s.untrusted = false;
	scene_update(&s, PROD_KEY);
	scene_answer(&s);
	assert_int_equal(scene_counted(&s), 0);
	assert_int_equal(s.submits, 0);
}

/* A fork moves the update to a block that charges a miss: it is not the new node's. */
TEST(a_miss_in_the_block_that_a_fork_moved_the_update_to)
{
	struct scene s;

	scene_init(&s);
	s.options.allowed_misses = 0;
	scene_begin(&s);
	scene_own_block(&s);
	scene_answer(&s);
	scene_update(&s, THIRD_KEY);
	scene_answer(&s);
	scene_fork_of_update(&s);
	scene_answer(&s);
	assert_int_equal(scene_counted(&s), 0);
	assert_int_equal(s.submits, 0);
	scene_miss(&s);
	assert_int_equal(scene_counted(&s), 1);
}

/* The newest answer showed another key, which may have been in a block that we never saw: the misses may be its own. */
TEST(an_update_to_the_key_that_was_in_doubt)
{
	struct scene s;

	for (int doubt = 0; doubt < 2; doubt++) {
		scene_start(&s);
		scene_own_block(&s); /* signed with the key */
		strcpy(s.fetched, doubt ? THIRD_KEY : "");
		scene_miss(&s);
		assert_int_equal(scene_counted(&s), 1);
		scene_update(&s, PROD_KEY);
		assert_int_equal(scene_counted(&s), !doubt);
	}
}

/* A proposal's update shows in no block: what is missed under it may still be the former key's. */
TEST(an_update_to_a_key_that_no_block_showed)
{
	struct scene s;

	scene_start(&s);
	scene_own_block(&s); /* signed with the key before */
	strcpy(s.key, THIRD_KEY);
	s.key_seq = s.seq;
	scene_answer(&s);
	scene_miss(&s);
	assert_int_equal(scene_counted(&s), 1);
	scene_update(&s, THIRD_KEY);
	assert_int_equal(scene_counted(&s), 0);
}

/* The answer that tells of the key was asked before the block that shows its first miss: that one stays dated. */
TEST(a_miss_between_the_ask_and_the_answer_of_a_new_key)
{
	struct scene s;
	uint64_t asked;

	scene_start(&s);
	scene_miss(&s);
	scene_blocks(&s, 30);
	asked = s.seq;
	scene_gap(&s, 1, 1, NULL);
	strcpy(s.key, THIRD_KEY);
	s.key_seq = asked;
	scene_answer_of(&s, asked, s.num - 1);
	assert_int_equal(scene_counted(&s), 0);
	s.total_missed++;
	scene_blocks(&s, 2);
	scene_answer(&s);
	assert_int_equal(scene_counted(&s), 1);
	assert_int_equal(state_newest_miss(&s.monitor)->block.num, s.num - 2);
}

/* The chain shut it down, and its own rule was so quick that no answer showed the null: what it missed before does not
 * count for the key that is set again. An operator may set the same key, with another url say: that changes nothing. */
TEST(a_rule_sets_the_same_key_again)
{
	struct scene s;

	for (int by_rule = 0; by_rule < 2; by_rule++) {
		scene_start(&s);
		scene_update(&s, THIRD_KEY);
		scene_answer(&s);
		scene_own_block(&s);
		scene_miss(&s);
		if (by_rule)
			scene_rule_update(&s, THIRD_KEY);
		else
			scene_update(&s, THIRD_KEY);
		scene_answer(&s);
		scene_own_block(&s);
		scene_miss(&s);
		assert_int_equal(scene_counted(&s), by_rule ? 1 : 2);
		assert_int_equal(s.submits, by_rule ? 0 : 1);
	}
}
