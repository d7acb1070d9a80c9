/* SPDX-License-Identifier: MIT
 * Its status is no JSON. */
#define STATUS_TEXT "all is well"
#include "bad.h"
