/* SPDX-License-Identifier: MIT
 * What a source's answer is worth. See source.h. */
#include "source.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time_text.h"

#define FUTURE_MAX_S 600 /* a server's clock may be off by so much */

/* ---- JSON pointers (RFC 6901) ------------------------------------------------------------------------------------- */

/* One part of a pointer, with ~1 and ~0 resolved. Returns what follows it. */
static const char *read_part(const char *at, char ret[SOURCE_POINTER_SIZE])
{
	size_t len = 0;

	for (; *at != '\0' && *at != '/'; at++) {
		char c = *at;

		if (c == '~' && (at[1] == '0' || at[1] == '1'))
			c = *++at == '1' ? '/' : '~';
		ret[len++] = c;
	}
	ret[len] = '\0';
	return at;
}

static bool find_element(const struct json *array, const char *part, const struct json **ret)
{
	char *end;
	unsigned long index = strtoul(part, &end, 10);

	if (part[0] < '0' || part[0] > '9' || *end != '\0' || (part[0] == '0' && part[1] != '\0') ||
	    index >= json_array_size(array))
		return false;
	*ret = json_element(array, index);
	return true;
}

static bool find(const struct json *root, const char *pointer, const struct json **ret)
{
	const struct json *value = root;
	char part[SOURCE_POINTER_SIZE];

	while (*pointer == '/') {
		pointer = read_part(pointer + 1, part);
		if (json_is_array(value) ? !find_element(value, part, &value)
					 : !json_is_object(value) || !json_member(value, part, &value))
			return false;
	}
	*ret = value;
	return true;
}

/* ---- numbers and times of an answer ------------------------------------------------------------------------------- */

/* A JSON number, or a string of one. */
static gw_status read_decimal(const struct json *value, struct decimal *ret, struct error *err)
{
	size_t len = 0;
	const char *string = json_string(value, &len);

	if (string)
		return decimal_parse(ret, string, len, err);
	if (json_is_null(value) || json_is_string(value) || json_is_object(value) || json_is_array(value))
		return error_set(err, GW_ERR_SYNTAX, "a number is expected");
	char *text = json_text(value);
	gw_status status = decimal_parse(ret, text, strlen(text), err);
	free(text);
	return status;
}

/* Prices alone: above zero. */
static gw_status read_price(const struct json *root, const char *pointer, struct decimal *ret, struct error *err)
{
	const struct json *value;

	if (!find(root, pointer, &value))
		return error_set(err, GW_ERR_PROTOCOL, "the answer has no %s", pointer);
	if (read_decimal(value, ret, err) != GW_OK) {
		error_prefix(err, "%s", pointer);
		return GW_ERR_PROTOCOL;
	}
	if (!decimal_is_sound(*ret))
		return error_set(err, GW_ERR_PROTOCOL, "%s is not above zero", pointer);
	return GW_OK;
}

static bool read_two_digits(const char *text, int *ret)
{
	if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
		return false;
	*ret = (text[0] - '0') * 10 + (text[1] - '0');
	return true;
}

/* "Z", "+03:00" or nothing, which is UTC: seconds that local time is ahead. */
static bool read_zone(const char *text, int64_t *ret_ahead_s)
{
	int hours, minutes;

	*ret_ahead_s = 0;
	if (text[0] == '\0' || strcmp(text, "Z") == 0)
		return true;
	if (strlen(text) != strlen("+00:00") || (text[0] != '+' && text[0] != '-') || text[3] != ':' ||
	    !read_two_digits(text + 1, &hours) || !read_two_digits(text + 4, &minutes) || hours > 14 || minutes > 59)
		return false;
	*ret_ahead_s = (text[0] == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
	return true;
}

/* "2026-11-30T15:34:57.123Z" */
static gw_status read_iso_time(const char *text, size_t len, int64_t *ret_s)
{
	const char *rest = text + TIME_TEXT_SIZE - 1;
	int64_t local_s, ahead_s;

	if (len < TIME_TEXT_SIZE - 1 || time_parse(text, TIME_TEXT_SIZE - 1, &local_s) != GW_OK)
		return GW_ERR_SYNTAX;
	if (*rest == '.')
		for (rest++; *rest >= '0' && *rest <= '9';)
			rest++;
	if (!read_zone(rest, &ahead_s))
		return GW_ERR_SYNTAX;
	*ret_s = local_s - ahead_s;
	return GW_OK;
}

/* Seconds or milliseconds since 1970, as a number or its text, or a date. */
static gw_status read_time(const struct json *value, int64_t *ret_s)
{
	size_t len = 0;
	const char *string = json_string(value, &len);
	struct decimal number;
	int64_t thousandths;

	if (string && read_iso_time(string, len, ret_s) == GW_OK)
		return GW_OK;
	if (read_decimal(value, &number, NULL) != GW_OK || decimal_thousandths(number, &thousandths) != GW_OK)
		return GW_ERR_SYNTAX;
	*ret_s = thousandths / 1000;
	if (*ret_s > INT64_C(100000000000)) /* the year 5138 */
		*ret_s /= 1000;
	return GW_OK;
}

static gw_status check_age(const struct source *source, const struct json *root, int64_t now_s, int64_t *age_s,
			   struct error *err)
{
	const struct json *value;
	int64_t time_s;

	if (source->time[0]) {
		if (!find(root, source->time, &value))
			return error_set(err, GW_ERR_PROTOCOL, "the answer has no %s", source->time);
		if (read_time(value, &time_s) != GW_OK)
			return error_set(err, GW_ERR_PROTOCOL, "%s is no time", source->time);
		if (time_s > now_s + FUTURE_MAX_S)
			return error_set(err, GW_ERR_PROTOCOL, "%s lies %" PRId64 " s in the future", source->time,
					 time_s - now_s);
		*age_s = now_s > time_s && now_s - time_s > *age_s ? now_s - time_s : *age_s;
	}
	if (source->max_age_s && *age_s > source->max_age_s)
		return error_set(err, GW_ERR_PROTOCOL, "it is %" PRId64 " s old, and max_age is %" PRId64, *age_s,
				 source->max_age_s);
	return GW_OK;
}

/* It must be false or absent: so an aggregator says that it fell back to another market. */
static gw_status check_refuse_if(const struct source *source, const struct json *root, struct error *err)
{
	const struct json *value;

	if (!source->refuse_if[0] || !find(root, source->refuse_if, &value) || json_is_null(value))
		return GW_OK;
	char *text = json_text(value);
	bool is_false = strcmp(text, "false") == 0;
	free(text);
	return is_false ? GW_OK : error_set(err, GW_ERR_PROTOCOL, "%s is not false", source->refuse_if);
}

/* ---- the number --------------------------------------------------------------------------------------------------- */

static gw_status read_middle(const struct source *source, const struct json *root, struct decimal *ret,
			     struct error *err)
{
	struct decimal low, high;
	gw_status status = read_price(root, source->low, &low, err);

	if (status == GW_OK)
		status = read_price(root, source->high, &high, err);
	if (status != GW_OK)
		return status;
	if (decimal_compare(low, high) > 0)
		return error_set(err, GW_ERR_PROTOCOL, "%s is above %s", source->low, source->high);
	if (decimal_is_apart(low, high, source->spread))
		return error_set(err, GW_ERR_PROTOCOL, "%s and %s lie further apart than the quantity's spread",
				 source->low, source->high);
	*ret = decimal_middle(low, high);
	return GW_OK;
}

static gw_status read_number(const struct source *source, const struct json *root, struct decimal *ret,
			     struct error *err)
{
	gw_status status = GW_OK;

	if (source->value[0])
		status = read_price(root, source->value, ret, err);
	if (status == GW_OK && source->low[0])
		status = read_middle(source, root, ret, err);
	if (status != GW_OK)
		return status;
	if (source->invert)
		*ret = decimal_divide(decimal_of(1), *ret);
	*ret = decimal_multiply(*ret, source->scale);
	if (!decimal_is_sound(*ret))
		return error_set(err, GW_ERR_PROTOCOL, "the number is beyond what is counted with");
	if ((source->min.digits && decimal_compare(*ret, source->min) < 0) ||
	    (source->max.digits && decimal_compare(*ret, source->max) > 0)) {
		char text[DECIMAL_TEXT_SIZE];

		decimal_format(text, *ret, 9);
		return error_set(err, GW_ERR_PROTOCOL, "%s is not within min and max", text);
	}
	return GW_OK;
}

gw_status source_value(const struct source *source, const char *answer, size_t len, int64_t age_s, int64_t now_s,
		       struct decimal *ret, int64_t *ret_age_s, struct error *err)
{
	struct json *root = NULL;
	struct decimal value = {0};

	if (json_parse(&root, answer, len, err) != GW_OK) {
		error_prefix(err, "the answer is no JSON");
		return GW_ERR_PROTOCOL;
	}
	gw_status status = check_refuse_if(source, root, err);
	if (status == GW_OK)
		status = check_age(source, root, now_s, &age_s, err);
	if (status == GW_OK)
		status = read_number(source, root, &value, err);
	json_free(root);
	if (status != GW_OK)
		return status;
	*ret = value;
	*ret_age_s = age_s;
	return GW_OK;
}
