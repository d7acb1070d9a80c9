/* SPDX-License-Identifier: MIT
 *
 * What carries submissions to journal, signer and nodes: one at a time, the refusals, cancelling, taking up again, and
 * answers that come late.
 */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "submitter_scene.h"

TEST(the_whole_way)
{
	struct gw_block_event block = {.num = 1001, .driver_epoch = 1};
	struct block_transaction transaction = {.id = TXID};
	struct instance who;
	struct submitter *submitter = scene_set_up(&who);

	scene_begin_and_send(submitter, &who);
	assert_true(submitter_is_about_to_send(submitter)); /* notices wait until a node has it */
	scene_answer(CALL_RESULT, "{}");
	assert_int_equal(who.event.state, GW_SUBMISSION_SENT);
	assert_string_equal(who.event.txid, TXID);
	assert_false(submitter_is_about_to_send(submitter));
	submitter_block(submitter, &block, &transaction, 1);
	submitter_settle(submitter);
	assert_int_equal(who.event.state, GW_SUBMISSION_IN_BLOCK);
	host.view.irreversible = 1001;
	submitter_view(submitter);
	assert_int_equal(who.event.state, GW_SUBMISSION_IRREVERSIBLE);
	assert_int_equal(host.closed, 1);
	assert_int_equal(host.may_come, 0);
	scene_begin(submitter, &who); /* the place is free */
	assert_int_equal(host.signed_count, 1);
	scene_end(submitter);
}

TEST(one_at_a_time)
{
	struct instance who;
	struct submitter *submitter = scene_set_up(&who);

	scene_begin(submitter, &who);
	assert_int_equal(scene_try_begin(submitter, &who), GW_ERR_BUSY);
	scene_answer_witness(KEY_A);
	assert_int_equal(scene_try_begin(submitter, &who), GW_ERR_BUSY);
	scene_answer_journal(true);
	assert_int_equal(scene_try_begin(submitter, &who), GW_ERR_BUSY);
	assert_int_equal(host.records, 1);
	scene_end(submitter);
}

TEST(without_a_signer)
{
	const struct submitter_parts none = {.effects = scene_effects},
				     dry = {.effects = scene_effects, .dry_run = true};
	struct instance who;

	submitter_free(scene_set_up(&who));
	struct submitter *submitter = submitter_new(&none);
	assert_int_equal(scene_try_begin(submitter, &who), GW_ERR_UNAVAILABLE);
	submitter_free(submitter);

	submitter = submitter_new(&dry);
	assert_int_equal(scene_try_begin(submitter, &who), GW_OK);
	submitter_view(submitter); /* whatever else happens before its turn */
	assert_int_equal(scene_try_begin(submitter, &who), GW_ERR_BUSY);
	assert_int_equal(who.events, 0);
	scene_run_posted();
	scene_assert_ended(&who, GW_FAIL_DRY_RUN);
	assert_int_equal(host.records + host.question_count + host.signed_count, 0);
	assert_int_equal(scene_try_begin(submitter, &who), GW_OK);
	submitter_free(submitter);
}

/* Also when it was a process before this one that gave it up: the journal tells. */
TEST(waits_while_another_may_come)
{
	struct instance who;
	struct submitter *submitter = scene_set_up(&who);

	host.alive_until_s = (uint32_t)host.view.head_time_s + 6;
	scene_begin(submitter, &who);
	scene_head_passes(3);
	submitter_view(submitter);
	assert_int_equal(host.question_count + host.records, 0);
	assert_false(submitter_is_about_to_send(submitter)); /* notices need not wait so long */
	const struct chain_view view = host.view;
	host.view = (struct chain_view){.valid = false}; /* no head is known: nor is it known to be over */
	submitter_view(submitter);
	assert_int_equal(host.question_count + host.records, 0);
	host.view = view;
	scene_head_passes(3);
	submitter_view(submitter);
	assert_int_equal(host.question_count, 1);
	assert_true(submitter_is_about_to_send(submitter));
	scene_end(submitter);
}

/* One that waited for another is called off: the other may come all the same. */
TEST(cancel_of_one_that_waits_for_another)
{
	struct instance who;
	struct submitter *submitter = scene_set_up(&who);

	host.alive_until_s = (uint32_t)host.view.head_time_s + 6;
	const uint64_t id = scene_begin(submitter, &who);
	assert_int_equal(submitter_cancel(submitter, &who, id, "hold"), GW_OK);
	scene_pass(0);
	scene_assert_ended(&who, GW_FAIL_CANCELLED);
	scene_begin(submitter, &who);
	assert_int_equal(host.question_count, 0);
	scene_end(submitter);
}

/* A plugin asks for the next one in the very event that ends one: it is begun with the loop's next turn. */
TEST(the_next_from_inside_the_end)
{
	struct instance who;
	struct submitter *submitter = scene_set_up(&who);

	const uint64_t id = scene_begin_and_send(submitter, &who);
	who.goes_on = true;
	who.began = GW_ERR_INTERNAL;
	assert_int_equal(submitter_cancel(submitter, &who, id, "hold"), GW_OK);
	scene_pass(0);
	assert_int_equal(who.began, GW_OK);
	scene_assert_ended(&who, GW_FAIL_CANCELLED);
	scene_answer(CALL_RESULT, "{}"); /* to the broadcast of the one before */
	scene_assert_ended(&who, GW_FAIL_CANCELLED);
	scene_pass(0);
	assert_int_equal(who.event.id, id + 1);
	assert_int_equal(who.event.state, GW_SUBMISSION_WAITING);
	scene_head_passes(TRANSACTION_LIFE_S);
	submitter_view(submitter);
	scene_answer(CALL_NONE, NULL); /* the other broadcast */
	scene_answer_witness(KEY_A);
	assert_int_equal(host.records, 2);
	scene_answer_journal(true);
	scene_end(submitter);
}

TEST(one_without_the_journal)
{
	struct instance who;
	struct submitter *submitter = scene_set_up(&who);

	host.writable = false;
	uint64_t id = scene_begin_and_record(submitter, &who);
	scene_answer_journal(false);
	assert_int_equal(scene_broadcasts(), 2); /* it goes on all the same */
	assert_int_equal(submitter_cancel(submitter, &who, id, "hold"), GW_OK);
	scene_pass(0);
	scene_assert_ended(&who, GW_FAIL_CANCELLED);
	scene_head_passes(60);
	assert_int_equal(scene_try_begin(submitter, &who), GW_ERR_UNAVAILABLE);
	host.writable = true;
	submitter_journal_recovered(submitter);
	scene_begin(submitter, &who);
	scene_end(submitter);
}

/* The journal was back before its answer to the record came: the next outage has a switch of its own. */
TEST(late_answer_of_a_journal_that_is_back)
{
	struct instance who;
	struct submitter *submitter = scene_set_up(&who);

	uint64_t id = scene_begin_and_record(submitter, &who);
	submitter_journal_recovered(submitter);
	scene_answer_journal(false);
	assert_int_equal(submitter_cancel(submitter, &who, id, "hold"), GW_OK);
	scene_pass(0);
	scene_head_passes(60);
	host.writable = false;
	scene_begin(submitter, &who);
	scene_end(submitter);
}

TEST(cancel)
{
	struct instance who, another = {.name = "another"};
	struct submitter *submitter = scene_set_up(&who);

	uint64_t id = scene_begin_and_record(submitter, &who);
	assert_int_equal(submitter_cancel(submitter, &who, id + 1, "hold"), GW_ERR_NOT_FOUND);
	assert_int_equal(submitter_cancel(submitter, &another, id, "hold"), GW_ERR_NOT_FOUND);
	const uint32_t events = who.events;

	assert_int_equal(submitter_cancel(submitter, &who, id, "hold"), GW_OK);
	assert_int_equal(who.events, events); /* never from inside the call */
	scene_pass(0);
	scene_assert_ended(&who, GW_FAIL_CANCELLED);
	assert_int_equal(host.may_come, 0);
	scene_answer_journal(true); /* too late */
	assert_int_equal(host.signed_count, 0);
	assert_int_equal(submitter_cancel(submitter, &who, id, "hold"), GW_ERR_NOT_FOUND);

	id = scene_begin_and_send(submitter, &who);
	assert_int_equal(submitter_cancel(submitter, &who, id, "hold"), GW_OK);
	scene_pass(0);
	assert_int_equal(host.may_come, 1);
	scene_end(submitter);
}

/* A plugin cancels in the very event that tells of the next step: nothing of that step is done. */
TEST(cancel_from_inside_an_event)
{
	struct instance who;
	struct submitter *submitter = scene_set_up(&who);

	scene_begin_and_record(submitter, &who);
	who.cancels = true;
	scene_answer_journal(true); /* RECORDED is told before it is signed */
	scene_assert_ended(&who, GW_FAIL_CANCELLED);
	assert_int_equal(host.signed_count, 0);
	assert_int_equal(scene_broadcasts(), 0);
	scene_end(submitter);
}

/* The signer counts while the journal writes; the signature is taken, and sent, when the journal has answered. */
TEST(two_syncs_at_once)
{
	struct instance who;
	struct submitter *submitter = scene_set_up(&who);

	scene_begin_and_record(submitter, &who);
	assert_int_equal(host.asked_ahead, 1);
	assert_int_equal(host.signed_count, 0);
	assert_int_equal(scene_broadcasts(), 0);
	scene_answer_journal(true);
	assert_int_equal(host.asked_ahead, 1);
	assert_int_equal(host.signed_count, 1);
	assert_int_equal(scene_broadcasts(), 2);
	scene_end(submitter);

	submitter = scene_set_up(&who); /* which keys are to sign is not known yet */
	host.authority = GW_READY_UNKNOWN;
	scene_begin_and_record(submitter, &who);
	assert_int_equal(host.asked_ahead, 0);
	scene_end(submitter);
}

TEST(signer_refuses)
{
	static const struct {
		gw_status status;
		enum refusal refusal;
		int32_t reason;
	} cases[] = {
		{GW_ERR_DENIED, REFUSED_BUDGET, GW_FAIL_POLICY},
		{GW_ERR_DENIED, REFUSED_COUNT_FILE, GW_FAIL_INTERNAL}, /* its disk may answer again */
		{GW_ERR_UNAVAILABLE, REFUSED_NOT, GW_FAIL_INTERNAL},   /* it is gone: so soon will be the host */
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct instance who;
		struct submitter *submitter = scene_set_up(&who);

		host.signs = cases[i].status;
		host.refusal = cases[i].refusal;
		scene_begin_and_record(submitter, &who);
		scene_answer_journal(true);
		scene_assert_ended(&who, cases[i].reason);
		/* No signature left the signer, so no transaction lives: another one is safe, now or after a restart.
		 */
		assert_int_equal(host.closed, 1);
		assert_int_equal(host.may_come, 0);
		assert_int_equal(scene_broadcasts(), 0);
		host.signs = GW_OK;
		scene_begin_and_send(submitter, &who);
		scene_end(submitter);
	}
}

/* What is begun while an operator orders a takeover may be one signature more, and nothing that comes after it. */
TEST(the_signer_is_told_of_an_order)
{
	struct instance who;
	struct submitter *submitter = scene_set_up(&who);

	who.ordered = host.ordered = true;
	host.signs = GW_ERR_DENIED;
	scene_begin_and_record(submitter, &who);
	who.ordered = false;
	scene_answer_journal(true);
	scene_assert_ended(&who, GW_FAIL_POLICY);
	assert_int_equal(host.asked_ahead, 1);
	host.ordered = false;
	host.signs = GW_OK;
	scene_begin_and_send(submitter, &who);
	scene_end(submitter);
}

TEST(no_key_reaches)
{
	struct instance who;
	struct submitter *submitter = scene_set_up(&who);

	host.authority = GW_READY_NO;
	scene_begin_and_record(submitter, &who);
	scene_answer_journal(true);
	scene_assert_ended(&who, GW_FAIL_AUTHORITY);
	assert_non_null(strstr(who.event.text, "no key reaches it"));
	scene_end(submitter);
}

/* What waits to be signed: until the account was read, or until the signer answers again. */
TEST(signing_waits)
{
	for (int signer = 0; signer < 2; signer++) {
		struct instance who;
		struct submitter *submitter = scene_set_up(&who);

		host.authority = signer ? GW_READY_YES : GW_READY_UNKNOWN;
		host.signs = signer ? GW_ERR_TIMEOUT : GW_OK;
		scene_begin_and_record(submitter, &who);
		scene_answer_journal(true);
		assert_int_equal(who.event.state, GW_SUBMISSION_RECORDED);
		submitter_sign_waiting(submitter);
		assert_int_equal(who.event.state, GW_SUBMISSION_RECORDED);
		host.authority = GW_READY_YES;
		host.signs = GW_OK;
		submitter_sign_waiting(submitter);
		assert_int_equal(who.event.state, GW_SUBMISSION_SIGNED);
		assert_int_equal(host.signed_count, 1);
		submitter_sign_waiting(submitter);
		assert_int_equal(host.signed_count, 1);
		scene_end(submitter);
	}
}

/* What was waited for is named, and nothing that was not. */
TEST(what_was_waited_for_is_named)
{
	static const char signer_text[] = "the signer did not answer", account_text[] = "no node told";

	for (int signer = 0; signer < 2; signer++) {
		struct instance who;
		struct submitter *submitter = scene_set_up(&who);

		host.authority = signer ? GW_READY_YES : GW_READY_UNKNOWN;
		host.signs = signer ? GW_ERR_TIMEOUT : GW_OK;
		scene_begin_and_record(submitter, &who);
		scene_answer_journal(true);
		scene_head_passes(TRANSACTION_LIFE_S + 1);
		submitter_view(submitter);
		scene_assert_ended(&who, GW_FAIL_EXPIRED);
		assert_non_null(strstr(who.event.text, signer ? signer_text : account_text));
		assert_null(strstr(who.event.text, signer ? account_text : signer_text));
		scene_end(submitter);
	}
}

TEST(what_is_over_is_not_signed)
{
	struct instance who;
	struct submitter *submitter = scene_set_up(&who);

	host.signs = GW_ERR_TIMEOUT;
	uint64_t id = scene_begin_and_record(submitter, &who);
	scene_answer_journal(true);
	host.signs = GW_OK;
	assert_int_equal(submitter_cancel(submitter, &who, id, "hold"), GW_OK);
	submitter_sign_waiting(submitter);
	assert_int_equal(host.signed_count, 0);
	scene_assert_ended(&who, GW_FAIL_CANCELLED);
	scene_end(submitter);
}

TEST(taken_up_at_the_start)
{
	struct instance who;
	struct submitter *submitter = scene_set_up(&who);

	scene_resume(submitter, &who); /* nothing is open */
	scene_pass(0);
	assert_int_equal(who.events, 0);
	scene_begin_and_send(submitter, &who);
	scene_end(submitter); /* killed: no progress is told */

	const struct submission_record record = host.record;
	who.events = 0;
	host.timer_count = 0;
	submitter = submitter_new(
		&(struct submitter_parts){.signer = (struct signer *)(void *)&host, .effects = scene_effects});
	scene_resume(submitter, &who);
	assert_int_equal(who.events, 0);
	scene_pass(0);
	assert_int_equal(who.event.id, record.id);
	assert_int_equal(who.event.state, GW_SUBMISSION_SENT);
	assert_int_equal(host.records, 1);
	assert_int_equal(host.signed_count, 1);
	assert_int_equal(scene_try_begin(submitter, &who), GW_ERR_BUSY);
	scene_end(submitter);
}

/* A reload takes the instance away and brings it anew: answers to what it asked before are another life's. */
TEST(reloaded_in_flight)
{
	struct instance who, anew = {.name = "witness_monitor"};
	struct submitter *submitter = scene_set_up(&who);

	scene_begin_and_send(submitter, &who);
	const uint32_t events = who.events;
	const uint64_t id = host.record.id;

	submitter_forget(submitter, &who);
	scene_answer(CALL_RESULT, "{}");
	scene_pass(0);
	assert_int_equal(who.events, events);
	assert_true(host.open);
	scene_resume(submitter, &anew);
	scene_pass(0);
	assert_int_equal(anew.event.state, GW_SUBMISSION_SENT);
	assert_int_equal(anew.event.id, id);
	const uint32_t told = anew.events;

	scene_answer(CALL_NONE, NULL); /* the other one's broadcast */
	scene_pass(SUBMISSION_ASK_AGAIN_MS);
	assert_int_equal(anew.events, told);
	assert_int_equal(who.events, events);
	assert_int_equal(host.records, 1);
	scene_end(submitter);
}

TEST(refused_for_authority_asks_anew)
{
	struct instance who;
	struct submitter *submitter = scene_set_up(&who);

	scene_begin_and_send(submitter, &who);
	for (int i = 0; i < 2; i++)
		scene_answer(CALL_ERROR,
			     "{\"code\":-32004,\"message\":\"missing authority\",\"data\":{\"code\":3020100}}");
	scene_assert_ended(&who, GW_FAIL_AUTHORITY);
	assert_int_equal(host.refreshed, 2);
	assert_int_equal(host.may_come, 0);
	scene_end(submitter);
}

/* What is no witness is no answer: it is asked again. */
TEST(an_answer_that_is_none)
{
	struct instance who;
	struct submitter *submitter = scene_set_up(&who);

	scene_begin(submitter, &who);
	scene_answer(CALL_RESULT, "{\"owner\":\"foo\"}");
	assert_int_equal(host.records, 0);
	scene_pass(SUBMISSION_ASK_AGAIN_MS);
	assert_int_equal(host.question_count, 1);
	scene_answer_witness(KEY_A);
	assert_int_equal(host.records, 1);
	scene_end(submitter);
}

int main(void)
{
	log_set(LOG_TEXT, GW_CRITICAL); /* what is told is looked at where it arrives */
	return test_run(NULL, NULL);
}
