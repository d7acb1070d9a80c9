/* SPDX-License-Identifier: MIT
 *
 * Which keys must sign for an account's active authority. golosd refuses a signature that is not needed
 * (docs/protocol.md 5), so it must be the smallest set. Pure.
 * Source: golosd's libraries/protocol/sign_state.cpp (check_authority); depth STEEMIT_MAX_SIG_CHECK_DEPTH.
 */
#ifndef CHAIN_AUTHORITY_H
#define CHAIN_AUTHORITY_H

#include "node/answers.h"

#define AUTHORITY_DEPTH_MAX    2  /* accounts of accounts of the account, and no further */
#define AUTHORITY_KEYS_MAX     16 /* of the signer */
#define AUTHORITY_ACCOUNTS_MAX 64 /* accounts that one authority may lead to; beyond that it is not judged */

/* The active authority of an account, borrowed until authority_choose returns; NULL: not fetched yet. For an account
 * that the chain does not have it gives an authority with a threshold and no entries. */
typedef const struct authority *(*authority_lookup)(void *context, const char *account);

struct authority_choice {
	uint32_t count;
	uint32_t keys[AUTHORITY_KEYS_MAX]; /* indices into the keys given, ascending */
};

/* The smallest set of `keys` (public keys as text, "GLS…", compared as text) that reaches the active authority of
 * `account`; of several the one with the lowest indices.
 * GW_ERR_UNAVAILABLE: ret_missing (written only then) names an account to be fetched first.
 * GW_ERR_DENIED: not even all of them reach it; *err says how far they come.
 * GW_ERR_RANGE: too many keys or accounts. */
NODISCARD gw_status authority_choose(const char *account, const char *const *keys, size_t key_count,
				     authority_lookup lookup, void *context, struct authority_choice *ret,
				     char ret_missing[GW_ACCOUNT_SIZE], struct error *err);

#endif
