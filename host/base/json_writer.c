/* SPDX-License-Identifier: MIT
 * Writing JSON. Host and command line. */
#include "base/json_writer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/utf8.h"

void json_writer_init(struct json_writer *w)
{
	*w = (struct json_writer){.text = xcalloc(1, 256), .cap = 256};
}

void json_writer_done(struct json_writer *w)
{
	free(w->text);
	*w = (struct json_writer){0};
}

static void append(struct json_writer *w, const char *text, size_t len)
{
	while (w->cap - w->len <= len) {
		w->text = xrealloc(w->text, w->cap, 2);
		w->cap *= 2;
	}
	memcpy(w->text + w->len, text, len);
	w->len += len;
	w->text[w->len] = '\0';
}

static void append_escaped(struct json_writer *w, const char *text)
{
	static const char short_forms[] = "\"\"\\\\\bb\ff\nn\rr\tt"; /* pairs: character and its letter */
	const char *end = text + strlen(text);

	append(w, "\"", 1);
	while (text < end) {
		size_t len = utf8_length(text, (size_t)(end - text));
		const char *pair = short_forms;
		char escape[8];

		while (*pair && *pair != *text)
			pair += 2;
		if (len == 0)
			append(w, "\xef\xbf\xbd", 3); /* U+FFFD */
		else if (*pair)
			append(w, (const char[]){'\\', pair[1]}, 2);
		else if ((unsigned char)*text < 0x20)
			append(w, escape, (size_t)snprintf(escape, sizeof(escape), "\\u%04x", (unsigned)*text));
		else
			append(w, text, len);
		text += len ? len : 1;
	}
	append(w, "\"", 1);
}

/* What stands before a value: the comma, the key. */
static void begin_value(struct json_writer *w, const char *key)
{
	if (w->comma)
		append(w, ",", 1);
	if (key) {
		append_escaped(w, key);
		append(w, ":", 1);
	}
	w->comma = true;
}

void json_open(struct json_writer *w, const char *key, char bracket)
{
	begin_value(w, key);
	append(w, &bracket, 1);
	w->comma = false;
}

void json_close(struct json_writer *w, char bracket)
{
	append(w, &bracket, 1);
	w->comma = true;
}

void json_put_text(struct json_writer *w, const char *key, const char *text)
{
	begin_value(w, key);
	append_escaped(w, text);
}

void json_put_raw(struct json_writer *w, const char *key, const char *json)
{
	begin_value(w, key);
	append(w, json, strlen(json));
}

void json_put_i64(struct json_writer *w, const char *key, int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, value);
	json_put_raw(w, key, text);
}

void json_put_u64(struct json_writer *w, const char *key, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	json_put_raw(w, key, text);
}

void json_put_bool(struct json_writer *w, const char *key, bool value)
{
	json_put_raw(w, key, value ? "true" : "false");
}

void json_put_null(struct json_writer *w, const char *key)
{
	json_put_raw(w, key, "null");
}
