/* SPDX-License-Identifier: MIT
 * Counts options and has no table. */
#include <stddef.h>
#define OPTIONS	     NULL
#define OPTION_COUNT 3
#include "good.h"
