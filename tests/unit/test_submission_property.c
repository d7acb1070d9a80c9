/* SPDX-License-Identifier: MIT
 *
 * Random orders of events around a submission, on a small model chain whose slots are known to the test alone. Whatever
 * comes: it never sends while the very next slot is the witness's, nor after its end, its time or a restart's end, nor
 * first on an old fetch; it never makes a second transaction; it asks for no wake in the past; what ends as proved is
 * in no block; and it ends.
 *
 * A failing seed is printed; GW_SEED=n runs that one alone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "submission_world.h"
#include "test.h"

#define SEEDS	      400
#define FRESH_SEEDS   40
#define FAULTS_MS     (200 * 1000)
#define END_MS	      (2500 * 1000)
#define QUESTIONS_MAX 64

enum question_type { ASKED_WITNESS, ASKED_JOURNAL, ASKED_SIGNER, ASKED_NODE };

struct question {
	bool open;
	enum question_type type;
	uint64_t ticket;
	uint32_t endpoint;
	int64_t due_ms;
};

struct model {
	struct submission s;
	struct chain_view view;
	struct gw_now now;
	int64_t begun_ms;
	uint64_t random;
	uint64_t seed;
	bool faults;
	/* the chain */
	uint32_t epoch, included; /* number of the block that holds it; 0: none */
	bool pending;		  /* some node holds it */
	bool stale;		  /* the schedule is not known since a shuffle */
	int64_t decided_s;	  /* newest slot that was filled or left empty */
	int64_t block_delay_ms;
	const char *other_key; /* what a foreign update set; NULL: none */
	/* what it did */
	uint32_t connected;
	bool recorded, resumed, sent;
	bool overtaken;			 /* by another key after the block that held it */
	int64_t fetched_ms;		 /* the witness: newest answer that it got */
	struct submission_record record; /* the first */
	struct question questions[QUESTIONS_MAX];
};

/* ---- chance ------------------------------------------------------------------------------------------------------ */

static uint64_t draw(struct model *m)
{
	m->random ^= m->random << 13;
	m->random ^= m->random >> 7;
	m->random ^= m->random << 17;
	return m->random;
}

static bool chance(struct model *m, uint32_t per_mille)
{
	return draw(m) % 1000 < per_mille;
}

static bool fault(struct model *m, uint32_t per_mille)
{
	return m->faults && chance(m, per_mille);
}

/* ---- the chain -------------------------------------------------------------------------------------------------- */

static bool is_own_slot(const struct model *m, int64_t slot_s)
{
	uint64_t x = ((uint64_t)slot_s + m->seed) * 0x9e3779b97f4a7c15u;

	x = (x ^ x >> 29) * 0xbf58476d1ce4e5b9u;
	return (x >> 33) % m->view.scheduled == 0;
}

static const char *chain_key(const struct model *m)
{
	return m->other_key ? m->other_key : m->included ? KEY_B : KEY_A;
}

static void refresh_view(struct model *m)
{
	const uint32_t known = 21 - m->view.head_num % 21;

	while (m->view.next_slot_time_s * 1000 <= m->now.chain_ms)
		m->view.next_slot_time_s += 3;
	const uint32_t passed = (uint32_t)((m->view.next_slot_time_s - m->view.head_time_s) / 3 - 1);

	for (uint32_t i = 0; i < VIEW_SLOTS_MAX; i++) {
		const bool own = is_own_slot(m, m->view.next_slot_time_s + 3 * (int64_t)i);

		m->view.slots[i] = m->stale || i + passed >= known ? SLOT_UNKNOWN : own ? SLOT_OURS : SLOT_OTHER;
	}
	m->view.valid = true;
	snprintf(m->view.signing_key, GW_KEY_SIZE, "%s", chain_key(m));
}

static void check(const struct model *m, bool holds, const char *what)
{
	if (!holds)
		print_error("seed %llu at %lld ms: %s\n", (unsigned long long)m->seed,
			    (long long)(m->now.mono_ms - m->begun_ms), what);
	assert_true(holds);
}

/* ---- what it does ----------------------------------------------------------------------------------------------- */

static void ask_model(struct model *m, enum question_type type, uint64_t ticket, uint32_t endpoint)
{
	for (size_t i = 0; i < QUESTIONS_MAX; i++) {
		struct question *q = &m->questions[i];

		if (q->open)
			continue;
		const int64_t delay_ms = fault(m, 100) ? (int64_t)(draw(m) % 12000) : (int64_t)(draw(m) % 60);
		*q = (struct question){true, type, ticket, endpoint, m->now.mono_ms + delay_ms};
		return;
	}
	check(m, false, "more questions than can be open at once");
}

static void check_send(const struct model *m, bool was_over)
{
	const int64_t turn_s = m->view.next_slot_time_s - 3;

	check(m, !was_over, "sent after it was over");
	check(m, m->recorded, "sent before it was recorded");
	check(m, !m->stale, "sent while the schedule is not known");
	check(m, m->view.head_time_s < m->record.expiration_s, "sent after its time");
	check(m, !m->resumed, "sent again after a restart");
	check(m, m->sent || m->now.mono_ms - m->fetched_ms <= SUBMISSION_CHECK_MS,
	      "first sent on what was known before");
	check(m, !is_own_slot(m, m->view.next_slot_time_s), "sent while the very next slot is its own");
	check(m, !is_own_slot(m, turn_s) || m->view.head_time_s >= turn_s || m->now.chain_ms >= turn_s * 1000 + 1000,
	      "sent within a second of its own slot");
}

/* What another key overtook in a block comes into no later one of that branch, and that is all that is claimed: a fork
 * after the end, which would bring it back, is not heard of any more. */
static void check_end(struct model *m)
{
	if (m->s.state != GW_SUBMISSION_FAILED || submission_alive_until_s(&m->s) != 0 || !m->recorded)
		return;
	m->overtaken |= m->included && m->other_key;
	if (m->overtaken)
		return;
	check(m, !m->included, "failed for good, and a block holds it");
	check(m, !m->pending || m->view.head_time_s >= m->record.expiration_s, "failed for good, and it is pending");
}

static void take_actions(struct model *m)
{
	struct submission_action action;

	while (submission_next(&m->s, &action)) {
		const bool over = submission_is_over(&m->s);

		switch (action.type) {
		case SUBMISSION_ASK_WITNESS:
			ask_model(m, ASKED_WITNESS, action.ticket, 0);
			break;
		case SUBMISSION_RECORD:
			check(m, !m->recorded, "a second transaction");
			m->recorded = true;
			m->record = action.record;
			ask_model(m, ASKED_JOURNAL, 0, 0);
			break;
		case SUBMISSION_SIGN:
			check(m, m->s.record.expiration_s == m->record.expiration_s, "other bytes than recorded");
			check(m, m->s.record.tapos_num == m->record.tapos_num, "another TaPoS");
			ask_model(m, ASKED_SIGNER, 0, 0);
			break;
		case SUBMISSION_SEND:
			check_send(m, over);
			m->sent = true;
			ask_model(m, ASKED_NODE, 0, action.endpoint);
			break;
		case SUBMISSION_PROGRESS:
			check(m, action.event.id == 7, "another's progress");
			break;
		}
	}
	check(m, submission_is_over(&m->s) || submission_wake_ms(&m->s) >= m->now.mono_ms, "wake in the past");
	if (submission_is_over(&m->s))
		check_end(m);
}

/* ---- what happens to it ----------------------------------------------------------------------------------------- */

static void answer_witness(struct model *m, uint64_t ticket)
{
	const bool shown = m->pending && m->view.head_time_s < m->record.expiration_s && !m->other_key;
	struct witness_answer answer = {.exists = true, .owner = "foo", .url = "https://foo.example"};

	snprintf(answer.signing_key, GW_KEY_SIZE, "%s", shown ? KEY_B : fault(m, 100) ? KEY_C : chain_key(m));
	/* Another's pending update is not seen any more once ours has run out: the proof is about blocks. */
	if (m->recorded && m->view.head_time_s >= m->record.expiration_s)
		snprintf(answer.signing_key, GW_KEY_SIZE, "%s", chain_key(m));
	const bool given = !fault(m, 100);

	if (given)
		m->fetched_ms = m->now.mono_ms;
	submission_witness(&m->s, ticket, given ? &answer : NULL, &m->view, &m->now);
}

static void answer_node(struct model *m, uint32_t endpoint)
{
	static const enum send_result bad[] = {SEND_EXPIRED, SEND_TAPOS, SEND_AUTHORITY, SEND_BANDWIDTH,
					       SEND_REFUSED, SEND_BUSY,	 SEND_NO_ANSWER};
	enum send_result result = SEND_ACCEPTED;

	if (fault(m, 400))
		result = bad[draw(m) % 7];
	else if (m->view.head_time_s >= m->record.expiration_s)
		result = SEND_EXPIRED;
	if (!(m->connected & 1u << endpoint))
		result = SEND_NO_ANSWER;
	if (result == SEND_ACCEPTED || (result == SEND_NO_ANSWER && chance(m, 500)))
		m->pending = true;
	submission_sent(&m->s, endpoint, "ws://a", result, "", &m->view, &m->now);
}

static void answer(struct model *m, const struct question *q)
{
	switch (q->type) {
	case ASKED_WITNESS:
		answer_witness(m, q->ticket);
		break;
	case ASKED_JOURNAL:
		submission_recorded(&m->s, !fault(m, 50), &m->view, &m->now);
		break;
	case ASKED_SIGNER:
		if (fault(m, 30))
			submission_signed(&m->s, NULL, NULL, GW_FAIL_POLICY, "no", &m->view, &m->now);
		else
			submission_signed(&m->s, TXID, SIGNATURE, 0, NULL, &m->view, &m->now);
		break;
	case ASKED_NODE:
		answer_node(m, q->endpoint);
		break;
	}
}

static void answer_what_is_due(struct model *m)
{
	for (size_t i = 0; i < QUESTIONS_MAX; i++) {
		const struct question q = m->questions[i];

		if (!q.open || q.due_ms > m->now.mono_ms)
			continue;
		m->questions[i].open = false;
		answer(m, &q);
		take_actions(m);
	}
}

static void apply_block(struct model *m, int64_t slot_s)
{
	struct gw_block_event event = {.struct_size = sizeof(event), .driver_epoch = m->epoch};
	struct block_transaction transaction = {.id = ""};
	struct gw_key_update update = {.witness = "foo"};
	const struct gw_key_update *updates[] = {&update};
	const bool in_time = m->view.head_time_s < m->record.expiration_s;

	event.undone = fault(m, 30) ? 1 + (uint32_t)(draw(m) % 2) : 0;
	m->view.head_num = m->view.head_num - event.undone + 1;
	if (m->included >= m->view.head_num && m->view.irreversible < m->view.head_num)
		m->included = 0;
	m->view.head_time_s = slot_s;
	m->view.unmissed_num = m->view.head_num - 1;
	world_id(m->view.unmissed_id, m->view.unmissed_num);
	world_id(m->view.head_id, m->view.head_num);
	if (m->pending && in_time && !m->included && chance(m, 700)) {
		m->included = m->view.head_num;
		snprintf(transaction.id, sizeof(transaction.id), "%s", TXID);
	}
	if (fault(m, 5)) {
		m->other_key = KEY_C;
		snprintf(update.signing_key, sizeof(update.signing_key), "%s", KEY_C);
		event.updates = updates;
		event.update_count = 1;
	}
	if (m->view.head_num > 15 + m->view.irreversible)
		m->view.irreversible = m->view.head_num - 15;
	event.num = m->view.head_num;
	event.time_s = slot_s;
	m->stale = m->view.head_num % 21 == 0;
	refresh_view(m);
	submission_block(&m->s, &event, &transaction, transaction.id[0] ? 1 : 0, &m->view, &m->now);
	take_actions(m);
}

static void restart(struct model *m)
{
	memset(m->questions, 0, sizeof(m->questions));
	m->resumed = true;
	submission_resume(&m->s, &m->record, &m->view, &m->now);
	snprintf(m->s.txid, sizeof(m->s.txid), "%s", TXID); /* as this model's blocks show it */
	submission_endpoints(&m->s, m->connected, &m->now);
	take_actions(m);
}

static void something_happens(struct model *m)
{
	if (fault(m, 20) || (!m->faults && m->connected == 0)) {
		m->connected = m->faults ? (uint32_t)(draw(m) % 8) : 7;
		submission_endpoints(&m->s, m->connected, &m->now);
	}
	if (fault(m, 5))
		m->epoch++;
	if (fault(m, 2))
		submission_cancel(&m->s, "hold", &m->now);
	if (fault(m, 5) && m->recorded && !submission_is_over(&m->s))
		restart(m);
	if (m->stale && chance(m, 300)) {
		m->stale = false;
		refresh_view(m);
		submission_tick(&m->s, &m->view, &m->now);
	}
	take_actions(m);
}

static void pass(struct model *m)
{
	int64_t step_ms = 1 + (int64_t)(draw(m) % 400);
	const int64_t to_wake_ms = submission_wake_ms(&m->s) - m->now.mono_ms;

	if (to_wake_ms < step_ms)
		step_ms = to_wake_ms > 0 ? to_wake_ms : 0;
	m->now.mono_ms += step_ms;
	m->now.chain_ms += step_ms;
	refresh_view(m);
	if (m->now.mono_ms >= submission_wake_ms(&m->s)) {
		submission_tick(&m->s, &m->view, &m->now);
		take_actions(m);
		check(m, submission_is_over(&m->s) || submission_wake_ms(&m->s) > m->now.mono_ms, "it spins");
	}
	const int64_t turn_s = m->view.next_slot_time_s - 3;

	if (m->decided_s < turn_s && m->now.chain_ms >= turn_s * 1000 + m->block_delay_ms) {
		m->decided_s = turn_s;
		m->block_delay_ms = 50 + (int64_t)(draw(m) % 700);
		if (!fault(m, 200))
			apply_block(m, turn_s);
	}
}

static void begin(struct model *m, uint64_t seed)
{
	static const uint32_t scheduled[] = {2, 3, 5, 21, 21, 1};
	struct gw_intent intent = world_intent(GW_INTENT_AUTOMATIC);

	memset(m, 0, sizeof(*m));
	m->seed = seed;
	m->random = seed * 0x9e3779b97f4a7c15u + 1;
	m->faults = true;
	m->epoch = 1;
	m->connected = 1 + (uint32_t)(draw(m) % 7);
	m->view.head_num = 1000 + (uint32_t)(draw(m) % 21);
	world_id(m->view.head_id, m->view.head_num);
	m->view.unmissed_num = m->view.head_num - 1;
	world_id(m->view.unmissed_id, m->view.unmissed_num);
	m->view.head_time_s = 300000;
	m->view.next_slot_time_s = 300003;
	m->view.interval_s = 3;
	m->view.scheduled = scheduled[draw(m) % 6];
	m->decided_s = 300000;
	m->now = (struct gw_now){.chain_ms = 300000000 + (int64_t)(draw(m) % 2900), .mono_ms = 77000};
	m->begun_ms = m->now.mono_ms;
	refresh_view(m);
	if (chance(m, 400)) {
		intent.mode = GW_INTENT_PLANNED;
	} else if (chance(m, 700)) {
		intent.evidence_num = m->view.head_num;
		memcpy(intent.evidence_id, m->view.head_id, GW_ID_SIZE);
	}
	submission_begin(&m->s, &(struct submission_record){.id = 7, .intent = intent}, 0, &m->view, &m->now);
	submission_endpoints(&m->s, m->connected, &m->now);
	take_actions(m);
}

/* Returns the state in which it ended. */
static int32_t run(uint64_t seed)
{
	struct model m;

	begin(&m, seed);
	while (!submission_is_over(&m.s)) {
		check(&m, m.now.mono_ms - m.begun_ms < END_MS, "it does not end");
		m.faults = m.now.mono_ms - m.begun_ms < FAULTS_MS;
		pass(&m);
		answer_what_is_due(&m);
		something_happens(&m);
	}
	/* Over: late answers, blocks and connections change nothing any more. */
	const int32_t state = m.s.state;
	for (int i = 0; i < 50; i++) {
		pass(&m);
		answer_what_is_due(&m);
		something_happens(&m);
		check(&m, m.s.state == state, "it goes on after its end");
	}
	return state;
}

TEST(random_orders)
{
	const char *one = getenv("GW_SEED");
	const uint64_t fresh = (uint64_t)time(NULL) * 1000;
	uint32_t ended_well = 0, failed = 0;

	if (one) {
		run(strtoull(one, NULL, 10));
		return;
	}
	for (uint64_t seed = 1; seed <= SEEDS; seed++)
		*(run(seed) == GW_SUBMISSION_IRREVERSIBLE ? &ended_well : &failed) += 1;
	for (uint64_t seed = fresh; seed < fresh + FRESH_SEEDS; seed++)
		run(seed);
	print_message("%u irreversible, %u failed; fresh seeds from %llu\n", ended_well, failed,
		      (unsigned long long)fresh);
	/* The model must reach both ends often, or it tests nothing. */
	assert_true(ended_well > SEEDS / 8);
	assert_true(failed > SEEDS / 8);
}
