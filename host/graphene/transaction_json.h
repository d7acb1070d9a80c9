/* SPDX-License-Identifier: MIT
 *
 * Transactions as golosd's JSON, for broadcast_transaction. Host and command line only. Any thread.
 */
#ifndef GRAPHENE_TRANSACTION_JSON_H
#define GRAPHENE_TRANSACTION_JSON_H

#include "base/json_writer.h"
#include "graphene/operation.h"

/* Appends the object. golosd does not decode \u escapes (tests/recordings/README.md 48): UTF-8 goes as it is. */
void transaction_write_json(struct json_writer *w, const char *key, const struct transaction *tx,
			    const struct signature *signatures, size_t signature_count);

#endif
