/* SPDX-License-Identifier: MIT
 *
 * The reading direction: a transaction of golosd's JSON to its typed form. Pure.
 */
#ifndef DEVNET_READ_TRANSACTION_H
#define DEVNET_READ_TRANSACTION_H

#include "devnet/block.h"
#include "devnet/variant.h"

/* Members that are absent take golosd's defaults. Operations may be named or given by number. *ret is one reference of
 * the caller's. On failure *err is a sentence that names the member. */
NODISCARD gw_status transaction_read(struct signed_transaction **ret, const struct variant *value, struct error *err);

#endif
