/* SPDX-License-Identifier: MIT
 *
 * golosd's rules of a block. See state.h.
 */
#include "devnet/state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static size_t state_size(const struct genesis *genesis)
{
	return sizeof(struct state) + genesis->account_count * sizeof(struct witness_state);
}

static struct witness_state *find_witness(struct state *state, const char *owner)
{
	for (size_t i = 0; i < state->witness_count; i++)
		if (strcmp(state->witnesses[i].owner, owner) == 0)
			return &state->witnesses[i];
	return NULL;
}

static struct witness_state *add_witness(const struct genesis *genesis, struct state *state, const char *owner)
{
	struct witness_state *witness = &state->witnesses[state->witness_count++];
	snprintf(witness->owner, sizeof witness->owner, "%s", owner);
	snprintf(witness->url, sizeof witness->url, "https://%s.example/witness", owner);
	witness->skipping_reset_s = genesis->skipping_reset_s;
	return witness;
}

/* ---- schedule ------------------------------------------------------------------------------------------------ */

/* The most voted first; one more (on Golos two at most) is taken in turn from all the others. */
static void choose_witnesses(struct state *state)
{
	size_t voted = 0;
	state->scheduled_count = 0;
	bool chosen[ACCOUNTS_MAX] = {false};
	for (size_t i = 0; i < state->witness_count && voted < SCHEDULE_VOTED; i++) {
		if (public_key_is_null(&state->witnesses[i].signing_key))
			continue;
		chosen[i] = true;
		state->schedule[state->scheduled_count++] = (uint16_t)i;
		voted++;
	}
	while (state->scheduled_count < SCHEDULE_SIZE) {
		struct witness_state *next = NULL;
		size_t index = 0;
		for (size_t i = 0; i < state->witness_count; i++) {
			struct witness_state *witness = &state->witnesses[i];
			if (chosen[i] || public_key_is_null(&witness->signing_key) ||
			    (next && next->turns <= witness->turns))
				continue;
			next = witness;
			index = i;
		}
		if (!next)
			return;
		chosen[index] = true;
		next->turns++;
		state->schedule[state->scheduled_count++] = (uint16_t)index;
	}
}

/* golosd's shuffle: a xorshift of the head's time, so that every node makes the same order. */
static void shuffle(uint64_t seed, struct state *state)
{
	uint64_t base = ((uint64_t)state->time_s << 32) ^ seed;
	for (size_t i = 0; i < state->scheduled_count; i++) {
		uint64_t k = base + (uint64_t)i * 2685821657736338717u;
		k ^= k >> 12;
		k ^= k << 25;
		k ^= k >> 27;
		k *= 2685821657736338717u;
		size_t j = i + (size_t)(k % (state->scheduled_count - i));
		uint16_t moved = state->schedule[i];
		state->schedule[i] = state->schedule[j];
		state->schedule[j] = moved;
	}
}

static int compare_u32(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
	return (left > right) - (left < right);
}

static void update_schedule(const struct genesis *genesis, struct state *state)
{
	size_t old_count = state->scheduled_count;
	choose_witnesses(state);
	if (state->scheduled_count == 0) {
		state->scheduled_count = old_count; /* all are null: golosd would stop here for good */
		return;
	}
	shuffle(genesis->seed, state);
	uint32_t votes[SCHEDULE_SIZE];
	for (size_t i = 0; i < state->scheduled_count; i++)
		votes[i] = state->witnesses[state->schedule[i]].skipping_reset_s;
	qsort(votes, state->scheduled_count, sizeof *votes, compare_u32);
	state->skipping_reset_s = votes[state->scheduled_count / 2];
	state->next_shuffle = state->head_num + (uint32_t)state->scheduled_count;
}

struct state *state_new(const struct genesis *genesis)
{
	struct state *state = xcalloc(1, state_size(genesis));
	state->time_s = genesis->time_s;
	state->filled[0] = state->filled[1] = UINT64_MAX;
	for (size_t i = 0; i < genesis->witness_count; i++) {
		struct witness_state *witness = add_witness(genesis, state, genesis->accounts[i].name);
		witness->signing_key = genesis->signing_keys[i];
		if (!genesis->feed)
			continue;
		witness->feed = (struct price){{genesis->feed, 3, "GBG"}, {1000, 3, "GOLOS"}};
		witness->feed_time_s = genesis->time_s;
	}
	update_schedule(genesis, state);
	return state;
}

struct state *state_copy(const struct genesis *genesis, const struct state *old)
{
	struct state *state = xcalloc(1, state_size(genesis));
	memcpy(state, old, sizeof *old + old->witness_count * sizeof old->witnesses[0]);
	return state;
}

/* ---- slots --------------------------------------------------------------------------------------------------- */

int64_t state_slot_time(const struct genesis *genesis, const struct state *state, uint32_t slot)
{
	int64_t interval = genesis->interval_s;
	return state->time_s / interval * interval + (int64_t)slot * interval;
}

uint32_t state_slot_at(const struct genesis *genesis, const struct state *state, int64_t time_s)
{
	int64_t first = state_slot_time(genesis, state, 1);
	return time_s < first ? 0 : (uint32_t)((time_s - first) / genesis->interval_s) + 1;
}

const struct witness_state *state_scheduled(const struct state *state, uint64_t slot)
{
	return &state->witnesses[state->schedule[(state->aslot + slot) % state->scheduled_count]];
}

const struct witness_state *state_witness(const struct state *state, const char *owner)
{
	for (size_t i = 0; i < state->witness_count; i++)
		if (strcmp(state->witnesses[i].owner, owner) == 0)
			return &state->witnesses[i];
	return NULL;
}

static uint32_t count_bits(uint64_t bits)
{
	uint32_t count = 0;
	for (; bits; bits &= bits - 1)
		count++;
	return count;
}

uint32_t state_participation(const struct state *state)
{
	return count_bits(state->filled[0]) + count_bits(state->filled[1]);
}

void state_filled_text(char ret[40], const struct state *state)
{
	uint32_t limbs[4] = {(uint32_t)(state->filled[1] >> 32), (uint32_t)state->filled[1],
			     (uint32_t)(state->filled[0] >> 32), (uint32_t)state->filled[0]};
	char reversed[40];
	size_t len = 0;
	while (limbs[0] | limbs[1] | limbs[2] | limbs[3]) {
		uint64_t rest = 0;
		for (size_t i = 0; i < 4; i++) {
			uint64_t part = rest << 32 | limbs[i];
			limbs[i] = (uint32_t)(part / 10);
			rest = part % 10;
		}
		reversed[len++] = (char)('0' + rest);
	}
	if (len == 0)
		reversed[len++] = '0';
	for (size_t i = 0; i < len; i++)
		ret[i] = reversed[len - 1 - i];
	ret[len] = '\0';
}

/* ---- operations and blocks ----------------------------------------------------------------------------------- */

static void apply_witness_update(const struct genesis *genesis, struct state *state, const struct witness_update *op)
{
	struct witness_state *witness = find_witness(state, op->owner);
	if (!witness)
		witness = add_witness(genesis, state, op->owner);
	memcpy(witness->url, op->url, sizeof witness->url);
	witness->signing_key = op->signing_key;
}

static void apply_feed_publish(const struct genesis *genesis, struct state *state, const struct feed_publish *op)
{
	(void)genesis;
	struct witness_state *witness = find_witness(state, op->publisher);
	if (!witness)
		return;
	witness->feed = (struct price){op->base, op->quote};
	witness->feed_time_s = state->time_s;
}

static void apply_properties(const struct genesis *genesis, struct state *state,
			     const struct chain_properties_update *op)
{
	struct witness_state *witness = find_witness(state, op->owner);
	if (!witness)
		witness = add_witness(genesis, state, op->owner);
	for (size_t i = 0; i < chain_properties_of_version(op->version); i++)
		if (strcmp(chain_property_table[i].name, "witness_skipping_reset_time") == 0)
			witness->skipping_reset_s = (uint32_t)op->values[i].number;
}

void state_apply_operation(const struct genesis *genesis, struct state *state, const struct operation *op)
{
	if (op->type == OPERATION_WITNESS_UPDATE)
		apply_witness_update(genesis, state, &op->witness_update);
	else if (op->type == OPERATION_FEED_PUBLISH)
		apply_feed_publish(genesis, state, &op->feed_publish);
	else if (op->type == OPERATION_CHAIN_PROPERTIES_UPDATE)
		apply_properties(genesis, state, &op->chain_properties_update);
}

/* golosd's update_global_dynamic_data: each skipped slot costs its witness one, but never the producer of this block;
 * who has not produced for too many blocks loses its key. */
static void charge_missed(const struct genesis *genesis, struct state *state, const char *producer, uint32_t missed,
			  struct shutdowns *ret)
{
	for (uint32_t slot = 1; slot <= missed; slot++) {
		struct witness_state *witness =
			&state->witnesses[state->schedule[(state->aslot + slot) % state->scheduled_count]];
		if (strcmp(witness->owner, producer) == 0)
			continue;
		witness->total_missed++;
		if (state->head_num - witness->last_confirmed <= state->skipping_reset_s / genesis->interval_s)
			continue;
		memset(&witness->signing_key, 0, sizeof witness->signing_key);
		if (ret->count < SCHEDULE_SIZE)
			memcpy(ret->owners[ret->count++], witness->owner, GW_ACCOUNT_SIZE);
	}
}

/* golosd shifts in the one of the block first and the zeros of the slots missed before it after that. */
static void remember_slots(struct state *state, uint32_t missed)
{
	for (uint32_t i = 0; i <= missed && i < SLOTS_REMEMBERED; i++) {
		state->filled[1] = state->filled[1] << 1 | state->filled[0] >> 63;
		state->filled[0] = state->filled[0] << 1 | (i == 0 ? 1u : 0u);
	}
}

static void update_irreversible(struct state *state)
{
	uint32_t confirmed[SCHEDULE_SIZE];
	for (size_t i = 0; i < state->scheduled_count; i++)
		confirmed[i] = state->witnesses[state->schedule[i]].last_confirmed;
	qsort(confirmed, state->scheduled_count, sizeof *confirmed, compare_u32);
	uint32_t reached = confirmed[(100 - IRREVERSIBLE_THRESHOLD) * state->scheduled_count / 100];
	if (reached > state->irreversible)
		state->irreversible = reached;
}

/* golosd's price::operator<: the symbols come first, so that a feed with the sides exchanged sorts apart. */
static int compare_prices(const void *a, const void *b)
{
	const struct price *left = a, *right = b;
	int order = strncmp(left->base.symbol, right->base.symbol, sizeof left->base.symbol);
	if (order == 0)
		order = strncmp(left->quote.symbol, right->quote.symbol, sizeof left->quote.symbol);
	if (order)
		return order;
	__extension__ typedef __int128 wide;
	wide one = (wide)left->base.amount * right->quote.amount, other = (wide)right->base.amount * left->quote.amount;
	return one < other ? -1 : one > other;
}

static struct price median_price(struct price *prices, size_t count)
{
	qsort(prices, count, sizeof *prices, compare_prices);
	return prices[count / 2];
}

/* golosd's update_median_feed, without the least price that the debt sets. */
static void update_median_feed(struct state *state)
{
	struct price prices[FEED_HISTORY_MAX];
	size_t count = 0;
	for (size_t i = 0; i < state->scheduled_count; i++) {
		const struct witness_state *witness = &state->witnesses[state->schedule[i]];
		if (witness->feed_time_s && state->time_s < witness->feed_time_s + FEED_AGE_MAX_S)
			prices[count++] = witness->feed;
	}
	if (count < FEEDS_MIN)
		return;
	if (state->feed_count == FEED_HISTORY_MAX)
		memmove(state->feeds, state->feeds + 1, --state->feed_count * sizeof state->feeds[0]);
	state->feeds[state->feed_count++] = median_price(prices, count);
	memcpy(prices, state->feeds, sizeof prices);
	state->feed_median = median_price(prices, state->feed_count);
}

void state_apply_block(const struct genesis *genesis, struct state *state, const char *witness, int64_t time_s,
		       struct shutdowns *ret_shutdowns)
{
	uint32_t missed = state_slot_at(genesis, state, time_s) - 1;
	ret_shutdowns->count = 0;
	charge_missed(genesis, state, witness, missed, ret_shutdowns);
	remember_slots(state, missed);
	state->aslot += missed + 1;
	state->head_num++;
	state->time_s = time_s;
	snprintf(state->head_witness, sizeof state->head_witness, "%s", witness);
	struct witness_state *producer = find_witness(state, witness);
	producer->last_aslot = state->aslot;
	producer->last_confirmed = state->head_num;
	update_irreversible(state);
	if (state->head_num % SCHEDULE_SIZE == 0)
		update_schedule(genesis, state);
	if (genesis->feed_interval && state->head_num % genesis->feed_interval == 0)
		update_median_feed(state);
}
