/* SPDX-License-Identifier: MIT
 * From root to a user of its own. Runs in golos-watchd. */
#include "privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <string.h>
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

gw_status privileges_make_directory(const char *path, mode_t mode, const char *user, struct error *err)
{
	const struct passwd *entry = user ? getpwnam(user) : NULL;

	bool made = mkdir(path, mode) == 0;
	if ((!made && errno != EEXIST) || (made && chmod(path, mode))) /* whatever the umask is */
		return error_set(err, GW_ERR_SYSTEM, "%s: cannot be made: %s", path, strerror(errno));
	if (entry && chown(path, entry->pw_uid, entry->pw_gid))
		return error_set(err, GW_ERR_SYSTEM, "%s: cannot be given to %s: %s", path, user, strerror(errno));
	return GW_OK;
}

gw_status privileges_drop(const char *user, struct error *err)
{
	const struct passwd *entry = user ? getpwnam(user) : NULL;

	if (user && !entry)
		return error_set(err, GW_ERR_CONFIG, "user \"%s\" does not exist", user);
	if (entry && (initgroups(user, entry->pw_gid) || setresgid(entry->pw_gid, entry->pw_gid, entry->pw_gid) ||
		      setresuid(entry->pw_uid, entry->pw_uid, entry->pw_uid)))
		return error_set(err, GW_ERR_SYSTEM, "cannot become %s: %s", user, strerror(errno));
	if (entry && entry->pw_uid != 0 && setuid(0) == 0)
		return error_set(err, GW_ERR_SYSTEM, "root was not given up");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return error_set(err, GW_ERR_SYSTEM, "no_new_privs: %s", strerror(errno));
	return GW_OK;
}
