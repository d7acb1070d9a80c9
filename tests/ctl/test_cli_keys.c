/* SPDX-License-Identifier: MIT
 * keygen and keystore, the programs themselves. */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "graphene/keys.h"
#include "run.h"

#define WIF	      "5KCMDjt1TSkJjWzMULrx35H4rsGQDCZMTTkiw2vEVYRuNjh8Z6e"
#define PUBLIC	      "GLS8jCSviSzAKMHvtWsThgDcXkWHyFAe33kajzCZdania1t2sPYVx"
#define SECOND	      "5J2StsVeXHyfALyzPSsZWhKXywSwWzi5UEfaG9vP48CB7JxGhut"
#define SECOND_PUBLIC "GLS5nnN5RqFCU8KdsSbQCm5D9eX1Q1tHLBcj9EWALQVDihQzmsUDn"

static char dir[] = "/tmp/golos-watch-keys-XXXXXX";

static const char *path_of(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static char *copy_path(const char *name)
{
	return strdup(path_of(name));
}

static char *source_of(const char *name)
{
	char *source = NULL;

	assert_true(asprintf(&source, "file:%s/%s", dir, name) > 0);
	return source;
}

static int make_dir(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	run_write_file(path_of("passphrase"), "correct horse\n", 0600);
	run_write_file(path_of("other"), "battery staple\n", 0600);
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path);
}

static int remove_dir(void **state)
{
	(void)state;
	return nftw(dir, remove_one, 4, FTW_DEPTH | FTW_PHYS);
}

/* ---- keygen ------------------------------------------------------------------------------------------------------ */

TEST(keygen_makes_a_pair)
{
	char wif[2][64], public[2][GW_KEY_SIZE];
	struct error err;

	for (int i = 0; i < 2; i++) {
		const struct run *made = run("keygen", "--json");
		struct json *json = run_json(made);
		struct secret_key secret;
		struct public_key key;
		char text[GW_KEY_SIZE];

		assert_status(made, 0);
		assert_int_equal(json_get_text(json, "wif", wif[i], sizeof(wif[i]), &err), GW_OK);
		assert_int_equal(json_get_text(json, "public", public[i], sizeof(public[i]), &err), GW_OK);
		assert_int_equal(wif_decode(&secret, wif[i], strlen(wif[i]), &err), GW_OK);
		assert_int_equal(secret_key_public(&key, &secret), GW_OK);
		public_key_format(text, &key);
		assert_string_equal(text, public[i]);
		json_free(json);
	}
	assert_string_not_equal(wif[0], wif[1]);
	const struct run *plain = run("keygen");
	assert_status(plain, 0);
	assert_holds(plain->out, "private  5");
	assert_holds(plain->out, "public   GLS");
}

/* Made by another implementation: Python's hashlib and curve arithmetic written out. */
TEST(keygen_derives_from_a_password)
{
	static const struct {
		const char *account, *role, *password, *wif, *public;
	} known[] = {
		{"foo", "active", "P5KCMDjt1TSkJjWzMULrx35H4rsGQ",
		 "5JwR4yQx9hDpWmdZ77SrbdPWR7o1ukxMsPopGWsQJU17jv2g5gu",
		 "GLS6nWnKr5igyFkJcmBptnVaVsbfEoSBsUWjPBNGJFxcM6aATdpba"},
		{"foo", "posting", "P5KCMDjt1TSkJjWzMULrx35H4rsGQ\n",
		 "5JKgLVi1kS41Ba6ZcV2gxu3AXjHM2zGiACxDcuH2w9PpPA2K8yR",
		 "GLS7aYteqEVetFhwcB7DRGmZqNc2g59AfJk3VTKxq6ka3hp69eZoo"},
		{"a.b-c1", "owner", "пароль с пробелом", "5KQMAKSmTjKNQkxiQFJgZ1B2NG1yDyn7hyREfbpt2XJbdwsVwv7",
		 "GLS7AzPnVx4wqkkFPipinbgcJvjN6GkXaxbKxHAps2QnmvMpyNyad"},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		const struct run *made =
			run_input(known[i].password, "keygen", "--password", known[i].account, known[i].role);
		char wanted[256];

		snprintf(wanted, sizeof(wanted), "private  %s\npublic   %s\n", known[i].wif, known[i].public);
		assert_status(made, 0);
		assert_string_equal(made->out, wanted);
	}
}

TEST(keygen_refuses)
{
	assert_string_equal(run_input("one two", "keygen", "--password", "foo", "active")->err, "");
	assert_holds(run_input("one  two", "keygen", "--password", "foo", "active")->err,
		     "blanks at its ends or two in a");
	assert_holds(run_input(" one", "keygen", "--password", "foo", "active")->err, "compare the public key");
	assert_status(run_input("x", "keygen", "--password", "foo", "signing"), 64);
	assert_status(run_input("x", "keygen", "--password", "Foo", "active"), 64);
	assert_status(run_input("x", "keygen", "--password", "foo"), 64);
	assert_status(run_input("", "keygen", "--password", "foo", "active"), 64);
	assert_status(run("keygen", "foo", "active"), 64);
}

TEST(keygen_into_a_keystore)
{
	char *path = copy_path("made"), *passphrase = source_of("passphrase");
	const struct run *made = run("keygen", "--keystore", path, "--small", "--passphrase", passphrase, "--json");
	struct json *json = run_json(made);
	char public[GW_KEY_SIZE];
	struct error err;
	struct stat st;

	assert_status(made, 0);
	assert_lacks(made->out, "wif");
	assert_int_equal(json_get_text(json, "public", public, sizeof(public), &err), GW_OK);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	const struct run *shown = run("keystore", "show", path);
	assert_status(shown, 0);
	assert_int_equal(strncmp(shown->out, public, strlen(public)), 0);
	assert_status(run("keystore", "make", path, "--small", "--passphrase", passphrase), 79); /* it exists */
	json_free(json);
	free(path);
	free(passphrase);
}

/* A key of a cluster is 64 hex digits and nothing else, so that the output is the file. */
TEST(keygen_makes_a_cluster_key)
{
	const struct run *made = run("keygen", "--cluster");
	char first[80] = "";

	assert_status(made, 0);
	assert_int_equal(strlen(made->out), 65);
	assert_int_equal(strspn(made->out, "0123456789abcdef"), 64);
	memcpy(first, made->out, 64);
	made = run("keygen", "--cluster", "--json");
	assert_status(made, 0);
	assert_holds(made->out, "{\"cluster_key\":\"");
	assert_lacks(made->out, first);
	assert_status(run("keygen", "--cluster", "--keystore", "/tmp/never"), 64);
	assert_status(run("keygen", "--cluster", "foo", "active"), 64);
}

/* ---- keystore ---------------------------------------------------------------------------------------------------- */

TEST(import_and_passwd)
{
	char *path = copy_path("imported"), *old = source_of("passphrase"), *new = source_of("other");
	const struct run *done =
		run_input(WIF "\n\n" SECOND " \r\n", "keystore", "import", path, "--small", "--passphrase", old);

	assert_status(done, 0);
	assert_string_equal(done->out, PUBLIC "\n" SECOND_PUBLIC "\n");
	done = run("keystore", "show", path, "--json");
	assert_holds(done->out, "\"public\":[\"" PUBLIC "\",\"" SECOND_PUBLIC "\"]");
	assert_status(run("keystore", "passwd", path, "--small", "--passphrase", old, "--new-passphrase", new), 0);
	done = run("keystore", "passwd", path, "--small", "--passphrase", old, "--new-passphrase", new);
	assert_status(done, 79);
	assert_holds(done->err, "wrong passphrase");
	assert_status(run("keystore", "passwd", path, "--small", "--passphrase", new, "--new-passphrase", old), 0);
	free(path);
	free(old);
	free(new);
}

/* No text of a key or a passphrase comes back, whatever is wrong with it. */
TEST(import_refuses_bad_keys)
{
	static const char *const bad[] = {"5KCMDjt1TSkJjWzMULrx35H4rsGQDCZMTTkiw2vEVYRuNjh8Z6f",
					  "5KCMDjt1TSkJjWzMULrx35H4rsGQDCZMTTkiw2vEVYRuNjh8Z6",
					  "OKCMDjt1TSkJjWzMULrx35H4rsGQDCZMTTkiw2vEVYRuNjh8Z6e", "\n\n"};
	char *path = copy_path("never"), *passphrase = source_of("passphrase");

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const struct run *refused =
			run_input(bad[i], "keystore", "import", path, "--small", "--passphrase", passphrase);

		assert_status(refused, 79);
		assert_lacks(refused->err, "KCMDjt1T");
		assert_int_not_equal(access(path, F_OK), 0);
	}
	free(path);
	free(passphrase);
}

TEST(keystore_refuses_files)
{
	char *path = copy_path("file"), *passphrase = source_of("passphrase"), *open = source_of("open");

	run_write_file(path_of("file"), "no keystore at all", 0600);
	assert_status(run("keystore", "show", path), 79);
	assert_status(run("keystore", "passwd", path, "--passphrase", passphrase, "--new-passphrase", passphrase), 79);
	assert_int_equal(chmod(path, 0644), 0);
	assert_status(run("keystore", "show", path), 80);
	run_write_file(path_of("open"), "readable by all\n", 0644);
	assert_status(run_input(WIF, "keystore", "import", path_of("new"), "--passphrase", open), 80);
	assert_status(run("keystore", "show", "/nonexistent/file"), 79);
	assert_status(run("keystore", "burn", path), 64);
	assert_status(run("keystore", "show"), 64);
	free(path);
	free(passphrase);
	free(open);
}

/* ---- a person at a terminal -------------------------------------------------------------------------------------- */

TEST(passphrase_is_typed_unseen)
{
	char *path = copy_path("typed");
	const struct run_answer answers[] = {
		{"new keystore: ", "open sesame\n"}, {"again: ", "open sesame\n"}, {NULL, NULL}};
	const struct run_answer differ[] = {
		{"new keystore: ", "open sesame\n"}, {"again: ", "open sesamy\n"}, {NULL, NULL}};
	const char *const words[] = {"keygen", "--small", "--keystore", path, NULL};

	const struct run *typed = run_at_terminal(differ, words);
	assert_status(typed, 79);
	assert_lacks(typed->out, "sesam");
	assert_int_not_equal(access(path, F_OK), 0);
	typed = run_at_terminal(answers, words);
	assert_status(typed, 0);
	assert_lacks(typed->out, "sesam");
	assert_int_equal(access(path, F_OK), 0);
	free(path);
}

TEST(password_is_typed_unseen)
{
	const struct run_answer answers[] = {{"Password: ", "P5KCMDjt1TSkJjWzMULrx35H4rsGQ\n"}, {NULL, NULL}};
	const char *const words[] = {"keygen", "--password", "foo", "active", NULL};
	const struct run *typed = run_at_terminal(answers, words);

	assert_status(typed, 0);
	assert_lacks(typed->out, "P5KCMDjt");
	assert_holds(typed->out, "GLS6nWnKr5igyFkJcmBptnVaVsbfEoSBsUWjPBNGJFxcM6aATdpba");
}

int main(void)
{
	return test_run(make_dir, remove_dir);
}
