/* SPDX-License-Identifier: MIT
 *
 * The guards: what makes a due switch wait. Those of the answer and the evidence: test_monitor_answer.c.
 */
#include "monitor_scene.h"
#include "rules.h"

#include <stdio.h>
#include <string.h>

TEST(own_node)
{
	/* connected, head behind the other's, other's branch, age of the head in s; held */
	static const struct {
		uint8_t connected;
		int32_t behind;
		uint8_t branch;
		int64_t age_s;
		bool held;
	} rows[] = {
		{1, 0, GW_BRANCH_SAME, 0, false},
		{0, 0, GW_BRANCH_SAME, 0, true},
		{1, 1, GW_BRANCH_SAME, 0, false},
		{1, 2, GW_BRANCH_SAME, 0, true},
		{1, -2, GW_BRANCH_OTHER, 0, false},
		/* as high as ours, and its newest block is not heard of yet: without this a switch would begin and end
		 * with every block of ours that comes first */
		{1, -1, GW_BRANCH_OTHER, 0, true},
		{1, 0, GW_BRANCH_OTHER, 0, true},
		{1, 1, GW_BRANCH_OTHER, 0, true},
		{1, 1, GW_BRANCH_UNKNOWN, 0, false},
		{1, 0, GW_BRANCH_SAME, 5, false},
		{1, 0, GW_BRANCH_SAME, 7, true},
	};
	struct scene s;

	scene_start(&s);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct gw_node nodes[2] = {scene_node(&s, true, s.num), scene_node(&s, false, 0)};

		nodes[0].connected = rows[i].connected;
		nodes[0].head_time_s -= rows[i].age_s;
		nodes[1].head_num = (uint32_t)((int32_t)s.num + rows[i].behind);
		nodes[1].branch = rows[i].branch;
		scene_nodes(&s, nodes, 2);
		assert_int_equal(scene_guard_holds(&s, guard_own_node), rows[i].held);
	}
	/* what is counted is of the branch that drives: our golosd would send on another one (seed 850008415) */
	struct gw_node stand_in[2] = {scene_node(&s, true, s.num + 2), scene_node(&s, false, s.num)};
	stand_in[1].branch = GW_BRANCH_OTHER;
	scene_nodes(&s, stand_in, 2);
	assert_false(scene_guard_holds(&s, guard_own_node));
	stand_in[0].is_driver = 0;
	stand_in[1].is_driver = 1;
	scene_nodes(&s, stand_in, 2);
	assert_true(scene_guard_holds(&s, guard_own_node));
	stand_in[1].head_time_s -= 60;
	scene_nodes(&s, stand_in, 2);
	assert_true(scene_guard_holds(&s, guard_own_node));
	struct gw_node away[2] = {scene_node(&s, true, s.num), scene_node(&s, false, s.num + 5)};
	away[1].connected = 0; /* where it was when it left tells nothing */
	scene_nodes(&s, away, 2);
	assert_false(scene_guard_holds(&s, guard_own_node));
	struct gw_node higher[2] = {scene_node(&s, true, s.num), scene_node(&s, false, s.num + 5)};
	const int64_t now_s = higher[1].head_time_s;
	static const struct {
		int64_t off_s;
		bool held;
	} times[] = {{0, true}, {-25, true}, {-40, false}, {-7 * INT64_C(31536000), false}, {25, true}, {40, false}};
	for (size_t i = 0; i < COUNT(times); i++) { /* a head of the past or the future tells nothing either */
		higher[1].head_time_s = now_s + times[i].off_s;
		scene_nodes(&s, higher, 2);
		assert_int_equal(scene_guard_holds(&s, guard_own_node), times[i].held);
	}
	struct gw_node unheard = scene_node(&s, true, 0);
	scene_nodes(&s, &unheard, 1);
	assert_true(scene_guard_holds(&s, guard_own_node));
}

/* With a switch due, an empty slot of somebody else's makes our head too old until the next block. */
TEST(one_empty_slot_is_not_told)
{
	struct scene s;

	scene_start(&s);
	scene_order(&s, GW_COMMAND_HOLD, 0); /* it stays due */
	scene_misses(&s, 3);
	assert_int_equal(scene_said(&s, "switch_held"), 1);
	scene_wait(&s, s.monitor.options.max_head_age_s * 1000 + 900);
	assert_true(scene_guard_holds(&s, guard_own_node));
	assert_int_equal(scene_said(&s, "switch_held"), 1);
	scene_block(&s);
	assert_int_equal(scene_said(&s, "switch_free"), 0);
	scene_wait(&s, s.monitor.options.max_head_age_s * 1000 + 900);
	scene_wait(&s, 3000);
	assert_int_equal(scene_said(&s, "switch_held"), 2);
	scene_block(&s);
	assert_int_equal(scene_said(&s, "switch_free"), 1);
}

/* Own golosd dead with a second endpoint alive. */
TEST(a_healthy_second_endpoint_does_not_stand_for_our_own)
{
	struct scene s;

	scene_start(&s);
	struct gw_node nodes[2] = {scene_node(&s, true, s.num), scene_node(&s, false, s.num)};
	nodes[0].connected = 0;
	nodes[0].is_driver = 0;
	nodes[1].is_driver = 1;
	scene_nodes(&s, nodes, 2);
	scene_misses(&s, 3);
	assert_int_equal(s.submits, 0);
	assert_int_equal(scene_said(&s, "switch_held"), 1);
}

/* It is back, a minute ahead of what it has told: the producer may be well by now. */
TEST(nothing_is_begun_before_the_nodes_blocks_are_told)
{
	struct scene s;

	scene_start(&s);
	scene_own_node(&s, false);
	scene_misses(&s, 2);
	struct gw_node node = scene_node(&s, true, s.num + 20);
	scene_nodes(&s, &node, 1);
	scene_wait(&s, 1000);
	assert_true(scene_guard_holds(&s, guard_answer));
	assert_int_equal(s.submits, 0);
	scene_own_node(&s, true);
	assert_int_equal(s.submits, 1);
}

TEST(clock)
{
	static const struct {
		int64_t skew_ms;
		bool held;
	} rows[] = {{0, false}, {2900, false}, {3100, true}, {-3100, true}, {-2900, false}, {3600000, true}};
	struct scene s;

	scene_start(&s);
	for (size_t i = 0; i < COUNT(rows); i++) {
		s.now.wall_ms = s.now.chain_ms + rows[i].skew_ms;
		assert_int_equal(scene_guard_holds(&s, guard_clock), rows[i].held);
	}
	s.now.chain_ms = 0;
	assert_true(scene_guard_holds(&s, guard_clock));
}

TEST(participation)
{
	static const struct {
		uint32_t scheduled, filled, least;
		bool held;
	} rows[] = {{21, 20, 50, false}, {21, 11, 50, false}, {21, 10, 50, true},
		    {21, 0, 50, true},	 {21, 10, 33, false}, {2, 1, 50, false},
		    {2, 0, 50, true},	 {1, 0, 50, false},   {21, 14, 70, true}};
	struct scene s;

	for (size_t i = 0; i < COUNT(rows); i++) {
		scene_init(&s);
		s.scheduled = rows[i].scheduled;
		s.others_filled = rows[i].filled;
		s.options.min_participation = rows[i].least;
		scene_begin(&s);
		assert_int_equal(scene_guard_holds(&s, guard_participation), rows[i].held);
	}
	for (uint32_t unseen = 0; unseen <= 21; unseen++) {
		scene_init(&s); /* what was not seen is neither filled nor empty: seven of the 20 others are enough */
		s.unseen = unseen;
		scene_begin(&s);
		assert_int_equal(scene_guard_holds(&s, guard_participation), unseen > 13);
	}
}

TEST(nine_others_dead_do_not_hold)
{
	struct scene s;

	scene_init(&s);
	s.others_filled = 11;
	s.irreversible = 500; /* stands, and holds nothing */
	scene_begin(&s);
	assert_true(s.monitor.chain.stands_reported);
	scene_misses(&s, 2);
	assert_int_equal(s.submits, 1);
	s.irreversible = 0; /* another node drives, and has not told: that is no news of it */
	scene_block(&s);
	assert_int_equal(scene_said(&s, "irreversible_moves"), 0);
}

TEST(a_standing_irreversible_block_is_said_once)
{
	struct scene s;

	scene_init(&s);
	s.irreversible = s.num - 62;
	scene_begin(&s);
	assert_int_equal(scene_said(&s, "irreversible_stands"), 0); /* three rounds of 21 */
	scene_blocks(&s, 5);
	assert_int_equal(scene_said(&s, "irreversible_stands"), 1);
	s.irreversible = s.num - 10;
	scene_blocks(&s, 5);
	assert_int_equal(scene_said(&s, "irreversible_moves"), 1);
}

/* Each is said once when it begins and once when it ends; and anew where the switch is due anew. */
TEST(a_guard_is_named_each_time_that_a_switch_is_due)
{
	struct scene s;

	scene_start(&s);
	scene_order(&s, GW_COMMAND_HOLD, 0);
	scene_misses(&s, 3);
	assert_int_equal(scene_said(&s, "switch_held"), 1);
	scene_own_block(&s);
	scene_answer(&s);
	assert_int_equal(scene_said(&s, "switch_not_due"), 1);
	scene_misses(&s, 1);
	assert_int_equal(scene_said(&s, "switch_held"), 2);
	assert_int_equal(scene_said(&s, "switch_free"), 0);
	scene_order(&s, GW_COMMAND_RESUME, 0);
	assert_int_equal(scene_said(&s, "switch_free"), 1);
}

TEST(minority_fork_holds)
{
	struct scene s;

	scene_init(&s);
	s.others_filled = 6;
	scene_begin(&s);
	scene_misses(&s, 4);
	assert_int_equal(s.submits, 0);
	assert_int_equal(scene_said(&s, "switch_held"), 1); /* once */
	s.others_filled = 20;
	scene_block(&s);
	assert_int_equal(scene_said(&s, "switch_free"), 1);
	assert_int_equal(s.submits, 1);
}

/* ---- the others ------------------------------------------------------------------------------------------------ */

/* We take over, another takes over from us, again and again. */
static void ping_pong(struct scene *s, unsigned times)
{
	while (times-- > 0) {
		scene_update(s, OUR_KEY);
		scene_answer(s);
		scene_update(s, PROD_KEY);
		scene_answer(s);
	}
}

TEST(max_switches_a_day)
{
	struct scene s;

	scene_start(&s);
	ping_pong(&s, 3);
	scene_misses(&s, 2);
	assert_int_equal(s.submits, 0);
	assert_true(scene_guard_holds(&s, guard_max_switches));
	assert_int_equal(s.severities[s.code_count - 1], GW_CRITICAL);
	scene_restart(&s);
	scene_block(&s);
	scene_answer(&s);
	assert_int_equal(s.submits, 0);
	scene_misses(&s, 1); /* the third own slot in a row */
	assert_int_equal(s.submits, 0);
	scene_blocks(&s, 63); /* and three rounds since the last switch */
	assert_int_equal(s.submits, 1);
}

/* Nobody can produce: each switch beyond the day's limit rests twice as long as the one before it. */
TEST(max_switches_rests_ever_longer)
{
	struct scene s;
	int64_t rest_s = 3 * 63;

	scene_start(&s);
	ping_pong(&s, 3);
	for (unsigned i = 0; i < 6; i++, rest_s *= 2) {
		int64_t switched_s = s.monitor.switches.list[s.monitor.switches.count - 1].time_s;

		scene_misses(&s, 3);
		while (s.submits == 0 && s.time_s < switched_s + 2 * rest_s)
			scene_block(&s);
		assert_int_equal(s.time_s, switched_s + rest_s);
		scene_update(&s, OUR_KEY);
		scene_submission(&s, GW_SUBMISSION_IRREVERSIBLE, GW_FAIL_NONE);
		scene_update(&s, PROD_KEY);
		scene_answer(&s);
		scene_forget(&s);
	}
	/* a person's order is no rule that moves it to and fro */
	scene_misses(&s, 3);
	assert_true(scene_guard_holds(&s, guard_max_switches));
	assert_int_equal(scene_order(&s, GW_COMMAND_TAKEOVER, 0), GW_OK);
	assert_int_equal(s.submits, 1);
}

/* The newest and all of a day are kept, also where max_switches is as high as can be: the rest grows on. */
TEST(max_switches_rests_at_its_highest)
{
	struct scene s;

	scene_init(&s);
	s.options.max_switches = 24;
	scene_begin(&s);
	ping_pong(&s, 27);
	scene_misses(&s, 3);
	scene_blocks(&s, 8 * 63 - 40);
	assert_true(scene_guard_holds(&s, guard_max_switches));
	scene_blocks(&s, 40);
	assert_false(scene_guard_holds(&s, guard_max_switches));
}

static void null_by_chain(struct scene *s)
{
	scene_null_by_chain(s);
	s->null_origin = GW_NULL_NONE; /* of the key that comes next */
}

/* The miss that nulls a rarely scheduled witness is one, and one without a slot never misses three in a row. */
TEST(max_switches_is_lifted_under_the_chains_null)
{
	struct scene s;

	scene_start(&s);
	ping_pong(&s, 3);
	scene_miss(&s);
	assert_int_equal(s.submits, 0);
	null_by_chain(&s);
	assert_int_equal(s.submits, 1);
	assert_int_equal(scene_said(&s, "switch_held"), 0);
}

/* We set our key and the chain takes it away before our first block: once more a day than allowed helps nobody. */
TEST(no_switch_more_after_the_chain_shut_us_down)
{
	struct scene s;

	scene_start(&s);
	ping_pong(&s, 3);
	scene_update(&s, OUR_KEY);
	scene_answer(&s);
	null_by_chain(&s);
	assert_int_equal(scene_said(&s, "first_slots_missed"), 1);
	scene_blocks(&s, 100);
	scene_restart(&s);
	scene_blocks(&s, 100);
	scene_answer(&s);
	assert_int_equal(s.submits, 0);
	assert_true(scene_guard_holds(&s, guard_max_switches));
	/* nor when another one fares no better, however many slots it has until the shuffle */
	scene_update(&s, THIRD_KEY);
	scene_answer(&s);
	null_by_chain(&s);
	s.null_origin = GW_NULL_CHAIN;
	scene_misses(&s, 5);
	assert_int_equal(s.submits, 0);
	/* an operator sets our key, and it produces: the next time nothing speaks against it */
	s.null_origin = GW_NULL_NONE;
	scene_update(&s, OUR_KEY);
	scene_answer(&s);
	scene_own_block(&s);
	scene_update(&s, THIRD_KEY);
	scene_answer(&s);
	null_by_chain(&s);
	assert_int_equal(s.submits, 1);
}

/* Another backup was so quick that its key is pending, and then in a block, before any answer shows the null. */
TEST(no_switch_more_after_another_was_quicker_than_the_null)
{
	struct scene s;

	for (int answered = 0; answered < 2; answered++) {
		scene_start(&s);
		ping_pong(&s, 3);
		scene_rule_update(&s, OUR_KEY); /* the miss that it may name is of before */
		scene_rule_update(&s, PROD_KEY);
		assert_int_equal(s.monitor.switches.first_missed, 0);
		scene_update(&s, OUR_KEY);
		scene_answer(&s);
		scene_gap(&s, 1, 1, NULL);
		s.total_missed++;
		if (answered)
			scene_answer(&s);
		scene_rule_update(&s, THIRD_KEY);
		assert_int_equal(scene_said(&s, "first_slots_missed"), 1);
		scene_answer(&s);
		null_by_chain(&s);
		assert_int_equal(s.submits, 0);
		assert_true(scene_guard_holds(&s, guard_max_switches));
	}
}

/* An operator moved it: that says nothing about this node. */
TEST(a_move_by_hand_makes_nobody_last)
{
	struct scene s;

	scene_start(&s);
	scene_update(&s, OUR_KEY);
	scene_answer(&s);
	scene_miss(&s);
	scene_update(&s, THIRD_KEY);
	assert_int_equal(scene_said(&s, "first_slots_missed"), 0);
}

TEST(switches_of_yesterday_do_not_count)
{
	struct scene s;

	scene_start(&s);
	ping_pong(&s, 3);
	scene_blocks(&s, 28801);
	scene_answer(&s);
	scene_misses(&s, 2);
	assert_int_equal(s.submits, 1);
}

static void answer_of_endpoint(struct scene *s, uint32_t endpoint, uint32_t total, const char *key)
{
	struct gw_witness_event event = {.struct_size = sizeof(event), .cause = GW_WITNESS_FETCHED, .exists = 1};

	event.endpoint = endpoint;
	event.key_trusted = 1;
	event.total_missed = total;
	event.now = s->now;
	strcpy(event.witness, WITNESS);
	strcpy(event.signing_key, s->key);
	strcpy(event.fetched_key, key);
	monitor_witness(&s->monitor, &event, &s->out);
	scene_take(s);
}

TEST(confirm_nodes)
{
	/* the second endpoint: blocks behind, misses of which it knows, same key, branch; held; connected */
	static const struct {
		uint32_t behind, total;
		const char *key;
		uint8_t branch;
		bool held, away;
	} rows[] = {
		{0, 2, PROD_KEY, GW_BRANCH_SAME, true, true},	{0, 2, PROD_KEY, GW_BRANCH_SAME, false, false},
		{0, 1, PROD_KEY, GW_BRANCH_SAME, true, false},	{1, 1, PROD_KEY, GW_BRANCH_SAME, false, false},
		{1, 0, PROD_KEY, GW_BRANCH_SAME, true, false},	{2, 2, PROD_KEY, GW_BRANCH_SAME, false, false},
		{3, 2, PROD_KEY, GW_BRANCH_SAME, true, false},	{0, 2, THIRD_KEY, GW_BRANCH_SAME, true, false},
		{0, 2, PROD_KEY, GW_BRANCH_OTHER, true, false},
	};
	struct scene s;

	for (size_t i = 0; i < COUNT(rows); i++) {
		scene_init(&s);
		s.options.confirm_nodes = 2;
		scene_begin(&s);
		scene_misses(&s, 2);
		assert_int_equal(s.submits, 0);
		struct gw_node nodes[2] = {scene_node(&s, true, s.num), scene_node(&s, false, s.num - rows[i].behind)};
		nodes[1].branch = rows[i].branch;
		nodes[1].connected = !rows[i].away;
		scene_nodes(&s, nodes, 2);
		assert_true(scene_guard_holds(&s, guard_confirm_nodes));
		answer_of_endpoint(&s, 1, rows[i].total, rows[i].key);
		assert_int_equal(scene_guard_holds(&s, guard_confirm_nodes), rows[i].held);
	}
}

/* It was asked at once, before the block with the newest miss had reached it, and has the block since. */
TEST(an_endpoint_that_answered_before_it_had_the_block_confirms)
{
	struct scene s;

	scene_init(&s);
	s.options.confirm_nodes = 2;
	scene_begin(&s);
	scene_misses(&s, 2);
	struct gw_node nodes[2] = {scene_node(&s, true, s.num), scene_node(&s, false, s.num - 1)};
	scene_nodes(&s, nodes, 2);
	answer_of_endpoint(&s, 1, s.total_missed - 1, PROD_KEY);
	nodes[1].head_num = s.num;
	scene_nodes(&s, nodes, 2);
	assert_false(scene_guard_holds(&s, guard_confirm_nodes));
	assert_int_equal(s.submits, 1);
}

TEST(golosd_config)
{
	struct scene s;

	scene_start(&s);
	assert_false(scene_guard_holds(&s, guard_golosd_config)); /* unreadable holds nothing */
	scene_readiness(&s, GW_READY_YES, GW_READY_NO, GW_READY_YES);
	scene_misses(&s, 2);
	assert_int_equal(s.submits, 0);
	scene_readiness(&s, GW_READY_YES, GW_READY_YES, GW_READY_YES);
	assert_int_equal(s.submits, 1);
}

/* Without it the host takes one switch at most, and the next as soon as it is back. */
TEST(a_journal_that_is_back_ends_the_wait)
{
	struct scene s;

	scene_start(&s);
	scene_readiness(&s, GW_READY_YES, GW_READY_UNKNOWN, GW_READY_NO);
	scene_misses(&s, 2);
	assert_int_equal(s.submits, 1);
	scene_submission(&s, GW_SUBMISSION_RECORDED, 0);
	scene_submission(&s, GW_SUBMISSION_FAILED, GW_FAIL_EXPIRED);
	scene_blocks(&s, 2);
	assert_int_equal(s.submits, 1);
	scene_readiness(&s, GW_READY_YES, GW_READY_UNKNOWN, GW_READY_YES);
	assert_int_equal(s.submits, 2);
}

TEST(a_key_that_a_first_fetch_alone_showed)
{
	struct scene s;

	scene_init(&s);
	s.untrusted = true;
	scene_begin(&s);
	scene_misses(&s, 2);
	assert_int_equal(s.submits, 0);
	s.untrusted = false;
	scene_answer(&s);
	assert_int_equal(s.submits, 1);
}
