/* SPDX-License-Identifier: MIT
 *
 * The keystore's file: what it holds, and that each way of being wrong is a clear refusal which leaves it alone.
 */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "signer/keystore.h"

/* As cheap as libsodium lets it be: the cost is not what is tested. */
static const struct keystore_cost cheap = {1, 8192};
static const char passphrase[] = "correct horse";

static const char *make(const char *name, size_t key_count)
{
	struct secret_key keys[KEYSTORE_KEYS_MAX];
	const char *path = fixture_path(name);
	struct error err;

	for (size_t i = 0; i < key_count; i++) {
		keys[i] = fixture_secret(i % FIXTURE_KEYS);
		keys[i].bytes[31] = (uint8_t)(keys[i].bytes[31] + i / FIXTURE_KEYS);
	}
	unlink(path);
	assert_int_equal(keystore_create(path, keys, key_count, passphrase, strlen(passphrase), &cheap, &err), GW_OK);
	return path;
}

static gw_status open_and_decrypt(struct secret_key *ret, const char *path, const char *words, struct error *err)
{
	struct keystore keystore;
	gw_status status = keystore_open(&keystore, path, err);

	return status == GW_OK ? keystore_decrypt(ret, &keystore, words, strlen(words), path, err) : status;
}

TEST(there_and_back)
{
	const char *path = make("one", 2);
	struct secret_key got[KEYSTORE_KEYS_MAX], wanted = fixture_secret(1);
	struct keystore keystore;
	struct public_key shown = fixture_public(1);
	struct error err;
	struct stat st;

	assert_int_equal(open_and_decrypt(got, path, passphrase, &err), GW_OK);
	assert_memory_equal(&got[1], &wanted, sizeof(wanted));
	assert_int_equal(keystore_open(&keystore, path, &err), GW_OK);
	assert_int_equal(keystore.key_count, 2);
	assert_memory_equal(&keystore.public_keys[1], &shown, sizeof(shown));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_size, 72 + 2 * 65 + 32);
}

TEST(no_secret_in_the_file)
{
	const char *path = make("hidden", 1);
	struct secret_key secret = fixture_secret(0);
	uint8_t bytes[KEYSTORE_BYTES_MAX];
	size_t len = fixture_read(path, bytes, sizeof(bytes));

	assert_null(memmem(bytes, len, secret.bytes, 8));
	assert_null(memmem(bytes, len, passphrase, 5));
}

TEST(salt_and_nonce_are_new)
{
	uint8_t a[KEYSTORE_BYTES_MAX], b[KEYSTORE_BYTES_MAX];

	fixture_read(make("a", 1), a, sizeof(a));
	fixture_read(make("b", 1), b, sizeof(b));
	assert_memory_not_equal(a + 32, b + 32, KEYSTORE_SALT_BYTES);
	assert_memory_not_equal(a + 48, b + 48, KEYSTORE_NONCE_BYTES);
	assert_memory_equal(a, b, 32);
}

TEST(sixteen_keys)
{
	struct secret_key got[KEYSTORE_KEYS_MAX];
	struct error err;

	assert_int_equal(open_and_decrypt(got, make("many", KEYSTORE_KEYS_MAX), passphrase, &err), GW_OK);
	assert_int_equal(keystore_create(fixture_path("none"), got, 0, "x", 1, &cheap, &err), GW_ERR_RANGE);
	assert_int_equal(keystore_create(fixture_path("none"), got, KEYSTORE_KEYS_MAX + 1, "x", 1, &cheap, &err),
			 GW_ERR_RANGE);
	assert_int_equal(access(fixture_path("none"), F_OK), -1);
}

/* Refused with `status`, and the file is what it was. */
static void assert_refused(const char *path, const char *words, gw_status status, const char *part)
{
	uint8_t before[2 * KEYSTORE_BYTES_MAX], after[2 * KEYSTORE_BYTES_MAX];
	size_t len = fixture_read(path, before, sizeof(before));
	struct secret_key got[KEYSTORE_KEYS_MAX];
	struct error err = {.text = ""};

	assert_int_equal(open_and_decrypt(got, path, words, &err), status);
	if (!strstr(err.text, part) || !strstr(err.text, path))
		fail_msg("the sentence is \"%s\"", err.text);
	assert_int_equal(keystore_change_passphrase(path, words, strlen(words), "new", 3, &cheap, &err), status);
	assert_int_equal(fixture_read(path, after, sizeof(after)), len);
	assert_memory_equal(before, after, len);
}

TEST(wrong_passphrase)
{
	const char *path = make("locked", 1);

	assert_refused(path, "Correct horse", GW_ERR_DENIED, "wrong passphrase");
	assert_refused(path, "correct horse ", GW_ERR_DENIED, "wrong passphrase");
	assert_refused(path, "", GW_ERR_RANGE, "a passphrase has 1 to");
}

TEST(every_cut)
{
	uint8_t bytes[KEYSTORE_BYTES_MAX + 1];
	size_t len = fixture_read(make("whole", 1), bytes, sizeof(bytes));

	for (size_t cut = 0; cut < len; cut++)
		assert_refused(fixture_file("cut", bytes, cut, 0600), passphrase, GW_ERR_SYNTAX,
			       cut < 72 ? "not a keystore" : "damaged");
	bytes[len] = 0;
	assert_refused(fixture_file("longer", bytes, len + 1, 0600), passphrase, GW_ERR_SYNTAX, "damaged");
}

TEST(every_byte)
{
	uint8_t bytes[KEYSTORE_BYTES_MAX];
	size_t len = fixture_read(make("whole", 1), bytes, sizeof(bytes));

	for (size_t at = 0; at < len; at++) {
		bool version = at == 8 || at == 9;

		bytes[at] ^= 0x10;
		assert_refused(fixture_file("changed", bytes, len, 0600), passphrase,
			       version ? GW_ERR_UNSUPPORTED : GW_ERR_SYNTAX,
			       version	? "version"
			       : at < 8 ? "not a keystore"
					: "damaged");
		bytes[at] ^= 0x10;
	}
}

TEST(other_peoples_permissions)
{
	static const unsigned modes[] = {0640, 0604, 0620, 0660, 0644, 0666, 0700, 04600};
	uint8_t bytes[KEYSTORE_BYTES_MAX];
	size_t len = fixture_read(make("whole", 1), bytes, sizeof(bytes));
	struct secret_key got[KEYSTORE_KEYS_MAX];
	struct error err;

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		assert_refused(fixture_file("shown", bytes, len, modes[i]), passphrase, GW_ERR_TRUST, "mode");
	assert_int_equal(open_and_decrypt(got, fixture_file("own", bytes, len, 0400), passphrase, &err), GW_OK);
	if (geteuid() != 0)
		return; /* only root can give a file away, and the rule is tested by root's run */
	const char *path = fixture_file("another's", bytes, len, 0600);

	assert_int_equal(chown(path, 12345, 0), 0);
	assert_refused(path, passphrase, GW_ERR_TRUST, "12345");
}

TEST(bounded_cost)
{
	static const struct keystore_cost costs[] = {{0, 8192},
						     {KEYSTORE_OPERATIONS_MAX + 1, 8192},
						     {1, 8191},
						     {1, KEYSTORE_MEMORY_MAX + 1},
						     {1, UINT64_MAX}};
	struct secret_key key = fixture_secret(0);
	struct error err;

	for (size_t i = 0; i < sizeof(costs) / sizeof(costs[0]); i++)
		assert_int_equal(keystore_create(fixture_path("costly"), &key, 1, "x", 1, &costs[i], &err),
				 GW_ERR_RANGE);
}

TEST(never_over_another)
{
	const char *path = make("first", 1);
	struct secret_key key = fixture_secret(1), got[KEYSTORE_KEYS_MAX], first = fixture_secret(0);
	struct error err;

	assert_int_equal(keystore_create(path, &key, 1, "x", 1, &cheap, &err), GW_ERR_DENIED);
	assert_non_null(strstr(err.text, "exists"));
	assert_int_equal(open_and_decrypt(got, path, passphrase, &err), GW_OK);
	assert_memory_equal(got, &first, sizeof(first));
}

TEST(change_passphrase)
{
	const char *path = make("changing", 3);
	struct secret_key got[KEYSTORE_KEYS_MAX], wanted = fixture_secret(2);
	struct error err;

	assert_int_equal(keystore_change_passphrase(path, passphrase, strlen(passphrase), "new", 3, &cheap, &err),
			 GW_OK);
	assert_refused(path, passphrase, GW_ERR_DENIED, "wrong passphrase");
	assert_int_equal(open_and_decrypt(got, path, "new", &err), GW_OK);
	assert_memory_equal(&got[2], &wanted, sizeof(wanted));
}

int main(void)
{
	return test_run(fixture_make_directory, fixture_remove_directory);
}
