/* SPDX-License-Identifier: MIT
 *
 * One run of the simulation: the model chain, golosd nodes and watchers on one virtual clock, from one seed. Nothing
 * here knows a rule of the switch: the watchers run the real belief, submission and monitor.
 */
#ifndef SIMULATION_WORLD_H
#define SIMULATION_WORLD_H

#include "chain.h"
#include "monitor.h"

#define OUR_NODES_MAX	5u
#define STANDINS	3u /* golosds that produce for all whose turn comes by virtual time, but ours */
#define GOLOSDS_MAX	(OUR_NODES_MAX + FIRST_BY_TIME + STANDINS + 1)
#define PENDING_MAX	8u
#define JOURNAL_WRITES	128u
#define NOBODY		0xffu
#define SIGNATURES_KEPT 32u
#define LAG_MOST_MS	9000 /* of a golosd */
#define GENESIS_MS	(GENESIS_TIME_S * 1000)

struct world;

/* ---- one golosd ------------------------------------------------------------------------------------------------- */

struct golosd {
	bool alive, in_sync; /* in_sync: since its start */
	bool frozen;	     /* alive, and takes no blocks */
	bool syncs;	     /* it applies old blocks, as fast as it can, and knows of no newer ones */
	bool idle;	     /* does not produce, though it could (a key missing, a wrong config) */
	bool silent;	     /* its pushes are lost: the websocket lives on */
	bool knew_no_key; /* in a state of over a minute ago our active keys are not yet in the account's authority */
	bool watched;	  /* an endpoint of some watcher */
	uint8_t witness, key; /* whose slots it produces in (NOBODY: an API node); key: of OURS */
	uint8_t side;	      /* of a partition: only those of one side hear each other */
	uint32_t lag_ms;      /* added to what it hears */
	int64_t lagged_ms;    /* the end of the newest such time */
	uint32_t slow_ms;     /* it produces so late in its slot; golosd does within 500 */
	uint32_t answer_ms;   /* its answers take so long; 0: as usual */
	uint32_t mute;	      /* bit per ask_type that it does not answer */
	bool errs;	      /* it answers those with an error at once; else with nothing until the deadline */
	uint32_t blocks_back; /* its answers are of a state so many blocks ago: a cache stands before it */
	uint32_t missed_back; /* it answers so many misses fewer than its state has, and does not say so otherwise */
	uint32_t public_back; /* blocks_back before its public address: its own watcher asks golosd itself */
	uint8_t backend; /* 1 + the golosd that answers at its public address (a load balancer stands there); 0: itself
			  */
	uint32_t start;	 /* counts its starts */
	uint32_t head;	 /* block serial */
	uint32_t pending_count;
	uint8_t pending[PENDING_MAX]; /* places in chain.txs */
};

/* ---- one watcher ------------------------------------------------------------------------------------------------ */

/* What is known to be wrong, or was of late: who has none is held to what a healthy node must do. */
struct trouble {
	uint32_t active;
	int64_t until_ms;
};

struct event;

struct link { /* a watcher's connection to a golosd */
	bool up, full, header;
	uint32_t generation;
	int64_t last_push_ms, line_free_ms;
	uint32_t tries;
	int64_t head_time_s;   /* of the node's head as it was pushed or answered last */
	int64_t late_ms;       /* how late the newest block came that did not come on the heels of another */
	uint32_t shown;	       /* serial of the newest block that came over it, pushed or read */
	uint32_t answered;     /* the same, whose state its newest answer told */
	bool pushed;	       /* a block came since it is up */
	int64_t least_late_ms; /* since then: how long after its slot a block came, at best */
};

struct hold {
	bool on;
	int64_t since_ms, until_ms; /* until_ms 0: until resume */
};

enum write_type { WRITE_STORE, WRITE_RECORD, WRITE_PROGRESS, WRITE_NOTICE };

struct journal_write {
	enum write_type type;
	int64_t requested_ms;
	char *text;		/* STORE */
	struct hold hold;	/* STORE: as the text has it */
	uint32_t told;		/* STORE: bit per place in `own_switches` that the text knows of */
	uint64_t over;		/* PROGRESS: this submission is over; 0: none is */
	uint32_t alive_until_s; /* with `over`: it may still come into a block; 0: it cannot */
	bool is_waited;		/* RECORD: the submission goes on with the answer */
	struct submission_record record;
};

struct fake_journal {
	/* the disk, and what it has taken: that outlives the process */
	bool full, hangs;
	bool kills; /* the process dies as its next record is on the disk, and before it hears of it */
	char *store;
	bool open;
	struct submission_record record;
	int32_t cause;		/* of that one: enum monitor_cause */
	uint32_t alive_until_s; /* of the newest that is over */
	uint64_t next_id;
	/* the process's: writes on their way to the disk, the first one under way */
	bool failed; /* people were told that it cannot be written */
	bool stuck;  /* with the first write, past the deadline */
	bool late_is_set;
	uint32_t turn;
	uint32_t first, count;
	struct journal_write writes[JOURNAL_WRITES];
};

/* Which of its keys reach the account's authority, as the process knows. */
struct fake_authorities {
	uint8_t state; /* GW_READY_* */
	bool was_reached, asking, answered;
	int64_t unready_ms; /* of the answer that first said NO */
	uint32_t turn;
};

/* One of its updates that came into a block. */
struct own_switch {
	int64_t ms;
	uint64_t submission;
	uint32_t block; /* serial */
	bool fail_back;
};

struct watcher {
	struct world *world;
	uint8_t index;
	bool alive, cut; /* cut: from every node but by a live socket nothing comes */
	bool stands; /* the process gets no time (a stopped machine): what happens meanwhile comes to it afterwards */
	struct event *waiting;
	uint32_t waiting_count, waiting_room;
	uint32_t start; /* counts its starts: what belongs to an earlier one is not delivered */
	int64_t mono_base_ms, clock_error_ms;
	int64_t stepped_ms; /* when its clock last went wrong */
	uint32_t endpoints;
	uint8_t endpoint[ENDPOINTS_MAX]; /* index of the golosd */
	const char *urls[ENDPOINTS_MAX];
	struct link links[ENDPOINTS_MAX];
	struct belief *belief;
	bool draining, settling;
	struct monitor_options options;
	struct monitor monitor;
	bool host_dry_run;		    /* the host's own; the monitor's is among its options */
	int64_t signed_ms[SIGNATURES_KEPT]; /* a ring: what its signer has in the count file */
	uint32_t signed_count;
	bool made_without_journal;
	struct carrier carrier;
	struct submission_action action; /* the one being carried out: too large for the stack of each event */
	uint32_t alive_until_s;
	struct sim_tx *tx; /* once it is signed */
	uint64_t tx_serial;
	uint32_t timer_turn, wake_turn; /* of the newest timer set: an older one is void */
	struct fake_journal journal;
	struct fake_authorities authorities;
	bool is_blind;	  /* its nodes do not answer what is needed */
	bool lacks_key;	  /* so its golosd's config says */
	bool wants_start; /* its disk hangs: it starts when that ends */
	bool exited;	  /* its key lacks the authority: it starts again when a person says so */

	/* observed */
	struct own_switch own_switches[MONITOR_SWITCHES_MAX]; /* a ring */
	uint32_t own_switch_count;
	uint32_t told, told_kept;  /* bit per place in it: it was told of that one; the journal acknowledged it */
	uint32_t recorded_head;	   /* number of its own node's head when the submission was recorded */
	uint64_t recorded;	   /* newest submission whose record the journal acknowledged */
	uint64_t refused_record;   /* newest submission that went on though the journal did not take its record */
	uint32_t unrecorded_sends; /* by this process, since the journal was last written */
	bool forgot;		   /* it died before all that it knew was on the disk */
	int64_t start_ms;
	int64_t takeover_ms; /* the operator's newest order */
	struct trouble trouble;
	uint32_t key_set;	      /* blocks that set its key, by whomever: max_switches cannot tell */
	int64_t ill_since_ms, ill_ms; /* it could not have taken over: since when (0: it could), and last */
	struct hold hold, hold_kept;  /* the operator's word; as the journal has acknowledged it */
	bool blind;		      /* it began, or its belief did anew, and no block has come since */
	int64_t counts_ms;	      /* when it began to count under the present key */
	int64_t anew_ms;	      /* when that block came: what lies before is known from answers alone */
	int32_t cause;		      /* enum monitor_cause of the submission under way */
	uint32_t sends, switches;
	const char *last_code;
	int64_t landed_said_ms;	 /* newest cancelled_switch_landed */
	int64_t read_ms;	 /* newest block that it read after a pause, and was not pushed */
	int64_t unowned_ms;	 /* newest block with a gap before which nobody had told it the order */
	int64_t tried_ms;	 /* when it last sent a switch that was new */
	int64_t first_missed_ms; /* newest first_slots_missed */
	int64_t key_produced_ms; /* newest block by its key */
	int64_t doubt_said_ms;	 /* newest null_in_doubt */
	int64_t doubles_said_ms; /* newest two_blocks_for_one_slot */
	uint32_t own_told[MONITOR_OWN_BLOCKS_MAX],
		own_told_count; /* a ring: serials of blocks of OURS that its monitor was told of */
	int64_t producing_said_ms;
	uint32_t criticals;
	char codes[512]; /* codes of notices said, each once */
};

/* ---- the older script, for comparison --------------------------------------------------------------------------- */

struct older {
	int64_t baseline;
	int64_t window_ms;
};

/* ---- observation ------------------------------------------------------------------------------------------------ */

enum invariant {
	INVARIANT_NONE,
	NEVER_TWO_SWITCHES,
	NEVER_AWAY_FROM_HEALTHY,
	OPERATORS_WILL,
	PRODUCTION_RESUMES,
	CALM_AFTER_FAULTS,
	NO_BLOCK_LOST_BY_A_SWITCH,
	NO_TAKEOVER_ACROSS_PARTITION,
};

struct world_options {
	uint64_t seed;
	struct chain_rules rules;
	uint32_t our_nodes;		/* 2 .. OUR_NODES_MAX */
	struct monitor_options monitor; /* the same on each; key and order are filled in */
	bool ordered;
	bool same_key;		 /* the first and the last node have one and the same witness_pubkey */
	uint32_t dry_run;	 /* 1 + the node that signs nothing; 0: none */
	bool public_endpoint;	 /* each watcher has a second endpoint: another one's node */
	bool foreign_node;	 /* there is a golosd with KEY_FOREIGN */
	bool golosd_config;	 /* each watcher reads its golosd's config when it starts, and when it is told to */
	bool peers;		 /* each watcher has its peers' nodes as endpoints */
	bool older;		 /* the older script instead of ours */
	uint32_t random_misses;	 /* of 100,000 slots, each missed though its node is well */
	uint32_t late_answers;	 /* of 100,000, each up to 10 s late */
	uint32_t lost_sends;	 /* of 100,000 */
	uint32_t max_signatures; /* of a signer within an hour, and one more by an operator's order */
	bool troubles_told;	 /* what is not told as trouble is well */
	bool no_evidence;	 /* a switch names the irreversible block, as wallets do */
	bool trace;
};

/* What took place, so that nobody takes a fault for tested that never came. */
#define FAULTS_MAX 48
struct tally {						     /* numbers alone: they are summed as a list */
	uint32_t faults[FAULTS_MAX];			     /* of each kind of faults.c */
	uint32_t for_misses, for_null, by_order, fail_backs; /* switches in blocks */
	uint32_t fail_backs_unjudged; /* of those sent, unseen by the watcher how the key moved */
	uint32_t without_journal;     /* switches sent */
	uint32_t refused;	      /* for want of authority, by a node or before signing */
	uint32_t unsigned_for_budget; /* the hour's signatures were used up */
	uint32_t resumed;	      /* followed by a process after the one that recorded it */
	uint32_t dry_runs;	      /* switches that a dry run said and did not make */
	uint32_t astray,
		astray_other; /* answers of another branch than the node showed; with other misses or another key */
	/* how often an invariant had something to judge */
	uint32_t with_order;	   /* switches for misses by nodes that have an order */
	uint32_t judged_order;	   /* switches in order while some node was well throughout */
	uint32_t judged_landings;  /* switches that landed over the operator's word, and people had to be told */
	uint32_t pending_slots;	   /* slots of ours that came while an update was pending */
	uint32_t twins;		   /* blocks with the switches of two backups */
	uint32_t judged_doubles;   /* a watcher was told of two blocks for one slot */
	uint32_t judged_producers; /* runs at whose end two nodes with one key could produce */
};

#define TRACE_LINES 3000u
#define TRACE_WIDTH 200u

struct world {
	struct world_options options;
	struct dice dice;
	int64_t now_ms; /* since the genesis block's second */
	uint64_t events_made;
	struct event *events; /* a heap */
	uint32_t event_count, event_room;
	struct chain chain;
	uint32_t golosd_count;
	struct golosd golosds[GOLOSDS_MAX];
	uint8_t public_node; /* the golosd that is everybody's second endpoint, where there is one */
	struct watcher watchers[OUR_NODES_MAX];
	struct older older[OUR_NODES_MAX];
	bool stopped; /* nobody produces: a chain-wide outage */
	/* for so many slots after an outage people run their nodes with enable-stale-production and without
	 * required-participation: else golosd's nodes would stand for good */
	uint32_t stale_slots;
	bool no_room; /* blocks hold no transactions: they stay pending */
	bool dead_witness[WITNESSES_ALL];
	uint32_t idle_slots; /* OURS alone: so many of 100,000 of its slots are missed by the holder of the key */

	/* observed */
	enum invariant broken;
	char broken_text[512];
	uint32_t lost_blocks;	 /* slots of OURS without a block on the side that counts, since reset */
	uint32_t hurried;	 /* of them, those so soon after another one that nobody could act between */
	int64_t lost_ms;	 /* newest of them */
	uint32_t own_slots;	 /* slots of OURS seen, since reset */
	uint32_t pending_losses; /* slots of OURS lost to a pending update of ours */
	int64_t last_ours_ms;	 /* newest block of OURS */
	uint8_t last_ours_key;
	uint32_t producers; /* bit per golosd that made a block of OURS since the faults are over */
	int64_t last_send_ms;
	uint32_t switches; /* updates in blocks by our nodes */
	uint8_t switched_to;
	int64_t switched_ms;
	int8_t landed_by; /* whose update landed over the operator's word; -1: nobody's */
	uint32_t landed_start;
	int64_t landed_ms;
	struct tally tally;
	struct trouble trouble; /* of the chain, or of whoever holds the key */
	bool judged;		/* the invariants are checked (not with the older script) */
	uint32_t wrong_side;	/* updates in blocks whose branch did not show the misses */
	char (*lines)[TRACE_WIDTH];
	uint32_t line_count;
};

struct world *world_new(const struct world_options *options);
void world_free(struct world *world);
struct world_options world_defaults(uint64_t seed);
/* Until that many ms of virtual time have passed, or an invariant broke. */
void world_run(struct world *world, int64_t ms);
void world_trace(struct world *world, const char *fmt, ...) PRINTF_LIKE(2, 3);
void world_break(struct world *world, enum invariant invariant, const char *fmt, ...) PRINTF_LIKE(3, 4);
const char *invariant_name(enum invariant invariant);

/* The newest block of the side that most witnesses are on. */
const struct sim_block *world_head(const struct world *world);

/* ---- events ----------------------------------------------------------------------------------------------------- */

enum event_type {
	EVENT_SLOT,
	EVENT_PRODUCE,	   /* who: golosd, late in its slot */
	EVENT_HEAR,	   /* who: golosd, block */
	EVENT_HEAR_TX,	   /* who: golosd, place */
	EVENT_SYNC,	   /* who: golosd, start: it applies the next of its old blocks */
	EVENT_PUSH,	   /* who: watcher, endpoint, block */
	EVENT_HANDLE,	   /* who: watcher, endpoint, ask: the node looks at its state */
	EVENT_ANSWER,	   /* the same, on its way back */
	EVENT_CONNECT,	   /* who: watcher, endpoint */
	EVENT_LOST,	   /* who: watcher, endpoint: its connection is gone */
	EVENT_TICK,	   /* who: watcher */
	EVENT_TIMER,	   /* who: watcher: the submission's */
	EVENT_WAKE,	   /* who: watcher: the monitor's */
	EVENT_DISK,	   /* who: watcher: the oldest write is done, or is tried again */
	EVENT_LATE,	   /* who: watcher: is the oldest write late? */
	EVENT_AUTHORITIES, /* who: watcher: its authorities's timer */
	EVENT_DRY_RUN,	   /* who: watcher: what it would sign and does not */
	EVENT_EXIT,	   /* who: watcher: it ends by itself */
	EVENT_RESTART,	   /* who: watcher: its supervisor starts it again */
	EVENT_SEND,	   /* who: watcher, endpoint, place */
	EVENT_SENT,	   /* its answer */
	EVENT_POLL,	   /* who: watcher: the older script's */
};

enum ask_type { ASK_HEAD, ASK_SCHEDULE, ASK_WITNESS, ASK_BLOCK, ASK_FOR_SUBMISSION, ASK_ACCOUNT };

struct event {
	int64_t at_ms;
	uint64_t order;
	uint8_t type, who, endpoint, ask, key; /* key: signing_key, or whether the authority is reached, as answered */
	bool given;			       /* an answer came */
	uint32_t start, generation, turn;      /* of the watcher, its connection, its timer */
	uint32_t block, num;
	uint64_t ticket, id; /* id: of the submission */
};

void world_at(struct world *world, int64_t delay_ms, const struct event *event);

/* ---- golosd.c --------------------------------------------------------------------------------------------------- */

void golosd_slot(struct world *world);
/* Nobody produces, or all do again, however long it was. */
void golosds_stand(struct world *world, bool stand);
void golosd_produce(struct world *world, uint8_t who);
void golosd_hear(struct world *world, uint8_t who, uint32_t serial);
void golosd_hear_tx(struct world *world, uint8_t who, uint8_t place);
enum send_result golosd_take(struct world *world, uint8_t who, uint8_t place);
/* The signing key of OURS in state with pending transactions. */
uint8_t golosd_pending_key(const struct world *world, uint8_t who);
/* What it holds pending reaches those that it hears now. */
void golosd_broadcast_again(struct world *world, uint8_t who);
void golosd_stop(struct world *world, uint8_t who);
void golosd_start(struct world *world, uint8_t who);
/* It is back so many blocks behind the chain, and reads them from its peers. */
void golosd_start_behind(struct world *world, uint8_t who, uint32_t blocks);
void golosd_sync(struct world *world, uint8_t who, uint32_t start);
void golosd_freeze(struct world *world, uint8_t who, bool frozen);
/* What is irreversible to it is not the chain's: no block brings it back, and its operator has it replay. */
void golosd_replay_if_astray(struct world *world, uint8_t who);
/* Which side of a partition it is on. */
void golosd_move(struct world *world, uint8_t who, uint8_t side);

/* ---- watcher.c -------------------------------------------------------------------------------------------------- */

void watcher_start(struct world *world, uint8_t who);
void watcher_stop(struct world *world, uint8_t who); /* kill -9 */
void watcher_free(struct watcher *watcher);
void watcher_event(struct world *world, const struct event *event);
void watcher_stands(struct world *world, uint8_t who, bool stands);
void watcher_node_lost(struct world *world, uint8_t golosd);
/* The golosd applied a block. */
void watcher_push(struct world *world, uint8_t golosd, uint32_t serial);
void watcher_disk_is_full(struct world *world, uint8_t who, bool full);
/* Its next switch is recorded, and it dies before it is sent. */
void watcher_dies_at_its_record(struct world *world, uint8_t who, bool dies);
void watcher_disk_hangs(struct world *world, uint8_t who, bool hangs);
/* Its active key is, or is not, in the account's authority; an operator starts again what ended for want of it. */
void watcher_has_authority(struct world *world, uint8_t who, bool has);
/* The operator had it reload: its golosd's config may have changed. */
void watcher_reads_config(struct world *world, uint8_t who);
gw_status watcher_order(struct world *world, uint8_t who, int32_t verb, int64_t for_s);
bool watcher_said(const struct watcher *watcher, const char *code);

/* ---- older.c ---------------------------------------------------------------------------------------------------- */

void older_poll(struct world *world, const struct event *event);

/* ---- operator.c: what a person does with his wallet ------------------------------------------------------------- */

void operator_update(struct world *world, uint8_t key);
/* The same through that golosd alone, and dead so many seconds after its head. */
void operator_update_at(struct world *world, uint8_t key, uint8_t who, uint32_t life_s);

#endif
