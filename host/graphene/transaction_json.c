/* SPDX-License-Identifier: MIT
 * Transactions as golosd's JSON, both ways. Host and command line. */
#include "graphene/transaction_json.h"

#include "base/time_text.h"
#include "graphene/hex.h"
#include "graphene/operation_json.h"

void transaction_write_json(struct json_writer *w, const char *key, const struct transaction *tx,
			    const struct signature *signatures, size_t signature_count)
{
	char time[TIME_TEXT_SIZE];

	time_format(time, tx->expiration_s);
	json_open(w, key, '{');
	json_put_u64(w, "ref_block_num", tx->ref_block_num);
	json_put_u64(w, "ref_block_prefix", tx->ref_block_prefix);
	json_put_text(w, "expiration", time);
	json_open(w, "operations", '[');
	for (uint32_t i = 0; i < tx->operation_count; i++)
		operation_write_json(w, NULL, &tx->operations[i]);
	json_close(w, ']');
	json_open(w, "extensions", '[');
	json_close(w, ']');
	json_open(w, "signatures", '[');
	for (size_t i = 0; i < signature_count; i++) {
		char hex[2 * SIGNATURE_BYTES + 1];

		hex_encode(hex, signatures[i].bytes, SIGNATURE_BYTES);
		json_put_text(w, NULL, hex);
	}
	json_close(w, ']');
	json_close(w, '}');
}

static gw_status read_operations(struct transaction *ret, const struct json *operations, struct error *err)
{
	size_t count = json_array_size(operations);
	gw_status status = GW_OK;

	if (count > TRANSACTION_OPERATIONS_MAX)
		return error_set(err, GW_ERR_RANGE, "member 'operations': %zu of them, at most %d are allowed", count,
				 TRANSACTION_OPERATIONS_MAX);
	for (size_t i = 0; i < count && !status; i++) {
		status = operation_read_json(&ret->operations[i], json_element(operations, i), err);
		if (status && err)
			error_prefix(err, "operation %zu", i);
	}
	ret->operation_count = (uint32_t)count;
	return status;
}

gw_status transaction_read_json(struct transaction *ret, const struct json *value, struct error *err)
{
	const struct json *operations = NULL, *extensions = NULL;
	uint64_t num = 0, prefix = 0;
	int64_t expiration_s = 0;
	gw_status status = json_get_u64(value, "ref_block_num", UINT16_MAX, &num, err);

	if (!status)
		status = json_get_u64(value, "ref_block_prefix", UINT32_MAX, &prefix, err);
	if (!status)
		status = json_get_time(value, "expiration", &expiration_s, err);
	if (!status)
		status = json_get_array(value, "operations", &operations, err);
	if (!status)
		status = json_get_array(value, "extensions", &extensions, err);
	if (!status && json_array_size(extensions) != 0)
		status = error_set(err, GW_ERR_UNSUPPORTED, "member 'extensions': golosd knows none");
	if (!status)
		status = read_operations(ret, operations, err);
	if (status)
		return status;
	ret->ref_block_num = (uint16_t)num;
	ret->ref_block_prefix = (uint32_t)prefix;
	ret->expiration_s = (uint32_t)expiration_s;
	return GW_OK;
}
