/* SPDX-License-Identifier: MIT
 * A required function is missing. */
#define OPEN NULL
#include "good.h"
