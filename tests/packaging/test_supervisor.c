/* SPDX-License-Identifier: MIT
 *
 * golos-watchd as systemd would run it: what it tells NOTIFY_SOCKET from start to end, and a key that comes as a
 * credential. It must be ready without a node, for a replay takes hours.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "integration/cluster.h"
#include "integration/process.h"
#include "test.h"

#define WAIT_MS	 60000
#define TEST_WIF "5JCsnENUV1nWwPP7W4tEoyAn7uRJ8upYdVoRzesi2tRQLVMKHtt" /* a throwaway */

struct supervisor {
	char dir[64], address[128];
	int fd; /* what NOTIFY_SOCKET names */
	pid_t host;
};

static const char *in_dir(const struct supervisor *s, const char *name)
{
	static char path[4][128];
	static unsigned next;
	char *ret = path[next++ % 4];

	snprintf(ret, sizeof(path[0]), "%s/%s", s->dir, name);
	return ret;
}

static void write_file(const char *path, mode_t mode, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, mode), 0);
}

#define NO_NODE "ws://127.0.0.1:1"

static void write_config(const struct supervisor *s, const char *node, const char *more)
{
	char text[1024];

	snprintf(text, sizeof(text),
		 "node: %s\nchain_id: test\nplugin_dir: " TEST_BINARY_DIR "/plugins\nstate_dir: %s/state\n"
		 "control: %s/ctl\nuser: root\nsigner: {keys: 'credential:active', user: root}\nplugins:\n"
		 "  - {name: witness_monitor, witness: foo, sign: [witness_update],\n"
		 "     witness_pubkey: GLS756CkD8Bmrz151rkQPxsSJG6kTibMXwq4wD6fUZzCCKbRTxa66}\n%s",
		 node, s->dir, s->dir, more);
	write_file(in_dir(s, "golos-watch.yml"), 0600, text);
}

static int set_up(void **state)
{
	static struct supervisor s;
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	snprintf(s.dir, sizeof(s.dir), "/tmp/golos-watch-supervisor-XXXXXX");
	assert_non_null(mkdtemp(s.dir));
	snprintf(s.address, sizeof(s.address), "%s/notify", s.dir);
	memcpy(address.sun_path, s.address, strlen(s.address));
	s.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(s.fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	write_file(in_dir(&s, "active"), 0400, TEST_WIF "\n");
	write_config(&s, NO_NODE, "");
	*state = &s;
	return 0;
}

static int tear_down(void **state)
{
	struct supervisor *s = *state;
	char command[128];

	if (s->host > 0) {
		kill(s->host, SIGKILL);
		waitpid(s->host, NULL, 0);
	}
	close(s->fd);
	snprintf(command, sizeof(command), "rm -rf '%s'", s->dir);
	return system(command) == 0 ? 0 : -1;
}

static void start_under(struct supervisor *s, char *const under[])
{
	char notify[160], credentials[128];

	snprintf(notify, sizeof(notify), "NOTIFY_SOCKET=%s", s->address);
	snprintf(credentials, sizeof(credentials), "CREDENTIALS_DIRECTORY=%s", s->dir);
	char *environment[] = {notify, credentials, (char[]){"WATCHDOG_USEC=200000"}, NULL};
	s->host = fork();
	if (s->host == 0) {
		char *arguments[16] = {NULL};
		size_t n = 0;

		for (; under[n]; n++)
			arguments[n] = under[n];
		arguments[n++] = (char[]){TEST_BINARY_DIR "/bin/golos-watchd"};
		arguments[n++] = (char[]){"-c"};
		arguments[n] = (char *)(uintptr_t)in_dir(s, "golos-watch.yml");
		execve(arguments[0], arguments, environment);
		_exit(127);
	}
}

static void start(struct supervisor *s)
{
	start_under(s, (char *[]){NULL});
}

/* Reads until a message has that line. */
static void await(struct supervisor *s, const char *line)
{
	char message[512];

	for (;;) {
		struct pollfd ready = {.fd = s->fd, .events = POLLIN};
		if (poll(&ready, 1, WAIT_MS) != 1)
			fail_msg("no \"%s\" came", line);
		ssize_t len = recv(s->fd, message, sizeof(message) - 1, 0);
		assert_true(len > 0);
		message[len] = 0;
		const char *found = strstr(message, line);
		if (found && (found == message || found[-1] == '\n'))
			return;
	}
}

static void end_host(struct supervisor *s)
{
	int status;

	kill(s->host, SIGTERM);
	await(s, "STOPPING=1");
	assert_int_equal(waitpid(s->host, &status, 0), s->host);
	s->host = 0;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

TEST(from_start_to_end, set_up, tear_down)
{
	struct supervisor *s = *state;

	start(s);
	await(s, "READY=1");
	await(s, "STATUS=waiting for the first node");
	await(s, "WATCHDOG=1");
	await(s, "WATCHDOG=1"); /* again and again, though no node is there */

	kill(s->host, SIGHUP);
	await(s, "RELOADING=1");
	await(s, "READY=1");
	write_config(s, NO_NODE, "nonsense: 1\n"); /* a bad one changes nothing, and the reload ends all the same */
	kill(s->host, SIGHUP);
	await(s, "RELOADING=1");
	await(s, "READY=1");
	await(s, "WATCHDOG=1");

	end_host(s);
}

TEST(a_credential_that_is_no_key_is_not_restarted, set_up, tear_down)
{
	struct supervisor *s = *state;
	int status;

	/* what the unit's SetCredential= hands over where /etc/golos-watch/active.key is not there */
	unlink(in_dir(s, "active"));
	write_file(in_dir(s, "active"), 0400, "\n");
	start(s);
	assert_int_equal(waitpid(s->host, &status, 0), s->host);
	s->host = 0;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 79); /* EXIT_KEY: named in RestartPreventExitStatus */
}

/* What `systemctl status` shows is what it sees. */
TEST(status_follows_the_nodes, set_up, tear_down)
{
	const struct cluster_setup setup = {.watchers = 1, .starts_no_watcher = true};
	struct cluster *cluster = cluster_new(&setup);
	struct supervisor *s = *state;

	cluster_fault(cluster, "kill", "[0]");
	write_config(s, cluster_url(cluster, 0), "");
	unlink(in_dir(s, "active"));
	write_file(in_dir(s, "active"), 0400, cluster_active_wif(cluster));
	start(s);
	await(s, "STATUS=waiting for the first node");
	cluster_fault(cluster, "revive", "[0]");
	await(s, "STATUS=watching");
	cluster_fault(cluster, "kill", "[0]");
	await(s, "STATUS=no node answers");
	cluster_fault(cluster, "revive", "[0]");
	await(s, "STATUS=watching");
	end_host(s);
	cluster_free(cluster);
}

/* systemd may name a socket of the abstract namespace. */
TEST(an_abstract_socket, set_up, tear_down)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct supervisor *s = *state;
	socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(s->dir));

	memcpy(address.sun_path + 1, s->dir + 1, strlen(s->dir) - 1);
	close(s->fd);
	s->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(s->fd, (const struct sockaddr *)&address, len), 0);
	snprintf(s->address, sizeof(s->address), "@%s", s->dir + 1);
	start(s);
	await(s, "READY=1");
	end_host(s);
}

static unsigned count_children(pid_t parent)
{
	unsigned count = 0;
	char path[64];
	int pid;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", parent, parent);
	FILE *children = fopen(path, "re");
	assert_non_null(children);
	while (fscanf(children, "%d", &pid) == 1)
		count++;
	fclose(children);
	return count;
}

/* As a container's first process it is the parent of all that lost theirs: here of what its notice_command left behind.
 */
TEST(as_process_1_it_reaps, set_up, tear_down)
{
	char *const unshare[] = {(char[]){"/usr/bin/unshare"}, (char[]){"--pid"},	 (char[]){"--fork"},
				 (char[]){"--mount-proc"},     (char[]){"--kill-child"}, NULL};
	struct supervisor *s = *state;
	char text[512], byte;
	int status;

	if (system("/usr/bin/unshare --pid --fork --mount-proc true 2>/dev/null") != 0)
		skip(); /* who may not make namespaces cannot play a container */
	assert_int_equal(mkfifo(in_dir(s, "said"), 0600), 0);
	int said = open(in_dir(s, "said"), O_RDWR | O_CLOEXEC);
	assert_true(said >= 0);
	snprintf(text, sizeof(text), "#!/bin/sh\n(sh -c 'sleep 0.1; echo > %s/said' &)\n", s->dir);
	write_file(in_dir(s, "program"), 0700, text);
	snprintf(text, sizeof(text), "notice_command: %s\n", in_dir(s, "program"));
	write_config(s, NO_NODE, text);
	start_under(s, unshare);
	await(s, "READY=1");
	pid_t host = process_child_of(s->host);
	assert_true(host > 0);
	struct pollfd orphan = {.fd = said, .events = POLLIN};
	assert_int_equal(poll(&orphan, 1, WAIT_MS), 1); /* it was there, and ends now */
	assert_int_equal(read(said, &byte, 1), 1);
	close(said);
	for (int ms = 0; count_children(host) > 1; ms += 20) { /* but for the signer */
		assert_true(ms < WAIT_MS);
		poll(NULL, 0, 20);
	}
	assert_int_equal(kill(host, SIGTERM), 0);
	assert_int_equal(waitpid(s->host, &status, 0), s->host);
	s->host = 0;
	assert_int_equal(status, 0);
}

/* What golos-watch prints of a command holds these words. */
static bool shows(const struct supervisor *s, const char *command, const char *words)
{
	char line[512];

	snprintf(line, sizeof(line), TEST_BINARY_DIR "/bin/golos-watch --socket %s %s | grep -q '%s'", in_dir(s, "ctl"),
		 command, words);
	return system(line) == 0;
}

/* What was kept is known, nothing new is, and the watch goes on. */
TEST(a_read_only_disk, set_up, tear_down)
{
	static const char remount[] = "mount --bind \"$0/state\" \"$0/state\" && mount -o remount,ro,bind "
				      "\"$0/state\" && exec \"$@\"";
	struct supervisor *s = *state;
	char *const unshare[] = {(char[]){"/usr/bin/unshare"},
				 (char[]){"--mount"},
				 (char[]){"/bin/sh"},
				 (char[]){"-c"},
				 (char *)(uintptr_t)remount,
				 s->dir,
				 NULL};

	if (system("/usr/bin/unshare --mount true 2>/dev/null") != 0)
		skip(); /* who may not make namespaces cannot make a disk read-only */
	start(s);
	await(s, "READY=1");
	assert_true(shows(s, "hold", "is held"));
	end_host(s);
	start_under(s, unshare);
	await(s, "READY=1");
	assert_true(shows(s, "status", "JOURNAL CANNOT BE WRITTEN"));
	assert_true(shows(s, "status", "held by root"));
	assert_true(shows(s, "resume", "no longer held"));
	end_host(s);
	start(s); /* it can be written again, and what it missed was never kept */
	await(s, "READY=1");
	assert_true(shows(s, "status", "held by root"));
	end_host(s);
}
