/* SPDX-License-Identifier: MIT
 * Not a fault: a later minor is accepted. */
#define ABI_MINOR (GW_ABI_MINOR + 7)
#include "good.h"
