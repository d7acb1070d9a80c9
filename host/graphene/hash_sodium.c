/* SPDX-License-Identifier: MIT
 *
 * SHA-256 by libsodium, for the signer, which links no libcrypto.
 */
#include "graphene/hash.h"

#include <sodium.h>

void hash_sha256_2(struct digest *ret, const void *a, size_t a_len, const void *b, size_t b_len)
{
	crypto_hash_sha256_state state;

	crypto_hash_sha256_init(&state);
	crypto_hash_sha256_update(&state, a, a_len);
	if (b_len)
		crypto_hash_sha256_update(&state, b, b_len);
	crypto_hash_sha256_final(&state, ret->bytes);
	sodium_memzero(&state, sizeof(state));
}
