/* SPDX-License-Identifier: MIT
 * An option whose name is no word. */
#include <golos_watch/plugin.h>
static const struct gw_option options[] = {
	{.name = "Miss Window", .type = GW_OPTION_STRING, .help = "Help."},
};
#define OPTIONS	     options
#define OPTION_COUNT (sizeof(options) / sizeof(options[0]))
#include "good.h"
