/* SPDX-License-Identifier: MIT
 *
 * The block sync: from a block of the driver to its events, forks, skipped slots, and reading what lies between. docs/design.md "From a
 * block to a switch" 1 to 3.
 */
#include <string.h>

#include "chain/state.h"

#define DEEP_FORK	     "the fork is older than what is kept"
#define NOT_AFTER_ITS_PARENT "the time of a block is not after its parent's"

/* ---- one block -------------------------------------------------------------------------------------------------- */

static int64_t slot_of(const struct belief *belief, int64_t time_s)
{
	return time_s / belief->schedule.interval_s;
}

/* The block's own witness proves or refutes the schedule for the slots before it. */
static void check_schedule(struct belief *belief, const struct block *block)
{
	const char *owner = schedule_owner(&belief->schedule, block->num - 1, block->time_s);

	if (!owner || strcmp(owner, block->witness) == 0)
		return;
	schedule_forget(&belief->schedule);
	requests_want_schedule(belief);
	actions_notice(&belief->actions, GW_DEBUG, "schedule_wrong", "block %u is %s's, the schedule says %s",
		       block->num, block->witness, owner);
}

/* The slots skipped before the block, the newest MISSED_MAX of them, while the window still ends with its parent. */
static uint32_t fill_missed(const struct belief *belief, const struct block *block, uint32_t skipped,
			    struct gw_slot missed[MISSED_MAX])
{
	uint32_t count = skipped < MISSED_MAX ? skipped : MISSED_MAX;
	int64_t slot = slot_of(belief, block->time_s) - count;

	for (uint32_t i = 0; i < count; i++, slot++) {
		const char *owner =
			schedule_owner(&belief->schedule, block->num - 1, slot * belief->schedule.interval_s);

		missed[i] = (struct gw_slot){.struct_size = sizeof(missed[i])};
		if (!owner)
			continue;
		memcpy(missed[i].witness, owner, sizeof(missed[i].witness));
		missed[i].charged = strcmp(owner, block->witness) != 0;
		missed[i].silent = window_is_silent(&belief->window, owner, 2 * belief->schedule.scheduled);
	}
	return count;
}

static void push_block(struct belief *belief, const struct block *block, const struct gw_slot *missed, uint32_t count)
{
	struct gw_slot own = {.struct_size = sizeof(own), .filled = 1};

	memcpy(own.witness, block->witness, sizeof(own.witness));
	window_push(&belief->window, block);
	for (uint32_t i = 0; i < count; i++)
		window_push_slot(&belief->window, &missed[i]);
	window_push_slot(&belief->window, &own);
}

static void fill_event(const struct belief *belief, const struct block *block, struct gw_block_event *event)
{
	event->now = belief->now;
	event->seq = belief->seq;
	event->num = block->num;
	event->time_s = block->time_s;
	memcpy(event->id, block->id, sizeof(event->id));
	memcpy(event->previous, block->previous, sizeof(event->previous));
	memcpy(event->witness, block->witness, sizeof(event->witness));
	memcpy(event->signing_key, block->signing_key, sizeof(event->signing_key));
	event->scheduled = belief->schedule.scheduled;
	event->interval_s = belief->schedule.interval_s;
	event->driver_epoch = belief->epoch;
	event->irreversible = belief->irreversible;
}

static uint32_t undo(struct belief *belief, const struct block *block)
{
	uint32_t undone = window_undo(&belief->window, block->num - 1);

	if (undone > 0) {
		witnesses_undo(&belief->witnesses, block->num - 1, belief->seq, block->num);
		requests_want_schedule(belief);
	}
	return undone;
}

/* Slots skipped between the block and its parent; false: its time cannot be. */
static bool count_skipped(const struct belief *belief, const struct block *block, uint32_t *ret_skipped)
{
	const struct past_block *parent = window_at(&belief->window, block->num - 1);
	int64_t skipped = 0;

	if (parent)
		skipped = slot_of(belief, block->time_s) - slot_of(belief, parent->time_s) - 1;
	if (skipped < 0)
		return false;
	*ret_skipped = (uint32_t)skipped;
	return true;
}

/* The block's parent is in the window, or the window is empty. lost: blocks of another branch that it held till now. */
static const char *apply(struct belief *belief, const struct block *block, bool read, uint32_t lost)
{
	struct block_payload *payload;
	struct gw_block_event *event;
	uint32_t skipped, undone;

	if (!count_skipped(belief, block, &skipped))
		return NOT_AFTER_ITS_PARENT;
	belief->seq++;
	undone = undo(belief, block);
	check_schedule(belief, block);
	event = &actions_add_block(&belief->actions, block, &payload)->event.block;
	event->missed_count = fill_missed(belief, block, skipped, payload->missed);
	push_block(belief, block, payload->missed, event->missed_count);
	event->flags = read || state_is_old(belief, block->time_s) ? GW_BLOCK_CAUGHT_UP : 0;
	event->undone = undone + lost;
	event->skipped = skipped;
	event->round_count = window_slots(&belief->window, schedule_round(&belief->schedule), payload->round);
	fill_event(belief, block, event);
	if (block->num % belief->schedule.max_witnesses == 0)
		requests_want_schedule(belief);
	witnesses_missed(&belief->witnesses, payload->missed, event->missed_count, belief->seq, block->num);
	witnesses_block(&belief->witnesses, block, belief->seq);
	if (event->flags == 0)
		witnesses_want_joined(&belief->witnesses);
	return NULL;
}

/* ---- catching up ------------------------------------------------------------------------------------------------ */

static void drop_held(struct catch_up *catch_up)
{
	if (catch_up->holding)
		block_free(&catch_up->held);
	catch_up->holding = false;
}

static void stop_reading(struct catch_up *catch_up)
{
	if (!catch_up->active)
		return;
	drop_held(catch_up);
	block_free(&catch_up->newest);
	catch_up->active = false;
	catch_up->ticket = 0;
}

void sync_pause(struct belief *belief)
{
	stop_reading(&belief->catch_up);
	belief->pushed_mono_ms = 0;
	requests_forget(belief);
}

void sync_anew(struct belief *belief)
{
	window_clear(&belief->window);
	sync_other_driver(belief);
	schedule_forget(&belief->schedule);
	witnesses_forget(&belief->witnesses);
}

void sync_other_driver(struct belief *belief)
{
	sync_pause(belief);
	witnesses_ask_anew(&belief->witnesses, belief->driver == 0);
	belief->irreversible = 0;
	belief->epoch++;
}

/* Nothing leads from our head to this block. lost: blocks of ours that are of another branch than it. */
static const char *begin_anew(struct belief *belief, const struct block *block, uint32_t lost, const char *why)
{
	uint32_t head_num = belief->window.head_num;

	sync_anew(belief);
	actions_notice(&belief->actions, GW_WARNING, "blocks_lost",
		       "blocks between %u and %u are lost (%s): misses are counted anew", head_num, block->num, why);
	return apply(belief, block, false, lost);
}

void sync_unreadable(struct belief *belief)
{
	const struct catch_up *catch_up = &belief->catch_up;

	if (!catch_up->active || catch_up->ticket == 0 || belief->unread_num == catch_up->next)
		return;
	belief->unread_num = catch_up->next;
	actions_notice(&belief->actions, GW_WARNING, "block_unread",
		       "block %u cannot be read: its header alone is, and what its transactions did is not known",
		       belief->unread_num);
}

void sync_request(struct belief *belief)
{
	struct catch_up *catch_up = &belief->catch_up;
	struct belief_action *action = actions_add(&belief->actions, BELIEF_ASK_BLOCK, (uint32_t)belief->driver);

	catch_up->ticket = action->ticket = state_ticket(belief, 0);
	action->num = catch_up->next;
	action->full = catch_up->next != belief->unread_num;
}

static void request_block(struct belief *belief, uint32_t num)
{
	belief->catch_up.next = num;
	sync_request(belief);
}

/* From our head upward, or back to the ancestor that a deeper fork left standing. */
static void read_to(struct belief *belief, const struct block *newest)
{
	struct catch_up *catch_up = &belief->catch_up;
	const uint32_t head_num = belief->window.head_num;

	block_copy(&catch_up->newest, newest);
	catch_up->active = true;
	catch_up->tries = 0;
	request_block(belief, newest->num <= head_num + 1 ? newest->num - 1 : head_num + 1);
}

/* The block's parent is not held: what lies between is read. */
static const char *begin_catch_up(struct belief *belief, const struct block *block)
{
	uint32_t head_num = belief->window.head_num;

	if (block->num > head_num && block->num - head_num > CATCH_UP_MAX)
		return begin_anew(belief, block, 0, "too many to read");
	if (block->num <= window_oldest(&belief->window) + 1) {
		if (state_is_old(belief, block->time_s)) /* its node syncs from far back: that is no fork */
			return NULL;
		return begin_anew(belief, block, belief->window.count, DEEP_FORK);
	}
	read_to(belief, block);
	return NULL;
}

static const char *take(struct belief *belief, const struct block *block)
{
	switch (window_link(&belief->window, block)) {
	case LINK_REPEATED:
		return NULL;
	case LINK_FIRST:
	case LINK_NEXT:
	case LINK_FORK:
		return apply(belief, block, false, 0);
	case LINK_NONE:
		break;
	}
	return begin_catch_up(belief, block);
}

const char *sync_push(struct belief *belief, const struct block *block)
{
	struct block *newest = &belief->catch_up.newest;

	if (!belief->catch_up.active)
		return take(belief, block);
	if (strcmp(newest->id, block->id) == 0)
		return NULL;
	if (strcmp(newest->id, block->previous) == 0 || strcmp(newest->previous, block->previous) == 0) {
		block_free(newest);
		block_copy(newest, block);
		return NULL;
	}
	/* A fork, or one push was lost: what was read may be of the branch that is left. */
	stop_reading(&belief->catch_up);
	return take(belief, block);
}

/* Moves the newest block out, for the caller to free: taking it may begin to read anew. */
static struct block end_catch_up(struct catch_up *catch_up)
{
	struct block newest = catch_up->newest;

	drop_held(catch_up);
	catch_up->active = false;
	return newest;
}

/* No way leads from our head to the newest block. Where that has not come yet its push tells more. */
static const char *give_up(struct belief *belief, uint32_t lost, const char *why)
{
	struct block newest = end_catch_up(&belief->catch_up);
	const char *nonsense = newest.id[0] != '\0' ? begin_anew(belief, &newest, lost, why) : NULL;

	block_free(&newest);
	return nonsense;
}

static const char *apply_held(struct belief *belief, const char *id)
{
	struct catch_up *catch_up = &belief->catch_up;
	struct block block = catch_up->held;
	const char *nonsense;

	memcpy(block.id, id, sizeof(block.id));
	catch_up->holding = false;
	catch_up->tries = 0;
	nonsense = apply(belief, &block, true, 0);
	block_free(&block);
	return nonsense;
}

/* The driver has pushed nothing on this connection, and our blocks have reached its head. */
static void note_head(struct belief *belief)
{
	const struct past_block *head = window_head(&belief->window);
	struct block block = {.num = head->num, .time_s = head->time_s};

	memcpy(block.id, head->id, sizeof(block.id));
	memcpy(block.previous, head->previous, sizeof(block.previous));
	belief->nodes_changed |= endpoint_note(&belief->endpoints[belief->driver], &block);
}

/* What was read leads to the newest block, which tells the id of the last one read. Where that is the driver's head, a
 * fork since may have put another block in its place. */
static const char *read_last(struct belief *belief)
{
	struct catch_up *catch_up = &belief->catch_up;
	const bool has_come = catch_up->newest.id[0] != '\0';

	if (!has_come && catch_up->held.time_s != catch_up->newest.time_s) {
		stop_reading(catch_up);
		return NULL;
	}
	const char *nonsense = apply_held(belief, catch_up->newest.previous);

	if (nonsense)
		return nonsense;
	struct block newest = end_catch_up(catch_up);

	if (has_come)
		nonsense = take(belief, &newest);
	else
		note_head(belief);
	block_free(&newest);
	return nonsense;
}

/* An answer that leads nowhere. */
static bool is_one_too_many(struct catch_up *catch_up)
{
	return ++catch_up->tries >= CATCH_UP_TRIES;
}

static bool stands_on_ours(const struct belief *belief, const struct block *answer)
{
	const struct past_block *parent = window_at(&belief->window, answer->num - 1);

	return parent && strcmp(parent->id, answer->previous) == 0;
}

const char *sync_answer(struct belief *belief, const struct block *answer)
{
	struct catch_up *catch_up = &belief->catch_up;
	const char *nonsense = NULL;

	if (!block_is_sane(answer) || answer->num != catch_up->next)
		return is_one_too_many(catch_up) ? give_up(belief, 0, "the node does not give them") : NULL;
	if (catch_up->holding && answer->time_s <= catch_up->held.time_s) {
		/* a fork since the last answer: what was read before is of the branch that is left */
		if (is_one_too_many(catch_up))
			return NOT_AFTER_ITS_PARENT;
		drop_held(catch_up);
		request_block(belief, answer->num - 1);
		return NULL;
	}
	if (!catch_up->holding && !stands_on_ours(belief, answer)) {
		if (answer->num - 1 <= window_oldest(&belief->window))
			return give_up(belief, belief->window.count, DEEP_FORK);
		request_block(belief, answer->num - 1);
		return NULL;
	}
	if (catch_up->holding)
		nonsense = apply_held(belief, answer->previous);
	if (nonsense)
		return nonsense;
	block_copy(&catch_up->held, answer);
	catch_up->holding = true;
	if (answer->num + 1 == catch_up->newest.num)
		return read_last(belief);
	request_block(belief, answer->num + 1);
	return NULL;
}

void sync_head(struct belief *belief, const struct head_answer *head)
{
	const struct past_block *ours = window_head(&belief->window);
	struct block coming = {.num = head->num + 1, .time_s = head->time_s};

	if (!ours || belief->catch_up.active || head->num < ours->num || head->num - ours->num > CATCH_UP_MAX)
		return;
	if (strcmp(head->id, ours->id) == 0) {
		note_head(belief);
		return;
	}
	memcpy(coming.previous, head->id, sizeof(coming.previous));
	read_to(belief, &coming);
}
