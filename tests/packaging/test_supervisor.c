/* SPDX-License-Identifier: MIT
 *
 * golos-watchd as systemd would run it: what it tells NOTIFY_SOCKET from start to end, and a key that comes as a
 * credential. It must be ready without a node, for a replay takes hours.
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

#include "integration/cluster.h"
#include "unit/unit.h"

#define WAIT_MS	 60000
#define TEST_WIF "5JCsnENUV1nWwPP7W4tEoyAn7uRJ8upYdVoRzesi2tRQLVMKHtt" /* of tests/vectors */

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

static void start(struct supervisor *s)
{
	char notify[160], credentials[128];

	snprintf(notify, sizeof(notify), "NOTIFY_SOCKET=%s", s->address);
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

static void test_from_start_to_end(void **state)
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

/* What `systemctl status` shows is what it sees. */
static void test_status_follows_the_nodes(void **state)
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
static void test_an_abstract_socket(void **state)
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_from_start_to_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_status_follows_the_nodes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_an_abstract_socket, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_credential_that_is_no_key_is_not_restarted, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
