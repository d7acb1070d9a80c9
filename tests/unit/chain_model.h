/* SPDX-License-Identifier: MIT
 *
 * A model chain for the tests of belief: a tree of blocks, and nodes that each stand at one of them and answer as
 * golosd does. What it answers is walked from the tree anew each time, with none of belief's code. The harness hands
 * belief's asks to the nodes and keeps what it raised.
 */
#ifndef CHAIN_MODEL_H
#define CHAIN_MODEL_H

#include "chain/belief.h"

#define MODEL_BLOCKS	 4096
#define MODEL_EVENTS	 4096
#define MODEL_INTERVAL_S 3

struct model_block {
	struct block block;
	struct block_update update;	  /* owner "": none */
	int parent;			  /* index; -1: the first */
	char chain_null[GW_ACCOUNT_SIZE]; /* witness that the chain itself nulled in this block; "": none */
};

struct model {
	struct belief *belief;
	uint32_t witnesses; /* w0, w1, ... all scheduled */
	uint32_t max_witnesses;
	uint32_t skipping_reset_s;
	bool branches_shuffle; /* the order depends on the very block that made it, not on its number alone */
	int count;
	struct model_block *blocks;
	int64_t mono_ms, wall_offset_ms;

	uint32_t endpoints;
	int heads[ENDPOINTS_MAX];		 /* block each node stands at; -1: none */
	const char *pending_owner, *pending_key; /* what the nodes' answers show beyond their blocks; NULL: none */
	bool hold;				 /* asks are kept, not answered */
	bool mute;				 /* asks are answered by nothing */
	bool blockless;				 /* the nodes have none of the blocks that are asked for */
	uint32_t unanswered[ENDPOINTS_MAX];	 /* bit per type of ask (BELIEF_ASK_*): the same for those */
	bool full[ENDPOINTS_MAX];		 /* subscribed so on this connection */
	uint32_t held_count;
	struct belief_action *held;

	uint32_t action_counts[BELIEF_DROP + 1];
	struct belief_action last[BELIEF_DROP + 1];
	uint32_t event_count;
	struct gw_block_event *events; /* block events; their arrays are copied into the three below */
	struct gw_slot (*missed)[64];
	struct gw_slot (*round)[WITNESSES_MAX];
	struct gw_witness_event witness_event; /* newest fetched */
	uint32_t told_epoch;		       /* of the driver's newest */
	struct gw_witness_event
		key_event; /* the newest that told another key, or how it is known, than the one before */
	uint32_t fetched_events;
	struct gw_node nodes[ENDPOINTS_MAX]; /* of the newest nodes event */
};

struct model *model_new(uint32_t endpoints, uint32_t witnesses);
void model_free(struct model *model);
struct gw_now model_now(const struct model *model);

/* Name of the witness of the slot `slots` after that block. */
const char *model_owner(const struct model *model, int parent, uint32_t slots);
/* A block on `parent` (-1: the first), `slots` slots after it; returns its index. */
int model_block(struct model *model, int parent, uint32_t slots);
/* The same, which holds a witness_update. */
int model_update(struct model *model, int parent, uint32_t slots, const char *owner, const char *key);
/* `n` blocks without a gap; the index of the last. */
int model_run(struct model *model, int parent, uint32_t n);
/* A block in the first slot after the parent that is not the witness's. */
uint32_t model_slot_after(const struct model *model, int parent, const char *witness);
/* Slots from the block to the witness's next slot: 1 is the very next. */
uint32_t model_slots_to(const struct model *model, int parent, const char *witness);

void model_up(struct model *model, uint32_t endpoint);
void model_down(struct model *model, uint32_t endpoint);
/* The node comes to stand at the block and pushes it (header: in that form) at its time; the asks are answered. */
void model_push(struct model *model, uint32_t endpoint, int block);
void model_push_header(struct model *model, uint32_t endpoint, int block);
/* Pushes the blocks after `from` up to `to`, oldest first. */
void model_push_line(struct model *model, uint32_t endpoint, int from, int to);
/* The node stands there, and says nothing. */
void model_stand(struct model *model, uint32_t endpoint, int block);
/* Time passes, a tick each second. */
void model_pass(struct model *model, uint32_t seconds);
/* Takes belief's actions; answers the asks unless they are held. */
void model_drain(struct model *model);
/* Answers what was held, oldest first, from where the nodes stand now. */
void model_release(struct model *model);

/* Answers the oldest of them alone, and goes on holding. */
void model_release_oldest(struct model *model);

/* Signing key of the witness as that block leaves it. */
const char *model_key_at(const struct model *model, int block, const char *witness);
/* Key that blocks sign with and answers show unless an update changed it. */
const char *model_key(const char *witness);

#endif
