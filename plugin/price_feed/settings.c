/* SPDX-License-Identifier: MIT
 * The options `quantities` and `sources`. See source.h. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "source.h"

#define DAY_S 86400

/* ---- single values ------------------------------------------------------------------------------------------------ */

static gw_status take_text(const struct json *value, char *ret, size_t size, struct error *err)
{
	size_t len;
	const char *text = json_string(value, &len);

	if (!text || len == 0)
		return error_set(err, GW_ERR_CONFIG, "text is expected");
	if (len >= size)
		return error_set(err, GW_ERR_CONFIG, "more than %zu characters", size - 1);
	memcpy(ret, text, len + 1);
	return GW_OK;
}

static gw_status take_pointer(const struct json *value, char ret[SOURCE_POINTER_SIZE], struct error *err)
{
	gw_status status = take_text(value, ret, SOURCE_POINTER_SIZE, err);

	if (status == GW_OK && ret[0] != '/')
		return error_set(err, GW_ERR_CONFIG, "a JSON pointer is expected, such as /price");
	return status;
}

/* A number as YAML has it, quoted or not. Caller frees. */
static char *plain_text(const struct json *value)
{
	const char *string = json_string(value, NULL);

	return string ? strdup(string) : json_text(value);
}

static gw_status take_decimal(const struct json *value, struct decimal *ret, struct error *err)
{
	char *text = plain_text(value);
	gw_status status = text ? decimal_parse(ret, text, strlen(text), err) : GW_ERR_NOMEM;

	free(text);
	if (status != GW_OK || !decimal_is_sound(*ret))
		return error_set(err, GW_ERR_CONFIG, "a decimal number above zero is expected");
	return GW_OK;
}

/* "345600", "90m", "4d" */
static gw_status take_seconds(const struct json *value, int64_t *ret, struct error *err)
{
	static const char units[] = "smhd";
	static const int64_t seconds[] = {1, 60, 3600, DAY_S};
	char *text = plain_text(value);
	int64_t number = 0;
	const char *unit = NULL;

	if (text && text[0] >= '0' && text[0] <= '9') {
		char *end;

		number = strtoll(text, &end, 10);
		if (end[0] == '\0')
			unit = units;
		else if (end[1] == '\0')
			unit = strchr(units, end[0]);
	}
	free(text);
	if (!unit || number <= 0 || number > 1000 * DAY_S || number * seconds[unit - units] > 1000 * (int64_t)DAY_S)
		return error_set(err, GW_ERR_CONFIG, "a time is expected, such as 600, 90m, 12h or 4d");
	*ret = number * seconds[unit - units];
	return GW_OK;
}

static gw_status take_bool(const struct json *value, bool *ret, struct error *err)
{
	char *text = plain_text(value);
	bool is_true = text && strcmp(text, "true") == 0, is_false = text && strcmp(text, "false") == 0;

	free(text);
	*ret = is_true;
	return is_true || is_false ? GW_OK : error_set(err, GW_ERR_CONFIG, "true or false is expected");
}

/* ---- quantities --------------------------------------------------------------------------------------------------- */

struct quantities {
	struct quantity *list;
	uint32_t count;
	struct error *err;
};

static gw_status take_quantity_key(void *context, const char *key, const struct json *value)
{
	struct quantities *q = context;
	struct quantity *quantity = &q->list[q->count];
	struct decimal least;
	int64_t thousandths;
	gw_status status;

	if (strcmp(key, "spread") == 0) {
		status = take_decimal(value, &quantity->spread, q->err);
		if (status == GW_OK && decimal_compare(quantity->spread, decimal_of(100)) > 0)
			status = error_set(q->err, GW_ERR_CONFIG, "more than 100 percent");
	} else if (strcmp(key, "least") == 0) {
		status = take_decimal(value, &least, q->err);
		if (status == GW_OK && (decimal_thousandths(least, &thousandths) != GW_OK || thousandths % 1000 ||
					thousandths < 1000 || thousandths > QUANTITY_SOURCES_MAX * 1000))
			status = error_set(q->err, GW_ERR_CONFIG, "a whole number from 1 to %d is expected",
					   QUANTITY_SOURCES_MAX);
		quantity->least = status == GW_OK ? (uint32_t)(thousandths / 1000) : 0;
	} else {
		status = error_set(q->err, GW_ERR_CONFIG, "no such key: least and spread are known");
	}
	return status == GW_OK ? GW_OK : error_prefix(q->err, "%s.%s", quantity->name, key);
}

static bool is_name(const char *text)
{
	size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz_0123456789");

	return len > 0 && len < FORMULA_NAME_SIZE && text[len] == '\0' && (text[0] < '0' || text[0] > '9');
}

static gw_status take_quantity(void *context, const char *key, const struct json *value)
{
	struct quantities *q = context;
	struct quantity *quantity = &q->list[q->count];

	if (q->count == FORMULA_NAMES_MAX)
		return error_set(q->err, GW_ERR_CONFIG, "more than %d", FORMULA_NAMES_MAX);
	if (!is_name(key))
		return error_set(q->err, GW_ERR_CONFIG, "'%.40s': a name has 1 to %d of a-z, 0-9 and _", key,
				 FORMULA_NAME_SIZE - 1);
	if (!json_is_object(value))
		return error_set(q->err, GW_ERR_CONFIG, "%s: {least: N, spread: PERCENT} is expected", key);
	*quantity = (struct quantity){.least = 0};
	snprintf(quantity->name, sizeof(quantity->name), "%s", key);
	gw_status status = json_each(value, take_quantity_key, q);
	if (status != GW_OK)
		return status;
	if (quantity->least == 0 || quantity->spread.digits == 0)
		return error_set(q->err, GW_ERR_CONFIG, "%s: `least` and `spread` are needed", key);
	q->count++;
	return GW_OK;
}

gw_status source_read_quantities(struct quantity *ret, uint32_t *ret_count, const char *json, struct error *err)
{
	struct quantities q = {.list = ret, .err = err};
	struct json *root = NULL;
	gw_status status = json_parse(&root, json, strlen(json), err);

	if (status == GW_OK && !json_is_object(root))
		status = error_set(err, GW_ERR_CONFIG, "names with {least: N, spread: PERCENT} are expected");
	if (status == GW_OK)
		status = json_each(root, take_quantity, &q);
	json_free(root);
	if (status != GW_OK)
		return error_prefix(err, "quantities");
	*ret_count = q.count;
	return GW_OK;
}

/* ---- sources ------------------------------------------------------------------------------------------------------ */

struct reading {
	struct source *source;
	const struct quantity *quantities;
	uint32_t quantity_count;
	struct error *err;
};

static gw_status take_of(struct reading *r, const struct json *value)
{
	char name[FORMULA_NAME_SIZE];
	gw_status status = take_text(value, name, sizeof(name), r->err);

	for (uint32_t i = 0; i < r->quantity_count && status == GW_OK; i++) {
		if (strcmp(r->quantities[i].name, name) != 0)
			continue;
		r->source->quantity = i;
		r->source->spread = r->quantities[i].spread;
		return GW_OK;
	}
	return status != GW_OK ? status : error_set(r->err, GW_ERR_CONFIG, "'%s' is not among `quantities`", name);
}

/* "market_history.get_ticker" */
static gw_status take_rpc(struct reading *r, const struct json *value)
{
	char text[2 * SOURCE_WORD_SIZE];
	gw_status status = take_text(value, text, sizeof(text), r->err);
	char *point = status == GW_OK ? strchr(text, '.') : NULL;

	if (status != GW_OK)
		return status;
	if (!point || point == text || !point[1] || strchr(point + 1, '.') || point - text >= SOURCE_WORD_SIZE ||
	    strlen(point + 1) >= SOURCE_WORD_SIZE ||
	    text[strspn(text, "abcdefghijklmnopqrstuvwxyz_0123456789.")] != '\0')
		return error_set(r->err, GW_ERR_CONFIG, "API.METHOD is expected, such as market_history.get_ticker");
	*point = '\0';
	r->source->is_rpc = true;
	snprintf(r->source->api, sizeof(r->source->api), "%.47s", text);
	snprintf(r->source->method, sizeof(r->source->method), "%.47s", point + 1);
	return GW_OK;
}

static gw_status take_args(struct reading *r, const struct json *value)
{
	if (!json_is_array(value))
		return error_set(r->err, GW_ERR_CONFIG, "a list is expected");
	char *text = json_text(value);
	size_t len = strlen(text);
	if (len < sizeof(r->source->args))
		memcpy(r->source->args, text, len + 1);
	free(text);
	return len < sizeof(r->source->args)
		       ? GW_OK
		       : error_set(r->err, GW_ERR_CONFIG, "more than %zu characters", sizeof(r->source->args) - 1);
}

static gw_status take_key(struct reading *r, const char *key, const struct json *value)
{
	struct source *s = r->source;
	struct {
		const char *key;
		char *pointer;
	} pointers[] = {{"value", s->value},
			{"low", s->low},
			{"high", s->high},
			{"time", s->time},
			{"refuse_if", s->refuse_if}};
	struct {
		const char *key;
		struct decimal *number;
	} numbers[] = {{"scale", &s->scale}, {"min", &s->min}, {"max", &s->max}};

	for (size_t i = 0; i < sizeof(pointers) / sizeof(pointers[0]); i++)
		if (strcmp(key, pointers[i].key) == 0)
			return take_pointer(value, pointers[i].pointer, r->err);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (strcmp(key, numbers[i].key) == 0)
			return take_decimal(value, numbers[i].number, r->err);
	if (strcmp(key, "of") == 0)
		return take_of(r, value);
	if (strcmp(key, "rpc") == 0)
		return take_rpc(r, value);
	if (strcmp(key, "args") == 0)
		return take_args(r, value);
	if (strcmp(key, "url") == 0)
		return take_text(value, s->url, sizeof(s->url), r->err);
	if (strcmp(key, "max_age") == 0)
		return take_seconds(value, &s->max_age_s, r->err);
	if (strcmp(key, "invert") == 0)
		return take_bool(value, &s->invert, r->err);
	return error_set(
		r->err, GW_ERR_CONFIG,
		"no such key: of, url, rpc, args, value, low, high, time, max_age, min, max, scale, invert and "
		"refuse_if are known");
}

static gw_status visit_key(void *context, const char *key, const struct json *value)
{
	struct reading *r = context;
	gw_status status = take_key(r, key, value);

	return status == GW_OK ? GW_OK : error_prefix(r->err, "%.40s", key);
}

static void set_name(struct source *s)
{
	const char *host = strstr(s->url, "://");

	if (s->is_rpc)
		snprintf(s->name, sizeof(s->name), "%s.%s %.48s", s->api, s->method, s->args);
	else /* what follows the ? may be a person's own key */
		snprintf(s->name, sizeof(s->name), "%.*s", (int)strcspn(host ? host + 3 : s->url, "?"),
			 host ? host + 3 : s->url);
}

static gw_status check_source(const struct source *s, bool has_of, struct error *err)
{
	if (!has_of)
		return error_set(err, GW_ERR_CONFIG, "`of` is missing: the quantity that it gives");
	if (s->is_rpc == (s->url[0] != '\0'))
		return error_set(err, GW_ERR_CONFIG, "either `url` or `rpc` is needed");
	if (!s->is_rpc && s->args[0])
		return error_set(err, GW_ERR_CONFIG, "`args` goes with `rpc`");
	if (!s->value[0] && !s->low[0])
		return error_set(err, GW_ERR_CONFIG, "`value` is missing: a JSON pointer to the number");
	if (!s->low[0] != !s->high[0])
		return error_set(err, GW_ERR_CONFIG, "`low` and `high` go together");
	if (s->time[0] && !s->max_age_s)
		return error_set(err, GW_ERR_CONFIG, "`time` wants a `max_age`");
	if (s->min.digits && s->max.digits && decimal_compare(s->min, s->max) > 0)
		return error_set(err, GW_ERR_CONFIG, "`min` is above `max`");
	return GW_OK;
}

static gw_status read_source(struct reading *r, const struct json *value)
{
	const struct json *unused;

	*r->source = (struct source){.scale = decimal_of(1)};
	if (!json_is_object(value))
		return error_set(r->err, GW_ERR_CONFIG, "{of: NAME, …} is expected");
	gw_status status = json_each(value, visit_key, r);
	if (status == GW_OK)
		status = check_source(r->source, json_member(value, "of", &unused), r->err);
	if (status != GW_OK)
		return status;
	if (r->source->is_rpc && !r->source->args[0])
		snprintf(r->source->args, sizeof(r->source->args), "[]");
	set_name(r->source);
	return GW_OK;
}

/* One market that is asked twice would count twice. */
static bool is_same_market(const struct source *a, const struct source *b)
{
	return a->quantity == b->quantity && a->is_rpc == b->is_rpc && strcmp(a->url, b->url) == 0 &&
	       strcmp(a->api, b->api) == 0 && strcmp(a->method, b->method) == 0 && strcmp(a->args, b->args) == 0;
}

static gw_status check_counts(const struct source *sources, uint32_t count, const struct quantity *quantities,
			      uint32_t quantity_count, struct error *err)
{
	uint32_t given[FORMULA_NAMES_MAX] = {0};

	for (uint32_t i = 0; i < count; i++) {
		given[sources[i].quantity]++;
		for (uint32_t j = 0; j < i; j++)
			if (is_same_market(&sources[i], &sources[j]))
				return error_set(err, GW_ERR_CONFIG,
						 "entries %" PRIu32 " and %" PRIu32
						 " ask the same, and would count twice",
						 j + 1, i + 1);
	}
	for (uint32_t i = 0; i < quantity_count; i++)
		if (given[i] < quantities[i].least)
			return error_set(err, GW_ERR_CONFIG, "%s needs %" PRIu32 " sources, and %" PRIu32 " are listed",
					 quantities[i].name, quantities[i].least, given[i]);
	return GW_OK;
}

static gw_status read_list(struct source *ret, uint32_t *ret_count, const struct json *root, struct reading *r)
{
	size_t count = json_array_size(root);

	if (!json_is_array(root))
		return error_set(r->err, GW_ERR_CONFIG, "a list is expected");
	if (count > QUANTITY_SOURCES_MAX)
		return error_set(r->err, GW_ERR_CONFIG, "%zu entries, %d at most", count, QUANTITY_SOURCES_MAX);
	for (size_t i = 0; i < count; i++) {
		r->source = &ret[i];
		if (read_source(r, json_element(root, i)) != GW_OK)
			return error_prefix(r->err, "entry %zu", i + 1);
	}
	*ret_count = (uint32_t)count;
	return check_counts(ret, *ret_count, r->quantities, r->quantity_count, r->err);
}

gw_status source_read_all(struct source *ret, uint32_t *ret_count, const char *json, const struct quantity *quantities,
			  uint32_t quantity_count, struct error *err)
{
	struct reading r = {.quantities = quantities, .quantity_count = quantity_count, .err = err};
	struct json *root = NULL;
	gw_status status = json_parse(&root, json, strlen(json), err);

	if (status == GW_OK)
		status = read_list(ret, ret_count, root, &r);
	json_free(root);
	return status == GW_OK ? GW_OK : error_prefix(err, "sources");
}
