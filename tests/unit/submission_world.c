/* SPDX-License-Identifier: MIT
 *
 * See submission_world.h.
 */
#include "submission_world.h"
#include "test.h"
#include <stdio.h>

void world_id(char ret[GW_ID_SIZE], uint32_t num)
{
	snprintf(ret, GW_ID_SIZE, "%08x%032x", num, num * 7919u);
}

void world_set_slots(struct world *w, const char *slots)
{
	memset(w->view.slots, SLOT_UNKNOWN, sizeof(w->view.slots));
	for (size_t i = 0; i < VIEW_SLOTS_MAX && *slots; i++, slots++)
		w->view.slots[i] = *slots == 'o' ? SLOT_OTHER : *slots == 'X' ? SLOT_OURS : SLOT_UNKNOWN;
}

void world_init(struct world *w, uint32_t head_num, const char *head_id, const char *head_previous, int64_t head_time_s,
		const char *slots)
{
	memset(w, 0, sizeof(*w));
	w->epoch = 1;
	w->view.valid = true;
	w->view.head_num = head_num;
	snprintf(w->view.head_id, GW_ID_SIZE, "%s", head_id);
	w->view.unmissed_num = head_num - 1;
	snprintf(w->view.unmissed_id, GW_ID_SIZE, "%s", head_previous);
	w->view.head_time_s = head_time_s;
	w->view.interval_s = 3;
	w->view.scheduled = 21;
	w->view.next_slot_time_s = head_time_s + 3;
	snprintf(w->view.signing_key, GW_KEY_SIZE, "%s", KEY_A);
	world_set_slots(w, slots);
	w->now.chain_ms = head_time_s * 1000 + 300;
	w->now.wall_ms = w->now.chain_ms + 200;
	w->now.mono_ms = 5000000;
}

void world_pass(struct world *w, int64_t ms)
{
	w->now.chain_ms += ms;
	w->now.mono_ms += ms;
	w->now.wall_ms += ms;
	while (w->view.next_slot_time_s * 1000 <= w->now.chain_ms) {
		w->view.next_slot_time_s += w->view.interval_s;
		memmove(w->view.slots, w->view.slots + 1, VIEW_SLOTS_MAX - 1);
		w->view.slots[VIEW_SLOTS_MAX - 1] = SLOT_UNKNOWN;
	}
}

void world_tick(struct world *w)
{
	submission_tick(&w->s, &w->view, &w->now);
	world_drain(w);
}

void world_block(struct world *w, const char *slots, bool in_it, const char *sets)
{
	struct gw_block_event event = {.struct_size = sizeof(event), .seq = ++w->seq, .driver_epoch = w->epoch};
	struct block_transaction transactions[2];
	struct gw_key_update update;
	const struct gw_key_update *updates[] = {&update};

	const int64_t at_ms = w->view.next_slot_time_s * 1000 + 300;
	const int64_t time_s = w->view.next_slot_time_s;
	if (at_ms > w->now.chain_ms)
		world_pass(w, at_ms - w->now.chain_ms);
	w->view.head_num++;
	w->view.unmissed_num = w->view.head_num - 1;
	memcpy(w->view.unmissed_id, w->view.head_id, GW_ID_SIZE);
	world_id(w->view.head_id, w->view.head_num);
	w->view.head_time_s = time_s;
	world_set_slots(w, slots);
	event.num = w->view.head_num;
	event.time_s = time_s;
	memset(transactions, 0, sizeof(transactions));
	snprintf(transactions[0].id, GW_ID_SIZE, "%040d", 7);
	snprintf(transactions[1].id, GW_ID_SIZE, "%s", TXID);
	if (sets) {
		memset(&update, 0, sizeof(update));
		snprintf(update.witness, sizeof(update.witness), "foo");
		snprintf(update.signing_key, sizeof(update.signing_key), "%s", sets);
		snprintf(w->view.signing_key, GW_KEY_SIZE, "%s", sets);
		event.updates = updates;
		event.update_count = 1;
	}
	submission_block(&w->s, &event, transactions, in_it ? 2 : 1, &w->view, &w->now);
	world_drain(w);
}

struct gw_intent world_intent(int32_t mode)
{
	struct gw_intent intent;

	memset(&intent, 0, sizeof(intent));
	intent.struct_size = sizeof(intent);
	intent.operation = GW_OP_WITNESS_UPDATE;
	intent.mode = mode;
	snprintf(intent.witness, sizeof(intent.witness), "foo");
	snprintf(intent.signing_key, sizeof(intent.signing_key), "%s", KEY_B);
	return intent;
}

void world_begin(struct world *w, const struct gw_intent *intent, uint32_t connected)
{
	submission_begin(&w->s, &(struct submission_record){.id = 42, .intent = *intent}, w->older_until_s, &w->view,
			 &w->now);
	submission_endpoints(&w->s, connected, &w->now);
	world_drain(w);
}

void world_resume(struct world *w, const struct submission_record *record, uint32_t connected)
{
	submission_resume(&w->s, record, &w->view, &w->now);
	submission_endpoints(&w->s, connected, &w->now);
	world_drain(w);
}

void world_clear(struct world *w)
{
	memset(&w->seen, 0, sizeof(w->seen));
}

void world_drain(struct world *w)
{
	struct submission_action action;
	struct error err;

	while (submission_next(&w->s, &action)) {
		switch (action.type) {
		case SUBMISSION_ASK_WITNESS:
			w->seen.asks++;
			w->seen.ticket = action.ticket;
			w->seen.at_driver = action.at_driver;
			break;
		case SUBMISSION_RECORD:
			w->seen.records++;
			w->seen.record = action.record;
			break;
		case SUBMISSION_SIGN:
			w->seen.signs++;
			assert_int_equal(submission_transaction(&w->seen.transaction, &w->s.record, &err), GW_OK);
			break;
		case SUBMISSION_SEND:
			assert_false(w->seen.sends & 1u << action.endpoint);
			w->seen.sends |= 1u << action.endpoint;
			break;
		case SUBMISSION_PROGRESS:
			w->seen.progresses++;
			w->seen.progress = action.event;
			assert_true(action.event.text[0] != '\0');
			break;
		}
	}
}

void world_witness(struct world *w, const char *key)
{
	world_confirmed(w, key, 0);
}

void world_confirmed(struct world *w, const char *key, uint32_t last_confirmed)
{
	struct witness_answer answer = {.exists = true,
					.owner = "foo",
					.url = "https://foo.example/failover",
					.last_confirmed = last_confirmed};

	snprintf(answer.signing_key, GW_KEY_SIZE, "%s", key);
	submission_witness(&w->s, w->seen.ticket, &answer, &w->view, &w->now);
	world_drain(w);
}

void world_recorded(struct world *w, bool ok)
{
	submission_recorded(&w->s, ok, &w->view, &w->now);
	world_drain(w);
}

void world_signed(struct world *w)
{
	submission_signed(&w->s, TXID, SIGNATURE, 0, NULL, &w->view, &w->now);
	world_drain(w);
}

void world_sent(struct world *w, uint32_t endpoint, enum send_result result)
{
	submission_sent(&w->s, endpoint, "ws://a", result, "said the node", &w->view, &w->now);
	world_drain(w);
}

void world_connected(struct world *w, uint32_t connected)
{
	submission_endpoints(&w->s, connected, &w->now);
	if (w->s.state == GW_SUBMISSION_SIGNED || w->s.state == GW_SUBMISSION_SENT)
		assert_true(submission_wake_ms(&w->s) <= w->now.mono_ms);
	world_tick(w);
}

void world_run_to_signed(struct world *w)
{
	assert_int_equal(w->seen.asks, 1);
	assert_false(w->seen.at_driver);
	world_witness(w, KEY_A);
	assert_int_equal(w->seen.records, 1);
	world_recorded(w, true);
	assert_int_equal(w->seen.signs, 1);
	world_signed(w);
}

void world_init_plain(struct world *w, const char *slots)
{
	char id[GW_ID_SIZE], previous[GW_ID_SIZE];

	world_id(id, 1000);
	world_id(previous, 999);
	world_init(w, 1000, id, previous, 1000000, slots);
}

void world_init_offered(struct world *w, uint32_t connected)
{
	const struct gw_intent intent = world_intent(GW_INTENT_AUTOMATIC);

	world_init_plain(w, "oooooooooooooo");
	world_begin(w, &intent, connected);
	world_run_to_signed(w);
	assert_int_equal(w->seen.sends, connected);
	world_clear(w);
}

void world_init_sent(struct world *w, uint32_t connected)
{
	world_init_offered(w, connected);
	world_sent(w, 0, SEND_ACCEPTED);
	assert_int_equal(w->s.state, GW_SUBMISSION_SENT);
	world_clear(w);
}

void world_pass_expiration(struct world *w)
{
	for (int i = 0; i < TRANSACTION_LIFE_S / 3 && !submission_is_over(&w->s); i++)
		world_block(w, "oooooo", false, NULL);
}

void world_assert_failed(const struct world *w, int32_t reason)
{
	if (w->s.state != GW_SUBMISSION_FAILED || w->s.reason != reason)
		print_error("state %d, reason %d: %s\n", w->s.state, w->s.reason, w->seen.progress.text);
	assert_int_equal(w->s.state, GW_SUBMISSION_FAILED);
	assert_int_equal(w->s.reason, reason);
	assert_int_equal(w->seen.progress.state, GW_SUBMISSION_FAILED);
	assert_int_equal(w->seen.progress.reason, reason);
	assert_int_equal(submission_wake_ms(&w->s), INT64_MAX);
}

void world_block_event(struct world *w, uint32_t num, uint32_t undone, uint32_t epoch, const char *id,
		       const char *signature)
{
	struct gw_block_event event = {.num = num, .undone = undone, .driver_epoch = epoch};
	struct block_transaction transaction = {.id = ""};

	snprintf(transaction.id, sizeof(transaction.id), "%s", id);
	snprintf(transaction.signature, sizeof(transaction.signature), "%s", signature);
	submission_block(&w->s, &event, &transaction, 1, &w->view, &w->now);
	world_drain(w);
}
