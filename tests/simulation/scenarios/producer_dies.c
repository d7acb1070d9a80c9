/* SPDX-License-Identifier: MIT
 * Scenarios: the producer dies, or no longer produces: production moves, in time, once. */
#include "script.h"

static void dies(struct world *world, uint32_t lost_at_most)
{
	warm_up(world);
	golosd_stop(world, 0);
	until_key(world, 2, 40 * MINUTE);
	produces(world, 2, 10 * MINUTE);
	WANT(world, world->lost_blocks <= lost_at_most);
	WANT(world, world->lost_blocks > world->options.monitor.allowed_misses);
	WANT(world, world->switches == 1);
	invariant_calm_after_faults(world, 30 * MINUTE);
}

static void dead_primary(struct world *world)
{
	/* with two scheduled each other slot is its own: one more passes while the update waits for a block */
	dies(world, world->options.monitor.allowed_misses + 1 + (world->options.rules.scheduled == 2));
}

static void dead_primary_six_others_dead(struct world *world)
{
	for (uint32_t i = 0; i < 6; i++)
		world->dead_witness[20 - i] = true;
	dies(world, world->options.monitor.allowed_misses + 2);
}

static void dead_primary_nine_others_dead(struct world *world)
{
	for (uint32_t i = 0; i < 9; i++)
		world->dead_witness[20 - i] = true;
	dies(world, world->options.monitor.allowed_misses + 2);
}

/* A slot every so many minutes: own slots in a row, however long it took. */
static void dead_primary_of_rare_slots(struct world *world)
{
	int64_t round_ms = INT64_C(63) * SECOND * world->options.rules.rare_rounds;

	world_run(world, 2 * round_ms);
	world->lost_blocks = 0;
	golosd_stop(world, 0);
	until_key(world, 2, 4 * round_ms);
	WANT(world, world->lost_blocks <= 2);
	produces(world, 2, 2 * round_ms);
	WANT(world, world->switches == 1);
}

const struct scenario scenarios_producer_dies[] = {
	{.name = "dead_primary", .play = dead_primary, .nodes = 2},
	{.name = "dead_primary_allowed_misses_0", .play = dead_primary, .allowed_plus_1 = 1},
	{.name = "dead_primary_allowed_misses_4", .play = dead_primary, .allowed_plus_1 = 5},
	{.name = "dead_primary_of_two_witnesses", .play = dead_primary, .scheduled = 2},
	{.name = "dead_primary_six_others_dead", .play = dead_primary_six_others_dead, .nodes = 2},
	{.name = "dead_primary_nine_others_dead", .play = dead_primary_nine_others_dead, .nodes = 2},
	{.name = "a_slot_every_52_minutes", .play = dead_primary_of_rare_slots, .rare_rounds = 50},
	{.name = "a_slot_every_4_hours", .play = dead_primary_of_rare_slots, .rare_rounds = 228},
	{.name = NULL},
};
