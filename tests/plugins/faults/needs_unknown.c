/* SPDX-License-Identifier: MIT
 * Needs a service that no host offers. */
#include <stddef.h>
static const char *const needs[] = {"gw.chain/1", "gw.moon/1", NULL};
#define NEEDS needs
#include "good.h"
