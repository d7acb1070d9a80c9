/* SPDX-License-Identifier: MIT
 *
 * The rules of a switch, one function each, between the files of the monitor. docs/design.md "The rules of a switch".
 */
#ifndef MONITOR_RULES_H
#define MONITOR_RULES_H

#include "monitor.h"

#define DAY_S	       86400
#define BLOCK_COMES_MS 900 /* golosd makes it within 500 ms of its slot, and sends it; nothing goes out sooner */

/* ---- text.c: text and actions ---------------------------------------------------------------------------------- */

/* Copies and fills the rest with zeros, so that equal states are equal bytes. */
void text_copy(char *to, size_t size, const char *from);
void say(char text[GW_TEXT_SIZE], const char *format, ...) __attribute__((format(printf, 2, 3)));
void act_notice(struct monitor_actions *out, int32_t severity, const char *code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* NULL: the list is full. */
struct monitor_action *act(struct monitor_actions *out, enum monitor_action_type type);

/* Text that grows in a buffer; `full` once something did not fit. */
struct writer {
	char *text;
	size_t used;
	size_t cap;
	bool full;
};
void put(struct writer *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- counting.c ------------------------------------------------------------------------------------------------ */

/* Where a fork undid blocks before this one: the first of them by number. After a deep one the blocks between are not
 * shown. */
uint32_t first_undone(const struct monitor *m, const struct gw_block_event *event);
void count_block(struct monitor *m, const struct gw_block_event *event);
/* Of the driving endpoint, about a witness that exists. */
void count_answer(struct monitor *m, const struct gw_witness_event *event, struct monitor_actions *out);
/* The signing key changed with the block event `seq`: what was counted is about another node. */
void count_anew(struct monitor *m, uint64_t seq);
/* Slots of the witness, skipped before blocks seen, that no answer has told of yet. */
uint32_t untold_misses(const struct monitor *m);
/* The block of that number's low 16 bits charged the witness: a rule's update names one. */
bool names_a_miss(const struct monitor *m, uint16_t ref);
/* NULL: none counted. */
const struct monitor_miss *newest_miss(const struct monitor *m);
/* An answer told of it, and the block that shows it may be the next. */
bool newest_awaits_block(const struct monitor *m);

/* ---- due.c: due, never ----------------------------------------------------------------------------------------- */

uint32_t misses_in_window(const struct monitor *m);
uint32_t own_slots_in_a_row(const struct monitor *m);
bool produced_since(const struct monitor *m);
/* Due but for a block of the witness since. */
bool enough_misses(const struct monitor *m);

bool we_produce(const struct monitor *m);
bool operator_nulled(const struct monitor *m);
bool chain_nulled(const struct monitor *m);
/* Why no switch is ever made now; NULL: nothing forbids it. */
const char *never(const struct monitor *m);

enum monitor_cause due_cause(const struct monitor *m, const struct gw_now *now);

/* ---- guards.c -------------------------------------------------------------------------------------------------- */

/* True: a due switch waits, and `why` is a sentence of why. */
typedef bool guard_holds(const struct monitor *m, const struct gw_now *now, char why[GW_TEXT_SIZE]);

struct guard {
	const char *name;
	guard_holds *holds;
	uint8_t passed_by_takeover; /* an operator's `takeover` passes over it */
	uint8_t ends_waiting;	    /* a submission that is not yet sent is cancelled when it begins */
	int64_t patience_ms;	    /* of ends_waiting: it would have held so long ago as well */
	int64_t told_after_ms;	    /* the same of what people are told */
	int32_t severity;
};
extern const struct guard guards[];
extern const uint32_t guard_count;

/* The same moment, so many milliseconds before. */
struct gw_now some_time_ago(const struct gw_now *now, int64_t ms);
/* The driving node's newest block is told next, or those up to it are read. */
bool block_is_coming(const struct monitor *m);
guard_holds guard_answer, guard_own_node, guard_clock, guard_participation, guard_hold, guard_order, guard_max_switches,
	guard_confirm_nodes, guard_golosd_config, guard_journal, guard_retry;

/* One that was ordered for a time, and its time has passed. */
bool hold_is_over(const struct monitor *m, const struct gw_now *now);
/* NULL: none is listed. */
const struct monitor_node *own_node(const struct monitor *m);
/* Chain time now; by our own clock while no fresh block told it. */
int64_t chain_now_ms(const struct gw_now *now);

/* ---- order.c --------------------------------------------------------------------------------------------------- */

/* Our place among the keys of `order`, the present signing key left out: the first healthy backup never waits. */
uint32_t place_in_order(const struct monitor *m);
int64_t order_delay_ms(const struct monitor *m);
/* What is left of it; 0 or less: our turn. */
int64_t order_left_ms(const struct monitor *m, const struct gw_now *now);

/* ---- after.c: after a switch, fail-back ------------------------------------------------------------------------ */

/* Before its block is counted. */
void after_fork(struct monitor *m, const struct gw_block_event *event);
void after_own_block(struct monitor *m, const struct gw_block_event *event, struct monitor_actions *out);
/* A block holds an update of the witness to our key. */
void after_update(struct monitor *m, const struct gw_block_event *event, struct monitor_actions *out);
/* A block that nobody saw holds our switch: the chain's state proves it at block `num`. */
void after_proof(struct monitor *m, uint32_t num);
/* Before the believed key changes. */
void after_key_leaves(struct monitor *m, uint8_t new_origin, struct monitor_actions *out);
/* Production was moved, or left where it is, by something that is no rule of a switch for all that is known. */
void after_moved_by_hand(struct monitor *m, struct monitor_actions *out);
void after_key_comes(struct monitor *m, uint8_t origin_before, struct monitor_actions *out);
void after_misses(struct monitor *m, uint32_t new_misses, const struct gw_now *now, struct monitor_actions *out);
bool fail_back(const struct monitor *m, const struct gw_now *now);

/* ---- attempt.c: the submission in flight ----------------------------------------------------------------------- */

bool attempt_in_flight(const struct monitor *m);
/* A takeover that was ordered and is not recorded by the host yet. */
bool order_waits(const struct monitor *m);
/* PLANNED where the present producer is well, AUTOMATIC where it is not. */
int32_t attempt_mode(const struct monitor *m);
void attempt_begin(struct monitor *m, enum monitor_cause cause, struct monitor_actions *out);
/* Ends one that has lost its cause, or that a guard overtook before it was sent. */
void attempt_watch(struct monitor *m, const struct gw_now *now, struct monitor_actions *out);
/* Until one that waits ends because our golosd's head is too old; INT64_MAX: none waits. */
int64_t attempt_old_in_ms(const struct monitor *m, const struct gw_now *now);
void attempt_progress(struct monitor *m, const struct gw_submission_event *event, struct monitor_actions *out);
void attempt_fail(struct monitor *m, int32_t reason, const struct gw_now *now);
/* The host has another one in hand: it is asked again soon. */
void attempt_not_taken(struct monitor *m, const struct gw_now *now);
void attempt_unrefuse(struct monitor *m);
/* Before a block of the driving node: those since the head may never have been seen. */
void attempt_miss_blocks(struct monitor *m, const struct gw_block_event *event);

/* ---- readiness.c ----------------------------------------------------------------------------------------------- */

/* GW_READY_*, and a sentence where it is not YES. */
uint8_t readiness_of(const struct monitor *m, const struct gw_now *now, char why[GW_TEXT_SIZE]);
void readiness_watch(struct monitor *m, const struct gw_now *now, struct monitor_actions *out);

#endif
