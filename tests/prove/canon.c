/* SPDX-License-Identifier: MIT
 *
 * A state in canonical form, for the hash alone: two states with the same form have the same future. The search can
 * compare states that it takes for the same (setting's verify_every).
 */
#include <string.h>

#include "canon.h"

#define CROSSING_SLOTS 16 /* what was made before an order so old is in a block, or its time is over */
#define IN_A_ROW       3  /* more change nothing: they lift max_switches */

static void canon_update(struct update *u, const struct canon *b)
{
	canon_tapos(&u->tapos_num, &u->tapos_slot, b);
	if (!b->collects)
		canon_number(&u->expires_slot, b->slot);
}

void canon_tx(struct tx *tx, const struct canon *b)
{
	canon_update(&tx->update, b);
	canon_num(&tx->in_block, b);
	if (b->collects || !tx->live)
		return;
	tx->faults = tx->faults == b->faults;
	canon_number(&tx->sent_slot, b->slot);
}

/* ---- the chain --------------------------------------------------------------------------------------------------- */

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static void reduce_block(struct block_model *block, const struct canon *b)
{
	if (block->num + ROUND < b->oldest) {
		memset(block, 0, sizeof(*block));
		return;
	}
	if (block->newest_miss <= block->produced) /* of the two only this is asked */
		block->newest_miss = 0;
	block->misses = least(block->misses, b->setting->allowed_misses + 1);
	block->fail_backs = block->fail_backs != 0;
	for (uint32_t n = 0; n < NODES_MAX; n++)
		block->switches[n] = (uint8_t)least(block->switches[n], b->setting->max_switches);
	block->in_a_row = least(block->in_a_row, b->setting->allowed_misses + IN_A_ROW);
	canon_num(&block->num, b);
	canon_num(&block->confirmed, b);
	canon_num(&block->newest_miss, b);
	canon_num(&block->produced, b);
	canon_missed32(&block->total_missed, b);
	if (b->setting->preempt_delay_s == 0) /* nobody fails back */
		block->lost = block->hides = 0;
	if (!block->lost)
		block->hidden_slot = 0;
	canon_slot(&block->hidden_slot, b);
	for (uint32_t i = 0; i < block->update_count; i++)
		canon_update(&block->updates[i], b);
	if (b->collects)
		return;
	if (block->enough_slot != 0 && block->enough_slot + 4 * ROUND < b->slot)
		block->enough_slot = b->slot - 4 * ROUND;
	canon_number(&block->enough_slot, b->slot);
	if (block->ordered_slot + CROSSING_SLOTS < b->slot)
		block->ordered_slot = 0;
	canon_number(&block->ordered_slot, b->slot);
	canon_number(&block->slot, b->slot);
	canon_number(&block->parent_slot, b->slot);
}

static bool is_head(const struct world *w, const struct block_model *block)
{
	bool any = false;

	for (uint32_t g = 0; g < GOLOSDS_MAX; g++)
		any |= w->golosds[g].alive && w->golosds[g].head_num == block->num &&
		       w->golosds[g].head_slot == block->slot;
	for (uint32_t n = 0; n < NODES_MAX; n++) {
		const struct host *h = &w->hosts[n];

		any |= h->head_num == block->num && h->head_slot == block->slot;
		for (uint32_t l = 0; l < LINKS_MAX; l++)
			any |= h->links[l].connected && h->links[l].num == block->num &&
			       h->links[l].slot == block->slot;
	}
	return any;
}

/* An orphan that is nobody's head, nor the parent of one that is, is gone. */
static void drop_orphans(struct world *w)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < ORPHANS_MAX; i++) {
		const struct block_model *o = &w->orphans[i];
		bool needed = o->num != 0 && !is_lost_sight_of(w, o->num) && is_head(w, o);

		for (uint32_t k = 0; k < kept; k++)
			needed |= w->orphans[k].num == o->num + 1 && w->orphans[k].parent_slot == o->slot;
		if (needed)
			w->orphans[kept++] = *o;
	}
	memset(&w->orphans[kept], 0, (ORPHANS_MAX - kept) * sizeof(w->orphans[0]));
}

/* One who stands further back than is kept follows nothing from there. */
static uint32_t older(const struct world *w, uint32_t oldest, uint32_t num)
{
	return num != 0 && num < oldest && !is_lost_sight_of(w, num) ? num : oldest;
}

/* The least block that somebody has still to follow from, less as many as forks can undo. */
static uint32_t oldest_of(const struct world *w, const struct setting *setting)
{
	uint32_t oldest = w->blocks[0].num;

	for (uint32_t g = 0; g < GOLOSDS_MAX; g++)
		if (w->golosds[g].alive)
			oldest = older(w, oldest, w->golosds[g].head_num);
	for (uint32_t n = 0; n < setting->nodes; n++) {
		const struct host *h = &w->hosts[n];

		oldest = older(w, oldest, h->head_num);
		for (uint32_t l = 0; l < LINKS_MAX; l++)
			if (h->watched.fetches[l].ticket != 0)
				oldest = older(w, oldest, h->watched.fetches[l].begun_block);
	}
	for (uint32_t i = 0; i < ORPHANS_MAX; i++)
		oldest = older(w, oldest, w->orphans[i].num);
	oldest -= setting->faults + 1 + setting->skipping_blocks;
	return is_lost_sight_of(w, oldest) ? w->blocks[0].num - BLOCKS_MAX + 1 : oldest;
}

static void reduce(struct world *w, struct canon *b, struct ranks seqs[NODES_MAX])
{
	for (uint32_t i = 0; i < BLOCKS_MAX; i++)
		reduce_block(&w->blocks[i], b);
	for (uint32_t i = 0; i < ORPHANS_MAX; i++)
		reduce_block(&w->orphans[i], b);
	for (uint32_t i = 0; i < TXS_MAX; i++)
		canon_tx(&w->txs[i], b);
	for (uint32_t g = 0; g < GOLOSDS_MAX; g++) {
		struct golosd *golosd = &w->golosds[g];

		if (!golosd->alive)
			golosd->head_num = golosd->head_slot = 0;
		canon_num(&golosd->head_num, b);
		canon_slot(&golosd->head_slot, b);
	}
	for (uint32_t n = 0; n < b->setting->nodes; n++) {
		b->seqs = &seqs[n];
		canon_host(&w->hosts[n], b);
	}
}

void world_canon(struct world *w, const struct world *of, const struct setting *setting)
{
	struct ranks nums = {.count = 0}, times = {.count = 0}, missed = {.count = 0}, seqs[NODES_MAX] = {{.count = 0}};
	struct canon b = {.w = of, .setting = setting, .nums = &nums, .times = &times, .missed_counts = &missed};

	drop_orphans(w);
	b.num = of->blocks[0].num;
	b.slot = of->slot;
	b.missed = of->blocks[0].total_missed;
	b.faults = of->faults;
	b.time_s = slot_time_s(of->slot);
	b.mono_ms = host_now(of, &of->hosts[0]).mono_ms;
	b.oldest = oldest_of(w, setting);
	const struct block_model *oldest = chain_block(of, b.oldest);
	b.oldest_slot = oldest != NULL ? oldest->slot : 0;
	b.collects = true;
	reduce(w, &b, seqs);
	canon_sort(&nums);
	canon_sort(&times);
	canon_sort(&missed);
	for (uint32_t n = 0; n < setting->nodes; n++)
		canon_sort(&seqs[n]);
	b.collects = false;
	reduce(w, &b, seqs);
	w->now_ms -= b.time_s * 1000;
	w->slot = of->slot % ROUND;
	w->faults = 0;
	if (w->late_slot + 1 < of->slot) /* no longer built upon */
		w->late_slot = w->late_signer = 0;
	canon_number(&w->late_slot, b.slot);
}
