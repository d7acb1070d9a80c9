/* SPDX-License-Identifier: MIT
 *
 * A chain in the small for the monitor's tests.
 */
#include "monitor_scene.h"

#include <stdio.h>
#include <string.h>

#define INTERVAL_S 3
#define GENESIS_S  1700000001

static void block_id(const struct scene *s, uint32_t num, char ret[GW_ID_SIZE])
{
	snprintf(ret, GW_ID_SIZE, "%08x%032x", num, s->branch);
}

void scene_init(struct scene *s)
{
	memset(s, 0, sizeof(*s));
	strcpy(s->options.witness, WITNESS);
	strcpy(s->options.witness_pubkey, OUR_KEY);
	strcpy(s->options.priority[0], OUR_KEY);
	strcpy(s->options.priority[1], PROD_KEY);
	strcpy(s->options.priority[2], THIRD_KEY);
	s->options.priority_count = 3;
	s->options.miss_window_s = 3600;
	s->options.allowed_misses = 1;
	s->options.max_gap = 3;
	s->options.max_head_age_s = 6;
	s->options.max_clock_skew_s = 3;
	s->options.min_participation = 34;
	s->options.max_switches = 3;
	s->options.confirm_nodes = 1;
	s->options.null_takeover = true;
	s->options.preempt_delay_s = 3600;
	s->scheduled = 21;
	s->others_filled = 20;
	s->num = 1000;
	s->time_s = GENESIS_S;
	s->epoch = 1;
	s->confirmed = 990;
	strcpy(s->key, PROD_KEY);
}

void scene_forget(struct scene *s)
{
	s->submits = s->cancels = s->saves = s->code_count = 0;
	s->wake_ms = 0;
	memset(&s->intent, 0, sizeof(s->intent));
}

unsigned scene_said(const struct scene *s, const char *code)
{
	unsigned count = 0;

	for (unsigned i = 0; i < s->code_count; i++)
		count += strcmp(s->codes[i], code) == 0;
	return count;
}

uint32_t scene_counted(const struct scene *s)
{
	return s->monitor.counting.miss_count;
}

bool scene_guard_holds(const struct scene *s, guard_holds *guard)
{
	char why[GW_TEXT_SIZE] = "";
	bool held = guard(&s->monitor, &s->now, why);

	assert_int_equal(held, why[0] != '\0');
	return held;
}

void scene_take(struct scene *s)
{
	for (uint32_t i = 0; i < s->out.count; i++) {
		const struct monitor_action *action = &s->out.list[i];

		switch (action->type) {
		case MONITOR_SUBMIT:
			s->submits++;
			s->intent = action->intent;
			monitor_submit_taken(&s->monitor, 1);
			break;
		case MONITOR_CANCEL:
			s->cancels++;
			memcpy(s->cancel_text, action->text, sizeof(s->cancel_text));
			break;
		case MONITOR_NOTICE:
			assert_true(s->code_count < CODES_MAX);
			s->severities[s->code_count] = action->severity;
			s->codes[s->code_count++] = action->code;
			break;
		case MONITOR_SAVE:
			s->saves++;
			break;
		case MONITOR_WAKE:
			assert_true(action->delay_ms > 0);
			if (s->wake_ms == 0 || action->delay_ms < s->wake_ms)
				s->wake_ms = action->delay_ms;
			break;
		}
	}
	s->out.count = 0;
}

static void set_now(struct scene *s, int64_t after_head_ms)
{
	int64_t chain_ms = s->time_s * 1000 + after_head_ms;

	s->now.mono_ms = chain_ms - (int64_t)GENESIS_S * 1000 + 5000;
	s->now.wall_ms = chain_ms;
	s->now.chain_ms = chain_ms;
}

struct gw_node scene_node(const struct scene *s, bool own, uint32_t num)
{
	struct gw_node node = {.struct_size = sizeof(node), .is_own = own, .is_driver = own, .connected = 1};

	node.branch = GW_BRANCH_SAME;
	node.head_num = num;
	node.head_time_s = s->time_s;
	block_id(s, num, node.head_id);
	node.url = "ws://node";
	return node;
}

void scene_nodes(struct scene *s, const struct gw_node *list, uint32_t count)
{
	const struct gw_node *nodes[MONITOR_NODES_MAX];
	struct gw_node gone = {.struct_size = sizeof(gone), .is_own = 1, .url = "ws://node"}; /* has no head */
	struct gw_nodes_event event = {.struct_size = sizeof(event), .count = count, .nodes = nodes};

	for (uint32_t i = 0; i < count; i++)
		nodes[i] = list[i].is_own && !list[i].connected ? &gone : &list[i];
	event.now = s->now;
	monitor_nodes(&s->monitor, &event, &s->out);
	scene_take(s);
}

void scene_own_node(struct scene *s, bool connected)
{
	struct gw_node node = scene_node(s, true, s->num);

	node.connected = connected;
	scene_nodes(s, &node, 1);
}

static void take_over(struct scene *s)
{
	set_now(s, 200);
	s->seq = 0;
	s->epoch = 1;
	monitor_init(&s->monitor, &s->options, &s->out);
	scene_take(s);
}

void scene_begin(struct scene *s)
{
	take_over(s);
	scene_own_node(s, true);
	scene_readiness(s, GW_READY_YES, GW_READY_UNKNOWN, GW_READY_YES);
	scene_block(s);
	scene_answer(s);
	scene_forget(s);
}

void scene_start(struct scene *s)
{
	scene_init(s);
	scene_begin(s);
}

void scene_restart(struct scene *s)
{
	char text[MONITOR_SAVE_SIZE];

	assert_int_equal(monitor_save(&s->monitor, text), GW_OK);
	take_over(s);
	s->key_seq = 0;
	assert_int_equal(monitor_load(&s->monitor, text, strlen(text)), GW_OK);
	scene_own_node(s, true);
	scene_readiness(s, GW_READY_YES, GW_READY_UNKNOWN, GW_READY_YES);
	scene_forget(s);
}

/* ---- blocks ---------------------------------------------------------------------------------------------------- */

/* updates: the last one names no witness. */
static void raise_block(struct scene *s, uint32_t skipped, uint32_t ours, const char *producer,
			const struct gw_key_update *updates, uint32_t undone)
{
	struct gw_block_event event = {.struct_size = sizeof(event)};
	struct gw_slot missed[64] = {0}, round[128] = {0};
	const struct gw_slot *missed_list[64], *round_list[128];
	struct gw_key_update named[3];
	const struct gw_key_update *update_list[3];

	event.flags = s->flags;
	event.seq = ++s->seq;
	event.undone = undone;
	block_id(s, s->num, event.previous);
	s->branch += undone > 0;
	s->num++;
	s->time_s += (int64_t)(skipped + 1) * INTERVAL_S;
	set_now(s, 200);
	event.now = s->now;
	event.num = s->num;
	event.time_s = s->time_s;
	block_id(s, s->num, event.id);
	snprintf(event.witness, sizeof(event.witness), "%s", producer != NULL ? producer : "other");
	if (strcmp(event.witness, WITNESS) == 0) {
		strcpy(event.signing_key, s->key);
		s->confirmed = s->num;
	}
	for (uint32_t i = 0; i < skipped && i < 64; i++) {
		if (s->order_unknown)
			continue;
		strcpy(missed[i].witness, i < ours ? WITNESS : "silent");
		missed[i].charged = 1;
	}
	event.skipped = skipped;
	event.missed_count = skipped < 64 ? skipped : 64;
	for (uint32_t i = 0; i < 64; i++)
		missed_list[i] = &missed[i];
	event.missed = missed_list;
	for (uint32_t i = 0; i < s->scheduled; i++) {
		snprintf(round[i].witness, sizeof(round[i].witness), "%s", i == 0 ? WITNESS : "other");
		round[i].filled = i > 0 && i <= s->others_filled;
		round_list[i] = &round[i];
	}
	event.round = round_list;
	event.round_count = s->scheduled - s->unseen;
	event.scheduled = s->schedule_unknown ? 0 : s->scheduled;
	event.interval_s = INTERVAL_S;
	if (skipped > 0)
		s->gap_num = s->num;
	event.updates = update_list;
	for (; updates != NULL && updates[event.update_count].witness[0] != '\0'; event.update_count++) {
		named[event.update_count] = updates[event.update_count];
		named[event.update_count].ref_block_num = (uint16_t)s->named;
		update_list[event.update_count] = &named[event.update_count];
	}
	event.driver_epoch = s->epoch;
	event.irreversible = s->irreversible;
	monitor_block(&s->monitor, &event, &s->out);
	scene_take(s);
}

void scene_gap(struct scene *s, uint32_t skipped, uint32_t ours, const char *producer)
{
	raise_block(s, skipped, ours, producer, NULL, 0);
}

void scene_block(struct scene *s)
{
	scene_gap(s, 0, 0, NULL);
}

void scene_blocks(struct scene *s, uint32_t count)
{
	while (count-- > 0)
		scene_block(s);
}

void scene_own_block(struct scene *s)
{
	scene_gap(s, 0, 0, WITNESS);
}

static void raise_answer(struct scene *s, uint64_t seq, uint32_t num)
{
	struct gw_witness_event event = {
		.struct_size = sizeof(event), .cause = GW_WITNESS_FETCHED, .from_driver = 1, .exists = 1};

	event.now = s->now;
	strcpy(event.witness, WITNESS);
	event.key_trusted = !s->untrusted;
	event.null_origin = s->null_origin;
	event.begun_seq = seq;
	event.begun_block = num;
	event.driver_epoch = s->epoch;
	event.key_seq = s->key_seq;
	event.total_missed = s->total_missed;
	event.last_confirmed = s->confirmed;
	strcpy(event.signing_key, s->key);
	strcpy(event.fetched_key, s->fetched[0] ? s->fetched : s->key);
	strcpy(event.url, "https://foo.example");
	monitor_witness(&s->monitor, &event, &s->out);
	scene_take(s);
}

void scene_answer(struct scene *s)
{
	raise_answer(s, s->seq, s->num);
}

void scene_answer_of(struct scene *s, uint64_t seq, uint32_t num)
{
	raise_answer(s, seq, num);
}

static void raise_updates(struct scene *s, uint32_t skipped, const char *first, const char *key)
{
	struct gw_key_update updates[3] = {{.witness = WITNESS}, {.witness = WITNESS}};

	strcpy(updates[0].signing_key, first);
	strcpy(updates[1].signing_key, key);
	s->null_origin = strcmp(key, GW_NULL_KEY) == 0 ? GW_NULL_OPERATOR : GW_NULL_NONE;
	s->key_seq = s->seq + 1;
	raise_block(s, skipped, 0, NULL, first[0] != '\0' ? updates : &updates[1], 0);
	strcpy(s->key, key);
}

void scene_two_updates(struct scene *s, const char *first, const char *key)
{
	raise_updates(s, 0, first, key);
}

void scene_late_update(struct scene *s, uint32_t skipped, const char *key)
{
	raise_updates(s, skipped, "", key);
}

void scene_update(struct scene *s, const char *key)
{
	scene_two_updates(s, "", key);
}

void scene_rule_update(struct scene *s, const char *key)
{
	s->named = s->gap_num;
	scene_update(s, key);
	s->named = 0;
}

void scene_fork(struct scene *s, uint32_t count)
{
	s->num -= count;
	s->time_s -= (int64_t)count * INTERVAL_S;
	raise_block(s, count, 0, NULL, NULL, count);
}

void scene_key(struct scene *s, const char *key)
{
	strcpy(s->key, key);
	s->key_seq = s->seq;
	raise_answer(s, s->seq, s->num);
}

void scene_fork_of_update(struct scene *s)
{
	struct gw_key_update updates[2] = {{.witness = WITNESS}};

	strcpy(updates[0].signing_key, s->key);
	s->num--;
	s->time_s -= INTERVAL_S;
	s->key_seq = s->seq + 1;
	raise_block(s, 1, 1, NULL, updates, 1);
	s->total_missed++;
}

void scene_miss_unseen(struct scene *s)
{
	scene_blocks(s, 5);
	s->total_missed++;
	scene_answer(s);
}

void scene_null_by_chain(struct scene *s)
{
	scene_gap(s, 1, 1, NULL);
	s->total_missed++;
	strcpy(s->key, GW_NULL_KEY);
	s->null_origin = GW_NULL_CHAIN;
	s->key_seq = s->seq;
	scene_answer(s);
}

void scene_miss(struct scene *s)
{
	scene_gap(s, 1, 1, NULL);
	s->total_missed++;
	scene_answer(s);
}

void scene_misses(struct scene *s, unsigned count)
{
	while (count-- > 0) {
		scene_blocks(s, 4);
		scene_miss(s);
	}
}

/* ---- the rest -------------------------------------------------------------------------------------------------- */

void scene_readiness(struct scene *s, uint8_t authority, uint8_t golosd_config, uint8_t journal)
{
	struct gw_readiness_event event = {.struct_size = sizeof(event)};

	event.authority = authority;
	event.golosd_config = golosd_config;
	event.journal = journal;
	event.now = s->now;
	if (authority == GW_READY_NO)
		strcpy(event.authority_text, "the signer's keys do not reach it");
	if (golosd_config == GW_READY_NO)
		strcpy(event.golosd_config_text, "golosd's config lacks the key");
	monitor_readiness(&s->monitor, &event, &s->out);
	scene_take(s);
}

void scene_submission(struct scene *s, int32_t state, int32_t reason)
{
	struct gw_intent intent = {.operation = GW_OP_WITNESS_UPDATE, .mode = GW_INTENT_AUTOMATIC, .witness = WITNESS};
	struct gw_submission_event event = {
		.struct_size = sizeof(event), .state = state, .reason = reason, .id = 1, .intent = &intent};

	if (state == GW_SUBMISSION_IN_BLOCK)
		event.block_num = s->monitor.chain.head.num;
	event.now = s->now;
	strcpy(event.text, "a sentence");
	monitor_submission(&s->monitor, &event, &s->out);
	scene_take(s);
}

void scene_wait(struct scene *s, int64_t ms)
{
	s->now.mono_ms += ms;
	s->now.wall_ms += ms;
	s->now.chain_ms += ms;
	monitor_timer(&s->monitor, &s->now, &s->out);
	scene_take(s);
}

gw_status scene_order(struct scene *s, int32_t verb, int64_t until_s)
{
	struct gw_command_event event = {
		.struct_size = sizeof(event), .verb = verb, .until_s = until_s, .by = "root (0)"};
	gw_status status;

	s->answer[0] = '\0';
	event.now = s->now;
	status = monitor_command(&s->monitor, &event, s->answer, &s->out);
	assert_true(s->answer[0] != '\0');
	scene_take(s);
	return status;
}
