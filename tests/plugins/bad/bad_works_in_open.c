/* SPDX-License-Identifier: MIT
 * Begins to watch before the start. */
#define IN_OPEN(self, values) (self)->chain->watch((self)->host, "foo", 1)
#include "bad.h"
