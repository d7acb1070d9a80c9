/* SPDX-License-Identifier: MIT
 *
 * host/loop/loop.h in virtual time: the clock moves only when the test lets it, to the next timer and no further. Posts of
 * other threads (the journal's) are awaited by a condition. One loop at a time, for loop_now names none.
 */
#ifndef RECORDINGS_VIRTUAL_LOOP_H
#define RECORDINGS_VIRTUAL_LOOP_H

#include "loop/loop.h"

#define VIRTUAL_MONO_MS 1000000 /* what the monotonic clock shows when the wall clock shows the start */

/* Sets both clocks: the next loop starts at that wall time. */
void virtual_loop_set_start(int64_t wall_ms);
/* Runs whatever is due until `until_ms` (after the start), then stands there. Before the clock moves, settle is called:
 * it waits for what other threads still owe at this time. */
void virtual_loop_pass(struct loop *loop, int64_t until_ms, void (*settle)(void *context), void *context);
/* Runs posts, waiting for them, until *done. */
void virtual_loop_wait(struct loop *loop, const bool *done);
/* Milliseconds since the start. */
int64_t virtual_loop_at_ms(void);
bool virtual_loop_stopped(const struct loop *loop);

#endif
