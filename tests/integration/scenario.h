/* SPDX-License-Identifier: MIT
 *
 * What the scenarios on real processes share. One run a process; what is not as expected ends it.
 */
#ifndef INTEGRATION_SCENARIO_H
#define INTEGRATION_SCENARIO_H

#include "cluster.h"

#define WITNESSES 3 /* a slot of foo's every 3 s */

#define STATUS	 "{\"v\":1,\"verb\":\"status\"}"
#define TAKEOVER "{\"v\":1,\"verb\":\"takeover\"}"
#define HOLD	 "{\"v\":1,\"verb\":\"hold\"}"
#define RESUME	 "{\"v\":1,\"verb\":\"resume\"}"

#define expect(cluster, condition)                                                                                     \
	do {                                                                                                           \
		if (!(condition))                                                                                      \
			cluster_give_up(cluster, "%s:%d: not so: %s", __FILE__, __LINE__, #condition);                 \
	} while (0)

/* `watchers` nodes of foo with a watcher beside each. */
struct cluster *begin(unsigned watchers);
/* Produces its first block, and then kills the node; the block after which it is dead. */
uint32_t kill_primary(struct cluster *cluster);
/* foo's slots left empty in the blocks from..to: only foo misses here. */
unsigned skipped(const struct cluster *cluster, uint32_t from, uint32_t to);
/* The newest block up to `to` that stands after an empty slot. */
uint32_t last_gap(const struct cluster *cluster, uint32_t to);
/* The switch to `node` after `since`: one update, in a block at most two after the gap that made it due (the slot of
 * foo may lie between), after no more than `misses` empty slots; and node's first slot is produced. */
void expect_takeover(struct cluster *cluster, int node, uint32_t since, unsigned misses);
/* The same, in a block soon after the gap that made it due. */
void expect_prompt_takeover(struct cluster *cluster, int node, uint32_t since, unsigned misses);
/* Different transactions that the watcher's signer has signed, in all its lives. */
unsigned count_signed(struct cluster *cluster, int watcher);
/* The signer writes its lines by itself, and what the host says of a signature may stand before them. */
void await_signed(struct cluster *cluster, int watcher, unsigned count);
void expect_signed(struct cluster *cluster, int watcher, unsigned count);
/* Nothing moves for so many rounds. */
void expect_peace(struct cluster *cluster, unsigned rounds);

/* ---- scenario_production.c: the producer fails, or a backup ------------------------------------------------------ */

struct cluster *primary_killed(void);
struct cluster *without_virtual_operations(void);
struct cluster *two_witnesses(void);
struct cluster *twenty_one_witnesses(void);
struct cluster *primary_out_of_sync(void);
struct cluster *backup_out_of_sync(void);
struct cluster *silent_primary(void);
struct cluster *stopped_primary(void);
struct cluster *silent_backup(void);
struct cluster *three_backups(void);
struct cluster *first_backup_dead(void);
struct cluster *both_dead_and_backup_back(void);
struct cluster *both_dead_and_primary_back(void);

/* ---- scenario_people.c: fail-back, handover, disable, hold ------------------------------------------------------- */

struct cluster *fail_back(void);
struct cluster *no_fail_back(void);
struct cluster *planned_takeover(void);
struct cluster *operator_disables(void);
struct cluster *chain_disables(void);
struct cluster *hold_and_resume(void);
struct cluster *told_after_the_broadcast(void);

/* ---- scenario_in_flight.c: the way of the transaction ------------------------------------------------------------ */

struct cluster *swallowed_by_one(void);
struct cluster *refused_by_one(void);
struct cluster *host_killed_in_flight(void);
struct cluster *signer_killed_in_flight(void);
struct cluster *reloaded_in_flight(void);
struct cluster *cancelled_and_restarted(void);
struct cluster *disk_hangs(void);
struct cluster *journal_locked(void);
struct cluster *journal_locked_and_restarted(void);

/* ---- scenario_refusals.c: each way in which golosd refuses ------------------------------------------------------ */

struct cluster *refused_by_all(void);

/* ---- scenario_nodes.c: nodes that are not what they should be ---------------------------------------------------- */

struct cluster *lying_endpoints(void);
struct cluster *authority_of_the_past(void);
struct cluster *authority_of_an_old_state(void);
struct cluster *without_witness_api(void);
struct cluster *without_broadcast_api(void);
struct cluster *does_not_tell_of_the_witness(void);
struct cluster *does_not_tell_the_order(void);
struct cluster *account_without_golos_power(void);
struct cluster *restarted_with_a_switch_due(void);
struct cluster *authority_wrong_at_the_start(void);
struct cluster *competing_branch(void);
struct cluster *competing_branch_heard_later(void);
struct cluster *wrong_clock(void);
struct cluster *node_comes_later(void);

/* ---- scenario_process.c: what the system does to host and signer ------------------------------------------------- */

struct cluster *log_unread(void);
struct cluster *signer_stopped(void);

/* ---- scenario_feed.c: the price feed ----------------------------------------------------------------------------- */

struct cluster *feed_published(void);
struct cluster *feed_sources_fail(void);
struct cluster *feed_hostile_sources(void);
struct cluster *feed_old_and_far(void);
struct cluster *feed_of_three_days(void);
struct cluster *feed_jumps(void);
struct cluster *feed_taken_over(void);
struct cluster *feed_restarted(void);

#endif
