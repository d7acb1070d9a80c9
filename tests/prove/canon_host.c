/* SPDX-License-Identifier: MIT
 *
 * A watcher in canonical form: its submission, its belief, its process.
 */
#include <string.h>

#include "canon.h"

#define WHOLE (ROUND + 3)

/* ---- the submission ---------------------------------------------------------------------------------------------- */

static void reduce_record(struct submission_record *r, const struct canon *b)
{
	canon_num(&r->intent.evidence_num, b);
	canon_id(r->intent.evidence_id, b);
	canon_num(&r->tapos_num, b);
	canon_id(r->tapos_id, b);
	canon_past32_s(&r->expiration_s, b);
	if (b->collects)
		return;
	if (r->id != 0)
		r->id = b->submissions - r->id + 1;
}

static void reduce_submission(struct submission *s, const struct canon *b)
{
	reduce_record(&s->record, b);
	canon_num(&s->block_num, b);
	canon_mono_ms(&s->begun_ms, -AWHILE_S * INT64_C(1000), b);
	canon_mono_ms(&s->ask_at_ms, -1000, b);
	canon_mono_ms(&s->pending_since_ms, -AWHILE_S * INT64_C(1000), b);
	canon_mono_ms(&s->wake_ms, -1000, b);
	canon_mono_ms(&s->checked_ms, -60000, b);
	for (uint32_t i = 0; i < ENDPOINTS_MAX; i++)
		canon_mono_ms(&s->offers[i].again_ms, -1000, b);
	canon_past32_s(&s->alive_until_s, b);
	canon_past32_s(&s->older_until_s, b);
	if (b->collects)
		return;
	s->said_waits = 0; /* what people were told */
	for (uint32_t i = 0; i < ENDPOINTS_MAX; i++)
		s->offers[i].reported = 0;
	if (s->ticket != 0)
		s->ticket = s->last_ticket - s->ticket + 1;
	s->last_ticket = 0;
	if (s->driver_epoch != 0)
		s->driver_epoch = s->driver_epoch == b->epoch ? 1 : 2;
	memset(s->txid, 0, sizeof(s->txid)); /* made of the record */
}

/* ---- belief ------------------------------------------------------------------------------------------------------ */

static void reduce_key(struct key_belief *key, const struct canon *b)
{
	canon_seq(&key->seq, b);
	key->block = 0; /* no rule reads it */
}

/* It tells the chain's own null, and nothing else. */
static void reduce_told(struct report *told, const struct canon *b)
{
	if (b->setting->skipping_blocks == 0)
		memset(told, 0, sizeof(*told));
	canon_seq(&told->seq, b);
	if (told->known)
		canon_missed32(&told->total_missed, b);
}

/* Changes that no fork takes back are gone. */
static void reduce_history(struct watched *watched, const struct canon *b)
{
	uint32_t old = 0;

	while (old < watched->changes && watched->history[old].num < b->oldest)
		old++;
	watched->changes -= old;
	memmove(&watched->history[0], &watched->history[old], watched->changes * sizeof(watched->history[0]));
	memset(&watched->history[watched->changes], 0, (KEY_HISTORY - watched->changes) * sizeof(watched->history[0]));
	for (uint32_t i = 0; i < watched->changes; i++) {
		canon_num(&watched->history[i].num, b);
		reduce_key(&watched->history[i].before, b);
	}
}

static void reduce_fetch(struct fetch *fetch, const struct canon *b)
{
	if (fetch->ticket == 0) {
		fetch->begun_ms = fetch->begun_time_s = 0;
		fetch->begun_seq = fetch->begun_block = 0;
	}
	canon_seq(&fetch->begun_seq, b);
	canon_num(&fetch->begun_block, b);
	canon_time_s(&fetch->begun_time_s, -AWHILE_S, b);
	canon_mono_ms(&fetch->begun_ms, -AWHILE_S * INT64_C(1000), b);
}

/* A first fetch alone showed it. */
static bool waits_a_round(const struct key_belief *key)
{
	return !key->trusted && key->key[0] != '\0';
}

/* A round has passed, or not. */
static void reduce_stand(struct key_stand *stand, bool waits, const struct canon *b)
{
	if (!waits)
		*stand = (struct key_stand){.time_s = 0};
	canon_time_s(&stand->time_s, -AWHILE_S, b);
	canon_mono_ms(&stand->mono_ms, -AWHILE_S * INT64_C(1000), b);
}

static void reduce_watched(struct watched *watched, const struct canon *b)
{
	reduce_history(watched, b);
	reduce_key(&watched->key, b);
	bool wait = waits_a_round(&watched->key);
	for (uint32_t i = 0; i < watched->changes; i++)
		wait |= waits_a_round(&watched->history[i].before);
	reduce_stand(&watched->first, wait, b);
	reduce_stand(&watched->pending, watched->pending_key[0] != '\0', b);
	if (b->setting->skipping_blocks == 0) /* what tells the chain's own null */
		watched->update_seq = watched->missed_seq = watched->missed_num = 0;
	reduce_told(&watched->last, b);
	canon_seq(&watched->update_seq, b);
	canon_seq(&watched->missed_seq, b);
	canon_num(&watched->missed_num, b);
	for (uint32_t l = 0; l < LINKS_MAX; l++)
		reduce_fetch(&watched->fetches[l], b);
}

/* ---- the host -----------------------------------------------------------------------------------------------------
 */

static void reduce_links(struct host *h, const struct canon *b)
{
	if (h->links[OWN].pushed || b->setting->links < 2)
		h->own_seen_ms = 0;
	canon_mono_ms(&h->own_seen_ms, -60000, b);
	for (uint32_t l = 0; l < LINKS_MAX; l++) {
		struct link *link = &h->links[l];

		if (!link->connected)
			link->num = link->slot = 0;
		canon_num(&link->num, b);
		canon_slot(&link->slot, b);
	}
}

static void forget_hold(struct host *h)
{
	h->held = 0;
	memset(&h->monitor.hold, 0, sizeof(h->monitor.hold));
	memset(&h->saved.hold, 0, sizeof(h->saved.hold));
}

void canon_host(struct host *h, struct canon *b)
{
	if (b->setting->planted & PLANTED_COARSE_FORM)
		forget_hold(h);
	b->epoch = h->epoch;
	b->submissions = h->submissions;
	if (h->read_until < h->head_num)
		h->read_until = 0;
	if (!h->carrier.busy && !h->has_record && !h->asked_send)
		h->sake = h->offered = h->replaces = 0;
	if (!h->asked_witness)
		h->ticket = 0;
	canon_num(&h->read_until, b);
	canon_num(&h->head_num, b);
	canon_seq(&h->seq, b);
	reduce_links(h, b);
	reduce_watched(&h->watched, b);
	canon_tx(&h->outgoing, b);
	canon_monitor(&h->monitor, b);
	canon_monitor(&h->saved, b);
	reduce_submission(&h->carrier.submission, b);
	reduce_record(&h->record, b);
	canon_past32_s(&h->alive_until_s, b);
	if (h->window_slot > 0 && !b->collects) { /* WHOLE slots: a block's round is known, also after a fork */
		const uint32_t known = h->head_slot - h->window_slot;

		h->window_slot = 1 + (known < WHOLE ? known : WHOLE);
	}
	canon_slot(&h->head_slot, b);
	if (b->w->blocks[0].hidden_slot == 0)
		h->heard_slot = 0;
	canon_slot(&h->heard_slot, b);
	canon_mono_ms(&h->timer_ms, -1000, b);
	if (b->collects)
		return;
	if (h->ticket != 0)
		h->ticket = 1;
	h->epoch = h->epoch != 0;
	h->submissions = 0;
}
