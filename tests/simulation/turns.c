/* SPDX-License-Identifier: MIT
 * The queue of virtual time. See turns.h. */
#include "turns.h"

#include <stdlib.h>

#include "base/memory.h"

#define OURS	      0u
#define LAP	      (UINT64_C(1) << 40) /* golosd's VIRTUAL_SCHEDULE_LAP_LENGTH2, smaller */
#define VOTES	      10000u		  /* of the others, as a mean */
#define OTHERS	      (WITNESSES_ALL - FIRST_BY_TIME)
#define SHUFFLES_STEP 20 /* somebody's votes change once in so many shuffles, and ours as often */

static struct queue *queue_at(const struct queues *queues, uint32_t serial)
{
	return &queues->kept[serial % QUEUES_KEPT];
}

static bool is_queued(uint32_t witness)
{
	return witness == OURS || witness >= FIRST_BY_TIME;
}

static uint64_t lap_of(uint32_t votes)
{
	return LAP / (votes + 1);
}

/* So many that among the others, with two places a round, its turn comes in every so many-th. */
static uint32_t votes_of_ours(const struct queues *queues)
{
	return OTHERS * VOTES / (2 * queues->mean_rounds - 1);
}

static uint32_t draw_votes(const struct queues *queues, uint32_t witness, struct dice *dice)
{
	uint32_t mean = witness == OURS ? votes_of_ours(queues) : VOTES;

	/* less at most by a third: LONGEST_PAUSE counts on it */
	return (uint32_t)dice_between(dice, mean * 2 / 3, mean * 4 / 3);
}

/* golosd's virtual_position: the part of its lap that it has behind it stays behind it. */
static void set_votes(struct queue *queue, uint32_t witness, uint32_t votes)
{
	uint64_t left = queue->turn_at[witness] - queue->now;

	queue->turn_at[witness] = queue->now + left / (votes + 1) * (queue->votes[witness] + 1);
	queue->votes[witness] = votes;
}

static void move_votes(const struct queues *queues, struct queue *queue, struct dice *dice)
{
	uint32_t other = FIRST_BY_TIME + dice_below(dice, OTHERS);

	if (dice_below(dice, SHUFFLES_STEP) == 0)
		set_votes(queue, other, draw_votes(queues, other, dice));
	if (dice_below(dice, SHUFFLES_STEP) == 0)
		set_votes(queue, OURS, draw_votes(queues, OURS, dice));
}

/* Those voted in stand in golosd's queue as well and are passed over: nobody else's turn hangs on them. */
static uint8_t first_in(const struct queue *queue)
{
	uint32_t first = OURS;

	for (uint32_t i = FIRST_BY_TIME; i < WITNESSES_ALL; i++)
		if (queue->turn_at[i] < queue->turn_at[first])
			first = i;
	return (uint8_t)first;
}

uint32_t queues_turn(struct queues *queues, uint32_t serial, bool ours_is_null, uint8_t ret[2], struct dice *dice)
{
	struct queue *queue = queue_at(queues, ++queues->newest);
	uint8_t had_turn[3]; /* and OURS, passed over */
	uint32_t had = 0, chosen = 0;

	*queue = *queue_at(queues, serial);
	queue->serial = queues->newest;
	if (queues->votes_move)
		move_votes(queues, queue, dice);
	while (chosen < 2) {
		uint8_t first = first_in(queue);

		queue->now = queue->turn_at[first]; /* everyone advances to this time */
		queue->turn_at[first] = UINT64_MAX;
		had_turn[had++] = first;
		if (first != OURS || !ours_is_null)
			ret[chosen++] = first;
	}
	for (uint32_t i = 0; i < had; i++)
		queue->turn_at[had_turn[i]] = queue->now + lap_of(queue->votes[had_turn[i]]);
	return queue->serial;
}

/* As it is after long: each somewhere in its lap. */
uint32_t queues_init(struct queues *queues, uint32_t mean_rounds, bool votes_move, struct dice *dice)
{
	struct queue *first;

	*queues = (struct queues){.mean_rounds = mean_rounds, .votes_move = votes_move, .newest = 1};
	queues->kept = xcalloc(QUEUES_KEPT, sizeof(*queues->kept));
	first = queue_at(queues, 1);
	first->serial = 1;
	for (uint32_t i = 0; i < WITNESSES_ALL; i++) {
		if (!is_queued(i))
			continue;
		first->votes[i] = i == OURS ? votes_of_ours(queues) : draw_votes(queues, i, dice);
		first->turn_at[i] = (uint64_t)dice_between(dice, 0, (int64_t)lap_of(first->votes[i]));
	}
	return first->serial;
}

void queues_done(struct queues *queues)
{
	free(queues->kept);
}
