/* SPDX-License-Identifier: MIT
 * check: nothing wrong where nothing is, and each planted fault found, alone. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "integration/cluster.h"
#include "run.h"

#define CONFIG_MAX 8192

static struct cluster *cluster;
static char good[CONFIG_MAX]; /* the configuration of watcher 1, with golosd_config */

static char *path_of(const char *name)
{
	static char path[4][160];
	static unsigned next;
	char *ret = path[next++ % 4];

	snprintf(ret, sizeof(path[0]), "%s/%s", cluster_dir(cluster), name);
	return ret;
}

static void write_golosd_config(const char *name, const char *witness, int key_of)
{
	char text[256];

	snprintf(text, sizeof(text), "witness = \"%s\"\nprivate-key = %s\n", witness,
		 cluster_signing_wif(cluster, key_of));
	run_write_file(path_of(name), text, 0600);
}

/* `good` with the first `old` replaced. */
static const char *changed(const char *old, const char *new)
{
	static char text[CONFIG_MAX];
	const char *at = strstr(good, old);

	if (!at)
		fail_msg("\"%s\" is not in the configuration", old);
	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - good), good, new, at + strlen(old));
	return text;
}

static int begin(const struct cluster_setup *setup)
{
	char line[256];

	memset(good, 0, sizeof(good));
	cluster = cluster_new(setup);
	FILE *file = fopen(path_of("watcher-1.yml"), "r");
	if (!file)
		return -1;
	good[fread(good, 1, sizeof(good) - 1, file)] = '\0';
	fclose(file);
	snprintf(line, sizeof(line), ", golosd_config: %s}", path_of("golosd.ini"));
	memcpy(good, changed("}", line), sizeof(good));
	write_golosd_config("golosd.ini", "foo", 1);
	write_golosd_config("golosd-witness.ini", "bar", 1);
	write_golosd_config("golosd-key.ini", "foo", 0);
	run_write_file(path_of("stranger.key"), cluster_signing_wif(cluster, 0), 0400);
	run_write_file(path_of("open.key"), cluster_active_wif(cluster), 0644);
	run_write_file(path_of("bad.key"), "5KCMDjt1TSkJjWzMULrx35H4rsGQDCZMTTkiw2vEVYRuNjh8Z6f\n", 0400);
	cluster_await_blocks(cluster, 3);
	return 0;
}

static int start(void **state)
{
	const struct cluster_setup setup = {.watchers = 2, .starts_no_watcher = true};

	(void)state;
	return begin(&setup);
}

#define CLOCK_OFF_S 10
#define LATE_MS	    5000 /* a block, to a busy machine */

static int start_with_wrong_clock(void **state)
{
	const struct cluster_setup setup = {
		.watchers = 2, .starts_no_watcher = true, .devnet_options = {"--behind", "10"}};

	(void)state;
	return begin(&setup);
}

static int end(void **state)
{
	(void)state;
	cluster_free(cluster);
	return 0;
}

static const struct run *check(const char *text)
{
	run_write_file(path_of("planted.yml"), text, 0600);
	return run("-c", path_of("planted.yml"), "check");
}

static unsigned count_wrong(const char *text)
{
	unsigned count = 0;

	for (const char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
		count += strncmp(line, "wrong ", 6) == 0;
	return count;
}

static void test_nothing_is_wrong(void **state)
{
	const struct run *told = check(good);

	(void)state;
	assert_status(told, 0);
	assert_int_equal(count_wrong(told->out), 0);
	assert_holds(told->out, "ok       config         ");
	assert_holds(told->out, "ok       plugin         witness_monitor: witness_monitor ");
	assert_holds(told->out, "ok       signer         starts, and reads 1 active key");
	assert_holds(told->out, "unknown  daemon         no golos-watchd listens");
	assert_holds(told->out, "(own): on the chain, in sync");
	assert_holds(told->out, "ok       clock          ");
	assert_holds(told->out, "ok       order          witness_monitor: our key is place 2 in order");
	assert_holds(told->out, "ok       golosd_config  names foo");
	assert_holds(told->out, "ok       key            foo produces with another node's key, place 1 in order");
	assert_holds(told->out, "ok       authority      1 key of the signer reaches foo's active authority");
	assert_holds(told->out, "ok       slots          foo has 1 slot in a round of 7 (7 s); 2 missed");
	told = run("-c", path_of("planted.yml"), "check", "--json");
	struct json *json = run_json(told);
	assert_true(json_array_size(json) >= 12);
	json_free(json);
}

/* One fault in the files each: what stands there, what is planted, the one line that must come. NULL in old: the whole
 * text. */
static const struct {
	const char *name, *old, *new, *line;
	unsigned wrong; /* lines */
} planted[] = {
	{"an unknown key in the configuration", "state_dir:", "state_dirr:", "wrong    config         ", 1},
	{"no such plugin", "name: witness_monitor\n", "name: witness_minotaur\n", "wrong    plugin         ", 1},
	{"an option that the plugin does not have", "    order:\n", "    ordre: x\n    order:\n",
	 "wrong    plugin         witness_monitor: ", 1},
	{"what a plugin finds wrong itself", "plugins:\n", "plugins:\n  - {name: price_feed, witness: foo}\n",
	 "plugin price_feed does not open: 'price' is missing: ready-made ones stand in golos-watch.yml", 1},
	{"all endpoints are to agree, and none is to spare", "    order:\n", "    confirm_nodes: 3\n    order:\n",
	 "'confirm_nodes' of witness_monitor: 3 endpoints are to agree, and 'node' lists 3", 1},
	{"a program for notices that is none", "plugins:\n", "notice_command: /nowhere/mail\nplugins:\n",
	 "wrong    notices        notice_command /nowhere/mail cannot be run: No such file", 1},
	{"a source of the internet, and no daemon", "plugins:\n",
	 "plugins:\n  - {name: price_feed, witness: foo, price: usd, quantities: {usd: {least: 1, spread: 5}},\n"
	 "     sources: [{of: usd, url: \"https://prices.example/\", value: /price}]}\n",
	 "unknown  fetch          golos-watchd does not answer, so nobody requests the sources\n", 0},
	{"a dry run", "plugins:\n", "dry_run: true\nplugins:\n", "and dry_run: nothing would be signed", 1},
	{"nothing granted", "    sign: [witness_update]\n", "", "wrong    signer         no instance may sign",
	 2}, /* and the monitor does not open */
	{"a key file that is not there", "/active.key", "/absent.key", "wrong    signer         ", 1},
	{"a key file that others can read", "/active.key", "/open.key", "has mode 0644", 1},
	{"a key that is none", "/active.key", "/bad.key", "wrong checksum", 1},
	{"a key without authority", "/active.key", "/stranger.key",
	 "wrong    authority      the active authority of 'foo' wants a weight of 1", 1},
	{"another chain", "chain_id: 5876", "chain_id: 0876", "wrong    node           ", 1},
	{"a second node that does not answer", "node:\n", "node:\n  - ws://127.0.0.1:1\n",
	 "ws://127.0.0.1:1 (own): not connected", 1},
	{"no such witness", "witness: foo", "witness: bar", "wrong    witness        the chain has no witness bar", 2},
	{"golosd names another witness", "/golosd.ini", "/golosd-witness.ini",
	 "wrong    golosd_config  golosd's config has no witness \"foo\"", 1},
	{"golosd has another key", "/golosd.ini", "/golosd-key.ini", "wrong    golosd_config  golosd's config lacks",
	 1},
	{"golosd's config cannot be read", "/golosd.ini", "/absent.ini", "unknown  golosd_config  ", 0},
};

static void test_each_planted_fault_is_found(void **state)
{
	struct run_begun begun[sizeof(planted) / sizeof(planted[0])];

	(void)state;
	for (size_t i = 0; i < sizeof(planted) / sizeof(planted[0]); i++) {
		char name[32];

		snprintf(name, sizeof(name), "planted-%zu.yml", i);
		run_write_file(path_of(name), changed(planted[i].old, planted[i].new), 0600);
		begun[i] = run_begin(NULL, (const char *const[]){"-c", path_of(name), "check", NULL});
	}
	for (size_t i = 0; i < sizeof(planted) / sizeof(planted[0]); i++) {
		const struct run *told = run_finish(&begun[i]);

		if (!strstr(told->out, planted[i].line) || count_wrong(told->out) != planted[i].wrong ||
		    told->status != (planted[i].wrong ? 1 : 0))
			fail_msg("%s: status %d, wanted \"%s\" and %u wrong:\n%s%s", planted[i].name, told->status,
				 planted[i].line, planted[i].wrong, told->out, told->err);
		assert_lacks(told->out, cluster_active_wif(cluster) + 10);
	}
}

static void test_our_key_is_not_in_order(void **state)
{
	char line[128];

	(void)state;
	snprintf(line, sizeof(line), "      - %s\n", cluster_key(cluster, 1));
	const struct run *told = check(changed(line, ""));
	assert_status(told, 1);
	assert_holds(told->out, "wrong    order          witness_monitor: our key ");
	assert_int_equal(count_wrong(told->out), 1);
}

/* Faults of the network. Last: the chain is not the same afterwards. */
static void test_own_node_out_of_sync(void **state)
{
	(void)state;
	cluster_fault(cluster, "isolate", "[1,true]");
	cluster_await_blocks(cluster, 4);
	const struct run *told = check(good);
	assert_status(told, 1);
	assert_holds(told->out, "(own): ");
	assert_int_equal(count_wrong(told->out), 1);
	cluster_fault(cluster, "isolate", "[1,false]");
}

/* A plugin of golosd's is not enabled, or a lock is held for long: a switch would fail. */
static void test_a_node_that_does_not_answer_what_is_needed(void **state)
{
	static const struct {
		const char *fault, *says;
	} rows[] = {
		{"[1,\"witness_api\",\"\",\"-32601\",\"\"]", "wants the line plugin = witness_api"},
		{"[1,\"network_broadcast_api\",\"\",\"-32601\",\"\"]", "wants the line plugin = network_broadcast_api"},
		{"[1,\"witness_api\",\"get_witness_by_account\",\"-32603\",\"Unable to acquire READ lock\"]",
		 "wrong    witness        golosd: Unable to acquire READ lock"},
		{"[1,\"database_api\",\"get_accounts\",\"-32603\",\"Unable to acquire READ lock\"]",
		 "get_accounts: golosd: Unable to acquire READ lock"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cluster_fault(cluster, "fail_calls", "%s", rows[i].fault);
		const struct run *told = check(good);
		assert_status(told, 1);
		assert_holds(told->out, rows[i].says);
		cluster_fault(cluster, "heal_calls", "[1]");
	}
}

/* Nothing is signed for an account that golosd lets sign nothing. */
static void test_an_account_without_golos_power(void **state)
{
	(void)state;
	cluster_fault(cluster, "set_vesting", "[\"foo\",\"0.000000 GESTS\",0]");
	const struct run *told = check(good);
	assert_status(told, 1);
	assert_int_equal(count_wrong(told->out), 1);
	assert_holds(told->out, "wrong    power          foo has no Golos Power");
	cluster_fault(cluster, "set_vesting", "[\"foo\",\"1.000000 GESTS\",999999999999]");
	told = check(good);
	assert_status(told, 1);
	assert_holds(told->out, "wrong    power          foo has used up its bandwidth");
	cluster_fault(cluster, "set_vesting", "[\"foo\",\"1.000000 GESTS\",0]");
	told = check(good);
	assert_status(told, 0);
	assert_holds(told->out, "ok       power          foo has the Golos Power that a transaction takes");
}

static void test_a_disabled_witness(void **state)
{
	(void)state;
	cluster_fault(cluster, "witness_update", "[\"foo\",\"%s\"]", GW_NULL_KEY);
	cluster_await_update(cluster, NOBODY, 0, PATIENCE_S);
	const struct run *told = check(good);
	assert_status(told, 1);
	assert_holds(told->out, "wrong    key            foo is shut down");
}

/* One fault, said once: that the heads look old by a wrong clock is no fault of the nodes. */
static void test_a_wrong_clock(void **state)
{
	const struct run *told = check(good);
	const char *line = strstr(told->out, "wrong    clock          ");

	(void)state;
	assert_status(told, 1);
	assert_int_equal(count_wrong(told->out), 1);
	assert_non_null(line);
	line += strlen("wrong    clock          ");
	assert_in_range(strtol(line, NULL, 10), CLOCK_OFF_S * 1000, CLOCK_OFF_S * 1000 + LATE_MS);
	assert_non_null(strstr(line, " ms ahead of the chain\n"));
	assert_holds(told->out, "(own): on the chain, in sync");
	/* what the instance lets pass is right */
	assert_holds(check(changed("    order:\n", "    max_clock_skew: 60\n    order:\n"))->out, "ok       clock ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_is_wrong),
		cmocka_unit_test(test_each_planted_fault_is_found),
		cmocka_unit_test(test_our_key_is_not_in_order),
		cmocka_unit_test(test_own_node_out_of_sync),
		cmocka_unit_test(test_a_node_that_does_not_answer_what_is_needed),
		cmocka_unit_test(test_an_account_without_golos_power),
		cmocka_unit_test(test_a_disabled_witness),
	};

	const struct CMUnitTest clock_tests[] = {cmocka_unit_test(test_a_wrong_clock)};
	int failed = cmocka_run_group_tests(tests, start, end);

	return failed + cmocka_run_group_tests(clock_tests, start_with_wrong_clock, end);
}
