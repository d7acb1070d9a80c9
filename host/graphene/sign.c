/* SPDX-License-Identifier: MIT
 *
 * Keys and signatures on the curve secp256k1. Every program.
 *
 * No state. Each use of a secret makes its own context on the stack. A hash of the secret and of the signed digest
 * blinds that against side channels. That costs some 50 µs, and needs neither a global, nor the heap, nor a system call
 * that the signer's filter would have to allow.
 */
#include <secp256k1.h>
#include <secp256k1_preallocated.h>
#include <secp256k1_recovery.h>
#include <stdalign.h>
#include <string.h>

#include "graphene/hash.h"
#include "graphene/keys.h"

#define RECOVERY_BASE (27 + 4) /* 4: the key is a compressed one */

struct blinded {
	alignas(16) uint8_t memory[1024]; /* Debian 12's library needs less than half of it; checked */
	secp256k1_context *context;
};

/* False: a libsecp256k1 that is not the one described here; nothing is to be done with the secret then. */
NODISCARD static bool blinded_init(struct blinded *b, const struct secret_key *key, const struct digest *digest)
{
	struct digest seed;

	if (secp256k1_context_preallocated_size(SECP256K1_CONTEXT_NONE) > sizeof(b->memory))
		return false;
	b->context = secp256k1_context_preallocated_create(b->memory, SECP256K1_CONTEXT_NONE);
	hash_sha256_2(&seed, key->bytes, sizeof(key->bytes), digest->bytes, sizeof(digest->bytes));
	bool randomized = secp256k1_context_randomize(b->context, seed.bytes) == 1;
	explicit_bzero(&seed, sizeof(seed));
	return randomized;
}

static void blinded_done(struct blinded *b)
{
	secp256k1_context_preallocated_destroy(b->context);
	explicit_bzero(b, sizeof(*b));
}

bool public_key_is_null(const struct public_key *key)
{
	static const struct public_key null;

	return public_key_equal(key, &null);
}

bool public_key_equal(const struct public_key *a, const struct public_key *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

bool public_key_is_valid(const struct public_key *key)
{
	secp256k1_pubkey point;

	return secp256k1_ec_pubkey_parse(secp256k1_context_static, &point, key->bytes, sizeof(key->bytes)) == 1;
}

gw_status secret_key_public(struct public_key *ret, const struct secret_key *key)
{
	static const struct digest none;
	size_t len = sizeof(ret->bytes);
	secp256k1_pubkey point;
	struct blinded blinded;

	if (!blinded_init(&blinded, key, &none))
		return GW_ERR_INTERNAL;
	int ok = secp256k1_ec_pubkey_create(blinded.context, &point, key->bytes);
	blinded_done(&blinded);
	if (!ok)
		return GW_ERR_RANGE;
	secp256k1_ec_pubkey_serialize(secp256k1_context_static, ret->bytes, &len, &point, SECP256K1_EC_COMPRESSED);
	return GW_OK;
}

/* golosd's: the counter lives across the attempts of one signature, and begins at 1 (fc, elliptic_impl_priv.cpp). */
static int nonce_with_counter(unsigned char *ret_nonce, const unsigned char *digest, const unsigned char *key,
			      const unsigned char *algorithm, void *counter, unsigned int attempt)
{
	unsigned *count = counter;

	(void)attempt;
	(*count)++;
	return secp256k1_nonce_function_rfc6979(ret_nonce, digest, key, algorithm, NULL, *count);
}

static bool half_is_canonical(const uint8_t *half)
{
	return !(half[0] & 0x80) && !(half[0] == 0 && !(half[1] & 0x80));
}

bool signature_is_canonical(const struct signature *sig)
{
	return half_is_canonical(sig->bytes + 1) && half_is_canonical(sig->bytes + 33);
}

gw_status sign_digest(struct signature *ret, const struct digest *digest, const struct secret_key *key)
{
	secp256k1_ecdsa_recoverable_signature sig;
	struct signature compact = {{0}};
	struct blinded blinded;
	unsigned counter = 0;
	int recovery_id, ok;

	if (!blinded_init(&blinded, key, digest))
		return GW_ERR_INTERNAL;
	do {
		ok = secp256k1_ecdsa_sign_recoverable(blinded.context, &sig, digest->bytes, key->bytes,
						      nonce_with_counter, &counter);
		if (ok) {
			secp256k1_ecdsa_recoverable_signature_serialize_compact(blinded.context, compact.bytes + 1,
										&recovery_id, &sig);
			compact.bytes[0] = (uint8_t)(RECOVERY_BASE + recovery_id);
		}
	} while (ok && !signature_is_canonical(&compact)); /* two attempts on average */
	blinded_done(&blinded);
	if (!ok)
		return GW_ERR_RANGE;
	*ret = compact;
	return GW_OK;
}
