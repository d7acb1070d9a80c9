/* SPDX-License-Identifier: MIT
 *
 * What is tried with a plugin, each in a process of its own.
 */
#ifndef PLUGIN_CHECK_SCENES_H
#define PLUGIN_CHECK_SCENES_H

#include "plugin_check/bench.h"

struct setting {
	const struct config *config;
	const struct config_instance *wanted;
	const struct plugin *plugin;
};

struct scene {
	const char *name; /* after "while": "it lives its life" */
	void (*run)(const struct setting *setting);
	void (*course)(struct bench *bench); /* where run is NULL: on a bench of its own */
};
void scene_run(const struct scene *scene, const struct setting *setting);

/* NULL ends the list. */
extern const struct scene scenes[];

#endif
