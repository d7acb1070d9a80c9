/* SPDX-License-Identifier: MIT
 * The operator's wallet: a witness_update of his own, through a node on the side that counts. */
#include <stdio.h>

#include "world.h"

void operator_update(struct world *world, uint8_t key)
{
	const struct sim_block *head = world_head(world);
	struct sim_tx tx = {.ref_num = (uint16_t)head->num,
			    .ref_prefix = head->prefix,
			    .expiration_s = (uint32_t)head->time_s + 60,
			    .key = key,
			    .sender = -1};

	snprintf(tx.id, sizeof(tx.id), "0%015llx%024x", (unsigned long long)world->events_made, head->num);
	snprintf(tx.signature, sizeof(tx.signature), "1f%s", tx.id);
	world_trace(world, "the operator sets key %u", key);
	uint8_t place = (uint8_t)(chain_tx_note(&world->chain, &tx) - world->chain.txs);
	for (uint8_t i = (uint8_t)world->options.our_nodes; i < world->golosd_count; i++)
		if (world->golosds[i].alive && world->golosds[i].side == 0 &&
		    golosd_take(world, i, place) == SEND_ACCEPTED)
			return;
}
