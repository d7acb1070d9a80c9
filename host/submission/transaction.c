/* SPDX-License-Identifier: MIT
 *
 * From a journalled record to the transaction, and from golosd's error to what it means for a broadcast. Pure.
 * Source: docs/protocol.md 1, 5, 6; recordings 05-tx.jsonl (one error after the other), 12-round-of-21.jsonl (the
 * update).
 */
#include "submission/submission.h"

#include <stdio.h>
#include <string.h>

/* `props` are ignored since hard fork 18 but must be valid (tests/recordings/README.md 37); these are the recorded
 * ones. */
#define PROPS_FEE	 1000
#define PROPS_BLOCK_SIZE 65536

static struct asset golos(int64_t amount)
{
	return (struct asset){.amount = amount, .decimals = 3, .symbol = "GOLOS"};
}

gw_status submission_witness_update(struct witness_update *ret, const char *owner, const char *url, const char *key,
				    struct error *err)
{
	snprintf(ret->owner, sizeof(ret->owner), "%s", owner);
	/* golosd refuses an empty url (05-tx.jsonl:143), and a witness of the genesis block has one. */
	snprintf(ret->url, sizeof(ret->url), "%s", url[0] ? url : "-");
	ret->account_creation_fee = golos(PROPS_FEE);
	ret->maximum_block_size = PROPS_BLOCK_SIZE;
	ret->fee = golos(0);
	return public_key_parse(&ret->signing_key, key, strlen(key), err);
}

static gw_status set_witness_update(struct operation *op, const struct submission_record *record, struct error *err)
{
	const struct gw_intent *intent = &record->intent;

	op->type = OPERATION_WITNESS_UPDATE;
	gw_status status =
		submission_witness_update(&op->witness_update, intent->witness, record->url, intent->signing_key, err);
	return status ? error_prefix(err, "signing key of the intent") : GW_OK;
}

static gw_status set_feed_publish(struct operation *op, const struct gw_intent *intent, struct error *err)
{
	struct feed_publish *feed = &op->feed_publish;

	op->type = OPERATION_FEED_PUBLISH;
	memcpy(feed->publisher, intent->witness, sizeof(feed->publisher));
	gw_status status = asset_parse(&feed->base, intent->base, strnlen(intent->base, sizeof(intent->base)), err);
	if (status)
		return error_prefix(err, "base of the intent");
	status = asset_parse(&feed->quote, intent->quote, strnlen(intent->quote, sizeof(intent->quote)), err);
	return status ? error_prefix(err, "quote of the intent") : GW_OK;
}

static gw_status set_operations(struct transaction *tx, const struct submission_record *record, struct error *err)
{
	tx->operation_count = 1;
	if (record->operations && record->operation_count > TRANSACTION_OPERATIONS_MAX)
		return error_set(err, GW_ERR_RANGE, "%u operations are more than a transaction of ours holds",
				 record->operation_count);
	if (record->operations) {
		tx->operation_count = record->operation_count;
		memcpy(tx->operations, record->operations, tx->operation_count * sizeof(tx->operations[0]));
		return GW_OK;
	}
	switch (record->intent.operation) {
	case GW_OP_WITNESS_UPDATE:
		return set_witness_update(&tx->operations[0], record, err);
	case GW_OP_FEED_PUBLISH:
		return set_feed_publish(&tx->operations[0], &record->intent, err);
	default:
		return error_set(err, GW_ERR_RANGE, "operation %d of the intent is none that is submitted",
				 record->intent.operation);
	}
}

gw_status submission_transaction(struct transaction *ret, const struct submission_record *record, struct error *err)
{
	struct transaction tx;
	gw_status status;

	memset(&tx, 0, sizeof(tx));
	tx.expiration_s = record->expiration_s;
	status = transaction_set_tapos(&tx, record->tapos_id);
	if (status)
		return error_set(err, status, "TaPoS block '%.40s' is no block id", record->tapos_id);
	status = set_operations(&tx, record, err);
	for (uint32_t i = 0; i < tx.operation_count && !status; i++)
		status = operation_validate(&tx.operations[i], err);
	if (status)
		return status;
	*ret = tx;
	return GW_OK;
}

enum send_result send_result_of(const struct rpc_error *error)
{
	static const struct {
		int64_t data_code;
		enum send_result result;
	} known[] = {
		{3080000, SEND_DUPLICATE}, {3100000, SEND_EXPIRED},   {3110000, SEND_TAPOS},
		{3020100, SEND_AUTHORITY}, {2030000, SEND_BANDWIDTH},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (error->data_code == known[i].data_code)
			return known[i].result;
	if (error->code == -32004)
		return SEND_AUTHORITY;
	if (error->code == -32003)
		return SEND_BANDWIDTH;
	if (error->code == -32603 && strstr(error->message, " lock")) /* "READ lock", "WRITE lock"; not "block" */
		return SEND_BUSY;
	return SEND_REFUSED;
}
