/* SPDX-License-Identifier: MIT
 *
 * The life of one transaction, rule by rule: DESIGN.md "From a block to a switch" 6 to 9, PROTOCOL.md 4 to 6.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "submission_world.h"

#define NO_KEYS "GLS1111111111111111111111111111111114T1Anm"

static void init_plain(struct world *w, const char *slots)
{
	char id[GW_ID_SIZE], previous[GW_ID_SIZE];

	world_id(id, 1000);
	world_id(previous, 999);
	world_init(w, 1000, id, previous, 1000000, slots);
}

/* Signed, offered to the endpoints connected; head 1000. */
static void init_offered(struct world *w, uint32_t connected)
{
	const struct gw_intent intent = world_intent(GW_INTENT_AUTOMATIC);

	init_plain(w, "oooooooooooooo");
	world_begin(w, &intent, connected);
	world_run_to_signed(w);
	assert_int_equal(w->seen.sends, connected);
	world_clear(w);
}

static void init_sent(struct world *w, uint32_t connected)
{
	init_offered(w, connected);
	world_sent(w, 0, SEND_ACCEPTED);
	assert_int_equal(w->s.state, GW_SUBMISSION_SENT);
	world_clear(w);
}

/* Blocks until the head's time has reached the expiration. */
static void pass_expiration(struct world *w)
{
	for (int i = 0; i < SUBMISSION_LIFE_S / 3 && !submission_is_over(&w->s); i++)
		world_block(w, "oooooo", false, NULL);
}

static void assert_failed(const struct world *w, int32_t reason)
{
	if (w->s.state != GW_SUBMISSION_FAILED || w->s.reason != reason)
		print_error("state %d, reason %d: %s\n", w->s.state, w->s.reason, w->seen.progress.text);
	assert_int_equal(w->s.state, GW_SUBMISSION_FAILED);
	assert_int_equal(w->s.reason, reason);
	assert_int_equal(w->seen.progress.state, GW_SUBMISSION_FAILED);
	assert_int_equal(w->seen.progress.reason, reason);
	assert_int_equal(submission_wake_ms(&w->s), INT64_MAX);
}

/* ---- the recorded chains -------------------------------------------------------------------------------------------
 */

/* Recording 12: head 1456 shows the miss; ahead are w12 w15 w09 w16 w05 w19. Sent at once, TaPoS 1456. */
static void test_recording_12_automatic(void **state)
{
	struct gw_intent intent = world_intent(GW_INTENT_AUTOMATIC);
	struct world w;

	(void)state;
	world_init(&w, 1456, "000005b08e8487e42606bb5d04818741d881074b", "000005af00000000000000000000000000000000",
		   1795461795, "oooooo");
	intent.evidence_num = 1456;
	memcpy(intent.evidence_id, w.view.head_id, GW_ID_SIZE);
	world_begin(&w, &intent, 1);
	world_run_to_signed(&w);
	assert_int_equal(w.seen.sends, 1);
	assert_int_equal(w.seen.transaction.ref_block_num, 1456);
	assert_int_equal(w.seen.transaction.ref_block_prefix, 3834086542u);
	assert_int_equal(w.seen.transaction.expiration_s, 1795461795 + 30);
	assert_string_equal(w.seen.transaction.operations[0].witness_update.url, "https://foo.example/failover");
	world_sent(&w, 0, SEND_ACCEPTED);
	world_block(&w, "ooooo", true, KEY_B);
	assert_int_equal(w.s.state, GW_SUBMISSION_IN_BLOCK);
	assert_int_equal(w.seen.progress.block_num, 1457);
	assert_string_equal(w.seen.progress.txid, TXID);
	w.view.irreversible = 1457;
	world_block(&w, "oooo", false, NULL);
	assert_int_equal(w.s.state, GW_SUBMISSION_IRREVERSIBLE);
	assert_true(submission_is_over(&w.s));
	assert_int_equal(submission_alive_until_s(&w.s), 0);
}

/* Recording 13: at foo's own block 1540, 14 known slots ahead and none foo's. Sent at once; TaPoS is the block before.
 */
static void test_recording_13_planned(void **state)
{
	const struct gw_intent intent = world_intent(GW_INTENT_PLANNED);
	struct world w;

	(void)state;
	world_init(&w, 1540, "00000604422486971b5c46d1778774545bc8c38e", "000006030123456700000000000000000000000f",
		   1795462047, "oooooooooooooo");
	world_begin(&w, &intent, 1);
	world_run_to_signed(&w);
	assert_int_equal(w.seen.sends, 1);
	assert_int_equal(w.seen.record.tapos_num, 1539);
	assert_int_equal(w.seen.transaction.ref_block_num, 1539);
	assert_int_equal(w.seen.transaction.ref_block_prefix, 0x67452301u);
}

/* Recording 11: two scheduled, foo's slot 2.1 s ahead. Not before 1 s after it; then before the next, by timer. */
static void test_recording_11_race(void **state)
{
	const struct gw_intent intent = world_intent(GW_INTENT_AUTOMATIC);
	struct world w;

	(void)state;
	init_plain(&w, "XoXoX");
	w.view.scheduled = 2;
	world_begin(&w, &intent, 1);
	assert_int_equal(w.seen.asks + w.seen.records + w.seen.sends, 0);
	assert_int_equal(submission_wake_ms(&w.s), w.now.mono_ms + 3700);
	world_pass(&w, 3699);
	world_tick(&w);
	assert_int_equal(w.seen.asks, 0);
	world_pass(&w, 1);
	world_tick(&w);
	world_run_to_signed(&w);
	assert_int_equal(w.seen.sends, 1);
	assert_true(w.now.chain_ms < w.view.next_slot_time_s * 1000);
}

/* ---- TaPoS and expiration
 * -------------------------------------------------------------------------------------------- */

static void test_tapos(void **state)
{
	static const struct {
		int32_t mode;
		uint32_t evidence, expected;
	} cases[] = {
		{GW_INTENT_AUTOMATIC, 990, 990},
		{GW_INTENT_AUTOMATIC, 0, 1000},
		{GW_INTENT_PLANNED, 0, 999},
		{GW_INTENT_PLANNED, 990, 999},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct gw_intent intent = world_intent(cases[i].mode);
		char id[GW_ID_SIZE];
		struct world w;

		init_plain(&w, "oooooo");
		intent.evidence_num = cases[i].evidence;
		if (cases[i].evidence)
			world_id(intent.evidence_id, cases[i].evidence);
		world_begin(&w, &intent, 1);
		world_witness(&w, KEY_A);
		world_id(id, cases[i].expected);
		assert_int_equal(w.seen.records, 1);
		assert_int_equal(w.seen.record.tapos_num, cases[i].expected);
		assert_string_equal(w.seen.record.tapos_id, id);
		assert_int_equal(w.seen.record.expiration_s, 1000000 + SUBMISSION_LIFE_S);
		assert_string_equal(w.seen.record.replaces, KEY_A);
	}
}

static void test_feed_has_no_slot_rules(void **state)
{
	struct gw_intent intent = world_intent(GW_INTENT_AUTOMATIC);
	struct world w;

	(void)state;
	intent.operation = GW_OP_FEED_PUBLISH;
	snprintf(intent.base, sizeof(intent.base), "1.000 GBG");
	snprintf(intent.quote, sizeof(intent.quote), "25.000 GOLOS");
	init_plain(&w, "XXXX");
	world_begin(&w, &intent, 1);
	assert_int_equal(w.seen.asks, 0);
	world_recorded(&w, true);
	world_signed(&w);
	assert_int_equal(w.seen.sends, 1);
	assert_int_equal(w.seen.transaction.operations[0].type, OPERATION_FEED_PUBLISH);
	assert_int_equal(w.seen.transaction.operations[0].feed_publish.quote.amount, 25000);
	world_sent(&w, 0, SEND_ACCEPTED);
	world_block(&w, "XXXX", false, KEY_C); /* other keys do not matter */
	assert_int_equal(w.s.state, GW_SUBMISSION_SENT);
	pass_expiration(&w);
	assert_failed(&w, GW_FAIL_EXPIRED);
	assert_int_equal(w.seen.asks, 0);
}

static void test_intent_that_makes_no_transaction(void **state)
{
	struct gw_intent intent = world_intent(GW_INTENT_AUTOMATIC);
	struct world w;

	(void)state;
	snprintf(intent.signing_key, sizeof(intent.signing_key), "EOS123");
	init_plain(&w, "oooo");
	world_begin(&w, &intent, 1);
	world_witness(&w, KEY_A);
	assert_failed(&w, GW_FAIL_INTERNAL);
	assert_int_equal(w.seen.records, 0);
}

/* ---- slot safety
 * ------------------------------------------------------------------------------------------------------- */

static void test_nothing_before_the_schedule(void **state)
{
	const struct gw_intent intent = world_intent(GW_INTENT_AUTOMATIC);
	struct world w;

	(void)state;
	init_plain(&w, "oooo");
	w.view.valid = false;
	world_begin(&w, &intent, 1);
	assert_int_equal(w.seen.asks, 0);
	assert_int_equal(submission_wake_ms(&w.s), w.now.mono_ms + SUBMISSION_RETRY_MS);
	w.view.valid = true;
	w.now.chain_ms = 0; /* no clock: no slot can be judged */
	world_tick(&w);
	assert_int_equal(w.seen.asks, 0);
}

static void test_moment_gone_while_asking(void **state)
{
	const struct gw_intent intent = world_intent(GW_INTENT_AUTOMATIC);
	struct world w;

	(void)state;
	init_plain(&w, "oXooo");
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
static void test_answer_in_the_own_slot(void **state)
{
	const struct gw_intent intent = world_intent(GW_INTENT_AUTOMATIC);
	struct world w;

	(void)state;
	init_plain(&w, "oXooo");
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

static void test_asks_anew_at_the_next_moment(void **state)
{
	const struct gw_intent intent = world_intent(GW_INTENT_AUTOMATIC);
	struct world w;

	(void)state;
	init_plain(&w, "ooooo");
	world_begin(&w, &intent, 1);
	w.view.valid = false; /* a fork: the schedule is being fetched */
	world_tick(&w);
	world_pass(&w, 100);
	w.view.valid = true;
	world_tick(&w);
	assert_int_equal(w.seen.asks, 2);
}

/* TaPoS and expiration stand in the record: signed too late for this moment, it waits for the next within its life. */
static void test_moment_gone_while_signing(void **state)
{
	const struct gw_intent intent = world_intent(GW_INTENT_AUTOMATIC);
	struct world w;

	(void)state;
	init_plain(&w, "oXooo");
	world_begin(&w, &intent, 1);
	world_witness(&w, KEY_A);
	world_recorded(&w, true);
	world_block(&w, "Xooo", false, NULL);
	world_signed(&w);
	assert_int_equal(w.seen.sends, 0);
	assert_int_equal(w.s.state, GW_SUBMISSION_SIGNED);
	world_pass(&w, submission_wake_ms(&w.s) - w.now.mono_ms);
	world_tick(&w);
	assert_int_equal(w.seen.sends, 1);
	assert_int_equal(w.seen.records, 1);
	assert_int_equal(w.seen.signs, 1);
}

static void test_never_safe_ends(void **state)
{
	const struct gw_intent intent = world_intent(GW_INTENT_PLANNED);
	struct world w;

	(void)state;
	init_plain(&w, "XXXXXX");
	w.view.scheduled = 1;
	world_begin(&w, &intent, 1);
	for (int i = 0; i < 100 && !submission_is_over(&w.s); i++)
		world_block(&w, "XXXXXX", false, NULL);
	assert_failed(&w, GW_FAIL_UNREACHABLE);
	assert_int_equal(w.seen.asks + w.seen.records + w.seen.sends, 0);
}

static void test_planned_wants_room(void **state)
{
	static const struct {
		uint32_t scheduled;
		const char *slots;
		bool goes;
	} cases[] = {
		{21, "oooX", false}, {21, "ooooX", true}, {21, "ooo?ooo", false}, {3, "oo?", false},
		{3, "ooo", true},    {2, "oX", false},	  {2, "ooX", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct gw_intent intent = world_intent(GW_INTENT_PLANNED);
		struct world w;

		init_plain(&w, cases[i].slots);
		w.view.scheduled = cases[i].scheduled;
		world_begin(&w, &intent, 1);
		assert_int_equal(w.seen.asks, cases[i].goes);
	}
}

/* Two scheduled: room of 2 never comes; after two rounds (12 s) one slot of another's must do. */
static void test_planned_takes_the_widest(void **state)
{
	const struct gw_intent intent = world_intent(GW_INTENT_PLANNED);
	struct world w;

	(void)state;
	init_plain(&w, "oXoX");
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

static void test_planned_waits_for_the_widest_seen(void **state)
{
	const struct gw_intent intent = world_intent(GW_INTENT_PLANNED);
	struct world w;

	(void)state;
	init_plain(&w, "oooXo"); /* three: the widest in two rounds of 21 */
	world_begin(&w, &intent, 1);
	for (int i = 0; i < 42; i++)
		world_block(&w, "ooXoo", false, NULL);
	assert_int_equal(w.seen.asks, 0);
	world_block(&w, "oooXo", false, NULL);
	assert_int_equal(w.seen.asks, 1);
}

/* ---- the check before sending
 * -------------------------------------------------------------------------------------------- */

static void test_pending_of_another(void **state)
{
	const struct gw_intent intent = world_intent(GW_INTENT_AUTOMATIC);
	struct world w;

	(void)state;
	init_plain(&w, "oooooooooooo");
	world_begin(&w, &intent, 1);
	world_witness(&w, KEY_C);
	assert_int_equal(w.seen.records, 0);
	world_block(&w, "ooooooooooo", false, KEY_C); /* and now a block holds it */
	assert_failed(&w, GW_FAIL_OVERTAKEN);
	assert_int_equal(submission_alive_until_s(&w.s), 0);
	assert_int_equal(w.seen.records, 0);
}

static void test_pending_of_another_goes_away(void **state)
{
	const struct gw_intent intent = world_intent(GW_INTENT_AUTOMATIC);
	struct world w;

	(void)state;
	init_plain(&w, "oooooooooooo");
	world_pass(&w, 1000); /* the next block comes before the 3 s of a question without an answer */
	world_begin(&w, &intent, 1);
	world_witness(&w, KEY_C);
	world_clear(&w);
	world_block(&w, "ooooooooooo", false, NULL); /* asked again with the next block */
	assert_int_equal(w.seen.asks, 1);
	world_witness(&w, KEY_A);
	assert_int_equal(w.seen.records, 1);
}

static void test_pending_of_another_for_30_s_at_most(void **state)
{
	const struct gw_intent intent = world_intent(GW_INTENT_AUTOMATIC);
	struct world w;

	(void)state;
	init_plain(&w, "oooooooooooooooooooooooooooooooooooo");
	world_begin(&w, &intent, 1);
	const int64_t begun_ms = w.now.mono_ms;
	uint64_t answered = 0;

	while (w.seen.records == 0) {
		if (w.seen.ticket != answered) {
			answered = w.seen.ticket;
			world_witness(&w, KEY_C);
			continue;
		}
		assert_true(submission_wake_ms(&w.s) > w.now.mono_ms);
		world_pass(&w, submission_wake_ms(&w.s) - w.now.mono_ms);
		world_tick(&w);
	}
	/* Nobody filled a slot meanwhile, so it may have had to wait for the end of one. */
	assert_in_range(w.now.mono_ms - begun_ms, SUBMISSION_PENDING_WAIT_S * 1000,
			SUBMISSION_PENDING_WAIT_S * 1000 + 1000);
}

static void test_our_key_is_there_already(void **state)
{
	const struct gw_intent intent = world_intent(GW_INTENT_AUTOMATIC);
	struct world w;

	(void)state;
	init_plain(&w, "Xoooo");
	snprintf(w.view.signing_key, GW_KEY_SIZE, "%s", KEY_B);
	world_begin(&w, &intent, 1);
	assert_failed(&w, GW_FAIL_OVERTAKEN);
	assert_int_equal(w.seen.asks, 0);
}

static void test_unknown_witness(void **state)
{
	const struct gw_intent intent = world_intent(GW_INTENT_AUTOMATIC);
	const struct witness_answer none = {.exists = false};
	struct world w;

	(void)state;
	init_plain(&w, "oooo");
	world_begin(&w, &intent, 1);
	submission_witness(&w.s, w.seen.ticket, &none, &w.view, &w.now);
	world_drain(&w);
	assert_failed(&w, GW_FAIL_REFUSED);
}

static void test_no_answer_is_asked_again(void **state)
{
	const struct gw_intent intent = world_intent(GW_INTENT_AUTOMATIC);
	struct world w;

	(void)state;
	init_plain(&w, "oooooo");
	world_begin(&w, &intent, 1);
	const uint64_t first = w.seen.ticket;

	submission_witness(&w.s, first, NULL, &w.view, &w.now);
	world_drain(&w);
	assert_int_equal(w.seen.asks, 1);
	assert_int_equal(submission_wake_ms(&w.s), w.now.mono_ms + SUBMISSION_ASK_AGAIN_MS);
	world_block(&w, "oooooo", false, NULL);
	world_pass(&w, 300);
	world_tick(&w);
	assert_int_equal(w.seen.asks, 2);
	assert_int_not_equal(w.seen.ticket, first);
	/* The late answer to the first question is no answer to the second. */
	w.seen.ticket = first;
	world_witness(&w, KEY_A);
	assert_int_equal(w.seen.records, 0);
}

/* ---- several endpoints
 * ----------------------------------------------------------------------------------------------------- */

static void test_answers_of_three(void **state)
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

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world w;

		init_offered(&w, 7);
		for (uint32_t e = 0; e < 3; e++)
			world_sent(&w, e, cases[i].answers[e]);
		assert_int_equal(w.s.state, cases[i].state);
		assert_int_equal(w.s.reason, cases[i].reason);
		assert_int_equal(w.seen.sends, 0);
		assert_int_equal(submission_alive_until_s(&w.s), 0);
	}
}

static void test_resend_only_where_it_lacks(void **state)
{
	struct world w;

	(void)state;
	init_offered(&w, 7);
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

static void test_resend_keeps_slot_safety(void **state)
{
	struct world w;

	(void)state;
	init_sent(&w, 1);
	world_block(&w, "Xooooo", false, NULL);
	world_connected(&w, 3);
	assert_int_equal(w.seen.sends, 0);
	world_pass(&w, submission_wake_ms(&w.s) - w.now.mono_ms);
	world_tick(&w);
	assert_int_equal(w.seen.sends, 2);
}

static void test_late_answer_of_a_lost_connection(void **state)
{
	struct world w;

	(void)state;
	init_offered(&w, 1);
	world_connected(&w, 0);
	world_sent(&w, 0, SEND_NO_ANSWER);
	assert_int_equal(w.s.state, GW_SUBMISSION_SIGNED);
	world_connected(&w, 1);
	assert_int_equal(w.seen.sends, 1);
	world_sent(&w, 0, SEND_AUTHORITY); /* it may hold it from the first time: no end before it is proved */
	assert_int_equal(w.s.state, GW_SUBMISSION_SIGNED);
	pass_expiration(&w);
	assert_int_equal(w.seen.asks, 1);
	assert_true(w.seen.at_driver);
	world_witness(&w, KEY_A);
	assert_failed(&w, GW_FAIL_EXPIRED);
}

static void test_accepted_on_a_connection_since_lost(void **state)
{
	struct world w;

	(void)state;
	init_offered(&w, 1);
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

static void test_planned_once_sent_needs_no_wide_room(void **state)
{
	const struct gw_intent intent = world_intent(GW_INTENT_PLANNED);
	struct world w;

	(void)state;
	init_plain(&w, "ooooX");
	world_begin(&w, &intent, 1);
	world_run_to_signed(&w);
	world_sent(&w, 0, SEND_ACCEPTED);
	world_clear(&w);
	world_block(&w, "oooX", false, NULL);
	world_connected(&w, 3);
	assert_int_equal(w.seen.sends, 2);
}

static void test_people_are_not_told_the_same_over_and_over(void **state)
{
	struct world w;

	(void)state;
	init_offered(&w, 1);
	for (int i = 0; i < 3; i++) {
		world_sent(&w, 0, SEND_TAPOS);
		w.seen.sends = 0;
		world_block(&w, "ooooooo", false, NULL);
	}
	assert_int_equal(w.seen.progresses, 1);
}

/* ---- in a block, forks
 * --------------------------------------------------------------------------------------------------------- */

static void block_event(struct world *w, uint32_t num, uint32_t undone, uint32_t epoch, const char *id,
			const char *signature)
{
	struct gw_block_event event = {.num = num, .undone = undone, .driver_epoch = epoch};
	struct block_transaction transaction = {.id = ""};

	snprintf(transaction.id, sizeof(transaction.id), "%s", id);
	snprintf(transaction.signature, sizeof(transaction.signature), "%s", signature);
	submission_block(&w->s, &event, &transaction, 1, &w->view, &w->now);
	world_drain(w);
}

static void test_found_by_id_or_by_signature(void **state)
{
	static const struct {
		const char *id, *signature;
		bool found;
	} cases[] = {
		{TXID, "", true},      {TXID, "20aa", true},
		{"", SIGNATURE, true}, {"", "20aa", false},
		{"", "", false},       {"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", SIGNATURE, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world w;

		init_sent(&w, 1);
		block_event(&w, 1001, 0, 1, cases[i].id, cases[i].signature);
		assert_int_equal(w.s.state, cases[i].found ? GW_SUBMISSION_IN_BLOCK : GW_SUBMISSION_SENT);
	}
}

/* The block may come before the node's answer to the broadcast (recordings/README.md 26). */
static void test_block_before_the_answer(void **state)
{
	struct world w;

	(void)state;
	init_offered(&w, 1);
	block_event(&w, 1001, 0, 1, TXID, "");
	assert_int_equal(w.s.state, GW_SUBMISSION_IN_BLOCK);
	world_sent(&w, 0, SEND_DUPLICATE);
	assert_int_equal(w.s.state, GW_SUBMISSION_IN_BLOCK);
}

static void test_undone(void **state)
{
	struct world w;

	(void)state;
	init_sent(&w, 1);
	block_event(&w, 1001, 0, 1, TXID, "");
	block_event(&w, 1002, 0, 1, "", "");
	w.view.irreversible = 1000;
	block_event(&w, 1002, 1, 1, "", ""); /* the one after it is undone: it stays */
	assert_int_equal(w.s.state, GW_SUBMISSION_IN_BLOCK);
	block_event(&w, 1001, 2, 1, "", "");
	assert_int_equal(w.s.state, GW_SUBMISSION_SENT);
	assert_int_equal(w.seen.progress.block_num, 0);
	assert_int_equal(w.seen.sends, 0); /* the node that has it tries to apply it again by itself */
	block_event(&w, 1002, 0, 1, TXID, "");
	assert_int_equal(w.s.state, GW_SUBMISSION_IN_BLOCK);
	w.view.irreversible = 1002;
	world_tick(&w);
	assert_int_equal(w.s.state, GW_SUBMISSION_IRREVERSIBLE);
}

static void test_undone_and_in_again_in_one_event(void **state)
{
	struct world w;

	(void)state;
	init_sent(&w, 1);
	block_event(&w, 1001, 0, 1, TXID, "");
	block_event(&w, 1001, 1, 1, TXID, "");
	assert_int_equal(w.s.state, GW_SUBMISSION_IN_BLOCK);
	assert_int_equal(w.s.block_num, 1001);
}

static void test_blocks_lost_while_in_block(void **state)
{
	struct world w;

	(void)state;
	init_sent(&w, 1);
	world_block(&w, "oooooooo", true, KEY_B);
	w.epoch = 2;
	world_block(&w, "ooooooo", false, NULL);
	assert_int_equal(w.s.state, GW_SUBMISSION_SENT);
	pass_expiration(&w);
	world_witness(&w, KEY_B);
	assert_int_equal(w.s.state, GW_SUBMISSION_IN_BLOCK); /* proved by the fetch */
	w.view.irreversible = w.view.head_num;
	world_tick(&w);
	assert_int_equal(w.s.state, GW_SUBMISSION_IRREVERSIBLE);
}

/* ---- overtaken
 * ---------------------------------------------------------------------------------------------------------------------
 */

static void test_overtaken_once_sent(void **state)
{
	struct world w;

	(void)state;
	init_sent(&w, 1);
	world_block(&w, "oooooooo", false, KEY_C);
	assert_failed(&w, GW_FAIL_OVERTAKEN);
	assert_non_null(strstr(w.seen.progress.text, "may still come"));
	assert_int_equal(submission_alive_until_s(&w.s), 1000030);
}

static void test_overtaken_without_a_block(void **state)
{
	struct world w;

	(void)state;
	init_sent(&w, 1);
	snprintf(w.view.signing_key, GW_KEY_SIZE, "%s", NO_KEYS); /* the chain's null, or a proposal's update */
	world_tick(&w);
	assert_failed(&w, GW_FAIL_OVERTAKEN);
}

static void test_overtaken_in_a_block(void **state)
{
	struct world w;

	(void)state;
	init_sent(&w, 1);
	world_block(&w, "oooooooo", true, KEY_B);
	assert_int_equal(w.s.state, GW_SUBMISSION_IN_BLOCK);
	world_block(&w, "oooooooo", false, KEY_A); /* the operator sets the old one again */
	assert_failed(&w, GW_FAIL_OVERTAKEN);
}

/* Without a block to show it: the chain's null, once our key had been believed. */
static void test_overtaken_after_our_block(void **state)
{
	struct world w;

	(void)state;
	init_sent(&w, 1);
	world_block(&w, "oooooooo", true, NULL); /* belief still shows the old key: that is nobody's doing */
	assert_int_equal(w.s.state, GW_SUBMISSION_IN_BLOCK);
	snprintf(w.view.signing_key, GW_KEY_SIZE, "%s", KEY_B);
	world_tick(&w);
	snprintf(w.view.signing_key, GW_KEY_SIZE, "%s", NO_KEYS);
	world_tick(&w);
	assert_failed(&w, GW_FAIL_OVERTAKEN);
}

/* A block whose last update is not ours: it is in the block and overtaken in it. */
static void test_overtaken_in_the_same_block(void **state)
{
	struct world w;

	(void)state;
	init_sent(&w, 1);
	world_block(&w, "oooooooo", true, KEY_C);
	assert_failed(&w, GW_FAIL_OVERTAKEN);
}

static void test_update_of_another_witness(void **state)
{
	const struct gw_key_update update = {.witness = "bar", .signing_key = KEY_C};
	const struct gw_block_event event = {.num = 1001, .driver_epoch = 1, .update_count = 1, .updates = &update};
	struct world w;

	(void)state;
	init_sent(&w, 1);
	submission_block(&w.s, &event, NULL, 0, &w.view, &w.now);
	world_drain(&w);
	assert_int_equal(w.s.state, GW_SUBMISSION_SENT);
}

/* ---- the end of its time
 * ----------------------------------------------------------------------------------------------------------------- */

static void test_expired_is_proved(void **state)
{
	static const struct {
		const char *key;
		int32_t state;
	} cases[] = {{KEY_A, GW_SUBMISSION_FAILED}, {KEY_C, GW_SUBMISSION_FAILED}, {KEY_B, GW_SUBMISSION_IN_BLOCK}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world w;

		init_sent(&w, 1);
		for (int b = 0; b < 9; b++)
			world_block(&w, "oooooooo", false, NULL);
		assert_int_equal(w.seen.asks, 0); /* head 27 s later: it can still come */
		world_block(&w, "oooooooo", false, NULL);
		assert_int_equal(w.seen.asks, 1);
		assert_true(w.seen.at_driver);
		world_connected(&w, 3);
		assert_int_equal(w.seen.sends, 0); /* sent nowhere any more */
		submission_witness(&w.s, w.seen.ticket, NULL, &w.view, &w.now);
		world_pass(&w, SUBMISSION_ASK_AGAIN_MS);
		world_tick(&w);
		assert_int_equal(w.seen.asks, 2);
		world_witness(&w, cases[i].key);
		assert_int_equal(w.s.state, cases[i].state);
		assert_int_equal(submission_alive_until_s(&w.s), 0);
	}
}

/* A fork takes the head's time back: what was asked before proves nothing. */
static void test_time_goes_back(void **state)
{
	struct world w;

	(void)state;
	init_sent(&w, 1);
	pass_expiration(&w);
	assert_int_equal(w.seen.asks, 1);
	w.view.head_time_s -= 6;
	world_tick(&w);
	world_witness(&w, KEY_A);
	assert_int_equal(w.s.state, GW_SUBMISSION_SENT);
	w.view.head_time_s += 6;
	world_tick(&w);
	assert_int_equal(w.seen.asks, 2);
	world_witness(&w, KEY_A);
	assert_failed(&w, GW_FAIL_EXPIRED);
}

static void test_never_offered_expires_without_a_question(void **state)
{
	const struct gw_intent intent = world_intent(GW_INTENT_AUTOMATIC);
	struct world w;

	(void)state;
	init_plain(&w, "oooooo");
	world_begin(&w, &intent, 0);
	world_run_to_signed(&w);
	world_clear(&w);
	pass_expiration(&w);
	assert_failed(&w, GW_FAIL_UNREACHABLE);
	assert_int_equal(w.seen.asks + w.seen.sends, 0);
}

static void test_all_gone_while_sent(void **state)
{
	struct world w;

	(void)state;
	init_sent(&w, 3);
	world_connected(&w, 0);
	w.view.valid = false;
	world_pass(&w, 3600 * 1000);
	world_tick(&w);
	assert_int_equal(w.s.state, GW_SUBMISSION_SENT); /* nothing is proved without a head */
	assert_int_equal(w.seen.asks, 0);
	w.view.valid = true;
	world_connected(&w, 1);
	world_block(&w, "oooooo", false, NULL);
	assert_int_equal(w.seen.sends, 0);
	assert_int_equal(w.seen.asks, 1);
	world_witness(&w, KEY_A);
	assert_failed(&w, GW_FAIL_EXPIRED);
}

/* ---- journal, signer, cancel
 * ------------------------------------------------------------------------------------------------------------- */

static void test_journal_fails(void **state)
{
	const struct gw_intent intent = world_intent(GW_INTENT_AUTOMATIC);
	struct world w;

	(void)state;
	init_plain(&w, "oooooo");
	world_begin(&w, &intent, 1);
	world_witness(&w, KEY_A);
	world_recorded(&w, false);
	assert_int_equal(w.s.state, GW_SUBMISSION_RECORDED);
	assert_int_equal(w.seen.signs, 1);
	world_recorded(&w, true); /* out of turn */
	assert_int_equal(w.seen.signs, 1);
}

static void test_journal_never_answers(void **state)
{
	const struct gw_intent intent = world_intent(GW_INTENT_AUTOMATIC);
	struct world w;

	(void)state;
	init_plain(&w, "oooooo");
	world_begin(&w, &intent, 1);
	world_witness(&w, KEY_A);
	pass_expiration(&w);
	assert_failed(&w, GW_FAIL_EXPIRED);
	world_recorded(&w, true);
	assert_int_equal(w.seen.signs, 0);
}

static void test_signer_refuses(void **state)
{
	const struct gw_intent intent = world_intent(GW_INTENT_AUTOMATIC);
	struct world w;

	(void)state;
	init_plain(&w, "oooooo");
	world_begin(&w, &intent, 1);
	world_witness(&w, KEY_A);
	world_recorded(&w, true);
	submission_signed(&w.s, NULL, NULL, GW_FAIL_POLICY, "max_signatures reached", &w.view, &w.now);
	world_drain(&w);
	assert_failed(&w, GW_FAIL_POLICY);
	assert_non_null(strstr(w.seen.progress.text, "max_signatures"));
	assert_int_equal(w.seen.sends, 0);
}

static void test_cancel_before_it_was_sent(void **state)
{
	(void)state;
	for (int step = 0; step < 4; step++) {
		const struct gw_intent intent = world_intent(GW_INTENT_AUTOMATIC);
		struct world w;

		init_plain(&w, "oooooo");
		world_begin(&w, &intent, 0);
		if (step > 0)
			world_witness(&w, KEY_A);
		if (step > 1)
			world_recorded(&w, true);
		if (step > 2)
			world_signed(&w);
		submission_cancel(&w.s, "hold", &w.now);
		world_drain(&w);
		assert_failed(&w, GW_FAIL_CANCELLED);
		assert_null(strstr(w.seen.progress.text, "may still come"));
		assert_int_equal(submission_alive_until_s(&w.s), 0);
		world_clear(&w);
		world_recorded(&w, true);
		world_signed(&w);
		world_connected(&w, 7);
		assert_int_equal(w.seen.records + w.seen.signs + w.seen.sends + w.seen.progresses, 0);
	}
}

static void test_cancel_once_sent(void **state)
{
	struct world w;

	(void)state;
	init_offered(&w, 3);
	submission_cancel(&w.s, "hold", &w.now);
	world_drain(&w);
	assert_failed(&w, GW_FAIL_CANCELLED);
	assert_non_null(strstr(w.seen.progress.text, "may still come"));
	assert_int_equal(submission_alive_until_s(&w.s), 1000030);
	world_connected(&w, 7);
	assert_int_equal(w.seen.sends, 0);
}

static void test_cancel_drops_what_is_queued(void **state)
{
	struct submission_action action;
	struct world w;

	(void)state;
	init_sent(&w, 1);
	submission_endpoints(&w.s, 3, &w.now);
	submission_tick(&w.s, &w.view, &w.now); /* SEND stands in the queue */
	submission_cancel(&w.s, "hold", &w.now);
	assert_true(submission_next(&w.s, &action));
	assert_int_equal(action.type, SUBMISSION_PROGRESS);
	assert_false(submission_next(&w.s, &action));
}

static void test_cancel_in_a_block(void **state)
{
	struct world w;

	(void)state;
	init_sent(&w, 1);
	block_event(&w, 1001, 0, 1, TXID, "");
	submission_cancel(&w.s, "hold", &w.now);
	assert_int_equal(w.s.state, GW_SUBMISSION_IN_BLOCK);
}

/* ---- restart
 * -------------------------------------------------------------------------------------------------------------------------------
 */

static struct submission_record record_of_1000(void)
{
	struct submission_record record;

	memset(&record, 0, sizeof(record));
	record.id = 42;
	record.intent = world_intent(GW_INTENT_AUTOMATIC);
	snprintf(record.url, sizeof(record.url), "https://foo.example/failover");
	snprintf(record.replaces, sizeof(record.replaces), "%s", KEY_A);
	record.tapos_num = 1000;
	world_id(record.tapos_id, 1000);
	record.expiration_s = 1000030;
	return record;
}

static void assert_same_bytes(const struct transaction *a, const struct transaction *b)
{
	struct transaction_bytes a_bytes, b_bytes;

	assert_int_equal(transaction_serialize(&a_bytes, a), GW_OK);
	assert_int_equal(transaction_serialize(&b_bytes, b), GW_OK);
	assert_int_equal(a_bytes.len, b_bytes.len);
	assert_memory_equal(a_bytes.bytes, b_bytes.bytes, a_bytes.len);
}

/* Whatever the state in which it was stopped, the restart signs the very same bytes, and never others. */
static void test_restart_signs_the_same(void **state)
{
	(void)state;
	for (int step = 0; step < 5; step++) {
		const struct gw_intent intent = world_intent(GW_INTENT_AUTOMATIC);
		struct world w, again;

		init_plain(&w, "ooooooo");
		world_begin(&w, &intent, 1);
		world_witness(&w, KEY_A);
		const struct submission_record record = w.seen.record; /* all that the journal has */

		world_recorded(&w, true);
		if (step > 0)
			world_signed(&w);
		if (step > 1)
			world_sent(&w, 0, SEND_ACCEPTED);
		if (step > 2)
			world_block(&w, "ooooooo", step > 3, NULL);
		init_plain(&again, "ooooooo");
		again.view.head_num = 1003;
		again.view.head_time_s += 9;
		again.view.next_slot_time_s += 9;
		again.now.chain_ms += 9000;
		world_resume(&again, &record, 1);
		assert_int_equal(again.seen.records, 0);
		assert_int_equal(again.seen.signs, 1);
		assert_same_bytes(&again.seen.transaction, &w.seen.transaction);
		world_signed(&again);
		assert_int_equal(again.seen.sends, 1);
		world_sent(&again, 0, SEND_DUPLICATE);
		assert_int_equal(again.s.state, GW_SUBMISSION_SENT);
	}
}

static void test_restart_after_its_time(void **state)
{
	static const struct {
		const char *key;
		int32_t state;
	} cases[] = {{KEY_A, GW_SUBMISSION_FAILED}, {KEY_B, GW_SUBMISSION_IN_BLOCK}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct submission_record record = record_of_1000();
		struct world w;

		init_plain(&w, "oooooo");
		w.view.head_num = 0; /* no node has answered yet */
		w.view.valid = false;
		world_resume(&w, &record, 0);
		assert_int_equal(w.seen.signs + w.seen.asks, 0);
		w.view.head_num = 1020;
		w.view.head_time_s = 1000060;
		world_connected(&w, 1);
		assert_int_equal(w.seen.signs + w.seen.sends, 0);
		assert_int_equal(w.seen.asks, 1);
		world_witness(&w, cases[i].key);
		assert_int_equal(w.s.state, cases[i].state);
	}
}

static void test_restart_and_the_signer_refuses(void **state)
{
	const struct submission_record record = record_of_1000();
	struct world w;

	(void)state;
	init_plain(&w, "ooooooooooooo");
	world_resume(&w, &record, 1);
	submission_signed(&w.s, NULL, NULL, GW_FAIL_POLICY, "max_signatures reached", &w.view, &w.now);
	world_drain(&w);
	assert_false(submission_is_over(&w.s)); /* of before the restart it may be pending somewhere */
	pass_expiration(&w);
	assert_int_equal(w.seen.signs, 1);
	world_witness(&w, KEY_A);
	assert_failed(&w, GW_FAIL_POLICY);
	assert_int_equal(w.seen.sends, 0);
}

static void test_restart_finds_another_key(void **state)
{
	const struct submission_record record = record_of_1000();
	struct world w;

	(void)state;
	init_plain(&w, "oooooo");
	snprintf(w.view.signing_key, GW_KEY_SIZE, "%s", KEY_C);
	world_resume(&w, &record, 1);
	assert_failed(&w, GW_FAIL_OVERTAKEN);
	assert_int_equal(submission_alive_until_s(&w.s), 1000030);
	assert_int_equal(w.seen.signs, 0);
}

static void test_restart_with_a_broken_record(void **state)
{
	struct submission_record record = record_of_1000();
	struct world w;

	(void)state;
	snprintf(record.tapos_id, sizeof(record.tapos_id), "zz");
	init_plain(&w, "oooooo");
	world_resume(&w, &record, 1);
	assert_failed(&w, GW_FAIL_INTERNAL);
}

/* ---- the rest
 * ------------------------------------------------------------------------------------------------------------------------------
 */

/* Plain data: a copy goes on as the original does, and equal histories are equal bytes. */
static void test_state_can_be_copied_and_compared(void **state)
{
	struct world w, copy;

	(void)state;
	init_sent(&w, 3);
	memcpy(&copy, &w, sizeof(copy));
	for (int i = 0; i < 12; i++) {
		world_block(&w, "oooXoooo", i == 4, NULL);
		world_block(&copy, "oooXoooo", i == 4, NULL);
		assert_memory_equal(&w.s, &copy.s, sizeof(w.s));
	}
}

static void test_send_result_of(void **state)
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

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(send_result_of(&cases[i].error), cases[i].result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recording_12_automatic),
		cmocka_unit_test(test_recording_13_planned),
		cmocka_unit_test(test_recording_11_race),
		cmocka_unit_test(test_tapos),
		cmocka_unit_test(test_feed_has_no_slot_rules),
		cmocka_unit_test(test_intent_that_makes_no_transaction),
		cmocka_unit_test(test_nothing_before_the_schedule),
		cmocka_unit_test(test_moment_gone_while_asking),
		cmocka_unit_test(test_answer_in_the_own_slot),
		cmocka_unit_test(test_asks_anew_at_the_next_moment),
		cmocka_unit_test(test_moment_gone_while_signing),
		cmocka_unit_test(test_never_safe_ends),
		cmocka_unit_test(test_planned_wants_room),
		cmocka_unit_test(test_planned_takes_the_widest),
		cmocka_unit_test(test_planned_waits_for_the_widest_seen),
		cmocka_unit_test(test_pending_of_another),
		cmocka_unit_test(test_pending_of_another_goes_away),
		cmocka_unit_test(test_pending_of_another_for_30_s_at_most),
		cmocka_unit_test(test_our_key_is_there_already),
		cmocka_unit_test(test_unknown_witness),
		cmocka_unit_test(test_no_answer_is_asked_again),
		cmocka_unit_test(test_answers_of_three),
		cmocka_unit_test(test_resend_only_where_it_lacks),
		cmocka_unit_test(test_resend_keeps_slot_safety),
		cmocka_unit_test(test_late_answer_of_a_lost_connection),
		cmocka_unit_test(test_accepted_on_a_connection_since_lost),
		cmocka_unit_test(test_planned_once_sent_needs_no_wide_room),
		cmocka_unit_test(test_people_are_not_told_the_same_over_and_over),
		cmocka_unit_test(test_found_by_id_or_by_signature),
		cmocka_unit_test(test_block_before_the_answer),
		cmocka_unit_test(test_undone),
		cmocka_unit_test(test_undone_and_in_again_in_one_event),
		cmocka_unit_test(test_blocks_lost_while_in_block),
		cmocka_unit_test(test_overtaken_once_sent),
		cmocka_unit_test(test_overtaken_without_a_block),
		cmocka_unit_test(test_overtaken_in_a_block),
		cmocka_unit_test(test_overtaken_after_our_block),
		cmocka_unit_test(test_overtaken_in_the_same_block),
		cmocka_unit_test(test_update_of_another_witness),
		cmocka_unit_test(test_expired_is_proved),
		cmocka_unit_test(test_time_goes_back),
		cmocka_unit_test(test_never_offered_expires_without_a_question),
		cmocka_unit_test(test_all_gone_while_sent),
		cmocka_unit_test(test_journal_fails),
		cmocka_unit_test(test_journal_never_answers),
		cmocka_unit_test(test_signer_refuses),
		cmocka_unit_test(test_cancel_before_it_was_sent),
		cmocka_unit_test(test_cancel_once_sent),
		cmocka_unit_test(test_cancel_drops_what_is_queued),
		cmocka_unit_test(test_cancel_in_a_block),
		cmocka_unit_test(test_restart_signs_the_same),
		cmocka_unit_test(test_restart_after_its_time),
		cmocka_unit_test(test_restart_and_the_signer_refuses),
		cmocka_unit_test(test_restart_finds_another_key),
		cmocka_unit_test(test_restart_with_a_broken_record),
		cmocka_unit_test(test_state_can_be_copied_and_compared),
		cmocka_unit_test(test_send_result_of),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
