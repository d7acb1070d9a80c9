/* SPDX-License-Identifier: MIT
 *
 * The plugins' store in memory: values by instance and key. Nothing here locks: journal.c does.
 */
#ifndef HOST_JOURNAL_VALUES_H
#define HOST_JOURNAL_VALUES_H

#include "base/hash_table.h"
#include "journal/jobs.h"

#define VALUES_NAME_MAX 200 /* bytes of an instance's name */

struct value {
	UT_hash_handle hh;
	struct job *pending; /* a PUT not yet taken up: a newer value replaces the older */
	void *bytes;
	size_t len;
	char name[]; /* instance '\n' key */
};

/* NULL: there is none. */
struct value *values_find(struct value *all, const char *instance, const char *key);
/* In the place of one of that name. The bytes are copied. */
struct value *values_set(struct value **all, const char *instance, const char *key, const void *bytes, size_t len);
size_t values_count(const struct value *all, const char *instance);
void values_free(struct value **all);

#endif
