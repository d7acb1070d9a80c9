/* SPDX-License-Identifier: MIT
 *
 * The slots of the last two rounds. Runs in golos-watchd.
 */
#include "api/rounds.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define SLOTS_MAX 128 /* two rounds of the largest schedule that golosd takes */

struct slot {
	int64_t time_s;
	char witness[GW_ACCOUNT_SIZE];
	char key[GW_KEY_SIZE]; /* "": not filled, or not known */
	bool filled;
};

struct rounds {
	struct slot slots[SLOTS_MAX]; /* the oldest first */
	size_t count;
	size_t wanted; /* two rounds of the present schedule */
};

struct rounds *rounds_new(void)
{
	return xcalloc(1, sizeof(struct rounds));
}

void rounds_free(struct rounds *rounds)
{
	free(rounds);
}

static struct slot *append(struct rounds *rounds, int64_t time_s, const char *witness)
{
	if (rounds->count == SLOTS_MAX)
		memmove(rounds->slots, rounds->slots + 1, --rounds->count * sizeof(rounds->slots[0]));
	struct slot *slot = &rounds->slots[rounds->count++];

	*slot = (struct slot){.time_s = time_s};
	memcpy(slot->witness, witness, sizeof(slot->witness));
	return slot;
}

/* What a fork undid, and what is told again, comes anew. */
static void forget_from(struct rounds *rounds, int64_t time_s)
{
	while (rounds->count > 0 && rounds->slots[rounds->count - 1].time_s >= time_s)
		rounds->count--;
}

/* The first event tells of a round before it; the last of those is the block itself. */
static void begin(struct rounds *rounds, const struct gw_block_event *event)
{
	for (uint32_t i = 0; i + 1 < event->round_count; i++) {
		int64_t back = event->round_count - 1 - i;

		append(rounds, event->time_s - back * event->interval_s, event->round[i]->witness)->filled =
			event->round[i]->filled;
	}
}

static void append_missed(struct rounds *rounds, const struct gw_block_event *event)
{
	for (uint32_t i = 0; i < event->missed_count; i++)
		append(rounds, event->time_s - (int64_t)(event->skipped - i) * event->interval_s,
		       event->missed[i]->witness);
}

void rounds_block(struct rounds *rounds, const struct gw_block_event *event)
{
	forget_from(rounds, event->time_s - (int64_t)event->skipped * event->interval_s);
	if (rounds->count == 0)
		begin(rounds, event);
	else
		append_missed(rounds, event);
	struct slot *slot = append(rounds, event->time_s, event->witness);

	slot->filled = true;
	memcpy(slot->key, event->signing_key, sizeof(slot->key));
	rounds->wanted = event->scheduled ? 2 * (size_t)event->scheduled : rounds->wanted;
}

void rounds_write(const struct rounds *rounds, struct json_writer *w)
{
	size_t skip = rounds->count > rounds->wanted ? rounds->count - rounds->wanted : 0;

	json_open(w, "slots", '[');
	for (size_t i = skip; i < rounds->count; i++) {
		const struct slot *slot = &rounds->slots[i];

		json_open(w, NULL, '{');
		json_put_i64(w, "time", slot->time_s);
		json_put_text(w, "witness", slot->witness);
		json_put_bool(w, "filled", slot->filled);
		if (slot->key[0])
			json_put_text(w, "key", slot->key);
		json_close(w, '}');
	}
	json_close(w, ']');
}
