/* SPDX-License-Identifier: MIT
 *
 * The operator's orders, dry_run and readiness.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "monitor_scene.h"
#include "rules.h"

TEST(hold_for_days_then_resume)
{
	struct scene s;

	scene_start(&s);
	assert_int_equal(scene_order(&s, GW_COMMAND_HOLD, 0), GW_OK);
	scene_misses(&s, 5);
	scene_restart(&s);
	scene_block(&s);
	scene_answer(&s);
	assert_int_equal(s.submits, 0);
	unsigned saves = s.saves;
	assert_int_equal(scene_order(&s, GW_COMMAND_RESUME, 0), GW_OK);
	assert_int_equal(s.submits, 1);
	assert_true(s.saves > saves); /* a restart must not hold it again */
}

/* Whoever ordered it is told that it does not hold over a restart. */
TEST(hold_without_a_journal)
{
	struct scene s;

	scene_start(&s);
	assert_int_equal(scene_order(&s, GW_COMMAND_HOLD, 0), GW_OK);
	assert_string_equal(s.answer, "foo is held until resume: no switch is made");
	scene_readiness(&s, GW_READY_YES, GW_READY_UNKNOWN, GW_READY_NO);
	assert_int_equal(scene_order(&s, GW_COMMAND_HOLD, 0), GW_OK);
	assert_string_equal(s.answer, "foo is held until resume: no switch is made; the hold of root (0) until "
				      "resume is replaced; the journal cannot be written, so a restart forgets it");
	assert_int_equal(scene_order(&s, GW_COMMAND_RESUME, 0), GW_OK);
	assert_string_equal(s.answer, "foo is no longer held; the journal cannot be written, so a restart forgets it");
}

/* Until when, and what it replaces: told to whoever orders it and in the log, once. */
TEST(hold_says_until_when)
{
	struct scene s;
	char wanted[128], time_text[32];
	time_t until;

	scene_start(&s);
	until = (time_t)(s.now.wall_ms / 1000 + 90 * 86400);
	strftime(time_text, sizeof(time_text), "%Y-%m-%d %H:%M:%S UTC", gmtime(&until));
	assert_int_equal(scene_order(&s, GW_COMMAND_HOLD, until), GW_OK);
	snprintf(wanted, sizeof(wanted), "foo is held until %s: no switch is made", time_text);
	assert_string_equal(s.answer, wanted);
	assert_int_equal(scene_said(&s, "ordered"), 1);
	assert_int_equal(scene_order(&s, GW_COMMAND_HOLD, 0), GW_OK);
	snprintf(wanted, sizeof(wanted), "until %s is replaced", time_text);
	assert_non_null(strstr(s.answer, wanted));
	scene_order(&s, GW_COMMAND_RESUME, 0);
	assert_int_equal(scene_order(&s, GW_COMMAND_HOLD, 0), GW_OK);
	assert_null(strstr(s.answer, "replaced"));
}

TEST(hold_ends_by_itself)
{
	struct scene s;

	scene_start(&s);
	assert_int_equal(scene_order(&s, GW_COMMAND_HOLD, s.time_s + 60), GW_OK);
	scene_misses(&s, 2); /* 36 s */
	assert_int_equal(s.submits, 0);
	scene_blocks(&s, 10);
	assert_int_equal(scene_said(&s, "hold_ended"), 1);
	assert_int_equal(s.submits, 1);
	assert_int_equal(scene_order(&s, GW_COMMAND_HOLD, s.time_s - 1), GW_ERR_RANGE);
}

TEST(hold_ends_what_waits)
{
	struct scene s;

	scene_start(&s);
	scene_misses(&s, 2);
	scene_submission(&s, GW_SUBMISSION_SENT, 0);
	assert_int_equal(scene_order(&s, GW_COMMAND_HOLD, 0), GW_OK);
	assert_int_equal(s.cancels, 1);
	scene_submission(&s, GW_SUBMISSION_FAILED, GW_FAIL_CANCELLED);
	scene_update(&s, OUR_KEY); /* it was in flight */
	assert_int_equal(scene_said(&s, "cancelled_switch_landed"), 1);
}

/* The operator's two hours are two hours, whatever our clock does meanwhile. */
TEST(a_clock_that_steps_does_not_end_a_hold)
{
	struct scene s;

	scene_start(&s);
	assert_int_equal(scene_order(&s, GW_COMMAND_HOLD, s.now.wall_ms / 1000 + 7200), GW_OK);
	scene_misses(&s, 2);
	s.now.wall_ms += INT64_C(86400000);
	scene_wait(&s, 100);
	assert_int_equal(scene_said(&s, "hold_ended"), 0);
	scene_block(&s); /* the clock is right again */
	assert_int_equal(s.submits, 0);
	scene_restart(&s);
	s.now.chain_ms = 0; /* no fresh block has told the time yet */
	s.now.wall_ms += INT64_C(86400000);
	scene_own_node(&s, true);
	assert_int_equal(scene_said(&s, "hold_ended"), 0);
	scene_blocks(&s, 2401);
	assert_int_equal(scene_said(&s, "hold_ended"), 1);
}

/* Ordered while our clock is an hour slow: it would be over before it began. */
TEST(a_hold_ordered_by_a_wrong_clock)
{
	struct scene s;

	scene_start(&s);
	s.now.wall_ms -= 3600000;
	assert_int_equal(scene_order(&s, GW_COMMAND_HOLD, s.now.wall_ms / 1000 + 600), GW_OK);
	scene_blocks(&s, 198);
	assert_int_equal(scene_said(&s, "hold_ended"), 0);
	scene_blocks(&s, 4);
	assert_int_equal(scene_said(&s, "hold_ended"), 1);
}

TEST(dry_run_says_once)
{
	struct scene s;

	scene_init(&s);
	s.options.dry_run = true;
	scene_begin(&s);
	scene_misses(&s, 4);
	scene_blocks(&s, 100);
	assert_int_equal(s.submits, 0);
	assert_int_equal(scene_said(&s, "dry_run"), 1);
	scene_own_block(&s);
	scene_answer(&s);
	scene_misses(&s, 1); /* due anew */
	assert_int_equal(scene_said(&s, "dry_run"), 2);
}

/* ---- takeover by hand ------------------------------------------------------------------------------------------- */

TEST(takeover_of_a_healthy_producer_is_planned)
{
	struct scene s;

	scene_start(&s);
	scene_own_block(&s);
	assert_int_equal(scene_order(&s, GW_COMMAND_TAKEOVER, 0), GW_OK);
	assert_int_equal(s.submits, 1);
	assert_int_equal(s.intent.mode, GW_INTENT_PLANNED);
	assert_int_equal(scene_order(&s, GW_COMMAND_TAKEOVER, 0), GW_ERR_BUSY);
	scene_own_block(&s); /* the producer's blocks do not end it */
	assert_int_equal(s.cancels, 0);
}

/* TaPoS of a planned one is the block before the head, whatever was missed before. */
TEST(a_planned_takeover_names_no_evidence)
{
	struct scene s;

	scene_start(&s);
	scene_misses(&s, 1);
	scene_own_block(&s);
	assert_int_equal(scene_order(&s, GW_COMMAND_TAKEOVER, 0), GW_OK);
	assert_int_equal(s.intent.mode, GW_INTENT_PLANNED);
	assert_int_equal(s.intent.evidence_num, 0);
}

TEST(takeover_of_an_ill_one_is_not)
{
	struct scene s;

	scene_start(&s);
	scene_misses(&s, 1);
	assert_int_equal(scene_order(&s, GW_COMMAND_TAKEOVER, 0), GW_OK);
	assert_int_equal(s.intent.mode, GW_INTENT_AUTOMATIC);
	assert_int_equal(s.intent.evidence_num, 0); /* by a miss that it names others would take it for a rule's */
}

/* It was ordered away from another key; what was sent may still land, and then that is said. */
TEST(another_key_ends_what_was_ordered)
{
	struct scene s;

	scene_start(&s);
	assert_int_equal(scene_order(&s, GW_COMMAND_TAKEOVER, 0), GW_OK);
	scene_submission(&s, GW_SUBMISSION_SENT, GW_FAIL_NONE);
	scene_block(&s);
	assert_int_equal(s.cancels, 0);
	scene_update(&s, THIRD_KEY);
	assert_int_equal(s.cancels, 1);
	scene_update(&s, OUR_KEY);
	assert_int_equal(scene_said(&s, "cancelled_switch_landed"), 1);
}

/* No event has come since that time, and none is waited for. */
TEST(takeover_at_the_end_of_a_hold)
{
	struct scene s;

	scene_start(&s);
	assert_int_equal(scene_order(&s, GW_COMMAND_HOLD, s.now.wall_ms / 1000 + 2), GW_OK);
	assert_int_equal(scene_order(&s, GW_COMMAND_TAKEOVER, 0), GW_ERR_UNAVAILABLE);
	s.now.mono_ms += 2500;
	s.now.chain_ms += 2500;
	s.now.wall_ms += 2500;
	assert_int_equal(scene_order(&s, GW_COMMAND_TAKEOVER, 0), GW_OK);
	assert_int_equal(s.submits, 1);
}

TEST(what_takeover_passes_over)
{
	struct scene s;

	scene_init(&s);
	strcpy(s.options.priority[0], THIRD_KEY);
	strcpy(s.options.priority[2], OUR_KEY);
	s.others_filled = 3;
	scene_begin(&s);
	assert_int_equal(scene_order(&s, GW_COMMAND_TAKEOVER, 0), GW_OK);

	scene_init(&s); /* due, and others go first */
	strcpy(s.options.priority[0], THIRD_KEY);
	strcpy(s.options.priority[2], OUR_KEY);
	scene_begin(&s);
	scene_misses(&s, 2);
	assert_int_equal(s.submits, 0);
	assert_int_equal(scene_order(&s, GW_COMMAND_TAKEOVER, 0), GW_OK);

	scene_start(&s); /* a pause after a failure */
	scene_misses(&s, 2);
	scene_submission(&s, GW_SUBMISSION_FAILED, GW_FAIL_EXPIRED);
	assert_int_equal(scene_order(&s, GW_COMMAND_TAKEOVER, 0), GW_OK);
}

TEST(what_takeover_does_not_pass_over)
{
	struct scene s;

	scene_start(&s);
	scene_own_node(&s, false);
	assert_int_equal(scene_order(&s, GW_COMMAND_TAKEOVER, 0), GW_ERR_UNAVAILABLE);

	scene_start(&s);
	s.now.wall_ms += 10000;
	assert_int_equal(scene_order(&s, GW_COMMAND_TAKEOVER, 0), GW_ERR_UNAVAILABLE);

	scene_start(&s);
	assert_int_equal(scene_order(&s, GW_COMMAND_HOLD, 0), GW_OK);
	assert_int_equal(scene_order(&s, GW_COMMAND_TAKEOVER, 0), GW_ERR_UNAVAILABLE);
	assert_int_equal(s.submits, 0);

	scene_init(&s);
	s.options.confirm_nodes = 2;
	scene_begin(&s);
	assert_int_equal(scene_order(&s, GW_COMMAND_TAKEOVER, 0), GW_ERR_UNAVAILABLE);

	scene_start(&s);
	scene_fork(&s, 1); /* the node has not told since */
	assert_int_equal(scene_order(&s, GW_COMMAND_TAKEOVER, 0), GW_ERR_UNAVAILABLE);

	scene_start(&s);
	scene_readiness(&s, GW_READY_YES, GW_READY_NO, GW_READY_YES);
	assert_int_equal(scene_order(&s, GW_COMMAND_TAKEOVER, 0), GW_ERR_UNAVAILABLE);
	assert_string_equal(s.answer, "not done: golosd's config lacks the key");

	scene_start(&s);
	scene_update(&s, OUR_KEY);
	scene_answer(&s);
	assert_int_equal(scene_order(&s, 99, 0), GW_ERR_UNSUPPORTED);
}

TEST(a_takeover_before_the_node_has_told_of_the_witness)
{
	struct scene s;

	scene_init(&s);
	monitor_init(&s.monitor, &s.options, &s.out);
	assert_int_equal(scene_order(&s, GW_COMMAND_TAKEOVER, 0), GW_ERR_UNAVAILABLE);
	assert_string_equal(s.answer, "not done: the witness is not known yet");
}

/* It landed and produced; that the next handover came before it was irreversible is no failure of it. */
TEST(a_takeover_that_landed_has_not_failed)
{
	struct scene s;

	scene_start(&s);
	assert_int_equal(scene_order(&s, GW_COMMAND_TAKEOVER, 0), GW_OK);
	scene_submission(&s, GW_SUBMISSION_SENT, GW_FAIL_NONE);
	scene_update(&s, OUR_KEY);
	scene_submission(&s, GW_SUBMISSION_IN_BLOCK, GW_FAIL_NONE);
	scene_own_block(&s);
	scene_update(&s, THIRD_KEY);
	scene_submission(&s, GW_SUBMISSION_FAILED, GW_FAIL_OVERTAKEN);
	assert_int_equal(scene_said(&s, "switch_failed"), 0);

	scene_start(&s);
	assert_int_equal(scene_order(&s, GW_COMMAND_TAKEOVER, 0), GW_OK);
	scene_submission(&s, GW_SUBMISSION_SENT, GW_FAIL_NONE);
	scene_submission(&s, GW_SUBMISSION_FAILED, GW_FAIL_OVERTAKEN);
	assert_int_equal(scene_said(&s, "switch_failed"), 1);
}

/* Whoever was told that it is under way is told that it is not. */
TEST(a_restart_tells_of_a_takeover_that_waited)
{
	struct scene s;

	scene_start(&s);
	assert_int_equal(scene_order(&s, GW_COMMAND_TAKEOVER, 0), GW_OK);
	scene_restart(&s);
	assert_int_equal(scene_said(&s, "order_lost"), 0);
	scene_answer(&s);
	assert_int_equal(scene_said(&s, "order_lost"), 1);
	scene_restart(&s); /* once */
	scene_answer(&s);
	assert_int_equal(scene_said(&s, "order_lost"), 0);

	scene_start(&s);
	assert_int_equal(scene_order(&s, GW_COMMAND_TAKEOVER, 0), GW_OK);
	scene_submission(&s, GW_SUBMISSION_RECORDED, GW_FAIL_NONE); /* the host knows it from here on */
	scene_restart(&s);
	scene_answer(&s);
	assert_int_equal(scene_said(&s, "order_lost"), 0);
}

TEST(a_takeover_where_we_produce)
{
	struct scene s;

	scene_start(&s);
	assert_int_equal(scene_order(&s, GW_COMMAND_TAKEOVER, 0), GW_OK);
	assert_string_equal(s.answer, "production of foo moves to our key");
	assert_int_equal(scene_said(&s, "switching"), 1);
	assert_int_equal(scene_said(&s, "ordered"), 0); /* one line for one order */
	scene_update(&s, OUR_KEY);
	assert_int_equal(scene_order(&s, GW_COMMAND_TAKEOVER, 0), GW_OK);
	assert_string_equal(s.answer, "this node produces for foo already: nothing is to be done");
	assert_int_equal(s.submits, 1);
	assert_int_equal(scene_said(&s, "switching"), 1);
}

TEST(a_takeover_in_a_dry_run_says_what_it_would_do)
{
	struct scene s;

	scene_init(&s);
	s.options.dry_run = true;
	scene_begin(&s);
	assert_int_equal(scene_order(&s, GW_COMMAND_TAKEOVER, 0), GW_OK);
	assert_string_equal(s.answer, "production of foo would move to our key: dry_run signs nothing");
	assert_int_equal(scene_said(&s, "ordered"), 1);
	scene_misses(&s, 2); /* and what is due later is said as ever */
	assert_int_equal(scene_said(&s, "dry_run"), 1);
	assert_int_equal(s.submits, 0);
}

TEST(an_operator_may_undo_his_own_null)
{
	struct scene s;

	scene_start(&s);
	scene_update(&s, GW_NULL_KEY);
	scene_answer(&s);
	assert_int_equal(scene_order(&s, GW_COMMAND_TAKEOVER, 0), GW_OK);
	assert_string_equal(s.answer, "production of foo moves to our key: it was shut down by an operator, and this "
				      "ends it");
	assert_int_equal(s.submits, 1);
	assert_int_equal(s.intent.mode, GW_INTENT_AUTOMATIC);
	scene_block(&s);
	assert_int_equal(s.cancels, 0);
	scene_submission(&s, GW_SUBMISSION_SENT, 0);
	scene_update(&s, OUR_KEY);
	assert_int_equal(scene_said(&s, "cancelled_switch_landed"), 0); /* he ordered it */
}

/* ---- readiness -------------------------------------------------------------------------------------------------- */

TEST(standby_not_ready_hourly_until_it_is)
{
	struct scene s;

	scene_start(&s);
	scene_readiness(&s, GW_READY_NO, GW_READY_UNKNOWN, GW_READY_YES);
	assert_int_equal(scene_said(&s, "standby_not_ready"), 0); /* a hiccup is not told */
	scene_blocks(&s, 5);
	assert_int_equal(scene_said(&s, "standby_not_ready"), 1);
	scene_blocks(&s, 1190);
	assert_int_equal(scene_said(&s, "standby_not_ready"), 1);
	scene_blocks(&s, 20);
	assert_int_equal(scene_said(&s, "standby_not_ready"), 2);
	scene_readiness(&s, GW_READY_YES, GW_READY_UNKNOWN, GW_READY_YES);
	scene_blocks(&s, 19);
	assert_int_equal(scene_said(&s, "standby_ready"), 0);
	scene_blocks(&s, 2);
	assert_int_equal(scene_said(&s, "standby_ready"), 1);
}

/* As on a minority's side, each minute: one notice, and not a pair a minute. */
TEST(what_comes_and_goes_is_told_once)
{
	struct scene s;

	scene_start(&s);
	for (int i = 0; i < 10; i++) {
		scene_readiness(&s, GW_READY_NO, GW_READY_UNKNOWN, GW_READY_YES);
		scene_blocks(&s, 10);
		scene_readiness(&s, GW_READY_YES, GW_READY_UNKNOWN, GW_READY_YES);
		scene_blocks(&s, 10);
	}
	assert_int_equal(scene_said(&s, "standby_not_ready"), 1);
	assert_int_equal(scene_said(&s, "standby_ready"), 0);
	scene_blocks(&s, 20);
	assert_int_equal(scene_said(&s, "standby_ready"), 1);
}

TEST(the_producer_is_no_standby)
{
	struct scene s;

	scene_start(&s);
	scene_update(&s, OUR_KEY);
	scene_answer(&s);
	scene_own_node(&s, false);
	scene_blocks(&s, 100);
	assert_int_equal(scene_said(&s, "standby_not_ready"), 0);
	scene_update(&s, PROD_KEY);
	assert_int_equal(scene_said(&s, "standby_not_ready"), 1);
}

/* Its operator hears of it before its slot comes, once, though no block does. */
TEST(the_producer_without_its_golosd)
{
	struct scene s;

	scene_start(&s);
	scene_update(&s, OUR_KEY);
	scene_answer(&s);
	scene_order(&s, GW_COMMAND_HOLD, 0); /* what keeps a standby from taking over is nothing to one that produces */
	scene_blocks(&s, 10);
	scene_own_node(&s, false);
	assert_int_equal(scene_said(&s, "producer_not_ready"), 0); /* a hiccup is not told */
	for (int i = 0; i < 4; i++)
		scene_wait(&s, 5000);
	assert_int_equal(scene_said(&s, "producer_not_ready"), 1);
	for (int i = 0; i < 1000; i++)
		scene_wait(&s, 5000);
	assert_int_equal(scene_said(&s, "producer_not_ready"), 1);
	assert_int_equal(scene_said(&s, "producer_ready"), 0);
	scene_own_node(&s, true);
	scene_blocks(&s, 25);
	assert_int_equal(scene_said(&s, "producer_not_ready"), 1);
	assert_int_equal(scene_said(&s, "producer_ready"), 1);
	assert_int_equal(scene_said(&s, "standby_not_ready"), 0);
	assert_int_equal(scene_said(&s, "standby_ready"), 0);
}

/* One that was told to be an unready standby is told to be an unready producer when production comes to it. */
TEST(a_standby_without_its_golosd_becomes_the_producer)
{
	struct scene s;

	scene_start(&s);
	scene_own_node(&s, false);
	scene_blocks(&s, 10);
	assert_int_equal(scene_said(&s, "standby_not_ready"), 1);
	scene_update(&s, OUR_KEY);
	assert_int_equal(scene_said(&s, "producer_not_ready"), 1);
	scene_blocks(&s, 1300); /* more than an hour */
	assert_int_equal(scene_said(&s, "producer_not_ready"), 1);
	assert_int_equal(scene_said(&s, "standby_not_ready"), 1);
}

TEST(what_makes_a_standby_unready)
{
	char why[GW_TEXT_SIZE];
	struct scene s;

	scene_start(&s);
	assert_int_equal(readiness_of(&s.monitor, &s.now, why), GW_READY_UNKNOWN); /* golosd_config is not given */
	assert_string_not_equal(why, "");
	scene_readiness(&s, GW_READY_YES, GW_READY_YES, GW_READY_YES);
	assert_int_equal(readiness_of(&s.monitor, &s.now, why), GW_READY_YES);
	scene_readiness(&s, GW_READY_UNKNOWN, GW_READY_YES, GW_READY_YES);
	assert_int_equal(readiness_of(&s.monitor, &s.now, why), GW_READY_UNKNOWN);
	scene_readiness(&s, GW_READY_NO, GW_READY_YES, GW_READY_YES);
	assert_int_equal(readiness_of(&s.monitor, &s.now, why), GW_READY_NO);
	scene_readiness(&s, GW_READY_YES, GW_READY_YES, GW_READY_YES);
	scene_order(&s, GW_COMMAND_HOLD, 0);
	assert_int_equal(readiness_of(&s.monitor, &s.now, why), GW_READY_NO);
	scene_order(&s, GW_COMMAND_RESUME, 0);
	scene_own_node(&s, false);
	assert_int_equal(readiness_of(&s.monitor, &s.now, why), GW_READY_NO);
	scene_own_node(&s, true);
	scene_readiness(&s, GW_READY_YES, GW_READY_NO, GW_READY_YES);
	assert_int_equal(readiness_of(&s.monitor, &s.now, why), GW_READY_NO);
	scene_readiness(&s, GW_READY_YES, GW_READY_YES, GW_READY_YES);
	s.now.wall_ms += 60000;
	assert_int_equal(readiness_of(&s.monitor, &s.now, why), GW_READY_NO);
}

/* With one endpoint of two it would never take over, and nobody would know before it was needed. */
TEST(a_standby_without_the_endpoints_that_must_agree)
{
	char why[GW_TEXT_SIZE];
	struct scene s;

	scene_init(&s);
	s.options.confirm_nodes = 2;
	scene_begin(&s);
	assert_int_equal(readiness_of(&s.monitor, &s.now, why), GW_READY_NO);
	assert_string_equal(why, "confirm_nodes wants 2 endpoints to agree: 1 of 1 report foo");
	scene_blocks(&s, 5);
	assert_int_equal(scene_said(&s, "standby_not_ready"), 1);
}

/* Connected is not enough: one that does not tell of the witness cannot agree. */
TEST(an_endpoint_that_tells_nothing_does_not_count)
{
	char why[GW_TEXT_SIZE];
	struct scene s;

	scene_init(&s);
	s.options.confirm_nodes = 2;
	scene_begin(&s);
	s.monitor.node_count = 2;
	s.monitor.nodes[1] = s.monitor.nodes[0];
	s.monitor.nodes[1].is_own = s.monitor.nodes[1].is_driver = 0;
	scene_readiness(&s, GW_READY_YES, GW_READY_YES, GW_READY_YES);
	assert_int_equal(readiness_of(&s.monitor, &s.now, why), GW_READY_YES);
	s.monitor.nodes[1].total_missed = -1; /* it has never told */
	assert_int_equal(readiness_of(&s.monitor, &s.now, why), GW_READY_NO);
	s.monitor.nodes[1] = s.monitor.nodes[0];
	s.monitor.nodes[1].answered_at = s.monitor.nodes[1].head.num - 31; /* nor for 93 s */
	assert_int_equal(readiness_of(&s.monitor, &s.now, why), GW_READY_NO);
}

/* The host tells: a call that is needed is not answered. */
TEST(a_node_that_does_not_answer_what_is_needed)
{
	struct gw_readiness_event event = {.struct_size = sizeof(event),
					   .authority = GW_READY_YES,
					   .golosd_config = GW_READY_YES,
					   .journal = GW_READY_YES,
					   .node = GW_READY_NO,
					   .node_text = "this golosd has no witness_api"};
	char why[GW_TEXT_SIZE];
	struct scene s;

	scene_start(&s);
	event.now = s.now;
	monitor_readiness(&s.monitor, &event, &s.out);
	assert_int_equal(readiness_of(&s.monitor, &s.now, why), GW_READY_NO);
	assert_string_equal(why, event.node_text);
	event.node = GW_READY_YES;
	monitor_readiness(&s.monitor, &event, &s.out);
	assert_int_equal(readiness_of(&s.monitor, &s.now, why), GW_READY_YES);
}

/* Golos Power is named, and holds no switch: golosd has the last word. One that was refused is tried again once it is there. */
TEST(an_account_that_cannot_pay_is_not_ready)
{
	struct gw_readiness_event event = {.struct_size = sizeof(event),
					   .authority = GW_READY_YES,
					   .golosd_config = GW_READY_YES,
					   .journal = GW_READY_YES,
					   .node = GW_READY_YES,
					   .power = GW_READY_NO,
					   .power_text = "foo has no Golos Power"};
	char why[GW_TEXT_SIZE];
	struct scene s;

	scene_start(&s);
	event.now = s.now;
	monitor_readiness(&s.monitor, &event, &s.out);
	assert_int_equal(readiness_of(&s.monitor, &s.now, why), GW_READY_NO);
	assert_string_equal(why, "foo has no Golos Power");
	scene_misses(&s, 2);
	assert_int_equal(s.submits, 1);
	scene_submission(&s, GW_SUBMISSION_FAILED, GW_FAIL_BANDWIDTH);
	scene_blocks(&s, 100);
	assert_int_equal(s.submits, 1);
	event.power = GW_READY_YES;
	event.now = s.now;
	monitor_readiness(&s.monitor, &event, &s.out);
	scene_take(&s);
	scene_blocks(&s, 1);
	assert_int_equal(s.submits, 2);
	event.power = GW_READY_UNKNOWN;
	monitor_readiness(&s.monitor, &event, &s.out);
	assert_int_equal(readiness_of(&s.monitor, &s.now, why), GW_READY_YES);
}

TEST(an_unreadable_golosd_config_is_a_notice)
{
	struct gw_readiness_event event = {.struct_size = sizeof(event), .authority = GW_READY_YES};
	struct scene s;

	scene_start(&s);
	event.now = s.now;
	strcpy(event.golosd_config_text, "it cannot be opened");
	for (int i = 0; i < 3; i++)
		monitor_readiness(&s.monitor, &event, &s.out);
	scene_take(&s);
	assert_int_equal(scene_said(&s, "golosd_config_unreadable"), 1);
}
