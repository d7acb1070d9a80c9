/* SPDX-License-Identifier: MIT
 *
 * Transactions from golosd's JSON: what transaction_write_json wrote is read back by the tests.
 */
#ifndef TESTS_TRANSACTION_READ_H
#define TESTS_TRANSACTION_READ_H

#include "base/json.h"
#include "graphene/operation.h"

/* Reads all but the signatures. Types and ranges are checked; what golosd's validate() wants is operation_validate's.
 * On failure *ret is of no use, and the sentence names the member. */
NODISCARD gw_status transaction_read_json(struct transaction *ret, const struct json *value, struct error *err);

#endif
