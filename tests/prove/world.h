/* SPDX-License-Identifier: MIT
 *
 * A small world for the search of tests/prove: one witness on a model chain with a slot in every round of ROUND, two or
 * three nodes of it, each a golosd and a watcher. A watcher's monitor, submission and belief of keys are the host's own
 * modules. Plain data without pointers: a state is copied, hashed and compared as bytes. Time is virtual; nothing is
 * drawn at random.
 *
 * Modelled by hand, because they allocate: the rest of belief (driver, window, view) and the host's submitter.
 */
#ifndef PROVE_WORLD_H
#define PROVE_WORLD_H

#include <stdbool.h>
#include <stdio.h>

#include "chain/witnesses.h"
#include "monitor.h"
#include "submission/carrier.h"

#define NODES_MAX   3
#define PUBLIC	    NODES_MAX /* one more golosd, that holds no key: the second endpoint of every watcher */
#define GOLOSDS_MAX (NODES_MAX + 1)
#define OWN	    0 /* endpoints of a watcher */
#define OTHER	    1
#define LINKS_MAX   2
#define ROUND	    4 /* slots in a round; the witness has the one whose number divides by it */
#define INTERVAL_S  3
#define TICK_MS	    1000
#define BLOCKS_MAX  24 /* newest blocks of the chain that are kept: a golosd further behind tells nothing */
#define CATCH_UP    12 /* blocks that a watcher follows after a pause; 1,200 in the product */
#define ORPHANS_MAX 4  /* and of those that forks undid */
#define TXS_MAX	    6
#define UPDATES_MAX 3
#define WITNESS	    "foo"
#define OPERATOR    NODES_MAX /* who sent a transaction, beside the nodes */

/* A signing key: that of a node by its number, or one of these. */
enum { KEY_NULL = NODES_MAX, KEY_UNKNOWN };

/* Why a node sends its update. */
enum sake { BY_MISSES, BY_FAIL_BACK, BY_ORDER };

struct update {
	uint8_t by, key;
	uint8_t replaces; /* the key that the sender took for the chain's */
	uint8_t sake;	  /* enum sake; an operator's own is BY_ORDER */
	uint32_t tapos_num, tapos_slot, expires_slot;
};

/* A block and the truth about the witness after it, from which the checks judge. */
struct block_model {
	uint32_t num, slot;
	uint32_t parent_slot;
	uint32_t total_missed, confirmed;
	uint32_t misses, newest_miss; /* of the present key: how many counted, and the block that showed the newest */
	uint32_t enough_slot;	      /* of the block since which they are more than allowed; 0: they are not */
	uint32_t produced;	      /* newest block of the present key; 0: none */
	uint32_t in_a_row;	      /* own slots missed with no block of the witness since */
	uint8_t switches[NODES_MAX];  /* updates to its own key that the chain holds of each node */
	uint8_t fail_backs;	      /* of them, those of node 0 BY_FAIL_BACK */
	uint8_t lost;		      /* node 0 lost production by its own misses, and no operator has moved it since */
	uint8_t key;		      /* the signing key after it */
	uint8_t shut_down;	      /* bit per node: the chain took its key away before its first block */
	uint8_t nulled;		      /* the null key is the chain's own; it was this key's before, plus 1 */
	uint8_t renewed;	      /* the chain had nulled that very key; it has produced no block since */
	uint8_t hides;		      /* it holds an operator's order that node 0, away, did not hear of */
	uint32_t ordered_slot; /* of the block in which an operator set that key, himself or by a takeover; else 0 */
	uint32_t hidden_slot;  /* of the first that `hides` since it was lost: lost for who has not read it */
	uint8_t signer;	       /* KEY_UNKNOWN: another witness's block */
	uint8_t update_count;
	struct update updates[UPDATES_MAX];
};

struct tx {
	struct update update;
	uint8_t live;	   /* 0: free */
	uint8_t pools;	   /* bit per golosd that holds it; bit PUBLIC: the rest of the network, too */
	uint8_t told;	   /* people were told that it landed against an operator's will */
	uint32_t in_block; /* its number; 0: none */
	uint32_t faults;   /* faults of the world until it was sent; UINT32_MAX: it was slow on its way */
	uint32_t sent_slot;
};

struct golosd {
	uint8_t alive, lags;
	uint32_t head_num, head_slot;
};

/* A watcher's connection to a golosd. */
struct link {
	uint8_t connected, cut;
	uint8_t pushed; /* a block came on this connection */
	/* newest block that it pushed, or had when the connection began */
	uint32_t num, slot;
};

struct host {
	/* the process */
	uint8_t alive;
	uint8_t slow;	     /* what it asked for is answered after the next slot */
	uint8_t clock_known; /* a fresh block told the time */
	uint8_t held;	     /* the truth: an operator's hold is on; 2: its key was the chain's when he ordered it */
	uint8_t has_saved, has_record;
	uint8_t begun, valid; /* begun: the carrier wants a tick */
	uint8_t sake;	      /* enum sake, of what it submits */
	uint8_t replaces;     /* the key that this took for the chain's */
	uint8_t offered;      /* bit per link that was offered it */
	/* what it asked for and was not answered yet */
	uint8_t asked_witness, asked_journal, asked_signer, asked_send; /* asked_send: bit per link */
	uint64_t ticket;
	int64_t timer_ms; /* monotonic: what the monitor asked to be woken at; 0: nothing */
	/* belief */
	struct link links[LINKS_MAX];
	uint8_t driver;		      /* the link whose blocks it follows */
	int64_t own_seen_ms;	      /* monotonic: when the own golosd was first there, or last lost */
	uint32_t head_num, head_slot; /* newest block that it saw; 0: none */
	uint32_t window_slot;	      /* first slot that it knows */
	uint32_t read_until;	      /* blocks up to here it reads, the later ones are pushed */
	uint32_t epoch;
	uint64_t seq, submissions;
	struct watched watched;
	/* the submission's surroundings */
	uint32_t alive_until_s;
	uint8_t landed_said; /* by the present event: a cancelled switch landed */
	uint32_t heard_slot; /* of the newest block that it read of those that `hide` */
	struct tx outgoing;  /* with asked_send */
	struct monitor monitor;
	struct monitor saved; /* as a new process would load it */
	struct carrier carrier;
	struct submission_record record;
};

struct world {
	int64_t now_ms;
	uint32_t slot; /* the newest one that is over or filled */
	uint32_t faults;
	uint32_t late_slot; /* the witness made a block for it, and nobody had it in time; 0: none */
	uint8_t late_signer;
	struct block_model blocks[BLOCKS_MAX];	 /* newest first */
	struct block_model orphans[ORPHANS_MAX]; /* undone by forks, newest first */
	struct tx txs[TXS_MAX];
	struct golosd golosds[GOLOSDS_MAX];
	struct host hosts[NODES_MAX];
};

/* What is fixed for a search. */
struct setting {
	const char *name, *what; /* a line for people */
	uint32_t nodes, allowed_misses, max_switches;
	uint32_t links;		  /* of a watcher: 1, its own golosd; 2, and the public one. 0: 1 */
	uint32_t confirm_nodes;	  /* 0: 1 */
	uint32_t preempt_delay_s; /* of node 0; 0: it does not preempt */
	uint32_t skipping_blocks; /* the chain's witness_skipping_reset_time; 0: it nulls nobody */
	uint8_t without_order;
	uint8_t begins_lost;   /* node 0 has lost production by its misses to node 1, and is well again */
	uint32_t faults;       /* at most so many in one run */
	uint32_t settle_every; /* one state in so many is followed to where all is well; 0: none */
	uint32_t verify_every; /* one state in so many is compared with those that are taken for the same; 0: none */
	uint32_t allowed;      /* bit per enum step_type */
	uint32_t depth;	       /* of `./dev prove`; 0: until nothing is left */
	unsigned planted;      /* bit per enum planted: a fault of the glue that the checks must find */
};

/* Faults of the model around the modules, to see that the checks find them. */
enum planted {
	PLANTED_DEAF_TO_CANCEL = 1,    /* the host does not cancel */
	PLANTED_NO_STORE = 2,	       /* nothing is kept across a restart */
	PLANTED_BLIND_TO_SLOTS = 4,    /* every slot looks like another's */
	PLANTED_OLD_EVIDENCE = 8,      /* TaPoS names a block before the miss */
	PLANTED_FORGETS_ALIVE = 16,    /* another one begins while a cancelled one is alive */
	PLANTED_BLIND_TO_PENDING = 32, /* before it sends it does not see another's pending update */
	PLANTED_COARSE_FORM = 64,      /* the canonical form leaves out a hold */
};

enum step_type {
	STEP_SLOT,     /* the next slot: filled by whoever can */
	STEP_MISSED,   /* nobody fills it */
	STEP_BARE,     /* its block holds no pending transaction */
	STEP_FORK,     /* its block replaces the head */
	STEP_LATE,     /* the witness's block, thought missed, replaces the head that came after it, and goes on */
	STEP_TICK,     /* a second passes */
	STEP_ANSWER,   /* node: journal, signer or golosd answer its submission */
	STEP_DIE,      /* node: golosd */
	STEP_START,    /* node: golosd, and catches up */
	STEP_LAG,      /* node: its golosd gets no blocks */
	STEP_CATCH_UP, /* node */
	STEP_CUT,      /* node: no connection to its golosd */
	STEP_JOIN,     /* node */
	STEP_KILL,     /* node: watcher, kill -9 */
	STEP_RESTART,  /* node: watcher */
	STEP_SLOW,     /* node: answers come after the next slot */
	STEP_HOLD,     /* node: an operator's */
	STEP_RESUME,   /* node */
	STEP_TAKEOVER, /* node */
	STEP_DISABLE,  /* an operator sends the null key */
	STEP_TYPES
};

struct step {
	uint8_t type, node;
};

#define BROKEN_SIZE 200
/* One run: what is fixed, and what came out. */
struct run {
	const struct setting *setting;
	FILE *tell;		  /* NULL: nothing is told */
	char broken[BROKEN_SIZE]; /* "" or the sentence of the first invariant broken */
};

#define STEPS_MAX 64

/* steps.c */
void world_begin(struct world *w, struct run *run);
uint32_t world_steps(const struct world *w, const struct setting *setting, struct step ret[STEPS_MAX]);
void world_step(struct world *w, struct step step, struct run *run);
/* Whatever can be done at once, then time: no fault comes. */
void world_go_on(struct world *w, struct run *run);
void step_text(const struct world *w, struct step step, char *ret, size_t size);

/* layout.c: a state is mostly zeros. */
void world_copy(struct world *to, const struct world *from, uint32_t nodes);
uint64_t world_bytes_hash(const struct world *w, uint32_t nodes);
/* False: something stands where layout.c takes all for zero. */
bool world_is_laid_out(const struct world *w, uint32_t nodes);

/* canon.c: makes of a copy `w` of a state what all states with the same future have in common. */
void world_canon(struct world *w, const struct world *of, const struct setting *setting);

/* chain.c */
#define GENESIS_S 1700000000
static inline int64_t slot_time_s(uint32_t slot)
{
	return GENESIS_S + (int64_t)slot * INTERVAL_S;
}
const char *key_text(uint8_t key);
uint8_t key_of(const char *text);
void id_text(char ret[GW_ID_SIZE], uint32_t num, uint32_t slot, uint32_t tag);
uint32_t id_slot(const char id[GW_ID_SIZE]);
uint32_t id_num(const char id[GW_ID_SIZE]);
/* NULL: not on the chain. */
const struct block_model *chain_block(const struct world *w, uint32_t num);
/* The block wherever it is: on the chain, or undone; NULL: gone. */
const struct block_model *state_at(const struct world *w, uint32_t num, uint32_t slot);
/* So far back that no block of its time is kept. */
/* Its gap held a slot of the witness. */
bool block_charged(const struct world *w, const struct block_model *b);
bool is_lost_sight_of(const struct world *w, uint32_t num);
bool chain_holds(const struct world *w, uint32_t num, uint32_t slot);
/* Slot of the block's ancestor `num`; 0: not known. */
uint32_t ancestor_slot(const struct world *w, uint32_t of_num, uint32_t of_slot, uint32_t num);
struct block_model *chain_add(struct world *w, uint32_t slot, uint8_t signer, bool with_pending, struct run *run);
void chain_undo_head(struct world *w);
/* More misses of the present key than allowed. */
bool missed_enough(const struct block_model *b, const struct setting *setting);
/* The key as a golosd shows it: with what is pending there. */
uint8_t pending_key(const struct world *w, uint32_t golosd);
/* Which node fills the witness's slot now; KEY_UNKNOWN: none. */
uint8_t witness_producer(struct world *w, struct run *run);
void forget_expired(struct world *w);

/* host.c: a watcher's process. */
struct monitor_options host_options(uint32_t n, const struct setting *setting);
void host_start(struct world *w, uint32_t n, struct run *run);
void host_kill(struct world *w, uint32_t n);
void host_time(struct world *w, uint32_t n, struct run *run);
bool host_wants_tick(const struct world *w, uint32_t n);
void host_command(struct world *w, uint32_t n, int32_t verb, struct run *run);

/* believe.c: what it believes of the chain. */
struct gw_now host_now(const struct world *w, const struct host *h);
struct chain_view host_view(const struct world *w, const struct host *h, const struct run *run);
struct witnesses host_witnesses(struct host *h);
void host_want_fetch(struct host *h);
/* The answers to its fetches of the witness that are in flight. */
void host_fetched(struct world *w, uint32_t n, struct run *run);
/* The next block, which undoes so many before it. */
void host_block(struct world *w, uint32_t n, const struct block_model *b, uint32_t undone, struct run *run);
/* Blocks that another golosd showed: to the monitor they are no news. */

/* follow.c: whose blocks it follows. */
/* Which golosd is behind a link of node n. */
static inline uint32_t link_golosd(uint32_t n, uint32_t link)
{
	return link == OWN ? n : PUBLIC;
}
/* Its connections are as the golosds and the cuts are. */
void host_connections(struct world *w, uint32_t n, struct run *run);
/* What its golosds push. */
void host_follow(struct world *w, uint32_t n, struct run *run);

/* submit.c: the deeds of its monitor, and the submission's surroundings. */

/* What the carrier's effects are about. */
struct deeds {
	struct world *w;
	uint32_t n;
	struct run *run;
	bool signer_answers; /* it was asked before */
};
struct carrier_effects host_effects(struct deeds *deeds);
uint32_t host_connected(const struct host *h);
void host_act(struct world *w, uint32_t n, struct monitor_actions *out, struct run *run);
void host_settle(struct world *w, uint32_t n, struct run *run);
bool host_has_asked(const struct host *h);
void host_answer(struct world *w, uint32_t n, struct run *run);
void host_name_tx(char ret[GW_ID_SIZE], uint32_t n, const struct submission_record *r);

/* checks.c: the invariants of "Simulation"; each writes run->broken. */
void broken(struct run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));
void tell(struct run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));
void check_send(const struct world *w, uint32_t n, struct run *run);
void check_landed(const struct world *w, const struct tx *tx, const struct block_model *before, struct run *run);
void check_race(const struct world *w, const struct tx *tx, struct run *run);
void check_seen(struct world *w, uint32_t n, const struct block_model *before, const struct block_model *b,
		struct run *run);

/* settle.c: writes over the state. */
void check_settles(struct world *w, struct run *run);

/* search.c */
#define FAULTS_MAX 7
#define DEPTH_MAX  1000
struct search {
	const struct setting *setting;
	uint32_t depth;	     /* 0: whatever it takes */
	uint64_t states_max; /* of the table: 16 bytes each */
	/* out */
	uint64_t states, steps, settled, verified;
	bool unsettled; /* it broke after the trace, when no more faults came */
	bool full;	/* the table was full: not all was seen */
	bool closed;	/* nothing was left to go on from: a greater depth shows no more */
	uint32_t deepest;
	uint32_t trace_count;
	struct step trace[DEPTH_MAX];
	char broken[BROKEN_SIZE];
};
/* False: no memory. */
bool search_all(struct search *search);
/* Replays the trace, each step with what came of it. */
void search_tell(const struct search *search, FILE *to);

#endif
