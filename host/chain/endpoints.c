/* SPDX-License-Identifier: MIT
 *
 * What each endpoint shows of itself.
 */
#include "chain/endpoints.h"

#include <string.h>

#include "chain/state.h"

void endpoint_reset(struct endpoint *endpoint, bool up)
{
	const char *url = endpoint->url;

	memset(endpoint, 0, sizeof(*endpoint));
	endpoint->url = url;
	endpoint->up = up;
}

/* NULL: not known. */
static const struct branch_block *block_at(const struct endpoint *endpoint, uint32_t num)
{
	const struct branch_block *block = &endpoint->branch[num % BRANCH_BLOCKS];

	return num > 0 && block->num == num ? block : NULL;
}

static const char *id_at(const struct endpoint *endpoint, uint32_t num)
{
	return block_at(endpoint, num) ? block_at(endpoint, num)->id : "";
}

static void set_block(struct endpoint *endpoint, uint32_t num, const char *id, int64_t time_s)
{
	struct branch_block *block = &endpoint->branch[num % BRANCH_BLOCKS];

	*block = (struct branch_block){.num = num, .time_s = time_s};
	memcpy(block->id, id, GW_ID_SIZE);
}

/* A fork: what this branch once had above `num` is gone. */
static void forget_above(struct endpoint *endpoint, uint32_t num)
{
	for (uint32_t i = 0; i < BRANCH_BLOCKS; i++) {
		if (endpoint->branch[i].num > num)
			endpoint->branch[i].num = 0;
	}
}

/* The time of the parent is known where it was sent, too. */
static void set_parent(struct endpoint *endpoint, const struct block *block)
{
	const struct branch_block *parent = block_at(endpoint, block->num - 1);
	bool is_same = parent && (parent->id[0] == '\0' || strcmp(parent->id, block->previous) == 0);

	set_block(endpoint, block->num - 1, block->previous, is_same ? parent->time_s : 0);
}

bool endpoint_note(struct endpoint *endpoint, const struct block *block)
{
	bool repeats = block->num == endpoint->head_num && block->time_s == endpoint->head_time_s &&
		       strcmp(id_at(endpoint, block->num - 1), block->previous) == 0;

	if (repeats && (block->id[0] == '\0' || strcmp(endpoint_head_id(endpoint), block->id) == 0))
		return false;
	if (block->num <= endpoint->head_num)
		forget_above(endpoint, block->num);
	if (block->num > 1)
		set_parent(endpoint, block);
	set_block(endpoint, block->num, block->id, block->time_s);
	endpoint->head_num = block->num;
	endpoint->head_time_s = block->time_s;
	return true;
}

uint8_t endpoint_branch(const struct endpoint *own, const struct endpoint *other)
{
	uint32_t top = own->head_num < other->head_num ? own->head_num : other->head_num;

	for (uint32_t num = top; num > 0 && top - num < BRANCH_BLOCKS; num--) {
		const struct branch_block *ours = block_at(own, num), *theirs = block_at(other, num);

		if (!ours || !theirs)
			continue;
		if (ours->id[0] != '\0' && theirs->id[0] != '\0')
			return strcmp(ours->id, theirs->id) == 0 ? GW_BRANCH_SAME : GW_BRANCH_OTHER;
		if (ours->time_s != 0 && theirs->time_s != 0 && ours->time_s != theirs->time_s)
			return GW_BRANCH_OTHER;
	}
	return GW_BRANCH_UNKNOWN;
}

bool endpoint_can_be(const struct endpoint *own, const struct endpoint *other, uint32_t interval_s)
{
	int64_t slots = (other->head_time_s - own->head_time_s) / interval_s;

	return (int64_t)other->head_num - own->head_num <= UNDO_MAX + (slots > 0 ? slots : 0);
}

const char *endpoint_head_id(const struct endpoint *endpoint)
{
	return id_at(endpoint, endpoint->head_num);
}
