/* SPDX-License-Identifier: MIT
 * A default outside its own range. */
#include <golos_watch/plugin.h>
static const struct gw_option options[] = {
	{.name = "a", .type = GW_OPTION_SECONDS, .default_text = "9", .min = 1, .max = 8, .help = "Help."},
};
#define OPTIONS	     options
#define OPTION_COUNT (sizeof(options) / sizeof(options[0]))
#include "good.h"
