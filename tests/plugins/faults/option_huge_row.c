/* SPDX-License-Identifier: MIT
 * Its rows are longer than any minor version makes them. */
#include <golos_watch/plugin.h>
static const struct gw_option options[] = {
	{.name = "a", .type = GW_OPTION_STRING, .help = "Help."},
};
#define OPTIONS	     options
#define OPTION_COUNT (sizeof(options) / sizeof(options[0]))
#define OPTION_SIZE  (1 << 20)
#include "good.h"
