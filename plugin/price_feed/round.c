/* SPDX-License-Identifier: MIT
 * One round: all sources and the chain are asked, and what they say is read. See feed.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "rules.h"

#define RPC_LANE   2			/* in flight at a time: gw.rpc/1 takes no more */
#define HTTP_LANE  QUANTITY_SOURCES_MAX /* golos-watch-fetch has its own limit */
#define BUSY_MS	   1000
#define BAD_ROUNDS 3 /* until people hear of a source without which the price is known */

static uint32_t ask_count(const struct feed *f)
{
	return FEED_ASK_SOURCES + f->options.source_count;
}

static bool is_rpc(const struct feed *f, uint32_t ask)
{
	return ask < FEED_ASK_SOURCES || f->options.sources[ask - FEED_ASK_SOURCES].is_rpc;
}

static void fail_source(struct feed *f, uint32_t ask, const char *why)
{
	if (ask >= FEED_ASK_SOURCES)
		snprintf(f->sources[ask - FEED_ASK_SOURCES].text, GW_TEXT_SIZE, "%s", why);
}

void round_begin(struct feed *f, const struct gw_now *now)
{
	if (f->runs)
		return;
	f->runs = true;
	f->begun_ms = now->mono_ms;
	f->busy_until_ms = 0;
	f->witness_answered = f->history_answered = false;
	f->median.is_known = false;
	for (uint32_t i = 0; i < ask_count(f); i++)
		f->asks[i] = (struct feed_ask){.state = FEED_ASK_TODO};
	for (uint32_t i = 0; i < f->options.source_count; i++) {
		f->sources[i].is_sound = f->sources[i].agrees = false;
		f->sources[i].text[0] = '\0';
	}
	f->owes_wake = true;
}

/* ---- questions ---------------------------------------------------------------------------------------------------- */

static bool has_room(const struct feed *f, bool rpc)
{
	uint32_t sent = 0;

	for (uint32_t i = 0; i < ask_count(f); i++)
		sent += f->asks[i].state == FEED_ASK_SENT && is_rpc(f, i) == rpc;
	return sent < (rpc ? RPC_LANE : HTTP_LANE);
}

static void make_question(const struct feed *f, uint32_t ask, struct feed_action *ret)
{
	*ret = (struct feed_action){.type = is_rpc(f, ask) ? FEED_ASK_RPC : FEED_ASK_HTTP, .ask = ask};
	if (ask < FEED_ASK_SOURCES) {
		bool of_witness = ask == FEED_ASK_WITNESS;

		ret->api = "witness_api";
		ret->method = of_witness ? "get_witness_by_account" : "get_feed_history";
		if (of_witness)
			snprintf(ret->text, sizeof(ret->text), "[\"%s\"]", f->options.witness);
		else
			snprintf(ret->text, sizeof(ret->text), "[]");
		ret->args = ret->text;
		return;
	}
	const struct source *source = &f->options.sources[ask - FEED_ASK_SOURCES];
	ret->source = ask - FEED_ASK_SOURCES;
	ret->api = source->api;
	ret->method = source->method;
	ret->args = source->args;
}

static bool next_question(struct feed *f, const struct gw_now *now, struct feed_action *ret)
{
	for (uint32_t i = 0; f->runs && now->mono_ms >= f->busy_until_ms && i < ask_count(f); i++) {
		if (f->asks[i].state != FEED_ASK_TODO || !has_room(f, is_rpc(f, i)))
			continue;
		f->asks[i].state = FEED_ASK_SENT;
		make_question(f, i, ret);
		return true;
	}
	return false;
}

void feed_asked(struct feed *f, uint32_t ask, gw_status status, uint64_t id, const struct gw_now *now)
{
	if (!f->runs || ask >= ask_count(f) || f->asks[ask].state != FEED_ASK_SENT)
		return;
	f->asks[ask].id = id;
	if (status == GW_ERR_BUSY) {
		f->asks[ask].state = FEED_ASK_TODO;
		f->busy_until_ms = now->mono_ms + BUSY_MS;
		f->owes_wake = true;
		return;
	}
	if (status == GW_OK)
		return;
	f->asks[ask].state = FEED_ASK_DONE;
	fail_source(f, ask,
		    status == GW_ERR_UNAVAILABLE   ? "nobody is there to be asked"
		    : status == GW_ERR_UNSUPPORTED ? "this host fetches no addresses"
						   : "the host does not take the question");
	round_settle(f, now);
}

/* ---- answers ------------------------------------------------------------------------------------------------------ */

/* {"base": …, "quote": …} */
static gw_status read_rate(const struct json *value, struct decimal *ret, bool *ret_reversed)
{
	char base[PRICE_TEXT_SIZE], quote[PRICE_TEXT_SIZE];

	if (!json_is_object(value) || json_get_text(value, "base", base, sizeof(base), NULL) != GW_OK ||
	    json_get_text(value, "quote", quote, sizeof(quote), NULL) != GW_OK)
		return GW_ERR_SYNTAX;
	return price_read(base, quote, ret, ret_reversed, NULL);
}

static void read_witness(struct feed *f, const struct json *root)
{
	struct feed_rate own = {0};
	const struct json *value;

	if (json_is_null(root)) {
		f->witness_answered = true;
		f->exists = false;
		return;
	}
	if (!json_is_object(root) || !json_member(root, "sbd_exchange_rate", &value) ||
	    json_get_time(root, "last_sbd_exchange_update", &own.time_s, NULL) != GW_OK)
		return;
	gw_status status = read_rate(value, &own.price, &own.is_reversed);
	if (status != GW_OK && status != GW_ERR_NOT_FOUND)
		return;
	own.is_known = status == GW_OK && own.time_s > 0;
	f->own = own;
	f->exists = f->witness_answered = true;
}

static void read_history(struct feed *f, const struct json *root)
{
	static struct decimal rates[1024]; /* one thread; golosd keeps 84 */
	const struct json *list;
	uint32_t count = 0;
	bool is_reversed;

	if (!json_is_object(root) || json_get_array(root, "price_history", &list, NULL) != GW_OK ||
	    json_array_size(list) > sizeof(rates) / sizeof(rates[0]))
		return;
	for (size_t i = 0; i < json_array_size(list); i++) {
		gw_status status = read_rate(json_element(list, i), &rates[count], &is_reversed);

		if (status == GW_ERR_SYNTAX)
			return;
		count += status == GW_OK;
	}
	f->history_answered = true;
	f->median = (struct feed_rate){.is_known = count > 0};
	if (count > 0)
		f->median.price = quantity_median(rates, count);
}

static void read_chain(struct feed *f, uint32_t ask, const char *body, size_t len)
{
	struct json *root = NULL;

	if (json_parse(&root, body, len, NULL) != GW_OK)
		return;
	if (ask == FEED_ASK_WITNESS)
		read_witness(f, root);
	else
		read_history(f, root);
	json_free(root);
}

static void read_source(struct feed *f, uint32_t place, const char *body, size_t len, int64_t age_s,
			const struct gw_now *now)
{
	struct feed_source *source = &f->sources[place];
	struct error err = {0};

	source->is_sound = source_value(&f->options.sources[place], body, len, age_s, now->wall_ms / 1000,
					&source->value, &source->age_s, &err) == GW_OK;
	if (!source->is_sound)
		snprintf(source->text, sizeof(source->text), "%.250s", err.text);
}

/* golosd's error object is long; the answer of a fetch that failed is a sentence. */
static void read_failure(struct feed *f, uint32_t ask, bool rpc, gw_status status, const char *body, size_t len)
{
	char why[GW_TEXT_SIZE];

	if (rpc)
		snprintf(why, sizeof(why), "%s",
			 status == GW_ERR_PROTOCOL ? "golosd answers with an error: has it this plugin, and the market?"
						   : "golosd does not answer");
	else
		snprintf(why, sizeof(why), "%.*s", len > 0 ? (int)(len < 250 ? len : 250) : 9,
			 len > 0 ? body : "no answer");
	fail_source(f, ask, why);
}

void feed_answered(struct feed *f, bool rpc, uint64_t id, gw_status status, const char *body, size_t len, int64_t age_s,
		   const struct gw_now *now)
{
	for (uint32_t i = 0; f->runs && i < ask_count(f); i++) {
		if (f->asks[i].state != FEED_ASK_SENT || f->asks[i].id != id || is_rpc(f, i) != rpc)
			continue;
		f->asks[i].state = FEED_ASK_DONE;
		if (status != GW_OK)
			read_failure(f, i, rpc, status, body, len);
		else if (i < FEED_ASK_SOURCES)
			read_chain(f, i, body, len);
		else
			read_source(f, i - FEED_ASK_SOURCES, body, len, age_s, now);
		break;
	}
	round_settle(f, now);
}

/* ---- what they say ------------------------------------------------------------------------------------------------ */

/* Fills values[] of the quantity; false: it is not known, and `why` says it. */
static bool count_quantity(struct feed *f, uint32_t place, struct error *why)
{
	struct decimal values[QUANTITY_SOURCES_MAX];
	struct feed_source *of[QUANTITY_SOURCES_MAX];
	uint32_t count = 0, agree;

	for (uint32_t i = 0; i < f->options.source_count; i++) {
		if (f->options.sources[i].quantity != place || !f->sources[i].is_sound)
			continue;
		of[count] = &f->sources[i];
		values[count++] = f->sources[i].value;
	}
	f->values[place] = (struct decimal){0};
	gw_status status = quantity_value(&f->options.quantities[place], values, count, &f->values[place], &agree, why);
	for (uint32_t i = 0; i < count && count >= f->options.quantities[place].least; i++) {
		of[i]->agrees = agree >> i & 1;
		if (!of[i]->agrees)
			snprintf(of[i]->text, GW_TEXT_SIZE, "it differs from the others");
	}
	return status == GW_OK;
}

static void tell_sources(struct feed *f)
{
	for (uint32_t i = 0; i < f->options.source_count; i++) {
		struct feed_source *source = &f->sources[i];
		const char *name = f->options.sources[i].name;

		source->bad = source->text[0] ? source->bad + 1 : 0;
		if (source->bad >= BAD_ROUNDS && !source->said) {
			feed_say(f, GW_WARNING, "feed_source_bad", "%.100s: %.140s", name, source->text);
			source->said = true;
		} else if (source->bad == 0 && source->said) {
			feed_say(f, GW_INFO, "feed_source_well", "%.100s counts again", name);
			source->said = false;
		}
	}
}

static void count_price(struct feed *f, const struct gw_now *now)
{
	struct error why = {0}, first = {0};
	struct decimal price;
	bool is_known = true;

	for (uint32_t i = 0; i < f->options.quantity_count; i++) {
		bool counts = count_quantity(f, i, &why);

		if (counts || !(f->options.formula.used >> i & 1))
			continue;
		if (is_known)
			first = why;
		is_known = false;
	}
	if (!order_asks(f, false))
		tell_sources(f);
	if (is_known && formula_value(&f->options.formula, f->values, &price, &first) != GW_OK)
		is_known = false;
	f->price.is_known = is_known;
	snprintf(f->why, sizeof(f->why), "%.250s", first.text);
	if (!is_known)
		return;
	f->price.price = decimal_multiply(price, f->options.bias);
	f->price.time_s = feed_time_s(now);
	f->owes_save = true;
}

void round_settle(struct feed *f, const struct gw_now *now)
{
	bool is_late = now->mono_ms - f->begun_ms >= FEED_ROUND_MS;

	if (!f->runs)
		return;
	for (uint32_t i = 0; i < ask_count(f); i++) {
		if (f->asks[i].state == FEED_ASK_DONE)
			continue;
		if (!is_late)
			return;
		f->asks[i].state = FEED_ASK_DONE;
		fail_source(f, i, "no answer in time");
	}
	f->runs = false;
	count_price(f, now);
	if (!order_asks(f, false)) { /* a try puts nothing off */
		f->next_ms = now->mono_ms + f->options.every_s * 1000;
		if (!f->witness_answered || !f->history_answered)
			f->next_ms = now->mono_ms + FEED_PATIENCE_MS;
	}
	f->owes_wake = true;
	decide(f, now);
}

/* ---- what goes out ------------------------------------------------------------------------------------------------ */

static int64_t wake_in_ms(const struct feed *f, const struct gw_now *now)
{
	int64_t at = f->runs ? f->begun_ms + FEED_ROUND_MS : f->next_ms;

	if (f->runs && f->busy_until_ms > now->mono_ms)
		at = f->busy_until_ms;
	if (order_may_begin(f))
		return 0;
	return at > now->mono_ms ? at - now->mono_ms : 0;
}

static bool take(bool *owed)
{
	bool was = *owed;

	*owed = false;
	return was;
}

bool feed_next(struct feed *f, const struct gw_now *now, struct feed_action *ret)
{
	if (f->notice_count > 0) {
		const struct feed_notice *notice = &f->notices[0];

		*ret = (struct feed_action){.type = FEED_NOTICE, .severity = notice->severity, .code = notice->code};
		memcpy(ret->text, notice->text, sizeof(ret->text));
		memmove(f->notices, f->notices + 1, --f->notice_count * sizeof(f->notices[0]));
		return true;
	}
	if (next_question(f, now, ret))
		return true;
	if (take(&f->owes_save)) {
		*ret = (struct feed_action){.type = FEED_SAVE};
		return true;
	}
	if (take(&f->owes_submit)) {
		*ret = (struct feed_action){.type = FEED_SUBMIT, .intent = f->intent};
		return true;
	}
	if (take(&f->owes_wake)) {
		*ret = (struct feed_action){.type = FEED_WAKE, .delay_ms = wake_in_ms(f, now)};
		return true;
	}
	return false;
}
