/* SPDX-License-Identifier: MIT
 *
 * When a submission may go out: docs/design.md "From a block to a switch" 7. See submission.h.
 */
#include "submission/parts.h"
#include "submission/slot_safety.h"

/* Slots of room that it wants before the witness's own. None where nobody has reported the schedule for a round: a dead
 * producer costs more than the slot that this may cost. */
static int32_t room_wanted(const struct submission *s, const struct chain_view *view, const struct gw_now *now)
{
	const int64_t looked_ms = now->mono_ms - s->begun_ms;

	if (s->record.intent.mode != GW_INTENT_PLANNED)
		return view->schedule_old_ms >= rounds_ms(view, 1) ? 0 : 1;
	if (s->accepted)
		return 1;
	if (looked_ms < rounds_ms(view, SUBMISSION_ROOM_ROUNDS))
		return view->scheduled && view->scheduled < SUBMISSION_PLANNED_ROOM ? (int32_t)view->scheduled
										    : SUBMISSION_PLANNED_ROOM;
	return 1;
}

bool submission_may_send(struct submission *s, const struct chain_view *view, const struct gw_now *now)
{
	if (!view->valid || now->chain_ms == 0 || view->head_id[0] == '\0' || view->interval_s == 0) {
		submission_wait_for(s, WAIT_VIEW, now);
		wake_at(s, now->mono_ms + SUBMISSION_RETRY_MS);
		return false;
	}
	if (!is_update(s))
		return true;
	const struct slot_room room = slot_room_ahead(view, now);

	if (room.slots >= room_wanted(s, view, now))
		return true;
	submission_wait_for(s, room.slots > 0 ? WAIT_ROOM : WAIT_SLOT, now);
	wake_at(s, now->mono_ms + (room.look_ms - now->chain_ms));
	return false;
}
