/* SPDX-License-Identifier: MIT
 *
 * Run under valgrind's memcheck: the secret's bytes are marked undefined, so that a branch or an address that depends
 * on them is an error. What is public by its nature (public keys, signatures) is marked defined again, as
 * libsecp256k1's own test of this kind does; what may branch before that stands in ctime_signer.supp, with the reason.
 * With the argument "leak" it branches on the secret itself, to show that it would be seen.
 *
 * Not covered: reading a WIF, which is text that is looked at byte by byte, once, before anybody can ask for a
 * signature.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <valgrind/memcheck.h>

#include "signature_recover.h"
#include "signer/keystore.h"

static const struct keystore_cost cheap = {1, 8192};
static const char passphrase[] = "correct horse";

static struct secret_key new_secret(void)
{
	struct secret_key key;

	randombytes_buf(key.bytes, sizeof(key.bytes));
	key.bytes[0] &= 0x7f; /* below the group's order */
	VALGRIND_MAKE_MEM_UNDEFINED(key.bytes, sizeof(key.bytes));
	return key;
}

static int sign_many(const struct secret_key *key)
{
	for (uint8_t i = 0; i < 20; i++) {
		struct digest digest = {{i}};
		struct signature signature;
		struct public_key public_key, recovered;

		if (sign_digest(&signature, &digest, key) != GW_OK || secret_key_public(&public_key, key) != GW_OK)
			return 1;
		VALGRIND_MAKE_MEM_DEFINED(&signature, sizeof(signature));
		VALGRIND_MAKE_MEM_DEFINED(&public_key, sizeof(public_key));
		if (signature_recover(&recovered, &signature, &digest) != GW_OK ||
		    memcmp(&recovered, &public_key, sizeof(recovered)) != 0)
			return 1;
	}
	return 0;
}

static int keep(const struct secret_key *key)
{
	char directory[] = "/tmp/golos-watch-ctime.XXXXXX", path[64];
	struct secret_key got[KEYSTORE_KEYS_MAX];
	struct keystore keystore;
	struct error err = {.text = ""};

	if (!mkdtemp(directory))
		return 1;
	snprintf(path, sizeof(path), "%s/store", directory);
	gw_status status = keystore_create(path, key, 1, passphrase, strlen(passphrase), &cheap, &err);

	if (status == GW_OK)
		status = keystore_open(&keystore, path, &err);
	if (status == GW_OK)
		status = keystore_decrypt(got, &keystore, passphrase, strlen(passphrase), path, &err);
	unlink(path);
	rmdir(directory);
	if (status != GW_OK)
		fprintf(stderr, "%s\n", err.text);
	return status != GW_OK;
}

int main(int argc, char **argv)
{
	if (sodium_init() < 0)
		return 1;
	struct secret_key key = new_secret();

	if (argc > 1 && strcmp(argv[1], "leak") == 0)
		return key.bytes[0] > 0x3f ? puts("high") < 0 : puts("low") < 0;
	return sign_many(&key) || keep(&key);
}
