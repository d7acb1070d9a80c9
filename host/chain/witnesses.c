/* SPDX-License-Identifier: MIT
 *
 * The watched witnesses: keys and fetches.
 */
#include "chain/witnesses.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "graphene/operation.h"

static bool is_null(const char *key)
{
	return strcmp(key, GW_NULL_KEY) == 0;
}

/* ---- the list --------------------------------------------------------------------------------------------------- */

void witnesses_init(struct witnesses *witnesses, uint32_t max)
{
	memset(witnesses, 0, sizeof(*witnesses));
	witnesses->max = max;
	witnesses->list = xcalloc(max, sizeof(*witnesses->list));
}

void witnesses_done(struct witnesses *witnesses)
{
	free(witnesses->list);
}

struct watched *witnesses_next(const struct witnesses *witnesses, const struct watched *before)
{
	for (uint32_t i = before ? (uint32_t)(before - witnesses->list) + 1 : 0; i < witnesses->used; i++)
		if (witnesses->list[i].name[0] != '\0')
			return &witnesses->list[i];
	return NULL;
}

struct watched *witnesses_find(const struct witnesses *witnesses, const char *name)
{
	struct watched *watched = NULL;

	while ((watched = witnesses_next(witnesses, watched)) != NULL)
		if (strcmp(watched->name, name) == 0)
			return watched;
	return NULL;
}

gw_status witnesses_add(struct witnesses *witnesses, const char *name, struct watched **ret)
{
	uint32_t place = 0;

	while (place < witnesses->max && witnesses->list[place].name[0] != '\0')
		place++;
	if (place == witnesses->max)
		return GW_ERR_BUSY;
	if (place == witnesses->used)
		witnesses->used++;
	*ret = &witnesses->list[place];
	strncpy((*ret)->name, name, sizeof((*ret)->name) - 1);
	return GW_OK;
}

void witnesses_ask_anew(struct witnesses *witnesses, bool trusts)
{
	for (struct watched *watched = NULL; (watched = witnesses_next(witnesses, watched)) != NULL;) {
		if (!trusts) { /* the first answer decides, also where it shows the same key */
			watched->key.trusted = false;
			memset(&watched->first, 0, sizeof(watched->first));
		}
		watched->pending_key[0] = '\0';
		watched->joined = true;
		for (uint32_t e = 0; e < ENDPOINTS_MAX; e++)
			watched->fetches[e].ticket = 0;
	}
	witnesses_want_all(witnesses);
}

void witnesses_forget(struct witnesses *witnesses)
{
	for (struct watched *watched = NULL; (watched = witnesses_next(witnesses, watched)) != NULL;) {
		memset(&watched->key, 0, sizeof(watched->key));
		memset(&watched->last, 0, sizeof(watched->last));
		watched->missed_num = 0;
		watched->changes = 0;
	}
}

/* ---- triggers --------------------------------------------------------------------------------------------------- */

void witnesses_want(struct watched *watched)
{
	for (uint32_t e = 0; e < ENDPOINTS_MAX; e++)
		watched->fetches[e].wanted = true;
}

void witnesses_want_all(struct witnesses *witnesses)
{
	for (struct watched *watched = NULL; (watched = witnesses_next(witnesses, watched)) != NULL;)
		witnesses_want(watched);
}

void witnesses_lost(struct witnesses *witnesses, uint32_t endpoint)
{
	for (struct watched *watched = NULL; (watched = witnesses_next(witnesses, watched)) != NULL;)
		watched->fetches[endpoint].ticket = 0;
}

void witnesses_want_joined(struct witnesses *witnesses)
{
	for (struct watched *watched = NULL; (watched = witnesses_next(witnesses, watched)) != NULL;) {

		if (watched->joined)
			witnesses_want(watched);
		watched->joined = false;
	}
}

/* ---- keys from blocks ------------------------------------------------------------------------------------------- */

static void remember(struct watched *watched, uint32_t num)
{
	if (watched->changes == KEY_HISTORY) {
		watched->changes--;
		memmove(&watched->history[0], &watched->history[1], watched->changes * sizeof(watched->history[0]));
	}
	watched->history[watched->changes].num = num;
	watched->history[watched->changes].before = watched->key;
	watched->changes++;
}

static void set_key(struct watched *watched, const char *key, uint8_t null_origin)
{
	memset(watched->key.key, 0, sizeof(watched->key.key));
	strncpy(watched->key.key, key, sizeof(watched->key.key) - 1);
	watched->key.trusted = true;
	watched->key.null_origin = null_origin;
	watched->pending_key[0] = '\0';
}

/* A block shows the key. One that shows what is trusted already changes nothing. Else the witness is fetched: what is
 * counted under another key begins with that answer. */
static void show_key(struct watched *watched, const char *key, uint64_t seq, uint32_t num)
{
	uint8_t origin = is_null(key) ? GW_NULL_OPERATOR : GW_NULL_NONE;
	bool same = strcmp(watched->key.key, key) == 0;

	if (same && watched->key.trusted && watched->key.null_origin == origin)
		return;
	remember(watched, num);
	set_key(watched, key, origin);
	witnesses_want(watched);
	if (!same) {
		watched->key.seq = seq;
		watched->key.block = num;
	}
}

void witnesses_undo(struct witnesses *witnesses, uint32_t num, uint64_t seq, uint32_t block)
{
	witnesses->undone_seq = seq;
	for (struct watched *watched = NULL; (watched = witnesses_next(witnesses, watched)) != NULL;) {
		struct key_belief undone = watched->key;

		if (watched->missed_num > num)
			watched->missed_num = 0;
		while (watched->changes > 0 && watched->history[watched->changes - 1].num > num)
			watched->key = watched->history[--watched->changes].before;
		if (strcmp(undone.key, watched->key.key) != 0) {
			watched->key.seq = seq;
			watched->key.block = block;
		}
		watched->pending_key[0] = '\0';
		witnesses_want(watched);
	}
}

void witnesses_block(struct witnesses *witnesses, const struct block *block, uint64_t seq)
{
	struct watched *watched = witnesses_find(witnesses, block->witness);

	/* The signature was made with the key that held before the block's transactions. */
	if (watched && block->signing_key[0] != '\0')
		show_key(watched, block->signing_key, seq, block->num);
	for (size_t i = 0; i < block->update_count; i++) {
		watched = witnesses_find(witnesses, block->updates[i].owner);
		if (!watched)
			continue;
		show_key(watched, block->updates[i].signing_key, seq, block->num);
		watched->update_seq = seq;
		witnesses_want(watched);
	}
}

/* The order is unknown for the whole gap: it may hold a slot of anybody. */
static void anybody_missed(struct witnesses *witnesses)
{
	for (struct watched *watched = NULL; (watched = witnesses_next(witnesses, watched)) != NULL;)
		watched->missed_num = 0;
	witnesses_want_all(witnesses);
}

void witnesses_missed(struct witnesses *witnesses, const struct gw_slot *missed, uint32_t count, uint64_t seq,
		      uint32_t num)
{
	for (uint32_t i = 0; i < count; i++) {
		struct watched *watched;

		if (missed[i].witness[0] == '\0') {
			anybody_missed(witnesses);
			return;
		}
		watched = witnesses_find(witnesses, missed[i].witness);
		if (!watched)
			continue;
		if (missed[i].charged) {
			watched->missed_seq = seq;
			watched->missed_num = num;
		}
		witnesses_want(watched);
	}
}

/* ---- keys from answers ------------------------------------------------------------------------------------------ */

/* The head before the block that charged the newest miss since the answer before. One that no block has shown is
 * charged in the next. */
static uint32_t head_before_miss(const struct watched *watched, const struct standing *standing)
{
	bool shown = watched->missed_seq > watched->last.seq && watched->missed_num != 0;

	return shown ? watched->missed_num - 1 : standing->head_num;
}

/* The chain's own null, told apart without virtual operations: in one step, from the answer before to this one,
 * total_missed rose, the key became null, and the last block lies too far back; and no block between held an update of
 * it but one that the chain's null came after, in the same block or later.
 * golosd: database.cpp update_global_dynamic_data compares the head before the block that charges the miss. */
static bool nulled_by_chain(const struct watched *watched, const struct witness_answer *answer,
			    const struct standing *standing)
{
	const struct report *last = &watched->last;
	const uint32_t head_num = head_before_miss(watched, standing);
	bool updated = watched->update_seq > last->seq;

	if (!last->known || !is_null(answer->signing_key) || is_null(watched->key.key))
		return false;
	if (answer->total_missed <= last->total_missed)
		return false;
	if (standing->skipping_blocks == 0 || head_num <= answer->last_confirmed ||
	    head_num - answer->last_confirmed <= standing->skipping_blocks)
		return false;
	return !updated || watched->missed_seq >= watched->update_seq;
}

static struct key_stand stand_from(const struct fetch *fetch)
{
	return (struct key_stand){.time_s = fetch->begun_time_s, .mono_ms = fetch->begun_ms};
}

/* What an answer shows was so when it came, perhaps, and not yet when it was asked for. */
static struct key_stand stand_now(const struct standing *standing)
{
	return (struct key_stand){.time_s = standing->head_time_s, .mono_ms = standing->mono_ms};
}

static void first_key(struct watched *watched, const struct witness_answer *answer, const struct standing *standing)
{
	memset(&watched->key, 0, sizeof(watched->key));
	memcpy(watched->key.key, answer->signing_key, sizeof(watched->key.key));
	watched->key.null_origin = is_null(answer->signing_key) ? GW_NULL_OPERATOR : GW_NULL_NONE;
	watched->first = stand_now(standing);
	watched->pending_key[0] = '\0';
}

/* For a round, and longer than a pending update can show: with few scheduled a round is shorter than that. By the
 * head's time and by the clock: a head that stands still lets no time pass, and one that catches up lets much pass at
 * once. */
static bool stood_long_enough(const struct key_stand *since, const struct key_stand *now,
			      const struct standing *standing)
{
	int64_t head_s = now->time_s - since->time_s;
	int64_t clock_s = (now->mono_ms - since->mono_ms) / 1000;
	int64_t stood_s = head_s < clock_s ? head_s : clock_s;

	return standing->round_s > 0 && stood_s >= standing->round_s && stood_s > TRANSACTION_LIFE_S;
}

/* The answer is of a state no older than the block that changed the key last. */
static void learn_key(struct watched *watched, const struct fetch *fetch, const struct witness_answer *answer,
		      const struct standing *standing)
{
	const char *key = answer->signing_key;
	const struct key_stand asked = stand_from(fetch);
	uint8_t origin = is_null(key) ? GW_NULL_OPERATOR : GW_NULL_NONE;

	if (nulled_by_chain(watched, answer, standing)) {
		origin = GW_NULL_CHAIN;
	} else if (strcmp(watched->key.key, key) == 0) {
		watched->pending_key[0] = '\0';
		if (!watched->key.trusted && stood_long_enough(&watched->first, &asked, standing))
			set_key(watched, key, watched->key.null_origin);
		return;
	} else if (!watched->key.trusted) {
		first_key(watched, answer, standing);
		return;
	} else if (strcmp(watched->pending_key, key) != 0) {
		memcpy(watched->pending_key, key, sizeof(watched->pending_key));
		watched->pending = stand_now(standing);
		return;
	} else if (!stood_long_enough(&watched->pending, &asked, standing)) {
		return;
	}
	remember(watched, fetch->begun_block);
	set_key(watched, key, origin);
	watched->key.seq = fetch->begun_seq;
	watched->key.block = fetch->begun_block;
}

void witness_learn(struct watched *watched, const struct fetch *fetch, const struct witness_answer *answer,
		   const struct standing *standing)
{
	if (answer->exists && fetch->begun_seq >= watched->key.seq)
		learn_key(watched, fetch, answer, standing);
	watched->last.seq = fetch->begun_seq;
	watched->last.total_missed = answer->total_missed;
	watched->last.known = answer->exists;
}
