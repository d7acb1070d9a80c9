/* SPDX-License-Identifier: MIT
 * The operator's wallet: a witness_update of his own, through a node on the side that counts. */
#include <stdio.h>

#include "world.h"

static uint8_t write_tx(struct world *world, uint8_t key, const struct sim_block *head, uint32_t life_s)
{
	struct sim_tx tx = {.ref_num = (uint16_t)head->num,
			    .ref_prefix = head->prefix,
			    .expiration_s = (uint32_t)head->time_s + life_s,
			    .key = key,
			    .sender = -1};

	snprintf(tx.id, sizeof(tx.id), "0%015llx%024x", (unsigned long long)world->events_made, head->num);
	snprintf(tx.signature, sizeof(tx.signature), "1f%s", tx.id);
	return (uint8_t)(chain_tx_note(&world->chain, &tx) - world->chain.txs);
}

void operator_update(struct world *world, uint8_t key)
{
	uint8_t place = write_tx(world, key, world_head(world), 60);

	world_trace(world, "the operator sets key %u", key);
	for (uint8_t i = (uint8_t)world->options.our_nodes; i < world->golosd_count; i++)
		if (world->golosds[i].alive && world->golosds[i].side == 0 &&
		    golosd_take(world, i, place) == SEND_ACCEPTED)
			return;
}

void operator_update_at(struct world *world, uint8_t key, uint8_t who, uint32_t life_s)
{
	const struct sim_block *head = chain_block(&world->chain, world->golosds[who].head);

	if (!world->golosds[who].alive || !head)
		return;
	world_trace(world, "the operator sets key %u by golosd %u", key, who);
	(void)golosd_take(world, who, write_tx(world, key, head, life_s));
}
