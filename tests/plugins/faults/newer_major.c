/* SPDX-License-Identifier: MIT
 * Built for the next major. */
#define ABI_MAJOR (GW_ABI_MAJOR + 1)
#include "good.h"
