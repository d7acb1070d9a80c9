/* SPDX-License-Identifier: MIT
 *
 * The strict schema: a tree (tree.h) to struct config. Between config.c and schema.c alone.
 */
#ifndef HOST_CONFIG_SCHEMA_H
#define HOST_CONFIG_SCHEMA_H

#include "config/config.h"
#include "config/tree.h"

/* Fills *config, which is all zero but `source`. On failure it holds what was read so far; config_free releases it.
 * `older`: the tree was an older form's, whose keys stood at the top. */
NODISCARD gw_status schema_read(struct config *config, const struct tree *root, bool older, struct error *err);

/* A key of the top section: in an older form, every other one is an option of its one instance. */
bool schema_is_host_key(const char *name);

#endif
