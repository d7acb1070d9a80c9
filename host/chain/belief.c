/* SPDX-License-Identifier: MIT
 *
 * What the host believes about the chain, and all that comes in: connections, the driver among them, blocks, answers,
 * time.
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
	sync_pause(belief);
	witnesses_done(&belief->witnesses);
	actions_done(&belief->actions);
	free(belief);
}

/* ---- clocks ----------------------------------------------------------------------------------------------------- */

/* No block is newer than the chain's time: what was pushed before came later than this answer. */
static void clock_not_before(struct belief *belief, int64_t time_s)
{
	if (belief->clock_count != 0 && belief->now.chain_ms < time_s * 1000)
		state_add_sample(belief, time_s);
}

/* A block is fresh, and tells the time, unless it came much sooner after the one before than it was made: a node that
 * syncs sends its blocks as fast as it can. So does one that lagged, with a fresh one at the end: the time is no earlier
 * than that, where our own clock does not call it one of the future. */
static void sample_clock(struct belief *belief, const struct block *block)
{
	int64_t mono_ms = belief->now.mono_ms;
	int64_t made_ms = (block->time_s - belief->pushed_time_s) * 1000;
	int64_t came_ms = mono_ms - belief->pushed_mono_ms;

	if (belief->pushed_mono_ms != 0 && made_ms > 0 && came_ms >= made_ms / 2)
		state_add_sample(belief, block->time_s);
	else if (block->time_s * 1000 <= belief->now.wall_ms)
		clock_not_before(belief, block->time_s);
	belief->pushed_mono_ms = mono_ms;
	belief->pushed_time_s = block->time_s;
}

/* The driver could have been asked about the witness since now, not sooner. */
static void hear(struct belief *belief)
{
	belief->heard_ms = belief->seen_ms = belief->now.mono_ms;
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
		sync_pause(belief);
}

static void distrust(struct belief *belief, uint32_t endpoint, const char *why)
{
	struct belief_action *action = actions_add(&belief->actions, BELIEF_DROP, endpoint);

	snprintf(action->text, sizeof(action->text), "%s", why);
	lose(belief, endpoint);
}

/* What others reported of the chain was wrong, and with it what was made of it. */
static void forget_others_figures(struct belief *belief)
{
	for (uint32_t e = 1; e < belief->count; e++) {
		if (belief->endpoints[e].up)
			distrust(belief, e, "our own node has another block interval or number of witnesses");
	}
	sync_anew(belief);
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
				 belief->figures_given ? "this chain" : "the node before it");
	if (belief->figures_known && differs)
		forget_others_figures(belief);
	belief->figures_known = true;
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
	state_set_now(belief, now);
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
		hear(belief);
		requests_head(belief);
	}
	return GW_OK;
}

void belief_unreadable(struct belief *belief, uint32_t endpoint)
{
	if ((int)endpoint == belief_driver(belief))
		sync_unreadable(belief);
}

void belief_down(struct belief *belief, uint32_t endpoint, const struct gw_now *now)
{
	state_set_now(belief, now);
	if (endpoint < belief->count)
		lose(belief, endpoint);
	seek_stand_in(belief);
}

/* Its first block since it may drive. */
static void begin_driving(struct belief *belief, uint32_t endpoint)
{
	if (belief->driver >= 0) {
		actions_notice(&belief->actions, GW_INFO, "driver_changed",
			       "events now follow %s: misses are counted anew", belief->endpoints[endpoint].url);
		sync_other_driver(belief);
	}
	if (belief_driver(belief) < 0)
		hear(belief);
	belief->driver = (int)endpoint;
	belief->heard_ms = belief->now.mono_ms;
	belief->nodes_changed = true;
	belief->fetch.old_ms = belief->now.mono_ms;
	belief->fetch.wanted = true;
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
	distrust(belief, endpoint, why);
}

static void check_heads(struct belief *belief, uint32_t endpoint)
{
	if (endpoint != 0)
		drop_impossible(belief, endpoint);
	for (uint32_t e = 1; endpoint == 0 && e < belief->count; e++)
		drop_impossible(belief, e);
}

/* nonsense NULL: there was none. */
static void judge_sync(struct belief *belief, const char *nonsense)
{
	if (nonsense)
		distrust(belief, (uint32_t)belief->driver, nonsense);
	requests_begin(belief);
}

void belief_block(struct belief *belief, uint32_t endpoint, const struct block *block, const struct gw_now *now)
{
	struct endpoint *from;

	state_set_now(belief, now);
	if (endpoint >= belief->count || !belief->endpoints[endpoint].up)
		return;
	if (!block_is_sane(block)) {
		distrust(belief, endpoint, "a block's number or time cannot be");
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
		begin_driving(belief, endpoint);
	}
	sample_clock(belief, block);
	judge_sync(belief, sync_push(belief, block));
}

/* ---- answers ---------------------------------------------------------------------------------------------------- */

void belief_schedule_answer(struct belief *belief, uint64_t ticket, const struct schedule_answer *answer,
			    const struct gw_now *now)
{
	state_set_now(belief, now);
	if (belief->fetch.step == FETCH_SCHEDULE && ticket == belief->fetch.ticket)
		requests_take_schedule(belief, answer);
}

static void take_head(struct belief *belief, const struct head_answer *head)
{
	clock_not_before(belief, head->time_s);
	if (head->irreversible > belief->irreversible && head->irreversible <= head->num)
		belief->irreversible = head->irreversible;
	if (belief->endpoints[belief->driver].head_num == 0)
		sync_head(belief, head);
}

void belief_head_answer(struct belief *belief, uint64_t ticket, const struct head_answer *answer,
			const struct gw_now *now)
{
	const bool of_schedule = belief->fetch.step == FETCH_HEAD && ticket == belief->fetch.ticket;
	const bool of_driver = ticket != 0 && ticket == belief->head_ticket;

	state_set_now(belief, now);
	if (!of_driver && !of_schedule)
		return;
	if (of_driver)
		belief->head_ticket = 0;
	if (answer)
		schedule_set_aslot(&belief->schedule, answer);
	if (of_schedule)
		requests_take_head(belief, answer);
	if (!answer)
		return;
	if (of_driver || (int)belief->fetch.endpoint == belief->driver)
		take_head(belief, answer);
	requests_begin(belief);
}

void belief_block_answer(struct belief *belief, uint64_t ticket, const struct block *answer, const struct gw_now *now)
{
	state_set_now(belief, now);
	if (ticket == 0 || !belief->catch_up.active || ticket != belief->catch_up.ticket)
		return;
	belief->catch_up.ticket = 0;
	if (!answer)
		return; /* that is no word of what it has: the next tick asks again */
	hear(belief);
	judge_sync(belief, sync_answer(belief, answer));
}

/* The watched witness and fetch that a ticket belongs to; NULL: no longer waited for. */
static struct fetch *find_fetch(struct belief *belief, uint64_t ticket, struct watched **ret)
{
	uint32_t index = (uint32_t)(ticket & 0xffffff);
	struct fetch *fetch;

	if (ticket == 0 || index / ENDPOINTS_MAX >= belief->witnesses.max)
		return NULL;
	*ret = &belief->witnesses.list[index / ENDPOINTS_MAX];
	fetch = &(*ret)->fetches[index % ENDPOINTS_MAX];
	return fetch->ticket == ticket ? fetch : NULL;
}

static void learn(struct belief *belief, struct watched *watched, const struct fetch *fetch,
		  const struct witness_answer *answer)
{
	const struct standing standing = state_standing(belief);

	watched->reported_ms = belief->now.mono_ms;
	witness_learn(watched, fetch, answer, &standing);
}

void belief_witness_answer(struct belief *belief, uint64_t ticket, const struct witness_answer *answer,
			   const struct gw_now *now)
{
	const uint32_t endpoint = (uint32_t)(ticket & 0xffffff) % ENDPOINTS_MAX;
	const bool of_driver = (int)endpoint == belief->driver;
	struct watched *watched;
	struct fetch *fetch;

	state_set_now(belief, now);
	fetch = find_fetch(belief, ticket, &watched);
	if (!fetch)
		return;
	fetch->ticket = 0;
	if (answer && belief->endpoints[endpoint].mute == MUTE_SILENT)
		belief->endpoints[endpoint].mute = MUTE_NOT;
	if (belief->catch_up.active) { /* it is of a state that our blocks have not reached */
		witnesses_want(watched);
	} else if (!answer) {
		fetch->begun_ms = INT64_MIN / 2; /* the next tick asks again */
		return;
	} else {
		if (of_driver)
			learn(belief, watched, fetch, answer);
		state_raise_witness(belief, watched, endpoint, fetch, answer);
	}
	requests_begin(belief);
}

/* ---- time ------------------------------------------------------------------------------------------------------- */

void belief_lacks(struct belief *belief, uint32_t endpoint, const struct gw_now *now)
{
	state_set_now(belief, now);
	if (endpoint >= belief->count || !belief->endpoints[endpoint].up)
		return;
	belief->endpoints[endpoint].mute = MUTE_LACKS;
	seek_stand_in(belief);
}

/* Blocks alone show no miss: where another one may tell more, it drives. */
static void judge_driver(struct belief *belief)
{
	struct endpoint *driver = &belief->endpoints[belief->driver];

	if (state_is_elsewhere(belief) && !belief->catch_up.active)
		hear(belief); /* it is asked when our blocks have reached it */
	if (!state_another_can_report(belief))
		return;
	for (struct watched *watched = NULL; (watched = witnesses_next(&belief->witnesses, watched)) != NULL;)
		if (state_silence_ms(watched, belief->heard_ms, belief->now.mono_ms) >= BLIND_MS && !driver->mute)
			driver->mute = MUTE_SILENT;
}

void belief_tick(struct belief *belief, const struct gw_now *now)
{
	state_set_now(belief, now);
	if (belief_driver(belief) >= 0)
		judge_driver(belief);
	seek_stand_in(belief);
	if (belief_driver(belief) < 0 || belief->window.count == 0)
		return;
	if (belief->catch_up.active) {
		if (belief->catch_up.ticket == 0)
			sync_request(belief);
		return;
	}
	requests_tick(belief);
}

gw_status belief_watch(struct belief *belief, const char *witness, uint32_t endpoints)
{
	struct watched *watched = witnesses_find(&belief->witnesses, witness);
	gw_status status;

	if (!watched) {
		status = witnesses_add(&belief->witnesses, witness, &watched);
		if (status != GW_OK)
			return status;
		watched->reported_ms = belief->now.mono_ms;
	}
	if (watched->raised) {
		watched->event.now = belief->now;
		actions_add(&belief->actions, BELIEF_RAISE_WITNESS, watched->event.endpoint)->event.witness =
			watched->event;
		watched->joined = true;
	}
	if (endpoints > watched->endpoints) {
		watched->endpoints = endpoints;
		witnesses_want(watched);
	}
	requests_begin(belief);
	return GW_OK;
}

void belief_retain(struct belief *belief, bool (*is_needed)(void *context, const char *witness), void *context)
{
	struct witnesses *witnesses = &belief->witnesses;

	for (struct watched *watched = NULL; (watched = witnesses_next(witnesses, watched)) != NULL;)
		if (!is_needed(context, watched->name))
			memset(watched, 0, sizeof(*watched));
}

/* ---- actions out ------------------------------------------------------------------------------------------------ */

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
