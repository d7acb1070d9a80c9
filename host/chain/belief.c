/* SPDX-License-Identifier: MIT
 *
 * What the host believes about the chain: endpoints, the driver among them, what is asked when, and the view.
 */
#include "chain/belief.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "chain/state.h"

#define CHECK_INTERVAL_MS (CHECK_INTERVAL_S * INT64_C(1000))

/* ---- life ------------------------------------------------------------------------------------------------------- */

struct belief *belief_new(const struct belief_options *options)
{
	struct belief *belief = xcalloc(1, sizeof(*belief));

	belief->count = options->endpoints < ENDPOINTS_MAX ? options->endpoints : ENDPOINTS_MAX;
	for (uint32_t e = 0; e < belief->count; e++)
		belief->endpoints[e].url = options->urls[e];
	memcpy(belief->chain_id, options->chain_id, sizeof(belief->chain_id));
	belief->driver = -1;
	belief->epoch = 1;
	witnesses_init(&belief->witnesses, options->witnesses_max);
	actions_init(&belief->actions);
	return belief;
}

void belief_free(struct belief *belief)
{
	if (!belief)
		return;
	follow_pause(belief);
	witnesses_done(&belief->witnesses);
	actions_done(&belief->actions);
	free(belief);
}

/* ---- clocks ----------------------------------------------------------------------------------------------------- */

void belief_clock(const struct belief *belief, struct gw_now *now)
{
	int64_t best_ms = INT64_MIN;

	for (uint64_t i = 0; i < belief->clock_count && i < CLOCK_SAMPLES; i++) {
		if (belief->clock_ms[i] > best_ms)
			best_ms = belief->clock_ms[i];
	}
	now->chain_ms = belief->clock_count == 0 ? 0 : now->mono_ms + best_ms;
}

/* By chain time; by this machine's clock, which may be wrong, before that is known. */
bool belief_is_old(const struct belief *belief, int64_t time_s)
{
	int64_t now_ms = belief->now.chain_ms != 0 ? belief->now.chain_ms : belief->now.wall_ms;

	return now_ms - time_s * 1000 > CAUGHT_UP_AGE_S * INT64_C(1000);
}

static void set_now(struct belief *belief, const struct gw_now *now)
{
	belief->now = *now;
	belief_clock(belief, &belief->now);
}

/* A block is fresh, and tells the time, unless it came much sooner after the one before than it was made: a node that
 * syncs sends its blocks as fast as it can. */
static void sample_clock(struct belief *belief, const struct block *block)
{
	int64_t mono_ms = belief->now.mono_ms;
	int64_t made_ms = (block->time_s - belief->pushed_time_s) * 1000;
	int64_t came_ms = mono_ms - belief->pushed_mono_ms;

	if (belief->pushed_mono_ms != 0 && made_ms > 0 && came_ms >= made_ms / 2) {
		belief->clock_ms[belief->clock_count % CLOCK_SAMPLES] = block->time_s * 1000 - mono_ms;
		belief->clock_count++;
		belief_clock(belief, &belief->now);
	}
	belief->pushed_mono_ms = mono_ms;
	belief->pushed_time_s = block->time_s;
}

/* ---- tickets and asks ------------------------------------------------------------------------------------------- */

/* Unique for ever; the low bits tell at once whose it is. */
uint64_t belief_ticket(struct belief *belief, uint32_t index)
{
	return ++belief->tickets << 24 | index;
}

static bool driver_is_up(const struct belief *belief)
{
	return belief->driver >= 0 && belief->endpoints[belief->driver].up;
}

struct standing belief_standing(const struct belief *belief)
{
	const struct schedule *schedule = &belief->schedule;
	const struct past_block *head = window_head(&belief->window);
	struct standing standing = {.seq = belief->seq, .round_s = schedule->scheduled * schedule->interval_s};

	standing.skipping_blocks = schedule->interval_s == 0 ? 0 : schedule->skipping_reset_s / schedule->interval_s;
	standing.head_num = head ? head->num : 0;
	standing.head_time_s = head ? head->time_s : 0;
	return standing;
}

/* The driver, and as many others as the witness wants, in the list's order. */
static bool is_asked(const struct belief *belief, const struct watched *watched, uint32_t endpoint)
{
	uint32_t others = 1;

	if ((int)endpoint == belief->driver)
		return true;
	for (uint32_t e = 0; e < endpoint; e++)
		others += (int)e != belief->driver && belief->endpoints[e].up;
	return belief->endpoints[endpoint].up && others < watched->endpoints;
}

static void begin_fetch(struct belief *belief, struct watched *watched, uint32_t endpoint)
{
	struct fetch *fetch = &watched->fetches[endpoint];
	struct belief_action *action = actions_add(&belief->actions, BELIEF_ASK_WITNESS, endpoint);
	uint32_t index = (uint32_t)(watched - belief->witnesses.list);

	fetch->ticket = belief_ticket(belief, index * ENDPOINTS_MAX + endpoint);
	fetch->wanted = false;
	fetch->begun_ms = belief->now.mono_ms;
	fetch->begun_seq = belief->seq;
	fetch->begun_block = belief->window.head_num;
	fetch->begun_time_s = window_head(&belief->window)->time_s;
	action->ticket = fetch->ticket;
	memcpy(action->witness, watched->name, sizeof(action->witness));
}

static void begin_fetches(struct belief *belief)
{
	struct witnesses *witnesses = &belief->witnesses;

	if (!witnesses->any_wanted)
		return;
	witnesses->any_wanted = false;
	for (uint32_t i = 0; i < witnesses->count; i++) {
		struct watched *watched = &witnesses->list[i];

		for (uint32_t e = 0; e < belief->count; e++) {
			if (!watched->fetches[e].wanted || watched->fetches[e].ticket != 0)
				continue;
			watched->fetches[e].wanted = false;
			if (is_asked(belief, watched, e))
				begin_fetch(belief, watched, e);
		}
	}
}

static void ask_head(struct belief *belief)
{
	struct belief_action *action = actions_add(&belief->actions, BELIEF_ASK_HEAD, (uint32_t)belief->driver);

	belief->head_ticket = belief_ticket(belief, 0);
	belief->head_asked_ms = belief->now.mono_ms;
	action->ticket = belief->head_ticket;
}

static void begin_order_fetch(struct belief *belief)
{
	struct order_fetch *order = &belief->order;
	struct belief_action *action;

	if (!order->wanted || order->asked_for)
		return;
	action = actions_add(&belief->actions, BELIEF_ASK_SCHEDULE, (uint32_t)belief->driver);
	order->wanted = false;
	order->asked_for = true;
	order->answered = false;
	order->era = schedule_era(&belief->schedule, belief->window.head_num);
	order->generation = belief->generation;
	order->ticket = belief_ticket(belief, 0);
	action->ticket = order->ticket;
}

/* While the driver syncs, its answers are of a state further on than the blocks: once a second is enough then. */
static bool is_behind(const struct belief *belief)
{
	const struct past_block *head = window_head(&belief->window);

	return head && belief_is_old(belief, head->time_s);
}

/* Before its first block on this connection its answers are of a state that our blocks have not reached. */
static void begin_asks(struct belief *belief, bool tick)
{
	if (!driver_is_up(belief) || !belief->endpoints[belief->driver].gives || belief->catch_up.active)
		return;
	if (!tick && is_behind(belief))
		return;
	begin_order_fetch(belief);
	begin_fetches(belief);
}

/* ---- endpoints and the driver ----------------------------------------------------------------------------------- */

static void subscribe(struct belief *belief, uint32_t endpoint, bool full)
{
	belief->endpoints[endpoint].full = full;
	actions_add(&belief->actions, BELIEF_SUBSCRIBE, endpoint)->full = full;
}

/* Another endpoint drives only while the own node is away, and not at once: a short break loses nothing. */
static bool may_stand_in(const struct belief *belief)
{
	if (belief->endpoints[0].up || (belief->driver > 0 && driver_is_up(belief)))
		return false;
	return belief->driver != 0 || belief->now.mono_ms - belief->own_left_ms >= DRIVER_GRACE_MS;
}

static void seek_stand_in(struct belief *belief)
{
	if (!may_stand_in(belief))
		return;
	for (uint32_t e = 1; e < belief->count; e++) {
		if (!belief->endpoints[e].up)
			continue;
		if (!belief->endpoints[e].full)
			subscribe(belief, e, true);
		return;
	}
}

static bool may_drive(const struct belief *belief, uint32_t endpoint)
{
	if (endpoint != 0)
		return may_stand_in(belief);
	return !driver_is_up(belief) ||
	       belief->endpoints[0].head_num + DRIVER_BEHIND_MAX >= belief->endpoints[belief->driver].head_num;
}

static void lose(struct belief *belief, uint32_t endpoint)
{
	if (!belief->endpoints[endpoint].up)
		return;
	endpoint_reset(&belief->endpoints[endpoint], false);
	belief->nodes_changed = true;
	witnesses_lost(&belief->witnesses, endpoint);
	if (endpoint == 0)
		belief->own_left_ms = belief->now.mono_ms;
	if ((int)endpoint == belief->driver)
		follow_pause(belief);
}

void belief_distrust(struct belief *belief, uint32_t endpoint, const char *why)
{
	struct belief_action *action = actions_add(&belief->actions, BELIEF_DROP, endpoint);

	strncpy(action->text, why, sizeof(action->text) - 1);
	lose(belief, endpoint);
}

static gw_status check_chain(struct belief *belief, const struct chain_answer *chain, struct error *err)
{
	struct schedule *schedule = &belief->schedule;

	if (strcmp(chain->chain_id, belief->chain_id) != 0)
		return error_set(err, GW_ERR_PROTOCOL, "it is on another chain: chain id %s, not %s", chain->chain_id,
				 belief->chain_id);
	if (strcmp(chain->prefix, "GLS") != 0)
		return error_set(err, GW_ERR_PROTOCOL, "its keys begin with %s, not GLS", chain->prefix);
	if (chain->interval_s == 0 || chain->max_witnesses == 0 || chain->max_witnesses > WITNESSES_MAX)
		return error_set(err, GW_ERR_PROTOCOL, "block interval %u s and %u witnesses cannot be",
				 chain->interval_s, chain->max_witnesses);
	if (belief->chain_known &&
	    (chain->interval_s != schedule->interval_s || chain->max_witnesses != schedule->max_witnesses))
		return error_set(err, GW_ERR_PROTOCOL,
				 "block interval %u s and %u witnesses are not the %u s and %u of the node before it",
				 chain->interval_s, chain->max_witnesses, schedule->interval_s,
				 schedule->max_witnesses);
	belief->chain_known = true;
	schedule->interval_s = chain->interval_s;
	schedule->max_witnesses = chain->max_witnesses;
	return GW_OK;
}

gw_status belief_up(struct belief *belief, uint32_t endpoint, const struct chain_answer *chain,
		    const struct gw_now *now, struct error *err)
{
	gw_status status;

	if (endpoint >= belief->count)
		return error_set(err, GW_ERR_RANGE, "there is no endpoint %u", endpoint);
	set_now(belief, now);
	lose(belief, endpoint);
	status = check_chain(belief, chain, err);
	if (status != GW_OK)
		return status;
	endpoint_reset(&belief->endpoints[endpoint], true);
	belief->nodes_changed = true;
	seek_stand_in(belief);
	if (!belief->endpoints[endpoint].full)
		subscribe(belief, endpoint, endpoint == 0 || (int)endpoint == belief->driver);
	return GW_OK;
}

void belief_down(struct belief *belief, uint32_t endpoint, const struct gw_now *now)
{
	set_now(belief, now);
	if (endpoint < belief->count)
		lose(belief, endpoint);
	seek_stand_in(belief);
}

/* The driver's first block on this connection, or the first of a new driver. */
static void begin_driving(struct belief *belief, uint32_t endpoint)
{
	if (belief->driver != (int)endpoint) {
		if (belief->driver >= 0) {
			actions_notice(&belief->actions, GW_INFO, "driver_changed",
				       "events now follow %s: misses are counted anew",
				       belief->endpoints[endpoint].url);
			follow_anew(belief);
		}
		belief->driver = (int)endpoint;
		belief->nodes_changed = true;
	}
	belief->order.wanted = true;
	witnesses_want_all(&belief->witnesses);
}

void belief_block(struct belief *belief, uint32_t endpoint, const struct block *block, const struct gw_now *now)
{
	struct endpoint *from;

	set_now(belief, now);
	if (endpoint >= belief->count || !belief->endpoints[endpoint].up)
		return;
	if (!block_is_sane(block)) {
		belief_distrust(belief, endpoint, "a block's number or time cannot be");
		return;
	}
	from = &belief->endpoints[endpoint];
	belief->nodes_changed |= endpoint_note(from, block);
	if (block->id[0] == '\0')
		return;
	if (!from->gives || (int)endpoint != belief->driver) {
		if ((int)endpoint != belief->driver && !may_drive(belief, endpoint))
			return;
		begin_driving(belief, endpoint);
		from->gives = true;
	}
	sample_clock(belief, block);
	follow_push(belief, block);
	begin_asks(belief, false);
}

/* ---- time ------------------------------------------------------------------------------------------------------- */

static void want_old_ones(struct belief *belief)
{
	for (uint32_t i = 0; i < belief->witnesses.count; i++) {
		struct watched *watched = &belief->witnesses.list[i];
		const struct fetch *fetch = &watched->fetches[belief->driver];

		if (fetch->ticket == 0 && belief->now.mono_ms - fetch->begun_ms >= CHECK_INTERVAL_MS)
			witnesses_want(&belief->witnesses, watched);
	}
}

void belief_tick(struct belief *belief, const struct gw_now *now)
{
	set_now(belief, now);
	seek_stand_in(belief);
	if (!driver_is_up(belief) || belief->window.count == 0)
		return;
	if (belief->catch_up.active) {
		if (belief->catch_up.ticket == 0)
			follow_ask(belief);
		return;
	}
	want_old_ones(belief);
	if (!belief->order.fresh && !belief->order.asked_for)
		belief->order.wanted = true;
	begin_asks(belief, true);
	if (belief->head_ticket == 0 && !belief->order.asked_for &&
	    belief->now.mono_ms - belief->head_asked_ms >= CHECK_INTERVAL_MS)
		ask_head(belief);
}

/* ---- answers ---------------------------------------------------------------------------------------------------- */

void belief_schedule_answer(struct belief *belief, uint64_t ticket, const struct schedule_answer *answer,
			    const struct gw_now *now)
{
	struct order_fetch *order = &belief->order;

	set_now(belief, now);
	if (ticket == 0 || ticket != order->ticket)
		return;
	order->ticket = 0;
	if (!answer) {
		order->asked_for = false; /* the next tick asks again */
		return;
	}
	order->answer = *answer;
	order->answered = true;
	ask_head(belief);
}

/* No shuffle and no fork lies between the ask for the order and this head. */
static bool order_is_sure(const struct belief *belief, const struct head_answer *head)
{
	return belief->order.generation == belief->generation &&
	       schedule_era(&belief->schedule, head->num) == belief->order.era;
}

void belief_head_answer(struct belief *belief, uint64_t ticket, const struct head_answer *answer,
			const struct gw_now *now)
{
	struct order_fetch *order = &belief->order;
	bool answered = order->answered;

	set_now(belief, now);
	if (ticket == 0 || ticket != belief->head_ticket)
		return;
	belief->head_ticket = 0;
	order->answered = false;
	if (answered)
		order->asked_for = false;
	if (!answer)
		return;
	schedule_set_aslot(&belief->schedule, answer);
	if (answer->irreversible > belief->irreversible && answer->irreversible <= answer->num)
		belief->irreversible = answer->irreversible;
	if (answered && order_is_sure(belief, answer)) {
		schedule_set(&belief->schedule, order->era, &order->answer);
		order->fresh = !order->wanted;
	}
	begin_asks(belief, false);
}

void belief_block_answer(struct belief *belief, uint64_t ticket, const struct block *answer, const struct gw_now *now)
{
	set_now(belief, now);
	if (ticket == 0 || !belief->catch_up.active || ticket != belief->catch_up.ticket)
		return;
	follow_answer(belief, answer && block_is_sane(answer) ? answer : NULL);
	begin_asks(belief, false);
}

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

/* fetch NULL: nothing was fetched, the answer is the last one. */
void belief_raise_witness(struct belief *belief, struct watched *watched, int32_t cause, uint32_t endpoint,
			  const struct fetch *fetch, const struct witness_answer *answer)
{
	struct gw_witness_event *event = &watched->event;

	memset(event, 0, sizeof(*event));
	event->struct_size = sizeof(*event);
	event->cause = cause;
	event->now = belief->now;
	memcpy(event->witness, watched->name, sizeof(event->witness));
	event->endpoint = endpoint;
	event->from_driver = (int)endpoint == belief->driver;
	event->exists = answer->exists;
	event->begun_seq = fetch ? fetch->begun_seq : belief->seq;
	event->begun_block = fetch ? fetch->begun_block : belief->window.head_num;
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

/* The watched witness and fetch that a ticket belongs to; NULL: no longer waited for. */
static struct fetch *find_fetch(struct belief *belief, uint64_t ticket, struct watched **ret)
{
	uint32_t index = (uint32_t)(ticket & 0xffffff);
	struct fetch *fetch;

	if (ticket == 0 || index / ENDPOINTS_MAX >= belief->witnesses.count)
		return NULL;
	*ret = &belief->witnesses.list[index / ENDPOINTS_MAX];
	fetch = &(*ret)->fetches[index % ENDPOINTS_MAX];
	return fetch->ticket == ticket ? fetch : NULL;
}

void belief_witness_answer(struct belief *belief, uint64_t ticket, const struct witness_answer *answer,
			   const struct gw_now *now)
{
	struct watched *watched;
	struct fetch *fetch;
	struct standing standing;
	uint32_t endpoint = (uint32_t)(ticket & 0xffffff) % ENDPOINTS_MAX;

	set_now(belief, now);
	fetch = find_fetch(belief, ticket, &watched);
	if (!fetch)
		return;
	fetch->ticket = 0;
	if (belief->catch_up.active) {
		/* Of a state that our blocks have not reached: what lies between could not be judged. */
		witnesses_want(&belief->witnesses, watched);
		return;
	}
	belief->witnesses.any_wanted |= fetch->wanted;
	if (!answer) {
		fetch->begun_ms = INT64_MIN / 2; /* the next tick asks again */
		return;
	}
	if ((int)endpoint == belief->driver) {
		standing = belief_standing(belief);
		witness_learn(&belief->witnesses, watched, fetch, answer, &standing);
	}
	belief_raise_witness(belief, watched, GW_WITNESS_FETCHED, endpoint, fetch, answer);
	if (watched->key_moved)
		belief_raise_witness(belief, watched, GW_WITNESS_KEY, endpoint, fetch, answer);
	watched->key_moved = false;
	begin_asks(belief, false);
}

gw_status belief_watch(struct belief *belief, const char *witness, uint32_t endpoints)
{
	struct watched *watched = witnesses_find(&belief->witnesses, witness);
	gw_status status;

	if (!watched) {
		status = witnesses_add(&belief->witnesses, witness, &watched);
		if (status != GW_OK)
			return status;
	}
	if (watched->raised) {
		watched->event.now = belief->now;
		actions_add(&belief->actions, BELIEF_RAISE_WITNESS, watched->event.endpoint)->event.witness =
			watched->event;
	}
	if (endpoints > watched->endpoints) {
		watched->endpoints = endpoints;
		witnesses_want(&belief->witnesses, watched);
	}
	begin_asks(belief, false);
	return GW_OK;
}

/* ---- actions and views ------------------------------------------------------------------------------------------ */

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

/* The nodes come first: what a block or an answer decides is decided knowing how they stand. */
bool belief_next(struct belief *belief, struct belief_action *ret)
{
	if (!belief->nodes_changed)
		return actions_next(&belief->actions, ret);
	belief->nodes_changed = false;
	memset(ret, 0, sizeof(*ret));
	ret->type = BELIEF_RAISE_NODES;
	ret->event.nodes = *belief_nodes(belief);
	return true;
}

int belief_driver(const struct belief *belief)
{
	return driver_is_up(belief) ? belief->driver : -1;
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

void belief_view(const struct belief *belief, const char *witness, const struct gw_now *now, struct chain_view *ret)
{
	const struct past_block *head = window_head(&belief->window);
	const struct watched *watched = witnesses_find(&belief->witnesses, witness);
	struct gw_now clock = *now;

	memset(ret, 0, sizeof(*ret));
	ret->seq = belief->seq;
	ret->interval_s = belief->schedule.interval_s;
	ret->scheduled = belief->schedule.scheduled;
	ret->irreversible = belief->irreversible;
	if (watched) {
		memcpy(ret->signing_key, watched->key.key, sizeof(ret->signing_key));
		memcpy(ret->pending_key, watched->pending_key, sizeof(ret->pending_key));
	}
	if (!head)
		return;
	ret->valid = belief->order.fresh && driver_is_up(belief) && !belief->catch_up.active;
	ret->head_num = head->num;
	memcpy(ret->head_id, head->id, sizeof(ret->head_id));
	memcpy(ret->head_previous, head->previous, sizeof(ret->head_previous));
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
