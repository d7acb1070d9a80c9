/* SPDX-License-Identifier: MIT
 *
 * Belief's own state, shared by its files and by nobody else: belief.c (endpoints, driver, time), follow.c (from a
 * block to its events, catching up), asks.c (what is asked and answered), view.c (what others look at).
 */
#ifndef CHAIN_STATE_H
#define CHAIN_STATE_H

#include "chain/actions.h"
#include "chain/belief.h"
#include "chain/endpoints.h"
#include "chain/schedule.h"
#include "chain/window.h"
#include "chain/witnesses.h"

#define WAITING_MAX	  64u	 /* pushed blocks kept while older ones are read; the rest is read, too */
#define CATCH_UP_TRIES	  5u	 /* a block that is not given so often: the count starts anew */
#define DRIVER_GRACE_MS	  15000	 /* the own node is given so long to come back before another one drives */
#define DRIVER_BEHIND_MAX 2u	 /* blocks: the own node drives again when it is no further behind */
#define CAUGHT_UP_AGE_S	  30	 /* a block older than this says what was, not what is */
#define UNDO_MAX	  10000u /* blocks: golosd undoes no more, so no branch parts from ours further back */
#define UNREAD_TIMES	  2u	 /* a block that seems unreadable so often is not asked for whole */
#define CLOCK_SAMPLES	  8u
#define BLIND_MS	  90000 /* three checks of a witness without an answer */
#define ORDER_BLIND_MS	  15000 /* one round without the order of witnesses, and at least this */

/* Blocks lie between our head and one that the driver pushed, or its head: they are read one by one, oldest first. */
struct catch_up {
	bool active;
	uint64_t ticket; /* 0: none in flight; asked again with the next tick */
	uint32_t next;	 /* number asked for */
	uint32_t last;	 /* the last one to be read */
	char last_id[GW_ID_SIZE];
	int64_t last_time_s; /* 0: not known */
	uint32_t tries;
	uint32_t turns; /* of its node to another branch, while it is read */
	bool holding;
	struct block held; /* read; its id is told by the block after it */
	uint32_t count;
	struct block
		waiting[WAITING_MAX]; /* pushed, each the child of the one before; none: the driver's head is read */
};

/* The order is asked for, then the head: taken if no shuffle can lie between. The schedule's answer itself does not
 * tell of which block it is, and may be of a state further on than our head (docs/protocol.md 2). */
struct order_fetch {
	bool fresh; /* asked and taken since the last shuffle, fork, reconnect */
	bool wanted;
	bool asked_for;	      /* the two asks are under way */
	uint64_t ticket;      /* of the schedule's ask; 0: none in flight */
	uint64_t head_ticket; /* of the head's, once `answer` waits for it; 0: it does not */
	uint32_t endpoint;    /* that is asked */
	uint32_t turn;	      /* the driver is asked at 0, after each failure the next endpoint */
	int64_t old_ms;	      /* monotonic: it is not fresh since then */
	struct schedule_answer answer;
	uint32_t era;	     /* our head's when it was asked */
	uint32_t generation; /* belief's then */
};

struct belief {
	uint32_t count;
	struct endpoint endpoints[ENDPOINTS_MAX];
	char chain_id[65];
	bool figures_known; /* interval and number of witnesses: some endpoint has told them, or */
	bool figures_given; /* they were given beforehand, or */
	bool figures_own;   /* the own node has told them */

	struct gw_now now;
	int driver;	     /* whose blocks the window holds; may be down for a while; -1: none yet */
	int64_t own_seen_ms; /* monotonic: the end of the own node's last connection that showed a head, or its first
				one's begin; 0: it never came */
	uint32_t epoch, generation; /* generation: rises with each fork */
	uint32_t told_epoch;	    /* of the newest block event */
	uint64_t seq, tickets;
	uint32_t irreversible;
	uint64_t head_ticket;
	int64_t head_asked_ms;
	int64_t heard_ms; /* monotonic: the driver began on this connection, or gave a block that it was asked for */
	int64_t seen_ms;  /* the same of any driver: another one in the place of one that is mute begins nothing */

	struct window window;
	uint32_t own_num; /* newest block held that the own node showed, and all before it; 0: none */
	uint32_t vouched; /* the same of the driver: what follows another endpoint showed, and is read again */
	struct schedule schedule;
	struct order_fetch order;
	struct witnesses witnesses;
	struct catch_up catch_up;
	uint32_t unread_num, unread_times; /* the block asked for when a message was unreadable last, and how often */
	struct actions actions;

	uint64_t clock_count;
	int64_t clock_ms[CLOCK_SAMPLES];       /* block's time less the monotonic clock at its arrival */
	int64_t pushed_mono_ms, pushed_time_s; /* the driver's newest push on this connection; 0: none */

	bool was_old; /* the newest block said what was: the first that says what is has all witnesses asked anew */
	bool nodes_changed;
	bool said_impossible[ENDPOINTS_MAX]; /* until it shows a head that can be */
	struct gw_node nodes[ENDPOINTS_MAX];
	const struct gw_node *node_list[ENDPOINTS_MAX];
	struct gw_nodes_event nodes_event;
};

/* belief.c */
/* The time of what is fed now. */
void belief_set_now(struct belief *belief, const struct gw_now *now);
bool belief_is_old(const struct belief *belief, int64_t time_s);
/* The driver's head as it answers it: chain time, once known, is at least that. */
void belief_clock_not_before(struct belief *belief, int64_t time_s);
/* It broke what every golosd keeps: said, dropped, and down for us from now on. */
void belief_distrust(struct belief *belief, uint32_t endpoint, const char *why);
/* fetch NULL: nothing was fetched, the answer is the last one. */
void belief_raise_witness(struct belief *belief, struct watched *watched, int32_t cause, uint32_t endpoint,
			  const struct fetch *fetch, const struct witness_answer *answer);

/* asks.c */
/* Unique for ever; the low bits tell at once whose it is. */
uint64_t asks_ticket(struct belief *belief, uint32_t index);
/* Asks the driver for its head. */
void asks_head(struct belief *belief);
/* The driver's answers are of a state that our blocks have not reached: it has not shown its head on this connection,
 * or blocks before it are read; or of one that they have left behind: it sends again what we hold, as after its
 * restart. */
bool asks_are_elsewhere(const struct belief *belief);
/* The order of witnesses may be another one by now: it is asked for. */
void asks_order(struct belief *belief);
/* The driver could have been asked about the witness since now, not sooner. */
void asks_heard(struct belief *belief);
/* How long nobody has told of the witness who could be asked since then. */
int64_t asks_silence_ms(const struct watched *watched, int64_t since_ms, int64_t mono_ms);
/* Asks what is wanted and may be asked now. */
void asks_begin(struct belief *belief);
/* A second has passed: what is due by time. */
void asks_tick(struct belief *belief);

/* follow.c */
/* A full block pushed by the driver. */
void follow_push(struct belief *belief, const struct block *block);
/* The driver's head, while it has pushed nothing on this connection: what lies between is read at once. */
void follow_head(struct belief *belief, const struct head_answer *head);
/* What get_block answered. */
void follow_answer(struct belief *belief, const struct block *answer);
/* Asks (again) for the block that catching up waits for. */
void follow_ask(struct belief *belief);
/* A message of the driver's could not be read: where a block was asked for, it may be that. */
void follow_unreadable(struct belief *belief);
/* The driver is gone: what it owed and pushed is forgotten, the window stays. */
void follow_pause(struct belief *belief);
/* The count starts anew: the window, what was believed of keys and orders are forgotten. */
void follow_anew(struct belief *belief);
/* Another endpoint drives than before. What one stand-in showed is not the next driver's word, nor the own node's:
 * it is read again from there. What the own node showed is everybody's. block: its first; who filled the round before it
 * stays known where it stands on what was shown. */
void follow_other_driver(struct belief *belief, const struct block *block);

#endif
