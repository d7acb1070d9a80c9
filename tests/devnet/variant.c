/* SPDX-License-Identifier: MIT
 *
 * golosd's reading of JSON. See variant.h.
 */
#include "devnet/variant.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

struct reader {
	const char *text;
	size_t len, at;
};

static struct variant *read_value(struct reader *r);

static int peek(const struct reader *r)
{
	return r->at < r->len ? (unsigned char)r->text[r->at] : -1;
}

static void skip_space(struct reader *r)
{
	while (r->at < r->len && isspace(peek(r)))
		r->at++;
}

static void skip_commas(struct reader *r)
{
	skip_space(r);
	while (peek(r) == ',') {
		r->at++;
		skip_space(r);
	}
}

/* golosd counts the brackets of the whole text before it parses. */
static bool is_too_deep(const char *text, size_t len)
{
	int objects = 0, arrays = 0;
	bool in_string = false;
	for (size_t i = 0; i < len; i++) {
		if (in_string && text[i] == '\\')
			i++;
		else if (text[i] == '"')
			in_string = !in_string;
		else if (!in_string) {
			objects += (text[i] == '{') - (text[i] == '}');
			arrays += (text[i] == '[') - (text[i] == ']');
		}
		if (objects >= VARIANT_DEPTH_MAX || arrays >= VARIANT_DEPTH_MAX)
			return true;
	}
	return false;
}

static struct variant *new_value(enum variant_type type, char *text)
{
	struct variant *value = xcalloc(1, sizeof *value);
	value->type = type;
	value->text = text;
	return value;
}

static char unescape(char c)
{
	switch (c) {
	case 't':
		return '\t';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	default:
		return c;
	}
}

/* NULL: not a whole string. */
static char *read_quoted(struct reader *r)
{
	if (peek(r) != '"')
		return NULL;
	char *text = xcalloc(r->len - r->at + 1, 1);
	size_t len = 0;
	for (r->at++; r->at < r->len; r->at++) {
		char c = r->text[r->at];
		if (c == '"') {
			r->at++;
			return text;
		}
		if (c == 0x04)
			break; /* golosd takes it for the end of the text */
		if (c == '\\' && r->at + 1 < r->len)
			c = unescape(r->text[++r->at]);
		text[len++] = c;
	}
	free(text);
	return NULL;
}

static bool is_whole_number(const char *text)
{
	char *end = NULL;
	errno = 0;
	if (text[0] == '-')
		(void)strtoll(text, &end, 10);
	else
		(void)strtoull(text, &end, 10);
	return errno == 0 && *end == '\0';
}

static struct variant *read_number_or_word(struct reader *r)
{
	size_t begin = r->at;
	bool number = true, fraction = false;
	for (; r->at < r->len && (isalnum(peek(r)) || strchr("-._", peek(r))); r->at++) {
		int c = peek(r);
		fraction = fraction || c == '.';
		number = number && (isdigit(c) || c == '.' || (c == '-' && r->at == begin));
	}
	if (r->at == begin)
		return NULL;
	char *text = xstrndup(r->text + begin, r->at - begin);
	if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
		return new_value(VARIANT_BOOL, text);
	if (strcmp(text, "null") == 0)
		return new_value(VARIANT_NULL, text);
	if (!number)
		return new_value(VARIANT_STRING, text);
	if (fraction)
		return new_value(VARIANT_DOUBLE, text);
	if (is_whole_number(text))
		return new_value(VARIANT_INTEGER, text);
	free(text);
	return NULL;
}

static void add(struct variant *parent, char *key, struct variant *value)
{
	parent->values = xrealloc(parent->values, parent->count + 1, sizeof *parent->values);
	parent->keys = xrealloc(parent->keys, parent->count + 1, sizeof *parent->keys);
	parent->keys[parent->count] = key;
	parent->values[parent->count++] = value;
}

static bool read_member(struct reader *r, struct variant *object)
{
	char *key = read_quoted(r);
	if (!key)
		return false;
	skip_space(r);
	struct variant *value = NULL;
	if (peek(r) == ':') {
		r->at++;
		value = read_value(r);
	}
	if (!value) {
		free(key);
		return false;
	}
	add(object, key, value);
	return true;
}

static bool read_item(struct reader *r, struct variant *array)
{
	struct variant *value = read_value(r);
	if (!value)
		return false;
	add(array, NULL, value);
	return true;
}

static struct variant *read_container(struct reader *r, enum variant_type type, char end)
{
	struct variant *container = new_value(type, NULL);
	r->at++;
	for (skip_commas(r); peek(r) != end; skip_commas(r)) {
		if (type == VARIANT_OBJECT ? read_member(r, container) : read_item(r, container))
			continue;
		variant_free(container);
		return NULL;
	}
	r->at++;
	return container;
}

static struct variant *read_value(struct reader *r)
{
	skip_space(r);
	switch (peek(r)) {
	case '{':
		return read_container(r, VARIANT_OBJECT, '}');
	case '[':
		return read_container(r, VARIANT_ARRAY, ']');
	case '"': {
		char *text = read_quoted(r);
		return text ? new_value(VARIANT_STRING, text) : NULL;
	}
	default:
		return read_number_or_word(r);
	}
}

struct variant *variant_parse(const char *text, size_t len, enum variant_failure *ret_failure)
{
	struct reader r = {.text = text, .len = len};
	if (is_too_deep(text, len)) {
		*ret_failure = VARIANT_TOO_DEEP;
		return NULL;
	}
	skip_space(&r);
	*ret_failure = r.at == len ? VARIANT_EMPTY : VARIANT_SYNTAX;
	return r.at == len ? NULL : read_value(&r);
}

void variant_free(struct variant *value)
{
	if (!value)
		return;
	for (size_t i = 0; i < value->count; i++) {
		free(value->keys[i]);
		variant_free(value->values[i]);
	}
	free(value->keys);
	free(value->values);
	free(value->text);
	free(value);
}

const struct variant *variant_member(const struct variant *object, const char *key)
{
	for (size_t i = 0; object && object->type == VARIANT_OBJECT && i < object->count; i++)
		if (strcmp(object->keys[i], key) == 0)
			return object->values[i];
	return NULL;
}

const struct variant *variant_element(const struct variant *array, size_t index)
{
	return array && array->type == VARIANT_ARRAY && index < array->count ? array->values[index] : NULL;
}

const char *variant_as_text(const struct variant *value)
{
	if (!value || value->type == VARIANT_NULL)
		return "";
	return value->text;
}

bool variant_as_u64(const struct variant *value, uint64_t *ret)
{
	if (!value || (value->type != VARIANT_INTEGER && value->type != VARIANT_STRING) || value->text[0] == '\0')
		return false;
	char *end = NULL;
	errno = 0;
	uint64_t number =
		value->text[0] == '-' ? (uint64_t)strtoll(value->text, &end, 10) : strtoull(value->text, &end, 10);
	if (errno || *end || (value->type == VARIANT_STRING && !isdigit((unsigned char)value->text[0])))
		return false;
	*ret = number;
	return true;
}

const char *variant_type_name(const struct variant *value)
{
	switch (value->type) {
	case VARIANT_NULL:
		return "null_type";
	case VARIANT_BOOL:
		return "bool_type";
	case VARIANT_INTEGER:
		return value->text[0] == '-' ? "int64_type" : "uint64_type";
	case VARIANT_DOUBLE:
		return "double_type";
	case VARIANT_STRING:
		return "string_type";
	case VARIANT_ARRAY:
		return "array_type";
	case VARIANT_OBJECT:
		return "object_type";
	}
	return "";
}

void variant_write(struct json_writer *w, const char *key, const struct variant *value)
{
	switch (value->type) {
	case VARIANT_NULL:
		json_put_null(w, key);
		return;
	case VARIANT_BOOL:
	case VARIANT_INTEGER:
		json_put_raw(w, key, value->text);
		return;
	case VARIANT_DOUBLE: /* golosd writes a double as a string */
	case VARIANT_STRING:
		json_put_text(w, key, value->text);
		return;
	case VARIANT_ARRAY:
	case VARIANT_OBJECT: {
		bool object = value->type == VARIANT_OBJECT;
		json_open(w, key, object ? '{' : '[');
		for (size_t i = 0; i < value->count; i++)
			variant_write(w, object ? value->keys[i] : NULL, value->values[i]);
		json_close(w, object ? '}' : ']');
		return;
	}
	}
}
