/* SPDX-License-Identifier: MIT
 * Fields of a notice that are no object. */
#define IN_BLOCK(self, event) (self)->notice->notice((self)->host, GW_INFO, "code", "text", "[]")
#include "bad.h"
