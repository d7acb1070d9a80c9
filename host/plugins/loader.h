/* SPDX-License-Identifier: MIT
 *
 * From a file's name to a plugin's checked table: trust check, dlopen, header, options. Plugins are never dlclosed once
 * one of their functions could have run. [loop]
 */
#ifndef PLUGINS_LOADER_H
#define PLUGINS_LOADER_H

#include "config/config.h"
#include <golos_watch/plugin.h>

struct plugin {
	char *path; /* real path */
	/* The host's own copy, whole: what an older plugin's struct does not reach is zero, what a newer one has beyond
	 * ours is left out. So a member that is not NULL is there, and nobody asks GW_HAS again. */
	const struct gw_plugin_entry *entry;
};

/* Only a regular file directly in plugin_dir, neither it nor any parent directory writable by another user than root
 * or ourselves; a sticky one above plugin_dir is let pass, for nobody can take away what is ours in it: GW_ERR_TRUST.
 * Missing: GW_ERR_NOT_FOUND. No entry, another ABI major, a struct too short, a required function or a need missing, a
 * name that is not the file's, a file cut short, a table of options that contradicts itself: GW_ERR_UNSUPPORTED. The
 * same plugin is loaded once; borrowed until plugin_free_all. */
NODISCARD gw_status plugin_load(struct plugin **ret, const char *plugin_dir, const char *name, struct error *err);
/* The one that an instance of the configuration wants; *err names its source and line as well. */
NODISCARD gw_status plugin_load_wanted(struct plugin **ret, const struct config *config,
				       const struct config_instance *instance, struct error *err);
/* Those whose file is another one by now: a library that is loaded stays what it was until the process ends. */
void plugin_each_replaced(void (*say)(void *context, const char *path), void *context);
void plugin_free_all(void); /* forgets, does not dlclose */

/* The path check alone, for the tests and for `golos-watch check`. Caller frees *ret_path. */
NODISCARD gw_status plugin_trust(const char *plugin_dir, const char *name, char **ret_path, struct error *err);

/* Checks the options of an instance against the plugin's table: unknown, missing, of a wrong type or out of range are
 * GW_ERR_CONFIG, naming source, line and key. Caller frees *ret; its texts are the plugin's and the configuration's,
 * which live longer. */
NODISCARD gw_status option_values_make(struct gw_option_value **ret, size_t *ret_count, const struct plugin *plugin,
				       const struct config *config, const struct config_instance *instance,
				       struct error *err);

/* A sentence of what is wrong with the table that a plugin declares: names, types, ranges, defaults. For the loader. */
NODISCARD gw_status option_table_check(const struct gw_option *options, size_t count, struct error *err);

/* Text for --plugin-help. Caller frees. */
char *plugin_help(const struct plugin *plugin);

#endif
