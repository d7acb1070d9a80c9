/* SPDX-License-Identifier: MIT
 *
 * A host of the plugin's own: the real instances and services of host/plugins, and behind them a made-up chain that
 * takes what it is handed. Nothing leaves the process.
 */
#ifndef PLUGIN_CHECK_BENCH_H
#define PLUGIN_CHECK_BENCH_H

#include "plugins/instances.h"

#define BENCH_INSTANCES 2
#define BENCH_RPCS	4

/* What the plugin has under way in one instance. */
struct bench_instance {
	struct instance *instance; /* NULL: none */
	uint64_t submission;	   /* 0: none */
	struct gw_intent intent;
	bool is_cancelled;
	size_t rpc_count;
	uint64_t rpcs[BENCH_RPCS];
	size_t http_count;
	struct bench_http {
		uint64_t id;
		uint32_t source;
	} https[GW_HTTP_IN_FLIGHT];
};

struct bench {
	const struct config *config;
	struct config_instance wanted; /* the next one is made of it */
	struct instances *all;
	struct bench_instance list[BENCH_INSTANCES];
	bool refuses; /* whatever may fail fails */
	uint64_t ids;
	uint32_t head_num;
};

void bench_open(struct bench *bench);
/* All that is left is stopped and closed. */
void bench_close(struct bench *bench);
/* Opens one in place `index`; false: it did not open, and *err says why. */
bool bench_add(struct bench *bench, size_t index, struct error *err);
/* Starts what was opened. False: one refuses to start. */
bool bench_start(struct bench *bench);
void bench_remove(struct bench *bench, size_t index);
/* Gives the answers that the instances wait for: submissions come further, questions are answered. `round` chooses. */
void bench_answer(struct bench *bench, unsigned round);
void bench_forget_store(void);

/* What a plugin of another user could not be told: the block id of that number, 40 hex digits. */
void bench_block_id(char ret[GW_ID_SIZE], uint32_t num);

#endif
