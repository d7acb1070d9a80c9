/* SPDX-License-Identifier: MIT
 * Control: no rule is broken. */

#include "bad.h"
