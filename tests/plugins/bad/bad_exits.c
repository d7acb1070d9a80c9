/* SPDX-License-Identifier: MIT
 * Ends the process. */
#define IN_BLOCK(self, event) exit(3)
#include "bad.h"
