/* SPDX-License-Identifier: MIT
 *
 * After a switch, and the chain's null.
 */
#include "monitor_scene.h"
#include "rules.h"

#include <string.h>

/* Due, sent, in a block: our key is the signing key. */
static void take_over(struct scene *s)
{
	scene_misses(s, 2);
	assert_int_equal(s->submits, 1);
	scene_submission(s, GW_SUBMISSION_SENT, 0);
	scene_update(s, OUR_KEY);
	scene_submission(s, GW_SUBMISSION_IN_BLOCK, 0);
	scene_answer(s);
	scene_submission(s, GW_SUBMISSION_IRREVERSIBLE, 0);
	scene_forget(s);
}

TEST(we_produce_and_nothing_moves)
{
	struct scene s;

	scene_start(&s);
	take_over(&s);
	scene_blocks(&s, 5);
	scene_own_block(&s);
	assert_int_equal(scene_said(&s, "producing"), 1);
	scene_misses(&s, 5); /* own misses are counted and said */
	assert_int_equal(s.submits, 0);
	assert_int_equal(scene_said(&s, "own_slot_missed"), 5);
	assert_int_equal(scene_said(&s, "in_sync_yet_missing"), 1);
	assert_int_equal(scene_said(&s, "first_slots_missed"), 0);
}

TEST(the_first_own_slots_missed)
{
	struct scene s;

	scene_start(&s);
	take_over(&s);
	scene_misses(&s, 1);
	assert_int_equal(scene_said(&s, "first_slots_missed"), 0);
	scene_misses(&s, 1);
	assert_int_equal(scene_said(&s, "first_slots_missed"), 1);
	assert_int_equal(scene_said(&s, "in_sync_yet_missing"), 1);
	scene_misses(&s, 3);
	assert_int_equal(scene_said(&s, "first_slots_missed"), 1);
	scene_update(&s, PROD_KEY); /* another takes it: we stand last now, though first in order */
	assert_int_equal(priority_place(&s.monitor), 2); /* the third of the list counts us, and has place 1 */
	scene_restart(&s);
	assert_int_equal(priority_place(&s.monitor), 2);
	scene_update(&s, OUR_KEY);
	scene_own_block(&s);
	scene_update(&s, PROD_KEY);
	assert_int_equal(priority_place(&s.monitor), 0);
}

/* Our golosd died, and was started again without its key: slots that it missed while it was away tell nothing of that.
 */
TEST(in_sync_again_and_still_missing)
{
	struct scene s;

	scene_start(&s);
	take_over(&s);
	scene_own_block(&s);
	scene_own_node(&s, false);
	scene_misses(&s, 3);
	scene_own_node(&s, true);
	scene_misses(&s, 1);
	assert_int_equal(scene_said(&s, "in_sync_yet_missing"), 0);
	scene_misses(&s, 4);
	assert_int_equal(scene_said(&s, "in_sync_yet_missing"), 1);

	scene_start(&s);
	take_over(&s);
	scene_own_block(&s);
	for (int i = 0; i < 3; i++) { /* now and then one, in sync or not: that is another illness */
		scene_misses(&s, 1);
		scene_own_block(&s);
		scene_misses(&s, 1);
		scene_own_node(&s, false);
		scene_misses(&s, 1);
		scene_own_node(&s, true);
	}
	assert_int_equal(scene_said(&s, "in_sync_yet_missing"), 0);
	scene_misses(&s, 1);
	scene_update(&s, PROD_KEY);
	scene_update(&s, OUR_KEY);
	scene_answer(&s);
	scene_misses(&s, 1);
	assert_int_equal(scene_said(&s, "in_sync_yet_missing"), 0);
}

/* Our key set once more while it is set: nothing moved. */
TEST(an_update_to_the_key_that_stands_is_no_switch)
{
	struct scene s;

	scene_start(&s);
	scene_update(&s, OUR_KEY);
	scene_answer(&s);
	scene_update(&s, OUR_KEY);
	assert_int_equal(s.monitor.switches.count, 1);
}

TEST(slots_before_ours_are_not_ours)
{
	struct scene s;

	scene_start(&s);
	take_over(&s);
	scene_blocks(&s, 5000); /* no slot of ours for four hours */
	scene_answer(&s);
	assert_int_equal(scene_said(&s, "first_slots_missed"), 0);
}

TEST(two_blocks_for_one_slot)
{
	struct scene s;

	scene_start(&s);
	scene_own_block(&s);
	struct gw_block_event event = {.struct_size = sizeof(event), .num = s.num, .witness = WITNESS};
	event.time_s = s.time_s;
	strcpy(event.signing_key, PROD_KEY);
	memcpy(event.id, s.monitor.chain.head.id, sizeof(event.id));
	after_own_block(&s.monitor, &event, &s.out); /* the same one again */
	scene_take(&s);
	assert_int_equal(scene_said(&s, "two_blocks_for_one_slot"), 0);
	event.id[12] = 'e';
	after_own_block(&s.monitor, &event, &s.out);
	scene_take(&s);
	assert_int_equal(scene_said(&s, "two_blocks_for_one_slot"), 1);
}

/* A partition in which production moved on one side: each side's node made its block, with a key of its own. */
TEST(two_keys_for_one_slot)
{
	struct scene s;

	scene_start(&s);
	scene_own_block(&s);
	struct gw_block_event event = {.struct_size = sizeof(event), .num = s.num, .witness = WITNESS};
	event.time_s = s.time_s;
	strcpy(event.signing_key, OUR_KEY);
	memcpy(event.id, s.monitor.chain.head.id, sizeof(event.id));
	event.id[12] = 'e';
	after_own_block(&s.monitor, &event, &s.out);
	scene_take(&s);
	assert_int_equal(scene_said(&s, "two_blocks_for_one_slot"), 0);
	event.id[12] = 'f';
	after_own_block(&s.monitor, &event, &s.out); /* the second one by that key */
	scene_take(&s);
	assert_int_equal(scene_said(&s, "two_blocks_for_one_slot"), 1);
}

/* Blocks that were read do not tell who signed them. */
TEST(two_blocks_for_one_slot_by_keys_unknown)
{
	struct scene s;

	scene_start(&s);
	scene_own_block(&s);
	struct gw_block_event event = {.struct_size = sizeof(event), .num = s.num, .witness = WITNESS};
	event.time_s = s.time_s;
	memcpy(event.id, s.monitor.chain.head.id, sizeof(event.id));
	event.id[12] = 'e';
	after_own_block(&s.monitor, &event, &s.out);
	scene_take(&s);
	assert_int_equal(scene_said(&s, "two_blocks_for_one_slot"), 1);
}

/* ---- the chain's null ------------------------------------------------------------------------------------------ */

TEST(the_chains_null_makes_it_due_at_once)
{
	struct scene s;

	scene_start(&s);
	scene_null_by_chain(&s);
	assert_int_equal(s.submits, 1);
	assert_int_equal(s.intent.mode, GW_INTENT_AUTOMATIC);
	assert_int_equal(s.intent.evidence_num, s.num); /* the miss that did it */
	s.null_origin = GW_NULL_NONE;
	scene_update(&s, OUR_KEY);
	assert_int_equal(scene_said(&s, "may_be_nulled_again"), 1);
}

/* PROD_KEY, OUR_KEY: the node that the chain shut down goes first no more, though it stands first. */
static void begin_second(struct scene *s)
{
	scene_init(s);
	s->options.priority_count = 3;
	strcpy(s->options.priority[0], PROD_KEY);
	strcpy(s->options.priority[1], OUR_KEY);
	strcpy(s->options.priority[2], THIRD_KEY);
	scene_begin(s);
}

TEST(the_first_backup_does_not_wait_for_the_one_shut_down)
{
	struct scene s;

	begin_second(&s);
	scene_null_by_chain(&s);
	assert_int_equal(s.submits, 1);
}

/* The chain's null was fetched and had not stood for a round yet when its node, well again, set its key anew: what that
 * node missed before is no reason to take it away again. */
TEST(a_key_set_again_over_a_null_not_yet_believed)
{
	struct scene s;

	scene_start(&s);
	scene_order(&s, GW_COMMAND_HOLD, 0);
	scene_misses(&s, 5);
	strcpy(s.fetched, GW_NULL_KEY);
	scene_answer(&s);
	s.fetched[0] = '\0';
	scene_update(&s, PROD_KEY);
	scene_answer(&s);
	scene_order(&s, GW_COMMAND_RESUME, 0);
	scene_blocks(&s, 3);
	assert_int_equal(s.submits, 0);
	scene_misses(&s, 2);
	assert_int_equal(s.submits, 1);
}

/* While this node was down the chain shut the witness down, and the node of before sets its key again just now:
 * pending, it is all that the first fetch shows. */
TEST(a_key_set_again_over_a_null_that_nobody_saw)
{
	struct scene s;

	scene_start(&s);
	scene_own_block(&s);
	scene_blocks(&s, 2);
	scene_answer(&s);
	scene_order(&s, GW_COMMAND_HOLD, 0);
	scene_restart(&s);
	s.total_missed += 60;
	scene_block(&s);
	scene_answer(&s);
	scene_update(&s, PROD_KEY);
	scene_answer(&s);
	scene_order(&s, GW_COMMAND_RESUME, 0);
	scene_blocks(&s, 3);
	assert_int_equal(s.submits, 0);
}

TEST(who_was_shut_down_is_known_after_a_restart)
{
	struct scene s;

	begin_second(&s);
	scene_order(&s, GW_COMMAND_HOLD, 0);
	scene_null_by_chain(&s);
	scene_restart(&s);
	scene_own_node(&s, true);
	scene_block(&s);
	scene_answer(&s);
	assert_int_equal(s.submits, 0);
	scene_order(&s, GW_COMMAND_RESUME, 0);
	assert_int_equal(s.submits, 1);
}

/* Blocks were lost: the belief no longer knows by whom. */
TEST(a_null_in_doubt_is_said)
{
	struct scene s;

	scene_start(&s);
	scene_order(&s, GW_COMMAND_HOLD, 0);
	scene_null_by_chain(&s);
	assert_int_equal(scene_said(&s, "null_in_doubt"), 0);
	s.epoch++;
	s.null_origin = GW_NULL_OPERATOR;
	scene_block(&s);
	scene_answer(&s);
	scene_order(&s, GW_COMMAND_RESUME, 0);
	scene_answer(&s);
	assert_int_equal(s.submits, 0);
	assert_int_equal(scene_said(&s, "null_in_doubt"), 1);
	assert_int_equal(scene_order(&s, GW_COMMAND_TAKEOVER, 0), GW_OK);
	assert_int_equal(s.submits, 1);

	scene_start(&s);
	scene_update(&s, GW_NULL_KEY); /* a block shows that it is an operator's */
	scene_answer(&s);
	assert_int_equal(scene_said(&s, "null_in_doubt"), 0);
}

/* Our golosd missed the slot, the chain shut us down, and we are well again: the other two may go first. */
TEST(the_one_shut_down_goes_last)
{
	struct scene s;

	scene_init(&s);
	strcpy(s.key, OUR_KEY);
	scene_begin(&s);
	assert_int_equal(s.options.priority_count, 3);
	scene_null_by_chain(&s);
	scene_gap(&s, 1, 1, NULL); /* until the next shuffle it still has slots, and they are missed by nobody */
	s.total_missed++;
	scene_answer(&s);
	scene_blocks(&s, 39);
	assert_int_equal(s.submits, 0);
	scene_blocks(&s, 2);
	assert_int_equal(s.submits, 1);
}

TEST(without_a_counted_miss_the_head_is_named)
{
	struct scene s;

	scene_init(&s);
	strcpy(s.key, GW_NULL_KEY);
	s.null_origin = GW_NULL_CHAIN;
	scene_begin(&s);
	scene_block(&s);
	assert_int_equal(s.monitor.attempt.cause, MONITOR_DUE_NULL);
	assert_int_equal(s.intent.evidence_num, 0);
}

TEST(on_null_key_stay)
{
	struct scene s;

	scene_init(&s);
	s.options.null_takeover = false;
	scene_begin(&s);
	scene_null_by_chain(&s);
	scene_blocks(&s, 100);
	assert_int_equal(s.submits, 0);
	assert_non_null(due_never(&s.monitor));
}

/* The chain nulls it in the very block that holds our update. */
TEST(nulled_in_the_block_of_our_update)
{
	struct scene s;

	begin_second(&s); /* we missed nothing: it is still the producer's place that does not count */
	scene_misses(&s, 2);
	scene_submission(&s, GW_SUBMISSION_SENT, 0);
	scene_update(&s, OUR_KEY);
	scene_submission(&s, GW_SUBMISSION_IN_BLOCK, 0);
	scene_submission(&s, GW_SUBMISSION_IRREVERSIBLE, 0);
	scene_forget(&s);
	s.total_missed++;
	strcpy(s.key, GW_NULL_KEY);
	s.null_origin = GW_NULL_CHAIN;
	scene_answer(&s);
	scene_block(&s);
	assert_int_equal(s.submits, 1);
	assert_int_equal(scene_said(&s, "first_slots_missed"), 0);
}

/* The same of a node that missed slots before: the chain had shut it down already once. */
TEST(nulled_in_the_block_that_sets_our_key_again)
{
	struct scene s;

	scene_init(&s);
	s.options.priority_count = 1;
	strcpy(s.key, OUR_KEY);
	scene_begin(&s);
	scene_null_by_chain(&s);
	s.null_origin = GW_NULL_NONE;
	scene_update(&s, OUR_KEY);
	s.total_missed++;
	strcpy(s.key, GW_NULL_KEY);
	s.null_origin = GW_NULL_CHAIN;
	scene_answer(&s);
	assert_int_equal(scene_said(&s, "first_slots_missed"), 0);
	s.null_origin = GW_NULL_NONE;
	scene_update(&s, OUR_KEY);
	scene_answer(&s);
	scene_null_by_chain(&s);
	assert_int_equal(scene_said(&s, "first_slots_missed"), 1);
}

TEST(no_such_witness)
{
	struct gw_witness_event event = {.struct_size = sizeof(event), .cause = GW_WITNESS_FETCHED, .from_driver = 1};
	struct scene s;

	scene_start(&s);
	strcpy(event.witness, WITNESS);
	event.now = s.now;
	for (int i = 0; i < 3; i++)
		monitor_witness(&s.monitor, &event, &s.out);
	scene_take(&s);
	assert_int_equal(scene_said(&s, "no_such_witness"), 1);
	assert_non_null(due_never(&s.monitor));
}

/* It was away, an operator set our key, and it produced: the blocks that are read do not say who signed them. */
TEST(blocks_of_ours_that_are_read_clear_our_name)
{
	struct scene s;

	scene_start(&s);
	take_over(&s);
	scene_misses(&s, 2);
	scene_update(&s, PROD_KEY);
	assert_int_equal(priority_place(&s.monitor), 2);
	s.flags = GW_BLOCK_CAUGHT_UP;
	scene_own_block(&s); /* by the other key */
	assert_int_equal(priority_place(&s.monitor), 2);
	scene_update(&s, OUR_KEY);
	scene_own_block(&s);
	scene_update(&s, PROD_KEY);
	s.flags = 0;
	assert_int_equal(priority_place(&s.monitor), 0);
}
