/* SPDX-License-Identifier: MIT
 *
 * What a process, its own user's among them, can read of the real golos-watch-signer or do to it.
 */
#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "program.h"
#include "signer/keystore.h"

#define NOBODY	65534
#define THREADS 3 /* its own, the log's, and the count file's where there is one */

/* ---- what can be read of it ------------------------------------------------------------------------------------- */

/* The value of a line of /proc/PID/status. */
static long status_line(pid_t pid, const char *name)
{
	char path[64], line[256];

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	FILE *file = fopen(path, "re");
	long value = -1;

	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		if (strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ':')
			value = strtol(line + strlen(name) + 1, NULL, 10);
	fclose(file);
	return value;
}

/* Every thread's line holds this value. Returns how many there are. */
static size_t assert_of_each_thread(pid_t pid, const char *name, long value)
{
	const struct dirent *entry;
	char path[64];
	size_t count = 0;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	DIR *dir = opendir(path);
	assert_non_null(dir);
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.') {
			assert_int_equal(status_line((pid_t)strtol(entry->d_name, NULL, 10), name), value);
			count++;
		}
	closedir(dir);
	return count;
}

/* Those that write the count file and the log share the keys' memory, so they are shut in as the first one is. */
TEST(each_thread_is_sealed)
{
	struct program_setup setup;

	program_setup_init(&setup);
	setup.setup.count_file = fixture_path("threads");
	struct signer *signer = program_start(&setup);
	pid_t pid = signer_pid(signer);

	assert_int_equal(assert_of_each_thread(pid, "Seccomp", 2), THREADS);
	assert_int_equal(assert_of_each_thread(pid, "NoNewPrivs", 1), THREADS);
	signer_stop(signer);
}

TEST(process_state)
{
	struct program_setup setup;
	struct rlimit core;

	program_setup_init(&setup);
	struct signer *signer = program_start(&setup);
	pid_t pid = signer_pid(signer);

	assert_int_equal(status_line(pid, "Seccomp"), 2);
	assert_int_equal(status_line(pid, "NoNewPrivs"), 1);
	assert_int_equal(status_line(pid, "Threads"), THREADS - 1);
#ifndef GW_SANITIZED /* AddressSanitizer makes mlock do nothing */
	assert_true(status_line(pid, "VmLck") >= 4);
#endif
	assert_int_equal(prlimit(pid, RLIMIT_CORE, NULL, &core), 0);
	assert_int_equal(core.rlim_cur, 0);
	assert_int_equal(core.rlim_max, 0);
	signer_stop(signer);
}

TEST(environment_is_empty)
{
	struct program_setup setup;
	char path[64], byte;

	program_setup_init(&setup);
	setenv("GW_TEST_SECRET", fixture_keys[0].wif, 1);
	struct signer *signer = program_start(&setup);

	snprintf(path, sizeof(path), "/proc/%d/environ", signer_pid(signer));
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (geteuid() == 0) {
		assert_true(fd >= 0);
		assert_int_equal(read(fd, &byte, 1), 0);
		close(fd);
	} else {
		assert_int_equal(fd, -1);
	}
	unsetenv("GW_TEST_SECRET");
	signer_stop(signer);
}

/* Only root sees into an undumpable process; as somebody else it is tried below. */
TEST(descriptors)
{
	struct program_setup setup;
	char path[64];
	unsigned seen = 0;
	const struct dirent *entry;

	program_setup_init(&setup);
	setup.setup.count_file = fixture_path("descriptors");
	int stray = open("/dev/null", O_RDONLY); /* a host that forgets O_CLOEXEC */
	struct signer *signer = program_start(&setup);

	snprintf(path, sizeof(path), "/proc/%d/fd", signer_pid(signer));
	DIR *dir = opendir(path);

	if (geteuid() != 0) {
		assert_null(dir);
	} else {
		assert_non_null(dir);
		while ((entry = readdir(dir)))
			if (entry->d_name[0] != '.')
				seen |= 1u << strtoul(entry->d_name, NULL, 10);
		closedir(dir);
		unsigned count_file = seen & ~0xfu;

		assert_int_equal(seen & 0xfu, 0xfu);		    /* null, null, stderr, channel */
		assert_int_equal(count_file & (count_file - 1), 0); /* and one more: the count file */
		assert_int_not_equal(count_file, 0);
	}
	close(stray);
	signer_stop(signer);
}

/* ---- by a process of its own user -------------------------------------------------------------------------------- */

#define READ_MEM 1u
#define THREADS	 3 /* its own, the log's, and the count file's where there is one */

/* What a plugin, in a host that runs as the signer's user, tries. A bit for each way that worked; READ_MEM is the
 * first. */
static unsigned attack(pid_t pid)
{
	static const char *const files[] = {"mem",     "environ",   "maps", "auxv", "fd",
					    "pagemap", "map_files", "exe",  "cwd/."};
	static char place[16];
	char path[64], stolen[16];
	struct iovec to = {stolen, sizeof(stolen)}, from = {place, sizeof(place)};
	unsigned worked = 0;

	for (unsigned i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "/proc/%d/%s", pid, files[i]);
		if (open(path, O_RDONLY | O_CLOEXEC) >= 0)
			worked |= READ_MEM << i;
	}
	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) == 0)
		worked |= 1u << 16;
	if (ptrace(PTRACE_ATTACH, pid, NULL, NULL) == 0)
		worked |= 1u << 17;
	if (process_vm_readv(pid, &to, 1, &from, 1, 0) > 0)
		worked |= 1u << 18;
	return worked;
}

static bool become_nobody(void)
{
	return geteuid() != 0 || (setgroups(0, NULL) == 0 && setresgid(NOBODY, NOBODY, NOBODY) == 0 &&
				  setresuid(NOBODY, NOBODY, NOBODY) == 0);
}

/* The program where anybody may run it: the build directory need not be open to others. */
static const char *public_program(void)
{
	static char path[300];
	char text[65536];
	ssize_t n;

	snprintf(path, sizeof(path), "%s", fixture_path("golos-watch-signer"));
	int from = open(PROGRAM, O_RDONLY | O_CLOEXEC), to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);

	assert_true(from >= 0 && to >= 0);
	while ((n = read(from, text, sizeof(text))) > 0)
		assert_int_equal(write(to, text, (size_t)n), n);
	close(from);
	assert_int_equal(fchmod(to, 0755), 0);
	close(to);
	snprintf(text, sizeof(text), "%s", path);
	*strrchr(text, '/') = 0;
	assert_int_equal(chmod(text, 0755), 0);
	return path;
}

/* Runs in a child: 0 when nothing worked, 1 when something did, 2 when the signer did not start. */
static int attack_a_signer(const char *program)
{
	struct program_setup setup;
	struct signer *signer;
	struct error err;
	int keys = memfd_create("keys", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	program_setup_init(&setup);
	if (!become_nobody() || write(keys, fixture_keys[1].wif, 51) != 51 ||
	    fcntl(keys, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0)
		return 2;
	setup.setup.program = program;
	setup.setup.key_count = 0;
	setup.setup.inline_keys_fd = keys;
	if (signer_start(&signer, &setup.setup, &err) != GW_OK) {
		fprintf(stderr, "%s\n", err.text);
		return 2;
	}
	unsigned worked = attack(signer_pid(signer));

	fprintf(stderr, "attacks on the signer that worked: %#x\n", worked);
	signer_stop(signer);
	return worked != 0;
}

/* The same attack on an ordinary process of the same user: it must work, or the test above shows nothing. */
static int attack_anybody(void)
{
	if (!become_nobody())
		return 2;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return 2;
	pid_t pid = fork();
	if (pid == 0) {
		dup2(pair[1], STDIN_FILENO);
		dup2(pair[1], STDOUT_FILENO);
		execl("/bin/cat", "cat", (char *)NULL);
		_exit(127);
	}
	close(pair[1]);
	char byte = 'x';
	bool runs =
		write(pair[0], &byte, 1) == 1 && read(pair[0], &byte, 1) == 1; /* exec made it an ordinary process */
	unsigned worked = runs ? attack(pid) : 0;

	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(pair[0]);
	return worked & READ_MEM ? 0 : 1;
}

static int in_a_child(int (*run)(const char *program), const char *program)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(run(program));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int attack_control(const char *program)
{
	(void)program;
	return attack_anybody();
}

TEST(attack_by_the_same_user)
{
	assert_int_equal(in_a_child(attack_control, NULL), 0);
	assert_int_equal(in_a_child(attack_a_signer, public_program()), 0);
}

TEST(another_user)
{
	struct program_setup setup;
	struct transaction tx = program_update();
	struct signed_transaction done;
	struct error err;

	if (geteuid() != 0)
		skip(); /* only root can hand it to another user */
	program_setup_init(&setup);
	setup.setup.user = "nobody";
	setup.setup.count_file = fixture_path("nobody's");
	struct signer *signer = program_start(&setup); /* key and count file are root's, opened before the drop */

	assert_int_equal(assert_of_each_thread(signer_pid(signer), "Uid", NOBODY), THREADS);
	assert_int_equal(assert_of_each_thread(signer_pid(signer), "Gid", NOBODY), THREADS);
	assert_int_equal(assert_of_each_thread(signer_pid(signer), "CapPrm", 0), THREADS);
	assert_int_equal(assert_of_each_thread(signer_pid(signer), "Seccomp", 2), THREADS);
	assert_int_equal(signer_sign(signer, 0, false, &tx, program_first_key, 1, &done, &err), GW_OK);
	signer_stop(signer);
	setup.setup.user = "no-such-user";
	program_refused(&setup, GW_ERR_CONFIG, "no-such-user");
}

/* ---- what is left in its memory --------------------------------------------------------------------------------- */

/* How often `bytes` stand in the writable memory of a process. */
static size_t count_in_memory(pid_t pid, const void *bytes, size_t len)
{
	char path[64], line[512], rights[8];
	unsigned long begin, end;
	size_t found = 0;

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	int mem = open(path, O_RDONLY | O_CLOEXEC);

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	FILE *maps = fopen(path, "re");

	assert_true(mem >= 0 && maps);
	while (fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%lx %7s", &begin, &end, rights) != 3 || rights[0] != 'r' ||
		    end - begin > (64ul << 20)) /* a sanitizer's shadow */
			continue;
		char *copy = malloc(end - begin);
		ssize_t n = pread(mem, copy, end - begin, (off_t)begin);
		const char *at = copy;

		while (n > 0 && (at = memmem(at, (size_t)(copy + n - at), bytes, len))) {
			found++;
			at += len;
		}
		free(copy);
	}
	fclose(maps);
	close(mem);
	return found;
}

/* After start and a signature: the texts are gone, and each key stands in one place. */
TEST(nothing_left_in_memory)
{
	const struct keystore_cost cheap = {1, 8192};
	static const char passphrase[] = "a passphrase nobody else has";
	struct secret_key secrets[FIXTURE_KEYS] = {fixture_secret(0), fixture_secret(1), fixture_secret(2)};
	struct transaction tx = program_update();
	const uint32_t both_keys[] = {0, 1};
	struct signed_transaction done;
	struct program_setup setup;
	char text[700];
	struct error err;

	if (geteuid() != 0)
		skip(); /* nobody else can look */
	program_setup_init(&setup);
	const char *store = fixture_path("scan.store");

	assert_int_equal(keystore_create(store, &secrets[1], 1, passphrase, strlen(passphrase), &cheap, &err), GW_OK);
	snprintf(text, sizeof(text), "keystore:%s,passphrase=file:%s", store,
		 fixture_file("scan.words", passphrase, strlen(passphrase), 0400));
	program_setup_key(&setup, 1, text);
	int len = snprintf(text, sizeof(text), "witness = \"foo\"\nprivate-key = %s\n", fixture_keys[2].wif);

	setup.setup.golosd_config = fixture_file("scan.ini", text, (size_t)len, 0400);
	struct signer *signer = program_start(&setup);
	pid_t pid = signer_pid(signer);

	assert_int_equal(signer_sign(signer, 0, false, &tx, both_keys, 2, &done, &err), GW_OK);
	for (size_t i = 0; i < FIXTURE_KEYS; i++)
		assert_int_equal(count_in_memory(pid, fixture_keys[i].wif + 5, 20), 0);
	assert_int_equal(count_in_memory(pid, passphrase, strlen(passphrase)), 0);
	assert_int_equal(count_in_memory(pid, &secrets[0], 32), 1);
	assert_int_equal(count_in_memory(pid, &secrets[1], 32), 1);
	assert_int_equal(count_in_memory(pid, &secrets[2], 32), 0);
	signer_stop(signer);
}

int main(void)
{
	return test_run(fixture_make_directory, fixture_remove_directory);
}
