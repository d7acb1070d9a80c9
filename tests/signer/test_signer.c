/* SPDX-License-Identifier: MIT
 *
 * The real golos-watch-signer through the host's client: what it signs, what it refuses, where keys may come from.
 */
#include <fcntl.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "program.h"
#include "signature_recover.h"
#include "signer/keystore.h"

static const char passphrase[] = "correct horse";

static void assert_refused(struct signer *signer, const struct transaction *tx, enum refusal refusal)
{
	struct error err = {.text = ""};

	assert_int_equal(program_sign(signer, tx, &err), GW_ERR_DENIED);
	assert_int_equal(signer_last_refusal(signer), refusal);
	assert_true(strlen(err.text) > 10);
}

/* ---- signing ---------------------------------------------------------------------------------------------------- */

TEST(signs)
{
	struct program_setup setup;
	struct transaction tx = program_update();
	struct transaction_bytes bytes;
	struct signed_transaction done;
	struct public_key recovered, wanted = fixture_public(0);
	const struct public_key *keys;
	char id[GW_ID_SIZE];
	struct error err;

	program_setup_init(&setup);
	struct signer *signer = program_start(&setup);

	assert_int_equal(signer_keys(signer, &keys), 1);
	assert_memory_equal(&keys[0], &wanted, sizeof(wanted));
	assert_int_equal(signer_sign(signer, 0, false, &tx, program_first_key, 1, &done, &err), GW_OK);
	assert_int_equal(transaction_serialize(&bytes, &tx), GW_OK);
	assert_int_equal(done.bytes.len, bytes.len);
	assert_memory_equal(done.bytes.bytes, bytes.bytes, bytes.len);
	transaction_id(id, &bytes);
	assert_string_equal(done.id, id);
	assert_int_equal(done.signature_count, 1);
	struct digest digest = program_digest(&done);

	assert_true(signature_is_canonical(&done.signatures[0]));
	assert_int_equal(signature_recover(&recovered, &done.signatures[0], &digest), GW_OK);
	assert_memory_equal(&recovered, &wanted, sizeof(wanted));
	signer_stop(signer);
}

TEST(several_keys)
{
	struct program_setup setup;
	struct transaction tx = program_update();
	struct signed_transaction done;
	const uint32_t chosen[] = {2, 0};
	char source[300];
	struct error err;

	program_setup_init(&setup);
	for (size_t i = 1; i < FIXTURE_KEYS; i++) {
		char name[8];

		snprintf(name, sizeof(name), "key%zu", i);
		snprintf(source, sizeof(source), "file:%s", fixture_file(name, fixture_keys[i].wif, 51, 0600));
		program_setup_key(&setup, i, source);
	}
	struct signer *signer = program_start(&setup);

	assert_int_equal(signer_sign(signer, 0, false, &tx, chosen, 2, &done, &err), GW_OK);
	assert_int_equal(done.signature_count, 2);
	for (size_t i = 0; i < 2; i++) {
		struct public_key recovered, wanted = fixture_public(chosen[i]);
		struct digest digest = program_digest(&done);

		assert_int_equal(signature_recover(&recovered, &done.signatures[i], &digest), GW_OK);
		assert_memory_equal(&recovered, &wanted, sizeof(wanted));
	}
	signer_stop(signer);
}

TEST(policy_over_the_channel)
{
	struct program_setup setup;
	struct public_key own = fixture_public(0), other = fixture_public(1), null_key = {{0}};
	int64_t now = program_now_s();
	struct transaction tx;
	struct signed_transaction done;
	const uint32_t missing[] = {1};
	struct error err;

	program_setup_init(&setup);
	setup.instances[0].grants = SIGN_WITNESS_UPDATE;
	struct signer *signer = program_start(&setup);

	tx = fixture_update("bar", &own, now + 30);
	assert_refused(signer, &tx, REFUSED_WITNESS);
	tx = fixture_update("foo", &other, now + 30);
	assert_refused(signer, &tx, REFUSED_SIGNING_KEY);
	tx = fixture_update("foo", &null_key, now + 30);
	assert_refused(signer, &tx, REFUSED_SIGNING_KEY);
	tx = fixture_update("foo", &own, now + 120);
	assert_refused(signer, &tx, REFUSED_EXPIRATION);
	tx = fixture_update("foo", &own, now - 1);
	assert_refused(signer, &tx, REFUSED_EXPIRED);
	tx = fixture_feed("foo", now + 30);
	assert_refused(signer, &tx, REFUSED_OPERATION);
	tx = program_update();
	tx.operations[0].type = 2; /* transfer */
	assert_refused(signer, &tx, REFUSED_OPERATION);
	tx = program_update();
	tx.operations[0].witness_update.fee.amount = 1;
	assert_refused(signer, &tx, REFUSED_FEE);
	tx = program_update();
	assert_int_equal(signer_sign(signer, 1, false, &tx, program_first_key, 1, &done, &err), GW_ERR_DENIED);
	assert_int_equal(signer_last_refusal(signer), REFUSED_INSTANCE);
	assert_int_equal(signer_sign(signer, 0, false, &tx, missing, 1, &done, &err), GW_ERR_DENIED);
	assert_int_equal(signer_last_refusal(signer), REFUSED_KEYS);
	assert_int_equal(program_sign(signer, &tx, &err), GW_OK); /* and none of it counted */
	signer_stop(signer);
}

TEST(seventh_signature)
{
	struct program_setup setup;
	struct error err;

	program_setup_init(&setup);
	setup.setup.count_file = fixture_path("seven");
	struct signer *first = program_start(&setup);

	for (uint16_t i = 0; i < 6; i++)
		assert_int_equal(program_sign_different(first, i, &err), GW_OK);
	assert_int_equal(program_sign_different(first, 6, &err), GW_ERR_DENIED);
	assert_int_equal(signer_last_refusal(first), REFUSED_BUDGET);
	signer_stop(first);
}

/* A restart gives none back, and keeps one back for the one before it (signer/program/ledger.h). */
TEST(a_restart_renews_nothing)
{
	struct program_setup setup;
	struct error err;

	program_setup_init(&setup);
	setup.setup.count_file = fixture_path("restarted");
	struct signer *signer = program_start(&setup);

	for (uint16_t i = 0; i < 4; i++)
		assert_int_equal(program_sign_different(signer, i, &err), GW_OK);
	signer_stop(signer);
	signer = program_start(&setup);
	assert_int_equal(program_sign_different(signer, 4, &err), GW_OK);
	assert_int_equal(program_sign_different(signer, 5, &err), GW_ERR_DENIED);
	assert_int_equal(signer_last_refusal(signer), REFUSED_BUDGET);
	signer_stop(signer);
	signer = program_start(&setup);
	assert_int_equal(program_sign_different(signer, 6, &err), GW_ERR_DENIED);
	assert_int_equal(signer_last_refusal(signer), REFUSED_BUDGET);
	signer_stop(signer);
}

/* Rules used up the hour: an operator's order has one more, and a bad plugin that calls all its own orders no more. */
TEST(an_order_has_one_more)
{
	struct program_setup setup;
	struct error err;

	program_setup_init(&setup);
	setup.setup.count_file = fixture_path("ordered");
	struct signer *signer = program_start(&setup);

	for (uint16_t i = 0; i < 6; i++)
		assert_int_equal(program_sign_different(signer, i, &err), GW_OK);
	assert_int_equal(program_sign_different(signer, 6, &err), GW_ERR_DENIED);
	assert_int_equal(program_sign_ordered(signer, 7, &err), GW_OK);
	assert_int_equal(program_sign_ordered(signer, 8, &err), GW_ERR_DENIED);
	assert_non_null(strstr(err.text, "signed 7 times for foo within an hour, and may 7"));
	assert_int_equal(program_sign_different(signer, 9, &err), GW_ERR_DENIED);
	signer_stop(signer);
	signer = program_start(&setup);
	assert_int_equal(program_sign_ordered(signer, 10, &err), GW_ERR_DENIED);
	signer_stop(signer);
	setup.setup.count_file = fixture_path("all_ordered");
	signer = program_start(&setup);
	for (uint16_t i = 0; i < 7; i++)
		assert_int_equal(program_sign_ordered(signer, i, &err), GW_OK);
	assert_int_equal(program_sign_ordered(signer, 7, &err), GW_ERR_DENIED);
	signer_stop(signer);
}

TEST(the_same_again_counts_once)
{
	struct program_setup setup;
	struct transaction tx = program_update();
	struct signed_transaction first, again;
	struct error err;

	program_setup_init(&setup);
	setup.instances[0].max_signatures = 1;
	setup.setup.count_file = fixture_path("same");
	struct signer *signer = program_start(&setup);

	assert_int_equal(signer_sign(signer, 0, false, &tx, program_first_key, 1, &first, &err), GW_OK);
	signer_stop(signer);
	signer = program_start(&setup);
	assert_int_equal(signer_sign(signer, 0, false, &tx, program_first_key, 1, &again, &err), GW_OK);
	assert_memory_equal(&first.signatures[0], &again.signatures[0], sizeof(first.signatures[0]));
	assert_int_equal(program_sign_different(signer, 9, &err), GW_ERR_DENIED);
	signer_stop(signer);
}

TEST(count_file_in_use)
{
	struct program_setup setup;

	program_setup_init(&setup);
	setup.setup.count_file = fixture_path("used");
	struct signer *signer = program_start(&setup);

	program_refused(&setup, GW_ERR_BUSY, "another signer");
	signer_stop(signer);
}

/* ---- where keys come from --------------------------------------------------------------------------------------- */

static void file_key(struct program_setup *setup, const char *text, unsigned mode)
{
	char source[300];

	snprintf(source, sizeof(source), "file:%s", fixture_file("key", text, strlen(text), mode));
	program_setup_key(setup, 0, source);
}

TEST(file_permissions)
{
	static const unsigned modes[] = {0444, 0440, 0604, 0640, 0660, 0666, 0500};
	struct program_setup setup;
	char source[300];

	program_setup_init(&setup);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		file_key(&setup, fixture_keys[0].wif, modes[i]);
		program_refused(&setup, GW_ERR_TRUST, "chmod 0400");
	}
	snprintf(source, sizeof(source), "file:%s", fixture_path(""));
	program_setup_key(&setup, 0, source);
	program_refused(&setup, GW_ERR_TRUST, "not a regular file");
	snprintf(source, sizeof(source), "file:%s", fixture_path("nothing"));
	program_setup_key(&setup, 0, source);
	program_refused(&setup, GW_ERR_NOT_FOUND, "nothing: No such file");
}

TEST(bad_keys_are_named_not_shown)
{
	struct program_setup setup;
	char text[256];

	program_setup_init(&setup);
	snprintf(text, sizeof(text), "%.50s\n", fixture_keys[0].wif);
	file_key(&setup, text, 0600);
	program_refused(&setup, GW_ERR_SYNTAX, "line 1");
	snprintf(text, sizeof(text), "\n%s\n%.40sxxxxxxxxxxx\n", fixture_keys[1].wif, fixture_keys[0].wif);
	file_key(&setup, text, 0600);
	program_refused(&setup, GW_ERR_SYNTAX, "line 3");
	file_key(&setup, "", 0600);
	program_refused(&setup, GW_ERR_SYNTAX, "holds no key");
	snprintf(text, sizeof(text), "%s\n%s\n", fixture_keys[0].wif, fixture_keys[0].wif);
	file_key(&setup, text, 0600);
	program_refused(&setup, GW_ERR_RANGE, "twice");
	program_setup_key(&setup, 0, fixture_keys[0].wif); /* a key where its place should stand */
	program_refused(&setup, GW_ERR_CONFIG, "no source of keys");
	program_setup_key(&setup, 0, "env:KEY"); /* the host's first stage moves those into sealed memory */
	program_refused(&setup, GW_ERR_CONFIG, "no source of keys");
}

TEST(credential)
{
	struct program_setup setup;
	char directory[256];
	const char *path = fixture_file("active", fixture_keys[1].wif, 51, 0440);

	program_setup_init(&setup);
	program_setup_key(&setup, 0, "credential:active");
	unsetenv("CREDENTIALS_DIRECTORY");
	program_refused(&setup, GW_ERR_CONFIG, "CREDENTIALS_DIRECTORY");
	snprintf(directory, sizeof(directory), "%.*s", (int)(strrchr(path, '/') - path), path);
	setenv("CREDENTIALS_DIRECTORY", directory, 1);
	struct signer *signer = program_start(&setup);
	const struct public_key *keys;
	struct public_key wanted = fixture_public(1);

	assert_int_equal(signer_keys(signer, &keys), 1);
	assert_memory_equal(&keys[0], &wanted, sizeof(wanted));
	signer_stop(signer);
	fixture_file("active", "\n", 1, 0440); /* what the unit puts there where the file is missing */
	program_setup_key(&setup, 0, "credential:active");
	program_refused(&setup, GW_ERR_SYNTAX,
			"holds no key: the file that systemd's LoadCredential= names is missing");
	program_setup_key(&setup, 0, "credential:../active");
	program_refused(&setup, GW_ERR_CONFIG, "file name");
	unsetenv("CREDENTIALS_DIRECTORY");
}

TEST(keystore)
{
	const struct keystore_cost cheap = {1, 8192};
	const char *path = fixture_path("store");
	struct secret_key secrets[2] = {fixture_secret(1), fixture_secret(2)};
	struct program_setup setup;
	const struct public_key *keys;
	struct public_key wanted = fixture_public(2);
	char source[600];
	struct error err;

	program_setup_init(&setup);
	assert_int_equal(keystore_create(path, secrets, 2, passphrase, strlen(passphrase), &cheap, &err), GW_OK);
	snprintf(source, sizeof(source), "keystore:%s,passphrase=file:%s", path,
		 fixture_file("words", "correct horse\n", 14, 0400));
	program_setup_key(&setup, 0, source);
	struct signer *signer = program_start(&setup);

	assert_int_equal(signer_keys(signer, &keys), 2);
	assert_memory_equal(&keys[1], &wanted, sizeof(wanted));
	signer_stop(signer);
	fixture_file("words", "wrong horse\n", 12, 0400);
	program_refused(&setup, GW_ERR_DENIED, "wrong passphrase");
	fixture_file("words", "correct horse\n", 14, 0444);
	program_refused(&setup, GW_ERR_TRUST, "mode 0444");
}

/* Starts the signer at a terminal of its own, types `typed` when it asks, and returns 0 when it started, 1 when not.
 * Nothing that was typed may be shown. */
static int start_at_a_terminal(const struct program_setup *setup, const char *typed)
{
	char shown[1024] = "";
	size_t len = 0;
	int terminal, status;
	pid_t pid = forkpty(&terminal, NULL, NULL, NULL);

	assert_true(pid >= 0);
	if (pid == 0) {
		struct signer *signer = NULL;
		struct error err;
		gw_status got = signer_start(&signer, &setup->setup, &err);

		signer_stop(signer);
		_exit(got == GW_OK ? 0 : got == GW_ERR_DENIED ? 1 : 2);
	}
	while (!strstr(shown, "tty.store: ")) {
		ssize_t n = read(terminal, shown + len, sizeof(shown) - 1 - len);

		assert_true(n > 0);
		len += (size_t)n;
	}
	assert_int_equal(write(terminal, typed, strlen(typed)), (ssize_t)strlen(typed));
	for (ssize_t n; (n = read(terminal, shown + len, sizeof(shown) - 1 - len)) > 0;)
		len += (size_t)n;
	assert_null(strstr(shown, "horse"));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(terminal);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

TEST(keystore_at_the_terminal)
{
	const struct keystore_cost cheap = {1, 8192};
	const char *path = fixture_path("tty.store");
	struct secret_key secret = fixture_secret(1);
	struct program_setup setup;
	char source[600];
	struct error err;

	program_setup_init(&setup);
	assert_int_equal(keystore_create(path, &secret, 1, passphrase, strlen(passphrase), &cheap, &err), GW_OK);
	snprintf(source, sizeof(source), "keystore:%s", path);
	program_setup_key(&setup, 0, source);
	assert_int_equal(start_at_a_terminal(&setup, "correct horse\n"), 0);
	assert_int_equal(start_at_a_terminal(&setup, "wrong horse\n"), 1);
	assert_int_equal(start_at_a_terminal(&setup, "correct horse\003"), 1); /* Ctrl-C: a refusal like another */
}

/* Under a supervisor: no restart mends it. */
TEST(keystore_without_a_terminal)
{
	struct program_setup setup;
	char source[600];
	int status;

	program_setup_init(&setup);
	snprintf(source, sizeof(source), "keystore:%s", fixture_file("no-tty.store", "x", 1, 0400));
	program_setup_key(&setup, 0, source);
	pid_t pid = fork();
	if (pid == 0) {
		setsid();
		program_refused(&setup, GW_ERR_CONFIG, "there is no terminal");
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static int sealed(const char *text, int seals)
{
	int fd = memfd_create("keys", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	if (seals)
		assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

TEST(inline_keys)
{
	const int all = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
	struct program_setup setup;
	const struct public_key *keys;
	char text[200];

	snprintf(text, sizeof(text), "%s\n%s\n", fixture_keys[1].wif, fixture_keys[2].wif);
	program_setup_init(&setup);
	setup.setup.inline_keys_fd = sealed(text, all);
	struct signer *signer = program_start(&setup);

	assert_int_equal(fcntl(setup.setup.inline_keys_fd, F_GETFD), -1);
	assert_int_equal(signer_keys(signer, &keys), 3);
	signer_stop(signer);
	setup.setup.inline_keys_fd = sealed(text, 0);
	program_refused(&setup, GW_ERR_TRUST, "sealed");
	setup.setup.inline_keys_fd = sealed(text, F_SEAL_GROW | F_SEAL_SHRINK);
	program_refused(&setup, GW_ERR_TRUST, "sealed");
}

TEST(golosd_config)
{
	struct program_setup setup;
	struct public_key wanted = fixture_public(1);
	char text[300];

	program_setup_init(&setup);
	int len = snprintf(text, sizeof(text), "witness = \"foo\"\nprivate-key = %s\n", fixture_keys[1].wif);

	setup.setup.golosd_config = fixture_file("config.ini", text, (size_t)len, 0644);
	struct signer *signer = program_start(&setup);
	const struct golosd_config_facts *facts = signer_golosd_config(signer);

	assert_true(facts->readable);
	assert_int_equal(facts->witness_count, 1);
	assert_string_equal(facts->witnesses[0], "foo");
	assert_int_equal(facts->key_count, 1);
	assert_memory_equal(&facts->keys[0], &wanted, sizeof(wanted));
	signer_stop(signer);
	setup.setup.golosd_config = fixture_path("no.ini");
	signer = program_start(&setup); /* unreadable is for the host to judge */
	assert_false(signer_golosd_config(signer)->readable);
	assert_non_null(strstr(signer_golosd_config(signer)->text, "No such file"));
	signer_stop(signer);
}

TEST(bad_setups)
{
	struct program_setup setup;

	program_setup_init(&setup);
	setup.instances[0].max_signatures = 0;
	program_refused(&setup, GW_ERR_CONFIG, "max_signatures");
	/* refused while more is still being sent: the reason arrives all the same */
	static struct signer_policy_instance many[SIGNER_INSTANCES_MAX];

	for (size_t i = 0; i < SIGNER_INSTANCES_MAX; i++)
		many[i] = setup.instances[0];
	setup.setup.instances = many;
	setup.setup.instance_count = SIGNER_INSTANCES_MAX;
	program_refused(&setup, GW_ERR_CONFIG, "max_signatures");
	program_setup_init(&setup);
	setup.setup.program = "/nonexistent/golos-watch-signer";
	program_refused(&setup, GW_ERR_CONFIG, "No such file");
	program_setup_init(&setup);
	setup.setup.program = "/dev/null";
	program_refused(&setup, GW_ERR_CONFIG, "Permission denied");
}

int main(void)
{
	return test_run(fixture_make_directory, fixture_remove_directory);
}
