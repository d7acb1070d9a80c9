/* SPDX-License-Identifier: MIT
 * Reads what is not there. */
#define IN_NODES(self, event) (self)->option[0] = *(const volatile char *)(self)->kept
#include "bad.h"
