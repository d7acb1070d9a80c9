/* SPDX-License-Identifier: MIT
 *
 * Sums of clocks. Safe in a signal's handler.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

int64_t clock_ms(clockid_t clock);
/* So many milliseconds from now, on the monotonic clock: until when to wait. */
struct timespec clock_from_now(int64_t ms);

#endif
