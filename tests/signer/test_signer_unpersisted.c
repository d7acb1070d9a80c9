/* SPDX-License-Identifier: MIT
 *
 * A disk that hangs, or fails, under the count of signatures: what goes out all the same, and that nobody gains by it.
 * The disk is real but for its sync, which hangs or fails when told. Time is handed in.
 */
#include "ledger_scene.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NOW  LEDGER_NOW
#define HOUR 3600

/* ---- the disk ---------------------------------------------------------------------------------------------------- */

static struct {
	pthread_mutex_t lock;
	pthread_cond_t change;
	bool hangs, fails;
	unsigned waiting, syncs;
	off_t synced; /* what a loss of the rest leaves */
	/* heard of the writer */
	unsigned began, ended;
	char why[128];
} disk = {.lock = PTHREAD_MUTEX_INITIALIZER, .change = PTHREAD_COND_INITIALIZER};

/* In the place of libc's. */
__attribute__((visibility("default"))) int fdatasync(int fd)
{
	struct stat file;

	pthread_mutex_lock(&disk.lock);
	disk.waiting++;
	pthread_cond_broadcast(&disk.change);
	while (disk.hangs)
		pthread_cond_wait(&disk.change, &disk.lock);
	disk.waiting--;
	bool fails = disk.fails;
	if (!fails && fstat(fd, &file) == 0)
		disk.synced = file.st_size;
	disk.syncs++;
	pthread_mutex_unlock(&disk.lock);
	if (!fails)
		return (int)syscall(SYS_fdatasync, fd);
	errno = EIO;
	return -1;
}

static void hear(const char *why)
{
	pthread_mutex_lock(&disk.lock);
	if (why)
		disk.began++;
	else
		disk.ended++;
	snprintf(disk.why, sizeof(disk.why), "%s", why ? why : "");
	pthread_cond_broadcast(&disk.change);
	pthread_mutex_unlock(&disk.lock);
}

static void set_disk(bool hangs, bool fails)
{
	pthread_mutex_lock(&disk.lock);
	disk.hangs = hangs;
	disk.fails = fails;
	pthread_cond_broadcast(&disk.change);
	pthread_mutex_unlock(&disk.lock);
}

static void await_end_heard(unsigned times)
{
	pthread_mutex_lock(&disk.lock);
	while (disk.ended < times)
		pthread_cond_wait(&disk.change, &disk.lock);
	pthread_mutex_unlock(&disk.lock);
}

/* ---- the ledger -------------------------------------------------------------------------------------------------- */

static struct ledger *open_at(const char *path, int64_t now_s)
{
	return scene_open(path, now_s, hear);
}

/* A disk that hangs is not waited for in a test: it hangs whatever the deadline. */
static void hang(struct ledger *ledger)
{
	ledger->writer.deadline_ms = 1;
	set_disk(true, false);
}

static void answer_again(struct ledger *ledger)
{
	ledger->writer.deadline_ms = LEDGER_PATIENCE_MS;
	set_disk(false, false);
}

static gw_status add(struct ledger *ledger, const char *witness, size_t key, uint32_t digest, int64_t now_s,
		     bool allow_unpersisted, struct error *err)
{
	struct ledger_entry one = {.time_s = now_s, .key = fixture_public(key)};

	snprintf(one.witness, sizeof(one.witness), "%s", witness);
	memcpy(one.digest.bytes, &digest, sizeof(digest));
	return ledger_add(ledger, &one, 1, allow_unpersisted, err);
}

static size_t records_in(const char *path)
{
	struct stat file;

	assert_int_equal(stat(path, &file), 0);
	assert_int_equal(file.st_size % LEDGER_RECORD_BYTES, 0);
	return (size_t)file.st_size / LEDGER_RECORD_BYTES;
}

static int begin(void **state)
{
	(void)state;
	set_disk(false, false);
	disk.began = disk.ended = disk.syncs = 0;
	return 0;
}

/* ---- tests ------------------------------------------------------------------------------------------------------- */

TEST(on_the_disk_before_it_goes_out, begin)
{
	const char *path = fixture_path("healthy");
	struct ledger *ledger = open_at(path, NOW);
	struct error err;

	for (unsigned i = 1; i <= 3; i++) {
		assert_int_equal(add(ledger, "foo", 0, i, NOW, true, &err), GW_OK);
		assert_int_equal(disk.syncs, i);
		assert_int_equal(records_in(path), i);
	}
	assert_int_equal(disk.began, 0);
	scene_end(ledger);
}

TEST(one_is_unpersisted, begin)
{
	const char *path = fixture_path("hangs");
	struct ledger *ledger = open_at(path, NOW);
	struct error err = {.text = ""};

	hang(ledger);
	assert_int_equal(add(ledger, "foo", 0, 1, NOW, true, &err), GW_OK);
	assert_int_equal(disk.began, 1);
	assert_non_null(strstr(disk.why, "no answer"));
	assert_int_equal(add(ledger, "foo", 0, 1, NOW, true, &err), GW_OK); /* the same one */
	assert_int_equal(add(ledger, "foo", 0, 2, NOW, true, &err), GW_ERR_SYSTEM);
	assert_non_null(strstr(err.text, "missing from the count file already"));
	assert_int_equal(add(ledger, "bar", 0, 3, NOW, true, &err), GW_OK);
	assert_int_equal(add(ledger, "foo", 1, 4, NOW, true, &err), GW_OK);
	assert_int_equal(scene_used(ledger, "foo", 0, NOW), 1); /* what was refused counts nowhere */
	assert_int_equal(disk.began, 1);
	assert_int_equal(disk.ended, 0);

	answer_again(ledger);
	await_end_heard(1);
	assert_int_equal(records_in(path), 3);
	assert_int_equal(add(ledger, "foo", 0, 2, NOW, true, &err), GW_OK);
	assert_int_equal(records_in(path), 4);
	hang(ledger); /* and again, from the beginning */
	assert_int_equal(add(ledger, "foo", 0, 5, NOW, true, &err), GW_OK);
	assert_int_equal(disk.began, 2);
	answer_again(ledger);
	await_end_heard(2);
	scene_end(ledger);
	ledger = open_at(path, NOW);
	assert_int_equal(scene_used(ledger, "foo", 0, NOW), 3);
	assert_false(ledger->damaged);
	scene_end(ledger);
}

/* The disk has it in hand, so it cannot be taken back: it counts, and goes out when it is asked for again. */
TEST(none_may_be_unpersisted, begin)
{
	const char *path = fixture_path("none");
	struct ledger *ledger = open_at(path, NOW);
	struct error err = {.text = ""};
	uint32_t digest = 0;

	hang(ledger);
	ledger->writer.deadline_ms = 0;
	do { /* taken back where the thread had not yet begun with it: then the disk has said nothing */
		assert_int_equal(add(ledger, "foo", 0, ++digest, NOW, false, &err), GW_ERR_SYSTEM);
		assert_non_null(strstr(err.text, "soon after a start"));
	} while (scene_used(ledger, "foo", 0, NOW) == 0);
	assert_int_equal(add(ledger, "foo", 0, digest, NOW, false, &err), GW_ERR_SYSTEM);
	assert_int_equal(add(ledger, "foo", 0, digest + 1, NOW, false, &err), GW_ERR_SYSTEM);
	assert_int_equal(scene_used(ledger, "foo", 0, NOW), 1);
	answer_again(ledger);
	await_end_heard(1);
	assert_int_equal(add(ledger, "foo", 0, digest, NOW, false, &err), GW_OK);
	assert_int_equal(records_in(path), 1);
	scene_end(ledger);
}

/* A disk that says no: what is refused is taken back, an unpersisted one is written with the next. */
TEST(fails, begin)
{
	const char *path = fixture_path("fails");
	struct ledger *ledger = open_at(path, NOW);
	struct error err = {.text = ""};

	set_disk(false, true);
	assert_int_equal(add(ledger, "foo", 0, 1, NOW, false, &err), GW_ERR_SYSTEM);
	assert_non_null(strstr(err.text, "Input/output error"));
	assert_int_equal(scene_used(ledger, "foo", 0, NOW), 0);
	assert_int_equal(add(ledger, "foo", 0, 2, NOW, true, &err), GW_OK);
	assert_int_equal(add(ledger, "foo", 0, 3, NOW, true, &err), GW_ERR_SYSTEM);
	assert_int_equal(disk.began, 1);
	set_disk(false, false);
	assert_int_equal(add(ledger, "foo", 0, 4, NOW, true, &err), GW_OK);
	assert_int_equal(disk.ended, 1);
	assert_int_equal(records_in(path), 2);
	scene_end(ledger);
	ledger = open_at(path, NOW);
	assert_int_equal(scene_used(ledger, "foo", 0, NOW), 2);
	assert_false(ledger->damaged);
	scene_end(ledger);
}

TEST(several_keys_all_or_none, begin)
{
	const char *path = fixture_path("several");
	struct ledger *ledger = open_at(path, NOW);
	struct ledger_entry both[2] = {{.time_s = NOW, .witness = "foo", .key = fixture_public(0), .digest = {{9}}},
				       {.time_s = NOW, .witness = "foo", .key = fixture_public(1), .digest = {{9}}}};
	struct error err;

	hang(ledger);
	assert_int_equal(add(ledger, "foo", 1, 1, NOW, true, &err), GW_OK);
	assert_int_equal(ledger_add(ledger, both, 2, true, &err), GW_ERR_SYSTEM);
	assert_int_equal(scene_used(ledger, "foo", 0, NOW), 0);
	answer_again(ledger);
	await_end_heard(1);
	assert_int_equal(ledger_add(ledger, both, 2, true, &err), GW_OK);
	assert_int_equal(records_in(path), 3);
	scene_end(ledger);
}

TEST(the_first_hour, begin)
{
	const char *path = fixture_path("first_hour");
	struct ledger *ledger = open_at(path, NOW);

	assert_true(ledger_allows_unpersisted(ledger, 6, NOW)); /* we made the file: no signer was before us */
	assert_int_equal(ledger_allowed(ledger, 6, NOW), 6);
	assert_false(ledger_allows_unpersisted(ledger, 1, NOW));
	assert_int_equal(ledger_allowed(ledger, 1, NOW), 1);
	scene_end(ledger);
	ledger = open_at(path, NOW);
	assert_false(ledger_allows_unpersisted(ledger, 6, NOW + HOUR - 1));
	assert_int_equal(ledger_allowed(ledger, 6, NOW + HOUR - 1), 5);
	assert_int_equal(ledger_allowed(ledger, 1, NOW), 1);
	assert_true(ledger_allows_unpersisted(ledger, 6, NOW + HOUR));
	assert_int_equal(ledger_allowed(ledger, 6, NOW + HOUR), 6);
	assert_false(ledger_allows_unpersisted(ledger, 6, NOW - 100000)); /* the clock stepped back: anew from there */
	assert_true(ledger_allows_unpersisted(ledger, 6, NOW - 100000 + HOUR));
	scene_end(ledger);
	ledger = open_at(NULL, NOW); /* a command's signer: one signature and no file */
	assert_int_equal(ledger_allowed(ledger, 6, NOW), 6);
	scene_end(ledger);
}

/* ---- whoever kills whom how often -------------------------------------------------------------------------------- */

#define MAX	 3 /* an hour */
#define STEPS	 4000
#define KEPT_MAX 8192

struct attack {
	const char *path;
	struct ledger *ledger;
	int64_t now_s;
	uint64_t dice;
	size_t count, deaths, lost; /* lost: deaths that took an unpersisted signature with them */
	int64_t out[KEPT_MAX];	    /* when each signature went out */
};

static uint32_t roll(struct attack *attack, uint32_t sides)
{
	attack->dice = attack->dice * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(attack->dice >> 33) % sides;
}

static void ask(struct attack *attack, uint32_t digest)
{
	struct error err;

	if (scene_used(attack->ledger, "foo", 0, attack->now_s) >= ledger_allowed(attack->ledger, MAX, attack->now_s) ||
	    add(attack->ledger, "foo", 0, digest, attack->now_s,
		ledger_allows_unpersisted(attack->ledger, MAX, attack->now_s), &err) != GW_OK)
		return;
	assert_in_range(attack->count, 0, KEPT_MAX - 1);
	attack->out[attack->count++] = attack->now_s;
}

/* What was not synced is gone with it, and the next one starts at once. */
static void kill_it(struct attack *attack)
{
	attack->deaths++;
	attack->lost += attack->ledger->writer.pending_count > 0;
	scene_end(attack->ledger);
	set_disk(false, false);
	assert_int_equal(truncate(attack->path, disk.synced), 0);
	attack->ledger = open_at(attack->path, attack->now_s);
}

TEST(no_death_renews_the_hour, begin)
{
	static struct attack attack;
	size_t most = 0;

	attack = (struct attack){.path = fixture_path("attack"), .now_s = NOW, .dice = 5};
	disk.synced = 0;
	attack.ledger = open_at(attack.path, attack.now_s);
	for (uint32_t step = 1; step <= STEPS; step++) {
		attack.now_s += roll(&attack, 600);
		if (roll(&attack, 4) == 0)
			set_disk(false, roll(&attack, 2) == 0);
		if (roll(&attack, 12) == 0)
			kill_it(&attack);
		ask(&attack, step);
	}
	set_disk(false, false);
	scene_end(attack.ledger);
	for (size_t first = 0, last = 0; last < attack.count; last++) {
		while (attack.out[last] - attack.out[first] >= HOUR)
			first++;
		most = last - first + 1 > most ? last - first + 1 : most;
	}
	assert_int_equal(most, MAX);
	assert_true(attack.deaths > 100 && attack.lost > 10); /* it was tried */
}

int main(void)
{
	return test_run(fixture_make_directory, fixture_remove_directory);
}
