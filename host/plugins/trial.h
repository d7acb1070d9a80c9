/* SPDX-License-Identifier: MIT
 *
 * golos-watchd -n and golos-watch check: instances that are opened, as a start would, and never started. So what a plugin itself finds
 * wrong in its options shows before a restart, not in it.
 */
#ifndef PLUGINS_TRIAL_H
#define PLUGINS_TRIAL_H

#include "plugins/instances.h"

/* instances_add opens one; exit_status_of(…, EXIT_PLUGIN) fits its error. Privileges are given up before. */
struct instances *trial_new(void);

#endif
