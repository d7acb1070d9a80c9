/* SPDX-License-Identifier: MIT
 *
 * A golos-devnet and a golos-watchd beside each node of foo, as real processes in a directory of their own: what the
 * demo, the scenarios and the bench stand on. The last node belongs to nobody: the harness looks at the chain and
 * orders faults through it, and no scenario breaks it.
 *
 * Nothing sleeps: each wait is for an event (a block, a line in a log, a process that ends) and has a deadline. What
 * cannot go on (a deadline passed, a program missing) says why, shows the logs, clears up and ends this process with
 * status 1. One cluster a process, one thread.
 */
#ifndef INTEGRATION_CLUSTER_H
#define INTEGRATION_CLUSTER_H

#include <stdio.h>
#include <sys/types.h>

#include "base/json.h"

#define CLUSTER_NODES_MAX  8
#define CLUSTER_BLOCKS_MAX 8192
#define NOBODY		   (-1)
#define PATIENCE_S	   90 /* with any one thing: what takes so long on the busiest machine does not come */

struct cluster;

struct cluster_setup {
	const char *bin_dir;	/* NULL: the programs of this build */
	const char *plugin_dir; /* NULL: the plugins of this build */
	unsigned witnesses;	/* 0: 7 */
	unsigned watchers;	/* nodes of foo, and a watcher beside each; there is one node more */
	unsigned more_nodes;	/* of foo too, with no watcher beside them; their keys are in no `order` */
	const char *devnet_options[6];
	const char *monitor_options[6]; /* lines for each monitor: "allowed_misses: 0" */
	const char *more_plugins[32];	/* lines after the monitor: "  - name: price_feed" */
	const char *host_options[4];	/* lines for the top of each watcher's configuration */
	/* writes further ones, which differ between watchers; dir: of the files of all; NULL: none */
	void (*more_host_lines)(FILE *file, const char *dir, unsigned watcher);
	bool key_from_environment; /* env: instead of file: */
	bool key_as_credential;	   /* credential:, as the packaged unit has it */
	bool starts_no_watcher;	   /* cluster_start_watcher does */
	bool debug;		   /* golos-watchd -d */
	bool on_disk;		   /* else in memory: how long a disk takes to sync is no part of what is tested */
	bool ends_on_signal;	   /* SIGINT and SIGTERM clear up and end this process with 130 */
};

/* One block as the last node pushed it. */
struct cluster_block {
	uint32_t num; /* 0: not seen */
	int64_t time_s;
	char id[GW_ID_SIZE];
	char witness[GW_ACCOUNT_SIZE];
	char signing_key[GW_KEY_SIZE];
	unsigned skipped;	      /* empty slots before it */
	unsigned updates;	      /* witness_updates of foo in it; of the last one: */
	char update_key[GW_KEY_SIZE]; /* the key it sets */
	char update_id[GW_ID_SIZE];   /* its transaction's id */
};

struct cluster *cluster_new(const struct cluster_setup *setup);
void cluster_free(struct cluster *cluster); /* ends all processes and removes the directory */

/* Ends the scenario. The attribute, not _Noreturn: cppcheck knows that one alone. */
__attribute__((noreturn)) void cluster_give_up(struct cluster *cluster, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* ---- the chain -------------------------------------------------------------------------------------------------- */

/* A call at the last node; the whole answer's `result`: borrowed until the next call. args: a JSON array. */
const struct json *cluster_call(struct cluster *cluster, const char *api, const char *method, const char *args);
/* devnet_api; args are printed. */
void cluster_fault(struct cluster *cluster, const char *method, const char *args_fmt, ...) PRINTF_LIKE(3, 4);

const char *cluster_key(const struct cluster *cluster,
			int node); /* node's public signing key of foo; NOBODY: null key */
const char *cluster_signing_wif(const struct cluster *cluster, int node);
const char *cluster_active_wif(const struct cluster *cluster);
const char *cluster_chain_id(const struct cluster *cluster);
const char *cluster_url(const struct cluster *cluster, int node);
uint16_t cluster_port(const struct cluster *cluster, int node);
/* 0: the newest. NULL: not seen. */
const struct cluster_block *cluster_block(const struct cluster *cluster, uint32_t num);
uint32_t cluster_head(const struct cluster *cluster); /* the newest block seen */
/* As the last node has it by now: where this process got no time, blocks may be waiting to be seen. */
uint32_t cluster_chain_head(struct cluster *cluster);
/* The newest block of foo after block `since` that the node's key signed; NULL: none. */
const struct cluster_block *cluster_produced(const struct cluster *cluster, int node, uint32_t since);
/* The first block after `since` that sets foo's key to the node's. */
const struct cluster_block *cluster_updated(const struct cluster *cluster, int node, uint32_t since);
/* Different transactions that set foo's key, of all blocks after `since`. */
unsigned cluster_count_updates(const struct cluster *cluster, uint32_t since);
int64_t cluster_total_missed(struct cluster *cluster);
/* Whose key the chain holds for foo; NOBODY: the null key or a stranger's. */
int cluster_producer(struct cluster *cluster);

/* ---- watchers --------------------------------------------------------------------------------------------------- */

void cluster_start_watcher(struct cluster *cluster, int watcher);
/* Ends what has been started with `signal`, and waits for the end; returns waitpid's status. */
int cluster_end_watcher(struct cluster *cluster, int watcher, int signal);
/* Waits for an end that comes by itself. */
int cluster_await_end(struct cluster *cluster, int watcher, unsigned timeout_s);
bool cluster_watcher_runs(const struct cluster *cluster, int watcher);
pid_t cluster_pid(const struct cluster *cluster, int watcher);
pid_t cluster_signer_pid(struct cluster *cluster, int watcher); /* 0: there is none */

const char *cluster_dir(const struct cluster *cluster);
/* Everything it has said since its first start; borrowed until the next call. */
const char *cluster_log(struct cluster *cluster, int watcher);
bool cluster_has_said(struct cluster *cluster, int watcher, const char *text);

/* One line to the control socket, `result` of the answer: borrowed until the next call; NULL: no host is there. */
const struct json *cluster_ask(struct cluster *cluster, int watcher, const char *request);
/* A member of the monitor's status as text; "" where it is absent. Borrowed until the next call. */
const char *cluster_status(struct cluster *cluster, int watcher, const char *member);

/* ---- waiting ---------------------------------------------------------------------------------------------------- */

typedef bool cluster_condition(struct cluster *cluster, void *context);
typedef void cluster_witness(void *context, const struct cluster_block *block);

/* Called with each block as it is seen. */
void cluster_on_block(struct cluster *cluster, cluster_witness *witness, void *context);

/* Waits for one event, a block or a line in a log; false: deadline_ms (monotonic) passed. */
bool cluster_step(struct cluster *cluster, int64_t deadline_ms);
/* Until it holds; looked at after each event. what: "foo to be moved to node 2", for the one who reads why it gave up.
 */
void cluster_await(struct cluster *cluster, unsigned timeout_s, cluster_condition *condition, void *context,
		   const char *what);
void cluster_await_said(struct cluster *cluster, int watcher, const char *text, unsigned timeout_s);
/* So many more than the chain has by now. */
void cluster_await_blocks(struct cluster *cluster, unsigned count);
/* Connected, in sync, and knows the witness. */
void cluster_await_watching(struct cluster *cluster, int watcher);
const struct cluster_block *cluster_await_update(struct cluster *cluster, int node, uint32_t since, unsigned timeout_s);
const struct cluster_block *cluster_await_production(struct cluster *cluster, int node, uint32_t since,
						     unsigned timeout_s);

#endif
