/* SPDX-License-Identifier: MIT
 *
 * To whom a signed submission is sent, and what their answers mean; cancelling. docs/design.md "From a block to a
 * switch" 9, docs/protocol.md 6.
 */
#include "submission_world.h"
#include "test.h"
#include <stdio.h>

/* ---- several endpoints ------------------------------------------------------------------------------------------ */

TEST(answers_of_three)
{
	static const struct {
		enum send_result answers[3];
		int32_t state, reason;
	} cases[] = {
		{{SEND_ACCEPTED, SEND_ACCEPTED, SEND_ACCEPTED}, GW_SUBMISSION_SENT, 0},
		{{SEND_DUPLICATE, SEND_REFUSED, SEND_REFUSED}, GW_SUBMISSION_SENT, 0},
		{{SEND_AUTHORITY, SEND_AUTHORITY, SEND_ACCEPTED}, GW_SUBMISSION_SENT, 0},
		{{SEND_AUTHORITY, SEND_AUTHORITY, SEND_AUTHORITY}, GW_SUBMISSION_FAILED, GW_FAIL_AUTHORITY},
		{{SEND_BANDWIDTH, SEND_BANDWIDTH, SEND_BANDWIDTH}, GW_SUBMISSION_FAILED, GW_FAIL_BANDWIDTH},
		{{SEND_REFUSED, SEND_AUTHORITY, SEND_AUTHORITY}, GW_SUBMISSION_FAILED, GW_FAIL_REFUSED},
		{{SEND_AUTHORITY, SEND_NO_ANSWER, SEND_AUTHORITY}, GW_SUBMISSION_SIGNED, 0},
		{{SEND_AUTHORITY, SEND_BUSY, SEND_AUTHORITY}, GW_SUBMISSION_SIGNED, 0},
		{{SEND_TAPOS, SEND_TAPOS, SEND_TAPOS}, GW_SUBMISSION_SIGNED, 0},
		{{SEND_EXPIRED, SEND_REFUSED, SEND_REFUSED}, GW_SUBMISSION_SIGNED, 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world w;

		world_init_offered(&w, 7);
		for (uint32_t e = 0; e < 3; e++)
			world_sent(&w, e, cases[i].answers[e]);
		assert_int_equal(w.s.state, cases[i].state);
		assert_int_equal(w.s.reason, cases[i].reason);
		assert_int_equal(w.seen.sends, 0);
		assert_int_equal(submission_alive_until_s(&w.s), 0);
	}
}

TEST(resend_only_where_it_lacks)
{
	struct world w;

	world_init_offered(&w, 7);
	world_sent(&w, 0, SEND_ACCEPTED);
	world_sent(&w, 1, SEND_BUSY);
	world_sent(&w, 2, SEND_TAPOS);
	assert_int_equal(submission_wake_ms(&w.s), w.now.mono_ms + SUBMISSION_RETRY_MS);
	world_pass(&w, 999);
	world_tick(&w);
	assert_int_equal(w.seen.sends, 0);
	world_pass(&w, 1);
	world_tick(&w);
	assert_int_equal(w.seen.sends, 2); /* the busy one, after a second */
	world_clear(&w);
	world_sent(&w, 1, SEND_ACCEPTED);
	world_block(&w, "oooooooo", false, NULL);
	assert_int_equal(w.seen.sends, 4); /* the one that was behind, with the next block */
	world_clear(&w);
	world_sent(&w, 2, SEND_DUPLICATE);
	world_block(&w, "ooooooo", false, NULL);
	assert_int_equal(w.seen.sends, 0);
	world_connected(&w, 5); /* one is lost, and comes back without it */
	world_connected(&w, 7);
	assert_int_equal(w.seen.sends, 2);
	world_clear(&w);
	world_connected(&w, 15); /* a new one gets it */
	assert_int_equal(w.seen.sends, 8);
}

TEST(resend_keeps_slot_safety)
{
	struct world w;

	world_init_sent(&w, 1);
	world_block(&w, "Xooooo", false, NULL);
	world_connected(&w, 3);
	assert_int_equal(w.seen.sends, 0);
	world_pass(&w, submission_wake_ms(&w.s) - w.now.mono_ms);
	world_tick(&w);
	assert_int_equal(w.seen.sends, 2);
}

TEST(late_answer_of_a_lost_connection)
{
	struct world w;

	world_init_offered(&w, 1);
	world_connected(&w, 0);
	world_sent(&w, 0, SEND_NO_ANSWER);
	assert_int_equal(w.s.state, GW_SUBMISSION_SIGNED);
	world_connected(&w, 1);
	assert_int_equal(w.seen.sends, 1);
	world_sent(&w, 0, SEND_AUTHORITY); /* it may hold it from the first time: no end before it is proved */
	assert_int_equal(w.s.state, GW_SUBMISSION_SIGNED);
	world_pass_expiration(&w);
	assert_int_equal(w.seen.asks, 1);
	assert_true(w.seen.at_driver);
	world_witness(&w, KEY_A);
	world_assert_failed(&w, GW_FAIL_EXPIRED);
}

TEST(accepted_on_a_connection_since_lost)
{
	struct world w;

	world_init_offered(&w, 1);
	world_connected(&w, 0);
	world_sent(&w, 0, SEND_ACCEPTED);
	assert_int_equal(w.s.state, GW_SUBMISSION_SENT);
	world_connected(&w, 1); /* it may have lost it with its restart */
	assert_int_equal(w.seen.sends, 1);
	world_sent(&w, 0, SEND_DUPLICATE);
	world_sent(&w, 0, SEND_NO_ANSWER); /* of before: it has it, and a repeat spreads nothing */
	world_clear(&w);
	world_pass(&w, SUBMISSION_ASK_AGAIN_MS);
	world_tick(&w);
	world_block(&w, "ooooooo", false, NULL);
	assert_int_equal(w.seen.sends, 0);
}

TEST(planned_once_sent_needs_no_wide_room)
{
	const struct gw_intent intent = world_intent(GW_INTENT_PLANNED);
	struct world w;

	world_init_plain(&w, "ooooX");
	world_begin(&w, &intent, 1);
	world_run_to_signed(&w);
	world_sent(&w, 0, SEND_ACCEPTED);
	world_clear(&w);
	world_block(&w, "oooX", false, NULL);
	world_connected(&w, 3);
	assert_int_equal(w.seen.sends, 2);
}

TEST(people_are_not_told_the_same_over_and_over)
{
	struct world w;

	world_init_offered(&w, 1);
	for (int i = 0; i < 3; i++) {
		world_sent(&w, 0, SEND_TAPOS);
		w.seen.sends = 0;
		world_block(&w, "ooooooo", false, NULL);
	}
	assert_int_equal(w.seen.progresses, 1);
}

/* ---- cancel ----------------------------------------------------------------------------------------------------- */

TEST(cancel_before_it_was_sent)
{
	for (int step = 0; step < 4; step++) {
		const struct gw_intent intent = world_intent(GW_INTENT_AUTOMATIC);
		struct world w;

		world_init_plain(&w, "oooooo");
		world_begin(&w, &intent, 0);
		if (step > 0)
			world_witness(&w, KEY_A);
		if (step > 1)
			world_recorded(&w, true);
		if (step > 2)
			world_signed(&w);
		submission_cancel(&w.s, "hold", &w.now);
		world_drain(&w);
		world_assert_failed(&w, GW_FAIL_CANCELLED);
		assert_null(strstr(w.seen.progress.text, "may still come"));
		assert_int_equal(submission_alive_until_s(&w.s), 0);
		world_clear(&w);
		world_recorded(&w, true);
		world_signed(&w);
		world_connected(&w, 7);
		assert_int_equal(w.seen.records + w.seen.signs + w.seen.sends + w.seen.progresses, 0);
	}
}

TEST(cancel_once_sent)
{
	struct world w;

	world_init_offered(&w, 3);
	submission_cancel(&w.s, "hold", &w.now);
	world_drain(&w);
	world_assert_failed(&w, GW_FAIL_CANCELLED);
	assert_non_null(strstr(w.seen.progress.text, "may still come"));
	assert_int_equal(submission_alive_until_s(&w.s), 1000030);
	world_connected(&w, 7);
	assert_int_equal(w.seen.sends, 0);
}

TEST(cancel_drops_what_is_queued)
{
	struct submission_action action;
	struct world w;

	world_init_sent(&w, 1);
	submission_endpoints(&w.s, 3, &w.now);
	submission_tick(&w.s, &w.view, &w.now); /* SEND stands in the queue */
	submission_cancel(&w.s, "hold", &w.now);
	assert_true(submission_next(&w.s, &action));
	assert_int_equal(action.type, SUBMISSION_PROGRESS);
	assert_false(submission_next(&w.s, &action));
}

TEST(cancel_in_a_block)
{
	struct world w;

	world_init_sent(&w, 1);
	world_block_event(&w, 1001, 0, 1, TXID, "");
	submission_cancel(&w.s, "hold", &w.now);
	assert_int_equal(w.s.state, GW_SUBMISSION_IN_BLOCK);
}

/* ---- golosd's errors -------------------------------------------------------------------------------------------- */

TEST(send_result_of)
{
	static const struct {
		struct rpc_error error;
		enum send_result result;
	} cases[] = {
		/* recording 05-tx.jsonl: lines 27, 38, 53, 63, 98, 108, 128, 138, 143, 301 */
		{{-32006, 3080000, "duplicate transaction (3080000)"}, SEND_DUPLICATE},
		{{-32006, 3100000, "expired transaction (3100000)"}, SEND_EXPIRED},
		{{-32006, 3110000, "invalid transaction field (3110000)"}, SEND_TAPOS},
		{{-32004, 3020100, "missing required active authority (3020100)"}, SEND_AUTHORITY},
		{{-32004, 0, "missing authority"}, SEND_AUTHORITY},
		{{-32006, 3030000, "irrelevant signature included (3030000)"}, SEND_REFUSED},
		{{-32603, 10, "Internal error: Assert Exception (10)"}, SEND_REFUSED},
		{{-32603, 0, "Unable to acquire READ lock"}, SEND_BUSY},
		{{-32603, 0, "Unable to acquire WRITE lock"}, SEND_BUSY},
		{{-32603, 10, "unlinkable block"}, SEND_REFUSED},
		{{-32002, 1020200, "Missing object (1020200)"}, SEND_REFUSED},
		{{-32005, 3010000, "invalid operation in transaction (3010000)"}, SEND_REFUSED},
		{{-32003, 2030000, "business logic error (2030000)"}, SEND_BANDWIDTH},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(send_result_of(&cases[i].error), cases[i].result);
}
