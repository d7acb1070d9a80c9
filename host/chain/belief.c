/* SPDX-License-Identifier: MIT
 *
 * What the host believes about the chain: endpoints, the driver among them, blocks and time.
 */
#include "chain/belief.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "chain/state.h"

/* ---- life ------------------------------------------------------------------------------------------------------- */

struct belief *belief_new(const struct belief_options *options)
{
	struct belief *belief = xcalloc(1, sizeof(*belief));

	belief->count = options->endpoints < ENDPOINTS_MAX ? options->endpoints : ENDPOINTS_MAX;
	for (uint32_t e = 0; e < belief->count; e++)
		belief->endpoints[e].url = options->urls[e];
	memcpy(belief->chain_id, options->chain_id, sizeof(belief->chain_id));
	belief->figures_given = belief->figures_known = options->interval_s != 0;
	belief->schedule.interval_s = options->interval_s;
	belief->schedule.max_witnesses = options->max_witnesses;
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

void belief_set_now(struct belief *belief, const struct gw_now *now)
{
	belief->now = *now;
	belief_clock(belief, &belief->now);
}

static void add_sample(struct belief *belief, int64_t time_s)
{
	belief->clock_ms[belief->clock_count % CLOCK_SAMPLES] = time_s * 1000 - belief->now.mono_ms;
	belief->clock_count++;
	belief_clock(belief, &belief->now);
}

/* No block is newer than the chain's time: what was pushed before came later than this answer. */
void belief_clock_not_before(struct belief *belief, int64_t time_s)
{
	if (belief->clock_count != 0 && belief->now.chain_ms < time_s * 1000)
		add_sample(belief, time_s);
}

/* A block is fresh, and tells the time, unless it came much sooner after the one before than it was made: a node that
 * syncs sends its blocks as fast as it can. */
static void sample_clock(struct belief *belief, const struct block *block)
{
	int64_t mono_ms = belief->now.mono_ms;
	int64_t made_ms = (block->time_s - belief->pushed_time_s) * 1000;
	int64_t came_ms = mono_ms - belief->pushed_mono_ms;

	if (belief->pushed_mono_ms != 0 && made_ms > 0 && came_ms >= made_ms / 2)
		add_sample(belief, block->time_s);
	belief->pushed_mono_ms = mono_ms;
	belief->pushed_time_s = block->time_s;
}

/* ---- endpoints and the driver ----------------------------------------------------------------------------------- */

static void subscribe(struct belief *belief, uint32_t endpoint, bool full)
{
	belief->endpoints[endpoint].full = full;
	actions_add(&belief->actions, BELIEF_SUBSCRIBE, endpoint)->full = full;
}

/* Another endpoint drives only while the own node is away or shows nothing, and not at once: a short break loses
 * nothing. Or while it does not tell of a witness. */
static bool may_stand_in(const struct belief *belief)
{
	const struct endpoint *own = &belief->endpoints[0];
	int driver = belief_driver(belief);

	if (driver > 0 && !belief->endpoints[driver].mute)
		return false;
	if (own->up && own->mute)
		return true;
	if (own->up && own->head_num != 0)
		return false;
	if (!own->up && belief->driver != 0)
		return true;
	return belief->now.mono_ms - belief->own_seen_ms >= DRIVER_GRACE_MS;
}

static void seek_stand_in(struct belief *belief)
{
	if (!may_stand_in(belief))
		return;
	for (uint32_t e = 1; e < belief->count; e++) {
		if (!belief->endpoints[e].up || belief->endpoints[e].mute)
			continue;
		if (!belief->endpoints[e].full)
			subscribe(belief, e, true);
		return;
	}
}

static bool may_drive(const struct belief *belief, uint32_t endpoint)
{
	if (endpoint != 0)
		return !belief->endpoints[endpoint].mute && may_stand_in(belief);
	if (belief->endpoints[0].mute && belief_driver(belief) >= 0)
		return false;
	return belief_driver(belief) < 0 ||
	       belief->endpoints[0].head_num + DRIVER_BEHIND_MAX >= belief->endpoints[belief->driver].head_num;
}

static void lose(struct belief *belief, uint32_t endpoint)
{
	if (!belief->endpoints[endpoint].up)
		return;
	if (endpoint == 0 && belief->endpoints[0].head_num != 0)
		belief->own_seen_ms = belief->now.mono_ms;
	endpoint_reset(&belief->endpoints[endpoint], false);
	belief->nodes_changed = true;
	witnesses_lost(&belief->witnesses, endpoint);
	if ((int)endpoint == belief->driver)
		follow_pause(belief);
}

void belief_distrust(struct belief *belief, uint32_t endpoint, const char *why)
{
	struct belief_action *action = actions_add(&belief->actions, BELIEF_DROP, endpoint);

	snprintf(action->text, sizeof(action->text), "%s", why);
	lose(belief, endpoint);
}

/* What others told of the chain was wrong, and with it what was made of it. */
static void forget_others_figures(struct belief *belief)
{
	for (uint32_t e = 1; e < belief->count; e++) {
		if (belief->endpoints[e].up)
			belief_distrust(belief, e, "our own node has another block interval or number of witnesses");
	}
	follow_anew(belief);
	belief->clock_count = 0;
	belief->driver = -1;
}

/* An endpoint is believed about itself alone: of the chain's figures the own node has the say, unless they are given.
 */
static gw_status check_figures(struct belief *belief, uint32_t endpoint, const struct chain_answer *chain,
			       struct error *err)
{
	struct schedule *schedule = &belief->schedule;
	bool differs = chain->interval_s != schedule->interval_s || chain->max_witnesses != schedule->max_witnesses;
	bool has_say = endpoint == 0 && !belief->figures_given;

	if (belief->figures_known && differs && !has_say)
		return error_set(err, GW_ERR_PROTOCOL,
				 "block interval %u s and %u witnesses are not the %u s and %u of %s",
				 chain->interval_s, chain->max_witnesses, schedule->interval_s, schedule->max_witnesses,
				 belief->figures_given ? "this chain"
				 : belief->figures_own ? "our own node"
						       : "the node before it");
	if (belief->figures_known && differs)
		forget_others_figures(belief);
	belief->figures_known = true;
	belief->figures_own |= endpoint == 0;
	schedule->interval_s = chain->interval_s;
	schedule->max_witnesses = chain->max_witnesses;
	return GW_OK;
}

static gw_status check_chain(struct belief *belief, uint32_t endpoint, const struct chain_answer *chain,
			     struct error *err)
{
	if (strcmp(chain->chain_id, belief->chain_id) != 0)
		return error_set(err, GW_ERR_PROTOCOL, "it is on another chain: chain id %s, not %s", chain->chain_id,
				 belief->chain_id);
	if (strcmp(chain->prefix, "GLS") != 0)
		return error_set(err, GW_ERR_PROTOCOL, "its keys begin with %s, not GLS", chain->prefix);
	if (chain->interval_s == 0 || chain->max_witnesses == 0 || chain->max_witnesses > WITNESSES_MAX)
		return error_set(err, GW_ERR_PROTOCOL, "block interval %u s and %u witnesses cannot be",
				 chain->interval_s, chain->max_witnesses);
	return check_figures(belief, endpoint, chain, err);
}

gw_status belief_up(struct belief *belief, uint32_t endpoint, const struct chain_answer *chain,
		    const struct gw_now *now, struct error *err)
{
	gw_status status;

	if (endpoint >= belief->count)
		return error_set(err, GW_ERR_RANGE, "there is no endpoint %u", endpoint);
	belief_set_now(belief, now);
	lose(belief, endpoint);
	status = check_chain(belief, endpoint, chain, err);
	if (status != GW_OK)
		return status;
	endpoint_reset(&belief->endpoints[endpoint], true);
	if (endpoint == 0 && belief->own_seen_ms == 0)
		belief->own_seen_ms = belief->now.mono_ms;
	belief->nodes_changed = true;
	seek_stand_in(belief);
	if (!belief->endpoints[endpoint].full)
		subscribe(belief, endpoint, endpoint == 0 || (int)endpoint == belief->driver);
	if ((int)endpoint == belief->driver) {
		asks_heard(belief);
		asks_head(belief);
	}
	return GW_OK;
}

void belief_unreadable(struct belief *belief, uint32_t endpoint)
{
	if ((int)endpoint == belief_driver(belief))
		follow_unreadable(belief);
}

void belief_down(struct belief *belief, uint32_t endpoint, const struct gw_now *now)
{
	belief_set_now(belief, now);
	if (endpoint < belief->count)
		lose(belief, endpoint);
	seek_stand_in(belief);
}

/* Its first block since it may drive. */
static void begin_driving(struct belief *belief, uint32_t endpoint, const struct block *block)
{
	if (belief->driver >= 0) {
		actions_notice(&belief->actions, GW_INFO, "driver_changed",
			       "events now follow %s: misses are counted anew", belief->endpoints[endpoint].url);
		follow_other_driver(belief, block);
	}
	if (belief_driver(belief) < 0)
		asks_heard(belief);
	belief->driver = (int)endpoint;
	belief->heard_ms = belief->now.mono_ms;
	belief->nodes_changed = true;
	belief->order.old_ms = belief->now.mono_ms;
	belief->order.wanted = true;
	witnesses_want_all(&belief->witnesses);
}

/* An endpoint may lie, or be of another chain with our chain's id: what it says of itself must be possible beside what
 * our own node shows, else it would hold every switch. */
static void drop_impossible(struct belief *belief, uint32_t endpoint)
{
	const struct endpoint *own = &belief->endpoints[0], *other = &belief->endpoints[endpoint];
	char why[GW_TEXT_SIZE];

	if (endpoint == 0 || !own->up || !other->up || own->head_num == 0 || other->head_num == 0)
		return;
	if (endpoint_can_be(own, other, belief->schedule.interval_s)) {
		belief->said_impossible[endpoint] = false;
		return;
	}
	snprintf(why, sizeof(why), "its head block %u cannot be while our own golosd's is %u", other->head_num,
		 own->head_num);
	if (!belief->said_impossible[endpoint])
		actions_notice(&belief->actions, GW_WARNING, "impossible_head", "%s: %s", other->url, why);
	belief->said_impossible[endpoint] = true;
	belief_distrust(belief, endpoint, why);
}

static void check_heads(struct belief *belief, uint32_t endpoint)
{
	if (endpoint != 0)
		drop_impossible(belief, endpoint);
	for (uint32_t e = 1; endpoint == 0 && e < belief->count; e++)
		drop_impossible(belief, e);
}

void belief_block(struct belief *belief, uint32_t endpoint, const struct block *block, const struct gw_now *now)
{
	struct endpoint *from;

	belief_set_now(belief, now);
	if (endpoint >= belief->count || !belief->endpoints[endpoint].up)
		return;
	if (!block_is_sane(block)) {
		belief_distrust(belief, endpoint, "a block's number or time cannot be");
		return;
	}
	from = &belief->endpoints[endpoint];
	belief->nodes_changed |= endpoint_note(from, block);
	check_heads(belief, endpoint);
	if (!from->up || block->id[0] == '\0')
		return;
	if ((int)endpoint != belief->driver) {
		if (!may_drive(belief, endpoint))
			return;
		begin_driving(belief, endpoint, block);
	}
	sample_clock(belief, block);
	follow_push(belief, block);
	asks_begin(belief);
}

/* ---- time ------------------------------------------------------------------------------------------------------- */

static bool another_can_tell(const struct belief *belief)
{
	for (uint32_t e = 0; e < belief->count; e++)
		if ((int)e != belief->driver && belief->endpoints[e].up && !belief->endpoints[e].mute)
			return true;
	return false;
}

void belief_lacks(struct belief *belief, uint32_t endpoint, const struct gw_now *now)
{
	belief_set_now(belief, now);
	if (endpoint >= belief->count || !belief->endpoints[endpoint].up)
		return;
	belief->endpoints[endpoint].mute = MUTE_FOR_GOOD;
	seek_stand_in(belief);
}

uint32_t belief_telling(const struct belief *belief)
{
	uint32_t telling = 0;

	for (uint32_t e = 0; e < belief->count; e++)
		if (belief->endpoints[e].up && !belief->endpoints[e].mute)
			telling |= 1u << e;
	return telling;
}

/* Blocks alone show no miss: where another one may tell more, it drives. */
static void judge_driver(struct belief *belief)
{
	struct endpoint *driver = &belief->endpoints[belief->driver];

	if (asks_are_elsewhere(belief) && !belief->catch_up.active)
		asks_heard(belief); /* it is asked when our blocks have reached it */
	for (uint32_t i = 0; i < belief->witnesses.count && !driver->mute; i++)
		if (asks_silence_ms(belief->witnesses.by_name[i], belief->heard_ms, belief->now.mono_ms) >= BLIND_MS &&
		    another_can_tell(belief))
			driver->mute = MUTE_ANSWERS;
}

void belief_tick(struct belief *belief, const struct gw_now *now)
{
	belief_set_now(belief, now);
	if (belief_driver(belief) >= 0)
		judge_driver(belief);
	seek_stand_in(belief);
	if (belief_driver(belief) < 0 || belief->window.count == 0)
		return;
	if (belief->catch_up.active) {
		if (belief->catch_up.ticket == 0)
			follow_ask(belief);
		return;
	}
	asks_tick(belief);
}

gw_status belief_watch(struct belief *belief, const char *witness, uint32_t endpoints)
{
	struct watched *watched = witnesses_find(&belief->witnesses, witness);
	gw_status status;

	if (!watched) {
		status = witnesses_add(&belief->witnesses, witness, &watched);
		if (status != GW_OK)
			return status;
		watched->told_ms = belief->now.mono_ms;
	}
	if (watched->raised) {
		watched->event.now = belief->now;
		actions_add(&belief->actions, BELIEF_RAISE_WITNESS, watched->event.endpoint)->event.witness =
			watched->event;
		watched->joined = true;
	}
	if (endpoints > watched->endpoints) {
		watched->endpoints = endpoints;
		witnesses_want(&belief->witnesses, watched);
	}
	asks_begin(belief);
	return GW_OK;
}

void belief_retain(struct belief *belief, bool (*is_needed)(void *context, const char *witness), void *context)
{
	struct witnesses *witnesses = &belief->witnesses;

	for (uint32_t i = witnesses->count; i-- > 0;) {
		if (!is_needed(context, witnesses->by_name[i]->name))
			witnesses_remove(witnesses, witnesses->by_name[i]);
	}
}

/* ---- actions out ------------------------------------------------------------------------------------------------ */

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
