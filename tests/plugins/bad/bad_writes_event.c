/* SPDX-License-Identifier: MIT
 * Writes into an event. */
#define IN_BLOCK(self, event) ((struct gw_block_event *)(uintptr_t)(event))->num = 0
#include "bad.h"
