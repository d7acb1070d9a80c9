/* SPDX-License-Identifier: MIT
 *
 * The submission in flight: what ends it, and what is tried again.
 */
#include "monitor_scene.h"
#include "rules.h"

#include <string.h>

TEST(a_guard_cancels_what_is_not_sent)
{
	struct scene s;

	scene_start(&s);
	scene_misses(&s, 2);
	assert_int_equal(s.submits, 1);
	scene_own_node(&s, false);
	assert_int_equal(s.cancels, 1);
	scene_submission(&s, GW_SUBMISSION_FAILED, GW_FAIL_CANCELLED);
	scene_own_node(&s, true);
	assert_int_equal(s.submits, 2); /* no pause after a cancel of ours */
	scene_submission(&s, GW_SUBMISSION_SENT, 0);
	scene_own_node(&s, false);
	assert_int_equal(s.cancels, 1);
}

static void stop_answering(struct scene *s)
{
	scene_fork(s, 1);
}

static void misset_clock(struct scene *s)
{
	s->now.wall_ms += 10000;
	scene_wait(s, 10);
}

static void lose_others(struct scene *s)
{
	s->others_filled = 4;
	scene_block(s);
}

static void lose_key(struct scene *s)
{
	scene_readiness(s, GW_READY_YES, GW_READY_NO, GW_READY_YES);
}

static void lose_node(struct scene *s)
{
	scene_own_node(s, false);
}

static void hold(struct scene *s)
{
	scene_order(s, GW_COMMAND_HOLD, 0);
}

/* Somebody else missed his slot: our head is too old as the next slot begins, and its block is on its way. */
TEST(a_head_that_is_just_too_old_is_waited_for)
{
	struct scene s;

	scene_start(&s);
	scene_block(&s);
	assert_int_equal(scene_order(&s, GW_COMMAND_TAKEOVER, 0), GW_OK);
	scene_wait(&s, 6300 - (s.now.chain_ms - s.time_s * 1000));
	assert_true(scene_guard_holds(&s, guard_own_node));
	assert_int_equal(s.cancels, 0);
	s.time_s += 3;
	scene_block(&s); /* of the second slot */
	assert_int_equal(s.cancels, 0);
	s.wake_ms = 0;
	scene_wait(&s, 6200 - (s.now.chain_ms - s.time_s * 1000));
	assert_int_equal(s.cancels, 0);
	assert_int_equal(s.wake_ms, 6901 - 6200); /* before the slot is over in which it might go out */
	scene_wait(&s, s.wake_ms);
	assert_int_equal(s.cancels, 1);
	assert_non_null(strstr(s.cancel_text, "is 6 s old"));
}

/* Any that begins before it is sent ends it; a takeover by hand by all but those that he passed over. */
TEST(each_guard_ends_what_is_not_sent)
{
	static const struct {
		void (*begin)(struct scene *s);
		unsigned takeovers_ended;
	} guards_that_begin[] = {{stop_answering, 1}, {misset_clock, 1}, {lose_others, 0},
				 {lose_key, 1},	      {lose_node, 1},	 {hold, 1}};
	struct scene s;

	for (size_t i = 0; i < COUNT(guards_that_begin); i++) {
		scene_start(&s);
		scene_misses(&s, 2);
		assert_int_equal(s.submits, 1);
		guards_that_begin[i].begin(&s);
		assert_int_equal(s.cancels, 1);

		scene_start(&s);
		assert_int_equal(scene_order(&s, GW_COMMAND_TAKEOVER, 0), GW_OK);
		guards_that_begin[i].begin(&s);
		assert_int_equal(s.cancels, guards_that_begin[i].takeovers_ended);
	}
}

/* With confirm_nodes: the other one that agreed is lost. */
TEST(an_endpoint_that_no_longer_agrees_ends_what_is_not_sent)
{
	struct gw_node nodes[2] = {{.is_own = 1, .is_driver = 1, .connected = 1, .branch = GW_BRANCH_SAME, .url = "a"},
				   {.connected = 1, .branch = GW_BRANCH_SAME, .url = "b"}};
	struct scene s;

	scene_init(&s);
	s.options.confirm_nodes = 2;
	scene_begin(&s);
	scene_misses(&s, 2);
	for (size_t i = 0; i < 2; i++) {
		nodes[i].head_num = s.num;
		nodes[i].head_time_s = s.time_s;
	}
	s.monitor.nodes[1].total_missed = s.total_missed; /* it has answered, as ours has */
	strcpy(s.monitor.nodes[1].key, PROD_KEY);
	s.monitor.nodes[1].answered_at = s.num;
	scene_nodes(&s, nodes, 2);
	assert_int_equal(s.submits, 1);
	nodes[1].connected = 0;
	scene_nodes(&s, nodes, 2);
	assert_int_equal(s.cancels, 1);
}

/* What failed against one key says nothing of the next. */
TEST(another_key_is_tried_at_once)
{
	struct scene s;

	scene_start(&s);
	scene_misses(&s, 2);
	scene_submission(&s, GW_SUBMISSION_FAILED, GW_FAIL_BANDWIDTH);
	scene_update(&s, THIRD_KEY);
	scene_answer(&s);
	scene_misses(&s, 2);
	assert_int_equal(s.submits, 2);
}

TEST(progress_of_another_submission_is_not_ours)
{
	struct gw_submission_event event = {.struct_size = sizeof(event), .state = GW_SUBMISSION_FAILED, .id = 2};
	struct scene s;

	scene_start(&s);
	scene_misses(&s, 2);
	event.now = s.now;
	event.intent = &s.intent;
	monitor_submission(&s.monitor, &event, &s.out);
	scene_take(&s);
	assert_true(attempt_in_flight(&s.monitor));
	assert_int_equal(scene_said(&s, "switch_failed"), 0);
}

/* Until it is sent a guard ends it in time, though no event comes. */
TEST(what_waits_is_looked_at_each_second)
{
	struct scene s;

	scene_start(&s);
	scene_misses(&s, 2);
	assert_int_equal(s.submits, 1);
	assert_in_range(s.monitor.wake_ms - s.now.mono_ms, 1, 1000);
	scene_wait(&s, 1000);
	assert_in_range(s.monitor.wake_ms - s.now.mono_ms, 1, 1000);
	scene_submission(&s, GW_SUBMISSION_SENT, 0);
	scene_wait(&s, 1000);
	assert_int_equal(s.monitor.wake_ms - s.now.mono_ms, 5000);
}

TEST(tries_double_from_30_s_to_15_min)
{
	static const int64_t delays_s[] = {30, 60, 120, 240, 480, 900, 900};
	struct scene s;

	scene_start(&s);
	scene_misses(&s, 2);
	for (size_t i = 0; i < COUNT(delays_s); i++) {
		unsigned before = s.submits;

		scene_submission(&s, GW_SUBMISSION_FAILED, GW_FAIL_EXPIRED);
		for (int64_t waited_s = 3; waited_s <= delays_s[i]; waited_s += 3) {
			assert_int_equal(s.submits, before);
			scene_block(&s);
		}
		assert_int_equal(s.submits, before + 1);
		scene_forget(&s);
		s.submits = before + 1;
	}
}

TEST(a_refusal_that_time_does_not_mend)
{
	static const int32_t reasons[] = {GW_FAIL_AUTHORITY, GW_FAIL_BANDWIDTH};
	struct scene s;

	for (size_t i = 0; i < COUNT(reasons); i++) {
		scene_start(&s);
		scene_misses(&s, 2);
		scene_submission(&s, GW_SUBMISSION_FAILED, reasons[i]);
		scene_blocks(&s, 1000);
		assert_int_equal(s.submits, 1);
		scene_readiness(&s, GW_READY_YES, GW_READY_YES, GW_READY_YES);
		assert_int_equal(s.submits, 2);
	}
}

/* The account's bandwidth and the signer's hourly limit come back unseen: a node that waited for readiness alone would
 * never take over again. What the signer refuses costs no signature, so it is asked more often. */
TEST(a_refusal_is_tried_again_and_said_meanwhile)
{
	static const struct {
		int32_t reason;
		uint32_t blocks;
	} rows[] = {{GW_FAIL_BANDWIDTH, 1200}, {GW_FAIL_POLICY, 100}};
	char why[GW_TEXT_SIZE];
	struct scene s;

	for (size_t i = 0; i < COUNT(rows); i++) {
		scene_start(&s);
		scene_misses(&s, 2);
		scene_submission(&s, GW_SUBMISSION_FAILED, rows[i].reason);
		for (unsigned tries = 1; tries < 4; tries++) {
			scene_blocks(&s, rows[i].blocks - 1);
			assert_int_equal(s.submits, tries);
			assert_int_equal(readiness_of(&s.monitor, &s.now, why), GW_READY_NO);
			scene_blocks(&s, 1);
			assert_int_equal(s.submits, tries + 1);
			if (tries < 3)
				scene_submission(&s, GW_SUBMISSION_FAILED, rows[i].reason);
		}
		assert_int_equal(readiness_of(&s.monitor, &s.now, why), GW_READY_NO);
		assert_int_equal(scene_said(&s, "standby_ready"), 0); /* no readier because it tries */
		scene_submission(&s, GW_SUBMISSION_SENT, 0);
		assert_int_not_equal(readiness_of(&s.monitor, &s.now, why), GW_READY_NO);
	}
}

/* The operator's tries do not put off the rules'. */
TEST(an_order_that_is_refused_renews_no_long_wait)
{
	struct scene s;

	scene_start(&s);
	scene_misses(&s, 2);
	scene_submission(&s, GW_SUBMISSION_FAILED, GW_FAIL_POLICY);
	for (unsigned tries = 2; tries < 6; tries++) {
		scene_blocks(&s, 99);
		assert_int_equal(scene_order(&s, GW_COMMAND_TAKEOVER, 0), GW_OK);
		assert_int_equal(s.submits, tries);
		scene_submission(&s, GW_SUBMISSION_FAILED, GW_FAIL_POLICY);
	}
	scene_blocks(&s, 100);
	assert_int_equal(s.submits, 6);
}

TEST(a_resume_tries_again_what_was_refused)
{
	struct scene s;

	scene_start(&s);
	scene_misses(&s, 2);
	scene_submission(&s, GW_SUBMISSION_FAILED, GW_FAIL_BANDWIDTH);
	assert_int_equal(scene_order(&s, GW_COMMAND_HOLD, 0), GW_OK);
	scene_block(&s);
	assert_int_equal(s.submits, 1);
	assert_int_equal(scene_order(&s, GW_COMMAND_RESUME, 0), GW_OK);
	assert_int_equal(s.submits, 2);
}

TEST(a_host_that_does_not_take_it)
{
	struct scene s;

	scene_start(&s);
	scene_misses(&s, 2);
	monitor_submit_failed(&s.monitor, GW_ERR_UNAVAILABLE, &s.now, &s.out);
	scene_take(&s);
	assert_int_equal(s.submits, 1);
	scene_wait(&s, 27000);
	s.wake_ms = 0;
	scene_wait(&s, 1);
	assert_in_range(s.wake_ms, 1, 3000); /* and looked at when the pause is over */
	scene_blocks(&s, 10);
	assert_int_equal(s.submits, 2);
}

/* It has another one in hand: no try has failed, and the first that does is tried again after 30 s. */
TEST(a_busy_host_is_asked_again_soon)
{
	struct scene s;

	scene_start(&s);
	scene_misses(&s, 2);
	for (unsigned tries = 1; tries < 4; tries++) {
		monitor_submit_failed(&s.monitor, GW_ERR_BUSY, &s.now, &s.out);
		scene_take(&s);
		assert_int_equal(s.submits, tries);
		assert_in_range(s.monitor.wake_ms - s.now.mono_ms, 1, 1000);
		scene_wait(&s, 1000);
		assert_int_equal(s.submits, tries + 1);
	}
	scene_submission(&s, GW_SUBMISSION_FAILED, GW_FAIL_EXPIRED);
	scene_blocks(&s, 9);
	assert_int_equal(s.submits, 4);
	scene_blocks(&s, 2);
	assert_int_equal(s.submits, 5);
}

/* Another key in a block ends it, and the block is known before the end: what is due under that key does not wait. */
TEST(one_that_was_overtaken_has_not_failed)
{
	struct scene s;

	scene_start(&s);
	scene_misses(&s, 2);
	scene_submission(&s, GW_SUBMISSION_SENT, 0);
	scene_update(&s, THIRD_KEY);
	scene_submission(&s, GW_SUBMISSION_FAILED, GW_FAIL_OVERTAKEN);
	assert_int_equal(s.monitor.attempt.failures, 0);
	scene_answer(&s);
	scene_misses(&s, 1);
	assert_int_equal(s.submits, 1);
	scene_misses(&s, 1);
	assert_int_equal(s.submits, 2);
}

/* ---- a fork, a restart ----------------------------------------------------------------------------------------- */

/* golosd holds the transaction as pending again: it goes on, and people are not told that it was cancelled. */
TEST(a_switch_that_a_fork_undoes_goes_on)
{
	struct scene s;

	scene_start(&s);
	scene_misses(&s, 2);
	scene_submission(&s, GW_SUBMISSION_SENT, 0);
	scene_update(&s, OUR_KEY);
	scene_submission(&s, GW_SUBMISSION_IN_BLOCK, 0);
	scene_answer(&s);
	scene_fork(&s, 1);
	scene_key(&s, PROD_KEY);
	scene_submission(&s, GW_SUBMISSION_SENT, 0);
	assert_int_equal(s.cancels, 0);
	assert_int_equal(s.monitor.switches.count, 0);
	scene_update(&s, OUR_KEY);
	assert_int_equal(scene_said(&s, "cancelled_switch_landed"), 0);
	assert_int_equal(s.monitor.switches.count, 1);
}

TEST(a_switch_that_a_fork_undoes_ends_when_the_producer_produces)
{
	struct scene s;

	scene_start(&s);
	scene_misses(&s, 2);
	scene_submission(&s, GW_SUBMISSION_SENT, 0);
	scene_update(&s, OUR_KEY);
	scene_submission(&s, GW_SUBMISSION_IN_BLOCK, 0);
	scene_fork(&s, 1);
	scene_key(&s, PROD_KEY);
	scene_submission(&s, GW_SUBMISSION_SENT, 0);
	scene_own_block(&s);
	assert_int_equal(s.cancels, 1);
}

/* Recorded, killed, taken up again: it is not sent any more, and the producer's block ends nothing. A hold does. */
TEST(a_switch_taken_up_again_is_followed)
{
	struct scene s;

	scene_start(&s);
	scene_misses(&s, 2);
	scene_submission(&s, GW_SUBMISSION_RECORDED, 0);
	scene_restart(&s);
	scene_submission(&s, GW_SUBMISSION_SENT, 0);
	scene_block(&s);
	scene_answer(&s);
	scene_own_block(&s);
	assert_int_equal(s.cancels, 0);
	scene_order(&s, GW_COMMAND_HOLD, 0);
	assert_int_equal(s.cancels, 1);
}

/* An operator sets our key by hand while ours waits: nothing is left to do, and nothing is said to have gone wrong. */
TEST(our_key_set_by_hand_while_ours_waits)
{
	struct scene s;

	scene_start(&s);
	scene_misses(&s, 2);
	scene_update(&s, OUR_KEY);
	scene_submission(&s, GW_SUBMISSION_FAILED, GW_FAIL_OVERTAKEN);
	assert_int_equal(s.cancels, 0);
	scene_answer(&s);
	scene_misses(&s, 3);
	assert_int_equal(s.submits, 1);
	assert_int_equal(scene_said(&s, "cancelled_switch_landed"), 0);
	assert_int_equal(scene_said(&s, "switch_failed"), 0);
}

/* ---- evidence -------------------------------------------------------------------------------------------------- */

/* TaPoS names a block by its number's low 16 bits: an older one would be taken for another. */
TEST(evidence_that_is_too_old_is_not_named)
{
	static const uint32_t ages[] = {60000, 60001};
	struct scene s;

	for (size_t i = 0; i < COUNT(ages); i++) {
		scene_start(&s);
		scene_order(&s, GW_COMMAND_HOLD, 0);
		scene_misses(&s, 2);
		s.num += ages[i] - 1;
		s.time_s += ((int64_t)ages[i] - 1) * 3;
		scene_block(&s);
		scene_own_node(&s, true);
		assert_int_equal(scene_order(&s, GW_COMMAND_RESUME, 0), GW_OK);
		assert_int_equal(s.submits, 1);
		assert_int_equal(s.intent.mode, GW_INTENT_AUTOMATIC);
		assert_int_equal(s.intent.evidence_num, i == 0 ? s.num - 60000 : 0);
	}
}
