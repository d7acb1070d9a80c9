/* SPDX-License-Identifier: MIT
 *
 * Hashes. Two files implement sha256: hash_openssl.c (host, command line) and hash_sodium.c (signer, which links no
 * libcrypto). RIPEMD-160 is the readable key form's and stays out of the signer. Pure; any thread.
 */
#ifndef GRAPHENE_HASH_H
#define GRAPHENE_HASH_H

#include "graphene/keys.h"

/* sha256 over two pieces, one after the other: chain id and transaction. */
void hash_sha256_2(struct digest *ret, const void *a, size_t a_len, const void *b, size_t b_len);
static inline void hash_sha256(struct digest *ret, const void *data, size_t len)
{
	hash_sha256_2(ret, data, len, NULL, 0);
}
void hash_ripemd160(uint8_t ret[20], const void *data, size_t len); /* hash_openssl.c only */

#endif
