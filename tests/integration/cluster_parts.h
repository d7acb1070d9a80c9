/* SPDX-License-Identifier: MIT
 *
 * What cluster.c (beginning and end), cluster_chain.c (the devnet and the blocks seen), cluster_watchers.c (processes,
 * logs, control sockets) and cluster_wait.c share. Nobody else includes it.
 */
#ifndef INTEGRATION_CLUSTER_PARTS_H
#define INTEGRATION_CLUSTER_PARTS_H

#include <stdio.h>

#include "cluster.h"
#include "process.h"

#define ANSWER_MS (PATIENCE_S * 1000)

struct node {
	char *url, *public_key, *wif; /* the latter two NULL: no node of foo */
	uint16_t port;
};

struct watcher {
	struct process process;
	char *config_path, *control_path, *log_path;
	char *log, *answer_text;
	struct json *answer;
};

struct cluster {
	struct cluster_setup setup;
	char dir[64];
	struct process devnet;
	struct json *facts; /* what the devnet said of itself */
	char *chain_id, *active_wif;
	int64_t interval_s;
	unsigned node_count;
	struct node nodes[CLUSTER_NODES_MAX];
	struct watcher watchers[CLUSTER_NODES_MAX];
	struct ws_client *eye;	  /* block subscription at the last node */
	struct ws_client *hand;	  /* calls to it */
	struct json *last_answer; /* of the hand */
	int inotify_fd, signal_fd;
	cluster_witness *witness;
	void *witness_context;
	uint32_t head;
	struct cluster_block blocks[CLUSTER_BLOCKS_MAX];
};

/* One line, or what came until the end or the deadline. Caller frees. */
char *cluster_read_line(int fd, int64_t deadline_ms);
/* NULL: there is no such member. */
const struct json *cluster_member(const struct json *object, const char *key);
/* Starts the devnet and looks at its last node. */
void cluster_start_devnet(struct cluster *cluster);
void cluster_open_eye(struct cluster *cluster);
/* A message of the last node: a block is kept, and shown to who asked for it. */
void cluster_see_message(struct cluster *cluster, const char *text);
/* Paths and configuration of one watcher. */
void cluster_configure_watcher(struct cluster *cluster, unsigned index);
FILE *cluster_create_file(struct cluster *cluster, const char *path);

#endif
