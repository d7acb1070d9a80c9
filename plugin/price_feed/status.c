/* SPDX-License-Identifier: MIT
 * The feed's state for people. See feed.h. */
#include <string.h>

#include "base/json_writer.h"
#include "rules.h"

#define SHOWN_DIGITS 9

static void put_decimal(struct json_writer *w, const char *key, struct decimal value)
{
	char text[DECIMAL_TEXT_SIZE];

	decimal_format(text, value, SHOWN_DIGITS);
	json_put_text(w, key, text);
}

static void put_rate(struct json_writer *w, const char *key, const struct feed_rate *rate)
{
	if (rate->is_known)
		put_decimal(w, key, rate->price);
}

static void put_quantities(struct json_writer *w, const struct feed *f)
{
	json_open(w, "quantities", '[');
	for (uint32_t i = 0; i < f->options.quantity_count; i++) {
		json_open(w, NULL, '{');
		json_put_text(w, "name", f->options.quantities[i].name);
		json_put_bool(w, "known", f->values[i].digits != 0);
		if (f->values[i].digits)
			put_decimal(w, "value", f->values[i]);
		json_close(w, '}');
	}
	json_close(w, ']');
}

static void put_sources(struct json_writer *w, const struct feed *f)
{
	json_open(w, "sources", '[');
	for (uint32_t i = 0; i < f->options.source_count; i++) {
		const struct feed_source *source = &f->sources[i];

		json_open(w, NULL, '{');
		json_put_text(w, "of", f->options.quantities[f->options.sources[i].quantity].name);
		json_put_text(w, "name", f->options.sources[i].name);
		json_put_bool(w, "counts", source->is_sound && source->agrees);
		if (source->is_sound) {
			put_decimal(w, "value", source->value);
			json_put_i64(w, "age_s", source->age_s);
		}
		if (source->text[0])
			json_put_text(w, "why", source->text);
		json_close(w, '}');
	}
	json_close(w, ']');
}

/* The price as the chain writes it. */
static void put_form(struct json_writer *w, const struct feed *f)
{
	char base[PRICE_TEXT_SIZE], quote[PRICE_TEXT_SIZE];

	if (!f->price.is_known || price_form(f->price.price, base, quote, NULL) != GW_OK)
		return;
	json_put_text(w, "base", base);
	json_put_text(w, "quote", quote);
}

static void put_order(struct json_writer *w, const struct feed_order *order)
{
	static const char *const states[] = {"none", "waits", "asks", "sent", "done", "failed"};

	if (order->state == FEED_ORDER_NONE)
		return;
	json_open(w, "order", '{');
	json_put_text(w, "kind", order->publishes ? "publish" : "try");
	json_put_u64(w, "number", order->number);
	json_put_text(w, "state", states[order->state]);
	json_put_text(w, "text", order->text);
	if (order->block)
		json_put_u64(w, "block", order->block);
	json_close(w, '}');
}

static void write_status(struct json_writer *w, const struct feed *f, const struct gw_now *now)
{
	json_open(w, NULL, '{');
	json_put_text(w, "witness", f->options.witness);
	json_put_text(w, "verdict", feed_verdict_name(f->verdict));
	json_put_text(w, "why", f->why);
	put_rate(w, "price", &f->price);
	put_form(w, f);
	if (f->price.time_s)
		json_put_i64(w, "price_time", f->price.time_s);
	put_rate(w, "published", &f->own);
	if (f->own.is_known) {
		json_put_i64(w, "published_time", f->own.time_s);
		json_put_i64(w, "published_age_s", feed_time_s(now) - f->own.time_s);
	}
	put_rate(w, "median", &f->median);
	put_quantities(w, f);
	put_sources(w, f);
	json_put_bool(w, "held", feed_is_held(f, now));
	json_put_bool(w, "dry_run", f->options.dry_run);
	json_put_bool(w, "round_runs", f->runs);
	put_order(w, &f->order);
	json_close(w, '}');
}

gw_status feed_status(const struct feed *f, const struct gw_now *now, char *ret, size_t cap)
{
	struct json_writer w;

	json_writer_init(&w);
	write_status(&w, f, now);
	bool fits = w.len < cap;
	if (fits)
		memcpy(ret, w.text, w.len + 1);
	json_writer_done(&w);
	return fits ? GW_OK : GW_ERR_RANGE;
}
