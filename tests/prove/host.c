/* SPDX-License-Identifier: MIT
 *
 * A watcher of the small world: the real monitor and the real submission, with what stands between them and golosd
 * modelled as belief.c and submitter.c do it.
 */
#include <string.h>

#include "world.h"

#define MONO_0_MS     1000000
#define OLD_S	      30 /* an older block says what was */
#define SLOTS_KNOWN   16
#define IRREVERSIBLE  5 /* blocks */
#define TX_TAG	      16
#define ANSWER_ROUNDS 8 /* what one event can cause, at most */

struct gw_now host_now(const struct world *w, const struct host *h)
{
	return (struct gw_now){.wall_ms = w->now_ms,
			       .mono_ms = w->now_ms - (int64_t)GENESIS_S * 1000 + MONO_0_MS,
			       .chain_ms = h->clock_known ? w->now_ms : 0};
}

static struct chain_view view_of(const struct world *w, const struct host *h, const struct run *run)
{
	struct chain_view view = {.valid = h->valid && h->head_num != 0, .interval_s = INTERVAL_S, .scheduled = ROUND};
	const struct block_model *parent = h->head_num > 1 ? chain_block(w, h->head_num - 1) : NULL;
	const uint32_t next = (uint32_t)((w->now_ms / 1000 - GENESIS_S) / INTERVAL_S) + 1;

	view.seq = h->seq;
	view.next_slot_time_s = slot_time_s(next);
	snprintf(view.signing_key, sizeof(view.signing_key), "%s", key_text(h->key));
	if (h->head_num == 0)
		return view;
	view.head_num = h->head_num;
	view.head_time_s = slot_time_s(h->head_slot);
	view.irreversible = h->head_num - IRREVERSIBLE;
	view.passed = next - h->head_slot - 1;
	id_text(view.head_id, h->head_num, h->head_slot, 0);
	if (parent != NULL)
		id_text(view.head_previous, parent->num, parent->slot, 0);
	for (uint32_t i = 0; i < SLOTS_KNOWN; i++)
		view.slots[i] = (next + i) % ROUND == 0 && !(run->setting->planted & PLANTED_BLIND_TO_SLOTS)
					? SLOT_OURS
					: SLOT_OTHER;
	return view;
}

static struct monitor_options options_of(uint32_t n, const struct setting *setting)
{
	struct monitor_options o;

	memset(&o, 0, sizeof(o));
	snprintf(o.witness, sizeof(o.witness), "%s", WITNESS);
	snprintf(o.witness_pubkey, sizeof(o.witness_pubkey), "%s", key_text((uint8_t)n));
	for (uint32_t i = 0; i < setting->nodes; i++)
		snprintf(o.order[i], sizeof(o.order[i]), "%s", key_text((uint8_t)i));
	o.order_count = setting->nodes;
	o.miss_window_s = 3600;
	o.allowed_misses = setting->allowed_misses;
	o.max_gap = 3;
	o.max_head_age_s = 6;
	o.max_clock_skew_s = 3;
	o.min_participation = 50;
	o.max_switches = setting->max_switches;
	o.confirm_nodes = 1;
	o.null_takeover = true;
	o.preempt_delay_s = 3600;
	return o;
}

/* ---- deeds of the monitor -------------------------------------------------------------------------------------- */

/* What a restart knows is what the text tells. */
static void save(struct host *h, uint32_t n, struct run *run)
{
	const struct monitor_options options = options_of(n, run->setting);
	struct monitor_actions out = {.count = 0};
	char text[MONITOR_SAVE_SIZE];

	if (run->setting->planted & PLANTED_NO_STORE)
		return;
	monitor_init(&h->saved, &options, &out);
	if (monitor_save(&h->monitor, text) != GW_OK || monitor_load(&h->saved, text, strlen(text)) != GW_OK)
		broken(run, "what node %u saves cannot be loaded", n);
	h->has_saved = 1;
}

static void take(struct world *w, uint32_t n, struct monitor_actions *out, struct run *run);

static gw_status submit(struct world *w, uint32_t n, const struct gw_intent *asked, struct run *run)
{
	struct host *h = &w->hosts[n];
	struct gw_now now = host_now(w, h);
	struct chain_view view = view_of(w, h, run);
	struct gw_intent intent = *asked;

	if (h->busy || (view.head_time_s < h->alive_until_s && !(run->setting->planted & PLANTED_FORGETS_ALIVE)))
		return GW_ERR_BUSY;
	if (run->setting->planted & PLANTED_OLD_EVIDENCE) {
		intent.evidence_num = view.head_num - 2;
		id_text(intent.evidence_id, intent.evidence_num, chain_block(w, intent.evidence_num)->slot, 0);
	}
	submission_begin(&h->submission, ++h->submissions, &intent, &view, &now);
	submission_endpoints(&h->submission, h->connected, &now);
	monitor_submit_taken(&h->monitor, h->submissions);
	h->ordered = h->monitor.attempt.cause == MONITOR_ORDERED;
	h->busy = h->begun = 1;
	return GW_OK;
}

static gw_status act_on(struct world *w, uint32_t n, const struct monitor_action *action, struct run *run)
{
	struct host *h = &w->hosts[n];
	struct gw_now now = host_now(w, h);

	switch (action->type) {
	case MONITOR_SUBMIT:
		return submit(w, n, &action->intent, run);
	case MONITOR_CANCEL:
		tell(run, "node %u cancels: %s", n, action->text);
		if (h->busy && !(run->setting->planted & PLANTED_DEAF_TO_CANCEL))
			submission_cancel(&h->submission, action->text, &now);
		break;
	case MONITOR_NOTICE:
		tell(run, "node %u says %s: %s", n, action->code, action->text);
		if (strcmp(action->code, "cancelled_switch_landed") == 0 && action->severity == GW_CRITICAL)
			h->landed_said = 1;
		break;
	case MONITOR_SAVE:
		save(h, n, run);
		break;
	case MONITOR_WAKE: /* the world's time goes by in steps that are shorter */
		break;
	}
	return GW_OK;
}

static void take(struct world *w, uint32_t n, struct monitor_actions *out, struct run *run)
{
	struct host *h = &w->hosts[n];
	struct gw_now now = host_now(w, h);
	gw_status refused = GW_OK;

	if (out->count == MONITOR_ACTIONS_MAX)
		broken(run, "node %u: one event has filled the list of actions", n);
	for (uint32_t i = 0; i < out->count; i++) {
		gw_status status = act_on(w, n, &out->list[i], run);

		refused = status != GW_OK ? status : refused;
	}
	out->count = 0;
	if (refused == GW_OK)
		return;
	monitor_submit_failed(&h->monitor, refused, &now, out);
	take(w, n, out, run);
}

/* ---- what the submission wants --------------------------------------------------------------------------------- */

static void send(struct world *w, uint32_t n, struct run *run)
{
	struct host *h = &w->hosts[n];
	const struct submission_record *r = &h->submission.record;

	check_send(w, n, run);
	h->outgoing = (struct tx){.live = 1, .faults = h->slow ? UINT32_MAX : w->faults};
	h->outgoing.update = (struct update){.by = (uint8_t)n,
					     .key = key_of(r->intent.signing_key),
					     .replaces = key_of(r->replaces),
					     .ordered = h->ordered};
	h->outgoing.update.tapos_num = r->tapos_num;
	h->outgoing.update.tapos_slot = id_slot(r->tapos_id);
	h->outgoing.update.expires_slot = (uint32_t)((r->expiration_s - GENESIS_S) / INTERVAL_S);
	h->asked_send = 1;
}

static void do_submission(struct world *w, uint32_t n, const struct submission_action *action, struct run *run)
{
	struct host *h = &w->hosts[n];
	struct monitor_actions out;

	switch (action->type) {
	case SUBMISSION_ASK_WITNESS:
		h->asked_witness = 1;
		h->ticket = action->ticket;
		break;
	case SUBMISSION_RECORD:
		h->asked_journal = 1;
		break;
	case SUBMISSION_SIGN:
		h->asked_signer = 1;
		break;
	case SUBMISSION_SEND:
		send(w, n, run);
		break;
	case SUBMISSION_PROGRESS:
		tell(run, "node %u's switch: %s", n, action->event.text);
		out.count = 0;
		monitor_submission(&h->monitor, &action->event, &out);
		take(w, n, &out, run);
		break;
	}
}

static void drain(struct world *w, uint32_t n, struct run *run)
{
	struct host *h = &w->hosts[n];
	struct submission_action action;

	while (submission_next(&h->submission, &action))
		do_submission(w, n, &action, run);
	memset(h->submission.queue, 0, sizeof(h->submission.queue));
	h->submission.queue_first = 0;
	if (!submission_is_over(&h->submission))
		return;
	h->alive_until_s = submission_alive_until_s(&h->submission);
	h->busy = h->has_record = h->asked_witness = h->asked_journal = h->asked_signer = 0;
	memset(&h->record, 0, sizeof(h->record));
	memset(&h->submission, 0, sizeof(h->submission));
}

/* After each event: begins and drains until nothing is left to do now. */
static void settle(struct world *w, uint32_t n, struct run *run)
{
	struct host *h = &w->hosts[n];
	struct gw_now now = host_now(w, h);

	for (uint32_t i = 0; h->busy && i < ANSWER_ROUNDS; i++) {
		struct chain_view view = view_of(w, h, run);

		if (h->begun)
			submission_tick(&h->submission, &view, &now);
		h->begun = 0;
		drain(w, n, run);
	}
}

/* ---- events to the monitor ------------------------------------------------------------------------------------- */

static void raise_nodes(struct world *w, uint32_t n, struct run *run)
{
	struct host *h = &w->hosts[n];
	struct gw_node node = {.struct_size = sizeof(node), .is_own = 1, .is_driver = 1, .branch = GW_BRANCH_SAME};
	const struct gw_node *list[] = {&node};
	struct gw_nodes_event event = {.struct_size = sizeof(event), .count = 1, .nodes = list};
	struct monitor_actions out;

	event.now = host_now(w, h);
	node.connected = h->connected;
	node.url = "";
	if (h->pushed) {
		node.head_num = h->head_num;
		node.head_time_s = slot_time_s(h->head_slot);
		id_text(node.head_id, h->head_num, h->head_slot, 0);
	}
	out.count = 0;
	monitor_nodes(&h->monitor, &event, &out);
	take(w, n, &out, run);
}

static void raise_witness(struct world *w, uint32_t n, int32_t cause, const struct block_model *state, struct run *run)
{
	struct host *h = &w->hosts[n];
	struct gw_witness_event event = {.struct_size = sizeof(event), .cause = cause, .from_driver = 1, .exists = 1};
	struct monitor_actions out;

	event.now = host_now(w, h);
	snprintf(event.witness, sizeof(event.witness), "%s", WITNESS);
	snprintf(event.signing_key, sizeof(event.signing_key), "%s", key_text(h->key));
	snprintf(event.fetched_key, sizeof(event.fetched_key), "%s", key_text(pending_key(w, n)));
	event.key_trusted = h->trusted;
	event.null_origin = h->key == KEY_NULL ? GW_NULL_OPERATOR : GW_NULL_NONE;
	event.begun_seq = h->fetch_seq;
	event.begun_block = h->fetch_block;
	event.driver_epoch = h->epoch;
	event.key_seq = h->key_seq;
	event.total_missed = state->total_missed;
	event.last_confirmed = state->confirmed;
	out.count = 0;
	monitor_witness(&h->monitor, &event, &out);
	take(w, n, &out, run);
}

/* ---- belief: fetches and keys ---------------------------------------------------------------------------------- */

static void want_fetch(struct host *h)
{
	if (h->fetching) {
		h->fetch_wanted = 1;
		return;
	}
	h->fetching = 1;
	h->fetch_seq = h->seq;
	h->fetch_block = h->head_num;
}

/* An answer shows what is pending, too: only a key that stood for a round is trusted. */
static void learn_key(struct world *w, uint32_t n)
{
	struct host *h = &w->hosts[n];
	uint8_t shown = pending_key(w, n);

	if (h->trusted || h->fetch_seq < h->key_seq)
		return;
	if (shown == h->key) {
		h->trusted = w->slot >= h->first_slot + ROUND;
		return;
	}
	h->key = shown;
	h->first_slot = w->slot;
}

void host_fetched(struct world *w, uint32_t n, struct run *run)
{
	struct host *h = &w->hosts[n];
	const struct golosd *golosd = &w->golosds[n];

	while (h->fetching && h->connected) {
		const struct block_model *state = state_at(w, golosd->head_num, golosd->head_slot);

		if (state != NULL && h->head_num != 0) {
			learn_key(w, n);
			raise_witness(w, n, GW_WITNESS_FETCHED, state, run);
		}
		h->fetching = 0;
		if (h->fetch_wanted)
			want_fetch(h);
		h->fetch_wanted = 0;
	}
	settle(w, n, run);
}

static void show_key(struct host *h, uint8_t key, bool *moved)
{
	if (h->key == key && h->trusted)
		return;
	if (h->key != key)
		h->key_seq = h->seq;
	h->key = key;
	h->trusted = 1;
	*moved = true;
}

/* ---- blocks ---------------------------------------------------------------------------------------------------- */

static bool is_filled(const struct world *w, uint32_t slot, uint32_t until_num)
{
	for (uint32_t i = 0; i < BLOCKS_MAX; i++)
		if (w->blocks[i].slot == slot && w->blocks[i].num != 0)
			return w->blocks[i].num <= until_num;
	return false;
}

static void fill_slot(struct gw_slot *slot, uint32_t number, bool filled, bool charged)
{
	memset(slot, 0, sizeof(*slot));
	snprintf(slot->witness, sizeof(slot->witness), "%s", number % ROUND == 0 ? WITNESS : "other");
	slot->filled = filled;
	slot->charged = charged;
}

#define GAP_MAX 64
struct block_payload {
	struct gw_block_event event;
	struct gw_slot missed[GAP_MAX], round[ROUND];
	struct gw_key_update updates[UPDATES_MAX];
	struct block_transaction transactions[UPDATES_MAX];
};

static void fill_slots(const struct world *w, const struct host *h, const struct block_model *b,
		       struct block_payload *p)
{
	struct gw_block_event *e = &p->event;
	const struct block_model *before = chain_block(w, b->num - 1);

	if (before != NULL && before->slot >= h->window_slot)
		e->skipped = b->slot - before->slot - 1;
	for (uint32_t i = 0; i < e->skipped && i < GAP_MAX; i++)
		fill_slot(&p->missed[e->missed_count++], b->slot - e->skipped + i, false,
			  (b->slot - e->skipped + i) % ROUND != 0 || b->signer == KEY_UNKNOWN);
	e->round_count = b->slot - h->window_slot + 1 < ROUND ? b->slot - h->window_slot + 1 : ROUND;
	for (uint32_t i = 0; i < e->round_count; i++) {
		uint32_t slot = b->slot - e->round_count + 1 + i;

		fill_slot(&p->round[i], slot, is_filled(w, slot, b->num), false);
	}
	e->missed = p->missed;
	e->round = p->round;
}

static void fill_payload(const struct world *w, const struct host *h, const struct block_model *b,
			 struct block_payload *p)
{
	struct gw_block_event *e = &p->event;
	const struct block_model *before = chain_block(w, b->num - 1);

	memset(p, 0, sizeof(*p));
	e->struct_size = sizeof(*e);
	e->now = host_now(w, h);
	e->seq = h->seq;
	e->num = b->num;
	e->time_s = slot_time_s(b->slot);
	id_text(e->id, b->num, b->slot, 0);
	if (before != NULL)
		id_text(e->previous, before->num, before->slot, 0);
	snprintf(e->witness, sizeof(e->witness), "%s", b->signer == KEY_UNKNOWN ? "other" : WITNESS);
	snprintf(e->signing_key, sizeof(e->signing_key), "%s",
		 b->signer == KEY_UNKNOWN ? "GLSother" : key_text(b->signer));
	fill_slots(w, h, b, p);
	for (uint32_t i = 0; i < b->update_count; i++) {
		const struct update *u = &b->updates[i];

		snprintf(p->updates[i].witness, sizeof(p->updates[i].witness), "%s", WITNESS);
		snprintf(p->updates[i].signing_key, sizeof(p->updates[i].signing_key), "%s", key_text(u->key));
		id_text(p->transactions[i].id, u->tapos_num, u->expires_slot, (uint32_t)TX_TAG + u->by);
	}
	e->updates = p->updates;
	e->update_count = b->update_count;
	e->scheduled = ROUND;
	e->interval_s = INTERVAL_S;
	e->driver_epoch = h->epoch;
	e->irreversible = b->num - IRREVERSIBLE;
}

/* Belief's part of a block: keys, and what it makes worth asking for. True: the believed key moved. */
static bool believe_block(struct world *w, struct host *h, const struct block_payload *p, const struct block_model *b,
			  bool undone)
{
	const struct block_model *before = chain_block(w, b->num - 1);
	bool moved = false;

	if (undone) {
		h->valid = 0;
		if (h->trusted && before != NULL)
			show_key(h, before->key, &moved);
	}
	if (b->signer != KEY_UNKNOWN)
		show_key(h, b->signer, &moved);
	for (uint32_t i = 0; i < b->update_count; i++)
		show_key(h, b->updates[i].key, &moved);
	h->head_num = b->num;
	h->head_slot = b->slot;
	h->clock_known |= w->now_ms - slot_time_s(b->slot) * 1000 < INTERVAL_S * 1000;
	bool own_missed = false;
	for (uint32_t i = 0; i < p->event.missed_count; i++)
		own_missed |= strcmp(p->missed[i].witness, WITNESS) == 0;
	/* its own blocks stand for check_interval */
	if (undone || own_missed || b->update_count > 0 || b->signer != KEY_UNKNOWN || !h->trusted || !h->valid)
		want_fetch(h);
	return moved;
}

static void one_block(struct world *w, uint32_t n, const struct block_model *b, bool undone, struct run *run)
{
	struct host *h = &w->hosts[n];
	const struct block_model *before = chain_block(w, b->num - 1);
	struct block_payload p;
	struct monitor_actions out;

	h->seq++;
	if (h->window_slot == 0)
		h->window_slot = b->slot;
	fill_payload(w, h, b, &p);
	p.event.undone = undone;
	if (b->num <= h->read_until || w->now_ms - slot_time_s(b->slot) * 1000 > OLD_S * 1000)
		p.event.flags = GW_BLOCK_CAUGHT_UP;
	bool moved = believe_block(w, h, &p, b, undone);
	h->pushed = 1;
	h->landed_said = 0;
	if (h->busy) {
		struct chain_view view = view_of(w, h, run);
		submission_block(&h->submission, &p.event, p.transactions, b->update_count, &view, &p.event.now);
	}
	out.count = 0;
	monitor_block(&h->monitor, &p.event, &out);
	take(w, n, &out, run);
	if (moved)
		raise_witness(w, n, GW_WITNESS_KEY, b, run);
	raise_nodes(w, n, run);
	if (before != NULL)
		check_seen(w, n, before, b, run);
	h->landed_said = 0;
	settle(w, n, run);
}

/* Blocks that its golosd has and the watcher does not: from the head on, or from where they part. */
void host_follow(struct world *w, uint32_t n, struct run *run)
{
	struct host *h = &w->hosts[n];
	const struct golosd *golosd = &w->golosds[n];
	bool undone = false;

	if (!h->connected || !chain_holds(w, golosd->head_num, golosd->head_slot))
		return;
	if (h->head_num != 0 && !chain_holds(w, h->head_num, h->head_slot)) {
		h->head_num--;
		undone = true;
	}
	for (uint32_t num = h->head_num != 0 ? h->head_num + 1 : golosd->head_num; num <= golosd->head_num; num++) {
		const struct block_model *b = chain_block(w, num);

		if (b == NULL) { /* more than is kept: beyond what a search of this depth should see */
			broken(run, "the model does not keep so many blocks");
			return;
		}
		one_block(w, n, b, undone, run);
		undone = false;
	}
	if (!h->slow) {
		h->valid = 1;
		host_fetched(w, n, run);
	}
}

/* ---- connection and process ------------------------------------------------------------------------------------ */

void host_connection(struct world *w, uint32_t n, struct run *run)
{
	struct host *h = &w->hosts[n];
	const struct gw_now now = host_now(w, h);
	bool connected = h->alive && !h->cut && w->golosds[n].alive;

	if (!h->alive || h->connected == connected)
		return;
	h->connected = connected;
	h->pushed = h->valid = h->fetching = h->fetch_wanted = 0;
	h->read_until = w->golosds[n].head_num;
	if (h->busy)
		submission_endpoints(&h->submission, connected, &now);
	raise_nodes(w, n, run);
	if (connected && h->head_num != 0)
		want_fetch(h);
	settle(w, n, run);
	if (connected && !h->slow)
		host_fetched(w, n, run);
}

void host_kill(struct world *w, uint32_t n)
{
	struct host *h = &w->hosts[n];
	struct host kept;

	memset(&kept, 0, sizeof(kept));
	kept.cut = h->cut;
	kept.held = h->held;
	kept.ordered = h->ordered;
	kept.submissions = h->submissions;
	kept.has_saved = h->has_saved;
	kept.has_record = h->has_record;
	memcpy(&kept.saved, &h->saved, sizeof(kept.saved));
	memcpy(&kept.record, &h->record, sizeof(kept.record));
	memcpy(h, &kept, sizeof(*h));
}

void host_start(struct world *w, uint32_t n, struct run *run)
{
	struct host *h = &w->hosts[n];
	struct monitor_options options = options_of(n, run->setting);
	struct gw_readiness_event ready = {
		.struct_size = sizeof(ready), .authority = GW_READY_YES, .journal = GW_READY_YES};
	struct monitor_actions out = {.count = 0};
	struct gw_now now = host_now(w, h);

	h->alive = 1;
	h->epoch = 1;
	h->key = KEY_UNKNOWN;
	monitor_init(&h->monitor, &options, &out);
	take(w, n, &out, run);
	if (h->has_saved)
		h->monitor = h->saved;
	if (h->has_record) {
		struct chain_view view = view_of(w, h, run);

		h->busy = 1;
		submission_resume(&h->submission, &h->record, &view, &now);
	}
	ready.now = now;
	monitor_readiness(&h->monitor, &ready, &out);
	take(w, n, &out, run);
	host_connection(w, n, run);
	settle(w, n, run);
}

/* ---- time and answers ------------------------------------------------------------------------------------------ */

void host_time(struct world *w, uint32_t n, struct run *run)
{
	struct host *h = &w->hosts[n];
	struct gw_now now = host_now(w, h);
	struct monitor_actions out = {.count = 0};

	if (!h->alive)
		return;
	monitor_timer(&h->monitor, &now, &out);
	take(w, n, &out, run);
	h->begun |= h->busy && submission_wake_ms(&h->submission) <= now.mono_ms;
	settle(w, n, run);
}

bool host_wants_tick(const struct world *w, uint32_t n)
{
	const struct host *h = &w->hosts[n];

	return h->alive && h->busy && submission_wake_ms(&h->submission) <= host_now(w, h).mono_ms + 1000;
}

bool host_has_asked(const struct host *h)
{
	return h->alive && (h->asked_witness || h->asked_journal || h->asked_signer || h->asked_send);
}

/* The golosd of the node takes what was sent, and it spreads. */
static enum send_result take_tx(struct world *w, uint32_t n)
{
	const struct host *h = &w->hosts[n];
	const struct update *u = &h->outgoing.update;
	uint32_t i = 0;

	if (!h->connected)
		return SEND_NO_ANSWER;
	if (u->expires_slot <= w->golosds[n].head_slot)
		return SEND_EXPIRED;
	if (u->tapos_num > w->golosds[n].head_num || !chain_holds(w, u->tapos_num, u->tapos_slot))
		return SEND_TAPOS;
	while (i < TXS_MAX && w->txs[i].live && memcmp(&w->txs[i].update, u, sizeof(*u)) != 0)
		i++;
	if (i == TXS_MAX)
		return SEND_BUSY;
	if (w->txs[i].live && (w->txs[i].in_block || w->txs[i].pools & 1u << n))
		return SEND_DUPLICATE;
	w->txs[i] = h->outgoing;
	w->txs[i].pools = 1u << NODES_MAX;
	for (uint32_t g = 0; g < NODES_MAX; g++)
		w->txs[i].pools |= (uint8_t)(w->golosds[g].alive << g);
	return SEND_ACCEPTED;
}

static void answer_witness(struct world *w, uint32_t n, const struct chain_view *view, const struct gw_now *now)
{
	struct host *h = &w->hosts[n];
	struct witness_answer answer = {.exists = true, .owner = WITNESS, .url = "https://foo.example"};

	h->asked_witness = 0;
	snprintf(answer.signing_key, sizeof(answer.signing_key), "%s", key_text(pending_key(w, n)));
	submission_witness(&h->submission, h->ticket, h->connected ? &answer : NULL, view, now);
}

static void answer_signer(struct world *w, uint32_t n, const struct chain_view *view, const struct gw_now *now)
{
	struct host *h = &w->hosts[n];
	const struct submission_record *r = &h->submission.record;
	char txid[GW_ID_SIZE];

	h->asked_signer = 0;
	id_text(txid, r->tapos_num, (uint32_t)((r->expiration_s - GENESIS_S) / INTERVAL_S), TX_TAG + n);
	submission_signed(&h->submission, txid, "1f", GW_FAIL_NONE, "", view, now);
}

void host_answer(struct world *w, uint32_t n, struct run *run)
{
	struct host *h = &w->hosts[n];
	struct gw_now now = host_now(w, h);
	struct chain_view view = view_of(w, h, run);

	if (h->asked_send) {
		enum send_result result = take_tx(w, n);

		h->asked_send = 0;
		memset(&h->outgoing, 0, sizeof(h->outgoing));
		if (h->busy)
			submission_sent(&h->submission, 0, result, "said golosd", &view, &now);
	} else if (h->asked_journal) {
		h->asked_journal = 0;
		h->has_record = 1;
		h->record = h->submission.record;
		submission_recorded(&h->submission, true, &view, &now);
	} else if (h->asked_signer) {
		answer_signer(w, n, &view, &now);
	} else if (h->asked_witness) {
		answer_witness(w, n, &view, &now);
	}
	settle(w, n, run);
}

void host_command(struct world *w, uint32_t n, int32_t verb, struct run *run)
{
	struct host *h = &w->hosts[n];
	struct gw_command_event event = {.struct_size = sizeof(event), .verb = verb, .by = "root"};
	struct monitor_actions out = {.count = 0};
	const struct block_model *seen = state_at(w, h->head_num, h->head_slot);
	char text[GW_TEXT_SIZE];

	event.now = host_now(w, h);
	gw_status status = monitor_command(&h->monitor, &event, text, &out);
	tell(run, "node %u answers: %s", n, text);
	if (status == GW_OK && verb != GW_COMMAND_TAKEOVER)
		h->held = (uint8_t)(verb == GW_COMMAND_HOLD ? 1 + (seen != NULL && seen->key == n) : 0);
	take(w, n, &out, run);
	settle(w, n, run);
}
