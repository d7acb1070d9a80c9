/* SPDX-License-Identifier: MIT
 *
 * What root gives away at the start: two rooms in state_dir, and nothing that a link of the host's user names. With the
 * house as people have it: of an older image, of another user, open to others. Needs root; what needs none is tried
 * without it as well.
 */
#include "one_start.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

#define HOST   "nobody"
#define SIGNER "games"

static uid_t uid_of(const char *name)
{
	const struct passwd *entry = getpwnam(name);

	assert_non_null(entry);
	return entry->pw_uid;
}

static void shell(const char *command)
{
	char *here = xasprintf("cd %s && %s", start_path(""), command);

	if (system(here) != 0)
		fail_msg("%s", command);
	free(here);
}

static struct stat facts(const char *name)
{
	struct stat st = {0};

	assert_int_equal(lstat(start_path(name), &st), 0);
	return st;
}

/* As root, from a house that `prepare` made. */
static int start_as_root(const char *prepare)
{
	shell("rm -rf state victim && mkdir -m 0700 victim");
	shell(prepare);
	return start_host(start_pipe(), LIST("-c", start_config("user: " HOST "\n", "max_signatures: 6", "")), NULL);
}

static void assert_two_rooms(void)
{
	const struct stat house = facts("state"), host = facts("state/host"), signer = facts("state/signer");

	assert_int_equal(house.st_uid, 0);
	assert_int_equal(house.st_mode & 07777, 0755);
	assert_int_equal(host.st_uid, uid_of(HOST));
	assert_int_equal(host.st_mode & 07777, 0700);
	assert_int_equal(signer.st_uid, uid_of(SIGNER));
	assert_int_equal(signer.st_mode & 07777, 0700);
}

static void each_room_goes_to_its_user(void **state)
{
	(void)state;
	assert_int_equal(start_as_root("true"), EXIT_PLUGIN);
	assert_two_rooms();
	assert_int_equal(start_as_root("mkdir -m 0755 state && mkdir -m 0700 state/host state/signer"), EXIT_PLUGIN);
	assert_two_rooms();
}

static void a_link_is_not_given_away(void **state)
{
	static const char *const rooms[] = {"host", "signer"};
	char prepare[200], text[400];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		/* what the host's user could do where state_dir was everybody's */
		snprintf(prepare, sizeof(prepare), "mkdir -m 1777 state && ln -s ../victim state/%s", rooms[i]);
		assert_int_equal(start_as_root(prepare), EXIT_TRUST);
		snprintf(text, sizeof(text), "is given to nobody: rm %s/%s", start_path("state"), rooms[i]);
		start_assert_said(text);
		assert_int_equal(facts("victim").st_uid, 0);
	}
	assert_int_equal(start_as_root("mkdir -m 0755 state && touch state/host"), EXIT_TRUST);
	assert_int_equal(facts("state/host").st_uid, 0);
}

/* An administrator's own link to a larger disk is another thing. */
static void state_dir_may_be_a_link(void **state)
{
	(void)state;
	assert_int_equal(start_as_root("rm -rf disk && mkdir -m 0755 disk && ln -s disk state"), EXIT_PLUGIN);
	assert_int_equal(facts("disk/host").st_uid, uid_of(HOST));
	assert_int_equal(facts("disk/signer").st_uid, uid_of(SIGNER));
}

static void an_older_images_house_is_closed(void **state)
{
	(void)state;
	assert_int_equal(start_as_root("mkdir -m 1777 state && mkdir -m 0700 state/host"), EXIT_PLUGIN);
	start_assert_said("could be written by every user");
	assert_two_rooms();
	assert_int_equal(start_host(start_pipe(), LIST("-c", start_path("watch.yml")), NULL), EXIT_PLUGIN);
	start_assert_not_said("could be written"); /* it is said once */
}

static void another_open_house_is_refused(void **state)
{
	static const char *const houses[] = {
		"mkdir -m 0777 state", "mkdir -m 0775 state",
		"mkdir -m 1777 state && touch state/a-file-of-somebody", /* as /tmp is */
	};
	char text[400];

	(void)state;
	for (size_t i = 0; i < sizeof(houses) / sizeof(houses[0]); i++) {
		assert_int_equal(start_as_root(houses[i]), EXIT_TRUST);
		snprintf(text, sizeof(text), "chmod 0755 %s", start_path("state"));
		start_assert_said(text);
		assert_true(facts("state").st_mode & S_IWGRP);
		assert_int_not_equal(access(start_path("state/host"), F_OK), 0);
	}
}

static void another_users_house_is_refused(void **state)
{
	char text[400];

	(void)state;
	assert_int_equal(start_as_root("mkdir -m 0755 state && chown nobody state"), EXIT_TRUST);
	snprintf(text, sizeof(text), "chown 0 %s && chmod 0755 %s", start_path("state"), start_path("state"));
	start_assert_said(text);
	assert_int_not_equal(access(start_path("state/host"), F_OK), 0);
}

/* Without root: rooms of our own, in a house that is ours or where nobody can move them. */
static void as_one_user(void **state)
{
	(void)state;
	if (geteuid() == 0) {
		shell("rm -rf state && mkdir -m 1777 state && rm -rf run && mkdir -m 0700 run && chown nobody run");
		start_config("", "max_signatures: 6", "");
		start_as_user(HOST);
	} else {
		shell("rm -rf state");
		start_config("", "max_signatures: 6", "");
	}
	assert_int_equal(start_host(start_pipe(), LIST("-c", start_path("watch.yml")), NULL), EXIT_PLUGIN);
	assert_int_equal(facts("state/signer").st_mode & 07777, 0700);
	shell("chmod 0777 state");
	assert_int_equal(start_host(start_pipe(), LIST("-c", start_path("watch.yml")), NULL), EXIT_TRUST);
	start_assert_said("chmod 0755 ");
	if (geteuid() != 0)
		return;
	shell("chmod 0755 state && chown games state/signer");
	assert_int_equal(start_host(start_pipe(), LIST("-c", start_path("watch.yml")), NULL), EXIT_TRUST);
	start_assert_said("chown -R 65534 ");
	start_as_user(NULL);
}

int main(void)
{
	const struct CMUnitTest as_root[] = {
		cmocka_unit_test(each_room_goes_to_its_user),	 cmocka_unit_test(a_link_is_not_given_away),
		cmocka_unit_test(state_dir_may_be_a_link),	 cmocka_unit_test(an_older_images_house_is_closed),
		cmocka_unit_test(another_open_house_is_refused), cmocka_unit_test(another_users_house_is_refused),
	};
	const struct CMUnitTest as_anybody[] = {cmocka_unit_test(as_one_user)};
	int failed = cmocka_run_group_tests(as_anybody, start_make_directory, start_remove_directory);

	if (geteuid() == 0)
		failed += cmocka_run_group_tests(as_root, start_make_directory, start_remove_directory);
	else
		print_message("[          ] not made: the rest needs root\n");
	return failed;
}
