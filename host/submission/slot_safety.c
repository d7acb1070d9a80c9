/* SPDX-License-Identifier: MIT
 *
 * Slots of room before the witness's own. See slot_safety.h.
 */
#include "submission/slot_safety.h"

#include <string.h>

/* On a chain faster than golosd's 3 s the same parts of the interval: a third, and a sixth. */
static int64_t at_most(int64_t limit_ms, int64_t part_ms)
{
	return part_ms < limit_ms ? part_ms : limit_ms;
}

/* The slot that runs now, and the next. */
struct turn {
	bool filled;
	int64_t over_ms;      /* chain time */
	int64_t next_over_ms; /* of the next one */
	int64_t last_ms;      /* what is sent later does not reach the next one's witness */
};

static struct turn turn_of(const struct chain_view *view)
{
	const int64_t interval_ms = (int64_t)view->interval_s * 1000;
	const int64_t next_ms = view->next_slot_time_s * 1000;
	const int64_t over_ms = at_most(SLOT_OVER_MS, interval_ms / 3);

	return (struct turn){.filled = view->head_time_s >= view->next_slot_time_s - (int64_t)view->interval_s,
			     .over_ms = next_ms - interval_ms + over_ms,
			     .next_over_ms = next_ms + over_ms,
			     .last_ms = next_ms - at_most(SLOT_SPREAD_MS, interval_ms / 6)};
}

/* The view tells no past slots: one that has just begun and is not filled may be the witness's own. The next block
 * charges what has gone by, and for one of its own slots a witness that the chain shut down is shut down again in that
 * very block, whatever update stands in it (docs/protocol.md 4). */
static bool turn_lets(const struct turn *turn, const struct chain_view *view, const struct gw_now *now,
		      int64_t *ret_look_ms)
{
	bool runs = !turn->filled && now->chain_ms < turn->over_ms;

	*ret_look_ms = runs ? turn->over_ms : turn->next_over_ms;
	return !runs && (turn->filled || strcmp(view->signing_key, GW_NULL_KEY) != 0);
}

bool slot_is_over(const struct chain_view *view, const struct gw_now *now, int64_t *ret_look_ms)
{
	const struct turn turn = turn_of(view);

	return turn_lets(&turn, view, now, ret_look_ms) && now->chain_ms <= turn.last_ms;
}

struct slot_room slot_room_ahead(const struct chain_view *view, const struct gw_now *now)
{
	const struct turn turn = turn_of(view);
	struct slot_room room = {.slots = 0};

	if (!turn_lets(&turn, view, now, &room.look_ms))
		return room;
	while (room.slots < VIEW_SLOTS_MAX && view->slots[room.slots] == SLOT_OTHER)
		room.slots++;
	if (room.slots > 0 && now->chain_ms > turn.last_ms)
		room.slots--;
	return room;
}
