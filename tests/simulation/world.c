/* SPDX-License-Identifier: MIT
 * Virtual time: a heap of events, and the trace. */
#include "world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "invariants.h"

/* ---- the heap --------------------------------------------------------------------------------------------------- */

static bool is_before(const struct event *a, const struct event *b)
{
	return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->order < b->order;
}

void world_at(struct world *world, int64_t delay_ms, const struct event *event)
{
	uint32_t i = world->event_count++;
	struct event new = *event;

	if (world->event_count > world->event_room) {
		world->event_room = world->event_room ? 2 * world->event_room : 256;
		world->events = xrealloc(world->events, world->event_room, sizeof(*world->events));
	}
	new.at_ms = world->now_ms + (delay_ms > 0 ? delay_ms : 0);
	new.order = ++world->events_made;
	while (i > 0 && is_before(&new, &world->events[(i - 1) / 2])) {
		world->events[i] = world->events[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	world->events[i] = new;
}

static struct event take_first(struct world *world)
{
	struct event first = world->events[0], last = world->events[--world->event_count];
	uint32_t i = 0;

	for (uint32_t child = 1; child < world->event_count; child = 2 * i + 1) {
		if (child + 1 < world->event_count && is_before(&world->events[child + 1], &world->events[child]))
			child++;
		if (!is_before(&world->events[child], &last))
			break;
		world->events[i] = world->events[child];
		i = child;
	}
	world->events[i] = last;
	return first;
}

/* ---- the run ---------------------------------------------------------------------------------------------------- */

static void happen(struct world *world, const struct event *event)
{
	switch ((enum event_type)event->type) {
	case EVENT_SLOT:
		golosd_slot(world);
		break;
	case EVENT_PRODUCE:
		golosd_produce(world, event->who);
		break;
	case EVENT_HEAR:
		golosd_hear(world, event->who, event->block);
		break;
	case EVENT_HEAR_TX:
		golosd_hear_tx(world, event->who, (uint8_t)event->num);
		break;
	case EVENT_SYNC:
		golosd_sync(world, event->who, event->start);
		break;
	case EVENT_POLL:
		older_poll(world, event);
		break;
	case EVENT_RESTART:
		watcher_start(world, event->who);
		break;
	case EVENT_PUSH:
	case EVENT_HANDLE:
	case EVENT_ANSWER:
	case EVENT_CONNECT:
	case EVENT_LOST:
	case EVENT_TICK:
	case EVENT_TIMER:
	case EVENT_WAKE:
	case EVENT_DISK:
	case EVENT_LATE:
	case EVENT_AUTHORITIES:
	case EVENT_DRY_RUN:
	case EVENT_EXIT:
	case EVENT_SEND:
	case EVENT_SENT:
		watcher_event(world, event);
		break;
	}
}

void world_run(struct world *world, int64_t ms)
{
	int64_t end_ms = world->now_ms + ms;

	while (world->broken == INVARIANT_NONE && world->event_count > 0 && world->events[0].at_ms <= end_ms) {
		struct event event = take_first(world);

		world->now_ms = event.at_ms;
		happen(world, &event);
	}
	if (world->broken == INVARIANT_NONE)
		world->now_ms = end_ms;
}

const struct sim_block *world_head(const struct world *world)
{
	const struct sim_block *best = NULL;

	/* witnesses 1, 2 and 3 are never on the minority's side */
	for (uint32_t i = world->options.our_nodes; i < world->golosd_count; i++) {
		const struct sim_block *head = chain_block(&world->chain, world->golosds[i].head);

		if (world->golosds[i].side == 0 && head && (!best || head->num > best->num))
			best = head;
	}
	return best;
}

/* ---- trace ------------------------------------------------------------------------------------------------------ */

void world_trace(struct world *world, const char *fmt, ...)
{
	char *line;
	int len;
	va_list args;

	if (!world->judged && !world->options.trace) /* nobody will ask for it */
		return;
	if (!world->lines)
		world->lines = xcalloc(TRACE_LINES, TRACE_WIDTH);
	line = world->lines[world->line_count++ % TRACE_LINES];
	len = snprintf(line, TRACE_WIDTH, "%9.3f ", (double)world->now_ms / 1000);
	va_start(args, fmt);
	vsnprintf(line + len, TRACE_WIDTH - (size_t)len, fmt, args);
	va_end(args);
	if (world->options.trace)
		printf("%s\n", line);
}

void world_break(struct world *world, enum invariant invariant, const char *fmt, ...)
{
	va_list args;

	if (world->broken != INVARIANT_NONE)
		return;
	world->broken = invariant;
	va_start(args, fmt);
	vsnprintf(world->broken_text, sizeof(world->broken_text), fmt, args);
	va_end(args);
	world_trace(world, "BROKEN %s: %s", invariant_name(invariant), world->broken_text);
}

/* ---- life ------------------------------------------------------------------------------------------------------- */

struct world_options world_defaults(uint64_t seed)
{
	struct world_options o = {.seed = seed,
				  .rules = {.scheduled = 21, .skipping_reset_s = 21600, .max_gap = 3},
				  .our_nodes = 2,
				  .max_signatures = 6,
				  .ordered = true};

	memcpy(o.monitor.witness, WITNESS_NAME, sizeof(WITNESS_NAME));
	o.monitor.miss_window_s = 3600;
	o.monitor.allowed_misses = 1;
	o.monitor.max_gap = 3;
	o.monitor.max_head_age_s = 6;
	o.monitor.max_clock_skew_s = 3;
	o.monitor.min_participation = 34;
	o.monitor.max_switches = 3;
	o.monitor.confirm_nodes = 1;
	o.monitor.null_takeover = true;
	o.monitor.preempt_delay_s = 3600;
	return o;
}

static uint8_t key_of(const struct world_options *options, uint8_t who)
{
	return (uint8_t)(options->same_key && who + 1u == options->our_nodes ? 1 : who + 1);
}

static void set_golosds(struct world *world)
{
	const struct world_options *o = &world->options;
	uint32_t others = o->rules.rare_rounds > 1 ? FIRST_BY_TIME + STANDINS : o->rules.scheduled;

	for (uint8_t i = 0; i < o->our_nodes; i++)
		world->golosds[world->golosd_count++] = (struct golosd){.witness = OURS, .key = key_of(o, i)};
	for (uint8_t w = 1; w < others; w++)
		world->golosds[world->golosd_count++] = (struct golosd){.witness = w};
	/* where each other node is a pillar of the chain the public one is no witness's: it may fail by itself */
	world->public_node = (uint8_t)(o->rules.scheduled < SCHEDULED_MAX ? world->golosd_count : o->our_nodes);
	if (world->public_node == world->golosd_count)
		world->golosds[world->golosd_count++] = (struct golosd){.witness = NOBODY};
	if (o->foreign_node)
		world->golosds[world->golosd_count++] = (struct golosd){.witness = OURS, .key = KEY_FOREIGN};
	for (uint32_t i = 0; i < world->golosd_count; i++) {
		world->golosds[i].alive = true;
		world->golosds[i].in_sync = true;
		world->golosds[i].head = 1;
	}
}

static void set_endpoints(struct watcher *watcher, const struct world_options *o)
{
	static const char *const urls[ENDPOINTS_MAX] = {"ws://0", "ws://1", "ws://2", "ws://3",
							"ws://4", "ws://5", "ws://6", "ws://7"};

	watcher->endpoint[watcher->endpoints++] = watcher->index;
	if (o->public_endpoint)
		watcher->endpoint[watcher->endpoints++] = watcher->world->public_node;
	for (uint8_t i = 0; o->peers && i < o->our_nodes; i++)
		if (i != watcher->index)
			watcher->endpoint[watcher->endpoints++] = i;
	for (uint32_t e = 0; e < watcher->endpoints; e++)
		watcher->world->golosds[watcher->endpoint[e]].watched = true;
	memcpy(watcher->urls, urls, sizeof(urls));
}

static void set_watcher(struct world *world, uint8_t who)
{
	struct watcher *watcher = &world->watchers[who];
	const struct world_options *o = &world->options;

	watcher->world = world;
	watcher->index = who;
	watcher->options = o->monitor;
	const char *own_key = chain_key_text(OURS, key_of(o, who));
	memcpy(watcher->options.witness_pubkey, own_key, strlen(own_key) + 1);
	for (uint8_t i = 0; o->ordered && i < o->our_nodes; i++) {
		const char *key = chain_key_text(OURS, key_of(o, i));

		if (i > 0 && key_of(o, i) == key_of(o, 0)) /* a list names each key once */
			continue;
		memcpy(watcher->options.priority[i], key, strlen(key) + 1);
		watcher->options.priority_count++;
	}
	watcher->options.dry_run = o->dry_run == who + 1u && o->seed % 2;
	watcher->host_dry_run = o->dry_run == who + 1u && !watcher->options.dry_run;
	watcher->journal.next_id = 1;
	set_endpoints(watcher, o);
}

struct world *world_new(const struct world_options *options)
{
	struct world *world = xcalloc(1, sizeof(*world));

	world->options = *options;
	world->dice.state = options->seed;
	world->judged = !options->older;
	world->landed_by = -1;
	world->options.rules.max_gap = options->monitor.max_gap;
	chain_init(&world->chain, &world->options.rules, options->seed ^ 0x5eed, 1);
	set_golosds(world);
	for (uint8_t i = 0; i < options->our_nodes; i++) {
		set_watcher(world, i);
		watcher_start(world, i);
		if (options->older)
			world_at(world, dice_between(&world->dice, 0, 30000),
				 &(struct event){.type = EVENT_POLL, .who = i});
	}
	world_at(world, INTERVAL_S * 1000, &(struct event){.type = EVENT_SLOT});
	return world;
}

void world_free(struct world *world)
{
	for (uint32_t i = 0; i < world->options.our_nodes; i++)
		watcher_free(&world->watchers[i]);
	chain_done(&world->chain);
	free(world->events);
	free(world->lines);
	free(world);
}
