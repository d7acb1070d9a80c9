/* SPDX-License-Identifier: MIT
 * Scenarios: a switch on its way into a block, and the chain's own null. */
#include "script.h"

static void chains_null(struct world *world)
{
	warm_up(world);
	WANT(world, watcher_order(world, 1, GW_COMMAND_HOLD, 0) == GW_OK);
	golosd_stop(world, 0);
	until_key(world, KEY_NULL, 3 * HOUR);
	world_run(world, 10 * MINUTE);
	WANT(world, watcher_order(world, 1, GW_COMMAND_RESUME, 0) == GW_OK);
	if (world->options.monitor.null_takeover) {
		until_key(world, 2, 10 * MINUTE);
		produces(world, 2, 10 * MINUTE);
		WANT(world, watcher_said(&world->watchers[1], "may_be_nulled_again"));
	} else {
		no_switch_for(world, HOUR);
	}
}

/* A slot every four hours: the chain's null comes before misses enough. The node that it shut down has no turn before
 * ours.
 */
static void chains_null_of_rare_slots(struct world *world)
{
	warm_up(world);
	golosd_stop(world, 0);
	until_key(world, KEY_NULL, 12 * HOUR);
	until_key(world, 2, 20 * SECOND);
	produces(world, 2, 12 * HOUR);
}

/* It is well again, and the only one: its turn comes after those of the two others. */
static void chains_null_of_the_only_one(struct world *world)
{
	warm_up(world);
	golosd_stop(world, 1);
	golosd_stop(world, 2);
	world->idle_slots = DICE_SURE;
	until_key(world, KEY_NULL, 12 * HOUR);
	world->idle_slots = 0;
	until_key(world, 1, 5 * MINUTE);
	produces(world, 1, 12 * HOUR);
	WANT(world, world->switches == 1);
}

/* Too many blocks lie between to tell whose null it is: it counts as the operator's. */
static void chains_null_while_away(struct world *world)
{
	warm_up(world);
	golosd_stop(world, 1);
	golosd_stop(world, 0);
	until_key(world, KEY_NULL, 3 * HOUR);
	world->watchers[1].cut = true; /* what its golosd pushes as it catches up is not seen */
	golosd_start(world, 1);
	world_run(world, 5 * MINUTE);
	world->watchers[1].cut = false;
	no_switch_for(world, HOUR);
}

static void broadcasts_are_lost(struct world *world)
{
	warm_up(world);
	world->options.lost_sends = DICE_SURE;
	golosd_stop(world, 0);
	world_run(world, 20 * MINUTE);
	WANT(world, world->switches == 0);
	WANT(world, world->watchers[1].sends >= 2 && world->watchers[1].sends <= 8); /* ever more seldom */
	WANT(world, watcher_said(&world->watchers[1], "switch_failed"));
	WANT(world, world->watchers[1].criticals <= 1); /* and nobody is woken at each of them */
	world->options.lost_sends = 0;
	until_key(world, 2, 45 * MINUTE); /* the signer's hour may be used up */
}

/* The watcher is killed at that step of its switch, and started anew: it is made once, whatever it remembers. Recorded
 * and signed are one moment here; tests/attack/test_kill.c has them apart. */
static void killed_at(struct world *world, int32_t step)
{
	const struct watcher *w = &world->watchers[1];
	int64_t end_ms;

	warm_up(world);
	golosd_stop(world, 0);
	end_ms = world->now_ms + 10 * MINUTE;
	while (w->carrier.submission.state != step && world->now_ms < end_ms)
		world_run(world, 1);
	WANT(world, w->carrier.submission.state == step);
	watcher_stop(world, 1);
	world_run(world, 500);
	watcher_start(world, 1);
	until_key(world, 2, 5 * MINUTE);
	produces(world, 2, 5 * MINUTE);
	invariant_calm_after_faults(world, 30 * MINUTE);
	WANT(world, world->switches == 1);
}

static void killed_while_it_waits(struct world *world)
{
	killed_at(world, GW_SUBMISSION_WAITING);
}

static void killed_when_signed(struct world *world)
{
	killed_at(world, GW_SUBMISSION_SIGNED);
}

static void killed_when_sent(struct world *world)
{
	killed_at(world, GW_SUBMISSION_SENT);
}

static void killed_when_in_a_block(struct world *world)
{
	killed_at(world, GW_SUBMISSION_IN_BLOCK);
}

static void killed_when_irreversible(struct world *world)
{
	killed_at(world, GW_SUBMISSION_IRREVERSIBLE);
}

/* The first offer is lost and is not forgotten; nor is it made again without end. */
static void first_broadcast_is_lost(struct world *world)
{
	warm_up(world);
	world->options.lost_sends = DICE_SURE;
	golosd_stop(world, 0);
	until_sent(world, 1, 5 * MINUTE);
	world_run(world, SECOND);
	world->options.lost_sends = 0;
	until_key(world, 2, 2 * MINUTE);
	produces(world, 2, 5 * MINUTE);
	WANT(world, world->lost_blocks <= 4);
	WANT(world, world->switches == 1);
	invariant_calm_after_faults(world, 30 * MINUTE);
}

/* The head that our node has when it sends is undone at once by another of the same height: the transaction names the
 * block that showed the miss, which both branches hold, and comes into the very next block. */
static void head_is_undone_after_it_was_sent(struct world *world)
{
	uint8_t producer;

	warm_up(world);
	WANT(world, watcher_order(world, 1, GW_COMMAND_HOLD, 0) == GW_OK);
	golosd_stop(world, 0);
	until_lost(world, 2);
	until_own_slot_in(world, 8);
	producer = (uint8_t)(world->options.our_nodes + chain_owner(world_head(world), 1) - 1);
	golosd_move(world, 1, 1);
	golosd_move(world, producer, 1);
	world_run(world, 7 * SECOND); /* its block is on our side alone; a slot later the others make theirs */
	WANT(world, world_head(world)->num == chain_block(&world->chain, world->golosds[1].head)->num);
	WANT(world, world_head(world)->serial != world->golosds[1].head);
	golosd_move(world, 1, 0);
	golosd_move(world, producer, 0);
	WANT(world, watcher_order(world, 1, GW_COMMAND_RESUME, 0) == GW_OK);
	until_sent(world, 1, 5 * SECOND); /* a disk may be slow */
	until_key(world, 2, 5 * SECOND);
	WANT(world, world->switches == 1);
}

/* A fork undoes the block that showed the miss before anything was sent; the branch that stays shows it as well. What
 * was begun can come into no block: it is begun anew at once, and not when its time is over. */
static void evidence_is_undone_before_it_was_sent(struct world *world)
{
	uint8_t producer;

	warm_up(world);
	do
		until_own_slot_in(world, 1);
	while (world->broken == INVARIANT_NONE && world_head(world)->num % SHUFFLE_BLOCKS > 10);
	producer = (uint8_t)(world->options.our_nodes + chain_owner(world_head(world), 2) - 1);
	golosd_stop(world, 0);
	golosd_move(world, 1, 1);
	golosd_move(world, producer, 1);
	for (int64_t end_ms = world->now_ms + 10 * SECOND; !world->watchers[1].carrier.busy && world->now_ms < end_ms;)
		world_run(world, 1);
	WANT(world, world->watchers[1].carrier.busy);
	world->golosds[1].answer_ms = 9000; /* it is not told yet that no other update is pending */
	world_run(world, 4 * SECOND);
	golosd_move(world, 1, 0);
	golosd_move(world, producer, 0);
	world_run(world, 5 * SECOND);
	WANT(world, chain_holds(&world->chain, world_head(world)->serial, world->golosds[1].head));
	WANT(world, world->watchers[1].sends == 0);
	world->golosds[1].answer_ms = 0;
	until_key(world, 2, 12 * SECOND);
	WANT(world, world->lost_blocks == 1);
}

/* The disk takes its time, and meanwhile another backup's update is pending: what was fetched before is asked anew. */
static void pending_since_the_fetch(struct world *world)
{
	int64_t begun_ms;

	warm_up(world);
	for (uint8_t i = 1; i < 3; i++)
		WANT(world, watcher_order(world, i, GW_COMMAND_HOLD, 0) == GW_OK);
	golosd_stop(world, 0);
	until_lost(world, 2);
	until_own_slot_in(world, 8);
	world->no_room = true;
	world_run(world, SECOND);
	watcher_disk_hangs(world, 1, true);
	begun_ms = world->now_ms;
	WANT(world, watcher_order(world, 1, GW_COMMAND_RESUME, 0) == GW_OK);
	world_run(world, 300);
	WANT(world, watcher_order(world, 2, GW_COMMAND_RESUME, 0) == GW_OK);
	until_sent(world, 2, 5 * SECOND);
	world_run(world, 450);		     /* until every node has heard of it */
	if (world->now_ms < begun_ms + 1500) /* what was fetched within a second counts as fresh */
		world_run(world, begun_ms + 1500 - world->now_ms);
	WANT(world, world->watchers[1].sends == 0);
	watcher_disk_hangs(world, 1, false);
	world_run(world, 6 * SECOND);
	WANT(world, world->watchers[1].sends == 0);
	world->no_room = false;
	until_key(world, 3, 6 * SECOND);
	produces(world, 3, 5 * MINUTE);
	WANT(world, world->switches == 1);
}

/* ---- own slots while the update is pending ---------------------------------------------------------------------- */

/* The producer misses a slot, and no block has room for the update until the next own slot is over: nobody can fill
 * that, our golosd's block is refused, and the block that holds the update charges the miss. */
static void pending_over_an_own_slot(struct world *world)
{
	do
		until_own_slot_in(world, 1);
	while (world->broken == INVARIANT_NONE && world_head(world)->num % SHUFFLE_BLOCKS > 10);
	world->golosds[0].idle = true;
	world->no_room = true;
	until_sent(world, 1, 10 * SECOND);
	until_own_slot_in(world, 1);
	world_run(world, 4 * SECOND);
	WANT(world, key_now(world) == 1);
	world->no_room = false;
	until_key(world, 2, 3 * SECOND);
	WANT(world, world_head(world)->missed_ours == 1);
	WANT(world, world->golosds[1].pending_count == 0);
}

static void update_in_our_own_slot(struct world *world)
{
	warm_up(world);
	pending_over_an_own_slot(world);
	produces(world, 2, MINUTE);
	WANT(world, world->lost_blocks == 2);
	WANT(world, world->switches == 1);
	invariant_calm_after_faults(world, 30 * MINUTE);
}

/* The old node is well again at once: that miss is not the new node's, and nobody moves production for it. */
static void miss_charged_with_the_update(struct world *world)
{
	warm_up(world);
	pending_over_an_own_slot(world);
	world->golosds[0].idle = false;
	produces(world, 2, MINUTE);
	WANT(world, world->watchers[0].sends == 0);
	WANT(world, world->watchers[2].sends == 0);
	invariant_calm_after_faults(world, 30 * MINUTE);
}

/* It can come into no block at all: each try ends by its time, and one more own slot each is all that it costs. The tries
 * come ever later: the signer's hour would be used up by then. */
static void no_block_has_room(struct world *world)
{
	warm_up(world);
	golosd_stop(world, 0);
	world->no_room = true;
	until_sent(world, 1, 5 * MINUTE);
	world_run(world, 6 * MINUTE);
	WANT(world, world->watchers[1].sends <= 4);
	world_run(world, 20 * MINUTE);
	WANT(world, world->watchers[1].sends >= 3);
	WANT(world, world->watchers[1].sends <= 7);
	WANT(world, watcher_said(&world->watchers[1], "switch_failed"));
	world->no_room = false;
	until_key(world, 2, 45 * MINUTE); /* the signer's hour may be used up */
	WANT(world, world->switches == 1);
}

/* Somebody's update stays pending and comes into no block: nothing has changed, and nothing is forgotten. */
static void pending_and_never_in_a_block(struct world *world)
{
	warm_up(world);
	miss(world, 1);
	produces(world, 1, 10 * MINUTE);
	world_run(world, 4 * SECOND);
	world->no_room = true;
	operator_update(world, 3);
	no_switch_for(world, 65 * SECOND);
	world->no_room = false;
	WANT(world, !watcher_said(&world->watchers[1], "signing_key_changed"));
	miss_in_mid_round(world);
	until_key(world, 2, 10 * SECOND);
	WANT(world, world->lost_blocks == 2);
}

/* ---- the chain's null, and an update in its block ---------------------------------------------------------------- */

/* The producer dies, and a round later than the chain allows begins: its next miss takes the key away, and how far off
 * that is known. */
static void until_the_next_miss_nulls(struct world *world)
{
	uint32_t limit = world->options.rules.skipping_reset_s / INTERVAL_S;
	const struct sim_block *head;

	do
		until_own_slot_in(world, 1);
	while (world->broken == INVARIANT_NONE && (world_head(world)->num + 1 + limit) % SHUFFLE_BLOCKS != 0);
	world_run(world, 4 * SECOND);
	golosd_stop(world, 0);
	do {
		world_run(world, 100);
		head = world_head(world);
	} while (world->broken == INVARIANT_NONE && head->num < head->confirmed[OURS] + limit);
	WANT(world, head->signing_key == 1);
	WANT(world, head->num == head->confirmed[OURS] + limit);
}

/* The block that holds our update charges the miss for which the chain takes the key away again. */
static void nulled_in_the_updates_block(struct world *world)
{
	warm_up(world);
	WANT(world, watcher_order(world, 1, GW_COMMAND_HOLD, 0) == GW_OK);
	until_the_next_miss_nulls(world);
	for (uint32_t i = 0; i < 8 && own_slot_in(world) < 3 && world->broken == INVARIANT_NONE; i++) {
		golosd_start(world, 0); /* too close: once more */
		operator_update(world, 1);
		produces(world, 1, 5 * MINUTE);
		until_the_next_miss_nulls(world);
	}
	while (own_slot_in(world) > 3 && world->broken == INVARIANT_NONE)
		until_own_slot_in(world, own_slot_in(world) - 1);
	world->no_room = true;
	WANT(world, watcher_order(world, 1, GW_COMMAND_RESUME, 0) == GW_OK);
	until_sent(world, 1, 3 * SECOND);
	until_own_slot_in(world, 1);
	world_run(world, 4 * SECOND);
	world->no_room = false;
	world_run(world, 3 * SECOND);
	WANT(world, world->switches == 1);
	WANT(world, key_now(world) == KEY_NULL);
	WANT(world, world_head(world)->chain_null);
	until_key(world, 2, 2 * MINUTE);
	produces(world, 2, 10 * MINUTE);
	WANT(world, watcher_said(&world->watchers[1], "may_be_nulled_again"));
	invariant_calm_after_faults(world, 30 * MINUTE);
}

const struct scenario scenarios_broadcasts[] = {
	{.name = "chains_null", .play = chains_null, .reset_s = 3600},
	{.name = "chains_null_of_rare_slots",
	 .play = chains_null_of_rare_slots,
	 .rare_rounds = 228,
	 .reset_s = 3600,
	 .allowed_plus_1 = 9},
	{.name = "chains_null_of_the_only_one",
	 .play = chains_null_of_the_only_one,
	 .nodes = 3,
	 .rare_rounds = 228,
	 .reset_s = 3600,
	 .allowed_plus_1 = 9},
	{.name = "chains_null_while_away", .play = chains_null_while_away, .reset_s = 3600},
	{.name = "chains_null_stay", .play = chains_null, .reset_s = 3600, .stay = true},
	{.name = "peer_C_broadcasts_are_lost", .play = broadcasts_are_lost, .nodes = 2},
	{.name = "killed_while_it_waits", .play = killed_while_it_waits},
	{.name = "killed_when_signed", .play = killed_when_signed},
	{.name = "killed_when_sent", .play = killed_when_sent},
	{.name = "killed_when_in_a_block", .play = killed_when_in_a_block},
	{.name = "killed_when_irreversible", .play = killed_when_irreversible},
	{.name = "peer_serdrdoor_first_broadcast_is_lost", .play = first_broadcast_is_lost},
	{.name = "head_is_undone_after_it_was_sent", .play = head_is_undone_after_it_was_sent},
	{.name = "evidence_is_undone_before_it_was_sent",
	 .play = evidence_is_undone_before_it_was_sent,
	 .allowed_plus_1 = 1},
	{.name = "pending_since_the_fetch", .play = pending_since_the_fetch, .nodes = 3, .unordered = true},
	{.name = "update_fails_in_our_own_slot", .play = update_in_our_own_slot, .scheduled = 5, .allowed_plus_1 = 1},
	{.name = "miss_charged_in_the_updates_block",
	 .play = miss_charged_with_the_update,
	 .nodes = 3,
	 .scheduled = 5,
	 .allowed_plus_1 = 1},
	{.name = "no_block_has_room_for_it", .play = no_block_has_room},
	{.name = "pending_and_never_in_a_block", .play = pending_and_never_in_a_block, .nodes = 3, .rare_rounds = 3},
	{.name = "chains_null_in_the_updates_block", .play = nulled_in_the_updates_block, .reset_s = 3600},
	{.name = NULL},
};
