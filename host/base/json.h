/* SPDX-License-Identifier: MIT
 *
 * JSON, strictly. A `struct json` is a value of a parsed tree; every function borrows it but json_free, which releases
 * a root. Any thread.
 *
 * Every getter checks presence, type and range, and on failure names the member in *err ("member 'num': …").
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>

#include "base/error.h"
#include "base/json_writer.h"

struct json;

/* golosd lets proposals hold proposals, so that anybody can nest a block's JSON: about 200 brackets get in over its own
 * API (tests/recordings/README.md 55). Such a block must stay readable. */
#define JSON_DEPTH_MAX 512
/* Bytes of memory that one tree may take, where its text is longer than JSON_ALWAYS_READ. A block of golosd's largest
 * size (2 MiB packed, some 6 MiB of JSON) must never blind the watcher. A hostile message of 32 MiB must not take 30
 * times that. The smallest values, in 8 MiB of text, take 120 MiB. */
#define JSON_MEMORY_MAX	 (64u << 20)
#define JSON_ALWAYS_READ (8u << 20)

/* Parses exactly one value and nothing but white space after it. GW_ERR_SYNTAX, with the place: duplicate keys, single
 * quotes, NaN, invalid UTF-8, a NUL (\u0000) in a key. Also depth above JSON_DEPTH_MAX, and whole numbers beyond 64
 * bits. GW_ERR_RANGE: the tree would take too much memory. A NUL in a string is accepted, and no getter returns such a
 * string. Anybody may put one into a memo on the chain, and that must not make the whole block unreadable. The text
 * need not be NUL-terminated. *ret is NULL for the text `null`. */
NODISCARD gw_status json_parse(struct json **ret, const char *text, size_t len, struct error *err);
void json_free(struct json *root); /* NULL is fine */

bool json_is_object(const struct json *value);
bool json_is_array(const struct json *value);
bool json_is_null(const struct json *value); /* a NULL pointer is null */
bool json_is_string(const struct json *value);

/* A member or element; false where it is absent. *ret may then be left unset. A JSON null gives true and NULL. */
bool json_member(const struct json *object, const char *key, const struct json **ret);
size_t json_array_size(const struct json *array);
const struct json *json_element(const struct json *array, size_t index);

/* Text of a string value: borrowed, and its length (ret_len may be NULL). NULL where it is not a string or holds a NUL.
 */
const char *json_string(const struct json *value, size_t *ret_len);

/* Members of an object, checked. `key` absent or of another type: GW_ERR_SYNTAX; outside its limits: GW_ERR_RANGE. */
NODISCARD gw_status json_get_text(const struct json *object, const char *key, char *ret, size_t size,
				  struct error *err);
/* Accepts a whole number, or (golosd sends big ones so) a string of decimal digits. */
NODISCARD gw_status json_get_u64(const struct json *object, const char *key, uint64_t max, uint64_t *ret,
				 struct error *err);
NODISCARD gw_status json_get_i64(const struct json *object, const char *key, int64_t min, int64_t max, int64_t *ret,
				 struct error *err);
NODISCARD gw_status json_get_bool(const struct json *object, const char *key, bool *ret, struct error *err);
NODISCARD gw_status json_get_array(const struct json *object, const char *key, const struct json **ret,
				   struct error *err);
NODISCARD gw_status json_get_object(const struct json *object, const char *key, const struct json **ret,
				    struct error *err);
/* As json_get_u64, of a value that is no member. */
NODISCARD gw_status json_read_u64(const struct json *value, uint64_t max, uint64_t *ret, struct error *err);
/* golosd's time: "YYYY-MM-DDTHH:MM:SS", UTC, to seconds since 1970. */
NODISCARD gw_status json_get_time(const struct json *object, const char *key, int64_t *ret, struct error *err);

/* Calls visit for each member in order until it returns something else than GW_OK, and returns that. */
gw_status json_each(const struct json *object,
		    gw_status (*visit)(void *context, const char *key, const struct json *value), void *context);

void json_put(struct json_writer *w, const char *key, const struct json *value);
/* Compact text of a value, "null" for NULL. Caller frees. */
char *json_text(const struct json *value);

#endif
