/* SPDX-License-Identifier: MIT
 *
 * The disk under SQLite, for a whole test program: a real one, which hangs or is full when told.
 */
#ifndef UNIT_FAKE_DISK_H
#define UNIT_FAKE_DISK_H

#include <stdatomic.h>
#include <stdbool.h>

/* Group setup: SQLite's calls go through it. */
int replace_calls(void **state);
void hang(bool hangs); /* whatever is written */
void hang_reading(bool hangs);
void fill(bool full);
void await_hanging_call(void);
extern atomic_uint syncs; /* all there were */

#endif
