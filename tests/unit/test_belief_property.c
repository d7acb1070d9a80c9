/* SPDX-License-Identifier: MIT
 *
 * Belief followed through random runs of nodes that are golosd's: forks, restarts, lost pushes, late answers, other
 * drivers. Whatever the order of events, what it raises must be one line of blocks of the model chain, without a hole,
 * each slot with the owner that it had, and the key that the line's newest block leaves.
 */
#include "chain_model.h"
#include "test.h"
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define RUNS	   150
#define STEPS	   250
#define NODES	   3
#define WATCHED	   "w1"
#define FORK_MAX   6
#define BLOCKS_MAX (MODEL_BLOCKS - 64)

struct run {
	struct model *model;
	uint64_t dice;
	int best; /* the longest branch's newest block */
	bool up[NODES];
	bool deaf[NODES]; /* golosd has dropped the subscription of this connection */
	uint32_t judged;  /* events */
	int line[MODEL_BLOCKS];
	uint32_t count, epoch;
	uint32_t forks;
	uint32_t named; /* slots whose owner was told */
};

static uint32_t draw(struct run *run, uint32_t below)
{
	run->dice = run->dice * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(run->dice >> 33) % below;
}

/* ---- the chain and its nodes ------------------------------------------------------------------------------------ */

static int new_block(struct run *run, int parent)
{
	static const char *const keys[] = {"GLSfirst", "GLSsecond", "GLSthird"};
	uint32_t slots = draw(run, 8) == 0 ? 2 + draw(run, 3) : 1;

	if (draw(run, 30) == 0)
		return model_update(run->model, parent, slots, WATCHED, keys[draw(run, 3)]);
	return model_block(run->model, parent, slots);
}

static uint32_t num_of(const struct run *run, int block)
{
	return run->model->blocks[block].block.num;
}

static void push_one(struct run *run, uint32_t node, int block)
{
	model_stand(run->model, node, block);
	if (!run->up[node] || run->deaf[node])
		return;
	if (node != 0)
		model_push_header(run->model, node, block);
	if (run->model->full[node])
		model_push(run->model, node, block);
	model_stand(run->model, node, block); /* a push only ever raises it */
}

static bool is_ancestor(const struct run *run, int old, int young)
{
	while (young >= 0 && num_of(run, young) > num_of(run, old))
		young = run->model->blocks[young].parent;
	return young == old;
}

static void disconnect(struct run *run, uint32_t node)
{
	if (run->up[node])
		model_down(run->model, node);
	run->up[node] = false;
}

/* The node applies what leads to the block, oldest first, from where its own branch leaves that one. A fork that
 * nothing tells of, while blocks are read one by one, is beyond belief: what get_block gives has no id. */
static void go_to(struct run *run, uint32_t node, int block)
{
	int way[MODEL_BLOCKS], at = run->model->heads[node];
	int count = 0;

	if (run->deaf[node] && !is_ancestor(run, at, block))
		disconnect(run, node);
	for (int i = block; i >= 0 && !is_ancestor(run, i, at); i = run->model->blocks[i].parent)
		way[count++] = i;
	while (count > 0)
		push_one(run, node, way[--count]);
}

static int back_from(const struct run *run, int block, uint32_t blocks)
{
	while (blocks-- > 0 && run->model->blocks[block].parent >= 0)
		block = run->model->blocks[block].parent;
	return block;
}

/* A branch that leaves the best one some blocks back, and becomes longer. */
static void fork_best(struct run *run)
{
	int at = back_from(run, run->best, 1 + draw(run, FORK_MAX));

	while (num_of(run, at) <= num_of(run, run->best))
		at = new_block(run, at);
	run->best = at;
}

static void restart(struct run *run, uint32_t node)
{
	disconnect(run, node);
	model_stand(run->model, node, back_from(run, run->model->heads[node], draw(run, 12)));
}

static void connect(struct run *run, uint32_t node)
{
	if (run->up[node])
		return;
	run->up[node] = true;
	run->deaf[node] = false;
	model_up(run->model, node);
}

static void step(struct run *run)
{
	uint32_t node = draw(run, 2) == 0 ? 0 : draw(run, NODES);

	switch (draw(run, 16)) {
	case 0:
		fork_best(run);
		break;
	case 1:
		restart(run, node);
		break;
	case 2:
	case 3:
		connect(run, node);
		break;
	case 4:
		disconnect(run, node);
		break;
	case 5:
		run->deaf[node] = run->up[node];
		break;
	case 6:
		run->model->hold = true;
		break;
	case 7:
		if (draw(run, 2) == 0)
			model_release(run->model);
		else if (run->model->held_count > 0)
			model_release_oldest(run->model);
		break;
	case 8:
		model_pass(run->model, draw(run, 20));
		break;
	case 9:
		run->model->mute = draw(run, 4) == 0;
		break;
	default:
		for (uint32_t i = draw(run, 6); i > 0; i--)
			run->best = new_block(run, run->best);
		for (uint32_t i = 0; i < NODES; i++)
			if (draw(run, 4) != 0)
				go_to(run, i, run->best);
		break;
	}
}

/* ---- what must be true ------------------------------------------------------------------------------------------ */

static int block_of(const char *id)
{
	return (int)strtoul(id + 8, NULL, 16) - 1;
}

static void judge_slots(struct run *run, uint32_t n, int parent)
{
	const struct gw_block_event *event = &run->model->events[n];
	uint32_t unlisted = event->skipped - event->missed_count;

	for (uint32_t i = 0; i < event->missed_count; i++) {
		const struct gw_slot *slot = &run->model->missed[n][i];
		const char *owner = model_owner(run->model, parent, unlisted + i + 1);

		if (slot->witness[0] == '\0')
			continue;
		run->named++;
		assert_string_equal(slot->witness, owner);
		assert_int_equal(slot->charged, strcmp(owner, event->witness) != 0);
	}
}

/* Nothing leads from the blocks before to this one: where they are said to be undone, it does not stand on them. */
static void judge_deep_fork(const struct run *run, uint32_t undone, int block)
{
	assert_true(undone <= run->count);
	for (int at = block; at >= 0; at = run->model->blocks[at].parent)
		for (uint32_t i = 1; i <= undone; i++)
			assert_int_not_equal(run->line[run->count - i], at);
}

/* The line goes on under another driver. */
static bool goes_on(const struct run *run, const struct gw_block_event *event, const struct model_block *made)
{
	return event->undone < run->count && run->line[run->count - 1 - event->undone] == made->parent;
}

static void judge_event(struct run *run, uint32_t n)
{
	const struct gw_block_event *event = &run->model->events[n];
	int block = block_of(event->id);
	const struct model_block *made = &run->model->blocks[block];
	bool begins = event->driver_epoch != run->epoch; /* and may say nothing of what was before */

	assert_in_range(block, 0, run->model->count - 1);
	if (begins && !goes_on(run, event, made)) {
		judge_deep_fork(run, event->undone, block);
		run->count = 0;
	}
	run->epoch = event->driver_epoch;
	if (run->count > 0) {
		assert_true(event->undone <= run->count);
		run->count -= event->undone;
	}
	run->forks += event->undone > 0;
	assert_int_equal(event->num, made->block.num);
	assert_int_equal(event->time_s, made->block.time_s);
	assert_string_equal(event->previous, made->block.previous);
	assert_int_equal(event->update_count, made->block.update_count);
	if (run->count > 0 && !begins) {
		int parent = run->line[run->count - 1];

		assert_int_equal(made->parent, parent);
		assert_int_equal(event->skipped,
				 (made->block.time_s - run->model->blocks[parent].block.time_s) / MODEL_INTERVAL_S - 1);
		judge_slots(run, n, parent);
	}
	run->line[run->count++] = block;
}

static struct chain_view view_of(const struct run *run)
{
	struct gw_now now = model_now(run->model);
	struct chain_view view;

	belief_view(run->model->belief, WATCHED, &now, &view);
	return view;
}

/* Told and believed are one, once the driver has answered at the head and while the key is known at all: a fork may undo
 * the update that told it first. */
static void judge_key(const struct run *run)
{
	const struct gw_witness_event *told = belief_witness(run->model->belief, WATCHED);
	struct chain_view view = view_of(run);

	if (!told || !told->key_trusted || run->model->told_epoch != run->epoch || view.signing_key[0] == '\0')
		return;
	if (told->begun_seq == view.seq)
		assert_string_equal(told->signing_key, view.signing_key);
	assert_string_equal(view.signing_key, model_key_at(run->model, run->line[run->count - 1], WATCHED));
}

static void judge(struct run *run)
{
	assert_true(run->model->event_count < MODEL_EVENTS);
	for (; run->judged < run->model->event_count; run->judged++)
		judge_event(run, run->judged);
	if (run->count > 0)
		judge_key(run);
}

/* All is well again: what the own node has is what is believed, and its answers are at hand. */
static void settle(struct run *run)
{
	struct chain_view view;

	run->model->mute = false;
	model_release(run->model);
	for (uint32_t i = 0; i < NODES; i++) {
		if (run->deaf[i])
			disconnect(run, i);
		connect(run, i);
		go_to(run, i, run->best);
	}
	model_pass(run->model, 4 * CHECK_INTERVAL_S); /* one that did not answer drives when it has, some times */
	run->best = new_block(run, run->best);
	for (uint32_t i = 0; i < NODES; i++)
		go_to(run, i, run->best);
	model_pass(run->model, 2);
	judge(run);
	view = view_of(run);
	assert_int_equal(belief_driver(run->model->belief), 0);
	assert_string_equal(view.head_id, run->model->blocks[run->best].block.id);
	assert_true(view.valid);
	assert_int_equal(belief_witness(run->model->belief, WATCHED)->driver_epoch, run->epoch);
	for (uint32_t n = 0; n < 3; n++)
		if (view.slots[n] != SLOT_UNKNOWN)
			assert_int_equal(
				view.slots[n] == SLOT_OURS,
				strcmp(model_owner(run->model, run->best,
						   (uint32_t)(view.next_slot_time_s - view.head_time_s) / 3 + n),
				       WATCHED) == 0);
}

struct tally {
	uint32_t blocks, forks, epochs, named;
};

static void play(uint64_t seed, struct tally *tally)
{
	static const uint32_t scheduled[] = {21, 5, 2}, shuffles[] = {21, 5, 21};
	struct run run = {.model = model_new(NODES, scheduled[seed % 3]), .dice = seed};

	run.model->max_witnesses = shuffles[seed % 3];
	run.model->branches_shuffle = true;
	run.best = model_run(run.model, -1, 5);
	for (uint32_t i = 0; i < NODES; i++)
		model_stand(run.model, i, run.best);
	assert_int_equal(belief_watch(run.model->belief, WATCHED, NODES), GW_OK);
	connect(&run, 0);
	for (uint32_t i = 0; i < STEPS && run.model->count < BLOCKS_MAX; i++) {
		step(&run);
		judge(&run);
	}
	settle(&run);
	tally->blocks += run.model->event_count;
	tally->epochs += run.epoch;
	tally->forks += run.forks;
	tally->named += run.named;
	model_free(run.model);
}

TEST(random_runs)
{
	struct tally tally = {0};

	for (uint64_t seed = 1; seed <= RUNS; seed++) {
		print_message("seed %u\n", (unsigned)seed);
		play(seed, &tally);
	}
	print_message("%u blocks, %u forks, %u epochs, %u skipped slots with their owner\n", tally.blocks, tally.forks,
		      tally.epochs, tally.named);
	/* it was judged, and not only said to be unknown */
	assert_true(tally.blocks > 100 * RUNS);
	assert_true(tally.forks > 2 * RUNS);
	assert_true(tally.named > 10 * RUNS);
}
