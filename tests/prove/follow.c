/* SPDX-License-Identifier: MIT
 *
 * The connections of a watcher of the small world, and whose blocks it follows, as belief.c and sync.c do it.
 */
#include <string.h>

#include "world.h"

#define GRACE_MS   15000 /* the own golosd is given so long to come back before another one drives */
#define BEHIND_MAX 2	 /* blocks: the own golosd drives again when it is no further behind */

/* ---- nodes ------------------------------------------------------------------------------------------------------ */

static uint8_t branch_of(const struct world *w, const struct link *own, const struct link *other)
{
	const uint32_t top = own->num < other->num ? own->num : other->num;
	const uint32_t ours = own->pushed ? ancestor_slot(w, own->num, own->slot, top) : 0;
	const uint32_t theirs = other->pushed ? ancestor_slot(w, other->num, other->slot, top) : 0;

	if (ours == 0 || theirs == 0)
		return GW_BRANCH_UNKNOWN;
	return ours == theirs ? GW_BRANCH_SAME : GW_BRANCH_OTHER;
}

static void fill_node(const struct world *w, const struct host *h, uint32_t l, struct gw_node *node)
{
	const struct link *link = &h->links[l];

	memset(node, 0, sizeof(*node));
	node->struct_size = sizeof(*node);
	node->is_own = l == OWN;
	node->is_driver = l == h->driver && link->connected;
	node->connected = link->connected;
	node->branch = branch_of(w, &h->links[OWN], link);
	node->url = "";
	if (!link->pushed)
		return;
	node->head_num = link->num;
	node->head_time_s = slot_time_s(link->slot);
	id_text(node->head_id, link->num, link->slot, 0);
}

static uint32_t link_count(const struct run *run)
{
	return run->setting->links > 1 ? run->setting->links : 1;
}

static void raise_nodes(struct world *w, uint32_t n, struct run *run)
{
	struct host *h = &w->hosts[n];
	struct gw_node nodes[LINKS_MAX];
	const struct gw_node *const list[LINKS_MAX] = {&nodes[OWN], &nodes[OTHER]};
	struct gw_nodes_event event = {.struct_size = sizeof(event), .nodes = list};
	struct monitor_actions out;

	event.now = host_now(w, h);
	for (; event.count < link_count(run); event.count++)
		fill_node(w, h, event.count, &nodes[event.count]);
	out.count = 0;
	monitor_nodes(&h->monitor, &event, &out);
	host_act(w, n, &out, run);
}

/* ---- whose blocks are followed ---------------------------------------------------------------------------------- */

/* The count starts anew: what was believed of keys is forgotten. */
static void follow_anew(struct host *h)
{
	struct witnesses witnesses = host_witnesses(h);

	h->head_num = h->head_slot = h->window_slot = h->read_until = 0;
	h->valid = 0;
	h->epoch++;
	witnesses_ask_anew(&witnesses, true);
	witnesses_forget(&witnesses);
}

/* Another golosd drives only while the own one is away or shows nothing, and not at once: a short break loses nothing.
 */
static bool may_drive(const struct world *w, const struct host *h, uint32_t l)
{
	const struct link *driver = &h->links[h->driver], *own = &h->links[OWN];
	const bool has_driver = h->head_num != 0;

	if (l == OWN)
		return !driver->connected || own->num + BEHIND_MAX >= driver->num;
	if (own->connected && own->pushed)
		return false;
	if (!own->connected && (h->driver != OWN || !has_driver))
		return true;
	return host_now(w, h).mono_ms - h->own_seen_ms >= GRACE_MS;
}

static void follow_other_driver(struct host *h)
{
	struct witnesses witnesses = host_witnesses(h);

	witnesses_ask_anew(&witnesses, h->driver == OWN);
	h->epoch++;
}

static void begin_driving(struct host *h, uint8_t l)
{
	if (h->driver != l && h->head_num != 0) {
		follow_other_driver(h);
		h->read_until = h->links[l].num - 1;
	}
	h->driver = l;
	h->valid = 0;
	host_want_fetch(h);
}

/* Blocks of a branch that the driver has left are undone; false: it is not known how many. */
static bool undo_others(const struct world *w, struct host *h, uint32_t until, uint32_t *ret_undone)
{
	uint32_t num = h->head_num, slot = h->head_slot;

	for (; num != 0 && !chain_holds(w, num, slot); num--) {
		const struct block_model *b = state_at(w, num, slot);

		if (b == NULL)
			return false;
		slot = b->parent_slot;
	}
	if (until <= num) /* no block of it has shown that yet */
		return true;
	*ret_undone = h->head_num - num;
	h->head_num = num;
	h->head_slot = slot;
	return true;
}

/* From the newest block that the driver showed on, or from where the branches part. What lies further back than is kept
 * is lost, as more blocks than CATCH_UP_MAX are. */
static void follow_driver(struct world *w, uint32_t n, struct run *run)
{
	struct host *h = &w->hosts[n];
	const uint32_t until = h->links[h->driver].num;
	uint32_t undone = 0;

	if (!undo_others(w, h, until, &undone) || (h->head_num != 0 && until > h->head_num + CATCH_UP)) {
		follow_anew(h);
		undone = 0;
	}
	for (uint32_t num = h->head_num != 0 ? h->head_num + 1 : until; num <= until; num++) {
		const struct block_model *b = chain_block(w, num);

		host_block(w, n, b, undone, run);
		undone = 0;
	}
}

static void push(struct world *w, uint32_t n, uint8_t l, struct run *run)
{
	struct host *h = &w->hosts[n];
	struct link *link = &h->links[l];
	const struct golosd *golosd = &w->golosds[link_golosd(n, l)];
	const bool is_first = !link->pushed;

	if (!link->connected || (golosd->head_num == link->num && golosd->head_slot == link->slot) ||
	    !chain_holds(w, golosd->head_num, golosd->head_slot))
		return;
	link->pushed = 1;
	link->num = golosd->head_num;
	link->slot = golosd->head_slot;
	const bool drives = l == h->driver || may_drive(w, h, l);

	if (drives && (is_first || l != h->driver))
		begin_driving(h, l);
	raise_nodes(w, n, run);
	if (drives)
		follow_driver(w, n, run);
}

void host_follow(struct world *w, uint32_t n, struct run *run)
{
	struct host *h = &w->hosts[n];

	for (uint8_t l = LINKS_MAX; l-- > 0;)
		push(w, n, l, run);
	if (h->slow)
		return;
	h->valid = 1;
	host_fetched(w, n, run);
}

/* ---- connections ------------------------------------------------------------------------------------------------ */

static void connect_link(struct world *w, uint32_t n, uint32_t l, bool connected)
{
	struct host *h = &w->hosts[n];
	struct link *link = &h->links[l];
	const struct golosd *golosd = &w->golosds[link_golosd(n, l)];

	const bool was_pushed = link->pushed;

	*link = (struct link){.connected = connected, .cut = link->cut};
	h->watched.fetches[l].ticket = 0;
	if (connected) {
		link->num = golosd->head_num;
		link->slot = golosd->head_slot;
	}
	if (l == OWN && (was_pushed || h->own_seen_ms == 0))
		h->own_seen_ms = host_now(w, h).mono_ms;
	if (l == h->driver) {
		h->valid = 0;
		h->read_until = link->num;
	}
}

void host_connections(struct world *w, uint32_t n, struct run *run)
{
	struct host *h = &w->hosts[n];
	const struct gw_now now = host_now(w, h);
	bool changed = false;
	uint32_t connected = 0;

	for (uint32_t l = 0; h->alive && l < link_count(run); l++) {
		const bool can = !h->links[l].cut && w->golosds[link_golosd(n, l)].alive;

		if (h->links[l].connected != can) {
			connect_link(w, n, l, can);
			changed = true;
		}
		connected |= (uint32_t)can << l;
	}
	if (!changed)
		return;
	carrier_endpoints(&h->carrier, connected, &now);
	raise_nodes(w, n, run);
	host_settle(w, n, run);
}
