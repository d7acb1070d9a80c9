/* SPDX-License-Identifier: MIT
 *
 * Who signed: what golosd does with a signature, and nothing of ours has to.
 */
#ifndef TESTS_SIGNATURE_RECOVER_H
#define TESTS_SIGNATURE_RECOVER_H

#include "graphene/keys.h"

/* The key that made the signature. GW_ERR_SYNTAX: first byte out of range or no key recovers. */
NODISCARD gw_status signature_recover(struct public_key *ret, const struct signature *sig, const struct digest *digest);

#endif
