/* SPDX-License-Identifier: MIT
 * An option without a name. */
#include <golos_watch/plugin.h>
static const struct gw_option options[] = {
	{.type = GW_OPTION_STRING, .help = "Help."},
};
#define OPTIONS	     options
#define OPTION_COUNT (sizeof(options) / sizeof(options[0]))
#include "good.h"
