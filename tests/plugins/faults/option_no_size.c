/* SPDX-License-Identifier: MIT
 * Declares an option, and no size of its row. */
#include <golos_watch/plugin.h>
static const struct gw_option options[] = {
	{.name = "a", .type = GW_OPTION_STRING, .help = "Help."},
};
#define OPTIONS	     options
#define OPTION_COUNT (sizeof(options) / sizeof(options[0]))
#define OPTION_SIZE  (0)
#include "good.h"
