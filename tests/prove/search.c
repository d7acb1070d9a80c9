/* SPDX-License-Identifier: MIT
 *
 * The search: depth first through every order of steps to a depth, with a table of the states seen and the least depth
 * at which each was, for each number of faults until then: one who got there with fewer can do all that one with more
 * can. A broken invariant shortens the depth, so that the last one found is a shortest one.
 *
 * Without a depth each state is gone on from once, however late it was reached, until none is left. What breaks there
 * is looked for again to the depth at which it was found, for the shortest trace to it.
 *
 * The table holds 64-bit hashes: of 10 million states, two differ and look the same with a chance of 1 in 300,000.
 */
#include <stdlib.h>
#include <string.h>

#include "world.h"

#define NEVER	    UINT8_MAX
#define SHORTEN_MAX (NEVER - 1) /* the greatest depth that is remembered of a state */
#define SAMPLES_MAX 1024	/* states kept to compare others with: a power of two */

struct seen {
	uint64_t hash; /* 0: free */
	uint8_t depths[FAULTS_MAX + 1];
};

/* A state, that those with the same canonical form are compared with. */
struct sample {
	uint64_t hash;
	struct world *world;
};

struct walk {
	struct search *search;
	struct run run;
	struct world *stack; /* one a depth */
	struct world *scratch;
	struct seen *table;
	struct sample *samples;
	uint64_t size; /* a power of two */
	uint32_t bound;
	bool to_a_depth; /* else whatever it takes */
	struct step path[DEPTH_MAX];
};

/* ---- states seen ------------------------------------------------------------------------------------------------- */

static uint64_t hash_of(const struct world *w, const struct setting *setting, struct world *scratch)
{
	world_copy(scratch, w, setting->nodes);
	world_canon(scratch, w, setting);
	const uint64_t hash = world_bytes_hash(scratch, setting->nodes);

	return hash + (hash == 0);
}

/* NULL: the table is full. */
static struct seen *find(struct walk *walk, uint64_t hash)
{
	for (uint64_t i = hash;; i++) {
		struct seen *seen = &walk->table[i & (walk->size - 1)];

		if (seen->hash == hash)
			return seen;
		if (seen->hash != 0)
			continue;
		if (walk->search->states >= walk->size / 4 * 3) {
			walk->search->full = true;
			return NULL;
		}
		seen->hash = hash;
		memset(seen->depths, NEVER, sizeof(seen->depths));
		walk->search->states++;
		return seen;
	}
}

/* True: seen before, at no greater depth and with no more faults; nothing new can come of it. */
static bool was_seen(struct seen *seen, uint32_t faults, uint32_t depth)
{
	if (seen->depths[faults] <= depth)
		return true;
	for (uint32_t f = faults; f <= FAULTS_MAX && seen->depths[f] > depth; f++)
		seen->depths[f] = (uint8_t)depth;
	return false;
}

/* ---- are they the same ------------------------------------------------------------------------------------------- */

static void differ(struct walk *walk, const char *how, struct step step, const struct world *w)
{
	char text[128];

	step_text(w, step, text, sizeof(text));
	broken(&walk->run, "two states that look the same %s: %s", how, text);
}

/* One step in both leads to the same again. */
static void compare_step(struct walk *walk, struct world both[2], const struct world *const from[2], struct step step)
{
	const struct setting *setting = walk->search->setting;
	struct run runs[2] = {{.setting = setting}, {.setting = setting}};
	uint64_t hashes[2];

	for (int i = 0; i < 2; i++) {
		world_copy(&both[i], from[i], setting->nodes);
		world_step(&both[i], step, &runs[i]);
		hashes[i] = hash_of(&both[i], setting, walk->scratch);
	}
	if ((runs[0].broken[0] == '\0') != (runs[1].broken[0] == '\0'))
		differ(walk, "break an invariant and not", step, from[0]);
	else if (runs[0].broken[0] == '\0' && hashes[0] != hashes[1])
		differ(walk, "lead to different ones", step, from[0]);
}

static void compare(struct walk *walk, const struct world *a, const struct world *b, struct world both[2])
{
	/* where the budget of faults differs the table tells them apart */
	struct setting setting = *walk->search->setting;
	const uint32_t faults = a->faults > b->faults ? a->faults : b->faults;
	struct step steps[2][STEPS_MAX];
	const struct world *const from[2] = {a, b};

	if (faults >= setting.faults)
		setting.allowed = 0;
	setting.faults = UINT32_MAX;
	const uint32_t count = world_steps(a, &setting, steps[0]);
	walk->search->verified++;
	if (count != world_steps(b, &setting, steps[1]) || memcmp(steps[0], steps[1], count * sizeof(steps[0][0])) != 0)
		broken(&walk->run, "two states that look the same can do different steps");
	for (uint32_t i = 0; i < count && walk->run.broken[0] == '\0'; i++)
		compare_step(walk, both, from, steps[0][i]);
}

/* A state in so many is kept, and those after it that look the same are compared with it. */
static void verify(struct walk *walk, const struct world *w, uint64_t hash)
{
	const struct setting *setting = walk->search->setting;
	struct world *both;
	struct sample *sample;

	if (setting->verify_every == 0 || (hash >> 16) % setting->verify_every != 0)
		return;
	if (!world_is_laid_out(w, setting->nodes))
		broken(&walk->run, "a state holds something where layout.c takes all for zero");
	sample = &walk->samples[hash & (SAMPLES_MAX - 1)];
	if (sample->world == NULL && (sample->world = calloc(1, sizeof(*sample->world))) != NULL) {
		sample->hash = hash;
		world_copy(sample->world, w, setting->nodes);
		return;
	}
	if (sample->world == NULL || sample->hash != hash || (both = calloc(2, sizeof(*both))) == NULL)
		return;
	compare(walk, sample->world, w, both);
	free(both);
}

/* ---- the walk ---------------------------------------------------------------------------------------------------- */

static void keep_broken(struct walk *walk, uint32_t depth, bool unsettled)
{
	struct search *search = walk->search;

	search->unsettled = unsettled;
	memcpy(search->trace, walk->path, depth * sizeof(search->trace[0]));
	search->trace_count = depth;
	memcpy(search->broken, walk->run.broken, sizeof(search->broken));
	walk->run.broken[0] = '\0';
	walk->bound = walk->to_a_depth ? depth - 1 : 0;
}

static void check_end(struct walk *walk, uint32_t depth, uint64_t hash)
{
	const struct setting *setting = walk->search->setting;

	if (setting->settle_every == 0 || hash % setting->settle_every != 0)
		return;
	world_copy(walk->scratch, &walk->stack[depth], setting->nodes);
	walk->search->settled++;
	check_settles(walk->scratch, &walk->run);
	if (walk->run.broken[0] != '\0')
		keep_broken(walk, depth, true);
}

static void visit(struct walk *walk, uint32_t depth);

/* A state just reached. */
static void take_up(struct walk *walk, uint32_t depth)
{
	const struct world *w = &walk->stack[depth];
	const uint64_t hash = hash_of(w, walk->search->setting, walk->scratch);
	const uint64_t states = walk->search->states;
	struct seen *seen = find(walk, hash);

	verify(walk, w, hash);
	if (walk->run.broken[0] != '\0')
		keep_broken(walk, depth, false);
	if (seen == NULL || was_seen(seen, w->faults, walk->to_a_depth ? depth : 0))
		return;
	if (depth > walk->search->deepest)
		walk->search->deepest = depth;
	if (walk->search->states != states)
		check_end(walk, depth, hash);
	visit(walk, depth);
}

static void visit(struct walk *walk, uint32_t depth)
{
	const struct setting *setting = walk->search->setting;
	struct world *next = &walk->stack[depth + 1];
	struct step steps[STEPS_MAX];
	const uint32_t count = world_steps(&walk->stack[depth], setting, steps);

	if (depth >= walk->bound)
		walk->search->closed = false;
	for (uint32_t i = 0; i < count && depth < walk->bound && !walk->search->full; i++) {
		world_copy(next, &walk->stack[depth], setting->nodes);
		walk->path[depth] = steps[i];
		world_step(next, steps[i], &walk->run);
		walk->search->steps++;
		if (walk->run.broken[0] != '\0')
			keep_broken(walk, depth + 1, false);
		else
			take_up(walk, depth + 1);
	}
}

static void free_samples(struct sample *samples)
{
	for (uint32_t i = 0; samples != NULL && i < SAMPLES_MAX; i++)
		free(samples[i].world);
	free(samples);
}

/* depth 0: whatever it takes. */
static bool walk_all(struct search *search, uint32_t depth)
{
	struct walk walk = {.search = search, .run = {.setting = search->setting}, .to_a_depth = depth != 0, .size = 1};

	walk.bound = depth != 0 ? depth : DEPTH_MAX;
	while (walk.size < search->states_max)
		walk.size *= 2;
	walk.stack = calloc(walk.bound + 2, sizeof(*walk.stack));
	walk.scratch = calloc(1, sizeof(*walk.scratch));
	walk.table = calloc(walk.size, sizeof(*walk.table));
	walk.samples = calloc(SAMPLES_MAX, sizeof(*walk.samples));
	const bool has_memory =
		walk.stack != NULL && walk.scratch != NULL && walk.table != NULL && walk.samples != NULL;
	if (has_memory) {
		search->closed = true;
		world_begin(&walk.stack[0], &walk.run);
		visit(&walk, 0);
	}
	free(walk.stack);
	free(walk.scratch);
	free(walk.table);
	free_samples(walk.samples);
	return has_memory;
}

bool search_all(struct search *search)
{
	if (!walk_all(search, search->depth))
		return false;
	if (search->depth != 0 || search->trace_count == 0 || search->trace_count > SHORTEN_MAX)
		return true;
	search->states = search->steps = search->settled = search->verified = 0;
	return walk_all(search, search->trace_count);
}

void search_tell(const struct search *search, FILE *to)
{
	struct run run = {.setting = search->setting};
	struct world *w = calloc(1, sizeof(*w));
	char text[128];

	if (w == NULL)
		return;
	world_begin(w, &run);
	run.tell = to;
	for (uint32_t i = 0; i < search->trace_count; i++) {
		step_text(w, search->trace[i], text, sizeof(text));
		fprintf(to, "  %2u  %s\n", i + 1, text);
		world_step(w, search->trace[i], &run);
	}
	if (search->unsettled) {
		fprintf(to, "      no more faults come\n");
		check_settles(w, &run);
	}
	fprintf(to, "  broken: %s\n", search->broken);
	free(w);
}
