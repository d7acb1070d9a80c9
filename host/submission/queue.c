/* SPDX-License-Identifier: MIT
 *
 * What a submission says and wants done, until the host takes it. See submission.h.
 */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "submission/parts.h"

struct submission_queued *submission_push(struct submission *s, enum submission_action_type type,
					  const struct gw_now *now)
{
	assert(s->queue_count < SUBMISSION_QUEUE_MAX);
	struct submission_queued *q = &s->queue[(s->queue_first + s->queue_count++) % SUBMISSION_QUEUE_MAX];

	memset(q, 0, sizeof(*q));
	q->type = (int32_t)type;
	q->now = *now;
	return q;
}

PRINTF_LIKE(3, 0)
static void say_va(struct submission *s, const struct gw_now *now, const char *fmt, va_list args)
{
	struct submission_queued *q = submission_push(s, SUBMISSION_PROGRESS, now);

	q->state = s->state;
	q->reason = s->reason;
	q->block_num = s->block_num;
	vsnprintf(q->text, sizeof(q->text), fmt, args);
}

void submission_say(struct submission *s, const struct gw_now *now, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say_va(s, now, fmt, args);
	va_end(args);
}

void submission_enter(struct submission *s, int32_t state, const struct gw_now *now, const char *fmt, ...)
{
	va_list args;

	s->state = state;
	va_start(args, fmt);
	say_va(s, now, fmt, args);
	va_end(args);
}

void submission_fail(struct submission *s, int32_t reason, bool proved, const struct gw_now *now, const char *fmt, ...)
{
	va_list args;

	s->state = GW_SUBMISSION_FAILED;
	s->reason = reason;
	s->ticket = 0;
	s->wake_ms = INT64_MAX;
	s->alive_until_s = !proved && s->offered ? s->record.expiration_s : 0;
	va_start(args, fmt);
	say_va(s, now, fmt, args);
	va_end(args);
}

void submission_wait_for(struct submission *s, enum wait_reason reason, const struct gw_now *now)
{
	static const char *const texts[] = {
		[WAIT_VIEW] = "waits until head, clock and schedule are known",
		[WAIT_SLOT] = "waits until the witness's own slot is over",
		[WAIT_ROOM] = "waits for room before the witness's next slot",
		[WAIT_PENDING] = "waits: an update of another node's is pending",
		[WAIT_OLDER] = "waits until the one before can come into no block any more",
	};

	if (s->said_waits & 1u << reason)
		return;
	s->said_waits = (uint8_t)(s->said_waits | 1u << reason);
	submission_say(s, now, "%s", texts[reason]);
}

void submission_ask(struct submission *s, bool at_driver, const struct gw_now *now)
{
	if (now->mono_ms >= s->ask_at_ms) {
		s->ticket = ++s->last_ticket;
		s->ask_at_ms = now->mono_ms + SUBMISSION_ASK_AGAIN_MS;
		struct submission_queued *q = submission_push(s, SUBMISSION_ASK_WITNESS, now);
		q->ticket = s->ticket;
		q->reason = at_driver;
		q->endpoint = s->unanswered;
		s->unanswered = (uint8_t)((s->unanswered + 1) % ENDPOINTS_MAX);
	}
	wake_at(s, s->ask_at_ms);
}

void submission_forget_question(struct submission *s)
{
	s->ticket = 0;
	s->ask_at_ms = 0;
}

int64_t submission_wake_ms(const struct submission *s)
{
	return s->wake_ms;
}

/* The intent is the action's own copy: who is told may begin the next submission at once. */
static void fill_progress(struct submission_action *action, const struct submission *s,
			  const struct submission_queued *q)
{
	struct gw_submission_event *ret = &action->event;

	action->record = s->record;
	ret->struct_size = sizeof(*ret);
	ret->state = q->state;
	ret->reason = q->reason;
	ret->block_num = q->block_num;
	ret->now = q->now;
	ret->id = s->record.id;
	ret->intent = &action->record.intent;
	memcpy(ret->txid, s->txid, sizeof(ret->txid));
	memcpy(ret->text, q->text, sizeof(ret->text));
}

/* What is queued and not yet taken does not go out once the submission is over: people alone are told. */
static const struct submission_queued *take_queued(struct submission *s)
{
	while (s->queue_count > 0) {
		const struct submission_queued *q = &s->queue[s->queue_first];

		s->queue_first = (s->queue_first + 1) % SUBMISSION_QUEUE_MAX;
		s->queue_count--;
		if (q->type == SUBMISSION_PROGRESS || !submission_is_over(s))
			return q;
	}
	return NULL;
}

bool submission_is_over(const struct submission *s)
{
	return s->state == 0 || s->state == GW_SUBMISSION_IRREVERSIBLE || s->state == GW_SUBMISSION_FAILED;
}

bool submission_next(struct submission *s, struct submission_action *ret)
{
	const struct submission_queued *q = take_queued(s);

	if (!q)
		return false;
	memset(ret, 0, sizeof(*ret));
	ret->type = (enum submission_action_type)q->type;
	switch (ret->type) {
	case SUBMISSION_ASK_WITNESS:
		ret->ticket = q->ticket;
		ret->at_driver = q->reason != 0;
		ret->turn = q->endpoint;
		break;
	case SUBMISSION_RECORD:
		ret->record = s->record;
		break;
	case SUBMISSION_SIGN:
		break;
	case SUBMISSION_SEND:
		ret->endpoint = q->endpoint;
		break;
	case SUBMISSION_PROGRESS:
		fill_progress(ret, s, q);
		break;
	}
	return true;
}
