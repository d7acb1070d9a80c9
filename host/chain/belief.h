/* SPDX-License-Identifier: MIT
 *
 * What the host believes about the chain: head, forks, schedule, witnesses, keys. docs/design.md "From a block to a
 * switch", 1 to 4. Pure: events in, actions out; no socket, no clock, no file. It allocates
 * for the queue of actions and for the blocks that wait while older ones are read (64 at most). One thread.
 *
 * The host feeds what its nodes send, then drains belief_next until it returns false: asks go to the nodes and come
 * back with their ticket; raises go to the plugins (and to the submission).
 */
#ifndef CHAIN_BELIEF_H
#define CHAIN_BELIEF_H

#include "node/answers.h"

#define ENDPOINTS_MAX	 8
#define CATCH_UP_MAX	 1200 /* blocks read with get_block after a pause; beyond that the count starts anew */
#define CHECK_INTERVAL_S 30   /* a watched witness is fetched at least so often */

struct belief;

struct belief_options {
	uint32_t endpoints;	 /* 1..ENDPOINTS_MAX; endpoint 0 is the own node */
	const char *const *urls; /* of each, for events; borrowed for the belief's life */
	uint32_t witnesses_max;	 /* how many can be watched */
	char chain_id[65];	 /* hex; a node of another chain is refused */
	/* The chain's figures where they are known beforehand; 0: the own node tells them, and till then the first
	 * endpoint that is up. */
	uint32_t interval_s, max_witnesses;
};

/* Never NULL. */
struct belief *belief_new(const struct belief_options *options);
void belief_free(struct belief *belief);

/* Starts watching, or raises the number of endpoints asked about it. Fetches it when a driver is there. The last
 * witness event is raised anew for it, so that a second watcher sees what the first one saw, and the next block has it
 * fetched: what is asked before a watcher's first block tells it nothing of that block.
 * GW_ERR_BUSY: witnesses_max reached. */
NODISCARD gw_status belief_watch(struct belief *belief, const char *witness, uint32_t endpoints);

/* Forgets the witnesses that nobody needs: is_needed is asked about each. */
void belief_retain(struct belief *belief, bool (*is_needed)(void *context, const char *witness), void *context);

/* ---- events in ------------------------------------------------------------------------------------------------- */

/* A connection is up and its get_config has been read. GW_ERR_PROTOCOL: another chain id, prefix, or figures that are
 * not the chain's (*err says); the endpoint then counts as down. Where the own node has other figures than an endpoint
 * before it told, the endpoints that are up are dropped and the count starts anew. */
NODISCARD gw_status belief_up(struct belief *belief, uint32_t endpoint, const struct chain_answer *chain,
			      const struct gw_now *now, struct error *err);
void belief_down(struct belief *belief, uint32_t endpoint, const struct gw_now *now);
/* Just before belief_down: the connection ends because a message on it was refused as too big or no JSON. The block
 * that was asked for is then tried once more, and after that its header is. */
void belief_unreadable(struct belief *belief, uint32_t endpoint);
/* A pushed block. full: from a `full` subscription. */
void belief_block(struct belief *belief, uint32_t endpoint, const struct block *block, const struct gw_now *now);
/* It has answered that it does not have what it was asked for (a plugin that is not enabled): another one drives, where
 * there is one, as long as it is connected. */
void belief_lacks(struct belief *belief, uint32_t endpoint, const struct gw_now *now);
/* Time passes: once a second. */
void belief_tick(struct belief *belief, const struct gw_now *now);

/* Answers to asks, by ticket. A ticket that is no longer waited for is ignored. NULL: no answer came, or one that
 * could not be read; belief asks again by its own rules. A block of number 0: the node does not have it. */
void belief_head_answer(struct belief *belief, uint64_t ticket, const struct head_answer *answer,
			const struct gw_now *now);
void belief_schedule_answer(struct belief *belief, uint64_t ticket, const struct schedule_answer *answer,
			    const struct gw_now *now);
void belief_witness_answer(struct belief *belief, uint64_t ticket, const struct witness_answer *answer,
			   const struct gw_now *now);
void belief_block_answer(struct belief *belief, uint64_t ticket, const struct block *answer, const struct gw_now *now);

/* ---- actions out ----------------------------------------------------------------------------------------------- */

enum belief_action_type {
	BELIEF_SUBSCRIBE,     /* endpoint, full: (the only or a further) block subscription */
	BELIEF_ASK_HEAD,      /* endpoint, ticket: get_dynamic_global_properties */
	BELIEF_ASK_SCHEDULE,  /* endpoint, ticket: get_witness_schedule */
	BELIEF_ASK_WITNESS,   /* endpoint, ticket, witness: get_witness_by_account */
	BELIEF_ASK_BLOCK,     /* endpoint, ticket, num, full: get_block, or else get_block_header */
	BELIEF_RAISE_BLOCK,   /* event.block */
	BELIEF_RAISE_WITNESS, /* event.witness */
	BELIEF_RAISE_NODES,   /* event.nodes */
	BELIEF_NOTICE,	      /* severity, code, text */
	BELIEF_DROP,	      /* endpoint, text: it can no longer be trusted; close and connect anew */
};

struct belief_action {
	enum belief_action_type type;
	uint32_t endpoint;
	bool full;
	uint64_t ticket;
	uint32_t num;
	char witness[GW_ACCOUNT_SIZE];
	int32_t severity;
	const char *code;
	char text[GW_TEXT_SIZE];
	/* Pointers inside live until the next belief_* call. */
	union {
		struct gw_block_event block;
		struct gw_witness_event witness;
		struct gw_nodes_event nodes;
	} event;
	/* BELIEF_RAISE_BLOCK: transactions of the block (ids and signatures), for the submission; may be empty */
	const struct block_transaction *transactions;
	size_t transaction_count;
};

bool belief_next(struct belief *belief, struct belief_action *ret);

/* ---- what the submission and the chain service look at --------------------------------------------------------- */

#define VIEW_SLOTS_MAX 64

enum slot_owner { SLOT_UNKNOWN, SLOT_OURS, SLOT_OTHER };

/* The chain as one witness's submission needs to see it, from the driving endpoint. */
struct chain_view {
	bool valid; /* a head is known, and an endpoint whose blocks are followed */
	uint32_t head_num;
	char head_id[GW_ID_SIZE];
	/* newest block before the head whose gap charged the witness nothing, as far as is known, and at best nobody:
	 * what an order names, for a rule names the block of a miss */
	uint32_t unmissed_num;
	char unmissed_id[GW_ID_SIZE];
	int64_t head_time_s;
	uint32_t interval_s;
	uint32_t scheduled;	       /* number of scheduled witnesses */
	uint32_t irreversible;	       /* 0: unknown */
	int64_t next_slot_time_s;      /* time of slots[0]: the first slot after chain time now */
	uint8_t slots[VIEW_SLOTS_MAX]; /* enum slot_owner of the slots from next_slot_time_s on */
	char signing_key[GW_KEY_SIZE]; /* believed; "" unknown */
	uint32_t driver_epoch;	       /* as in block events */
	uint64_t seq;
	int64_t schedule_old_ms; /* so long nobody has reported it since it may have changed; 0: it is known */
};
void belief_view(const struct belief *belief, const char *witness, const struct gw_now *now, struct chain_view *ret);

/* Whose slot is the n-th after the head (1: the next). GW_ERR_UNAVAILABLE: beyond what the schedule tells. */
NODISCARD gw_status belief_slot(const struct belief *belief, uint32_t n, char ret_witness[GW_ACCOUNT_SIZE]);

/* The three clocks: fills now->chain_ms from wall_ms and mono_ms already set. Chain time is the head's time plus what
 * passed on the monotonic clock since, by the least delayed of the newest fresh blocks. */
void belief_clock(const struct belief *belief, struct gw_now *now);

/* The endpoint to ask of a witness, of the schedule: the driver, and after each turn that failed the next of those that
 * are up and report of witnesses; where none does, of those that are up; -1: none is. */
int belief_endpoint(const struct belief *belief, uint32_t turn);
/* The same among those in sync: a node that syncs answers of the past. */
int belief_endpoint_in_sync(const struct belief *belief, uint32_t turn);
/* Endpoint whose blocks drive the events; -1: none. */
int belief_driver(const struct belief *belief);
/* Its newest block says what is, not what was, by chain time and by this machine's clock: what it answers is of the
 * present, and the host may end by it. */
bool belief_in_sync(const struct belief *belief, uint32_t endpoint);
/* True: whoever drives does not tell of the witness, or of the order of witnesses, though it is connected and can be
 * asked: misses would not be seen, or no safe moment to switch. ret_why is one sentence that names it. */
bool belief_is_blind(const struct belief *belief, const char *witness, const struct gw_now *now,
		     char ret_why[GW_TEXT_SIZE]);
/* Snapshot of the nodes, as in gw_nodes_event; pointers live until the next belief_* call. */
const struct gw_nodes_event *belief_nodes(struct belief *belief);
/* Last raised event of a watched witness; NULL: none yet. */
const struct gw_witness_event *belief_witness(const struct belief *belief, const char *witness);

#endif
