/* SPDX-License-Identifier: MIT
 * Scenarios: a switch that is called off or overtaken, while its transaction may still come into a block. */
#include "rules.h"
#include "script.h"

/* The own slot may be next. */
#define AT_ONCE (10 * SECOND)

/* When the newest switch of that watcher can come into no block any more. */
static int64_t dead_ms(const struct world *world, uint8_t who)
{
	return (int64_t)world->watchers[who].carrier.submission.record.expiration_s * 1000 - GENESIS_MS;
}

/* Until that watcher sends its next one: wants it at once when it is due and the one before is dead. */
static void until_sent_at_once(struct world *world, uint8_t who, int64_t older_dead_ms)
{
	const struct watcher *w = &world->watchers[who];
	int64_t end_ms = world->now_ms + 3 * MINUTE, may_ms = older_dead_ms;
	uint32_t sends = w->sends;

	while (world->broken == INVARIANT_NONE && w->sends == sends && world->now_ms < end_ms) {
		if (w->monitor.due.cause == MONITOR_NOT_DUE && world->now_ms > may_ms)
			may_ms = world->now_ms;
		world_run(world, 10);
	}
	WANT(world, w->sends > sends);
	WANT(world, world->now_ms >= older_dead_ms);
	WANT(world, world->now_ms <= may_ms + AT_ONCE);
}

/* Its own is on its way, and seen by no node, when another node takes over and dies at once. */
static void overtaken_by_one_that_dies(struct world *world)
{
	int64_t older_dead_ms;

	warm_up(world);
	WANT(world, watcher_order(world, 1, GW_COMMAND_HOLD, 0) == GW_OK);
	world->options.lost_sends = DICE_SURE;
	golosd_stop(world, 0);
	until_sent(world, 2, MINUTE);
	older_dead_ms = dead_ms(world, 2);
	world_run(world, 12 * SECOND);
	operator_update(world, 2);
	until_key(world, 2, 7 * SECOND);
	golosd_stop(world, 1);
	world->options.lost_sends = 0;
	until_sent_at_once(world, 2, older_dead_ms);
	until_key(world, 3, 15 * SECOND);
	produces(world, 3, MINUTE);
}

/* Its own came into a block, and the next one holds another node's, which dies at once: what a block holds need not be
 * waited for. */
static void overtaken_in_a_block_by_one_that_dies(struct world *world)
{
	warm_up(world);
	WANT(world, watcher_order(world, 2, GW_COMMAND_HOLD, 0) == GW_OK);
	golosd_stop(world, 0);
	until_key(world, 2, MINUTE);
	operator_update(world, 3);
	until_key(world, 3, 7 * SECOND);
	golosd_stop(world, 2);
	until_sent_at_once(world, 1, 0);
	until_key(world, 2, 15 * SECOND);
	produces(world, 2, MINUTE);
}

/* Called off by a hold that ends before the transaction does: the next one waits for that, and no longer, and is not
 * taken for the one that was called off. */
static void resumed_while_the_cancelled_one_may_land(struct world *world)
{
	int64_t older_dead_ms;

	warm_up(world);
	world->options.lost_sends = DICE_SURE;
	golosd_stop(world, 0);
	until_sent(world, 1, 5 * MINUTE);
	older_dead_ms = dead_ms(world, 1);
	world_run(world, older_dead_ms - 12 * SECOND - world->now_ms);
	WANT(world, watcher_order(world, 1, GW_COMMAND_HOLD, 0) == GW_OK);
	world_run(world, 4 * SECOND);
	world->options.lost_sends = 0;
	WANT(world, watcher_order(world, 1, GW_COMMAND_RESUME, 0) == GW_OK);
	until_sent_at_once(world, 1, older_dead_ms);
	until_key(world, 2, 7 * SECOND);
	WANT(world, !watcher_said(&world->watchers[1], "switch_failed"));
	WANT(world, !watcher_said(&world->watchers[1], "cancelled_switch_landed"));
}

/* Killed between its record and its first broadcast; it starts again while the transaction lives. */
static void dies_with_its_switch_recorded(struct world *world)
{
	const struct watcher *w = &world->watchers[1];
	int64_t end_ms;

	warm_up(world);
	watcher_dies_at_its_record(world, 1, true);
	golosd_stop(world, 0);
	for (end_ms = world->now_ms + 10 * MINUTE; w->alive && world->now_ms < end_ms;)
		world_run(world, 1);
	WANT(world, w->journal.open);
	WANT(world, w->sends == 0);
}

/* It is followed for the rest of its time, and the next one goes out at once after that. */
static void taken_up_again_is_not_sent_again(struct world *world)
{
	dies_with_its_switch_recorded(world);
	until_sent_at_once(world, 1, dead_ms(world, 1));
	until_key(world, 2, 15 * SECOND);
	produces(world, 2, 5 * MINUTE);
}

/* His update was in a block before the watcher was back, which knows of the null key by a fetch alone. */
static void taken_up_again_after_the_operators_null(struct world *world)
{
	dies_with_its_switch_recorded(world);
	watcher_disk_hangs(world, 1, true); /* it starts when that ends */
	operator_update(world, KEY_NULL);
	until_key(world, KEY_NULL, 15 * SECOND);
	watcher_disk_hangs(world, 1, false);
	no_switch_for(world, 10 * MINUTE);
	WANT(world, key_now(world) == KEY_NULL);
}

/* It made a block before the watcher was back: what made the switch due is over. */
static void taken_up_again_after_a_block_of_the_producer(struct world *world)
{
	dies_with_its_switch_recorded(world);
	watcher_disk_hangs(world, 1, true);
	golosd_start(world, 0);
	produces(world, 1, 25 * SECOND);
	watcher_disk_hangs(world, 1, false);
	no_switch_for(world, 10 * MINUTE);
	WANT(world, world->watchers[1].sends == 0);
}

/* The producer is well again just before the broadcast. The watcher calls it off, and is killed before the journal has
 * that: it takes it up again, and sends it no more. */
static void called_off_and_killed_at_once(struct world *world)
{
	struct watcher *w = &world->watchers[1];
	int64_t end_ms;

	warm_up(world);
	WANT(world, watcher_order(world, 1, GW_COMMAND_HOLD, 0) == GW_OK);
	golosd_stop(world, 0);
	until_lost(world, 2);
	until_own_slot_in(world, 3);
	golosd_start(world, 0);
	until_own_slot_in(world, 2);
	world_run(world, 500);
	watcher_disk_hangs(world, 1, true); /* until the own slot is next, and nothing may be sent */
	WANT(world, watcher_order(world, 1, GW_COMMAND_RESUME, 0) == GW_OK);
	until_own_slot_in(world, 1);
	watcher_disk_hangs(world, 1, false);
	for (end_ms = world->now_ms + 6 * SECOND; !w->monitor.attempt.cancelled && world->now_ms < end_ms;)
		world_run(world, 1);
	WANT(world, w->monitor.attempt.cancelled);
	WANT(world, w->sends == 0);
	WANT(world, w->journal.open);
	watcher_stop(world, 1);
	world_run(world, 500);
	watcher_start(world, 1);
	no_switch_for(world, 5 * MINUTE);
}

const struct scenario scenarios_called_off[] = {
	{.name = "overtaken_by_one_that_dies",
	 .play = overtaken_by_one_that_dies,
	 .nodes = 3,
	 .scheduled = 5,
	 .allowed_plus_1 = 1,
	 .unordered = true},
	{.name = "overtaken_in_a_block_by_one_that_dies",
	 .play = overtaken_in_a_block_by_one_that_dies,
	 .nodes = 3,
	 .scheduled = 5,
	 .allowed_plus_1 = 1,
	 .unordered = true},
	{.name = "resumed_while_the_cancelled_one_may_land", .play = resumed_while_the_cancelled_one_may_land},
	{.name = "taken_up_again_is_not_sent_again", .play = taken_up_again_is_not_sent_again},
	{.name = "taken_up_again_after_the_operators_null", .play = taken_up_again_after_the_operators_null},
	{.name = "taken_up_again_after_a_block_of_the_producer",
	 .play = taken_up_again_after_a_block_of_the_producer,
	 .scheduled = 5,
	 .allowed_plus_1 = 1},
	{.name = "called_off_and_killed_at_once", .play = called_off_and_killed_at_once},
	{.name = "called_off_and_killed_at_once_beside_an_endpoint",
	 .play = called_off_and_killed_at_once,
	 .endpoint = true},
	{.name = NULL},
};
