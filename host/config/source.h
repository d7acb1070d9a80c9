/* SPDX-License-Identifier: MIT
 *
 * Where a configuration comes from: the text of a file, or variables; and the older forms of both. Between config.c and
 * secrets.c alone.
 */
#ifndef HOST_CONFIG_SOURCE_H
#define HOST_CONFIG_SOURCE_H

#include <sys/stat.h>

#include "config/tree.h"

#define SOURCE_ENVIRONMENT "environment"

struct source_text {
	char *bytes; /* NUL after them, not counted */
	size_t len;
	struct stat stat; /* of the opened file */
};

/* A regular file of TREE_BYTES_MAX at most. GW_ERR_NOT_FOUND, GW_ERR_SYSTEM, GW_ERR_CONFIG. */
NODISCARD gw_status source_read(struct source_text *ret, const char *path, struct error *err);
NODISCARD gw_status source_read_fd(struct source_text *ret, int fd, const char *path, struct error *err);
/* Wipes, then frees. */
void source_text_free(struct source_text *text);

/* Reads and parses. GW_ERR_TRUST: keys stand in the file, and others than its owner, root or ourselves can read it. Or
 * others can write it. Or we were started as root, and the file is another user's and may name programs or folders.
 * ret_text may be NULL. */
NODISCARD gw_status source_file(struct tree **ret, struct source_text *ret_text, const char *path, struct error *err);
/* The variables of the older container as the tree of the older file. GW_ERR_CONFIG names the variable. */
NODISCARD gw_status source_environment(struct tree **ret, struct error *err);

/* The older form (`witness` at the top, no `plugins`) becomes the present one: a `signer` section and one instance of
 * witness_monitor that may sign witness_update. False: it was not the older form, and is unchanged. */
bool source_modernise(struct tree *root);

/* The list or single value of key sources of either form; NULL: none. Borrowed. */
const struct tree *source_keys(const struct tree *root, bool *ret_older);
/* Is this entry of an older form's `keys` a key itself? */
bool source_is_inline_key(const char *text);
#endif
