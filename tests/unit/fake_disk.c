/* SPDX-License-Identifier: MIT */
#include "fake_disk.h"

#include <errno.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <sqlite3.h>

static struct {
	pthread_mutex_t lock;
	pthread_cond_t change;
	bool hangs, full;
	bool reading_hangs; /* and nothing else */
	unsigned waiting;   /* calls that do not come back */
} disk = {.lock = PTHREAD_MUTEX_INITIALIZER, .change = PTHREAD_COND_INITIALIZER};

/* In the place of pwrite: SQLite's own seam for its tests. One byte at a time grows the -shm file, which is memory: its
 * room on the disk was freed with the process before, and it is never synced. */
static ssize_t disk_write(int fd, const void *bytes, size_t len, off_t at)
{
	pthread_mutex_lock(&disk.lock);
	disk.waiting++;
	pthread_cond_broadcast(&disk.change);
	while (disk.hangs && len > 1)
		pthread_cond_wait(&disk.change, &disk.lock);
	disk.waiting--;
	bool full = disk.full;
	pthread_mutex_unlock(&disk.lock);
	/* what is there already may be written over */
	struct stat file;
	if (full && len > 1 && fstat(fd, &file) == 0 && at + (off_t)len > file.st_size) {
		errno = ENOSPC;
		return -1;
	}
	return pwrite(fd, bytes, len, at);
}

/* In the place of pread. */
static ssize_t disk_read(int fd, void *bytes, size_t len, off_t at)
{
	pthread_mutex_lock(&disk.lock);
	disk.waiting++;
	pthread_cond_broadcast(&disk.change);
	while (disk.reading_hangs)
		pthread_cond_wait(&disk.change, &disk.lock);
	disk.waiting--;
	pthread_mutex_unlock(&disk.lock);
	return pread(fd, bytes, len, at);
}

/* In the place of libc's, for SQLite too. */
atomic_uint syncs;

__attribute__((visibility("default"))) int fdatasync(int fd)
{
	syncs++;
	return (int)syscall(SYS_fdatasync, fd);
}

int replace_calls(void **state)
{
	static const struct {
		const char *name;
		sqlite3_syscall_ptr call;
	} calls[] = {{"pwrite", (sqlite3_syscall_ptr)disk_write},
		     {"pwrite64", (sqlite3_syscall_ptr)disk_write},
		     {"pread", (sqlite3_syscall_ptr)disk_read},
		     {"pread64", (sqlite3_syscall_ptr)disk_read}};
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (vfs->xGetSystemCall(vfs, calls[i].name))
			vfs->xSetSystemCall(vfs, calls[i].name, calls[i].call);
	return 0;
}

void hang(bool hangs)
{
	pthread_mutex_lock(&disk.lock);
	disk.hangs = hangs;
	pthread_cond_broadcast(&disk.change);
	pthread_mutex_unlock(&disk.lock);
}

void hang_reading(bool hangs)
{
	pthread_mutex_lock(&disk.lock);
	disk.reading_hangs = hangs;
	pthread_cond_broadcast(&disk.change);
	pthread_mutex_unlock(&disk.lock);
}

void fill(bool full)
{
	pthread_mutex_lock(&disk.lock);
	disk.full = full;
	pthread_mutex_unlock(&disk.lock);
}

void await_hanging_call(void)
{
	pthread_mutex_lock(&disk.lock);
	while (disk.waiting == 0)
		pthread_cond_wait(&disk.change, &disk.lock);
	pthread_mutex_unlock(&disk.lock);
}
