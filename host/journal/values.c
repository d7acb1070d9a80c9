/* SPDX-License-Identifier: MIT
 *
 * See values.h. Runs in golos-watchd.
 */
#include "journal/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

struct value *values_find(struct value *all, const char *instance, const char *key)
{
	char name[VALUES_NAME_MAX + 64];
	struct value *value;

	snprintf(name, sizeof(name), "%s\n%s", instance, key);
	HASH_FIND_STR(all, name, value);
	return value;
}

struct value *values_set(struct value **all, const char *instance, const char *key, const void *bytes, size_t len)
{
	struct value *value = values_find(*all, instance, key);

	if (!value) {
		size_t size = strlen(instance) + strlen(key) + 2;

		value = xcalloc(1, sizeof(*value) + size);
		snprintf(value->name, size, "%s\n%s", instance, key);
		HASH_ADD_STR(*all, name, value);
	}
	free(value->bytes);
	value->bytes = xcalloc(1, len);
	if (len)
		memcpy(value->bytes, bytes, len);
	value->len = len;
	return value;
}

size_t values_count(const struct value *all, const char *instance)
{
	size_t len = strlen(instance), count = 0;

	for (const struct value *value = all; value; value = value->hh.next)
		count += strncmp(value->name, instance, len) == 0 && value->name[len] == '\n';
	return count;
}

void values_free(struct value **all)
{
	struct value *value, *next;

	HASH_ITER(hh, *all, value, next)
	{
		HASH_DEL(*all, value);
		free(value->bytes);
		free(value);
	}
}
