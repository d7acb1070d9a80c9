/* SPDX-License-Identifier: MIT
 *
 * The real golos-watch-signer against a host gone bad: everything a process could send it, read of it or do to it.
 */
#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "program.h"
#include "signer/keystore.h"

#define NOBODY 65534

static struct message sign_message(void)
{
	struct message message = {.type = MESSAGE_SIGN, .id = 1};
	struct public_key key = fixture_public(0);

	message.sign.key_count = 1;
	message.sign.tx = fixture_update("foo", &key, program_now_s() + 30);
	return message;
}

/* ---- what it is sent -------------------------------------------------------------------------------------------- */

static void test_raw_signing_works(void **state)
{
	struct raw raw = raw_start_ready();
	struct message message = sign_message();

	(void)state;
	raw_send(&raw, &message);
	raw_receive(&raw, &message);
	assert_int_equal(message.type, MESSAGE_SIGNED);
	assert_int_equal(message.id, 1);
	close(raw.fd);
	raw.fd = -1;
	assert_int_equal(raw_end(&raw), EXIT_OK);
}

/* Each type that is not SIGN, once it is sealed; set-up again among them. */
static void test_other_types_end_it(void **state)
{
	static const enum message_type types[] = {MESSAGE_SETUP,	 MESSAGE_KEY,	 MESSAGE_INSTANCE,
						  MESSAGE_GOLOSD_CONFIG, MESSAGE_SEAL,	 MESSAGE_READY,
						  MESSAGE_FAILED,	 MESSAGE_SIGNED, MESSAGE_REFUSED};

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct raw raw = raw_start_ready();
		const struct message message = {.type = types[i], .id = 1};

		raw_send(&raw, &message);
		assert_int_equal(raw_end(&raw), EXIT_SIGNER);
	}
}

/* One byte changed in each field of the header, cuts, and what is too long. */
static void test_odd_bytes_end_it(void **state)
{
	static uint8_t bytes[SIGNER_MESSAGE_MAX + 1000];
	struct message message = sign_message();
	size_t len;

	(void)state;
	assert_int_equal(message_encode(bytes, &len, &message), GW_OK);
	for (size_t at = 0; at < SIGNER_HEADER_BYTES; at += at == 7 ? 5 : 1) { /* 8 to 11: the request's number */
		struct raw raw = raw_start_ready();

		bytes[at] ^= 0x40;
		raw_send_bytes(&raw, bytes, len);
		bytes[at] ^= 0x40;
		assert_int_equal(raw_end(&raw), EXIT_SIGNER);
	}
	const size_t lengths[] = {1, 15, 16, len - 1, len + 1, SIGNER_MESSAGE_MAX, sizeof(bytes)};

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct raw raw = raw_start_ready();

		raw_send_bytes(&raw, bytes, lengths[i]);
		assert_int_equal(raw_end(&raw), EXIT_SIGNER);
	}
}

static void test_setup_out_of_order(void **state)
{
	const struct message setup = {.type = MESSAGE_SETUP}, seal = {.type = MESSAGE_SEAL};
	const struct message key = {.type = MESSAGE_KEY, .path = "file:/nonexistent"};
	const struct message config = {.type = MESSAGE_GOLOSD_CONFIG, .path = "/nonexistent"};
	const struct message *const orders[][3] = {
		{&seal}, {&key}, {&setup, &setup}, {&setup, &config, &key}, {&setup, &config, &config},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		struct raw raw = raw_start();
		struct message answer;

		for (size_t n = 0; n < 3 && orders[i][n]; n++)
			raw_send(&raw, orders[i][n]);
		raw_receive(&raw, &answer);
		assert_int_equal(answer.type, MESSAGE_FAILED);
		assert_int_equal(answer.failed.status, GW_ERR_PROTOCOL);
		assert_int_equal(raw_end(&raw), EXIT_SIGNER);
	}
}

static void test_too_many_of_each(void **state)
{
	const struct message setup = {.type = MESSAGE_SETUP};
	struct message key = {.type = MESSAGE_KEY, .path = "file:/nonexistent"}, answer;
	struct message instance = {.type = MESSAGE_INSTANCE};

	(void)state;
	instance.instance = (struct signer_policy_instance){.witness = "foo", .grants = 2, .max_signatures = 1};
	for (int which = 0; which < 2; which++) {
		struct raw raw = raw_start();
		int count = which ? SIGNER_INSTANCES_MAX : SIGNER_KEYS_MAX;

		raw_send(&raw, &setup);
		for (int i = 0; i <= count; i++)
			raw_send(&raw, which ? &instance : &key);
		raw_receive(&raw, &answer);
		assert_int_equal(answer.type, MESSAGE_FAILED);
		assert_int_equal(answer.failed.status, GW_ERR_PROTOCOL);
		assert_int_equal(raw_end(&raw), EXIT_SIGNER);
	}
}

/* Every operation there is, for every account: what comes back is REFUSED, and the signer still serves. */
static void test_every_operation(void **state)
{
	struct raw raw = raw_start_ready();

	(void)state;
	for (uint32_t type = 0; type < 80; type++) {
		struct message message = sign_message();

		if (type == OPERATION_WITNESS_UPDATE || type == OPERATION_FEED_PUBLISH ||
		    type == OPERATION_CHAIN_PROPERTIES_UPDATE)
			continue;
		message.id = type + 1;
		message.sign.tx.operations[0].type = type;
		raw_send(&raw, &message);
		raw_receive(&raw, &message);
		assert_int_equal(message.type, MESSAGE_REFUSED);
		assert_int_equal(message.id, type + 1);
		assert_int_equal(message.refused.refusal, REFUSED_OPERATION);
	}
	struct message good = sign_message();

	raw_send(&raw, &good);
	raw_receive(&raw, &good);
	assert_int_equal(good.type, MESSAGE_SIGNED);
	close(raw.fd);
	raw.fd = -1;
	assert_int_equal(raw_end(&raw), EXIT_OK);
}

/* The same question twice in a row: the same signature, and no room for another transaction taken. */
static void test_replay(void **state)
{
	struct raw raw = raw_start_ready();
	struct message question = sign_message(), first, second;

	(void)state;
	raw_send(&raw, &question);
	raw_receive(&raw, &first);
	for (int i = 0; i < 10; i++) {
		raw_send(&raw, &question);
		raw_receive(&raw, &second);
		assert_int_equal(second.type, MESSAGE_SIGNED);
		assert_memory_equal(&second.done.signatures[0], &first.done.signatures[0], SIGNATURE_BYTES);
	}
	close(raw.fd);
	raw.fd = -1;
	assert_int_equal(raw_end(&raw), EXIT_OK);
}

static void test_not_started_by_hand(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		close_range(3, ~0U, 0);
		execl(PROGRAM, "golos-watch-signer", (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), EXIT_USAGE);
}

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

/* The thread that writes the count file shares the keys' memory, so it is shut in as the other one is. */
static void test_both_threads_are_sealed(void **state)
{
	struct program_setup setup;

	(void)state;
	program_setup_init(&setup);
	setup.setup.count_file = fixture_path("threads");
	struct signer *signer = program_start(&setup);
	pid_t pid = signer_pid(signer);

	assert_int_equal(assert_of_each_thread(pid, "Seccomp", 2), 2);
	assert_int_equal(assert_of_each_thread(pid, "NoNewPrivs", 1), 2);
	signer_stop(signer);
}

static void test_process_state(void **state)
{
	struct program_setup setup;
	struct rlimit core;

	(void)state;
	program_setup_init(&setup);
	struct signer *signer = program_start(&setup);
	pid_t pid = signer_pid(signer);

	assert_int_equal(status_line(pid, "Seccomp"), 2);
	assert_int_equal(status_line(pid, "NoNewPrivs"), 1);
	assert_int_equal(status_line(pid, "Threads"), 1);
#ifndef GW_SANITIZED /* AddressSanitizer makes mlock do nothing */
	assert_true(status_line(pid, "VmLck") >= 4);
#endif
	assert_int_equal(prlimit(pid, RLIMIT_CORE, NULL, &core), 0);
	assert_int_equal(core.rlim_cur, 0);
	assert_int_equal(core.rlim_max, 0);
	signer_stop(signer);
}

static void test_environment_is_empty(void **state)
{
	struct program_setup setup;
	char path[64], byte;

	(void)state;
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
static void test_descriptors(void **state)
{
	struct program_setup setup;
	char path[64];
	unsigned seen = 0;
	const struct dirent *entry;

	(void)state;
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

static void test_attack_by_the_same_user(void **state)
{
	(void)state;
	assert_int_equal(in_a_child(attack_control, NULL), 0);
	assert_int_equal(in_a_child(attack_a_signer, public_program()), 0);
}

static void test_another_user(void **state)
{
	struct program_setup setup;
	struct transaction tx = sign_message().sign.tx;
	struct signed_transaction done;
	const uint32_t first_key[] = {0};
	struct error err;

	(void)state;
	if (geteuid() != 0)
		skip(); /* only root can hand it to another user */
	program_setup_init(&setup);
	setup.setup.user = "nobody";
	setup.setup.count_file = fixture_path("nobody's");
	struct signer *signer = program_start(&setup); /* key and count file are root's, opened before the drop */

	assert_int_equal(assert_of_each_thread(signer_pid(signer), "Uid", NOBODY), 2);
	assert_int_equal(assert_of_each_thread(signer_pid(signer), "Gid", NOBODY), 2);
	assert_int_equal(assert_of_each_thread(signer_pid(signer), "CapPrm", 0), 2);
	assert_int_equal(assert_of_each_thread(signer_pid(signer), "Seccomp", 2), 2);
	assert_int_equal(signer_sign(signer, 0, &tx, first_key, 1, &done, &err), GW_OK);
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
static void test_nothing_left_in_memory(void **state)
{
	const struct keystore_cost cheap = {1, 8192};
	static const char passphrase[] = "a passphrase nobody else has";
	struct secret_key secrets[FIXTURE_KEYS] = {fixture_secret(0), fixture_secret(1), fixture_secret(2)};
	struct transaction tx = sign_message().sign.tx;
	const uint32_t both_keys[] = {0, 1};
	struct signed_transaction done;
	struct program_setup setup;
	char text[700];
	struct error err;

	(void)state;
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

	assert_int_equal(signer_sign(signer, 0, &tx, both_keys, 2, &done, &err), GW_OK);
	for (size_t i = 0; i < FIXTURE_KEYS; i++)
		assert_int_equal(count_in_memory(pid, fixture_keys[i].wif + 5, 20), 0);
	assert_int_equal(count_in_memory(pid, passphrase, strlen(passphrase)), 0);
	assert_int_equal(count_in_memory(pid, &secrets[0], 32), 1);
	assert_int_equal(count_in_memory(pid, &secrets[1], 32), 1);
	assert_int_equal(count_in_memory(pid, &secrets[2], 32), 0);
	signer_stop(signer);
}

/* ---- its end ---------------------------------------------------------------------------------------------------- */

/* A host that starts a signer, and a third process that keeps the channel open, so that only the host's death can end
 * the signer. Tells both pids, and waits to be killed. */
static void host_to_be_killed(int tell)
{
	struct raw raw = raw_start_ready();
	pid_t keeper = fork();

	if (keeper == 0)
		for (;;)
			pause();
	const pid_t pids[2] = {raw.pid, keeper};

	if (write(tell, pids, sizeof(pids)) != sizeof(pids))
		_exit(1);
	for (;;)
		pause();
}

static void test_dies_with_its_host(void **state)
{
	int told[2], status;
	pid_t pids[2];

	(void)state;
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0); /* its children become ours, so we see how they end */
	assert_int_equal(pipe2(told, O_CLOEXEC), 0);
	pid_t host = fork();

	if (host == 0)
		host_to_be_killed(told[1]);
	assert_int_equal(read(told[0], pids, sizeof(pids)), sizeof(pids));
	assert_int_equal(kill(host, SIGKILL), 0);
	assert_int_equal(waitpid(host, &status, 0), host);
	assert_int_equal(waitpid(pids[0], &status, 0), pids[0]);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	kill(pids[1], SIGKILL);
	assert_int_equal(waitpid(pids[1], &status, 0), pids[1]);
	close(told[0]);
	close(told[1]);
}

/* A channel that another process than its parent made. */
static int start_for_another(const char *program)
{
	struct raw raw = {.fd = -1};
	int status = -1;

	(void)program;
	raw.pid = fork();
	if (raw.pid == 0) { /* the channel on descriptor 3 is our grandparent's */
		execle(PROGRAM, "golos-watch-signer", (char *)NULL, (char *[]){NULL});
		_exit(127);
	}
	return waitpid(raw.pid, &status, 0) == raw.pid && WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}

static void test_needs_its_host_as_parent(void **state)
{
	const struct message setup = {.type = MESSAGE_SETUP}, seal = {.type = MESSAGE_SEAL};
	struct message answer;
	int channel[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel), 0);
	struct raw raw = {.fd = channel[0]};
	pid_t pid = fork();

	if (pid == 0) {
		dup2(fcntl(channel[1], F_DUPFD, 100), SIGNER_CHANNEL_FD);
		close_range(SIGNER_CHANNEL_FD + 1, ~0U, 0);
		_exit(start_for_another(NULL));
	}
	close(channel[1]);
	raw_send(&raw, &setup);
	raw_send(&raw, &seal);
	raw_receive(&raw, &answer);
	assert_int_equal(answer.type, MESSAGE_FAILED);
	assert_non_null(strstr(answer.failed.text, "host is gone"));
	raw.pid = pid;
	assert_int_equal(raw_end(&raw), EXIT_SYSTEM);
}

/* The terminal's and the supervisor's signals reach the host as well, which then ends it in order. */
static void test_outlives_signals(void **state)
{
	static const int signals[] = {SIGINT, SIGHUP, SIGTERM, SIGQUIT, SIGPIPE};
	struct raw raw = raw_start_ready();
	struct message message = sign_message();

	(void)state;
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		assert_int_equal(kill(raw.pid, signals[i]), 0);
	raw_send(&raw, &message);
	raw_receive(&raw, &message);
	assert_int_equal(message.type, MESSAGE_SIGNED);
	close(raw.fd);
	raw.fd = -1;
	assert_int_equal(raw_end(&raw), EXIT_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_raw_signing_works),
		cmocka_unit_test(test_other_types_end_it),
		cmocka_unit_test(test_odd_bytes_end_it),
		cmocka_unit_test(test_setup_out_of_order),
		cmocka_unit_test(test_too_many_of_each),
		cmocka_unit_test(test_every_operation),
		cmocka_unit_test(test_replay),
		cmocka_unit_test(test_not_started_by_hand),
		cmocka_unit_test(test_process_state),
		cmocka_unit_test(test_both_threads_are_sealed),
		cmocka_unit_test(test_environment_is_empty),
		cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_attack_by_the_same_user),
		cmocka_unit_test(test_another_user),
		cmocka_unit_test(test_nothing_left_in_memory),
		cmocka_unit_test(test_dies_with_its_host),
		cmocka_unit_test(test_needs_its_host_as_parent),
		cmocka_unit_test(test_outlives_signals),
	};

	return cmocka_run_group_tests(tests, fixture_make_directory, fixture_remove_directory);
}
