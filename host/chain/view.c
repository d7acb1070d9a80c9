/* SPDX-License-Identifier: MIT
 *
 * What others look at: nodes, slots, the chain as a submission needs to see it.
 */
#include <stdio.h>
#include <string.h>

#include "chain/state.h"

const struct gw_nodes_event *belief_nodes(struct belief *belief)
{
	for (uint32_t e = 0; e < belief->count; e++) {
		const struct endpoint *endpoint = &belief->endpoints[e];
		struct gw_node *node = &belief->nodes[e];

		node->struct_size = sizeof(*node);
		node->head_num = endpoint->head_num;
		node->head_time_s = endpoint->head_time_s;
		memcpy(node->head_id, endpoint_head_id(endpoint), strlen(endpoint_head_id(endpoint)) + 1);
		node->is_own = e == 0;
		node->is_driver = (int)e == belief_driver(belief);
		node->connected = endpoint->up;
		node->branch = endpoint_branch(&belief->endpoints[0], endpoint);
		node->url = endpoint->url;
		belief->node_list[e] = node;
	}
	belief->nodes_event.struct_size = sizeof(belief->nodes_event);
	belief->nodes_event.count = belief->count;
	belief->nodes_event.now = belief->now;
	belief->nodes_event.nodes = belief->node_list;
	return &belief->nodes_event;
}

int belief_driver(const struct belief *belief)
{
	return belief->driver >= 0 && belief->endpoints[belief->driver].up ? belief->driver : -1;
}

bool belief_in_sync(const struct belief *belief, uint32_t endpoint)
{
	const struct endpoint *of = &belief->endpoints[endpoint];

	/* a sync that paused told a chain time of then: by this machine's clock, too */
	return of->up && of->head_num != 0 && !belief_is_old(belief, of->head_time_s) &&
	       belief->now.wall_ms - of->head_time_s * 1000 <= CAUGHT_UP_AGE_S * INT64_C(1000);
}

bool belief_head_is_near(const struct gw_now *now, int64_t time_s)
{
	int64_t age_ms = (now->chain_ms != 0 ? now->chain_ms : now->wall_ms) - time_s * 1000;

	return age_ms <= CAUGHT_UP_AGE_S * INT64_C(1000) && age_ms >= -CAUGHT_UP_AGE_S * INT64_C(1000);
}

static int64_t order_old_ms(const struct belief *belief, const struct gw_now *now)
{
	return belief->order.fresh ? 0 : now->mono_ms - belief->order.old_ms + 1;
}

bool belief_is_blind(const struct belief *belief, const char *witness, const struct gw_now *now,
		     char ret_why[GW_TEXT_SIZE])
{
	const struct watched *watched = witnesses_find(&belief->witnesses, witness);
	const int64_t round_ms = (int64_t)schedule_round(&belief->schedule) * belief->schedule.interval_s * 1000;
	const int driver = belief_driver(belief);
	int64_t silence_ms, old_ms = order_old_ms(belief, now);

	if (driver < 0 || !watched || belief->endpoints[driver].head_num == 0)
		return false;
	silence_ms = asks_silence_ms(watched, belief->seen_ms, now->mono_ms);
	if (silence_ms >= BLIND_MS)
		snprintf(ret_why, GW_TEXT_SIZE, "no node has told of %s for %lld s, though blocks come", witness,
			 (long long)silence_ms / 1000);
	else if (old_ms >= ORDER_BLIND_MS && old_ms >= round_ms && !asks_are_elsewhere(belief))
		snprintf(ret_why, GW_TEXT_SIZE,
			 "no node has told the order of witnesses for %lld s, though blocks come",
			 (long long)old_ms / 1000);
	else
		return false;
	return true;
}

bool belief_holds(const struct belief *belief, const char *block_id)
{
	return window_holds(&belief->window, block_id);
}

const struct gw_witness_event *belief_witness(const struct belief *belief, const char *witness)
{
	const struct watched *watched = witnesses_find(&belief->witnesses, witness);

	return watched && watched->raised ? &watched->event : NULL;
}

/* A slot gone by for a whole interval holds no block any more, so the next shuffle lies that much further off. */
static void view_slots(const struct belief *belief, const char *witness, int64_t chain_s, struct chain_view *view)
{
	int64_t interval_s = belief->schedule.interval_s;
	int64_t head_s = view->head_time_s / interval_s * interval_s;
	int64_t passed = chain_s > head_s ? (chain_s - head_s) / interval_s : 0;
	int64_t certain = schedule_certain(&belief->schedule, view->head_num) + (passed > 0 ? passed - 1 : 0);

	view->passed = passed < UINT32_MAX ? (uint32_t)passed : UINT32_MAX;
	view->next_slot_time_s = head_s + (passed + 1) * interval_s;
	for (uint32_t i = 0; i < VIEW_SLOTS_MAX; i++) {
		const char *owner =
			schedule_owner(&belief->schedule, view->head_num, view->next_slot_time_s + i * interval_s);

		if (!owner || passed + 1 + i > certain)
			view->slots[i] = SLOT_UNKNOWN;
		else
			view->slots[i] = strcmp(owner, witness) == 0 ? SLOT_OURS : SLOT_OTHER;
	}
}

static void view_unmissed(const struct belief *belief, const struct watched *watched, const struct past_block *head,
			  struct chain_view *ret)
{
	const struct past_block *parent = window_at(&belief->window, head->num - 1);
	const struct past_block *before = window_at(&belief->window, head->num - 2);

	ret->unmissed_num = head->num - 1;
	memcpy(ret->unmissed_id, head->previous, sizeof(ret->unmissed_id));
	if (!parent || parent->slots <= 1)
		return;
	if (before && before->slots > 1 && !(watched && watched->missed_num == parent->num))
		return;
	ret->unmissed_num = head->num - 2;
	memcpy(ret->unmissed_id, parent->previous, sizeof(ret->unmissed_id));
}

void belief_view(const struct belief *belief, const char *witness, const struct gw_now *now, struct chain_view *ret)
{
	const struct past_block *head = window_head(&belief->window);
	const struct watched *watched = witnesses_find(&belief->witnesses, witness);
	struct gw_now clock = *now;

	memset(ret, 0, sizeof(*ret));
	ret->seq = belief->seq;
	ret->driver_epoch = belief->epoch;
	ret->interval_s = belief->schedule.interval_s;
	ret->scheduled = belief->schedule.scheduled;
	ret->irreversible = belief->irreversible;
	/* what another endpoint showed is read again: till then the own node's word is old */
	if (watched && belief->vouched == belief->window.head_num) {
		memcpy(ret->signing_key, watched->key.key, sizeof(ret->signing_key));
		memcpy(ret->pending_key, watched->pending_key, sizeof(ret->pending_key));
		ret->key_is_fetched = !watched->key.trusted;
	}
	ret->driver_is_elsewhere = belief_driver(belief) < 0 || asks_are_elsewhere(belief);
	if (!head)
		return;
	ret->is_followed = belief_driver(belief) >= 0 && !belief->catch_up.active;
	ret->valid = ret->is_followed && belief->order.fresh;
	ret->order_old_ms = order_old_ms(belief, now);
	ret->head_num = head->num;
	memcpy(ret->head_id, head->id, sizeof(ret->head_id));
	view_unmissed(belief, watched, head, ret);
	ret->head_time_s = head->time_s;
	belief_clock(belief, &clock);
	view_slots(belief, witness, clock.chain_ms / 1000, ret);
}

gw_status belief_slot(const struct belief *belief, uint32_t n, char ret_witness[GW_ACCOUNT_SIZE])
{
	const struct past_block *head = window_head(&belief->window);

	if (!head || !belief->order.fresh || n == 0 || n > schedule_certain(&belief->schedule, head->num))
		return GW_ERR_UNAVAILABLE;
	const char *owner =
		schedule_owner(&belief->schedule, head->num, head->time_s + (int64_t)n * belief->schedule.interval_s);
	if (!owner)
		return GW_ERR_UNAVAILABLE;
	memcpy(ret_witness, owner, GW_ACCOUNT_SIZE);
	return GW_OK;
}
