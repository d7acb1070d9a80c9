/* SPDX-License-Identifier: MIT
 *
 * The rules of a switch: events in, decision out. docs/design.md "The rules of a switch"; the rules themselves stand in
 * the files that rules.h lists.
 */
#include "rules.h"

#include <inttypes.h>
#include <string.h>

#define WAKE_MS		5000 /* time alone can end a guard or readiness: looked at so often at least */
#define WAITING_WAKE_MS 1000 /* while a switch waits to be sent: a guard that begins meanwhile ends it */
#define STANDS_ROUNDS	3    /* an irreversible block so many rounds back stands */
#define STANDS_BLOCKS	60   /* and at least so many blocks: its healthy lag is up to 30 */

/* ---- decision -------------------------------------------------------------------------------------------------- */

/* By chain time alone: our own clock may step, and the operator's two hours are two hours. An unknown time is 0. */
static void end_hold(struct monitor *m, const struct gw_now *now, struct monitor_actions *out)
{
	if (!m->hold.on || m->hold.until_s == 0 || now->chain_ms < m->hold.until_s * 1000)
		return;
	memset(&m->hold, 0, sizeof(m->hold));
	m->unpersisted = true;
	text_notice(out, GW_WARNING, "hold_ended", "the hold on %s is over by its time", m->options.witness);
}

/* Since when a cause stands, which is what the places in `order` count from. A block of the witness between its misses
 * does not begin that anew. An answer may report a miss long before golosd pushes its block: that block is newer than the
 * head at hand, and no newer than now. */
static void note_since(struct monitor *m, const struct gw_now *now)
{
	bool stands = m->due.cause != MONITOR_NOT_DUE || (due_never(m) == NULL && due_enough_misses(m));
	int64_t now_s = (now->chain_ms + 999) / 1000;

	if (stands == (m->due.since_s != 0) || !m->witness.answered) /* before the first answer a restart knows best */
		return;
	if (stands && state_block_is_coming(m)) /* the answer is of the present, the head of long ago */
		return;
	m->due.since_s = stands ? m->chain.head.time_s : 0;
	if (stands && state_newest_awaits_block(m) && now_s > m->due.since_s)
		m->due.since_s = now_s;
	m->unpersisted = true;
}

static const char *const cause_texts[] = {
	[MONITOR_NOT_DUE] = "nothing",
	[MONITOR_DUE_MISSES] = "its node missed more slots than allowed",
	[MONITOR_DUE_NULL] = "the chain shut it down",
	[MONITOR_DUE_FAIL_BACK] = "this node, first of order, is well again",
};

static void end_due(struct monitor *m, bool key_changed, struct monitor_actions *out)
{
	const char *why = due_never(m);

	if (why == NULL)
		why = key_changed ? "its signing key changed" : "its node produces, or its misses are old";
	m->due.held = 0;
	text_notice(out, GW_INFO, "switch_not_due", "a switch of %s is no longer due: %s", m->options.witness, why);
}

static void judge_due(struct monitor *m, const struct gw_now *now, struct monitor_actions *out)
{
	bool was_due = m->due.cause != MONITOR_NOT_DUE;
	bool key_changed = m->witness.key_since_s > m->due.since_s;

	m->due.cause = (int32_t)due_cause(m, now);
	note_since(m, now);
	if (was_due == (m->due.cause != MONITOR_NOT_DUE))
		return;
	m->due.dry_run_reported = 0;
	if (was_due)
		end_due(m, key_changed, out);
	else
		text_notice(out, GW_WARNING, "switch_due", "a switch of %s is due: %s", m->options.witness,
			    cause_texts[m->due.cause]);
}

/* True while the guard holds the due switch. People hear once when that begins, and once when it ends. */
static bool judge_guard(struct monitor *m, uint32_t i, const struct gw_now *now, struct monitor_actions *out)
{
	const struct gw_now then = state_time_ago(now, guards[i].reported_after_ms);
	const bool was_reported = m->due.held >> i & 1;
	char why[GW_TEXT_SIZE], then_why[GW_TEXT_SIZE];

	if (!guards[i].holds(m, now, why)) {
		if (was_reported)
			text_notice(out, GW_INFO, "switch_free", "the switch waits no longer (%s)", guards[i].name);
		m->due.held &= ~(1u << i);
		return false;
	}
	if (!was_reported && guards[i].holds(m, &then, then_why)) {
		text_notice(out, guards[i].severity, "switch_held", "the switch waits (%s): %.200s", guards[i].name,
			    why);
		m->due.held |= 1u << i;
	}
	return true;
}

static bool judge_guards(struct monitor *m, const struct gw_now *now, struct monitor_actions *out)
{
	bool held = false;

	for (uint32_t i = 0; i < guard_count; i++)
		held |= judge_guard(m, i, now, out);
	return held;
}

static void act_on_due(struct monitor *m, const struct gw_now *now, struct monitor_actions *out)
{
	if (m->due.cause == MONITOR_NOT_DUE || attempt_in_flight(m) || judge_guards(m, now, out) ||
	    m->due.dry_run_reported)
		return;
	if (!m->options.dry_run) {
		attempt_begin(m, (enum monitor_cause)m->due.cause, out);
		return;
	}
	text_notice(out, GW_WARNING, "dry_run", "production of %s would move to our key now: dry_run signs nothing",
		    m->options.witness);
	m->due.dry_run_reported = 1;
}

static void want_wake(struct monitor *m, const struct gw_now *now, struct monitor_actions *out)
{
	bool is_due = m->due.cause != MONITOR_NOT_DUE;
	bool waits = attempt_in_flight(m) && m->attempt.state < GW_SUBMISSION_SENT;
	const int64_t sooner[] = {attempt_old_in_ms(m, now), is_due ? priority_left_ms(m, now) : 0,
				  is_due ? m->attempt.not_before_ms - now->mono_ms : 0};
	int64_t delay_ms = waits ? WAITING_WAKE_MS : WAKE_MS;

	for (size_t i = 0; i < sizeof(sooner) / sizeof(sooner[0]); i++)
		if (sooner[i] > 0 && sooner[i] < delay_ms)
			delay_ms = sooner[i];
	if (m->wake_ms > now->mono_ms && m->wake_ms <= now->mono_ms + delay_ms)
		return;
	text_action(out, MONITOR_WAKE)->delay_ms = delay_ms;
	m->wake_ms = now->mono_ms + delay_ms;
}

static void request_save(struct monitor *m, struct monitor_actions *out)
{
	if (m->unpersisted)
		(void)text_action(out, MONITOR_SAVE);
	m->unpersisted = 0;
}

/* The host records what is about to be signed, not what waits for room. A restart forgets such a takeover, and people
 * who heard that it is under way hear that it is not. */
static void say_lost_command(struct monitor *m, struct monitor_actions *out)
{
	if (!m->attempt.command_waits || !m->witness.answered || attempt_in_flight(m))
		return;
	m->attempt.command_waits = 0;
	m->unpersisted = true;
	if (!state_we_produce(m))
		text_notice(out, GW_CRITICAL, "order_lost",
			    "the takeover of %s that was ordered waited for room when golos-watchd ended: it is not "
			    "made, order it again",
			    m->options.witness);
}

static void decide(struct monitor *m, const struct gw_now *now, struct monitor_actions *out)
{
	end_hold(m, now, out);
	say_lost_command(m, out);
	readiness_watch(m, now, out);
	judge_due(m, now, out);
	attempt_watch(m, now, out);
	act_on_due(m, now, out);
	request_save(m, out);
	want_wake(m, now, out);
}

/* ---- the signing key ------------------------------------------------------------------------------------------- */

static void believe_key(struct monitor *m, const char *key, uint8_t origin, uint64_t seq, struct monitor_actions *out)
{
	struct monitor_witness_state *w = &m->witness;
	uint8_t origin_before = w->null_origin;
	bool known = w->key[0] != '\0';

	if (strcmp(w->key, key) == 0) {
		w->null_origin = origin;
		return;
	}
	if (known)
		after_key_leaves(m, origin, out);
	text_copy(w->key, sizeof(w->key), key);
	w->null_origin = origin;
	w->key_since_s = m->chain.head.time_s;
	w->produced = 0;
	w->key_in_block = 0;
	m->unpersisted = true;
	if (state_we_produce(m))
		m->switches.rules_moved = 1;
	if (!known)
		return;
	if (!state_chain_nulled(m)) /* the node that the chain shut down is the one that missed */
		counting_anew(m, seq);
	m->attempt.failures = 0;
	m->attempt.refused = 0;
	m->attempt.not_before_ms = 0;
	text_notice(out, GW_INFO, "signing_key_changed", "the signing key of %s is now %s%s", m->options.witness, key,
		    state_we_produce(m) ? ": ours" : "");
	after_key_comes(m, origin_before, out);
}

/* ---- events ---------------------------------------------------------------------------------------------------- */

void monitor_init(struct monitor *m, const struct monitor_options *options, struct monitor_actions *out)
{
	bool listed = false;

	memset(m, 0, sizeof(*m));
	memcpy(&m->options, options, sizeof(*options));
	m->ready.bad_since_ms = MONITOR_NEVER;
	m->ready.well_since_ms = MONITOR_NEVER;
	for (uint32_t i = 0; i < MONITOR_NODES_MAX; i++)
		m->nodes[i].total_missed = -1;
	for (uint32_t i = 0; i < options->priority_count; i++)
		listed = listed || strcmp(options->priority[i], options->witness_pubkey) == 0;
	if (options->priority_count == 0)
		text_notice(out, GW_WARNING, "no_order",
			    "no order is given: where several nodes stand by for %s, two may switch at once",
			    options->witness);
	else if (!listed)
		text_notice(out, GW_WARNING, "not_in_order", "order does not list our key: this node goes last");
	if (options->preempt && !priority_is_first(m))
		text_notice(out, GW_WARNING, "preempt_not_first",
			    "preempt has no effect: our key is not the first of order");
}

/* A slot that was not seen, after a start or a change of the driving node, is neither filled nor empty. */
static void note_round(struct monitor *m, const struct gw_block_event *event)
{
	struct monitor_chain *chain = &m->chain;

	chain->others = 0;
	chain->others_filled = 0;
	for (uint32_t i = 0; i < event->round_count; i++) {
		if (strcmp(event->round[i]->witness, m->options.witness) == 0)
			continue;
		chain->others++;
		chain->others_filled += event->round[i]->filled ? 1 : 0;
	}
}

/* A notice and never a guard: with a quarter of the witnesses dead it stands, and that is when a switch is needed. */
static void watch_irreversible(struct monitor *m, struct monitor_actions *out)
{
	struct monitor_chain *chain = &m->chain;
	uint32_t limit = STANDS_ROUNDS * state_round_slots(m) > STANDS_BLOCKS ? STANDS_ROUNDS * state_round_slots(m)
									      : STANDS_BLOCKS;
	bool stands = chain->head.num > chain->irreversible + limit;

	if (chain->irreversible == 0) /* not known */
		return;
	if (stands && !chain->stands_reported)
		text_notice(out, GW_WARNING, "irreversible_stands",
			    "the irreversible block stands at %" PRIu32 ", the head is %" PRIu32
			    ": a quarter of the witnesses may be dead",
			    chain->irreversible, chain->head.num);
	else if (!stands && chain->stands_reported)
		text_notice(out, GW_INFO, "irreversible_moves", "the irreversible block moves again: %" PRIu32,
			    chain->irreversible);
	chain->stands_reported = stands;
}

/* The driving endpoint's node event may come after its block. */
static void note_driver_head(struct monitor *m)
{
	for (uint32_t i = 0; i < m->node_count; i++)
		if (m->nodes[i].is_driver)
			m->nodes[i].head = m->chain.head;
}

/* The driving node's newest answer shows another key than we believe: one that has not stood for a round yet. */
static bool another_was_fetched(const struct monitor *m)
{
	const struct monitor_node *driver = state_driver(m);

	return driver != NULL && driver->key[0] != '\0' && strcmp(driver->key, m->witness.key) != 0;
}

/* The same update comes again from the node that drives next, or where it is read later than the answer that reported its
 * key: it was judged before. */
static bool is_again(const struct monitor *m, const struct gw_block_event *event, const char *key)
{
	return strcmp(key, m->witness.key) == 0 && event->time_s <= m->witness.key_since_s;
}

/* A rule's update names the block of a miss. */
static bool is_by_hand(const struct monitor *m, const struct gw_block_event *event, uint32_t i)
{
	const char *key = event->updates[i]->signing_key;

	return strcmp(key, m->options.witness_pubkey) != 0 && !is_again(m, event, key) &&
	       counting_named_gap(m, event->updates[i]->ref_block_num) == NULL;
}

/* An update sets the key that we believe already. The witness may have had another key until this block, so that its
 * misses were another node's: where answers alone showed the key, where the newest answer showed another, and where
 * blocks were missed in which the chain may have shut the witness down. So it has where a rule made the update: the
 * chain's null stood between, and no answer was as quick as that rule. */
static bool is_set_anew(const struct monitor *m, const struct gw_block_event *event, uint32_t i)
{
	const char *key = event->updates[i]->signing_key;
	bool by_rule = counting_named_gap(m, event->updates[i]->ref_block_num) != NULL && !is_again(m, event, key);

	return strcmp(key, m->witness.key) == 0 &&
	       (by_rule || !m->witness.key_in_block || m->counting.answer_seq < m->chain.doubt_seq ||
		another_was_fetched(m));
}

static void see_update(struct monitor *m, const struct gw_block_event *event, uint32_t i, struct monitor_actions *out)
{
	const struct monitor_gap *named = counting_named_gap(m, event->updates[i]->ref_block_num);
	const char *key = event->updates[i]->signing_key;
	bool nulls = strcmp(key, GW_NULL_KEY) == 0;
	bool is_ours = strcmp(key, m->options.witness_pubkey) == 0;

	/* a fork undid a switch to our key, and this very block holds one again: it is one more */
	if (is_ours && (!state_we_produce(m) || event->undone > 0))
		after_update(m, event, out);
	if (is_set_anew(m, event, i))
		counting_anew(m, event->seq);
	if (is_by_hand(m, event, i))
		after_moved_by_hand(m, out);
	if (!is_ours && named != NULL)
		after_moved_by_rule(m, named, out);
	believe_key(m, key, nulls ? GW_NULL_OPERATOR : GW_NULL_NONE, event->seq, out);
	m->witness.key_trusted = 1;
	m->witness.key_in_block = 1;
}

void monitor_block(struct monitor *m, const struct gw_block_event *event, struct monitor_actions *out)
{
	if (event->undone > 0)
		after_fork(m, event);
	if (event->driver_epoch != m->chain.epoch)
		m->witness.key_in_block = 0;
	attempt_miss_blocks(m, event);
	counting_block(m, event);
	m->chain.scheduled = event->scheduled;
	m->chain.interval_s = event->interval_s;
	m->chain.irreversible = event->irreversible;
	note_round(m, event);
	if (!(event->flags & GW_BLOCK_CAUGHT_UP)) /* its head is further on */
		note_driver_head(m);
	after_own_block(m, event, out);
	for (uint32_t i = 0; i < event->update_count; i++)
		if (strcmp(event->updates[i]->witness, m->options.witness) == 0)
			see_update(m, event, i, out);
	if (event->flags & GW_BLOCK_CAUGHT_UP) { /* of the past: nothing is decided on it */
		request_save(m, out);
		return;
	}
	watch_irreversible(m, out);
	decide(m, &event->now, out);
}

static void note_answer_of(struct monitor *m, const struct gw_witness_event *event)
{
	struct monitor_node *node;

	if (event->cause != GW_WITNESS_FETCHED || event->endpoint >= MONITOR_NODES_MAX || !event->exists)
		return;
	node = &m->nodes[event->endpoint];
	node->total_missed = event->total_missed;
	node->answered_at = node->head.num;
	text_copy(node->key, sizeof(node->key), event->fetched_key);
}

/* A first answer, of another node or after a restart, shows the key that was trusted before: nothing is pending. The
 * chain may have shut the witness down in blocks that nobody saw, and its own node taken it back. No node reports that,
 * so misses of before stay counted, and such a node may be switched away from until its next slot. To forget them at each
 * restart would leave a dead producer in place for as many slots more. */
static bool is_known_key(const struct monitor *m, const char *key)
{
	return m->witness.key_trusted && strcmp(m->witness.key, key) == 0;
}

/* Only the driving node's answer is the chain's: another one may be far behind. */
static void note_existence(struct monitor *m, const struct gw_witness_event *event, struct monitor_actions *out)
{
	if (!event->from_driver)
		return;
	if (!event->exists && (!m->witness.answered || m->witness.exists))
		text_notice(out, GW_CRITICAL, "no_such_witness", "the chain has no witness %s", event->witness);
	m->witness.answered = 1;
	m->witness.exists = event->exists;
}

/* No block that we saw nulls the key, and nothing shows the chain's own null: after a restart, say, or a pause whose
 * blocks were not read. The null counts as the operator's will, and he should know that nobody takes over. */
static void say_null_in_doubt(const struct monitor *m, const struct gw_witness_event *event,
			      struct monitor_actions *out)
{
	if (event->null_origin != GW_NULL_OPERATOR || m->witness.key[0] == '\0' || state_operator_nulled(m) ||
	    !m->options.null_takeover)
		return;
	text_notice(out, GW_CRITICAL, "null_in_doubt",
		    "%s is shut down, and whether by the chain or an operator is not known: it counts as an operator's "
		    "will until a takeover is ordered",
		    m->options.witness);
}

static void note_witness(struct monitor *m, const struct gw_witness_event *event, struct monitor_actions *out)
{
	bool nulled = event->null_origin == GW_NULL_CHAIN;

	m->witness.key_trusted = event->key_trusted || is_known_key(m, event->signing_key);
	m->witness.next_own_slot = event->next_own_slot;
	/* another key than the one we know, by a first answer alone: a pending update's, perhaps */
	if (!m->witness.key_trusted && m->witness.key[0] != '\0' && strcmp(m->witness.key, event->signing_key) != 0)
		return;
	say_null_in_doubt(m, event, out);
	if (nulled) /* the miss that did it was the former key's */
		after_misses(m, counting_answer(m, event), &event->now, out);
	if (!nulled && strcmp(m->witness.key, event->signing_key) != 0)
		after_moved_by_hand(m, out);
	believe_key(m, event->signing_key, event->null_origin, event->key_seq, out);
	if (!nulled)
		after_misses(m, counting_answer(m, event), &event->now, out);
}

void monitor_witness(struct monitor *m, const struct gw_witness_event *event, struct monitor_actions *out)
{
	if (strcmp(event->witness, m->options.witness) != 0)
		return;
	note_answer_of(m, event);
	note_existence(m, event, out);
	if (event->exists && event->from_driver) /* another one's may come before the driver's */
		note_witness(m, event, out);
	decide(m, &event->now, out);
}

/* The node that drives next may show no block that we do not have: all of the one before is in doubt at once. */
static void note_driver(struct monitor_chain *chain, uint32_t place)
{
	if (chain->driver != 0 && chain->driver != 1 + place)
		chain->doubt_seq = chain->seq + 1;
	chain->driver = (uint8_t)(1 + place);
}

void monitor_nodes(struct monitor *m, const struct gw_nodes_event *event, struct monitor_actions *out)
{
	m->node_count = event->count < MONITOR_NODES_MAX ? event->count : MONITOR_NODES_MAX;
	for (uint32_t i = 0; i < m->node_count; i++) {
		const struct gw_node *from = event->nodes[i];
		struct monitor_node *node = &m->nodes[i];

		node->head.num = from->head_num;
		node->head.time_s = from->head_time_s;
		text_copy(node->head.id, sizeof(node->head.id), from->head_id);
		node->is_own = from->is_own;
		node->is_driver = from->is_driver;
		node->connected = from->connected;
		node->branch = from->branch;
		if (from->is_driver)
			note_driver(&m->chain, i);
	}
	if (!state_block_is_coming(m)) /* it may hold another backup's switch, or show that the producer is well */
		decide(m, &event->now, out);
}

void monitor_readiness(struct monitor *m, const struct gw_readiness_event *event, struct monitor_actions *out)
{
	struct gw_readiness_event *host = &m->ready.host;

	if (host->authority != event->authority || host->golosd_config != event->golosd_config ||
	    host->power != event->power)
		attempt_unrefuse(m);
	if (host->journal == GW_READY_NO &&
	    event->journal != GW_READY_NO) /* without it the host takes one switch at most */
		m->attempt.not_before_ms = 0;
	*host = *event;
	memset(&host->now, 0, sizeof(host->now)); /* equal states are equal bytes */
	decide(m, &event->now, out);
}

void monitor_submission(struct monitor *m, const struct gw_submission_event *event, struct monitor_actions *out)
{
	attempt_progress(m, event, out);
	decide(m, &event->now, out);
}

void monitor_timer(struct monitor *m, const struct gw_now *now, struct monitor_actions *out)
{
	m->wake_ms = 0;
	decide(m, now, out);
}

void monitor_submit_taken(struct monitor *m, uint64_t id)
{
	if (attempt_in_flight(m))
		m->attempt.id = id;
}

const char *monitor_refusal_text(gw_status status)
{
	switch (status) {
	case GW_ERR_BUSY:
		return "another transaction is in hand";
	case GW_ERR_UNAVAILABLE:
		return "there is no signer, or a switch was made without the journal and it cannot be written yet";
	case GW_ERR_DENIED:
		return "`sign` does not grant it";
	}
	return "the host could not take it";
}

void monitor_submit_failed(struct monitor *m, gw_status status, const struct gw_now *now, struct monitor_actions *out)
{
	if (status == GW_ERR_BUSY)
		attempt_not_taken(m, now);
	else
		attempt_fail(m, status == GW_ERR_DENIED ? GW_FAIL_POLICY : GW_FAIL_INTERNAL, now);
	text_notice(out, GW_WARNING, "switch_failed", "the switch of %s is not made now: %s", m->options.witness,
		    monitor_refusal_text(status));
	decide(m, now, out);
}

/* ---- the operator ---------------------------------------------------------------------------------------------- */

gw_status monitor_command(struct monitor *m, const struct gw_command_event *event, char ret_text[GW_TEXT_SIZE],
			  struct monitor_actions *out)
{
	gw_status status;

	end_hold(m, &event->now, out);
	status = command_obey(m, event, ret_text, out);
	if (status == GW_OK && event->verb != GW_COMMAND_TAKEOVER) /* whose notice is its own */
		text_notice(out, GW_WARNING, "ordered", "%.200s, by %s", ret_text, event->by);
	decide(m, &event->now, out);
	return status;
}
