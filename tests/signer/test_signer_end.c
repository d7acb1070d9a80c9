/* SPDX-License-Identifier: MIT
 *
 * The end of the real golos-watch-signer, and of its host: which of them outlives what.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "program.h"

/* ---- as the host sees it ---------------------------------------------------------------------------------------- */

TEST(death_is_seen)
{
	struct program_setup setup;
	struct transaction tx = program_update();
	struct error err = {.text = ""};

	program_setup_init(&setup);
	struct signer *signer = program_start(&setup);
	struct pollfd channel = {.fd = signer_fd(signer), .events = POLLIN};

	assert_false(signer_has_ended(signer, &err));
	assert_int_equal(kill(signer_pid(signer), SIGKILL), 0);
	assert_int_equal(poll(&channel, 1, 60000), 1);
	assert_true(signer_has_ended(signer, &err));
	assert_non_null(strstr(err.text, "signal 9"));
	assert_int_equal(program_sign(signer, &tx, &err), GW_ERR_UNAVAILABLE);
	assert_true(signer_has_ended(signer, &err));
	signer_stop(signer);
}

TEST(death_between_questions)
{
	struct program_setup setup;
	struct transaction tx = program_update();
	struct error err = {.text = ""};

	program_setup_init(&setup);
	struct signer *signer = program_start(&setup);

	kill(signer_pid(signer), SIGKILL);
	assert_int_equal(program_sign(signer, &tx, &err), GW_ERR_UNAVAILABLE);
	assert_non_null(strstr(err.text, "signal 9"));
	struct pollfd channel = {.fd = signer_fd(signer), .events = POLLIN};

	assert_int_equal(poll(&channel, 1, 0), 1); /* a loop that watches it sees the end all the same */
	assert_true(signer_has_ended(signer, &err));
	signer_stop(signer);
}

TEST(silence)
{
	struct program_setup setup;
	struct transaction tx = program_update();
	struct error err = {.text = ""};

	program_setup_init(&setup);
	setup.instances[0].max_signatures = 1;
	struct signer *signer = program_start(&setup);

	kill(signer_pid(signer), SIGSTOP);
	assert_int_equal(program_sign(signer, &tx, &err), GW_ERR_TIMEOUT);
	assert_int_equal(program_sign(signer, &tx, &err), GW_ERR_TIMEOUT); /* at once: it is not waited for again */
	kill(signer_pid(signer), SIGCONT);
	struct pollfd channel = {.fd = signer_fd(signer), .events = POLLIN};

	assert_int_equal(poll(&channel, 1, -1), 1);
	assert_false(signer_has_ended(signer, &err));
	assert_int_equal(program_sign(signer, &tx, &err), GW_OK); /* past the late answer; and it counted once */
	assert_false(signer_has_ended(signer, &err));
	signer_stop(signer);
}

/* The answer to what was asked ahead is passed over, and it is one signature. */
TEST(asked_ahead)
{
	struct program_setup setup;
	struct transaction tx = program_update();
	struct error err = {.text = ""};

	program_setup_init(&setup);
	setup.instances[0].max_signatures = 1;
	setup.setup.count_file = fixture_path("ahead");
	struct signer *signer = program_start(&setup);

	signer_ask_ahead(signer, 0, false, &tx, program_first_key, 1);
	assert_int_equal(program_sign(signer, &tx, &err), GW_OK);
	signer_ask_ahead(signer, 0, false, &tx, program_first_key, 1);
	struct pollfd channel = {.fd = signer_fd(signer), .events = POLLIN};

	assert_int_equal(poll(&channel, 1, 60000), 1);
	assert_false(signer_has_ended(signer, &err));
	assert_int_equal(program_sign(signer, &tx, &err), GW_OK);
	assert_int_equal(program_sign_different(signer, 1, &err), GW_ERR_DENIED);
	kill(signer_pid(signer), SIGKILL);
	signer_ask_ahead(signer, 0, false, &tx, program_first_key, 1); /* left for the next to meet */
	assert_int_equal(program_sign(signer, &tx, &err), GW_ERR_UNAVAILABLE);
	signer_ask_ahead(signer, 0, false, &tx, program_first_key, 1);
	signer_stop(signer);
}

/* ---- its host is gone ------------------------------------------------------------------------------------------- */

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

TEST(dies_with_its_host)
{
	int told[2], status;
	pid_t pids[2];

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

TEST(needs_its_host_as_parent)
{
	const struct message setup = {.type = MESSAGE_SETUP}, seal = {.type = MESSAGE_SEAL};
	struct message answer;
	int channel[2];

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
TEST(outlives_signals)
{
	static const int signals[] = {SIGINT, SIGHUP, SIGTERM, SIGQUIT, SIGPIPE};
	struct raw raw = raw_start_ready();
	struct message message = raw_sign_message();

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
	return test_run(fixture_make_directory, fixture_remove_directory);
}
