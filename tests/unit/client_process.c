/* SPDX-License-Identifier: MIT
 * The client's process. See client_process.h. */
#include "client_process.h"

#include "test.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#define ANSWER_MS 60000

static void on_gone(void *context)
{
	loop_stop(context);
}

void client_serve(struct loop *loop, int (*client)(void))
{
	int ends[2], status = 0;

	assert_int_equal(pipe(ends), 0);
	fflush(NULL);
	pid_t child = fork();
	if (child == 0) {
		close(ends[0]);
		_exit(client());
	}
	close(ends[1]); /* the child's own closes with its end */
	struct loop_fd *loop_fd = loop_fd_new(loop, ends[0], on_gone, NULL, loop);
	loop_run(loop);
	loop_fd_free(loop_fd);
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int client_dial(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	must(strlen(path) < sizeof(address.sun_path));
	memcpy(address.sun_path, path, strlen(path) + 1);
	must(fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0);
	return fd;
}

void client_put(int fd, const char *text)
{
	must(send(fd, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text));
}

size_t client_take(int fd, char *ret, size_t size, const char *until)
{
	size_t len = 0;

	ret[0] = '\0';
	while (len + 1 < size && !(until && strstr(ret, until))) {
		struct pollfd ready = {.fd = fd, .events = POLLIN};
		must(poll(&ready, 1, ANSWER_MS) == 1);
		ssize_t n = recv(fd, ret + len, size - 1 - len, 0);
		if (n <= 0)
			break;
		len += (size_t)n;
		ret[len] = '\0';
	}
	return len;
}
