/* SPDX-License-Identifier: MIT
 *
 * Slot safety, case by case. Slots: 'o' another's, 'X' our witness's, '?' unknown. The head's time is 300 s; the first
 * slot of the text is the one at 303 s (interval 3) or 301 s (interval 1) unless slots have passed.
 */
#include "submission/slot_safety.h"
#include "test.h"

struct slot_case {
	const char *about;
	uint32_t interval_s, passed;
	int64_t chain_ms;
	const char *slots;
	int32_t room;
	int64_t look_ms;
};

static const struct slot_case cases[] = {
	{"others to the end", 3, 0, 300300, "oooo", 4, 304000},
	{"others, then our own", 3, 0, 300300, "ooXo", 2, 304000},
	{"the very next is our own: until 1 s after it", 3, 0, 300300, "Xooo", 0, 304000},
	{"just before our own slot", 3, 0, 302999, "Xooo", 0, 304000},
	{"the very next is unknown", 3, 0, 300300, "?ooo", 0, 304000},
	{"unknown ends the room", 3, 0, 300300, "oo?o", 2, 304000},
	{"a slot has begun and nobody has filled it: it may be our own", 3, 1, 303000, "oooo", -1, 304000},
	{"still so at 0.999 s", 3, 1, 303999, "oooo", -1, 304000},
	{"over at 1 s, though no block came", 3, 1, 304000, "oooo", 4, 307000},
	{"over, and our own is the next", 3, 1, 304000, "Xooo", 0, 307000},
	{"consecutive own slots", 3, 2, 307100, "oX", 1, 310000},
	{"too late for the next slot: it is no room", 3, 0, 302501, "oooo", 3, 304000},
	{"just in time for it", 3, 0, 302500, "oooo", 4, 304000},
	{"too late, and after it our own", 3, 0, 302501, "oXoo", 0, 304000},
	{"every slot our own", 3, 0, 300300, "XXXX", 0, 304000},
	{"interval of 1 s: a third of it", 1, 1, 301332, "ooXo", -1, 301333},
	{"interval of 1 s: over", 1, 1, 301333, "ooXo", 2, 302333},
	{"interval of 1 s: a sixth before is too late", 1, 1, 301835, "ooXo", 1, 302333},
};

static void fill(struct chain_view *view, const struct slot_case *c)
{
	memset(view, 0, sizeof(*view));
	view->valid = true;
	view->interval_s = c->interval_s;
	view->head_time_s = 300;
	view->next_slot_time_s = 300 + (int64_t)(c->interval_s * (1 + c->passed));
	for (size_t i = 0; c->slots[i]; i++)
		view->slots[i] = c->slots[i] == 'o' ? SLOT_OTHER : c->slots[i] == 'X' ? SLOT_OURS : SLOT_UNKNOWN;
}

TEST(cases)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct gw_now now = {.chain_ms = cases[i].chain_ms};
		struct chain_view view;

		fill(&view, &cases[i]);
		const struct slot_room room = slot_room_ahead(&view, &now);

		if (room.slots != cases[i].room || room.look_ms != cases[i].look_ms)
			print_error("%s: room %d, look at %lld\n", cases[i].about, room.slots, (long long)room.look_ms);
		assert_int_equal(room.slots, cases[i].room);
		assert_int_equal(room.look_ms, cases[i].look_ms);
	}
}

TEST(no_more_than_the_view_tells)
{
	const struct gw_now now = {.chain_ms = 300300};
	struct chain_view view = {.valid = true, .interval_s = 3, .head_time_s = 300, .next_slot_time_s = 303};

	memset(view.slots, SLOT_OTHER, sizeof(view.slots));
	assert_int_equal(slot_room_ahead(&view, &now).slots, VIEW_SLOTS_MAX);
}

/* The next block charges a slot gone by, and the chain shuts the witness down for it once more. */
TEST(under_the_null_key_the_next_block_comes_first)
{
	static const struct slot_case waits = {"", 3, 1, 304000, "oooo", 0, 307000};
	struct gw_now now = {.chain_ms = waits.chain_ms};
	struct chain_view view;

	fill(&view, &waits);
	strcpy(view.signing_key, GW_NULL_KEY);
	assert_int_equal(slot_room_ahead(&view, &now).slots, -1);
	assert_int_equal(slot_room_ahead(&view, &now).look_ms, waits.look_ms);
	view.head_time_s = 303; /* that slot is filled */
	assert_int_equal(slot_room_ahead(&view, &now).slots, 4);
}
