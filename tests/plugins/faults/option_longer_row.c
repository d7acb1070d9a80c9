/* SPDX-License-Identifier: MIT
 * Not a fault: the rows of a later minor are longer, and the host reads what it knows of each. */
#include <golos_watch/plugin.h>
static const struct {
	struct gw_option option;
	const char *of_a_later_minor;
} options[] = {
	{.option = {.name = "first", .type = GW_OPTION_STRING, .help = "Help."}, .of_a_later_minor = "not known"},
	{.option = {.name = "second", .type = GW_OPTION_BOOL, .help = "Help."}, .of_a_later_minor = "not known"},
};
#define OPTIONS	     (const void *)options
#define OPTION_COUNT (sizeof(options) / sizeof(options[0]))
#define OPTION_SIZE  sizeof(options[0])
#include "good.h"
