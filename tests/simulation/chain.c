/* SPDX-License-Identifier: MIT
 * The model chain. See chain.h. */
#include "chain.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Real keys, because the submission parses them. */
static const char *const key_texts[KEYS_MAX] = {
	GW_NULL_KEY,
	"GLS7MLinU13CHGgUke7bSLeAwGWb14NTqiPxb1UdHJxxiVnitgjvR",
	"GLS73XWb5iP4rFiaAQ14QjVYjfF9jZR9uh12Zev5DcyMps7QxU3az",
	"GLS6hPU2Ndsp2qT7SYFDd56NVNzsiqYEh2jD2ZuMGVHwSTuM2aXoo",
	"GLS4vJzimFVozLtRTosiAhwP4SsZw8htKKzomXGcNdBNCs2t6hSD1",
	"GLS4wnkRZ9pNkUtBfTE1p7Dhxb9HjmhooUsShkRX2qzkqhVtFTUm6",
	"GLS52cZp5xk9hoo8uiomYiRUeq5u6vjfarXZPc9gD67urreBsGK3x",
};

static const char *const names[WITNESSES_ALL] = {
	WITNESS_NAME, "wit-a",	"wit-b",  "wit-c",  "wit-d",  "wit-e",	"wit-f",  "wit-g",  "wit-h",  "wit-i",
	"wit-j",      "wit-k",	"wit-l",  "wit-m",  "wit-n",  "wit-o",	"wit-p",  "wit-q",  "wit-r",  "wit-s",
	"sup-00",     "sup-01", "sup-02", "sup-03", "sup-04", "sup-05", "sup-06", "sup-07", "sup-08", "sup-09",
	"sup-10",     "sup-11", "sup-12", "sup-13", "sup-14", "sup-15", "sup-16", "sup-17", "sup-18", "sup-19",
	"sup-20",     "sup-21", "sup-22", "sup-23", "sup-24", "sup-25", "sup-26", "sup-27", "sup-28", "sup-29",
	"sup-30",     "sup-31", "sup-32", "sup-33", "sup-34", "sup-35", "sup-36", "sup-37", "sup-38", "sup-39",
	"sup-40",     "sup-41", "sup-42", "sup-43", "sup-44", "sup-45", "sup-46", "sup-47", "sup-48", "sup-49",
	"sup-50",     "sup-51", "sup-52", "sup-53", "sup-54", "sup-55", "sup-56", "sup-57", "sup-58", "sup-59",
	"sup-60",     "sup-61", "sup-62", "sup-63", "sup-64", "sup-65", "sup-66", "sup-67", "sup-68", "sup-69",
	"sup-70",     "sup-71", "sup-72", "sup-73", "sup-74", "sup-75", "sup-76", "sup-77", "sup-78", "sup-79",
};

const char *chain_witness_name(uint8_t witness)
{
	return names[witness];
}

const char *chain_key_text(uint8_t witness, uint8_t key)
{
	return witness == OURS ? key_texts[key] : names[witness]; /* others' keys are only compared */
}

uint8_t chain_key_index(const char *text)
{
	uint8_t key = 0;

	while (key < KEYS_MAX && strcmp(key_texts[key], text) != 0)
		key++;
	return key;
}

/* ---- the tree --------------------------------------------------------------------------------------------------- */

static struct sim_block *place_of(const struct chain *chain, uint32_t serial)
{
	return &chain->blocks[serial % BLOCKS_KEPT];
}

const struct sim_block *chain_ancestor(const struct chain *chain, uint32_t serial, uint32_t num)
{
	const struct sim_block *block = chain_block(chain, serial);

	while (block && block->num > num)
		block = chain_block(chain, block->parent);
	return block && block->num == num ? block : NULL;
}

const struct sim_block *chain_common(const struct chain *chain, uint32_t a, uint32_t b)
{
	const struct sim_block *left = chain_block(chain, a);
	const struct sim_block *right = chain_block(chain, b);

	while (left && right && left != right) {
		if (left->num >= right->num)
			left = chain_block(chain, left->parent);
		else
			right = chain_block(chain, right->parent);
	}
	return left == right ? left : NULL;
}

bool chain_holds(const struct chain *chain, uint32_t head, uint32_t serial)
{
	const struct sim_block *block = chain_block(chain, serial);

	return block && chain_ancestor(chain, head, block->num) == block;
}

/* By hand, for each watcher reads two ids a block: with snprintf they are an eighth of a run. */
static void write_hex(char ret[8], uint32_t value)
{
	for (int i = 7; i >= 0; i--, value >>= 4)
		ret[i] = "0123456789abcdef"[value & 0xf];
}

void chain_id_of(char ret[GW_ID_SIZE], const struct sim_block *block)
{
	uint32_t p = block->prefix;

	write_hex(ret, block->num);
	write_hex(ret + 8, __builtin_bswap32(p));
	memset(ret + 16, '0', 16);
	write_hex(ret + 32, block->serial);
	ret[40] = '\0';
}

uint32_t chain_serial_of(const char *id)
{
	return (uint32_t)strtoul(id + 16, NULL, 16);
}

/* ---- slots ------------------------------------------------------------------------------------------------------ */

uint8_t chain_owner(const struct sim_block *block, int64_t slots)
{
	return block->order[(block->aslot + (uint64_t)slots) % block->order_count];
}

uint32_t chain_slots_filled(const struct sim_block *block)
{
	return (uint32_t)(__builtin_popcountll(block->filled_low) + __builtin_popcountll(block->filled_high));
}

static void shift_filled(struct sim_block *block, bool filled)
{
	block->filled_high = block->filled_high << 1 | block->filled_low >> 63;
	block->filled_low = block->filled_low << 1 | filled;
}

/* golosd's update_witness_schedule: who is in, in an order made anew, which it draws from the block's time alone: two
 * blocks of one slot give the same order. */
static void shuffle(struct chain *chain, struct sim_block *block)
{
	struct dice dice = {.state = chain->order_seed + (uint64_t)block->time_s};
	uint8_t count = 0;

	if (block->queue != 0) {
		block->queue =
			queues_turn(&chain->queues, block->queue, block->signing_key == KEY_NULL, block->order, &dice);
		count = 2;
	} else if (block->signing_key != KEY_NULL) {
		block->order[count++] = OURS;
	}
	for (uint8_t i = 1; i < chain->rules.scheduled && i <= (block->queue != 0 ? VOTED_IN : SCHEDULED_MAX); i++)
		block->order[count++] = chain->replaced[i] ? (uint8_t)(SCHEDULED_MAX + i) : i;
	for (uint8_t i = 0; i + 1 < count; i++) {
		uint8_t j = (uint8_t)(i + dice_below(&dice, count - i));
		uint8_t other = block->order[j];

		block->order[j] = block->order[i];
		block->order[i] = other;
	}
	block->order_count = count;
}

/* The block that three quarters of the scheduled witnesses have built upon. */
static void settle_irreversible(struct sim_block *block)
{
	uint32_t low[SCHEDULED_MAX / 4 + 1], wanted = block->order_count / 4u + 1, count = 0;

	for (uint32_t i = 0; i < block->order_count; i++) { /* the lowest of them, in order */
		uint32_t confirmed = block->confirmed[block->order[i]], at;

		if (count == wanted && confirmed >= low[count - 1])
			continue;
		count += count < wanted;
		for (at = count - 1; at > 0 && low[at - 1] > confirmed; at--)
			low[at] = low[at - 1];
		low[at] = confirmed;
	}
	if (low[count - 1] > block->irreversible)
		block->irreversible = low[count - 1];
}

/* ---- one block -------------------------------------------------------------------------------------------------- */

/* Skipped slots of witnesses that still produced in the last two rounds, OURS always among them, in a row. */
static bool is_halt(const struct chain *chain, const struct sim_block *parent, uint32_t skipped)
{
	uint32_t count = 0;

	for (uint32_t i = 1; i <= skipped; i++) {
		uint8_t owner = chain_owner(parent, i);
		bool silent = parent->num - parent->confirmed[owner] >= 2u * parent->order_count;

		count += owner == OURS || !silent;
	}
	return count > chain->rules.max_gap;
}

static void charge(const struct chain *chain, const struct sim_block *parent, struct sim_block *block)
{
	uint32_t limit = chain->rules.skipping_reset_s / INTERVAL_S;

	for (uint32_t i = 1; i <= block->skipped; i++) {
		uint8_t owner = chain_owner(parent, i);

		shift_filled(block, false);
		if (owner == block->witness)
			continue;
		block->total_missed[owner]++;
		if (owner != OURS)
			continue;
		block->missed_ours++;
		/* golosd compares the head before the block */
		if (parent->num - block->confirmed[OURS] > limit && block->signing_key != KEY_NULL) {
			block->signing_key = KEY_NULL;
			block->chain_null = true;
			block->key_since = block->num;
		}
	}
	shift_filled(block, true);
}

static void take_txs(struct chain *chain, struct sim_block *block, const uint8_t *txs, uint32_t tx_count)
{
	for (uint32_t i = 0; i < tx_count && block->tx_count < BLOCK_TXS; i++) {
		struct sim_tx *tx = &chain->txs[txs[i]];

		if (chain_judge(chain, block->parent, tx) != SEND_ACCEPTED)
			continue;
		block->txs[block->tx_count] = txs[i];
		block->tx_serials[block->tx_count++] = tx->serial;
		tx->in_blocks[tx->in_count++ % 4] = block->serial;
		if (block->signing_key != tx->key)
			block->key_since = block->num;
		block->signing_key = tx->key;
		block->chain_null = false;
	}
}

uint32_t chain_extend(struct chain *chain, uint32_t parent_serial, int64_t time_s, uint8_t witness, const uint8_t *txs,
		      uint32_t tx_count)
{
	const struct sim_block *parent = chain_block(chain, parent_serial);
	struct sim_block block = *parent;

	block.serial = ++chain->newest;
	block.parent = parent_serial;
	block.num++;
	block.prefix = (uint32_t)dice_next(&chain->dice);
	block.skipped = (uint32_t)((time_s - parent->time_s) / INTERVAL_S - 1);
	block.time_s = time_s;
	block.witness = witness;
	block.key = parent->signing_key;
	block.missed_ours = 0;
	block.tx_count = 0;
	block.halt = is_halt(chain, parent, block.skipped);
	take_txs(chain, &block, txs, tx_count);
	charge(chain, parent, &block);
	block.aslot += block.skipped + 1;
	block.confirmed[witness] = block.num;
	settle_irreversible(&block);
	if (block.num % SHUFFLE_BLOCKS == 0)
		shuffle(chain, &block);
	*place_of(chain, block.serial) = block;
	return block.serial;
}

void chain_init(struct chain *chain, const struct chain_rules *rules, uint64_t seed, uint8_t first_key)
{
	struct sim_block *first;

	memset(chain, 0, sizeof(*chain));
	chain->rules = *rules;
	chain->dice.state = seed;
	chain->order_seed = dice_next(&chain->dice);
	chain->undo_limit = NO_UNDO_LIMIT;
	chain->blocks = xcalloc(BLOCKS_KEPT, sizeof(*chain->blocks));
	chain->newest = 1;
	first = place_of(chain, 1);
	first->serial = 1;
	first->num = 210000;
	first->time_s = GENESIS_TIME_S;
	first->prefix = (uint32_t)dice_next(&chain->dice);
	first->witness = 1;
	first->aslot = 70000;
	first->filled_low = first->filled_high = UINT64_MAX;
	first->signing_key = first_key;
	first->irreversible = first->num - 16;
	for (uint32_t i = 0; i < WITNESSES_ALL; i++) {
		/* whose turn comes by virtual time had it long ago */
		first->confirmed[i] =
			first->num - (i < SCHEDULED_MAX ? i % rules->scheduled : 42 + dice_below(&chain->dice, 900));
		first->total_missed[i] = dice_below(&chain->dice, 3);
	}
	if (rules->rare_rounds > 1)
		first->queue = queues_init(&chain->queues, rules->rare_rounds, rules->votes_move, &chain->dice);
	shuffle(chain, first);
}

void chain_done(struct chain *chain)
{
	queues_done(&chain->queues);
	free(chain->blocks);
}

/* ---- transactions ----------------------------------------------------------------------------------------------- */

const struct sim_tx *chain_tx(const struct chain *chain, uint8_t place, uint64_t serial)
{
	const struct sim_tx *tx = &chain->txs[place];

	return tx->serial == serial ? tx : NULL;
}

bool chain_tx_is_in(const struct chain *chain, uint32_t head, const struct sim_tx *tx)
{
	for (uint32_t i = 0; i < tx->in_count && i < 4; i++)
		if (chain_holds(chain, head, tx->in_blocks[i]))
			return true;
	return false;
}

/* TaPoS names a block by its number's low 16 bits. */
static bool tapos_fits(const struct chain *chain, const struct sim_block *head, const struct sim_tx *tx)
{
	uint32_t back = (uint16_t)((uint16_t)head->num - tx->ref_num);
	const struct sim_block *block = chain_ancestor(chain, head->serial, head->num - back);

	return block && block->prefix == tx->ref_prefix;
}

enum send_result chain_judge(const struct chain *chain, uint32_t head_serial, const struct sim_tx *tx)
{
	const struct sim_block *head = chain_block(chain, head_serial);

	if (chain_tx_is_in(chain, head_serial, tx))
		return SEND_DUPLICATE;
	if (tx->sender >= 0 && chain->without_authority & 1u << tx->sender)
		return SEND_AUTHORITY;
	if (tx->expiration_s <= head->time_s)
		return SEND_EXPIRED;
	if (tx->expiration_s > head->time_s + 3600 || !tapos_fits(chain, head, tx))
		return SEND_TAPOS;
	return SEND_ACCEPTED;
}

struct sim_tx *chain_tx_note(struct chain *chain, const struct sim_tx *tx)
{
	struct sim_tx *place;

	for (uint32_t i = 0; i < TXS_KEPT; i++)
		if (chain->txs[i].serial != 0 && strcmp(chain->txs[i].id, tx->id) == 0)
			return &chain->txs[i];
	place = &chain->txs[++chain->tx_newest % TXS_KEPT];
	*place = *tx;
	place->serial = chain->tx_newest;
	return place;
}
