/* SPDX-License-Identifier: MIT
 *
 * The search: depth first through every order of steps to a depth, with a table of the states seen and the least depth
 * at which each was. A broken invariant shortens the depth, so that the last one found is a shortest one.
 *
 * The table holds 64-bit hashes: of 10 million states, two differ and look the same with a chance of 1 in 300,000.
 */
#include <stdlib.h>
#include <string.h>

#include "world.h"

struct seen {
	uint64_t hash; /* 0: free */
	uint64_t depth;
};

struct walk {
	struct search *search;
	struct run run;
	struct world *stack; /* one a depth */
	struct world *scratch;
	struct seen *table;
	uint64_t size; /* a power of two */
	uint32_t bound;
	struct step path[sizeof(((struct search *)0)->trace) / sizeof(struct step)];
};

/* True: seen before, at no greater depth; nothing new can come of it. */
static bool was_seen(struct walk *walk, uint64_t hash, uint32_t depth)
{
	hash += hash == 0;
	for (uint64_t i = hash;; i++) {
		struct seen *seen = &walk->table[i & (walk->size - 1)];

		if (seen->hash == hash) {
			if (seen->depth <= depth)
				return true;
			seen->depth = depth;
			return false;
		}
		if (seen->hash != 0)
			continue;
		if (walk->search->states >= walk->size / 4 * 3) {
			walk->search->full = true;
			return true;
		}
		seen->hash = hash;
		seen->depth = depth;
		walk->search->states++;
		return false;
	}
}

static void keep_broken(struct walk *walk, uint32_t depth, bool unsettled)
{
	struct search *search = walk->search;

	search->unsettled = unsettled;

	memcpy(search->trace, walk->path, depth * sizeof(search->trace[0]));
	search->trace_count = depth;
	memcpy(search->broken, walk->run.broken, sizeof(search->broken));
	walk->run.broken[0] = '\0';
	walk->bound = depth - 1;
}

/* A new state: its end is looked at, then what can come of it. */
static void visit(struct walk *walk, uint32_t depth);

static void take_up(struct walk *walk, uint32_t depth, uint64_t hash)
{
	struct search *search = walk->search;

	const uint32_t every = search->setting->settle_every;

	if (every != 0 && hash % every == 0) {
		memcpy(walk->scratch, &walk->stack[depth], world_size(search->setting->nodes));
		search->settled++;
		check_settles(walk->scratch, &walk->run);
	}
	if (walk->run.broken[0] != '\0')
		keep_broken(walk, depth, true);
	else
		visit(walk, depth);
}

static void visit(struct walk *walk, uint32_t depth)
{
	const uint32_t nodes = walk->search->setting->nodes;
	struct world *next = &walk->stack[depth + 1];
	struct step steps[STEPS_MAX];
	const uint32_t count = world_steps(&walk->stack[depth], walk->search->setting, steps);

	for (uint32_t i = 0; i < count && depth < walk->bound && !walk->search->full; i++) {
		memcpy(next, &walk->stack[depth], world_size(nodes));
		walk->path[depth] = steps[i];
		world_step(next, steps[i], &walk->run);
		walk->search->steps++;
		if (walk->run.broken[0] != '\0') {
			keep_broken(walk, depth + 1, false);
			continue;
		}
		const uint64_t hash = world_hash(next, nodes, walk->scratch);

		if (!was_seen(walk, hash, depth + 1))
			take_up(walk, depth + 1, hash);
	}
}

bool search_all(struct search *search)
{
	struct walk walk = {.search = search, .run = {.setting = search->setting}, .bound = search->depth, .size = 1};

	while (walk.size < search->states_max)
		walk.size *= 2;
	walk.stack = calloc(search->depth + 2, sizeof(*walk.stack));
	walk.scratch = calloc(1, sizeof(*walk.scratch));
	walk.table = calloc(walk.size, sizeof(*walk.table));
	if (walk.stack != NULL && walk.scratch != NULL && walk.table != NULL) {
		world_begin(&walk.stack[0], &walk.run);
		visit(&walk, 0);
	}
	const bool done = walk.stack != NULL && walk.scratch != NULL && walk.table != NULL;
	free(walk.stack);
	free(walk.scratch);
	free(walk.table);
	return done;
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
	fprintf(to, "  broken: %s\n", run.broken);
	free(w);
}
