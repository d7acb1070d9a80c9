/* SPDX-License-Identifier: MIT
 *
 * Requests read as golosd reads them, which is not strict JSON: text after the first value is ignored, commas may be
 * missing or too many, of equal keys the first counts, a bare word is a string, \u is not decoded, 100 brackets are too
 * deep (tests/recordings/README.md 44 to 55). Source: golosd's fc/io/json.cpp, variant.cpp. Pure.
 */
#ifndef DEVNET_VARIANT_H
#define DEVNET_VARIANT_H

#include "base/json_writer.h"

#define VARIANT_DEPTH_MAX 100

enum variant_type {
	VARIANT_NULL,
	VARIANT_BOOL,
	VARIANT_INTEGER,
	VARIANT_DOUBLE,
	VARIANT_STRING,
	VARIANT_ARRAY,
	VARIANT_OBJECT
};

struct variant {
	enum variant_type type;
	char *text; /* BOOL, numbers: as written; STRING: its text, NUL-terminated */
	size_t count;
	char **keys;		 /* OBJECT */
	struct variant **values; /* ARRAY, OBJECT */
};

enum variant_failure { VARIANT_EMPTY, VARIANT_SYNTAX, VARIANT_TOO_DEEP };

/* NULL: no value; *ret_failure says why. Caller frees. */
struct variant *variant_parse(const char *text, size_t len, enum variant_failure *ret_failure);
void variant_free(struct variant *value);

const struct variant *variant_member(const struct variant *object, const char *key); /* NULL: none, or no object */
const struct variant *variant_element(const struct variant *array, size_t index);    /* NULL likewise */
/* fc's as_string: strings, numbers, true, false; null is "". NULL for arrays and objects. */
const char *variant_as_text(const struct variant *value);
/* fc's as_uint64: a whole number or a string of one; false where it throws. */
bool variant_as_u64(const struct variant *value, uint64_t *ret);
const char *variant_type_name(const struct variant *value); /* as in golosd's messages: "string_type" */
void variant_write(struct json_writer *w, const char *key, const struct variant *value);

#endif
