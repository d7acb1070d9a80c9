/* SPDX-License-Identifier: MIT
 *
 * The queue of what belief wants done or said, with all that its events point at.
 */
#ifndef CHAIN_ACTIONS_H
#define CHAIN_ACTIONS_H

#include "chain/belief.h"

#define MISSED_MAX 64u /* as in gw_block_event */

/* What a block event points at. Owned by its action. */
struct block_payload {
	struct gw_slot missed[MISSED_MAX];
	struct gw_slot round[WITNESSES_MAX];
	struct gw_key_update *updates;
	/* the same, as the event lists them */
	const struct gw_slot *missed_list[MISSED_MAX];
	const struct gw_slot *round_list[WITNESSES_MAX];
	const struct gw_key_update **update_list;
	struct block_transaction *transactions;
};

struct queued_action {
	struct queued_action *next;
	struct belief_action action;
	struct block_payload *payload; /* of BELIEF_RAISE_BLOCK; else NULL */
};

/* Bounded by what one event makes: the host drains it after each. */
struct actions {
	struct queued_action *first, **end;
	struct queued_action *handed; /* the action handed out last: its pointers live until the next */
};

void actions_init(struct actions *actions);
void actions_done(struct actions *actions);
/* A new action at the end of the queue, to be filled in. */
struct belief_action *actions_add(struct actions *actions, enum belief_action_type type, uint32_t endpoint);
/* The same for a block; what it points at is the payload. */
struct belief_action *actions_add_block(struct actions *actions, const struct block *block,
					struct block_payload **ret_payload);
void actions_notice(struct actions *actions, int32_t severity, const char *code, const char *fmt, ...)
	PRINTF_LIKE(4, 5);
bool actions_next(struct actions *actions, struct belief_action *ret);

#endif
