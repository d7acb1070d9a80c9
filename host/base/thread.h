/* SPDX-License-Identifier: MIT
 * A thread that takes no signals: they are the loop's. */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>
#include <stddef.h>

/* name: 15 characters at most, for top -H, and for who looks why it waits; NULL for a thread that may end at once and
 * that nobody joins. stack_bytes 0: the system's. ret NULL: nobody joins it. Returns 0, or an errno. */
int thread_start(pthread_t *ret, const char *name, size_t stack_bytes, void *(*run)(void *context), void *context);

#endif
