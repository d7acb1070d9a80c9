/* SPDX-License-Identifier: MIT
 *
 * `./dev prove`: searches every order of events in small worlds to a depth. Ends with 1 where an invariant breaks.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "settings.h"

static void usage(FILE *to)
{
	fprintf(to, "prove [--depth STEPS] [--faults N] [--world NAME] [--memory MIB]\n\nworlds:\n");
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

static bool prove(const struct setting *setting, uint32_t depth, uint64_t states_max)
{
	struct search search = {.setting = setting, .depth = depth, .states_max = states_max};

	printf("%-10s %u nodes, allowed_misses %u, up to %u faults, depth %u: ", setting->name, setting->nodes,
	       setting->allowed_misses, setting->faults, depth);
	fflush(stdout);
	if (!search_all(&search)) {
		printf("no memory\n");
		return false;
	}
	printf("%" PRIu64 " states, %" PRIu64 " steps, %" PRIu64 " followed to their end, %" PRIu64 " compared%s%s\n",
	       search.states, search.steps, search.settled, search.verified,
	       search.closed ? ": there is no more at any depth" : "",
	       search.full ? " (memory bound reached: not all was seen)" : "");
	if (search.trace_count > 0)
		search_tell(&search, stdout);
	return search.trace_count == 0;
}

int main(int argc, char **argv)
{
	const char *world = NULL;
	long depth = 0, faults = 0, memory = 1024;
	bool well = true, any = false;

	for (int i = 1; i < argc; i += 2) {
		const char *value = i + 1 < argc ? argv[i + 1] : NULL;

		if (value != NULL && strcmp(argv[i], "--depth") == 0)
			depth = number_of(value, 1, DEPTH_MAX);
		else if (value != NULL && strcmp(argv[i], "--faults") == 0)
			faults = number_of(value, 1, FAULTS_MAX);
		else if (value != NULL && strcmp(argv[i], "--memory") == 0)
			memory = number_of(value, 1, 65536);
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
		well &= prove(&setting, depth ? (uint32_t)depth : setting.depth, (uint64_t)memory * 1024 * 1024 / 16);
	}
	if (!any)
		return usage(stderr), 2;
	return well ? 0 : 1;
}
