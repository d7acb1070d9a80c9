/* SPDX-License-Identifier: MIT
 *
 * sd_notify's protocol: one datagram to a unix socket. Runs in golos-watchd.
 */
#include "daemon/supervisor.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void supervisor_notify(const char *message)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t len = path ? strlen(path) : 0;

	if (len < 2 || len >= sizeof(address.sun_path) || (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(address.sun_path, path, len);
	if (path[0] == '@')
		address.sun_path[0] = 0; /* the abstract namespace */

	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	ssize_t sent =
		sendto(fd, message, strlen(message), MSG_NOSIGNAL | MSG_DONTWAIT, (const struct sockaddr *)&address,
		       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
	(void)sent; /* a supervisor that does not listen is no reason to stop watching */
	close(fd);
}

void supervisor_notify_reloading(void)
{
	struct timespec now;
	char message[64];

	clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(message, sizeof(message), "RELOADING=1\nMONOTONIC_USEC=%lld",
		 (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	supervisor_notify(message);
}

void supervisor_reap(bool (*is_ours)(void *context, pid_t pid), void *context)
{
	siginfo_t ended;

	while (getpid() == 1) {
		ended.si_pid = 0;
		if (waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) || !ended.si_pid ||
		    is_ours(context, ended.si_pid))
			return; /* it hides those behind it until it is taken */
		(void)waitpid(ended.si_pid, NULL, WNOHANG);
	}
}

/* A whole decimal number from the environment; 0 where there is none. */
static int64_t number_from_environment(const char *name)
{
	const char *text = getenv(name);
	char *end;

	if (!text || *text < '0' || *text > '9')
		return 0;
	errno = 0;
	long long value = strtoll(text, &end, 10);
	return *end || errno ? 0 : value;
}

int64_t supervisor_watchdog_ms(void)
{
	int64_t pid = number_from_environment("WATCHDOG_PID");

	if (pid && pid != getpid())
		return 0;
	return number_from_environment("WATCHDOG_USEC") / 2000;
}
