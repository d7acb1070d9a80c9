/* SPDX-License-Identifier: MIT
 *
 * The journal, a disk of virtual time: what journal.c does in the host. See watcher.h.
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "watcher.h"

void watcher_write(struct watcher *w, struct journal_write write)
{
	struct fake_journal *journal = &w->journal;
	int64_t delay_ms = dice_chance(&w->world->dice, 1000) ? 2000 : dice_between(&w->world->dice, 1, 30);

	if (journal->count == JOURNAL_WRITES) { /* the disk is slow: the oldest is waited for */
		free(write.text);
		return;
	}
	journal->writes[(journal->first + journal->count++) % JOURNAL_WRITES] = write;
	world_at(w->world, delay_ms, &(struct event){.type = EVENT_DISK, .who = w->index, .start = w->start});
}

void watcher_keep(struct watcher *w)
{
	char text[MONITOR_SAVE_SIZE];

	if (monitor_save(&w->monitor, text) != GW_OK) {
		world_trace(w->world, "w%u: what a restart must know does not fit", w->index);
		return;
	}
	watcher_write(w, (struct journal_write){.text = xstrdup(text), .held = w->held});
}

void watcher_on_disk(struct watcher *w)
{
	struct fake_journal *journal = &w->journal;
	struct journal_write write = journal->writes[journal->first];

	journal->first = (journal->first + 1) % JOURNAL_WRITES;
	journal->count--;
	if (write.text) {
		free(journal->store);
		journal->store = write.text;
		w->held_kept = write.held;
		return;
	}
	if (write.closes) {
		journal->open = journal->open && journal->record.id != write.closes;
		journal->alive_until_s = write.alive_until_s;
		return;
	}
	journal->open = true;
	journal->record = write.record;
	if (w->busy && w->submission.record.id == write.record.id) {
		struct sight sight = watcher_look(w);

		submission_recorded(&w->submission, true, &sight.view, &sight.now);
		watcher_settle(w);
	}
}
