/* SPDX-License-Identifier: MIT
 * Required, and yet with a default. */
#include <golos_watch/plugin.h>
static const struct gw_option options[] = {
	{.name = "a", .type = GW_OPTION_STRING, .required = 1, .default_text = "x", .help = "Help."},
};
#define OPTIONS	     options
#define OPTION_COUNT (sizeof(options) / sizeof(options[0]))
#include "good.h"
