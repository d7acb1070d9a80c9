/* SPDX-License-Identifier: MIT
 *
 * The rules of a switch, one function each, between the files of the monitor. docs/design.md "The rules of a switch".
 * A file calls what stands above its own part here, and nothing below: a test holds the files against that.
 */
#ifndef MONITOR_RULES_H
#define MONITOR_RULES_H

#include <golos_watch/own_node.h>

#include "monitor.h"

#define DAY_S	       86400
#define BLOCK_COMES_MS 900 /* golosd makes it within 500 ms of its slot, and sends it; nothing goes out sooner */

/* ---- text.c: text and actions ---------------------------------------------------------------------------------- */

/* Copies and fills the rest with zeros, so that equal states are equal bytes. */
void text_copy(char *to, size_t size, const char *from);
/* Returns true: a guard that gives a reason holds. */
bool text_say(char text[GW_TEXT_SIZE], const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Text that grows in a buffer; `full` once something did not fit. */
struct writer {
	char *text;
	size_t used;
	size_t cap;
	bool full;
};
void text_put(struct writer *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

struct monitor_action *text_action(struct monitor_actions *out, enum monitor_action_type type);
void text_notice(struct monitor_actions *out, int32_t severity, const char *code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* ---- state.c: questions to the state --------------------------------------------------------------------------- */

/* Lists in arrays, oldest first; what is not in use is zeros. Where `max` entries are there, the oldest makes room. */
void *state_append(void *list, uint32_t *count, uint32_t max, size_t size);
void state_remove(void *list, uint32_t *count, uint32_t at, size_t size);
void state_ref_set(struct monitor_block_ref *ref, uint32_t num, int64_t time_s, const char *id);

/* NULL: none counted. */
const struct monitor_miss *state_newest_miss(const struct monitor *m);
/* An answer reported the newest miss, and the next block may show it. */
bool state_newest_awaits_block(const struct monitor *m);
uint32_t state_misses_in_window(const struct monitor *m);
/* Missed slots of the witness with no block of it after them. */
uint32_t state_missed_in_a_row(const struct monitor *m);

/* Of a round; golosd's most while no node reports the schedule, for then waiting too long is the safe side. */
uint32_t state_round_slots(const struct monitor *m);
bool state_we_produce(const struct monitor *m);
bool state_operator_nulled(const struct monitor *m);
bool state_chain_nulled(const struct monitor *m);

uint32_t state_switches_of_day(const struct monitor *m);

/* NULL: there is none. */
const struct monitor_node *state_driver(const struct monitor *m);
const struct monitor_node *state_own_node(const struct monitor *m);
/* The driving node's newest block comes next, or those up to it are read. */
bool state_block_is_coming(const struct monitor *m);
/* The same moment, so many milliseconds before. */
struct gw_now state_time_ago(const struct gw_now *now, int64_t ms);
/* Where a fork undid blocks before this one: the first of them by number. After a deep one the blocks between are not
 * shown. */
uint32_t state_first_undone(const struct monitor *m, const struct gw_block_event *event);

/* ---- counting.c ------------------------------------------------------------------------------------------------ */

void counting_block(struct monitor *m, const struct gw_block_event *event);
/* An answer of the driving endpoint about a witness that exists. Returns how many misses were counted. */
uint32_t counting_answer(struct monitor *m, const struct gw_witness_event *event);
/* The signing key changed with the block event `seq`: what was counted is about another node. */
void counting_anew(struct monitor *m, uint64_t seq);
/* The block of that number's low 16 bits that charged the witness: a rule's update names one. NULL: none did. Valid until
 * the next block. */
const struct monitor_gap *counting_named_gap(const struct monitor *m, uint16_t ref);
/* An answer reported misses whose block is still to come, and a block of a halt has come: they may be the halt's. */
bool counting_may_be_of_a_halt(const struct monitor *m);

/* ---- priority.c: the option `order` ---------------------------------------------------------------------------- */

/* Our place among its keys, the present signing key left out: the first healthy backup never waits. */
uint32_t priority_place(const struct monitor *m);
/* The rest of the delay; 0 or less: our turn. */
int64_t priority_left_ms(const struct monitor *m, const struct gw_now *now);
bool priority_is_first(const struct monitor *m);

/* ---- due.c ----------------------------------------------------------------------------------------------------- */

/* Why no switch is ever made now; NULL: nothing forbids it. */
const char *due_never(const struct monitor *m);
/* Due but for a block of the witness since. */
bool due_enough_misses(const struct monitor *m);
/* A block of the witness signed with the present key is newer than the newest counted miss. */
bool due_produced_since(const struct monitor *m);
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
	int64_t reported_after_ms;  /* the same of what people hear */
	int32_t severity;
};
extern const struct guard guards[];
extern const uint32_t guard_count;

guard_holds guard_answer, guard_own_node, guard_clock, guard_participation, guard_hold, guard_priority,
	guard_max_switches, guard_confirm_nodes, guard_golosd_config, guard_retry;

/* ---- readiness.c ----------------------------------------------------------------------------------------------- */

/* GW_READY_*, and a sentence where it is not YES. */
uint8_t readiness_of(const struct monitor *m, const struct gw_now *now, char why[GW_TEXT_SIZE]);
void readiness_watch(struct monitor *m, const struct gw_now *now, struct monitor_actions *out);

/* ---- attempt.c: the submission in flight ----------------------------------------------------------------------- */

bool attempt_in_flight(const struct monitor *m);
void attempt_begin(struct monitor *m, enum monitor_cause cause, struct monitor_actions *out);
/* Ends one that has lost its cause, or that a guard overtook before it was sent. */
void attempt_watch(struct monitor *m, const struct gw_now *now, struct monitor_actions *out);
/* Until one that waits ends because our golosd's head is too old; INT64_MAX: none waits. */
int64_t attempt_old_in_ms(const struct monitor *m, const struct gw_now *now);
void attempt_progress(struct monitor *m, const struct gw_submission_event *event, struct monitor_actions *out);
void attempt_fail(struct monitor *m, int32_t reason, const struct gw_now *now);
/* The host has another one in hand: it is requested again soon. */
void attempt_not_taken(struct monitor *m, const struct gw_now *now);
void attempt_unrefuse(struct monitor *m);
/* Before a block of the driving node: those since the head may never have been seen. */
void attempt_miss_blocks(struct monitor *m, const struct gw_block_event *event);

/* ---- after.c: after a switch ----------------------------------------------------------------------------------- */

/* Before its block is counted. */
void after_fork(struct monitor *m, const struct gw_block_event *event);
void after_own_block(struct monitor *m, const struct gw_block_event *event, struct monitor_actions *out);
/* A block holds an update of the witness to our key. */
void after_update(struct monitor *m, const struct gw_block_event *event, struct monitor_actions *out);
/* Before the believed key changes. */
void after_key_leaves(struct monitor *m, uint8_t new_origin, struct monitor_actions *out);
/* Production was moved, or left where it is, by something that is no rule of a switch for all that is known. */
void after_moved_by_hand(struct monitor *m, struct monitor_actions *out);
/* Before the believed key changes: an update to another key names the block of that miss. */
void after_moved_by_rule(struct monitor *m, const struct monitor_gap *named, struct monitor_actions *out);
void after_key_comes(struct monitor *m, uint8_t origin_before, struct monitor_actions *out);
void after_misses(struct monitor *m, uint32_t new_misses, const struct gw_now *now, struct monitor_actions *out);

/* ---- command.c ------------------------------------------------------------------------------------------------- */

/* GW_OK or why not; ret_text says it either way. */
gw_status command_obey(struct monitor *m, const struct gw_command_event *event, char ret_text[GW_TEXT_SIZE],
		       struct monitor_actions *out);

#endif
