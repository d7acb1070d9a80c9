/* SPDX-License-Identifier: MIT
 *
 * The keystore: up to 16 secret keys in one small file, encrypted under a passphrase. Signer and command line.
 *
 * FORMAT, version 1, numbers little-endian
 *
 *     0   8  "gwkeyst" and a newline
 *     8   2  version, 1
 *    10   2  n: keys, 1 to 16
 *    12   4  zero
 *    16   8  Argon2id operations
 *    24   8  Argon2id memory, bytes
 *    32  16  salt, random
 *    48  24  nonce, random
 * 72  33n public keys, readable without a passphrase
 *        32n + 16  secret keys, XChaCha20-Poly1305; all the bytes before are its associated data
 * 16  BLAKE2b of all the bytes before: distinguishes a damaged file from a wrong passphrase
 *
 * The length follows from n, and no other length is read. The cost is bounded when read, so that a file made by others
 * cannot stop the reader for long.
 *
 * Secrets and passphrases lie in the caller's memory (sodium_malloc, or wiped after); nothing is left behind here.
 */
#ifndef SIGNER_KEYSTORE_H
#define SIGNER_KEYSTORE_H

#include "graphene/keys.h"

#define KEYSTORE_KEYS_MAX	16
#define KEYSTORE_PASSPHRASE_MAX 1024 /* bytes */
#define KEYSTORE_BYTES_MAX	(72 + KEYSTORE_KEYS_MAX * (PUBLIC_KEY_BYTES + SECRET_KEY_BYTES) + 32)
#define KEYSTORE_SALT_BYTES	16
#define KEYSTORE_NONCE_BYTES	24

struct keystore_cost {
	uint64_t operations; /* passes */
	uint64_t memory;     /* bytes */
};
/* libsodium's MODERATE: 3 passes over 256 MiB, about a second. */
extern const struct keystore_cost keystore_cost_default;
/* libsodium's INTERACTIVE: 2 passes over 64 MiB, for small machines. */
extern const struct keystore_cost keystore_cost_small;
#define KEYSTORE_OPERATIONS_MAX 16u
#define KEYSTORE_MEMORY_MAX	(UINT64_C(1) << 30)

/* A file's bytes, checked in form; not yet decrypted. */
struct keystore {
	size_t key_count;
	struct keystore_cost cost;
	struct public_key public_keys[KEYSTORE_KEYS_MAX]; /* true only once keystore_decrypt has succeeded */
	size_t len;
	uint8_t bytes[KEYSTORE_BYTES_MAX];
};

/* Pure. GW_ERR_SYNTAX: not a keystore, cut or damaged. GW_ERR_UNSUPPORTED: another version. GW_ERR_RANGE: a cost out of
 * bounds. `name` is for the sentence. */
NODISCARD gw_status keystore_parse(struct keystore *ret, const uint8_t *bytes, size_t len, const char *name,
				   struct error *err);
/* From an open descriptor. */
NODISCARD gw_status keystore_read(struct keystore *ret, int fd, const char *name, struct error *err);
/* Secret keys, keystore->key_count of them. GW_ERR_DENIED: wrong passphrase. GW_ERR_NOMEM: not the memory its cost asks
 * for. */
NODISCARD gw_status keystore_decrypt(struct secret_key *ret, const struct keystore *keystore, const char *passphrase,
				     size_t passphrase_len, const char *name, struct error *err);

/* ---- files, for the command line --------------------------------------------------------------------------------- */

/* Opens and parses `path`; refuses a file that others can reach (GW_ERR_TRUST). */
NODISCARD gw_status keystore_open(struct keystore *ret, const char *path, struct error *err);
/* Writes a new one, 0600. GW_ERR_DENIED: `path` exists. */
NODISCARD gw_status keystore_create(const char *path, const struct secret_key *keys, size_t key_count,
				    const char *passphrase, size_t passphrase_len, const struct keystore_cost *cost,
				    struct error *err);
/* Puts the same keys under another passphrase, salt and cost. A failure leaves the file as it was. */
NODISCARD gw_status keystore_change_passphrase(const char *path, const char *old_passphrase, size_t old_len,
					       const char *new_passphrase, size_t new_len,
					       const struct keystore_cost *cost, struct error *err);

#endif
