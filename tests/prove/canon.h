/* SPDX-License-Identifier: MIT
 *
 * The canonical form of a state, between its files: canon_values.c (numbers, slots, times), canon_monitor.c (the
 * monitor), canon_host.c (a watcher) and canon.c (the chain, and the whole).
 *
 * Numbers, slots and times stand as they differ from the present ones, so that what happened a round later is the same
 * state. Of what is so old that no fork reaches it only the order is kept; what no rule reads any more is zero. A
 * member that is not named here stands as it is: the state then repeats less often, and never wrongly.
 *
 * A form is made in two rounds: in the first the old numbers and the sequences are collected, in the second they stand
 * as their place among them.
 */
#ifndef PROVE_CANON_H
#define PROVE_CANON_H

#include "world.h"

/* Longer than any rule looks back but those of the hour (miss_window) and of the day (max_switches). That both last is
 * an approximation: whatever happened in a run counts to its end, however late that is. */
#define AWHILE_S   300
#define HALF_DAY_S 43200 /* older is what was before the run */
#define FEW_MISSED 24	 /* what rose by more rose by more than any rule asks */
#define RANKS_MAX  512

/* Distinct values, of which only the order is kept. */
struct ranks {
	uint64_t values[RANKS_MAX];
	uint32_t count;
};

/* What a form is made against. */
struct canon {
	uint32_t num, slot, missed, faults;
	uint32_t oldest;      /* a block before this one is asked for by nobody, and undone by no fork */
	uint32_t oldest_slot; /* its slot */
	int64_t time_s, mono_ms;
	const struct world *w;
	const struct setting *setting;
	bool collects;					   /* the first round */
	struct ranks *nums, *times, *missed_counts, *seqs; /* seqs: of the present host */
	uint32_t epoch;					   /* of the present host */
	uint64_t submissions;				   /* of the present host */
};

/* ---- canon_values.c: in the second round alone, but for canon_num and canon_seq -----------------------------------
 */
void canon_sort(struct ranks *ranks);
void canon_number(uint32_t *value, uint32_t base);
/* A count of missed slots: of what lies far below the chain's only the order is kept. */
void canon_missed(int64_t *value, const struct canon *b);
void canon_missed32(uint32_t *value, const struct canon *b);
/* A block's number. */
void canon_num(uint32_t *value, const struct canon *b);
void canon_seq(uint64_t *value, const struct canon *b);
/* least: ages beyond it are the same. */
void canon_time_s(int64_t *value, int64_t least, const struct canon *b);
void canon_mono_ms(int64_t *value, int64_t least, const struct canon *b);
/* Chain time of which only the order is asked once it lies before what is followed; and whether it is of today. */
void canon_past_s(int64_t *value, const struct canon *b);
void canon_past32_s(uint32_t *value, const struct canon *b);
void canon_slot(uint32_t *slot, const struct canon *b);
void canon_id(char text[GW_ID_SIZE], const struct canon *b);
void canon_ref(struct monitor_block_ref *r, const struct canon *b);
void canon_tapos(uint32_t *num, uint32_t *slot, const struct canon *b);

/* ---- canon_monitor.c, canon_host.c, canon.c ------------------------------------------------------------------------
 */
void canon_monitor(struct monitor *m, const struct canon *b);
void canon_host(struct host *h, struct canon *b);
void canon_tx(struct tx *tx, const struct canon *b);

#endif
