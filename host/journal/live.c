/* SPDX-License-Identifier: MIT
 *
 * See live.h. Runs in golos-watchd.
 */
#include "journal/live.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

struct live_submission {
	struct live_submission *next;
	char *instance;
	struct submission_record record;
	enum submission_end end;
};

static void forget_at(struct live_submission **at)
{
	struct live_submission *live = *at;

	*at = live->next;
	free(live->instance);
	free(live);
}

static void forget_past(struct live_submission **at, const char *instance)
{
	while (*at) {
		if ((*at)->end == SUBMISSION_MAY_COME && strcmp((*at)->instance, instance) == 0)
			forget_at(at);
		else
			at = &(*at)->next;
	}
}

void live_keep(struct live_submission **all, const char *instance, const struct submission_record *record,
	       enum submission_end end)
{
	struct live_submission *live = xcalloc(1, sizeof(*live));

	live_end(all, record->id, SUBMISSION_OVER);
	forget_past(all, instance);
	live->instance = xstrdup(instance);
	live->record = *record;
	live->end = end;
	live->next = *all;
	*all = live;
}

void live_end(struct live_submission **all, uint64_t id, enum submission_end end)
{
	struct live_submission **at = all;

	while (*at && (*at)->record.id != id)
		at = &(*at)->next;
	if (!*at)
		return;
	(*at)->end = end;
	if (end == SUBMISSION_OVER)
		forget_at(at);
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
		forget_at(all);
}
