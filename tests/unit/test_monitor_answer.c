/* SPDX-License-Identifier: MIT
 *
 * The guards of the answer and the evidence: what was known before may no longer hold.
 */
#include "monitor_scene.h"
#include "rules.h"

#include <string.h>

/* Blocks read after a pause do not say which key signed them: the producer may be well since. */
TEST(after_a_pause_nothing_is_sent_before_an_answer)
{
	struct scene s;

	scene_start(&s);
	scene_own_node(&s, false);
	scene_misses(&s, 2);
	assert_int_equal(s.submits, 0);
	s.flags = GW_BLOCK_CAUGHT_UP;
	scene_blocks(&s, 100);
	s.flags = 0;
	scene_block(&s);
	scene_own_node(&s, true);
	assert_int_equal(s.submits, 0);
	s.confirmed = s.num - 10; /* it produced meanwhile */
	scene_answer(&s);
	assert_int_equal(s.submits, 0);
	scene_misses(&s, 1);
	assert_int_equal(s.submits, 1);
}

/* What another node fetches first is what was known before: only a key that differs may be a pending one. */
TEST(a_key_that_was_known_before_need_not_stand_for_a_round)
{
	struct scene s;

	scene_start(&s);
	s.epoch++;
	s.untrusted = true;
	scene_block(&s);
	scene_answer(&s);
	scene_misses(&s, 2);
	assert_int_equal(s.submits, 1);

	scene_start(&s);
	scene_restart(&s);
	s.untrusted = true;
	scene_block(&s);
	scene_answer(&s);
	scene_misses(&s, 2);
	assert_int_equal(s.submits, 1);

	scene_start(&s);
	s.epoch++;
	s.untrusted = true;
	strcpy(s.key, THIRD_KEY);
	scene_block(&s);
	scene_answer(&s);
	scene_misses(&s, 2);
	assert_int_equal(s.submits, 0);
}

/* With confirm_nodes: another endpoint's answer comes before the driving node has told of the key. */
/* The answer is of a state that holds the next block already: the block before is named. */
TEST(a_miss_that_is_told_before_its_block_is_evidence_by_the_one_before)
{
	struct scene s;

	scene_start(&s);
	scene_misses(&s, 1);
	scene_blocks(&s, 5);
	s.total_missed++;
	scene_answer(&s);
	assert_int_equal(s.submits, 1);
	assert_int_equal(s.intent.evidence_num, s.num - 5); /* of the answer before */
	scene_gap(&s, 1, 1, NULL);
	scene_answer(&s);
	assert_int_equal(state_newest_miss(&s.monitor)->block.num, s.num);
	assert_int_equal(state_misses_in_window(&s.monitor), 2);
}

/* Its new head is as high as the block that it takes the place of, or lower: what made it due may be undone. */
TEST(a_head_that_replaces_ours_is_told_before_its_block)
{
	struct scene s;

	scene_start(&s);
	scene_blocks(&s, 3);
	struct gw_node node = scene_node(&s, true, s.num);

	scene_nodes(&s, &node, 1); /* the header form tells no id */
	assert_false(scene_guard_holds(&s, guard_answer));
	memcpy(node.head_id, s.monitor.chain.head.id, GW_ID_SIZE);
	scene_nodes(&s, &node, 1);
	assert_false(scene_guard_holds(&s, guard_answer));
	node.head_id[12] = 'e';
	scene_nodes(&s, &node, 1);
	assert_true(scene_guard_holds(&s, guard_answer));
	node.head_num--;
	scene_nodes(&s, &node, 1);
	assert_true(scene_guard_holds(&s, guard_answer));
}

TEST(a_miss_without_a_block_is_dated_to_the_answer_before)
{
	struct scene s;

	scene_start(&s);
	scene_misses(&s, 1);
	scene_blocks(&s, 5);
	s.total_missed++;
	scene_answer(&s);
	scene_block(&s); /* as after a pause: it was an older one's */
	assert_int_equal(s.submits, 1);
	assert_int_equal(s.intent.evidence_num, s.num - 6);
}

/* The own node comes back and drives, and has no block yet that the one in its place did not show. */
TEST(when_another_drives_nothing_is_sent_before_its_answer)
{
	struct scene s;

	scene_start(&s);
	struct gw_node nodes[2] = {scene_node(&s, true, s.num), scene_node(&s, false, s.num)};
	nodes[0].connected = 0;
	nodes[0].is_driver = 0;
	nodes[1].is_driver = 1;
	scene_nodes(&s, nodes, 2);
	s.epoch++;
	scene_block(&s);
	scene_answer(&s);
	scene_misses(&s, 2);
	nodes[0] = scene_node(&s, true, s.num);
	nodes[1] = scene_node(&s, false, s.num);
	nodes[0].is_driver = 1;
	scene_nodes(&s, nodes, 2);
	assert_int_equal(s.submits, 0);
	assert_true(scene_guard_holds(&s, guard_answer));
	s.epoch++;
	scene_block(&s);
	nodes[0] = scene_node(&s, true, s.num);
	scene_nodes(&s, nodes, 2);
	assert_int_equal(s.submits, 0);
	scene_answer(&s);
	assert_int_equal(s.submits, 1);
}

TEST(a_key_that_was_known_before_is_so_whoever_answers_first)
{
	struct gw_witness_event event = {.struct_size = sizeof(event), .cause = GW_WITNESS_FETCHED, .endpoint = 1};
	struct scene s;

	scene_start(&s);
	scene_restart(&s);
	scene_block(&s);
	event.now = s.now;
	event.exists = 1;
	strcpy(event.witness, WITNESS);
	strcpy(event.fetched_key, PROD_KEY);
	monitor_witness(&s.monitor, &event, &s.out);
	scene_take(&s);
	s.untrusted = true;
	scene_answer(&s);
	scene_misses(&s, 2);
	assert_int_equal(s.submits, 1);
}

/* One that syncs from the beginning has not heard of the witness yet. */
TEST(an_endpoint_that_knows_no_such_witness_is_not_the_chain)
{
	struct gw_witness_event event = {.struct_size = sizeof(event), .cause = GW_WITNESS_FETCHED, .endpoint = 1};
	struct scene s;

	scene_start(&s);
	scene_misses(&s, 2);
	assert_int_equal(s.submits, 1);
	event.now = s.now;
	strcpy(event.witness, WITNESS);
	monitor_witness(&s.monitor, &event, &s.out);
	scene_take(&s);
	assert_int_equal(s.cancels, 0);
	assert_int_equal(scene_said(&s, "no_such_witness"), 0);
	event.from_driver = 1;
	monitor_witness(&s.monitor, &event, &s.out);
	scene_take(&s);
	assert_int_equal(scene_said(&s, "no_such_witness"), 1);
}

TEST(another_driving_node_is_asked_first)
{
	struct scene s;

	scene_start(&s);
	scene_own_node(&s, false);
	scene_misses(&s, 2);
	s.epoch++;
	scene_block(&s);
	scene_own_node(&s, true);
	assert_int_equal(s.submits, 0);
	scene_answer(&s);
	assert_int_equal(s.submits, 1);
}

/* The own node does not report the witness, and the one that did is gone, or back without a block: what it showed may
 * have been of a branch that is left. */
TEST(nothing_is_begun_while_no_node_gives_its_blocks)
{
	struct gw_node nodes[2];
	struct scene s;

	scene_start(&s);
	scene_misses(&s, 1);
	nodes[0] = scene_node(&s, true, s.num + 1);
	nodes[0].is_driver = 0;
	nodes[1] = scene_node(&s, false, s.num);
	nodes[1].is_driver = 1;
	nodes[1].branch = GW_BRANCH_OTHER;
	scene_nodes(&s, nodes, 2);
	scene_misses(&s, 1);
	assert_int_equal(scene_said(&s, "switch_held"), 1);
	nodes[0].head_num = s.num;
	nodes[0].head_time_s = s.time_s;
	nodes[1] = (struct gw_node){.struct_size = sizeof(nodes[1]), .branch = GW_BRANCH_UNKNOWN, .url = "ws://gone"};
	scene_nodes(&s, nodes, 2);
	assert_int_equal(s.submits, 0);
	nodes[1].is_driver = nodes[1].connected = 1;
	scene_nodes(&s, nodes, 2);
	assert_int_equal(s.submits, 0);
	nodes[1] = scene_node(&s, false, s.num);
	nodes[1].is_driver = 1;
	scene_nodes(&s, nodes, 2);
	scene_answer(&s); /* of the node that drives, on our golosd's branch */
	assert_int_equal(s.submits, 1);
}
