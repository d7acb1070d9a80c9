/* SPDX-License-Identifier: MIT
 *
 * What only the host can know and tells the monitor as readiness: what host.c and authorities.c do. See watcher.h.
 */
#include "watcher.h"

#define ASK_AGAIN_MS 5000
#define INTERVAL_MS  600000
#define UNREADY_MS   30000
#define WRONG_MS     15000

void watcher_tell_readiness(struct watcher *w)
{
	struct gw_readiness_event event = {.struct_size = sizeof(event),
					   .authority = w->authorities.state,
					   .golosd_config = GW_READY_UNKNOWN,
					   .journal = w->journal.failed ? GW_READY_NO : GW_READY_YES,
					   .node = GW_READY_YES,
					   .now = watcher_now(w)};
	struct monitor_actions actions;

	if (belief_is_blind(w->belief, WITNESS_NAME, &event.now, event.node_text))
		event.node = GW_READY_NO;
	w->is_blind = event.node == GW_READY_NO;
	if (w->world->options.golosd_config)
		event.golosd_config = w->lacks_key ? GW_READY_NO : GW_READY_YES;
	actions.count = 0;
	monitor_readiness(&w->monitor, &event, &actions);
	watcher_do(w, &actions);
}

void watcher_look_for_blindness(struct watcher *w)
{
	char why[GW_TEXT_SIZE];
	struct gw_now now = watcher_now(w);

	if (w->is_blind || belief_is_blind(w->belief, WITNESS_NAME, &now, why))
		watcher_tell_readiness(w);
}

void watcher_reads_config(struct world *world, uint8_t who)
{
	struct watcher *w = &world->watchers[who];

	if (!w->alive || w->stands || !world->options.golosd_config)
		return;
	w->lacks_key = world->golosds[who].idle;
	watcher_tell_readiness(w);
	watcher_settle(w);
}

static void look_again(struct watcher *w, int64_t delay_ms)
{
	world_at(w->world, delay_ms,
		 &(struct event){
			 .type = EVENT_AUTHORITIES, .who = w->index, .start = w->start, .turn = ++w->authorities.turn});
}

static void settle(struct watcher *w, uint8_t state)
{
	struct fake_authorities *authorities = &w->authorities;
	bool changed = authorities->state != state;

	authorities->state = state;
	authorities->was_reached = authorities->was_reached || state == GW_READY_YES;
	if (changed && state == GW_READY_NO) {
		authorities->unready_ms = w->world->now_ms;
		watcher_say(w, GW_CRITICAL, "key_without_authority", "the key is not in the account's authority");
	}
	if (state == GW_READY_NO && !authorities->was_reached && w->world->now_ms - authorities->unready_ms >= WRONG_MS)
		world_at(w->world, 0, &(struct event){.type = EVENT_EXIT, .who = w->index, .start = w->start});
	if (!changed)
		return;
	watcher_authority(w);
	watcher_tell_readiness(w);
	watcher_settle(w);
}

/* The driver, or any other; -1: none. */
static int endpoint_in_sync(const struct watcher *w)
{
	int driver = belief_driver(w->belief);

	if (driver >= 0 && belief_in_sync(w->belief, (uint32_t)driver))
		return driver;
	for (uint32_t e = 0; e < w->endpoints; e++)
		if (belief_in_sync(w->belief, e))
			return (int)e;
	return -1;
}

static void judge(struct watcher *w)
{
	struct fake_authorities *authorities = &w->authorities;
	int endpoint = endpoint_in_sync(w);

	if (authorities->answered || authorities->asking || endpoint < 0)
		return; /* the timer comes again, and each block */
	authorities->asking = true;
	watcher_ask(w, (uint8_t)endpoint, (struct event){.ask = ASK_ACCOUNT});
}

void watcher_on_account(struct watcher *w, const bool *has_authority)
{
	struct fake_authorities *authorities = &w->authorities;

	authorities->asking = false;
	if (!has_authority)
		return;
	authorities->answered = true;
	settle(w, *has_authority ? GW_READY_YES : GW_READY_NO);
}

void watcher_on_authorities(struct watcher *w, const struct event *event)
{
	struct fake_authorities *authorities = &w->authorities;

	if (event->turn != authorities->turn)
		return;
	if (authorities->answered && !authorities->asking) {
		authorities->answered = false; /* the next round asks anew */
		look_again(w, authorities->state == GW_READY_NO ? UNREADY_MS : INTERVAL_MS);
		return;
	}
	judge(w);
	look_again(w, ASK_AGAIN_MS);
}

void watcher_refresh_authorities(struct watcher *w)
{
	w->authorities.answered = false;
	judge(w);
	look_again(w, ASK_AGAIN_MS);
}

void watcher_endpoints_changed(struct watcher *w)
{
	if (w->authorities.state == GW_READY_UNKNOWN)
		judge(w);
}

void watcher_start_authorities(struct watcher *w)
{
	w->authorities = (struct fake_authorities){.state = GW_READY_UNKNOWN, .turn = w->authorities.turn};
	look_again(w, 0);
}

void watcher_has_authority(struct world *world, uint8_t who, bool has)
{
	uint32_t bit = 1u << who;

	world_trace(world, "w%u's active key is %s the account's authority", who, has ? "in" : "not in");
	world->chain.without_authority =
		has ? world->chain.without_authority & ~bit : world->chain.without_authority | bit;
	if (has && world->watchers[who].exited)
		watcher_start(world, who);
}
