/* SPDX-License-Identifier: MIT
 *
 * A watcher of the small world as a process: it starts, is killed, time passes and an operator orders. What it believes
 * stands in believe.c, what it sends in submit.c.
 */
#include <string.h>

#include "world.h"

struct monitor_options host_options(uint32_t n, const struct setting *setting)
{
	struct monitor_options o;

	memset(&o, 0, sizeof(o));
	memcpy(o.witness, WITNESS, sizeof(WITNESS));
	memcpy(o.witness_pubkey, key_text((uint8_t)n), GW_KEY_SIZE);
	o.priority_count = setting->without_order ? 0 : setting->nodes;
	for (uint32_t i = 0; i < o.priority_count; i++)
		memcpy(o.priority[i], key_text((uint8_t)i), GW_KEY_SIZE);
	o.miss_window_s = 3600;
	o.allowed_misses = setting->allowed_misses;
	o.max_gap = 3;
	o.max_head_age_s = 6;
	o.max_clock_skew_s = 3;
	o.min_participation = 34;
	o.max_switches = setting->max_switches;
	o.confirm_nodes = setting->confirm_nodes > 1 ? setting->confirm_nodes : 1;
	o.null_takeover = true;
	o.preempt = n == 0 && setting->preempt_delay_s != 0;
	o.preempt_delay_s = setting->preempt_delay_s;
	return o;
}

void host_kill(struct world *w, uint32_t n)
{
	struct host *h = &w->hosts[n];
	struct host kept;

	memset(&kept, 0, sizeof(kept));
	for (uint32_t l = 0; l < LINKS_MAX; l++)
		kept.links[l].cut = h->links[l].cut;
	kept.held = h->held;
	kept.heard_slot = h->heard_slot;
	kept.sake = h->sake;
	kept.replaces = h->replaces;
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
	struct monitor_options options = host_options(n, run->setting);
	struct deeds deeds = {.w = w, .n = n, .run = run};
	const struct carrier_effects e = host_effects(&deeds);
	struct gw_readiness_event ready = {
		.struct_size = sizeof(ready), .authority = GW_READY_YES, .journal = GW_READY_YES};
	struct monitor_actions out = {.count = 0};
	struct gw_now now = host_now(w, h);

	h->alive = 1;
	h->epoch = 1;
	memcpy(h->watched.name, WITNESS, sizeof(WITNESS));
	monitor_init(&h->monitor, &options, &out);
	host_act(w, n, &out, run);
	if (h->has_saved)
		h->monitor = h->saved;
	if (h->has_record) {
		const struct submission_record record = h->record;

		carrier_resume(&h->carrier, &record, 0, &e);
		host_name_tx(h->carrier.submission.txid, n, &h->record);
	}
	ready.now = now;
	monitor_readiness(&h->monitor, &ready, &out);
	host_act(w, n, &out, run);
	host_connections(w, n, run);
	host_settle(w, n, run);
}

void host_time(struct world *w, uint32_t n, struct run *run)
{
	struct host *h = &w->hosts[n];
	struct gw_now now = host_now(w, h);
	struct monitor_actions out = {.count = 0};

	if (!h->alive)
		return;
	if (h->timer_ms != 0 && h->timer_ms <= now.mono_ms) {
		h->timer_ms = 0;
		monitor_timer(&h->monitor, &now, &out);
		host_act(w, n, &out, run);
	}
	h->begun |= h->carrier.busy && submission_wake_ms(&h->carrier.submission) <= now.mono_ms;
	host_settle(w, n, run);
}

/* A timer that no due switch waits for runs with the next slot. */
bool host_wants_tick(const struct world *w, uint32_t n)
{
	const struct host *h = &w->hosts[n];
	const int64_t soon_ms = host_now(w, h).mono_ms + TICK_MS;
	const bool is_due = h->monitor.due.cause != MONITOR_NOT_DUE;

	return h->alive && ((h->carrier.busy && submission_wake_ms(&h->carrier.submission) <= soon_ms) ||
			    (is_due && h->timer_ms != 0 && h->timer_ms <= soon_ms));
}

void host_command(struct world *w, uint32_t n, int32_t verb, struct run *run)
{
	struct host *h = &w->hosts[n];
	struct gw_command_event event = {.struct_size = sizeof(event), .verb = verb, .by = "root"};
	struct monitor_actions out = {.count = 0};
	char text[GW_TEXT_SIZE];

	event.now = host_now(w, h);
	gw_status status = monitor_command(&h->monitor, &event, text, &out);
	tell(run, "node %u answers: %s", n, text);
	if (status == GW_OK && verb != GW_COMMAND_TAKEOVER)
		h->held = (uint8_t)(verb == GW_COMMAND_HOLD ? 1 + (w->blocks[0].key == n) : 0);
	host_act(w, n, &out, run);
	host_settle(w, n, run);
}
