/* SPDX-License-Identifier: MIT
 *
 * Who is in the schedule, as golosd has it [database.cpp update_witness_schedule4]: the 19 with the most votes, and for
 * the two places left those whose virtual time comes first among all others. Each who had a turn comes again after a
 * time that is the shorter the more votes it has.
 */
#ifndef SIMULATION_TURNS_H
#define SIMULATION_TURNS_H

#include "dice.h"

#define SCHEDULED_MAX	 21u
#define VOTED_IN	 19u
#define WITNESSES_ALL	 100u
#define FIRST_BY_TIME	 20u /* witnesses of that number and above, and OURS, share two places by virtual time */
#define QUEUES_KEPT	 1024u
#define LONGEST_PAUSE(r) (2 * (r)) /* rounds between two turns of OURS, where r is the mean: its votes come and go */

/* The virtual times after one shuffle. */
struct queue {
	uint32_t serial;
	uint64_t now;
	uint64_t turn_at[WITNESSES_ALL];
	uint32_t votes[WITNESSES_ALL];
};

/* Every branch has its own: a block names the queue that stands after it. */
struct queues {
	uint32_t mean_rounds; /* between two turns of OURS, by the votes that it has at first */
	bool votes_move;
	uint32_t newest;
	struct queue *kept; /* QUEUES_KEPT of them */
};

/* Returns the serial of the first one. */
uint32_t queues_init(struct queues *queues, uint32_t mean_rounds, bool votes_move, struct dice *dice);
void queues_done(struct queues *queues);
/* The next two by virtual time; OURS is passed over, and loses its turn, where its key is the null key. Returns the
 * serial of the queue that stands after it. */
uint32_t queues_turn(struct queues *queues, uint32_t serial, bool ours_is_null, uint8_t ret[2], struct dice *dice);

#endif
