/* SPDX-License-Identifier: MIT
 *
 * What the belief and the monitor want done: what observer.c and plugin.c do in the host. See watcher.h.
 */
#include <stdio.h>
#include <string.h>

#include "invariants.h"
#include "watcher.h"

/* ---- the monitor's actions -------------------------------------------------------------------------------------- */

void watcher_say(struct watcher *w, int32_t severity, const char *code, const char *text)
{
	size_t used = strlen(w->codes);

	w->last_code = code;
	w->criticals += severity == GW_CRITICAL;
	if (strcmp(code, "cancelled_switch_landed") == 0)
		w->landed_said_ms = w->world->now_ms;
	if (strcmp(code, "two_blocks_for_one_slot") == 0)
		w->doubles_said_ms = w->world->now_ms;
	if (strcmp(code, "first_slots_missed") == 0)
		w->first_missed_ms = w->world->now_ms;
	if (strcmp(code, "null_in_doubt") == 0)
		w->doubt_said_ms = w->world->now_ms;
	if (!watcher_said(w, code) && used + strlen(code) + 2 < sizeof(w->codes))
		snprintf(w->codes + used, sizeof(w->codes) - used, "%s ", code);
	w->world->tally.dry_runs += strcmp(code, "dry_run") == 0;
	world_trace(w->world, "w%u: [%s] %.150s", w->index, code, text);
	watcher_write(w, (struct journal_write){.type = WRITE_NOTICE});
}

bool watcher_said(const struct watcher *watcher, const char *code)
{
	size_t len = strlen(code);

	for (const char *at = watcher->codes; (at = strstr(at, code)) != NULL; at += len)
		if ((at == watcher->codes || at[-1] == ' ') && at[len] == ' ')
			return true;
	return false;
}

static gw_status do_action(struct watcher *w, const struct monitor_action *action)
{
	const struct carrier_effects e = watcher_effects(w);

	switch (action->type) {
	case MONITOR_SUBMIT:
		return watcher_begin(w, &action->intent, w->monitor.attempt.cause);
	case MONITOR_CANCEL:
		world_trace(w->world, "w%u: cancels: %.150s", w->index, action->text);
		(void)carrier_cancel(&w->carrier, w->monitor.attempt.id, action->text, &e);
		break;
	case MONITOR_NOTICE:
		watcher_say(w, action->severity, action->code, action->text);
		break;
	case MONITOR_SAVE:
		watcher_keep(w);
		break;
	case MONITOR_WAKE:
		world_at(w->world, action->delay_ms,
			 &(struct event){
				 .type = EVENT_WAKE, .who = w->index, .start = w->start, .turn = ++w->wake_turn});
		break;
	}
	return GW_OK;
}

void watcher_do(struct watcher *w, const struct monitor_actions *actions)
{
	struct monitor_actions more;
	gw_status refused = GW_OK;
	struct gw_now now;

	for (uint32_t i = 0; i < actions->count; i++) {
		gw_status status = do_action(w, &actions->list[i]);

		refused = status != GW_OK ? status : refused;
	}
	if (refused == GW_OK)
		return;
	now = watcher_now(w);
	more.count = 0;
	monitor_submit_failed(&w->monitor, refused, &now, &more);
	for (uint32_t i = 0; i < more.count; i++)
		(void)do_action(w, &more.list[i]);
}

/* ---- the belief's actions --------------------------------------------------------------------------------------- */

uint32_t watcher_connected(const struct watcher *w)
{
	uint32_t bits = 0;

	for (uint32_t e = 0; e < w->endpoints; e++)
		bits |= w->links[e].up ? 1u << e : 0;
	return bits;
}

/* A block that was read came over the driver's link as well as one that was pushed. */
static void note_read(struct watcher *w, const struct gw_block_event *event)
{
	int driver = belief_driver(w->belief);

	if (driver >= 0 && event->id[0])
		w->links[driver].shown = chain_serial_of(event->id);
}

static void raise_block(struct watcher *w, const struct belief_action *action)
{
	const struct carrier_effects e = watcher_effects(w);
	struct monitor_actions actions;

	note_read(w, &action->event.block);
	invariants_told_block(w, action->event.block.num);
	if (w->blind)
		w->anew_ms = w->world->now_ms;
	w->blind = false;
	if (action->event.block.flags & GW_BLOCK_CAUGHT_UP)
		w->read_ms = w->world->now_ms;
	for (uint32_t i = 0; i < action->event.block.missed_count; i++)
		if (action->event.block.missed[i]->witness[0] == '\0')
			w->unowned_ms = w->world->now_ms;
	carrier_block(&w->carrier, &action->event.block, action->transactions, action->transaction_count, &e);
	if (action->event.block.skipped)
		world_trace(w->world, "w%u: block %u, %u skipped, flags %u", w->index, action->event.block.num,
			    action->event.block.skipped, action->event.block.flags);
	actions.count = 0;
	monitor_block(&w->monitor, &action->event.block, &actions);
	watcher_do(w, &actions);
	if (action->event.block.id[0])
		invariants_told_own_block(w, chain_serial_of(action->event.block.id));
}

static void raise_witness(struct watcher *w, const struct belief_action *action)
{
	struct monitor_actions actions = {.count = 0};
	const struct monitor_counting *counting = &w->monitor.counting;
	bool counted = counting->has_total != 0;
	char key[GW_KEY_SIZE];

	memcpy(key, w->monitor.witness.key, sizeof(key));
	monitor_witness(&w->monitor, &action->event.witness, &actions);
	if (counting->has_total && (!counted || strcmp(key, w->monitor.witness.key) != 0))
		w->counts_ms = w->world->now_ms;
	watcher_do(w, &actions);
}

static void raise_nodes(struct watcher *w, const struct belief_action *action)
{
	struct monitor_actions actions;
	struct gw_now now = watcher_now(w);

	carrier_endpoints(&w->carrier, watcher_connected(w), &now);
	watcher_endpoints_changed(w);
	actions.count = 0;
	monitor_nodes(&w->monitor, &action->event.nodes, &actions);
	watcher_do(w, &actions);
}

static void act(struct watcher *w, const struct belief_action *action)
{
	static const uint8_t asks[] = {[BELIEF_ASK_HEAD] = ASK_HEAD,
				       [BELIEF_ASK_SCHEDULE] = ASK_SCHEDULE,
				       [BELIEF_ASK_WITNESS] = ASK_WITNESS,
				       [BELIEF_ASK_BLOCK] = ASK_BLOCK};

	switch (action->type) {
	case BELIEF_SUBSCRIBE:
		w->links[action->endpoint].full |= action->full;
		w->links[action->endpoint].header |= !action->full;
		break;
	case BELIEF_ASK_HEAD:
	case BELIEF_ASK_SCHEDULE:
	case BELIEF_ASK_WITNESS:
	case BELIEF_ASK_BLOCK:
		watcher_ask(w, (uint8_t)action->endpoint,
			    (struct event){.ask = asks[action->type], .ticket = action->ticket, .num = action->num});
		break;
	case BELIEF_RAISE_BLOCK:
		raise_block(w, action);
		break;
	case BELIEF_RAISE_WITNESS:
		raise_witness(w, action);
		break;
	case BELIEF_RAISE_NODES:
		raise_nodes(w, action);
		break;
	case BELIEF_NOTICE:
		if (strcmp(action->code, "driver_changed") == 0 || strcmp(action->code, "blocks_lost") == 0)
			w->blind = true;
		world_trace(w->world, "w%u: (%s) %.150s", w->index, action->code, action->text);
		break;
	case BELIEF_DROP:
		world_trace(w->world, "w%u: drops endpoint %u: %.120s", w->index, action->endpoint, action->text);
		watcher_close(w, (uint8_t)action->endpoint);
		break;
	}
}

void watcher_drain(struct watcher *w)
{
	struct belief_action action;

	if (w->draining)
		return;
	w->draining = true;
	while (belief_next(w->belief, &action))
		act(w, &action);
	w->draining = false;
	watcher_settle(w);
}
