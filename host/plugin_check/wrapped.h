/* SPDX-License-Identifier: MIT
 *
 * A plugin's table with a layer around each function: what it is handed is lent (lend.h), what it returns is held
 * against plugin.h, and how long it took is measured.
 */
#ifndef PLUGIN_CHECK_WRAPPED_H
#define PLUGIN_CHECK_WRAPPED_H

#include "plugins/loader.h"

/* From now on whoever calls the plugin's table calls the layer. One plugin a process. */
void wrap(struct plugin *plugin);

#endif
