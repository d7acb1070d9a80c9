/* SPDX-License-Identifier: MIT
 *
 * What a plugin finds at the moment it is loaded, on every path that loads one: no key in a descriptor or in the
 * environment, no terminal to type into, and not root where the host was started as root. The plugin `spy` tells.
 */
#include "one_start.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../signer/fixture.h"
#include "base/memory.h"

/* On every path: neither the key nor what carried it, and no more root. */
static void assert_nothing_to_find(void)
{
	start_assert_said("spy: "); /* it was loaded */
	start_assert_not_said("memfd:");
	start_assert_not_said("/inherited");
	start_assert_not_said(fixture_keys[0].wif);
	start_assert_not_said("uid 0 ");
	start_assert_not_said("effective 0\n");
	start_assert_said("thread NoNewPrivs:\t1");
	start_assert_not_said("thread NoNewPrivs:\t0");
	start_assert_not_said("thread Uid:\t0");
}

/* root's host becomes a user that every Debian has. */
static const char *user(void)
{
	return geteuid() == 0 ? "user: nobody\n" : "";
}

static const char *key_variable(void)
{
	static char text[128];

	snprintf(text, sizeof(text), "KEY=%s", fixture_keys[0].wif);
	return text;
}

static const char *and_dry_run(const char *text)
{
	static char all[64];

	snprintf(all, sizeof(all), "%sdry_run: true\n", text);
	return all;
}

/* ---- each path -------------------------------------------------------------------------------------------------- */

TEST(a_daemon_that_signs)
{
	const char *config = start_config(user(), "keys: ['env:KEY']", ", sign: [witness_update]");

	assert_int_equal(start_host(start_pipe(), LIST("-c", config), LIST(key_variable())), EXIT_PLUGIN);
	assert_nothing_to_find();
	start_assert_said("spy: variable KEY=moved\n");
}

TEST(a_dry_run)
{
	const char *config = start_config(and_dry_run(user()), "keys: ['env:KEY']", ", sign: [witness_update]");

	assert_int_equal(start_host(start_pipe(), LIST("-c", config), LIST(key_variable())), EXIT_PLUGIN);
	assert_nothing_to_find();
}

TEST(a_daemon_that_may_sign_nothing)
{
	const char *config = start_config(user(), "keys: ['env:KEY']", "");

	assert_int_equal(start_host(start_pipe(), LIST("-c", config), LIST(key_variable())), EXIT_PLUGIN);
	assert_nothing_to_find();
}

TEST(a_check_of_the_configuration)
{
	const char *config = start_config(user(), "keys: ['env:KEY']", ", sign: [witness_update]");

	assert_int_equal(start_host(start_pipe(), LIST("-n", "-c", config), LIST(key_variable())), EXIT_PLUGIN);
	assert_nothing_to_find();
}

TEST(help_of_a_plugin)
{
	const char *config = start_config(user(), "keys: ['env:KEY']", ", sign: [witness_update]");

	assert_int_equal(
		start_host(start_pipe(), LIST("--plugin-help", "witness_monitor", "-c", config), LIST(key_variable())),
		0);
	assert_nothing_to_find();
}

/* golos-watch loads plugins too. */
TEST(a_check_by_the_command_line)
{
	const char *config = start_config(user(), "keys: ['env:KEY']", ", sign: [witness_update]");

	assert_int_equal(start_program("golos-watch", start_pipe(), LIST("-c", config, "check"), LIST(key_variable())),
			 1);
	start_assert_said("wrong    plugin         witness_monitor: "); /* the spy does not open, and was loaded */
	assert_nothing_to_find();
	start_assert_not_said("socket:"); /* the signer's channel */
}

static void write_key(const char *name, mode_t mode)
{
	FILE *file = fopen(start_path(name), "we");

	assert_non_null(file);
	fprintf(file, "%s\n", fixture_keys[1].wif);
	fclose(file);
	assert_int_equal(chmod(start_path(name), mode), 0);
}

/* What systemd lends it copied: that others could read the file itself is told by the file alone. */
TEST(a_lent_key_that_others_can_read)
{
	char *lends = xasprintf("CREDENTIALS_DIRECTORY=%s", start_path("lent"));
	const char *config = start_config(user(), "keys: 'credential:active'", ", sign: [witness_update]");

	assert_int_equal(mkdir(start_path("lent"), 0700), 0);
	write_key("lent/active", 0400);
	assert_int_equal(start_host(start_pipe(), LIST("-c", config), LIST(lends)), EXIT_PLUGIN);
	start_assert_not_said("is lent to the service");
	write_key("active.key", 0644);
	assert_int_equal(start_host(start_pipe(), LIST("-c", config), LIST(lends)), EXIT_PLUGIN);
	start_assert_said("/active.key is lent to the service, and others can reach it (user ");
	assert_nothing_to_find();
	remove(start_path("active.key"));
	free(lends);
}

TEST(a_key_in_an_older_file)
{
	char *top = xstrdup(and_dry_run(user()));

	assert_int_equal(start_host(start_pipe(), LIST("-c", start_older_config(top)), NULL), EXIT_PLUGIN);
	assert_nothing_to_find();
	assert_int_equal(start_host(start_pipe(), LIST("-n", "-c", start_older_config(user())), NULL), EXIT_PLUGIN);
	assert_nothing_to_find();
	free(top);
}

/* The file names another place for the key, and one stands in the environment all the same. */
TEST(a_key_beside_a_file)
{
	write_key("active.key", 0400);
	char *keys = xasprintf("keys: file:%s", start_path("active.key"));
	const char *config = start_config(user(), keys, ", sign: [witness_update]");

	assert_int_equal(start_host(start_pipe(), LIST("-c", config), LIST(key_variable())), EXIT_PLUGIN);
	assert_nothing_to_find();
	start_assert_said("spy: variable KEY=moved\n");
	assert_int_equal(start_host(start_pipe(), LIST("-n", "-c", config), LIST(key_variable())), EXIT_PLUGIN);
	assert_nothing_to_find();
	free(keys);
}

/* Started at root's terminal, whose shell will read again what is typed there when we are gone. */
TEST(a_terminal)
{
	const char *config = start_config(user(), "keys: ['env:KEY']", "");

	for (int check = 0; check < 2; check++) {
		(void)start_host(start_terminal(), check ? LIST("-n", "-c", config) : LIST("-c", config),
				 LIST(key_variable()));
		start_assert_said("spy: terminal none");
		start_assert_said("spy: typed no");
		start_assert_said("spy: fd 2 write /dev/pts/");
		start_assert_not_said("read-write /dev/pts/");
		start_assert_not_said("read /dev/pts/");
		assert_nothing_to_find();
	}
}

int main(void)
{
	return test_run(start_make_directory, start_remove_directory);
}
