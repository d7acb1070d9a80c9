/* SPDX-License-Identifier: MIT
 *
 * From root to a user of its own. Runs in golos-watchd.
 */
#include "system/privileges.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

gw_status privileges_user(const char **ret, const char *configured, const char *fallback, struct error *err)
{
	*ret = NULL;
	if (geteuid() != 0)
		return GW_OK;
	if (configured) {
		if (!getpwnam(configured))
			return error_set(err, GW_ERR_CONFIG, "user \"%s\" does not exist", configured);
		*ret = configured;
	} else if (getpwnam(fallback)) {
		*ret = fallback;
	}
	return GW_OK;
}

static gw_status give_directory(int fd, const char *path, const struct passwd *to, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st))
		return error_set(err, GW_ERR_SYSTEM, "%s: %s", path, strerror(errno));
	if (geteuid() != 0 && st.st_uid != geteuid())
		return error_set(err, GW_ERR_TRUST, "%s belongs to user %u, and we are user %u: chown -R %u %s", path,
				 st.st_uid, geteuid(), geteuid(), path);
	if (to && (st.st_uid != to->pw_uid || st.st_gid != to->pw_gid) && fchown(fd, to->pw_uid, to->pw_gid))
		return error_set(err, GW_ERR_SYSTEM, "%s: cannot be given to %s: %s", path, to->pw_name,
				 strerror(errno));
	return GW_OK;
}

static gw_status fail_open(const char *path, int failure, struct error *err)
{
	if (failure == ENOTDIR || failure == ELOOP)
		return error_set(err, GW_ERR_TRUST, "%s is a link or no directory, and is given to nobody: rm %s", path,
				 path);
	if (failure == EACCES)
		return error_set(err, GW_ERR_TRUST, "%s belongs to another user, and we are user %u: chown -R %u %s",
				 path, geteuid(), geteuid(), path);
	return error_set(err, GW_ERR_SYSTEM, "%s: %s", path, strerror(failure));
}

gw_status privileges_make_directory(int parent, const char *path, mode_t mode, const char *user, struct error *err)
{
	const struct passwd *entry = user ? getpwnam(user) : NULL;
	const char *name = parent == AT_FDCWD ? path : strrchr(path, '/') + 1;
	bool made = mkdirat(parent, name, mode) == 0;

	if (!made && errno != EEXIST)
		return error_set(err, GW_ERR_SYSTEM, "%s: cannot be made: %s", path, strerror(errno));
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return fail_open(path, errno, err);
	gw_status status = GW_OK;
	if (made && fchmod(fd, mode)) /* whatever the umask is */
		status = error_set(err, GW_ERR_SYSTEM, "%s: %s", path, strerror(errno));
	if (!status)
		status = give_directory(fd, path, entry, err);
	close(fd);
	return status;
}

/* Standard input becomes /dev/null, output and errors can only be written. A session leader could take a terminal that
 * it can read as its own again. Needs the rights that are given up next. A terminal of another user's, which we may not
 * open anew, stays as it is. */
static void close_terminal_reading(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		char path[32];

		if (!isatty(fd))
			continue;
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		int instead = fd == STDIN_FILENO ? open("/dev/null", O_RDONLY | O_CLOEXEC)
						 : open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
		if (instead < 0)
			continue;
		dup2(instead, fd);
		close(instead);
	}
}

/* Text that is typed into a terminal (TIOCSTI) is read by root's shell when we are gone. A process without a terminal
 * cannot type; the terminal's Ctrl-C still reaches us. A leader of the terminal's session keeps it: no shell reads it
 * afterwards, and nothing else would bring Ctrl-C (docker run -it). */
static void give_up_terminal(void)
{
	close_terminal_reading();
	int terminal = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);

	if (terminal < 0)
		return;
	if (getsid(0) != getpid())
		ioctl(terminal, TIOCNOTTY);
	close(terminal);
}

gw_status privileges_drop(const char *user, struct error *err)
{
	const struct passwd *entry = user ? getpwnam(user) : NULL;

	if (user && !entry)
		return error_set(err, GW_ERR_CONFIG, "user \"%s\" does not exist", user);
	give_up_terminal();
	if (entry && (initgroups(user, entry->pw_gid) || setresgid(entry->pw_gid, entry->pw_gid, entry->pw_gid) ||
		      setresuid(entry->pw_uid, entry->pw_uid, entry->pw_uid)))
		return error_set(err, GW_ERR_SYSTEM, "cannot become %s: %s", user, strerror(errno));
	if (entry && entry->pw_uid != 0 && setuid(0) == 0)
		return error_set(err, GW_ERR_SYSTEM, "root was not given up");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return error_set(err, GW_ERR_SYSTEM, "no_new_privs: %s", strerror(errno));
	return GW_OK;
}
