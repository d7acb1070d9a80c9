/* SPDX-License-Identifier: MIT
 *
 * The hour's signatures: what counts, and that no restart and no damage renews them. Time is handed in.
 */
#include "ledger_scene.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOW LEDGER_NOW

static void tell_nobody(const char *why)
{
	(void)why;
}

static struct ledger *open_at(const char *path, int64_t now_s)
{
	return scene_open(path, now_s, tell_nobody);
}

static struct ledger_entry entry(const char *witness, size_t key, int64_t time_s, uint8_t digest)
{
	struct ledger_entry made = {.time_s = time_s};

	snprintf(made.witness, sizeof(made.witness), "%s", witness);
	made.key = fixture_public(key);
	memset(made.digest.bytes, digest, sizeof(made.digest.bytes));
	return made;
}

static void add(struct ledger *ledger, struct ledger_entry one)
{
	struct error err;

	assert_int_equal(ledger_add(ledger, &one, 1, false, &err), GW_OK);
}

TEST(counts_by_witness_and_key)
{
	struct ledger *ledger = open_at(NULL, NOW);

	add(ledger, entry("foo", 0, NOW, 1));
	add(ledger, entry("foo", 0, NOW, 2));
	add(ledger, entry("bar", 0, NOW, 3));
	add(ledger, entry("foo", 1, NOW, 4));
	assert_int_equal(scene_used(ledger, "foo", 0, NOW), 2);
	assert_int_equal(scene_used(ledger, "bar", 0, NOW), 1);
	assert_int_equal(scene_used(ledger, "foo", 1, NOW), 1);
	assert_int_equal(scene_used(ledger, "bar", 1, NOW), 0);
	scene_end(ledger);
}

TEST(an_hour)
{
	struct ledger *ledger = open_at(NULL, NOW);

	add(ledger, entry("foo", 0, NOW, 1));
	assert_int_equal(scene_used(ledger, "foo", 0, NOW + 3599), 1);
	assert_int_equal(scene_used(ledger, "foo", 0, NOW + 3600), 0);
	scene_end(ledger);
}

TEST(knows_a_digest)
{
	struct ledger *ledger = open_at(NULL, NOW);
	struct ledger_entry one = entry("foo", 0, NOW, 1), other = entry("foo", 1, NOW, 2);

	add(ledger, one);
	assert_true(ledger_has(ledger, &one.key, &one.digest));
	assert_false(ledger_has(ledger, &other.key, &one.digest));
	assert_false(ledger_has(ledger, &one.key, &other.digest));
	scene_end(ledger);
}

TEST(clock_stepped_back)
{
	const char *path = fixture_path("stepped");
	struct ledger *ledger = open_at(path, NOW);

	add(ledger, entry("foo", 0, NOW + 100000, 1));
	scene_end(ledger);
	ledger = open_at(path, NOW);
	assert_int_equal(scene_used(ledger, "foo", 0, NOW), 1);
	assert_int_equal(scene_used(ledger, "foo", 0, NOW + 3599), 1);
	assert_int_equal(scene_used(ledger, "foo", 0, NOW + 3600), 0);
	scene_end(ledger);
}

TEST(survives_a_restart)
{
	const char *path = fixture_path("restart");
	struct ledger *ledger = open_at(path, NOW);
	struct stat st;

	add(ledger, entry("foo", 0, NOW, 1));
	add(ledger, entry("foo", 0, NOW + 10, 2));
	scene_end(ledger);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 2 * LEDGER_RECORD_BYTES);
	assert_int_equal(st.st_mode & 07777, 0600);
	ledger = open_at(path, NOW + 20);
	assert_int_equal(scene_used(ledger, "foo", 0, NOW + 20), 2);
	assert_false(ledger->damaged);
	add(ledger, entry("foo", 0, NOW + 20, 3));
	scene_end(ledger);
	ledger = open_at(path, NOW + 3600);
	assert_int_equal(scene_used(ledger, "foo", 0, NOW + 3600), 2);
	scene_end(ledger);
}

/* Three signatures on disk, of which `len` bytes are left and one may be changed. */
static size_t used_after_damage(size_t len, size_t change_at, uint8_t mask, const char *witness)
{
	const char *path = fixture_path("damaged");
	uint8_t bytes[3 * LEDGER_RECORD_BYTES];

	for (uint8_t i = 0; i < 3; i++) {
		struct ledger_entry one = entry("foo", 0, NOW, i);

		ledger_record_encode(bytes + i * LEDGER_RECORD_BYTES, &one);
	}
	bytes[change_at] ^= mask;
	fixture_file("damaged", bytes, len, 0600);
	struct ledger *ledger = open_at(path, NOW + 60);
	size_t count = scene_used(ledger, witness, 0, NOW + 60);

	scene_end(ledger);
	ledger = open_at(path, NOW + 120); /* written anew, whole */
	assert_false(ledger->damaged);
	assert_int_equal(scene_used(ledger, witness, 0, NOW + 120), count);
	scene_end(ledger);
	return count;
}

TEST(damage_renews_nothing)
{
	const size_t len = 3 * LEDGER_RECORD_BYTES;

	assert_int_equal(used_after_damage(len, 0, 0, "foo"), 3);
	assert_int_equal(used_after_damage(len, 0, 0, "bar"), 0);
	for (size_t at = 4; at < len; at += 5) {
		assert_int_equal(used_after_damage(len, at, 0xff, "foo"), 3);
		assert_int_equal(used_after_damage(len, at, 0x01, "bar"), 1); /* it may have been anybody's */
	}
	for (size_t cut = 1; cut < LEDGER_RECORD_BYTES; cut += 9)
		assert_int_equal(used_after_damage(len - cut, 0, 0, "foo"), 3);
}

TEST(somebody_elses_file)
{
	const char text[] = "#!/bin/sh\necho precious\n";
	char after[sizeof(text)];
	struct ledger *ledger = malloc(sizeof(*ledger));
	struct error err;

	const char *path = fixture_file("precious", text, sizeof(text), 0600);

	assert_int_equal(ledger_open(ledger, path, geteuid(), NOW, &err), GW_ERR_CONFIG);
	assert_non_null(strstr(err.text, "precious"));
	assert_int_equal(fixture_read(path, after, sizeof(after)), sizeof(text));
	assert_memory_equal(after, text, sizeof(text));
	path = fixture_file("open", "", 0, 0666);
	assert_int_equal(ledger_open(ledger, path, geteuid(), NOW, &err), GW_ERR_TRUST);
	assert_int_equal(symlink(path, fixture_path("link")), 0);
	assert_int_equal(ledger_open(ledger, fixture_path("link"), geteuid(), NOW, &err), GW_ERR_SYSTEM);
	free(ledger);
}

TEST(grown_file_is_written_anew)
{
	enum { OLD = 600 };
	const char *path = fixture_path("grown");
	uint8_t *bytes = calloc(OLD + 2, LEDGER_RECORD_BYTES);
	struct stat st;

	for (size_t i = 0; i < OLD + 2; i++) {
		struct ledger_entry one = entry("foo", 0, i < OLD ? NOW - 7200 : NOW, (uint8_t)i);

		ledger_record_encode(bytes + i * LEDGER_RECORD_BYTES, &one);
	}
	fixture_file("grown", bytes, (OLD + 2) * LEDGER_RECORD_BYTES, 0600);
	free(bytes);
	struct ledger *ledger = open_at(path, NOW);

	assert_int_equal(scene_used(ledger, "foo", 0, NOW), 2);
	add(ledger, entry("foo", 0, NOW, 99));
	scene_end(ledger);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 3 * LEDGER_RECORD_BYTES);
	ledger = open_at(path, NOW);
	assert_int_equal(scene_used(ledger, "foo", 0, NOW), 3);
	scene_end(ledger);
}

TEST(two_signers)
{
	const char *path = fixture_path("locked");
	struct ledger *first = open_at(path, NOW), *second = malloc(sizeof(*second));
	struct error err;

	assert_int_equal(ledger_open(second, path, geteuid(), NOW, &err), GW_ERR_BUSY);
	free(second);
	scene_end(first);
	scene_end(open_at(path, NOW));
}

TEST(full)
{
	struct ledger *ledger = open_at(NULL, NOW);
	struct ledger_entry one = entry("foo", 0, NOW, 1);
	struct error err;

	for (; ledger->count < LEDGER_ENTRIES_MAX - 1; ledger->count++)
		ledger->entries[ledger->count] = entry("foo", 0, NOW, 2);
	add(ledger, one);
	memset(one.digest.bytes, 0xff, sizeof(one.digest.bytes));
	assert_int_equal(ledger_add(ledger, &one, 1, false, &err), GW_ERR_BUSY);
	assert_int_equal(scene_used(ledger, "bar", 0, NOW + LEDGER_WINDOW_S), 0);
	add(ledger, one);
	scene_end(ledger);
}

/* Room for the next records is the file's own already, so that a disk that fills up forbids no switch; a restart and a
 * file written anew have it too. */
TEST(room_is_set_aside)
{
	const char *path = fixture_path("room");
	struct stat st;

	for (int i = 0; i < 3; i++) {
		struct ledger *ledger = open_at(path, NOW);

		add(ledger, entry("foo", 0, NOW, (uint8_t)i));
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_size, (i + 1) * LEDGER_RECORD_BYTES);
		assert_true(st.st_blocks * 512 >= st.st_size + 100 * LEDGER_RECORD_BYTES);
		scene_end(ledger);
	}
}

TEST(disk_full)
{
	struct ledger *ledger = open_at(fixture_path("full"), NOW);
	struct ledger_entry one = entry("foo", 0, NOW, 1);
	struct error err;
	int full = open("/dev/full", O_WRONLY | O_APPEND | O_CLOEXEC), real = ledger->writer.fd;

	assert_true(full >= 0);
	ledger->writer.fd = full;
	assert_int_equal(ledger_add(ledger, &one, 1, false, &err), GW_ERR_SYSTEM);
	assert_non_null(strstr(err.text, "No space"));
	assert_int_equal(ledger->count, 0);
	ledger->writer.fd = real;
	assert_int_equal(ledger_add(ledger, &one, 1, false, &err), GW_OK); /* and it is whole, and the only one */
	scene_end(ledger);
	ledger = open_at(fixture_path("full"), NOW);
	assert_int_equal(scene_used(ledger, "foo", 0, NOW), 1);
	assert_false(ledger->damaged);
	scene_end(ledger);
	close(full);
}

/* In a child with a view of its own of the directory, in which nobody can write: 0 as it should be, 77 not to be had.
 */
static int count_on_a_read_only_disk(void)
{
	const char *dir = fixture_path(".");
	struct ledger_entry one = entry("foo", 0, NOW, 2);
	struct error err;

	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount(dir, dir, NULL, MS_BIND, NULL) || mount(NULL, dir, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL))
		return 77;
	struct ledger *ledger = open_at(fixture_path("kept"), NOW);

	if (ledger->refused != EROFS || scene_used(ledger, "foo", 0, NOW) != 1)
		return 1; /* what stands in it counts */
	if (ledger_add(ledger, &one, 1, false, &err) != GW_ERR_SYSTEM || !strstr(err.text, "Read-only"))
		return 2;
	if (ledger_add(ledger, &one, 1, true, &err) != GW_OK)
		return 3; /* unpersisted, as on a disk that fails */
	scene_end(ledger);
	ledger = open_at(fixture_path("never_made"), NOW);
	if (ledger->refused != EROFS || ledger->count || ledger_add(ledger, &one, 1, false, &err) != GW_ERR_SYSTEM)
		return 4;
	scene_end(ledger);
	return 0;
}

TEST(read_only_disk)
{
	struct ledger *ledger = open_at(fixture_path("kept"), NOW);
	int status = 0;

	add(ledger, entry("foo", 0, NOW, 1));
	scene_end(ledger);
	pid_t pid = fork();
	if (pid == 0)
		_exit(count_on_a_read_only_disk());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip(); /* only root can have such a disk */
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	return test_run(fixture_make_directory, fixture_remove_directory);
}
