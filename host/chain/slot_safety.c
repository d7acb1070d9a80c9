/* SPDX-License-Identifier: MIT
 *
 * Slots of room before the witness's own. See slot_safety.h.
 */
#include "chain/slot_safety.h"

#include <string.h>

/* On a chain faster than golosd's 3 s the same parts of the interval: a third, and a sixth. */
static int64_t at_most(int64_t limit_ms, int64_t part_ms)
{
	return part_ms < limit_ms ? part_ms : limit_ms;
}

struct slot_room slot_room_ahead(const struct chain_view *view, const struct gw_now *now)
{
	const int64_t interval_ms = (int64_t)view->interval_s * 1000;
	const int64_t next_ms = view->next_slot_time_s * 1000;
	const int64_t over_ms = at_most(SLOT_OVER_MS, interval_ms / 3);
	const int64_t turn_over_ms = next_ms - interval_ms + over_ms;
	const bool turn_filled = view->head_time_s >= view->next_slot_time_s - (int64_t)view->interval_s;
	struct slot_room room = {.slots = 0, .look_ms = turn_over_ms};

	/* The view tells no past slots: one that has just begun and is not filled may be the witness's own. */
	if (!turn_filled && now->chain_ms < turn_over_ms)
		return room;
	room.look_ms = next_ms + over_ms;
	/* The next block charges what has gone by, and for one of its own slots a witness that the chain shut down is
	 * shut down again in that very block, whatever update stands in it (docs/protocol.md 4). */
	if (!turn_filled && strcmp(view->signing_key, GW_NULL_KEY) == 0)
		return room;
	while (room.slots < VIEW_SLOTS_MAX && view->slots[room.slots] == SLOT_OTHER)
		room.slots++;
	const int64_t last_ms = next_ms - at_most(SLOT_SPREAD_MS, interval_ms / 6);
	if (room.slots > 0 && now->chain_ms > last_ms)
		room.slots--;
	return room;
}
