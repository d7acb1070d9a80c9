/* SPDX-License-Identifier: MIT
 *
 * The deeds of a watcher's monitor, and the carrier's effects: the journal, the signer, the golosds that
 * take a transaction.
 */
#include <string.h>

#include "world.h"

#define TX_TAG	      16
#define ANSWER_ROUNDS 8 /* what one event can cause, at most */

/* ---- deeds of the monitor -------------------------------------------------------------------------------------- */

/* What a restart knows is what the text tells. */
static void save(struct host *h, uint32_t n, struct run *run)
{
	const struct monitor_options options = host_options(n, run->setting);
	struct monitor_actions out = {.count = 0};
	char text[MONITOR_SAVE_SIZE];

	if (run->setting->planted & PLANTED_NO_STORE)
		return;
	monitor_init(&h->saved, &options, &out);
	if (monitor_save(&h->monitor, text) != GW_OK || monitor_load(&h->saved, text, strlen(text)) != GW_OK)
		broken(run, "what node %u saves cannot be loaded", n);
	h->has_saved = 1;
}

uint32_t host_connected(const struct host *h)
{
	return (uint32_t)(h->links[OWN].connected << OWN | h->links[OTHER].connected << OTHER);
}

static uint8_t sake_of(int32_t cause)
{
	return cause == MONITOR_BY_COMMAND ? BY_ORDER : cause == MONITOR_DUE_FAIL_BACK ? BY_FAIL_BACK : BY_MISSES;
}

static gw_status submit(struct world *w, uint32_t n, const struct gw_intent *asked, struct run *run)
{
	struct host *h = &w->hosts[n];
	struct deeds deeds = {.w = w, .n = n, .run = run};
	const struct carrier_effects e = host_effects(&deeds);
	struct submission_record record = {.intent = *asked};

	const uint32_t older_until_s = run->setting->planted & PLANTED_FORGETS_ALIVE ? 0 : h->alive_until_s;

	if (h->carrier.busy)
		return GW_ERR_BUSY;
	if (run->setting->planted & PLANTED_OLD_EVIDENCE) {
		record.intent.evidence_num = host_view(w, h, run).head_num - 2;
		id_text(record.intent.evidence_id, record.intent.evidence_num,
			chain_block(w, record.intent.evidence_num)->slot, 0);
	}
	record.id = ++h->submissions;
	h->replaces = key_of(h->watched.key.key);
	carrier_begin(&h->carrier, &record, older_until_s, host_connected(h), &e);
	monitor_submit_taken(&h->monitor, h->submissions);
	h->offered = 0;
	h->sake = sake_of(h->monitor.attempt.cause);
	return GW_OK;
}

static gw_status act_on(struct world *w, uint32_t n, const struct monitor_action *action, struct run *run)
{
	struct host *h = &w->hosts[n];
	struct deeds deeds = {.w = w, .n = n, .run = run};
	const struct carrier_effects e = host_effects(&deeds);

	switch (action->type) {
	case MONITOR_SUBMIT:
		return submit(w, n, &action->intent, run);
	case MONITOR_CANCEL:
		tell(run, "node %u cancels: %s", n, action->text);
		if (!(run->setting->planted & PLANTED_DEAF_TO_CANCEL))
			(void)carrier_cancel(&h->carrier, h->carrier.submission.record.id, action->text, &e);
		break;
	case MONITOR_NOTICE:
		tell(run, "node %u says %s: %s", n, action->code, action->text);
		if (strcmp(action->code, "cancelled_switch_landed") == 0 && action->severity == GW_CRITICAL)
			h->landed_said = 1;
		break;
	case MONITOR_SAVE:
		save(h, n, run);
		break;
	case MONITOR_WAKE:
		h->timer_ms = host_now(w, h).mono_ms + action->delay_ms;
		break;
	}
	return GW_OK;
}

void host_act(struct world *w, uint32_t n, struct monitor_actions *out, struct run *run)
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
	host_act(w, n, out, run);
}

/* ---- what the submission wants --------------------------------------------------------------------------------- */

static void effect_look(void *context, struct carrier_sight *ret)
{
	const struct deeds *d = context;
	const struct host *h = &d->w->hosts[d->n];

	ret->now = host_now(d->w, h);
	ret->view = host_view(d->w, h, d->run);
}

static void effect_ask_witness(void *context, const struct submission_action *action)
{
	const struct deeds *d = context;
	struct host *h = &d->w->hosts[d->n];

	h->asked_witness = action->at_driver || !h->links[OWN].connected ? 1 + h->driver : 1 + OWN;
	h->ticket = action->ticket;
}

static void effect_record(void *context, const struct submission_record *record)
{
	const struct deeds *d = context;

	(void)record;
	d->w->hosts[d->n].asked_journal = 1;
}

/* Transactions have made up ids here. */
void host_name_tx(char ret[GW_ID_SIZE], uint32_t n, const struct submission_record *r)
{
	id_text(ret, r->tapos_num, (uint32_t)((r->expiration_s - GENESIS_S) / INTERVAL_S), TX_TAG + n);
}

static enum carrier_signing effect_sign(void *context, const struct transaction *tx, struct carrier_signature *ret)
{
	const struct deeds *d = context;
	struct host *h = &d->w->hosts[d->n];

	(void)tx;
	h->asked_signer = !d->signer_answers;
	if (!d->signer_answers)
		return CARRIER_NO_ANSWER;
	host_name_tx(ret->txid, d->n, &h->carrier.submission.record);
	memcpy(ret->signature, "1f", 3);
	return CARRIER_SIGNED;
}

static void effect_send(void *context, uint32_t link)
{
	const struct deeds *d = context;
	struct world *w = d->w;
	struct host *h = &w->hosts[d->n];
	const struct submission_record *r = &h->carrier.submission.record;

	check_send(w, d->n, d->run);
	h->offered |= (uint8_t)(1u << link);
	h->outgoing = (struct tx){.live = 1, .faults = h->slow ? UINT32_MAX : w->faults, .sent_slot = w->slot};
	h->outgoing.update = (struct update){
		.by = (uint8_t)d->n, .key = key_of(r->intent.signing_key), .replaces = h->replaces, .sake = h->sake};
	h->outgoing.update.tapos_num = r->tapos_num;
	h->outgoing.update.tapos_slot = id_slot(r->tapos_id);
	h->outgoing.update.expires_slot = (uint32_t)((r->expiration_s - GENESIS_S) / INTERVAL_S);
	h->asked_send |= (uint8_t)(1u << link);
}

static void let_go(struct host *h)
{
	if (submission_alive_until_s(&h->carrier.submission)) /* else it may have waited for one that still is */
		h->alive_until_s = submission_alive_until_s(&h->carrier.submission);
	h->has_record = h->asked_witness = h->asked_journal = h->asked_signer = 0;
	memset(&h->record, 0, sizeof(h->record));
	memset(&h->carrier, 0, sizeof(h->carrier));
}

static void effect_progress(void *context, const struct gw_submission_event *event, bool may_come)
{
	const struct deeds *d = context;
	struct host *h = &d->w->hosts[d->n];
	struct monitor_actions out = {.count = 0};

	(void)may_come;
	tell(d->run, "node %u's switch: %s", d->n, event->text);
	if (event->state >= GW_SUBMISSION_IRREVERSIBLE)
		let_go(h);
	monitor_submission(&h->monitor, event, &out);
	host_act(d->w, d->n, &out, d->run);
}

/* When it is looked at again, host_time asks the submission itself. */
static void effect_wake(void *context, int64_t mono_ms)
{
	const struct deeds *d = context;

	if (mono_ms == 0)
		d->w->hosts[d->n].begun = 1;
}

struct carrier_effects host_effects(struct deeds *deeds)
{
	return (struct carrier_effects){.context = deeds,
					.look = effect_look,
					.ask_witness = effect_ask_witness,
					.record = effect_record,
					.sign = effect_sign,
					.send = effect_send,
					.progress = effect_progress,
					.wake = effect_wake};
}

/* After each event: begins and drains until nothing is left to do now. */
void host_settle(struct world *w, uint32_t n, struct run *run)
{
	struct host *h = &w->hosts[n];
	struct deeds deeds = {.w = w, .n = n, .run = run};
	const struct carrier_effects e = host_effects(&deeds);

	for (uint32_t i = 0; h->carrier.busy && i < ANSWER_ROUNDS; i++) {
		if (h->begun)
			carrier_tick(&h->carrier, &e);
		h->begun = 0;
		carrier_settle(&h->carrier, &e);
		if (h->carrier.submission.queue_count > 0) /* of one begun in the event that ended another */
			continue;
		memset(h->carrier.submission.queue, 0, sizeof(h->carrier.submission.queue));
		h->carrier.submission.queue_first = 0;
	}
}

/* ---- answers ---------------------------------------------------------------------------------------------------- */

bool host_has_asked(const struct host *h)
{
	return h->alive && (h->asked_witness || h->asked_journal || h->asked_signer || h->asked_send);
}

/* The golosd takes what was sent, and it spreads. */
static enum send_result take_tx(struct world *w, uint32_t n, uint32_t link)
{
	const struct host *h = &w->hosts[n];
	const struct update *u = &h->outgoing.update;
	const uint32_t to = link_golosd(n, link);
	uint32_t i = 0;

	if (!h->links[link].connected)
		return SEND_NO_ANSWER;
	if (u->expires_slot <= w->golosds[to].head_slot)
		return SEND_EXPIRED;
	if (u->tapos_num > w->golosds[to].head_num || !chain_holds(w, u->tapos_num, u->tapos_slot))
		return SEND_TAPOS;
	while (i < TXS_MAX && w->txs[i].live && memcmp(&w->txs[i].update, u, sizeof(*u)) != 0)
		i++;
	if (i == TXS_MAX)
		return SEND_BUSY;
	if (w->txs[i].live && (w->txs[i].in_block || w->txs[i].pools & 1u << to))
		return SEND_DUPLICATE;
	w->txs[i] = h->outgoing;
	w->txs[i].pools = 1u << PUBLIC;
	for (uint32_t g = 0; g < NODES_MAX; g++)
		w->txs[i].pools |= (uint8_t)(w->golosds[g].alive << g);
	return SEND_ACCEPTED;
}

static void answer_sends(struct world *w, uint32_t n, const struct carrier_effects *e)
{
	struct host *h = &w->hosts[n];

	for (uint32_t l = 0; l < LINKS_MAX; l++)
		if (h->asked_send & 1u << l)
			(void)carrier_sent(&h->carrier, h->carrier.submission.record.id, l, "ws://a", take_tx(w, n, l),
					   "said golosd", e);
	h->asked_send = 0;
	memset(&h->outgoing, 0, sizeof(h->outgoing));
}

static void answer_witness(struct world *w, uint32_t n, const struct run *run, const struct carrier_effects *e)
{
	struct host *h = &w->hosts[n];
	const uint32_t link = h->asked_witness - 1u;
	const bool is_blind = run->setting->planted & PLANTED_BLIND_TO_PENDING;
	const char *key = is_blind ? key_text(w->blocks[0].key) : key_text(pending_key(w, link_golosd(n, link)));
	struct witness_answer answer = {.exists = true, .owner = WITNESS, .url = "https://foo.example"};

	h->asked_witness = 0;
	memcpy(answer.signing_key, key, GW_KEY_SIZE);
	(void)carrier_witness(&h->carrier, h->carrier.submission.record.id, h->ticket,
			      h->links[link].connected ? &answer : NULL, e);
}

void host_answer(struct world *w, uint32_t n, struct run *run)
{
	struct host *h = &w->hosts[n];
	struct deeds deeds = {.w = w, .n = n, .run = run, .signer_answers = true};
	const struct carrier_effects e = host_effects(&deeds);

	if (h->asked_send) {
		answer_sends(w, n, &e);
	} else if (h->asked_journal) {
		h->asked_journal = 0;
		h->has_record = 1;
		h->record = h->carrier.submission.record;
		(void)carrier_recorded(&h->carrier, h->record.id, true, &e);
	} else if (h->asked_signer) {
		h->asked_signer = 0;
		carrier_sign_waiting(&h->carrier, &e);
	} else if (h->asked_witness) {
		answer_witness(w, n, run, &e);
	}
	host_settle(w, n, run);
}
