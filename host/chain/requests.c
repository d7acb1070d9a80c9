/* SPDX-License-Identifier: MIT
 *
 * What the nodes are asked, and when. docs/design.md "From a block to a switch" 2 to 4.
 */
#include <string.h>

#include "chain/state.h"

#define CHECK_INTERVAL_MS (CHECK_INTERVAL_S * INT64_C(1000))

/* ---- witnesses --------------------------------------------------------------------------------------------------- */

/* The driver, and as many others as the witness wants, in the list's order. One that was silent is asked, too: does it
 * report again? */
static bool is_requested(const struct belief *belief, const struct watched *watched, uint32_t endpoint)
{
	uint32_t others = 1;

	if (!belief->endpoints[endpoint].up || (int)endpoint == belief->driver)
		return belief->endpoints[endpoint].up;
	if (belief->endpoints[endpoint].mute == MUTE_SILENT)
		return true;
	for (uint32_t e = 0; e < endpoint; e++)
		others += (int)e != belief->driver && belief->endpoints[e].up;
	return others < watched->endpoints;
}

static void begin_fetch(struct belief *belief, struct watched *watched, uint32_t endpoint)
{
	struct fetch *fetch = &watched->fetches[endpoint];
	struct belief_action *action = actions_add(&belief->actions, BELIEF_ASK_WITNESS, endpoint);
	uint32_t index = (uint32_t)(watched - belief->witnesses.list);

	fetch->ticket = state_ticket(belief, index * ENDPOINTS_MAX + endpoint);
	fetch->begun_ms = belief->now.mono_ms;
	fetch->begun_seq = belief->seq;
	fetch->begun_block = belief->window.head_num;
	fetch->begun_time_s = window_head(&belief->window)->time_s;
	action->ticket = fetch->ticket;
	memcpy(action->witness, watched->name, sizeof(action->witness));
}

static void begin_fetches(struct belief *belief)
{
	struct witnesses *witnesses = &belief->witnesses;

	for (struct watched *watched = NULL; (watched = witnesses_next(witnesses, watched)) != NULL;) {

		for (uint32_t e = 0; e < belief->count; e++) {
			if (!watched->fetches[e].wanted || watched->fetches[e].ticket != 0)
				continue;
			watched->fetches[e].wanted = false;
			if (is_requested(belief, watched, e))
				begin_fetch(belief, watched, e);
		}
	}
}

/* Each has its own second of the interval: a thousand asked at once would be in the way of what a block asks for. */
static bool is_its_turn(const struct belief *belief, const struct watched *watched, int64_t begun_ms)
{
	const int64_t offset_ms = (watched - belief->witnesses.list) % CHECK_INTERVAL_S * 1000;

	return (belief->now.mono_ms + offset_ms) / CHECK_INTERVAL_MS != (begun_ms + offset_ms) / CHECK_INTERVAL_MS;
}

static void want_old(struct belief *belief)
{
	for (struct watched *watched = NULL; (watched = witnesses_next(&belief->witnesses, watched)) != NULL;) {
		const struct fetch *fetch = &watched->fetches[belief->driver];

		if (fetch->ticket == 0 && is_its_turn(belief, watched, fetch->begun_ms))
			witnesses_want(watched);
	}
}

/* ---- head and schedule ------------------------------------------------------------------------------------------- */

static uint64_t request_head(struct belief *belief, uint32_t endpoint)
{
	struct belief_action *action = actions_add(&belief->actions, BELIEF_ASK_HEAD, endpoint);

	if ((int)endpoint == belief->driver)
		belief->head_requested_ms = belief->now.mono_ms;
	action->ticket = state_ticket(belief, 0);
	return action->ticket;
}

void requests_head(struct belief *belief)
{
	belief->head_ticket = request_head(belief, (uint32_t)belief->driver);
}

void requests_want_schedule(struct belief *belief)
{
	if (belief->fetch.fresh)
		belief->fetch.old_ms = belief->now.mono_ms;
	belief->fetch.fresh = false;
	belief->fetch.wanted = true;
}

static void begin_schedule_fetch(struct belief *belief)
{
	struct schedule_fetch *fetch = &belief->fetch;
	struct belief_action *action;

	if (!fetch->wanted || fetch->step != FETCH_NONE)
		return;
	fetch->endpoint = (uint32_t)belief_endpoint(belief, fetch->turn);
	action = actions_add(&belief->actions, BELIEF_ASK_SCHEDULE, fetch->endpoint);
	fetch->wanted = false;
	fetch->step = FETCH_SCHEDULE;
	fetch->begun_seq = belief->seq;
	fetch->era = schedule_era(&belief->schedule, belief->window.head_num);
	fetch->ticket = action->ticket = state_ticket(belief, 0);
}

/* The next tick asks the next endpoint: the schedule is the same at each of a branch, and the next block proves or
 * refutes it. */
static void miss_schedule(struct schedule_fetch *fetch)
{
	fetch->step = FETCH_NONE;
	fetch->turn++;
}

void requests_take_schedule(struct belief *belief, const struct schedule_answer *answer)
{
	struct schedule_fetch *fetch = &belief->fetch;

	if (!answer) {
		miss_schedule(fetch);
		return;
	}
	fetch->answer = *answer;
	fetch->step = FETCH_HEAD;
	fetch->ticket = request_head(belief, fetch->endpoint);
}

void requests_take_head(struct belief *belief, const struct head_answer *head)
{
	struct schedule_fetch *fetch = &belief->fetch;

	if (!head) {
		miss_schedule(fetch);
		return;
	}
	fetch->step = FETCH_NONE;
	if (fetch->begun_seq < belief->witnesses.undone_seq || schedule_era(&belief->schedule, head->num) != fetch->era)
		return;
	schedule_set(&belief->schedule, fetch->era, &fetch->answer);
	fetch->fresh = !fetch->wanted;
}

/* ---- when -------------------------------------------------------------------------------------------------------- */

/* While the driver syncs, its answers are of a state further on than the blocks: once a second is enough then. */
static bool is_behind(const struct belief *belief)
{
	const struct past_block *head = window_head(&belief->window);

	return head && state_is_old(belief, head->time_s);
}

static void begin(struct belief *belief, bool tick)
{
	if (belief_driver(belief) < 0 || state_is_elsewhere(belief) || belief->catch_up.active)
		return;
	if (!tick && is_behind(belief))
		return;
	begin_schedule_fetch(belief);
	begin_fetches(belief);
}

void requests_begin(struct belief *belief)
{
	begin(belief, false);
}

void requests_tick(struct belief *belief)
{
	want_old(belief);
	if (!belief->fetch.fresh)
		belief->fetch.wanted = true;
	begin(belief, true);
	if (belief->head_ticket == 0 && belief->fetch.step == FETCH_NONE &&
	    belief->now.mono_ms - belief->head_requested_ms >= CHECK_INTERVAL_MS)
		requests_head(belief);
}

void requests_forget(struct belief *belief)
{
	belief->fetch.step = FETCH_NONE;
	belief->fetch.turn = 0;
	belief->head_ticket = 0;
	requests_want_schedule(belief);
	witnesses_want_all(&belief->witnesses);
}
