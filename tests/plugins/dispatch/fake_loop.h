/* SPDX-License-Identifier: MIT
 *
 * Stands for host/loop/loop.c where a test links no other: virtual time, timers alone.
 */
#ifndef TEST_DISPATCH_FAKE_LOOP_H
#define TEST_DISPATCH_FAKE_LOOP_H

#include "loop/loop.h"

/* Lets time pass; runs no timer. From inside a callback: that callback takes so long. */
void fake_loop_spend(int64_t ms);
/* Lets time pass and runs the timers that fall due, in their order. */
void fake_loop_advance(int64_t ms);
size_t fake_loop_timers(void); /* that were made and not yet freed */

#endif
