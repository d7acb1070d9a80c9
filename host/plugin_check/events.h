/* SPDX-License-Identifier: MIT
 *
 * Made-up events: a day of a chain in a second, its rare sides included.
 */
#ifndef PLUGIN_CHECK_EVENTS_H
#define PLUGIN_CHECK_EVENTS_H

#include "plugin_check/bench.h"

/* Everything that plugin.h lets come, to each instance that is started. A timer that sets itself anew without end ends the
 * process. */
void events_play(struct bench *bench);

#endif
