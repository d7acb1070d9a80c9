/* SPDX-License-Identifier: MIT
 * The keystore's reader. The check at its end is made to hold, or nothing behind it would ever be reached; what is then
 * taken is tried with a passphrase where that is cheap. */
#include "fuzz.h"

#include <sodium.h>

#include "signer/keystore.h"

static void try_passphrase(const struct keystore *keystore)
{
	struct secret_key keys[KEYSTORE_KEYS_MAX];
	struct error err;

	if (keystore->cost.operations > 1 || keystore->cost.memory > 16384)
		return;
	gw_status status = keystore_decrypt(keys, keystore, "correct horse", 13, "fuzz", &err);

	MUST(status == GW_OK || status == GW_ERR_DENIED || status == GW_ERR_SYNTAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct keystore keystore;
	uint8_t bytes[KEYSTORE_BYTES_MAX + 64];
	struct error err;

	if (size > sizeof(bytes) || sodium_init() < 0)
		return 0;
	gw_status status = keystore_parse(&keystore, data, size, "fuzz", &err);

	MUST(status == GW_OK || err.status == status);
	memcpy(bytes, data, size);
	if (size > 16)
		crypto_generichash(bytes + size - 16, 16, bytes, size - 16, NULL, 0);
	if (keystore_parse(&keystore, bytes, size, "fuzz", &err) != GW_OK)
		return 0;
	MUST(keystore.key_count >= 1 && keystore.key_count <= KEYSTORE_KEYS_MAX && keystore.len == size);
	try_passphrase(&keystore);
	return 0;
}
