/* SPDX-License-Identifier: MIT
 * The order of timers, against a plain list. */
#include "test.h"

#include "loop/timers.h"

#define TIMERS 200

static uint32_t state_of_dice = 1;

static uint32_t draw(uint32_t below)
{
	state_of_dice = state_of_dice * 1664525u + 1013904223u;
	return (state_of_dice >> 8) % below;
}

static const struct timer *first_of_list(const struct timer *list)
{
	const struct timer *first = NULL;

	for (size_t i = 0; i < TIMERS; i++)
		if (list[i].place != 0 && (!first || list[i].due_us < first->due_us ||
					   (list[i].due_us == first->due_us && list[i].turn < first->turn)))
			first = &list[i];
	return first;
}

TEST(first_is_the_earliest)
{
	struct timer list[TIMERS] = {{0}};
	struct timers timers = {0};

	assert_null(timers_first(&timers));
	for (int i = 0; i < 20000; i++) {
		struct timer *timer = &list[draw(TIMERS)];

		if (draw(3) == 0)
			timers_unset(&timers, timer);
		else
			timers_set(&timers, timer, draw(50));
		assert_ptr_equal(timers_first(&timers), first_of_list(list));
	}
	for (const struct timer *first; (first = timers_first(&timers)) != NULL;) {
		assert_ptr_equal(first, first_of_list(list));
		timers_unset(&timers, &list[first - list]);
	}
	assert_null(first_of_list(list));
	timers_done(&timers);
}

TEST(those_of_one_time_in_their_order)
{
	struct timer list[TIMERS] = {{0}};
	struct timers timers = {0};

	for (size_t i = 0; i < TIMERS; i++)
		timers_set(&timers, &list[i], 7);
	timers_set(&timers, &list[0], 7); /* anew: the last now */
	for (size_t i = 1; i <= TIMERS; i++) {
		assert_ptr_equal(timers_first(&timers), &list[i % TIMERS]);
		timers_unset(&timers, &list[i % TIMERS]);
	}
	timers_done(&timers);
}
