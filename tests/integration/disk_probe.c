/* SPDX-License-Identifier: MIT
 * See disk_probe.h. */
#include "disk_probe.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"

#define PAUSE_MS  100
#define TIMES_MAX 100000 /* beyond them it only waits */

struct disk_probe {
	pthread_t thread;
	int fd, stop_fd;
	struct disk_times times;
};

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void *run(void *context)
{
	static const char bytes[4096] = "probe";
	struct disk_probe *probe = context;
	struct pollfd stop = {.fd = probe->stop_fd, .events = POLLIN};

	while (poll(&stop, 1, PAUSE_MS) == 0) {
		int64_t begun_us = now_us();

		if (probe->times.count < TIMES_MAX && pwrite(probe->fd, bytes, sizeof bytes, 0) == sizeof bytes &&
		    fdatasync(probe->fd) == 0)
			probe->times.us[probe->times.count++] = now_us() - begun_us;
	}
	return NULL;
}

struct disk_probe *disk_probe_new(void)
{
	char path[] = "/tmp/golos-watch-probe-XXXXXX";
	struct disk_probe *probe = xcalloc(1, sizeof *probe);

	probe->times.us = xcalloc(TIMES_MAX, sizeof *probe->times.us);
	probe->fd = mkstemp(path);
	probe->stop_fd = eventfd(0, EFD_CLOEXEC);
	if (probe->fd < 0 || unlink(path) || pthread_create(&probe->thread, NULL, run, probe)) {
		perror("disk probe");
		abort();
	}
	return probe;
}

struct disk_times disk_probe_end(struct disk_probe *probe)
{
	struct disk_times times = probe->times;
	uint64_t one = 1;

	if (write(probe->stop_fd, &one, sizeof one) != sizeof one || pthread_join(probe->thread, NULL))
		abort();
	times.count = probe->times.count;
	close(probe->fd);
	close(probe->stop_fd);
	free(probe);
	return times;
}
