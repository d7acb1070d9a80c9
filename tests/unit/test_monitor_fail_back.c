/* SPDX-License-Identifier: MIT
 *
 * Fail-back: production lost by own misses comes back to the first of order, and never against an operator.
 */
#include "monitor_scene.h"
#include "rules.h"

#include <string.h>

/* We produce; our golosd dies and misses; another takes over. */
static void lose_by_misses(struct scene *s)
{
	scene_init(s);
	strcpy(s->key, OUR_KEY);
	s->options.preempt = true;
	scene_begin(s);
	scene_own_block(s);
	scene_own_node(s, false);
	scene_misses(s, 2);
	scene_rule_update(s, PROD_KEY);
	scene_answer(s);
	scene_blocks(s, 20);
	scene_own_node(s, true);
	scene_own_block(s);
	scene_answer(s);
	scene_forget(s);
}

/* We produced again; two misses, and another takes over. */
static void lose_again(struct scene *s)
{
	scene_own_block(s);
	scene_misses(s, 2);
	scene_rule_update(s, PROD_KEY);
	scene_answer(s);
	scene_own_block(s);
	scene_forget(s);
}

TEST(fail_back_after_an_hour_of_health)
{
	struct scene s;

	lose_by_misses(&s);
	scene_blocks(&s, 1190);
	assert_int_equal(s.submits, 0);
	scene_blocks(&s, 20);
	assert_int_equal(s.submits, 1);
	assert_int_equal(s.intent.mode, GW_INTENT_PLANNED);
	assert_int_equal(s.intent.evidence_num, 0);
}

TEST(ill_health_begins_the_hour_anew)
{
	struct scene s;

	lose_by_misses(&s);
	scene_blocks(&s, 600);
	scene_own_node(&s, false);
	scene_blocks(&s, 700);
	scene_own_node(&s, true);
	assert_int_equal(scene_said(&s, "switch_due"), 0);
	scene_blocks(&s, 1100);
	assert_int_equal(s.submits, 0);
	scene_blocks(&s, 120);
	assert_int_equal(s.submits, 1);
}

/* An operator who holds says that this node is not to be used: its hour of health begins when he resumes. */
TEST(a_hold_begins_the_hour_anew)
{
	struct scene s;

	lose_by_misses(&s);
	scene_blocks(&s, 1150);
	scene_order(&s, GW_COMMAND_HOLD, 0);
	scene_blocks(&s, 100);
	scene_order(&s, GW_COMMAND_RESUME, 0);
	scene_blocks(&s, 1190);
	assert_int_equal(s.submits, 0);
	scene_blocks(&s, 20);
	assert_int_equal(s.submits, 1);
}

TEST(fail_back_never_undoes_an_operator)
{
	struct scene s;

	scene_init(&s);
	strcpy(s.key, OUR_KEY);
	s.options.preempt = true;
	scene_begin(&s);
	scene_own_block(&s);
	scene_update(&s, PROD_KEY); /* no miss: somebody wanted it */
	scene_answer(&s);
	scene_blocks(&s, 1500);
	assert_int_equal(s.submits, 0);

	lose_by_misses(&s);
	scene_update(&s, THIRD_KEY); /* lost by misses, and then moved on by hand */
	scene_answer(&s);
	scene_blocks(&s, 1500);
	assert_int_equal(s.submits, 0);
}

/* The watcher was away while the operator shut the witness down; back again, it sees him give it to the same node. */
TEST(fail_back_never_undoes_an_order_to_the_key_that_it_knew)
{
	struct scene s;

	lose_by_misses(&s);
	scene_restart(&s);
	strcpy(s.fetched, GW_NULL_KEY);
	scene_block(&s);
	scene_answer(&s);
	s.fetched[0] = '\0';
	scene_update(&s, PROD_KEY);
	scene_answer(&s);
	scene_own_block(&s);
	scene_blocks(&s, 1500);
	assert_int_equal(s.submits, 0);
}

/* The very block that took production away from us, told once more by the node that drives next. Where an answer told
 * the key before any block did, nobody knows who moved it. */
TEST(fail_back_of_what_a_block_tells_again)
{
	struct scene s;

	for (int read_later = 0; read_later < 2; read_later++) {
		scene_init(&s);
		strcpy(s.key, OUR_KEY);
		s.options.preempt = true;
		scene_begin(&s);
		scene_own_block(&s);
		scene_misses(&s, 2);
		if (read_later)
			scene_key(&s, PROD_KEY);
		else
			scene_rule_update(&s, PROD_KEY);
		assert_false(state_we_produce(&s.monitor));
		assert_int_equal(s.monitor.switches.rules_moved, !read_later);
		assert_int_equal(scene_said(&s, "not_taken_back"), read_later);
		if (read_later) {
			s.flags = GW_BLOCK_CAUGHT_UP;
		} else {
			s.epoch++;
			s.num--;
			s.time_s -= 3;
		}
		scene_update(&s, PROD_KEY);
		assert_int_equal(s.monitor.switches.rules_moved, !read_later);
	}
}

/* A backup's rule moves it on from a node that failed as well; an operator's order, which names no miss, ends it. */
TEST(fail_back_of_what_rules_alone_moved)
{
	struct scene s;

	for (int by_hand = 0; by_hand < 2; by_hand++) {
		lose_by_misses(&s);
		scene_restart(&s);
		scene_rule_update(&s, THIRD_KEY); /* of the same miss: another backup was on its way */
		scene_answer(&s);
		scene_misses(&s, 2);
		if (by_hand)
			scene_update(&s, PROD_KEY);
		else
			scene_rule_update(&s, PROD_KEY);
		assert_int_equal(s.monitor.switches.rules_moved, !by_hand);
		assert_int_equal(scene_said(&s, "not_taken_back"), by_hand);
	}
}

/* Two misses this hour, well since: the operator moves production elsewhere while he looks into it. */
TEST(fail_back_never_undoes_a_move_from_a_node_that_was_well_again)
{
	struct scene s;

	scene_init(&s);
	strcpy(s.key, OUR_KEY);
	s.options.preempt = true;
	scene_begin(&s);
	scene_misses(&s, 2);
	scene_own_block(&s);
	scene_answer(&s);
	scene_update(&s, PROD_KEY);
	scene_answer(&s);
	scene_blocks(&s, 1500);
	assert_int_equal(s.submits, 0);
}

/* Fail-back is no reason to send what a failing producer made due: it is begun anew, with its own. */
TEST(a_producer_that_is_well_again_ends_its_switch_though_fail_back_is_due)
{
	struct scene s;

	lose_by_misses(&s);
	scene_blocks(&s, 1100);
	scene_misses(&s, 2);
	assert_int_equal(s.submits, 1);
	assert_int_equal(s.intent.mode, GW_INTENT_AUTOMATIC);
	scene_blocks(&s, 110);
	assert_int_equal(s.cancels, 0);
	scene_own_block(&s);
	assert_int_equal(s.cancels, 1);
	scene_submission(&s, GW_SUBMISSION_FAILED, GW_FAIL_CANCELLED);
	assert_int_equal(s.submits, 2);
	assert_int_equal(s.intent.mode, GW_INTENT_PLANNED);
}

/* The second of order is no place to go back to, nor a node whose first slots were missed. */
TEST(who_never_goes_back)
{
	struct scene s;

	lose_by_misses(&s);
	strcpy(s.monitor.options.priority[0], THIRD_KEY);
	strcpy(s.monitor.options.priority[2], OUR_KEY);
	scene_blocks(&s, 1500);
	assert_int_equal(s.submits, 0);

	lose_by_misses(&s);
	s.monitor.switches.first_missed = 1;
	scene_blocks(&s, 1500);
	assert_int_equal(s.submits, 0);
}

TEST(fail_back_waits_for_the_guards)
{
	struct scene s;

	lose_by_misses(&s);
	scene_blocks(&s, 1150);
	s.others_filled = 4;
	scene_blocks(&s, 60);
	assert_int_equal(scene_said(&s, "switch_due"), 1);
	assert_int_equal(s.submits, 0);
	s.others_filled = 20;
	scene_block(&s);
	assert_int_equal(s.submits, 1);
}

/* A fork takes back the block that made us the producer, and a slot that we missed since: nothing was lost by misses.
 */
TEST(a_fork_is_no_loss_by_misses)
{
	struct scene s;

	scene_init(&s);
	s.options.allowed_misses = 0;
	s.options.preempt = true;
	scene_begin(&s);
	scene_update(&s, OUR_KEY);
	scene_answer(&s);
	scene_gap(&s, 1, 1, NULL);
	s.total_missed++;
	scene_answer(&s);
	scene_fork(&s, 2);
	scene_key(&s, PROD_KEY);
	s.total_missed--;
	scene_own_block(&s);
	scene_answer(&s);
	scene_blocks(&s, 1500);
	assert_int_equal(s.submits, 0);
}

/* Shut down by the chain while we were away, and a backup has taken over since, with the miss named or without. */
TEST(fail_back_of_what_the_chain_shut_down)
{
	struct scene s;

	for (int named = 0; named < 2; named++) {
		scene_init(&s);
		strcpy(s.key, OUR_KEY);
		s.options.preempt = true;
		s.options.allowed_misses = 5;
		scene_begin(&s);
		scene_own_node(&s, false);
		scene_gap(&s, 1, 1, NULL);
		scene_null_by_chain(&s);
		if (named)
			scene_rule_update(&s, PROD_KEY);
		else
			scene_update(&s, PROD_KEY);
		assert_int_equal(scene_said(&s, "not_taken_back"), !named);
		scene_answer(&s);
		scene_own_node(&s, true);
		scene_own_block(&s);
		scene_blocks(&s, 1250);
		assert_int_equal(s.submits, named);
	}
}

/* It moved in blocks that nobody saw: nothing is taken back, and that is said. */
TEST(no_fail_back_of_what_nobody_saw)
{
	struct scene s;

	scene_init(&s);
	strcpy(s.key, OUR_KEY);
	s.options.preempt = true;
	scene_begin(&s);
	scene_own_block(&s);
	scene_answer(&s);
	scene_restart(&s);
	strcpy(s.key, PROD_KEY);
	s.total_missed += 2;
	s.num += 50;
	s.time_s += 150;
	s.confirmed = s.num - 2;
	s.untrusted = true;
	scene_block(&s);
	scene_answer(&s); /* perhaps a pending update's key: it tells nothing yet */
	assert_int_equal(scene_said(&s, "signing_key_changed"), 0);
	assert_true(state_we_produce(&s.monitor));
	s.untrusted = false;
	scene_answer(&s);
	assert_int_equal(scene_said(&s, "signing_key_changed"), 1);
	assert_int_equal(scene_said(&s, "not_taken_back"), 1);
	scene_blocks(&s, 1250);
	assert_int_equal(s.submits, 0);
}

/* Our golosd was away, and is the only endpoint: of the gaps in the blocks read later it is not known whose slots they
 * held. One that the update names was ours, for all that is known; a halt's was nobody's. */
TEST(fail_back_of_misses_in_blocks_read_later)
{
	static const struct {
		uint32_t skipped;
		bool named, lost;
	} rows[] = {{1, true, true}, {1, false, false}, {19, true, false}, {0, true, false}};
	struct scene s;

	for (size_t i = 0; i < COUNT(rows); i++) {
		scene_init(&s);
		s.options.preempt = true;
		strcpy(s.key, OUR_KEY);
		scene_begin(&s);
		scene_own_block(&s);
		scene_answer(&s);
		s.order_unknown = true;
		s.flags = GW_BLOCK_CAUGHT_UP;
		scene_gap(&s, rows[i].skipped, 0, NULL);
		s.named = rows[i].named ? s.num : 0;
		scene_blocks(&s, 20);
		scene_update(&s, THIRD_KEY);
		assert_int_equal(s.monitor.switches.rules_moved, rows[i].lost);
	}
}

/* The watcher was restarted while its fail-back was on its way. */
TEST(a_fail_back_over_a_restart_is_the_one)
{
	struct scene s;

	lose_by_misses(&s);
	scene_blocks(&s, 1250);
	assert_int_equal(s.submits, 1);
	scene_submission(&s, GW_SUBMISSION_SENT, 0);
	scene_restart(&s);
	scene_submission(&s, GW_SUBMISSION_SENT, 0);
	scene_block(&s);
	scene_answer(&s);
	scene_update(&s, OUR_KEY);
	assert_true(state_we_produce(&s.monitor));
	assert_int_equal(s.monitor.switches.preempted, 1);
}

/* Called off when it was on its way already, it came into a block all the same. */
TEST(a_fail_back_that_lands_after_its_end_is_the_one)
{
	struct scene s;

	lose_by_misses(&s);
	scene_blocks(&s, 1250);
	assert_int_equal(s.submits, 1);
	scene_submission(&s, GW_SUBMISSION_SENT, 0);
	assert_int_equal(scene_order(&s, GW_COMMAND_HOLD, 0), GW_OK);
	scene_submission(&s, GW_SUBMISSION_FAILED, GW_FAIL_CANCELLED);
	scene_update(&s, OUR_KEY);
	assert_int_equal(scene_said(&s, "cancelled_switch_landed"), 1);
	assert_int_equal(s.monitor.switches.preempted, 1);
}

/* Ours and away again in blocks that nobody saw: as far as this node knows the misses are still those of before. */
static void expect_no_second_one(struct scene *s)
{
	scene_own_node(s, true);
	s->epoch++;
	scene_blocks(s, 400);
	scene_own_block(s);
	scene_answer(s);
	scene_forget(s);
	scene_blocks(s, 1250);
	assert_int_equal(s->submits, 0);
}

TEST(a_fail_back_that_may_have_landed_unseen_is_the_one)
{
	struct scene s;

	lose_by_misses(&s);
	scene_blocks(&s, 1250);
	assert_int_equal(s.submits, 1);
	scene_submission(&s, GW_SUBMISSION_SENT, 0);
	scene_own_node(&s, false);
	scene_wait(&s, 20000);
	assert_int_equal(s.cancels, 1);
	scene_submission(&s, GW_SUBMISSION_FAILED, GW_FAIL_CANCELLED);
	expect_no_second_one(&s);
}

TEST(a_fail_back_that_may_have_landed_while_the_watcher_was_down_is_the_one)
{
	struct scene s;

	lose_by_misses(&s);
	scene_blocks(&s, 1250);
	assert_int_equal(s.submits, 1);
	scene_submission(&s, GW_SUBMISSION_SENT, 0);
	scene_restart(&s);
	scene_submission(&s, GW_SUBMISSION_SENT, 0);
	scene_block(&s);
	scene_answer(&s);
	scene_submission(&s, GW_SUBMISSION_FAILED, GW_FAIL_EXPIRED);
	expect_no_second_one(&s);
}

/* Every block in which it could have been was seen. */
TEST(a_fail_back_that_was_seen_not_to_land_is_not_the_one)
{
	struct scene s;

	lose_by_misses(&s);
	scene_blocks(&s, 1250);
	scene_submission(&s, GW_SUBMISSION_SENT, 0);
	scene_order(&s, GW_COMMAND_HOLD, 0);
	scene_submission(&s, GW_SUBMISSION_FAILED, GW_FAIL_CANCELLED);
	scene_blocks(&s, 60);
	s.epoch++;
	scene_block(&s);
	scene_restart(&s);
	scene_block(&s);
	scene_answer(&s);
	scene_order(&s, GW_COMMAND_RESUME, 0);
	scene_blocks(&s, 1250);
	assert_int_equal(s.submits, 1);
}

TEST(fail_back_once_until_a_whole_day)
{
	struct scene s;

	lose_by_misses(&s);
	for (int round = 0; round < 2; round++) {
		scene_blocks(&s, 1250);
		assert_int_equal(s.submits, 1 - round);
		if (s.submits == 0)
			break;
		scene_update(&s, OUR_KEY);
		scene_submission(&s, GW_SUBMISSION_IN_BLOCK, 0);
		scene_submission(&s, GW_SUBMISSION_IRREVERSIBLE, 0);
		scene_answer(&s);
		lose_again(&s); /* within the day */
	}
	scene_update(&s, OUR_KEY);
	scene_answer(&s);
	scene_blocks(&s, 28800);
	lose_again(&s);
	scene_blocks(&s, 1250);
	assert_int_equal(s.submits, 1);
}

/* One that came to nothing is none: an operator brought production back himself, and it was lost by misses again. */
TEST(a_fail_back_that_failed_is_not_the_one)
{
	struct scene s;

	lose_by_misses(&s);
	scene_blocks(&s, 1250);
	assert_int_equal(s.submits, 1);
	scene_submission(&s, GW_SUBMISSION_FAILED, GW_FAIL_EXPIRED);
	scene_update(&s, OUR_KEY);
	scene_answer(&s);
	lose_again(&s);
	scene_blocks(&s, 1250);
	assert_int_equal(s.submits, 1);
}

TEST(without_preempt_production_stays_where_it_is)
{
	struct scene s;

	lose_by_misses(&s);
	s.monitor.options.preempt = false;
	scene_blocks(&s, 2000);
	assert_int_equal(s.submits, 0);
}

/* P fails, B takes over, B fails, P is well again. We are P. */
TEST(p_fails_b_takes_over_b_fails_p_is_well_again)
{
	struct scene s;

	lose_by_misses(&s);
	scene_misses(&s, 2);
	assert_int_equal(s.submits, 1);
	assert_int_equal(s.intent.mode, GW_INTENT_AUTOMATIC);
}
