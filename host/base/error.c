/* SPDX-License-Identifier: MIT
 *
 * Errors and their names. Every program; any thread.
 */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/secret_text.h"

/* Ends a cut text so that the reader sees the cut. */
static void mark_cut(char *text, size_t size, int wanted)
{
	static const char mark[] = "…";

	if (wanted >= 0 && (size_t)wanted >= size)
		memcpy(text + size - sizeof(mark), mark, sizeof(mark));
}

gw_status(error_set)(struct error *err, gw_status status, const char *fmt, ...)
{
	if (err) {
		char text[sizeof(err->text)]; /* err->text may be among the arguments */
		va_list args;

		va_start(args, fmt);
		int wanted = vsnprintf(text, sizeof(text), fmt, args);
		va_end(args);
		mark_cut(text, sizeof(text), wanted);
		memcpy(err->text, text, sizeof(text));
		(void)secret_text_mask(err->text, strlen(err->text)); /* a key in the wrong place is named, not shown */
		err->status = status;
	}
	return status;
}

gw_status error_prefix(struct error *err, const char *fmt, ...)
{
	char old[sizeof(err->text)];
	char prefix[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(prefix, sizeof(prefix), fmt, args);
	va_end(args);
	memcpy(old, err->text, sizeof(old));
	int wanted = snprintf(err->text, sizeof(err->text), "%s: %s", prefix, old);
	mark_cut(err->text, sizeof(err->text), wanted);
	return err->status;
}

const char *status_name(gw_status status)
{
	static const char *const names[] = {"ok",	   "internal error",	"no memory",	  "system error",
					    "bad form",	   "out of range",	"not found",	  "denied",
					    "busy",	   "unavailable",	"protocol error", "unsupported",
					    "not trusted", "bad configuration", "timeout"};

	if (status > 0 || -(int64_t)status >= (int64_t)(sizeof(names) / sizeof(names[0])))
		return "unknown status";
	return names[-status];
}

int exit_status_of(gw_status status, bool of_key, int otherwise)
{
	switch (status) {
	case GW_OK:
		return EXIT_OK;
	case GW_ERR_TRUST:
		return EXIT_TRUST;
	case GW_ERR_CONFIG:
		return EXIT_CONFIG;
	case GW_ERR_SYNTAX:
	case GW_ERR_RANGE:
	case GW_ERR_DENIED:
	case GW_ERR_NOT_FOUND:
	case GW_ERR_UNSUPPORTED:
		return of_key ? EXIT_KEY : otherwise;
	}
	return otherwise;
}
