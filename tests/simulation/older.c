/* SPDX-License-Identifier: MIT
 *
 * The older script's rule, for comparison: a poll every 30 s, a tumbling window, 0 as "no baseline";
 * docs/protocol.md 8. One per node, asking that node.
 */
#include <stdio.h>

#include "world.h"

#define POLL_MS	   30000
#define HEAD_AGE_S 6

static void broadcast(struct world *world, uint8_t who, const struct sim_block *head)
{
	struct sim_tx tx = {.ref_num = (uint16_t)head->num,
			    .ref_prefix = head->prefix,
			    .expiration_s = (uint32_t)head->time_s + 60,
			    .key = world->golosds[who].key,
			    .sender = (int8_t)who,
			    .sent_ms = world->now_ms};

	snprintf(tx.id, sizeof(tx.id), "%016llx%024x", (unsigned long long)world->events_made, who);
	uint8_t place = (uint8_t)(chain_tx_note(&world->chain, &tx) - world->chain.txs);
	(void)golosd_take(world, who, place);
	world->last_send_ms = world->now_ms;
}

static void judge(struct world *world, uint8_t who, const struct sim_block *head)
{
	struct older *o = &world->older[who];
	int64_t total = head->total_missed[OURS];

	if (golosd_pending_key(world, who) == world->golosds[who].key) {
		o->baseline = 0;
	} else if (o->baseline == 0) {
		o->baseline = total;
		o->window_ms = world->now_ms;
	} else if (total - o->baseline > (int64_t)world->options.monitor.allowed_misses) {
		broadcast(world, who, head);
	} else if (world->now_ms - o->window_ms > world->options.monitor.miss_window_s * 1000) {
		o->baseline = total;
		o->window_ms = world->now_ms;
	}
}

void older_poll(struct world *world, const struct event *event)
{
	const struct golosd *golosd = &world->golosds[event->who];
	const struct sim_block *head = chain_block(&world->chain, golosd->head);

	world_at(world, POLL_MS, event);
	if (!golosd->alive || !head || GENESIS_TIME_S + world->now_ms / 1000 - head->time_s > HEAD_AGE_S)
		return;
	judge(world, event->who, head);
}
