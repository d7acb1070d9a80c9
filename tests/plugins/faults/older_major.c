/* SPDX-License-Identifier: MIT
 * Built for a major before this one. */
#define ABI_MAJOR 0
#include "good.h"
