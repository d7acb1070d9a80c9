/* SPDX-License-Identifier: MIT
 * Its entry ends before the members of 1.0 do. */
#include <stddef.h>
#define STRUCT_SIZE offsetof(struct gw_plugin_entry, on_block)
#include "good.h"
