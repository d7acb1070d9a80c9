/* SPDX-License-Identifier: MIT
 * Does not return. */
#include <unistd.h>
#define IN_BLOCK(self, event)                                                                                          \
	for (;;)                                                                                                       \
	pause()
#include "bad.h"
