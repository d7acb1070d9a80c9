/* SPDX-License-Identifier: MIT
 * See measure.h. */
#include "measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A line "NAME n kB" of /proc/PID/WHICH. */
static long read_kib(pid_t pid, const char *which, const char *name)
{
	char path[64], line[256];
	long kib = -1;

	snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, which);
	FILE *file = fopen(path, "re");
	while (file && kib < 0 && fgets(line, sizeof line, file))
		if (strncmp(line, name, strlen(name)) == 0)
			kib = strtol(line + strlen(name), NULL, 10);
	if (file)
		fclose(file);
	return kib;
}

long measure_memory_kib(pid_t pid, const char *name)
{
	return read_kib(pid, "smaps_rollup", name);
}

long measure_peak_kib(pid_t pid)
{
	return read_kib(pid, "status", "VmHWM:");
}

double measure_processor_ms(pid_t pid)
{
	clockid_t clock;
	struct timespec used;

	if (clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &used))
		return 0;
	return (double)used.tv_sec * 1000 + (double)used.tv_nsec / 1e6;
}

double measure_with_children_ms(pid_t pid)
{
	char path[64], line[1024] = "";
	unsigned long of_user = 0, of_system = 0;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	FILE *file = fopen(path, "re");
	if (!file)
		return 0;
	if (fgets(line, sizeof line, file) && strrchr(line, ')'))
		sscanf(strrchr(line, ')'), ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %lu %lu", &of_user,
		       &of_system);
	fclose(file);
	return measure_processor_ms(pid) + (double)(of_user + of_system) * 1000 / (double)sysconf(_SC_CLK_TCK);
}
