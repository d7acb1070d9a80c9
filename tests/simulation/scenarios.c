/* SPDX-License-Identifier: MIT
 * Scenarios by name, theme by theme. */
#include "scenarios.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "scenarios/script.h"

#define SEEDS 2 /* each scenario is played with so many where nothing else is said */

static const struct scenario *const themes[] = {
	scenarios_producer_dies, scenarios_producer_well, scenarios_guards,	 scenarios_own_node,   scenarios_orders,
	scenarios_several_nodes, scenarios_broadcasts,	  scenarios_chains_null, scenarios_called_off,
};
#define THEMES (sizeof(themes) / sizeof(themes[0]))

static struct world_options options_of(const struct scenario *s, uint64_t seed)
{
	struct world_options o = world_defaults(seed);

	o.our_nodes = s->nodes ? s->nodes : 2;
	o.rules.scheduled = s->scheduled ? s->scheduled : 21;
	o.rules.rare_rounds = s->rare_rounds ? s->rare_rounds : 1;
	o.rules.skipping_reset_s = s->reset_s ? s->reset_s : 21600;
	o.monitor.allowed_misses = s->allowed_plus_1 ? s->allowed_plus_1 - 1 : 1;
	o.monitor.null_takeover = !s->stay;
	o.ordered = !s->unordered;
	o.public_endpoint = s->endpoint;
	o.same_key = s->same_key;
	if (s->set)
		s->set(&o);
	return o;
}

static bool play(const struct scenario *s, uint64_t seed, bool trace)
{
	struct world_options options = options_of(s, seed);

	options.trace = trace;
	struct world *world = world_new(&options);
	s->play(world);
	bool ok = world->broken == INVARIANT_NONE;
	if (!ok)
		printf("scenario %s, seed %" PRIu64 ", at %.3f s: %s: %s\n"
		       "replay: golos-simulate --scenario %s --seed %" PRIu64 " --runs 1 --trace\n",
		       s->name, seed, (double)world->now_ms / 1000, invariant_name(world->broken), world->broken_text,
		       s->name, seed);
	world_free(world);
	return ok;
}

static bool is_a_name(const char *text)
{
	for (size_t i = 0; i < THEMES; i++)
		for (const struct scenario *s = themes[i]; s->name; s++)
			if (strcmp(s->name, text) == 0)
				return true;
	return false;
}

bool scenarios_run(const char *part, uint64_t seed, uint32_t seeds, bool trace, bool first)
{
	bool one = is_a_name(part);
	uint32_t failed = 0, played = 0;

	seeds = seeds ? seeds : SEEDS;
	for (size_t i = 0; i < THEMES; i++)
		for (const struct scenario *s = themes[i]; s->name; s++) {
			bool ok = true;

			if (first && failed > 0)
				break;
			if (one ? strcmp(s->name, part) != 0 : !strstr(s->name, part))
				continue;
			for (uint32_t n = 0; n < seeds && ok; n++)
				ok = play(s, seed + n, trace);
			played++;
			failed += !ok;
		}
	printf("%" PRIu32 " scenarios of %" PRIu32 " seeds each, %" PRIu32 " failed\n", played, seeds, failed);
	return failed == 0 && played > 0;
}

void scenarios_list(void)
{
	for (size_t i = 0; i < THEMES; i++)
		for (const struct scenario *s = themes[i]; s->name; s++)
			printf("%s\n", s->name);
}
