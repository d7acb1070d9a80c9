/* SPDX-License-Identifier: MIT
 * The signer's wire: a message that is taken encodes to just the bytes it was read from; the policy judges what it asks
 * for, and what it lets pass has bytes. */
#include "fuzz.h"

#include "signer/wire/protocol.h"

#define NOW 1700000000

static void judge(const struct message_sign *sign)
{
	struct signer_policy_instance instance = {.witness = "foo", .grants = SIGN_ALL, .max_signatures = 6};
	static struct transaction_bytes bytes;
	struct error err;

	memset(instance.signing_key.bytes, 2, sizeof(instance.signing_key.bytes));
	enum refusal refusal = policy_check(&instance, &sign->tx, NOW, &err);

	MUST(refusal_name(refusal));
	if (refusal == REFUSED_NOT)
		MUST(transaction_serialize(&bytes, &sign->tx) == GW_OK);
	else
		MUST(err.status == GW_ERR_DENIED && err.text[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t bytes[SIGNER_MESSAGE_MAX];
	static struct message message;
	struct error err;
	size_t len = 0;

	if (message_decode(&message, data, size, &err) != GW_OK) {
		MUST(err.status == GW_ERR_PROTOCOL);
		return 0;
	}
	MUST(message_encode(bytes, &len, &message) == GW_OK);
	MUST(len == size && memcmp(bytes, data, len) == 0);
	if (message.type == MESSAGE_SIGN)
		judge(&message.sign);
	if (message.type == MESSAGE_INSTANCE)
		MUST(policy_check_instance(&message.instance, &err) <= GW_OK);
	return 0;
}
