/* SPDX-License-Identifier: MIT
 * See helper.h. */
#include "system/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"

#define EXEC_ERROR_FD 5 /* in the child: closed by a successful exec */

char *helper_find_program(const char *name)
{
	char self[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (len > 0) {
		self[len] = 0;
		*strrchr(self, '/') = 0;
		char *beside = xasprintf("%s/%s", self, name);
		if (access(beside, X_OK) == 0)
			return beside;
		free(beside);
	}
	return xasprintf(GW_LIBEXEC_DIR "/%s", name);
}

/* Between fork and exec: only what is safe there. */
_Noreturn static void become_helper(const char *program, char *name, int channel, int extra, int exec_error)
{
	char *const arguments[] = {name, NULL};
	char *const environment[] = {NULL};
	sigset_t none;

	/* out of the way of 0 to 5 first */
	channel = fcntl(channel, F_DUPFD_CLOEXEC, 10);
	exec_error = fcntl(exec_error, F_DUPFD_CLOEXEC, 10);
	extra = extra >= 0 ? fcntl(extra, F_DUPFD_CLOEXEC, 10) : -1;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (channel < 0 || exec_error < 0 || null < 0)
		_exit(EXIT_SYSTEM);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(channel, HELPER_CHANNEL_FD);
	if (extra >= 0)
		dup2(extra, HELPER_EXTRA_FD);
	else
		close(HELPER_EXTRA_FD);
	dup3(exec_error, EXEC_ERROR_FD, O_CLOEXEC);
	close_range(EXEC_ERROR_FD + 1, ~0U, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execve(program, arguments, environment);
	int failure = errno;

	_exit(write(EXEC_ERROR_FD, &failure, sizeof(failure)) < 0 ? EXIT_SYSTEM : EXIT_FAILED);
}

gw_status helper_start(int *ret_fd, pid_t *ret_pid, const char *program, int extra, struct error *err)
{
	const char *slash = strrchr(program, '/');
	int channel[2], exec_error[2];
	int failure = 0;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel) != 0)
		return error_set(err, GW_ERR_SYSTEM, "the channel to %s: %s", program, strerror(errno));
	if (pipe2(exec_error, O_CLOEXEC) != 0) {
		close(channel[0]);
		close(channel[1]);
		return error_set(err, GW_ERR_SYSTEM, "the start of %s: %s", program, strerror(errno));
	}
	char *name = xstrdup(slash ? slash + 1 : program);
	pid_t pid = fork();
	if (pid == 0)
		become_helper(program, name, channel[1], extra, exec_error[1]);
	int fork_errno = errno;
	ssize_t n;

	free(name);
	close(channel[1]);
	close(exec_error[1]);
	do
		n = read(exec_error[0], &failure, sizeof(failure)); /* ends with exec, or with the reason why not */
	while (n < 0 && errno == EINTR);
	close(exec_error[0]);
	if (pid < 0) {
		close(channel[0]);
		return error_set(err, GW_ERR_SYSTEM, "the process of %s: %s", program, strerror(fork_errno));
	}
	*ret_fd = channel[0];
	*ret_pid = pid;
	return failure ? error_set(err, GW_ERR_CONFIG, "%s cannot be started: %s", program, strerror(failure)) : GW_OK;
}
