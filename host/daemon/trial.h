/* SPDX-License-Identifier: MIT
 *
 * golos-watchd -n: each plugin instance is opened, as a start would, and none is started. So what a plugin itself finds wrong in its
 * options shows before a restart, not in it.
 */
#ifndef DAEMON_TRIAL_H
#define DAEMON_TRIAL_H

#include "config/config.h"

/* GW_OK, or the first instance's error; exit_status_of(…, EXIT_PLUGIN) fits. Privileges are given up before. */
NODISCARD gw_status trial_open(const struct config *config, struct error *err);

#endif
