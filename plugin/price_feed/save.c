/* SPDX-License-Identifier: MIT
 * What survives a restart. See feed.h. */
#include <stdio.h>
#include <string.h>

#include "base/json_writer.h"
#include "feed.h"

#define SAVE_VERSION 1
#define TIME_MAX     INT64_C(100000000000) /* seconds; the year 5138 */
#define ALL_DIGITS   18

static void put_decimal(struct json_writer *w, const char *key, struct decimal value)
{
	char text[DECIMAL_TEXT_SIZE];

	decimal_format(text, value, ALL_DIGITS);
	json_put_text(w, key, text);
}

/* Caller frees the writer's text. */
static void write_state(struct json_writer *w, const struct feed *f)
{
	json_open(w, NULL, '{');
	json_put_i64(w, "v", SAVE_VERSION);
	json_put_i64(w, "price_s", f->price.time_s);
	put_decimal(w, "price", f->price.price);
	json_put_u64(w, "rounds", f->change.rounds);
	json_put_i64(w, "first_s", f->change.first_s);
	put_decimal(w, "change", f->change.price);
	put_decimal(w, "from", f->change.from);
	json_put_i64(w, "published_s", f->published_s);
	json_put_i64(w, "submitted_s", f->submitted_s);
	json_put_i64(w, "not_before_s", f->not_before_s);
	json_put_u64(w, "failures", f->failures);
	json_put_u64(w, "said", f->said);
	json_put_bool(w, "said_no_median", f->said_no_median);
	json_put_i64(w, "said_stale_s", f->said_stale_s);
	json_put_bool(w, "held", f->hold.on);
	json_put_i64(w, "held_until_s", f->hold.until_s);
	json_put_text(w, "held_by", f->hold.by);
	json_close(w, '}');
}

gw_status feed_save(const struct feed *f, char ret[FEED_SAVE_SIZE])
{
	struct json_writer w;

	json_writer_init(&w);
	write_state(&w, f);
	bool fits = w.len < FEED_SAVE_SIZE;
	if (fits)
		memcpy(ret, w.text, w.len + 1);
	json_writer_done(&w);
	return fits ? GW_OK : GW_ERR_RANGE;
}

static gw_status get_decimal(const struct json *root, const char *key, struct decimal *ret)
{
	char text[DECIMAL_TEXT_SIZE];
	gw_status status = json_get_text(root, key, text, sizeof(text), NULL);

	if (status == GW_OK)
		status = decimal_parse(ret, text, strlen(text), NULL);
	return status == GW_OK && ret->digits >= 0 ? GW_OK : GW_ERR_SYNTAX;
}

static gw_status get_u32(const struct json *root, const char *key, uint32_t max, uint32_t *ret)
{
	uint64_t number = 0;
	gw_status status = json_get_u64(root, key, max, &number, NULL);

	*ret = (uint32_t)number;
	return status;
}

static gw_status read_numbers(struct feed *f, const struct json *root)
{
	struct {
		const char *key;
		int64_t *ret;
	} times[] = {{"price_s", &f->price.time_s},	 {"first_s", &f->change.first_s},
		     {"published_s", &f->published_s},	 {"submitted_s", &f->submitted_s},
		     {"not_before_s", &f->not_before_s}, {"said_stale_s", &f->said_stale_s},
		     {"held_until_s", &f->hold.until_s}};
	uint32_t version, said = 0;

	if (get_u32(root, "v", SAVE_VERSION, &version) != GW_OK || version != SAVE_VERSION)
		return GW_ERR_SYNTAX;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		if (json_get_i64(root, times[i].key, 0, TIME_MAX, times[i].ret, NULL) != GW_OK)
			return GW_ERR_SYNTAX;
	if (get_u32(root, "rounds", FEED_STANDS_ROUNDS, &f->change.rounds) != GW_OK ||
	    get_u32(root, "failures", 100, &f->failures) != GW_OK ||
	    get_u32(root, "said", FEED_PUBLISHES, &said) != GW_OK)
		return GW_ERR_SYNTAX;
	f->said = (enum feed_verdict)said;
	return GW_OK;
}

static gw_status read_state(struct feed *f, const struct json *root)
{
	if (!json_is_object(root) || read_numbers(f, root) != GW_OK ||
	    get_decimal(root, "price", &f->price.price) != GW_OK ||
	    get_decimal(root, "change", &f->change.price) != GW_OK ||
	    get_decimal(root, "from", &f->change.from) != GW_OK ||
	    json_get_bool(root, "said_no_median", &f->said_no_median, NULL) != GW_OK ||
	    json_get_bool(root, "held", &f->hold.on, NULL) != GW_OK ||
	    json_get_text(root, "held_by", f->hold.by, sizeof(f->hold.by), NULL) != GW_OK)
		return GW_ERR_SYNTAX;
	return GW_OK;
}

gw_status feed_load(struct feed *f, const char *text, size_t len)
{
	struct json *root = NULL;
	struct feed loaded = *f;

	if (json_parse(&root, text, len, NULL) != GW_OK)
		return GW_ERR_SYNTAX;
	gw_status status = read_state(&loaded, root);
	json_free(root);
	if (status == GW_OK)
		*f = loaded;
	return status;
}
