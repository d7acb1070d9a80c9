/* SPDX-License-Identifier: MIT
 * A range that holds nothing. */
#include <golos_watch/plugin.h>
static const struct gw_option options[] = {
	{.name = "a", .type = GW_OPTION_INT, .min = 2, .max = 1, .help = "Help."},
};
#define OPTIONS	     options
#define OPTION_COUNT (sizeof(options) / sizeof(options[0]))
#include "good.h"
