/* SPDX-License-Identifier: MIT
 *
 * Values in canonical form.
 */
#include <stdlib.h>
#include <string.h>

#include "canon.h"

#define BIAS	      0x40000000u
#define OLD_BIAS      0x20000000u
#define TODAY_BIAS    0x10000000u
#define LONG_AGO_BIAS 0x08000000u

static int compare(const void *a, const void *b)
{
	const uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

static void collect(struct ranks *ranks, uint64_t value)
{
	for (uint32_t i = 0; i < ranks->count; i++)
		if (ranks->values[i] == value)
			return;
	if (ranks->count == RANKS_MAX)
		abort();
	ranks->values[ranks->count++] = value;
}

static uint32_t rank_of(const struct ranks *ranks, uint64_t value)
{
	uint32_t rank = 0;

	while (ranks->values[rank] != value)
		rank++;
	return rank;
}

void canon_number(uint32_t *value, uint32_t base)
{
	if (*value != 0)
		*value = *value - base + BIAS;
}

void canon_missed(int64_t *value, const struct canon *b)
{
	const int64_t below = (int64_t)b->missed - *value;

	if (below <= FEW_MISSED)
		*value = b->collects ? *value : BIAS - below;
	else if (b->collects)
		collect(b->missed_counts, (uint64_t)*value);
	else
		*value = OLD_BIAS + rank_of(b->missed_counts, (uint64_t)*value);
}

void canon_missed32(uint32_t *value, const struct canon *b)
{
	int64_t count = *value;

	canon_missed(&count, b);
	*value = (uint32_t)count;
}

/* A block's number. */
void canon_num(uint32_t *value, const struct canon *b)
{
	if (*value >= b->oldest || *value == 0) {
		if (!b->collects)
			canon_number(value, b->num);
	} else if (b->collects) {
		collect(b->nums, *value);
	} else {
		*value = OLD_BIAS + rank_of(b->nums, *value);
	}
}

void canon_seq(uint64_t *value, const struct canon *b)
{
	if (*value == 0)
		return;
	if (b->collects)
		collect(b->seqs, *value);
	else
		*value = 1 + rank_of(b->seqs, *value);
}

static void number64(int64_t *value, int64_t base, int64_t least)
{
	if (*value == 0)
		return;
	*value = *value - base < least ? least : *value - base;
	*value += BIAS;
}

/* least: ages beyond it are the same. */
void canon_time_s(int64_t *value, int64_t least, const struct canon *b)
{
	if (!b->collects)
		number64(value, b->time_s, least);
}

void canon_mono_ms(int64_t *value, int64_t least, const struct canon *b)
{
	if (!b->collects && *value != INT64_MAX)
		number64(value, b->mono_ms, least);
}

void canon_past_s(int64_t *value, const struct canon *b)
{
	if (*value == 0)
		return;
	if (*value >= slot_time_s(b->oldest_slot))
		canon_time_s(value, INT64_MIN, b);
	else if (b->collects)
		collect(b->times, (uint64_t)*value);
	else
		*value = rank_of(b->times, (uint64_t)*value) +
			 (b->time_s - *value > HALF_DAY_S ? LONG_AGO_BIAS : TODAY_BIAS);
}

void canon_past32_s(uint32_t *value, const struct canon *b)
{
	int64_t time_s = *value;

	canon_past_s(&time_s, b);
	*value = (uint32_t)time_s;
}

void canon_slot(uint32_t *slot, const struct canon *b)
{
	int64_t time_s = slot_time_s(*slot);

	if (*slot == 0)
		return;
	canon_past_s(&time_s, b);
	if (!b->collects)
		*slot = (uint32_t)time_s;
}

/* Of a block that no fork reaches it is only asked whether the chain holds it. */
void canon_id(char text[GW_ID_SIZE], const struct canon *b)
{
	if (text[0] == '\0' || b->collects)
		return;
	uint32_t parts[2] = {id_num(text), id_slot(text)};

	if (parts[0] < b->oldest) {
		parts[1] = chain_holds(b->w, parts[0], parts[1]);
		parts[0] = OLD_BIAS;
	} else {
		parts[0] -= b->num;
		parts[1] -= b->slot;
	}
	memcpy(text, parts, sizeof(parts));
	memset(text + sizeof(parts), 0, 16 - sizeof(parts));
}

void canon_ref(struct monitor_block_ref *r, const struct canon *b)
{
	canon_num(&r->num, b);
	canon_id(r->id, b);
	canon_past_s(&r->time_s, b);
}

void canon_tapos(uint32_t *num, uint32_t *slot, const struct canon *b)
{
	if (*num >= b->oldest) {
		if (!b->collects)
			canon_number(slot, b->slot);
	} else if (!b->collects && *num != 0) {
		*slot = 1 + chain_holds(b->w, *num, *slot);
	}
	canon_num(num, b);
}

void canon_sort(struct ranks *ranks)
{
	qsort(ranks->values, ranks->count, sizeof(ranks->values[0]), compare);
}
