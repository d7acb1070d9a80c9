/* SPDX-License-Identifier: MIT
 * A required function is missing. */
#define STOP NULL
#include "good.h"
