/* SPDX-License-Identifier: MIT
 * Returns a number of its own. */
#define IN_START(self) return 42
#include "bad.h"
