/* SPDX-License-Identifier: MIT
 *
 * What stands around the submitter in its tests: loop, observer, journal, signer, authorities and instances that
 * do what the test says and answer when told. The submission itself is the real one. Virtual time.
 */
#ifndef SUBMITTER_SCENE_H
#define SUBMITTER_SCENE_H

#include "feed/submitter.h"
#include "submission_world.h"
#include "test.h"

#define QUESTIONS_MAX 16

/* A question to a node that waits for its answer. */
struct question {
	call_done done;
	void *context;
	uint32_t endpoint;
	bool broadcast;
};

struct loop_timer {
	loop_timer_fn fn;
	void *context;
	int64_t due_ms; /* < 0: stopped */
};

struct instance {
	const char *name;
	uint32_t events;
	struct gw_submission_event event; /* newest */
	bool cancels;			  /* at each event that does not end it, as a plugin does that holds */
	bool goes_on;			  /* begins the next one in the event that ends one */
	gw_status began;		  /* and what came of it */
	bool ordered;			  /* it is being given an operator's takeover */
	struct submitter *submitter;
};

/* What the test set, and what the submitter asked for. */
extern struct scene_host {
	struct chain_view view;
	struct gw_now now;
	uint32_t connected;
	struct loop_timer timers[4];
	size_t timer_count;
	void (*posted)(void *context);
	void *posted_context;
	struct question questions[QUESTIONS_MAX];
	size_t question_count;
	/* journal */
	bool writable, open;
	struct submission_record record; /* newest asked for */
	uint32_t records, closed, may_come, alive_until_s;
	uint64_t next_id;
	void (*recorded)(void *context, bool ok);
	void *recorded_context;
	/* signer and authorities */
	gw_status signs;
	bool ordered; /* so the signer is told */
	enum refusal refusal;
	uint32_t signed_count, asked_ahead;
	struct transaction_bytes ahead; /* newest */
	uint8_t authority;
	uint32_t refreshed;
} host;

/* Head 1000 with room ahead, two endpoints, a journal that can be written, keys that reach. */
struct submitter *scene_set_up(struct instance *who);
/* All that was asked is answered by nothing, as at the end of a host. */
void scene_end(struct submitter *submitter);

/* Time passes; timers that are due run. */
void scene_pass(int64_t ms);
/* The same, and the head moves on with it. */
void scene_head_passes(int64_t seconds);
void scene_run_posted(void);

/* Answers the oldest question that is open; text: JSON, or NULL. */
void scene_answer(enum call_outcome outcome, const char *text);
/* The oldest is about the witness: the chain holds this key. */
void scene_answer_witness(const char *key);
void scene_answer_journal(bool ok);
/* Broadcasts that wait for their answer. */
size_t scene_broadcasts(void);

extern const struct submitter_effects scene_effects;
/* What the journal says is in flight, if anything is. */
void scene_resume(struct submitter *submitter, struct instance *who);
gw_status scene_try_begin(struct submitter *submitter, struct instance *who);
/* Begun and waiting; returns its id. */
uint64_t scene_begin(struct submitter *submitter, struct instance *who);
/* The witness was fetched, the journal asked to record. */
uint64_t scene_begin_and_record(struct submitter *submitter, struct instance *who);
/* Recorded, signed, on its way to both endpoints. */
uint64_t scene_begin_and_send(struct submitter *submitter, struct instance *who);
void scene_assert_ended(const struct instance *who, int32_t reason);

#endif
