/* SPDX-License-Identifier: MIT
 * Its rows would not lie at addresses of a struct. */
#include <golos_watch/plugin.h>
static const struct gw_option options[] = {
	{.name = "a", .type = GW_OPTION_STRING, .help = "Help."},
};
#define OPTIONS	     options
#define OPTION_COUNT (sizeof(options) / sizeof(options[0]))
#define OPTION_SIZE  (sizeof(struct gw_option) + 4)
#include "good.h"
