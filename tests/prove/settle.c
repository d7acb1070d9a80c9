/* SPDX-License-Identifier: MIT
 *
 * Invariants 4 and 5: from a state on, where no more faults come, production goes on at a living node within a bound,
 * and then nothing moves any more.
 */
#include <string.h>

#include "world.h"

#define BOUND_SLOTS 100 /* misses allowed, a round a place, three failed tries: 30, 60 and 120 s */
#define CALM_SLOTS  (5 * ROUND)

static void pass_slots(struct world *w, uint32_t slots, struct run *run)
{
	const uint32_t until = w->slot + slots;

	while (w->slot < until && run->broken[0] == '\0')
		world_go_on(w, run);
}

/* Everything is well again, but for the golosd `dead`. */
static void heal(struct world *w, uint32_t dead, struct run *run)
{
	static const uint8_t cures[] = {STEP_START, STEP_CATCH_UP, STEP_RESTART, STEP_JOIN, STEP_RESUME};
	struct step steps[STEPS_MAX];

	for (size_t c = 0; c < sizeof(cures); c++) {
		const uint32_t count = world_steps(w, run->setting, steps);

		for (uint32_t i = 0; i < count; i++)
			if (steps[i].type == cures[c] && (cures[c] != STEP_START || steps[i].node != dead))
				world_step(w, steps[i], run);
	}
}

/* A chain's null that some node knows for one; what cannot be told counts as an operator's. */
static bool is_known_for_chains(const struct world *w, const struct run *run)
{
	bool known = false;

	for (uint32_t n = 0; n < run->setting->nodes && w->blocks[0].nulled; n++) {
		const struct monitor_witness_state *witness = &w->hosts[n].monitor.witness;

		known |= strcmp(witness->key, GW_NULL_KEY) == 0 && witness->null_origin == GW_NULL_CHAIN;
	}
	return known;
}

void check_settles(struct world *w, struct run *run)
{
	const uint8_t key = w->blocks[0].key;
	const bool is_dead = key < NODES_MAX && !w->golosds[key].alive;

	heal(w, is_dead ? key : KEY_UNKNOWN, run);
	pass_slots(w, BOUND_SLOTS, run);
	const struct block_model before = w->blocks[0];

	if (is_known_for_chains(w, run))
		broken(run, "4: the chain shut the witness down, and after %d slots no node has taken over",
		       BOUND_SLOTS);
	if (before.key == KEY_NULL)
		return;
	if (!w->golosds[before.key].alive)
		broken(run, "4: the producer stays dead, and after %d slots no other node has taken over", BOUND_SLOTS);
	pass_slots(w, CALM_SLOTS, run);
	if (memcmp(w->blocks[0].switches, before.switches, sizeof(before.switches)) != 0)
		broken(run, "5: all is well, and production still moves");
	else if (w->blocks[0].total_missed != before.total_missed)
		broken(run, "5: all is well, and slots are still missed");
}
