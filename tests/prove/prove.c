/* SPDX-License-Identifier: MIT
 *
 * `./dev prove`: searches every order of events in small worlds to a depth. Ends with 1 where an invariant breaks.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "settings.h"

static void usage(FILE *to)
{
	fprintf(to,
		"prove [--depth STEPS] [--faults N] [--world NAME] [--memory MIB] [--sample N]\n\n"
		"  --depth 0   until no state is left, each once: then the world is closed\n"
		"  --sample N  one state in N is followed to its end, and compared with those taken for the same\n\n"
		"worlds:\n");
	for (size_t i = 0; i < setting_count; i++)
		fprintf(to, "  %-10s %s\n", settings[i].name, settings[i].what);
}

static long number_of(const char *text, long least, long most)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (end == text || *end != '\0' || value < least || value > most) {
		fprintf(stderr, "prove: %s is no number from %ld to %ld\n", text, least, most);
		exit(2);
	}
	return value;
}

static void tell_extent(const struct search *search)
{
	if (search->full)
		printf(" (memory bound reached: not all was seen)\n");
	else if (search->closed)
		printf(": closed: however long a run, within the misses' hour and the switches' day it breaks no "
		       "invariant\n");
	else
		printf("\n");
}

static bool prove(const struct setting *setting, uint32_t depth, uint64_t states_max)
{
	struct search search = {.setting = setting, .depth = depth, .states_max = states_max};
	const time_t began = time(NULL);

	printf("%-10s %u nodes, allowed_misses %u, up to %u faults, ", setting->name, setting->nodes,
	       setting->allowed_misses, setting->faults);
	if (depth != 0)
		printf("depth %u: ", depth);
	else
		printf("to the end: ");
	fflush(stdout);
	if (!search_all(&search)) {
		printf("no memory\n");
		return false;
	}
	printf("%" PRIu64 " states, %" PRIu64 " steps, %" PRIu64 " followed to their end, %" PRIu64 " compared, %.0f s",
	       search.states, search.steps, search.settled, search.verified, difftime(time(NULL), began));
	if (search.trace_count == 0) {
		tell_extent(&search);
		return true;
	}
	printf("\n");
	search_tell(&search, stdout);
	return false;
}

int main(int argc, char **argv)
{
	const char *world = NULL;
	long depth = -1, faults = 0, memory = 1024, sample = -1;
	bool well = true, any = false;

	for (int i = 1; i < argc; i += 2) {
		const char *value = i + 1 < argc ? argv[i + 1] : NULL;

		if (value != NULL && strcmp(argv[i], "--depth") == 0)
			depth = number_of(value, 0, 250);
		else if (value != NULL && strcmp(argv[i], "--faults") == 0)
			faults = number_of(value, 1, FAULTS_MAX);
		else if (value != NULL && strcmp(argv[i], "--memory") == 0)
			memory = number_of(value, 1, 65536);
		else if (value != NULL && strcmp(argv[i], "--sample") == 0)
			sample = number_of(value, 1, 1000000);
		else if (value != NULL && strcmp(argv[i], "--world") == 0)
			world = value;
		else
			return usage(stderr), 2;
	}
	for (size_t i = 0; i < setting_count; i++) {
		struct setting setting = settings[i];

		if (world != NULL && strcmp(world, setting.name) != 0)
			continue;
		any = true;
		setting.faults = faults ? (uint32_t)faults : setting.faults;
		if (sample > 0)
			setting.settle_every = setting.verify_every = (uint32_t)sample;
		well &= prove(&setting, depth >= 0 ? (uint32_t)depth : setting.depth,
			      (uint64_t)memory * 1024 * 1024 / 16);
	}
	if (!any)
		return usage(stderr), 2;
	return well ? 0 : 1;
}
