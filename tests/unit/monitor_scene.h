/* SPDX-License-Identifier: MIT
 *
 * A chain in the small for the monitor's tests: blocks, gaps, forks and answers, made by hand one after the other.
 */
#ifndef MONITOR_SCENE_H
#define MONITOR_SCENE_H

#include "monitor.h"
#include "rules.h"
#include "test.h"

#define WITNESS	  "foo"
#define OUR_KEY	  "GLSours"
#define PROD_KEY  "GLSproducer"
#define THIRD_KEY "GLSthird"

#define CODES_MAX 128

struct scene {
	struct monitor_options options;
	struct monitor monitor;
	/* the chain */
	uint32_t scheduled;
	bool schedule_unknown;	/* no node tells it */
	uint32_t others_filled; /* of the round: how many of the other witnesses filled their slot */
	uint32_t num;
	int64_t time_s;
	uint64_t seq;
	uint64_t fork_seq;
	uint32_t branch; /* part of block ids */
	uint32_t epoch;
	uint32_t flags;
	bool order_unknown; /* whose the skipped slots were is not known */
	uint32_t gap_num;   /* the newest block before which slots were skipped */
	uint32_t named;	    /* the block that updates name; 0: one that charged nobody */
	uint32_t unseen;    /* slots of the last round that were not seen: it began a short while ago */
	uint32_t irreversible;
	/* the witness */
	uint32_t total_missed;
	uint32_t confirmed;
	char key[GW_KEY_SIZE];
	char fetched[GW_KEY_SIZE]; /* what the node answers instead; "": the same */
	uint64_t key_seq;
	uint8_t null_origin;
	bool untrusted;
	struct gw_now now;
	/* what came out since scene_forget */
	struct monitor_actions out; /* of the last event */
	unsigned submits, cancels, saves;
	struct gw_intent intent;
	char cancel_text[GW_TEXT_SIZE];
	char answer[GW_TEXT_SIZE]; /* to the last order */
	int64_t wake_ms;	   /* the soonest timer wanted; 0: none */
	const char *codes[CODES_MAX];
	int32_t severities[CODES_MAX];
	unsigned code_count;
};

/* allowed_misses 1, order: OUR_KEY first. A node that is well, connected; no block yet. */
void scene_init(struct scene *s);
/* Begins with s->options as they are now, one block and one answer. */
void scene_begin(struct scene *s);
/* Both, with the options that scene_init sets. */
void scene_start(struct scene *s);
/* Another process takes over: the saved text is all it knows. */
void scene_restart(struct scene *s);
void scene_forget(struct scene *s);
unsigned scene_said(const struct scene *s, const char *code);
/* The misses that count. */
uint32_t scene_counted(const struct scene *s);
/* Whether the guard holds a switch; one that does says why. */
bool scene_guard_holds(const struct scene *s, guard_holds *guard);

/* One block of `producer` (NULL: some other witness) after `skipped` slots of which `ours` are the witness's. */
void scene_gap(struct scene *s, uint32_t skipped, uint32_t ours, const char *producer);
void scene_block(struct scene *s);
void scene_blocks(struct scene *s, uint32_t count);
/* A block of the witness, signed with the present key. */
void scene_own_block(struct scene *s);
/* A block that holds an update of the witness to `key`. */
void scene_update(struct scene *s, const char *key);
/* By a rule: it names the newest block of a gap. */
void scene_rule_update(struct scene *s, const char *key);
/* The same after skipped slots of others. */
void scene_late_update(struct scene *s, uint32_t skipped, const char *key);
/* The same, and an update to `first` before it in the same block. */
void scene_two_updates(struct scene *s, const char *first, const char *key);
/* The next block replaces the newest `count`. */
void scene_fork(struct scene *s, uint32_t count);
/* The key is another one by the last block: a fork undid what had set it. */
void scene_key(struct scene *s, const char *key);
/* The newest block, that held an update, is replaced by one that holds it as well and shows a miss. */
void scene_fork_of_update(struct scene *s);
/* An answer asked at the head. */
void scene_answer(struct scene *s);
/* An answer asked at the block event `seq` of block `num`. */
void scene_answer_of(struct scene *s, uint64_t seq, uint32_t num);
/* The witness misses its slot; the answer that tells of it. */
void scene_miss(struct scene *s);
/* Some blocks later one of a slot that no block told of: only such a one may be taken for what is owed. */
void scene_miss_unseen(struct scene *s);
/* It misses its slot, and the chain shuts it down. */
void scene_null_by_chain(struct scene *s);
/* Some blocks later: as after another round. */
void scene_misses(struct scene *s, unsigned count);

/* One that is connected and on our branch, its head at block `num`; ours drives. */
struct gw_node scene_node(const struct scene *s, bool own, uint32_t num);
void scene_nodes(struct scene *s, const struct gw_node *list, uint32_t count);
/* One node, ours, at the head. */
void scene_own_node(struct scene *s, bool connected);
void scene_readiness(struct scene *s, uint8_t authority, uint8_t golosd_config, uint8_t journal);
void scene_submission(struct scene *s, int32_t state, int32_t reason);
void scene_wait(struct scene *s, int64_t ms);
gw_status scene_order(struct scene *s, int32_t verb, int64_t until_s);
void scene_take(struct scene *s);

#endif
