/* SPDX-License-Identifier: MIT
 * What must hold of blocks, slots and of the time after the faults. See invariants.h. */
#include "invariants.h"

#include <inttypes.h>

#include "evidence.h"
#include "health.h"

#define LANDED_WITHIN_MS 30000

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

/* ---- 3, 7: an update in a block --------------------------------------------------------------------------------- */

/* On another branch a block held it before: that was no news then, and is none where a fork brings it again. */
static bool landed_before(const struct world *world, const struct sim_tx *tx, int64_t ms)
{
	const struct sim_block *first = tx->in_count > 1 ? chain_block(&world->chain, tx->in_blocks[0]) : NULL;

	return first && first->time_s * 1000 < GENESIS_MS + ms;
}

/* What was sent before the operator's word may land after it; a critical notice says so. */
static void note_landing(struct world *world, const struct sim_tx *tx, const struct sim_block *parent)
{
	const struct watcher *w = &world->watchers[tx->sender];
	bool over_null = parent->signing_key == KEY_NULL && !parent->chain_null && !tx->ordered;

	if (!over_null && !(health_is_held(w) && w->alive && tx->sent_ms < w->hold.since_ms &&
			    !landed_before(world, tx, w->hold.since_ms)))
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
	world->tally.judged_landings++;
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

	if (!then || tx->ordered || tx->fail_back || then->signing_key == KEY_NULL || then->signing_key == tx->key)
		return;
	/* what lands on the minority's branch is undone with it */
	if (!chain_holds(&world->chain, world_head(world)->serial, parent->serial))
		return;
	found = evidence_at(world, then->serial, w->options.miss_window_s + 2 * TRANSACTION_LIFE_S, w);
	if (found.cut || found.in_window > w->options.allowed_misses || found.in_a_row > w->options.allowed_misses)
		return;
	world->wrong_side++;
	if (!world->judged)
		return;
	world_break(world, NO_TAKEOVER_ACROSS_PARTITION,
		    "the switch of w%u came into block %u, whose branch shows %u misses of key %u", w->index,
		    parent->num + 1, found.in_window, then->signing_key);
}

static void tally_switch(struct tally *tally, const struct sim_tx *tx, const struct sim_block *parent)
{
	tally->by_order += tx->ordered;
	tally->fail_backs += tx->fail_back;
	if (tx->ordered || tx->fail_back)
		return;
	tally->for_null += parent->signing_key == KEY_NULL;
	tally->for_misses += parent->signing_key != KEY_NULL;
}

static void note_switch(struct world *world, const struct sim_tx *tx, const struct sim_block *block)
{
	struct watcher *w = &world->watchers[tx->sender];
	uint32_t place = w->own_switch_count++ % MONITOR_SWITCHES_MAX;

	w->own_switches[place] = (struct own_switch){
		.ms = world->now_ms, .submission = tx->submission, .block = block->serial, .fail_back = tx->fail_back};
	w->told &= ~(1u << place);
	w->told_kept &= ~(1u << place);
	if (tx->in_count > 1) /* on another branch it was before */
		return;
	tally_switch(&world->tally, tx, chain_block(&world->chain, block->parent));
	w->switches++;
	world->switches++;
	world->switched_to = tx->key;
	world->switched_ms = world->now_ms;
}

void invariants_told_block(struct watcher *w, uint32_t num)
{
	for (uint32_t i = 0; i < w->own_switch_count && i < MONITOR_SWITCHES_MAX; i++) {
		const struct sim_block *block = chain_block(&w->world->chain, w->own_switches[i].block);

		if (block && block->num == num)
			w->told |= 1u << i;
	}
}

void invariants_told_state(struct watcher *w, uint64_t submission, uint32_t head)
{
	for (uint32_t i = 0; i < w->own_switch_count && i < MONITOR_SWITCHES_MAX; i++)
		if (w->own_switches[i].submission == submission &&
		    chain_block(&w->world->chain, head)->signing_key == w->world->golosds[w->index].key &&
		    chain_holds(&w->world->chain, head, w->own_switches[i].block))
			w->told |= 1u << i;
}

void invariants_block(struct world *world, const struct sim_block *block)
{
	const struct sim_block *parent = chain_block(&world->chain, block->parent);

	if (block->witness == OURS) {
		world->last_ours_ms = world->now_ms;
		world->last_ours_key = block->key;
		for (uint32_t n = 0; n < world->options.our_nodes; n++)
			if (world->golosds[n].key == block->key)
				world->watchers[n].key_produced_ms = world->now_ms;
		world_trace(world, "block %u is ours, by key %u", block->num, block->key);
	}
	if (block->missed_ours)
		world_trace(world, "block %u shows %u missed slots of ours%s", block->num, block->missed_ours,
			    block->halt ? ", in a halt" : "");
	if (block->signing_key != parent->signing_key)
		world_trace(world, "block %u: the key is %u%s", block->num, block->signing_key,
			    block->chain_null ? ", by the chain" : "");
	uint32_t senders = 0; /* bit per node */
	for (uint32_t i = 0; i < block->tx_count; i++) {
		const struct sim_tx *tx = chain_tx(&world->chain, block->txs[i], block->tx_serials[i]);

		for (uint32_t n = 0; tx && n < world->options.our_nodes; n++) /* another one may follow in this block */
			world->watchers[n].key_set += tx->key == world->golosds[n].key;
		if (!tx || tx->sender < 0)
			continue;
		note_switch(world, tx, block);
		health_switch(world, tx, parent);
		if (world->judged)
			note_landing(world, tx, parent);
		no_takeover_across_partition(world, tx, parent);
		senders |= 1u << tx->sender;
	}
	world->tally.twins += __builtin_popcount(senders) > 1;
}

/* ---- 6 ---------------------------------------------------------------------------------------------------------- */

#define LAG_MAX_MS  400	 /* slot safety wants blocks within half a second of their slot; more is the clock guard's */
#define LATE_MAX_MS 1000 /* so late each block told the time, with its way to the watcher */

/* It lags, or what it lacks of that time is still on its way: by its own head the slot is ours, and by the newest one,
 * whose order the sender knows, another's. */
static bool hears_late(const struct world *world, const struct golosd *golosd)
{
	const struct sim_block *head = chain_block(&world->chain, golosd->head);

	return golosd->lag_ms > LAG_MAX_MS || head->time_s * 1000 <= GENESIS_MS + golosd->lagged_ms;
}

/* Two branches, as after a partition that ends with both as long: each has an order of its own, and the sender knows
 * his. */
static bool are_apart(const struct world *world, const struct golosd *a, const struct golosd *b)
{
	return !chain_holds(&world->chain, a->head, b->head) && !chain_holds(&world->chain, b->head, a->head);
}

/* Where a slot between was not filled, the update could not come into a block in time. Where nobody tells the order for
 * a round, a switch may cost a slot: a dead producer costs more. */
void invariant_slot_lost_to_pending(struct world *world, uint8_t who)
{
	const struct golosd *golosd = &world->golosds[who];
	const struct sim_tx *tx = &world->chain.txs[golosd->pending[golosd->pending_count - 1]];
	const struct sim_block *head = chain_block(&world->chain, golosd->head);

	if (tx->sender < 0 || golosd->side != 0)
		return;
	world->pending_losses++;
	world->tally.pending_slots++;
	int64_t room_ms = world->now_ms - tx->sent_ms;
	bool filled = GENESIS_MS + tx->sent_ms + 500 < head->time_s * 1000;
	world_trace(world, "a slot of ours is lost to the pending %.8s, sent %" PRId64 " ms before", tx->id, room_ms);
	if (tx->without_order || hears_late(world, &world->golosds[tx->sender]) || hears_late(world, golosd) ||
	    are_apart(world, &world->golosds[tx->sender], golosd) ||
	    world->watchers[tx->sender].links[0].least_late_ms > LATE_MAX_MS)
		return;
	if (world->judged && !filled && room_ms < INTERVAL_S * 1000)
		world_break(world, NO_BLOCK_LOST_BY_A_SWITCH, "%.8s was sent %" PRId64 " ms before a slot of ours",
			    tx->id, room_ms);
}

/* ---- slots ------------------------------------------------------------------------------------------------------ */

#define HURRY_MS (4 * INTERVAL_S * INT64_C(1000)) /* a miss is known a slot later, and an update wants one more */

void invariants_slot(struct world *world)
{
	const struct sim_block *head = world_head(world);
	int64_t slots = (GENESIS_TIME_S + world->now_ms / 1000 - head->time_s) / INTERVAL_S;

	watch_landing(world);
	health_slot(world, head);
	if (slots == 1 && head->witness == OURS) {
		world->own_slots++;
	} else if (slots > 1 && chain_owner(head, slots - 1) == OURS) {
		world->own_slots++;
		world->lost_blocks++;
		world->hurried += world->lost_ms > 0 && world->now_ms - world->lost_ms <= HURRY_MS;
		world->lost_ms = world->now_ms;
	}
}

/* ---- 5: who produces --------------------------------------------------------------------------------------------- */

static bool is_told_again(const struct watcher *w, uint32_t serial)
{
	for (uint32_t i = 0; i < w->own_told_count && i < MONITOR_OWN_BLOCKS_MAX; i++)
		if (w->own_told[i] == serial)
			return true;
	return false;
}

static bool is_double(const struct watcher *w, const struct sim_block *block)
{
	for (uint32_t i = 0; i < w->own_told_count && i < MONITOR_OWN_BLOCKS_MAX; i++) {
		const struct sim_block *other = chain_block(&w->world->chain, w->own_told[i]);

		if (other && other->time_s == block->time_s && other->key == block->key)
			return true;
	}
	return false;
}

/* Two nodes with one key make two blocks for one slot: who is told of both tells people at once. Two keys may each have
 * made one, on the two sides of a partition; of a block that was read it is not told who signed it. */
void invariants_told_own_block(struct watcher *w, uint32_t serial)
{
	struct world *world = w->world;
	const struct sim_block *block = chain_block(&world->chain, serial);
	bool said = w->doubles_said_ms == world->now_ms;

	if (!block || block->witness != OURS || is_told_again(w, serial))
		return;
	if (is_double(w, block)) {
		world->tally.judged_doubles++;
		if (!said && world->judged)
			world_break(world, CALM_AFTER_FAULTS, "w%u saw two blocks for one slot, and says nothing",
				    w->index);
	}
	w->own_told[w->own_told_count++ % MONITOR_OWN_BLOCKS_MAX] = serial;
}

void invariants_produced(struct world *world, uint8_t golosd)
{
	world->producers |= 1u << golosd;
}

/* Those that hold the key and are well: one, but where two nodes have the same key. */
static uint32_t holders(const struct world *world, uint8_t key)
{
	uint32_t bits = 0;

	for (uint8_t i = 0; i < world->options.our_nodes; i++)
		if (world->golosds[i].key == key && world->golosds[i].alive)
			bits |= 1u << i;
	return bits;
}

static void one_node_produces(struct world *world, uint8_t key)
{
	uint32_t wanted = holders(world, key);

	world->tally.judged_producers += __builtin_popcount(wanted) > 1;
	/* whose one slot was just over when the time began is not seen; that none is lost is judged apart */
	if (world->producers != 0 && world->producers != wanted)
		world_break(world, CALM_AFTER_FAULTS, "the key is %u, and golosds 0x%x produce, not 0x%x", key,
			    world->producers, wanted);
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

	world->producers = 0;
	world_run(world, for_ms);
	one_node_produces(world, key);
	if (world_head(world)->signing_key != key || world->switches != switches)
		world_break(world, CALM_AFTER_FAULTS, "the key moved from %u to %u", key,
			    world_head(world)->signing_key);
	else if (world->last_send_ms > from_ms)
		world_break(world, CALM_AFTER_FAULTS, "something is still sent");
	else if (world->lost_blocks != lost || world->own_slots == slots)
		world_break(world, CALM_AFTER_FAULTS, "%u of %u slots are lost", world->lost_blocks - lost,
			    world->own_slots - slots);
}
