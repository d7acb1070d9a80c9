/* SPDX-License-Identifier: MIT
 *
 * The invariants of "Simulation", judged from the truth of the model chain and never from the monitor's own state.
 */
#include <stdarg.h>
#include <string.h>

#include "world.h"

#define HEAD_AGE_MS (6000 + 5000) /* max_head_age, and the time until the monitor looks again */
#define LIFTS	    3		  /* own slots in a row missed by the present producer lift max_switches */

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
		    !same_update(&tx->update, &w->hosts[n].submission.record))
			broken(run, "1: node %u sends a transaction while another one of it is alive", n);
	}
}

/* Invariant 2, for one that is judged by misses: the key that the node sees has missed enough and not produced since.
 */
static void check_cause(uint32_t n, const struct block_model *seen, struct run *run)
{
	if (seen->misses <= run->setting->allowed_misses && seen->in_a_row <= run->setting->allowed_misses)
		broken(run, "2: node %u sends a switch away from a node that missed %u slots", n, seen->misses);
	else if (seen->produced >= seen->newest_miss)
		broken(run, "2: node %u sends a switch away from a node that has produced since its newest miss", n);
}

void check_send(const struct world *w, uint32_t n, struct run *run)
{
	const struct host *h = &w->hosts[n];
	const struct block_model *seen = chain_block(w, h->head_num);
	const int64_t next_ms = slot_time_s(w->slot + 1) * 1000;

	if (h->held == 1)
		broken(run, "3: node %u sends while an operator holds it", n);
	if (!h->connected)
		broken(run, "1: node %u sends while its golosd is not connected", n);
	if (w->now_ms - slot_time_s(h->head_slot) * 1000 > HEAD_AGE_MS)
		broken(run, "1: node %u sends while its golosd's head is old", n);
	if ((w->slot + 1) % ROUND == 0 && w->now_ms < next_ms)
		broken(run, "6: node %u sends while the very next slot is the witness's", n);
	check_other_alive(w, n, run);
	if (seen == NULL || seen->slot != h->head_slot) /* on a branch that is left: it will be told */
		return;
	/* one who orders a takeover of a witness that is shut down means it */
	if (seen->key == KEY_NULL && !(h->ordered && key_of(h->submission.record.replaces) == KEY_NULL))
		broken(run, "3: node %u sends over an operator's null key that it has seen", n);
	if (h->submission.resumed)
		return;
	if (seen->switches[n] >= run->setting->max_switches && seen->in_a_row < LIFTS)
		broken(run, "1: node %u sends one switch more than max_switches", n);
	if (!h->ordered)
		check_cause(n, seen, run);
}

/* `before`: the chain's state that it changes. Nothing helps where an operator acts while it is on its way. */
void check_landed(const struct tx *tx, const struct block_model *before, struct run *run)
{
	const uint32_t allowed = run->setting->allowed_misses;

	if (tx->update.ordered || before->ordered)
		return;
	if (before->key != tx->update.replaces)
		broken(run, "2: two switches land one after the other: node %u's replaces a key it had not judged",
		       tx->update.by);
	else if (before->misses <= allowed && before->in_a_row <= allowed)
		broken(run, "7: node %u's switch lands on a branch where %u slots were missed", tx->update.by,
		       before->misses);
}

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
		bool overridden = key == KEY_NULL ? !(u->ordered && u->replaces == KEY_NULL) : h->held == 1;

		if (u->by == n && key != n && overridden && !is_told(w, h, u))
			broken(run, "3: node %u's switch lands on an operator's %s, and nobody is told", n,
			       key == KEY_NULL ? "null key" : "hold");
		key = u->key;
	}
}
