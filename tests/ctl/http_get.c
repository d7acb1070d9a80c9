/* SPDX-License-Identifier: MIT */
#include "http_get.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "test.h"

const char *http_get(const char *dir, const char *path, const char *accept)
{
	static char answer[1 << 18];
	char request[256];
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t len = 0;
	ssize_t n;

	snprintf(request, sizeof(request),
		 "GET %s HTTP/1.1\r\nHost: localhost\r\nAccept: %s\r\nConnection: close\r\n\r\n", path, accept);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/http", dir);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address))) {
		close(fd);
		return "";
	}
	assert_int_equal(write(fd, request, strlen(request)), (ssize_t)strlen(request));
	while ((n = read(fd, answer + len, sizeof(answer) - 1 - len)) > 0)
		len += (size_t)n;
	answer[len] = '\0';
	close(fd);
	const char *body = strstr(answer, "\r\n\r\n");
	assert_non_null(body);
	return body + 4;
}
