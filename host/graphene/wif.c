/* SPDX-License-Identifier: MIT
 *
 * Secret keys as text: WIF, and a wallet's password. Signer and keygen.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "graphene/base58.h"
#include "graphene/hash.h"
#include "graphene/keys.h"

#define WIF_VERSION    0x80
#define CHECKSUM_BYTES 4

/* The bytes that base58 carries: version, key, and the first bytes of the double SHA-256 of both. */
struct wif_bytes {
	uint8_t version;
	uint8_t key[SECRET_KEY_BYTES];
	uint8_t checksum[CHECKSUM_BYTES];
};
_Static_assert(sizeof(struct wif_bytes) == 37, "no padding: it goes through base58 as it lies");

static void compute_checksum(uint8_t ret[CHECKSUM_BYTES], const struct wif_bytes *wif)
{
	struct digest digest;

	hash_sha256(&digest, wif, offsetof(struct wif_bytes, checksum));
	hash_sha256(&digest, digest.bytes, sizeof(digest.bytes));
	memcpy(ret, digest.bytes, CHECKSUM_BYTES);
	explicit_bzero(&digest, sizeof(digest));
}

gw_status wif_decode(struct secret_key *ret, const char *text, size_t len, struct error *err)
{
	uint8_t checksum[CHECKSUM_BYTES];
	struct wif_bytes wif = {0};
	struct public_key public;
	struct secret_key key;
	gw_status status = GW_OK;

	if (len != WIF_SIZE - 1)
		return error_set(err, GW_ERR_SYNTAX, "not a WIF private key: %zu characters instead of %d", len,
				 WIF_SIZE - 1);
	if (base58_decode((uint8_t *)&wif, sizeof(wif), text, len))
		return error_set(err, GW_ERR_SYNTAX, "not a WIF private key: not base58 of its length");
	compute_checksum(checksum, &wif);
	memcpy(key.bytes, wif.key, sizeof(key.bytes));
	if (wif.version != WIF_VERSION)
		status = error_set(err, GW_ERR_SYNTAX, "not a WIF private key: wrong version byte");
	else if (memcmp(wif.checksum, checksum, sizeof(checksum)) != 0)
		status = error_set(err, GW_ERR_SYNTAX, "not a WIF private key: wrong checksum, mistyped?");
	else if (secret_key_public(&public, &key))
		status = error_set(err, GW_ERR_RANGE, "WIF private key: not a key of the curve secp256k1");
	else
		*ret = key;
	secret_key_wipe(&key);
	explicit_bzero(&wif, sizeof(wif));
	return status;
}

void wif_encode(char ret[WIF_SIZE], const struct secret_key *key)
{
	struct wif_bytes wif = {.version = WIF_VERSION};
	char text[BASE58_TEXT_MAX];

	memcpy(wif.key, key->bytes, sizeof(wif.key));
	compute_checksum(wif.checksum, &wif);
	base58_encode(text, (const uint8_t *)&wif, sizeof(wif));
	memcpy(ret, text, WIF_SIZE); /* 37 bytes that begin with 0x80 always take 51 characters */
	explicit_bzero(text, sizeof(text));
	explicit_bzero(&wif, sizeof(wif));
}

gw_status secret_key_random(struct secret_key *ret, struct error *err)
{
	struct public_key public_key;

	do {
		ssize_t n = getrandom(ret->bytes, sizeof(ret->bytes), 0);

		if (n != (ssize_t)sizeof(ret->bytes) && errno != EINTR)
			return error_set(err, GW_ERR_SYSTEM, "the system gives no random bytes: %s", strerror(errno));
		if (n != (ssize_t)sizeof(ret->bytes))
			secret_key_wipe(ret); /* no key: once more */
	} while (secret_key_public(&public_key, ret) != GW_OK);
	return GW_OK;
}

gw_status secret_key_from_password(struct secret_key *ret, const char *account, const char *role, const char *password,
				   struct error *err)
{
	char name[GW_ACCOUNT_SIZE + 16];
	struct public_key public;
	struct secret_key key;
	struct digest digest;
	gw_status status = GW_OK;
	int len = snprintf(name, sizeof(name), "%s%s", account, role);

	if (len < 0 || (size_t)len >= sizeof(name))
		return error_set(err, GW_ERR_RANGE, "account and role are too long for a password's key");
	hash_sha256_2(&digest, name, (size_t)len, password, strlen(password));
	memcpy(key.bytes, digest.bytes, sizeof(key.bytes));
	if (secret_key_public(&public, &key))
		status = error_set(err, GW_ERR_RANGE, "this password gives no key of the curve secp256k1");
	else
		*ret = key;
	secret_key_wipe(&key);
	explicit_bzero(&digest, sizeof(digest));
	return status;
}

void secret_key_wipe(struct secret_key *key)
{
	explicit_bzero(key, sizeof(*key));
}
