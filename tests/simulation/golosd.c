/* SPDX-License-Identifier: MIT
 *
 * A model golosd: the head it follows, its pending transactions, when it produces. docs/protocol.md 4 and 6.
 */
#include <string.h>

#include "invariants.h"
#include "world.h"

#define IN_SYNC_S 30

static bool hear_each_other(const struct golosd *a, const struct golosd *b)
{
	return a->alive && b->alive && a->side == b->side;
}

static const struct sim_block *head_of(const struct world *world, const struct golosd *golosd)
{
	return chain_block(&world->chain, golosd->head);
}

static int64_t chain_now_s(const struct world *world)
{
	return GENESIS_TIME_S + world->now_ms / 1000;
}

/* ---- pending transactions --------------------------------------------------------------------------------------- */

static bool has_pending(const struct golosd *golosd, uint8_t place)
{
	for (uint32_t i = 0; i < golosd->pending_count; i++)
		if (golosd->pending[i] == place)
			return true;
	return false;
}

static void add_pending(struct golosd *golosd, uint8_t place)
{
	if (golosd->pending_count < PENDING_MAX && !has_pending(golosd, place))
		golosd->pending[golosd->pending_count++] = place;
}

/* Those that no longer hold on the head are dropped. */
static void sift_pending(struct world *world, struct golosd *golosd)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < golosd->pending_count; i++)
		if (chain_judge(&world->chain, golosd->head, &world->chain.txs[golosd->pending[i]]) == SEND_ACCEPTED)
			golosd->pending[kept++] = golosd->pending[i];
	golosd->pending_count = kept;
}

uint8_t golosd_pending_key(const struct world *world, uint8_t who)
{
	const struct golosd *golosd = &world->golosds[who];

	if (golosd->pending_count > 0)
		return world->chain.txs[golosd->pending[golosd->pending_count - 1]].key;
	return head_of(world, golosd)->signing_key;
}

static void spread_tx(struct world *world, uint8_t from, uint8_t place)
{
	for (uint8_t i = 0; i < world->golosd_count; i++)
		if (i != from && hear_each_other(&world->golosds[from], &world->golosds[i]))
			world_at(world, dice_between(&world->dice, 20, 400) + world->golosds[i].lag_ms,
				 &(struct event){.type = EVENT_HEAR_TX, .who = i, .num = place});
}

void golosd_broadcast_again(struct world *world, uint8_t who)
{
	for (uint32_t i = 0; i < world->golosds[who].pending_count; i++)
		spread_tx(world, who, world->golosds[who].pending[i]);
}

enum send_result golosd_take(struct world *world, uint8_t who, uint8_t place)
{
	struct golosd *golosd = &world->golosds[who];
	enum send_result result;

	if (has_pending(golosd, place))
		return SEND_DUPLICATE;
	if (golosd->pending_count == PENDING_MAX) /* else it would go from one to the other for ever */
		return SEND_BUSY;
	result = chain_judge(&world->chain, golosd->head, &world->chain.txs[place]);
	if (result != SEND_ACCEPTED)
		return result;
	add_pending(golosd, place);
	world->chain.txs[place].taken = true;
	spread_tx(world, who, place);
	return SEND_ACCEPTED;
}

void golosd_hear_tx(struct world *world, uint8_t who, uint8_t place)
{
	if (world->golosds[who].alive && !world->golosds[who].frozen)
		(void)golosd_take(world, who, place);
}

/* ---- blocks ----------------------------------------------------------------------------------------------------- */

/* What the branch held that is left is pending again: golosd applies it before what was pending, the oldest first, so
 * that of two updates the one that stood in no block yet comes last. */
static void return_undone(struct world *world, struct golosd *golosd, const struct sim_block *common)
{
	const struct sim_block *block = head_of(world, golosd);
	struct golosd before = *golosd;
	uint8_t undone[PENDING_MAX]; /* newest first */
	uint32_t count = 0;

	for (; block && block != common; block = chain_block(&world->chain, block->parent))
		for (uint32_t i = block->tx_count; i-- > 0 && count < PENDING_MAX;)
			if (chain_tx(&world->chain, block->txs[i], block->tx_serials[i]))
				undone[count++] = block->txs[i];
	golosd->pending_count = 0;
	while (count > 0)
		add_pending(golosd, undone[--count]);
	for (uint32_t i = 0; i < before.pending_count; i++)
		add_pending(golosd, before.pending[i]);
}

static void apply_line(struct world *world, uint8_t who, uint32_t from_num, uint32_t serial)
{
	const struct sim_block *block = chain_block(&world->chain, serial);

	if (!block || block->num <= from_num)
		return;
	/* the oldest first; at most as deep as blocks are kept */
	uint32_t line[1300], count = 0;
	for (; block && block->num > from_num && count < 1300; block = chain_block(&world->chain, block->parent))
		line[count++] = block->serial;
	while (count > 0)
		watcher_push(world, who, line[--count]);
}

static void adopt(struct world *world, uint8_t who, const struct sim_block *block)
{
	struct golosd *golosd = &world->golosds[who];
	const struct sim_block *common = block->parent == golosd->head
						 ? head_of(world, golosd)
						 : chain_common(&world->chain, golosd->head, block->serial);
	uint32_t from_num = common ? common->num : block->num - 1300;

	if (common && common->serial != golosd->head)
		return_undone(world, golosd, common);
	golosd->head = block->serial;
	sift_pending(world, golosd);
	if (chain_now_s(world) - block->time_s <= IN_SYNC_S)
		golosd->in_sync = true;
	if (golosd->watched)
		apply_line(world, who, from_num, block->serial);
}

/* The longest chain wins, the first seen on a tie; what is irreversible is not left. */
void golosd_hear(struct world *world, uint8_t who, uint32_t serial)
{
	struct golosd *golosd = &world->golosds[who];
	const struct sim_block *block = chain_block(&world->chain, serial);
	const struct sim_block *head = head_of(world, golosd);

	if (!golosd->alive || golosd->frozen || golosd->syncs || !block)
		return;
	if (head && block->num <= head->num)
		return;
	if (head && !chain_holds(&world->chain, serial, head->serial)) {
		const struct sim_block *common = chain_common(&world->chain, head->serial, serial);

		if (common && common->num < head->irreversible)
			return;
	}
	adopt(world, who, block);
}

static void spread_block(struct world *world, uint8_t from, uint32_t serial)
{
	for (uint8_t i = 0; i < world->golosd_count; i++)
		if (i != from && hear_each_other(&world->golosds[from], &world->golosds[i]))
			world_at(world, dice_between(&world->dice, 30, 500) + world->golosds[i].lag_ms,
				 &(struct event){.type = EVENT_HEAR, .who = i, .block = serial});
}

/* What it missed is told by those that it hears. */
static void catch_up(struct world *world, uint8_t who)
{
	struct golosd *golosd = &world->golosds[who];

	for (uint8_t i = 0; i < world->golosd_count; i++)
		if (i != who && hear_each_other(golosd, &world->golosds[i]) && !world->golosds[i].frozen)
			world_at(world, dice_between(&world->dice, 300, 3000) + golosd->lag_ms,
				 &(struct event){.type = EVENT_HEAR, .who = who, .block = world->golosds[i].head});
}

/* ---- producing -------------------------------------------------------------------------------------------------- */

/* Whose golosd produces for that witness. Who takes a place that became free has his beside one that is never away. */
static uint8_t host_of(const struct world *world, uint8_t witness)
{
	if (world->options.rules.rare_rounds <= 1 && witness >= SCHEDULED_MAX)
		return (uint8_t)(1 + witness % STANDINS);
	return (uint8_t)(witness < FIRST_BY_TIME ? witness : FIRST_BY_TIME + (witness - FIRST_BY_TIME) % STANDINS);
}

static bool wants_to_produce(struct world *world, uint8_t who, int64_t slots)
{
	struct golosd *golosd = &world->golosds[who];
	const struct sim_block *head = head_of(world, golosd);

	if (!golosd->alive || !golosd->in_sync || golosd->frozen || slots < 1)
		return false;
	if (head->num - head->irreversible >= world->chain.undo_limit)
		return false;
	if (host_of(world, chain_owner(head, slots)) != golosd->witness || world->dead_witness[golosd->witness])
		return false;
	return (world->stale_slots > 0 || chain_slots_filled(head) >= REQUIRED_SLOTS) && golosd->lag_ms < 3000;
}

/* Its block is signed with the key of the state with pending ones, and refused by all where the head has another:
 * golosd then clears its pending ones. The node of the old key does not produce. */
static bool may_sign(struct world *world, uint8_t who)
{
	struct golosd *golosd = &world->golosds[who];
	uint8_t confirmed = head_of(world, golosd)->signing_key;
	uint8_t pending = golosd_pending_key(world, who);

	if (pending == golosd->key && confirmed != golosd->key) {
		golosd->pending_count = 0;
		return false;
	}
	if (pending != golosd->key && confirmed == golosd->key && !golosd->idle)
		invariant_slot_lost_to_pending(world, who);
	return pending == golosd->key && confirmed == golosd->key;
}

static void produce(struct world *world, uint8_t who, uint8_t witness)
{
	struct golosd *golosd = &world->golosds[who];
	int64_t time_s = chain_now_s(world);
	uint32_t serial = chain_extend(&world->chain, golosd->head, time_s, witness, golosd->pending,
				       world->no_room ? 0 : golosd->pending_count);
	const struct sim_block *block = chain_block(&world->chain, serial);

	invariants_block(world, block);
	if (witness == OURS)
		invariants_produced(world, who);
	adopt(world, who, block);
	spread_block(world, who, serial);
}

void golosd_produce(struct world *world, uint8_t who)
{
	struct golosd *golosd = &world->golosds[who];
	const struct sim_block *head = head_of(world, golosd);
	int64_t slots = head ? (chain_now_s(world) - head->time_s) / INTERVAL_S : 0;

	if (!wants_to_produce(world, who, slots))
		return;
	if (dice_chance(&world->dice, world->options.random_misses))
		return;
	if (golosd->witness == OURS) {
		if (dice_chance(&world->dice, world->idle_slots) || !may_sign(world, who) || golosd->idle)
			return;
	}
	produce(world, who, chain_owner(head, slots));
}

void golosd_slot(struct world *world)
{
	world_at(world, INTERVAL_S * 1000, &(struct event){.type = EVENT_SLOT});
	invariants_slot(world);
	if (world->stopped)
		return;
	world->stale_slots -= world->stale_slots > 0;
	for (uint8_t i = 0; i < world->golosd_count; i++)
		if (world->golosds[i].slow_ms > 0)
			world_at(world, world->golosds[i].slow_ms, &(struct event){.type = EVENT_PRODUCE, .who = i});
		else
			golosd_produce(world, i);
}

void golosds_stand(struct world *world, bool stand)
{
	world_trace(world, stand ? "nobody produces" : "the chain goes on");
	world->stopped = stand;
	world->stale_slots = SLOTS_COUNTED;
}

/* ---- what befalls it -------------------------------------------------------------------------------------------- */

void golosd_stop(struct world *world, uint8_t who)
{
	struct golosd *golosd = &world->golosds[who];

	world_trace(world, "golosd %u is dead", who);
	golosd->alive = false;
	golosd->in_sync = golosd->syncs = false;
	golosd->pending_count = 0;
	watcher_node_lost(world, who);
}

void golosd_start(struct world *world, uint8_t who)
{
	struct golosd *golosd = &world->golosds[who];

	if (golosd->alive)
		return;
	world_trace(world, "golosd %u starts", who);
	golosd->alive = true;
	golosd->start++;
	if (!head_of(world, golosd)) /* a replay of all that it slept through */
		golosd->head = world_head(world)->serial;
	catch_up(world, who);
}

#define SYNC_STEP_MS 200
#define SYNC_STEP    20u /* blocks: 100 a second */

void golosd_sync(struct world *world, uint8_t who, uint32_t start)
{
	struct golosd *golosd = &world->golosds[who];
	const struct sim_block *newest = world_head(world), *head = head_of(world, golosd), *next;

	if (!golosd->syncs || golosd->start != start)
		return;
	next = head ? chain_ancestor(&world->chain, newest->serial, head->num + SYNC_STEP) : NULL;
	if (next) {
		adopt(world, who, next);
		world_at(world, SYNC_STEP_MS, &(struct event){.type = EVENT_SYNC, .who = who, .start = start});
		return;
	}
	world_trace(world, "golosd %u has read all", who);
	golosd->syncs = false;
	catch_up(world, who);
}

void golosd_start_behind(struct world *world, uint8_t who, uint32_t blocks)
{
	struct golosd *golosd = &world->golosds[who];
	const struct sim_block *newest = world_head(world);
	const struct sim_block *from = chain_ancestor(&world->chain, newest->serial, newest->num - blocks);

	if (golosd->alive)
		return;
	if (from) {
		golosd->head = from->serial;
		golosd->syncs = true;
	}
	golosd_start(world, who);
	world_trace(world, "golosd %u is %u blocks behind", who, from ? blocks : 0);
	world_at(world, 1000, &(struct event){.type = EVENT_SYNC, .who = who, .start = golosd->start});
}

void golosd_replay_if_astray(struct world *world, uint8_t who)
{
	struct golosd *golosd = &world->golosds[who];
	const struct sim_block *head = head_of(world, golosd);
	const struct sim_block *common = chain_common(&world->chain, golosd->head, world_head(world)->serial);

	if (!golosd->alive || !head || (common && common->num >= head->irreversible))
		return;
	world_trace(world, "golosd %u cannot come back to the chain, and replays", who);
	golosd_stop(world, who);
	golosd->head = world_head(world)->serial;
	golosd_start(world, who);
}

void golosd_freeze(struct world *world, uint8_t who, bool frozen)
{
	struct golosd *golosd = &world->golosds[who];

	world_trace(world, "golosd %u %s", who, frozen ? "takes no more blocks" : "takes blocks again");
	golosd->frozen = frozen;
	if (!frozen && !head_of(world, golosd))
		golosd->head = world_head(world)->serial;
	if (!frozen)
		catch_up(world, who);
}

void golosd_move(struct world *world, uint8_t who, uint8_t side)
{
	struct golosd *golosd = &world->golosds[who];

	if (golosd->side == side)
		return;
	golosd->side = side;
	catch_up(world, who);
	for (uint8_t i = 0; i < world->golosd_count; i++)
		if (i != who && hear_each_other(golosd, &world->golosds[i]))
			world_at(world, dice_between(&world->dice, 300, 3000),
				 &(struct event){.type = EVENT_HEAR, .who = i, .block = golosd->head});
}
