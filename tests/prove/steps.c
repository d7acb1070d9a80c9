/* SPDX-License-Identifier: MIT
 *
 * The steps of the small world: which can be next, and what each does.
 */
#include <assert.h>
#include <string.h>

#include "world.h"

#define AFTER_SLOT_MS 300	   /* a block is there so long after its slot */
#define TICKS_MAX     2		   /* a slot is over for everybody with the first of them */
#define LONG_AGO_S    (10 * 86400) /* beyond every limit of the rules */
#define FIRST_NUM     1000
#define ORDER_LIFE    20 /* slots until an operator's transaction expires */

static const struct {
	const char *text;
	uint8_t is_fault, of_node;
} kinds[STEP_TYPES] = {
	[STEP_SLOT] = {"", 0, 0},
	[STEP_MISSED] = {", and nobody fills it", 1, 0},
	[STEP_BARE] = {", and its block holds nothing that is pending", 1, 0},
	[STEP_FORK] = {", and its block replaces the head", 1, 0},
	[STEP_LATE] = {", built upon the witness's late block: the head is replaced", 1, 0},
	[STEP_TICK] = {"a second passes", 0, 0},
	[STEP_ANSWER] = {"what its submission asked for is answered", 0, 1},
	[STEP_DIE] = {"golosd dies", 1, 1},
	[STEP_START] = {"golosd starts", 0, 1},
	[STEP_LAG] = {"golosd gets no more blocks", 1, 1},
	[STEP_CATCH_UP] = {"golosd catches up", 0, 1},
	[STEP_CUT] = {"the watcher loses its golosd", 1, 1},
	[STEP_JOIN] = {"the watcher is connected again", 0, 1},
	[STEP_KILL] = {"the watcher is killed", 1, 1},
	[STEP_RESTART] = {"the watcher starts", 0, 1},
	[STEP_SLOW] = {"its answers come after the next slot", 1, 1},
	[STEP_HOLD] = {"an operator holds", 1, 1},
	[STEP_RESUME] = {"an operator resumes", 0, 1},
	[STEP_TAKEOVER] = {"an operator orders a takeover", 1, 1},
	[STEP_DISABLE] = {"an operator sends the null key", 1, 0},
};

void step_text(const struct world *w, struct step step, char *ret, size_t size)
{
	const uint32_t slot = w->slot + (step.type <= STEP_LATE);
	const char *own = step.type <= STEP_LATE && slot % ROUND == 0 ? " of the witness" : "";

	if (kinds[step.type].of_node && step.node == PUBLIC)
		snprintf(ret, size, "%u the public %s", slot, kinds[step.type].text);
	else if (kinds[step.type].of_node)
		snprintf(ret, size, "%u node %u: %s", slot, step.node, kinds[step.type].text);
	else if (step.type <= STEP_LATE)
		snprintf(ret, size, "%u slot%s%s", slot, own, kinds[step.type].text);
	else
		snprintf(ret, size, "%u %s", slot, kinds[step.type].text);
}

/* ---- which can be next ----------------------------------------------------------------------------------------- */

static bool is_asked(const struct world *w)
{
	for (uint32_t n = 0; n < NODES_MAX; n++)
		if (host_has_asked(&w->hosts[n]) && !w->hosts[n].slow)
			return true;
	return false;
}

static bool any_pending(const struct world *w)
{
	for (uint32_t i = 0; i < TXS_MAX; i++)
		if (w->txs[i].live && !w->txs[i].in_block)
			return true;
	return false;
}

static bool wants_tick(const struct world *w)
{
	if (w->now_ms >= slot_time_s(w->slot) * 1000 + AFTER_SLOT_MS + TICKS_MAX * TICK_MS)
		return false;
	for (uint32_t n = 0; n < NODES_MAX; n++)
		if (host_wants_tick(w, n))
			return true;
	return false;
}

/* The witness's slot is filled whether or not the head before it stands: else there is no block to replace it. */
static bool is_own_slot_sure(const struct world *w)
{
	const uint8_t key = w->blocks[0].key;

	return key < NODES_MAX && w->golosds[key].alive && !w->golosds[key].lags && pending_key(w, key) == key &&
	       w->blocks[0].update_count == 0;
}

static bool can_pass(const struct world *w, enum step_type type)
{
	const bool own = (w->slot + 1) % ROUND == 0;
	const uint8_t key = w->blocks[0].key;

	if (is_asked(w) || wants_tick(w))
		return false;
	if (type == STEP_MISSED)
		return !own || (key < NODES_MAX && w->golosds[key].alive && !w->golosds[key].lags);
	if (type == STEP_BARE)
		return !own && any_pending(w);
	if (type == STEP_FORK)
		return w->blocks[0].slot == w->slot && (!own || is_own_slot_sure(w));
	if (type == STEP_LATE)
		return w->late_slot != 0 && w->late_slot + 1 == w->slot && w->blocks[0].slot == w->slot;
	return true;
}

static bool can_step(const struct world *w, struct step step)
{
	const struct host *h = &w->hosts[step.node < NODES_MAX ? step.node : 0];
	const struct golosd *g = &w->golosds[step.node];

	switch ((enum step_type)step.type) {
	case STEP_SLOT:
	case STEP_MISSED:
	case STEP_BARE:
	case STEP_FORK:
	case STEP_LATE:
		return can_pass(w, (enum step_type)step.type);
	case STEP_TICK:
		return wants_tick(w) && !is_asked(w);
	case STEP_ANSWER:
		return host_has_asked(h);
	case STEP_DIE:
		return g->alive;
	case STEP_START:
		return !g->alive;
	case STEP_LAG:
		return g->alive && !g->lags;
	case STEP_CATCH_UP:
		return g->alive && g->lags;
	case STEP_CUT:
		return h->links[OWN].connected;
	case STEP_JOIN:
		return h->alive && h->links[OWN].cut;
	case STEP_KILL:
		return h->alive;
	case STEP_RESTART:
		return !h->alive;
	case STEP_SLOW:
		return h->alive && !h->slow;
	case STEP_HOLD:
		return h->alive && !h->held;
	case STEP_RESUME:
		return h->alive && h->held;
	case STEP_TAKEOVER:
		return h->alive;
	case STEP_DISABLE:
		for (uint32_t i = 0; i < TXS_MAX; i++)
			if (w->txs[i].live && w->txs[i].update.by == OPERATOR)
				return false;
		return w->blocks[0].key != KEY_NULL && !w->txs[TXS_MAX - 1].live;
	case STEP_TYPES:
		break;
	}
	return false;
}

static bool is_of_golosd(uint8_t type)
{
	return type == STEP_DIE || type == STEP_START || type == STEP_LAG || type == STEP_CATCH_UP;
}

uint32_t world_steps(const struct world *w, const struct setting *setting, struct step ret[STEPS_MAX])
{
	uint32_t count = 0;

	for (uint8_t type = 0; type < STEP_TYPES; type++) {
		if (kinds[type].is_fault && (w->faults >= setting->faults || !(setting->allowed & 1u << type)))
			continue;
		for (uint8_t n = 0; n < GOLOSDS_MAX; n++) {
			const struct step step = {type, n};
			const bool is_there = n < (kinds[type].of_node ? setting->nodes : 1) ||
					      (n == PUBLIC && setting->links > 1 && is_of_golosd(type));

			assert(count < STEPS_MAX);
			if (is_there && can_step(w, step))
				ret[count++] = step;
		}
	}
	return count;
}

/* ---- what each does -------------------------------------------------------------------------------------------- */

static void sync_golosds(struct world *w)
{
	for (uint32_t n = 0; n < GOLOSDS_MAX; n++) {
		struct golosd *g = &w->golosds[n];

		if (!g->alive || g->lags)
			continue;
		g->head_num = w->blocks[0].num;
		g->head_slot = w->blocks[0].slot;
	}
}

static void fill_next(struct world *w, bool with_pending, struct run *run)
{
	uint8_t signer = w->slot % ROUND == 0 ? witness_producer(w, run) : KEY_UNKNOWN;

	if (w->slot % ROUND != 0 || signer != KEY_UNKNOWN)
		chain_add(w, w->slot, signer, with_pending && signer == KEY_UNKNOWN, run);
}

static void make_block(struct world *w, enum step_type type, struct run *run)
{
	const uint32_t late_slot = w->late_slot;

	if (type == STEP_MISSED && w->slot % ROUND == 0) {
		w->late_signer = witness_producer(w, run);
		w->late_slot = w->late_signer != KEY_UNKNOWN ? w->slot : 0;
		return;
	}
	if (type == STEP_MISSED)
		return;
	if (type == STEP_FORK || type == STEP_LATE)
		chain_undo_head(w);
	if (type == STEP_LATE)
		chain_add(w, late_slot, w->late_signer, false, run);
	if (w->late_slot + 1 < w->slot)
		w->late_slot = 0;
	fill_next(w, type != STEP_BARE, run);
}

static void pass_slot(struct world *w, enum step_type type, struct run *run)
{
	const uint32_t nodes = run->setting->nodes;

	w->slot++;
	w->now_ms = slot_time_s(w->slot) * 1000 + AFTER_SLOT_MS;
	for (uint32_t n = 0; n < nodes; n++)
		host_time(w, n, run);
	make_block(w, type, run);
	forget_expired(w);
	sync_golosds(w);
	for (uint32_t n = 0; n < nodes; n++) {
		host_follow(w, n, run);
		if (!w->hosts[n].slow)
			continue;
		w->hosts[n].slow = 0;
		host_follow(w, n, run);
	}
}

static void disable(struct world *w)
{
	uint32_t i = 0;

	while (w->txs[i].live)
		i++;
	w->txs[i].live = 1;
	w->txs[i].update = (struct update){.by = OPERATOR,
					   .key = KEY_NULL,
					   .sake = BY_ORDER,
					   .tapos_num = w->blocks[1].num,
					   .tapos_slot = w->blocks[1].slot,
					   .expires_slot = w->slot + ORDER_LIFE};
	w->txs[i].pools = 1u << PUBLIC;
	for (uint32_t n = 0; n < NODES_MAX; n++)
		w->txs[i].pools |= (uint8_t)(w->golosds[n].alive << n);
}

static void kill_golosd(struct world *w, uint32_t n)
{
	w->golosds[n].alive = w->golosds[n].lags = 0;
	for (uint32_t i = 0; i < TXS_MAX && n != PUBLIC; i++)
		w->txs[i].pools &= (uint8_t) ~(1u << n);
}

static void step_node(struct world *w, struct step step, struct run *run)
{
	struct host *h = &w->hosts[step.node < NODES_MAX ? step.node : 0];
	struct golosd *g = &w->golosds[step.node];

	switch ((enum step_type)step.type) {
	case STEP_ANSWER:
		host_answer(w, step.node, run);
		return;
	case STEP_DIE:
		kill_golosd(w, step.node);
		break;
	case STEP_START:
		g->alive = 1;
		sync_golosds(w);
		break;
	case STEP_LAG:
		g->lags = 1;
		break;
	case STEP_CATCH_UP:
		g->lags = 0;
		sync_golosds(w);
		for (uint32_t n = 0; n < run->setting->nodes; n++)
			host_follow(w, n, run);
		break;
	case STEP_CUT:
	case STEP_JOIN:
		h->links[OWN].cut = step.type == STEP_CUT;
		break;
	case STEP_KILL:
		host_kill(w, step.node);
		break;
	case STEP_RESTART:
		host_start(w, step.node, run);
		break;
	case STEP_SLOW:
		h->slow = 1;
		break;
	case STEP_HOLD:
		host_command(w, step.node, GW_COMMAND_HOLD, run);
		break;
	case STEP_RESUME:
		host_command(w, step.node, GW_COMMAND_RESUME, run);
		break;
	case STEP_TAKEOVER:
		host_command(w, step.node, GW_COMMAND_TAKEOVER, run);
		break;
	case STEP_SLOT:
	case STEP_MISSED:
	case STEP_BARE:
	case STEP_FORK:
	case STEP_LATE:
	case STEP_TICK:
	case STEP_DISABLE:
	case STEP_TYPES:
		break;
	}
	for (uint32_t n = 0; n < run->setting->nodes; n++)
		host_connections(w, n, run);
}

void world_step(struct world *w, struct step step, struct run *run)
{
	w->faults += kinds[step.type].is_fault;
	if (step.type <= STEP_LATE) {
		pass_slot(w, (enum step_type)step.type, run);
	} else if (step.type == STEP_TICK) {
		w->now_ms += TICK_MS;
		for (uint32_t n = 0; n < run->setting->nodes; n++)
			host_time(w, n, run);
	} else if (step.type == STEP_DISABLE) {
		disable(w);
	} else {
		step_node(w, step, run);
	}
}

/* Whatever can be done at once, then time: no fault comes. */
void world_go_on(struct world *w, struct run *run)
{
	struct setting alone = *run->setting;
	struct step steps[STEPS_MAX];
	struct step next = {STEP_SLOT, 0};

	alone.allowed = 0;
	const uint32_t count = world_steps(w, &alone, steps);

	for (uint32_t i = 0; i < count; i++)
		if (steps[i].type == STEP_TICK || steps[i].type == STEP_ANSWER)
			next = steps[i];
	world_step(w, next, run);
}

/* ---- how it begins ---------------------------------------------------------------------------------------------- */

static void begin_chain(struct world *w)
{
	w->slot = FIRST_NUM;
	w->now_ms = slot_time_s(w->slot) * 1000 + AFTER_SLOT_MS;
	for (uint32_t i = 0; i < BLOCKS_MAX; i++) {
		struct block_model *b = &w->blocks[i];

		b->num = b->slot = FIRST_NUM - i;
		b->parent_slot = b->slot - 1;
		b->confirmed = b->produced = b->num - b->num % ROUND;
		b->signer = b->num % ROUND == 0 ? 0 : KEY_UNKNOWN;
		b->total_missed = 100;
	}
}

/* Node 0 loses production by its misses, and is well again. */
static void lose(struct world *w, struct run *run)
{
	world_step(w, (struct step){STEP_DIE, 0}, run);
	while (w->blocks[0].key == 0)
		world_go_on(w, run);
	world_step(w, (struct step){STEP_START, 0}, run);
	while (w->blocks[0].produced == 0 || w->slot % ROUND != 0)
		world_go_on(w, run);
	w->faults = 0;
}

/* A chain that ran well for long, node 0's key on it, and every node well. */
void world_begin(struct world *w, struct run *run)
{
	const uint32_t nodes = run->setting->nodes;

	memset(w, 0, sizeof(*w));
	begin_chain(w);
	for (uint32_t g = 0; g < GOLOSDS_MAX; g++)
		w->golosds[g].alive = g < nodes || g == PUBLIC;
	sync_golosds(w);
	for (uint32_t n = 0; n < nodes; n++)
		host_start(w, n, run);
	for (uint32_t i = 0; i < 8 * ROUND; i++)
		world_go_on(w, run);
	for (uint32_t n = 0; n < nodes; n++) {
		struct monitor *m = &w->hosts[n].monitor;

		m->witness.key_since_s -= LONG_AGO_S;
		if (m->ready.well_since_ms != MONITOR_NEVER)
			m->ready.well_since_ms -= LONG_AGO_S * INT64_C(1000);
		if (m->ready.bad_since_ms != MONITOR_NEVER)
			m->ready.bad_since_ms -= LONG_AGO_S * INT64_C(1000);
		w->hosts[n].saved.witness.key_since_s -= LONG_AGO_S;
	}
	if (run->setting->begins_lost)
		lose(w, run);
}
