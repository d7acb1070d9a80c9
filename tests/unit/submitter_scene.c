/* SPDX-License-Identifier: MIT
 *
 * What stands around the submitter in its tests.
 */
#include "submitter_scene.h"

#include <stdio.h>
#include <string.h>

struct scene_host host;

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

void scene_pass(int64_t ms)
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

void scene_run_posted(void)
{
	void (*fn)(void *context) = host.posted;

	assert_non_null(fn);
	host.posted = NULL;
	fn(host.posted_context);
}

/* ---- observer ---------------------------------------------------------------------------------------------------- */

void observer_now(const struct observer *observer, struct gw_now *ret)
{
	(void)observer;
	*ret = host.now;
}

struct belief *observer_belief(struct observer *observer)
{
	(void)observer;
	return NULL;
}

struct nodes *observer_nodes(struct observer *observer)
{
	(void)observer;
	return NULL;
}

uint32_t observer_connected(const struct observer *observer)
{
	(void)observer;
	return host.connected;
}

const char *observer_endpoint_url(const struct observer *observer, uint32_t endpoint)
{
	(void)observer;
	(void)endpoint;
	return "ws://a";
}

int observer_endpoint(const struct observer *observer, uint32_t turn)
{
	(void)observer;
	return turn > 0 && (host.connected & 1u << 1) ? 1 : 0;
}

int belief_driver(const struct belief *belief)
{
	(void)belief;
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

void scene_answer(enum call_outcome outcome, const char *text)
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

void scene_answer_witness(const char *key)
{
	char text[1024];

	assert_true(host.question_count > 0 && !host.questions[0].broadcast);
	snprintf(text, sizeof(text),
		 "{\"owner\":\"foo\",\"url\":\"https://foo.example\",\"total_missed\":2,\"last_aslot\":1,"
		 "\"last_confirmed_block_num\":900,\"signing_key\":\"%s\",\"props\":{\"account_creation_fee\":"
		 "\"0.100 GOLOS\",\"maximum_block_size\":131072,\"sbd_interest_rate\":0}}",
		 key);
	scene_answer(CALL_RESULT, text);
}

size_t scene_broadcasts(void)
{
	size_t count = 0;

	for (size_t i = 0; i < host.question_count; i++)
		count += host.questions[i].broadcast;
	return count;
}

/* ---- journal ---------------------------------------------------------------------------------------------------- */

static void scene_record(void *nothing, const char *name, const struct submission_record *record,
			 void (*done)(void *context, bool ok), void *context)
{
	(void)nothing;
	assert_string_equal(name, "witness_monitor");
	assert_null(host.recorded);
	host.records++;
	host.record = *record;
	host.open = true;
	host.alive_until_s = 0; /* those of before can come no more */
	host.recorded = done;
	host.recorded_context = context;
}

void scene_answer_journal(bool ok)
{
	void (*recorded)(void *context, bool ok) = host.recorded;

	assert_non_null(recorded);
	host.recorded = NULL;
	recorded(host.recorded_context, ok);
}

static void scene_close(const struct gw_submission_event *event, bool may_come)
{
	if (event->state < GW_SUBMISSION_IRREVERSIBLE)
		return;
	host.open = false;
	host.closed++;
	host.may_come += may_come;
	if (may_come)
		host.alive_until_s = host.record.expiration_s;
}

static bool scene_is_writable(void *nothing)
{
	(void)nothing;
	return host.writable;
}

/* ---- signer, authorities, instances ---------------------------------------------------------------------------- */

/* Only what the journal has been asked to record: else the two would not wait for the disk together. */
void signer_ask_ahead(struct signer *signer, uint32_t instance, bool ordered, const struct transaction *tx,
		      const uint32_t *keys, size_t key_count)
{
	(void)signer;
	(void)keys;
	assert_int_equal(instance, 3);
	assert_int_equal(ordered, host.ordered);
	assert_int_equal(key_count, 1);
	assert_non_null(host.recorded);
	assert_int_equal(tx->expiration_s, host.record.expiration_s);
	host.asked_ahead++;
	assert_int_equal(transaction_serialize(&host.ahead, tx), GW_OK);
}

gw_status signer_sign(struct signer *signer, uint32_t instance, bool ordered, const struct transaction *tx,
		      const uint32_t *keys, size_t key_count, struct signed_transaction *ret, struct error *err)
{
	struct transaction_bytes bytes;

	(void)signer;
	(void)keys;
	assert_int_equal(instance, 3);
	assert_int_equal(ordered, host.ordered);
	assert_int_equal(key_count, 1);
	assert_int_equal(tx->expiration_s, host.record.expiration_s);
	assert_int_equal(transaction_serialize(&bytes, tx), GW_OK);
	if (host.asked_ahead) { /* the very same, or it would count twice */
		assert_int_equal(bytes.len, host.ahead.len);
		assert_memory_equal(bytes.bytes, host.ahead.bytes, bytes.len);
	}
	assert_null(host.recorded); /* nothing is signed for sending before the journal has answered */
	if (host.signs != GW_OK)
		return error_set(err, host.signs, "said the signer");
	host.signed_count++;
	memset(ret, 0, sizeof(*ret));
	snprintf(ret->id, sizeof(ret->id), "%s", TXID);
	ret->signature_count = 1;
	memset(ret->signatures[0].bytes, 0x1f, sizeof(ret->signatures[0].bytes));
	return GW_OK;
}

enum refusal signer_last_refusal(const struct signer *signer)
{
	(void)signer;
	return host.refusal;
}

uint8_t authorities_state(const struct authorities *authorities, const char *witness, char ret_text[GW_TEXT_SIZE])
{
	(void)authorities;
	(void)witness;
	snprintf(ret_text, GW_TEXT_SIZE, "%s", host.authority == GW_READY_NO ? "no key reaches it" : "");
	return host.authority;
}

size_t authorities_keys(const struct authorities *authorities, const char *witness, uint32_t ret_keys[SIGNER_KEYS_MAX])
{
	(void)authorities;
	(void)witness;
	ret_keys[0] = 0;
	return host.authority == GW_READY_YES;
}

void authorities_refresh(struct authorities *authorities)
{
	(void)authorities;
	host.refreshed++;
}

static void scene_progress(void *nothing, void *who, const struct gw_submission_event *event, bool may_come)
{
	struct instance *instance = who;

	(void)nothing;
	scene_close(event, may_come);
	instance->events++;
	instance->event = *event;
	if (instance->cancels && event->state < GW_SUBMISSION_IN_BLOCK)
		assert_int_equal(submitter_cancel(instance->submitter, instance, event->id, "hold"), GW_OK);
	if (instance->goes_on && event->state == GW_SUBMISSION_FAILED) {
		instance->goes_on = false;
		instance->began = scene_try_begin(instance->submitter, instance);
	}
}

/* ---- a host ----------------------------------------------------------------------------------------------------- */

const struct submitter_effects scene_effects = {
	.is_journal_writable = scene_is_writable, .record = scene_record, .progress = scene_progress};

struct submitter *scene_set_up(struct instance *who)
{
	static int a_signer;
	struct submitter_parts parts = {.signer = (struct signer *)(void *)&a_signer, .effects = scene_effects};
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

void scene_end(struct submitter *submitter)
{
	while (host.question_count > 0)
		scene_answer(CALL_NONE, NULL);
	if (host.recorded)
		scene_answer_journal(false);
	submitter_free(submitter);
}

static struct submitter_client scene_client(struct instance *who)
{
	return (struct submitter_client){.who = who, .name = who->name, .policy = 3, .ordered = who->ordered};
}

uint64_t scene_begin(struct submitter *submitter, struct instance *who)
{
	const uint32_t events = who->events;
	const uint64_t id = host.next_id;

	assert_int_equal(scene_try_begin(submitter, who), GW_OK);
	assert_int_equal(who->events, events); /* never from inside the call */
	scene_pass(0);
	assert_int_equal(who->event.state, GW_SUBMISSION_WAITING);
	assert_int_equal(who->event.id, id);
	return id;
}

gw_status scene_try_begin(struct submitter *submitter, struct instance *who)
{
	const struct submission_record record = {.id = host.next_id++, .intent = world_intent(GW_INTENT_AUTOMATIC)};
	const struct submitter_client client = scene_client(who);

	return submitter_begin(submitter, &client, &record, host.alive_until_s);
}

void scene_resume(struct submitter *submitter, struct instance *who)
{
	const struct submitter_client client = scene_client(who);

	if (host.open)
		submitter_resume(submitter, &client, &host.record);
}

uint64_t scene_begin_and_record(struct submitter *submitter, struct instance *who)
{
	uint64_t id = scene_begin(submitter, who);

	scene_answer_witness(KEY_A);
	assert_int_equal(host.record.id, id);
	return id;
}

uint64_t scene_begin_and_send(struct submitter *submitter, struct instance *who)
{
	uint64_t id = scene_begin_and_record(submitter, who);

	scene_answer_journal(true);
	assert_int_equal(who->event.state, GW_SUBMISSION_SIGNED);
	assert_int_equal(scene_broadcasts(), 2);
	return id;
}

void scene_head_passes(int64_t seconds)
{
	host.view.head_num += (uint32_t)(seconds / 3);
	host.view.head_time_s += seconds;
	host.view.next_slot_time_s += seconds;
	scene_pass(seconds * 1000);
}

void scene_assert_ended(const struct instance *who, int32_t reason)
{
	assert_int_equal(who->event.state, GW_SUBMISSION_FAILED);
	assert_int_equal(who->event.reason, reason);
}
