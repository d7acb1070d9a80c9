/* SPDX-License-Identifier: MIT
 *
 * See report.h.
 */
#include "plugin_check/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct report *report;

void report_open(void)
{
	report = mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (report == MAP_FAILED) {
		perror("golos-watch-plugin-check: mmap");
		exit(2);
	}
}

void report_finding(const char *fmt, ...)
{
	char text[FINDING_SIZE];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	unsigned count = atomic_load(&report->count);
	for (unsigned i = 0; i < count && i < FINDINGS_MAX; i++)
		if (strcmp(report->findings[i], text) == 0)
			return;
	unsigned at = atomic_fetch_add(&report->count, 1);
	if (at < FINDINGS_MAX)
		memcpy(report->findings[at], text, sizeof(text));
}

const char *report_who(void)
{
	return report->call[0] ? report->call : "it";
}
