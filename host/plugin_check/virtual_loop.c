/* SPDX-License-Identifier: MIT
 *
 * Virtual time and timers. See virtual_loop.h.
 */
#include "plugin_check/virtual_loop.h"

#include <stdlib.h>

#define TIMERS_AT_ONCE 10000 /* a day of one each 10 s, in one step */

struct loop_timer {
	struct loop_timer *next;
	loop_timer_fn fn;
	void *context;
	int64_t due_ms; /* < 0: not set */
};

static int64_t now_ms = 1000;
static struct loop_timer *timers;

void loop_now(struct gw_now *ret)
{
	*ret = (struct gw_now){.wall_ms = 1600000000000 + now_ms, .mono_ms = now_ms};
}

struct loop_timer *loop_timer_new(struct loop *loop, loop_timer_fn fn, void *context)
{
	struct loop_timer *timer = malloc(sizeof(*timer));

	(void)loop;
	if (!timer)
		abort();
	*timer = (struct loop_timer){.next = timers, .fn = fn, .context = context, .due_ms = -1};
	timers = timer;
	return timer;
}

void loop_timer_set(struct loop_timer *timer, int64_t delay_ms)
{
	timer->due_ms = delay_ms < 0 ? -1 : now_ms + delay_ms;
}

void loop_timer_free(struct loop_timer *timer)
{
	for (struct loop_timer **at = &timers; *at; at = &(*at)->next)
		if (*at == timer) {
			*at = timer->next;
			free(timer);
			return;
		}
}

static struct loop_timer *next_due(int64_t until_ms)
{
	struct loop_timer *first = NULL;

	for (struct loop_timer *timer = timers; timer; timer = timer->next)
		if (timer->due_ms >= 0 && timer->due_ms <= until_ms && (!first || timer->due_ms < first->due_ms))
			first = timer;
	return first;
}

void virtual_loop_spend(int64_t ms)
{
	now_ms += ms;
}

bool virtual_loop_advance(int64_t ms)
{
	int64_t end_ms = now_ms + ms;
	unsigned left = TIMERS_AT_ONCE;

	for (struct loop_timer *timer; (timer = next_due(end_ms));) {
		if (left-- == 0)
			return false;
		if (timer->due_ms > now_ms)
			now_ms = timer->due_ms;
		timer->due_ms = -1;
		timer->fn(timer->context);
	}
	if (end_ms > now_ms)
		now_ms = end_ms;
	return true;
}

size_t virtual_loop_timers(void)
{
	size_t count = 0;

	for (const struct loop_timer *timer = timers; timer; timer = timer->next)
		count++;
	return count;
}
