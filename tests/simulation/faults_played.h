/* SPDX-License-Identifier: MIT
 *
 * The faults that a run of the simulation draws: what each does to the world, and how it is mended. When they come is
 * in faults.c.
 */
#ifndef SIMULATION_FAULTS_PLAYED_H
#define SIMULATION_FAULTS_PLAYED_H

#include "world.h"

enum fault {
	FAULT_GOLOSD_DIES,
	FAULT_WATCHER_DIES,
	FAULT_BOTH_DIE,
	FAULT_DIES_AT_RECORD,
	FAULT_GOLOSD_FREEZES,
	FAULT_SILENT_SOCKET,
	FAULT_GOLOSD_LAGS,
	FAULT_GOLOSD_IDLE,
	FAULT_MINORITY,
	FAULT_WATCHER_CUT,
	FAULT_CLOCK_STEPS,
	FAULT_OPERATOR_DISABLES,
	FAULT_OPERATOR_MOVES,
	FAULT_OPERATOR_LENDS,
	FAULT_HOLD,
	FAULT_TAKEOVER,
	FAULT_OUTAGE,
	FAULT_OTHERS_DIE,
	FAULT_UNSTEADY,
	FAULT_DISK_FULL,
	FAULT_DISK_HANGS,
	FAULT_NO_AUTHORITY,
	FAULT_WATCHER_STANDS,
	FAULT_STALE_ANSWERS,
	FAULT_ENDPOINT_LAGS,
	FAULT_ENDPOINT_STALE,
	FAULT_ENDPOINT_MINORITY,
	FAULT_ENDPOINT_ASTRAY,
	FAULT_FORK_TOLD_LATE,
	FAULT_NO_ANSWERS,
	FAULT_ENDPOINT_NO_ANSWERS,
	FAULT_GOLOSD_SYNCS,
	FAULT_LONG_OUTAGE,
	FAULT_RESTART_IN_OUTAGE,
	FAULT_ALL_IDLE,
	FAULT_OTHERS_REPLACED,
	FAULT_UNDO_LIMIT,
	FAULT_COUNT,
};

/* Ours is one of two witnesses: each is half of the chain. */
bool is_chain_of_two(const struct world *world);
const char *fault_name(enum fault fault);
/* who: the one of our nodes that it befalls. The dice draw how bad it is. */
void fault_begin(struct world *world, struct dice *dice, enum fault fault, uint8_t who);
void fault_end(struct world *world, struct dice *dice, enum fault fault, uint8_t who);

#endif
