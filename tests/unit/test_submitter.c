/* SPDX-License-Identifier: MIT
 *
 * What carries submissions to journal, signer and nodes: one at a time, the refusals, cancelling, taking up again, and
 * answers that come late. The submission itself is the real one; all that stands around it (loop, watch, journal,
 * signer, keyring, instances) is the test's own, and answers when told.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "submission_world.h"
#include "submitter.h"

#define QUESTIONS_MAX 16

/* A question to a node that waits for its answer. */
struct question {
	call_done done;
	void *context;
	uint32_t endpoint;
	bool broadcast;
};

struct loop_timer {
	loop_timer_fn fn;
	void *context;
	int64_t due_ms; /* < 0: stopped */
};

struct instance {
	const char *name;
	uint32_t events;
	struct gw_submission_event event; /* newest */
	bool cancels;			  /* at each event that does not end it, as a plugin does that holds */
	struct submitter *submitter;
};

static struct {
	struct chain_view view;
	struct gw_now now;
	uint32_t connected;
	struct loop_timer timers[4];
	size_t timer_count;
	void (*posted)(void *context);
	void *posted_context;
	struct question questions[QUESTIONS_MAX];
	size_t question_count;
	/* journal */
	bool writable, open;
	struct submission_record record; /* newest asked for */
	uint32_t records, closed, may_come, alive_until_s;
	uint64_t next_id;
	void (*recorded)(void *context, bool ok);
	void *recorded_context;
	/* signer and keyring */
	gw_status signs;
	uint32_t signed_count;
	uint8_t authority;
	uint32_t refreshed;
} host;

/* ---- loop -------------------------------------------------------------------------------------------------------- */

void loop_now(struct gw_now *ret)
{
	*ret = host.now;
}

void loop_post(struct loop *loop, void (*fn)(void *context), void *context)
{
	(void)loop;
	assert_null(host.posted);
	host.posted = fn;
	host.posted_context = context;
}

struct loop_timer *loop_timer_new(struct loop *loop, loop_timer_fn fn, void *context)
{
	(void)loop;
	assert_true(host.timer_count < 4);
	struct loop_timer *timer = &host.timers[host.timer_count++];

	*timer = (struct loop_timer){.fn = fn, .context = context, .due_ms = -1};
	return timer;
}

void loop_timer_set(struct loop_timer *timer, int64_t delay_ms)
{
	timer->due_ms = delay_ms < 0 ? -1 : host.now.mono_ms + delay_ms;
}

void loop_timer_free(struct loop_timer *timer)
{
	timer->due_ms = -1;
}

static void pass(int64_t ms)
{
	host.now.mono_ms += ms;
	host.now.chain_ms += ms;
	for (size_t i = 0; i < host.timer_count; i++) {
		struct loop_timer *timer = &host.timers[i];

		if (timer->due_ms < 0 || timer->due_ms > host.now.mono_ms)
			continue;
		timer->due_ms = -1;
		timer->fn(timer->context);
	}
}

static void run_posted(void)
{
	void (*fn)(void *context) = host.posted;

	assert_non_null(fn);
	host.posted = NULL;
	fn(host.posted_context);
}

/* ---- watch ------------------------------------------------------------------------------------------------------- */

void watch_now(const struct watch *watch, struct gw_now *ret)
{
	(void)watch;
	*ret = host.now;
}

struct belief *watch_belief(struct watch *watch)
{
	(void)watch;
	return NULL;
}

struct nodes *watch_nodes(struct watch *watch)
{
	(void)watch;
	return NULL;
}

uint32_t watch_connected(const struct watch *watch)
{
	(void)watch;
	return host.connected;
}

int watch_endpoint(const struct watch *watch)
{
	(void)watch;
	return 0;
}

void belief_view(const struct belief *belief, const char *witness, const struct gw_now *now, struct chain_view *ret)
{
	(void)belief;
	(void)now;
	assert_string_equal(witness, "foo");
	*ret = host.view;
}

void nodes_call(struct nodes *nodes, uint32_t endpoint, const char *api, const char *method, const char *args_json,
		uint32_t deadline_ms, call_done done, void *context)
{
	(void)nodes;
	(void)method;
	(void)deadline_ms;
	assert_true(host.question_count < QUESTIONS_MAX);
	const bool broadcast = strcmp(api, "network_broadcast_api") == 0;

	if (broadcast)
		assert_non_null(strstr(args_json, "\"signatures\":[\"1f"));
	host.questions[host.question_count++] =
		(struct question){.done = done, .context = context, .endpoint = endpoint, .broadcast = broadcast};
}

/* Answers the oldest question that is open. */
static void answer(enum call_outcome outcome, const char *text)
{
	assert_true(host.question_count > 0);
	const struct question question = host.questions[0];
	struct json *json = NULL;
	struct error err;

	host.question_count--;
	memmove(&host.questions[0], &host.questions[1], host.question_count * sizeof(host.questions[0]));
	if (text)
		assert_int_equal(json_parse(&json, text, strlen(text), &err), GW_OK);
	question.done(question.context, outcome, json);
	json_free(json);
}

static void answer_witness(const char *key)
{
	char text[1024];

	assert_true(host.question_count > 0 && !host.questions[0].broadcast);
	snprintf(text, sizeof(text),
		 "{\"owner\":\"foo\",\"url\":\"https://foo.example\",\"total_missed\":2,\"last_aslot\":1,"
		 "\"last_confirmed_block_num\":900,\"signing_key\":\"%s\",\"props\":{\"account_creation_fee\":"
		 "\"0.100 GOLOS\",\"maximum_block_size\":131072,\"sbd_interest_rate\":0}}",
		 key);
	answer(CALL_RESULT, text);
}

static size_t count_broadcasts(void)
{
	size_t count = 0;

	for (size_t i = 0; i < host.question_count; i++)
		count += host.questions[i].broadcast;
	return count;
}

/* ---- journal ------------------------------------------------------------------------------------------------------
 */

void journal_record(struct journal *journal, const char *instance, const struct submission_record *record,
		    void (*done)(void *context, bool ok), void *context)
{
	(void)journal;
	assert_string_equal(instance, "witness_monitor");
	assert_null(host.recorded);
	host.records++;
	host.record = *record;
	host.open = true;
	host.recorded = done;
	host.recorded_context = context;
}

static void answer_journal(bool ok)
{
	void (*recorded)(void *context, bool ok) = host.recorded;

	assert_non_null(recorded);
	host.recorded = NULL;
	recorded(host.recorded_context, ok);
}

void journal_progress(struct journal *journal, const char *instance, const struct gw_submission_event *event,
		      bool may_come)
{
	(void)journal;
	assert_string_equal(instance, "witness_monitor");
	if (event->state < GW_SUBMISSION_IRREVERSIBLE)
		return;
	host.open = false;
	host.closed++;
	host.may_come += may_come;
	host.alive_until_s = may_come ? host.record.expiration_s : 0;
}

bool journal_open_submission(const struct journal *journal, const char *instance, struct submission_record *ret)
{
	(void)journal;
	(void)instance;
	*ret = host.record;
	return host.open;
}

uint32_t journal_alive_until_s(const struct journal *journal, const char *instance)
{
	(void)journal;
	(void)instance;
	return host.alive_until_s;
}

bool journal_is_writable(const struct journal *journal)
{
	(void)journal;
	return host.writable;
}

uint64_t journal_next_id(struct journal *journal)
{
	(void)journal;
	return host.next_id++;
}

/* ---- signer, keyring, instances ------------------------------------------------------------------------------------
 */

gw_status signer_sign(struct signer *signer, uint32_t instance, const struct transaction *tx, const uint32_t *keys,
		      size_t key_count, struct signed_transaction *ret, struct error *err)
{
	(void)signer;
	(void)keys;
	assert_int_equal(instance, 3);
	assert_int_equal(key_count, 1);
	assert_int_equal(tx->expiration_s, host.record.expiration_s);
	if (host.signs != GW_OK)
		return error_set(err, host.signs, "said the signer");
	host.signed_count++;
	memset(ret, 0, sizeof(*ret));
	snprintf(ret->id, sizeof(ret->id), "%s", TXID);
	ret->signature_count = 1;
	memset(ret->signatures[0].bytes, 0x1f, sizeof(ret->signatures[0].bytes));
	return GW_OK;
}

uint8_t keyring_authority(const struct keyring *keyring, const char *witness, char ret_text[GW_TEXT_SIZE])
{
	(void)keyring;
	(void)witness;
	snprintf(ret_text, GW_TEXT_SIZE, "%s", host.authority == GW_READY_NO ? "no key reaches it" : "");
	return host.authority;
}

size_t keyring_keys(const struct keyring *keyring, const char *witness, uint32_t ret_keys[SIGNER_KEYS_MAX])
{
	(void)keyring;
	(void)witness;
	ret_keys[0] = 0;
	return host.authority == GW_READY_YES;
}

void keyring_refresh(struct keyring *keyring)
{
	(void)keyring;
	host.refreshed++;
}

const char *instance_name(const struct instance *instance)
{
	return instance->name;
}

uint32_t instance_policy(const struct instance *instance)
{
	(void)instance;
	return 3;
}

void instance_submission(struct instance *instance, const struct gw_submission_event *event)
{
	instance->events++;
	instance->event = *event;
	if (instance->cancels && event->state < GW_SUBMISSION_IN_BLOCK)
		assert_int_equal(submitter_cancel(instance->submitter, instance, event->id, "hold"), GW_OK);
}

/* ---- a host --------------------------------------------------------------------------------------------------------
 */

/* Head 1000 with room ahead, two endpoints, a journal that can be written, keys that reach. */
static struct submitter *set_up(struct instance *who)
{
	static int a_signer;
	struct submitter_parts parts = {.signer = (struct signer *)(void *)&a_signer};
	struct world w;

	world_init_plain(&w, "oooooooooooooo");
	memset(&host, 0, sizeof(host));
	host.view = w.view;
	host.now = w.now;
	host.connected = 3;
	host.writable = true;
	host.next_id = 42;
	host.authority = GW_READY_YES;
	*who = (struct instance){.name = "witness_monitor"};
	who->submitter = submitter_new(&parts);
	return who->submitter;
}

/* All that was asked is answered by nothing, as at the end of a host. */
static void end(struct submitter *submitter)
{
	while (host.question_count > 0)
		answer(CALL_NONE, NULL);
	if (host.recorded)
		answer_journal(false);
	submitter_free(submitter);
}

static uint64_t begin(struct submitter *submitter, struct instance *who)
{
	const struct gw_intent intent = world_intent(GW_INTENT_AUTOMATIC);
	const uint32_t events = who->events;
	uint64_t id;

	assert_int_equal(submitter_begin(submitter, who, &intent, &id), GW_OK);
	assert_int_equal(who->events, events); /* never from inside the call */
	pass(0);
	assert_int_equal(who->event.state, GW_SUBMISSION_WAITING);
	assert_int_equal(who->event.id, id);
	return id;
}

static gw_status try_begin(struct submitter *submitter, struct instance *who)
{
	const struct gw_intent intent = world_intent(GW_INTENT_AUTOMATIC);
	uint64_t id;

	return submitter_begin(submitter, who, &intent, &id);
}

static uint64_t begin_and_record(struct submitter *submitter, struct instance *who)
{
	uint64_t id = begin(submitter, who);

	answer_witness(KEY_A);
	assert_int_equal(host.record.id, id);
	return id;
}

static uint64_t begin_and_send(struct submitter *submitter, struct instance *who)
{
	uint64_t id = begin_and_record(submitter, who);

	answer_journal(true);
	assert_int_equal(who->event.state, GW_SUBMISSION_SIGNED);
	assert_int_equal(count_broadcasts(), 2);
	return id;
}

static void head_passes(int64_t seconds)
{
	host.view.head_num += (uint32_t)(seconds / 3);
	host.view.head_time_s += seconds;
	host.view.next_slot_time_s += seconds;
	pass(seconds * 1000);
}

static void assert_ended(const struct instance *who, int32_t reason)
{
	assert_int_equal(who->event.state, GW_SUBMISSION_FAILED);
	assert_int_equal(who->event.reason, reason);
}

/* ---- tests ----------------------------------------------------------------------------------------------------------
 */

static void test_the_whole_way(void **state)
{
	struct gw_block_event block = {.num = 1001, .driver_epoch = 1};
	struct block_transaction transaction = {.id = TXID};
	struct instance who;
	struct submitter *submitter = set_up(&who);

	(void)state;
	begin_and_send(submitter, &who);
	assert_true(submitter_is_about_to_send(submitter)); /* notices wait until a node has it */
	answer(CALL_RESULT, "{}");
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
	begin(submitter, &who); /* the place is free */
	assert_int_equal(host.signed_count, 1);
	end(submitter);
}

static void test_one_at_a_time(void **state)
{
	struct instance who;
	struct submitter *submitter = set_up(&who);

	(void)state;
	begin(submitter, &who);
	assert_int_equal(try_begin(submitter, &who), GW_ERR_BUSY);
	answer_witness(KEY_A);
	assert_int_equal(try_begin(submitter, &who), GW_ERR_BUSY);
	answer_journal(true);
	assert_int_equal(try_begin(submitter, &who), GW_ERR_BUSY);
	assert_int_equal(host.records, 1);
	end(submitter);
}

static void test_without_a_signer(void **state)
{
	const struct submitter_parts none = {.signer = NULL}, dry = {.signer = NULL, .dry_run = true};
	struct instance who;

	(void)state;
	submitter_free(set_up(&who));
	struct submitter *submitter = submitter_new(&none);
	assert_int_equal(try_begin(submitter, &who), GW_ERR_UNAVAILABLE);
	submitter_free(submitter);

	submitter = submitter_new(&dry);
	assert_int_equal(try_begin(submitter, &who), GW_OK);
	submitter_view(submitter); /* whatever else happens before its turn */
	assert_int_equal(try_begin(submitter, &who), GW_ERR_BUSY);
	assert_int_equal(who.events, 0);
	run_posted();
	assert_ended(&who, GW_FAIL_DRY_RUN);
	assert_int_equal(host.records + host.question_count + host.signed_count, 0);
	assert_int_equal(try_begin(submitter, &who), GW_OK);
	submitter_free(submitter);
}

/* Also when it was a process before this one that gave it up: the journal tells. */
static void test_busy_while_another_may_come(void **state)
{
	struct instance who;
	struct submitter *submitter = set_up(&who);

	(void)state;
	host.alive_until_s = (uint32_t)host.view.head_time_s + 6;
	assert_int_equal(try_begin(submitter, &who), GW_ERR_BUSY);
	head_passes(3);
	assert_int_equal(try_begin(submitter, &who), GW_ERR_BUSY);
	const struct chain_view view = host.view;
	host.view = (struct chain_view){.valid = false}; /* no head is known: nor is it known to be over */
	assert_int_equal(try_begin(submitter, &who), GW_ERR_BUSY);
	host.view = view;
	head_passes(3);
	begin(submitter, &who);
	end(submitter);
}

static void test_one_without_the_journal(void **state)
{
	struct instance who;
	struct submitter *submitter = set_up(&who);

	(void)state;
	host.writable = false;
	uint64_t id = begin_and_record(submitter, &who);
	answer_journal(false);
	assert_int_equal(count_broadcasts(), 2); /* it goes on all the same */
	assert_int_equal(submitter_cancel(submitter, &who, id, "hold"), GW_OK);
	pass(0);
	assert_ended(&who, GW_FAIL_CANCELLED);
	head_passes(60);
	assert_int_equal(try_begin(submitter, &who), GW_ERR_UNAVAILABLE);
	host.writable = true;
	submitter_journal_recovered(submitter);
	begin(submitter, &who);
	end(submitter);
}

/* The journal was back before its answer to the record came: the next outage has a switch of its own. */
static void test_late_answer_of_a_journal_that_is_back(void **state)
{
	struct instance who;
	struct submitter *submitter = set_up(&who);

	(void)state;
	uint64_t id = begin_and_record(submitter, &who);
	submitter_journal_recovered(submitter);
	answer_journal(false);
	assert_int_equal(submitter_cancel(submitter, &who, id, "hold"), GW_OK);
	pass(0);
	head_passes(60);
	host.writable = false;
	begin(submitter, &who);
	end(submitter);
}

static void test_cancel(void **state)
{
	struct instance who, another = {.name = "another"};
	struct submitter *submitter = set_up(&who);

	(void)state;
	uint64_t id = begin_and_record(submitter, &who);
	assert_int_equal(submitter_cancel(submitter, &who, id + 1, "hold"), GW_ERR_NOT_FOUND);
	assert_int_equal(submitter_cancel(submitter, &another, id, "hold"), GW_ERR_NOT_FOUND);
	const uint32_t events = who.events;

	assert_int_equal(submitter_cancel(submitter, &who, id, "hold"), GW_OK);
	assert_int_equal(who.events, events); /* never from inside the call */
	pass(0);
	assert_ended(&who, GW_FAIL_CANCELLED);
	assert_int_equal(host.may_come, 0);
	answer_journal(true); /* too late */
	assert_int_equal(host.signed_count, 0);
	assert_int_equal(submitter_cancel(submitter, &who, id, "hold"), GW_ERR_NOT_FOUND);

	id = begin_and_send(submitter, &who);
	assert_int_equal(submitter_cancel(submitter, &who, id, "hold"), GW_OK);
	pass(0);
	assert_int_equal(host.may_come, 1);
	assert_int_equal(try_begin(submitter, &who), GW_ERR_BUSY);
	end(submitter);
}

/* A plugin cancels in the very event that tells of the next step: nothing of that step is done. */
static void test_cancel_from_inside_an_event(void **state)
{
	struct instance who;
	struct submitter *submitter = set_up(&who);

	(void)state;
	begin_and_record(submitter, &who);
	who.cancels = true;
	answer_journal(true); /* RECORDED is told before it is signed */
	assert_ended(&who, GW_FAIL_CANCELLED);
	assert_int_equal(host.signed_count, 0);
	assert_int_equal(count_broadcasts(), 0);
	end(submitter);
}

static void test_signer_refuses(void **state)
{
	static const struct {
		gw_status status;
		int32_t reason;
	} cases[] = {
		{GW_ERR_DENIED, GW_FAIL_POLICY},
		{GW_ERR_UNAVAILABLE, GW_FAIL_INTERNAL}, /* it is gone: so soon will be the host */
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct instance who;
		struct submitter *submitter = set_up(&who);

		host.signs = cases[i].status;
		begin_and_record(submitter, &who);
		answer_journal(true);
		assert_ended(&who, cases[i].reason);
		/* No signature left the signer, so no transaction lives: another one is safe, now or after a restart.
		 */
		assert_int_equal(host.closed, 1);
		assert_int_equal(host.may_come, 0);
		assert_int_equal(count_broadcasts(), 0);
		host.signs = GW_OK;
		begin_and_send(submitter, &who);
		end(submitter);
	}
}

static void test_no_key_reaches(void **state)
{
	struct instance who;
	struct submitter *submitter = set_up(&who);

	(void)state;
	host.authority = GW_READY_NO;
	begin_and_record(submitter, &who);
	answer_journal(true);
	assert_ended(&who, GW_FAIL_AUTHORITY);
	assert_non_null(strstr(who.event.text, "no key reaches it"));
	end(submitter);
}

/* What waits to be signed: until the account was read, or until the signer answers again. */
static void test_signing_waits(void **state)
{
	(void)state;
	for (int signer = 0; signer < 2; signer++) {
		struct instance who;
		struct submitter *submitter = set_up(&who);

		host.authority = signer ? GW_READY_YES : GW_READY_UNKNOWN;
		host.signs = signer ? GW_ERR_TIMEOUT : GW_OK;
		begin_and_record(submitter, &who);
		answer_journal(true);
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
		end(submitter);
	}
}

static void test_what_is_over_is_not_signed(void **state)
{
	struct instance who;
	struct submitter *submitter = set_up(&who);

	(void)state;
	host.signs = GW_ERR_TIMEOUT;
	uint64_t id = begin_and_record(submitter, &who);
	answer_journal(true);
	host.signs = GW_OK;
	assert_int_equal(submitter_cancel(submitter, &who, id, "hold"), GW_OK);
	submitter_sign_waiting(submitter);
	assert_int_equal(host.signed_count, 0);
	assert_ended(&who, GW_FAIL_CANCELLED);
	end(submitter);
}

static void test_taken_up_at_the_start(void **state)
{
	struct instance who;
	struct submitter *submitter = set_up(&who);

	(void)state;
	submitter_resume(submitter, &who); /* nothing is open */
	pass(0);
	assert_int_equal(who.events, 0);
	begin_and_send(submitter, &who);
	end(submitter); /* killed: no progress is told */

	const struct submission_record record = host.record;
	who.events = 0;
	host.timer_count = 0;
	submitter = submitter_new(&(struct submitter_parts){.signer = (struct signer *)(void *)&host});
	submitter_resume(submitter, &who);
	assert_int_equal(who.events, 0);
	pass(0);
	assert_int_equal(who.event.id, record.id);
	assert_int_equal(who.event.state, GW_SUBMISSION_SIGNED);
	assert_int_equal(host.records, 1);
	assert_int_equal(host.signed_count, 2);
	assert_int_equal(count_broadcasts(), 2);
	assert_int_equal(try_begin(submitter, &who), GW_ERR_BUSY);
	end(submitter);
}

/* A reload takes the instance away and brings it anew: answers to what it asked before are another life's. */
static void test_reloaded_in_flight(void **state)
{
	struct instance who, anew = {.name = "witness_monitor"};
	struct submitter *submitter = set_up(&who);

	(void)state;
	begin_and_send(submitter, &who);
	const uint32_t events = who.events;
	const uint64_t id = host.record.id;

	submitter_forget(submitter, &who);
	answer(CALL_RESULT, "{}");
	pass(0);
	assert_int_equal(who.events, events);
	assert_true(host.open);
	submitter_resume(submitter, &anew);
	pass(0);
	assert_int_equal(anew.event.state, GW_SUBMISSION_SIGNED);
	assert_int_equal(anew.event.id, id);
	answer(CALL_NONE, NULL); /* the other one's broadcast */
	pass(SUBMISSION_ASK_AGAIN_MS);
	assert_int_equal(count_broadcasts(), 2);
	answer(CALL_ERROR, "{\"code\":-32006,\"message\":\"duplicate\",\"data\":{\"code\":3080000}}");
	assert_int_equal(anew.event.state, GW_SUBMISSION_SENT);
	assert_int_equal(who.events, events);
	assert_int_equal(host.records, 1);
	end(submitter);
}

static void test_refused_for_authority_asks_anew(void **state)
{
	struct instance who;
	struct submitter *submitter = set_up(&who);

	(void)state;
	begin_and_send(submitter, &who);
	for (int i = 0; i < 2; i++)
		answer(CALL_ERROR, "{\"code\":-32004,\"message\":\"missing authority\",\"data\":{\"code\":3020100}}");
	assert_ended(&who, GW_FAIL_AUTHORITY);
	assert_int_equal(host.refreshed, 2);
	assert_int_equal(host.may_come, 0);
	end(submitter);
}

/* What is no witness is no answer: it is asked again. */
static void test_an_answer_that_is_none(void **state)
{
	struct instance who;
	struct submitter *submitter = set_up(&who);

	(void)state;
	begin(submitter, &who);
	answer(CALL_RESULT, "{\"owner\":\"foo\"}");
	assert_int_equal(host.records, 0);
	pass(SUBMISSION_ASK_AGAIN_MS);
	assert_int_equal(host.question_count, 1);
	answer_witness(KEY_A);
	assert_int_equal(host.records, 1);
	end(submitter);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_whole_way),
		cmocka_unit_test(test_one_at_a_time),
		cmocka_unit_test(test_without_a_signer),
		cmocka_unit_test(test_busy_while_another_may_come),
		cmocka_unit_test(test_one_without_the_journal),
		cmocka_unit_test(test_late_answer_of_a_journal_that_is_back),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_cancel_from_inside_an_event),
		cmocka_unit_test(test_signer_refuses),
		cmocka_unit_test(test_no_key_reaches),
		cmocka_unit_test(test_signing_waits),
		cmocka_unit_test(test_what_is_over_is_not_signed),
		cmocka_unit_test(test_taken_up_at_the_start),
		cmocka_unit_test(test_reloaded_in_flight),
		cmocka_unit_test(test_refused_for_authority_asks_anew),
		cmocka_unit_test(test_an_answer_that_is_none),
	};

	log_set(LOG_TEXT, GW_CRITICAL); /* what is told is looked at where it arrives */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
