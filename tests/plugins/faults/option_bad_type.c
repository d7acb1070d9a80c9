/* SPDX-License-Identifier: MIT
 * An option of a type that does not exist. */
#include <golos_watch/plugin.h>
static const struct gw_option options[] = {
	{.name = "a", .type = 77, .help = "Help."},
};
#define OPTIONS	     options
#define OPTION_COUNT (sizeof(options) / sizeof(options[0]))
#include "good.h"
