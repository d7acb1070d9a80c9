/* SPDX-License-Identifier: MIT
 *
 * Belief on a model chain: which endpoint drives, and when its answers may be asked for.
 */
#include "belief_scene.h"
#include "test.h"

TEST(the_own_node_drives)
{
	int head;
	struct model *model = two_nodes(&head);

	assert_int_equal(belief_driver(model->belief), 0);
	assert_int_equal(model->event_count, 30);
	assert_int_equal(model->action_counts[BELIEF_SUBSCRIBE], 2);
	assert_false(model->last[BELIEF_SUBSCRIBE].full); /* the other one: header */
	assert_int_equal(model->nodes[0].is_own, 1);
	assert_int_equal(model->nodes[0].is_driver, 1);
	assert_int_equal(model->nodes[1].is_own, 0);
	assert_int_equal(model->nodes[1].is_driver, 0);
	model_free(model);
}

TEST(a_short_break_of_the_own_node_loses_nothing)
{
	int head;
	struct model *model = two_nodes(&head);

	model_down(model, 0);
	assert_int_equal(belief_driver(model->belief), -1);
	model_pass(model, 12);
	assert_int_equal(model->action_counts[BELIEF_SUBSCRIBE], 2); /* nobody else is asked to drive yet */
	head = model_run(model, head, 4);
	model_push_header(model, 1, head);
	model_up(model, 0);
	model_push(model, 0, head);
	assert_int_equal(model->event_count, 34);
	assert_int_equal(event_at(model, 0)->driver_epoch, 1);
	assert_int_equal(belief_driver(model->belief), 0);
	model_free(model);
}

TEST(another_drives_while_the_own_node_is_away)
{
	int head;
	struct model *model = two_nodes(&head);

	model_down(model, 0);
	model_pass(model, 16);
	assert_int_equal(model->last[BELIEF_SUBSCRIBE].endpoint, 1);
	assert_true(model->last[BELIEF_SUBSCRIBE].full);
	head = model_run(model, head, 6);
	model_push_header(model, 1, head);
	assert_int_equal(model->event_count, 30); /* the header form drives nothing */
	model_push(model, 1, head);
	assert_int_equal(model->event_count, 36); /* what lies between is read */
	assert_int_equal(belief_driver(model->belief), 1);
	assert_int_equal(event_at(model, 0)->driver_epoch, 2);
	assert_int_equal(event_at(model, 0)->undone, 0);
	assert_string_equal(model->last[BELIEF_NOTICE].code, "driver_changed");
	/* the own node returns, far behind: it drives when it is near */
	model_up(model, 0);
	model_push(model, 0, head - 4);
	assert_int_equal(belief_driver(model->belief), 1);
	model_push(model, 0, head - 3);
	assert_int_equal(belief_driver(model->belief), 1);
	model_push(model, 0, head - 2);
	assert_int_equal(belief_driver(model->belief), 0);
	model_push_line(model, 0, head - 2, head);
	assert_int_equal(model->event_count, 36); /* the same blocks are no news */
	head = model_run(model, head, 1);
	model_push(model, 0, head);
	assert_int_equal(model->event_count, 37);
	assert_int_equal(event_at(model, 0)->driver_epoch, 3);
	assert_int_equal(event_at(model, 0)->undone, 0);
	model_free(model);
}

/* Who filled the round before its first block is known, on another branch than the stand-in's as well. */
TEST(the_round_is_known_when_the_own_node_drives_again)
{
	/* slots from the other's head, or from the block before it, to the own node's first block; what it knows, and
	 * how many of those are filled */
	static const struct {
		uint32_t below, slots, round, filled;
	} rows[] = {{0, 1, 21, 16}, {0, 4, 21, 13}, {1, 2, 21, 15}, {8, 9, 21, 13}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int head, first;
		struct model *model = two_nodes(&head);
		uint32_t filled = 0;

		model_down(model, 0);
		model_pass(model, 16);
		first = model_run(model, head, 1);
		model_push(model, 1, first);
		head = model_run(model, model_block(model, model_run(model, first, 270), 6), 5);
		model_push_line(model, 1, first, head);
		model_up(model, 0);
		first = model_block(model, head - (int)rows[i].below, rows[i].slots);
		if (rows[i].below == 8) /* on a branch that the other never showed */
			first = model_run(model, first, 8);
		model_push(model, 0, first);
		assert_int_equal(belief_driver(model->belief), 0);
		assert_int_equal(event_at(model, 0)->num, model->blocks[first].block.num);
		assert_int_equal(event_at(model, 0)->round_count, rows[i].round);
		for (uint32_t n = 0; n < rows[i].round; n++)
			filled += model->round[model->event_count - 1][n].filled;
		assert_int_equal(filled, rows[i].filled);
		assert_int_equal(event_at(model, 0)->driver_epoch, 3);
		model_free(model);
	}
}

/* Each new connection stays silent till it counts as dead: the blocks of the others are followed meanwhile. */
TEST(another_drives_while_the_own_node_is_silent)
{
	int head;
	struct model *model = two_nodes(&head);

	model->mute = true;
	for (int i = 0; i < 3; i++) {
		model_down(model, 0);
		model_pass(model, 1);
		model_up(model, 0);
		model_pass(model, 15);
	}
	assert_int_equal(model->action_counts[BELIEF_SUBSCRIBE], 2 + 3 + 1); /* the one more: in full to the other */
	model->mute = false;
	head = model_run(model, head, 16);
	model_push(model, 1, head);
	assert_int_equal(belief_driver(model->belief), 1);
	head = model_run(model, head, 1);
	model_push(model, 0, head); /* it speaks again */
	assert_int_equal(belief_driver(model->belief), 0);
	model_free(model);
}

/* What the own node still answers is of a reading that nobody waits for. */
TEST(the_driver_changes_while_blocks_are_read)
{
	int head;
	struct model *model = two_nodes(&head);

	model_down(model, 0);
	head = model_run(model, head, 20);
	model_stand(model, 0, head);
	model_up(model, 0); /* reads twenty */
	assert_int_equal(event_at(model, 0)->num, model->blocks[head].block.num);
	model_down(model, 0);
	head = model_run(model, head, 10);
	model_stand(model, 0, head);
	model->hold = true;
	model_up(model, 0);
	model_release_oldest(model); /* its head, and two blocks: the first one is known by the second */
	model_release_oldest(model);
	model_release_oldest(model);
	assert_int_equal(event_at(model, 0)->num, model->blocks[head - 9].block.num);
	model_down(model, 0);
	model_pass(model, 16);
	model_push(model, 1, head - 5);
	assert_int_equal(belief_driver(model->belief), 1);
	assert_int_equal(event_at(model, 0)->driver_epoch, 1);
	model_release(model);
	assert_int_equal(event_at(model, 0)->driver_epoch, 2);
	assert_int_equal(event_at(model, 0)->num, model->blocks[head - 5].block.num);
	model_push(model, 1, head - 4);
	assert_int_equal(event_at(model, 0)->num, model->blocks[head - 4].block.num);
	assert_int_equal(event_at(model, 0)->driver_epoch, 2);
	model_free(model);
}

/* What was asked when it began to drive, at a block that is no news, is of before its first news. */
TEST(the_first_news_of_another_driver_has_the_witness_fetched)
{
	int head;
	struct model *model = two_nodes(&head);
	uint64_t seq;

	assert_int_equal(belief_watch(model->belief, "w5", 1), GW_OK);
	model_down(model, 0);
	model_pass(model, 16);
	head = model_run(model, head, 6);
	model_push(model, 1, head);
	model_up(model, 0);
	model_push_line(model, 0, head - 2, head);
	assert_int_equal(belief_driver(model->belief), 0);
	seq = event_at(model, 0)->seq;
	assert_true(model->witness_event.begun_seq <= seq);
	head = model_run(model, head, 1);
	model_push(model, 0, head);
	assert_int_equal(event_at(model, 0)->seq, seq + 1);
	assert_int_equal(model->witness_event.begun_seq, seq + 1);
	model_free(model);
}

static bool is_blind(const struct model *model, char why[GW_TEXT_SIZE])
{
	struct gw_now now = model_now(model);

	return belief_is_blind(model->belief, "w5", &now, why);
}

/* A block each three seconds at both, for so long. */
static int go_on(struct model *model, int head, uint32_t seconds)
{
	for (uint32_t i = 0; i < seconds / MODEL_INTERVAL_S; i++) {
		model_pass(model, MODEL_INTERVAL_S);
		head = model_run(model, head, 1);
		for (uint32_t e = 0; e < model->endpoints; e++) {
			if (model->full[e])
				model_push(model, e, head);
			else
				model_push_header(model, e, head);
		}
	}
	return head;
}

/* "Unable to acquire READ lock" for minutes, while its blocks come. */
TEST(another_drives_while_the_own_node_does_not_tell_of_the_witness)
{
	int head;
	struct model *model = two_nodes(&head);
	char why[GW_TEXT_SIZE];

	assert_int_equal(belief_watch(model->belief, "w5", 1), GW_OK);
	head = go_on(model, head, 30);
	model->unanswered[0] = 1u << BELIEF_ASK_WITNESS;
	head = go_on(model, head, 60);
	assert_int_equal(belief_driver(model->belief), 0);
	assert_false(is_blind(model, why));
	head = go_on(model, head, 60);
	assert_int_equal(belief_driver(model->belief), 1);
	assert_int_equal(belief_endpoint(model->belief, 0), 1);
	assert_int_equal(belief_endpoint(model->belief, 1), 1); /* ours does not report */
	assert_false(is_blind(model, why));
	model->unanswered[1] = 1u << BELIEF_ASK_WITNESS;
	head = go_on(model, head, 54);
	assert_false(is_blind(model, why));
	head = go_on(model, head, 60); /* counted from the last answer of any */
	assert_true(is_blind(model, why));
	model->unanswered[1] = 0;
	model->unanswered[0] = 0;
	head = go_on(model, head, 45);
	assert_int_equal(belief_driver(model->belief), 0);
	head = go_on(model, head, 3);
	assert_int_equal(event_at(model, 0)->num, model->blocks[head].block.num);
	assert_int_equal(event_at(model, 0)->driver_epoch, 3);
	model_free(model);
}

TEST(one_that_alone_could_tell_and_does_not_is_blind)
{
	int head;
	struct model *model = two_nodes(&head);
	char why[GW_TEXT_SIZE];

	assert_int_equal(belief_watch(model->belief, "w5", 1), GW_OK);
	model_down(model, 1);
	head = go_on(model, head, 30);
	model->unanswered[0] = 1u << BELIEF_ASK_WITNESS;
	head = go_on(model, head, 150);
	assert_int_equal(belief_driver(model->belief), 0);
	assert_true(is_blind(model, why));
	assert_non_null(strstr(why, "no node has told of w5 for"));
	model->unanswered[0] = 0;
	model_pass(model, 2);
	assert_false(is_blind(model, why));
	model_free(model);
}

/* Its plugin is not enabled: at once, and as long as it is connected. */
TEST(another_drives_at_once_where_the_own_node_lacks_a_call)
{
	int head;
	struct model *model = two_nodes(&head);
	struct gw_now now = model_now(model);

	assert_int_equal(belief_watch(model->belief, "w5", 1), GW_OK);
	belief_lacks(model->belief, 0, &now);
	model_drain(model);
	head = go_on(model, head, 3);
	assert_int_equal(belief_driver(model->belief), 1);
	head = go_on(model, head, 600);
	assert_int_equal(belief_driver(model->belief), 1);
	model_down(model, 1); /* better than nobody */
	head = go_on(model, head, 3);
	assert_int_equal(belief_driver(model->belief), 0);
	model_down(model, 0);
	model_up(model, 0);
	model_up(model, 1);
	head = go_on(model, head, 30);
	assert_int_equal(belief_driver(model->belief), 0);
	model_free(model);
}

TEST(another_is_asked_for_the_order_that_the_driver_does_not_tell)
{
	int head;
	struct model *model = two_nodes(&head);
	char why[GW_TEXT_SIZE];

	assert_int_equal(belief_watch(model->belief, "w5", 1), GW_OK);
	model->unanswered[0] = 1u << BELIEF_ASK_SCHEDULE;
	head = go_on(model, head, 100);
	assert_int_equal(belief_driver(model->belief), 0);
	assert_int_equal(view_of(model, "w5").schedule_old_ms, 0);
	assert_false(is_blind(model, why));
	model->unanswered[1] = 1u << BELIEF_ASK_HEAD; /* nor that it is of now */
	head = go_on(model, head, 150);
	assert_int_not_equal(view_of(model, "w5").schedule_old_ms, 0);
	assert_true(view_of(model, "w5").schedule_old_ms > 63000);
	assert_true(is_blind(model, why));
	assert_non_null(strstr(why, "order of witnesses"));
	model->unanswered[0] = 0;
	head = go_on(model, head, 6);
	assert_int_equal(view_of(model, "w5").schedule_old_ms, 0);
	assert_int_equal(view_of(model, "w5").schedule_old_ms, 0);
	assert_false(is_blind(model, why));
	model_free(model);
}

/* What it showed of a branch that the own node is not on is undone. */
TEST(a_stand_ins_branch_is_left)
{
	int head, ours;
	struct model *model = two_nodes(&head);

	assert_int_equal(belief_watch(model->belief, "w5", 1), GW_OK);
	model_drain(model);
	model_down(model, 0);
	model_pass(model, 16);
	ours = model_run(model, head, 6);
	head = model_update(model, head, 2, "w5", NEW_KEY);
	head = model_run(model, head, 3);
	model_push(model, 1, head);
	assert_string_equal(view_of(model, "w5").signing_key, NEW_KEY);
	model_stand(model, 0, ours);
	model_up(model, 0);
	model_push(model, 0, ours);
	assert_head(model, ours);
	assert_int_equal(event_at(model, 5)->undone, 4);
	assert_string_equal(view_of(model, "w5").signing_key, model_key("w5"));
	model_free(model);
}

/* Its first subscription goes on beside the one in full: each block comes twice. */
TEST(a_stand_in_sends_blocks_in_both_forms)
{
	int head;
	struct model *model = two_nodes(&head);
	uint32_t before;

	model_down(model, 0);
	model_pass(model, 16);
	model_push(model, 1, head);
	assert_int_equal(belief_driver(model->belief), 1);
	before = model->event_count;
	for (int i = 0; i < 30; i++) {
		head = model_block(model, head, 1);
		if (i % 2 == 0)
			model_push_header(model, 1, head);
		model_push(model, 1, head);
		if (i % 2 != 0)
			model_push_header(model, 1, head);
		assert_string_equal(model->nodes[1].head_id, model->blocks[head].block.id);
		assert_string_equal(event_at(model, 0)->id, model->blocks[head].block.id);
	}
	assert_int_equal(model->event_count, before + 30);
	assert_int_equal(event_at(model, 0)->undone, 0);
	model_free(model);
}

TEST(a_stand_in_that_comes_back_drives_on)
{
	int head;
	struct model *model = two_nodes(&head);

	model_down(model, 0);
	model_pass(model, 16);
	head = model_run(model, head, 6);
	model_push(model, 1, head);
	assert_int_equal(belief_driver(model->belief), 1);
	model_down(model, 1);
	model_up(model, 1);
	assert_true(model->last[BELIEF_SUBSCRIBE].full); /* else it would send nothing that drives */
	head = model_run(model, head, 1);
	model_push(model, 1, head);
	assert_int_equal(event_at(model, 0)->num, model->blocks[head].block.num);
	assert_int_equal(event_at(model, 0)->driver_epoch, 2);
	model_free(model);
}

TEST(nothing_is_asked_before_the_drivers_head_is_reached)
{
	int head;
	struct model *model = two_nodes(&head);
	uint32_t asked;

	assert_int_equal(belief_watch(model->belief, "w5", 1), GW_OK);
	model_drain(model);
	asked = model->action_counts[BELIEF_ASK_WITNESS];
	assert_true(asked > 0);
	model_down(model, 0);
	head = model_run(model, head, 20);
	model_stand(model, 0, head);
	model->mute = true; /* where it stands is not known */
	model_up(model, 0);
	model_pass(model, 40); /* an answer would be of blocks that we have not seen */
	assert_int_equal(model->action_counts[BELIEF_ASK_WITNESS], asked);
	model->mute = false;
	model->hold = true;
	head = model_run(model, head, 1);
	model_push(model, 0, head);
	model_pass(model, 5);
	assert_int_equal(model->action_counts[BELIEF_ASK_WITNESS], asked);
	model_release(model);
	assert_true(model->action_counts[BELIEF_ASK_WITNESS] > asked);
	assert_int_equal(model->witness_event.begun_block, model->blocks[head].block.num);
	model_free(model);
}

/* golosd goes back some blocks where it was killed, and sends them again: what it answers meanwhile is of the past. */
TEST(nothing_is_asked_while_the_driver_repeats_blocks)
{
	struct model *model = model_new(1, 21);
	int head = model_run(model, -1, 30);
	uint32_t asked, events;

	model_up(model, 0);
	assert_int_equal(belief_watch(model->belief, "w5", 1), GW_OK);
	head = model_block(model, head, model_slots_to(model, head, "w5") + 1); /* w5 misses its slot */
	model_push_line(model, 0, -1, head);
	assert_int_equal(model->witness_event.total_missed, 1);
	asked = model->action_counts[BELIEF_ASK_WITNESS];
	events = model->event_count;
	model_down(model, 0);
	model_stand(model, 0, head - 8);
	model_up(model, 0);
	for (int i = head - 7; i < head; i++) {
		model_push(model, 0, i);
		model_stand(model, 0, i);
	}
	model_pass(model, 1);
	assert_int_equal(model->action_counts[BELIEF_ASK_WITNESS], asked);
	assert_int_equal(model->nodes[0].head_num, model->blocks[head - 1].block.num);
	model_push(model, 0, head);
	assert_int_equal(model->action_counts[BELIEF_ASK_WITNESS], asked + 1);
	assert_int_equal(model->witness_event.total_missed, 1);
	assert_int_equal(model->event_count, events);
	model_free(model);
}

TEST(the_own_node_takes_over_when_the_other_goes)
{
	int head;
	struct model *model = two_nodes(&head);

	model_down(model, 0);
	model_pass(model, 16);
	head = model_run(model, head, 100);
	model_push(model, 1, head);
	model_up(model, 0);
	model_down(model, 1);
	model_push(model, 0, head - 60); /* far behind, and all there is */
	assert_int_equal(belief_driver(model->belief), 0);
	model_free(model);
}

TEST(at_the_start_any_node_drives_at_once)
{
	struct model *model = model_new(3, 21);
	int head = model_run(model, -1, 5);

	model_up(model, 1);
	assert_int_equal(model->action_counts[BELIEF_SUBSCRIBE], 1);
	assert_true(model->last[BELIEF_SUBSCRIBE].full);
	model_up(model, 2);
	assert_false(model->last[BELIEF_SUBSCRIBE].full);
	model_push_line(model, 1, -1, head);
	assert_int_equal(belief_driver(model->belief), 1);
	assert_int_equal(event_at(model, 0)->driver_epoch, 1);
	model_down(model, 1);
	assert_int_equal(model->last[BELIEF_SUBSCRIBE].endpoint, 2);
	assert_true(model->last[BELIEF_SUBSCRIBE].full);
	head = model_run(model, head, 1);
	model_push(model, 2, head);
	assert_int_equal(belief_driver(model->belief), 2);
	model_free(model);
}
