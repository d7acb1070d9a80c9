/* SPDX-License-Identifier: MIT
 *
 * The cluster's key: where it is read from, what is refused, and that nothing of it stays in the environment or in an error.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cluster/keys.h"
#include "test.h"

#define ONE "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"
#define TWO "0000000000000000000000000000000000000000000000000000000000000001"

static const uint8_t chain[32] = {1}, other_chain[32] = {2};
static char dir[64];

static int make_dir(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/golos-watch-cluster-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/key", dir);
	unlink(path);
	return rmdir(dir);
}

static const char *write_key(mode_t mode, const char *text)
{
	static char source[128];

	snprintf(source, sizeof(source), "file:%s/key", dir);
	int fd = open(source + strlen("file:"), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
	return source;
}

static struct cluster_keys *read_good(const char *first, const char *second, const uint8_t *chain_id)
{
	const char *const sources[] = {first, second};
	struct cluster_keys *keys = NULL;
	struct error err = {0};

	if (cluster_keys_read(&keys, sources, second ? 2 : 1, chain_id, &err))
		fail_msg("%s", err.text);
	return keys;
}

static void refused(const char *first, const char *second, gw_status status, const char *part)
{
	const char *const sources[] = {first, second};
	struct cluster_keys *keys = NULL;
	struct error err = {0};

	assert_int_equal(cluster_keys_read(&keys, sources, second ? 2 : 1, chain, &err), status);
	if (!strstr(err.text, part))
		fail_msg("\"%s\" has no \"%s\"", err.text, part);
	assert_null(strstr(err.text, "8899"));
	assert_null(keys);
}

TEST(a_file_of_ours, make_dir, remove_dir)
{
	struct cluster_keys *keys = read_good(write_key(0400, ONE "\n"), NULL, chain);
	struct cluster_keys *elsewhere = read_good(write_key(0600, ONE), NULL, other_chain);
	uint8_t secret[CLUSTER_KEY_BYTES], link[CLUSTER_KEY_BYTES];

	for (size_t i = 0; i < sizeof(secret); i++)
		secret[i] = (uint8_t)((i % 16) * 0x11);
	link_key_derive(link, secret, chain);
	assert_int_equal(keys->count, 1);
	assert_memory_equal(keys->links[0], link, sizeof(link));
	assert_memory_not_equal(elsewhere->links[0], link, sizeof(link));
	cluster_keys_free(keys);
	cluster_keys_free(elsewhere);
}

TEST(a_file_that_others_can_read, make_dir, remove_dir)
{
	refused(write_key(0440, ONE), NULL, GW_ERR_TRUST, "chmod 0400");
	refused(write_key(0604, ONE), NULL, GW_ERR_TRUST, "chmod 0400");
	if (geteuid() == 0) {
		char path[128];
		const char *source = write_key(0400, ONE);

		snprintf(path, sizeof(path), "%s/key", dir);
		assert_int_equal(chown(path, 12345, 0), 0);
		refused(source, NULL, GW_ERR_TRUST, "belongs to user 12345");
	}
}

TEST(what_is_no_key, make_dir, remove_dir)
{
	refused(write_key(0400, ""), NULL, GW_ERR_SYNTAX, "64 hex digits");
	refused(write_key(0400, ONE "0"), NULL, GW_ERR_SYNTAX, "64 hex digits");
	refused(write_key(0400, "x" ONE), NULL, GW_ERR_SYNTAX, "64 hex digits");
	refused(write_key(0400, ONE "\n" TWO "\n"), NULL, GW_ERR_SYNTAX, "64 hex digits");
	refused(write_key(0400, "0000000000000000000000000000000000000000000000000000000000000000"), NULL,
		GW_ERR_SYNTAX, "no key");
	refused("file:/nowhere/key", NULL, GW_ERR_NOT_FOUND, "/nowhere/key");
}

TEST(the_environment_is_wiped, make_dir, remove_dir)
{
	assert_int_equal(setenv("TEST_CLUSTER_KEY", ONE, 1), 0);
	char *value = getenv("TEST_CLUSTER_KEY"); /* where the process shows it */
	struct cluster_keys *keys = read_good("env:TEST_CLUSTER_KEY", write_key(0400, TWO), chain);

	assert_int_equal(keys->count, 2);
	cluster_keys_free(keys);
	assert_null(getenv("TEST_CLUSTER_KEY"));
	for (size_t i = 0; i < strlen(ONE); i++)
		assert_int_equal(value[i], 0);
	refused("env:TEST_CLUSTER_KEY", NULL, GW_ERR_CONFIG, "not set");
	/* and where it is refused, or not wanted */
	setenv("TEST_CLUSTER_KEY", ONE "8899", 1);
	refused("env:TEST_CLUSTER_KEY", NULL, GW_ERR_SYNTAX, "64 hex digits");
	assert_null(getenv("TEST_CLUSTER_KEY"));
	setenv("TEST_CLUSTER_KEY", ONE, 1);
	const char *const sources[] = {"file:/nowhere", "env:TEST_CLUSTER_KEY"};
	cluster_keys_hide(sources, 2);
	assert_null(getenv("TEST_CLUSTER_KEY"));
}

TEST(a_credential, make_dir, remove_dir)
{
	unsetenv("CREDENTIALS_DIRECTORY");
	refused("credential:key", NULL, GW_ERR_CONFIG, "$CREDENTIALS_DIRECTORY");
	setenv("CREDENTIALS_DIRECTORY", dir, 1);
	write_key(0440, ONE);
	cluster_keys_free(read_good("credential:key", NULL, chain));
	write_key(0444, ONE);
	refused("credential:key", NULL, GW_ERR_TRUST, "chmod");
	unsetenv("CREDENTIALS_DIRECTORY");
}

TEST(the_same_key_twice, make_dir, remove_dir)
{
	setenv("TEST_CLUSTER_KEY", ONE, 1);
	refused("env:TEST_CLUSTER_KEY", write_key(0400, ONE), GW_ERR_RANGE, "twice");
}

TEST(sources)
{
	static const char *const good[] = {"file:/a", "credential:cluster", "env:A"}, *const bad[] = {ONE,
												      "file:a",
												      "file:",
												      "credential:",
												      "credential:a/b",
												      "credential:..",
												      "env:",
												      ("env:A=" ONE),
												      "keystore:/a",
												      ""};
	struct error err;

	for (size_t i = 0; i < COUNT(good); i++)
		assert_int_equal(cluster_source_check(good[i], &err), GW_OK);
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(cluster_source_check(bad[i], &err), GW_ERR_SYNTAX);
		assert_null(strstr(err.text, "8899"));
	}
}

TEST(made_keys_are_keys, make_dir, remove_dir)
{
	char one[CLUSTER_KEY_TEXT_SIZE], two[CLUSTER_KEY_TEXT_SIZE];
	struct error err;

	assert_int_equal(cluster_key_make(one, &err), GW_OK);
	assert_int_equal(cluster_key_make(two, &err), GW_OK);
	assert_string_not_equal(one, two);
	cluster_keys_free(read_good(write_key(0400, one), NULL, chain));
}

TEST(addresses)
{
	static const struct {
		const char *text, *host;
		uint16_t port;
	} good[] = {{"10.8.0.1:4700", "10.8.0.1", 4700},
		    {"[2001:db8::2]:1", "2001:db8::2", 1},
		    {"[fe80::1%eth0]:65535", "fe80::1%eth0", 65535},
		    {"eye.example.org:4700", "eye.example.org", 4700}};
	static const char *const bad[] = {"",	  "a",	    "a:",    ":1",     "a:0",	   "a:65536",
					  "a:1x", "a:-1",   "[::1]", "[::1]1", "::1:4700", "a b:1",
					  "[]:1", "[::1:1", "[x]:1", "a/b:1",  "[::1]:1:2"};
	struct cluster_address address;
	struct error err;

	for (size_t i = 0; i < COUNT(good); i++) {
		assert_int_equal(cluster_address_parse(&address, good[i].text, 1, &err), GW_OK);
		assert_string_equal(address.host, good[i].host);
		assert_int_equal(address.port, good[i].port);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		if (cluster_address_parse(&address, bad[i], 1, &err) == GW_OK)
			fail_msg("%s was taken", bad[i]);
	assert_int_equal(cluster_address_parse(&address, "[::]:0", 0, &err), GW_OK);
}
