/* SPDX-License-Identifier: MIT
 *
 * What becomes of a submission that was sent: in a block, undone, overtaken, its time over. docs/design.md "From a
 * block to a switch" 9.
 */
#include "submission_world.h"
#include "test.h"
#include <stdio.h>

/* ---- in a block, forks ------------------------------------------------------------------------------------------ */

TEST(found_by_id_or_by_signature)
{
	static const struct {
		const char *id, *signature;
		bool found;
	} cases[] = {
		{TXID, "", true},      {TXID, "20aa", true},
		{"", SIGNATURE, true}, {"", "20aa", false},
		{"", "", false},       {"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", SIGNATURE, false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world w;

		world_init_sent(&w, 1);
		world_block_event(&w, 1001, 0, 1, cases[i].id, cases[i].signature);
		assert_int_equal(w.s.state, cases[i].found ? GW_SUBMISSION_IN_BLOCK : GW_SUBMISSION_SENT);
	}
}

/* The block may come before the node's answer to the broadcast (tests/recordings/README.md 26). */
TEST(block_before_the_answer)
{
	struct world w;

	world_init_offered(&w, 1);
	world_block_event(&w, 1001, 0, 1, TXID, "");
	assert_int_equal(w.s.state, GW_SUBMISSION_IN_BLOCK);
	world_sent(&w, 0, SEND_DUPLICATE);
	assert_int_equal(w.s.state, GW_SUBMISSION_IN_BLOCK);
}

TEST(undone)
{
	struct world w;

	world_init_sent(&w, 1);
	world_block_event(&w, 1001, 0, 1, TXID, "");
	world_block_event(&w, 1002, 0, 1, "", "");
	w.view.irreversible = 1000;
	world_block_event(&w, 1002, 1, 1, "", ""); /* the one after it is undone: it stays */
	assert_int_equal(w.s.state, GW_SUBMISSION_IN_BLOCK);
	world_block_event(&w, 1001, 2, 1, "", "");
	assert_int_equal(w.s.state, GW_SUBMISSION_SENT);
	assert_int_equal(w.seen.progress.block_num, 0);
	assert_int_equal(w.seen.sends, 0); /* the node that has it tries to apply it again by itself */
	world_block_event(&w, 1002, 0, 1, TXID, "");
	assert_int_equal(w.s.state, GW_SUBMISSION_IN_BLOCK);
	w.view.irreversible = 1002;
	world_tick(&w);
	assert_int_equal(w.s.state, GW_SUBMISSION_IRREVERSIBLE);
}

TEST(undone_and_in_again_in_one_event)
{
	struct world w;

	world_init_sent(&w, 1);
	world_block_event(&w, 1001, 0, 1, TXID, "");
	world_block_event(&w, 1001, 1, 1, TXID, "");
	assert_int_equal(w.s.state, GW_SUBMISSION_IN_BLOCK);
	assert_int_equal(w.s.block_num, 1001);
}

TEST(blocks_lost_while_in_block)
{
	struct world w;

	world_init_sent(&w, 1);
	world_block(&w, "oooooooo", true, KEY_B);
	w.epoch = 2;
	world_block(&w, "ooooooo", false, NULL);
	assert_int_equal(w.s.state, GW_SUBMISSION_SENT);
	world_pass_expiration(&w);
	world_witness(&w, KEY_B);
	assert_int_equal(w.s.state, GW_SUBMISSION_IN_BLOCK); /* proved by the fetch */
	w.view.irreversible = w.view.head_num;
	world_tick(&w);
	assert_int_equal(w.s.state, GW_SUBMISSION_IRREVERSIBLE);
}

/* ---- overtaken ---------------------------------------------------------------------------------------------- */

TEST(overtaken_in_a_block)
{
	struct world w;

	world_init_sent(&w, 1);
	world_block(&w, "oooooooo", true, KEY_B);
	assert_int_equal(w.s.state, GW_SUBMISSION_IN_BLOCK);
	world_block(&w, "oooooooo", false, KEY_A); /* the operator sets the old one again */
	world_assert_failed(&w, GW_FAIL_OVERTAKEN);
	assert_null(strstr(w.seen.progress.text, "may still come"));
	assert_int_equal(submission_alive_until_s(&w.s), 0);
}

/* Without a block to show it: the chain's null, once our key had been believed. */
TEST(overtaken_after_our_block)
{
	struct world w;

	world_init_sent(&w, 1);
	world_block(&w, "oooooooo", true, NULL); /* belief still shows the old key: that is nobody's doing */
	assert_int_equal(w.s.state, GW_SUBMISSION_IN_BLOCK);
	snprintf(w.view.signing_key, GW_KEY_SIZE, "%s", KEY_B);
	world_tick(&w);
	snprintf(w.view.signing_key, GW_KEY_SIZE, "%s", NO_KEYS);
	world_tick(&w);
	world_assert_failed(&w, GW_FAIL_OVERTAKEN);
}

TEST(update_of_another_witness)
{
	const struct gw_key_update update = {.witness = "bar", .signing_key = KEY_C};
	const struct gw_key_update *updates[] = {&update};
	const struct gw_block_event event = {.num = 1001, .driver_epoch = 1, .update_count = 1, .updates = updates};
	struct world w;

	world_init_sent(&w, 1);
	submission_block(&w.s, &event, NULL, 0, &w.view, &w.now);
	world_drain(&w);
	assert_int_equal(w.s.state, GW_SUBMISSION_SENT);
}

/* ---- the end of its time ---------------------------------------------------------------------------------------- */

TEST(expired_is_proved)
{
	static const struct {
		const char *key;
		int32_t state;
	} cases[] = {{KEY_A, GW_SUBMISSION_FAILED}, {KEY_C, GW_SUBMISSION_FAILED}, {KEY_B, GW_SUBMISSION_IN_BLOCK}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world w;

		world_init_sent(&w, 1);
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

/* Where blocks passed unseen, one of them may have held it, and another one a key that came after. */
TEST(what_is_said_of_blocks_not_seen)
{
	for (uint32_t lost = 0; lost < 2; lost++) {
		struct world w;

		world_init_sent(&w, 1);
		world_block(&w, "oooooooo", lost, lost ? KEY_B : NULL);
		assert_int_equal(w.s.state, lost ? GW_SUBMISSION_IN_BLOCK : GW_SUBMISSION_SENT);
		w.epoch += lost;
		snprintf(w.view.signing_key, GW_KEY_SIZE, "%s", KEY_A); /* forgotten, and fetched anew */
		world_pass_expiration(&w);
		world_witness(&w, KEY_A);
		world_assert_failed(&w, GW_FAIL_EXPIRED);
		assert_non_null(strstr(w.seen.progress.text, "no block holds it"));
		assert_int_equal(strstr(w.seen.progress.text, "or another key came after it") != NULL, lost);
	}
}

/* A halt of the chain: its time stands too, and the transaction waits. The first block after it ends its life. */
TEST(halt_while_sent)
{
	struct world w;

	world_init_sent(&w, 1);
	for (int minute = 0; minute < 10; minute++) {
		world_pass(&w, 60000);
		world_tick(&w);
	}
	assert_int_equal(w.s.state, GW_SUBMISSION_SENT);
	assert_int_equal(w.seen.asks + w.seen.sends, 0);
	world_block(&w, "oooooo", false, NULL);
	assert_int_equal(w.seen.asks, 1);
	assert_int_equal(w.seen.sends, 0);
	world_witness(&w, KEY_A);
	world_assert_failed(&w, GW_FAIL_EXPIRED);
	assert_int_equal(submission_alive_until_s(&w.s), 0);
}

/* A fork takes the head's time back: what was asked before proves nothing. */
TEST(time_goes_back)
{
	struct world w;

	world_init_sent(&w, 1);
	world_pass_expiration(&w);
	assert_int_equal(w.seen.asks, 1);
	w.view.head_time_s -= 6;
	world_tick(&w);
	world_witness(&w, KEY_A);
	assert_int_equal(w.s.state, GW_SUBMISSION_SENT);
	w.view.head_time_s += 6;
	world_tick(&w);
	assert_int_equal(w.seen.asks, 2);
	world_witness(&w, KEY_A);
	world_assert_failed(&w, GW_FAIL_EXPIRED);
}

TEST(never_offered_expires_without_a_question)
{
	const struct gw_intent intent = world_intent(GW_INTENT_AUTOMATIC);
	struct world w;

	world_init_plain(&w, "oooooo");
	world_begin(&w, &intent, 0);
	world_run_to_signed(&w);
	world_clear(&w);
	world_pass_expiration(&w);
	world_assert_failed(&w, GW_FAIL_UNREACHABLE);
	assert_int_equal(w.seen.asks + w.seen.sends, 0);
}

TEST(all_gone_while_sent)
{
	struct world w;

	world_init_sent(&w, 3);
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
	world_assert_failed(&w, GW_FAIL_EXPIRED);
}
