/* SPDX-License-Identifier: MIT
 *
 * From root to a user of its own, for good. Called before any plugin is loaded.
 */
#ifndef HOST_PRIVILEGES_H
#define HOST_PRIVILEGES_H

#include <sys/types.h>

#include "base/error.h"

#define HOST_USER   "golos-watch"
#define SIGNER_USER "golos-watch-signer"
#define FETCH_USER  "golos-watch-fetch"

/* The user to become: `configured`, else `fallback` where it exists, else NULL (stay). GW_ERR_CONFIG: `configured` does
 * not exist. Not root: NULL. */
NODISCARD gw_status privileges_user(const char **ret, const char *configured, const char *fallback, struct error *err);
/* Makes the directory `path` where it is missing, and gives it to `user` (NULL: nobody else). parent: the open
 * directory that it lies in, or AT_FDCWD. A link in its place is not followed, for its target would be given away. Not
 * root: it must be ours. GW_ERR_TRUST with what to do about it, GW_ERR_SYSTEM. */
NODISCARD gw_status privileges_make_directory(int parent, const char *path, mode_t mode, const char *user,
					      struct error *err);
/* Becomes `user` (NULL: stays), has no terminal to read or to type into, and can gain nothing by exec afterwards. */
NODISCARD gw_status privileges_drop(const char *user, struct error *err);

#endif
