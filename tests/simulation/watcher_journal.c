/* SPDX-License-Identifier: MIT
 *
 * The journal on a disk of virtual time: what journal.c and its listeners do in the host. One write is under way at a
 * time; where it fails it is tried again after a minute, and at once when there is another. See watcher.h.
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "watcher.h"

#define RETRY_MS     60000
#define DISK_LATE_MS 3000 /* JOURNAL_DEADLINE_MS */

static struct journal_write *write_at(struct fake_journal *journal, uint32_t i)
{
	return &journal->writes[(journal->first + i) % JOURNAL_WRITES];
}

static void work(struct watcher *w, int64_t delay_ms)
{
	world_at(w->world, delay_ms,
		 &(struct event){.type = EVENT_DISK, .who = w->index, .start = w->start, .turn = ++w->journal.turn});
}

static void watch_lateness(struct watcher *w, int64_t delay_ms)
{
	w->journal.late_is_set = true;
	world_at(w->world, delay_ms, &(struct event){.type = EVENT_LATE, .who = w->index, .start = w->start});
}

static int64_t draw_delay_ms(struct watcher *w)
{
	return dice_chance(&w->world->dice, 1000) ? 2000 : dice_between(&w->world->dice, 1, 30);
}

/* ---- writes ----------------------------------------------------------------------------------------------------- */

static void take_first(struct fake_journal *journal)
{
	free(write_at(journal, 0)->text);
	journal->first = (journal->first + 1) % JOURNAL_WRITES;
	journal->count--;
}

/* While nothing can be written, the oldest notice gives way. */
static void evict_oldest_notice(struct fake_journal *journal)
{
	uint32_t kept = 1;

	for (uint32_t i = 1; i < journal->count; i++) {
		const struct journal_write *write = write_at(journal, i);

		if (kept == i && (write->type == WRITE_NOTICE || write->type == WRITE_PROGRESS))
			continue;
		*write_at(journal, kept++) = *write;
	}
	journal->count = kept;
}

/* A newer text replaces one that is not under way yet. */
static bool replace_text(struct fake_journal *journal, const struct journal_write *write)
{
	for (uint32_t i = 1; write->type == WRITE_STORE && i < journal->count; i++) {
		struct journal_write *older = write_at(journal, i);

		if (older->type != WRITE_STORE)
			continue;
		int64_t requested_ms = older->requested_ms;
		free(older->text);
		*older = *write;
		older->requested_ms = requested_ms;
		return true;
	}
	return false;
}

void watcher_write(struct watcher *w, struct journal_write write)
{
	struct fake_journal *journal = &w->journal;

	if (replace_text(journal, &write))
		return;
	if (journal->count == JOURNAL_WRITES)
		evict_oldest_notice(journal);
	if (journal->count == JOURNAL_WRITES) {
		free(write.text);
		return;
	}
	write.requested_ms = w->world->now_ms;
	*write_at(journal, journal->count++) = write;
	if (journal->count == 1 || journal->failed)
		work(w, draw_delay_ms(w));
	if (journal->stuck)
		watch_lateness(w, 0);
	else if (!journal->late_is_set)
		watch_lateness(w, DISK_LATE_MS);
}

void watcher_keep(struct watcher *w)
{
	char text[MONITOR_SAVE_SIZE];

	if (monitor_save(&w->monitor, text) != GW_OK) {
		world_trace(w->world, "w%u: what a restart must know does not fit", w->index);
		return;
	}
	watcher_write(w, (struct journal_write){
				 .type = WRITE_STORE, .text = xstrdup(text), .hold = w->hold, .told = w->told});
}

/* ---- the disk --------------------------------------------------------------------------------------------------- */

static void answer_record(struct watcher *w, uint64_t id, bool ok)
{
	const struct carrier_effects e = watcher_effects(w);

	if (!w->carrier.busy || w->carrier.submission.record.id != id)
		return;
	if (!ok) {
		w->made_without_journal = true;
		w->refused_record = id;
	}
	if (carrier_recorded(&w->carrier, id, ok, &e))
		watcher_settle(w);
}

/* Who waits for the acknowledgement is not kept waiting; the record itself is written later. */
static void fail(struct watcher *w)
{
	struct fake_journal *journal = &w->journal;

	if (!journal->failed) {
		journal->failed = true;
		watcher_say(w, GW_CRITICAL, "journal_failed", "the journal cannot be written");
		watcher_tell_readiness(w);
	}
	for (uint32_t i = 0; i < journal->count; i++) {
		struct journal_write *write = write_at(journal, i);

		if (!write->is_waited)
			continue;
		write->is_waited = false;
		answer_record(w, write->record.id, false);
	}
}

static int64_t until_late_ms(const struct watcher *w)
{
	const struct fake_journal *journal = &w->journal;

	return journal->count ? journal->writes[journal->first].requested_ms + DISK_LATE_MS - w->world->now_ms
			      : INT64_MAX;
}

void watcher_on_late(struct watcher *w)
{
	struct fake_journal *journal = &w->journal;
	int64_t left_ms = until_late_ms(w);

	journal->late_is_set = false;
	if (left_ms <= 0) {
		journal->stuck = journal->hangs;
		fail(w);
	} else if (left_ms != INT64_MAX) {
		watch_lateness(w, left_ms);
	}
}

static void note_success(struct watcher *w)
{
	w->journal.stuck = false;
	if (until_late_ms(w) <= 0) /* what was kept waiting comes first */
		return;
	w->unrecorded_sends = 0;
	if (!w->journal.failed)
		return;
	w->journal.failed = false;
	w->made_without_journal = false;
	watcher_say(w, GW_INFO, "journal_recovered", "the journal can be written again");
	watcher_tell_readiness(w);
}

static void note_recorded(struct watcher *w, uint64_t id)
{
	w->recorded = id;
	for (uint32_t i = 0; i < TXS_KEPT; i++) {
		struct sim_tx *tx = &w->world->chain.txs[i];

		if (tx->serial != 0 && tx->sender == (int8_t)w->index && tx->submission == id)
			tx->recorded = true;
	}
}

static void put_on_disk(struct watcher *w, struct journal_write *write)
{
	struct fake_journal *journal = &w->journal;

	switch (write->type) {
	case WRITE_STORE:
		free(journal->store);
		journal->store = write->text;
		write->text = NULL;
		w->hold_kept = write->hold;
		w->told_kept = write->told;
		break;
	case WRITE_RECORD:
		journal->open = true;
		journal->record = write->record;
		journal->cause = w->cause;
		note_recorded(w, write->record.id);
		break;
	case WRITE_PROGRESS:
		journal->open = journal->open && journal->record.id != write->over;
		if (write->alive_until_s)
			journal->alive_until_s = write->alive_until_s;
		break;
	case WRITE_NOTICE:
		break;
	}
}

/* A supervisor starts it again, within the transaction's life. */
static void die(struct watcher *w)
{
	w->journal.kills = false;
	watcher_stop(w->world, w->index);
	world_at(w->world, dice_between(&w->world->dice, 100, 20000),
		 &(struct event){.type = EVENT_RESTART, .who = w->index});
}

void watcher_on_disk(struct watcher *w, const struct event *event)
{
	struct fake_journal *journal = &w->journal;
	struct journal_write done;

	if (event->turn != journal->turn || journal->count == 0 || journal->hangs)
		return;
	if (journal->full) {
		journal->stuck = false;
		fail(w);
		work(w, RETRY_MS);
		return;
	}
	done = *write_at(journal, 0);
	put_on_disk(w, write_at(journal, 0));
	take_first(journal);
	if (done.type == WRITE_RECORD && journal->kills) {
		die(w);
		return;
	}
	if (journal->count > 0)
		work(w, draw_delay_ms(w));
	note_success(w);
	if (done.is_waited)
		answer_record(w, done.record.id, true);
}

bool watcher_has_unwritten(const struct watcher *w)
{
	for (uint32_t i = 0; i < w->journal.count; i++)
		if (w->journal.writes[(w->journal.first + i) % JOURNAL_WRITES].type == WRITE_STORE)
			return true;
	return false;
}

void watcher_forget_writes(struct watcher *w)
{
	while (w->journal.count > 0)
		take_first(&w->journal);
	w->journal.failed = w->journal.stuck = w->journal.late_is_set = false;
}

/* ---- what befalls the disk -------------------------------------------------------------------------------------- */

void watcher_disk_is_full(struct world *world, uint8_t who, bool full)
{
	world_trace(world, "w%u's disk %s", who, full ? "is full" : "has room again");
	world->watchers[who].journal.full = full;
}

void watcher_dies_at_its_record(struct world *world, uint8_t who, bool dies)
{
	world->watchers[who].journal.kills = dies;
}

void watcher_disk_hangs(struct world *world, uint8_t who, bool hangs)
{
	struct watcher *w = &world->watchers[who];

	world_trace(world, "w%u's disk %s", who, hangs ? "hangs" : "answers again");
	w->journal.hangs = hangs;
	if (hangs)
		return;
	if (w->alive && w->journal.count > 0)
		work(w, draw_delay_ms(w));
	if (w->wants_start)
		watcher_start(world, who);
}
