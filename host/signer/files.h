/* SPDX-License-Identifier: MIT
 *
 * Files that hold secrets or counts: opened once, checked on the opened descriptor, so that nothing can be swapped
 * between check and use. Signer and command line.
 */
#ifndef SIGNER_FILES_H
#define SIGNER_FILES_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

/* Opens a regular file for reading. Its owner must be root or `owner`, and its permission bits within `mode` (0600:
 * nobody else). GW_ERR_TRUST with what to do about it; GW_ERR_NOT_FOUND: none there, or none for us; GW_ERR_SYSTEM:
 * cannot be opened otherwise. Close *ret. */
NODISCARD gw_status file_open_private(int *ret, const char *path, uid_t owner, mode_t mode, struct error *err);
/* The same checks of an open descriptor. */
NODISCARD gw_status file_check_private(int fd, const char *path, uid_t owner, mode_t mode, struct error *err);
/* Reads a file of at most `room` bytes from its beginning. GW_ERR_RANGE: it is larger. On failure `ret` may hold a
 * part: the caller wipes. */
NODISCARD gw_status file_read_whole(int fd, const char *path, void *ret, size_t room, size_t *ret_len,
				    struct error *err);
/* Puts `len` bytes in place of `path`, mode 0600: a new file beside it, synced, renamed over it, the directory synced.
 * A crash leaves the old file or the new one. `replace` false: GW_ERR_DENIED when `path` exists. *ret_fd (may be NULL):
 * the new file, open for reading and appending. */
NODISCARD gw_status file_replace(const char *path, const void *bytes, size_t len, bool replace, int *ret_fd,
				 struct error *err);
/* The directory of `path`, synced: a file made in it stays. */
NODISCARD gw_status file_sync_directory(const char *path, struct error *err);

#endif
