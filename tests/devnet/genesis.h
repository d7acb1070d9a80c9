/* SPDX-License-Identifier: MIT
 *
 * What all nodes of a devnet agree on before the first block: the chain's constants, its accounts with their
 * authorities, its first witnesses. Accounts never change by transactions here. Pure.
 */
#ifndef DEVNET_GENESIS_H
#define DEVNET_GENESIS_H

#include "graphene/keys.h"

#define ACCOUNTS_MAX	       1100 /* accounts; any of them may become a witness */
#define AUTHORITY_MEMBERS_MAX  8    /* of each kind */
#define AUTHORITY_DEPTH_MAX    2    /* STEEMIT_MAX_SIG_CHECK_DEPTH */
#define SCHEDULE_SIZE	       21   /* STEEMIT_MAX_WITNESSES */
#define SCHEDULE_VOTED	       19   /* STEEMIT_MAX_VOTED_WITNESSES */
#define IRREVERSIBLE_THRESHOLD 75   /* percent; STEEMIT_IRREVERSIBLE_THRESHOLD / 100 */
#define EXPIRATION_MAX_S       3600 /* STEEMIT_MAX_TIME_UNTIL_EXPIRATION */

struct account_authority {
	uint32_t threshold;
	size_t key_count, account_count;
	struct {
		struct public_key key;
		uint32_t weight;
	} keys[AUTHORITY_MEMBERS_MAX];
	struct {
		char name[GW_ACCOUNT_SIZE];
		uint32_t weight;
	} accounts[AUTHORITY_MEMBERS_MAX];
};

struct account {
	char name[GW_ACCOUNT_SIZE];
	struct account_authority owner, active, posting;
	/* set by an order: what it may sign for; "": as the recorded account, which is rich */
	char vesting[32];	/* vesting_shares, as golosd writes them */
	uint64_t bandwidth;	/* average_bandwidth */
	int64_t bandwidth_at_s; /* last_bandwidth_update */
};

struct genesis {
	struct chain_id chain_id;
	int64_t time_s;		   /* seconds since 1970; slot n of block 1 is at time_s + n * interval_s */
	uint32_t interval_s;	   /* STEEMIT_BLOCK_INTERVAL */
	uint32_t skipping_reset_s; /* each witness's vote for witness_skipping_reset_time at the start */
	uint32_t feed_interval;	   /* blocks; STEEMIT_FEED_INTERVAL_BLOCKS */
	uint32_t feed;		   /* what each witness published at the beginning, thousandths of a GBG; 0: nothing */
	uint64_t seed;		   /* mixed into the shuffle; 0: golosd's own order of the time alone */
	size_t account_count;
	struct account accounts[ACCOUNTS_MAX];
	size_t witness_count; /* the first accounts, the most voted first, are the witnesses */
	struct public_key signing_keys[ACCOUNTS_MAX];
};

/* NULL: no such account. */
const struct account *genesis_account(const struct genesis *genesis, const char *name);
/* golosd's update_account_bandwidth: whether its Golos Power pays for what it has used. */
bool account_has_bandwidth(const struct account *account);
/* Whether `keys` reach the authority's threshold, by accounts too; sets used[i] for each key that was needed. */
bool authority_is_reached(const struct genesis *genesis, const struct account_authority *authority,
			  const struct public_key *keys, size_t key_count, bool *used);

#endif
