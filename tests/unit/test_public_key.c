/* SPDX-License-Identifier: MIT
 * graphene/public_key.c: the readable form. tests/vectors has many keys more; here stand the edges. */
#include "test.h"

#include "graphene/hash.h"
#include "graphene/hex.h"
#include "graphene/keys.h"

/* RIPEMD-160's own examples. */
TEST(ripemd160_of_known_texts)
{
	uint8_t hash[20];
	char hex[41];

	hash_ripemd160(hash, "", 0);
	hex_encode(hex, hash, 20);
	assert_string_equal(hex, "9c1185a5c5e9fc54612808977ee8f548b2258d31");
	hash_ripemd160(hash, "abc", 3);
	hex_encode(hex, hash, 20);
	assert_string_equal(hex, "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc");
}

TEST(the_null_key_goes_both_ways)
{
	struct public_key key = {{1}};
	char text[GW_KEY_SIZE];

	assert_int_equal(public_key_parse(&key, GW_NULL_KEY, strlen(GW_NULL_KEY), NULL), GW_OK);
	assert_true(public_key_is_null(&key));
	public_key_format(text, &key);
	assert_string_equal(text, GW_NULL_KEY);
}

/* A good checksum over bytes that are no point: x = 5 has no y on the curve; 0x04 is no compressed form's byte. */
TEST(what_is_no_point_is_refused)
{
	static const struct public_key bad[] = {{{2, [32] = 5}}, {{4, [32] = 1}}, {{0, [32] = 1}}};
	struct public_key key;
	struct error err;
	char text[GW_KEY_SIZE];

	for (size_t i = 0; i < COUNT(bad); i++) {
		public_key_format(text, &bad[i]);
		assert_int_equal(public_key_parse(&key, text, strlen(text), &err), GW_ERR_RANGE);
		assert_string_equal(err.text, "not a public key: no point of the curve secp256k1");
	}
}

TEST(each_refusal_says_what_is_wrong)
{
	static const struct {
		const char *text, *reason;
	} bad[] = {
		{"STM8jCSviSzAKMHvtWsThgDcXkWHyFAe33kajzCZdania1t2sPYVx", "begin with GLS"},
		{"GL", "begin with GLS"},
		{"GLS8jCSviSzAKMHvtWsThgDcXkWHyFAe33kajzCZdania1t2sPYVO", "base58"},
		{"GLS8jCSviSzAKMHvtWsThgDcXkWHyFAe33kajzCZdania1t2sPYVy", "checksum"},
		{"GLS8jCSviSzAKMHvtWsThgDcXkWHyFAe33kajzCZdania1t2sPYVx ", "base58"},
	};
	struct public_key key;
	struct error err;

	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(public_key_parse(&key, bad[i].text, strlen(bad[i].text), &err), GW_ERR_SYNTAX);
		if (!strstr(err.text, bad[i].reason))
			fail_msg("%s: %s", bad[i].text, err.text);
	}
}
