/* SPDX-License-Identifier: MIT
 *
 * Public keys as text: "GLS" and base58 of the 33 bytes and a checksum by RIPEMD-160. Host and command line.
 */
#include <stdio.h>
#include <string.h>

#include "graphene/base58.h"
#include "graphene/hash.h"
#include "graphene/keys.h"

#define CHECKSUM_BYTES 4

struct key_bytes {
	struct public_key key;
	uint8_t checksum[CHECKSUM_BYTES];
};
_Static_assert(sizeof(struct key_bytes) == 37, "no padding: it goes through base58 as it lies");

static void compute_checksum(uint8_t ret[CHECKSUM_BYTES], const struct public_key *key)
{
	uint8_t hash[20];

	hash_ripemd160(hash, key->bytes, sizeof(key->bytes));
	memcpy(ret, hash, CHECKSUM_BYTES);
}

gw_status public_key_parse(struct public_key *ret, const char *text, size_t len, struct error *err)
{
	static const size_t prefix_len = sizeof(KEY_PREFIX) - 1;
	uint8_t checksum[CHECKSUM_BYTES];
	struct key_bytes bytes;

	if (len < prefix_len || memcmp(text, KEY_PREFIX, prefix_len) != 0)
		return error_set(err, GW_ERR_SYNTAX, "not a public key: it does not begin with %s", KEY_PREFIX);
	if (base58_decode((uint8_t *)&bytes, sizeof(bytes), text + prefix_len, len - prefix_len))
		return error_set(err, GW_ERR_SYNTAX, "not a public key: not base58 of its length");
	compute_checksum(checksum, &bytes.key);
	if (memcmp(bytes.checksum, checksum, sizeof(checksum)) != 0)
		return error_set(err, GW_ERR_SYNTAX, "not a public key: wrong checksum, mistyped?");
	if (!public_key_is_null(&bytes.key) && !public_key_is_valid(&bytes.key))
		return error_set(err, GW_ERR_RANGE, "not a public key: no point of the curve secp256k1");
	*ret = bytes.key;
	return GW_OK;
}

void public_key_format(char ret[GW_KEY_SIZE], const struct public_key *key)
{
	struct key_bytes bytes = {.key = *key};
	char text[BASE58_TEXT_MAX];

	compute_checksum(bytes.checksum, key);
	base58_encode(text, (const uint8_t *)&bytes, sizeof(bytes));
	snprintf(ret, GW_KEY_SIZE, KEY_PREFIX "%s", text);
}
