/* SPDX-License-Identifier: MIT
 * Keeps an event and reads it in a later call. */
#define IN_BLOCK(self, event) (self)->kept = (event)
#define IN_NODES(self, event)                                                                                          \
	if ((self)->kept && ((const struct gw_block_event *)(self)->kept)->num == 7)                                   \
	(self)->kept = NULL
#include "bad.h"
