/* SPDX-License-Identifier: MIT
 *
 * The invariants of "Simulation", judged from the truth of the model chain and never from the monitor's own state.
 */
#include <stdarg.h>
#include <string.h>

#include "world.h"

#define HEAD_AGE_MS	  (6000 + 1000) /* max_head_age, and the time until the monitor looks again */
#define MIN_PARTICIPATION 34
#define LIFTS		  3 /* own slots in a row missed by the present producer lift max_switches */

void broken(struct run *run, const char *format, ...)
{
	va_list args;

	if (run->broken[0] != '\0')
		return;
	va_start(args, format);
	vsnprintf(run->broken, sizeof(run->broken), format, args);
	va_end(args);
}

void tell(struct run *run, const char *format, ...)
{
	va_list args;

	if (run->tell == NULL)
		return;
	va_start(args, format);
	fprintf(run->tell, "      ");
	vfprintf(run->tell, format, args);
	fputc('\n', run->tell);
	va_end(args);
}

/* The same transaction: signatures are deterministic. */
static bool same_update(const struct update *a, const struct submission_record *record)
{
	return a->tapos_num == record->tapos_num && slot_time_s(a->expires_slot) == (int64_t)record->expiration_s;
}

static void check_other_alive(const struct world *w, uint32_t n, struct run *run)
{
	for (uint32_t i = 0; i < TXS_MAX; i++) {
		const struct tx *tx = &w->txs[i];

		if (tx->live && !tx->in_block && tx->update.by == n && tx->pools != 0 &&
		    !same_update(&tx->update, &w->hosts[n].carrier.submission.record))
			broken(run, "1: node %u sends a transaction while another one of it is alive", n);
	}
}

/* Who heard of nothing between the chain's null and the update with which the nulled node took itself back saw one key
 * all the time, and counts what it missed before. A pending update hides the null from a fetch, and a block that
 * holds an update of the key that stands does not say that it ends one. */
static bool is_renewed_unseen(const struct block_model *b, uint8_t replaces)
{
	return b->renewed && b->key == replaces;
}

/* ---- 1: guards ----------------------------------------------------------------------------------------------------
 */

static void check_own_golosd(const struct world *w, uint32_t n, struct run *run)
{
	const struct link *own = &w->hosts[n].links[OWN], *other = &w->hosts[n].links[OTHER];

	if (!own->connected)
		broken(run, "1: node %u sends while its golosd is not connected", n);
	else if (w->now_ms - slot_time_s(own->slot) * 1000 > HEAD_AGE_MS)
		broken(run, "1: node %u sends while its golosd's head is old", n);
	if (!other->connected || !other->pushed)
		return;
	if (other->num > own->num + 1)
		broken(run, "1: node %u sends while its golosd is behind the public one", n);
	else if (other->num >= own->num && ancestor_slot(w, other->num, other->slot, own->num) != own->slot)
		broken(run, "1: node %u sends while its golosd is on another branch than the public one", n);
}

static void check_agreement(const struct world *w, uint32_t n, const struct block_model *seen, struct run *run)
{
	const struct link *other = &w->hosts[n].links[OTHER];
	const struct block_model *state = state_at(w, w->golosds[PUBLIC].head_num, w->golosds[PUBLIC].head_slot);

	if (run->setting->confirm_nodes < 2)
		return;
	if (!other->connected || !other->pushed || other->num + 2 < seen->num)
		broken(run, "1: node %u sends though the public golosd cannot confirm it", n);
	else if (state == NULL || (state->key != seen->key && pending_key(w, PUBLIC) != seen->key) ||
		 state->total_missed + 1 < seen->total_missed)
		broken(run, "1: node %u sends though the public golosd does not confirm it", n);
}

static void check_participation(const struct world *w, uint32_t n, const struct block_model *seen, struct run *run)
{
	uint32_t filled = 0, others = 0;

	for (uint32_t slot = seen->slot; slot > seen->slot - ROUND; slot--)
		others += slot % ROUND != 0;
	for (const struct block_model *b = seen; b != NULL && b->slot + ROUND > seen->slot;
	     b = chain_block(w, b->num - 1))
		filled += b->signer == KEY_UNKNOWN;
	if (filled * 100 <= MIN_PARTICIPATION * others)
		broken(run, "1: node %u sends while few others take part", n);
}

/* Nobody goes before its place in `order` has come. */
static void check_turn(const struct world *w, uint32_t n, const struct block_model *seen, struct run *run)
{
	const uint32_t place = n - (seen->key < n);

	if (run->setting->without_order || seen->enough_slot == 0)
		return;
	if (w->now_ms < slot_time_s(seen->enough_slot + place * ROUND) * 1000)
		broken(run, "4: node %u sends before its turn in order", n);
}

/* ---- 2: the cause -------------------------------------------------------------------------------------------------
 */

/* One that is judged by misses: the key that the node sees has missed enough and not produced since. */
static void check_misses(uint32_t n, const struct block_model *seen, struct run *run)
{
	if (!missed_enough(seen, run->setting))
		broken(run, "2: node %u sends a switch away from a node that missed %u slots", n, seen->misses);
	else if (seen->produced >= seen->newest_miss)
		broken(run, "2: node %u sends a switch away from a node that has produced since its newest miss", n);
}

static void check_fail_back(const struct world *w, uint32_t n, const struct block_model *seen, struct run *run)
{
	if (n != 0 || !seen->lost)
		broken(run, "3: node %u takes back what it has not lost by misses", n);
	else if (seen->hidden_slot != 0 && w->hosts[n].heard_slot >= seen->hidden_slot)
		broken(run, "3: node %u takes back what an operator has moved, and has read of it", n);
	else if (seen->fail_backs > 0)
		broken(run, "1: node %u takes production back once more", n);
}

/* Under the chain's own null nobody produces, and a node without slots misses none in a row. */
static bool is_lifted(uint32_t n, const struct block_model *seen)
{
	return seen->in_a_row >= LIFTS || (seen->nulled && !(seen->shut_down & 1u << n));
}

/* Judged once, when it is first sent. */
static void check_first(const struct world *w, uint32_t n, const struct block_model *seen, struct run *run)
{
	const struct host *h = &w->hosts[n];
	const uint8_t replaces = h->replaces;

	check_agreement(w, n, seen, run);
	if (h->sake == BY_ORDER)
		return;
	if (seen->switches[n] >= run->setting->max_switches && !is_lifted(n, seen))
		broken(run, "1: node %u sends one switch more than max_switches", n);
	check_participation(w, n, seen, run);
	if (h->sake == BY_FAIL_BACK) {
		check_fail_back(w, n, seen, run);
	} else if (!seen->nulled && !is_renewed_unseen(seen, replaces)) {
		check_turn(w, n, seen, run);
		check_misses(n, seen, run);
	}
}

void check_send(const struct world *w, uint32_t n, struct run *run)
{
	const struct host *h = &w->hosts[n];
	const struct block_model *seen = chain_block(w, h->head_num);
	const int64_t next_ms = slot_time_s(w->slot + 1) * 1000;
	const bool is_first = !h->offered;

	if (h->carrier.submission.signature[0] == '\0')
		broken(run, "1: node %u sends what it took up again", n);
	/* ordered where its key was the chain's already: what brought it there may be sent again after a fork */
	if (h->held == 1 || (h->held == 2 && w->blocks[0].key != n))
		broken(run, "3: node %u sends while an operator holds it", n);
	if (is_first) /* sent once, it is offered to whoever can take it: no guard is asked again */
		check_own_golosd(w, n, run);
	else if (run->setting->links < 2 && !h->links[OWN].connected)
		broken(run, "1: node %u sends, and is connected to nobody", n);
	if ((w->slot + 1) % ROUND == 0 && w->now_ms < next_ms)
		broken(run, "6: node %u sends while the very next slot is the witness's", n);
	check_other_alive(w, n, run);
	if (seen == NULL || seen->slot != h->head_slot) /* on a branch that is left: it will be told */
		return;
	/* one who orders a takeover of a witness that is shut down means it */
	if (seen->key == KEY_NULL && !seen->nulled && !(h->sake == BY_ORDER && h->replaces == KEY_NULL))
		broken(run, "3: node %u sends over an operator's null key that it has seen", n);
	if (is_first)
		check_first(w, n, seen, run);
}

/* ---- 2, 7: where it lands ------------------------------------------------------------------------------------------
 */

/* One that was sent no later than the other, and lands after it, could not see it: without `order`
 * nobody waits, with it where a restart kept the first one waiting until the second one's turn, or where it was slow on
 * its way. check_turn says that none went before its turn. */
static bool is_race(const struct world *w, const struct tx *tx, const struct block_model *before)
{
	for (uint32_t i = 0; i < TXS_MAX; i++) {
		const struct tx *other = &w->txs[i];

		if (other->live && other != tx && other->update.key == before->key && other->sent_slot >= tx->sent_slot)
			return true;
	}
	return false;
}

/* The block of that slot was not there yet when it was made. */
static bool is_crossed_by(const struct update *u, uint32_t slot)
{
	return slot + TRANSACTION_LIFE_S / INTERVAL_S > u->expires_slot;
}

/* `before`: the chain's state that it changes. Nothing helps where an operator acts while it is on its way. */
void check_landed(const struct world *w, const struct tx *tx, const struct block_model *before, struct run *run)
{
	const struct update *u = &tx->update;

	if (u->sake == BY_ORDER || is_crossed_by(u, before->ordered_slot))
		return;
	if (is_renewed_unseen(before, u->replaces))
		return;
	/* the chain may null the very key that a switch moves away from */
	if (before->nulled && (u->replaces == KEY_NULL || u->replaces == before->nulled - 1))
		return;
	if (before->key != u->replaces) {
		if (!is_race(w, tx, before))
			broken(run,
			       "2: two switches land one after the other: node %u's replaces a key it had not judged",
			       u->by);
	} else if (u->sake == BY_MISSES && !missed_enough(before, run->setting)) {
		broken(run, "7: node %u's switch lands on a branch where %u slots were missed", u->by, before->misses);
	}
}

/* ---- 6, 3 ----------------------------------------------------------------------------------------------------------
 */

/* The witness's slot came while it was pending, and the old node would have filled it. */
void check_race(const struct world *w, const struct tx *tx, struct run *run)
{
	if (tx->faults == w->faults)
		broken(run, "6: node %u's switch costs a slot that would have been filled", tx->update.by);
}

/* True: people were told, by this block or when the same transaction landed before a fork moved it. */
static bool is_told(struct world *w, const struct host *h, const struct update *u)
{
	for (uint32_t i = 0; i < TXS_MAX; i++) {
		struct tx *tx = &w->txs[i];

		if (!tx->live || memcmp(&tx->update, u, sizeof(*u)) != 0)
			continue;
		tx->told |= h->landed_said;
		return tx->told;
	}
	return h->landed_said;
}

/* Invariant 3: where a switch lands on an operator's null key or hold, people are told. */
void check_seen(struct world *w, uint32_t n, const struct block_model *before, const struct block_model *b,
		struct run *run)
{
	const struct host *h = &w->hosts[n];
	uint8_t key = before->key;

	for (uint32_t i = 0; i < b->update_count; i++) {
		const struct update *u = &b->updates[i];
		bool overridden = key == KEY_NULL ? !before->nulled && !(u->sake == BY_ORDER && u->replaces == KEY_NULL)
						  : h->held == 1;

		if (u->by == n && key != n && overridden && !is_told(w, h, u))
			broken(run, "3: node %u's switch lands on an operator's %s, and nobody is told", n,
			       key == KEY_NULL ? "null key" : "hold");
		key = u->key;
	}
}
