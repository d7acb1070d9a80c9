/* SPDX-License-Identifier: MIT
 *
 * Transactions as golosd's JSON. Host and command line.
 */
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
