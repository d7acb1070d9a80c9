/* SPDX-License-Identifier: MIT
 * A code of a notice that is none. */
#define IN_BLOCK(self, event) (self)->notice->notice((self)->host, GW_INFO, "Not a code", "text", NULL)
#include "bad.h"
