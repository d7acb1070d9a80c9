/* SPDX-License-Identifier: MIT
 *
 * Golos Watch plugin ABI, part 1: the plain types.
 *
 * Everything here is data: fixed-width integers, fixed-size text and pointers that are borrowed until the callback
 * that got them returns. Every struct that crosses the boundary begins with its `struct_size`, as the side that
 * filled it compiled it; a later minor version only appends members, and begins them at or after the older struct's
 * end, never in its padding. So that each can grow, none stands inside another or in an array by value: events hold
 * pointers, and lists are arrays of pointers. Two are apart. gw_now is three clocks and never changes. gw_option has no
 * `struct_size`, for a plugin's table of them says its row's size once (`option_size`). All text is UTF-8 and
 * NUL-terminated.
 *
 * Compiles as C11 to C17 and C++11 to C++20.
 */
#ifndef GOLOS_WATCH_TYPES_H
#define GOLOS_WATCH_TYPES_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- results --------------------------------------------------------------------------------------------------- */

/* 0 or one of the negative numbers below. Numbers are never reused. */
typedef int32_t gw_status;

#define GW_OK		   0
#define GW_ERR_INTERNAL	   (-1)	 /* a defect of ours: the value that a missed path leaves behind */
#define GW_ERR_NOMEM	   (-2)	 /* no memory */
#define GW_ERR_SYSTEM	   (-3)	 /* the operating system refused */
#define GW_ERR_SYNTAX	   (-4)	 /* text or bytes that do not have the form they should */
#define GW_ERR_RANGE	   (-5)	 /* a value outside its limits */
#define GW_ERR_NOT_FOUND   (-6)	 /* the thing named does not exist */
#define GW_ERR_DENIED	   (-7)	 /* not granted */
#define GW_ERR_BUSY	   (-8)	 /* a limit of things in flight is reached; try again later */
#define GW_ERR_UNAVAILABLE (-9)	 /* the other side is away */
#define GW_ERR_PROTOCOL	   (-10) /* the other side broke the protocol */
#define GW_ERR_UNSUPPORTED (-11) /* known, and not offered here */
#define GW_ERR_TRUST	   (-12) /* a file or process that others could have changed */
#define GW_ERR_CONFIG	   (-13) /* the configuration is wrong */
#define GW_ERR_TIMEOUT	   (-14) /* no answer in time */

/* ---- sizes of text, terminating NUL included ------------------------------------------------------------------- */

#define GW_ACCOUNT_SIZE 17   /* an account name has 16 characters at most */
#define GW_KEY_SIZE	64   /* a public key as text: prefix and base58 */
#define GW_ID_SIZE	41   /* a block or transaction id: 40 hex digits */
#define GW_TEXT_SIZE	256  /* one sentence */
#define GW_URL_SIZE	2049 /* a witness's url: golosd takes 2048 bytes (STEEMIT_MAX_WITNESS_URL_LENGTH) */

/* The key that takes a witness out of the schedule. */
#define GW_NULL_KEY "GLS1111111111111111111111111111111114T1Anm"

/* ---- time ------------------------------------------------------------------------------------------------------ */

/* The three clocks, read once for the event that carries them. Milliseconds. */
struct gw_now {
	int64_t wall_ms;  /* this machine's UTC clock; may step */
	int64_t mono_ms;  /* never steps; means nothing to another process */
	int64_t chain_ms; /* chain time now, from the arrival of fresh blocks; 0 while unknown */
};

/* ---- blocks ---------------------------------------------------------------------------------------------------- */

/* One slot of the past: who had it, and what became of it. */
struct gw_slot {
	uint32_t struct_size;
	char witness[GW_ACCOUNT_SIZE]; /* "" where the schedule of that time is not known */
	uint8_t filled;		       /* 1: its witness produced */
	uint8_t silent;		       /* 1: its witness produced nothing in the last two rounds */
	uint8_t charged;	       /* 1: missed, and charged (the producer of the next block is not) */
};

/* A `witness_update` seen inside a block. */
struct gw_key_update {
	uint32_t struct_size;
	uint16_t ref_block_num; /* its TaPoS: the low 16 bits of the number of the block that it names */
	char witness[GW_ACCOUNT_SIZE];
	char signing_key[GW_KEY_SIZE];
};

#define GW_BLOCK_CAUGHT_UP 1u /* read after a pause or while the node syncs: it says what was, not what is */

/* A block was applied by the driving endpoint. */
struct gw_block_event {
	uint32_t struct_size;
	uint32_t flags; /* GW_BLOCK_* */
	struct gw_now now;
	uint64_t seq;		   /* rises with every block event; block numbers go back at a fork, this does not */
	uint32_t num;		   /* block number */
	uint32_t undone;	   /* blocks that a fork undid before this one was applied; 0: none */
	int64_t time_s;		   /* block's timestamp, seconds since 1970 UTC */
	char id[GW_ID_SIZE];	   /* "" where not yet known */
	char previous[GW_ID_SIZE]; /* parent's id */
	char witness[GW_ACCOUNT_SIZE]; /* who produced it */
	char signing_key[GW_KEY_SIZE]; /* the key that signed it; "" where not known */
	uint32_t skipped;	       /* slots skipped in a row before this block */
	uint32_t missed_count;	       /* entries of `missed`: the skipped slots, oldest first, 64 at most */
	const struct gw_slot *const *missed;
	uint32_t round_count; /* entries of `round`: the newest slots up to this block's, one round of them at most */
	uint32_t update_count;
	const struct gw_slot *const *round; /* oldest first */
	const struct gw_key_update *const *updates;
	uint32_t scheduled;    /* number of scheduled witnesses; 0 while unknown */
	uint32_t interval_s;   /* the chain's block interval */
	uint32_t driver_epoch; /* rises when another endpoint drives, or when blocks were lost: counts start anew */
	uint32_t irreversible; /* newest irreversible block known; 0: unknown */
};

/* ---- witnesses ------------------------------------------------------------------------------------------------- */

/* Why a witness event was raised. */
#define GW_WITNESS_FETCHED 1 /* an answer of `get_witness_by_account` */

/* Who set the null key. */
#define GW_NULL_NONE	 0 /* the believed key is not the null key */
#define GW_NULL_OPERATOR 1 /* a `witness_update`, or cannot be told: counts as the operator's will */
#define GW_NULL_CHAIN	 2 /* the chain's own rule (`witness_skipping_reset_time`) */

struct gw_witness_event {
	uint32_t struct_size;
	int32_t cause; /* GW_WITNESS_* */
	struct gw_now now;
	char witness[GW_ACCOUNT_SIZE];
	uint32_t endpoint;	 /* who answered: index in the list of nodes */
	uint8_t from_driver;	 /* 1: the driving endpoint answered; counts follow its answers alone */
	uint8_t exists;		 /* 0: the chain has no such witness; nothing below is set */
	uint8_t key_trusted;	 /* 1: `signing_key` comes from a block or stood for a round; 0: a first fetch alone */
	uint8_t null_origin;	 /* GW_NULL_* of `signing_key` */
	uint64_t begun_seq;	 /* `seq` of the newest block event when the fetch began */
	uint32_t begun_block;	 /* and that block's number */
	uint32_t driver_epoch;	 /* as in block events */
	uint64_t key_seq;	 /* `seq` of the block event that last changed the believed key; 0: none seen */
	uint32_t key_block;	 /* and that block's number; 0: none seen */
	uint32_t total_missed;	 /* as fetched */
	uint32_t last_confirmed; /* `last_confirmed_block_num` */
	uint32_t next_own_slot;	 /* slots from the head to the witness's next known one (1 = the very next); 0: none
				    known */
	char signing_key[GW_KEY_SIZE]; /* the key we believe the chain to hold */
	char fetched_key[GW_KEY_SIZE]; /* the node's answer: may be a pending update's */
	char url[GW_URL_SIZE];
};

/* ---- nodes ----------------------------------------------------------------------------------------------------- */

#define GW_BRANCH_UNKNOWN 0
#define GW_BRANCH_SAME	  1
#define GW_BRANCH_OTHER	  2 /* holds another block than the own node at a height that both have */

struct gw_node {
	uint32_t struct_size;
	uint32_t head_num; /* 0 until it sent a block on this connection */
	int64_t head_time_s;
	char head_id[GW_ID_SIZE];
	uint8_t is_own;	   /* the golosd that holds our key: the first of the list */
	uint8_t is_driver; /* its blocks drive the events */
	uint8_t connected; /* connected, and on the right chain */
	uint8_t branch;	   /* GW_BRANCH_*, compared with the own node */
	const char *url;   /* without user and password */
};

/* Raised when a node's connection, head or branch changed. The whole list, own node first. */
struct gw_nodes_event {
	uint32_t struct_size;
	uint32_t count;
	struct gw_now now;
	const struct gw_node *const *nodes;
};

/* ---- readiness: what only the host can know -------------------------------------------------------------------- */

#define GW_READY_UNKNOWN 0
#define GW_READY_YES	 1
#define GW_READY_NO	 2

struct gw_readiness_event {
	uint32_t struct_size;
	uint8_t authority;     /* the signer's keys reach the account's active authority */
	uint8_t golosd_config; /* the own golosd's config names the witness and holds our key; UNKNOWN: not given,
				  unreadable */
	uint8_t journal;       /* the journal can be written */
	uint8_t node; /* the nodes answer what watching and switching need, and no instance of this host is left out */
	struct gw_now now;
	char authority_text[GW_TEXT_SIZE]; /* one sentence each where NO */
	char golosd_config_text[GW_TEXT_SIZE];
	char node_text[GW_TEXT_SIZE];
	char power_text[GW_TEXT_SIZE];
	uint8_t power; /* the account's Golos Power pays for a transaction now; UNKNOWN: the nodes do not tell */
};

/* ---- submissions ----------------------------------------------------------------------------------------------- */

#define GW_OP_WITNESS_UPDATE 11 /* golosd's own number of the operation */
#define GW_OP_FEED_PUBLISH   7

#define GW_INTENT_AUTOMATIC 1 /* carries evidence; goes out as soon as slot safety lets it */
#define GW_INTENT_PLANNED   2 /* wants room before the witness's next slot; TaPoS is the block before the head */

/* What a plugin asks to be signed and broadcast. Only the members of its `operation` are read. */
struct gw_intent {
	uint32_t struct_size;
	int32_t operation;     /* GW_OP_* */
	int32_t mode;	       /* GW_INTENT_* */
	uint32_t evidence_num; /* the block that showed the newest counted miss; 0: the head is named instead */
	char evidence_id[GW_ID_SIZE];
	char witness[GW_ACCOUNT_SIZE];
	char signing_key[GW_KEY_SIZE]; /* witness_update */
	char base[32];		       /* feed_publish: "1.000 GBG" */
	char quote[32];		       /* feed_publish: "N GOLOS" */
};

/* States of a submission, in order; FAILED ends it from any of them. */
#define GW_SUBMISSION_WAITING	   1 /* for the slot, for room, for another's pending update */
#define GW_SUBMISSION_RECORDED	   2 /* in the journal */
#define GW_SUBMISSION_SIGNED	   3 /* the signer signed */
#define GW_SUBMISSION_SENT	   4 /* accepted by a node: pending, in no block */
#define GW_SUBMISSION_IN_BLOCK	   5 /* seen in the block itself */
#define GW_SUBMISSION_IRREVERSIBLE 6 /* that block is irreversible */
#define GW_SUBMISSION_FAILED	   7

/* Reasons of a failure. */
#define GW_FAIL_NONE	    0
#define GW_FAIL_EXPIRED	    1 /* its time passed and no block held it */
#define GW_FAIL_CANCELLED   2 /* the plugin or an operator's hold ended it */
#define GW_FAIL_OVERTAKEN   3 /* another key came into a block, or is pending */
#define GW_FAIL_AUTHORITY   4 /* the node: missing authority; time does not mend it */
#define GW_FAIL_POLICY	    5 /* the signer refused; time does not mend it */
#define GW_FAIL_BANDWIDTH   6 /* the node: bandwidth exceeded; time does not soon mend it */
#define GW_FAIL_REFUSED	    7 /* every node refused it for another reason */
#define GW_FAIL_UNREACHABLE 8 /* no node took it */
#define GW_FAIL_DRY_RUN	    9 /* dry_run: decided, said, not signed */
#define GW_FAIL_INTERNAL    10

struct gw_submission_event {
	uint32_t struct_size;
	int32_t state;	    /* GW_SUBMISSION_* */
	int32_t reason;	    /* GW_FAIL_* */
	uint32_t block_num; /* of the block that holds it; 0: none */
	struct gw_now now;
	uint64_t id;			/* as submit returned it */
	const struct gw_intent *intent; /* what was requested */
	char txid[GW_ID_SIZE];		/* "" before it is signed */
	char text[GW_TEXT_SIZE];	/* one sentence for people */
};

/* ---- notices and commands -------------------------------------------------------------------------------------- */

#define GW_DEBUG    0
#define GW_INFO	    1
#define GW_WARNING  2
#define GW_CRITICAL 3

/* Something to be told to people. `code` is stable and short ("standby_not_ready"); `fields_json` is an object or "".
 */
struct gw_notice_event {
	uint32_t struct_size;
	int32_t severity; /* GW_DEBUG .. GW_CRITICAL */
	struct gw_now now;
	const char *source; /* instance that said it, "host" for the host */
	const char *code;
	const char *text;
	const char *fields_json;
};

#define GW_COMMAND_HOLD	    1
#define GW_COMMAND_RESUME   2
#define GW_COMMAND_TAKEOVER 3
#define GW_COMMAND_TRY	    4 /* do all but what has effects; `status` tells what came of it */
#define GW_COMMAND_PUBLISH  5 /* publish now; `status` tells what comes of it */

/* What an operator ordered over the control socket. */
struct gw_command_event {
	uint32_t struct_size;
	int32_t verb; /* GW_COMMAND_* */
	struct gw_now now;
	int64_t until_s; /* HOLD: wall time at which it ends by itself; 0: never */
	char by[64];	 /* who: user name and uid */
	uint8_t yes;	 /* PUBLISH: even where the instance's own dry_run says not to */
};

struct gw_timer_event {
	uint32_t struct_size;
	uint32_t id; /* as given to timer_set */
	struct gw_now now;
};

#ifdef __cplusplus
}
#endif
#endif
