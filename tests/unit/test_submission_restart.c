/* SPDX-License-Identifier: MIT
 *
 * A submission that a restart finds in the journal. docs/design.md "From a block to a switch" 9.
 */
#include "submission_world.h"
#include "test.h"
#include <stdio.h>

static struct submission_record record_of_1000(void)
{
	struct submission_record record;

	memset(&record, 0, sizeof(record));
	record.id = 42;
	record.intent = world_intent(GW_INTENT_AUTOMATIC);
	snprintf(record.url, sizeof(record.url), "https://foo.example/failover");
	record.tapos_num = 1000;
	world_id(record.tapos_id, 1000);
	record.expiration_s = 1000030;
	return record;
}

/* The id of the record's transaction, as blocks show it. */
static void txid_of(char ret[GW_ID_SIZE], const struct submission_record *record)
{
	struct transaction_bytes bytes;
	struct transaction tx;
	struct error err;

	assert_int_equal(submission_transaction(&tx, record, &err), GW_OK);
	assert_int_equal(transaction_serialize(&bytes, &tx), GW_OK);
	transaction_id(ret, &bytes);
}

/* Whatever the state in which it was stopped, the restart signs nothing and sends nothing, and ends it by proof. */
TEST(restart_sends_nothing)
{
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
		world_init_plain(&again, "ooooooooooooo");
		world_resume(&again, &record, 1);
		assert_int_equal(again.s.state, GW_SUBMISSION_SENT);
		world_connected(&again, 3);
		world_pass_expiration(&again);
		assert_int_equal(again.seen.records + again.seen.signs + again.seen.sends, 0);
		assert_int_equal(again.seen.asks, 1);
		world_witness(&again, KEY_A);
		world_assert_failed(&again, GW_FAIL_EXPIRED);
		assert_int_equal(submission_alive_until_s(&again.s), 0);
	}
}

/* The process before sent it: its block is known by the transaction's id, of a feed as well. */
TEST(restart_sees_it_in_a_block)
{
	struct submission_record record = record_of_1000();
	char txid[GW_ID_SIZE];
	struct world w;

	for (int feed = 0; feed < 2; feed++) {
		if (feed) {
			record.intent.operation = GW_OP_FEED_PUBLISH;
			snprintf(record.intent.base, sizeof(record.intent.base), "1.000 GBG");
			snprintf(record.intent.quote, sizeof(record.intent.quote), "2.000 GOLOS");
		}
		txid_of(txid, &record);
		world_init_plain(&w, "ooooooooooooo");
		world_resume(&w, &record, 3);
		world_block_event(&w, 1001, 0, 1, TXID, "");
		assert_int_equal(w.s.state, GW_SUBMISSION_SENT);
		world_block_event(&w, 1002, 0, 1, txid, "");
		assert_int_equal(w.s.state, GW_SUBMISSION_IN_BLOCK);
		assert_int_equal(w.s.block_num, 1002);
		assert_int_equal(w.seen.sends, 0);
	}
}

TEST(restart_after_its_time)
{
	static const struct {
		const char *key;
		int32_t state;
	} cases[] = {{KEY_A, GW_SUBMISSION_FAILED}, {KEY_B, GW_SUBMISSION_IN_BLOCK}};

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

TEST(restart_with_a_broken_record)
{
	struct submission_record record = record_of_1000();
	struct world w;

	snprintf(record.tapos_id, sizeof(record.tapos_id), "zz");
	world_init_plain(&w, "oooooo");
	world_resume(&w, &record, 1);
	world_assert_failed(&w, GW_FAIL_INTERNAL);
}

/* Plain data: a copy goes on as the original does, and equal histories are equal bytes. */
TEST(state_can_be_copied_and_compared)
{
	struct world w, copy;

	world_init_sent(&w, 3);
	memcpy(&copy, &w, sizeof(copy));
	for (int i = 0; i < 12; i++) {
		world_block(&w, "oooXoooo", i == 4, NULL);
		world_block(&copy, "oooXoooo", i == 4, NULL);
		assert_memory_equal(&w.s, &copy.s, sizeof(w.s));
	}
}
