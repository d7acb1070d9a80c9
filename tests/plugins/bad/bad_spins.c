/* SPDX-License-Identifier: MIT
 * Sets a timer of no time, for ever. */
#define IN_START(self)	      (self)->api->timer_set((self)->host, 1, 0)
#define IN_TIMER(self, event) (self)->api->timer_set((self)->host, 1, 0)
#include "bad.h"
