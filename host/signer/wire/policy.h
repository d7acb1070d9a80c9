/* SPDX-License-Identifier: MIT
 *
 * The rules of what may be signed: docs/design.md "Signer". Fixed at start; a transaction that breaks any rule is
 * refused with the rule's number and a sentence. Pure: the clock is handed in, nothing is read or kept. Any thread.
 */
#ifndef SIGNER_POLICY_H
#define SIGNER_POLICY_H

#include "signer/wire/feed_bounds.h"

#define SIGNER_KEYS_MAX	     16
#define SIGNER_INSTANCES_MAX 1024

/* Grants of `sign`. */
#define SIGN_WITNESS_UPDATE	     1u
#define SIGN_WITNESS_DISABLE	     2u /* witness_update to the null key */
#define SIGN_FEED_PUBLISH	     4u
#define SIGN_CHAIN_PROPERTIES_UPDATE 8u /* command line only */
#define SIGN_ALL		     15u

#define SIGNER_EXPIRATION_MAX_S	  60   /* past the signer's own clock */
#define SIGNER_SIGNATURES_DEFAULT 6    /* an hour */
#define SIGNER_SIGNATURES_MAX	  1000 /* an hour; more is a slip of the pen */

struct signer_policy_instance {
	char witness[GW_ACCOUNT_SIZE];
	struct public_key signing_key; /* the only key a witness_update may set; null key: none */
	uint32_t grants;	       /* SIGN_* */
	uint32_t max_signatures; /* an hour, by one key for this witness, prices apart; 1..SIGNER_SIGNATURES_MAX */
	struct feed_bounds feed; /* with SIGN_FEED_PUBLISH */
};

/* Why a signature was refused. Numbers are on the wire and in the journal: never reused. */
enum refusal {
	REFUSED_NOT = 0,
	REFUSED_INSTANCE = 1,	     /* no such instance */
	REFUSED_KEYS = 2,	     /* no key named, one named twice, or one that does not exist */
	REFUSED_OPERATION_COUNT = 3, /* not one; where properties are granted, one or two */
	REFUSED_OPERATION = 4,	     /* an operation that is not granted */
	REFUSED_WITNESS = 5,	     /* another witness */
	REFUSED_SIGNING_KEY = 6,     /* a signing key that is not this instance's, or the null key without its grant */
	REFUSED_FEE = 7,	     /* a fee */
	REFUSED_VALUE = 8,	     /* a member that golosd would refuse */
	REFUSED_EXPIRED = 9,	     /* expires now, or has */
	REFUSED_EXPIRATION = 10,     /* expires too late */
	REFUSED_BUDGET = 11,	     /* the hour's signatures are used up */
	REFUSED_COUNT_FILE = 12,     /* the signature cannot be recorded, so it is not made */
	REFUSED_DEFECT = 13,	     /* the transaction could not be serialised or signed */
	REFUSED_FEED_RANGE = 14,     /* a price out of its bounds */
	REFUSED_FEED_STEP = 15,	     /* a price too far from one that was signed */
};

/* A short stable name ("signing_key"); NULL for a number that is none. */
const char *refusal_name(uint32_t refusal);

/* The account of an operation that may be granted: owner or publisher. */
const char *operation_account(const struct operation *op);

/* Is this an instance that a policy can have? GW_ERR_CONFIG with the reason. */
NODISCARD gw_status policy_check_instance(const struct signer_policy_instance *instance, struct error *err);
/* Does every rule but the budget let `instance` (NULL: does not exist) sign this, now? The sentence names rule and
 * value. */
NODISCARD enum refusal policy_check(const struct signer_policy_instance *instance, const struct transaction *tx,
				    int64_t now_s, struct error *err);
/* A price alone. All other operations count as switches. */
bool policy_is_feed(const struct transaction *tx);
/* Indices of keys: at least one, each below `available`, none twice. */
NODISCARD enum refusal policy_check_keys(const uint32_t *keys, size_t count, size_t available, struct error *err);

#endif
