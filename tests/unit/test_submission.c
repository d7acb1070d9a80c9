/* SPDX-License-Identifier: MIT
 *
 * A submission from its beginning to its signature: what it says, the check before sending, journal and signer.
 * docs/design.md "From a block to a switch" 6 and 8, docs/protocol.md 5.
 */
#include "submission_world.h"
#include "test.h"
#include <stdio.h>

/* ---- the recorded chains ---------------------------------------------------------------------------------------- */

/* Recording 12: head 1456 shows the miss; ahead are w12 w15 w09 w16 w05 w19. Sent at once, TaPoS 1456. */
TEST(recording_12_automatic)
{
	struct gw_intent intent = world_intent(GW_INTENT_AUTOMATIC);
	struct world w;

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
TEST(recording_13_planned)
{
	const struct gw_intent intent = world_intent(GW_INTENT_PLANNED);
	struct world w;

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
TEST(recording_11_race)
{
	const struct gw_intent intent = world_intent(GW_INTENT_AUTOMATIC);
	struct world w;

	world_init_plain(&w, "XoXoX");
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

/* ---- TaPoS and expiration --------------------------------------------------------------------------------------- */

TEST(tapos)
{
	static const struct {
		int32_t mode;
		uint32_t evidence, expected;
	} cases[] = {
		{GW_INTENT_AUTOMATIC, 990, 990},
		{GW_INTENT_AUTOMATIC, 0, 999},
		{GW_INTENT_PLANNED, 0, 999},
		{GW_INTENT_PLANNED, 990, 999},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct gw_intent intent = world_intent(cases[i].mode);
		char id[GW_ID_SIZE];
		struct world w;

		world_init_plain(&w, "oooooo");
		intent.evidence_num = cases[i].evidence;
		if (cases[i].evidence)
			world_id(intent.evidence_id, cases[i].evidence);
		world_begin(&w, &intent, 1);
		world_witness(&w, KEY_A);
		world_id(id, cases[i].expected);
		assert_int_equal(w.seen.records, 1);
		assert_int_equal(w.seen.record.tapos_num, cases[i].expected);
		assert_string_equal(w.seen.record.tapos_id, id);
		assert_int_equal(w.seen.record.expiration_s, 1000000 + TRANSACTION_LIFE_S);
	}
}

TEST(feed_has_no_slot_rules)
{
	struct gw_intent intent = world_intent(GW_INTENT_AUTOMATIC);
	struct world w;

	intent.operation = GW_OP_FEED_PUBLISH;
	snprintf(intent.base, sizeof(intent.base), "1.000 GBG");
	snprintf(intent.quote, sizeof(intent.quote), "25.000 GOLOS");
	world_init_plain(&w, "XXXX");
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
	world_pass_expiration(&w);
	world_assert_failed(&w, GW_FAIL_EXPIRED);
	assert_int_equal(w.seen.asks, 0);
}

TEST(intent_that_makes_no_transaction)
{
	struct gw_intent intent = world_intent(GW_INTENT_AUTOMATIC);
	struct world w;

	snprintf(intent.signing_key, sizeof(intent.signing_key), "EOS123");
	world_init_plain(&w, "oooo");
	world_begin(&w, &intent, 1);
	world_witness(&w, KEY_A);
	world_assert_failed(&w, GW_FAIL_INTERNAL);
	assert_int_equal(w.seen.records, 0);
}

/* ---- the check before sending ----------------------------------------------------------------------------------- */

TEST(pending_of_another)
{
	const struct gw_intent intent = world_intent(GW_INTENT_AUTOMATIC);
	struct world w;

	world_init_plain(&w, "oooooooooooo");
	world_begin(&w, &intent, 1);
	world_witness(&w, KEY_C);
	assert_int_equal(w.seen.records, 0);
}

TEST(pending_of_another_goes_away)
{
	const struct gw_intent intent = world_intent(GW_INTENT_AUTOMATIC);
	struct world w;

	world_init_plain(&w, "oooooooooooo");
	world_pass(&w, 1000); /* the next block comes before the 3 s of a question without an answer */
	world_begin(&w, &intent, 1);
	world_witness(&w, KEY_C);
	world_clear(&w);
	world_block(&w, "ooooooooooo", false, NULL); /* asked again with the next block */
	assert_int_equal(w.seen.asks, 1);
	world_witness(&w, KEY_A);
	assert_int_equal(w.seen.records, 1);
}

/* It went away, and half a minute later, at the last look before ours is sent, there is one again: waited for anew. */
TEST(pending_of_another_once_more)
{
	const struct gw_intent intent = world_intent(GW_INTENT_AUTOMATIC);
	struct world w;

	world_init_plain(&w, "ooooooooooooooooooooo");
	world_begin(&w, &intent, 1);
	world_witness(&w, KEY_C);
	world_block(&w, "oooooooooooooooooooo", false, NULL);
	world_witness(&w, KEY_A);
	assert_int_equal(w.seen.records, 1);
	world_recorded(&w, true);
	for (int i = 0; i < 9; i++)
		world_block(&w, "oooooooooo", false, NULL);
	world_pass(&w, 2000);
	world_clear(&w);
	world_signed(&w); /* a slow signer */
	assert_int_equal(w.seen.asks, 1);
	world_witness(&w, KEY_C);
	assert_int_equal(w.seen.sends, 0);
}

TEST(pending_of_another_for_30_s_at_most)
{
	const struct gw_intent intent = world_intent(GW_INTENT_AUTOMATIC);
	struct world w;

	world_init_plain(&w, "oooooooooooooooooooooooooooooooooooo");
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

/* No backup sends one: an operator's, of a proposal perhaps, which shows in no block. Belief makes up its mind in a
 * round: it is the key then, and the monitor ends this, or it is gone. */
TEST(a_pending_null_is_an_operators)
{
	const struct gw_intent intent = world_intent(GW_INTENT_AUTOMATIC);
	struct world w;

	world_init_plain(&w, "oooooooooooooooooooooooooooooooooooo");
	world_begin(&w, &intent, 1);
	uint64_t answered = 0;

	for (int i = 0; i < 20; i++) { /* 60 s */
		world_block(&w, "ooooooooooooooooooooo", false, NULL);
		if (w.seen.ticket != answered) {
			answered = w.seen.ticket;
			world_witness(&w, GW_NULL_KEY);
		}
	}
	assert_int_equal(w.seen.records, 0);
	world_block(&w, "ooooooooooooooooooooo", false, NULL);
	world_witness(&w, KEY_A);
	assert_int_equal(w.seen.records, 1);
}

/* Until the head's time says that it can come no more: then at once, with TaPoS and time of that moment. */
TEST(waits_for_the_one_before)
{
	const struct gw_intent intent = world_intent(GW_INTENT_AUTOMATIC);
	struct world w;

	world_init_plain(&w, "oooooooooooooo");
	w.older_until_s = 1000006;
	world_begin(&w, &intent, 1);
	assert_non_null(strstr(w.seen.progress.text, "the one before"));
	world_block(&w, "oooooooooooooo", false, NULL);
	world_pass(&w, 2000);
	world_tick(&w);
	assert_int_equal(w.s.state, GW_SUBMISSION_WAITING);
	assert_int_equal(w.seen.asks + w.seen.records, 0);
	world_block(&w, "oooooooooooooo", false, NULL);
	world_run_to_signed(&w);
	assert_int_equal(w.seen.sends, 1);
	assert_int_equal(w.seen.record.tapos_num, 1001);
	assert_int_equal(w.seen.record.expiration_s, 1000036);
}

TEST(our_key_is_there_already)
{
	const struct gw_intent intent = world_intent(GW_INTENT_AUTOMATIC);
	struct world w;

	world_init_plain(&w, "Xoooo");
	snprintf(w.view.signing_key, GW_KEY_SIZE, "%s", KEY_B);
	world_begin(&w, &intent, 1);
	world_assert_failed(&w, GW_FAIL_OVERTAKEN);
	assert_int_equal(w.seen.asks, 0);
}

TEST(unknown_witness)
{
	const struct gw_intent intent = world_intent(GW_INTENT_AUTOMATIC);
	const struct witness_answer none = {.exists = false};
	struct world w;

	world_init_plain(&w, "oooo");
	world_begin(&w, &intent, 1);
	submission_witness(&w.s, w.seen.ticket, &none, &w.view, &w.now);
	world_drain(&w);
	world_assert_failed(&w, GW_FAIL_REFUSED);
}

TEST(no_answer_is_asked_again)
{
	const struct gw_intent intent = world_intent(GW_INTENT_AUTOMATIC);
	struct world w;

	world_init_plain(&w, "oooooo");
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

/* ---- journal, signer -------------------------------------------------------------------------------------------- */

TEST(journal_fails)
{
	const struct gw_intent intent = world_intent(GW_INTENT_AUTOMATIC);
	struct world w;

	world_init_plain(&w, "oooooo");
	world_begin(&w, &intent, 1);
	world_witness(&w, KEY_A);
	world_recorded(&w, false);
	assert_int_equal(w.s.state, GW_SUBMISSION_RECORDED);
	assert_int_equal(w.seen.signs, 1);
	world_recorded(&w, true); /* out of turn */
	assert_int_equal(w.seen.signs, 1);
}

TEST(journal_never_answers)
{
	const struct gw_intent intent = world_intent(GW_INTENT_AUTOMATIC);
	struct world w;

	world_init_plain(&w, "oooooo");
	world_begin(&w, &intent, 1);
	world_witness(&w, KEY_A);
	world_pass_expiration(&w);
	world_assert_failed(&w, GW_FAIL_EXPIRED);
	world_recorded(&w, true);
	assert_int_equal(w.seen.signs, 0);
}

TEST(signer_refuses)
{
	const struct gw_intent intent = world_intent(GW_INTENT_AUTOMATIC);
	struct world w;

	world_init_plain(&w, "oooooo");
	world_begin(&w, &intent, 1);
	world_witness(&w, KEY_A);
	world_recorded(&w, true);
	submission_signed(&w.s, NULL, NULL, GW_FAIL_POLICY, "max_signatures reached", &w.view, &w.now);
	world_drain(&w);
	world_assert_failed(&w, GW_FAIL_POLICY);
	assert_non_null(strstr(w.seen.progress.text, "max_signatures"));
	assert_int_equal(w.seen.sends, 0);
}
