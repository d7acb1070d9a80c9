/* SPDX-License-Identifier: MIT
 *
 * From a block of the driver to its events: forks, skipped slots, and reading what lies between. docs/design.md "From a
 * block to a switch" 1 to 3.
 */
#include <string.h>

#include "chain/state.h"

#define DEEP_FORK "the fork is older than what is kept"

/* ---- one block -------------------------------------------------------------------------------------------------- */

static int64_t slot_of(const struct belief *belief, int64_t time_s)
{
	return time_s / belief->schedule.interval_s;
}

/* The block's own witness proves or refutes the order for the slots before it. */
static void check_order(struct belief *belief, const struct block *block)
{
	const char *owner = schedule_owner(&belief->schedule, block->num - 1, block->time_s);

	if (!owner || strcmp(owner, block->witness) == 0)
		return;
	schedule_drop(&belief->schedule, schedule_era(&belief->schedule, block->num - 1));
	asks_order(belief);
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

static void raise_moved_keys(struct belief *belief)
{
	struct witnesses *witnesses = &belief->witnesses;

	for (uint32_t i = 0; witnesses->any_moved && i < witnesses->count; i++) {
		struct watched *watched = witnesses->by_name[i];

		/* Before the first answer there is nothing to compare with: that one tells the key. */
		if (watched->key_moved && watched->answered && watched->answer.exists && watched->key.key[0] != '\0')
			belief_raise_witness(belief, watched, GW_WITNESS_KEY, (uint32_t)belief->driver, NULL,
					     &watched->answer);
		watched->key_moved = false;
	}
	witnesses->any_moved = false;
}

static uint32_t undo(struct belief *belief, const struct block *block)
{
	uint32_t undone = window_undo(&belief->window, block->num - 1);

	if (belief->own_num >= block->num) /* and what was known by it */
		belief->own_num = 0;
	if (undone > 0) {
		schedule_undo(&belief->schedule, block->num - 1);
		witnesses_undo(&belief->witnesses, block->num - 1, belief->seq, block->num);
		belief->generation++;
		asks_order(belief);
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

/* What was answered while the blocks were old is of a state that they had not reached; and what was asked at the change
 * of the driver is of before its first news. */
static void ask_anew(struct belief *belief, bool old)
{
	if ((belief->was_old && !old) || belief->told_epoch != belief->epoch)
		witnesses_want_all(&belief->witnesses);
	belief->was_old = old;
	belief->told_epoch = belief->epoch;
}

static void vouch(struct belief *belief, uint32_t num)
{
	belief->vouched = num;
	if (belief->driver == 0)
		belief->own_num = num;
}

/* Another endpoint showed it: to others it is no news. */
static void see_again(struct belief *belief, const struct block *block)
{
	vouch(belief, block->num);
	witnesses_block(&belief->witnesses, block, belief->seq);
}

/* The block's parent is in the window, or the window is empty. lost: blocks of another branch that it held till now.
 * False: the driver sent nonsense, and is down. */
static bool apply(struct belief *belief, const struct block *block, bool read, uint32_t lost)
{
	struct block_payload *payload;
	struct gw_block_event *event;
	uint32_t skipped, undone;

	if (!count_skipped(belief, block, &skipped)) {
		belief_distrust(belief, (uint32_t)belief->driver, "the time of a block is not after its parent's");
		return false;
	}
	belief->seq++;
	undone = undo(belief, block);
	check_order(belief, block);
	event = &actions_add_block(&belief->actions, block, &payload)->event.block;
	event->missed_count = fill_missed(belief, block, skipped, payload->missed);
	push_block(belief, block, payload->missed, event->missed_count);
	vouch(belief, block->num);
	event->flags = read || belief_is_old(belief, block->time_s) ? GW_BLOCK_CAUGHT_UP : 0;
	ask_anew(belief, event->flags != 0);
	event->undone = undone + lost;
	event->skipped = skipped;
	event->round_count = window_slots(&belief->window, 0, schedule_round(&belief->schedule), payload->round);
	fill_event(belief, block, event);
	if (block->num % belief->schedule.max_witnesses == 0) {
		asks_order(belief);
	}
	witnesses_missed(&belief->witnesses, payload->missed, event->missed_count, belief->seq, block->num);
	witnesses_block(&belief->witnesses, block, belief->seq);
	if (event->flags == 0)
		witnesses_want_joined(&belief->witnesses);
	raise_moved_keys(belief);
	return true;
}

/* ---- catching up ------------------------------------------------------------------------------------------------ */

static void drop_held(struct catch_up *catch_up)
{
	if (catch_up->holding)
		block_free(&catch_up->held);
	catch_up->holding = false;
}

static void drop_waiting(struct catch_up *catch_up)
{
	for (uint32_t i = 0; i < catch_up->count; i++)
		block_free(&catch_up->waiting[i]);
	catch_up->count = 0;
}

static void stop_reading(struct catch_up *catch_up)
{
	drop_held(catch_up);
	drop_waiting(catch_up);
	catch_up->active = false;
	catch_up->ticket = 0;
}

void follow_pause(struct belief *belief)
{
	stop_reading(&belief->catch_up);
	belief->pushed_mono_ms = 0;
	belief->order.ticket = 0;
	belief->order.asked_for = false;
	belief->order.head_ticket = 0;
	belief->order.turn = 0;
	asks_order(belief);
	belief->head_ticket = 0;
	witnesses_want_all(&belief->witnesses);
}

static void forget(struct belief *belief)
{
	follow_pause(belief);
	schedule_forget(&belief->schedule);
	witnesses_forget(&belief->witnesses);
	belief->own_num = 0;
	belief->vouched = 0;
	belief->irreversible = 0;
	belief->epoch++;
}

void follow_anew(struct belief *belief)
{
	window_clear(&belief->window);
	forget(belief);
}

void follow_other_driver(struct belief *belief, const struct block *block)
{
	if (belief->driver == 0)
		witnesses_keep_own(&belief->witnesses);
	if (!window_at(&belief->window, belief->own_num)) {
		window_keep_slots(&belief->window, block, belief->schedule.interval_s);
		forget(belief);
		return;
	}
	follow_pause(belief);
	witnesses_back_to_own(&belief->witnesses, belief->own_num);
	belief->vouched = belief->own_num;
	belief->irreversible = 0;
	belief->epoch++;
}

/* Nothing leads from our head to this block. lost: blocks of ours that are of another branch than it. */
static void begin_anew(struct belief *belief, const struct block *block, uint32_t lost, const char *why)
{
	uint32_t head_num = belief->window.head_num;

	follow_anew(belief);
	actions_notice(&belief->actions, GW_WARNING, "blocks_lost",
		       "blocks between %u and %u are lost (%s): misses are counted anew", head_num, block->num, why);
	(void)apply(belief, block, false, lost);
}

void follow_unreadable(struct belief *belief)
{
	const struct catch_up *catch_up = &belief->catch_up;

	if (!catch_up->active || catch_up->ticket == 0)
		return;
	belief->unread_times = catch_up->next == belief->unread_num ? belief->unread_times + 1 : 1;
	belief->unread_num = catch_up->next;
}

/* A block that we refuse to read costs the connection each time. Its header has what a count of misses needs. */
static bool reads_header_alone(struct belief *belief)
{
	if (belief->catch_up.next != belief->unread_num || belief->unread_times < UNREAD_TIMES)
		return false;
	if (belief->unread_times++ == UNREAD_TIMES)
		actions_notice(
			&belief->actions, GW_WARNING, "block_unread",
			"block %u cannot be read: its header alone is, and what its transactions did is not known",
			belief->unread_num);
	return true;
}

void follow_ask(struct belief *belief)
{
	struct catch_up *catch_up = &belief->catch_up;
	bool header = reads_header_alone(belief);
	struct belief_action *action = actions_add(&belief->actions, BELIEF_ASK_BLOCK, (uint32_t)belief->driver);

	action->full = !header;

	catch_up->ticket = asks_ticket(belief, 0);
	action->ticket = catch_up->ticket;
	action->num = catch_up->next;
}

static void begin_reading(struct belief *belief, uint32_t next, uint32_t last, const char *last_id)
{
	struct catch_up *catch_up = &belief->catch_up;

	catch_up->active = true;
	catch_up->tries = 0;
	catch_up->turns = 0;
	catch_up->next = next;
	catch_up->last = last;
	memcpy(catch_up->last_id, last_id, sizeof(catch_up->last_id));
	catch_up->last_time_s = 0;
	follow_ask(belief);
}

/* The block's parent is not held, or the driver has not shown it: what lies between is read, from the newest one that
 * the driver showed upward, or back to the ancestor that a deeper fork left standing. */
static void begin_catch_up(struct belief *belief, const struct block *block)
{
	struct catch_up *catch_up = &belief->catch_up;
	uint32_t head_num = belief->vouched;

	if (block->num > head_num && block->num - head_num > CATCH_UP_MAX) {
		begin_anew(belief, block, 0, "too many to read");
		return;
	}
	if (block->num <= window_oldest(&belief->window) + 1) {
		if (belief_is_old(belief, block->time_s)) /* its node syncs from far back: that is no fork */
			return;
		begin_anew(belief, block, belief->window.count, DEEP_FORK);
		return;
	}
	block_copy(&catch_up->waiting[0], block);
	catch_up->count = 1;
	begin_reading(belief, block->num <= head_num + 1 ? block->num - 1 : head_num + 1, block->num - 1,
		      block->previous);
}

/* Another endpoint showed this block, and the driver those before it. */
static bool is_seen_again(const struct belief *belief, const struct block *block)
{
	return block->num == belief->vouched + 1 && window_shows(&belief->window, block);
}

/* The driver has not shown the one before it. */
static bool leaves_blocks_out(const struct belief *belief, const struct block *block)
{
	return belief->vouched < belief->window.head_num && block->num > belief->vouched + 1;
}

static void take(struct belief *belief, const struct block *block)
{
	if (leaves_blocks_out(belief, block)) {
		begin_catch_up(belief, block);
		return;
	}
	if (is_seen_again(belief, block)) {
		see_again(belief, block);
		return;
	}
	switch (window_link(&belief->window, block)) {
	case LINK_REPEATED:
		return;
	case LINK_FIRST:
	case LINK_NEXT:
	case LINK_FORK:
		(void)apply(belief, block, false, 0);
		return;
	case LINK_NONE:
		begin_catch_up(belief, block);
		return;
	}
}

static bool is_waiting(const struct catch_up *catch_up, const struct block *block)
{
	for (uint32_t i = 0; i < catch_up->count; i++) {
		if (strcmp(catch_up->waiting[i].id, block->id) == 0)
			return true;
	}
	return false;
}

/* A push while older blocks are read. What does not fit the queue is read in its turn. */
static void push_waiting(struct belief *belief, const struct block *block)
{
	struct catch_up *catch_up = &belief->catch_up;
	const struct block *last = catch_up->count > 0 ? &catch_up->waiting[catch_up->count - 1] : NULL;

	if (last && strcmp(last->id, block->previous) == 0) {
		if (catch_up->count < WAITING_MAX)
			block_copy(&catch_up->waiting[catch_up->count++], block);
		return;
	}
	if (last && (block->num > last->num + 1 || is_waiting(catch_up, block)))
		return;
	/* The first one pushed, or a fork: what was read may be of the branch that is left. */
	stop_reading(catch_up);
	take(belief, block);
}

void follow_push(struct belief *belief, const struct block *block)
{
	if (belief->catch_up.active)
		push_waiting(belief, block);
	else
		take(belief, block);
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

/* Moves them out, for the caller to free: taking them may make others wait. */
static uint32_t end_waiting(struct catch_up *catch_up, struct block ret[WAITING_MAX])
{
	uint32_t count = catch_up->count;

	memcpy(ret, catch_up->waiting, count * sizeof(ret[0]));
	catch_up->count = 0;
	catch_up->active = false;
	return count;
}

/* From the `first` on; frees all. */
static void push_waited(struct belief *belief, struct block *blocks, uint32_t first, uint32_t count)
{
	int driver = belief->driver;

	for (uint32_t i = 0; i < count; i++) {
		if (i >= first && belief->endpoints[driver].up)
			follow_push(belief, &blocks[i]);
		block_free(&blocks[i]);
	}
}

/* What was read leads to the blocks that wait, or to the driver's head. */
static void end_catch_up(struct belief *belief)
{
	struct block waiting[WAITING_MAX];
	uint32_t count = end_waiting(&belief->catch_up, waiting);

	if (count == 0)
		note_head(belief);
	push_waited(belief, waiting, 0, count);
}

/* No way leads from our head to what was to be reached. Where that is the driver's head its next push tells more. */
static void give_up(struct belief *belief, uint32_t lost, const char *why)
{
	struct block waiting[WAITING_MAX];
	uint32_t count = end_waiting(&belief->catch_up, waiting);

	if (count == 0) {
		stop_reading(&belief->catch_up);
		return;
	}
	begin_anew(belief, &waiting[0], lost, why);
	push_waited(belief, waiting, 1, count);
}

static bool apply_held(struct belief *belief, const char *id)
{
	struct catch_up *catch_up = &belief->catch_up;
	struct block block = catch_up->held;
	bool ok;

	memcpy(block.id, id, sizeof(block.id));
	catch_up->holding = false;
	ok = is_seen_again(belief, &block);
	if (ok)
		see_again(belief, &block);
	else
		ok = apply(belief, &block, true, 0);
	block_free(&block);
	return ok;
}

/* The first block read must stand on one that we hold; until it does, the walk goes back. True: it does. */
static bool find_ancestor(struct belief *belief, const struct block *answer)
{
	struct catch_up *catch_up = &belief->catch_up;
	const struct past_block *parent = window_at(&belief->window, answer->num - 1);

	if (parent && strcmp(parent->id, answer->previous) == 0)
		return true;
	if (answer->num - 1 <= window_oldest(&belief->window)) {
		give_up(belief, belief->window.count, DEEP_FORK);
		return false;
	}
	catch_up->next = answer->num - 1;
	follow_ask(belief);
	return false;
}

/* Its id was told by the block pushed on it, or by the driver's head: a fork since then may have put another block in
 * its place. */
static void read_last(struct belief *belief)
{
	struct catch_up *catch_up = &belief->catch_up;

	if (catch_up->last_time_s != 0 && catch_up->held.time_s != catch_up->last_time_s)
		stop_reading(catch_up);
	else if (apply_held(belief, catch_up->last_id))
		end_catch_up(belief);
}

/* A fork since the last answer shows by its time: what was read before is of the branch that is left. */
static bool leaves_the_held(const struct catch_up *catch_up, const struct block *answer)
{
	return catch_up->holding && answer->time_s <= catch_up->held.time_s;
}

/* A node that does so again and again gives nonsense. */
static void turn_back(struct belief *belief, const struct block *answer)
{
	struct catch_up *catch_up = &belief->catch_up;

	if (++catch_up->turns >= CATCH_UP_TRIES) {
		belief_distrust(belief, (uint32_t)belief->driver, "the time of a block is not after its parent's");
		return;
	}
	drop_held(catch_up);
	catch_up->next = answer->num - 1;
	follow_ask(belief);
}

void follow_answer(struct belief *belief, const struct block *answer)
{
	struct catch_up *catch_up = &belief->catch_up;

	if (!block_is_sane(answer) || answer->num != catch_up->next) {
		if (++catch_up->tries >= CATCH_UP_TRIES)
			give_up(belief, 0, "the node does not give them");
		return;
	}
	catch_up->tries = 0;
	if (leaves_the_held(catch_up, answer)) {
		turn_back(belief, answer);
		return;
	}
	if (catch_up->holding) {
		if (!apply_held(belief, answer->previous))
			return;
	} else if (!find_ancestor(belief, answer)) {
		return;
	}
	block_copy(&catch_up->held, answer);
	catch_up->holding = true;
	if (answer->num == catch_up->last) {
		read_last(belief);
		return;
	}
	catch_up->next = answer->num + 1;
	follow_ask(belief);
}

void follow_head(struct belief *belief, const struct head_answer *head)
{
	const struct past_block *ours = window_head(&belief->window);

	if (!ours || belief->catch_up.active || head->num < ours->num || head->num - ours->num > CATCH_UP_MAX)
		return;
	if (strcmp(head->id, ours->id) == 0 && belief->vouched == ours->num) {
		note_head(belief);
		return;
	}
	begin_reading(belief, head->num == belief->vouched ? head->num : belief->vouched + 1, head->num, head->id);
	belief->catch_up.last_time_s = head->time_s;
}
