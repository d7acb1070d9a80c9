/* SPDX-License-Identifier: MIT
 *
 * Stands for host/loop/loop.c where a program links no other: virtual time, timers alone. The tests of host/plugins use
 * it as well.
 */
#ifndef PLUGIN_CHECK_VIRTUAL_LOOP_H
#define PLUGIN_CHECK_VIRTUAL_LOOP_H

#include "loop/loop.h"

/* Lets time pass; runs no timer. From inside a callback: that callback takes so long. */
void virtual_loop_spend(int64_t ms);
/* Lets time pass and runs the timers that fall due, in their order. False: one that sets itself anew has no end. */
bool virtual_loop_advance(int64_t ms);
size_t virtual_loop_timers(void); /* that were made and not yet freed */

#endif
