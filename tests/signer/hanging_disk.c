/* SPDX-License-Identifier: MIT
 *
 * Linked into golos-watch-signer for test_signer_hang: fdatasync in the place of libc's. The rest is the signer itself,
 * so its thread, its seal and its deadline are the real ones.
 */
#include "hanging_disk.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static _Atomic uint32_t *hangs;

/* Before main: once it is sealed it can open nothing. */
__attribute__((constructor)) static void map_switch(void)
{
	char path[PATH_MAX + sizeof(HANGING_DISK_SUFFIX)];
	ssize_t len = readlink("/proc/self/exe", path, PATH_MAX);

	if (len < 0)
		abort();
	snprintf(path + len, sizeof(path) - (size_t)len, HANGING_DISK_SUFFIX);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	void *map = mmap(NULL, sizeof(*hangs), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (fd < 0 || map == MAP_FAILED)
		abort();
	close(fd);
	hangs = map;
}

__attribute__((visibility("default"))) int fdatasync(int fd)
{
	for (uint32_t value; (value = atomic_load(hangs));)
		syscall(SYS_futex, hangs, FUTEX_WAIT, value, NULL, NULL, 0);
	return (int)syscall(SYS_fdatasync, fd);
}
