/* SPDX-License-Identifier: MIT
 * Calls itself otherwise than its file. */
#define NAME "somebody_else"
#include "good.h"
