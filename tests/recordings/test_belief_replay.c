/* SPDX-License-Identifier: MIT
 *
 * What a real golosd sent, fed to belief. Pushes and answers of get_witness_by_account come from the recordings as they
 * stand; belief's questions that the recorder did not ask (head, schedule, old blocks) are answered from the blocks of
 * the same file. What is expected was worked out by hand from the recordings' own README.
 */
#include "base/memory.h"
#include "base/time_text.h"
#include "chain/belief.h"
#include "recorded.h"
#include "test.h"
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define EVENTS_MAX    256
#define ASKS_MAX      16
#define KEY_A	      "GLS7MLinU13CHGgUke7bSLeAwGWb14NTqiPxb1UdHJxxiVnitgjvR"
#define KEY_B	      "GLS73XWb5iP4rFiaAQ14QjVYjfF9jZR9uh12Zev5DcyMps7QxU3az"
#define MAX_WITNESSES 21
/* The one block that a client missed: in 06b, while it was away. Its witness and time are the schedule's. */
#define AWAY_BLOCK 703
#define AWAY_TIME  "2026-11-23T18:21:42"
#define CHAIN_ID   "5876894a41e6361bde2e73278f07340f2eb8b41c2facd29099de9deef6cdb679"

enum asked { ASKED_OTHER, ASKED_BLOCKS, ASKED_WITNESS, ASKED_SCHEDULE };

struct replay {
	struct belief *belief;
	struct gw_now now;
	int64_t ticked_ms;
	bool reconnected; /* the newest event of the client was not the first */
	uint32_t skipping_reset_s;

	struct recorded recorded;
	enum asked asked[RECORDED_IDS_MAX];
	/* of each line */
	struct block blocks[RECORDED_LINES_MAX]; /* num 0: it is no push */
	struct schedule_answer orders[RECORDED_LINES_MAX];
	uint32_t order_blocks[RECORDED_LINES_MAX]; /* head when it was told; 0: it is no schedule */
	uint32_t newest;			   /* line of the newest push */

	uint64_t waiting[ASKS_MAX]; /* witness asks until the recorded answer comes */
	uint32_t waiting_count;
	uint32_t polled; /* line of the newest recorded answer about foo; 0: none yet */

	struct gw_block_event events[EVENTS_MAX];
	struct gw_slot first_missed[EVENTS_MAX];
	uint32_t event_count;
	struct gw_witness_event told[EVENTS_MAX];
	uint32_t told_count;
};

/* ---- reading ---------------------------------------------------------------------------------------------------- */

static enum asked asked_of(const char *request)
{
	if (strstr(request, "set_block_applied_callback"))
		return ASKED_BLOCKS;
	if (strstr(request, "get_witness_by_account"))
		return ASKED_WITNESS;
	return strstr(request, "get_witness_schedule") ? ASKED_SCHEDULE : ASKED_OTHER;
}

/* Blocks and schedules are read beforehand, so that what belief asks can be answered from them. */
static void read_frames(struct replay *replay)
{
	uint32_t head_num = 0;
	struct error err = {.text = ""};

	for (uint32_t n = 0; n < replay->recorded.count; n++) {
		const struct recorded_line *line = &replay->recorded.lines[n];
		enum asked asked;

		if (line->direction == '>')
			replay->asked[recorded_id(line)] = asked_of(line->text);
		if (line->direction != '<')
			continue;
		asked = replay->asked[recorded_id(line)];
		if (asked == ASKED_BLOCKS) {
			if (block_parse(&replay->blocks[n], recorded_result(line), &err) != GW_OK)
				fail_msg("line %u: %s", n + 2, err.text);
			head_num = replay->blocks[n].num;
		} else if (asked == ASKED_SCHEDULE && head_num != 0) {
			if (schedule_answer_parse(&replay->orders[n], recorded_result(line), &err) != GW_OK)
				fail_msg("line %u: %s", n + 2, err.text);
			replay->order_blocks[n] = head_num;
		}
	}
}

static struct replay *replay_open(const char *name)
{
	struct replay *replay = xcalloc(1, sizeof(*replay));
	static const char *const urls[] = {"ws://recorded"};
	struct belief_options options = {.endpoints = 1, .urls = urls, .witnesses_max = 4, .chain_id = CHAIN_ID};

	recorded_read(&replay->recorded, name);
	read_frames(replay);
	replay->skipping_reset_s = 21600;
	replay->belief = belief_new(&options);
	assert_int_equal(belief_watch(replay->belief, "foo", 1), GW_OK);
	return replay;
}

static void replay_close(struct replay *replay)
{
	belief_free(replay->belief);
	for (uint32_t n = 0; n < replay->recorded.count; n++) {
		if (replay->blocks[n].num != 0)
			block_free(&replay->blocks[n]);
	}
	recorded_done(&replay->recorded);
	free(replay);
}

/* ---- answering -------------------------------------------------------------------------------------------------- */

static uint32_t era_of(uint32_t num)
{
	return num / MAX_WITNESSES;
}

/* As recorded; else, with two witnesses, a slot that no block of the era has is foo's. */
static bool find_order(const struct replay *replay, uint32_t era, struct schedule_answer *ret)
{
	bool told = false;

	memset(ret, 0, sizeof(*ret));
	for (uint32_t n = 0; n < replay->recorded.count; n++) {
		if (replay->order_blocks[n] != 0 && era_of(replay->order_blocks[n]) == era) {
			*ret = replay->orders[n];
			return true;
		}
		told |= replay->order_blocks[n] != 0 || strstr(replay->recorded.lines[n].text, "\"w01\"") != NULL;
	}
	if (told)
		return false;
	ret->count = 2;
	ret->skipping_reset_s = replay->skipping_reset_s;
	(void)strcpy(ret->names[0], "foo");
	(void)strcpy(ret->names[1], "foo");
	for (uint32_t n = 0; n < replay->recorded.count; n++) {
		const struct block *block = &replay->blocks[n];

		if (block->num != 0 && era_of(block->num - 1) == era)
			memcpy(ret->names[recorded_aslot(block->time_s) % 2], block->witness, GW_ACCOUNT_SIZE);
	}
	return true;
}

/* The newest block pushed; after the reconnect in 06b the one that the next push stands on. */
static void answer_head(struct replay *replay, uint64_t ticket)
{
	const struct block *block = &replay->blocks[replay->newest];
	struct head_answer head = {.num = block->num, .time_s = block->time_s};
	uint32_t next = replay->newest + 1;

	memcpy(head.id, block->id, sizeof(head.id));
	while (next < replay->recorded.count && replay->blocks[next].num == 0)
		next++;
	if (next < replay->recorded.count && replay->reconnected && replay->blocks[next].num == block->num + 2) {
		head.num = AWAY_BLOCK;
		head.time_s = recorded_seconds(AWAY_TIME);
		memcpy(head.id, replay->blocks[next].previous, sizeof(head.id));
	}
	head.aslot = recorded_aslot(head.time_s);
	belief_head_answer(replay->belief, ticket, &head, &replay->now);
}

static void answer_block(struct replay *replay, uint64_t ticket, uint32_t num)
{
	struct block block = {.num = num, .has_transactions = true};

	assert_int_equal(num, AWAY_BLOCK);
	block.time_s = recorded_seconds(AWAY_TIME);
	(void)strcpy(block.witness, "cyberfounder");
	for (uint32_t n = 0; n < replay->recorded.count; n++) {
		if (replay->blocks[n].num == num - 1)
			memcpy(block.previous, replay->blocks[n].id, sizeof(block.previous));
	}
	belief_block_answer(replay->belief, ticket, &block, &replay->now);
}

static void keep_block(struct replay *replay, const struct gw_block_event *event)
{
	uint32_t n = replay->event_count++;

	assert_true(n < EVENTS_MAX);
	replay->events[n] = *event;
	if (event->missed_count > 0)
		replay->first_missed[n] = *event->missed[0];
}

static void drain(struct replay *replay)
{
	struct belief_action action;

	while (belief_next(replay->belief, &action)) {
		struct schedule_answer order;
		bool known;

		switch (action.type) {
		case BELIEF_ASK_HEAD:
			answer_head(replay, action.ticket);
			break;
		case BELIEF_ASK_SCHEDULE:
			known = find_order(replay, era_of(replay->blocks[replay->newest].num), &order);
			belief_schedule_answer(replay->belief, action.ticket, known ? &order : NULL, &replay->now);
			break;
		case BELIEF_ASK_WITNESS:
			assert_true(replay->waiting_count < ASKS_MAX);
			replay->waiting[replay->waiting_count++] = action.ticket;
			break;
		case BELIEF_ASK_BLOCK:
			answer_block(replay, action.ticket, action.num);
			break;
		case BELIEF_RAISE_BLOCK:
			keep_block(replay, &action.event.block);
			break;
		case BELIEF_RAISE_WITNESS:
			assert_true(replay->told_count < EVENTS_MAX);
			replay->told[replay->told_count++] = action.event.witness;
			break;
		case BELIEF_NOTICE:
			assert_true(action.severity < GW_WARNING);
			break;
		case BELIEF_DROP:
			fail_msg("dropped: %s", action.text);
			break;
		case BELIEF_SUBSCRIBE:
		case BELIEF_RAISE_NODES:
			break;
		}
	}
}

static void feed_witness(struct replay *replay, uint32_t n)
{
	struct witness_answer answer;
	struct error err;
	uint32_t count = replay->waiting_count;

	assert_int_equal(witness_answer_parse(&answer, "foo", recorded_result(&replay->recorded.lines[n]), &err),
			 GW_OK);
	replay->polled = n;
	replay->waiting_count = 0;
	for (uint32_t i = 0; i < count; i++)
		belief_witness_answer(replay->belief, replay->waiting[i], &answer, &replay->now);
	drain(replay);
}

/* What a tick asks for between two blocks is answered as the newest poll was. */
static void pass_until(struct replay *replay, int64_t at_ms)
{
	for (; replay->ticked_ms + 1000 <= at_ms; replay->ticked_ms += 1000) {
		replay->now.mono_ms = 1000000 + replay->ticked_ms;
		replay->now.wall_ms = replay->recorded.started_ms + replay->ticked_ms;
		belief_tick(replay->belief, &replay->now);
		drain(replay);
		if (replay->polled != 0 && replay->waiting_count > 0)
			feed_witness(replay, replay->polled);
	}
	replay->now.mono_ms = 1000000 + at_ms;
	replay->now.wall_ms = replay->recorded.started_ms + at_ms;
}

static void feed_note(struct replay *replay, const char *text)
{
	struct chain_answer chain = {.chain_id = CHAIN_ID, .prefix = "GLS", .interval_s = 3};
	struct error err;

	chain.max_witnesses = MAX_WITNESSES;
	replay->reconnected = replay->event_count > 0;
	if (strncmp(text, "open", 4) == 0)
		assert_int_equal(belief_up(replay->belief, 0, &chain, &replay->now, &err), GW_OK);
	else if (strncmp(text, "close", 5) == 0)
		belief_down(replay->belief, 0, &replay->now);
}

static struct replay *replay_of(const char *name, uint32_t skipping_reset_s)
{
	struct replay *replay = replay_open(name);

	replay->skipping_reset_s = skipping_reset_s;
	for (uint32_t n = 0; n < replay->recorded.count; n++) {
		pass_until(replay, replay->recorded.lines[n].at_ms);
		if (replay->recorded.lines[n].direction == '*') {
			feed_note(replay, replay->recorded.lines[n].text);
		} else if (replay->recorded.lines[n].direction == '<' && replay->blocks[n].num != 0) {
			replay->newest = n;
			belief_block(replay->belief, 0, &replay->blocks[n], &replay->now);
		} else if (replay->recorded.lines[n].direction == '<' &&
			   replay->asked[recorded_id(&replay->recorded.lines[n])] == ASKED_WITNESS) {
			feed_witness(replay, n);
		}
		drain(replay);
	}
	return replay;
}

/* ---- what is expected ------------------------------------------------------------------------------------------- */

/* The blocks whose gaps charged foo are these, and no others; and each was told by a fetch begun at that very block. */
static void assert_missed(const struct replay *replay, const uint32_t *blocks, uint32_t count)
{
	uint32_t seen = 0;

	for (uint32_t i = 0; i < replay->event_count; i++) {
		const struct gw_block_event *event = &replay->events[i];
		bool told = false;

		if (event->skipped == 0)
			continue;
		assert_true(seen < count);
		assert_int_equal(event->num, blocks[seen]);
		seen++;
		assert_int_equal(event->skipped, 1);
		assert_string_equal(replay->first_missed[i].witness, "foo");
		assert_int_equal(replay->first_missed[i].charged, 1);
		for (uint32_t t = 0; t < replay->told_count; t++)
			told |= replay->told[t].begun_seq == event->seq;
		assert_true(told);
	}
	assert_int_equal(seen, count);
}

/* The newest event about foo begun at that block or before. */
static const struct gw_witness_event *told_at(const struct replay *replay, uint32_t block)
{
	const struct gw_witness_event *newest = NULL;

	for (uint32_t t = 0; t < replay->told_count; t++) {
		if (replay->told[t].begun_block <= block)
			newest = &replay->told[t];
	}
	assert_non_null(newest);
	return newest;
}

/* The first one begun at that very block. */
static const struct gw_witness_event *first_told_of(const struct replay *replay, uint32_t block)
{
	for (uint32_t t = 0; t < replay->told_count; t++) {
		if (replay->told[t].begun_block == block)
			return &replay->told[t];
	}
	fail_msg("nothing was told of foo at block %u", block);
	return NULL;
}

static void assert_update(const struct replay *replay, uint32_t block, const char *key)
{
	for (uint32_t i = 0; i < replay->event_count; i++) {
		if (replay->events[i].num == block)
			assert_int_equal(replay->events[i].update_count, 1);
	}
	assert_string_equal(told_at(replay, block)->signing_key, key);
	assert_int_equal(told_at(replay, block)->key_block, block);
	assert_int_equal(told_at(replay, block)->key_trusted, 1);
}

static void assert_line(const struct replay *replay, uint32_t first, uint32_t last)
{
	assert_int_equal(replay->event_count, last - first + 1);
	for (uint32_t i = 0; i < replay->event_count; i++) {
		assert_int_equal(replay->events[i].num, first + i);
		assert_int_equal(replay->events[i].undone, 0);
		assert_int_equal(replay->events[i].driver_epoch, 1);
	}
}

TEST(two_witnesses)
{
	static const uint32_t missed[] = {667, 668, 669, 670};
	struct replay *replay = replay_of("06-two-witnesses", 21600);

	assert_line(replay, 644, 679);
	assert_missed(replay, missed, 4);
	assert_int_equal(told_at(replay, 666)->total_missed, 2);
	assert_int_equal(told_at(replay, 667)->total_missed, 3);
	assert_int_equal(told_at(replay, 670)->total_missed, 6);
	assert_string_equal(told_at(replay, 669)->signing_key, KEY_A); /* pending in the polls, and not believed */
	assert_update(replay, 670, KEY_B);
	replay_close(replay);
}

TEST(a_reconnect)
{
	static const uint32_t missed[] = {702, 703, 704, 705, 706};
	struct replay *replay = replay_of("06b-two-witnesses-reconnect", 21600);

	assert_line(replay, 690, 711); /* 703 was read */
	assert_int_equal(replay->events[13].flags, GW_BLOCK_CAUGHT_UP);
	assert_int_equal(told_at(replay, 702)->total_missed, 7);
	/* 703's miss is known with the new connection, 5 s before 704 is pushed */
	assert_int_equal(first_told_of(replay, 703)->total_missed, 8);
	assert_in_range(first_told_of(replay, 703)->now.mono_ms, 1048524, 1048600);
	assert_int_equal(told_at(replay, 706)->total_missed, 11);
	assert_update(replay, 706, KEY_A);
	for (uint32_t i = 0, seen = 0; i < replay->event_count; i++) {
		if (replay->events[i].skipped > 0) {
			assert_true(seen < 5);
			assert_int_equal(replay->events[i].num, missed[seen++]);
			assert_string_equal(replay->first_missed[i].witness, "foo");
		}
	}
	replay_close(replay);
}

TEST(a_node_that_catches_up)
{
	struct replay *replay = replay_of("07b-stop-and-catch-up", 21600);

	assert_line(replay, 1195, 1212); /* 1197 came twice */
	assert_missed(replay, (const uint32_t[]){0}, 0);
	assert_int_equal(told_at(replay, 1212)->total_missed, 207);
	replay_close(replay);
}

TEST(an_operators_null)
{
	uint32_t missed[18];
	struct replay *replay = replay_of("08-null-key", 21600);

	for (uint32_t i = 0; i < 18; i++)
		missed[i] = 907 + i;
	assert_missed(replay, missed, 18);
	assert_update(replay, 906, GW_NULL_KEY);
	assert_int_equal(told_at(replay, 906)->null_origin, GW_NULL_OPERATOR);
	assert_int_equal(told_at(replay, 924)->null_origin, GW_NULL_OPERATOR);
	assert_int_equal(told_at(replay, 924)->total_missed, 30);
	assert_update(replay, 930, KEY_B);
	assert_int_equal(told_at(replay, 930)->null_origin, GW_NULL_NONE);
	replay_close(replay);
}

TEST(the_chains_own_null)
{
	struct replay *replay = replay_of("08b-shutdown-witness", 3600);
	uint32_t chain_nulls = 0;

	assert_string_equal(told_at(replay, 2081)->signing_key, KEY_B);
	assert_string_equal(told_at(replay, 2082)->signing_key, GW_NULL_KEY);
	assert_int_equal(told_at(replay, 2082)->null_origin, GW_NULL_CHAIN);
	assert_int_equal(told_at(replay, 2100)->null_origin, GW_NULL_CHAIN);
	assert_update(replay, 2104, KEY_A);
	assert_int_equal(told_at(replay, 2104)->null_origin, GW_NULL_NONE);
	/* the very next miss shuts it down again */
	assert_string_equal(told_at(replay, 2122)->signing_key, KEY_A);
	assert_string_equal(told_at(replay, 2123)->signing_key, GW_NULL_KEY);
	assert_int_equal(told_at(replay, 2123)->null_origin, GW_NULL_CHAIN);
	for (uint32_t t = 0; t < replay->told_count; t++)
		chain_nulls += replay->told[t].null_origin == GW_NULL_CHAIN &&
			       (t == 0 || replay->told[t - 1].null_origin != GW_NULL_CHAIN);
	assert_int_equal(chain_nulls, 2);
	replay_close(replay);
}

TEST(a_null_at_the_end_of_a_round)
{
	struct replay *replay = replay_of("08c-null-key-round-end", 21600);

	assert_line(replay, 835, 866);
	assert_missed(replay, (const uint32_t[]){0}, 0);
	assert_update(replay, 840, GW_NULL_KEY);
	assert_int_equal(told_at(replay, 845)->null_origin, GW_NULL_OPERATOR);
	assert_update(replay, 846, KEY_B);
	replay_close(replay);
}

TEST(a_fork)
{
	struct replay *replay = replay_of("09-fork", 21600);
	uint32_t forks = 0;

	for (uint32_t i = 0; i < replay->event_count; i++) {
		if (replay->events[i].undone == 0)
			continue;
		forks++;
		assert_int_equal(replay->events[i].num, 1120);
		assert_int_equal(replay->events[i].undone, 3);
		assert_string_equal(replay->events[i].previous, replay->events[i - 4].id);
	}
	assert_int_equal(forks, 1);
	/* on the new branch as on the old each block from 1117 to 1127 follows a slot of foo's that nobody filled */
	for (uint32_t i = 0; i < replay->event_count; i++) {
		bool missed = replay->events[i].num >= 1117 && replay->events[i].num <= 1127;

		assert_int_equal(replay->events[i].skipped, missed);
		if (missed)
			assert_string_equal(replay->first_missed[i].witness, "foo");
	}
	assert_int_equal(told_at(replay, 1127)->total_missed, 207);
	assert_int_equal(told_at(replay, 1132)->driver_epoch, 1);
	replay_close(replay);
}

TEST(a_round_of_21)
{
	static const uint32_t missed[] = {1447, 1456};
	struct replay *replay = replay_of("12-round-of-21", 21600);

	assert_line(replay, 1363, 1521);
	assert_missed(replay, missed, 2);
	assert_int_equal(told_at(replay, 1447)->total_missed, 238);
	assert_int_equal(told_at(replay, 1456)->total_missed, 239);
	assert_update(replay, 1457, KEY_B);
	for (uint32_t i = 0; i < replay->event_count; i++) { /* 1416 lies within the 42 blocks before 1456 */
		if (replay->events[i].num == 1456)
			assert_int_equal(replay->first_missed[i].silent, 0);
	}
	assert_int_equal(replay->events[replay->event_count - 1].round_count, 21);
	replay_close(replay);
}

TEST(a_planned_handover)
{
	struct replay *replay = replay_of("13-planned-handover", 21600);

	assert_missed(replay, (const uint32_t[]){0}, 0);
	assert_update(replay, 1541, KEY_A);
	replay_close(replay);
}
