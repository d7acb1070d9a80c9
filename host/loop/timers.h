/* SPDX-License-Identifier: MIT
 *
 * Timers in the order of their time; a heap, for a host has several for each watched witness. Pure: no clock is read.
 */
#ifndef HOST_TIMERS_H
#define HOST_TIMERS_H

#include <stddef.h>
#include <stdint.h>

/* Lies in its owner's struct; zeroed: not set. */
struct timer {
	int64_t due_us;
	uint64_t turn; /* those of one time: in the order in which they were set */
	size_t place;  /* in the heap, from 1; 0: not set */
};

/* Zeroed: no timer is set. The timers are their owners'. */
struct timers {
	struct timer **heap;
	size_t count, room;
	uint64_t turns;
};

void timers_set(struct timers *timers, struct timer *timer, int64_t due_us); /* anew, if it is set already */
void timers_unset(struct timers *timers, struct timer *timer);
struct timer *timers_first(const struct timers *timers); /* NULL: none is set */
void timers_done(struct timers *timers);

#endif
