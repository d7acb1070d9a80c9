/* SPDX-License-Identifier: MIT
 *
 * Hashes by libcrypto. Host and command line; the signer has hash_sodium.c.
 */
#include "graphene/hash.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <unistd.h>

/* Only a libcrypto that was configured without these algorithms, or no memory, can make a hash fail: nothing that
 * Golos Watch does is possible then. */
static void need(int ok)
{
	static const char line[] = "libcrypto offers no SHA-256 or RIPEMD-160: giving up\n";

	if (ok != 1) {
		ssize_t ignored = write(STDERR_FILENO, line, sizeof(line) - 1);

		(void)ignored;
		abort();
	}
}

static void hash(uint8_t *ret, const EVP_MD *algorithm, const void *a, size_t a_len, const void *b, size_t b_len)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	need(context != NULL);
	need(EVP_DigestInit_ex(context, algorithm, NULL));
	need(EVP_DigestUpdate(context, a, a_len));
	need(EVP_DigestUpdate(context, b, b_len));
	need(EVP_DigestFinal_ex(context, ret, NULL));
	EVP_MD_CTX_free(context); /* wipes what it held */
}

void hash_sha256_2(struct digest *ret, const void *a, size_t a_len, const void *b, size_t b_len)
{
	hash(ret->bytes, EVP_sha256(), a, a_len, b, b_len);
}

void hash_ripemd160(uint8_t ret[20], const void *data, size_t len)
{
	hash(ret, EVP_ripemd160(), data, len, NULL, 0);
}
