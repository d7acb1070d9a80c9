/* SPDX-License-Identifier: MIT
 *
 * Whose slot is whose. The order of the witnesses is made anew when a block is applied whose number divides by
 * max_witnesses; what holds from one such block to the next is called an era here, and numbered block / max_witnesses.
 * Plain data, pure. Source: docs/protocol.md 4; golosd's database.cpp get_scheduled_witness, update_witness_schedule.
 */
#ifndef CHAIN_SCHEDULE_H
#define CHAIN_SCHEDULE_H

#include "node/answers.h"

struct schedule {
	uint32_t interval_s;	/* 0 until a node reported it */
	uint32_t max_witnesses; /* the shuffle's divisor */
	bool known;		/* the newest order fetched: */
	uint32_t era;
	char names[WITNESSES_MAX][GW_ACCOUNT_SIZE];
	bool aslot_known;
	int64_t aslot_offset;	   /* absolute slot of a time: time / interval + this; the same on every branch */
	uint32_t scheduled;	   /* names in the newest order fetched; 0: none yet */
	uint32_t skipping_reset_s; /* 0: unknown */
};

/* The order is forgotten, or proved wrong; what the chain is stays known. */
void schedule_forget(struct schedule *schedule);
/* Slots in a round; the most there can be while no order is known. */
uint32_t schedule_round(const struct schedule *schedule);
uint32_t schedule_era(const struct schedule *schedule, uint32_t num);
/* The order that a node reported while its head was in that era. */
void schedule_set(struct schedule *schedule, uint32_t era, const struct schedule_answer *answer);
/* Where the count of slots stands, by a head. */
void schedule_set_aslot(struct schedule *schedule, const struct head_answer *head);
/* Owner of the slot at that time, were it filled on block `parent`; NULL: unknown. */
const char *schedule_owner(const struct schedule *schedule, uint32_t parent, int64_t time_s);
/* How many slots after the head are certain: block N, the next that shuffles, comes in slot N - head at the soonest. */
uint32_t schedule_certain(const struct schedule *schedule, uint32_t head_num);

#endif
