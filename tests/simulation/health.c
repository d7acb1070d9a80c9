/* SPDX-License-Identifier: MIT
 * Who is well, and what he owes. See health.h. */
#include "health.h"

#include <inttypes.h>
#include <string.h>

#include "evidence.h"
#include "invariants.h"

#define ILL_FOR_MS    25000  /* a hiccup of 15 s is none; a watcher may see the trouble some seconds late */
#define CHECKED_MS    60000  /* in so much time there was an answer */
#define RECOVERS_MS   180000 /* it connects again, reads what it missed */
#define CATCH_UP_MOST 1200u  /* blocks that it reads after a pause: beyond them it begins anew */

/* ---- trouble ---------------------------------------------------------------------------------------------------- */

void trouble_begins(struct trouble *trouble, int64_t now_ms)
{
	trouble->active++;
	if (trouble->until_ms < now_ms)
		trouble->until_ms = now_ms;
}

void trouble_ends(struct trouble *trouble, int64_t now_ms)
{
	trouble->active--;
	if (trouble->until_ms < now_ms + RECOVERS_MS)
		trouble->until_ms = now_ms + RECOVERS_MS;
}

static bool is_quiet(const struct trouble *trouble, int64_t since_ms)
{
	return trouble->active == 0 && trouble->until_ms < since_ms;
}

bool health_is_held(const struct watcher *w)
{
	return w->hold.on && (w->hold.until_ms == 0 || w->world->now_ms < w->hold.until_ms);
}

/* It was away when an update was made and the chain's null came after: whose the slots between were it did not know,
 * and says that it cannot tell. */
static bool was_in_doubt(const struct watcher *w, const struct sim_block *set)
{
	const struct sim_block *parent = chain_block(&w->world->chain, set->parent);
	const struct sim_block *before =
		parent ? chain_ancestor(&w->world->chain, parent->serial, parent->key_since) : NULL;

	return GENESIS_MS + w->doubt_said_ms >= set->time_s * 1000 && before && set->num - before->num < CATCH_UP_MOST;
}

bool health_saw_null(const struct watcher *w, const struct sim_block *head)
{
	const struct sim_block *set = chain_ancestor(&w->world->chain, head->serial, head->key_since);

	return head->chain_null && w->alive && set && GENESIS_MS + w->anew_ms < set->time_s * 1000 &&
	       !was_in_doubt(w, set);
}

/* ---- could it take over? ---------------------------------------------------------------------------------------- */

static bool is_ill(const struct watcher *w)
{
	const struct world *world = w->world;
	int64_t error_ms = w->clock_error_ms < 0 ? -w->clock_error_ms : w->clock_error_ms;

	return !w->links[0].up || health_is_held(w) || (world->options.golosd_config && w->lacks_key) ||
	       w->authorities.state == GW_READY_NO ||
	       GENESIS_MS + world->now_ms - w->links[0].head_time_s * 1000 >
		       w->options.max_head_age_s * 1000 + CLOCK_SLACK_MS ||
	       (error_ms > w->options.max_clock_skew_s * 1000 + CLOCK_SLACK_MS && world->golosds[w->index].lag_ms == 0);
}

void health_tick(struct watcher *w)
{
	int64_t now_ms = w->world->now_ms;

	if (!is_ill(w)) {
		w->ill_since_ms = 0;
		return;
	}
	if (w->ill_since_ms == 0)
		w->ill_since_ms = now_ms;
	if (now_ms - w->ill_since_ms >= ILL_FOR_MS)
		w->ill_ms = now_ms;
}

/* The first own slots under its key were missed, and it has not produced since: it stands last. */
static bool stands_last(const struct watcher *w)
{
	return w->first_missed_ms > w->key_produced_ms;
}

/* An endpoint that confirms: the public one, whose troubles are the world's. Peers have their own. */
static bool is_confirmed(const struct watcher *w)
{
	return w->options.confirm_nodes == 1 || w->world->options.public_endpoint;
}

/* Nothing stood in its way since then. Answers that come late and sends that are lost hold it up by less than the step
 * to the next place. */
static bool could_go_since(const struct watcher *w, int64_t since_ms)
{
	const struct world *world = w->world;
	const struct golosd *golosd = &world->golosds[w->index];

	return world->options.troubles_told && is_confirmed(w) && is_quiet(&world->trouble, since_ms) &&
	       is_quiet(&w->trouble, since_ms) && w->alive && w->start_ms + RECOVERS_MS < since_ms && golosd->alive &&
	       golosd->in_sync && w->authorities.state == GW_READY_YES && w->ill_since_ms == 0 &&
	       w->ill_ms < since_ms && !health_is_held(w) && !w->journal.failed && !w->options.dry_run &&
	       !w->host_dry_run && w->key_set < w->options.max_switches && !stands_last(w) && w->read_ms < since_ms;
}

/* It does what it owes as soon as it owes it. */
static bool was_well_since(const struct watcher *w, int64_t since_ms)
{
	const struct world_options *o = &w->world->options;

	return o->late_answers == 0 && o->lost_sends == 0 && w->options.confirm_nodes == 1 &&
	       could_go_since(w, since_ms);
}

/* ---- order among healthy nodes ---------------------------------------------------------------------------------- */

/* It has seen each block of the misses that make it due, and counted before: an answer that is the first under a new
 * key may come after a miss, and hold it. Where the order of witnesses came late to it, no block dates a miss: an answer
 * does, and may date it before a block of the witness that came sooner (seed 850010258). */
static bool has_counted_since(const struct watcher *w, int64_t first_ms)
{
	return w->start_ms < first_ms && !w->blind && w->anew_ms < first_ms && w->counts_ms < first_ms &&
	       w->unowned_ms < first_ms;
}

/* Due in its own eyes, with nothing in its way. A node in trouble may count a miss too few: the first of all needs but
 * enough of them, those behind it wait from when each is due in its own eyes. */
static bool could_go(const struct watcher *w, const struct sim_block *parent, uint8_t from)
{
	const struct world *world = w->world;
	uint8_t key = world->golosds[w->index].key;
	bool is_first = key == 1 || (key == 2 && from == 1);
	int64_t due_ms = first_due_s(world, parent, w) * 1000 - GENESIS_MS;
	int64_t counts_from_s = is_first ? enough_since_s(world, parent, w) : first_miss_s(world, parent, w);
	int64_t counts_from_ms = counts_from_s * 1000 - GENESIS_MS;

	/* a producer that comes and goes makes it due anew each time, and by then each has waited its turn */
	return due_ms > 0 && world->last_ours_ms < due_ms && has_counted_since(w, counts_from_ms) &&
	       could_go_since(w, counts_from_ms - CHECKED_MS);
}

void health_switch(struct world *world, const struct sim_tx *tx, const struct sim_block *parent)
{
	const struct watcher *w = &world->watchers[tx->sender];
	uint8_t from = key_moved_from(world, parent);
	bool judged = false;

	if (!w->options.priority_count || tx->ordered || tx->fail_back || parent->signing_key == KEY_NULL)
		return;
	world->tally.with_order++;
	/* in a chain of two the places lie 6 s apart, and an answer alone may take as long; who began since the misses
	 * did may count some of before, and was due sooner */
	if (world->options.rules.scheduled < SCHEDULED_MAX ||
	    !has_counted_since(w, first_miss_s(world, parent, w) * 1000 - GENESIS_MS))
		return;
	for (uint8_t i = 0; i < world->options.our_nodes; i++) {
		const struct watcher *other = &world->watchers[i];
		bool could = world->golosds[i].key != from && could_go(other, parent, from);
		/* what it sends may be lost */
		bool tried = other->tried_ms >= first_due_s(world, parent, other) * 1000 - GENESIS_MS;

		judged |= could;
		if (could && !tried && world->golosds[i].key < world->golosds[w->index].key)
			world_break(world, PRODUCTION_RESUMES, "w%u takes over, and w%u was well and goes before it",
				    w->index, i);
	}
	world->tally.judged_order += judged;
}

/* ---- production resumes while the faults last ------------------------------------------------------------------- */

/* Rounds until enough slots are missed, the places before it, the block and its first own slot; two rounds may lie
 * between two slots. */
static int64_t resumes_within_ms(const struct world *world)
{
	const struct world_options *o = &world->options;
	int64_t rounds = 2 * ((int64_t)o->monitor.allowed_misses + 1) + o->our_nodes + 3;
	int64_t rare = o->rules.rare_rounds > 1 ? LONGEST_PAUSE(o->rules.rare_rounds) : 1;

	return rounds * rare * o->rules.scheduled * INTERVAL_S * 1000 + 120000;
}

void health_slot(struct world *world, const struct sim_block *head)
{
	if (world->now_ms - world->last_ours_ms < resumes_within_ms(world)) /* before the long way back to the key */
		return;
	const struct sim_block *set = chain_ancestor(&world->chain, head->serial, head->key_since);
	int64_t since_ms = set ? set->time_s * 1000 - GENESIS_MS : world->now_ms;

	if (since_ms < world->last_ours_ms)
		since_ms = world->last_ours_ms;
	if (world->now_ms - since_ms < resumes_within_ms(world))
		return;
	bool null = head->signing_key == KEY_NULL;
	if (null && !world->options.monitor.null_takeover)
		return;
	for (uint8_t i = 0; i < world->options.our_nodes; i++)
		if (was_well_since(&world->watchers[i], since_ms) &&
		    (!null || health_saw_null(&world->watchers[i], head)))
			world_break(world, PRODUCTION_RESUMES, "no block of ours in %" PRId64 " s, and w%u is well",
				    (world->now_ms - since_ms) / 1000, i);
}
