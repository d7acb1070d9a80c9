/* SPDX-License-Identifier: MIT
 *
 * A switch that comes into a block: counted once, and told where it was ended before.
 */
#include "monitor_scene.h"
#include "rules.h"

/* A fork undoes the block of our switch, and its first block holds it again: one switch, not none. */
TEST(a_switch_that_a_fork_moves_counts)
{
	const struct gw_key_update update = {.witness = WITNESS, .signing_key = OUR_KEY}, *updates[] = {&update};
	struct gw_block_event event = {.struct_size = sizeof(event), .undone = 1, .witness = "other"};
	struct scene s;

	scene_start(&s);
	scene_misses(&s, 2);
	scene_submission(&s, GW_SUBMISSION_SENT, 0);
	scene_update(&s, OUR_KEY);
	assert_int_equal(s.monitor.switches.count, 1);
	event.now = s.now;
	event.seq = s.seq + 1;
	event.num = s.num;
	event.time_s = s.time_s + 3;
	event.updates = updates;
	event.update_count = 1;
	event.scheduled = 21;
	event.interval_s = 3;
	event.driver_epoch = 1;
	monitor_block(&s.monitor, &event, &s.out);
	scene_take(&s);
	assert_int_equal(s.monitor.switches.count, 1);
	assert_int_equal(scene_said(&s, "cancelled_switch_landed"), 0);
}

/* The blocks between are not shown: they may hold it again, and the day's limit forgets none. */
TEST(a_deep_fork_forgets_no_switch)
{
	struct gw_block_event event = {.struct_size = sizeof(event), .undone = 256, .witness = "other"};
	static const int32_t off[] = {-300, -100, 1, 20};

	for (size_t i = 0; i < COUNT(off); i++) {
		struct scene s;

		scene_start(&s);
		scene_blocks(&s, 400);
		scene_misses(&s, 2);
		scene_update(&s, OUR_KEY);
		event.now = s.now;
		event.seq = s.seq + 1;
		event.num = (uint32_t)((int32_t)s.num + off[i]);
		event.time_s = s.time_s + 3;
		event.scheduled = 21;
		event.interval_s = 3;
		event.driver_epoch = 2;
		monitor_block(&s.monitor, &event, &s.out);
		scene_take(&s);
		assert_int_equal(s.monitor.switches.count, 1);
	}
}

/* An operator shuts the witness down while our switch is already sent, and the switch lands after it. */
TEST(a_switch_that_lands_on_an_operators_null)
{
	/* signed: it may be on its way to a node that has not answered yet */
	static const int32_t states[] = {GW_SUBMISSION_SIGNED, GW_SUBMISSION_SENT};
	struct scene s;

	for (size_t i = 0; i < 2; i++) {
		scene_start(&s);
		scene_misses(&s, 2);
		scene_submission(&s, states[i], 0);
		scene_update(&s, GW_NULL_KEY);
		assert_int_equal(s.cancels, 1);
		scene_submission(&s, GW_SUBMISSION_FAILED, GW_FAIL_CANCELLED);
		scene_update(&s, OUR_KEY);
		assert_int_equal(scene_said(&s, "cancelled_switch_landed"), 1);
	}
}

/* Signed and on its way, but no node has answered yet, when the operator holds: it may land all the same. */
TEST(a_switch_on_its_way_lands_on_a_hold)
{
	struct scene s;

	scene_start(&s);
	scene_misses(&s, 2);
	scene_submission(&s, GW_SUBMISSION_SIGNED, 0);
	assert_int_equal(scene_order(&s, GW_COMMAND_HOLD, 0), GW_OK);
	assert_int_equal(s.cancels, 1);
	scene_submission(&s, GW_SUBMISSION_FAILED, GW_FAIL_CANCELLED);
	scene_update(&s, OUR_KEY);
	assert_int_equal(scene_said(&s, "cancelled_switch_landed"), 1);
}

/* The chain stands before it lands: nothing is too old that the head before was not. */
TEST(a_cancelled_switch_lands_after_a_halt)
{
	struct scene s;

	scene_start(&s);
	scene_misses(&s, 2);
	scene_submission(&s, GW_SUBMISSION_SENT, 0);
	assert_int_equal(scene_order(&s, GW_COMMAND_HOLD, 0), GW_OK);
	scene_submission(&s, GW_SUBMISSION_FAILED, GW_FAIL_CANCELLED);
	scene_late_update(&s, 60, OUR_KEY);
	assert_int_equal(scene_said(&s, "cancelled_switch_landed"), 1);
}

/* It has landed: what is ordered after it is no stray, however soon. */
TEST(a_takeover_after_a_stray_is_none)
{
	struct scene s;

	scene_start(&s);
	scene_misses(&s, 2);
	scene_submission(&s, GW_SUBMISSION_SENT, 0);
	scene_order(&s, GW_COMMAND_HOLD, 0);
	scene_submission(&s, GW_SUBMISSION_FAILED, GW_FAIL_CANCELLED);
	scene_update(&s, OUR_KEY);
	scene_update(&s, PROD_KEY);
	scene_answer(&s);
	scene_order(&s, GW_COMMAND_RESUME, 0);
	assert_int_equal(scene_order(&s, GW_COMMAND_TAKEOVER, 0), GW_OK);
	scene_submission(&s, GW_SUBMISSION_SENT, 0);
	scene_update(&s, OUR_KEY);
	assert_int_equal(scene_said(&s, "cancelled_switch_landed"), 1);
}

static void call_off_what_is_sent(struct scene *s)
{
	scene_start(s);
	scene_misses(s, 2);
	scene_submission(s, GW_SUBMISSION_SENT, 0);
	scene_order(s, GW_COMMAND_HOLD, 0);
	scene_submission(s, GW_SUBMISSION_FAILED, GW_FAIL_CANCELLED);
}

/* The host records the next one only when the one before can come into no block any more: then it is the next that
 * lands, and till then the one before. */
TEST(the_next_switch_is_no_stray)
{
	struct scene s;

	for (unsigned recorded = 0; recorded < 2; recorded++) {
		call_off_what_is_sent(&s);
		assert_int_equal(scene_order(&s, GW_COMMAND_RESUME, 0), GW_OK);
		assert_int_equal(s.submits, 2);
		scene_submission(&s, recorded ? GW_SUBMISSION_RECORDED : GW_SUBMISSION_WAITING, 0);
		scene_update(&s, OUR_KEY);
		assert_int_equal(scene_said(&s, "cancelled_switch_landed"), 1 - recorded);
	}
}

/* The transaction is dead after 30 s: what sets our key then is a wallet's. */
TEST(a_wallets_update_is_no_stray)
{
	struct scene s;

	for (unsigned later = 0; later < 2; later++) {
		call_off_what_is_sent(&s);
		scene_blocks(&s, 8 + 2 * later);
		scene_update(&s, OUR_KEY);
		assert_int_equal(scene_said(&s, "cancelled_switch_landed"), 1 - later);
	}
}

/* Held and cancelled, and the watcher is killed before it lands. */
TEST(a_cancelled_switch_lands_after_a_restart)
{
	struct scene s;

	scene_start(&s);
	scene_misses(&s, 2);
	scene_submission(&s, GW_SUBMISSION_SENT, 0);
	scene_order(&s, GW_COMMAND_HOLD, 0);
	scene_submission(&s, GW_SUBMISSION_FAILED, GW_FAIL_CANCELLED);
	assert_true(s.saves > 0);
	scene_restart(&s);
	scene_block(&s);
	scene_update(&s, OUR_KEY);
	assert_int_equal(scene_said(&s, "cancelled_switch_landed"), 1);
}

/* A restart takes it up again, and the operator holds before the first block has come. */
TEST(a_switch_taken_up_again_lands_on_a_hold)
{
	struct scene s;

	scene_start(&s);
	scene_misses(&s, 2);
	scene_submission(&s, GW_SUBMISSION_SENT, 0);
	scene_restart(&s);
	scene_submission(&s, GW_SUBMISSION_SENT, 0);
	scene_order(&s, GW_COMMAND_HOLD, 0);
	assert_int_equal(s.cancels, 1);
	scene_submission(&s, GW_SUBMISSION_FAILED, GW_FAIL_CANCELLED);
	scene_update(&s, OUR_KEY);
	assert_int_equal(scene_said(&s, "cancelled_switch_landed"), 1);
}

/* One block holds an operator's null key and, after it, our switch that was sent before. */
TEST(a_switch_in_the_block_of_an_operators_null)
{
	struct scene s;

	scene_start(&s);
	scene_misses(&s, 2);
	scene_submission(&s, GW_SUBMISSION_SENT, 0);
	scene_two_updates(&s, GW_NULL_KEY, OUR_KEY);
	assert_int_equal(scene_said(&s, "cancelled_switch_landed"), 1);
}

/* A restart finds a transaction in flight: the host follows it, and no other is made beside it. */
TEST(a_submission_of_the_process_before)
{
	struct scene s;

	scene_start(&s);
	scene_misses(&s, 1);
	scene_restart(&s);
	scene_submission(&s, GW_SUBMISSION_SENT, 0);
	scene_block(&s);
	scene_answer(&s);
	scene_misses(&s, 2);
	assert_int_equal(s.submits, 0);
	assert_int_equal(s.cancels, 0);
	scene_submission(&s, GW_SUBMISSION_FAILED, GW_FAIL_EXPIRED);
	scene_blocks(&s, 10);
	assert_int_equal(s.submits, 1);
}
