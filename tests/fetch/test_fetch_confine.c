/* SPDX-License-Identifier: MIT
 *
 * What a round's child has given up. Each attempt in a process of its own, for none of it can be taken back.
 */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fetch/program/confine.h"

enum attempt { READ_PASSWD, WRITE_FILE, READ_CERTIFICATES, EXECUTE, FORK, LISTEN, RAW_SOCKET, MUCH_MEMORY, MANY_FILES };

/* errno, 0 where it went well; what libc does of it must be allowed as well. */
static int attempt(enum attempt what)
{
	char *const arguments[] = {NULL};
	int r = -1;

	switch (what) {
	case READ_PASSWD:
		r = open("/etc/passwd", O_RDONLY);
		break;
	case WRITE_FILE:
		r = open("/tmp/golos-watch-fetch-test", O_WRONLY | O_CREAT, 0600);
		break;
	case READ_CERTIFICATES:
		r = open("/etc/hosts", O_RDONLY);
		break;
	case EXECUTE:
		r = execve("/bin/true", arguments, arguments);
		break;
	case FORK:
		r = (int)fork();
		if (r == 0)
			_exit(0);
		break;
	case LISTEN:
		r = listen(socket(AF_INET, SOCK_STREAM, 0), 1);
		break;
	case RAW_SOCKET:
		r = socket(AF_PACKET, SOCK_RAW, 0);
		break;
	case MUCH_MEMORY:
		r = mmap(NULL, (size_t)1 << 30, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
				    MAP_FAILED
			    ? -1
			    : 0;
		break;
	case MANY_FILES:
		for (int i = 0; i < 100 && (r = open("/etc/hosts", O_RDONLY)) >= 0; i++)
			continue;
		break;
	}
	return r >= 0 ? 0 : errno;
}

static int confined(enum attempt what)
{
	int how = 0;
	pid_t pid = fork();

	if (pid == 0) {
		struct error err;

		if (confine_parent(&err) != GW_OK || confine_child(NULL, &err) != GW_OK)
			_exit(255);
		_exit(attempt(what));
	}
	assert_int_equal(waitpid(pid, &how, 0), pid);
	return WIFEXITED(how) ? WEXITSTATUS(how) : -WTERMSIG(how);
}

TEST(files)
{
	assert_int_equal(confined(READ_CERTIFICATES), 0);
	assert_int_equal(confined(MANY_FILES), EMFILE);
	if (!confine_has_landlock())
		skip(); /* an older kernel confines no files */
	assert_int_equal(confined(READ_PASSWD), EACCES);
	assert_int_equal(confined(WRITE_FILE), EACCES);
}

TEST(calls)
{
	assert_int_equal(confined(EXECUTE), -SIGSYS); /* the parent's word, and before the child's */
	assert_int_not_equal(confined(FORK), 0);
	assert_int_not_equal(confined(LISTEN), 0);
	assert_int_equal(confined(RAW_SOCKET), ENOSYS);
}

TEST(memory)
{
#ifdef GW_SANITIZED
	skip(); /* its shadow memory is larger than the limit */
#endif
	assert_int_equal(confined(MUCH_MEMORY), ENOMEM);
}
