/* SPDX-License-Identifier: MIT
 *
 * Writing JSON. Host and command line.
 */
#include "base/json_writer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex_digit.h"
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

char *json_writer_take(struct json_writer *w)
{
	char *text = w->text;

	*w = (struct json_writer){0};
	return text;
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

static void append_escaped(struct json_writer *w, const char *text, size_t text_len)
{
	static const char short_forms[] = "\"\"\\\\\bb\ff\nn\rr\tt"; /* pairs: character and its letter */
	const char *end = text + text_len;

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

/* Writes the comma and the key that stand before a value. */
static void begin_value(struct json_writer *w, const char *key)
{
	if (w->comma)
		append(w, ",", 1);
	if (key) {
		append_escaped(w, key, strlen(key));
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

void json_put_bytes(struct json_writer *w, const char *key, const char *text, size_t len)
{
	begin_value(w, key);
	append_escaped(w, text, len);
}

void json_put_text(struct json_writer *w, const char *key, const char *text)
{
	json_put_bytes(w, key, text, strlen(text));
}

void json_put_raw(struct json_writer *w, const char *key, const char *json)
{
	begin_value(w, key);
	append(w, json, strlen(json));
}

/* ---- escapes ------------------------------------------------------------------------------------------------------ */

/* UINT32_MAX: no four hex digits behind "\\u". */
static uint32_t hex_escape(const char *at, size_t left)
{
	uint32_t code = 0;

	if (left < 6 || at[0] != '\\' || at[1] != 'u')
		return UINT32_MAX;
	for (size_t i = 2; i < 6; i++) {
		int digit = hex_digit(at[i]);

		if (digit < 0)
			return UINT32_MAX;
		code = code << 4 | (uint32_t)digit;
	}
	return code;
}

size_t json_unescape(const char *at, size_t left, uint32_t *ret_code)
{
	static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
	const char *letter = left < 2 || !at[1] ? NULL : strchr(letters, at[1]);
	uint32_t code = hex_escape(at, left);

	if (letter) {
		*ret_code = (uint32_t)meant[letter - letters];
		return 2;
	}
	if (code == UINT32_MAX)
		return 0;
	bool is_half = code >= 0xd800 && code < 0xe000;
	uint32_t low = is_half && code < 0xdc00 ? hex_escape(at + 6, left - 6) : 0;
	bool is_pair = low >= 0xdc00 && low < 0xe000;
	*ret_code = is_pair ? 0x10000 + ((code & 0x3ff) << 10) + (low & 0x3ff) : is_half ? UTF8_REPLACEMENT : code;
	return is_pair ? 12 : 6;
}

/* ---- as golosd reads it ----------------------------------------------------------------------------------------- */

/* Its reader drops a backslash before what it does not know; a bare 0x04 ends its text. */
static void append_for_golosd(struct json_writer *w, uint32_t code)
{
	static const char escaped[] =
		"\"\"\\\\\nn\rr\tt\4\4"; /* pairs: character, and what stands behind the backslash */

	for (const char *pair = escaped; *pair; pair += 2)
		if (code == (unsigned char)*pair) {
			append(w, (const char[]){'\\', pair[1]}, 2);
			return;
		}
	char text[UTF8_BYTES_MAX];

	append(w, text, utf8_put(text, code ? code : UTF8_REPLACEMENT));
}

void json_put_raw_for_golosd(struct json_writer *w, const char *key, const char *json)
{
	const char *end = json + strlen(json);
	uint32_t code;

	begin_value(w, key);
	while (json < end) {
		size_t len = strcspn(json, "\\"); /* outside of strings there is none */

		append(w, json, len);
		json += len;
		len = json_unescape(json, (size_t)(end - json), &code);
		if (len > 0 && json[1] == '/') /* golosd knows this one */
			append(w, json, len);
		else if (len > 0)
			append_for_golosd(w, code);
		json = len ? json + len : end;
	}
}

/* ------------------------------------------------------------------------------------------------------------------ */

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
