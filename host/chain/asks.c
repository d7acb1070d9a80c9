/* SPDX-License-Identifier: MIT
 *
 * What the nodes are asked, when, and what their answers tell. docs/design.md "From a block to a switch" 2 to 4.
 */
#include <string.h>

#include "chain/state.h"

#define CHECK_INTERVAL_MS (CHECK_INTERVAL_S * INT64_C(1000))

/* ---- tickets and asks ------------------------------------------------------------------------------------------- */

uint64_t asks_ticket(struct belief *belief, uint32_t index)
{
	return ++belief->tickets << 24 | index;
}

static struct standing standing_of(const struct belief *belief)
{
	const struct schedule *schedule = &belief->schedule;
	const struct past_block *head = window_head(&belief->window);
	struct standing standing = {.seq = belief->seq,
				    .mono_ms = belief->now.mono_ms,
				    .round_s = schedule->scheduled * schedule->interval_s};

	standing.skipping_blocks = schedule->interval_s == 0 ? 0 : schedule->skipping_reset_s / schedule->interval_s;
	standing.head_num = head ? head->num : 0;
	standing.head_time_s = head ? head->time_s : 0;
	return standing;
}

/* The driver, and as many others as the witness wants, in the list's order. */
static bool is_asked(const struct belief *belief, const struct watched *watched, uint32_t endpoint)
{
	uint32_t others = 1;

	if ((int)endpoint == belief->driver)
		return true;
	if (belief->endpoints[endpoint].mute && belief->endpoints[endpoint].mute != MUTE_FOR_GOOD)
		return belief->endpoints[endpoint].up; /* does it tell again? */
	for (uint32_t e = 0; e < endpoint; e++)
		others += (int)e != belief->driver && belief->endpoints[e].up;
	return belief->endpoints[endpoint].up && others < watched->endpoints;
}

static void begin_fetch(struct belief *belief, struct watched *watched, uint32_t endpoint)
{
	struct fetch *fetch = &watched->fetches[endpoint];
	struct belief_action *action = actions_add(&belief->actions, BELIEF_ASK_WITNESS, endpoint);
	uint32_t index = (uint32_t)(watched - belief->witnesses.list);

	fetch->ticket = asks_ticket(belief, index * ENDPOINTS_MAX + endpoint);
	fetch->wanted = false;
	fetch->begun_ms = belief->now.mono_ms;
	fetch->begun_seq = belief->seq;
	fetch->begun_block = belief->window.head_num;
	fetch->begun_time_s = window_head(&belief->window)->time_s;
	fetch->begun_made = watched->made;
	action->ticket = fetch->ticket;
	memcpy(action->witness, watched->name, sizeof(action->witness));
}

static void begin_fetches(struct belief *belief)
{
	struct witnesses *witnesses = &belief->witnesses;

	if (!witnesses->any_wanted)
		return;
	witnesses->any_wanted = false;
	for (uint32_t i = 0; i < witnesses->count; i++) {
		struct watched *watched = witnesses->by_name[i];

		for (uint32_t e = 0; e < belief->count; e++) {
			if (!watched->fetches[e].wanted || watched->fetches[e].ticket != 0)
				continue;
			watched->fetches[e].wanted = false;
			if (is_asked(belief, watched, e))
				begin_fetch(belief, watched, e);
		}
	}
}

void asks_head(struct belief *belief)
{
	struct belief_action *action = actions_add(&belief->actions, BELIEF_ASK_HEAD, (uint32_t)belief->driver);

	belief->head_ticket = asks_ticket(belief, 0);
	belief->head_asked_ms = belief->now.mono_ms;
	action->ticket = belief->head_ticket;
}

/* Of the endpoint that gave the order. */
static void ask_head_of_order(struct belief *belief)
{
	struct order_fetch *order = &belief->order;
	struct belief_action *action;

	if (order->endpoint == (uint32_t)belief->driver) {
		asks_head(belief);
		order->head_ticket = belief->head_ticket;
		return;
	}
	action = actions_add(&belief->actions, BELIEF_ASK_HEAD, order->endpoint);
	order->head_ticket = asks_ticket(belief, 0);
	action->ticket = order->head_ticket;
}

void asks_order(struct belief *belief)
{
	if (belief->order.fresh)
		belief->order.old_ms = belief->now.mono_ms;
	belief->order.fresh = false;
	belief->order.wanted = true;
}

void asks_heard(struct belief *belief)
{
	belief->heard_ms = belief->seen_ms = belief->now.mono_ms;
}

int64_t asks_silence_ms(const struct watched *watched, int64_t since_ms, int64_t mono_ms)
{
	return mono_ms - (watched->told_ms > since_ms ? watched->told_ms : since_ms);
}

/* The order is the same at each endpoint of a branch, and the next block proves or refutes it. */
static uint32_t whom_to_ask_for_order(const struct belief *belief)
{
	uint32_t left = belief->order.turn;

	for (uint32_t i = 0; i <= left && i < belief->count; i++) {
		uint32_t endpoint = ((uint32_t)belief->driver + i) % belief->count;

		if (!belief->endpoints[endpoint].up)
			left++;
		else if (i == left)
			return endpoint;
	}
	return (uint32_t)belief->driver;
}

static void begin_order_fetch(struct belief *belief)
{
	struct order_fetch *order = &belief->order;
	struct belief_action *action;

	if (!order->wanted || order->asked_for)
		return;
	order->endpoint = whom_to_ask_for_order(belief);
	action = actions_add(&belief->actions, BELIEF_ASK_SCHEDULE, order->endpoint);
	order->wanted = false;
	order->asked_for = true;
	order->head_ticket = 0;
	order->era = schedule_era(&belief->schedule, belief->window.head_num);
	order->generation = belief->generation;
	order->ticket = asks_ticket(belief, 0);
	action->ticket = order->ticket;
}

/* While the driver syncs, its answers are of a state further on than the blocks: once a second is enough then. */
static bool is_behind(const struct belief *belief)
{
	const struct past_block *head = window_head(&belief->window);

	return head && belief_is_old(belief, head->time_s);
}

bool asks_are_elsewhere(const struct belief *belief)
{
	return belief->endpoints[belief->driver].head_num != belief->window.head_num ||
	       belief->vouched != belief->window.head_num;
}

static void begin(struct belief *belief, bool tick)
{
	if (belief_driver(belief) < 0 || asks_are_elsewhere(belief) || belief->catch_up.active)
		return;
	if (!tick && is_behind(belief))
		return;
	begin_order_fetch(belief);
	begin_fetches(belief);
}

void asks_begin(struct belief *belief)
{
	begin(belief, false);
}

/* Each has its own second of the interval: a thousand asked at once would be in the way of what a block asks for. */
static bool is_its_turn(const struct belief *belief, const struct watched *watched, int64_t begun_ms)
{
	const int64_t offset_ms = (watched - belief->witnesses.list) % CHECK_INTERVAL_S * 1000;

	return (belief->now.mono_ms + offset_ms) / CHECK_INTERVAL_MS != (begun_ms + offset_ms) / CHECK_INTERVAL_MS;
}

static void want_old(struct belief *belief)
{
	const struct standing standing = standing_of(belief);

	for (uint32_t i = 0; i < belief->witnesses.count; i++) {
		struct watched *watched = belief->witnesses.by_name[i];
		const struct fetch *fetch = &watched->fetches[belief->driver];

		if (fetch->ticket == 0 &&
		    (is_its_turn(belief, watched, fetch->begun_ms) || witness_key_is_ripe(watched, fetch, &standing)))
			witnesses_want(&belief->witnesses, watched);
	}
}

void asks_tick(struct belief *belief)
{
	want_old(belief);
	if (!belief->order.fresh && !belief->order.asked_for)
		belief->order.wanted = true;
	begin(belief, true);
	if (belief->head_ticket == 0 && !belief->order.asked_for &&
	    belief->now.mono_ms - belief->head_asked_ms >= CHECK_INTERVAL_MS)
		asks_head(belief);
}

/* ---- answers ---------------------------------------------------------------------------------------------------- */

/* The next tick asks the next endpoint. */
static void miss_order(struct belief *belief)
{
	belief->order.asked_for = false;
	belief->order.turn = (belief->order.turn + 1) % belief->count;
}

void belief_schedule_answer(struct belief *belief, uint64_t ticket, const struct schedule_answer *answer,
			    const struct gw_now *now)
{
	struct order_fetch *order = &belief->order;

	belief_set_now(belief, now);
	if (ticket == 0 || ticket != order->ticket)
		return;
	order->ticket = 0;
	if (!answer) {
		miss_order(belief);
		return;
	}
	order->answer = *answer;
	ask_head_of_order(belief);
}

/* No shuffle and no fork lies between the ask for the order and this head. */
static bool order_is_sure(const struct belief *belief, const struct head_answer *head)
{
	return belief->order.generation == belief->generation &&
	       schedule_era(&belief->schedule, head->num) == belief->order.era;
}

static void take_order(struct belief *belief, const struct head_answer *head)
{
	struct order_fetch *order = &belief->order;

	order->head_ticket = 0;
	order->asked_for = false;
	if (!head)
		miss_order(belief);
	else if (order_is_sure(belief, head)) {
		schedule_set(&belief->schedule, order->era, &order->answer);
		order->fresh = !order->wanted;
	}
}

static void take_head(struct belief *belief, const struct head_answer *head)
{
	belief_clock_not_before(belief, head->time_s);
	if (head->irreversible > belief->irreversible && head->irreversible <= head->num)
		belief->irreversible = head->irreversible;
	if (belief->endpoints[belief->driver].head_num == 0)
		follow_head(belief, head);
}

void belief_head_answer(struct belief *belief, uint64_t ticket, const struct head_answer *answer,
			const struct gw_now *now)
{
	bool of_driver = ticket != 0 && ticket == belief->head_ticket;
	bool of_order = ticket != 0 && ticket == belief->order.head_ticket;

	belief_set_now(belief, now);
	if (!of_driver && !of_order)
		return;
	if (of_driver)
		belief->head_ticket = 0;
	if (answer)
		schedule_set_aslot(&belief->schedule, answer);
	if (of_order)
		take_order(belief, answer);
	if (!answer)
		return;
	if (of_driver)
		take_head(belief, answer);
	begin(belief, false);
}

void belief_block_answer(struct belief *belief, uint64_t ticket, const struct block *answer, const struct gw_now *now)
{
	belief_set_now(belief, now);
	if (ticket == 0 || !belief->catch_up.active || ticket != belief->catch_up.ticket)
		return;
	belief->catch_up.ticket = 0;
	if (!answer)
		return; /* that is no word of what it has: the next tick asks again */
	asks_heard(belief);
	follow_answer(belief, answer);
	begin(belief, false);
}

/* The watched witness and fetch that a ticket belongs to; NULL: no longer waited for. */
static struct fetch *find_fetch(struct belief *belief, uint64_t ticket, struct watched **ret)
{
	uint32_t index = (uint32_t)(ticket & 0xffffff);
	struct fetch *fetch;

	if (ticket == 0 || index / ENDPOINTS_MAX >= belief->witnesses.max)
		return NULL;
	*ret = &belief->witnesses.list[index / ENDPOINTS_MAX];
	fetch = &(*ret)->fetches[index % ENDPOINTS_MAX];
	return fetch->ticket == ticket ? fetch : NULL;
}

static void say_of_the_past(struct belief *belief, struct watched *watched, const struct fetch *fetch)
{
	if (!watched->past_said)
		actions_notice(&belief->actions, GW_WARNING, "answers_of_the_past",
			       "%s: the node's answers do not know of block %u that it pushed: they tell nothing",
			       watched->name, fetch->begun_made);
	watched->past_said = true;
}

void belief_witness_answer(struct belief *belief, uint64_t ticket, const struct witness_answer *answer,
			   const struct gw_now *now)
{
	struct watched *watched;
	struct fetch *fetch;
	struct standing standing;
	uint32_t endpoint = (uint32_t)(ticket & 0xffffff) % ENDPOINTS_MAX;

	belief_set_now(belief, now);
	fetch = find_fetch(belief, ticket, &watched);
	if (!fetch)
		return;
	fetch->ticket = 0;
	if (belief->catch_up.active) {
		/* Of a state that our blocks have not reached: what lies between could not be judged. */
		witnesses_want(&belief->witnesses, watched);
		return;
	}
	belief->witnesses.any_wanted |= fetch->wanted;
	bool of_driver = (int)endpoint == belief->driver;
	if (of_driver && witness_is_of_before_a_fork(&belief->witnesses, fetch)) {
		begin(belief, false); /* the fork has made it wanted again */
		return;
	}
	bool of_the_past = answer && of_driver && witness_is_of_the_past(watched, fetch, answer);
	if (of_the_past)
		say_of_the_past(belief, watched, fetch);
	uint8_t *mute = &belief->endpoints[endpoint].mute;
	if (*mute && *mute != MUTE_FOR_GOOD)
		*mute = answer ? (uint8_t)(*mute - 1) : MUTE_ANSWERS;
	if (!answer || of_the_past) {
		fetch->begun_ms = INT64_MIN / 2; /* the next tick asks again */
		return;
	}
	if (of_driver) {
		watched->told_ms = now->mono_ms;
		watched->past_said = false;
		standing = standing_of(belief);
		witness_learn(&belief->witnesses, watched, fetch, answer, &standing);
	}
	belief_raise_witness(belief, watched, GW_WITNESS_FETCHED, endpoint, fetch, answer);
	if (watched->key_moved)
		belief_raise_witness(belief, watched, GW_WITNESS_KEY, endpoint, fetch, answer);
	watched->key_moved = false;
	begin(belief, false);
}
