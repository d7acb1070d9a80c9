/* SPDX-License-Identifier: MIT
 *
 * The search at a small depth, and that it catches: faults planted in the model around the modules, and, in programs of
 * their own (MUTANT names the row), monitors of which one rule was broken.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "settings.h"

#define STATES_MAX   (1u << 20)
#define SMALL(steps) .allowed = (steps)

/* A fault, where it is looked for, and the invariant that it breaks. */
struct row {
	const char *name;
	struct setting setting;
	uint32_t depth;	    /* of the shortest trace to it */
	const char *broken; /* how the sentence begins */
};

#define PAIR .nodes = 2, .max_switches = 2

static const struct row planted[] = {
	{"the host does not cancel",
	 {PAIR, .faults = 2, SMALL(STEP_BIT(STEP_MISSED) | STEP_BIT(STEP_HOLD)), .planted = PLANTED_DEAF_TO_CANCEL},
	 9,
	 "3: node 1 sends while an operator holds it"},
	{"nothing is kept across a restart",
	 {PAIR, .faults = 3, SMALL(STEP_BIT(STEP_FORK) | STEP_BIT(STEP_HOLD) | STEP_BIT(STEP_KILL)),
	  .planted = PLANTED_NO_STORE},
	 9,
	 "3: node 1's switch lands on an operator's hold, and nobody is told"},
	{"every slot looks like another's",
	 {PAIR, .faults = 1, SMALL(STEP_BIT(STEP_TAKEOVER)), .planted = PLANTED_BLIND_TO_SLOTS},
	 7,
	 "6: node 1 sends while the very next slot is the witness's"},
	{"TaPoS names a block before the miss",
	 {PAIR, .faults = 2, SMALL(STEP_BIT(STEP_MISSED) | STEP_BIT(STEP_LATE)), .planted = PLANTED_OLD_EVIDENCE},
	 11,
	 "7: node 1's switch lands on a branch where 0 slots were missed"},
	{"another one begins while a cancelled one is alive",
	 {PAIR, .faults = 3, SMALL(STEP_BIT(STEP_FORK) | STEP_BIT(STEP_HOLD) | STEP_BIT(STEP_BARE)),
	  .planted = PLANTED_FORGETS_ALIVE},
	 12,
	 "1: node 1 sends a transaction while another one of it is alive"},
	{"the canonical form leaves out a hold",
	 {PAIR, .faults = 1, SMALL(STEP_BIT(STEP_HOLD)), .verify_every = 1, .planted = PLANTED_COARSE_FORM},
	 1,
	 "two states that look the same can do different steps"},
	{"another's pending update is not seen",
	 {.nodes = 3,
	  .max_switches = 2,
	  .faults = 4,
	  SMALL(STEP_BIT(STEP_BARE) | STEP_BIT(STEP_MISSED) | STEP_BIT(STEP_TAKEOVER)),
	  .planted = PLANTED_BLIND_TO_PENDING},
	 22,
	 "2: two switches land one after the other"},
};

/* CMakeLists.txt says which line of the monitor is changed. */
static const struct row mutants[] = {
	{"no_produced_since",
	 {PAIR, .faults = 2, SMALL(STEP_BIT(STEP_MISSED) | STEP_BIT(STEP_HOLD))},
	 13,
	 "2: node 1 sends a switch away from a node that has produced since its newest miss"},
	{"no_order",
	 {.nodes = 3, .max_switches = 2, .faults = 1, SMALL(STEP_BIT(STEP_MISSED))},
	 8,
	 "4: node 2 sends before its turn in order"},
	{"one_switch_more",
	 {.nodes = 2, .max_switches = 1, .faults = 3, SMALL(STEP_BIT(STEP_FORK))},
	 26,
	 "1: node 1 sends one switch more than max_switches"},
	{"operators_null_is_no_bar",
	 {PAIR, .faults = 1, SMALL(STEP_BIT(STEP_DISABLE))},
	 9,
	 "3: node 0 sends over an operator's null key"},
	{"never_due",
	 {PAIR, .faults = 1, SMALL(STEP_BIT(STEP_DIE)), .settle_every = 1},
	 1,
	 "4: the producer stays dead"},
	{"chains_null_is_operators",
	 {.nodes = 2,
	  .allowed_misses = 2,
	  .max_switches = 2,
	  .skipping_blocks = 5,
	  .faults = 1,
	  SMALL(STEP_BIT(STEP_DIE)),
	  .settle_every = 1},
	 1,
	 "4: the chain shut the witness down"},
	{"takes_back_what_was_not_lost",
	 {PAIR, .preempt_delay_s = 24, .faults = 1, SMALL(STEP_BIT(STEP_TAKEOVER))},
	 49,
	 "3: node 0 takes back what it has not lost by misses"},
	{"fail_back_carries_on",
	 {PAIR, .preempt_delay_s = 24, .begins_lost = 1, .faults = 2, SMALL(STEP_BIT(STEP_FORK) | STEP_BIT(STEP_HOLD))},
	 15,
	 "2: node 0 sends a switch away from a node that has produced since its newest miss"},
	{"unseen_fail_back_is_none",
	 {PAIR, .preempt_delay_s = 24, .begins_lost = 1, .faults = 1, SMALL(STEP_BIT(STEP_LAG))},
	 97,
	 "1: node 0 takes production back once more"},
	{"own_node_on_another_branch",
	 {PAIR, .links = 2, .faults = 3, SMALL(STEP_BIT(STEP_LAG) | STEP_BIT(STEP_FORK) | STEP_BIT(STEP_TAKEOVER))},
	 5,
	 "1: node 1 sends while its golosd is on another branch than the public one"},
	{"one_confirms",
	 {PAIR, .links = 2, .confirm_nodes = 2, .faults = 2, SMALL(STEP_BIT(STEP_MISSED) | STEP_BIT(STEP_DIE))},
	 9,
	 "1: node 1 sends though the public golosd cannot confirm it"},
	{"stray_only_when_taken",
	 {PAIR, .faults = 2, SMALL(STEP_BIT(STEP_MISSED) | STEP_BIT(STEP_HOLD))},
	 12,
	 "3: node 1's switch lands on an operator's hold, and nobody is told"},
};

static void search_row(const struct row *row, unsigned faults, struct search *search)
{
	static struct setting setting; /* the search points to it */

	setting = row->setting;
	setting.name = row->name;
	setting.planted = faults;
	*search = (struct search){.setting = &setting, .depth = row->depth, .states_max = STATES_MAX};
	assert_true(search_all(search));
	assert_false(search->full);
}

static void expect_caught(const struct row *row)
{
	struct search search;

	search_row(row, row->setting.planted, &search);
	print_message("%s: caught after %u steps, %llu states: %s\n", row->name, search.trace_count,
		      (unsigned long long)search.states, search.broken);
	assert_int_equal(search.trace_count, row->depth);
	search_tell(&search, stdout);
	assert_memory_equal(search.broken, row->broken, strlen(row->broken));
}

#ifdef MUTANT
static void test_mutant_is_caught(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(mutants) / sizeof(mutants[0]); i++)
		if (strcmp(mutants[i].name, MUTANT) == 0) {
			expect_caught(&mutants[i]);
			return;
		}
	fail_msg("no row for %s", MUTANT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_mutant_is_caught)};

	(void)planted;
	(void)settings;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
#else
static void test_no_invariant_breaks(void **state)
{

	(void)state;
	for (size_t i = 0; i < setting_count; i++) {
		struct setting setting = settings[i];
		struct search search = {.setting = &setting, .depth = 8, .states_max = STATES_MAX};

		setting.settle_every = 64;
		setting.verify_every = 16;
		assert_true(search_all(&search));
		print_message("%s: depth %u, %llu states, %llu compared\n", setting.name, search.depth,
			      (unsigned long long)search.states, (unsigned long long)search.verified);
		assert_false(search.full);
		if (search.trace_count > 0)
			search_tell(&search, stdout);
		assert_int_equal(search.trace_count, 0);
		assert_true(search.states > 1000);
	}
}

/* All states that one fault leads to, whenever it comes and however long it lasts. */
static void test_small_worlds_are_closed(void **state)
{
	(void)state;
	for (size_t i = 0; i < setting_count; i++) {
		struct setting setting = settings[i];
		struct search search = {.setting = &setting, .states_max = STATES_MAX};

		if (setting.preempt_delay_s != 0) /* 42,544 states: `./dev prove` */
			continue;
		setting.faults = 1;
		setting.settle_every = setting.verify_every = 4;
		assert_true(search_all(&search));
		print_message("%s: closed, %llu states, %llu compared\n", setting.name,
			      (unsigned long long)search.states, (unsigned long long)search.verified);
		if (search.trace_count > 0)
			search_tell(&search, stdout);
		assert_int_equal(search.trace_count, 0);
		assert_true(search.closed);
		assert_true(search.states > 1000);
		assert_true(search.verified > 10);
	}
}

/* The rows prove something only if the same search finds nothing where nothing is planted. */
static void expect_nothing(const struct row *row)
{
	struct search search;

	search_row(row, 0, &search);
	if (search.trace_count > 0)
		search_tell(&search, stdout);
	assert_int_equal(search.trace_count, 0);
}

static void test_nothing_is_caught_where_nothing_is_planted(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(planted) / sizeof(planted[0]); i++)
		expect_nothing(&planted[i]);
	for (size_t i = 0; i < sizeof(mutants) / sizeof(mutants[0]); i++)
		expect_nothing(&mutants[i]);
}

static void test_what_is_planted_is_caught(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(planted) / sizeof(planted[0]); i++)
		expect_caught(&planted[i]);
}

static uint64_t canon_hash(const struct world *w, struct world *scratch)
{
	memcpy(scratch, w, sizeof(*scratch));
	world_canon(scratch, w, &settings[0]);
	return world_bytes_hash(scratch, settings[0].nodes);
}

/* What happened a round later is the same state; another fault is another state. */
static void test_states_repeat_whenever_they_are(void **state)
{
	struct run run = {.setting = &settings[0]};
	struct world *w = calloc(3, sizeof(*w));
	struct world *later = &w[1];

	(void)state;
	assert_non_null(w);
	world_begin(w, &run);
	*later = *w;
	for (int i = 0; i < ROUND; i++)
		world_step(later, (struct step){STEP_SLOT, 0}, &run);
	assert_true(canon_hash(w, &w[2]) == canon_hash(later, &w[2]));
	world_step(later, (struct step){STEP_HOLD, 1}, &run);
	assert_true(canon_hash(w, &w[2]) != canon_hash(later, &w[2]));
	assert_string_equal(run.broken, "");
	free(w);
}

static const struct setting *setting_of(const char *name)
{
	size_t i = 0;

	while (strcmp(settings[i].name, name) != 0)
		i++;
	return &settings[i];
}

/* What follows is deeper, or wants more faults, than the search goes. */

static void go_on_until(struct world *w, uint32_t slot, struct run *run)
{
	while (w->slot < slot)
		world_go_on(w, run);
}

/* Node 0's watcher is away for an operator's null key, and back when he orders a takeover to the key that it knew. */
static void test_an_order_to_the_key_that_a_watcher_knew(void **state)
{
	static const struct step steps[] = {{STEP_KILL, 0},	{STEP_DISABLE, 0}, {STEP_SLOT, 0},   {STEP_SLOT, 0},
					    {STEP_TAKEOVER, 1}, {STEP_ANSWER, 1},  {STEP_ANSWER, 1}, {STEP_ANSWER, 1},
					    {STEP_RESTART, 0},	{STEP_ANSWER, 1}};
	struct run run = {.setting = setting_of("preempt")};
	struct world *w = calloc(1, sizeof(*w));
	uint32_t ordered_at;

	(void)state;
	assert_non_null(w);
	world_begin(w, &run);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		world_step(w, steps[i], &run);
	ordered_at = w->slot;
	go_on_until(w, ordered_at + 8 * ROUND, &run);
	assert_string_equal(run.broken, "");
	assert_true(w->blocks[0].ordered_slot > ordered_at);
	free(w);
}

/* The witness misses a slot when its last block lies just not far enough back for the chain, and an operator's null key
 * is pending. */
static void test_an_operators_null_beside_a_miss_too_early_for_the_chains(void **state)
{
	struct run run = {.setting = setting_of("null")};
	struct world *w = calloc(1, sizeof(*w));
	uint32_t begun;

	(void)state;
	assert_non_null(w);
	world_begin(w, &run);
	begun = w->slot;
	world_step(w, (struct step){STEP_DIE, 0}, &run);
	world_step(w, (struct step){STEP_MISSED, 0}, &run);
	go_on_until(w, begun + 2 * ROUND, &run);
	world_step(w, (struct step){STEP_DISABLE, 0}, &run);
	world_step(w, (struct step){STEP_BARE, 0}, &run);
	assert_int_equal(w->blocks[1].num - w->blocks[1].confirmed, run.setting->skipping_blocks);
	assert_int_equal(w->hosts[1].monitor.due.cause, MONITOR_NOT_DUE);
	go_on_until(w, begun + 4 * ROUND, &run);
	assert_string_equal(run.broken, "");
	assert_int_equal(w->blocks[0].key, KEY_NULL);
	free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_order_to_the_key_that_a_watcher_knew),
		cmocka_unit_test(test_an_operators_null_beside_a_miss_too_early_for_the_chains),
		cmocka_unit_test(test_states_repeat_whenever_they_are),
		cmocka_unit_test(test_no_invariant_breaks),
		cmocka_unit_test(test_small_worlds_are_closed),
		cmocka_unit_test(test_nothing_is_caught_where_nothing_is_planted),
		cmocka_unit_test(test_what_is_planted_is_caught),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
#endif
