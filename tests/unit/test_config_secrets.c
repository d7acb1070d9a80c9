/* SPDX-License-Identifier: MIT
 *
 * The first stage, with this program as the host: it starts itself, moves the keys, executes itself anew, and the
 * second stage looks for any key in its own memory and environment. The keys are made at run time: were one written
 * here, it would be found in the program's text.
 */
#include "test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config/config.h"

#define PUBKEY	   "GLS8jCSviSzAKMHvtWsThgDcXkWHyFAe33kajzCZdania1t2sPYVx"
#define BASE58	   "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
#define WIF_LENGTH (WIF_SIZE - 1)

/* The n-th test key: 32 bytes of n. */
static void make_wif(char ret[WIF_SIZE], uint8_t n)
{
	struct secret_key key;

	memset(key.bytes, n, sizeof(key.bytes));
	wif_encode(ret, &key);
}

static void write_file(const char *path, mode_t mode, const char *text)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

/* ---- the second stage -------------------------------------------------------------------------------------------- */

#define NEED(condition)                                                                                                \
	do {                                                                                                           \
		if (!(condition)) {                                                                                    \
			fprintf(stderr, "second stage: %s:%d: %s\n", __FILE__, __LINE__, #condition);                  \
			exit(1);                                                                                       \
		}                                                                                                      \
	} while (0)

static bool holds_a_key(const char *bytes, size_t len)
{
	for (size_t i = 0; i + WIF_LENGTH <= len; i++) {
		struct secret_key key;

		if (bytes[i] == '5' && memchr(BASE58, bytes[i + 1], sizeof(BASE58) - 1) &&
		    wif_decode(&key, bytes + i, WIF_LENGTH, NULL) == GW_OK)
			return true;
	}
	return false;
}

/* Every readable mapping up to a size that no sanitizer's shadow has; pieces overlap by a key's length. */
static bool memory_holds_a_key(void)
{
	static char piece[65536];
	FILE *maps = fopen("/proc/self/maps", "r");
	int memory = open("/proc/self/mem", O_RDONLY);
	unsigned long from, to;
	char mode[8], line[512];
	bool found = false;

	NEED(maps && memory >= 0);
	while (!found && fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%lx %4s", &from, &to, mode) != 3 || mode[0] != 'r' || to - from > 64ul << 20)
			continue;
		for (unsigned long at = from; !found && at < to; at += sizeof(piece) - WIF_LENGTH) {
			size_t want = to - at < sizeof(piece) ? to - at : sizeof(piece);
			ssize_t got = pread(memory, piece, want, (off_t)at);

			found = got > 0 && holds_a_key(piece, (size_t)got);
		}
	}
	memset(piece, 0, sizeof(piece));
	fclose(maps);
	close(memory);
	return found;
}

static bool environment_holds_a_key(void)
{
	static char text[65536];
	int fd = open("/proc/self/environ", O_RDONLY);
	ssize_t got = read(fd, text, sizeof(text));

	close(fd);
	NEED(got >= 0);
	return holds_a_key(text, (size_t)got);
}

/* As main.c does it, then what it must and must not find. argv[2]: path or "-"; argv[3]: how many keys. */
static int second_stage(char **argv)
{
	const char *path = strcmp(argv[2], "-") != 0 ? argv[2] : NULL;
	size_t keys = (size_t)atoi(argv[3]);
	struct config_secrets secrets = {0};
	struct config *config;
	struct error err;
	char lines[CONFIG_KEYS_MAX * WIF_SIZE], name[16] = "";

	NEED(config_secrets_resume(&secrets, &err) == GW_OK);
	NEED(secrets.resumed);
	NEED(!getenv("GOLOS_WATCH_KEYS_FD") && !getenv("GOLOS_WATCH_CONFIG_FD"));
	NEED(fcntl(secrets.keys_fd, F_GETFD) == FD_CLOEXEC);
	NEED(prctl(PR_GET_NAME, name) == 0 && strcmp(name, "test_config_sec") == 0); /* 15 characters of it */
	gw_status status = secrets.config_fd >= 0 ? config_load_fd(&config, secrets.config_fd, path, &err)
						  : config_load(&config, path, &err);
	if (status != GW_OK)
		fprintf(stderr, "%s\n", err.text);
	NEED(status == GW_OK);
	NEED(config->signer.has_inline && config->signer.key_count == 0);
	NEED(!memory_holds_a_key());
	NEED(!environment_holds_a_key());

	NEED(write(secrets.keys_fd, "x", 1) < 0); /* sealed */
	NEED(pread(secrets.keys_fd, lines, sizeof(lines), 0) == (ssize_t)(keys * WIF_SIZE));
	for (size_t i = 0; i < keys; i++) {
		struct secret_key key;

		NEED(lines[i * WIF_SIZE + WIF_LENGTH] == '\n');
		NEED(wif_decode(&key, lines + i * WIF_SIZE, WIF_LENGTH, &err) == GW_OK);
		NEED(key.bytes[0] == i + 1 && key.bytes[31] == i + 1);
	}
	config_free(config);
	config_secrets_done(&secrets);
	return 0;
}

/* ---- the first stage --------------------------------------------------------------------------------------------- */

/* In a child: takes the keys and goes on as second_stage. */
static void expect_moved(const char *path, size_t keys)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		char *argv[] = {"test_config_secrets", "--second-stage", strdup(path ? path : "-"),
				keys == 1 ? "1" : "2", NULL};
		struct config_secrets secrets = {0};
		struct error err;

		if (config_take_secrets(&secrets, path, &err) != GW_OK || config_reexec(&secrets, argv, &err) != GW_OK)
			fprintf(stderr, "first stage: %s\n", err.text);
		_exit(2);
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static int clear_variables(void **state)
{
	static const char *const names[] = {"NODE", "WITNESS", "KEY", "WITNESS_PUBKEY", "SECOND_KEY"};

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++)
		unsetenv(names[i]);
	return 0;
}

TEST(a_key_in_the_environment, clear_variables, clear_variables)
{
	char wif[WIF_SIZE];

	make_wif(wif, 1);
	assert_true(memory_holds_a_key()); /* the search finds one where there is one */
	setenv("NODE", "ws://golos:8091", 1);
	setenv("WITNESS", "foo", 1);
	setenv("WITNESS_PUBKEY", PUBKEY, 1);
	setenv("KEY", wif, 1);
	expect_moved(NULL, 1);
	setenv("SECOND_KEY", wif, 1); /* nobody asked for it; it goes all the same */
	expect_moved(NULL, 1);
}

TEST(keys_in_an_older_file)
{
	static const char path[] = TEST_BINARY_DIR "/older_secrets.yml";
	char first[WIF_SIZE], second[WIF_SIZE], third[WIF_SIZE], text[600];
	struct config_secrets secrets = {0};
	struct error err;

	make_wif(first, 1);
	make_wif(second, 2);
	make_wif(third, 3);
	snprintf(text, sizeof(text),
		 "node: ws://a:1\nwitness: foo\nwitness_pubkey: " PUBKEY
		 "\n# the old one: %s\nkeys:\n  - %s\n  - '%s'\n",
		 third, first, second);
	write_file(path, 0600, text);
	expect_moved(path, 2);

	write_file(path, 0640, text);
	assert_int_equal(config_take_secrets(&secrets, path, &err), GW_ERR_TRUST);
	assert_string_equal(err.text,
			    TEST_BINARY_DIR "/older_secrets.yml: holds keys and others can read it: chmod 600 "
					    "" TEST_BINARY_DIR "/older_secrets.yml");
	/* who can write it can have anything signed, whoever holds the key */
	write_file(path, 0666, "node: ws://a:1\nplugins: [{name: x}]\n");
	assert_int_equal(config_take_secrets(&secrets, path, &err), GW_ERR_TRUST);
	assert_string_equal(err.text, TEST_BINARY_DIR
			    "/older_secrets.yml: every user can write it, and it says what is signed: chmod o-w "
			    "" TEST_BINARY_DIR "/older_secrets.yml");
	remove(path);
}

TEST(keys_by_the_name_of_a_variable, clear_variables, clear_variables)
{
	static const char path[] = TEST_BINARY_DIR "/env_secrets.yml";
	char wif[WIF_SIZE];

	make_wif(wif, 1);
	setenv("KEY", wif, 1);
	make_wif(wif, 2);
	setenv("SECOND_KEY", wif, 1);
	write_file(path, 0644, /* no key in it: others may read it */
		   "node: ws://a:1\nsigner: {keys: [env:KEY, env:SECOND_KEY]}\n"
		   "plugins: [{name: a, witness: foo, sign: feed_publish, feed_min: 0.001, feed_max: 1}]\n");
	expect_moved(path, 2);
	remove(path);
}

TEST(nothing_to_move)
{
	static const char path[] = TEST_BINARY_DIR "/no_secrets.yml";
	struct config_secrets secrets = {0};
	struct error err;

	write_file(path, 0644, "node: ws://a:1\nsigner: {keys: file:/k}\nplugins: [{name: a}]\n");
	assert_int_equal(config_take_secrets(&secrets, path, &err), GW_OK);
	assert_int_equal(secrets.keys_fd, -1);
	assert_int_equal(secrets.config_fd, -1);
	assert_null(secrets.envp);
	config_secrets_done(&secrets);
	assert_int_equal(config_secrets_resume(&secrets, &err), GW_OK);
	assert_false(secrets.resumed);
	remove(path);
}

/* What root runs, root alone may name. */
TEST(a_configuration_of_somebody_else)
{
	static const char path[] = TEST_BINARY_DIR "/others.yml";
	static const struct {
		const char *text;
		bool names;
	} forms[] = {
		{"node: ws://a:1\nwitness: foo\nkeys: file:/k\nmiss_window: 60\nlog_level: debug\n", false},
		{"node: ws://a:1\nwitness: foo\nkeys: file:/k\nnotice_command: /n\n", true},
		{"node: ws://a:1\nwitness: foo\nkeys: file:/k\nstate_dir: /s\n", true},
		{"node: ws://a:1\nwitness: foo\nkeys: file:/k\nuser: root\n", true},
		{"node: ws://a:1\nwitness: foo\nsigner: {program: /p, keys: file:/k}\n", true},
		{"node: ws://a:1\nwitness: foo\nkeys: file:/k\ngolosd_config: /etc/shadow\n", true},
		{"node: ws://a:1\nplugins: [{name: a}]\n", true},
	};
	struct config_secrets secrets = {0};
	struct error err;

	if (geteuid() != 0)
		skip();
	for (size_t i = 0; i < COUNT(forms); i++) {
		write_file(path, 0644, forms[i].text);
		assert_int_equal(config_take_secrets(&secrets, path, &err), GW_OK);
		assert_int_equal(chown(path, 1, 1), 0);
		assert_int_equal(config_take_secrets(&secrets, path, &err), forms[i].names ? GW_ERR_TRUST : GW_OK);
		if (forms[i].names)
			assert_string_equal(err.text, TEST_BINARY_DIR
					    "/others.yml: belongs to user 1, and it names what root runs: chown root "
					    "" TEST_BINARY_DIR "/others.yml");
		assert_int_equal(chown(path, 0, 1), 0);
		assert_int_equal(chmod(path, 0664), 0);
		assert_int_equal(config_take_secrets(&secrets, path, &err), GW_ERR_TRUST);
		assert_string_equal(err.text,
				    TEST_BINARY_DIR "/others.yml: its group can write it, and it says what is "
						    "signed: chmod g-w " TEST_BINARY_DIR "/others.yml");
		remove(path);
	}
}

TEST(bad_keys_are_named_and_not_repeated, clear_variables, clear_variables)
{
	static const char path[] = TEST_BINARY_DIR "/bad_secrets.yml";
	char wif[WIF_SIZE], text[300];
	struct config_secrets secrets = {0};
	struct error err;

	write_file(path, 0600, "node: ws://a:1\nsigner:\n  keys: env:SECOND_KEY\nplugins: [{name: a}]\n");
	assert_int_equal(config_take_secrets(&secrets, path, &err), GW_ERR_CONFIG);
	assert_string_equal(err.text, TEST_BINARY_DIR "/bad_secrets.yml:3: 'keys': variable SECOND_KEY is not set");

	make_wif(wif, 1);
	wif[20] = wif[20] == 'a' ? 'b' : 'a';
	snprintf(text, sizeof(text), "node: ws://a:1\nwitness: foo\nkeys: %s\n", wif);
	write_file(path, 0600, text);
	assert_int_equal(config_take_secrets(&secrets, path, &err), GW_ERR_SYNTAX);
	assert_memory_equal(err.text, TEST_BINARY_DIR "/bad_secrets.yml:3: 'keys': ",
			    strlen(TEST_BINARY_DIR "/bad_secrets.yml:3: 'keys': "));
	assert_null(strstr(err.text, wif));

	setenv("WITNESS", "foo", 1);
	setenv("WITNESS_PUBKEY", PUBKEY, 1);
	setenv("KEY", wif, 1);
	assert_int_equal(config_take_secrets(&secrets, NULL, &err), GW_ERR_SYNTAX);
	assert_memory_equal(err.text, "environment: $KEY: ", strlen("environment: $KEY: "));
	assert_null(strstr(err.text, wif));

	clear_variables(NULL);
	make_wif(wif, 1);
	snprintf(text, sizeof(text), "node: ws://a:1\nplugins: [{name: a}]\n%s: file:/k\n", wif); /* as a key of YAML */
	write_file(path, 0600, text);
	struct config *config;
	assert_int_equal(config_load(&config, path, &err), GW_ERR_CONFIG);
	assert_null(strstr(err.text, wif));
	assert_non_null(strstr(err.text, "bad_secrets.yml:3: 'xxxxx"));
	remove(path);
}

/* The command line reads no key that it does not need, and hides it all the same. */
TEST(keys_that_nobody_wants, clear_variables, clear_variables)
{
	static const char path[] = TEST_BINARY_DIR "/unwanted.yml";
	struct config_secrets secrets = {.wanted = CONFIG_KEYS_FOUND};
	struct config *config;
	char wif[WIF_SIZE], text[300];
	struct error err;

	write_file(path, 0600,
		   "node: ws://a:1\nsigner: {keys: env:SECOND_KEY}\n"
		   "plugins: [{name: a, witness: foo, sign: feed_publish, feed_min: 0.001, feed_max: 1}]\n");
	assert_int_equal(config_take_secrets(&secrets, path, &err), GW_OK);
	assert_int_equal(secrets.keys_fd, -1);
	config_secrets_done(&secrets);
	assert_int_equal(config_load(&config, path, &err), GW_OK);
	assert_string_equal(config->signer.unset_key, "env:SECOND_KEY");
	config_free(config);

	setenv("SECOND_KEY", "no key", 1);
	secrets.wanted = CONFIG_KEYS_FOUND;
	assert_int_equal(config_take_secrets(&secrets, path, &err), GW_ERR_SYNTAX);
	secrets.wanted = CONFIG_KEYS_NONE;
	assert_int_equal(config_take_secrets(&secrets, path, &err), GW_OK);
	assert_int_equal(secrets.keys_fd, -1);
	assert_non_null(secrets.envp); /* "moved" */
	config_secrets_done(&secrets);
	assert_int_equal(config_load(&config, path, &err), GW_OK);
	assert_null(config->signer.unset_key);
	config_free(config);

	make_wif(wif, 1);
	snprintf(text, sizeof(text), "node: ws://a:1\nwitness: foo\nwitness_pubkey: " PUBKEY "\nkeys: %s\n", wif);
	write_file(path, 0600, text);
	secrets.wanted = CONFIG_KEYS_NONE;
	assert_int_equal(config_take_secrets(&secrets, path, &err), GW_OK);
	assert_int_equal(secrets.keys_fd, -1);
	assert_true(secrets.config_fd >= 0 && secrets.envp);
	ssize_t len = pread(secrets.config_fd, text, sizeof(text) - 1, 0);
	assert_true(len > 0);
	text[len] = '\0';
	assert_null(strstr(text, wif));
	assert_int_equal(config_load_fd(&config, secrets.config_fd, path, &err), GW_OK);
	config_free(config);
	config_secrets_done(&secrets);
	remove(path);
}

/* A key that stands in the environment though the file names another place: it goes, and that is all. */
TEST(a_key_that_nobody_asked_for, clear_variables, clear_variables)
{
	static const char path[] = TEST_BINARY_DIR "/unasked.yml";
	struct config_secrets secrets = {0};
	char wif[WIF_SIZE];
	struct error err;

	make_wif(wif, 1);
	setenv("KEY", wif, 1);
	setenv("SECOND_KEY", wif, 1);
	write_file(path, 0644, "node: ws://a:1\nsigner: {keys: file:/k}\nplugins: [{name: a}]\n");
	assert_int_equal(config_take_secrets(&secrets, path, &err), GW_OK);
	assert_int_equal(secrets.keys_fd, -1);
	assert_non_null(secrets.envp);
	bool moved = false;
	for (size_t i = 0; secrets.envp[i]; i++) {
		assert_null(strstr(secrets.envp[i], wif));
		moved = moved || strcmp(secrets.envp[i], "KEY=moved") == 0;
	}
	assert_true(moved);
	config_secrets_done(&secrets);
	setenv("KEY", "moved", 1); /* as the second stage finds it: there is no third */
	unsetenv("SECOND_KEY");
	assert_int_equal(config_take_secrets(&secrets, path, &err), GW_OK);
	assert_null(secrets.envp);
	remove(path);
}

/* Only what golos-watchd sealed itself comes in by number. */
TEST(a_descriptor_of_somebody_else)
{
	static const char *const numbers[] = {"0", "", "x", "-1", "9999", "99999999999999999999"};
	struct config_secrets secrets = {0};
	struct error err;
	char text[16];
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	for (size_t i = 0; i < COUNT(numbers); i++) {
		setenv("GOLOS_WATCH_KEYS_FD", numbers[i], 1);
		assert_int_equal(config_secrets_resume(&secrets, &err), GW_ERR_TRUST);
	}
	snprintf(text, sizeof(text), "%d", fd);
	setenv("GOLOS_WATCH_KEYS_FD", text, 1);
	assert_int_equal(config_secrets_resume(&secrets, &err), GW_ERR_TRUST);
	assert_string_equal(err.text, "$GOLOS_WATCH_KEYS_FD: not a descriptor that golos-watchd handed to itself");
	unsetenv("GOLOS_WATCH_KEYS_FD");
	close(fd);
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "--second-stage"))
		return second_stage(argv);
	return test_run(NULL, NULL);
}
