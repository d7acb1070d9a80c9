/* SPDX-License-Identifier: MIT
 * What the signer uses of host/graphene: hashes, hex, base58, WIF, signatures. tests/vectors has many keys more; here
 * stand the edges. Built with each of the two hash libraries. */
#include "test.h"

#include "graphene/base58.h"
#include "graphene/hash.h"
#include "graphene/hex.h"
#include "graphene/keys.h"
#include "signature_recover.h"

static void decode(uint8_t *ret, size_t len, const char *hex)
{
	assert_int_equal(hex_decode(ret, len, hex, strlen(hex)), GW_OK);
}

static void assert_hex(const uint8_t *bytes, size_t len, const char *expected)
{
	char hex[2 * 128 + 1];

	assert_true(len <= 128);
	hex_encode(hex, bytes, len);
	assert_string_equal(hex, expected);
}

TEST(hex_is_exact)
{
	uint8_t bytes[3] = {1, 2, 3};

	decode(bytes, 3, "00aBfF");
	assert_hex(bytes, 3, "00abff");
	assert_int_equal(hex_decode(bytes, 3, "00abf", 5), GW_ERR_SYNTAX);
	assert_int_equal(hex_decode(bytes, 3, "00abfff", 7), GW_ERR_SYNTAX);
	assert_int_equal(hex_decode(bytes, 3, "11223g", 6), GW_ERR_SYNTAX);
	assert_int_equal(hex_decode(bytes, 3, "11 223", 6), GW_ERR_SYNTAX);
	assert_hex(bytes, 3, "00abff"); /* untouched by failures */
}

/* FIPS 180's examples. */
TEST(sha256_of_known_texts)
{
	struct digest digest;

	hash_sha256(&digest, "", 0);
	assert_hex(digest.bytes, 32, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	hash_sha256(&digest, "abc", 3);
	assert_hex(digest.bytes, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	hash_sha256_2(&digest, "a", 1, "bc", 2);
	assert_hex(digest.bytes, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

/* From the Internet draft "The Base58 Encoding Scheme". */
TEST(base58_of_known_bytes)
{
	static const char hello[] = "Hello World!";
	static const uint8_t with_zeros[] = {0, 0, 0x28, 0x7f, 0xb4, 0xcd};
	char text[BASE58_TEXT_MAX];
	uint8_t bytes[12];

	base58_encode(text, (const uint8_t *)hello, 12);
	assert_string_equal(text, "2NEpo7TZRRrLZSi2U");
	assert_int_equal(base58_decode(bytes, 12, text, strlen(text)), GW_OK);
	assert_memory_equal(bytes, hello, 12);
	base58_encode(text, with_zeros, sizeof(with_zeros));
	assert_string_equal(text, "11233QC4");
	assert_int_equal(base58_decode(bytes, 6, text, strlen(text)), GW_OK);
	assert_memory_equal(bytes, with_zeros, 6);
}

TEST(base58_of_another_length_is_refused)
{
	uint8_t bytes[BASE58_BYTES_MAX];
	char text[] = "2NEpo7TZRRrLZSi2U";

	assert_int_equal(base58_decode(bytes, 11, text, strlen(text)), GW_ERR_SYNTAX); /* too large */
	assert_int_equal(base58_decode(bytes, 13, text, strlen(text)), GW_ERR_SYNTAX); /* a '1' is missing */
	assert_int_equal(base58_decode(bytes, 1, "1", 1), GW_OK);
	assert_int_equal(base58_decode(bytes, 1, "11", 2), GW_ERR_SYNTAX);
	assert_int_equal(base58_decode(bytes, 1, "", 0), GW_ERR_SYNTAX);
	assert_int_equal(base58_decode(bytes, 1, "0", 1), GW_ERR_SYNTAX);
	assert_int_equal(base58_decode(bytes, 1, "l", 1), GW_ERR_SYNTAX);
	assert_int_equal(base58_decode(bytes, 1, "2\0", 2), GW_ERR_SYNTAX);
}

#define ORDER "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141" /* of the curve's group */

/* A WIF of any 32 bytes, with a good checksum, whether or not they are a key. */
TEST(wif_outside_the_group_is_refused)
{
	static const char *const bad[] = {"0000000000000000000000000000000000000000000000000000000000000000", ORDER,
					  "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"};
	struct secret_key key, decoded;
	struct public_key public;
	struct error err;
	char text[WIF_SIZE];

	for (size_t i = 0; i < COUNT(bad); i++) {
		decode(key.bytes, 32, bad[i]);
		wif_encode(text, &key);
		assert_int_equal(strlen(text), WIF_SIZE - 1);
		assert_int_equal(wif_decode(&decoded, text, strlen(text), &err), GW_ERR_RANGE);
		assert_int_equal(secret_key_public(&public, &key), GW_ERR_RANGE);
	}
	decode(key.bytes, 32, ORDER);
	key.bytes[31]--; /* the largest key: its public key is the generator's, with the other sign */
	wif_encode(text, &key);
	assert_int_equal(wif_decode(&decoded, text, strlen(text), &err), GW_OK);
	assert_memory_equal(&decoded, &key, sizeof(key));
	assert_int_equal(secret_key_public(&public, &key), GW_OK);
	assert_hex(public.bytes, 33, "0379be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798");
}

/* Another version byte, and a compressed key's WIF of Bitcoin: well formed, and not ours. */
TEST(foreign_wifs_are_refused)
{
	static const char compressed[] = "KwDiBf89QgGbjEhKnhXJuH7LrciVrZi3qYjgd9M7rFU73sVHnoWn";
	struct secret_key key;
	struct error err = {.text = ""};
	char text[BASE58_TEXT_MAX];
	struct digest digest;
	uint8_t bytes[37] = {0x81};

	assert_int_equal(wif_decode(&key, compressed, strlen(compressed), &err), GW_ERR_SYNTAX);
	bytes[32] = 1;
	hash_sha256(&digest, bytes, 33);
	hash_sha256(&digest, digest.bytes, 32);
	memcpy(bytes + 33, digest.bytes, 4);
	base58_encode(text, bytes, sizeof(bytes));
	assert_int_equal(wif_decode(&key, text, strlen(text), &err), GW_ERR_SYNTAX);
	assert_string_equal(err.text, "not a WIF private key: wrong version byte");
}

/* An error about a key must not tell the key. */
TEST(refusals_never_repeat_the_text)
{
	static const char text[] = "5KCMDjt1TSkJjWzMULrx35H4rsGQDCZMTTkiw2vEVYRuNjh8Z6f"; /* last letter changed */
	struct secret_key key;
	struct error err;

	assert_int_equal(wif_decode(&key, text, strlen(text), &err), GW_ERR_SYNTAX);
	assert_null(strstr(err.text, "5KCM"));
	assert_non_null(strstr(err.text, "checksum"));
}

/* The digest by Python's hashlib.hash_sha256(b"fooactivecorrect horse battery staple"). */
TEST(a_password_gives_the_wallets_key)
{
	struct secret_key key;
	struct error err;

	assert_int_equal(secret_key_from_password(&key, "foo", "active", "correct horse battery staple", &err), GW_OK);
	assert_hex(key.bytes, 32, "401c5e80d98bbb642c2f7841d75f14f42ed87c1a4041ace891311e6cd9356640");
	assert_int_equal(secret_key_from_password(&key, "much-too-long-for-an-account-name", "active", "x", &err),
			 GW_ERR_RANGE);
	secret_key_wipe(&key);
	for (size_t i = 0; i < sizeof(key.bytes); i++)
		assert_int_equal(key.bytes[i], 0);
}

/* Computed by a model of golosd's sign_compact in Python (RFC 6979 as libsecp256k1 has it, counter from 1):
 * key hash_sha256("key<n>"), digest hash_sha256("message<n>"). They took 3, 2 and 1 attempts. */
TEST(signatures_are_golosds_byte_for_byte)
{
	static const char *const expected[] = {
		"1f5e319fc13c1f5b9115383c5f0b2f1fbfba14bf9b62c42207284b5e4f7de96027496a26fe5235c6f29ac0f724aadee89ad55c"
		"10267eb6917c2c49afaf1a038faa",
		"20756238baf5cb4cfc350b990371999f0357099e873333798683f8c5db0f49f5970a0c5079e5f7195b94358ba3cce119ed2020"
		"8e95ff11b2796d2d7dd2f38fbfb9",
		"1f697ecc562539896dec29031527aabc10754ac95c13c2bbf7ebb4a1eb671ab8af57358895855e6324c605bfe0c0f89617763d"
		"ae29afcab2188995da956231aa57"};
	char name[] = "key1", message[] = "message1";

	for (size_t i = 0; i < COUNT(expected); i++, name[3]++, message[7]++) {
		struct digest key_digest, digest;
		struct secret_key key;
		struct signature sig;

		hash_sha256(&key_digest, name, 4);
		memcpy(key.bytes, key_digest.bytes, 32);
		hash_sha256(&digest, message, 8);
		assert_int_equal(sign_digest(&sig, &digest, &key), GW_OK);
		assert_hex(sig.bytes, 65, expected[i]);
	}
}

TEST(signatures_are_canonical_and_recover)
{
	struct secret_key key = {{0}};
	struct public_key public, recovered;
	struct signature sig;
	struct digest digest;

	key.bytes[31] = 7;
	assert_int_equal(secret_key_public(&public, &key), GW_OK);
	for (unsigned i = 0; i < 100; i++) {
		hash_sha256(&digest, &i, sizeof(i));
		assert_int_equal(sign_digest(&sig, &digest, &key), GW_OK);
		assert_true(signature_is_canonical(&sig));
		assert_int_equal(signature_recover(&recovered, &sig, &digest), GW_OK);
		assert_true(public_key_equal(&recovered, &public));
	}
	digest.bytes[0] ^= 1;
	if (signature_recover(&recovered, &sig, &digest) == GW_OK)
		assert_false(public_key_equal(&recovered, &public));
}

TEST(what_is_no_signature_recovers_nothing)
{
	struct signature zero = {{31}}, first_byte = {{26}};
	struct public_key key;
	struct digest digest = {{1}};

	assert_int_equal(signature_recover(&key, &zero, &digest), GW_ERR_SYNTAX);
	assert_int_equal(signature_recover(&key, &first_byte, &digest), GW_ERR_SYNTAX);
	first_byte.bytes[0] = 35;
	assert_int_equal(signature_recover(&key, &first_byte, &digest), GW_ERR_SYNTAX);
	struct secret_key none = {{0}};
	assert_int_equal(sign_digest(&zero, &digest, &none), GW_ERR_RANGE);
}

TEST(canonical_is_graphenes)
{
	struct signature sig = {{31}};

	assert_false(signature_is_canonical(&sig)); /* r and s begin with two zero bytes */
	sig.bytes[1] = sig.bytes[33] = 1;
	assert_true(signature_is_canonical(&sig));
	sig.bytes[1] = 0x80;
	assert_false(signature_is_canonical(&sig));
	sig.bytes[1] = 0;
	sig.bytes[2] = 0x80;
	assert_true(signature_is_canonical(&sig));
	sig.bytes[33] = 0;
	sig.bytes[34] = 0x7f;
	assert_false(signature_is_canonical(&sig));
}

TEST(the_null_key_is_no_point)
{
	struct public_key null = {{0}}, other = {{0}};

	assert_true(public_key_is_null(&null));
	assert_false(public_key_is_valid(&null));
	other.bytes[32] = 1;
	assert_false(public_key_is_null(&other));
	assert_false(public_key_equal(&null, &other));
}
