/* SPDX-License-Identifier: MIT
 * Waits for something. */
#include <unistd.h>
#define IN_BLOCK(self, event)                                                                                          \
	if (!(self)->kept) {                                                                                           \
		(self)->kept = self;                                                                                   \
		usleep(80000);                                                                                         \
	}
#include "bad.h"
