/* SPDX-License-Identifier: MIT
 *
 * The newest blocks of the chain that we follow, and the slots they stand in. One unbroken line of blocks: a fork pops
 * what it undoes and pushes what replaces it. Plain data, pure.
 */
#ifndef CHAIN_WINDOW_H
#define CHAIN_WINDOW_H

#include "node/answers.h"

#define WINDOW_BLOCKS 256u /* more than two rounds, and deeper than any fork that golosd makes */
#define WINDOW_SLOTS  512u

struct past_block {
	uint32_t num;
	uint32_t slots; /* entries of its own among the window's slots: those skipped before it, and its own */
	int64_t time_s;
	char id[GW_ID_SIZE];
	char previous[GW_ID_SIZE];
	char witness[GW_ACCOUNT_SIZE];
};

struct window {
	uint32_t count;				 /* blocks held */
	struct past_block blocks[WINDOW_BLOCKS]; /* block n at n modulo the size */
	uint32_t head_num;
	uint32_t slot_count, slot_end; /* slots held; where the next one goes */
	struct gw_slot slots[WINDOW_SLOTS];
};

/* How a block follows what we hold. */
enum window_link {
	LINK_FIRST,    /* nothing is held */
	LINK_NEXT,     /* on the head */
	LINK_FORK,     /* on an older block: what follows that one is undone */
	LINK_REPEATED, /* held already */
	LINK_NONE,     /* its parent is not held: blocks lie between, or the fork goes deeper than they do */
};

void window_clear(struct window *window);
/* NULL: none. */
const struct past_block *window_head(const struct window *window);
const struct past_block *window_at(const struct window *window, uint32_t num);
/* Number of the oldest block held; 0: none. */
uint32_t window_oldest(const struct window *window);
enum window_link window_link(const struct window *window, const struct block *block);
/* Drops the blocks above `num` with their slots; returns how many. */
uint32_t window_undo(struct window *window, uint32_t num);
/* block->num is head + 1, or the window is empty; its id is known. */
void window_push(struct window *window, const struct block *block);
/* A slot of the block pushed last. */
void window_push_slot(struct window *window, const struct gw_slot *slot);
/* Copies the newest `max` slots at most, oldest first; returns how many. */
uint32_t window_slots(const struct window *window, uint32_t max, struct gw_slot *ret);
/* True when at least `blocks` blocks are held and the newest of them hold none of the witness. By blocks and not by
 * slots: after a halt of two rounds nobody has filled a slot in them, and yet nobody is dead. */
bool window_is_silent(const struct window *window, const char *witness, uint32_t blocks);

/* Number and time within what the wire can say. */
bool block_is_sane(const struct block *block);
/* A block with arrays of its own; block_free releases it. */
void block_copy(struct block *ret, const struct block *block);

#endif
