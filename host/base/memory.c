/* SPDX-License-Identifier: MIT
 *
 * Memory, or the end. Host and command line; any thread.
 */
#include "base/memory.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *need(void *memory)
{
	static const char line[] = "no memory: giving up\n";

	if (!memory) {
		ssize_t ignored = write(STDERR_FILENO, line, sizeof(line) - 1);

		(void)ignored;
		abort();
	}
	return memory;
}

void *xcalloc(size_t count, size_t size)
{
	return need(calloc(count ? count : 1, size ? size : 1));
}

void *xrealloc(void *old, size_t count, size_t size)
{
	if (size && count > SIZE_MAX / size)
		need(NULL);
	size_t bytes = count * size;
	return need(realloc(old, bytes ? bytes : 1));
}

char *xstrdup(const char *text)
{
	return need(strdup(text));
}

char *xstrndup(const char *text, size_t len)
{
	return need(strndup(text, len));
}

char *xasprintf(const char *fmt, ...)
{
	va_list args;
	char *text = NULL;

	va_start(args, fmt);
	int len = vasprintf(&text, fmt, args);
	va_end(args);
	return need(len < 0 ? NULL : text);
}
