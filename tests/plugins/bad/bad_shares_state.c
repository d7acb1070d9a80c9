/* SPDX-License-Identifier: MIT
 * Its instances are not apart. */
struct plugin;
static struct plugin *one;
#define IN_OPEN(self, values) one = self
#define IN_CLOSE(self)                                                                                                 \
	free(self);                                                                                                    \
	one = NULL
#define IN_BLOCK(self, event) one->option[0] = 0
#include "bad.h"
