/* SPDX-License-Identifier: MIT
 *
 * The smallest set of keys for an active authority. The accounts that it leads to are laid out flat once, deepest last;
 * then sets are tried by size, each with one pass over them from the end. See authority.h.
 */
#include "chain/authority.h"

#include <assert.h>
#include <string.h>

/* An account at a depth: at the last depth golosd does not follow accounts any more, so the depth is part of it. */
struct member {
	const char *name;
	const struct authority *authority;
	uint32_t depth;
	uint32_t key_bits[AUTHORITY_ENTRIES_MAX]; /* of our keys; 0: the entry's key is not ours */
	uint32_t children[AUTHORITY_ENTRIES_MAX]; /* members of the accounts, all later in the list; 0: not followed */
};

struct members {
	uint32_t count;
	struct member list[1 + AUTHORITY_DEPTH_MAX * AUTHORITY_ACCOUNTS_MAX];
};

#define MEMBERS_MAX (1 + AUTHORITY_DEPTH_MAX * AUTHORITY_ACCOUNTS_MAX)

/* Index of the account at that depth, added if it is new; 0: the list is full. */
static uint32_t member_of(struct members *members, const char *name, uint32_t depth)
{
	for (uint32_t i = 1; i < members->count; i++)
		if (members->list[i].depth == depth && strcmp(members->list[i].name, name) == 0)
			return i;
	if (members->count == MEMBERS_MAX)
		return 0;
	members->list[members->count] = (struct member){.name = name, .depth = depth};
	return members->count++;
}

static void find_keys(struct member *member, const char *const *keys, size_t key_count)
{
	for (size_t i = 0; i < member->authority->key_count; i++)
		for (size_t k = 0; k < key_count; k++)
			if (strcmp(member->authority->keys[i].key, keys[k]) == 0)
				member->key_bits[i] |= 1u << k;
}

static gw_status find_children(struct members *members, struct member *member, struct error *err)
{
	const struct authority *authority = member->authority;

	assert(authority); /* looked up before */
	if (member->depth == AUTHORITY_DEPTH_MAX)
		return GW_OK;
	for (size_t i = 0; i < authority->account_count; i++) {
		member->children[i] = member_of(members, authority->accounts[i].name, member->depth + 1);
		if (member->children[i] == 0)
			return error_set(err, GW_ERR_RANGE, "the authority of '%s' leads to too many accounts",
					 members->list[0].name);
	}
	return GW_OK;
}

/* A member's index is below those of its children: they are appended while it is being looked at, by rising depth. */
static gw_status lay_out(struct members *members, const char *account, const char *const *keys, size_t key_count,
			 authority_lookup lookup, void *context, char ret_missing[GW_ACCOUNT_SIZE], struct error *err)
{
	members->list[0] = (struct member){.name = account};
	members->count = 1;
	for (uint32_t i = 0; i < members->count; i++) {
		struct member *member = &members->list[i];

		member->authority = lookup(context, member->name);
		if (!member->authority) {
			strncpy(ret_missing, member->name, GW_ACCOUNT_SIZE - 1);
			ret_missing[GW_ACCOUNT_SIZE - 1] = '\0';
			return error_set(err, GW_ERR_UNAVAILABLE, "the authority of '%s' is not known yet",
					 member->name);
		}
		find_keys(member, keys, key_count);
		gw_status status = find_children(members, member, err);
		if (status)
			return status;
	}
	return GW_OK;
}

static uint64_t weight_of(const struct member *member, uint32_t set, const bool *reached)
{
	const struct authority *authority = member->authority;
	uint64_t weight = 0;

	for (size_t i = 0; i < authority->key_count; i++)
		if (member->key_bits[i] & set)
			weight += authority->keys[i].weight;
	for (size_t i = 0; i < authority->account_count; i++)
		if (member->children[i] && reached[member->children[i]])
			weight += authority->accounts[i].weight;
	return weight;
}

/* Weight that the set brings to the account itself. */
static uint64_t weight_by(const struct members *members, uint32_t set)
{
	bool reached[MEMBERS_MAX] = {false};

	for (uint32_t i = members->count; i-- > 1;) {
		const struct member *member = &members->list[i];

		assert(member->authority); /* lay_out looked each up */
		reached[i] = weight_of(member, set, reached) >= member->authority->threshold;
	}
	return weight_of(&members->list[0], set, reached);
}

/* The next larger number with as many bits set; sets of one size in rising order. */
static uint32_t next_of_size(uint32_t set)
{
	const uint32_t lowest = set & (~set + 1u);
	const uint32_t carried = set + lowest;

	return carried | (((set ^ carried) >> 2) / lowest);
}

static uint32_t smallest_set(const struct members *members, size_t key_count, uint64_t threshold)
{
	const uint32_t end = 1u << key_count;

	if (weight_by(members, 0) >= threshold)
		return 0;
	for (size_t size = 1; size < key_count; size++)
		for (uint32_t set = (1u << size) - 1; set < end; set = next_of_size(set))
			if (weight_by(members, set) >= threshold)
				return set;
	return end - 1;
}

gw_status authority_choose(const char *account, const char *const *keys, size_t key_count, authority_lookup lookup,
			   void *context, struct authority_choice *ret, char ret_missing[GW_ACCOUNT_SIZE],
			   struct error *err)
{
	struct members members;

	if (key_count > AUTHORITY_KEYS_MAX)
		return error_set(err, GW_ERR_RANGE, "%zu keys, and no more than %d can be used", key_count,
				 AUTHORITY_KEYS_MAX);
	gw_status status = lay_out(&members, account, keys, key_count, lookup, context, ret_missing, err);
	if (status)
		return status;
	const uint32_t threshold = members.list[0].authority->threshold;
	const uint64_t most = weight_by(&members, (1u << key_count) - 1);

	if (most < threshold)
		return error_set(err, GW_ERR_DENIED,
				 "the active authority of '%s' wants a weight of %u, and the signer's keys bring %llu",
				 account, threshold, (unsigned long long)most);
	const uint32_t set = smallest_set(&members, key_count, threshold);

	ret->count = 0;
	for (uint32_t k = 0; k < key_count; k++)
		if (set & 1u << k)
			ret->keys[ret->count++] = k;
	return GW_OK;
}
