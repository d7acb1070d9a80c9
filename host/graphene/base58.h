/* SPDX-License-Identifier: MIT
 *
 * Base58 with Bitcoin's alphabet, for keys of a known length: WIF in the signer, public keys in the host. The text may
 * be secret: temporaries are wiped. Pure; any thread.
 */
#ifndef GRAPHENE_BASE58_H
#define GRAPHENE_BASE58_H

#include "base/error.h"

#define BASE58_BYTES_MAX 40
#define BASE58_TEXT_MAX	 56 /* characters that 40 bytes can need, and NUL */

/* Exactly `len` (at most BASE58_BYTES_MAX) bytes, each leading zero byte written as one '1'; else GW_ERR_SYNTAX. */
NODISCARD gw_status base58_decode(uint8_t *ret, size_t len, const char *text, size_t text_len);
void base58_encode(char ret[BASE58_TEXT_MAX], const uint8_t *bytes, size_t len);

#endif
