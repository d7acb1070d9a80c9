/* SPDX-License-Identifier: MIT
 *
 * Questions: time, driver, nodes, slots, the chain as a submission needs to see it.
 */
#include <stdio.h>
#include <string.h>

#include "chain/state.h"

/* ---- time -------------------------------------------------------------------------------------------------------- */

void belief_clock(const struct belief *belief, struct gw_now *now)
{
	int64_t best_ms = INT64_MIN;

	for (uint64_t i = 0; i < belief->clock_count && i < CLOCK_SAMPLES; i++) {
		if (belief->clock_ms[i] > best_ms)
			best_ms = belief->clock_ms[i];
	}
	now->chain_ms = belief->clock_count == 0 ? 0 : now->mono_ms + best_ms;
}

void state_set_now(struct belief *belief, const struct gw_now *now)
{
	belief->now = *now;
	belief_clock(belief, &belief->now);
}

void state_add_sample(struct belief *belief, int64_t time_s)
{
	belief->clock_ms[belief->clock_count % CLOCK_SAMPLES] = time_s * 1000 - belief->now.mono_ms;
	belief->clock_count++;
	belief_clock(belief, &belief->now);
}

bool state_is_old(const struct belief *belief, int64_t time_s)
{
	return gw_chain_now_ms(&belief->now) - time_s * 1000 > GW_HEAD_NEAR_S * INT64_C(1000);
}

/* ---- the driver -------------------------------------------------------------------------------------------------- */

uint64_t state_ticket(struct belief *belief, uint32_t index)
{
	return ++belief->tickets << 24 | index;
}

int belief_driver(const struct belief *belief)
{
	return belief->driver >= 0 && belief->endpoints[belief->driver].up ? belief->driver : -1;
}

bool state_is_elsewhere(const struct belief *belief)
{
	return belief->endpoints[belief->driver].head_num != belief->window.head_num;
}

static bool reports(const struct belief *belief, uint32_t endpoint)
{
	return belief->endpoints[endpoint].up && belief->endpoints[endpoint].mute == MUTE_NOT;
}

static bool is_up(const struct belief *belief, uint32_t endpoint)
{
	return belief->endpoints[endpoint].up;
}

static int endpoint_among(const struct belief *belief, uint32_t turn,
			  bool (*is_one)(const struct belief *belief, uint32_t endpoint))
{
	const uint32_t first = belief->driver < 0 ? 0 : (uint32_t)belief->driver;
	uint32_t found[ENDPOINTS_MAX], count = 0;

	for (uint32_t i = 0; i < belief->count; i++) {
		uint32_t endpoint = (first + i) % belief->count;

		if (is_one(belief, endpoint))
			found[count++] = endpoint;
	}
	return count > 0 ? (int)found[turn % count] : -1;
}

int belief_endpoint(const struct belief *belief, uint32_t turn)
{
	int endpoint = endpoint_among(belief, turn, reports);

	return endpoint >= 0 ? endpoint : endpoint_among(belief, turn, is_up);
}

int belief_endpoint_in_sync(const struct belief *belief, uint32_t turn)
{
	return endpoint_among(belief, turn, belief_in_sync);
}

bool state_another_can_report(const struct belief *belief)
{
	for (uint32_t e = 0; e < belief->count; e++)
		if ((int)e != belief->driver && reports(belief, e))
			return true;
	return false;
}

struct standing state_standing(const struct belief *belief)
{
	const struct schedule *schedule = &belief->schedule;
	const struct past_block *head = window_head(&belief->window);
	struct standing standing = {.mono_ms = belief->now.mono_ms,
				    .round_s = schedule->scheduled * schedule->interval_s};

	standing.skipping_blocks = schedule->interval_s == 0 ? 0 : schedule->skipping_reset_s / schedule->interval_s;
	standing.head_num = head ? head->num : 0;
	standing.head_time_s = head ? head->time_s : 0;
	return standing;
}

int64_t state_silence_ms(const struct watched *watched, int64_t since_ms, int64_t mono_ms)
{
	return mono_ms - (watched->reported_ms > since_ms ? watched->reported_ms : since_ms);
}

/* ---- what is raised of a witness --------------------------------------------------------------------------------- */

static uint32_t next_own_slot(const struct belief *belief, const char *witness)
{
	const struct past_block *head = window_head(&belief->window);
	uint32_t certain = head ? schedule_certain(&belief->schedule, head->num) : 0;

	for (uint32_t n = 1; n <= certain; n++) {
		const char *owner = schedule_owner(&belief->schedule, head->num,
						   head->time_s + (int64_t)n * belief->schedule.interval_s);

		if (owner && strcmp(owner, witness) == 0)
			return n;
	}
	return 0;
}

void state_raise_witness(struct belief *belief, struct watched *watched, uint32_t endpoint, const struct fetch *fetch,
			 const struct witness_answer *answer)
{
	struct gw_witness_event *event = &watched->event;

	memset(event, 0, sizeof(*event));
	event->struct_size = sizeof(*event);
	event->cause = GW_WITNESS_FETCHED;
	event->now = belief->now;
	memcpy(event->witness, watched->name, sizeof(event->witness));
	event->endpoint = endpoint;
	event->from_driver = (int)endpoint == belief->driver;
	event->exists = answer->exists;
	event->begun_seq = fetch->begun_seq;
	event->begun_block = fetch->begun_block;
	event->driver_epoch = belief->epoch;
	if (answer->exists) {
		event->key_trusted = watched->key.trusted;
		event->null_origin = watched->key.null_origin;
		event->key_seq = watched->key.seq;
		event->key_block = watched->key.block;
		event->total_missed = answer->total_missed;
		event->last_confirmed = answer->last_confirmed;
		event->next_own_slot = next_own_slot(belief, watched->name);
		memcpy(event->signing_key, watched->key.key, sizeof(event->signing_key));
		memcpy(event->fetched_key, answer->signing_key, sizeof(event->fetched_key));
		memcpy(event->url, answer->url, sizeof(event->url));
	}
	watched->raised = true;
	actions_add(&belief->actions, BELIEF_RAISE_WITNESS, endpoint)->event.witness = *event;
}

/* ---- what others look at ----------------------------------------------------------------------------------------- */

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

bool belief_in_sync(const struct belief *belief, uint32_t endpoint)
{
	const struct endpoint *of = &belief->endpoints[endpoint];

	/* a sync that paused told a chain time of then: by this machine's clock, too */
	return of->up && of->head_num != 0 && !state_is_old(belief, of->head_time_s) &&
	       belief->now.wall_ms - of->head_time_s * 1000 <= GW_HEAD_NEAR_S * INT64_C(1000);
}

static int64_t schedule_old_ms(const struct belief *belief, const struct gw_now *now)
{
	return belief->fetch.fresh ? 0 : now->mono_ms - belief->fetch.old_ms + 1;
}

bool belief_is_blind(const struct belief *belief, const char *witness, const struct gw_now *now,
		     char ret_why[GW_TEXT_SIZE])
{
	const struct watched *watched = witnesses_find(&belief->witnesses, witness);
	const int64_t round_ms = (int64_t)schedule_round(&belief->schedule) * belief->schedule.interval_s * 1000;
	const int driver = belief_driver(belief);
	int64_t silence_ms, old_ms = schedule_old_ms(belief, now);

	if (driver < 0 || !watched || belief->endpoints[driver].head_num == 0)
		return false;
	silence_ms = state_silence_ms(watched, belief->seen_ms, now->mono_ms);
	if (silence_ms >= BLIND_MS)
		snprintf(ret_why, GW_TEXT_SIZE, "no node has told of %s for %lld s, though blocks come", witness,
			 (long long)silence_ms / 1000);
	else if (old_ms >= ORDER_BLIND_MS && old_ms >= round_ms && !state_is_elsewhere(belief))
		snprintf(ret_why, GW_TEXT_SIZE,
			 "no node has told the order of witnesses for %lld s, though blocks come",
			 (long long)old_ms / 1000);
	else
		return false;
	return true;
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
	if (watched)
		memcpy(ret->signing_key, watched->key.key, sizeof(ret->signing_key));
	if (!head)
		return;
	ret->valid = belief_driver(belief) >= 0;
	ret->schedule_old_ms = schedule_old_ms(belief, now);
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

	if (!head || !belief->fetch.fresh || n == 0 || n > schedule_certain(&belief->schedule, head->num))
		return GW_ERR_UNAVAILABLE;
	const char *owner =
		schedule_owner(&belief->schedule, head->num, head->time_s + (int64_t)n * belief->schedule.interval_s);
	if (!owner)
		return GW_ERR_UNAVAILABLE;
	memcpy(ret_witness, owner, GW_ACCOUNT_SIZE);
	return GW_OK;
}
