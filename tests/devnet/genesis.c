/* SPDX-License-Identifier: MIT
 *
 * Accounts and authorities. Source: golosd's protocol/sign_state.cpp.
 */
#include "devnet/genesis.h"

#include <stdlib.h>
#include <string.h>

const struct account *genesis_account(const struct genesis *genesis, const char *name)
{
	for (size_t i = 0; i < genesis->account_count; i++)
		if (strcmp(genesis->accounts[i].name, name) == 0)
			return &genesis->accounts[i];
	return NULL;
}

/* As the recorded get_dynamic_global_properties has them. */
#define MOST_BANDWIDTH 871995801600000000.0
#define ALL_VESTING    3000451.996423

bool account_has_bandwidth(const struct account *account)
{
	double shares = strtod(account->vesting, NULL);

	return !account->vesting[0] || shares * MOST_BANDWIDTH > (double)account->bandwidth * ALL_VESTING;
}

struct check {
	const struct genesis *genesis;
	const struct public_key *keys;
	size_t key_count;
	bool *used;
};

static bool is_signed_by(const struct check *check, const struct public_key *key)
{
	for (size_t i = 0; i < check->key_count; i++) {
		if (public_key_equal(&check->keys[i], key)) {
			check->used[i] = true;
			return true;
		}
	}
	return false;
}

static bool is_reached(const struct check *check, const struct account_authority *authority, unsigned depth)
{
	uint64_t total = 0;
	for (size_t i = 0; i < authority->key_count; i++) {
		if (is_signed_by(check, &authority->keys[i].key))
			total += authority->keys[i].weight;
		if (total >= authority->threshold)
			return true;
	}
	for (size_t i = 0; i < authority->account_count && depth < AUTHORITY_DEPTH_MAX; i++) {
		const struct account *account = genesis_account(check->genesis, authority->accounts[i].name);
		if (account && is_reached(check, &account->active, depth + 1))
			total += authority->accounts[i].weight;
		if (total >= authority->threshold)
			return true;
	}
	return false;
}

bool authority_is_reached(const struct genesis *genesis, const struct account_authority *authority,
			  const struct public_key *keys, size_t key_count, bool *used)
{
	struct check check = {genesis, keys, key_count, used};
	return is_reached(&check, authority, 0);
}
