/* SPDX-License-Identifier: MIT
 *
 * A submission that a restart finds in the journal. DESIGN.md "From a block to a switch" 9.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "submission_world.h"

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

		world_init_plain(&w, "ooooooo");
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
		world_init_plain(&again, "ooooooo");
		again.view.head_num = 1003;
		again.view.head_time_s += 9;
		again.view.next_slot_time_s += 9;
		again.now.chain_ms += 9000;
		world_resume(&again, &record, 1);
		assert_int_equal(again.seen.records, 0);
		assert_int_equal(again.seen.signs, 1);
		assert_same_bytes(&again.seen.transaction, &w.seen.transaction);
		world_signed(&again);
		world_witness(&again, KEY_A);
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

		world_init_plain(&w, "oooooo");
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
	world_init_plain(&w, "ooooooooooooo");
	world_resume(&w, &record, 1);
	submission_signed(&w.s, NULL, NULL, GW_FAIL_POLICY, "max_signatures reached", &w.view, &w.now);
	world_drain(&w);
	assert_false(submission_is_over(&w.s)); /* of before the restart it may be pending somewhere */
	world_pass_expiration(&w);
	assert_int_equal(w.seen.signs, 1);
	world_witness(&w, KEY_A);
	world_assert_failed(&w, GW_FAIL_POLICY);
	assert_int_equal(w.seen.sends, 0);
}

static void test_restart_finds_another_key(void **state)
{
	const struct submission_record record = record_of_1000();
	struct world w;

	(void)state;
	world_init_plain(&w, "oooooo");
	snprintf(w.view.signing_key, GW_KEY_SIZE, "%s", KEY_C);
	world_resume(&w, &record, 1);
	world_assert_failed(&w, GW_FAIL_OVERTAKEN);
	assert_int_equal(submission_alive_until_s(&w.s), 1000030);
	assert_int_equal(w.seen.signs, 0);
}

/* After a start the first fetch may show another backup's update that is pending, or was in a block while nobody
 * looked: it waits until one of them is certain. */
static void test_restart_finds_another_key_pending(void **state)
{
	const struct submission_record record = record_of_1000();
	struct world w;

	(void)state;
	for (int comes = 0; comes < 2; comes++) {
		world_init_plain(&w, "oooooo");
		snprintf(w.view.signing_key, GW_KEY_SIZE, "%s", KEY_C);
		w.view.key_is_fetched = true;
		world_resume(&w, &record, 1);
		assert_int_equal(w.seen.signs, 1);
		world_signed(&w);
		assert_int_equal(w.seen.sends, 0);
		w.view.key_is_fetched = false;
		snprintf(w.view.signing_key, GW_KEY_SIZE, "%s", comes ? KEY_C : KEY_A);
		world_tick(&w);
		assert_int_equal(w.s.state, comes ? GW_SUBMISSION_FAILED : GW_SUBMISSION_SIGNED);
		if (!comes)
			world_witness(&w, KEY_A);
		assert_int_equal(w.seen.sends, comes ? 0 : 1);
	}
	world_assert_failed(&w, GW_FAIL_OVERTAKEN);
}

/* A node shows our key: it has the transaction already, or somebody else set the key. Where a fork or a restart of the
 * node takes it away, it is offered again. */
static void test_restart_finds_our_key_pending(void **state)
{
	const struct submission_record record = record_of_1000();
	struct world w;

	(void)state;
	world_init_plain(&w, "ooooooooooooo");
	world_resume(&w, &record, 1);
	world_signed(&w);
	world_witness(&w, KEY_B);
	assert_int_equal(w.seen.sends, 0);
	world_clear(&w);
	world_block(&w, "oooooooo", false, NULL);
	assert_int_equal(w.seen.asks, 1);
	world_witness(&w, KEY_A);
	assert_int_equal(w.seen.sends, 1);
}

/* A block shows our key: by our own switch, or by somebody else's who spared us it. */
static void test_restart_finds_our_key(void **state)
{
	const struct submission_record record = record_of_1000();
	struct world w;

	(void)state;
	world_init_plain(&w, "ooooooooooooo");
	snprintf(w.view.signing_key, GW_KEY_SIZE, "%s", record.intent.signing_key);
	world_resume(&w, &record, 1);
	world_signed(&w);
	world_block(&w, "oooooooo", false, NULL);
	assert_int_equal(w.seen.sends, 0);
	snprintf(w.view.signing_key, GW_KEY_SIZE, "%s", KEY_A); /* a fork takes it back */
	world_tick(&w);
	world_witness(&w, KEY_A);
	assert_int_equal(w.seen.sends, 1);
}

/* The operator, or the chain, took the key meanwhile. */
static void test_restart_finds_the_null_key(void **state)
{
	struct submission_record record = record_of_1000();
	struct world w;

	(void)state;
	for (int stands = 0; stands < 2; stands++) {
		world_init_plain(&w, "ooooooooooooo");
		snprintf(w.view.signing_key, GW_KEY_SIZE, "%s", GW_NULL_KEY);
		w.view.key_is_fetched = true;
		world_resume(&w, &record, 1);
		world_signed(&w);
		world_block(&w, "oooooooo", false, NULL);
		assert_int_equal(w.seen.sends, 0);
		w.view.key_is_fetched = false;
		snprintf(w.view.signing_key, GW_KEY_SIZE, "%s", stands ? GW_NULL_KEY : KEY_A);
		world_tick(&w);
		if (!stands)
			world_witness(&w, KEY_A);
		assert_int_equal(w.seen.sends, stands ? 0 : 1);
	}
	world_assert_failed(&w, GW_FAIL_OVERTAKEN);
}

/* What was to replace the null key finds it as it was. */
static void test_restart_finds_the_null_key_that_it_replaces(void **state)
{
	struct submission_record record = record_of_1000();
	struct world w;

	(void)state;
	snprintf(record.replaces, sizeof(record.replaces), "%s", GW_NULL_KEY);
	world_init_plain(&w, "ooooooooooooo");
	snprintf(w.view.signing_key, GW_KEY_SIZE, "%s", GW_NULL_KEY);
	w.view.key_is_fetched = true;
	world_resume(&w, &record, 1);
	world_signed(&w);
	world_witness(&w, GW_NULL_KEY);
	assert_int_equal(w.seen.sends, 1);
}

/* While nobody followed it the node made a block: what made the switch due is over. */
static void test_restart_finds_that_it_has_produced_since(void **state)
{
	static const struct {
		int32_t mode;
		uint32_t last_confirmed;
		bool sends;
	} rows[] = {
		{GW_INTENT_AUTOMATIC, 999, true},
		{GW_INTENT_AUTOMATIC, 1000, false},
		{GW_INTENT_PLANNED, 1000, true}, /* from a node that is well */
	};
	struct submission_record record = record_of_1000();
	struct world w;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		record.intent.mode = rows[i].mode;
		record.intent.evidence_num = rows[i].mode == GW_INTENT_PLANNED ? 0 : 1000;
		world_init_plain(&w, "ooooooooooooo");
		world_resume(&w, &record, 1);
		world_signed(&w);
		assert_int_equal(w.seen.sends, 0);
		world_confirmed(&w, KEY_A, rows[i].last_confirmed);
		assert_int_equal(w.seen.sends, rows[i].sends);
		if (rows[i].sends)
			continue;
		world_assert_failed(&w, GW_FAIL_CANCELLED);
		assert_int_equal(submission_alive_until_s(&w.s), 1000030); /* the process before may have sent it */
	}
}

/* It may not have been sent before, and would move production to a node that cannot produce. A feed moves none. */
static void test_restart_while_our_golosd_is_behind(void **state)
{
	struct submission_record record = record_of_1000();
	struct world w;

	(void)state;
	world_init_plain(&w, "ooooooooooooo");
	w.view.own_is_behind = true;
	world_resume(&w, &record, 3);
	world_signed(&w);
	world_block(&w, "oooooooo", false, NULL);
	assert_int_equal(w.seen.sends, 0);
	assert_non_null(strstr(w.seen.progress.text, "until our golosd is there"));
	w.view.own_is_behind = false;
	w.view.passed = 2; /* its head is old */
	world_tick(&w);
	assert_int_equal(w.seen.asks, 0);
	w.view.passed = 1;
	world_tick(&w);
	world_witness(&w, KEY_A);
	assert_int_equal(w.seen.sends, 3);

	record.intent.operation = GW_OP_FEED_PUBLISH;
	snprintf(record.intent.base, sizeof(record.intent.base), "1.000 GBG");
	snprintf(record.intent.quote, sizeof(record.intent.quote), "2.000 GOLOS");
	world_init_plain(&w, "ooooooooooooo");
	w.view.own_is_behind = true;
	world_resume(&w, &record, 3);
	world_signed(&w);
	assert_int_equal(w.seen.sends, 3);
}

static void test_restart_with_a_broken_record(void **state)
{
	struct submission_record record = record_of_1000();
	struct world w;

	(void)state;
	snprintf(record.tapos_id, sizeof(record.tapos_id), "zz");
	world_init_plain(&w, "oooooo");
	world_resume(&w, &record, 1);
	world_assert_failed(&w, GW_FAIL_INTERNAL);
}

/* Plain data: a copy goes on as the original does, and equal histories are equal bytes. */
static void test_state_can_be_copied_and_compared(void **state)
{
	struct world w, copy;

	(void)state;
	world_init_sent(&w, 3);
	memcpy(&copy, &w, sizeof(copy));
	for (int i = 0; i < 12; i++) {
		world_block(&w, "oooXoooo", i == 4, NULL);
		world_block(&copy, "oooXoooo", i == 4, NULL);
		assert_memory_equal(&w.s, &copy.s, sizeof(w.s));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_restart_signs_the_same),
		cmocka_unit_test(test_restart_after_its_time),
		cmocka_unit_test(test_restart_and_the_signer_refuses),
		cmocka_unit_test(test_restart_finds_another_key),
		cmocka_unit_test(test_restart_finds_another_key_pending),
		cmocka_unit_test(test_restart_finds_our_key_pending),
		cmocka_unit_test(test_restart_finds_our_key),
		cmocka_unit_test(test_restart_finds_the_null_key),
		cmocka_unit_test(test_restart_finds_the_null_key_that_it_replaces),
		cmocka_unit_test(test_restart_finds_that_it_has_produced_since),
		cmocka_unit_test(test_restart_while_our_golosd_is_behind),
		cmocka_unit_test(test_restart_with_a_broken_record),
		cmocka_unit_test(test_state_can_be_copied_and_compared),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
