/* SPDX-License-Identifier: MIT
 * See message.h. */
#include "fetch/wire/message.h"

#include <string.h>

#include "base/wire.h"

/* A value outside its range is no message. */
static void want(struct wire *w, bool right)
{
	w->failed = w->failed || !right;
}

static void walk_round(struct wire *w, struct fetch_round *round)
{
	wire_u32(w, &round->number);
	wire_count(w, &round->count, FETCH_ROUND_MAX);
	want(w, round->count > 0);
	for (uint32_t i = 0; i < round->count && !w->failed; i++) {
		struct fetch_item *item = &round->items[i];

		wire_u32(w, &item->address);
		wire_u32(w, &item->deadline_ms);
		want(w, item->deadline_ms > 0 && item->deadline_ms <= FETCH_ROUND_MS);
	}
}

static void walk_answer(struct wire *w, struct fetch_answer *answer)
{
	wire_u32(w, &answer->round);
	wire_u32(w, &answer->item);
	wire_i32(w, &answer->status);
	wire_i32(w, &answer->http_status);
	wire_i64(w, &answer->age_s);
	wire_text(w, answer->text, sizeof(answer->text));
	wire_count(w, &answer->body_len, FETCH_BODY_MAX);
	want(w, answer->item < FETCH_ROUND_MAX && answer->status <= GW_OK && answer->status >= GW_ERR_TIMEOUT);
	want(w, answer->http_status == 0 || (answer->http_status >= 100 && answer->http_status <= 999));
	want(w, answer->age_s >= 0 && answer->age_s <= FETCH_AGE_MAX);
	if (w->failed)
		return;
	wire_bytes(w, (uint8_t *)answer->body, answer->body_len);
	if (!w->writing)
		answer->body[answer->body_len] = 0;
}

static void walk(struct wire *w, struct fetch_message *message)
{
	switch (message->type) {
	case FETCH_SETUP:
		wire_bool(w, &message->setup.has_user);
		wire_u32(w, &message->setup.uid);
		wire_u32(w, &message->setup.gid);
		wire_text(w, message->setup.ca_file, sizeof(message->setup.ca_file));
		return;
	case FETCH_ADDRESS:
		wire_text(w, message->url, sizeof(message->url));
		return;
	case FETCH_SEAL:
		return;
	case FETCH_READY:
		wire_u32(w, &message->ready.uid);
		wire_bool(w, &message->ready.landlock);
		return;
	case FETCH_FAILED:
		wire_i32(w, &message->failed.status);
		wire_text(w, message->failed.text, sizeof(message->failed.text));
		want(w, message->failed.status < GW_OK);
		return;
	case FETCH_ROUND:
		walk_round(w, &message->round);
		return;
	case FETCH_ANSWER:
		walk_answer(w, &message->answer);
		return;
	}
	w->failed = true;
}

gw_status fetch_encode(uint8_t bytes[FETCH_MESSAGE_MAX], size_t *ret_len, struct fetch_message *message)
{
	struct wire w = wire_writer(bytes, FETCH_MESSAGE_MAX);
	uint8_t type = (uint8_t)message->type;

	wire_u8(&w, &type);
	walk(&w, message);
	if (w.failed)
		return GW_ERR_RANGE;
	*ret_len = w.at;
	return GW_OK;
}

gw_status fetch_decode(struct fetch_message *ret, const uint8_t *bytes, size_t len, struct error *err)
{
	struct wire w = wire_reader(bytes, len);
	uint8_t type = 0;

	wire_u8(&w, &type);
	ret->type = (enum fetch_type)type;
	walk(&w, ret);
	if (w.failed || w.at != len)
		return error_set(err, GW_ERR_PROTOCOL, "message %u of golos-watch-fetch's channel is malformed", type);
	return GW_OK;
}
