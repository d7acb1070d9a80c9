/* SPDX-License-Identifier: MIT
 * The seven invariants, each a function of its name. See invariants.h. */
#include "invariants.h"

#include <inttypes.h>
#include <string.h>

#include "evidence.h"
#include "health.h"

#define LANDED_WITHIN_MS   30000
#define TAKEOVER_WITHIN_MS 600000 /* six rounds and a minute, and the transaction's life */

const char *invariant_name(enum invariant invariant)
{
	switch (invariant) {
	case INVARIANT_NONE:
		return "nothing";
	case NEVER_TWO_SWITCHES:
		return "never_two_switches";
	case NEVER_AWAY_FROM_HEALTHY:
		return "never_away_from_healthy";
	case OPERATORS_WILL:
		return "operators_will";
	case PRODUCTION_RESUMES:
		return "production_resumes";
	case CALM_AFTER_FAULTS:
		return "calm_after_faults";
	case NO_BLOCK_LOST_BY_A_SWITCH:
		return "no_block_lost_by_a_switch";
	case NO_TAKEOVER_ACROSS_PARTITION:
		return "no_takeover_across_partition";
	}
	return "";
}

/* ---- 1 ---------------------------------------------------------------------------------------------------------- */

static void never_two_alive(const struct watcher *w, const struct sim_tx *tx)
{
	struct world *world = w->world;
	uint32_t head_serial = world->golosds[w->index].head;
	const struct sim_block *head = chain_block(&world->chain, head_serial);

	for (uint32_t i = 0; head && i < TXS_KEPT; i++) {
		const struct sim_tx *other = &world->chain.txs[i];

		if (other == tx || other->serial == 0 || other->sender != tx->sender || !other->taken)
			continue;
		if (other->expiration_s <= head->time_s || chain_tx_is_in(&world->chain, head_serial, other))
			continue;
		/* a process cannot know what the one before it was not able to write down */
		if (!other->recorded && other->process != w->start)
			continue;
		world_break(world, NEVER_TWO_SWITCHES, "w%u sends %.8s while its %.8s may still come into a block",
			    w->index, tx->id, other->id);
	}
}

/* One that nobody told it of is none that it can count: it was down, and another key came before it was back. */
static bool knows_own_switch(const struct watcher *w, uint32_t i)
{
	return (w->told & 1u << i) && chain_holds(&w->world->chain, w->links[0].shown, w->own_switches[i].block);
}

/* A dead producer loses nothing by one more. Under the chain's own null nobody produces, and a node without slots
 * misses none in a row: only a node that was shut down before its first block has shown that it helps nobody. */
static bool is_lifted(const struct watcher *w, const struct sim_block *head, const struct evidence *found)
{
	if (found->in_a_row >= 3 || found->cut)
		return true;
	return head->chain_null && !was_shut_down_at_once(w->world, head, w->world->golosds[w->index].key);
}

static void never_more_than_a_day_allows(const struct watcher *w, const struct sim_block *head,
					 const struct evidence *found)
{
	uint32_t today = 0;

	for (uint32_t i = 0; i < w->own_switch_count && i < MONITOR_SWITCHES_MAX; i++)
		today += w->own_switches[i].ms > w->world->now_ms - INT64_C(86400000) && knows_own_switch(w, i);
	if (today >= w->options.max_switches && !is_lifted(w, head, found))
		world_break(w->world, NEVER_TWO_SWITCHES, "w%u switches for the %uth time today", w->index, today + 1);
}

/* One at most until the journal is back; what a process did without it, the next one cannot know. */
static void never_two_without_the_journal(struct watcher *w, const struct sim_tx *tx)
{
	if (tx->recorded)
		return;
	if (w->refused_record != tx->submission)
		world_break(w->world, NEVER_TWO_SWITCHES, "w%u sends what the journal has not acknowledged", w->index);
	if (++w->unrecorded_sends > 1)
		world_break(w->world, NEVER_TWO_SWITCHES, "w%u switches for the %uth time without the journal",
			    w->index, w->unrecorded_sends);
	w->world->tally.without_journal++;
}

static bool is_at_odds(const struct world *world, const struct sim_block *own, const struct sim_block *other)
{
	const struct sim_block *common = chain_common(&world->chain, own->serial, other->serial);

	/* a header tells its own id only with the next one: the newest block alone does not show a branch */
	return other->num >= own->num && common && common->num + 2 <= other->num && common->num < own->num;
}

static void never_against_the_endpoints(const struct watcher *w, const struct sim_block *head)
{
	struct world *world = w->world;
	uint32_t agree = 0;

	for (uint32_t e = 0; e < w->endpoints; e++) {
		const struct sim_block *other = chain_block(&world->chain, w->links[e].shown);

		if (!w->links[e].up || !other)
			continue;
		const struct sim_block *answered = chain_block(&world->chain, w->links[e].answered);
		agree += other->num + 3 >= head->num || (answered && answered->num + 3 >= head->num);
		/* what it showed before it was lost may be undone by then: it has not said so */
		if (e == 0 || !w->links[e].pushed)
			continue;
		if (other->num > head->num + 1)
			world_break(world, NEVER_TWO_SWITCHES, "w%u sends though its golosd is behind", w->index);
		if (is_at_odds(world, head, other))
			world_break(world, NEVER_TWO_SWITCHES, "w%u sends though its golosd is on another branch",
				    w->index);
	}
	if (agree < w->options.confirm_nodes)
		world_break(world, NEVER_TWO_SWITCHES, "w%u sends though %u endpoints agree", w->index, agree);
}

/* The places before it have their turn first. */
static void never_before_its_turn(const struct watcher *w, const struct sim_block *head)
{
	int64_t step_s =
		w->options.takeover_step_s ? w->options.takeover_step_s : (int64_t)head->order_count * INTERVAL_S;
	int64_t due_s = first_due_s(w->world, head, w);
	int64_t waited_ms = GENESIS_MS + w->world->now_ms - due_s * 1000;
	uint32_t place = 0;

	/* the node that the chain shut down may be well again, and counts itself last: its own place is not judged */
	for (uint32_t i = 0; i < w->options.order_count; i++) {
		if (strcmp(w->options.order[i], w->options.witness_pubkey) == 0)
			break;
		place += strcmp(w->options.order[i], chain_key_text(OURS, key_moved_from(w->world, head))) != 0;
	}
	if (due_s != 0 && waited_ms < place * step_s * 1000)
		world_break(w->world, NEVER_TWO_SWITCHES,
			    "w%u sends %" PRId64 " ms after it was due, and %u go before it", w->index, waited_ms,
			    place);
}

/* The blocks that the watcher has seen of its own node came late, one like the other. */
static bool is_told_late(const struct watcher *w, const struct sim_block *head)
{
	const struct golosd *golosd = &w->world->golosds[w->index];

	return golosd->lag_ms != 0 || head->time_s * 1000 <= GENESIS_MS + golosd->lagged_ms;
}

static void never_while_a_guard_holds(const struct watcher *w, const struct sim_tx *tx)
{
	struct world *world = w->world;
	const struct sim_block *head = chain_block(&world->chain, w->links[0].shown);
	int64_t error_ms = w->clock_error_ms < 0 ? -w->clock_error_ms : w->clock_error_ms;
	int64_t age_ms;

	if (w->options.dry_run || w->host_dry_run)
		world_break(world, NEVER_TWO_SWITCHES, "w%u sends in a dry run", w->index);
	if (world->options.golosd_config && w->lacks_key)
		world_break(world, NEVER_TWO_SWITCHES, "w%u sends though its golosd's config lacks the key", w->index);
	if (!w->links[0].up || !head) {
		world_break(world, NEVER_TWO_SWITCHES, "w%u sends though its golosd is not connected", w->index);
		return;
	}
	/* a clock that is wrong by as much as the node lags agrees with it: one node alone cannot tell */
	if (w->clock_error_ms != 0 && is_told_late(w, head))
		return;
	/* the chain's time is told by its blocks: as late as the clock guard lets pass */
	age_ms = GENESIS_MS + world->now_ms - head->time_s * 1000 -
		 (is_told_late(w, head) ? w->options.max_clock_skew_s * 1000 : 0);
	if (age_ms > w->options.max_head_age_s * 1000 + CLOCK_SLACK_MS)
		world_break(world, NEVER_TWO_SWITCHES, "w%u sends though its golosd's head is %" PRId64 " ms old",
			    w->index, age_ms);
	/* guards are looked at each second */
	if (error_ms > w->options.max_clock_skew_s * 1000 + CLOCK_SLACK_MS && world->now_ms >= w->stepped_ms + 1000)
		world_break(world, NEVER_TWO_SWITCHES, "w%u sends though its clock is wrong by %" PRId64 " ms",
			    w->index, error_ms);
	if (!tx->ordered && few_take_part(world, head, w->options.min_participation))
		world_break(world, NEVER_TWO_SWITCHES, "w%u sends though few others take part", w->index);
	never_against_the_endpoints(w, head);
	if (!tx->ordered && !tx->fail_back)
		never_before_its_turn(w, head);
}

/* ---- 2, 3 ------------------------------------------------------------------------------------------------------- */

static void never_away_from_healthy(const struct watcher *w, const struct sim_block *head, const struct evidence *found)
{
	uint32_t most = found->in_window > found->in_a_row ? found->in_window : found->in_a_row;

	if (found->cut || head->signing_key == KEY_NULL)
		return;
	if (most <= w->options.allowed_misses)
		world_break(w->world, NEVER_AWAY_FROM_HEALTHY, "w%u switches after %u misses of key %u", w->index, most,
			    head->signing_key);
	else if (found->produced_since)
		world_break(w->world, NEVER_AWAY_FROM_HEALTHY,
			    "w%u switches though key %u has produced since its newest miss", w->index,
			    head->signing_key);
}

/* Sent already to one node, and offered to another: as little as before the first. */
static void never_again_once_it_produces(const struct watcher *w, const struct sim_tx *tx, const struct sim_block *head)
{
	struct evidence found = evidence_at(w->world, head->serial, w->options.miss_window_s, w);

	/* no block of this branch can hold it, or one does already: the same bytes again are nothing new */
	if (chain_judge(&w->world->chain, head->serial, tx) != SEND_ACCEPTED)
		return;
	if (!tx->ordered && !tx->fail_back && !found.cut && found.newest != 0 && found.produced_since)
		world_break(w->world, NEVER_AWAY_FROM_HEALTHY, "w%u sends again though key %u has produced since",
			    w->index, head->signing_key);
}

/* Fail-back: only after production was lost by own misses and as long a time of health, once, against no operator. */
static void fail_back_is_due(struct watcher *w, const struct sim_block *head)
{
	struct world *world = w->world;
	struct loss loss = how_lost(world, head, world->golosds[w->index].key, w);
	int64_t well_ms = w->start_ms > w->ill_ms ? w->start_ms : w->ill_ms;

	if (!w->options.preempt || w->index != 0 || w->options.order_count == 0)
		world_break(world, OPERATORS_WILL, "w%u takes back what it was not to", w->index);
	if (world->now_ms - well_ms < w->options.preempt_delay_s * 1000)
		world_break(world, OPERATORS_WILL, "w%u takes back production %" PRId64 " ms after it is well",
			    w->index, world->now_ms - well_ms);
	world->tally.fail_backs_unjudged += w->forgot || loss.unseen || !loss.left;
	if (w->forgot || loss.unseen || !loss.left)
		return;
	if (!loss.by_misses)
		world_break(world, OPERATORS_WILL, "w%u takes back what it did not lose by own misses", w->index);
	if (loss.by_hand)
		world_break(world, OPERATORS_WILL, "w%u takes back what an operator moved", w->index);
	for (uint32_t i = 0; i < w->own_switch_count && i < MONITOR_SWITCHES_MAX; i++)
		if (w->own_switches[i].fail_back && chain_holds(&world->chain, head->serial, w->own_switches[i].block))
			world_break(world, NEVER_TWO_SWITCHES, "w%u takes production back twice", w->index);
}

/* Of a planned handover the block before the head: a branch that parted earlier refuses it. */
static void names_a_new_block(const struct watcher *w, const struct sim_tx *tx)
{
	uint16_t back = (uint16_t)((uint16_t)tx->recorded_head - tx->ref_num);

	if (back > 2 && (uint16_t)-back > 2) /* blocks that came while it was recorded */
		world_break(w->world, NO_TAKEOVER_ACROSS_PARTITION, "w%u names a block %u before the head", w->index,
			    back);
}

/* An operator's takeover was ordered, and not long ago. */
static void takeover_was_ordered(const struct watcher *w)
{
	if (w->takeover_ms == 0 || w->world->now_ms - w->takeover_ms > TAKEOVER_WITHIN_MS)
		world_break(w->world, OPERATORS_WILL, "w%u takes over, and nobody ordered it", w->index);
}

static void operators_will(const struct watcher *w, const struct sim_tx *tx, const struct sim_block *head)
{
	if (!tx->ordered && head->signing_key == KEY_NULL && !head->chain_null)
		world_break(w->world, OPERATORS_WILL, "w%u sends though the operator shut the witness down", w->index);
}

/* The newest that its own node told of: an answer may be of a state that its blocks have not reached. Another key there
 * may be a pending one: it counts once a block shows it. */
static const struct sim_block *newest_told(const struct watcher *w)
{
	const struct chain *chain = &w->world->chain;
	const struct sim_block *shown = chain_block(chain, w->links[0].shown);
	const struct sim_block *answered = chain_block(chain, w->links[0].answered);

	if (!shown || !answered || answered->key_since != shown->key_since)
		return shown;
	return chain_holds(chain, answered->serial, shown->serial) ? answered : shown;
}

/* Not yet signed, and people are told of it: as little as then is it begun without a cause. */
void invariants_begin(struct watcher *w, int32_t cause)
{
	const struct sim_block *head = newest_told(w);
	struct evidence found;

	if (!w->world->judged || !head || cause == MONITOR_ORDERED)
		return;
	if (head->signing_key == KEY_NULL && !head->chain_null)
		world_break(w->world, OPERATORS_WILL, "w%u begins a switch though the operator shut the witness down",
			    w->index);
	if (cause == MONITOR_DUE_FAIL_BACK)
		return;
	found = evidence_at(w->world, head->serial, w->options.miss_window_s, w);
	never_away_from_healthy(w, head, &found);
}

/* Taken up again, and never sent before: of the guards at least the one without which nobody produces. */
static void never_while_its_golosd_is_away(const struct watcher *w, const struct sim_tx *tx,
					   const struct sim_block *head)
{
	int driver = belief_driver(w->belief);
	const struct sim_block *followed = driver < 0 ? NULL : chain_block(&w->world->chain, w->links[driver].shown);

	if (tx->sent_ms != 0)
		return;
	if (!w->links[0].up)
		world_break(w->world, NEVER_TWO_SWITCHES,
			    "w%u sends what it took up again though its golosd is not connected", w->index);
	else if (head && followed && head->num + 1 < followed->num)
		world_break(w->world, NEVER_TWO_SWITCHES, "w%u sends what it took up again though its golosd is behind",
			    w->index);
}

void invariants_send(struct watcher *w, const struct sim_tx *tx)
{
	const struct sim_block *head = chain_block(&w->world->chain, w->links[0].shown);
	struct evidence found;

	if (!w->world->judged)
		return;
	never_two_alive(w, tx);
	/* the same bytes again, where a block holds them, are nothing new */
	if (health_is_held(w) && !chain_tx_is_in(&w->world->chain, w->links[0].shown, tx))
		world_break(w->world, OPERATORS_WILL, "w%u sends though it is held", w->index);
	if (head && (tx->sent_ms != 0 || w->submission.resumed))
		never_again_once_it_produces(w, tx, head);
	if (head && tx->sent_ms == 0)
		operators_will(w, tx, head);
	if (w->submission.resumed)
		never_while_its_golosd_is_away(w, tx, head);
	if (tx->sent_ms != 0 || w->submission.resumed)
		return;
	never_two_without_the_journal(w, tx);
	never_while_a_guard_holds(w, tx);
	if (!head)
		return;
	found = evidence_at(w->world, head->serial, w->options.miss_window_s, w);
	never_more_than_a_day_allows(w, head, &found);
	if (tx->planned)
		names_a_new_block(w, tx);
	if (tx->ordered)
		takeover_was_ordered(w);
	else if (tx->fail_back)
		fail_back_is_due(w, head);
	else
		never_away_from_healthy(w, head, &found);
}

/* ---- 3, 7: an update in a block --------------------------------------------------------------------------------- */

/* On another branch a block held it before: that was no news then, and is none where a fork brings it again. */
static bool landed_before(const struct world *world, const struct sim_tx *tx, int64_t ms)
{
	const struct sim_block *first = tx->in_count > 1 ? chain_block(&world->chain, tx->in_blocks[0]) : NULL;

	return first && first->time_s * 1000 < GENESIS_MS + ms;
}

/* What was sent before the operator's word may land after it; a critical notice says so. */
static void note_landing(struct world *world, const struct sim_tx *tx, const struct sim_block *parent)
{
	const struct watcher *w = &world->watchers[tx->sender];
	bool over_null = parent->signing_key == KEY_NULL && !parent->chain_null && !tx->ordered;

	if (!over_null && !(health_is_held(w) && w->alive && tx->sent_ms < w->hold.since_ms &&
			    !landed_before(world, tx, w->hold.since_ms)))
		return;
	world_trace(world, "%.8s of w%u lands over the operator's word", tx->id, w->index);
	world->landed_by = tx->sender;
	world->landed_start = w->start;
	world->landed_ms = world->now_ms;
}

static void watch_landing(struct world *world)
{
	int8_t who = world->landed_by;
	const struct watcher *w;

	if (who < 0 || world->now_ms < world->landed_ms + LANDED_WITHIN_MS)
		return;
	world->landed_by = -1;
	w = &world->watchers[who];
	if (!w->alive || w->cut || w->start != world->landed_start || world->golosds[who].side != 0 ||
	    world->golosds[who].silent || world->golosds[who].frozen || !w->links[0].up)
		return;
	if (world_head(world)->signing_key != world->golosds[who].key) /* a fork took it back */
		return;
	world->tally.judged_landings++;
	if (w->landed_said_ms < world->landed_ms)
		world_break(world, OPERATORS_WILL,
			    "the switch of w%d landed over the operator's word, and it says nothing", who);
}

static void no_takeover_across_partition(struct world *world, const struct sim_tx *tx, const struct sim_block *parent)
{
	const struct watcher *w = &world->watchers[tx->sender];
	/* what both branches show: the sender's as it then stood, and this one */
	const struct sim_block *then = chain_common(&world->chain, parent->serial, tx->seen);
	struct evidence found;

	if (!then || tx->ordered || tx->fail_back || then->signing_key == KEY_NULL || then->signing_key == tx->key)
		return;
	/* what lands on the minority's branch is undone with it */
	if (!chain_holds(&world->chain, world_head(world)->serial, parent->serial))
		return;
	found = evidence_at(world, then->serial, w->options.miss_window_s + 2 * SUBMISSION_LIFE_S, w);
	if (found.cut || found.in_window > w->options.allowed_misses || found.in_a_row > w->options.allowed_misses)
		return;
	world->wrong_side++;
	if (!world->judged)
		return;
	world_break(world, NO_TAKEOVER_ACROSS_PARTITION,
		    "the switch of w%u came into block %u, whose branch shows %u misses of key %u", w->index,
		    parent->num + 1, found.in_window, then->signing_key);
}

static void tally_switch(struct tally *tally, const struct sim_tx *tx, const struct sim_block *parent)
{
	tally->by_order += tx->ordered;
	tally->fail_backs += tx->fail_back;
	if (tx->ordered || tx->fail_back)
		return;
	tally->for_null += parent->signing_key == KEY_NULL;
	tally->for_misses += parent->signing_key != KEY_NULL;
}

static void note_switch(struct world *world, const struct sim_tx *tx, const struct sim_block *block)
{
	struct watcher *w = &world->watchers[tx->sender];
	uint32_t place = w->own_switch_count++ % MONITOR_SWITCHES_MAX;

	w->own_switches[place] = (struct own_switch){
		.ms = world->now_ms, .submission = tx->submission, .block = block->serial, .fail_back = tx->fail_back};
	w->told &= ~(1u << place);
	w->told_kept &= ~(1u << place);
	if (tx->in_count > 1) /* on another branch it was before */
		return;
	tally_switch(&world->tally, tx, chain_block(&world->chain, block->parent));
	w->switches++;
	world->switches++;
	world->switched_to = tx->key;
	world->switched_ms = world->now_ms;
}

void invariants_told_block(struct watcher *w, uint32_t num)
{
	for (uint32_t i = 0; i < w->own_switch_count && i < MONITOR_SWITCHES_MAX; i++) {
		const struct sim_block *block = chain_block(&w->world->chain, w->own_switches[i].block);

		if (block && block->num == num)
			w->told |= 1u << i;
	}
}

void invariants_told_state(struct watcher *w, uint64_t submission, uint32_t head)
{
	for (uint32_t i = 0; i < w->own_switch_count && i < MONITOR_SWITCHES_MAX; i++)
		if (w->own_switches[i].submission == submission &&
		    chain_block(&w->world->chain, head)->signing_key == w->world->golosds[w->index].key &&
		    chain_holds(&w->world->chain, head, w->own_switches[i].block))
			w->told |= 1u << i;
}

void invariants_block(struct world *world, const struct sim_block *block)
{
	const struct sim_block *parent = chain_block(&world->chain, block->parent);

	if (block->witness == OURS) {
		world->last_ours_ms = world->now_ms;
		world->last_ours_key = block->key;
		world_trace(world, "block %u is ours, by key %u", block->num, block->key);
	}
	if (block->missed_ours)
		world_trace(world, "block %u shows %u missed slots of ours%s", block->num, block->missed_ours,
			    block->halt ? ", in a halt" : "");
	if (block->signing_key != parent->signing_key)
		world_trace(world, "block %u: the key is %u%s", block->num, block->signing_key,
			    block->chain_null ? ", by the chain" : "");
	uint32_t senders = 0; /* bit per node */
	for (uint32_t i = 0; i < block->tx_count; i++) {
		const struct sim_tx *tx = chain_tx(&world->chain, block->txs[i], block->tx_serials[i]);

		for (uint32_t n = 0; tx && n < world->options.our_nodes; n++) /* another one may follow in this block */
			world->watchers[n].key_set += tx->key == world->golosds[n].key;
		if (!tx || tx->sender < 0)
			continue;
		note_switch(world, tx, block);
		health_switch(world, tx, parent);
		if (world->judged)
			note_landing(world, tx, parent);
		no_takeover_across_partition(world, tx, parent);
		senders |= 1u << tx->sender;
	}
	world->tally.twins += __builtin_popcount(senders) > 1;
}

/* ---- 6 ---------------------------------------------------------------------------------------------------------- */

#define LAG_MAX_MS 400 /* slot safety wants blocks within half a second of their slot; more is the clock guard's */

/* Where a slot between was not filled, the update could not come into a block in time. */
void invariant_slot_lost_to_pending(struct world *world, uint8_t who)
{
	const struct golosd *golosd = &world->golosds[who];
	const struct sim_tx *tx = &world->chain.txs[golosd->pending[golosd->pending_count - 1]];
	const struct sim_block *head = chain_block(&world->chain, golosd->head);

	if (tx->sender < 0 || golosd->side != 0)
		return;
	world->pending_losses++;
	world->tally.pending_slots++;
	int64_t room_ms = world->now_ms - tx->sent_ms;
	bool filled = GENESIS_MS + tx->sent_ms + 500 < head->time_s * 1000;
	world_trace(world, "a slot of ours is lost to the pending %.8s, sent %" PRId64 " ms before", tx->id, room_ms);
	if (world->golosds[tx->sender].lag_ms > LAG_MAX_MS || golosd->lag_ms > LAG_MAX_MS)
		return;
	if (world->judged && !filled && room_ms < INTERVAL_S * 1000)
		world_break(world, NO_BLOCK_LOST_BY_A_SWITCH, "%.8s was sent %" PRId64 " ms before a slot of ours",
			    tx->id, room_ms);
}

/* ---- slots ------------------------------------------------------------------------------------------------------ */

#define HURRY_MS (4 * INTERVAL_S * INT64_C(1000)) /* a miss is known a slot later, and an update wants one more */

void invariants_slot(struct world *world)
{
	const struct sim_block *head = world_head(world);
	int64_t slots = (GENESIS_TIME_S + world->now_ms / 1000 - head->time_s) / INTERVAL_S;

	watch_landing(world);
	health_slot(world, head);
	if (slots == 1 && head->witness == OURS) {
		world->own_slots++;
	} else if (slots > 1 && chain_owner(head, slots - 1) == OURS) {
		world->own_slots++;
		world->lost_blocks++;
		world->hurried += world->lost_ms > 0 && world->now_ms - world->lost_ms <= HURRY_MS;
		world->lost_ms = world->now_ms;
	}
}

/* ---- 4, 5 ------------------------------------------------------------------------------------------------------- */

void invariant_production_resumes(struct world *world, int64_t within_ms)
{
	int64_t from_ms = world->now_ms;

	while (world->broken == INVARIANT_NONE && world->last_ours_ms <= from_ms && world->now_ms < from_ms + within_ms)
		world_run(world, 1000);
	if (world->last_ours_ms <= from_ms)
		world_break(world, PRODUCTION_RESUMES, "no block of ours in %" PRId64 " s", within_ms / 1000);
}

void invariant_calm_after_faults(struct world *world, int64_t for_ms)
{
	uint8_t key = world_head(world)->signing_key;
	uint32_t lost = world->lost_blocks, switches = world->switches, slots = world->own_slots;
	int64_t from_ms = world->now_ms;

	world_run(world, for_ms);
	if (world_head(world)->signing_key != key || world->switches != switches)
		world_break(world, CALM_AFTER_FAULTS, "the key moved from %u to %u", key,
			    world_head(world)->signing_key);
	else if (world->last_send_ms > from_ms)
		world_break(world, CALM_AFTER_FAULTS, "something is still sent");
	else if (world->lost_blocks != lost || world->own_slots == slots)
		world_break(world, CALM_AFTER_FAULTS, "%u of %u slots are lost", world->lost_blocks - lost,
			    world->own_slots - slots);
}
