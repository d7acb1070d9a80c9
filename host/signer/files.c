/* SPDX-License-Identifier: MIT
 *
 * Signer and command line.
 */
#include "signer/files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

gw_status file_check_private(int fd, const char *path, uid_t owner, mode_t mode, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return error_set(err, GW_ERR_SYSTEM, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return error_set(err, GW_ERR_TRUST, "%s is not a regular file", path);
	if (st.st_uid != 0 && st.st_uid != owner)
		return error_set(err, GW_ERR_TRUST, "%s belongs to user %u, not to root or user %u: chown it", path,
				 st.st_uid, owner);
	if (st.st_mode & 07777 & ~mode)
		return error_set(err, GW_ERR_TRUST,
				 "%s has mode %04o, so others can reach it: chmod 0400 (a docker secret: mode: 0400)",
				 path, st.st_mode & 07777);
	return GW_OK;
}

gw_status file_open_private(int *ret, const char *path, uid_t owner, mode_t mode, struct error *err)
{
	/* O_NONBLOCK: a FIFO or a device must not hold the start; both are then refused. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return error_set(err, errno == ENOENT || errno == EACCES ? GW_ERR_NOT_FOUND : GW_ERR_SYSTEM, "%s: %s",
				 path, strerror(errno));
	gw_status status = file_check_private(fd, path, owner, mode, err);

	if (status != GW_OK) {
		close(fd);
		return status;
	}
	*ret = fd;
	return GW_OK;
}

gw_status file_read_whole(int fd, const char *path, void *ret, size_t room, size_t *ret_len, struct error *err)
{
	size_t len = 0;
	ssize_t n;

	for (;;) {
		char beyond;

		n = len < room ? pread(fd, (char *)ret + len, room - len, (off_t)len)
			       : pread(fd, &beyond, 1, (off_t)len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		if (len == room)
			return error_set(err, GW_ERR_RANGE, "%s has more than %zu bytes", path, room);
		len += (size_t)n;
	}
	if (n < 0)
		return error_set(err, GW_ERR_SYSTEM, "%s: %s", path, strerror(errno));
	*ret_len = len;
	return GW_OK;
}

gw_status file_sync_directory(const char *path, struct error *err)
{
	char directory[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int len = slash ? (int)(slash - path) + 1 : 1;

	snprintf(directory, sizeof(directory), "%.*s", len, slash ? path : ".");
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool done = fd >= 0 && fsync(fd) == 0;
	int saved_errno = errno;

	if (fd >= 0)
		close(fd);
	return done ? GW_OK : error_set(err, GW_ERR_SYSTEM, "%s: %s", directory, strerror(saved_errno));
}

static bool write_all(int fd, const char *bytes, size_t len)
{
	while (len) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

gw_status file_replace(const char *path, const void *bytes, size_t len, bool replace, int *ret_fd, struct error *err)
{
	char temporary[PATH_MAX];

	if (snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) >= (int)sizeof(temporary))
		return error_set(err, GW_ERR_RANGE, "%s: the path is too long", path);
	int fd = mkostemp(temporary, O_CLOEXEC | O_APPEND); /* mode 0600 */

	if (fd < 0)
		return error_set(err, GW_ERR_SYSTEM, "beside %s no file can be made: %s", path, strerror(errno));
	if (!write_all(fd, bytes, len) || fsync(fd) != 0 ||
	    renameat2(AT_FDCWD, temporary, AT_FDCWD, path, replace ? 0 : RENAME_NOREPLACE) != 0) {
		int saved_errno = errno;

		unlink(temporary);
		close(fd);
		if (saved_errno == EEXIST)
			return error_set(err, GW_ERR_DENIED, "%s exists, and is left as it is", path);
		return error_set(err, GW_ERR_SYSTEM, "%s: %s", path, strerror(saved_errno));
	}
	if (ret_fd)
		*ret_fd = fd;
	else
		close(fd);
	return file_sync_directory(path, err);
}
