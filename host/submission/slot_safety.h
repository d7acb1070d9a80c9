/* SPDX-License-Identifier: MIT
 *
 * When a witness_update may go out without costing the witness a slot. docs/design.md "From a block to a switch" 7.
 * Pure.
 *
 * While an update is pending, the witness's own slot is lost on the old node and on the new (docs/protocol.md 4, "The
 * pending-key race"; recording 11-pending-race.jsonl). So what counts is how many slots of others come first. A slot
 * whose witness is not known counts as the witness's own: one block later it is known. Under the null key nothing goes
 * out between a slot gone by and the next block.
 */
#ifndef CHAIN_SLOT_SAFETY_H
#define CHAIN_SLOT_SAFETY_H

#include "chain/belief.h"

/* golosd produces within 0.5 s of its slot or not at all: 1 s after it the slot is over. Less on a faster chain. */
#define SLOT_OVER_MS 1000

/* What is sent later before a slot than this does not reach its witness in time. Less on a faster chain. */
#define SLOT_SPREAD_MS 500

struct slot_room {
	int32_t slots;	 /* of others, before the witness's own or an unknown one; -1: the running one may be its own */
	int64_t look_ms; /* chain time at which the answer changes though no block comes */
};

/* The view must be valid and now->chain_ms known. */
struct slot_room slot_room_ahead(const struct chain_view *view, const struct gw_now *now);

#endif
