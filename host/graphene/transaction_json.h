/* SPDX-License-Identifier: MIT
 *
 * Transactions as golosd's JSON: written for broadcast_transaction, read by the devnet and the tests. Host and command
 * line only. Any thread.
 */
#ifndef GRAPHENE_TRANSACTION_JSON_H
#define GRAPHENE_TRANSACTION_JSON_H

#include "base/json.h"
#include "base/json_writer.h"
#include "graphene/operation.h"

/* Appends the object. golosd does not decode \u escapes (tests/recordings/README.md 48): UTF-8 goes as it is. */
void transaction_write_json(struct json_writer *w, const char *key, const struct transaction *tx,
			    const struct signature *signatures, size_t signature_count);

/* Reads all but the signatures. Types and ranges are checked; what golosd's validate() wants is operation_validate's.
 * On failure *ret is of no use, and the sentence names the member. */
NODISCARD gw_status transaction_read_json(struct transaction *ret, const struct json *value, struct error *err);

#endif
