/* SPDX-License-Identifier: MIT
 *
 * What takes a transaction: network_broadcast_api, with golosd's code and words for each way to be refused, and
 * database_api's questions about one that is not sent.
 * Source: golosd's plugins/network_broadcast_api, plugins/database_api; recording 05-tx.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/time_text.h"
#include "devnet/answers.h"
#include "devnet/read_transaction.h"
#include "graphene/hex.h"

#define KEYS_ASKED_MAX 64

static enum rpc_outcome fail_times(struct rpc_call *call, const struct refusal *refusal)
{
	char now[TIME_TEXT_SIZE], expired[TIME_TEXT_SIZE], expiration[TIME_TEXT_SIZE], maximum[TIME_TEXT_SIZE];
	time_format(now, refusal->now_s);
	time_format(expired, refusal->expiration_s > 0 ? refusal->expiration_s - 1 : 0);
	time_format(expiration, refusal->expiration_s);
	time_format(maximum, refusal->now_s + EXPIRATION_MAX_S);
	if (refusal->reason == REFUSAL_EXPIRED) {
		call->failure->format = "Transaction is expired. Now ${now}, expired ${expired}";
		call->failure->frame = xasprintf("{\"now\":\"%s\",\"expired\":\"%s\",\"trx.expiration\":\"%s\"}", now,
						 expired, expiration);
		return rpc_fail(call, -32006, 3100000, "tx_expired", "expired transaction",
				"Transaction is expired. Now %s, expired %s", now, expired);
	}
	call->failure->format = "Transaction field ${field} has invalid value";
	call->failure->frame =
		xasprintf("{\"field\":\"expiration\",\"trx.expiration\":\"%s\",\"now\":\"%s\",\"maximum\":\"%s\"}",
			  expiration, now, maximum);
	return rpc_fail(call, -32006, 3110000, "tx_invalid_field", "invalid transaction field",
			"Transaction field expiration has invalid value");
}

static enum rpc_outcome fail_tapos(struct rpc_call *call, const struct refusal *refusal)
{
	call->failure->format = "Transaction field ${field} has invalid value";
	call->failure->frame = xasprintf("{\"field\":\"ref_block_prefix\",\"trx.ref_block_prefix\":%" PRIu32
					 ",\"tapos_block_summary\":%" PRIu32 "}",
					 refusal->given, refusal->expected);
	return rpc_fail(call, -32006, 3110000, "tx_invalid_field", "invalid transaction field",
			"Transaction field ref_block_prefix has invalid value");
}

static enum rpc_outcome fail_authority(struct rpc_call *call, const struct refusal *refusal)
{
	if (refusal->reason == REFUSAL_NO_ACCOUNT) {
		call->failure->format = "Missing ${type} with id \"${id}\"";
		call->failure->frame = xasprintf("{\"type\":\"authority\",\"id\":\"%s\"}", refusal->account);
		return rpc_fail(call, -32002, 1020200, "missing_object", "Missing object",
				"Missing authority with id \"%s\"\n\n", refusal->account);
	}
	call->failure->format = "Missing Active Authority ${id}";
	call->failure->frame = xasprintf("{\"id\":[\"%s\"]}", refusal->account);
	return rpc_fail(call, -32004, 3020100, "tx_missing_active_auth", "missing required active authority",
			"Missing Active Authority [\"%s\"]\n\n", refusal->account);
}

static enum rpc_outcome fail_duplicate(struct rpc_call *call, const struct signed_transaction *tx)
{
	call->failure->frame = xasprintf("{\"trx_ix\":\"%s\"}", tx->id);
	return rpc_fail(call, -32006, 3080000, "tx_duplicate_transaction", "duplicate transaction",
			"Duplicate transaction check failed\n\n");
}

static enum rpc_outcome fail_refused(struct rpc_call *call, const struct signed_transaction *tx,
				     const struct refusal *refusal)
{
	call->failure->method = "_apply_transaction";
	switch (refusal->reason) {
	case REFUSAL_NONE:
		break;
	case REFUSAL_NO_OPERATIONS:
		return rpc_fail(call, -32006, 3000000, "transaction_exception", "transaction exception",
				"A transaction must have at least one operation");
	case REFUSAL_INVALID_OPERATION:
		return rpc_fail(call, -32005, 3010000, "tx_invalid_operation", "invalid operation in transaction",
				"Invalid operation %" PRIu32 " in transaction: %s\n\n", refusal->index, refusal->text);
	case REFUSAL_TAPOS:
		return fail_tapos(call, refusal);
	case REFUSAL_EXPIRED:
	case REFUSAL_EXPIRATION_TOO_FAR:
		return fail_times(call, refusal);
	case REFUSAL_DUPLICATE:
		return fail_duplicate(call, tx);
	case REFUSAL_DUPLICATE_SIGNATURE:
		return rpc_fail(call, -32006, 3060000, "tx_duplicate_sig", "duplicate signature included",
				"Duplicate Signature detected\n\n");
	case REFUSAL_NOT_CANONICAL:
		return rpc_fail(call, -32603, 10, "assert_exception", "Assert Exception",
				"is_canonical(c): signature is not canonical\n\n");
	case REFUSAL_UNRECOVERABLE:
		return rpc_fail(call, -32603, 10, "assert_exception", "Assert Exception",
				"secp256k1_ecdsa_recover(detail::_get_context(), &recovered_key, &sig, "
				"(unsigned char*)digest.data()): \n\n");
	case REFUSAL_NO_ACCOUNT:
	case REFUSAL_MISSING_AUTHORITY:
		return fail_authority(call, refusal);
	case REFUSAL_BANDWIDTH:
		call->failure->method = "update_account_bandwidth";
		call->failure->format = "Account exceeded maximum allowed bandwidth per vesting share.";
		return rpc_fail(call, -32003, 2030000, "logic_exception", "business logic error",
				"Account exceeded maximum allowed bandwidth per vesting share.\n\n\n");
	case REFUSAL_IRRELEVANT_SIGNATURE:
		return rpc_fail(call, -32006, 3030000, "tx_irrelevant_sig", "irrelevant signature included",
				"Unnecessary signature(s) detected\n\n");
	}
	return rpc_fail(call, -32603, 1, "exception", "unspecified", "refused");
}

/* NULL: the failure is filled. One reference is the caller's. */
static struct signed_transaction *transaction_argument(struct rpc_call *call, size_t index)
{
	const struct variant *value = variant_element(call->args, index);
	struct signed_transaction *tx = NULL;
	struct error err;
	if (transaction_read(&tx, value, &err) == GW_OK)
		return tx;
	struct json_writer w;
	json_writer_init(&w);
	variant_write(&w, NULL, value);
	(void)rpc_fail_parameter(call, "trx", w.text, err.text);
	json_writer_done(&w);
	return NULL;
}

/* A fault that was ordered takes one broadcast; *ret_taken tells. */
static enum rpc_outcome ordered_fault(struct rpc_call *call, bool *ret_taken)
{
	struct node_faults *faults = &call->wire->faults[call->node];
	*ret_taken = true;
	if (faults->refuse) {
		faults->refuse--;
		return rpc_fail(call, faults->refuse_code, faults->refuse_data_code, "ordered", faults->refuse_text,
				"%s", faults->refuse_text);
	}
	if (faults->swallow) {
		faults->swallow--;
		json_put_raw(call->result, NULL, "{}");
		return RPC_RESULT;
	}
	*ret_taken = false;
	return RPC_RESULT;
}

static bool check_block_age(struct rpc_call *call, size_t index)
{
	const struct variant *age = variant_element(call->args, index);
	uint64_t seconds;
	if (!age || !variant_as_u64(age, &seconds) || seconds > 0)
		return true;
	(void)rpc_fail_parameter(call, "max_block_age", "0", "invalid value exception (4020000)\nInvalid value\n");
	return false;
}

/* `at`: which argument is the transaction. */
static enum rpc_outcome broadcast(struct rpc_call *call, size_t at, bool synchronous)
{
	bool taken;
	enum rpc_outcome outcome = ordered_fault(call, &taken);
	if (taken)
		return outcome;
	if (!check_block_age(call, at + 1))
		return RPC_FAILURE;
	struct signed_transaction *tx = transaction_argument(call, at);
	if (!tx)
		return RPC_FAILURE;
	struct refusal refusal;
	if (synchronous)
		wire_await(call, tx);
	if (network_broadcast(call->wire->net, call->node, tx, &refusal)) {
		outcome = synchronous ? RPC_LATER : RPC_RESULT;
		if (!synchronous)
			json_put_raw(call->result, NULL, "{}");
	} else { /* whoever waited for the same transaction is forgotten as well: tests/recordings/README.md 27 */
		wire_forget_waiting(call->wire, call->node, tx->id);
		outcome = fail_refused(call, tx, &refusal);
	}
	signed_transaction_unref(tx);
	return outcome;
}

static enum rpc_outcome broadcast_transaction(struct rpc_call *call)
{
	return broadcast(call, 0, false);
}

static enum rpc_outcome broadcast_synchronous(struct rpc_call *call)
{
	return broadcast(call, 0, true);
}

static enum rpc_outcome broadcast_with_callback(struct rpc_call *call)
{
	return broadcast(call, 1, true);
}

static enum rpc_outcome broadcast_block(struct rpc_call *call)
{
	return rpc_fail(call, -32603, 10, "assert_exception", "Assert Exception",
			"blocks travel between the devnet's own nodes alone");
}

/* ---- questions ------------------------------------------------------------------------------------------------ */

/* The body alone: what is signed behind the chain's id. */
static enum rpc_outcome get_transaction_hex(struct rpc_call *call)
{
	struct signed_transaction *tx = transaction_argument(call, 0);
	if (!tx)
		return RPC_FAILURE;
	char *hex = xcalloc(2 * tx->bytes.len + 1, 1);
	hex_encode(hex, tx->bytes.bytes, tx->bytes.len);
	json_put_text(call->result, NULL, hex);
	free(hex);
	signed_transaction_unref(tx);
	return RPC_RESULT;
}

static enum rpc_outcome verify_authority(struct rpc_call *call)
{
	struct signed_transaction *tx = transaction_argument(call, 0);
	struct refusal refusal = {.reason = REFUSAL_NONE};
	enum rpc_outcome outcome = RPC_RESULT;
	if (!tx)
		return RPC_FAILURE;
	if (transaction_check_authority(network_genesis(call->wire->net), tx, &refusal))
		json_put_bool(call->result, NULL, true);
	else
		outcome = fail_refused(call, tx, &refusal);
	signed_transaction_unref(tx);
	return outcome;
}

static void put_key(struct rpc_call *call, const struct public_key *key)
{
	char text[GW_KEY_SIZE];
	public_key_format(text, key);
	json_put_text(call->result, NULL, text);
}

/* false: one is no key, or there are too many; the failure is filled. */
static bool read_keys(struct rpc_call *call, const struct variant *list, struct public_key *ret, size_t *ret_count)
{
	for (*ret_count = 0; list && *ret_count < list->count; (*ret_count)++) {
		const char *text = variant_as_text(list->values[*ret_count]);
		if (*ret_count < KEYS_ASKED_MAX && text &&
		    public_key_parse(&ret[*ret_count], text, strlen(text), NULL) == GW_OK)
			continue;
		(void)rpc_fail_parameter(call, "available_keys", text ? text : "", "not a public key");
		return false;
	}
	return true;
}

/* Of the keys that somebody has, those that would be needed; golosd leaves out what is missing, and so do we. */
static enum rpc_outcome get_required_signatures(struct rpc_call *call)
{
	struct public_key keys[KEYS_ASKED_MAX];
	bool used[KEYS_ASKED_MAX] = {false};
	struct refusal refusal;
	size_t count;
	if (!read_keys(call, variant_element(call->args, 1), keys, &count))
		return RPC_FAILURE;
	struct signed_transaction *tx = transaction_argument(call, 0);
	if (!tx)
		return RPC_FAILURE;
	(void)transaction_needs_keys(network_genesis(call->wire->net), &tx->body, keys, count, used, &refusal);
	json_open(call->result, NULL, '[');
	for (size_t i = 0; i < count; i++)
		if (used[i])
			put_key(call, &keys[i]);
	json_close(call->result, ']');
	signed_transaction_unref(tx);
	return RPC_RESULT;
}

const struct rpc_method broadcast_methods[] = {
	{"database_api", "get_transaction_hex", 1, 1, get_transaction_hex},
	{"database_api", "verify_authority", 1, 1, verify_authority},
	{"database_api", "get_required_signatures", 2, 2, get_required_signatures},
	{"network_broadcast_api", "broadcast_transaction", 1, 2, broadcast_transaction},
	{"network_broadcast_api", "broadcast_transaction_synchronous", 1, 2, broadcast_synchronous},
	{"network_broadcast_api", "broadcast_transaction_with_callback", 2, 3, broadcast_with_callback},
	{"network_broadcast_api", "broadcast_block", 1, 1, broadcast_block},
	{NULL, NULL, 0, 0, NULL},
};
