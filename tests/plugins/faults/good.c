/* SPDX-License-Identifier: MIT
 * Control: nothing is wrong. */
#include "good.h"
