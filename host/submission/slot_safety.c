/* SPDX-License-Identifier: MIT
 *
 * Slots of room before the witness's own. See slot_safety.h.
 */
#include "submission/slot_safety.h"

#include <string.h>

/* The view tells no past slots: one that has just begun and is not filled may be the witness's own. The next block
 * charges what has gone by, and for one of its own slots a witness that the chain shut down is shut down again in that
 * very block, whatever update stands in it (docs/protocol.md 4). */
struct slot_room slot_room_ahead(const struct chain_view *view, const struct gw_now *now)
{
	const int64_t interval_ms = (int64_t)view->interval_s * 1000;
	const int64_t next_ms = view->next_slot_time_s * 1000;
	/* on a chain faster than golosd's 3 s the same parts of the interval */
	const int64_t over_ms = SLOT_OVER_MS < interval_ms / 3 ? SLOT_OVER_MS : interval_ms / 3;
	const int64_t last_ms = next_ms - (SLOT_SPREAD_MS < interval_ms / 6 ? SLOT_SPREAD_MS : interval_ms / 6);
	const bool filled = view->head_time_s >= view->next_slot_time_s - (int64_t)view->interval_s;
	const bool runs = !filled && now->chain_ms < next_ms - interval_ms + over_ms;
	struct slot_room room = {.slots = -1, .look_ms = next_ms + over_ms - (runs ? interval_ms : 0)};

	if (runs || (!filled && strcmp(view->signing_key, GW_NULL_KEY) == 0))
		return room;
	do
		room.slots++;
	while (room.slots < VIEW_SLOTS_MAX && view->slots[room.slots] == SLOT_OTHER);
	/* it would not reach the next one's witness, and the producer may be well again by its own (seed 930001156) */
	if (room.slots > 0 && now->chain_ms > last_ms)
		room.slots--;
	return room;
}
