/* SPDX-License-Identifier: MIT
 *
 * When a submission is signed and sent: slot safety, a moment that is gone, forks.
 * docs/design.md "From a block to a switch" 7, docs/protocol.md 4.
 */
#include "submission_world.h"
#include "test.h"
#include <stdio.h>

TEST(nothing_before_the_schedule)
{
	const struct gw_intent intent = world_intent(GW_INTENT_AUTOMATIC);
	struct world w;

	world_init_plain(&w, "oooo");
	w.view.valid = false;
	world_begin(&w, &intent, 1);
	assert_int_equal(w.seen.asks, 0);
	assert_int_equal(submission_wake_ms(&w.s), w.now.mono_ms + SUBMISSION_RETRY_MS);
	w.view.valid = true;
	w.now.chain_ms = 0; /* no clock: no slot can be judged */
	world_tick(&w);
	assert_int_equal(w.seen.asks, 0);
}

/* Nobody tells the order of witnesses: after a round each slot counts as ours, and the running one is waited out. */
TEST(without_the_order_after_a_round)
{
	const struct gw_intent automatic = world_intent(GW_INTENT_AUTOMATIC);
	const struct gw_intent planned = world_intent(GW_INTENT_PLANNED);
	struct world w;

	world_init_plain(&w, "????");
	w.view.schedule_old_ms = 62999; /* a round of 21 is 63 s */
	world_begin(&w, &automatic, 1);
	assert_int_equal(w.seen.asks, 0);
	w.view.schedule_old_ms = 63000;
	world_tick(&w);
	assert_int_equal(w.seen.asks, 1);
	world_witness(&w, KEY_A);
	assert_int_equal(w.seen.records, 1);

	world_init_plain(&w, "????");
	w.view.schedule_old_ms = 600000;
	world_begin(&w, &planned, 1); /* what a person orders waits for a moment that is known to be safe */
	assert_int_equal(w.seen.asks, 0);

	world_init_plain(&w, "????");
	w.view.valid = false;
	w.view.schedule_old_ms = 600000;
	world_begin(&w, &automatic, 1);
	assert_int_equal(w.seen.asks, 0);
}

TEST(moment_gone_while_asking)
{
	const struct gw_intent intent = world_intent(GW_INTENT_AUTOMATIC);
	struct world w;

	world_init_plain(&w, "oXooo");
	world_begin(&w, &intent, 1);
	assert_int_equal(w.seen.asks, 1);
	world_block(&w, "Xooo", false, NULL);
	world_witness(&w, KEY_A); /* of before: it does not count any more */
	assert_int_equal(w.seen.records, 0);
	world_pass(&w, submission_wake_ms(&w.s) - w.now.mono_ms);
	world_tick(&w);
	assert_int_equal(w.seen.asks, 2);
	world_witness(&w, KEY_A);
	assert_int_equal(w.seen.records, 1);
}

/* The answer comes when the slot at hand is our own, before any timer: it does not serve the next moment. */
TEST(answer_in_the_own_slot)
{
	const struct gw_intent intent = world_intent(GW_INTENT_AUTOMATIC);
	struct world w;

	world_init_plain(&w, "oXooo");
	world_begin(&w, &intent, 1);
	world_pass(&w, 2800);
	world_witness(&w, KEY_A);
	assert_int_equal(w.seen.records, 0);
	world_pass(&w, submission_wake_ms(&w.s) - w.now.mono_ms); /* the first slot is over, our own is next */
	world_tick(&w);
	assert_int_equal(w.seen.records, 0);
	world_pass(&w, submission_wake_ms(&w.s) - w.now.mono_ms);
	world_tick(&w);
	assert_int_equal(w.seen.records, 0);
	assert_int_equal(w.seen.asks, 2);
}

TEST(asks_anew_at_the_next_moment)
{
	const struct gw_intent intent = world_intent(GW_INTENT_AUTOMATIC);
	struct world w;

	world_init_plain(&w, "ooooo");
	world_begin(&w, &intent, 1);
	w.view.valid = false; /* a fork: the schedule is being fetched */
	world_tick(&w);
	world_pass(&w, 100);
	w.view.valid = true;
	world_tick(&w);
	assert_int_equal(w.seen.asks, 2);
}

/* TaPoS and expiration stand in the record: signed too late for this moment, it waits for the next within its life. */
TEST(moment_gone_while_signing)
{
	const struct gw_intent intent = world_intent(GW_INTENT_AUTOMATIC);
	struct world w;

	world_init_plain(&w, "oXooo");
	world_begin(&w, &intent, 1);
	world_witness(&w, KEY_A);
	world_recorded(&w, true);
	world_block(&w, "Xooo", false, NULL);
	world_signed(&w);
	assert_int_equal(w.seen.sends, 0);
	assert_int_equal(w.s.state, GW_SUBMISSION_SIGNED);
	world_pass(&w, submission_wake_ms(&w.s) - w.now.mono_ms);
	world_tick(&w);
	assert_int_equal(w.seen.asks, 2); /* what the first fetch said is old by now */
	world_witness(&w, KEY_A);
	assert_int_equal(w.seen.sends, 1);
	assert_int_equal(w.seen.records, 1);
	assert_int_equal(w.seen.signs, 1);
}

/* A disk takes its time, and another backup's update is pending since: nothing is sent beside it. */
TEST(slow_journal_checks_again)
{
	static const struct {
		int64_t disk_ms;
		const char *then;
		bool asks, sends;
	} cases[] = {
		{SUBMISSION_CHECK_MS, KEY_A, false, true},
		{SUBMISSION_CHECK_MS + 1, KEY_A, true, true},
		{SUBMISSION_CHECK_MS + 1, KEY_C, true, false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct gw_intent intent = world_intent(GW_INTENT_AUTOMATIC);
		struct world w;

		world_init_plain(&w, "oooooooooooooo");
		world_begin(&w, &intent, 1);
		world_witness(&w, KEY_A);
		const struct submission_record record = w.s.record;

		world_pass(&w, cases[i].disk_ms);
		world_recorded(&w, i % 2);
		world_signed(&w);
		assert_int_equal(w.seen.asks, 1 + cases[i].asks);
		if (cases[i].asks)
			world_witness(&w, cases[i].then);
		assert_int_equal(w.seen.sends, cases[i].sends);
		assert_memory_equal(&w.s.record.tapos_id, &record.tapos_id, sizeof(record.tapos_id));
	}
}

/* The bytes are fixed with the record: what a later fetch says of the url changes them no more. */
TEST(second_check_leaves_the_record)
{
	const struct gw_intent intent = world_intent(GW_INTENT_AUTOMATIC);
	struct witness_answer answer = {.exists = true, .owner = "foo", .url = "https://another.example"};
	struct world w;

	world_init_plain(&w, "oooooooooooooo");
	world_begin(&w, &intent, 1);
	world_witness(&w, KEY_A);
	world_recorded(&w, true);
	world_pass(&w, SUBMISSION_CHECK_MS + 1);
	world_signed(&w);
	memcpy(answer.signing_key, KEY_A, sizeof(KEY_A));
	submission_witness(&w.s, w.seen.ticket, &answer, &w.view, &w.now);
	world_drain(&w);
	assert_int_equal(w.seen.sends, 1);
	assert_string_equal(w.s.record.url, "https://foo.example/failover");
}

TEST(never_safe_ends)
{
	const struct gw_intent intent = world_intent(GW_INTENT_PLANNED);
	struct world w;

	world_init_plain(&w, "XXXXXX");
	w.view.scheduled = 1;
	world_begin(&w, &intent, 1);
	for (int i = 0; i < 100 && !submission_is_over(&w.s); i++)
		world_block(&w, "XXXXXX", false, NULL);
	world_assert_failed(&w, GW_FAIL_UNREACHABLE);
	assert_int_equal(w.seen.asks + w.seen.records + w.seen.sends, 0);
}

TEST(planned_wants_room)
{
	static const struct {
		uint32_t scheduled;
		const char *slots;
		bool goes;
	} cases[] = {
		{21, "oooX", false}, {21, "ooooX", true}, {21, "ooo?ooo", false}, {3, "oo?", false},
		{3, "ooo", true},    {2, "oX", false},	  {2, "ooX", true},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct gw_intent intent = world_intent(GW_INTENT_PLANNED);
		struct world w;

		world_init_plain(&w, cases[i].slots);
		w.view.scheduled = cases[i].scheduled;
		world_begin(&w, &intent, 1);
		assert_int_equal(w.seen.asks, cases[i].goes);
	}
}

/* Two scheduled: room of 2 never comes; after two rounds (12 s) one slot of another's must do. */
TEST(planned_takes_any_room_after_two_rounds)
{
	const struct gw_intent intent = world_intent(GW_INTENT_PLANNED);
	struct world w;

	world_init_plain(&w, "oXoX");
	w.view.scheduled = 2;
	world_begin(&w, &intent, 1);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(w.seen.asks, 0);
		world_block(&w, i % 2 ? "oXoX" : "XoXo", false, NULL);
	}
	assert_int_equal(w.seen.asks, 1);
	world_run_to_signed(&w);
	assert_int_equal(w.seen.sends, 1);
}
