/* SPDX-License-Identifier: MIT
 *
 * A server under test stands on the loop of this process; who asks it is a child process, so that neither waits for the
 * other. In the child nothing of cmocka is used: what goes wrong there ends it, and the test fails with the line.
 */
#ifndef TESTS_CLIENT_PROCESS_H
#define TESTS_CLIENT_PROCESS_H

#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#include "loop/loop.h"

/* Runs the loop until the client has returned; fails the test unless that was 0. */
void client_serve(struct loop *loop, int (*client)(void));

/* ---- in the child ------------------------------------------------------------------------------------------------ */

#define must(condition)                                                                                                \
	do {                                                                                                           \
		if (!(condition)) {                                                                                    \
			fprintf(stderr, "%s:%d: not so in the client: %s\n", __FILE__, __LINE__, #condition);          \
			_exit(1);                                                                                      \
		}                                                                                                      \
	} while (0)

int client_dial(const char *path); /* a unix stream socket */
void client_put(int fd, const char *text);
/* Until it has `until` in it (NULL: nothing special), it is full, or the other side hung up; NUL-terminated. Returns
 * the length. */
size_t client_take(int fd, char *ret, size_t size, const char *until);

#endif
