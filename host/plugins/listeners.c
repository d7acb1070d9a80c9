/* SPDX-License-Identifier: MIT
 * See listeners.h. Runs in golos-watchd. */
#include "plugins/listeners.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash_table.h"
#include "base/memory.h"

struct listeners {
	UT_hash_handle hh;
	struct listener_list who;
	char witness[GW_ACCOUNT_SIZE];
};

static struct listeners *find(const struct listeners *all, const char *witness)
{
	struct listeners *found;

	HASH_FIND_STR(all, witness, found);
	return found;
}

void listeners_add(struct listeners **all, const char *witness, struct instance *instance)
{
	struct listeners *of = find(*all, witness);

	if (!of) {
		of = xcalloc(1, sizeof(*of));
		strncpy(of->witness, witness, sizeof(of->witness) - 1);
		HASH_ADD_STR(*all, witness, of);
	}
	of->who.list = xrealloc(of->who.list, of->who.count + 1, sizeof(*of->who.list));
	of->who.list[of->who.count++] = instance;
}

void listeners_remove(struct listeners **all, const char *witness, const struct instance *instance)
{
	struct listeners *of = find(*all, witness);
	size_t kept = 0;

	if (!of)
		return;
	for (size_t i = 0; i < of->who.count; i++)
		if (of->who.list[i] != instance)
			of->who.list[kept++] = of->who.list[i];
	of->who.count = kept;
	if (kept > 0)
		return;
	HASH_DEL(*all, of);
	free(of->who.list);
	free(of);
}

const struct listener_list *listeners_of(const struct listeners *all, const char *witness)
{
	const struct listeners *of = find(all, witness);

	return of ? &of->who : NULL;
}
