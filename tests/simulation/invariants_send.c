/* SPDX-License-Identifier: MIT
 * What must hold of a switch that begins and of each transaction that is sent: 1, 2 and 3. See invariants.h. */
#include "invariants.h"

#include <inttypes.h>
#include <string.h>

#include "evidence.h"
#include "health.h"

#define LATE_MAX_MS	   1000	  /* so late each block told the time, with its way to the watcher */
#define TAKEOVER_WITHIN_MS 600000 /* six rounds and a minute, and the transaction's life */

/* ---- 1 ---------------------------------------------------------------------------------------------------------- */

static void never_two_alive(const struct watcher *w, const struct sim_tx *tx)
{
	struct world *world = w->world;
	/* one that reads old blocks is told by its peers what came of that time: what is dead at their head is dead */
	uint32_t head_serial =
		world->golosds[w->index].syncs ? world_head(world)->serial : world->golosds[w->index].head;
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

/* Three rounds where the day's limit is just reached, twice as long for each beyond it; by the time of the blocks. */
static int64_t rest_ms(const struct watcher *w, const struct sim_block *head, uint32_t today)
{
	int64_t rest_s = INT64_C(3) * head->order_count * INTERVAL_S;

	return head->chain_null ? 0 : (rest_s << (today - w->options.max_switches)) * 1000 - CLOCK_SLACK_MS;
}

static void never_more_than_a_day_allows(const struct watcher *w, const struct sim_block *head,
					 const struct evidence *found)
{
	uint32_t today = 0;
	int64_t newest_ms = 0;

	for (uint32_t i = 0; i < w->own_switch_count && i < MONITOR_SWITCHES_MAX; i++) {
		if (w->own_switches[i].ms <= w->world->now_ms - INT64_C(86400000) || !knows_own_switch(w, i))
			continue;
		today++;
		newest_ms = w->own_switches[i].ms > newest_ms ? w->own_switches[i].ms : newest_ms;
	}
	if (today < w->options.max_switches)
		return;
	if (!is_lifted(w, head, found) || w->world->now_ms - newest_ms < rest_ms(w, head, today))
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
	for (uint32_t i = 0; i < w->options.priority_count; i++) {
		if (strcmp(w->options.priority[i], w->options.witness_pubkey) == 0)
			break;
		place += strcmp(w->options.priority[i], chain_key_text(OURS, key_moved_from(w->world, head))) != 0;
	}
	if (due_s != 0 && waited_ms < place * step_s * 1000)
		world_break(w->world, NEVER_TWO_SWITCHES,
			    "w%u sends %" PRId64 " ms after it was due, and %u go before it", w->index, waited_ms,
			    place);
}

/* The blocks that the watcher has seen of its own node came late, one like the other. At the end of such a time the first
 * fresh one comes on the heels of late ones, as those of a node that syncs do: the next one tells the time (seed
 * 910014966). */
static bool is_told_late(const struct watcher *w, const struct sim_block *head)
{
	const struct golosd *golosd = &w->world->golosds[w->index];

	return golosd->lag_ms != 0 || head->time_s * 1000 <= GENESIS_MS + golosd->lagged_ms ||
	       w->links[0].late_ms > LATE_MAX_MS;
}

static void never_at_a_wrong_time(const struct watcher *w, const struct sim_block *head)
{
	struct world *world = w->world;
	int64_t error_ms = w->clock_error_ms < 0 ? -w->clock_error_ms : w->clock_error_ms;
	int64_t age_ms;

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
}

static void never_while_a_guard_holds(const struct watcher *w, const struct sim_tx *tx)
{
	struct world *world = w->world;
	const struct sim_block *head = chain_block(&world->chain, w->links[0].shown);

	if (w->options.dry_run || w->host_dry_run)
		world_break(world, NEVER_TWO_SWITCHES, "w%u sends in a dry run", w->index);
	if (world->options.golosd_config && w->lacks_key)
		world_break(world, NEVER_TWO_SWITCHES, "w%u sends though its golosd's config lacks the key", w->index);
	if (!w->links[0].up || !head) {
		world_break(world, NEVER_TWO_SWITCHES, "w%u sends though its golosd is not connected", w->index);
		return;
	}
	never_at_a_wrong_time(w, head);
	if (!tx->ordered && few_take_part(w, head, w->options.min_participation))
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

	if (!w->options.preempt || w->world->golosds[w->index].key != 1 || w->options.priority_count == 0)
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

/* The newest that the node which drives told of: an answer may be of a state that its blocks have not reached. Another
 * key there may be a pending one: it counts once a block shows it.
 * Where the own node does not report the witness, another one drives, and the two push a block some milliseconds apart. An
 * answer that comes between them is judged by the driver's blocks (seed 900010688): waiting for whichever is ahead would
 * hold a switch for as long as the driver is behind. What is sent is judged by what the own node showed, as ever. */
static const struct sim_block *newest_told(const struct watcher *w)
{
	const struct chain *chain = &w->world->chain;
	const int driver = belief_driver(w->belief);
	const struct link *link = &w->links[driver < 0 ? 0 : driver];
	const struct sim_block *shown = chain_block(chain, link->shown);
	const struct sim_block *answered = chain_block(chain, link->answered);

	if (!shown || !answered || answered->key_since != shown->key_since)
		return shown;
	return chain_holds(chain, answered->serial, shown->serial) ? answered : shown;
}

/* Not yet signed, and people are told of it: as little as then is it begun without a cause. */
void invariants_begin(struct watcher *w, int32_t cause)
{
	const struct sim_block *head = newest_told(w);
	struct evidence found;

	if (!w->world->judged || !head || cause == MONITOR_BY_COMMAND)
		return;
	if (head->signing_key == KEY_NULL && !head->chain_null)
		world_break(w->world, OPERATORS_WILL, "w%u begins a switch though the operator shut the witness down",
			    w->index);
	if (cause == MONITOR_DUE_FAIL_BACK)
		return;
	found = evidence_at(w->world, head->serial, w->options.miss_window_s, w);
	never_away_from_healthy(w, head, &found);
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
	if (w->carrier.submission.signature[0] == '\0')
		world_break(w->world, NEVER_TWO_SWITCHES, "w%u sends what it took up again", w->index);
	if (head && tx->sent_ms != 0)
		never_again_once_it_produces(w, tx, head);
	if (head && tx->sent_ms == 0)
		operators_will(w, tx, head);
	if (tx->sent_ms != 0)
		return;
	never_two_without_the_journal(w, tx);
	never_while_a_guard_holds(w, tx);
	if (!head)
		return;
	found = evidence_at(w->world, head->serial, w->options.miss_window_s, w);
	if (!tx->ordered)
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
