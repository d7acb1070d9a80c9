/* SPDX-License-Identifier: MIT
 *
 * When a submission may go out: docs/design.md "From a block to a switch" 7. See submission.h.
 */
#include "submission/parts.h"
#include "submission/slot_safety.h"

/* Slots of room that it wants before the witness's own. */
static uint32_t room_wanted(const struct submission *s, const struct chain_view *view, const struct gw_now *now)
{
	const int64_t looked_ms = now->mono_ms - s->begun_ms;

	if (s->record.intent.mode != GW_INTENT_PLANNED || s->accepted)
		return 1;
	if (looked_ms < rounds_ms(view, SUBMISSION_ROOM_ROUNDS))
		return view->scheduled && view->scheduled < SUBMISSION_PLANNED_ROOM ? view->scheduled
										    : SUBMISSION_PLANNED_ROOM;
	/* The widest place need not come again: after as long once more, any place will do. */
	if (looked_ms < rounds_ms(view, 2 * SUBMISSION_ROOM_ROUNDS) && s->widest > 1)
		return s->widest;
	return 1;
}

/* Nobody has reported the schedule for a round: a dead producer costs more than the slot that this may cost. */
static bool goes_without_schedule(const struct submission *s, const struct chain_view *view, const struct gw_now *now)
{
	return is_update(s) && s->record.intent.mode == GW_INTENT_AUTOMATIC && view->is_followed &&
	       view->schedule_old_ms >= rounds_ms(view, 1) && now->chain_ms != 0 && view->head_id[0] != '\0' &&
	       view->interval_s != 0;
}

/* True when it may go out now; else it says why not and sets the time to look again. */
bool submission_may_send(struct submission *s, const struct chain_view *view, const struct gw_now *now)
{
	int64_t look_ms;

	if (goes_without_schedule(s, view, now)) {
		if (slot_is_over(view, now, &look_ms))
			return true;
		submission_wait_for(s, WAIT_SLOT, now);
		wake_at_chain(s, look_ms, now);
		return false;
	}
	if (!is_clear(view, now)) {
		submission_wait_for(s, WAIT_VIEW, now);
		wake_at(s, now->mono_ms + SUBMISSION_RETRY_MS);
		return false;
	}
	if (!is_update(s))
		return true;
	const struct slot_room room = slot_room_ahead(view, now);
	const uint32_t wanted = room_wanted(s, view, now);

	if (room.slots >= wanted)
		return true;
	if (room.slots > s->widest)
		s->widest = room.slots;
	submission_wait_for(s, room.slots == 0 ? WAIT_SLOT : WAIT_ROOM, now);
	wake_at_chain(s, room.look_ms, now);
	return false;
}
