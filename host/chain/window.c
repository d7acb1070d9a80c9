/* SPDX-License-Identifier: MIT
 *
 * The newest blocks of the chain that we follow.
 */
#include "chain/window.h"

#include <string.h>

#include "base/memory.h"

void window_clear(struct window *window)
{
	window->count = 0;
	window->head_num = 0;
	window->slot_count = 0;
	window->slot_end = 0;
}

/* The block `back` below the head; back < count. */
static const struct past_block *below_head(const struct window *window, uint32_t back)
{
	return &window->blocks[(window->head_num - back) % WINDOW_BLOCKS];
}

const struct past_block *window_at(const struct window *window, uint32_t num)
{
	if (num > window->head_num || window->head_num - num >= window->count)
		return NULL;
	return &window->blocks[num % WINDOW_BLOCKS];
}

const struct past_block *window_head(const struct window *window)
{
	return window_at(window, window->head_num);
}

uint32_t window_oldest(const struct window *window)
{
	return window->count == 0 ? 0 : window->head_num - window->count + 1;
}

enum window_link window_link(const struct window *window, const struct block *block)
{
	const struct past_block *same, *parent;

	if (window->count == 0)
		return LINK_FIRST;
	same = window_at(window, block->num);
	if (same && strcmp(same->id, block->id) == 0)
		return LINK_REPEATED;
	parent = block->num > 0 ? window_at(window, block->num - 1) : NULL;
	if (!parent || strcmp(parent->id, block->previous) != 0)
		return LINK_NONE;
	return parent->num == window->head_num ? LINK_NEXT : LINK_FORK;
}

uint32_t window_undo(struct window *window, uint32_t num)
{
	uint32_t undone = 0;

	while (window->count > 0 && window->head_num > num) {
		uint32_t slots = window_head(window)->slots;

		if (slots > window->slot_count)
			slots = window->slot_count;
		window->slot_count -= slots;
		window->slot_end = (window->slot_end + WINDOW_SLOTS - slots) % WINDOW_SLOTS;
		window->head_num--;
		window->count--;
		undone++;
	}
	return undone;
}

void window_push(struct window *window, const struct block *block)
{
	struct past_block *past = &window->blocks[block->num % WINDOW_BLOCKS];

	past->num = block->num;
	past->slots = 0;
	past->time_s = block->time_s;
	memcpy(past->id, block->id, sizeof(past->id));
	memcpy(past->previous, block->previous, sizeof(past->previous));
	memcpy(past->witness, block->witness, sizeof(past->witness));
	window->head_num = block->num;
	if (window->count < WINDOW_BLOCKS)
		window->count++;
}

void window_push_slot(struct window *window, const struct gw_slot *slot)
{
	window->slots[window->slot_end] = *slot;
	window->slot_end = (window->slot_end + 1) % WINDOW_SLOTS;
	if (window->slot_count < WINDOW_SLOTS)
		window->slot_count++;
	window->blocks[window->head_num % WINDOW_BLOCKS].slots++;
}

uint32_t window_slots(const struct window *window, uint32_t max, struct gw_slot *ret)
{
	uint32_t count = window->slot_count < max ? window->slot_count : max;

	for (uint32_t i = 0; i < count; i++)
		ret[i] = window->slots[(window->slot_end + WINDOW_SLOTS - count + i) % WINDOW_SLOTS];
	return count;
}

bool window_is_silent(const struct window *window, const char *witness, uint32_t blocks)
{
	if (blocks == 0 || window->count < blocks)
		return false;
	for (uint32_t i = 0; i < blocks; i++) {
		if (strcmp(below_head(window, i)->witness, witness) == 0)
			return false;
	}
	return true;
}

bool block_is_sane(const struct block *block)
{
	return block->num > 0 && block->time_s > 0 && block->time_s <= UINT32_MAX;
}

void block_copy(struct block *ret, const struct block *block)
{
	*ret = *block;
	ret->updates = NULL;
	ret->transactions = NULL;
	if (block->update_count > 0) {
		ret->updates = xcalloc(block->update_count, sizeof(*ret->updates));
		memcpy(ret->updates, block->updates, block->update_count * sizeof(*ret->updates));
	}
	if (block->transaction_count > 0) {
		ret->transactions = xcalloc(block->transaction_count, sizeof(*ret->transactions));
		memcpy(ret->transactions, block->transactions, block->transaction_count * sizeof(*ret->transactions));
	}
}
