/* SPDX-License-Identifier: MIT
 *
 * Who is sent the signed transaction, who has it, and who refused it. See submission.h.
 */
#include "submission/parts.h"

/* The reason of the own node, or the one nearest to it in the list, when every connected endpoint refused it and none
 * may hold it; else GW_FAIL_NONE. */
static int32_t refused_by_all(const struct submission *s)
{
	int32_t reason = GW_FAIL_NONE;

	if (s->accepted || s->unsure)
		return GW_FAIL_NONE;
	for (uint32_t i = 0; i < ENDPOINTS_MAX; i++) {
		if (!(s->connected & 1u << i))
			continue;
		if (s->offers[i].state != OFFER_REFUSED)
			return GW_FAIL_NONE;
		if (reason == GW_FAIL_NONE)
			reason = s->offers[i].reason;
	}
	return reason;
}

/* Endpoints that are to be offered it now, a bit each. */
static uint32_t due_now(struct submission *s, const struct gw_now *now)
{
	uint32_t due = 0;

	for (uint32_t i = 0; i < ENDPOINTS_MAX; i++) {
		const struct submission_offer *offer = &s->offers[i];

		if (!(s->connected & 1u << i) || offer->state != OFFER_DUE)
			continue;
		if (now->mono_ms >= offer->again_ms)
			due |= 1u << i;
		else
			wake_at(s, offer->again_ms);
	}
	return due;
}

void submission_advance_sending(struct submission *s, const struct chain_view *view, const struct gw_now *now)
{
	if (is_expired(s, view)) {
		submission_settle(s, now);
		return;
	}
	s->settling = 0;
	if (s->signature[0] == '\0') /* taken up again: followed alone */
		return;
	const int32_t refused = refused_by_all(s);

	if (refused != GW_FAIL_NONE) {
		submission_fail(s, refused, true, now, "every node that answered refused it");
		return;
	}
	const uint32_t due = due_now(s, now);

	if (due == 0 || !submission_may_send(s, view, now))
		return;
	/* The disk or the witness's own slot took their time: another's update may be pending since. */
	if (!s->offered && !is_checked(s, now)) {
		submission_ask(s, false, now);
		return;
	}
	for (uint32_t i = 0; i < ENDPOINTS_MAX; i++) {
		if (!(due & 1u << i))
			continue;
		s->offers[i].state = OFFER_SENT;
		s->offered = 1;
		submission_push(s, SUBMISSION_SEND, now)->endpoint = i;
	}
}

void submission_take_endpoints(struct submission *s, uint32_t connected)
{
	const uint32_t lost = s->connected & ~connected;

	s->connected = connected;
	for (uint32_t i = 0; i < ENDPOINTS_MAX; i++) {
		struct submission_offer *offer = &s->offers[i];

		if (!(lost & 1u << i))
			continue;
		if (offer->state == OFFER_SENT)
			s->unsure = 1;
		memset(offer, 0, sizeof(*offer));
	}
}

static void refuse(struct submission_offer *offer, int32_t reason)
{
	offer->state = OFFER_REFUSED;
	offer->reason = reason;
}

static void note_answer(struct submission *s, struct submission_offer *offer, enum send_result result,
			const struct gw_now *now)
{
	switch (result) {
	case SEND_ACCEPTED:
	case SEND_DUPLICATE:
		offer->state = OFFER_TAKEN;
		s->accepted = 1;
		break;
	case SEND_EXPIRED:
	case SEND_TAPOS:
		offer->state = OFFER_NEXT_BLOCK;
		break;
	case SEND_BUSY:
		offer->state = OFFER_DUE;
		offer->again_ms = now->mono_ms + SUBMISSION_RETRY_MS;
		break;
	case SEND_NO_ANSWER:
		offer->state = OFFER_DUE;
		offer->again_ms = now->mono_ms + SUBMISSION_ASK_AGAIN_MS;
		s->unsure = 1;
		break;
	case SEND_AUTHORITY:
		refuse(offer, GW_FAIL_AUTHORITY);
		break;
	case SEND_BANDWIDTH:
		refuse(offer, GW_FAIL_BANDWIDTH);
		break;
	case SEND_REFUSED:
		refuse(offer, GW_FAIL_REFUSED);
		break;
	}
}

void submission_take_answer(struct submission *s, uint32_t endpoint, const char *url, enum send_result result,
			    const char *text, const struct gw_now *now)
{
	struct submission_offer *offer = &s->offers[endpoint];
	const bool taken = result == SEND_ACCEPTED || result == SEND_DUPLICATE;

	/* An answer to an offer of before the connection was lost: good news counts, anything else is out of date. */
	if (!taken && offer->state != OFFER_SENT)
		return;
	const bool news = offer->reported != (uint8_t)result + 1;

	note_answer(s, offer, result, now);
	offer->reported = (uint8_t)((uint8_t)result + 1);
	if (!(s->connected & 1u << endpoint))
		memset(offer, 0, sizeof(*offer)); /* lost meanwhile: to be offered anew when it is back */
	if (taken && s->state == GW_SUBMISSION_SIGNED)
		submission_enter(s, GW_SUBMISSION_SENT, now, "sent: %.100s has taken it, no block holds it yet", url);
	else if (!taken && news)
		submission_say(s, now, "%.100s did not take it: %.140s", url, text ? text : "no answer");
}
