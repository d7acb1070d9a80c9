/* SPDX-License-Identifier: MIT
 *
 * Writing JSON: a growing text, so that no tree is built for an answer. Any thread, one writer per thread.
 */
#ifndef BASE_JSON_WRITER_H
#define BASE_JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_writer {
	char *text; /* NUL-terminated; owned; free with json_writer_done */
	size_t len, cap;
	bool comma; /* the next value needs a comma before it */
};

void json_writer_init(struct json_writer *w);
void json_writer_done(struct json_writer *w);
/* The text instead: caller frees. */
char *json_writer_take(struct json_writer *w);
/* key: NULL inside an array or at the top. Text is escaped; invalid UTF-8 becomes U+FFFD. */
void json_open(struct json_writer *w, const char *key, char bracket); /* '{' or '[' */
void json_close(struct json_writer *w, char bracket);		      /* '}' or ']' */
void json_put_text(struct json_writer *w, const char *key, const char *text);
void json_put_i64(struct json_writer *w, const char *key, int64_t value);
void json_put_u64(struct json_writer *w, const char *key, uint64_t value);
void json_put_bool(struct json_writer *w, const char *key, bool value);
void json_put_null(struct json_writer *w, const char *key);
void json_put_raw(struct json_writer *w, const char *key, const char *json); /* a value already in JSON */
/* The same of so many bytes; a NUL in a text is escaped. */
void json_put_bytes(struct json_writer *w, const char *key, const char *text, size_t len);
/* As json_put_raw for golosd, whose reader knows \t \n \r \" \\ \/ alone, and takes any other escaped character for
 * itself (docs/protocol.md 5). So every other escape is written as the raw bytes that it means. A NUL becomes
 * U+FFFD. */
void json_put_raw_for_golosd(struct json_writer *w, const char *key, const char *json);

/* What the escape at `at` means, of which `left` bytes may be read; half of a surrogate pair is U+FFFD. Returns its
 * bytes; 0: none of JSON's begins there. */
size_t json_unescape(const char *at, size_t left, uint32_t *ret_code);

#endif
