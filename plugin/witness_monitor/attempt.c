/* SPDX-License-Identifier: MIT
 *
 * The submission in flight, as the rules see it: begun, ended when its cause ends, tried again after a failure.
 */
#include "rules.h"

#include <inttypes.h>
#include <string.h>

#define RETRY_FIRST_MS 30000
#define RETRY_MAX_MS   900000
#define REFUSED_MS     3600000 /* each try costs a signature; readiness that changes ends it: authority, Golos Power */
#define UNSIGNED_MS    300000  /* the signer's limit is hourly, and what it refuses costs nothing */
#define BUSY_AGAIN_MS  1000    /* the host has another one in hand: no try of ours has failed */
#define LIFE_S	       30      /* of a transaction, from the head's time at its record */
#define LATE_S	       120     /* the same by our own clock, which may be wrong */
#define EVIDENCE_REACH 60000   /* blocks: TaPoS names one by its number's low 16 bits */

bool attempt_in_flight(const struct monitor *m)
{
	return m->attempt.state != 0;
}

/* PLANNED where the present producer is well, AUTOMATIC where it is not. */
static int32_t mode(const struct monitor *m)
{
	bool nulled = strcmp(m->witness.key, GW_NULL_KEY) == 0;

	return nulled || state_missed_in_a_row(m) > 0 ? GW_INTENT_AUTOMATIC : GW_INTENT_PLANNED;
}

static void name_evidence(const struct monitor *m, struct gw_intent *intent)
{
	const struct monitor_miss *newest = state_newest_miss(m);

	if (newest == NULL || newest->block.id[0] == '\0' || newest->block.num + EVIDENCE_REACH < m->chain.head.num)
		return;
	intent->evidence_num = newest->block.num;
	text_copy(intent->evidence_id, sizeof(intent->evidence_id), newest->block.id);
}

static void begin_anew(struct monitor *m, uint64_t id)
{
	struct monitor_attempt *a = &m->attempt;

	a->id = id;
	a->cancelled = a->adopted = a->unseen = a->landed = 0;
	text_copy(a->key, sizeof(a->key), m->witness.key);
}

void attempt_begin(struct monitor *m, enum monitor_cause cause, struct monitor_actions *out)
{
	struct monitor_attempt *a = &m->attempt;
	struct gw_intent *intent = &text_action(out, MONITOR_SUBMIT)->intent;

	intent->struct_size = sizeof(*intent);
	intent->operation = GW_OP_WITNESS_UPDATE;
	intent->mode = cause == MONITOR_DUE_MISSES || cause == MONITOR_DUE_NULL ? GW_INTENT_AUTOMATIC : mode(m);
	if (intent->mode == GW_INTENT_AUTOMATIC && cause != MONITOR_BY_COMMAND) /* by its name others know a rule's */
		name_evidence(m, intent);
	text_copy(intent->witness, sizeof(intent->witness), m->options.witness);
	text_copy(intent->signing_key, sizeof(intent->signing_key), m->options.witness_pubkey);

	begin_anew(m, 0);
	a->state = GW_SUBMISSION_WAITING;
	a->cause = (uint8_t)cause;
	m->unpersisted = true;
	if (intent->evidence_num != 0)
		text_notice(out, GW_WARNING, "switching",
			    "moving production of %s to our key, with block %" PRIu32 " as evidence",
			    m->options.witness, intent->evidence_num);
	else if (cause != MONITOR_BY_COMMAND) /* who ordered it stands in the command's notice */
		text_notice(out, GW_WARNING, "switching", "moving production of %s to our key", m->options.witness);
}

/* Once signed, though no node has answered yet that it took the transaction. */
static bool may_be_on_its_way(const struct monitor_attempt *a)
{
	return a->state >= GW_SUBMISSION_SIGNED;
}

/* A command passes over some guards, and some never end a switch that waits. Where somebody else missed his slot our
 * head is too old as the next slot begins, and its block is on its way: that is waited for. */
static bool guard_ends_it(const struct monitor *m, const struct gw_now *now, char why[GW_TEXT_SIZE])
{
	for (uint32_t i = 0; i < guard_count; i++) {
		struct gw_now then = state_time_ago(now, guards[i].patience_ms);

		if (!guards[i].ends_waiting || (m->attempt.cause == MONITOR_BY_COMMAND && guards[i].passed_by_takeover))
			continue;
		if (guards[i].holds(m, &then, why))
			return true;
	}
	return false;
}

int64_t attempt_old_in_ms(const struct monitor *m, const struct gw_now *now)
{
	const struct monitor_node *own = state_own_node(m);

	if (own == NULL || !attempt_in_flight(m) || m->attempt.state >= GW_SUBMISSION_SENT)
		return INT64_MAX;
	return (own->head.time_s + m->options.max_head_age_s) * 1000 + BLOCK_COMES_MS + 1 - gw_chain_now_ms(now);
}

/* Once a block held the switch, its cause may be forgotten with the key that a fork brings back. A switch of before a
 * restart is not sent again: it is followed to its end. */
static bool is_still_due(const struct monitor *m, const struct gw_now *now)
{
	const struct monitor_attempt *a = &m->attempt;

	if (a->landed)
		return m->witness.produced == 0;
	if (a->adopted)
		return true;
	/* fail-back is made under rules of its own: no reason to go on with what a failing node made due */
	enum monitor_cause due = due_cause(m, now);
	return due == MONITOR_DUE_FAIL_BACK ? a->cause == MONITOR_DUE_FAIL_BACK : due != MONITOR_NOT_DUE;
}

/* Since the attempt began. */
static bool key_has_changed(const struct monitor *m)
{
	return m->attempt.key[0] != '\0' && strcmp(m->attempt.key, m->witness.key) != 0;
}

static bool has_lost_its_cause(const struct monitor *m, const struct gw_now *now, char why[GW_TEXT_SIZE])
{
	if (guard_hold(m, now, why))
		return true;
	if (key_has_changed(m))
		return text_say(why, "the signing key changed");
	return m->attempt.cause != MONITOR_BY_COMMAND && !is_still_due(m, now) &&
	       text_say(why, "a switch is no longer due");
}

/* Called off, and perhaps on its way: recorded before now. */
static void note_late_transaction(struct monitor *m, const struct gw_now *now)
{
	m->attempt.late_until_s = gw_chain_now_ms(now) / 1000 + (now->chain_ms != 0 ? LIFE_S : LATE_S);
	m->unpersisted = true;
}

void attempt_watch(struct monitor *m, const struct gw_now *now, struct monitor_actions *out)
{
	struct monitor_attempt *a = &m->attempt;
	char why[GW_TEXT_SIZE];

	if (!attempt_in_flight(m) || a->cancelled || a->state >= GW_SUBMISSION_IN_BLOCK)
		return;
	if (state_we_produce(m)) /* it is in a block, or somebody else set our key: the host finds out */
		return;
	if (!has_lost_its_cause(m, now, why) && (a->state >= GW_SUBMISSION_SENT || !guard_ends_it(m, now, why)))
		return;
	text_copy(text_action(out, MONITOR_CANCEL)->text, GW_TEXT_SIZE, why);
	a->cancelled = 1;
	if (may_be_on_its_way(a))
		note_late_transaction(m, now);
}

static bool is_refusal(int32_t reason)
{
	return reason == GW_FAIL_AUTHORITY || reason == GW_FAIL_POLICY || reason == GW_FAIL_BANDWIDTH;
}

static int64_t retry_delay_ms(const struct monitor_attempt *a, int32_t reason)
{
	int64_t delay_ms = RETRY_FIRST_MS;

	if (a->refused)
		return reason == GW_FAIL_POLICY ? UNSIGNED_MS : REFUSED_MS;
	for (uint32_t i = 0; i < a->failures && delay_ms < RETRY_MAX_MS; i++)
		delay_ms *= 2;
	return delay_ms < RETRY_MAX_MS ? delay_ms : RETRY_MAX_MS;
}

static void end_command(struct monitor *m)
{
	m->unpersisted |= m->attempt.command_waits;
	m->attempt.command_waits = 0;
}

static void forget(struct monitor *m)
{
	end_command(m);
	m->attempt.state = 0;
	m->attempt.id = 0;
}

void attempt_fail(struct monitor *m, int32_t reason, const struct gw_now *now)
{
	struct monitor_attempt *a = &m->attempt;

	forget(m);
	if (reason == GW_FAIL_DRY_RUN)
		m->due.dry_run_reported = 1;
	if (reason == GW_FAIL_CANCELLED || reason == GW_FAIL_DRY_RUN)
		return;
	/* what failed against one key says nothing of the next, and neither does what the process before this one did */
	if (key_has_changed(m) || a->adopted)
		return;
	a->refused = is_refusal(reason);
	a->not_before_ms = now->mono_ms + retry_delay_ms(a, reason);
	a->failures++;
}

void attempt_not_taken(struct monitor *m, const struct gw_now *now)
{
	forget(m);
	m->attempt.not_before_ms = now->mono_ms + BUSY_AGAIN_MS;
}

/* Readiness changed: what was refused before may be taken now. */
void attempt_unrefuse(struct monitor *m)
{
	if (!m->attempt.refused)
		return;
	m->attempt.refused = 0;
	m->attempt.not_before_ms = 0;
}

/* A fail-back that is perhaps in a block that nobody saw counts as done: a second one is worse than none. */
static void spend_fail_back(struct monitor *m)
{
	if (m->attempt.cause != MONITOR_DUE_FAIL_BACK || m->switches.preempted)
		return;
	m->switches.preempted = 1;
	m->unpersisted = true;
}

/* The one that was called off can come into no block any more. */
static void end_late_transaction(struct monitor *m)
{
	m->unpersisted |= m->attempt.late_until_s != 0;
	m->attempt.late_until_s = 0;
}

void attempt_miss_blocks(struct monitor *m, const struct gw_block_event *event)
{
	struct monitor_attempt *a = &m->attempt;

	if (m->chain.head.time_s > a->late_until_s) /* all blocks of its time were seen */
		end_late_transaction(m);
	if (event->driver_epoch == m->chain.epoch)
		return;
	a->unseen = attempt_in_flight(m);
	if (a->late_until_s != 0)
		spend_fail_back(m);
}

/* A process before this one began the switch: the host follows it to its end, and so do we. */
static void adopt(struct monitor *m, const struct gw_submission_event *event)
{
	struct monitor_attempt *a = &m->attempt;

	begin_anew(m, event->id);
	a->adopted = 1;
	a->unseen = 1;
}

void attempt_progress(struct monitor *m, const struct gw_submission_event *event, struct monitor_actions *out)
{
	struct monitor_attempt *a = &m->attempt;

	if (event->intent->operation != GW_OP_WITNESS_UPDATE || strcmp(event->intent->witness, m->options.witness) != 0)
		return;
	if (!attempt_in_flight(m) && event->state < GW_SUBMISSION_IRREVERSIBLE)
		adopt(m, event);
	if (a->id == 0)
		a->id = event->id;
	if (a->id != event->id || (!attempt_in_flight(m) && !a->adopted))
		return;
	if (event->state == GW_SUBMISSION_FAILED && a->unseen && may_be_on_its_way(a))
		spend_fail_back(m);
	if (event->state != GW_SUBMISSION_WAITING)
		end_command(m);
	a->state = event->state;
	if (event->state == GW_SUBMISSION_RECORDED && !a->adopted) /* which the host does when the one before is dead */
		end_late_transaction(m);
	if (event->state == GW_SUBMISSION_SENT)
		a->refused = 0;
	if (event->state == GW_SUBMISSION_IN_BLOCK) {
		a->failures = 0;
		a->not_before_ms = 0;
		a->landed = 1;
	}
	if (event->state == GW_SUBMISSION_IRREVERSIBLE) {
		forget(m);
		a->adopted = 0;
	}
	if (event->state == GW_SUBMISSION_FAILED) {
		attempt_fail(m, event->reason, &event->now);
		a->adopted = 0;
		/* one that a block held, and that another node's switch followed, did what it was for */
		bool done = a->landed && event->reason == GW_FAIL_OVERTAKEN;

		if (event->reason != GW_FAIL_CANCELLED && event->reason != GW_FAIL_DRY_RUN && !done &&
		    !state_we_produce(m))
			text_notice(out, GW_WARNING, "switch_failed", "%.200s", event->text);
	}
}
