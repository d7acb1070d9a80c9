/* SPDX-License-Identifier: MIT
 *
 * The rules of a switch. DESIGN.md "The rules of a switch". Pure: state in, event in, actions out; no clock, no I/O, no
 * allocation. Includes the ABI's plain types and libc, nothing else. One rule a function, named as DESIGN.md names it.
 * The state is plain data without pointers: it can be copied, compared and searched.
 */
#ifndef MONITOR_H
#define MONITOR_H

#include <golos_watch/types.h>
#include <stdbool.h>

#define MONITOR_ORDER_MAX 16
#define MONITOR_MISSES_MAX 108 /* allowed_misses (100 at most) + 8 */

struct monitor_options {
	char witness[GW_ACCOUNT_SIZE];
	char witness_pubkey[GW_KEY_SIZE];
	char order[MONITOR_ORDER_MAX][GW_KEY_SIZE];
	uint32_t order_count;
	int64_t miss_window_s;     /* 3600 */
	uint32_t allowed_misses;   /* 1 */
	uint32_t max_gap;          /* 3 slots */
	int64_t max_head_age_s;    /* 6 */
	int64_t max_clock_skew_s;  /* 3 */
	uint32_t min_participation; /* 50 % */
	int64_t takeover_step_s;   /* 0: one round of the schedule */
	uint32_t max_switches;     /* 3 a day */
	uint32_t confirm_nodes;    /* 1 */
	bool null_takeover;        /* on_null_key: takeover (true) or stay */
	bool preempt;
	int64_t preempt_delay_s;   /* 3600 */
	bool golosd_config_given;
	bool dry_run;
};

enum monitor_action_type {
	MONITOR_SUBMIT, /* intent */
	MONITOR_CANCEL, /* text: why; the submission in flight */
	MONITOR_NOTICE, /* severity, code, text */
	MONITOR_SAVE,   /* the state worth keeping changed: monitor_save */
	MONITOR_WAKE,   /* delay_ms: a timer event is wanted then */
};

struct monitor_action {
	enum monitor_action_type type;
	int32_t severity;
	const char *code; /* static text */
	int64_t delay_ms;
	char text[GW_TEXT_SIZE];
	struct gw_intent intent;
};

#define MONITOR_ACTIONS_MAX 24
struct monitor_actions { /* the caller empties it before each call */
	uint32_t count;
	struct monitor_action list[MONITOR_ACTIONS_MAX];
};

struct monitor {
	struct monitor_options options;
	/* what only monitor.c reads: plain data, no pointers */
	int32_t pause;
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
void monitor_submit_taken(struct monitor *m, uint64_t id);

/* What survives a restart: misses of the window, switches of the day, hold, the attempt in flight, pre-emption. One
 * versioned text, NUL-terminated. monitor_load refuses what it cannot read whole (GW_ERR_SYNTAX) and changes nothing. */
#define MONITOR_SAVE_SIZE 16384
gw_status monitor_save(const struct monitor *m, char ret[MONITOR_SAVE_SIZE]);
gw_status monitor_load(struct monitor *m, const char *text, size_t len);

/* State for people, a JSON object. GW_ERR_RANGE: it does not fit. */
gw_status monitor_status(const struct monitor *m, const struct gw_now *now, char *ret, size_t cap);

#endif
