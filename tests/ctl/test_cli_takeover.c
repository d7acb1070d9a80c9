/* SPDX-License-Identifier: MIT
 * takeover through a running golos-watchd: told until the first block, or why there is none. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "integration/cluster.h"
#include "run.h"

#define WATCHERS 7 /* each takes over once: a switch that is overtaken holds its watcher up for half a minute */
#define NODES	 (WATCHERS + 1)

static struct cluster *cluster;
static char configs[WATCHERS][128];

static int start(void **state)
{
	const struct cluster_setup setup = {.watchers = WATCHERS};

	(void)state;
	cluster = cluster_new(&setup);
	for (int i = 0; i < WATCHERS; i++)
		snprintf(configs[i], sizeof(configs[i]), "%s/watcher-%d.yml", cluster_dir(cluster), i);
	for (int i = 0; i < WATCHERS; i++)
		cluster_await_watching(cluster, i);
	cluster_await_production(cluster, 0, cluster_head(cluster), PATIENCE_S);
	cluster_await_blocks(cluster, 2); /* so that every watcher has seen the key in it, and has asked on it */
	return 0;
}

static int end(void **state)
{
	(void)state;
	cluster_free(cluster);
	return 0;
}

static void at_each_node(const char *method, const char *more)
{
	for (unsigned i = 0; i < NODES; i++)
		cluster_fault(cluster, method, "[%u,%s]", i, more);
}

static bool is_sent(struct cluster *of, void *watcher)
{
	return strcmp(cluster_status(of, *(int *)watcher, "submission"), "sent") == 0;
}

static void await_sent(int watcher)
{
	cluster_await(cluster, PATIENCE_S, is_sent, &watcher, "a switch to be sent");
}

static struct run_begun begin_takeover(int watcher)
{
	return run_begin(NULL, (const char *const[]){"-c", configs[watcher], "takeover", NULL});
}

static uint32_t number_after(const char *text, const char *words)
{
	const char *at = strstr(text, words);

	if (!at)
		fail_msg("\"%s\" is not in: %s", words, text);
	return (uint32_t)strtoul(at + strlen(words), NULL, 10);
}

TEST(until_the_first_block)
{
	uint32_t before = cluster_head(cluster);
	const struct run *done = run("-c", configs[1], "takeover");

	assert_status(done, 0);
	assert_holds(done->out, "witness_monitor: production of foo moves to our key\n");
	uint32_t block = cluster_await_update(cluster, 1, before, PATIENCE_S)->num;
	assert_int_equal(number_after(done->out, "\n  block "), block);
	assert_holds(done->out, " holds it; waiting for our first block\n");
	assert_int_equal(number_after(strstr(done->out, "first block\n"), "  block "),
			 cluster_await_production(cluster, 1, block, PATIENCE_S)->num);
	assert_holds(done->out, "is of our key: this node produces\n");
	assert_holds(run("-c", configs[1], "status")->out, "producer     this node");
	done = run("-c", configs[1], "takeover");
	assert_status(done, 0);
	assert_holds(done->out, "witness_monitor: this node produces for foo already: nothing is to be done\n");
	assert_lacks(done->out, "holds it"); /* the block of the takeover before is no news */
}

TEST(no_wait_and_json)
{
	uint32_t before = cluster_head(cluster);
	const struct run *done = run("-c", configs[0], "takeover", "--no-wait");

	assert_status(done, 0);
	assert_string_equal(done->out, "witness_monitor: production of foo moves to our key\n");
	done = run("-c", configs[0], "takeover", "--json");
	assert_status(done, 1);
	assert_holds(done->out, "\"ok\":false,\"text\":\"not done: ");
	cluster_await_production(cluster, 0, cluster_await_update(cluster, 0, before, 30)->num, PATIENCE_S);

	before = cluster_head(cluster);
	done = run("-c", configs[2], "takeover", "--json");
	assert_status(done, 0);
	struct json *answers = run_json(done);
	const struct json *answer = json_element(answers, 0);
	char text[64];
	int64_t number = 0;
	assert_int_equal(json_get_text(answer, "state", text, sizeof(text), NULL), GW_OK);
	assert_string_equal(text, "producing");
	assert_int_equal(json_get_i64(answer, "block", 1, UINT32_MAX, &number, NULL), GW_OK);
	assert_int_equal(number, cluster_await_update(cluster, 2, before, PATIENCE_S)->num);
	assert_int_equal(json_get_i64(answer, "produced", number + 1, UINT32_MAX, &number, NULL), GW_OK);
	json_free(answers);
}

TEST(refused_by_all)
{
	uint32_t before = cluster_head(cluster);

	at_each_node("refuse_broadcasts", "9,\"-32004\",3020100,\"missing required active authority\"");
	const struct run *done = run("-c", configs[3], "takeover");
	assert_status(done, 1);
	assert_holds(done->out, "  it came to nothing:\n");
	assert_holds(done->out, "did not take it: missing required active authority (3020100)\n");
	assert_holds(done->out, "ws://127.0.0.1:"); /* which one, by its address */
	assert_holds(done->out, "every node that answered refused it");
	assert_int_equal(cluster_count_updates(cluster, before), 0);
	at_each_node("refuse_broadcasts", "0,\"-32004\",3020100,\"\"");
}

static bool another_produces(struct cluster *of, void *context)
{
	const uint32_t *since = context;

	for (int node = 0; node < 4; node++)
		if (cluster_produced(of, node, *since))
			return true;
	return false;
}

/* The golosd has lost the key: its first slots are missed, and the command does not say that all is well. */
TEST(first_slots_missed)
{
	cluster_fault(cluster, "hold_key", "[4,\"foo\",false]");
	const struct run *done = run("-c", configs[4], "takeover");
	assert_status(done, 1);
	assert_holds(done->out, " holds it; waiting for our first block\n");
	/* one slot or two: the shuffle may put them so far apart that patience ends between them */
	assert_holds(done->out, "the switch is made, and the witness missed ");
	assert_holds(done->out, " since: does this golosd hold our key?");
	uint32_t since = cluster_await_update(cluster, 4, 0, PATIENCE_S)->num;
	/* the first of order helps, or the next one: that which the first sent some seconds ago may still be alive */
	cluster_await(cluster, PATIENCE_S, another_produces, &since, "a block of foo made by another node");
	cluster_await_blocks(cluster, 2);
}

/* Taken by every node and lost: a hold ends it, and says so. */
TEST(called_off)
{
	struct run_begun begun;

	at_each_node("swallow_broadcasts", "99");
	begun = begin_takeover(5);
	await_sent(5);
	assert_status(run("-c", configs[5], "hold"), 0);
	const struct run *done = run_finish(&begun);
	assert_status(done, 1);
	assert_holds(done->out, "  it came to nothing:\n");
	assert_holds(done->out, "foo is held until resume: no switch is made");
}

TEST(the_daemon_ends_meanwhile)
{
	struct run_begun begun;

	begun = begin_takeover(6);
	await_sent(6);
	cluster_end_watcher(cluster, 6, SIGKILL);
	const struct run *done = run_finish(&begun);
	assert_status(done, 69);
	assert_holds(done->err, "golos-watchd");
	assert_holds(done->out, "what was sent may still come into a block");
}

int main(void)
{
	return test_run(start, end);
}
