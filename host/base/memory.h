/* SPDX-License-Identifier: MIT
 *
 * Memory for the host and the command line. A daemon that lives in 3-second steps cannot limp on without memory, so
 * these end the program with one line instead of returning NULL. Plugins and the signer do not use them. Any thread.
 */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stddef.h>

void *xcalloc(size_t count, size_t size) __attribute__((malloc));
void *xrealloc(void *old, size_t count, size_t size); /* count * size is checked for overflow */
char *xstrdup(const char *text) __attribute__((malloc));
char *xstrndup(const char *text, size_t len) __attribute__((malloc));
char *xasprintf(const char *fmt, ...) __attribute__((malloc, format(printf, 1, 2)));

#endif
