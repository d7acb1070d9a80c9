/* SPDX-License-Identifier: MIT
 * Scenarios: what the operator wants. */
#include "script.h"

static void operators_null(struct world *world)
{
	warm_up(world);
	miss(world, 1);
	operator_update(world, KEY_NULL);
	until_key(world, KEY_NULL, MINUTE);
	no_switch_for(world, 2 * HOUR);
	WANT(world, key_now(world) == KEY_NULL);
}

static void disabled_in_an_outage(struct world *world)
{
	warm_up(world);
	golosd_stop(world, 0);
	until_lost(world, 1);
	operator_update(world, KEY_NULL);
	no_switch_for(world, 2 * HOUR);
	WANT(world, key_now(world) == KEY_NULL);
}

static void hold_for_days(struct world *world)
{
	warm_up(world);
	WANT(world, watcher_order(world, 1, GW_COMMAND_HOLD, 0) == GW_OK);
	golosd_stop(world, 0);
	no_switch_for(world, 24 * HOUR);
	watcher_stop(world, 1);
	watcher_start(world, 1);
	no_switch_for(world, 24 * HOUR);
	WANT(world, watcher_order(world, 1, GW_COMMAND_RESUME, 0) == GW_OK);
	until_key(world, 2, MINUTE);
}

/* The signer counts those that an operator orders, too. */
static void set_many_switches(struct world_options *options)
{
	options->max_signatures = SIGNATURES_KEPT - 1;
}

/* Between healthy nodes, from any place of the round: no block is lost. */
static void planned_takeover(struct world *world)
{
	warm_up(world);
	for (uint32_t i = 0; i < 20 && world->broken == INVARIANT_NONE; i++) {
		uint8_t to = key_now(world) == 1 ? 1 : 0;

		world_run(world, dice_between(&world->dice, 3, 90) * SECOND);
		world->lost_blocks = 0;
		WANT(world, watcher_order(world, to, GW_COMMAND_TAKEOVER, 0) == GW_OK);
		until_key(world, (uint8_t)(to + 1), 6 * MINUTE);
		produces(world, (uint8_t)(to + 1), 5 * MINUTE);
		WANT(world, world->lost_blocks == 0);
	}
}

/* Not a miss is allowed, and the slot that the null key itself costs comes before the next shuffle. */
static void null_in_mid_round(struct world *world)
{
	warm_up(world);
	until_own_slot_in(world, 8);
	operator_update(world, KEY_NULL);
	until_lost(world, 1);
	no_switch_for(world, HOUR);
	watcher_stop(world, 1);
	watcher_start(world, 1);
	no_switch_for(world, HOUR);
	WANT(world, key_now(world) == KEY_NULL);
}

/* Production moves from node to node as the operator says: nobody argues. */
static void operator_moves_production(struct world *world)
{
	warm_up(world);
	for (uint8_t key = 3; key > 0; key--) {
		operator_update(world, key);
		until_key(world, key, MINUTE);
		no_switch_for(world, 2 * HOUR);
	}
	WANT(world, world->switches == 0);
}

/* A switch that waits for room is held before it is sent. */
static void hold_before_it_is_sent(struct world *world)
{
	warm_up(world);
	golosd_stop(world, 0);
	for (int64_t end_ms = world->now_ms + 10 * MINUTE; !world->watchers[1].carrier.busy && world->now_ms < end_ms;)
		world_run(world, 1);
	WANT(world, world->watchers[1].carrier.busy);
	WANT(world, watcher_order(world, 1, GW_COMMAND_HOLD, 0) == GW_OK);
	no_switch_for(world, HOUR);
	WANT(world, world->switches == 0);
}

/* It was sent before: it may still land, and that is said. */
static void hold_after_it_was_sent(struct world *world)
{
	warm_up(world);
	world->no_room = true;
	golosd_stop(world, 0);
	until_sent(world, 1, 5 * MINUTE);
	world_run(world, SECOND);
	WANT(world, watcher_order(world, 1, GW_COMMAND_HOLD, 0) == GW_OK);
	world->no_room = false;
	until_key(world, 2, 10 * SECOND);
	world_run(world, 10 * SECOND);
	WANT(world, watcher_said(&world->watchers[1], "cancelled_switch_landed"));
	no_switch_for(world, HOUR);
}

/* A takeover is on its way to the others as the operator shuts the witness down: it lands on that, and people are told. */
static void takeover_lands_on_an_operators_null(struct world *world)
{
	warm_up(world);
	until_own_slot_in(world, 12);
	world->golosds[1].side = 1; /* what it has is not heard */
	WANT(world, watcher_order(world, 1, GW_COMMAND_TAKEOVER, 0) == GW_OK);
	until_sent(world, 1, 4 * SECOND);
	operator_update(world, KEY_NULL);
	until_key(world, KEY_NULL, 10 * SECOND);
	world->golosds[1].side = 0;
	world_run(world, 4 * SECOND);
	golosd_broadcast_again(world, 1);
	until_key(world, 2, 10 * SECOND);
	world_run(world, 10 * SECOND);
	WANT(world, watcher_said(&world->watchers[1], "cancelled_switch_landed"));
}

/* A takeover waits for room as the operator shuts the witness down: his later word stands. */
static void takeover_waits_as_the_operator_disables(struct world *world)
{
	warm_up(world);
	until_own_slot_in(world, 3);
	WANT(world, watcher_order(world, 1, GW_COMMAND_TAKEOVER, 0) == GW_OK);
	operator_update(world, KEY_NULL);
	until_key(world, KEY_NULL, 10 * SECOND);
	world_run(world, 5 * MINUTE);
	WANT(world, key_now(world) == KEY_NULL);
}

/* A golosd produces within half a second of its slot: until then the slot is not over, and nothing is sent in it. */
static void takeover_in_the_own_slot(struct world *world)
{
	warm_up(world);
	world->golosds[0].slow_ms = world->golosds[1].slow_ms = 450;
	for (uint32_t i = 0; i < 20 && world->broken == INVARIANT_NONE; i++) {
		uint8_t to = key_now(world) == 1 ? 1 : 0;

		until_own_slot_in(world, 1);
		world_run(world, INTERVAL_S * SECOND - world->now_ms % (INTERVAL_S * SECOND) + 50);
		world->lost_blocks = 0;
		WANT(world, watcher_order(world, to, GW_COMMAND_TAKEOVER, 0) == GW_OK);
		until_key(world, (uint8_t)(to + 1), 6 * MINUTE);
		produces(world, (uint8_t)(to + 1), 5 * MINUTE);
		WANT(world, world->lost_blocks == 0);
	}
}

/* ---- takeover --------------------------------------------------------------------------------------------------- */

/* The very next slots are dead witnesses': a place with room of four is waited for, and no block is lost. */
static void takeover_beside_dead_slots(struct world *world)
{
	const struct sim_block *head;

	for (uint32_t i = 0; i < 3; i++)
		world->dead_witness[20 - i] = true;
	warm_up(world);
	world_run(world, 4 * MINUTE);
	for (uint32_t i = 0; i < 8 && world->broken == INVARIANT_NONE; i++) {
		uint8_t to = key_now(world) == 1 ? 1 : 0;

		do {
			until_own_slot_in(world, 2);
			head = world_head(world);
		} while (world->broken == INVARIANT_NONE && !world->dead_witness[chain_owner(head, 1)]);
		world_run(world, SECOND);
		world->lost_blocks = 0;
		WANT(world, watcher_order(world, to, GW_COMMAND_TAKEOVER, 0) == GW_OK);
		until_key(world, (uint8_t)(to + 1), 6 * MINUTE);
		produces(world, (uint8_t)(to + 1), 5 * MINUTE);
		WANT(world, world->lost_blocks == 0);
	}
}

/* With two thirds dead a head is old though the node is well: this is not about that. */
/* The next `n` slots, of others, are missed while the takeover waits for room. */
static void takeover_beside_missed_slots(struct world *world, uint8_t to, uint32_t n)
{
	const struct sim_block *head;

	until_own_slot_in(world, 3);
	head = world_head(world);
	world->lost_blocks = 0;
	WANT(world, watcher_order(world, to, GW_COMMAND_TAKEOVER, 0) == GW_OK);
	for (uint32_t i = 1; i <= n; i++)
		world->dead_witness[chain_owner(head, i)] = true;
	world_run(world, n * 3 * SECOND);
	for (uint32_t i = 1; i <= n; i++)
		world->dead_witness[chain_owner(head, i)] = false;
}

/* As the second slot begins our head is too old, and that slot's block is on its way. */
static void takeover_while_another_misses_one(struct world *world)
{
	warm_up(world);
	for (uint32_t i = 0; i < 10 && world->broken == INVARIANT_NONE; i++) {
		uint8_t to = key_now(world) == 1 ? 1 : 0;

		takeover_beside_missed_slots(world, to, 1);
		until_key(world, (uint8_t)(to + 1), 6 * MINUTE);
		produces(world, (uint8_t)(to + 1), 5 * MINUTE);
		WANT(world, world->lost_blocks == 0);
	}
}

/* Its block does not come either: the order ends, before the slot is over in which it might have gone out. */
static void takeover_while_others_miss_two(struct world *world)
{
	warm_up(world);
	for (uint32_t i = 0; i < 5 && world->broken == INVARIANT_NONE; i++) {
		takeover_beside_missed_slots(world, 1, 2);
		world_run(world, 2 * SECOND);
		WANT(world, !world->watchers[1].carrier.busy);
		WANT(world, world->watchers[1].sends == 0);
		no_switch_for(world, 5 * MINUTE);
	}
}

static void set_old_heads(struct world_options *options)
{
	options->monitor.max_head_age_s = 30;
}

static void set_many_switches_and_old_heads(struct world_options *options)
{
	set_many_switches(options);
	set_old_heads(options);
}

/* More than the nine that take part there: the guard holds. */
static void set_half_of_all_and_old_heads(struct world_options *options)
{
	options->monitor.min_participation = 50;
	set_old_heads(options);
}

/* It passes over counting, order and participation. */
static void takeover_passes_over(struct world *world)
{
	golosd_stop(world, 1);
	for (uint32_t i = 0; i < 11; i++)
		world->dead_witness[20 - i] = true;
	warm_up(world);
	WANT(world, watcher_order(world, 2, GW_COMMAND_TAKEOVER, 0) == GW_OK);
	until_key(world, 3, 3 * MINUTE);
}

/* It never passes over the own node's health, a wrong clock or a hold. */
static void takeover_refused(struct world *world)
{
	warm_up(world);
	WANT(world, watcher_order(world, 1, GW_COMMAND_HOLD, 0) == GW_OK);
	WANT(world, watcher_order(world, 1, GW_COMMAND_TAKEOVER, 0) != GW_OK);
	WANT(world, watcher_order(world, 1, GW_COMMAND_RESUME, 0) == GW_OK);
	world->watchers[1].clock_error_ms = 10 * SECOND;
	WANT(world, watcher_order(world, 1, GW_COMMAND_TAKEOVER, 0) != GW_OK);
	world->watchers[1].clock_error_ms = 0;
	golosd_stop(world, 1);
	world_run(world, SECOND);
	WANT(world, watcher_order(world, 1, GW_COMMAND_TAKEOVER, 0) != GW_OK);
	golosd_start(world, 1);
	no_switch_for(world, HOUR);
}

/* The operator shut the witness down, and says himself that it goes on. */
static void takeover_after_the_operators_null(struct world *world)
{
	warm_up(world);
	operator_update(world, KEY_NULL);
	until_key(world, KEY_NULL, MINUTE);
	no_switch_for(world, HOUR);
	WANT(world, watcher_order(world, 1, GW_COMMAND_TAKEOVER, 0) == GW_OK);
	until_key(world, 2, 3 * MINUTE);
	produces(world, 2, 5 * MINUTE);
}

const struct scenario scenarios_orders[] = {
	{.name = "peer_B_operators_null", .play = operators_null, .nodes = 2},
	{.name = "disabled_in_an_outage", .play = disabled_in_an_outage, .nodes = 2},
	{.name = "hold_for_days_then_resume", .play = hold_for_days, .reset_s = 864000},
	{.name = "takeover_lands_on_an_operators_null", .play = takeover_lands_on_an_operators_null},
	{.name = "takeover_waits_as_the_operator_disables", .play = takeover_waits_as_the_operator_disables},
	{.name = "takeover_in_the_own_slot", .play = takeover_in_the_own_slot, .set = set_many_switches},
	{.name = "planned_takeover", .play = planned_takeover, .set = set_many_switches, .nodes = 2},
	{.name = "peer_B_operators_null_in_mid_round", .play = null_in_mid_round, .allowed_plus_1 = 1},
	{.name = "peer_viz_operator_moves_production", .play = operator_moves_production, .nodes = 3},
	{.name = "hold_before_it_is_sent", .play = hold_before_it_is_sent},
	{.name = "hold_after_it_was_sent", .play = hold_after_it_was_sent},
	{.name = "takeover_while_another_misses_one_slot",
	 .play = takeover_while_another_misses_one,
	 .set = set_many_switches},
	{.name = "takeover_while_others_miss_two_slots", .play = takeover_while_others_miss_two},
	{.name = "planned_takeover_beside_dead_slots",
	 .play = takeover_beside_dead_slots,
	 .set = set_many_switches_and_old_heads},
	{.name = "takeover_passes_over_order_and_participation",
	 .play = takeover_passes_over,
	 .nodes = 3,
	 .set = set_half_of_all_and_old_heads},
	{.name = "takeover_refused_where_it_would_harm", .play = takeover_refused},
	{.name = "takeover_after_the_operators_null", .play = takeover_after_the_operators_null},
	{.name = NULL},
};
