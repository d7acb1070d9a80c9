/* SPDX-License-Identifier: MIT
 *
 * JSON, strictly. Host and command line.
 *
 * A tree is one node of 24 bytes for each value and each key. The marks of a text bound their number before any is
 * made: so the memory that a text will take is known before it is taken, and is of the text's own size.
 */
#include "base/json.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/time_text.h"
#include "base/utf8.h"

enum kind { KIND_NULL, KIND_BOOL, KIND_WHOLE, KIND_FRACTION, KIND_STRING, KIND_ARRAY, KIND_OBJECT };

/* A value, or the key before a member's value. Nodes lie in the order of the text: what is inside of a value follows
 * it.
 */
struct json {
	union {
		const char *text;	  /* string, decoded; number and bool, as in the text; with a NUL after it */
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

/* ---- the memory that a text takes at most -------------------------------------------------------------------------- */

struct sizes {
	size_t nodes; /* a value stands at the beginning, and after each opening bracket, comma and colon; a key too */
	size_t elements; /* of arrays: after each opening bracket and comma */
};

/* Of the text up to its first fault: behind that nothing is built. */
static struct sizes count(const char *text, size_t len)
{
	struct sizes sizes = {.nodes = 1};
	bool in_string = false;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '"')
			in_string = !in_string;
		else if (in_string)
			i += text[i] == '\\';
		else if (text[i] == '[' || text[i] == '{' || text[i] == ',')
			sizes.nodes++, sizes.elements++;
		else if (text[i] == ':')
			sizes.nodes++;
	}
	return sizes;
}

/* ---- the parser --------------------------------------------------------------------------------------------------- */

struct parser {
	const char *text, *at, *end;
	char *to; /* where the next text goes: with its NUL it is never longer than what it is read from */
	struct document *document;
	uint32_t node_count, element_count;
	struct error *err;
};

static gw_status refuse(const struct parser *p, const char *at, const char *what)
{
	return error_set(p->err, GW_ERR_SYNTAX, "JSON: byte %td: %s", at - p->text,
			 at == p->end ? "the text ends too soon" : what);
}

/* The first byte behind white space; NUL: the text ends. */
static char next(struct parser *p)
{
	while (p->at < p->end && *p->at && strchr(" \t\r\n", *p->at))
		p->at++;
	return p->at < p->end ? *p->at : '\0';
}

static bool take(struct parser *p, char mark)
{
	bool there = next(p) == mark;

	p->at += there;
	return there;
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

static gw_status parse_number(struct parser *p, struct json *node)
{
	const char *begin = p->at;
	bool whole = true;

	node->text = p->to;
	while (p->at < p->end && *p->at && strchr("+-.eE0123456789", *p->at))
		*p->to++ = *p->at++;
	*p->to++ = '\0';
	node->len = (uint32_t)(p->at - begin);
	if (number_end(node->text, &whole) != node->len)
		return refuse(p, begin, "not a number");
	node->kind = whole ? KIND_WHOLE : KIND_FRACTION;
	errno = 0;
	if (!whole && !isfinite(strtod(node->text, NULL)))
		return refuse(p, begin, "number out of range");
	if (whole && *begin == '-')
		(void)strtoll(node->text, NULL, 10);
	else if (whole)
		(void)strtoull(node->text, NULL, 10);
	return whole && errno == ERANGE ? refuse(p, begin, "number beyond 64 bits") : GW_OK;
}

static gw_status parse_word(struct parser *p, struct json *node)
{
	static const char *const words[] = {"null", "true", "false"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t len = strlen(words[i]);

		if ((size_t)(p->end - p->at) < len || memcmp(p->at, words[i], len) != 0)
			continue;
		*node = (struct json){.text = words[i], .len = (uint32_t)len, .kind = i ? KIND_BOOL : KIND_NULL};
		p->at += len;
		return GW_OK;
	}
	return refuse(p, p->at, "not JSON");
}

static gw_status parse_string(struct parser *p, struct json *node)
{
	const char *begin = p->at++;

	*node = (struct json){.text = p->to, .kind = KIND_STRING};
	for (; p->at < p->end && *p->at != '"';) {
		size_t left = (size_t)(p->end - p->at), len = utf8_length(p->at, left);
		uint32_t code;

		if (len == 0)
			return refuse(p, p->at, "invalid UTF-8");
		if ((unsigned char)*p->at < 0x20)
			return refuse(p, p->at, "control character in a string");
		if (*p->at == '\\') {
			len = json_unescape(p->at, left, &code);
			if (len == 0)
				return refuse(p, p->at, "no escape");
			p->to += utf8_put(p->to, code);
		} else {
			memcpy(p->to, p->at, len);
			p->to += len;
		}
		p->at += len;
	}
	if (p->at == p->end)
		return refuse(p, begin, "string without end");
	p->at++;
	node->len = (uint32_t)(p->to - node->text);
	*p->to++ = '\0';
	return GW_OK;
}

static gw_status parse_key(struct parser *p)
{
	struct json *key = &p->document->nodes[p->node_count++];

	if (next(p) != '"')
		return refuse(p, p->at, "not a key");
	const char *begin = p->at;
	gw_status status = parse_string(p, key);
	if (status)
		return status;
	if (strlen(key->text) != key->len)
		return refuse(p, begin, "NUL in a key");
	return take(p, ':') ? GW_OK : refuse(p, p->at, "a colon is missing");
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

static gw_status parse_value(struct parser *p, unsigned depth);

static gw_status parse_inside(struct parser *p, struct json *node, unsigned depth)
{
	const char *begin = p->at++;
	bool is_object = *begin == '{';

	if (depth == JSON_DEPTH_MAX)
		return refuse(p, begin, "nested too deeply");
	node->kind = is_object ? KIND_OBJECT : KIND_ARRAY;
	if (take(p, is_object ? '}' : ']'))
		return GW_OK;
	do {
		gw_status status = is_object ? parse_key(p) : GW_OK;

		if (!status)
			status = parse_value(p, depth + 1);
		if (status)
			return status;
		node->len++;
	} while (take(p, ','));
	if (!take(p, is_object ? '}' : ']'))
		return refuse(p, p->at, "a comma or an end is missing");
	if (is_object)
		return node->len > 1 && has_key_twice(node) ? refuse(p, begin, "object with a key twice") : GW_OK;
	uint32_t *elements = p->document->elements + p->element_count;
	node->elements = elements;
	p->element_count += node->len;
	for (uint32_t i = 0, at = 1; i < node->len; i++, at += node[at].span)
		elements[i] = at;
	return GW_OK;
}

static gw_status parse_value(struct parser *p, unsigned depth)
{
	uint32_t index = p->node_count++;
	struct json *node = &p->document->nodes[index];
	char first = next(p);
	gw_status status = first == '{' || first == '['	     ? parse_inside(p, node, depth)
			   : first == '"'		     ? parse_string(p, node)
			   : first == '-' || is_digit(first) ? parse_number(p, node)
							     : parse_word(p, node);

	node->span = p->node_count - index;
	return status;
}

static void document_free(struct document *document)
{
	free(document->text);
	free(document->elements);
	free(document);
}

gw_status json_parse(struct json **ret, const char *text, size_t len, struct error *err)
{
	const struct sizes most = count(text, len);
	size_t memory = len + most.nodes * sizeof(struct json) + most.elements * sizeof(uint32_t);

	if (len > INT_MAX)
		return error_set(err, GW_ERR_RANGE, "JSON: %zu bytes are too many", len);
	if (len > JSON_ALWAYS_READ && memory > JSON_MEMORY_MAX)
		return error_set(err, GW_ERR_RANGE, "JSON: %zu values in %zu bytes would take %zu MiB of memory",
				 most.nodes, len, memory >> 20);
	struct document *document = xcalloc(1, sizeof(*document) + most.nodes * sizeof(struct json));
	document->text = xcalloc(len + 1, 1);
	document->elements = xcalloc(most.elements, sizeof(*document->elements));
	struct parser p = {
		.text = text, .at = text, .end = text + len, .to = document->text, .document = document, .err = err};
	gw_status status = parse_value(&p, 0);
	if (!status && (next(&p), p.at < p.end))
		status = refuse(&p, p.at, "more than one value");
	if (!status)
		*ret = document->nodes[0].kind == KIND_NULL ? NULL : document->nodes;
	if (status || !*ret)
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

static void write_inside(struct json_writer *w, const char *key, const struct json *value)
{
	const struct json *at = value + 1;
	bool is_object = value->kind == KIND_OBJECT;

	json_open(w, key, is_object ? '{' : '[');
	for (uint32_t i = 0; i < value->len; i++) {
		const char *name = is_object ? at++->text : NULL;

		json_put(w, name, at);
		at += at->span;
	}
	json_close(w, is_object ? '}' : ']');
}

void json_put(struct json_writer *w, const char *key, const struct json *value)
{
	if (!value)
		json_put_null(w, key);
	else if (value->kind == KIND_STRING)
		json_put_bytes(w, key, value->text, value->len);
	else if (value->kind == KIND_ARRAY || value->kind == KIND_OBJECT)
		write_inside(w, key, value);
	else
		json_put_raw(w, key, value->text);
}

char *json_text(const struct json *value)
{
	struct json_writer w;

	json_writer_init(&w);
	json_put(&w, NULL, value);
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
