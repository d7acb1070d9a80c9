/* SPDX-License-Identifier: MIT
 *
 * A signed transaction as golosd's JSON, for broadcast_transaction. Host and command line only.
 */
#ifndef GRAPHENE_TRANSACTION_JSON_H
#define GRAPHENE_TRANSACTION_JSON_H

#include "base/json.h"
#include "graphene/operation.h"

/* Appends the object. golosd does not decode \u escapes (recordings/README.md 48): UTF-8 goes as it is. */
void transaction_write_json(struct json_writer *w, const char *key, const struct transaction *tx,
			    const struct signature *signatures, size_t signature_count);

#endif
