/* SPDX-License-Identifier: MIT
 * Its rows end before the members of 1.0 do. */
#include <golos_watch/plugin.h>
static const struct gw_option options[] = {
	{.name = "a", .type = GW_OPTION_STRING, .help = "Help."},
};
#define OPTIONS	     options
#define OPTION_COUNT (sizeof(options) / sizeof(options[0]))
#define OPTION_SIZE  (offsetof(struct gw_option, help))
#include "good.h"
