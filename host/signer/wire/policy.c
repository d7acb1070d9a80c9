/* SPDX-License-Identifier: MIT
 *
 * Signer. One rule a function.
 */
#include "signer/wire/policy.h"

#include <string.h>

/* Writes the sentence of a rule that is broken; is its number. */
#define REFUSE(err, refusal, ...) (error_set((err), GW_ERR_DENIED, __VA_ARGS__), (refusal))

const char *refusal_name(uint32_t refusal)
{
	static const char *const names[] = {
		"not",	       "instance", "keys",	 "operation_count", "operation",  "witness",
		"signing_key", "fee",	   "value",	 "expired",	    "expiration", "budget",
		"count_file",  "defect",   "feed_range", "feed_step",
	};

	return refusal < sizeof(names) / sizeof(names[0]) ? names[refusal] : NULL;
}

static gw_status check_feed_bounds(const struct signer_policy_instance *instance, struct error *err)
{
	const struct feed_bounds *feed = &instance->feed;

	if (feed->min == 0 || feed->min > feed->max)
		return error_set(err, GW_ERR_CONFIG,
				 "policy of %s: feed_publish wants feed_min above zero and feed_max not "
				 "below it",
				 instance->witness);
	if (feed->step == 0 || feed->step > FEED_STEP_MAX)
		return error_set(err, GW_ERR_CONFIG, "policy of %s: feed_max_step %u is not within 1 and %d",
				 instance->witness, feed->step, FEED_STEP_MAX);
	if (feed->per_hour == 0 || feed->per_hour > SIGNER_SIGNATURES_MAX)
		return error_set(err, GW_ERR_CONFIG, "policy of %s: max_feeds %u is not within 1 and %d",
				 instance->witness, feed->per_hour, SIGNER_SIGNATURES_MAX);
	return GW_OK;
}

gw_status policy_check_instance(const struct signer_policy_instance *instance, struct error *err)
{
	bool asks_nothing = !instance->witness[0] && !instance->grants; /* a plugin without a witness */

	if (!asks_nothing && !account_name_is_valid(instance->witness))
		return error_set(err, GW_ERR_CONFIG, "policy: '%s' is no account name", instance->witness);
	if (instance->grants & ~SIGN_ALL)
		return error_set(err, GW_ERR_CONFIG, "policy of %s: unknown grant %#x", instance->witness,
				 instance->grants & ~SIGN_ALL);
	if ((instance->grants & SIGN_WITNESS_UPDATE) && public_key_is_null(&instance->signing_key))
		return error_set(err, GW_ERR_CONFIG, "policy of %s: witness_update is granted without a signing key",
				 instance->witness);
	if (instance->max_signatures == 0 || instance->max_signatures > SIGNER_SIGNATURES_MAX)
		return error_set(err, GW_ERR_CONFIG, "policy of %s: max_signatures %u is not within 1 and %d",
				 instance->witness, instance->max_signatures, SIGNER_SIGNATURES_MAX);
	return instance->grants & SIGN_FEED_PUBLISH ? check_feed_bounds(instance, err) : GW_OK;
}

/* ---- rules of an operation --------------------------------------------------------------------------------------- */

/* One rule of an operation. Each returns REFUSED_NOT, or its number after it wrote its sentence. */
typedef enum refusal (*rule)(const struct signer_policy_instance *instance, const struct operation *op,
			     struct error *err);

static enum refusal rule_granted(const struct signer_policy_instance *instance, const struct operation *op,
				 struct error *err)
{
	const uint32_t one_of = op->type == OPERATION_WITNESS_UPDATE ? SIGN_WITNESS_UPDATE | SIGN_WITNESS_DISABLE
				: op->type == OPERATION_FEED_PUBLISH ? SIGN_FEED_PUBLISH
				: op->type == OPERATION_CHAIN_PROPERTIES_UPDATE ? SIGN_CHAIN_PROPERTIES_UPDATE
										: 0;

	if (instance->grants & one_of)
		return REFUSED_NOT;
	const char *name = operation_name(op->type);

	return REFUSE(err, REFUSED_OPERATION, "%s (operation %u) is not granted to the instance of %s",
		      name ? name : "this", op->type, instance->witness);
}

const char *operation_account(const struct operation *op)
{
	return op->type == OPERATION_WITNESS_UPDATE ? op->witness_update.owner
	       : op->type == OPERATION_FEED_PUBLISH ? op->feed_publish.publisher
						    : op->chain_properties_update.owner;
}

static enum refusal rule_own_witness(const struct signer_policy_instance *instance, const struct operation *op,
				     struct error *err)
{
	if (strcmp(operation_account(op), instance->witness) == 0)
		return REFUSED_NOT;
	return REFUSE(err, REFUSED_WITNESS, "%s of '%s', but the instance is for %s alone", operation_name(op->type),
		      operation_account(op), instance->witness);
}

static enum refusal rule_signing_key(const struct signer_policy_instance *instance, const struct operation *op,
				     struct error *err)
{
	if (op->type != OPERATION_WITNESS_UPDATE)
		return REFUSED_NOT;
	const struct public_key *key = &op->witness_update.signing_key;

	if (public_key_is_null(key) && (instance->grants & SIGN_WITNESS_DISABLE))
		return REFUSED_NOT;
	if (!public_key_is_null(key) && (instance->grants & SIGN_WITNESS_UPDATE) &&
	    public_key_equal(key, &instance->signing_key))
		return REFUSED_NOT;
	return REFUSE(err, REFUSED_SIGNING_KEY,
		      public_key_is_null(key)
			      ? "witness_update of %s to the null key, which witness_disable would grant"
			      : "witness_update of %s to a key that is not this instance's",
		      instance->witness);
}

static enum refusal rule_no_fee(const struct signer_policy_instance *instance, const struct operation *op,
				struct error *err)
{
	if (op->type != OPERATION_WITNESS_UPDATE || op->witness_update.fee.amount == 0)
		return REFUSED_NOT;
	return REFUSE(err, REFUSED_FEE, "witness_update of %s with a fee, which is always zero", instance->witness);
}

static enum refusal rule_valid(const struct signer_policy_instance *instance, const struct operation *op,
			       struct error *err)
{
	struct error why;

	if (operation_validate(op, &why) == GW_OK)
		return REFUSED_NOT;
	return REFUSE(err, REFUSED_VALUE, "for %s: %s", instance->witness, why.text);
}

static enum refusal rule_feed_range(const struct signer_policy_instance *instance, const struct operation *op,
				    struct error *err)
{
	if (op->type != OPERATION_FEED_PUBLISH || feed_check_range(&instance->feed, &op->feed_publish, err) == GW_OK)
		return REFUSED_NOT;
	return REFUSED_FEED_RANGE;
}

/* ---- rules of the transaction ------------------------------------------------------------------------------------ */

static enum refusal rule_expiration(const struct transaction *tx, int64_t now_s, struct error *err)
{
	int64_t left_s = (int64_t)tx->expiration_s - now_s;

	if (left_s <= 0)
		return REFUSE(err, REFUSED_EXPIRED, "the transaction expired %lld s ago by the signer's clock",
			      (long long)-left_s);
	if (left_s > SIGNER_EXPIRATION_MAX_S)
		return REFUSE(err, REFUSED_EXPIRATION,
			      "the transaction expires in %lld s by the signer's clock, more than %d",
			      (long long)left_s, SIGNER_EXPIRATION_MAX_S);
	return REFUSED_NOT;
}

bool policy_is_feed(const struct transaction *tx)
{
	return tx->operation_count == 1 && tx->operations[0].type == OPERATION_FEED_PUBLISH;
}

/* One counted signature makes one change. At the command line, which alone grants properties, a person changes them and
 * the witness in one transaction. */
static enum refusal rule_operation_count(const struct signer_policy_instance *instance, const struct transaction *tx,
					 struct error *err)
{
	uint32_t most = instance->grants & SIGN_CHAIN_PROPERTIES_UPDATE ? 2 : 1;

	for (uint32_t i = 0; i < tx->operation_count && i < most; i++)
		if (tx->operations[i].type == OPERATION_FEED_PUBLISH)
			most = 1; /* prices have their own count */

	if (tx->operation_count >= 1 && tx->operation_count <= most)
		return REFUSED_NOT;
	return REFUSE(err, REFUSED_OPERATION_COUNT, "%u operations in a transaction, not 1%s", tx->operation_count,
		      most == 2 ? " or 2" : "");
}

static enum refusal check_operation(const struct signer_policy_instance *instance, const struct operation *op,
				    struct error *err)
{
	static const rule rules[] = {rule_granted, rule_own_witness, rule_signing_key,
				     rule_no_fee,  rule_valid,	     rule_feed_range};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		enum refusal refusal = rules[i](instance, op, err);

		if (refusal != REFUSED_NOT)
			return refusal;
	}
	return REFUSED_NOT;
}

enum refusal policy_check(const struct signer_policy_instance *instance, const struct transaction *tx, int64_t now_s,
			  struct error *err)
{
	if (!instance)
		return REFUSE(err, REFUSED_INSTANCE, "there is no such instance");
	enum refusal refusal = rule_operation_count(instance, tx, err);

	for (uint32_t i = 0; i < tx->operation_count && refusal == REFUSED_NOT; i++)
		refusal = check_operation(instance, &tx->operations[i], err);
	return refusal == REFUSED_NOT ? rule_expiration(tx, now_s, err) : refusal;
}

enum refusal policy_check_keys(const uint32_t *keys, size_t count, size_t available, struct error *err)
{
	bool named[SIGNER_KEYS_MAX] = {false};

	if (count == 0 || count > SIGNER_KEYS_MAX)
		return REFUSE(err, REFUSED_KEYS, "%zu keys are named, not 1 to %d", count, SIGNER_KEYS_MAX);
	for (size_t i = 0; i < count; i++) {
		if (keys[i] >= available || keys[i] >= SIGNER_KEYS_MAX || named[keys[i]])
			return REFUSE(err, REFUSED_KEYS, "key %u does not exist, or is named twice", keys[i]);
		named[keys[i]] = true;
	}
	return REFUSED_NOT;
}
