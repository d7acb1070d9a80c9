/* SPDX-License-Identifier: MIT
 *
 * See events.h.
 */
#include "plugin_check/events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plugin_check/report.h"
#include "plugin_check/virtual_loop.h"

#define ROUND	  21
#define MISSED	  64 /* as in gw_block_event */
#define KEY_A	  "GLS756CkD8Bmrz151rkQPxsSJG6kTibMXwq4wD6fUZzCCKbRTxa66"
#define KEY_B	  "GLS8jCSviSzAKMHvtWsThgDcXkWHyFAe33kajzCZdania1t2sPYVx"
#define LONG_TEXT 4096 /* a notice's text at most */

static struct gw_now now(void)
{
	struct gw_now ret;

	loop_now(&ret);
	ret.chain_ms = ret.wall_ms;
	return ret;
}

/* Time passes, and timers fire. One that sets itself anew without end leaves room for nothing else. */
static void pass(int64_t ms)
{
	if (virtual_loop_advance(ms))
		return;
	report_finding("on_timer sets a timer of 0 ms again and again: the host never comes to anything else");
	report->closed = report->over = true;
	_exit(0);
}

/* ---- blocks ----------------------------------------------------------------------------------------------------- */

/* What is rare about a block; all zero: nothing. */
struct made_block {
	uint32_t skipped, undone, flags;
	bool is_ours, is_bare; /* bare: nothing is known of it but its number */
	const char *sets;      /* a key, by an update of the witness; NULL: none */
};

static void fill_slots(struct gw_slot *slots, const struct gw_slot **list, uint32_t count, const char *witness,
		       bool filled)
{
	for (uint32_t i = 0; i < count; i++) {
		slots[i] = (struct gw_slot){.struct_size = sizeof(slots[i]), .filled = filled, .charged = !filled};
		slots[i].silent = !filled && i % 3 == 0;
		if (i % 5 != 4) /* else the schedule of that time is not known */
			snprintf(slots[i].witness, sizeof(slots[i].witness), "%s",
				 i % 2 ? "sixteen-letters1" : witness);
		list[i] = &slots[i];
	}
}

static void name_block(struct gw_block_event *event, const struct made_block *block, const char *witness)
{
	snprintf(event->witness, sizeof(event->witness), "%s", block->is_ours ? witness : "another");
	if (block->is_bare)
		return;
	bench_block_id(event->id, event->num);
	snprintf(event->signing_key, sizeof(event->signing_key), "%s", KEY_A);
	event->scheduled = ROUND;
	event->irreversible = event->num - 15;
}

static void play_block(struct bench *bench, const struct made_block *block)
{
	static uint64_t seq;
	struct gw_slot missed[MISSED], round[ROUND];
	const struct gw_slot *missed_list[MISSED], *round_list[ROUND];
	struct gw_key_update update = {.struct_size = sizeof(update), .ref_block_num = 7};
	const struct gw_key_update *updates[] = {&update};
	const char *witness = bench->wanted.witness;

	seq++;
	pass(3000 * (int64_t)(block->skipped + 1));
	bench->head_num += 1 - block->undone;
	struct gw_block_event event = {.struct_size = sizeof(event),
				       .flags = block->flags,
				       .now = now(),
				       .seq = seq,
				       .num = bench->head_num,
				       .undone = block->undone,
				       .skipped = block->skipped,
				       .missed_count = block->skipped < MISSED ? block->skipped : MISSED,
				       .missed = missed_list,
				       .round_count = block->is_bare ? 0 : ROUND,
				       .round = round_list,
				       .update_count = block->sets != NULL,
				       .updates = updates,
				       .interval_s = 3,
				       .driver_epoch = 1 + block->undone};
	event.time_s = event.now.wall_ms / 1000;
	bench_block_id(event.previous, event.num - 1);
	name_block(&event, block, witness);
	fill_slots(missed, missed_list, event.missed_count, witness, false);
	fill_slots(round, round_list, ROUND, witness, true);
	snprintf(update.witness, sizeof(update.witness), "%s", witness);
	snprintf(update.signing_key, sizeof(update.signing_key), "%s", block->sets ? block->sets : "");
	instances_block(bench->all, &event);
}

static void play_blocks(struct bench *bench)
{
	static const struct made_block blocks[] = {
		{.is_bare = true, .flags = GW_BLOCK_CAUGHT_UP},
		{.is_ours = true},
		{0},
		{.skipped = 1},
		{.skipped = 3, .is_ours = true},
		{.sets = KEY_B},
		{.undone = 2},
		{.sets = GW_NULL_KEY},
		{.skipped = 1000, .flags = GW_BLOCK_CAUGHT_UP},
		{.sets = KEY_A, .undone = 1},
		{.is_ours = true},
	};

	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		play_block(bench, &blocks[i]);
		bench_answer(bench, (unsigned)i);
	}
}

/* ---- witnesses, nodes, readiness -------------------------------------------------------------------------------- */

static void play_witness(struct bench *bench, const char *key, uint8_t origin, uint32_t missed)
{
	struct gw_witness_event event = {.struct_size = sizeof(event),
					 .cause = GW_WITNESS_FETCHED,
					 .now = now(),
					 .from_driver = 1,
					 .exists = key != NULL,
					 .key_trusted = missed > 0,
					 .null_origin = origin,
					 .begun_seq = 3,
					 .begun_block = bench->head_num,
					 .driver_epoch = 1,
					 .total_missed = missed,
					 .last_confirmed = 990,
					 .next_own_slot = 7};

	snprintf(event.witness, sizeof(event.witness), "%s", bench->wanted.witness);
	if (key) {
		snprintf(event.signing_key, sizeof(event.signing_key), "%s", key);
		snprintf(event.fetched_key, sizeof(event.fetched_key), "%s", key);
		memset(event.url, 'u', sizeof(event.url) - 1); /* as long as golosd takes it */
	}
	instances_witness(bench->all, &event);
}

static void play_nodes(struct bench *bench, uint8_t connected)
{
	struct gw_node nodes[2] = {{.struct_size = sizeof(nodes[0]), .is_own = 1, .url = "ws://127.0.0.1:8091"},
				   {.struct_size = sizeof(nodes[0]), .url = "wss://node.example:443/path"}};
	const struct gw_node *list[] = {&nodes[0], &nodes[1]};
	struct gw_nodes_event event = {.struct_size = sizeof(event), .count = 2, .now = now(), .nodes = list};

	for (size_t i = 0; i < 2 && connected; i++) {
		nodes[i].head_num = bench->head_num;
		nodes[i].head_time_s = event.now.wall_ms / 1000;
		bench_block_id(nodes[i].head_id, bench->head_num);
		nodes[i].connected = 1;
		nodes[i].is_driver = i == 0;
		nodes[i].branch = i == 0 ? GW_BRANCH_SAME : GW_BRANCH_OTHER;
	}
	instances_nodes(bench->all, &event);
}

static void play_readiness(struct bench *bench, uint8_t answer)
{
	struct gw_readiness_event event = {.struct_size = sizeof(event),
					   .authority = answer,
					   .golosd_config = answer,
					   .journal = answer,
					   .node = answer,
					   .power = answer,
					   .now = now()};

	if (answer == GW_READY_NO) {
		memset(event.authority_text, 'a', sizeof(event.authority_text) - 1);
		memset(event.golosd_config_text, 'c', sizeof(event.golosd_config_text) - 1);
		memset(event.node_text, 'n', sizeof(event.node_text) - 1);
		memset(event.power_text, 'p', sizeof(event.power_text) - 1);
	}
	for (size_t i = 0; i < BENCH_INSTANCES; i++)
		if (bench->list[i].instance)
			instance_readiness(bench->list[i].instance, &event);
}

/* ---- notices, commands, status, and what a restart brings ------------------------------------------------------- */

static void play_notice(struct bench *bench)
{
	static char text[LONG_TEXT + 1];
	struct gw_notice_event event = {.struct_size = sizeof(event),
					.severity = GW_CRITICAL,
					.now = now(),
					.source = "host",
					.code = "a_code_of_48_characters_which_is_as_long_as_such",
					.text = text,
					.fields_json = "{\"witness\":\"foo\"}"};

	memset(text, '"', LONG_TEXT);
	instances_notice(bench->all, NULL, &event);
	event.text = "a short one: %s%n\n";
	event.fields_json = "";
	instances_notice(bench->all, NULL, &event);
}

static void play_commands(struct bench *bench)
{
	static const int32_t verbs[] = {GW_COMMAND_HOLD,     GW_COMMAND_TAKEOVER, GW_COMMAND_RESUME,
					GW_COMMAND_TAKEOVER, GW_COMMAND_TRY,	  GW_COMMAND_PUBLISH};
	char text[GW_TEXT_SIZE];

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		struct gw_command_event event = {
			.struct_size = sizeof(event), .verb = verbs[i], .now = now(), .by = "operator (1000)"};

		event.until_s = i == 0 ? event.now.wall_ms / 1000 + 60 : 0;
		for (size_t k = 0; k < BENCH_INSTANCES; k++)
			if (bench->list[k].instance)
				(void)instance_command(bench->list[k].instance, &event, text);
		bench_answer(bench, (unsigned)i);
	}
}

static void play_status(struct bench *bench)
{
	for (size_t i = 0; i < BENCH_INSTANCES; i++)
		if (bench->list[i].instance)
			free(instance_status(bench->list[i].instance));
}

/* The end of a submission that was begun before a restart: the instance has not asked for it. */
static void play_old_submission(struct bench *bench)
{
	struct gw_intent intent = {.struct_size = sizeof(intent),
				   .operation = GW_OP_WITNESS_UPDATE,
				   .mode = GW_INTENT_AUTOMATIC,
				   .signing_key = KEY_A};
	struct gw_submission_event event = {.struct_size = sizeof(event),
					    .now = now(),
					    .id = 4000000000u,
					    .intent = &intent,
					    .text = "a transaction of before the start"};

	snprintf(intent.witness, sizeof(intent.witness), "%s", bench->wanted.witness);
	memset(event.txid, 'a', sizeof(event.txid) - 1);
	for (int32_t state = GW_SUBMISSION_SIGNED; state <= GW_SUBMISSION_IRREVERSIBLE; state++)
		for (size_t i = 0; i < BENCH_INSTANCES; i++) {
			event.state = state;
			event.block_num = state >= GW_SUBMISSION_IN_BLOCK ? bench->head_num : 0;
			if (bench->list[i].instance && bench->wanted.grants)
				instance_submission(bench->list[i].instance, &event);
		}
}

void events_play(struct bench *bench)
{
	bench->head_num = bench->head_num ? bench->head_num : 1000;
	play_old_submission(bench);
	play_status(bench);
	play_nodes(bench, 0);
	play_nodes(bench, 1);
	play_readiness(bench, GW_READY_UNKNOWN);
	play_readiness(bench, GW_READY_YES);
	play_witness(bench, KEY_B, GW_NULL_NONE, 0);
	play_blocks(bench);
	play_witness(bench, NULL, GW_NULL_NONE, 0);
	play_witness(bench, KEY_B, GW_NULL_NONE, 5);
	play_witness(bench, GW_NULL_KEY, GW_NULL_CHAIN, 6);
	play_witness(bench, KEY_B, GW_NULL_NONE, UINT32_MAX);
	bench_answer(bench, 1);
	play_commands(bench);
	play_notice(bench);
	play_readiness(bench, GW_READY_NO);
	play_nodes(bench, 0);
	play_status(bench);
	pass(60000); /* what was left for later */
	bench_answer(bench, 3);
	play_status(bench);
}
