/* SPDX-License-Identifier: MIT
 * Wants a function that nobody has. */
#include <golos_watch/plugin.h>

void nobody_has_this(void *self);
#define STOP nobody_has_this
#include "good.h"
