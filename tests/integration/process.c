/* SPDX-License-Identifier: MIT
 * Child processes of a test. See process.h. */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_MS 60000 /* from an order to end to SIGKILL */

extern char **environ;

int64_t process_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static _Noreturn void become(char *const argv[], char *const environment[], struct process_output output, pid_t parent)
{
	sigset_t none;
	int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent) /* gone before we asked */
		_exit(127);
	dup2(nothing, STDIN_FILENO);
	dup2(output.out < 0 ? nothing : output.out, STDOUT_FILENO);
	dup2(output.err < 0 ? nothing : output.err, STDERR_FILENO);
	execve(argv[0], argv, environment ? environment : environ);
	dprintf(STDERR_FILENO, "%s: cannot be run (errno %d)\n", argv[0], errno);
	_exit(127);
}

struct process process_start(char *const argv[], char *const environment[], struct process_output output)
{
	struct process process;
	pid_t parent = getpid();

	process.pid = fork();
	if (process.pid == 0)
		become(argv, environment, output, parent);
	process.fd = process.pid < 0 ? -1 : (int)syscall(SYS_pidfd_open, process.pid, 0);
	if (process.fd < 0) {
		perror(argv[0]);
		abort();
	}
	return process;
}

bool process_await_end(struct process *process, int64_t deadline_ms, int *ret_status)
{
	for (;;) {
		struct pollfd poller = {.fd = process->fd, .events = POLLIN};
		int64_t left_ms = deadline_ms - process_now_ms();
		int ready = poll(&poller, 1, left_ms > 0 ? (int)left_ms : 0);

		if (ready > 0)
			break;
		if (ready == 0)
			return false;
	}
	if (waitpid(process->pid, ret_status, 0) != process->pid)
		abort();
	close(process->fd);
	*process = (struct process){.pid = 0, .fd = -1};
	return true;
}

int process_end(struct process *process, int signal)
{
	int status = 0;

	if (process->pid == 0)
		return 0;
	kill(process->pid, signal);
	if (process_await_end(process, process_now_ms() + PATIENCE_MS, &status))
		return status;
	kill(process->pid, SIGKILL);
	if (!process_await_end(process, process_now_ms() + PATIENCE_MS, &status))
		abort();
	return status;
}

static bool is_named(int pid, const char *name)
{
	char path[64], found[32] = "";

	snprintf(path, sizeof path, "/proc/%d/comm", pid);
	FILE *file = fopen(path, "re");
	if (!file)
		return false;
	if (!fgets(found, sizeof found, file))
		found[0] = '\0';
	fclose(file);
	found[strcspn(found, "\n")] = '\0';
	return strcmp(found, name) == 0;
}

pid_t process_child_named(pid_t pid, const char *name)
{
	char path[64];
	int child = 0, found = 0;

	snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)pid);
	FILE *file = fopen(path, "re");
	if (!file)
		return 0;
	while (!found && fscanf(file, "%d", &child) == 1)
		found = !name || is_named(child, name) ? child : 0;
	fclose(file);
	return found;
}

pid_t process_child_of(pid_t pid)
{
	return process_child_named(pid, NULL);
}
