/* SPDX-License-Identifier: MIT
 * Sets a timer for after its end. */
#define IN_STOP(self) (self)->api->timer_set((self)->host, 1, 1)
#include "bad.h"
