/* SPDX-License-Identifier: MIT
 *
 * See timers.h.
 */
#include "loop/timers.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/memory.h"

static bool is_before(const struct timer *a, const struct timer *b)
{
	return a->due_us != b->due_us ? a->due_us < b->due_us : a->turn < b->turn;
}

static struct timer *at(const struct timers *timers, size_t place)
{
	return timers->heap[place - 1];
}

static void put(struct timers *timers, struct timer *timer, size_t place)
{
	timers->heap[place - 1] = timer;
	timer->place = place;
}

/* From a free place to where it belongs. */
static void sift(struct timers *timers, struct timer *timer, size_t place)
{
	for (; place > 1 && is_before(timer, at(timers, place / 2)); place /= 2)
		put(timers, at(timers, place / 2), place);
	for (size_t child; (child = 2 * place) <= timers->count; place = child) {
		if (child < timers->count && is_before(at(timers, child + 1), at(timers, child)))
			child++;
		if (!is_before(at(timers, child), timer))
			break;
		put(timers, at(timers, child), place);
	}
	put(timers, timer, place);
}

void timers_set(struct timers *timers, struct timer *timer, int64_t due_us)
{
	timer->due_us = due_us;
	timer->turn = ++timers->turns;
	if (timer->place == 0) {
		if (timers->count == timers->room) {
			timers->room = timers->room ? 2 * timers->room : 16;
			timers->heap = xrealloc(timers->heap, timers->room, sizeof(*timers->heap));
		}
		timer->place = ++timers->count;
	}
	sift(timers, timer, timer->place);
}

void timers_unset(struct timers *timers, struct timer *timer)
{
	size_t place = timer->place;

	if (place == 0)
		return;
	struct timer *last = at(timers, timers->count--);

	timer->place = 0;
	if (last != timer)
		sift(timers, last, place);
}

struct timer *timers_first(const struct timers *timers)
{
	return timers->count ? timers->heap[0] : NULL;
}

void timers_done(struct timers *timers)
{
	free(timers->heap);
	*timers = (struct timers){0};
}
