/* SPDX-License-Identifier: MIT
 * Does not free itself. */
#define IN_CLOSE(self) (void)(self)
#include "bad.h"
