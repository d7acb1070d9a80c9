/* SPDX-License-Identifier: MIT
 * The seven invariants, each a function of its name. See invariants.h. */
#include "invariants.h"

#include <inttypes.h>
#include <string.h>

#define LANDED_WITHIN_MS 30000
#define CLOCK_SLACK_MS	 1500 /* blocks come late: the watcher's chain time is behind by as much */

const char *invariant_name(enum invariant invariant)
{
	switch (invariant) {
	case INVARIANT_NONE:
		return "nothing";
	case NEVER_TWO_SWITCHES:
		return "never_two_switches";
	case NEVER_AWAY_FROM_HEALTHY:
		return "never_away_from_healthy";
	case OPERATORS_WILL:
		return "operators_will";
	case PRODUCTION_RESUMES:
		return "production_resumes";
	case CALM_AFTER_FAULTS:
		return "calm_after_faults";
	case NO_BLOCK_LOST_BY_A_SWITCH:
		return "no_block_lost_by_a_switch";
	case NO_TAKEOVER_ACROSS_PARTITION:
		return "no_takeover_across_partition";
	}
	return "";
}

/* ---- what a branch shows ---------------------------------------------------------------------------------------- */

/* Number of the block from which on misses are the present key's, as far as it can be known. */
static uint32_t counted_from(const struct world *world, const struct sim_block *head, const struct watcher *w)
{
	const struct sim_block *set = chain_ancestor(&world->chain, head->serial, head->key_since);

	if (w && (!set || GENESIS_MS + w->anew_ms > set->time_s * 1000 - 1000))
		return 0;
	/* misses of the block that set it are not the new key's, but the chain's own null is for them */
	return head->chain_null ? head->key_since : head->key_since + 1;
}

/* A halt is told by the blocks on both sides of it: one who began within it knows only that the count rose. */
static bool is_seen_halt(const struct world *world, const struct sim_block *block, const struct watcher *w)
{
	const struct sim_block *parent = chain_block(&world->chain, block->parent);

	return block->halt && (!w || (parent && parent->time_s * 1000 > GENESIS_MS + w->anew_ms));
}

struct evidence evidence_at(const struct world *world, uint32_t serial, int64_t window_s, const struct watcher *w)
{
	const struct sim_block *head = chain_block(&world->chain, serial);
	const struct sim_block *block = head;
	uint32_t from = counted_from(world, head, w);
	struct evidence found = {0};
	bool own_block = false;

	for (; block; block = chain_block(&world->chain, block->parent)) {
		found.cut = block->parent != 0;
		bool in_window = block->time_s >= head->time_s - window_s;

		if (block->num < from || (!in_window && own_block)) {
			found.cut = false;
			return found;
		}
		if (block->witness == OURS) {
			own_block = true;
			if (block->key == head->signing_key && found.newest == 0)
				found.produced_since = true;
		}
		if (block->missed_ours == 0 || is_seen_halt(world, block, w))
			continue;
		if (found.newest == 0)
			found.newest = block->num;
		found.in_window += in_window ? block->missed_ours : 0;
		found.in_a_row += own_block ? 0 : block->missed_ours;
	}
	return found;
}

/* ---- 1 ---------------------------------------------------------------------------------------------------------- */

static void never_two_alive(const struct watcher *w, const struct sim_tx *tx)
{
	struct world *world = w->world;
	uint32_t head_serial = world->golosds[w->index].head;
	const struct sim_block *head = chain_block(&world->chain, head_serial);

	for (uint32_t i = 0; head && i < TXS_KEPT; i++) {
		const struct sim_tx *other = &world->chain.txs[i];

		if (other == tx || other->serial == 0 || other->sender != tx->sender || !other->taken)
			continue;
		if (other->expiration_s <= head->time_s || chain_tx_is_in(&world->chain, head_serial, other))
			continue;
		world_break(world, NEVER_TWO_SWITCHES, "w%u sends %.8s while its %.8s may still come into a block",
			    w->index, tx->id, other->id);
	}
}

static void never_more_than_a_day_allows(const struct watcher *w, const struct evidence *found)
{
	uint32_t today = 0;

	for (uint32_t i = 0; i < w->switch_count && i < MONITOR_SWITCHES_MAX; i++)
		today += w->switch_ms[i] > w->world->now_ms - INT64_C(86400000) &&
			 chain_holds(&w->world->chain, w->links[0].shown, w->switch_block[i]);
	if (today >= w->options.max_switches && found->in_a_row < 3 && !found->cut)
		world_break(w->world, NEVER_TWO_SWITCHES, "w%u switches for the %uth time today", w->index, today + 1);
}

/* Slots of others in the last round that were filled, as the branch shows. */
static bool few_take_part(const struct world *world, const struct sim_block *head, uint32_t percent)
{
	uint32_t others = 0, filled = 0, slots = 0;
	const struct sim_block *block = head;

	while (block && slots < head->order_count) {
		const struct sim_block *parent = chain_block(&world->chain, block->parent);

		slots++;
		others += block->witness != OURS;
		filled += block->witness != OURS;
		if (!parent)
			return false;
		for (uint32_t i = block->skipped; i > 0 && slots < head->order_count; i--, slots++)
			others += chain_owner(parent, i) != OURS;
		block = parent;
	}
	return others > 0 && filled * 100 <= percent * others;
}

static void never_while_a_guard_holds(const struct watcher *w, const struct sim_tx *tx)
{
	struct world *world = w->world;
	const struct sim_block *head = chain_block(&world->chain, w->links[0].shown);
	int64_t error_ms = w->clock_error_ms < 0 ? -w->clock_error_ms : w->clock_error_ms;
	int64_t age_ms;

	if (!w->links[0].up || !head) {
		world_break(world, NEVER_TWO_SWITCHES, "w%u sends though its golosd is not connected", w->index);
		return;
	}
	/* a clock that is wrong by as much as the node lags agrees with it: one node alone cannot tell */
	if (w->clock_error_ms != 0 && world->golosds[w->index].lag_ms != 0)
		return;
	age_ms = GENESIS_MS + world->now_ms - head->time_s * 1000;
	if (age_ms > w->options.max_head_age_s * 1000 + CLOCK_SLACK_MS)
		world_break(world, NEVER_TWO_SWITCHES, "w%u sends though its golosd's head is %" PRId64 " ms old",
			    w->index, age_ms);
	if (error_ms > w->options.max_clock_skew_s * 1000 + CLOCK_SLACK_MS)
		world_break(world, NEVER_TWO_SWITCHES, "w%u sends though its clock is wrong by %" PRId64 " ms",
			    w->index, error_ms);
	if (!tx->ordered && few_take_part(world, head, w->options.min_participation))
		world_break(world, NEVER_TWO_SWITCHES, "w%u sends though few others take part", w->index);
	for (uint32_t e = 1; e < w->endpoints; e++) {
		const struct sim_block *other = chain_block(&world->chain, w->links[e].shown);

		if (w->links[e].up && other && other->num > head->num + 1)
			world_break(world, NEVER_TWO_SWITCHES, "w%u sends though its golosd is behind", w->index);
	}
}

/* ---- 2, 3 ------------------------------------------------------------------------------------------------------- */

static void never_away_from_healthy(const struct watcher *w, const struct sim_block *head, const struct evidence *found)
{
	uint32_t most = found->in_window > found->in_a_row ? found->in_window : found->in_a_row;

	if (found->cut || head->signing_key == KEY_NULL)
		return;
	if (most <= w->options.allowed_misses)
		world_break(w->world, NEVER_AWAY_FROM_HEALTHY, "w%u switches after %u misses of key %u", w->index, most,
			    head->signing_key);
	else if (found->produced_since)
		world_break(w->world, NEVER_AWAY_FROM_HEALTHY,
			    "w%u switches though key %u has produced since its newest miss", w->index,
			    head->signing_key);
}

static bool is_held(const struct watcher *w)
{
	return w->held && (w->held_until_ms == 0 || w->world->now_ms < w->held_until_ms);
}

static void operators_will(const struct watcher *w, const struct sim_tx *tx, const struct sim_block *head)
{
	if (is_held(w))
		world_break(w->world, OPERATORS_WILL, "w%u sends though it is held", w->index);
	if (!tx->ordered && head->signing_key == KEY_NULL && !head->chain_null)
		world_break(w->world, OPERATORS_WILL, "w%u sends though the operator shut the witness down", w->index);
}

void invariants_send(const struct watcher *w, const struct sim_tx *tx)
{
	const struct sim_block *head = chain_block(&w->world->chain, w->links[0].shown);
	struct evidence found;

	if (!w->world->judged)
		return;
	never_two_alive(w, tx);
	if (tx->sent_ms != 0 || w->submission.resumed)
		return;
	never_while_a_guard_holds(w, tx);
	if (!head)
		return;
	found = evidence_at(w->world, head->serial, w->options.miss_window_s, w);
	never_more_than_a_day_allows(w, &found);
	operators_will(w, tx, head);
	if (!tx->ordered && !tx->planned)
		never_away_from_healthy(w, head, &found);
}

/* ---- 3, 7: an update in a block --------------------------------------------------------------------------------- */

/* What was sent before the operator's word may land after it; a critical notice says so. */
static void note_landing(struct world *world, const struct sim_tx *tx, const struct sim_block *parent)
{
	const struct watcher *w = &world->watchers[tx->sender];
	bool over_null = parent->signing_key == KEY_NULL && !parent->chain_null && !tx->ordered;

	if (!over_null && !(is_held(w) && w->alive && tx->sent_ms < w->held_ms))
		return;
	world_trace(world, "%.8s of w%u lands over the operator's word", tx->id, w->index);
	world->landed_by = tx->sender;
	world->landed_start = w->start;
	world->landed_ms = world->now_ms;
}

static void watch_landing(struct world *world)
{
	int8_t who = world->landed_by;
	const struct watcher *w;

	if (who < 0 || world->now_ms < world->landed_ms + LANDED_WITHIN_MS)
		return;
	world->landed_by = -1;
	w = &world->watchers[who];
	if (!w->alive || w->cut || w->start != world->landed_start || world->golosds[who].side != 0 ||
	    world->golosds[who].silent || world->golosds[who].frozen || !w->links[0].up)
		return;
	if (world_head(world)->signing_key != world->golosds[who].key) /* a fork took it back */
		return;
	if (w->landed_said_ms < world->landed_ms)
		world_break(world, OPERATORS_WILL,
			    "the switch of w%d landed over the operator's word, and it says nothing", who);
}

static void no_takeover_across_partition(struct world *world, const struct sim_tx *tx, const struct sim_block *parent)
{
	const struct watcher *w = &world->watchers[tx->sender];
	/* what both branches show: the sender's as it then stood, and this one */
	const struct sim_block *then = chain_common(&world->chain, parent->serial, tx->seen);
	struct evidence found;

	if (!then || tx->ordered || tx->planned || then->signing_key == KEY_NULL || then->signing_key == tx->key)
		return;
	found = evidence_at(world, then->serial, w->options.miss_window_s + 2 * SUBMISSION_LIFE_S, w);
	if (found.cut || found.in_window > w->options.allowed_misses || found.in_a_row > w->options.allowed_misses)
		return;
	world->wrong_side++;
	if (!world->judged)
		return;
	world_break(world, NO_TAKEOVER_ACROSS_PARTITION,
		    "the switch of w%u came into block %u, whose branch shows %u misses of key %u", w->index,
		    parent->num + 1, found.in_window, then->signing_key);
}

static void note_switch(struct world *world, const struct sim_tx *tx, const struct sim_block *block)
{
	struct watcher *w = &world->watchers[tx->sender];

	w->switch_block[w->switch_count % MONITOR_SWITCHES_MAX] = block->serial;
	w->switch_ms[w->switch_count++ % MONITOR_SWITCHES_MAX] = world->now_ms;
	if (tx->in_count > 1) /* on another branch it was before */
		return;
	w->switches++;
	world->switches++;
	world->switched_to = tx->key;
	world->switched_ms = world->now_ms;
}

void invariants_block(struct world *world, const struct sim_block *block)
{
	const struct sim_block *parent = chain_block(&world->chain, block->parent);

	if (block->witness == OURS) {
		world->last_ours_ms = world->now_ms;
		world->last_ours_key = block->key;
		world_trace(world, "block %u is ours, by key %u", block->num, block->key);
	}
	if (block->missed_ours)
		world_trace(world, "block %u shows %u missed slots of ours%s", block->num, block->missed_ours,
			    block->halt ? ", in a halt" : "");
	if (block->signing_key != parent->signing_key)
		world_trace(world, "block %u: the key is %u%s", block->num, block->signing_key,
			    block->chain_null ? ", by the chain" : "");
	for (uint32_t i = 0; i < block->tx_count; i++) {
		const struct sim_tx *tx = chain_tx(&world->chain, block->txs[i], block->tx_serials[i]);

		if (!tx || tx->sender < 0)
			continue;
		note_switch(world, tx, block);
		if (world->judged)
			note_landing(world, tx, parent);
		no_takeover_across_partition(world, tx, parent);
	}
}

/* ---- 6 ---------------------------------------------------------------------------------------------------------- */

#define LAG_MAX_MS 400 /* slot safety wants blocks within half a second of their slot; more is the clock guard's */

/* Where a slot between was not filled, the update could not come into a block in time. */
void invariant_slot_lost_to_pending(struct world *world, uint8_t who)
{
	const struct golosd *golosd = &world->golosds[who];
	const struct sim_tx *tx = &world->chain.txs[golosd->pending[golosd->pending_count - 1]];
	const struct sim_block *head = chain_block(&world->chain, golosd->head);

	if (tx->sender < 0 || golosd->side != 0)
		return;
	world->pending_losses++;
	int64_t room_ms = world->now_ms - tx->sent_ms;
	bool filled = GENESIS_MS + tx->sent_ms + 500 < head->time_s * 1000;
	world_trace(world, "a slot of ours is lost to the pending %.8s, sent %" PRId64 " ms before", tx->id, room_ms);
	if (world->golosds[tx->sender].lag_ms > LAG_MAX_MS || golosd->lag_ms > LAG_MAX_MS)
		return;
	if (world->judged && !filled && room_ms < INTERVAL_S * 1000)
		world_break(world, NO_BLOCK_LOST_BY_A_SWITCH, "%.8s was sent %" PRId64 " ms before a slot of ours",
			    tx->id, room_ms);
}

/* ---- slots ------------------------------------------------------------------------------------------------------ */

void invariants_slot(struct world *world)
{
	const struct sim_block *head = world_head(world);
	int64_t slots = (GENESIS_TIME_S + world->now_ms / 1000 - head->time_s) / INTERVAL_S;

	watch_landing(world);
	if (slots == 1 && head->witness == OURS) {
		world->own_slots++;
	} else if (slots > 1 && chain_owner(head, slots - 1) == OURS) {
		world->own_slots++;
		world->lost_blocks++;
	}
}

/* ---- 4, 5 ------------------------------------------------------------------------------------------------------- */

void invariant_production_resumes(struct world *world, int64_t within_ms)
{
	int64_t from_ms = world->now_ms;

	while (world->broken == INVARIANT_NONE && world->last_ours_ms <= from_ms && world->now_ms < from_ms + within_ms)
		world_run(world, 1000);
	if (world->last_ours_ms <= from_ms)
		world_break(world, PRODUCTION_RESUMES, "no block of ours in %" PRId64 " s", within_ms / 1000);
}

void invariant_calm_after_faults(struct world *world, int64_t for_ms)
{
	uint8_t key = world_head(world)->signing_key;
	uint32_t lost = world->lost_blocks, switches = world->switches, slots = world->own_slots;
	int64_t from_ms = world->now_ms;

	world_run(world, for_ms);
	if (world_head(world)->signing_key != key || world->switches != switches)
		world_break(world, CALM_AFTER_FAULTS, "the key moved from %u to %u", key,
			    world_head(world)->signing_key);
	else if (world->last_send_ms > from_ms)
		world_break(world, CALM_AFTER_FAULTS, "something is still sent");
	else if (world->lost_blocks != lost || world->own_slots == slots)
		world_break(world, CALM_AFTER_FAULTS, "%u of %u slots are lost", world->lost_blocks - lost,
			    world->own_slots - slots);
}
