/* SPDX-License-Identifier: MIT
 * Prices that a real golosd took: our bytes are its bytes, and the key that signed them is found by our digest. */
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "graphene/hex.h"
#include "signature_recover.h"
#include "test.h"
#include "transaction_read.h"

#define FEEDS 22

static struct json *root;

static int load(void **state)
{
	static char text[65536];
	FILE *file = fopen(TEST_SOURCE_DIR "/vectors/feed.json", "r");
	struct error err;

	(void)state;
	assert_non_null(file);
	size_t len = fread(text, 1, sizeof(text), file);
	fclose(file);
	if (json_parse(&root, text, len, &err) != GW_OK)
		fail_msg("%s", err.text);
	return 0;
}

static int unload(void **state)
{
	(void)state;
	json_free(root);
	return 0;
}

static void expect_hex(const struct json *feed, const struct transaction_bytes *bytes)
{
	static char expected[4096], made[4096];

	assert_int_equal(json_get_text(feed, "hex", expected, sizeof(expected), NULL), GW_OK);
	assert_true(2 * bytes->len < sizeof(made));
	hex_encode(made, bytes->bytes, bytes->len);
	made[2 * bytes->len] = '\0';
	assert_string_equal(made, expected);
}

/* The file knows the key of foo alone. */
static void expect_signer(const struct json *transaction, const struct transaction_bytes *bytes, bool is_of_foo)
{
	char chain_hex[65], key_text[GW_KEY_SIZE];
	const struct json *signatures = NULL;
	struct public_key key, recovered;
	struct signature signature;
	struct chain_id chain;
	struct digest digest;

	assert_int_equal(json_get_text(root, "chain_id", chain_hex, sizeof(chain_hex), NULL), GW_OK);
	assert_int_equal(json_get_text(root, "active_key", key_text, sizeof(key_text), NULL), GW_OK);
	assert_int_equal(public_key_parse(&key, key_text, strlen(key_text), NULL), GW_OK);
	assert_int_equal(hex_decode(chain.bytes, sizeof(chain.bytes), chain_hex, strlen(chain_hex)), GW_OK);
	assert_int_equal(json_get_array(transaction, "signatures", &signatures, NULL), GW_OK);
	const char *text = json_string(json_element(signatures, 0), NULL);
	assert_non_null(text);
	assert_int_equal(hex_decode(signature.bytes, sizeof(signature.bytes), text, strlen(text)), GW_OK);
	transaction_digest(&digest, &chain, bytes);
	assert_int_equal(signature_recover(&recovered, &signature, &digest), GW_OK);
	assert_int_equal(public_key_equal(&recovered, &key), is_of_foo);
}

TEST(the_bytes_of_real_feeds_are_ours)
{
	static struct transaction_bytes bytes;
	static struct transaction tx;
	const struct json *feeds = NULL, *transaction;
	unsigned of_foo = 0;
	struct error err;

	assert_int_equal(json_get_array(root, "feeds", &feeds, NULL), GW_OK);
	assert_int_equal(json_array_size(feeds), FEEDS);
	for (size_t i = 0; i < FEEDS; i++) {
		const struct json *feed = json_element(feeds, i);

		assert_int_equal(json_get_object(feed, "transaction", &transaction, NULL), GW_OK);
		if (transaction_read_json(&tx, transaction, &err) != GW_OK)
			fail_msg("feed %zu: %s", i, err.text);
		assert_int_equal(tx.operations[0].type, OPERATION_FEED_PUBLISH);
		assert_int_equal(transaction_serialize(&bytes, &tx), GW_OK);
		expect_hex(feed, &bytes);
		bool is_of_foo =
			strncmp(tx.operations[0].feed_publish.publisher, "fo", 2) == 0; /* fob and foc have its key */
		expect_signer(transaction, &bytes, is_of_foo);
		of_foo += is_of_foo;
	}
	assert_int_equal(of_foo, 9);
}

int main(void)
{
	return test_run(load, unload);
}
