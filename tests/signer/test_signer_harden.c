/* SPDX-License-Identifier: MIT
 *
 * The seal: what the service needs goes on, and each other system call ends the process at once.
 */
#include "fixture.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "signer/program/harden.h"
#include "system/harden.h"

/* System calls are made as such: a library may do something else for a name. */
static int channel[2], count_fd, other_fd;

static void try_open(void)
{
	syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY);
}

static void try_socket(void)
{
	syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
}

static void try_connect(void)
{
	const struct sockaddr address = {.sa_family = AF_UNIX};

	syscall(SYS_connect, channel[0], &address, sizeof(address));
}

static void try_exec(void)
{
	syscall(SYS_execve, "/bin/true", NULL, NULL);
}

static void try_fork(void)
{
	syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

static void try_ptrace(void)
{
	syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0);
}

static void try_kill(void)
{
	syscall(SYS_kill, 1, 0);
}

static void try_write_elsewhere(void)
{
	syscall(SYS_write, other_fd, "x", 1);
}

static void try_read(void)
{
	char byte;

	syscall(SYS_read, other_fd, &byte, 1);
}

static void try_send_elsewhere(void)
{
	syscall(SYS_sendto, channel[1], "x", 1, 0, NULL, 0);
}

static void try_pass_descriptor(void)
{
	const struct msghdr message = {.msg_iov = NULL};

	syscall(SYS_sendmsg, channel[0], &message, 0);
}

static void try_executable_memory(void)
{
	syscall(SYS_mmap, NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void try_map_a_file(void)
{
	syscall(SYS_mmap, NULL, 4096, PROT_READ, MAP_PRIVATE, other_fd, 0);
}

static void try_mprotect(void)
{
	syscall(SYS_mprotect, NULL, 0, PROT_EXEC);
}

static void do_service(void)
{
	struct timespec now;
	struct tm utc;
	char byte;

	if (send(channel[0], "x", 1, MSG_NOSIGNAL) != 1 || write(STDERR_FILENO, "", 0) != 0 ||
	    write(count_fd, "x", 1) != 1 || fdatasync(count_fd) != 0 || ftruncate(count_fd, 0) != 0 ||
	    clock_gettime(CLOCK_REALTIME, &now) != 0 || !gmtime_r(&now.tv_sec, &utc) ||
	    recv(channel[0], &byte, 1, 0) != 1)
		_exit(2);
}

/* A thread of before the seal, which does `thread_does` when it is told to. */
static void (*thread_does)(void);
static pthread_barrier_t turn;

static void *thread_main(void *unused)
{
	pthread_barrier_wait(&turn); /* it is up: what a start asks of the kernel has been asked */
	pthread_barrier_wait(&turn);
	thread_does();
	pthread_barrier_wait(&turn);
	pthread_barrier_wait(&turn); /* for ever: the end of a thread is no part of the service */
	return unused;
}

static void let_thread_do(void)
{
	pthread_barrier_wait(&turn);
	pthread_barrier_wait(&turn);
}

static bool start_thread(void)
{
	pthread_t thread;

	if (pthread_barrier_init(&turn, NULL, 2) != 0 || pthread_create(&thread, NULL, thread_main, NULL) != 0)
		return false;
	pthread_barrier_wait(&turn);
	return true;
}

static void do_writing(void)
{
	if (write(count_fd, "x", 1) != 1 || fdatasync(count_fd) != 0 || ftruncate(count_fd, 0) != 0)
		_exit(2);
}

/* How a child ends that seals itself and then does `what`: 0, or 1000 + the signal. */
static int sealed_child(void (*what)(void))
{
	struct error err;
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		if (thread_does && !start_thread())
			_exit(3);
		if (harden_early(&err) != GW_OK || harden_process(getppid(), &err) != GW_OK ||
		    harden_seal(channel[0], count_fd, &err) != GW_OK)
			_exit(1);
		what();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

TEST(service_goes_on)
{
	assert_int_equal(send(channel[1], "x", 1, 0), 1);
	assert_int_equal(sealed_child(do_service), 0);
}

TEST(everything_else_ends_it)
{
	static const struct {
		const char *name;
		void (*what)(void);
	} calls[] = {
		{"open", try_open},
		{"socket", try_socket},
		{"connect", try_connect},
		{"execve", try_exec},
		{"clone", try_fork},
		{"ptrace", try_ptrace},
		{"kill", try_kill},
		{"write to another descriptor", try_write_elsewhere},
		{"read", try_read},
		{"send on another descriptor", try_send_elsewhere},
		{"sendmsg", try_pass_descriptor},
		{"executable memory", try_executable_memory},
		{"a mapped file", try_map_a_file},
		{"mprotect", try_mprotect},
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		int end = sealed_child(calls[i].what);

		if (end != 1000 + SIGSYS)
			fail_msg("%s: %d", calls[i].name, end);
		thread_does = calls[i].what;
		end = sealed_child(let_thread_do);
		thread_does = NULL;
		if (end != 1000 + SIGSYS)
			fail_msg("%s, by a thread of before the seal: %d", calls[i].name, end);
	}
}

TEST(a_thread_may_write)
{
	thread_does = do_writing;
	int end = sealed_child(let_thread_do);
	thread_does = NULL;
	assert_int_equal(end, 0);
}

static int set_up(void **state)
{
	if (fixture_make_directory(state) != 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel) != 0)
		return -1;
	count_fd = open(fixture_path("count"), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	other_fd = open(fixture_path("other"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	return count_fd < 0 || other_fd < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	close(channel[0]);
	close(channel[1]);
	close(count_fd);
	close(other_fd);
	return fixture_remove_directory(state);
}

int main(void)
{
	return test_run(set_up, tear_down);
}
