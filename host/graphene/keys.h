/* SPDX-License-Identifier: MIT
 *
 * Keys: WIF, `GLS…` public keys, signatures. Pure; any thread.
 * Source: docs/protocol.md 5 "Keys"; golosd's fc/crypto/elliptic_impl_priv.cpp; tests/vectors/keys.json.
 *
 * A secret lives in the signer alone, in `struct secret_key`, which no function prints but wif_encode (for keygen).
 */
#ifndef GRAPHENE_KEYS_H
#define GRAPHENE_KEYS_H

#include <stdbool.h>

#include "base/error.h"

#define PUBLIC_KEY_BYTES 33
#define SECRET_KEY_BYTES 32
#define SIGNATURE_BYTES	 65
#define DIGEST_BYTES	 32
#define WIF_SIZE	 52 /* 51 characters and NUL */
#define KEY_PREFIX	 "GLS"
#define CHAIN_ID_BYTES	 32

struct public_key {
	uint8_t bytes[PUBLIC_KEY_BYTES]; /* compressed point; the null key is all zero */
};

struct secret_key {
	uint8_t bytes[SECRET_KEY_BYTES]; /* never printed; wiped with secret_key_wipe */
};

struct digest {
	uint8_t bytes[DIGEST_BYTES];
};

struct chain_id {
	uint8_t bytes[CHAIN_ID_BYTES];
};

struct signature {
	uint8_t bytes[SIGNATURE_BYTES]; /* 27 + 4 + recovery id, r, s */
};

/* wif.c (signer too): needs SHA-256 and the curve. The sentence in *err says what is wrong and never repeats the text.
 */
NODISCARD gw_status wif_decode(struct secret_key *ret, const char *text, size_t len, struct error *err);
void wif_encode(char ret[WIF_SIZE], const struct secret_key *key);
/* A new key, of the system's random generator. GW_ERR_SYSTEM. */
NODISCARD gw_status secret_key_random(struct secret_key *ret, struct error *err);
/* As golos's wallets make them: SHA-256 of account, role ("owner", "active", "posting", "memo") and password, written
 * one after the other. GW_ERR_RANGE: no key comes of it (2^-128), or account and role are too long. */
NODISCARD gw_status secret_key_from_password(struct secret_key *ret, const char *account, const char *role,
					     const char *password, struct error *err);
void secret_key_wipe(struct secret_key *key);

/* public_key.c (host and command line): needs RIPEMD-160. Only the prefix GLS is accepted; the point must lie on the
 * curve, but the null key is accepted (public_key_is_null tells). */
NODISCARD gw_status public_key_parse(struct public_key *ret, const char *text, size_t len, struct error *err);
void public_key_format(char ret[GW_KEY_SIZE], const struct public_key *key);

/* sign.c (signer too): libsecp256k1. No state, no heap, no system call. */
bool public_key_is_null(const struct public_key *key);
bool public_key_is_valid(const struct public_key *key); /* a point of the curve; the null key is none */
bool public_key_equal(const struct public_key *a, const struct public_key *b);
/* GW_ERR_RANGE: the secret is zero or not below the group's order. */
NODISCARD gw_status secret_key_public(struct public_key *ret, const struct secret_key *key);
/* Canonical, recoverable; RFC 6979 with golosd's counter (`attempt`) bumped until canonical: byte for byte what
 * golosd's own sign_compact makes. GW_ERR_RANGE: as above. */
NODISCARD gw_status sign_digest(struct signature *ret, const struct digest *digest, const struct secret_key *key);
bool signature_is_canonical(const struct signature *sig);

#endif
