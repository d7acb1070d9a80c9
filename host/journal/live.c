/* SPDX-License-Identifier: MIT
 *
 * See live.h. Runs in golos-watchd.
 */
#include "journal/live.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/memory.h"

struct live_submission {
	struct live_submission *next;
	char *instance;
	struct submission_record record;
	enum submission_end end;
};

static void forget(struct live_submission **all, struct live_submission *live)
{
	LL_DELETE(*all, live);
	free(live->instance);
	free(live);
}

void live_keep(struct live_submission **all, const char *instance, const struct submission_record *record,
	       enum submission_end end)
{
	struct live_submission *live, *next;

	live_end(all, record->id, SUBMISSION_OVER);
	LL_FOREACH_SAFE(*all, live, next)
	{
		if (live->end == SUBMISSION_MAY_COME && strcmp(live->instance, instance) == 0)
			forget(all, live);
	}
	live = xcalloc(1, sizeof(*live));
	live->instance = xstrdup(instance);
	live->record = *record;
	live->end = end;
	LL_PREPEND(*all, live);
}

void live_end(struct live_submission **all, uint64_t id, enum submission_end end)
{
	struct live_submission *live = *all;

	while (live && live->record.id != id)
		live = live->next;
	if (!live)
		return;
	live->end = end;
	if (end == SUBMISSION_OVER)
		forget(all, live);
}

const struct submission_record *live_find(const struct live_submission *all, const char *instance,
					  enum submission_end end)
{
	while (all && (all->end != end || strcmp(all->instance, instance) != 0))
		all = all->next;
	return all ? &all->record : NULL;
}

void live_free(struct live_submission **all)
{
	while (*all)
		forget(all, *all);
}
