/* SPDX-License-Identifier: MIT
 *
 * The deeds of a watcher's monitor, and what stands around its submission, as plugin.c and submitter.c do it: the
 * journal, the signer, the golosds that take a transaction.
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

static uint32_t connected_links(const struct host *h)
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
	struct gw_now now = host_now(w, h);
	struct chain_view view = host_view(w, h, run);
	struct gw_intent intent = *asked;

	const uint32_t older_until_s = run->setting->planted & PLANTED_FORGETS_ALIVE ? 0 : h->alive_until_s;

	if (h->busy)
		return GW_ERR_BUSY;
	if (run->setting->planted & PLANTED_OLD_EVIDENCE) {
		intent.evidence_num = view.head_num - 2;
		id_text(intent.evidence_id, intent.evidence_num, chain_block(w, intent.evidence_num)->slot, 0);
	}
	const struct submission_record record = {.id = ++h->submissions, .intent = intent};

	submission_begin(&h->submission, &record, older_until_s, &view, &now);
	submission_endpoints(&h->submission, connected_links(h), &now);
	monitor_submit_taken(&h->monitor, h->submissions);
	h->offered = 0;
	h->sake = sake_of(h->monitor.attempt.cause);
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
	case MONITOR_WAKE:
		h->timer_ms = now.mono_ms + action->delay_ms;
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

static void send(struct world *w, uint32_t n, uint32_t link, struct run *run)
{
	struct host *h = &w->hosts[n];
	const struct submission_record *r = &h->submission.record;

	check_send(w, n, run);
	h->offered |= (uint8_t)(1u << link);
	h->outgoing = (struct tx){.live = 1, .faults = h->slow ? UINT32_MAX : w->faults, .sent_slot = w->slot};
	h->outgoing.update = (struct update){.by = (uint8_t)n,
					     .key = key_of(r->intent.signing_key),
					     .replaces = key_of(r->replaces),
					     .sake = h->sake};
	h->outgoing.update.tapos_num = r->tapos_num;
	h->outgoing.update.tapos_slot = id_slot(r->tapos_id);
	h->outgoing.update.expires_slot = (uint32_t)((r->expiration_s - GENESIS_S) / INTERVAL_S);
	h->asked_send |= (uint8_t)(1u << link);
}

/* It is over: the monitor may ask for the next at once. */
static void let_go(struct host *h)
{
	if (submission_alive_until_s(&h->submission)) /* else it may have waited for one that still is */
		h->alive_until_s = submission_alive_until_s(&h->submission);
	h->busy = h->has_record = h->asked_witness = h->asked_journal = h->asked_signer = 0;
	memset(&h->record, 0, sizeof(h->record));
	memset(&h->submission, 0, sizeof(h->submission));
}

static void do_submission(struct world *w, uint32_t n, const struct submission_action *action, struct run *run)
{
	struct host *h = &w->hosts[n];
	struct monitor_actions out;

	switch (action->type) {
	case SUBMISSION_ASK_WITNESS:
		h->asked_witness = action->at_driver || !h->links[OWN].connected ? 1 + h->driver : 1 + OWN;
		h->ticket = action->ticket;
		break;
	case SUBMISSION_RECORD:
		h->asked_journal = 1;
		break;
	case SUBMISSION_SIGN:
		h->asked_signer = 1;
		break;
	case SUBMISSION_SEND:
		send(w, n, action->endpoint, run);
		break;
	case SUBMISSION_PROGRESS:
		tell(run, "node %u's switch: %s", n, action->event.text);
		out.count = 0;
		if (action->event.state >= GW_SUBMISSION_IRREVERSIBLE)
			let_go(h);
		monitor_submission(&h->monitor, &action->event, &out);
		host_act(w, n, &out, run);
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
}

/* After each event: begins and drains until nothing is left to do now. */
void host_settle(struct world *w, uint32_t n, struct run *run)
{
	struct host *h = &w->hosts[n];
	struct gw_now now = host_now(w, h);

	for (uint32_t i = 0; h->busy && i < ANSWER_ROUNDS; i++) {
		struct chain_view view = host_view(w, h, run);

		if (h->begun)
			submission_tick(&h->submission, &view, &now);
		h->begun = 0;
		drain(w, n, run);
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

static void answer_sends(struct world *w, uint32_t n, const struct chain_view *view, const struct gw_now *now)
{
	struct host *h = &w->hosts[n];

	for (uint32_t l = 0; l < LINKS_MAX; l++) {
		if (!(h->asked_send & 1u << l))
			continue;
		enum send_result result = take_tx(w, n, l);
		if (h->busy)
			submission_sent(&h->submission, l, "ws://a", result, "said golosd", view, now);
	}
	h->asked_send = 0;
	memset(&h->outgoing, 0, sizeof(h->outgoing));
}

static void answer_witness(struct world *w, uint32_t n, const struct chain_view *view, const struct gw_now *now,
			   const struct run *run)
{
	struct host *h = &w->hosts[n];
	const uint32_t link = h->asked_witness - 1u;
	const bool is_blind = run->setting->planted & PLANTED_BLIND_TO_PENDING;
	const char *key = is_blind ? key_text(w->blocks[0].key) : key_text(pending_key(w, link_golosd(n, link)));
	struct witness_answer answer = {.exists = true, .owner = WITNESS, .url = "https://foo.example"};

	h->asked_witness = 0;
	memcpy(answer.signing_key, key, GW_KEY_SIZE);
	submission_witness(&h->submission, h->ticket, h->links[link].connected ? &answer : NULL, view, now);
}

/* Transactions have made up ids here. */
void host_name_tx(char ret[GW_ID_SIZE], uint32_t n, const struct submission_record *r)
{
	id_text(ret, r->tapos_num, (uint32_t)((r->expiration_s - GENESIS_S) / INTERVAL_S), TX_TAG + n);
}

static void answer_signer(struct host *h, uint32_t n, const struct chain_view *view, const struct gw_now *now)
{
	char txid[GW_ID_SIZE];

	h->asked_signer = 0;
	host_name_tx(txid, n, &h->submission.record);
	submission_signed(&h->submission, txid, "1f", GW_FAIL_NONE, "", view, now);
}

void host_answer(struct world *w, uint32_t n, struct run *run)
{
	struct host *h = &w->hosts[n];
	struct gw_now now = host_now(w, h);
	struct chain_view view = host_view(w, h, run);

	if (h->asked_send) {
		answer_sends(w, n, &view, &now);
	} else if (h->asked_journal) {
		h->asked_journal = 0;
		h->has_record = 1;
		h->record = h->submission.record;
		submission_recorded(&h->submission, true, &view, &now);
	} else if (h->asked_signer) {
		answer_signer(h, n, &view, &now);
	} else if (h->asked_witness) {
		answer_witness(w, n, &view, &now, run);
	}
	host_settle(w, n, run);
}
