/* SPDX-License-Identifier: MIT
 * Leaves a file open. */
#include <fcntl.h>
#define IN_OPEN(self, values) (self)->option[0] = (char)open("/dev/null", O_RDONLY)
#include "bad.h"
