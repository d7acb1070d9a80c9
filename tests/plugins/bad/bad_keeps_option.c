/* SPDX-License-Identifier: MIT
 * Keeps the text of an option. */
#define IN_OPEN(self, values) (self)->kept = (values)[0]->text
#define IN_START(self)	      (self)->option[0] = *(const char *)(self)->kept
#include "bad.h"
