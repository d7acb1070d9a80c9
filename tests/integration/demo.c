/* SPDX-License-Identifier: MIT
 *
 * The demo: seven witnesses, three nodes of foo, a golos-watchd beside each. Node 1 produces and is killed; node 2
 * takes over. What it tells is what the chain's last node pushed and what the watchers' status said; its exit status is
 * 0 only if all of it happened.
 *
 * demo [BIN_DIR PLUGIN_DIR]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cluster.h"

#define PRIMARY	 0 /* "node 1" to people */
#define BACKUP	 1
#define WATCHERS 3

struct story {
	struct cluster *cluster;
	bool colours;
	int64_t missed;
	int producer;
};

static const char *paint(const struct story *story, const char *code)
{
	return story->colours ? code : "";
}

#define RED    "\033[1;31m"
#define GREEN  "\033[1;32m"
#define YELLOW "\033[1;33m"
#define BOLD   "\033[1m"
#define PLAIN  "\033[0m"

static int node_of(const struct cluster *cluster, const char *key)
{
	for (int i = 0; i < WATCHERS; i++)
		if (strcmp(key, cluster_key(cluster, i)) == 0)
			return i;
	return NOBODY;
}

static void print_act(const struct story *story, const char *title)
{
	printf("\n%s%s%s\n", paint(story, BOLD), title, paint(story, PLAIN));
}

/* Begins a line with the time of day, by this machine's clock; the rest stands 21 columns in. */
#define INDENT "                     "
static void tell_time(void)
{
	char text[16];
	time_t now = time(NULL);

	strftime(text, sizeof(text), "%H:%M:%S", localtime(&now));
	printf("%s  ", text);
}

static void tell_misses(struct story *story)
{
	int64_t missed = cluster_total_missed(story->cluster);

	if (missed > story->missed)
		printf(INDENT "%sfoo's slot stayed empty%s: %lld missed by now\n", paint(story, RED),
		       paint(story, PLAIN), (long long)missed);
	story->missed = missed;
}

static void tell_block(void *context, const struct cluster_block *block)
{
	struct story *story = context;
	int node = strcmp(block->witness, "foo") == 0 ? node_of(story->cluster, block->signing_key) : NOBODY;

	tell_misses(story);
	tell_time();
	if (node != NOBODY)
		printf("block %3u  %sby foo, signed by node %d%s\n", block->num, paint(story, GREEN), node + 1,
		       paint(story, PLAIN));
	else
		printf("block %3u  by %s\n", block->num, block->witness);
	if (block->updates)
		printf(INDENT "%sholds witness_update %.12s...%s:\n" INDENT
			      "foo's signing key is node %d's from now on\n",
		       paint(story, YELLOW), block->update_id, paint(story, PLAIN),
		       node_of(story->cluster, block->update_key) + 1);
	fflush(stdout);
}

static bool switch_is_due(struct cluster *cluster, void *context)
{
	(void)context;
	return strcmp(cluster_status(cluster, BACKUP, "due"), "misses") == 0;
}

static void tell_scene(const struct story *story)
{
	print_act(story, "A network of 7 witnesses, one block a second.");
	printf("Three of its nodes belong to the witness foo, each with a signing key of its own\n"
	       "and a golos-watchd beside it. The chain holds node 1's key.\n");
	for (int i = 0; i < WATCHERS; i++)
		printf("  node %d  %s  %.12s...\n", i + 1, cluster_url(story->cluster, i),
		       cluster_key(story->cluster, i));
	printf("\n");
}

static void tell_end(const struct story *story, const struct cluster_block *update, uint32_t killed_at)
{
	const struct cluster_block *last = cluster_produced(story->cluster, PRIMARY, 0);
	const struct cluster_block *first = cluster_produced(story->cluster, BACKUP, update->num);

	print_act(story, "It happened.");
	printf("  last block of node 1    %u\n  node 1 killed after     %u\n  slots missed            %lld\n"
	       "  switch in block         %u, %.12s...\n  first block of node 2   %u, %lld s after the kill\n",
	       last ? last->num : 0, killed_at, (long long)story->missed, update->num, update->update_id, first->num,
	       (long long)(first->time_s - cluster_block(story->cluster, killed_at)->time_s));
	print_act(story, "To try next:");
	puts("  by hand, step by step    README.md, \"To play with it by hand\"\n"
	     "  on two nodes of yours    README.md, \"Two nodes, step by step\"\n"
	     "  what a switch costs      ./dev bench");
}

/* What else must be true when the story is over. */
static void check_end(const struct story *story, uint32_t killed_at)
{
	struct cluster *cluster = story->cluster;

	if (cluster_count_updates(cluster, 0) != 1)
		cluster_give_up(cluster, "%u witness_updates instead of one", cluster_count_updates(cluster, 0));
	if (cluster_produced(cluster, PRIMARY, killed_at + 1)) /* one block may have been under way */
		cluster_give_up(cluster, "node 1 still produces");
	if (cluster_producer(cluster) != BACKUP)
		cluster_give_up(cluster, "the chain does not hold node 2's key");
}

static void play(struct story *story)
{
	struct cluster *cluster = story->cluster;

	tell_scene(story);
	cluster_on_block(cluster, tell_block, story);
	for (int i = 0; i < WATCHERS; i++)
		cluster_start_watcher(cluster, i);
	for (int i = 0; i < WATCHERS; i++)
		cluster_await_watching(cluster, i);
	cluster_await_production(cluster, PRIMARY, cluster_head(cluster), PATIENCE_S);
	cluster_fault(cluster, "kill", "[%d]", PRIMARY);
	uint32_t killed_at = cluster_chain_head(cluster);

	print_act(story, "Node 1 is killed.");
	printf("Its golos-watchd lives, and may do nothing: its own golosd is gone. Node 2's\n"
	       "counts foo's empty slots; node 3's does too, and stands behind it in `order`.\n\n");
	cluster_await(cluster, PATIENCE_S, switch_is_due, NULL, "a switch to be due");
	tell_time();
	printf("%sgolos-watchd of node 2: a switch is due%s: %s slots missed, 1 is allowed\n", paint(story, YELLOW),
	       paint(story, PLAIN), cluster_status(cluster, BACKUP, "misses_in_window"));
	fflush(stdout);
	const struct cluster_block *update = cluster_await_update(cluster, BACKUP, killed_at, PATIENCE_S);
	cluster_await_production(cluster, BACKUP, update->num, PATIENCE_S);
	check_end(story, killed_at);
	tell_end(story, update, killed_at);
}

int main(int argc, char **argv)
{
	struct cluster_setup setup = {.watchers = WATCHERS, .starts_no_watcher = true, .ends_on_signal = true};
	const char *no_colours = getenv("NO_COLOR");
	struct story story = {.colours = isatty(STDOUT_FILENO) && !(no_colours && *no_colours)};

	if (argc == 3) {
		setup.bin_dir = argv[1];
		setup.plugin_dir = argv[2];
	}
	story.cluster = cluster_new(&setup);
	play(&story);
	cluster_free(story.cluster);
	return EXIT_SUCCESS;
}
