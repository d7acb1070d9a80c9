/* SPDX-License-Identifier: MIT
 * JSON, strictly: the one user of json-c. Host and command line.
 *
 * The grammar is read here, by a scan of the text before json-c runs: json-c builds the tree of what is known to be
 * JSON, and refuses wrong escapes. Its own strict mode lets through what is no JSON (0.16) and refuses what is (since
 * 0.17 each string with a byte above 0x7f, where char has a sign), so it stays off. A comparison of member counts
 * afterwards shows the duplicate keys that json-c drops. */
#include "base/json.h"

#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/time_text.h"
#include "base/utf8.h"

/* json-c takes no pointer to const; none of the functions used here changes the value. */
static struct json_object *object_of(const struct json *value)
{
	return (struct json_object *)(uintptr_t)value;
}

static const struct json *value_of(struct json_object *object)
{
	return (const struct json *)object;
}

/* ---- the scan before json-c ------------------------------------------------------------------------------------ */

struct scanned_object {
	size_t offset, members;
};

/* What may come next, beside white space. */
enum expected {
	EXPECT_VALUE,	     /* at the beginning, after a colon, after a comma in an array */
	EXPECT_VALUE_OR_END, /* after '[' */
	EXPECT_KEY,	     /* after a comma in an object */
	EXPECT_KEY_OR_END,   /* after '{' */
	EXPECT_COLON,
	EXPECT_COMMA_OR_END, /* after a value inside of brackets */
	EXPECT_NOTHING,	     /* after the one value of the text */
};

struct scan {
	const char *text;
	size_t len, at;
	enum expected expected;
	size_t depth;
	size_t open[JSON_DEPTH_MAX];	/* index into objects; of no meaning for an array */
	struct scanned_object *objects; /* in the order of their opening brackets */
	size_t object_count, object_cap;
	size_t tokens; /* keys and values so far */
	struct error *err;
};

static gw_status refuse(const struct scan *s, size_t at, const char *what)
{
	return error_set(s->err, GW_ERR_SYNTAX, "JSON: byte %zu: %s", at, what);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t skip_digits(const char *text, size_t at)
{
	while (is_digit(text[at]))
		at++;
	return at;
}

/* Offset behind a number of JSON's grammar, 0 where there is none. *ret_whole: neither fraction nor exponent. */
static size_t number_end(const char *text, bool *ret_whole)
{
	size_t begin = text[0] == '-' ? 1 : 0;
	size_t at = skip_digits(text, begin);

	if (at == begin || (text[begin] == '0' && at > begin + 1))
		return 0;
	*ret_whole = true;
	if (text[at] == '.') {
		size_t fraction = at + 1;

		at = skip_digits(text, fraction);
		if (at == fraction)
			return 0;
		*ret_whole = false;
	}
	if (text[at] == 'e' || text[at] == 'E') {
		size_t exponent = at + 1;

		if (text[exponent] == '+' || text[exponent] == '-')
			exponent++;
		at = skip_digits(text, exponent);
		if (at == exponent)
			return 0;
		*ret_whole = false;
	}
	return at;
}

static gw_status scan_number(struct scan *s)
{
	char number[512]; /* golosd prints large floating-point numbers in full */
	size_t begin = s->at, len = 0;
	bool whole = true;

	while (begin + len < s->len && len < sizeof(number) - 1 && strchr("+-.eE0123456789", s->text[begin + len]))
		len++;
	memcpy(number, s->text + begin, len);
	number[len] = '\0';
	if (len == 0 || number_end(number, &whole) != len)
		return refuse(s, begin, "not a number");
	errno = 0;
	if (!whole) {
		if (!isfinite(strtod(number, NULL)))
			return refuse(s, begin, "number out of range");
	} else if (number[0] == '-') {
		(void)strtoll(number, NULL, 10);
	} else {
		(void)strtoull(number, NULL, 10);
	}
	if (whole && errno == ERANGE)
		return refuse(s, begin, "number beyond 64 bits");
	s->at += len;
	return GW_OK;
}

static bool in_object(const struct scan *s)
{
	return s->depth && s->open[s->depth - 1] != SIZE_MAX;
}

/* *ret_nul: it holds \u0000. */
static gw_status scan_string(struct scan *s, bool *ret_nul)
{
	size_t begin = s->at++;

	*ret_nul = false;
	for (;;) {
		if (s->at >= s->len)
			return refuse(s, begin, "string without end");
		char c = s->text[s->at];
		size_t len = utf8_length(s->text + s->at, s->len - s->at);

		if (len == 0)
			return refuse(s, s->at, "invalid UTF-8");
		if ((unsigned char)c < 0x20)
			return refuse(s, s->at, "control character in a string");
		if (c == '"')
			break;
		if (c == '\\') {
			*ret_nul |= s->len - s->at >= 6 && memcmp(s->text + s->at, "\\u0000", 6) == 0;
			len = 2;
		}
		s->at += len;
	}
	s->at++;
	return GW_OK;
}

static gw_status scan_open(struct scan *s)
{
	if (s->depth == JSON_DEPTH_MAX)
		return refuse(s, s->at, "nested too deeply");
	s->open[s->depth] = SIZE_MAX;
	s->expected = EXPECT_VALUE_OR_END;
	if (s->text[s->at] == '{') {
		if (s->object_count == s->object_cap) {
			s->object_cap = s->object_cap * 2 + 64;
			s->objects = xrealloc(s->objects, s->object_cap, sizeof(*s->objects));
		}
		s->expected = EXPECT_KEY_OR_END;
		s->open[s->depth] = s->object_count;
		s->objects[s->object_count++] = (struct scanned_object){.offset = s->at};
	}
	s->depth++;
	s->at++;
	return GW_OK;
}

static gw_status scan_word(struct scan *s)
{
	static const char *const words[] = {"true", "false", "null"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t len = strlen(words[i]);

		if (s->len - s->at >= len && memcmp(s->text + s->at, words[i], len) == 0) {
			s->at += len;
			return GW_OK;
		}
	}
	return refuse(s, s->at, "not JSON");
}

static gw_status count_token(struct scan *s)
{
	return ++s->tokens > JSON_TOKENS_MAX ? refuse(s, s->at, "too many values") : GW_OK;
}

static enum expected after_value(const struct scan *s)
{
	return s->depth ? EXPECT_COMMA_OR_END : EXPECT_NOTHING;
}

static gw_status scan_value(struct scan *s)
{
	gw_status status = count_token(s);
	bool nul;

	if (status)
		return status;
	switch (s->text[s->at]) {
	case '{':
	case '[':
		return scan_open(s);
	case '"':
		status = scan_string(s, &nul);
		break;
	default:
		status = s->text[s->at] == '-' || is_digit(s->text[s->at]) ? scan_number(s) : scan_word(s);
	}
	s->expected = after_value(s);
	return status;
}

static gw_status scan_key(struct scan *s)
{
	size_t begin = s->at;
	bool nul = false;
	gw_status status = count_token(s);

	if (status)
		return status;
	if (s->text[begin] != '"')
		return refuse(s, begin, "not a key");
	status = scan_string(s, &nul);
	if (status)
		return status;
	if (nul)
		return refuse(s, begin, "NUL in a key");
	s->objects[s->open[s->depth - 1]].members++;
	s->expected = EXPECT_COLON;
	return GW_OK;
}

static gw_status scan_close(struct scan *s)
{
	s->depth--;
	s->at++;
	s->expected = after_value(s);
	return GW_OK;
}

static gw_status scan_mark(struct scan *s, char mark, enum expected next)
{
	if (s->text[s->at] != mark)
		return refuse(s, s->at, mark == ':' ? "a colon is missing" : "a comma or an end is missing");
	s->at++;
	s->expected = next;
	return GW_OK;
}

static gw_status scan_token(struct scan *s)
{
	char c = s->text[s->at];
	bool ends = s->depth && c == (in_object(s) ? '}' : ']');

	if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
		s->at++;
		return GW_OK;
	}
	switch (s->expected) {
	case EXPECT_VALUE_OR_END:
		return ends ? scan_close(s) : scan_value(s);
	case EXPECT_VALUE:
		return scan_value(s);
	case EXPECT_KEY_OR_END:
		return ends ? scan_close(s) : scan_key(s);
	case EXPECT_KEY:
		return scan_key(s);
	case EXPECT_COLON:
		return scan_mark(s, ':', EXPECT_VALUE);
	case EXPECT_COMMA_OR_END:
		return ends ? scan_close(s) : scan_mark(s, ',', in_object(s) ? EXPECT_KEY : EXPECT_VALUE);
	case EXPECT_NOTHING:
		break;
	}
	return refuse(s, s->at, "more than one value");
}

/* ---- json-c, and the check behind it --------------------------------------------------------------------------- */

static gw_status build(struct json_object **ret, const struct scan *s)
{
	struct json_tokener *tokener = json_tokener_new_ex(JSON_DEPTH_MAX + 1);
	gw_status status = GW_OK;

	if (!tokener)
		return error_set(s->err, GW_ERR_NOMEM, "JSON: no memory");
	struct json_object *root = json_tokener_parse_ex(tokener, s->text, (int)s->len);
	size_t end = json_tokener_get_parse_end(tokener);
	if (json_tokener_get_error(tokener) == json_tokener_continue) /* a bare number ends with the text's end */
		root = json_tokener_parse_ex(tokener, "", 1);
	enum json_tokener_error error = json_tokener_get_error(tokener);
	if (error != json_tokener_success)
		status = refuse(s, end, json_tokener_error_desc(error));
	else
		*ret = root;
	json_tokener_free(tokener);
	return status;
}

/* Visits the objects in the order of their opening brackets: the first one with fewer members than were scanned is one
 * that has a key twice (what lies before it lost nothing). *index: the next of s->objects. */
static gw_status check_members(const struct scan *s, struct json_object *value, size_t *index)
{
	gw_status status = GW_OK;

	if (json_object_is_type(value, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(value) && !status; i++)
			status = check_members(s, json_object_array_get_idx(value, i), index);
	} else if (json_object_is_type(value, json_type_object)) {
		if (*index == s->object_count)
			return refuse(s, s->len, "more objects than brackets");
		const struct scanned_object *scanned = &s->objects[(*index)++];
		if ((size_t)json_object_object_length(value) != scanned->members)
			return refuse(s, scanned->offset, "object with a key twice");
		struct json_object_iterator at = json_object_iter_begin(value), end = json_object_iter_end(value);
		for (; !json_object_iter_equal(&at, &end) && !status; json_object_iter_next(&at))
			status = check_members(s, json_object_iter_peek_value(&at), index);
	}
	return status;
}

gw_status json_parse(struct json **ret, const char *text, size_t len, struct error *err)
{
	struct scan s = {.text = text, .len = len, .err = err};
	struct json_object *root = NULL;
	gw_status status = GW_OK;
	size_t index = 0;

	if (len > INT_MAX)
		return error_set(err, GW_ERR_RANGE, "JSON: %zu bytes are too many", len);
	while (s.at < s.len && !status)
		status = scan_token(&s);
	if (!status && s.expected != EXPECT_NOTHING)
		status = refuse(&s, s.at, "the text ends too soon");
	if (!status)
		status = build(&root, &s);
	if (!status)
		status = check_members(&s, root, &index);
	free(s.objects);
	if (status)
		json_object_put(root);
	else
		*ret = (struct json *)root;
	return status;
}

void json_free(struct json *root)
{
	json_object_put((struct json_object *)root);
}

/* ---- looking ---------------------------------------------------------------------------------------------------- */

bool json_is_object(const struct json *value)
{
	return json_object_is_type(object_of(value), json_type_object);
}

bool json_is_array(const struct json *value)
{
	return json_object_is_type(object_of(value), json_type_array);
}

bool json_is_null(const struct json *value)
{
	return json_object_is_type(object_of(value), json_type_null);
}

bool json_is_string(const struct json *value)
{
	return json_object_is_type(object_of(value), json_type_string);
}

bool json_member(const struct json *object, const char *key, const struct json **ret)
{
	struct json_object *value;

	if (!json_is_object(object) || !json_object_object_get_ex(object_of(object), key, &value))
		return false;
	*ret = value_of(value);
	return true;
}

size_t json_array_size(const struct json *array)
{
	return json_is_array(array) ? json_object_array_length(object_of(array)) : 0;
}

const struct json *json_element(const struct json *array, size_t index)
{
	return json_is_array(array) ? value_of(json_object_array_get_idx(object_of(array), index)) : NULL;
}

const char *json_string(const struct json *value, size_t *ret_len)
{
	if (!json_is_string(value))
		return NULL;
	const char *text = json_object_get_string(object_of(value));
	size_t len = (size_t)json_object_get_string_len(object_of(value));
	if (strlen(text) != len)
		return NULL;
	if (ret_len)
		*ret_len = len;
	return text;
}

gw_status json_each(const struct json *object,
		    gw_status (*visit)(void *context, const char *key, const struct json *value), void *context)
{
	gw_status status = GW_OK;

	if (!json_is_object(object))
		return GW_OK;
	struct json_object_iterator at = json_object_iter_begin(object_of(object));
	struct json_object_iterator end = json_object_iter_end(object_of(object));
	for (; !json_object_iter_equal(&at, &end) && !status; json_object_iter_next(&at))
		status = visit(context, json_object_iter_peek_name(&at), value_of(json_object_iter_peek_value(&at)));
	return status;
}

char *json_text(const struct json *value)
{
	return xstrdup(json_object_to_json_string_ext(object_of(value),
						      JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
}

/* ---- checked members -------------------------------------------------------------------------------------------- */

static gw_status need_member(const struct json *object, const char *key, const struct json **ret, struct error *err)
{
	if (!json_is_object(object))
		return error_set(err, GW_ERR_SYNTAX, "member '%s': looked for in something that is no object", key);
	if (!json_member(object, key, ret))
		return error_set(err, GW_ERR_SYNTAX, "member '%s': missing", key);
	return GW_OK;
}

/* NULL: no such member, or not a text that may be given out. */
static const char *need_text(const struct json *object, const char *key, size_t *ret_len, struct error *err)
{
	const struct json *value = NULL;

	if (need_member(object, key, &value, err))
		return NULL;
	const char *text = json_string(value, ret_len);
	if (!text)
		error_set(err, GW_ERR_SYNTAX, "member '%s': %s", key,
			  json_is_string(value) ? "a string with a NUL" : "not a string");
	return text;
}

gw_status json_get_text(const struct json *object, const char *key, char *ret, size_t size, struct error *err)
{
	size_t len = 0;
	const char *text = need_text(object, key, &len, err);

	if (!text)
		return GW_ERR_SYNTAX;
	if (len >= size)
		return error_set(err, GW_ERR_RANGE, "member '%s': %zu bytes, at most %zu are allowed", key, len,
				 size - 1);
	memcpy(ret, text, len + 1);
	return GW_OK;
}

struct whole {
	bool negative;
	uint64_t magnitude;
};

/* A whole number, or a string of its digits as golosd sends big ones. */
static bool read_whole(const struct json *value, struct whole *ret)
{
	const char *text = json_string(value, NULL);

	if (json_object_is_type(object_of(value), json_type_int)) {
		int64_t low =
			json_object_get_int64(object_of(value)); /* saturates above: only its sign is used there */

		*ret = (struct whole){low < 0, low < 0 ? 0 - (uint64_t)low : json_object_get_uint64(object_of(value))};
		return true;
	}
	if (!text)
		return false;
	bool negative = *text == '-';
	const char *digits = text + negative;
	if (!is_digit(*digits) || digits[skip_digits(digits, 0)])
		return false;
	errno = 0;
	*ret = (struct whole){negative, strtoull(digits, NULL, 10)};
	return errno == 0;
}

gw_status json_read_u64(const struct json *value, uint64_t max, uint64_t *ret, struct error *err)
{
	struct whole whole;

	if (!read_whole(value, &whole))
		return error_set(err, GW_ERR_SYNTAX, "not a whole number of 64 bits");
	if (whole.negative && whole.magnitude)
		return error_set(err, GW_ERR_RANGE, "negative");
	if (whole.magnitude > max)
		return error_set(err, GW_ERR_RANGE, "%" PRIu64 " is above %" PRIu64, whole.magnitude, max);
	*ret = whole.magnitude;
	return GW_OK;
}

gw_status json_get_u64(const struct json *object, const char *key, uint64_t max, uint64_t *ret, struct error *err)
{
	const struct json *value = NULL;
	gw_status status = need_member(object, key, &value, err);

	if (status)
		return status;
	status = json_read_u64(value, max, ret, err);
	if (status && err)
		error_prefix(err, "member '%s'", key);
	return status;
}

gw_status json_get_i64(const struct json *object, const char *key, int64_t min, int64_t max, int64_t *ret,
		       struct error *err)
{
	const struct json *member = NULL;
	struct whole whole;
	gw_status status = need_member(object, key, &member, err);

	if (status)
		return status;
	if (!read_whole(member, &whole))
		return error_set(err, GW_ERR_SYNTAX, "member '%s': not a whole number of 64 bits", key);
	bool fits = whole.magnitude <= (uint64_t)INT64_MAX + (whole.negative ? 1 : 0);
	int64_t value = fits ? (int64_t)(whole.negative ? 0 - whole.magnitude : whole.magnitude) : 0;
	if (!fits || value < min || value > max)
		return error_set(err, GW_ERR_RANGE, "member '%s': %s%" PRIu64 " is not within %" PRId64 " to %" PRId64,
				 key, whole.negative ? "-" : "", whole.magnitude, min, max);
	*ret = value;
	return GW_OK;
}

static gw_status need_type(const struct json *object, const char *key, enum json_type type, const struct json **ret,
			   struct error *err)
{
	const struct json *value = NULL;
	gw_status status = need_member(object, key, &value, err);

	if (status)
		return status;
	if (!json_object_is_type(object_of(value), type))
		return error_set(err, GW_ERR_SYNTAX, "member '%s': not of type %s", key, json_type_to_name(type));
	*ret = value;
	return GW_OK;
}

gw_status json_get_bool(const struct json *object, const char *key, bool *ret, struct error *err)
{
	const struct json *value = NULL;
	gw_status status = need_type(object, key, json_type_boolean, &value, err);

	if (!status)
		*ret = json_object_get_boolean(object_of(value));
	return status;
}

gw_status json_get_array(const struct json *object, const char *key, const struct json **ret, struct error *err)
{
	return need_type(object, key, json_type_array, ret, err);
}

gw_status json_get_object(const struct json *object, const char *key, const struct json **ret, struct error *err)
{
	return need_type(object, key, json_type_object, ret, err);
}

gw_status json_get_time(const struct json *object, const char *key, int64_t *ret, struct error *err)
{
	size_t len = 0;
	const char *text = need_text(object, key, &len, err);

	if (!text)
		return GW_ERR_SYNTAX;
	if (time_parse(text, len, ret))
		return error_set(err, GW_ERR_SYNTAX, "member '%s': not a time of the form YYYY-MM-DDTHH:MM:SS", key);
	return GW_OK;
}
