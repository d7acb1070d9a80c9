/* SPDX-License-Identifier: MIT
 *
 * The signer on a disk that hangs: the program itself but for its fdatasync (hanging_disk.c), asked as the host asks.
 */
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hanging_disk.h"
#include "program.h"

#define PATIENCE_MS 60000

static _Atomic uint32_t *hangs;
static FILE *said;    /* the signer's log */
static int64_t end_s; /* of every transaction, so that one asked for again is the same */

static void hang(bool does)
{
	atomic_store(hangs, does);
	syscall(SYS_futex, hangs, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
}

/* A copy of the program with a switch of its own beside it. */
static const char *make_program(void)
{
	static char command[512];
	const uint32_t off = 0;

	snprintf(command, sizeof(command), "cp '%s/bin/hanging_signer' '%s'", TEST_BINARY_DIR, fixture_path("signer"));
	assert_int_equal(system(command), 0);
	int fd = open(fixture_file("signer" HANGING_DISK_SUFFIX, &off, sizeof(off), 0600), O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	void *map = mmap(NULL, sizeof(off), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(map, MAP_FAILED);
	close(fd);
	hangs = map;
	return fixture_path("signer");
}

/* Its log comes to us. */
static struct signer *start(const struct program_setup *setup)
{
	int log[2], ours = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10);

	assert_int_equal(pipe2(log, O_CLOEXEC), 0);
	assert_int_equal(dup2(log[1], STDERR_FILENO), STDERR_FILENO);
	struct signer *signer = program_start(setup);

	assert_int_equal(dup2(ours, STDERR_FILENO), STDERR_FILENO);
	close(ours);
	close(log[1]);
	said = fdopen(log[0], "r");
	assert_non_null(said);
	return signer;
}

static void await_said(const char *words)
{
	char line[1024];

	do {
		if (!fgets(line, sizeof(line), said))
			fail_msg("the signer never said \"%s\"", words);
	} while (!strstr(line, words));
}

static gw_status sign(struct signer *signer, uint16_t n, struct error *err)
{
	static const uint32_t first_key[] = {0};
	const struct public_key key = fixture_public(0);
	struct transaction tx = fixture_update("foo", &key, end_s);
	struct signed_transaction done;

	tx.ref_block_num = n;
	gw_status status = signer_sign(signer, 0, false, &tx, first_key, 1, &done, err);

	if (status != GW_ERR_TIMEOUT)
		return status;
	struct pollfd channel = {.fd = signer_fd(signer), .events = POLLIN};

	assert_int_equal(poll(&channel, 1, PATIENCE_MS), 1);
	assert_false(signer_has_ended(signer, err));
	return signer_sign(signer, 0, false, &tx, first_key, 1, &done, err);
}

static void end(struct signer *signer)
{
	signer_stop(signer);
	fclose(said);
}

static size_t counted(const char *path)
{
	struct stat file;

	assert_int_equal(stat(path, &file), 0);
	return (size_t)file.st_size / 128;
}

TEST(one_signature_while_it_hangs)
{
	struct program_setup setup;
	struct error err = {.text = ""};

	program_setup_init(&setup);
	end_s = program_now_s() + SIGNER_EXPIRATION_MAX_S;
	setup.instances[0].max_signatures = 20;
	setup.setup.program = make_program();
	setup.setup.count_file = fixture_path("count");
	struct signer *signer = start(&setup);

	assert_int_equal(sign(signer, 1, &err), GW_OK);
	hang(true);
	assert_int_equal(sign(signer, 2, &err), GW_OK);
	await_said("no answer from the disk for 3 s");
	assert_int_equal(sign(signer, 2, &err), GW_OK); /* the same one */
	assert_int_equal(sign(signer, 3, &err), GW_ERR_DENIED);
	assert_int_equal(signer_last_refusal(signer), REFUSED_COUNT_FILE);
	hang(false);
	await_said("the count file is written again");
	assert_int_equal(counted(setup.setup.count_file), 2);
	assert_int_equal(sign(signer, 3, &err), GW_OK);
	assert_int_equal(counted(setup.setup.count_file), 3);
	end(signer);

	signer = start(&setup);
	assert_int_equal(sign(signer, 4, &err), GW_OK);
	hang(true); /* no signer has an unpersisted signature in its first hour */
	assert_int_equal(sign(signer, 5, &err), GW_ERR_DENIED);
	assert_int_equal(signer_last_refusal(signer), REFUSED_COUNT_FILE);
	end(signer); /* it can all the same */
}

/* One that is stopped keeps the host waiting once, and its pending request is answered when it goes on. */
TEST(one_that_is_stopped)
{
	struct program_setup setup;
	struct error err = {.text = ""};

	program_setup_init(&setup);
	end_s = program_now_s() + SIGNER_EXPIRATION_MAX_S;
	struct signer *signer = program_start(&setup);
	struct transaction tx = program_update();

	assert_int_equal(signer_silent_ms(signer), 0);
	assert_int_equal(kill(signer_pid(signer), SIGSTOP), 0);
	assert_int_equal(program_sign(signer, &tx, &err), GW_ERR_TIMEOUT);
	int64_t waited_ms = signer_silent_ms(signer);
	assert_true(waited_ms >= 2000);
	signer_ping(signer); /* an answer is pending already */
	assert_int_equal(program_sign(signer, &tx, &err), GW_ERR_TIMEOUT);
	assert_true(signer_silent_ms(signer) - waited_ms < 2000); /* not waited for again */
	assert_int_equal(kill(signer_pid(signer), SIGCONT), 0);
	struct pollfd channel = {.fd = signer_fd(signer), .events = POLLIN};

	assert_int_equal(poll(&channel, 1, PATIENCE_MS), 1);
	assert_false(signer_has_ended(signer, &err));
	assert_int_equal(signer_silent_ms(signer), 0);
	assert_int_equal(program_sign(signer, &tx, &err), GW_OK);
	signer_stop(signer);
}

int main(void)
{
	return test_run(fixture_make_directory, fixture_remove_directory);
}
