/* SPDX-License-Identifier: MIT
 *
 * Signer and command line.
 */
#include "signer/keystore.h"

#include <inttypes.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include "base/wire.h"
#include "signer/files.h"

#define VERSION		 1
#define HEADER_BYTES	 72
#define TAG_BYTES	 crypto_aead_xchacha20poly1305_ietf_ABYTES
#define CHECK_BYTES	 16
#define CIPHER_KEY_BYTES crypto_aead_xchacha20poly1305_ietf_KEYBYTES

static const char magic[8] = {'g', 'w', 'k', 'e', 'y', 's', 't', '\n'};

const struct keystore_cost keystore_cost_default = {crypto_pwhash_argon2id_OPSLIMIT_MODERATE,
						    crypto_pwhash_argon2id_MEMLIMIT_MODERATE};
const struct keystore_cost keystore_cost_small = {crypto_pwhash_argon2id_OPSLIMIT_INTERACTIVE,
						  crypto_pwhash_argon2id_MEMLIMIT_INTERACTIVE};

_Static_assert(KEYSTORE_SALT_BYTES == crypto_pwhash_argon2id_SALTBYTES, "salt");
_Static_assert(KEYSTORE_NONCE_BYTES == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "nonce");

/* ---- layout ------------------------------------------------------------------------------------------------------ */

static size_t public_part(size_t key_count)
{
	return HEADER_BYTES + key_count * PUBLIC_KEY_BYTES;
}

static size_t sealed_part(size_t key_count)
{
	return public_part(key_count) + key_count * SECRET_KEY_BYTES + TAG_BYTES;
}

struct header {
	uint8_t magic[sizeof(magic)];
	uint16_t version, key_count;
	uint32_t zero;
	struct keystore_cost cost;
	uint8_t salt[KEYSTORE_SALT_BYTES];
	uint8_t nonce[KEYSTORE_NONCE_BYTES];
};

static void wire_header(struct wire *w, struct header *header)
{
	wire_bytes(w, header->magic, sizeof(header->magic));
	wire_u16(w, &header->version);
	wire_u16(w, &header->key_count);
	wire_u32(w, &header->zero);
	wire_u64(w, &header->cost.operations);
	wire_u64(w, &header->cost.memory);
	wire_bytes(w, header->salt, sizeof(header->salt));
	wire_bytes(w, header->nonce, sizeof(header->nonce));
}

static void hash_check(uint8_t ret[CHECK_BYTES], const uint8_t *bytes, size_t len)
{
	crypto_generichash(ret, CHECK_BYTES, bytes, len, NULL, 0);
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static bool cost_is_bounded(const struct keystore_cost *cost)
{
	return cost->operations >= crypto_pwhash_argon2id_OPSLIMIT_MIN && cost->operations <= KEYSTORE_OPERATIONS_MAX &&
	       cost->memory >= crypto_pwhash_argon2id_MEMLIMIT_MIN && cost->memory <= KEYSTORE_MEMORY_MAX;
}

static gw_status check_header(const struct header *header, size_t len, const char *name, struct error *err)
{
	if (header->version != VERSION)
		return error_set(err, GW_ERR_UNSUPPORTED,
				 "%s is a keystore of version %u; this program reads version %d", name, header->version,
				 VERSION);
	if (header->key_count == 0 || header->key_count > KEYSTORE_KEYS_MAX || header->zero)
		return error_set(err, GW_ERR_SYNTAX, "%s is damaged: it says %u keys", name, header->key_count);
	if (len != sealed_part(header->key_count) + CHECK_BYTES)
		return error_set(err, GW_ERR_SYNTAX, "%s is damaged: it has %zu bytes, not %zu", name, len,
				 sealed_part(header->key_count) + CHECK_BYTES);
	return GW_OK;
}

gw_status keystore_parse(struct keystore *ret, const uint8_t *bytes, size_t len, const char *name, struct error *err)
{
	struct wire w = wire_reader(bytes, len);
	struct header header = {.version = 0};
	uint8_t check[CHECK_BYTES];

	wire_header(&w, &header);
	if (w.failed || memcmp(header.magic, magic, sizeof(magic)) != 0)
		return error_set(err, GW_ERR_SYNTAX, "%s is not a keystore", name);
	gw_status status = check_header(&header, len, name, err);

	if (status != GW_OK)
		return status;
	hash_check(check, bytes, len - CHECK_BYTES);
	if (memcmp(check, bytes + len - CHECK_BYTES, CHECK_BYTES) != 0)
		return error_set(err, GW_ERR_SYNTAX, "%s is damaged: its check does not hold", name);
	if (!cost_is_bounded(&header.cost))
		return error_set(err, GW_ERR_RANGE, "%s asks for %" PRIu64 " passes over %" PRIu64 " bytes, too much",
				 name, header.cost.operations, header.cost.memory);
	ret->key_count = header.key_count;
	ret->cost = header.cost;
	memset(ret->public_keys, 0, sizeof(ret->public_keys));
	for (size_t i = 0; i < ret->key_count; i++)
		wire_bytes(&w, ret->public_keys[i].bytes, PUBLIC_KEY_BYTES);
	ret->len = len;
	memcpy(ret->bytes, bytes, len);
	return GW_OK;
}

gw_status keystore_read(struct keystore *ret, int fd, const char *name, struct error *err)
{
	uint8_t bytes[KEYSTORE_BYTES_MAX];
	size_t len = 0;
	gw_status status = file_read_whole(fd, name, bytes, sizeof(bytes), &len, err);

	return status == GW_OK ? keystore_parse(ret, bytes, len, name, err) : status;
}

/* ---- the cipher -------------------------------------------------------------------------------------------------- */

static gw_status derive(uint8_t ret[CIPHER_KEY_BYTES], const char *passphrase, size_t len,
			const struct keystore_cost *cost, const uint8_t salt[KEYSTORE_SALT_BYTES], const char *name,
			struct error *err)
{
	if (len == 0 || len > KEYSTORE_PASSPHRASE_MAX)
		return error_set(err, GW_ERR_RANGE, "%s: a passphrase has 1 to %d bytes", name,
				 KEYSTORE_PASSPHRASE_MAX);
	if (crypto_pwhash(ret, CIPHER_KEY_BYTES, passphrase, len, salt, cost->operations, (size_t)cost->memory,
			  crypto_pwhash_ALG_ARGON2ID13) != 0)
		return error_set(err, GW_ERR_NOMEM,
				 "%s: its passphrase needs %" PRIu64 " MiB of memory to check, which are not to be had",
				 name, cost->memory >> 20);
	return GW_OK;
}

/* The secrets that the file holds must be those that it shows. */
static gw_status check_public(const struct keystore *keystore, const struct secret_key *keys, const char *name,
			      struct error *err)
{
	for (size_t i = 0; i < keystore->key_count; i++) {
		struct public_key key;

		if (secret_key_public(&key, &keys[i]) != GW_OK || !public_key_equal(&key, &keystore->public_keys[i]))
			return error_set(err, GW_ERR_SYNTAX, "%s: key %zu is not the one it shows", name, i + 1);
	}
	return GW_OK;
}

gw_status keystore_decrypt(struct secret_key *ret, const struct keystore *keystore, const char *passphrase,
			   size_t passphrase_len, const char *name, struct error *err)
{
	const uint8_t *bytes = keystore->bytes;
	size_t open_len = public_part(keystore->key_count);
	uint8_t cipher_key[CIPHER_KEY_BYTES];
	uint8_t plain[KEYSTORE_KEYS_MAX * SECRET_KEY_BYTES];
	gw_status status = derive(cipher_key, passphrase, passphrase_len, &keystore->cost, bytes + 32, name, err);

	if (status == GW_OK && crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL, bytes + open_len,
									  sealed_part(keystore->key_count) - open_len,
									  bytes, open_len, bytes + 48, cipher_key) != 0)
		status = error_set(err, GW_ERR_DENIED, "%s: wrong passphrase", name);
	for (size_t i = 0; status == GW_OK && i < keystore->key_count; i++)
		memcpy(ret[i].bytes, plain + i * SECRET_KEY_BYTES, SECRET_KEY_BYTES);
	if (status == GW_OK)
		status = check_public(keystore, ret, name, err);
	if (status != GW_OK)
		sodium_memzero(ret, keystore->key_count * sizeof(*ret));
	sodium_memzero(cipher_key, sizeof(cipher_key));
	sodium_memzero(plain, sizeof(plain));
	return status;
}

/* The bytes of a file that holds these keys. */
static gw_status seal(uint8_t ret[KEYSTORE_BYTES_MAX], size_t *ret_len, const struct secret_key *keys, size_t key_count,
		      const char *passphrase, size_t passphrase_len, const struct keystore_cost *cost, const char *name,
		      struct error *err)
{
	struct header header = {.version = VERSION, .key_count = (uint16_t)key_count, .cost = *cost};
	struct wire w = wire_writer(ret, KEYSTORE_BYTES_MAX);
	uint8_t cipher_key[CIPHER_KEY_BYTES];
	uint8_t plain[KEYSTORE_KEYS_MAX * SECRET_KEY_BYTES];

	if (key_count == 0 || key_count > KEYSTORE_KEYS_MAX || !cost_is_bounded(cost))
		return error_set(err, GW_ERR_RANGE, "%s: a keystore holds 1 to %d keys at a bounded cost", name,
				 KEYSTORE_KEYS_MAX);
	memcpy(header.magic, magic, sizeof(magic));
	randombytes_buf(header.salt, sizeof(header.salt));
	randombytes_buf(header.nonce, sizeof(header.nonce));
	gw_status status = derive(cipher_key, passphrase, passphrase_len, cost, header.salt, name, err);

	if (status != GW_OK)
		return status;
	wire_header(&w, &header);
	for (size_t i = 0; status == GW_OK && i < key_count; i++) {
		struct public_key key = {.bytes = {0}};

		if (secret_key_public(&key, &keys[i]) != GW_OK)
			status = error_set(err, GW_ERR_RANGE, "%s: key %zu is no key", name, i + 1);
		wire_bytes(&w, key.bytes, sizeof(key.bytes));
		memcpy(plain + i * SECRET_KEY_BYTES, keys[i].bytes, SECRET_KEY_BYTES);
	}
	crypto_aead_xchacha20poly1305_ietf_encrypt(ret + w.at, NULL, plain, key_count * SECRET_KEY_BYTES, ret, w.at,
						   NULL, header.nonce, cipher_key);
	hash_check(ret + sealed_part(key_count), ret, sealed_part(key_count));
	sodium_memzero(cipher_key, sizeof(cipher_key));
	sodium_memzero(plain, sizeof(plain));
	*ret_len = sealed_part(key_count) + CHECK_BYTES;
	return status;
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

gw_status keystore_open(struct keystore *ret, const char *path, struct error *err)
{
	int fd = -1;
	gw_status status = file_open_private(&fd, path, geteuid(), 0600, err);

	if (status != GW_OK)
		return status;
	status = keystore_read(ret, fd, path, err);
	close(fd);
	return status;
}

static gw_status write_sealed(const char *path, const struct secret_key *keys, size_t key_count, const char *passphrase,
			      size_t passphrase_len, const struct keystore_cost *cost, bool replace, struct error *err)
{
	uint8_t bytes[KEYSTORE_BYTES_MAX];
	size_t len = 0;
	gw_status status = seal(bytes, &len, keys, key_count, passphrase, passphrase_len, cost, path, err);

	return status == GW_OK ? file_replace(path, bytes, len, replace, NULL, err) : status;
}

gw_status keystore_create(const char *path, const struct secret_key *keys, size_t key_count, const char *passphrase,
			  size_t passphrase_len, const struct keystore_cost *cost, struct error *err)
{
	if (sodium_init() < 0)
		return error_set(err, GW_ERR_SYSTEM, "libsodium cannot start");
	return write_sealed(path, keys, key_count, passphrase, passphrase_len, cost, false, err);
}

gw_status keystore_change_passphrase(const char *path, const char *old_passphrase, size_t old_len,
				     const char *new_passphrase, size_t new_len, const struct keystore_cost *cost,
				     struct error *err)
{
	struct secret_key keys[KEYSTORE_KEYS_MAX];
	struct keystore keystore;

	if (sodium_init() < 0)
		return error_set(err, GW_ERR_SYSTEM, "libsodium cannot start");
	gw_status status = keystore_open(&keystore, path, err);

	if (status != GW_OK)
		return status;
	status = keystore_decrypt(keys, &keystore, old_passphrase, old_len, path, err);
	if (status == GW_OK)
		status = write_sealed(path, keys, keystore.key_count, new_passphrase, new_len, cost, true, err);
	sodium_memzero(keys, sizeof(keys));
	return status;
}
