/* SPDX-License-Identifier: MIT
 *
 * Belief's own state, shared by its files and by nobody else. Each calls those after it alone: belief.c (all that comes
 * in: connections, blocks, answers, time), sync.c (from a block to its events, catching up), requests.c (what is asked
 * for, and when), state.c (questions, those of others among them).
 */
#ifndef CHAIN_STATE_H
#define CHAIN_STATE_H

#include <golos_watch/own_node.h>

#include "chain/actions.h"
#include "chain/belief.h"
#include "chain/endpoints.h"
#include "chain/schedule.h"
#include "chain/window.h"
#include "chain/witnesses.h"

#define CATCH_UP_TRIES	  5u	 /* answers that lead nowhere, after which the count starts anew */
#define DRIVER_GRACE_MS	  15000	 /* the own node is given so long to come back before another one drives */
#define DRIVER_BEHIND_MAX 2u	 /* blocks: the own node drives again when it is no further behind */
#define UNDO_MAX	  10000u /* blocks: golosd undoes no more, so no branch parts from ours further back */
#define CLOCK_SAMPLES	  8u
#define BLIND_MS	  90000 /* three checks of a witness without an answer */
#define ORDER_BLIND_MS	  15000 /* one round without the order of witnesses, and at least this */

/* Blocks lie between our head and the newest one that the driver pushed: they are read one by one, oldest first. */
struct catch_up {
	bool active;
	uint64_t ticket; /* 0: none in flight; asked for again with the next tick */
	uint32_t next;	 /* number asked for */
	uint32_t tries;	 /* answers that led nowhere since the last block that was applied */
	bool holding;
	struct block held; /* read; its id is told by the block after it */
	struct block
		newest; /* its id is "" while it is only known to come upon the driver's head; its time is the head's
				then */
};

enum fetch_step { FETCH_NONE, FETCH_SCHEDULE, FETCH_HEAD };

/* The schedule is asked for, then the head: taken if no shuffle can lie between. The schedule's answer itself does not
 * tell of which block it is, and may be of a state further on than our head (docs/protocol.md 2). */
struct schedule_fetch {
	bool fresh; /* asked for and taken since the last shuffle, fork, reconnect */
	bool wanted;
	enum fetch_step step; /* what is waited for */
	uint64_t ticket;
	uint32_t endpoint; /* that is asked */
	uint32_t turn;	   /* see belief_endpoint: after each failure the next */
	int64_t old_ms;	   /* monotonic: it is not fresh since then */
	struct schedule_answer answer;
	uint32_t era;	    /* our head's when it was asked for */
	uint64_t begun_seq; /* belief's then */
};

struct belief {
	uint32_t count;
	struct endpoint endpoints[ENDPOINTS_MAX];
	char chain_id[65];
	bool figures_known; /* interval and number of witnesses: some endpoint has reported them, or */
	bool figures_given; /* they were given beforehand */

	struct gw_now now;
	int driver;	     /* whose blocks the window holds; may be down for a while; -1: none yet */
	int64_t own_seen_ms; /* monotonic: the end of the own node's last connection that showed a head, or its first
				one's begin; 0: it never came */
	uint32_t epoch;
	uint64_t seq, tickets;
	uint32_t irreversible;
	uint64_t head_ticket;
	int64_t head_requested_ms;
	int64_t heard_ms; /* monotonic: the driver began on this connection, or gave a block that it was asked for */
	int64_t seen_ms;  /* the same of any driver: another one in the place of one that is mute begins nothing */

	struct window window;
	struct schedule schedule;
	struct schedule_fetch fetch;
	struct witnesses witnesses;
	struct catch_up catch_up;
	uint32_t unread_num; /* the block asked for when a message was unreadable last */
	struct actions actions;

	uint64_t clock_count;
	int64_t clock_ms[CLOCK_SAMPLES];       /* block's time less the monotonic clock at its arrival */
	int64_t pushed_mono_ms, pushed_time_s; /* the driver's newest push on this connection; 0: none */

	bool nodes_changed;
	bool said_impossible[ENDPOINTS_MAX]; /* until it shows a head that can be */
	struct gw_node nodes[ENDPOINTS_MAX];
	const struct gw_node *node_list[ENDPOINTS_MAX];
	struct gw_nodes_event nodes_event;
};

/* state.c */
/* The time of what is fed now. */
void state_set_now(struct belief *belief, const struct gw_now *now);
/* A block came, and is fresh: it tells the time. */
void state_add_sample(struct belief *belief, int64_t time_s);
uint64_t state_ticket(struct belief *belief, uint32_t index);
/* By chain time; by this machine's clock, which may be wrong, before that is known. */
bool state_is_old(const struct belief *belief, int64_t time_s);
/* What the driver answers is of a state that our blocks have not reached, or that it has not shown yet. */
bool state_is_elsewhere(const struct belief *belief);
bool state_another_can_report(const struct belief *belief);
struct standing state_standing(const struct belief *belief);
/* How long nobody has reported of the witness who could be asked since then. */
int64_t state_silence_ms(const struct watched *watched, int64_t since_ms, int64_t mono_ms);
void state_raise_witness(struct belief *belief, struct watched *watched, uint32_t endpoint, const struct fetch *fetch,
			 const struct witness_answer *answer);

/* requests.c */
void requests_head(struct belief *belief);
void requests_want_schedule(struct belief *belief);
/* Asks for what is wanted and may be asked for now. */
void requests_begin(struct belief *belief);
/* A second has passed: what is due by time. */
void requests_tick(struct belief *belief);
/* What was asked for the schedule's sake; NULL: no answer. */
void requests_take_schedule(struct belief *belief, const struct schedule_answer *answer);
void requests_take_head(struct belief *belief, const struct head_answer *head);
/* The driver is gone, and with it what it owed: all is asked for anew. */
void requests_forget(struct belief *belief);

/* sync.c. What returns a text: the driver sent nonsense, and why; NULL: it did not. */
/* A full block pushed by the driver. */
const char *sync_push(struct belief *belief, const struct block *block);
/* The driver's head, while it has pushed nothing on this connection: what lies between is read at once. */
void sync_head(struct belief *belief, const struct head_answer *head);
/* What get_block answered. */
const char *sync_answer(struct belief *belief, const struct block *answer);
/* Asks (again) for the block that catching up waits for. */
void sync_request(struct belief *belief);
/* A message of the driver's could not be read: where a block was asked for, it may be that. */
void sync_unreadable(struct belief *belief);
/* The driver is gone: what it owed and pushed is forgotten, the window stays. */
void sync_pause(struct belief *belief);
/* The count starts anew: the window, what was believed of keys and orders are forgotten. */
void sync_anew(struct belief *belief);
/* Another endpoint drives than before: its blocks go on from those that we hold, and its answers begin anew. What a
 * stand-in told of keys is no more than a first answer. */
void sync_other_driver(struct belief *belief);

#endif
