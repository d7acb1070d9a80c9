/* SPDX-License-Identifier: MIT
 *
 * One watcher: the real belief, submission and monitor, and around them what observer.c, submitter.c and plugin.c do in
 * the host: drain, ask, answer, record, sign, send, keep. Connections, disk and signer are made of virtual time. Here
 * are its clock and its life; what it is sent, sends and keeps are in files of their own.
 */
#include "watcher.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "health.h"

#define TICK_MS	   1000
#define SILENCE_MS 15000 /* as the host's nodes have it */

/* ---- clocks ----------------------------------------------------------------------------------------------------- */

struct gw_now watcher_now(const struct watcher *w)
{
	int64_t now_ms = w->world->now_ms;
	struct gw_now now = {.wall_ms = GENESIS_MS + now_ms + w->clock_error_ms, .mono_ms = now_ms + w->mono_base_ms};

	if (w->belief)
		belief_clock(w->belief, &now);
	return now;
}

struct carrier_sight watcher_look(const struct watcher *w)
{
	struct carrier_sight sight = {.now = watcher_now(w)};

	belief_view(w->belief, WITNESS_NAME, &sight.now, &sight.view);
	return sight;
}

/* ---- time ------------------------------------------------------------------------------------------------------- */

static void on_tick(struct watcher *w)
{
	struct gw_now now = watcher_now(w);

	world_at(w->world, TICK_MS, &(struct event){.type = EVENT_TICK, .who = w->index, .start = w->start});
	health_tick(w);
	belief_tick(w->belief, &now);
	watcher_drain(w);
	watcher_look_for_blindness(w);
	for (uint8_t e = 0; e < w->endpoints; e++)
		if (w->links[e].up && w->world->now_ms - w->links[e].last_push_ms >= SILENCE_MS)
			watcher_lose(w, e);
}

static void on_wake(struct watcher *w, const struct event *event)
{
	struct monitor_actions actions;
	struct gw_now now = watcher_now(w);

	if (event->turn != w->wake_turn)
		return;
	actions.count = 0;
	monitor_timer(&w->monitor, &now, &actions);
	watcher_do(w, &actions);
	watcher_settle(w);
}

static void wait_for_time(struct watcher *w, const struct event *event)
{
	if (w->waiting_count == w->waiting_room) {
		w->waiting_room = w->waiting_room ? 2 * w->waiting_room : 64;
		w->waiting = xrealloc(w->waiting, w->waiting_room, sizeof(*w->waiting));
	}
	w->waiting[w->waiting_count++] = *event;
}

void watcher_event(struct world *world, const struct event *event)
{
	struct watcher *w = &world->watchers[event->who];

	if (!w->alive || event->start != w->start)
		return;
	if (w->stands && event->type != EVENT_SEND && event->type != EVENT_HANDLE) { /* those have left it */
		wait_for_time(w, event);
		return;
	}
	switch ((enum event_type)event->type) {
	case EVENT_PUSH:
		watcher_on_push(w, event);
		break;
	case EVENT_HANDLE:
		watcher_on_handle(w, event);
		break;
	case EVENT_ANSWER:
		watcher_on_answer(w, event);
		break;
	case EVENT_CONNECT:
		watcher_on_connect(w, event);
		break;
	case EVENT_LOST:
		if (w->links[event->endpoint].generation == event->generation)
			watcher_lose(w, event->endpoint);
		break;
	case EVENT_TICK:
		on_tick(w);
		break;
	case EVENT_TIMER:
		watcher_on_timer(w, event);
		break;
	case EVENT_WAKE:
		on_wake(w, event);
		break;
	case EVENT_DISK:
		watcher_on_disk(w, event);
		break;
	case EVENT_LATE:
		watcher_on_late(w);
		break;
	case EVENT_AUTHORITIES:
		watcher_on_authorities(w, event);
		break;
	case EVENT_DRY_RUN:
		watcher_on_dry_run(w, event);
		break;
	case EVENT_EXIT:
		watcher_stop(world, w->index);
		w->exited = true;
		break;
	case EVENT_SEND:
		watcher_on_send(w, event);
		break;
	case EVENT_SENT:
		watcher_on_sent(w, event);
		break;
	case EVENT_SLOT:
	case EVENT_PRODUCE:
	case EVENT_HEAR:
	case EVENT_HEAR_TX:
	case EVENT_SYNC:
	case EVENT_POLL:
	case EVENT_RESTART:
		break;
	}
}

/* ---- orders, life ----------------------------------------------------------------------------------------------- */

gw_status watcher_order(struct world *world, uint8_t who, int32_t verb, int64_t for_s)
{
	struct watcher *w = &world->watchers[who];
	struct monitor_actions actions;
	char text[GW_TEXT_SIZE];
	struct gw_command_event event = {
		.struct_size = sizeof(event), .verb = verb, .now = watcher_now(w), .by = "operator"};

	if (!w->alive || w->stands)
		return GW_ERR_UNAVAILABLE;
	if (for_s)
		event.until_s = event.now.wall_ms / 1000 + for_s;
	actions.count = 0;
	gw_status status = monitor_command(&w->monitor, &event, text, &actions);
	world_trace(world, "w%u: order %d: %.150s", who, verb, text);
	if (verb == GW_COMMAND_TAKEOVER && status == GW_OK)
		w->takeover_ms = world->now_ms;
	if (verb == GW_COMMAND_HOLD && status == GW_OK) {
		w->hold.on = true;
		w->hold.since_ms = world->now_ms;
		/* in whole seconds of chain time, which is told by blocks: they come late, later from a golosd that
		 * lags, or did until its next block */
		w->hold.until_ms = for_s ? world->now_ms + (for_s - 2) * 1000 - LAG_MOST_MS : 0;
	} else if (verb == GW_COMMAND_RESUME) {
		w->hold.on = false;
	}
	watcher_do(w, &actions);
	watcher_settle(w);
	return status;
}

void watcher_stands(struct world *world, uint8_t who, bool stands)
{
	struct watcher *w = &world->watchers[who];

	world_trace(world, "w%u %s", who, stands ? "stands still" : "goes on");
	w->stands = stands;
	w->ill_since_ms = 0; /* a process that got no time does not know that it went by */
	for (uint32_t i = 0; i < w->waiting_count; i++)
		world_at(world, 0, &w->waiting[i]);
	w->waiting_count = 0;
}

static void start_belief(struct watcher *w)
{
	struct belief_options options = {.endpoints = w->endpoints, .urls = w->urls, .witnesses_max = 1};

	w->belief = belief_new(&options);
	w->draining = w->settling = w->made_without_journal = false;
	memset(&w->carrier, 0, sizeof(w->carrier));
	w->alive_until_s = w->journal.alive_until_s;
	for (uint8_t e = 0; e < w->endpoints; e++) {
		w->links[e].up = w->links[e].full = w->links[e].header = false;
		w->links[e].generation++;
		w->links[e].tries = 0;
		w->links[e].line_free_ms = 0;
		watcher_connect(w, e, dice_between(&w->world->dice, 1, 200));
	}
}

void watcher_start(struct world *world, uint8_t who)
{
	struct watcher *w = &world->watchers[who];
	struct monitor_actions actions = {0};
	struct gw_now now;

	if (w->alive || world->options.older)
		return;
	w->wants_start = w->journal.hangs; /* it reads the journal first */
	if (w->wants_start)
		return;
	w->alive = true;
	w->stands = false;
	w->waiting_count = 0;
	w->exited = false;
	w->own_told_count = 0;
	w->start++;
	w->start_ms = world->now_ms;
	w->ill_since_ms = 0;
	w->blind = true;
	w->mono_base_ms = dice_between(&world->dice, 1, 1000000);
	world_trace(world, "w%u starts", who);
	start_belief(w);
	monitor_init(&w->monitor, &w->options, &actions);
	if (w->journal.store && monitor_load(&w->monitor, w->journal.store, strlen(w->journal.store)) != GW_OK)
		world_break(world, NEVER_TWO_SWITCHES, "w%u cannot read what it saved: %s", who, w->journal.store);
	watcher_do(w, &actions);
	if (belief_watch(w->belief, WITNESS_NAME, w->options.confirm_nodes > 1 ? ENDPOINTS_MAX : 1) != GW_OK)
		world_break(world, PRODUCTION_RESUMES, "w%u cannot watch", who);
	now = watcher_now(w);
	actions.count = 0;
	monitor_timer(&w->monitor, &now, &actions);
	watcher_do(w, &actions);
	watcher_start_authorities(w);
	w->lacks_key = world->golosds[who].idle;
	watcher_tell_readiness(w);
	watcher_resume(w);
	watcher_drain(w);
	world_at(world, TICK_MS, &(struct event){.type = EVENT_TICK, .who = who, .start = w->start});
}

void watcher_stop(struct world *world, uint8_t who)
{
	struct watcher *w = &world->watchers[who];

	w->wants_start = false;
	if (!w->alive)
		return;
	world_trace(world, "w%u is killed", who);
	w->alive = false;
	w->hold = w->hold_kept; /* it may die before the disk has the newest word */
	w->told = w->told_kept;
	w->forgot |= watcher_has_unwritten(w);
	w->unrecorded_sends = 0; /* the next process cannot know what was never written */
	watcher_forget_writes(w);
	belief_free(w->belief);
	w->belief = NULL;
}

void watcher_free(struct watcher *w)
{
	if (w->alive)
		watcher_stop(w->world, w->index);
	free(w->journal.store);
	free(w->waiting);
}
