/* SPDX-License-Identifier: MIT
 *
 * See wire.h.
 */
#include "cluster/wire.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/wire.h"

#define HEAD_BYTES 4 /* "GWL" and the version */
#define TAG_BYTES  crypto_aead_xchacha20poly1305_ietf_ABYTES
#define AGE_BYTES  2
#define OVERHEAD   (HEAD_BYTES + LINK_NONCE_BYTES + AGE_BYTES + TAG_BYTES)

_Static_assert(CLUSTER_BODY_MAX + OVERHEAD == CLUSTER_DATAGRAM_MAX, "a body fits a datagram");
_Static_assert(LINK_NONCE_BYTES == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "the nonce");
_Static_assert(CLUSTER_KEY_BYTES == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "the key");
_Static_assert(CLUSTER_KEY_BYTES == crypto_generichash_BYTES, "the key of the links");

static const uint8_t magic[HEAD_BYTES] = {'G', 'W', 'L', CLUSTER_VERSION};

/* ---- names ------------------------------------------------------------------------------------------------------ */

bool cluster_name_is_good(const char *name)
{
	size_t len = strlen(name);

	return len >= 1 && len < CLUSTER_NAME_SIZE && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

uint32_t cluster_name_hash(const char *name)
{
	uint8_t hash[crypto_generichash_BYTES_MIN];
	uint32_t value = 0;

	crypto_generichash(hash, sizeof(hash), (const uint8_t *)name, strlen(name), NULL, 0);
	for (size_t i = 0; i < sizeof(value); i++)
		value |= (uint32_t)hash[i] << (8 * i);
	return value;
}

static int compare_names(const void *a, const void *b)
{
	const char *const *left = a, *const *right = b;

	return strcmp(*left, *right);
}

void cluster_list_hash(uint8_t ret[CLUSTER_LIST_BYTES], const char *const *names, size_t count)
{
	const char *sorted[CLUSTER_NODES_MAX] = {NULL};
	uint8_t hash[crypto_generichash_BYTES];
	crypto_generichash_state state;

	if (count > CLUSTER_NODES_MAX)
		count = CLUSTER_NODES_MAX;
	if (count)
		memcpy(sorted, names, count * sizeof(sorted[0]));
	qsort(sorted, count, sizeof(sorted[0]), compare_names);
	crypto_generichash_init(&state, NULL, 0, sizeof(hash));
	for (size_t i = 0; i < count; i++) /* each with its NUL, so that no two lists are the same bytes */
		crypto_generichash_update(&state, (const uint8_t *)sorted[i], strlen(sorted[i]) + 1);
	crypto_generichash_final(&state, hash, sizeof(hash));
	memcpy(ret, hash, CLUSTER_LIST_BYTES);
}

/* ---- body ------------------------------------------------------------------------------------------------------- */

/* 16 bytes, filled up with NUL. `size` is 17, for the NUL in memory. */
static void put_name(struct wire *w, char *name, size_t size)
{
	uint8_t bytes[CLUSTER_NAME_SIZE - 1] = {0};
	size_t len = strnlen(name, size);

	if (w->writing && len < size)
		memcpy(bytes, name, len);
	wire_bytes(w, bytes, sizeof(bytes));
	if (w->writing)
		return;
	memset(name, 0, size);
	memcpy(name, bytes, sizeof(bytes));
	len = strlen(name);
	for (size_t i = len; i < sizeof(bytes); i++)
		w->failed |= bytes[i] != 0;
}

static void put_peer(struct wire *w, struct statement_peer *peer)
{
	wire_u32(w, &peer->name_hash);
	wire_bytes(w, peer->boot, sizeof(peer->boot));
	wire_u32(w, &peer->sequence);
	wire_u32(w, &peer->ago_ms);
}

static void put_witness(struct wire *w, struct statement_witness *witness)
{
	put_name(w, witness->name, sizeof(witness->name));
	/* an account's name: letters, digits, '-' and '.'; what else it must be is the chain's to say */
	if (!witness->name[0] || witness->name[strspn(witness->name, "abcdefghijklmnopqrstuvwxyz0123456789-.")] != 0)
		w->failed = true;
	wire_bytes(w, witness->key, sizeof(witness->key));
	wire_bytes(w, witness->believed, sizeof(witness->believed));
	wire_u8(w, &witness->flags);
	wire_u8(w, &witness->reason);
}

/* One function writes and reads, so the two cannot disagree. */
static void put_statement(struct wire *w, struct statement *statement)
{
	put_name(w, statement->origin, sizeof(statement->origin));
	w->failed |= !cluster_name_is_good(statement->origin);
	wire_bytes(w, statement->boot, sizeof(statement->boot));
	wire_u32(w, &statement->sequence);
	wire_u8(w, &statement->golosd);
	w->failed |= statement->golosd >= GOLOSD_STATES;
	wire_u32(w, &statement->golosd_ms);
	wire_u32(w, &statement->head);
	wire_bytes(w, statement->head_id, sizeof(statement->head_id));
	wire_u8(w, &statement->peer_count);
	wire_u8(w, &statement->witness_count);
	wire_bytes(w, statement->list, sizeof(statement->list));
	w->failed |= statement->peer_count > CLUSTER_NODES_MAX || statement->witness_count > CLUSTER_WITNESSES_MAX;
	for (size_t i = 0; !w->failed && i < statement->peer_count; i++)
		put_peer(w, &statement->peers[i]);
	for (size_t i = 0; !w->failed && i < statement->witness_count; i++)
		put_witness(w, &statement->witnesses[i]);
}

size_t statement_encode(uint8_t ret[CLUSTER_BODY_MAX], const struct statement *statement)
{
	struct statement copy = *statement;
	struct wire w = wire_writer(ret, CLUSTER_BODY_MAX);

	put_statement(&w, &copy);
	return w.failed ? 0 : w.at;
}

bool statement_decode(struct statement *ret, const uint8_t *body, size_t len)
{
	struct wire w = wire_reader(body, len);

	memset(ret, 0, sizeof(*ret));
	put_statement(&w, ret);
	return !w.failed;
}

/* ---- the seal --------------------------------------------------------------------------------------------------- */

void link_key_derive(uint8_t ret[CLUSTER_KEY_BYTES], const uint8_t cluster_key[CLUSTER_KEY_BYTES],
		     const uint8_t chain_id[32])
{
	static const char purpose[] = "golos-watch link 1";
	crypto_generichash_state state;

	crypto_generichash_init(&state, cluster_key, CLUSTER_KEY_BYTES, CLUSTER_KEY_BYTES);
	crypto_generichash_update(&state, (const uint8_t *)purpose, strlen(purpose));
	crypto_generichash_update(&state, chain_id, 32);
	crypto_generichash_final(&state, ret, CLUSTER_KEY_BYTES);
	sodium_memzero(&state, sizeof(state));
}

size_t link_seal(uint8_t ret[CLUSTER_DATAGRAM_MAX], const uint8_t key[CLUSTER_KEY_BYTES],
		 const uint8_t nonce[LINK_NONCE_BYTES], uint16_t age_ms, const uint8_t *body, size_t len)
{
	uint8_t plain[AGE_BYTES + CLUSTER_BODY_MAX];
	unsigned long long sealed = 0;

	plain[0] = (uint8_t)age_ms;
	plain[1] = (uint8_t)(age_ms >> 8);
	memcpy(plain + AGE_BYTES, body, len);
	memcpy(ret, magic, HEAD_BYTES);
	memcpy(ret + HEAD_BYTES, nonce, LINK_NONCE_BYTES);
	crypto_aead_xchacha20poly1305_ietf_encrypt(ret + HEAD_BYTES + LINK_NONCE_BYTES, &sealed, plain, AGE_BYTES + len,
						   magic, HEAD_BYTES, NULL, nonce, key);
	return HEAD_BYTES + LINK_NONCE_BYTES + (size_t)sealed;
}

enum link_result link_open(struct link_opened *ret, const uint8_t (*keys)[CLUSTER_KEY_BYTES], size_t key_count,
			   const uint8_t *datagram, size_t len)
{
	uint8_t plain[AGE_BYTES + CLUSTER_BODY_MAX];
	unsigned long long plain_len = 0;

	if (len < HEAD_BYTES || memcmp(datagram, magic, HEAD_BYTES - 1) != 0)
		return LINK_STRANGE;
	ret->version = datagram[HEAD_BYTES - 1];
	if (ret->version != CLUSTER_VERSION)
		return LINK_VERSION;
	if (len < OVERHEAD || len > CLUSTER_DATAGRAM_MAX)
		return LINK_STRANGE;
	for (size_t i = 0; i < key_count; i++) {
		if (crypto_aead_xchacha20poly1305_ietf_decrypt(plain, &plain_len, NULL,
							       datagram + HEAD_BYTES + LINK_NONCE_BYTES,
							       len - HEAD_BYTES - LINK_NONCE_BYTES, datagram,
							       HEAD_BYTES, datagram + HEAD_BYTES, keys[i]) != 0)
			continue;
		ret->age_ms = (uint16_t)(plain[0] | plain[1] << 8);
		ret->len = (uint16_t)(plain_len - AGE_BYTES);
		memcpy(ret->body, plain + AGE_BYTES, ret->len);
		return LINK_OPENED;
	}
	return LINK_NOT_SEALED;
}
