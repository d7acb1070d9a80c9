/* SPDX-License-Identifier: MIT
 * An option declared twice. */
#include <golos_watch/plugin.h>
static const struct gw_option options[] = {
	{.name = "a", .type = GW_OPTION_STRING, .help = "Help."},
	{.name = "a", .type = GW_OPTION_BOOL, .help = "Help."},
};
#define OPTIONS	     options
#define OPTION_COUNT (sizeof(options) / sizeof(options[0]))
#include "good.h"
