/* SPDX-License-Identifier: MIT
 * Keys as text: what is taken is written as the very same text. */
#include "fuzz.h"

#include "graphene/keys.h"
#include "signature_recover.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *input = (const char *)data;
	char text[GW_KEY_SIZE];
	struct public_key public;
	struct secret_key secret;
	struct error err;

	if (!wif_decode(&secret, input, size, &err)) {
		wif_encode(text, &secret);
		MUST(strlen(text) == size && memcmp(text, input, size) == 0);
	}
	if (!public_key_parse(&public, input, size, &err)) {
		public_key_format(text, &public);
		MUST(strlen(text) == size && memcmp(text, input, size) == 0);
	}
	if (size == sizeof(struct signature) + sizeof(struct digest)) {
		struct signature sig;
		struct digest digest;

		memcpy(&sig, data, sizeof(sig));
		memcpy(&digest, data + sizeof(sig), sizeof(digest));
		if (!signature_recover(&public, &sig, &digest))
			MUST(public_key_is_valid(&public));
	}
	return 0;
}
