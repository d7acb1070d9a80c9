/* SPDX-License-Identifier: MIT
 *
 * Who could have changed a plugin: owner, mode, directories above, links. Ownership by another user needs root and is
 * left out elsewhere.
 */
#include "test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugins/loader.h"

/* TOP/inner/plugin.so, all of it trustworthy. */
struct place {
	char top[256], inner[272], file[288];
};

static int set_up(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	*state = place;
	snprintf(place->top, sizeof(place->top), "%s/trust.XXXXXX", TEST_BINARY_DIR);
	if (!mkdtemp(place->top))
		return -1;
	snprintf(place->inner, sizeof(place->inner), "%s/inner", place->top);
	snprintf(place->file, sizeof(place->file), "%s/plugin.so", place->inner);
	umask(022);
	int fd = mkdir(place->inner, 0755) == 0 ? open(place->file, O_CREAT | O_WRONLY, 0644) : -1;
	return fd < 0 ? -1 : close(fd);
}

static int tear_down(void **state)
{
	struct place *place = *state;

	unlink(place->file);
	rmdir(place->inner);
	unlink(place->inner);
	rmdir(place->top);
	free(place);
	return 0;
}

static gw_status trust(const char *dir, const char *name, struct error *err)
{
	char *path = NULL;

	*err = (struct error){0};
	gw_status status = plugin_trust(dir, name, &path, err);
	if (status != GW_OK)
		assert_null(path);
	free(path);
	return status;
}

static void expect_refused(const struct place *place, const char *at, const char *says)
{
	struct error err;
	char sentence[400];

	snprintf(sentence, sizeof(sentence), "%s: %s", at, says);
	assert_int_equal(trust(place->inner, "plugin", &err), GW_ERR_TRUST);
	assert_string_equal(err.text, sentence);
}

TEST(a_plain_file_is_trusted, set_up, tear_down)
{
	const struct place *place = *state;
	struct error err;
	char *path = NULL;

	assert_int_equal(plugin_trust(place->inner, "plugin", &path, &err), GW_OK);
	assert_string_equal(path, place->file);
	free(path);
}

TEST(writable_by_others, set_up, tear_down)
{
	const struct place *place = *state;

	assert_int_equal(chmod(place->file, 0666), 0);
	expect_refused(place, place->file, "other users can write it (mode 0666)");
	assert_int_equal(chmod(place->file, 0664), 0);
	expect_refused(place, place->file, "other users can write it (mode 0664)");
	assert_int_equal(chmod(place->file, 0644), 0);
	assert_int_equal(chmod(place->inner, 0775), 0);
	expect_refused(place, place->inner, "other users can write it (mode 0775)");
	assert_int_equal(chmod(place->inner, 0755), 0);
	assert_int_equal(chmod(place->top, 0757), 0);
	expect_refused(place, place->top, "other users can write it (mode 0757)");
}

/* /tmp's mode: others can neither rename nor remove what is ours in it, and what they put there first is theirs. In the
 * directory of the plugins itself it is no excuse. */
TEST(a_sticky_directory_above_is_let_pass, set_up, tear_down)
{
	const struct place *place = *state;
	struct error err;

	assert_int_equal(chmod(place->top, 01777), 0);
	assert_int_equal(trust(place->inner, "plugin", &err), GW_OK);
	assert_int_equal(chmod(place->inner, 01777), 0);
	expect_refused(place, place->inner, "other users can write it (mode 1777)");
}

TEST(links_and_other_kinds, set_up, tear_down)
{
	const struct place *place = *state;

	assert_int_equal(unlink(place->file), 0);
	assert_int_equal(symlink("/bin/true", place->file), 0);
	expect_refused(place, place->file, "not a regular file, but a symbolic link");
	assert_int_equal(unlink(place->file), 0);
	assert_int_equal(mkfifo(place->file, 0600), 0);
	expect_refused(place, place->file, "not a regular file");
}

/* The directory may be reached through a link: what counts is where it leads. */
TEST(a_linked_directory_is_followed, set_up, tear_down)
{
	const struct place *place = *state;
	struct error err;
	char link[300], *path = NULL;

	snprintf(link, sizeof(link), "%s/link", place->top);
	assert_int_equal(symlink("inner", link), 0);
	assert_int_equal(plugin_trust(link, "plugin", &path, &err), GW_OK);
	assert_string_equal(path, place->file);
	free(path);
	assert_int_equal(chmod(place->inner, 0777), 0);
	assert_int_equal(trust(link, "plugin", &err), GW_ERR_TRUST);
	unlink(link);
}

TEST(names_that_lead_elsewhere, set_up, tear_down)
{
	static const char *const names[] = {"../inner/plugin", "/etc/passwd", "", ".", "plugin.so", "Plugin", "a b"};
	const struct place *place = *state;
	struct error err;

	for (size_t i = 0; i < COUNT(names); i++)
		assert_int_equal(trust(place->inner, names[i], &err), GW_ERR_TRUST);
}

TEST(what_is_not_there, set_up, tear_down)
{
	const struct place *place = *state;
	struct error err;

	assert_int_equal(trust(place->inner, "absent", &err), GW_ERR_NOT_FOUND);
	assert_non_null(strstr(err.text, "/inner/absent.so: No such file or directory"));
	assert_int_equal(trust("/nonexistent/dir", "plugin", &err), GW_ERR_NOT_FOUND);
	assert_string_equal(err.text, "plugin directory /nonexistent/dir: No such file or directory");
}

TEST(another_owner, set_up, tear_down)
{
	const struct place *place = *state;

	if (geteuid() != 0)
		skip();
	assert_int_equal(chown(place->file, 1234, 0), 0);
	expect_refused(place, place->file, "belongs to uid 1234, not to root or to us");
	assert_int_equal(chown(place->file, 0, 0), 0);
	assert_int_equal(chown(place->inner, 1234, 0), 0);
	expect_refused(place, place->inner, "belongs to uid 1234, not to root or to us");
}
