/* SPDX-License-Identifier: MIT
 *
 * Runs in golos-watchd.
 */
#include "system/state_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "system/privileges.h"

#define OTHERS_WRITE (S_IWGRP | S_IWOTH)

/* An older image's house holds our rooms alone. One that holds more (/tmp) is somebody else's too. */
static bool holds_rooms_alone(int fd)
{
	int again = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = again >= 0 ? fdopendir(again) : NULL;
	const struct dirent *entry;
	bool alone = dir != NULL;

	while (alone && (entry = readdir(dir)))
		alone = !strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..") ||
			!strcmp(entry->d_name, HOST_STATE) || !strcmp(entry->d_name, SIGNER_STATE) ||
			!strcmp(entry->d_name, "lost+found");
	if (dir)
		closedir(dir);
	else if (again >= 0)
		close(again);
	return alone;
}

static gw_status close_to_others(int fd, const char *path, struct error *err)
{
	if (fchmod(fd, 0755))
		return error_set(err, GW_ERR_SYSTEM, "%s: cannot be closed to other users: %s", path, strerror(errno));
	log_line(GW_WARNING, NULL,
		 "%s could be written by every user, as older images have it: now by root alone (0755)", path);
	return GW_OK;
}

static gw_status trust_house(int fd, const char *path, struct error *err)
{
	bool root = geteuid() == 0;
	struct stat st;

	if (fstat(fd, &st))
		return error_set(err, GW_ERR_SYSTEM, "%s: %s", path, strerror(errno));
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return error_set(err, GW_ERR_TRUST,
				 "%s belongs to user %u, who could take away the count of signatures: chown %u %s && "
				 "chmod 0755 %s",
				 path, st.st_uid, geteuid(), path, path);
	if (!(st.st_mode & OTHERS_WRITE))
		return GW_OK;
	if (st.st_uid == 0 && st.st_mode & S_ISVTX && (!root || holds_rooms_alone(fd)))
		return root ? close_to_others(fd, path, err) : GW_OK; /* what is ours there, no other user can move */
	return error_set(err, GW_ERR_TRUST,
			 "%s can be written by other users, who could take away the count of signatures: chmod 0755 %s",
			 path, path);
}

static gw_status open_house(int *ret, const char *path, struct error *err)
{
	char real[PATH_MAX];
	bool made = mkdir(path, 0755) == 0;

	if (!made && errno != EEXIST)
		return error_set(err, GW_ERR_SYSTEM, "%s: cannot be made: %s", path, strerror(errno));
	/* a link that an administrator set to a larger disk is followed, once */
	int fd = realpath(path, real) ? open(real, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
	if (fd < 0 || (made && fchmod(fd, 0755))) { /* whatever the umask is */
		int saved_errno = errno;

		if (fd >= 0)
			close(fd);
		return error_set(err, GW_ERR_SYSTEM, "%s: %s", path, strerror(saved_errno));
	}
	*ret = fd;
	return GW_OK;
}

/* A disk that nobody can write does not stop the watcher: each part reports data that it cannot keep. */
static bool is_read_only(int house)
{
	struct statvfs disk;

	return fstatvfs(house, &disk) == 0 && (disk.f_flag & ST_RDONLY);
}

static gw_status make_room(int house, const char *path, const char *name, const char *user, struct error *err)
{
	char *room = xasprintf("%s/%s", path, name);
	gw_status status = privileges_make_directory(house, room, 0700, user, err);

	free(room);
	if (status != GW_ERR_SYSTEM || !is_read_only(house))
		return status;
	log_line(GW_CRITICAL, NULL, "%s; watching goes on", err->text);
	return GW_OK;
}

gw_status state_dir_make(const char *path, const char *host_user, const char *signer_user, struct error *err)
{
	int house;
	gw_status status = open_house(&house, path, err);

	if (status)
		return status;
	status = trust_house(house, path, err);
	if (!status)
		status = make_room(house, path, HOST_STATE, host_user, err);
	if (!status)
		status = make_room(house, path, SIGNER_STATE, signer_user, err);
	close(house);
	return status;
}
