/* SPDX-License-Identifier: MIT
 *
 * golos-watchd as systemd would run it: what it tells NOTIFY_SOCKET from start to end, and a key that comes as a
 * credential. No node is there: it must be ready without one, for a replay takes hours.
 */
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

#include "../unit/unit.h"

#define WAIT_MS	 20000
#define TEST_WIF "5JCsnENUV1nWwPP7W4tEoyAn7uRJ8upYdVoRzesi2tRQLVMKHtt" /* of tests/vectors */

struct supervisor {
	char dir[64];
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

static void write_config(const struct supervisor *s, const char *more)
{
	char text[1024];

	snprintf(text, sizeof(text),
		 "node: ws://127.0.0.1:1\nplugin_dir: " TEST_BINARY_DIR "/plugins\nstate_dir: %s/state\n"
		 "control: %s/ctl\nuser: root\nsigner: {keys: 'credential:active', user: root}\nplugins:\n"
		 "  - {name: witness_monitor, witness: foo, sign: [witness_update],\n"
		 "     witness_pubkey: GLS756CkD8Bmrz151rkQPxsSJG6kTibMXwq4wD6fUZzCCKbRTxa66}\n%s",
		 s->dir, s->dir, more);
	write_file(in_dir(s, "golos-watch.yml"), 0600, text);
}

static int set_up(void **state)
{
	static struct supervisor s;
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	snprintf(s.dir, sizeof(s.dir), "/tmp/golos-watch-supervisor-XXXXXX");
	assert_non_null(mkdtemp(s.dir));
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/notify", s.dir);
	s.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(s.fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	write_file(in_dir(&s, "active"), 0400, TEST_WIF "\n");
	write_config(&s, "");
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

static void start(struct supervisor *s)
{
	char notify[128], credentials[128];

	snprintf(notify, sizeof(notify), "NOTIFY_SOCKET=%s/notify", s->dir);
	snprintf(credentials, sizeof(credentials), "CREDENTIALS_DIRECTORY=%s", s->dir);
	char *environment[] = {notify, credentials, (char[]){"WATCHDOG_USEC=200000"}, NULL};
	s->host = fork();
	if (s->host == 0) {
		execle(TEST_BINARY_DIR "/bin/golos-watchd", "golos-watchd", "-c", in_dir(s, "golos-watch.yml"), NULL,
		       environment);
		_exit(127);
	}
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

static void test_from_start_to_end(void **state)
{
	struct supervisor *s = *state;
	int status;

	start(s);
	await(s, "READY=1");
	await(s, "WATCHDOG=1");
	await(s, "WATCHDOG=1"); /* again and again, though no node is there */

	kill(s->host, SIGHUP);
	await(s, "RELOADING=1");
	await(s, "READY=1");
	write_config(s, "nonsense: 1\n"); /* a bad one changes nothing, and the reload ends all the same */
	kill(s->host, SIGHUP);
	await(s, "RELOADING=1");
	await(s, "READY=1");
	await(s, "WATCHDOG=1");

	kill(s->host, SIGTERM);
	await(s, "STOPPING=1");
	assert_int_equal(waitpid(s->host, &status, 0), s->host);
	s->host = 0;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_a_credential_that_is_no_key_is_not_restarted(void **state)
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_from_start_to_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_credential_that_is_no_key_is_not_restarted, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
