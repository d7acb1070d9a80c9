/* SPDX-License-Identifier: MIT
 *
 * The rules of a switch. docs/design.md "The rules of a switch". Pure: state in, event in, actions out; no clock, no
 * I/O, no allocation. Includes the ABI's plain types and libc, nothing else. One rule a function, named as
 * docs/design.md names it. The state is plain data without pointers: it can be copied, compared and searched.
 */
#ifndef MONITOR_H
#define MONITOR_H

#include <golos_watch/types.h>
#include <stdbool.h>

#define MONITOR_PRIORITY_MAX   16
#define KEPT_MISSES	       9 /* so many more than allowed_misses */
#define MONITOR_MISSES_MAX     (100 + KEPT_MISSES)
#define MONITOR_GAPS_MAX       64 /* blocks remembered whose gap held a slot of the witness: more than 1,200 blocks hold */
#define MONITOR_HEADS_MAX      16 /* newest heads, to date an answer by the block at which it was requested */
#define MONITOR_NODES_MAX      8
#define MONITOR_SWITCHES_MAX   32 /* of a day: max_switches, 24 at most, and those by which it is lifted */
#define MONITOR_OWN_BLOCKS_MAX 8

struct monitor_options {
	char witness[GW_ACCOUNT_SIZE];
	char witness_pubkey[GW_KEY_SIZE];
	char priority[MONITOR_PRIORITY_MAX][GW_KEY_SIZE];
	uint32_t priority_count;
	int64_t miss_window_s;	    /* 3600 */
	uint32_t allowed_misses;    /* 1 */
	uint32_t max_gap;	    /* 3 slots */
	int64_t max_head_age_s;	    /* 6 */
	int64_t max_clock_skew_s;   /* 3 */
	uint32_t min_participation; /* 34 %: golosd produces only above a third */
	int64_t takeover_step_s;    /* 0: one round of the schedule */
	uint32_t max_switches;	    /* 3 a day */
	uint32_t confirm_nodes;	    /* 1 */
	bool null_takeover;	    /* on_null_key: takeover (true) or stay */
	bool preempt;
	int64_t preempt_delay_s; /* 3600 */
	bool dry_run;
};

enum monitor_action_type {
	MONITOR_SUBMIT, /* intent */
	MONITOR_CANCEL, /* text: why; the submission in flight */
	MONITOR_NOTICE, /* severity, code, text */
	MONITOR_SAVE,	/* the state worth keeping changed: monitor_save */
	MONITOR_WAKE,	/* delay_ms: a timer event is wanted then */
};

struct monitor_action {
	enum monitor_action_type type;
	int32_t severity;
	const char *code; /* static text */
	int64_t delay_ms;
	char text[GW_TEXT_SIZE];
	struct gw_intent intent;
};

#define MONITOR_ACTIONS_MAX 28
struct monitor_actions { /* the caller empties it before each call */
	uint32_t count;
	struct monitor_action list[MONITOR_ACTIONS_MAX];
};

/* ---- the state -------------------------------------------------------------------------------------------------
 * What only the rules read: plain data, no pointers. Every byte is set by monitor_init, padding included. */

struct monitor_block_ref {
	int64_t time_s;
	uint32_t num;
	char id[GW_ID_SIZE]; /* "" while not known */
};

/* A miss, by the block whose gap held the slot, or the block of the answer before the one that reported it. */
struct monitor_miss {
	struct monitor_block_ref block;
	uint64_t loose_seq; /* the block event at which an answer reported it, and no block yet; 0: a block dates it */
};

/* A block whose gap held slots of the witness, or slots of an owner not known. */
struct monitor_gap {
	struct monitor_block_ref block;
	uint64_t seq;
	uint32_t reported;   /* slots of the witness that answers have reported */
	uint32_t unreported; /* charged slots that an answer may still report */
	uint32_t guessed;    /* how many of them are its share of slots whose owners are not known */
	uint8_t halt;	     /* the chain stood: they are not counted */
	uint8_t reserved[3];
};

struct monitor_chain {
	struct monitor_block_ref head;
	struct monitor_block_ref recent[MONITOR_HEADS_MAX]; /* oldest first */
	uint64_t seq;
	uint64_t doubt_seq; /* of the last block that came with a fork, from another node, or was read after a pause */
	uint32_t recent_count;
	uint32_t scheduled; /* witnesses of a round; 0: no node reports the schedule */
	uint32_t interval_s;
	uint32_t irreversible;
	uint32_t others;	 /* slots of other witnesses in the last round, as far as it was seen */
	uint32_t others_filled;	 /* of them, those filled */
	uint32_t epoch;		 /* driver_epoch of the newest block */
	uint8_t stands_reported; /* people know that the irreversible block stands */
	uint8_t driver;		 /* 1 + place among `nodes` of the newest driving one; 0: none yet */
};

struct monitor_counting {
	int64_t total;			 /* total_missed of the newest answer, less what a fork undid since */
	struct monitor_block_ref answer; /* the block at which that answer was requested */
	uint64_t answer_seq;		 /* answers requested before it count nothing */
	uint32_t epoch;			 /* driver_epoch of that answer; 0: a process before this one had it */
	uint32_t miss_count;
	uint32_t gap_count;
	uint8_t has_total;
	struct monitor_miss misses[MONITOR_MISSES_MAX]; /* in the order in which they were reported */
	struct monitor_gap gaps[MONITOR_GAPS_MAX];	/* oldest first; also of signing keys before */
};

/* A block of the witness. */
struct monitor_own_block {
	struct monitor_block_ref block;
	char key[GW_KEY_SIZE]; /* that signed it; "" not known */
};

struct monitor_witness_state {
	char key[GW_KEY_SIZE];	      /* the signing key that we believe the chain to hold; "" unknown */
	char missed_key[GW_KEY_SIZE]; /* the newest signing key under which a slot was missed; "" none */
	int64_t key_since_s;	      /* chain time */
	uint32_t confirmed;	      /* last_confirmed_block_num of the newest answer */
	uint32_t seen;		      /* newest block of the witness that we saw; 0: none, or undone */
	uint32_t produced;	      /* the same, signed with the present key */
	uint32_t next_own_slot;
	uint8_t answered;
	uint8_t exists;
	uint8_t key_trusted;
	uint8_t key_in_block; /* a block that this process saw of the node it follows set it, or was signed with it */
	uint8_t null_origin;
	uint32_t own_block_count;
	struct monitor_own_block own_blocks[MONITOR_OWN_BLOCKS_MAX]; /* the witness's newest, undone ones too */
};

struct monitor_node {
	struct monitor_block_ref head;
	int64_t total_missed; /* -1: it has not answered */
	uint32_t answered_at; /* number of its head when it answered */
	char key[GW_KEY_SIZE];
	uint8_t is_own;
	uint8_t is_driver;
	uint8_t connected;
	uint8_t branch;
};

enum monitor_cause { MONITOR_NOT_DUE, MONITOR_DUE_MISSES, MONITOR_DUE_NULL, MONITOR_DUE_FAIL_BACK, MONITOR_BY_COMMAND };

struct monitor_due {
	int64_t since_s; /* chain time since which a cause stands, or enough misses under this signing key; 0: none */
	int32_t cause;	 /* enum monitor_cause */
	uint32_t held;	 /* bit per guard, as people heard */
	uint8_t dry_run_reported;
};

struct monitor_attempt {
	uint64_t id;	       /* 0: not known yet */
	int64_t not_before_ms; /* monotonic; the next try */
	int64_t late_until_s;  /* chain time until which a cancelled transaction may still come into a block */
	char key[GW_KEY_SIZE]; /* the signing key it was to replace */
	int32_t state;	       /* GW_SUBMISSION_*; 0: none in flight */
	uint32_t failures;     /* in a row */
	uint8_t cause;	       /* enum monitor_cause of the newest one; a restart knows it */
	uint8_t cancelled;
	uint8_t adopted;       /* begun by a process before this one */
	uint8_t refused;       /* for a reason that time does not soon mend: a change of readiness may */
	uint8_t landed;	       /* a block held it; where a fork undoes that block, golosd has it as pending again */
	uint8_t unseen;	       /* blocks that may hold it were not seen */
	uint8_t command_waits; /* a takeover by command waits, and the host has not recorded it */
};

struct monitor_switches {
	uint32_t count;
	uint8_t first_pending;	/* our key is the signing key and we have not produced yet */
	uint8_t first_missed;	/* the first two own slots were missed, or our key was taken away for the first: last in
				   order until we have produced */
	uint8_t rules_moved;	/* fail-back: since our key was the signing key, rules alone moved production */
	uint8_t preempted;	/* fail-back: done once; anew after a whole day of production */
	uint8_t missed_in_sync; /* own slots missed in a row while our golosd was well: 2 and more count alike */
	struct monitor_block_ref list[MONITOR_SWITCHES_MAX]; /* blocks that hold an update to our key; oldest first */
};

#define MONITOR_NEVER INT64_MAX

struct monitor_ready {
	int64_t bad_since_ms;  /* monotonic; MONITOR_NEVER: it is not */
	int64_t well_since_ms; /* the same; a hiccup does not end it */
	int64_t reported_ms;
	uint8_t reported; /* people know that it is not ready */
	uint8_t unreadable_reported;
	uint8_t produces;		/* our key was the signing key when it was looked at last */
	struct gw_readiness_event host; /* what the host told last */
};

struct monitor_hold {
	int64_t until_s; /* chain time; 0: until resume */
	uint8_t on;
	char by[64];
};

struct monitor {
	struct monitor_options options;
	struct monitor_chain chain;
	struct monitor_counting counting;
	struct monitor_witness_state witness;
	struct monitor_due due;
	struct monitor_attempt attempt;
	struct monitor_switches switches;
	struct monitor_ready ready;
	struct monitor_hold hold;
	struct monitor_node nodes[MONITOR_NODES_MAX];
	uint32_t node_count;
	uint8_t unpersisted; /* what survives a restart changed: MONITOR_SAVE is wanted */
	int64_t wake_ms;     /* monotonic: a timer is wanted then; 0: none */
};

/* Warns (in `out`) of what the options leave weak: no `order` among several backups. */
void monitor_init(struct monitor *m, const struct monitor_options *options, struct monitor_actions *out);

void monitor_block(struct monitor *m, const struct gw_block_event *event, struct monitor_actions *out);
void monitor_witness(struct monitor *m, const struct gw_witness_event *event, struct monitor_actions *out);
void monitor_nodes(struct monitor *m, const struct gw_nodes_event *event, struct monitor_actions *out);
void monitor_readiness(struct monitor *m, const struct gw_readiness_event *event, struct monitor_actions *out);
void monitor_submission(struct monitor *m, const struct gw_submission_event *event, struct monitor_actions *out);
void monitor_timer(struct monitor *m, const struct gw_now *now, struct monitor_actions *out);
/* GW_OK or why not; ret_text says it either way. */
gw_status monitor_command(struct monitor *m, const struct gw_command_event *event, char ret_text[GW_TEXT_SIZE],
			  struct monitor_actions *out);
/* The host could not take the intent (busy, denied): as a failed submission. */
void monitor_submit_failed(struct monitor *m, gw_status status, const struct gw_now *now, struct monitor_actions *out);
const char *monitor_refusal_text(gw_status status);
void monitor_submit_taken(struct monitor *m, uint64_t id);

/* The state that survives a restart: misses of the window, switches of the day, hold, until when a cancelled transaction may
 * land, pre-emption; the host reports one in flight. One versioned text, NUL-terminated. monitor_load refuses what it
 * cannot read whole (GW_ERR_SYNTAX) and changes nothing.
 */
#define MONITOR_SAVE_SIZE 16384
gw_status monitor_save(const struct monitor *m, char ret[MONITOR_SAVE_SIZE]);
gw_status monitor_load(struct monitor *m, const char *text, size_t len);

/* State for people, a JSON object. GW_ERR_RANGE: it does not fit. */
gw_status monitor_status(const struct monitor *m, const struct gw_now *now, char *ret, size_t cap);

#endif
