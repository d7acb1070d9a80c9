/* SPDX-License-Identifier: MIT
 * What scenarios are made of. See script.h. */
#include "script.h"

#include <stdlib.h>
#include <string.h>

#include "rules.h"

uint8_t key_now(const struct world *world)
{
	return world_head(world)->signing_key;
}

void warm_up(struct world *world)
{
	world_run(world, 3 * MINUTE + dice_between(&world->dice, 0, 63 * SECOND));
	world->lost_blocks = world->hurried = world->own_slots = 0;
}

void until_key(struct world *world, uint8_t key, int64_t at_most_ms)
{
	int64_t end_ms = world->now_ms + at_most_ms;

	while (world->broken == INVARIANT_NONE && key_now(world) != key && world->now_ms < end_ms)
		world_run(world, SECOND);
	WANT(world, key_now(world) == key);
}

void until_lost(struct world *world, uint32_t lost)
{
	int64_t end_ms = world->now_ms + 24 * HOUR;

	while (world->broken == INVARIANT_NONE && world->lost_blocks < lost && world->now_ms < end_ms)
		world_run(world, SECOND);
	WANT(world, world->lost_blocks >= lost);
}

/* The holder of the key misses its next `n` slots, and is well then. */
void miss(struct world *world, uint32_t n)
{
	world->idle_slots = DICE_SURE;
	until_lost(world, world->lost_blocks + n);
	world->idle_slots = 0;
}

void produces(struct world *world, uint8_t key, int64_t within_ms)
{
	world->last_ours_key = KEY_NULL;
	for (int64_t end_ms = world->now_ms + within_ms; world->last_ours_key != key && world->now_ms < end_ms;) {
		if (world->broken != INVARIANT_NONE)
			return;
		world_run(world, SECOND);
	}
	WANT(world, world->last_ours_key == key);
}

void no_switch_for(struct world *world, int64_t ms)
{
	uint32_t switches = world->switches;
	int64_t sent_ms = world->last_send_ms;

	world_run(world, ms);
	WANT(world, world->switches == switches);
	WANT(world, world->last_send_ms == sent_ms);
}

void until_sent(struct world *world, uint8_t who, int64_t within_ms)
{
	int64_t end_ms = world->now_ms + within_ms;
	uint32_t sends = world->watchers[who].sends;

	while (world->broken == INVARIANT_NONE && world->watchers[who].sends == sends && world->now_ms < end_ms)
		world_run(world, 10);
	WANT(world, world->watchers[who].sends > sends);
}

uint32_t own_slot_in(const struct world *world)
{
	const struct sim_block *head = world_head(world);

	for (uint32_t n = 1; n <= SHUFFLE_BLOCKS - head->num % SHUFFLE_BLOCKS; n++)
		if (chain_owner(head, n) == OURS)
			return n;
	return 0;
}

void until_own_slot_in(struct world *world, uint32_t n)
{
	int64_t end_ms = world->now_ms + 24 * HOUR;

	do
		world_run(world, 100);
	while (world->broken == INVARIANT_NONE && world->now_ms < end_ms &&
	       (own_slot_in(world) != n || GENESIS_MS + world->now_ms - world_head(world)->time_s * 1000 > SECOND));
	WANT(world, own_slot_in(world) == n);
}

bool is_held_by(const struct world *world, uint8_t who, const char *guard)
{
	const struct watcher *w = &world->watchers[who];

	for (uint32_t i = 0; i < guard_count; i++)
		if (strcmp(guards[i].name, guard) == 0)
			return w->monitor.due.held >> i & 1 && watcher_said(w, "switch_held");
	return false;
}

void watcher_is_lost(struct world *world, uint8_t who)
{
	struct fake_journal *journal = &world->watchers[who].journal;

	watcher_stop(world, who);
	free(journal->store);
	journal->store = NULL;
	journal->open = false;
}

void miss_in_mid_round(struct world *world)
{
	do
		until_own_slot_in(world, 1);
	while (world->broken == INVARIANT_NONE && world_head(world)->num % SHUFFLE_BLOCKS > 14);
	miss(world, 1);
}
