/* SPDX-License-Identifier: MIT
 *
 * JSON, strictly. json-c coerces, saturates, takes the last of two equal keys and more (docs/decisions/json-c.md); this
 * wrapper is the only file that includes it. A `struct json` is a value of a parsed tree; every function borrows it but
 * json_free, which releases a root. Any thread, one tree per thread.
 *
 * Every getter checks presence, type and range, and on failure names the member in *err ("member 'num': …").
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>

#include "base/error.h"

struct json; /* json-c's object, never seen as such outside json.c */

/* golosd lets proposals hold proposals, so that anybody can nest a block's JSON: about 200 brackets get in over its own
 * API (tests/recordings/README.md 55). Such a block must stay readable. */
#define JSON_DEPTH_MAX 512
/* Keys and values of one text. json-c takes some 40 bytes for each byte of "[0,0,0…": a hostile message of 32 MB would
 * become more than a gigabyte. A block of golosd's largest size (2 MiB) has a tenth of these. */
#define JSON_TOKENS_MAX 500000u

/* Parses exactly one value and nothing but white space after it. Refused with GW_ERR_SYNTAX and the place: duplicate
 * keys, single quotes, NaN, invalid UTF-8, depth above JSON_DEPTH_MAX, more than JSON_TOKENS_MAX keys and values,
 * numbers beyond 64 bits in whole form, a NUL (\u0000) in a key. A NUL in a string is let in, and no getter gives such
 * a string out: anybody may put one into a memo on the chain, and that must not make the whole block unreadable. The
 * text need not be NUL-terminated. *ret is NULL for the text `null`. */
NODISCARD gw_status json_parse(struct json **ret, const char *text, size_t len, struct error *err);
void json_free(struct json *root); /* NULL is fine */

bool json_is_object(const struct json *value);
bool json_is_array(const struct json *value);
bool json_is_null(const struct json *value); /* also a NULL pointer: json-c's null */
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

/* Compact text of a value, "null" for NULL. Caller frees. */
char *json_text(const struct json *value);

#endif
