/* SPDX-License-Identifier: MIT
 *
 * What each endpoint shows of itself: connection, head, and the newest ids of its branch. Plain data, pure.
 */
#ifndef CHAIN_ENDPOINTS_H
#define CHAIN_ENDPOINTS_H

#include "chain/belief.h"

#define BRANCH_BLOCKS 64u

enum mute {
	MUTE_NOT,
	MUTE_SILENT, /* until it answers of a witness */
	MUTE_LACKS,  /* as long as it is connected */
};

struct branch_block {
	uint32_t num;	     /* 0: nothing here */
	char id[GW_ID_SIZE]; /* "" until the next block tells */
	int64_t time_s;	     /* 0: not known */
};

struct endpoint {
	const char *url;
	bool up;	   /* connected, and on our chain */
	bool full;	   /* subscribed in full on this connection */
	enum mute mute;	   /* it does not report of a witness: it drives only where no other can */
	uint32_t head_num; /* 0 until it showed its head on this connection: by a block, by an answer that our blocks
			      reach */
	int64_t head_time_s;
	struct branch_block branch[BRANCH_BLOCKS]; /* block n at n modulo the size */
};

/* As if newly connected, or lost. */
void endpoint_reset(struct endpoint *endpoint, bool up);
/* It sent this block. False: it only repeats its head in another form. */
bool endpoint_note(struct endpoint *endpoint, const struct block *block);
/* GW_BRANCH_*: of `other`, compared with `own` at the newest height where both ids are known, or where both times are
 * and differ: the id of a header comes with the next one, its time does not have to be waited for. */
uint8_t endpoint_branch(const struct endpoint *own, const struct endpoint *other);
/* Whether a chain can have the head of `other` while it has that of `own`: no higher than one block in each interval
 * between them, on a branch that parts at most UNDO_MAX blocks back. */
bool endpoint_can_be(const struct endpoint *own, const struct endpoint *other, uint32_t interval_s);
/* "" where not known. */
const char *endpoint_head_id(const struct endpoint *endpoint);

#endif
