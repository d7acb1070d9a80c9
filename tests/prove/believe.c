/* SPDX-License-Identifier: MIT
 *
 * What a watcher of the small world believes of the chain, as belief.c does it: what blocks tell, and the fetches of
 * the witness. The keys are witnesses.c's own.
 */
#include <string.h>

#include "world.h"

#define MONO_0_MS    1000000
#define OLD_S	     30 /* an older block says what was */
#define SLOTS_KNOWN  16
#define IRREVERSIBLE 5 /* blocks */
#define TX_TAG	     16

struct gw_now host_now(const struct world *w, const struct host *h)
{
	return (struct gw_now){.wall_ms = w->now_ms,
			       .mono_ms = w->now_ms - (int64_t)GENESIS_S * 1000 + MONO_0_MS,
			       .chain_ms = h->clock_known ? w->now_ms : 0};
}

/* What the driver answers is of a state that our blocks have not reached, or have left behind. */
static bool is_elsewhere(const struct host *h)
{
	const struct link *driver = &h->links[h->driver];

	return !driver->connected || !driver->pushed || driver->num < h->head_num;
}

/* As far back as the block before the head, or that one's parent where it charged the witness. */
static void fill_unmissed(const struct world *w, const struct block_model *head, struct chain_view *view)
{
	const struct block_model *parent = head != NULL ? state_at(w, head->num - 1, head->parent_slot) : NULL;
	const bool missed = parent != NULL && block_charged(w, parent);

	if (head == NULL)
		return;
	view->unmissed_num = head->num - 1 - missed;
	id_text(view->unmissed_id, view->unmissed_num, missed ? parent->parent_slot : head->parent_slot, 0);
}

struct chain_view host_view(const struct world *w, const struct host *h, const struct run *run)
{
	struct chain_view view = {.valid = h->valid && h->head_num != 0 && h->links[h->driver].connected,
				  .interval_s = INTERVAL_S,
				  .scheduled = ROUND};
	const struct block_model *head = state_at(w, h->head_num, h->head_slot);
	const uint32_t next = (uint32_t)((w->now_ms / 1000 - GENESIS_S) / INTERVAL_S) + 1;

	view.seq = h->seq;
	view.driver_epoch = h->epoch;
	view.next_slot_time_s = slot_time_s(next);
	memcpy(view.signing_key, h->watched.key.key, sizeof(view.signing_key));
	if (h->head_num == 0)
		return view;
	view.head_num = h->head_num;
	view.head_time_s = slot_time_s(h->head_slot);
	view.irreversible = h->head_num - IRREVERSIBLE;
	id_text(view.head_id, h->head_num, h->head_slot, 0);
	fill_unmissed(w, head, &view);
	for (uint32_t i = 0; i < SLOTS_KNOWN; i++)
		view.slots[i] = (next + i) % ROUND == 0 && !(run->setting->planted & PLANTED_BLIND_TO_SLOTS)
					? SLOT_OURS
					: SLOT_OTHER;
	return view;
}

/* ---- the witness ------------------------------------------------------------------------------------------------ */

struct witnesses host_witnesses(struct host *h)
{
	return (struct witnesses){.max = 1, .used = 1, .list = &h->watched};
}

void host_want_fetch(struct host *h)
{
	witnesses_want(&h->watched);
}

/* From the driver, and from the others where they are to confirm. Before its first block on this connection the
 * driver's answers are of a state that our blocks have not reached. */
static void begin_fetches(struct host *h, const struct gw_now *now, const struct run *run)
{
	const uint32_t links = run->setting->confirm_nodes > 1 ? LINKS_MAX : 1;

	if (is_elsewhere(h))
		return;
	for (uint32_t l = 0; l < LINKS_MAX; l++) {
		struct fetch *fetch = &h->watched.fetches[l];

		if (!fetch->wanted || fetch->ticket != 0)
			continue;
		fetch->wanted = false;
		if (l != h->driver && (links == 1 || !h->links[l].connected))
			continue;
		fetch->ticket = 1;
		fetch->begun_ms = now->mono_ms;
		fetch->begun_seq = h->seq;
		fetch->begun_block = h->head_num;
		fetch->begun_time_s = slot_time_s(h->head_slot);
	}
}

static void raise_witness(struct world *w, uint32_t n, uint32_t link, const struct fetch *fetch,
			  const struct witness_answer *answer, struct run *run)
{
	struct host *h = &w->hosts[n];
	const struct key_belief *key = &h->watched.key;
	struct gw_witness_event event = {.struct_size = sizeof(event), .cause = GW_WITNESS_FETCHED, .exists = 1};
	struct monitor_actions out;

	event.now = host_now(w, h);
	event.endpoint = link;
	event.from_driver = link == h->driver;
	event.key_trusted = key->trusted;
	event.null_origin = key->null_origin;
	event.key_seq = key->seq;
	event.key_block = key->block;
	event.begun_seq = fetch->begun_seq;
	event.begun_block = fetch->begun_block;
	event.driver_epoch = h->epoch;
	event.total_missed = answer->total_missed;
	event.last_confirmed = answer->last_confirmed;
	memcpy(event.witness, WITNESS, sizeof(WITNESS));
	memcpy(event.signing_key, key->key, sizeof(event.signing_key));
	memcpy(event.fetched_key, answer->signing_key, sizeof(event.fetched_key));
	out.count = 0;
	monitor_witness(&h->monitor, &event, &out);
	host_act(w, n, &out, run);
}

static void take_answer(struct world *w, uint32_t n, uint32_t link, const struct witness_answer *answer,
			struct run *run)
{
	struct host *h = &w->hosts[n];
	struct fetch *fetch = &h->watched.fetches[link];
	const struct standing standing = {.mono_ms = host_now(w, h).mono_ms,
					  .head_num = h->head_num,
					  .head_time_s = slot_time_s(h->head_slot),
					  .round_s = ROUND * INTERVAL_S,
					  .skipping_blocks = run->setting->skipping_blocks};

	if (link == h->driver)
		witness_learn(&h->watched, fetch, answer, &standing);
	raise_witness(w, n, link, fetch, answer, run);
	const struct gw_now now = host_now(w, h);

	begin_fetches(h, &now, run);
}

static void answer_fetches(struct world *w, uint32_t n, uint32_t link, struct run *run)
{
	struct host *h = &w->hosts[n];
	struct fetch *fetch = &h->watched.fetches[link];
	const struct golosd *golosd = &w->golosds[link_golosd(n, link)];
	const struct block_model *state = state_at(w, golosd->head_num, golosd->head_slot);
	struct witness_answer answer = {.exists = true, .owner = WITNESS};

	if (state == NULL)
		return;
	memcpy(answer.signing_key, key_text(pending_key(w, link_golosd(n, link))), GW_KEY_SIZE);
	answer.total_missed = state->total_missed;
	answer.last_confirmed = state->confirmed;
	while (fetch->ticket != 0 && h->links[link].connected) {
		fetch->ticket = 0;
		take_answer(w, n, link, &answer, run);
	}
}

void host_fetched(struct world *w, uint32_t n, struct run *run)
{
	for (uint32_t l = LINKS_MAX; l-- > 0;)
		answer_fetches(w, n, l, run);
	host_settle(w, n, run);
}

/* ---- one block -------------------------------------------------------------------------------------------------- */

static bool is_filled(const struct world *w, uint32_t slot, uint32_t until_num)
{
	for (uint32_t i = 0; i < BLOCKS_MAX; i++)
		if (w->blocks[i].slot == slot && w->blocks[i].num != 0)
			return w->blocks[i].num <= until_num;
	return false;
}

static const char *owner_of(uint32_t slot)
{
	return slot % ROUND == 0 ? WITNESS : "others";
}

static void fill_slot(struct gw_slot *slot, uint32_t number, bool filled, bool charged)
{
	memset(slot, 0, sizeof(*slot));
	strncpy(slot->witness, owner_of(number), sizeof(slot->witness) - 1);
	slot->filled = filled;
	slot->charged = charged;
}

#define GAP_MAX 64
struct block_payload {
	struct gw_block_event event;
	struct gw_slot missed[GAP_MAX], round[ROUND];
	struct gw_key_update updates[UPDATES_MAX];
	const struct gw_slot *missed_list[GAP_MAX], *round_list[ROUND];
	const struct gw_key_update *update_list[UPDATES_MAX];
	struct block_update shown[UPDATES_MAX];
	struct block_transaction transactions[UPDATES_MAX];
};

static void fill_slots(const struct world *w, const struct host *h, const struct block_model *b,
		       struct block_payload *p)
{
	struct gw_block_event *e = &p->event;
	const struct block_model *before = chain_block(w, b->num - 1);

	if (before != NULL && before->slot >= h->window_slot)
		e->skipped = b->slot - before->slot - 1;
	for (uint32_t i = 0; i < e->skipped && i < GAP_MAX; i++) {
		p->missed_list[i] = &p->missed[i];
		fill_slot(&p->missed[e->missed_count++], b->slot - e->skipped + i, false,
			  (b->slot - e->skipped + i) % ROUND != 0 || b->signer == KEY_UNKNOWN);
	}
	e->round_count = b->slot - h->window_slot + 1 < ROUND ? b->slot - h->window_slot + 1 : ROUND;
	for (uint32_t i = 0; i < e->round_count; i++) {
		uint32_t slot = b->slot - e->round_count + 1 + i;

		fill_slot(&p->round[i], slot, is_filled(w, slot, b->num), false);
		p->round_list[i] = &p->round[i];
	}
	e->missed = p->missed_list;
	e->round = p->round_list;
}

static void fill_updates(const struct block_model *b, struct block_payload *p)
{
	for (uint32_t i = 0; i < b->update_count; i++) {
		const struct update *u = &b->updates[i];

		memcpy(p->shown[i].owner, WITNESS, sizeof(WITNESS));
		memcpy(p->shown[i].signing_key, key_text(u->key), GW_KEY_SIZE);
		memcpy(p->updates[i].witness, WITNESS, sizeof(WITNESS));
		memcpy(p->updates[i].signing_key, key_text(u->key), GW_KEY_SIZE);
		p->updates[i].ref_block_num = (uint16_t)u->tapos_num;
		p->update_list[i] = &p->updates[i];
		id_text(p->transactions[i].id, u->tapos_num, u->expires_slot, (uint32_t)TX_TAG + u->by);
	}
	p->event.updates = p->update_list;
	p->event.update_count = b->update_count;
}

/* A block that was read later does not say which key signed it. */
static void fill_payload(const struct world *w, const struct host *h, const struct block_model *b, uint32_t undone,
			 struct block_payload *p)
{
	struct gw_block_event *e = &p->event;
	const bool read = b->num <= h->read_until;

	memset(p, 0, sizeof(*p));
	e->struct_size = sizeof(*e);
	e->now = host_now(w, h);
	e->seq = h->seq;
	e->num = b->num;
	e->undone = undone;
	e->time_s = slot_time_s(b->slot);
	if (read || w->now_ms - e->time_s * 1000 > OLD_S * 1000)
		e->flags = GW_BLOCK_CAUGHT_UP;
	id_text(e->id, b->num, b->slot, 0);
	id_text(e->previous, b->num - 1, b->parent_slot, 0);
	strncpy(e->witness, b->signer == KEY_UNKNOWN ? "others" : WITNESS, sizeof(e->witness) - 1);
	if (!read)
		strncpy(e->signing_key, b->signer == KEY_UNKNOWN ? "GLSothers" : key_text(b->signer),
			sizeof(e->signing_key) - 1);
	fill_slots(w, h, b, p);
	fill_updates(b, p);
	e->scheduled = ROUND;
	e->interval_s = INTERVAL_S;
	e->driver_epoch = h->epoch;
	e->irreversible = b->num - IRREVERSIBLE;
}

/* Keys, and what the block makes worth asking for. */
static void believe_block(struct world *w, struct host *h, struct block_payload *p, const struct block_model *b)
{
	const struct gw_block_event *e = &p->event;
	const bool is_old = e->flags != 0;
	struct witnesses witnesses = host_witnesses(h);
	struct block block = {.num = b->num, .has_transactions = true, .update_count = b->update_count};

	memcpy(block.witness, e->witness, sizeof(block.witness));
	memcpy(block.signing_key, e->signing_key, sizeof(block.signing_key));
	block.updates = p->shown;
	if (e->undone > 0) {
		h->valid = 0;
		witnesses_undo(&witnesses, b->num - 1, h->seq, b->num);
	}
	h->head_num = b->num;
	h->head_slot = b->slot;
	h->clock_known |= w->now_ms - e->time_s * 1000 < INTERVAL_S * 1000;
	witnesses_missed(&witnesses, p->missed, e->missed_count, h->seq, b->num);
	witnesses_block(&witnesses, &block, h->seq);
	if (!is_old)
		witnesses_want_joined(&witnesses);
	/* the witness's own blocks stand for check_interval */
	if (b->signer != KEY_UNKNOWN || !h->watched.key.trusted)
		witnesses_want(&h->watched);
}

void host_block(struct world *w, uint32_t n, const struct block_model *b, uint32_t undone, struct run *run)
{
	struct host *h = &w->hosts[n];
	struct deeds deeds = {.w = w, .n = n, .run = run};
	const struct carrier_effects e = host_effects(&deeds);
	const struct block_model *before = chain_block(w, b->num - 1);
	struct block_payload p;
	struct monitor_actions out;

	h->seq++;
	if (h->window_slot == 0)
		h->window_slot = b->slot;
	else if (h->window_slot + 3 * ROUND < b->slot)
		h->window_slot = 1; /* as far back as anybody asks */
	fill_payload(w, h, b, undone, &p);
	believe_block(w, h, &p, b);
	h->landed_said = 0;
	h->heard_slot = b->hides ? b->slot : h->heard_slot;
	carrier_block(&h->carrier, &p.event, p.transactions, b->update_count, &e);
	out.count = 0;
	monitor_block(&h->monitor, &p.event, &out);
	host_act(w, n, &out, run);
	if (b->num > h->read_until)
		begin_fetches(h, &p.event.now, run);
	if (before != NULL)
		check_seen(w, n, before, b, run);
	h->landed_said = 0;
	host_settle(w, n, run);
}
