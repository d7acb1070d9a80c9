/* SPDX-License-Identifier: MIT
 *
 * JSON, strictly. Host and command line.
 *
 * A text is read twice. A scan holds it against the grammar and counts its values. Then the tree is built from a copy,
 * with one node of 24 bytes for each value and each key. So the memory that a text will take is known before it is
 * taken, and is of the text's own size.
 */
#include "base/json.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_writer.h"
#include "base/memory.h"
#include "base/time_text.h"
#include "base/utf8.h"

enum kind { KIND_NULL, KIND_BOOL, KIND_WHOLE, KIND_FRACTION, KIND_STRING, KIND_ARRAY, KIND_OBJECT };

/* A value, or the key before a member's value. Nodes lie in the order of the text: what is inside of a value follows
 * it.
 */
struct json {
	union {
		const char *text;	  /* string, decoded, with a NUL after it; number and bool: as in the text;
					     object: its opening bracket */
		const uint32_t *elements; /* array: how many nodes further on each lies */
	};
	uint32_t len;  /* string, number: bytes; array: elements; object: members */
	uint32_t span; /* nodes of this value, with all inside of it */
	enum kind kind;
};

/* A tree in one piece; its root is nodes[0]. */
struct document {
	char *text;
	uint32_t *elements;
	struct json nodes[];
};

/* ---- the scan ---------------------------------------------------------------------------------------------------- */

/* The token that may come next, beside white space. */
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
	bool is_object[JSON_DEPTH_MAX]; /* of the brackets that are open */
	size_t tokens;			/* keys and values so far */
	size_t elements;		/* values in arrays so far */
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
	return s->depth && s->is_object[s->depth - 1];
}

/* Length of an escape; 0: there is none such. */
static size_t escape_length(const char *text, size_t len)
{
	if (len < 2 || !text[1] || !strchr("\"\\/bfnrtu", text[1]))
		return 0;
	if (text[1] != 'u')
		return 2;
	for (size_t i = 2; i < 6; i++)
		if (i >= len || !text[i] || !strchr("0123456789abcdefABCDEF", text[i]))
			return 0;
	return 6;
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
			len = escape_length(s->text + s->at, s->len - s->at);
			*ret_nul |= len == 6 && memcmp(s->text + s->at, "\\u0000", 6) == 0;
		}
		if (len == 0)
			return refuse(s, s->at, "no escape");
		s->at += len;
	}
	s->at++;
	return GW_OK;
}

static gw_status scan_open(struct scan *s)
{
	if (s->depth == JSON_DEPTH_MAX)
		return refuse(s, s->at, "nested too deeply");
	s->is_object[s->depth] = s->text[s->at] == '{';
	s->expected = s->is_object[s->depth] ? EXPECT_KEY_OR_END : EXPECT_VALUE_OR_END;
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

static enum expected after_value(const struct scan *s)
{
	return s->depth ? EXPECT_COMMA_OR_END : EXPECT_NOTHING;
}

static gw_status scan_value(struct scan *s)
{
	gw_status status;
	bool nul;

	s->tokens++;
	s->elements += s->depth && !in_object(s);
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
	gw_status status;

	s->tokens++;
	if (s->text[begin] != '"')
		return refuse(s, begin, "not a key");
	status = scan_string(s, &nul);
	if (status)
		return status;
	if (nul)
		return refuse(s, begin, "NUL in a key");
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

/* ---- the tree, from a text that the scan has found good ---------------------------------------------------------- */

struct builder {
	struct document *document;
	char *at;
	uint32_t node_count, element_count;
	size_t depth;
	uint32_t open[JSON_DEPTH_MAX]; /* nodes whose brackets are open */
	const char *twice;	       /* an object that has a key twice; NULL: none so far */
};

static uint32_t hex4(const char *text)
{
	char digits[5] = {text[0], text[1], text[2], text[3], '\0'};

	return (uint32_t)strtoul(digits, NULL, 16);
}

static char *put_utf8(char *to, uint32_t code)
{
	if (code < 0x80) {
		*to++ = (char)code;
	} else if (code < 0x800) {
		*to++ = (char)(0xc0 | code >> 6);
		*to++ = (char)(0x80 | (code & 63));
	} else if (code < 0x10000) {
		*to++ = (char)(0xe0 | code >> 12);
		*to++ = (char)(0x80 | (code >> 6 & 63));
		*to++ = (char)(0x80 | (code & 63));
	} else {
		*to++ = (char)(0xf0 | code >> 18);
		*to++ = (char)(0x80 | (code >> 12 & 63));
		*to++ = (char)(0x80 | (code >> 6 & 63));
		*to++ = (char)(0x80 | (code & 63));
	}
	return to;
}

/* `from` is behind "\u". Half of a pair that stands alone becomes U+FFFD. */
static const char *decode_unicode(const char *from, char **to)
{
	uint32_t code = hex4(from);

	from += 4;
	if (code >= 0xd800 && code < 0xdc00 && from[0] == '\\' && from[1] == 'u') {
		uint32_t low = hex4(from + 2);

		if (low >= 0xdc00 && low < 0xe000) {
			code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
			from += 6;
		}
	}
	*to = put_utf8(*to, code >= 0xd800 && code < 0xe000 ? 0xfffd : code);
	return from;
}

/* In place: what is decoded is never longer. */
static void build_string(struct builder *b, struct json *node)
{
	static const char letters[] = "bfnrt", meant[] = "\b\f\n\r\t";
	const char *from = b->at + 1;
	char *to = b->at + 1;

	node->kind = KIND_STRING;
	node->text = to;
	while (*from != '"') {
		if (*from != '\\') {
			*to++ = *from++;
			continue;
		}
		const char *letter = strchr(letters, from[1]);

		if (from[1] == 'u') {
			from = decode_unicode(from + 2, &to);
			continue;
		}
		*to++ = letter ? meant[letter - letters] : from[1];
		from += 2;
	}
	node->len = (uint32_t)(to - node->text);
	b->at += from + 1 - b->at;
	*to = '\0';
}

static void build_word(struct builder *b, struct json *node)
{
	size_t len = strcspn(b->at, ",]} \t\r\n");

	node->text = b->at;
	node->len = (uint32_t)len;
	if (*b->at == '-' || is_digit(*b->at))
		node->kind = memchr(b->at, '.', len) || memchr(b->at, 'e', len) || memchr(b->at, 'E', len)
				     ? KIND_FRACTION
				     : KIND_WHOLE;
	else
		node->kind = *b->at == 'n' ? KIND_NULL : KIND_BOOL;
	b->at += len;
}

static void build_value(struct builder *b)
{
	struct json *node = &b->document->nodes[b->node_count];

	*node = (struct json){.span = 1};
	if (*b->at == '"') {
		build_string(b, node);
	} else if (*b->at == '{' || *b->at == '[') {
		node->kind = *b->at == '{' ? KIND_OBJECT : KIND_ARRAY;
		node->text = b->at++;
		b->open[b->depth++] = b->node_count;
	} else {
		build_word(b, node);
	}
	b->node_count++;
}

static int compare_keys(const void *a, const void *b)
{
	return strcmp((*(const struct json *const *)a)->text, (*(const struct json *const *)b)->text);
}

static bool has_key_twice(const struct json *object)
{
	const struct json **keys = xcalloc(object->len, sizeof(*keys));
	const struct json *key = object + 1;
	bool twice = false;

	for (uint32_t i = 0; i < object->len; i++) {
		keys[i] = key;
		key += 1 + key[1].span;
	}
	qsort(keys, object->len, sizeof(*keys), compare_keys);
	for (uint32_t i = 1; i < object->len; i++)
		twice |= strcmp(keys[i - 1]->text, keys[i]->text) == 0;
	free(keys);
	return twice;
}

static void close_array(struct builder *b, struct json *array)
{
	uint32_t *elements = b->document->elements + b->element_count;

	for (uint32_t at = 1; at < array->span; at += array[at].span)
		elements[array->len++] = at;
	array->elements = elements;
	b->element_count += array->len;
}

static void close_object(struct builder *b, struct json *object)
{
	for (uint32_t at = 1; at < object->span; at += 1 + object[at + 1].span)
		object->len++;
	if (object->len > 1 && !b->twice && has_key_twice(object))
		b->twice = object->text;
}

static void build_close(struct builder *b)
{
	uint32_t index = b->open[--b->depth];
	struct json *node = &b->document->nodes[index];

	node->span = b->node_count - index;
	if (node->kind == KIND_ARRAY)
		close_array(b, node);
	else
		close_object(b, node);
	b->at++;
}

static struct document *build(const struct scan *s, const char **ret_twice)
{
	struct document *document = xcalloc(1, sizeof(*document) + s->tokens * sizeof(struct json));
	struct builder b = {.document = document};

	document->text = xcalloc(s->len + 1, 1);
	document->elements = xcalloc(s->elements + 1, sizeof(*document->elements));
	memcpy(document->text, s->text, s->len);
	b.at = document->text;
	while (*b.at) {
		if (strchr(" \t\r\n,:", *b.at))
			b.at++;
		else if (*b.at == '}' || *b.at == ']')
			build_close(&b);
		else
			build_value(&b);
	}
	*ret_twice = b.twice;
	return document;
}

static void document_free(struct document *document)
{
	free(document->text);
	free(document->elements);
	free(document);
}

static gw_status scan_all(struct scan *s)
{
	gw_status status = GW_OK;

	while (s->at < s->len && !status)
		status = scan_token(s);
	if (!status && s->expected != EXPECT_NOTHING)
		status = refuse(s, s->at, "the text ends too soon");
	if (status)
		return status;
	size_t memory = s->len + s->tokens * sizeof(struct json) + s->elements * sizeof(uint32_t);
	if (s->len > JSON_ALWAYS_READ && memory > JSON_MEMORY_MAX)
		return error_set(s->err, GW_ERR_RANGE, "JSON: %zu values in %zu bytes would take %zu MiB of memory",
				 s->tokens, s->len, memory >> 20);
	return GW_OK;
}

gw_status json_parse(struct json **ret, const char *text, size_t len, struct error *err)
{
	struct scan s = {.text = text, .len = len, .err = err};
	const char *twice;

	if (len > INT_MAX)
		return error_set(err, GW_ERR_RANGE, "JSON: %zu bytes are too many", len);
	gw_status status = scan_all(&s);
	if (status)
		return status;
	struct document *document = build(&s, &twice);
	bool is_null = document->nodes[0].kind == KIND_NULL;
	if (twice)
		status = refuse(&s, (size_t)(twice - document->text), "object with a key twice");
	else
		*ret = is_null ? NULL : document->nodes;
	if (twice || is_null)
		document_free(document);
	return status;
}

void json_free(struct json *root)
{
	if (root)
		document_free((struct document *)(void *)((char *)root - offsetof(struct document, nodes)));
}

/* ---- looking ---------------------------------------------------------------------------------------------------- */

static bool is_kind(const struct json *value, enum kind kind)
{
	return value && value->kind == kind;
}

/* A caller's view of a node: there is none for null. */
static const struct json *given(const struct json *node)
{
	return node->kind == KIND_NULL ? NULL : node;
}

bool json_is_object(const struct json *value)
{
	return is_kind(value, KIND_OBJECT);
}

bool json_is_array(const struct json *value)
{
	return is_kind(value, KIND_ARRAY);
}

bool json_is_null(const struct json *value)
{
	return !value;
}

bool json_is_string(const struct json *value)
{
	return is_kind(value, KIND_STRING);
}

bool json_member(const struct json *object, const char *key, const struct json **ret)
{
	if (!json_is_object(object))
		return false;
	const struct json *at = object + 1;
	for (uint32_t i = 0; i < object->len; i++) {
		if (strcmp(at->text, key) == 0) {
			*ret = given(at + 1);
			return true;
		}
		at += 1 + at[1].span;
	}
	return false;
}

size_t json_array_size(const struct json *array)
{
	return json_is_array(array) ? array->len : 0;
}

const struct json *json_element(const struct json *array, size_t index)
{
	return index < json_array_size(array) ? given(array + array->elements[index]) : NULL;
}

const char *json_string(const struct json *value, size_t *ret_len)
{
	if (!json_is_string(value) || strlen(value->text) != value->len)
		return NULL;
	if (ret_len)
		*ret_len = value->len;
	return value->text;
}

gw_status json_each(const struct json *object,
		    gw_status (*visit)(void *context, const char *key, const struct json *value), void *context)
{
	gw_status status = GW_OK;

	if (!json_is_object(object))
		return GW_OK;
	const struct json *at = object + 1;
	for (uint32_t i = 0; i < object->len && !status; i++) {
		status = visit(context, at->text, given(at + 1));
		at += 1 + at[1].span;
	}
	return status;
}

static void write_value(struct json_writer *w, const char *key, const struct json *value);

static void write_object(struct json_writer *w, const char *key, const struct json *object)
{
	const struct json *at = object + 1;

	json_open(w, key, '{');
	for (uint32_t i = 0; i < object->len; i++) {
		write_value(w, at->text, at + 1);
		at += 1 + at[1].span;
	}
	json_close(w, '}');
}

static void write_array(struct json_writer *w, const char *key, const struct json *array)
{
	json_open(w, key, '[');
	for (uint32_t i = 0; i < array->len; i++)
		write_value(w, NULL, array + array->elements[i]);
	json_close(w, ']');
}

static void write_value(struct json_writer *w, const char *key, const struct json *value)
{
	switch (value->kind) {
	case KIND_NULL:
		json_put_null(w, key);
		break;
	case KIND_BOOL:
	case KIND_WHOLE:
	case KIND_FRACTION:
		json_put_raw_bytes(w, key, value->text, value->len);
		break;
	case KIND_STRING:
		json_put_bytes(w, key, value->text, value->len);
		break;
	case KIND_ARRAY:
		write_array(w, key, value);
		break;
	case KIND_OBJECT:
		write_object(w, key, value);
		break;
	}
}

char *json_text(const struct json *value)
{
	static const struct json null = {.kind = KIND_NULL, .span = 1};
	struct json_writer w;

	json_writer_init(&w);
	write_value(&w, NULL, value ? value : &null);
	return w.text;
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
	bool is_digits = is_kind(value, KIND_WHOLE) || json_string(value, NULL);

	if (!is_digits)
		return false;
	bool negative = value->len && *value->text == '-';
	const char *digits = value->text + negative;
	if (!is_digit(*digits) || skip_digits(digits, 0) + negative != value->len)
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

static gw_status need_kind(const struct json *object, const char *key, enum kind kind, const struct json **ret,
			   struct error *err)
{
	static const char *const names[] = {[KIND_BOOL] = "boolean", [KIND_ARRAY] = "array", [KIND_OBJECT] = "object"};
	const struct json *value = NULL;
	gw_status status = need_member(object, key, &value, err);

	if (status)
		return status;
	if (!is_kind(value, kind))
		return error_set(err, GW_ERR_SYNTAX, "member '%s': not of type %s", key, names[kind]);
	*ret = value;
	return GW_OK;
}

gw_status json_get_bool(const struct json *object, const char *key, bool *ret, struct error *err)
{
	const struct json *value = NULL;
	gw_status status = need_kind(object, key, KIND_BOOL, &value, err);

	if (!status)
		*ret = *value->text == 't';
	return status;
}

gw_status json_get_array(const struct json *object, const char *key, const struct json **ret, struct error *err)
{
	return need_kind(object, key, KIND_ARRAY, ret, err);
}

gw_status json_get_object(const struct json *object, const char *key, const struct json **ret, struct error *err)
{
	return need_kind(object, key, KIND_OBJECT, ret, err);
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
