/* SPDX-License-Identifier: MIT
 * witness, update, disable and takeover against a devnet. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "graphene/hex.h"
#include "graphene/operation.h"
#include "graphene/transaction_json.h"
#include "integration/cluster.h"
#include "run.h"
#include "transaction_read.h"

#define WATCHERS    2
#define NODES	    (WATCHERS + 1)
#define NAME_OF_URL "https://new.example/foo"

static struct cluster *cluster;
static char config[128];

static int start(void **state)
{
	const struct cluster_setup setup = {.watchers = WATCHERS, .starts_no_watcher = true};

	(void)state;
	cluster = cluster_new(&setup);
	snprintf(config, sizeof(config), "%s/watcher-1.yml", cluster_dir(cluster));
	return 0;
}

static int end(void **state)
{
	(void)state;
	cluster_free(cluster);
	return 0;
}

/* A member of foo as the harness's own node tells it. */
static const char *foo_text(const char *member)
{
	static char text[GW_URL_SIZE];
	const struct json *foo = cluster_call(cluster, "witness_api", "get_witness_by_account", "[\"foo\"]");

	assert_int_equal(json_get_text(foo, member, text, sizeof(text), NULL), GW_OK);
	return text;
}

static uint32_t block_of(const struct run *done)
{
	const char *at = strstr(done->out, "in block ");

	if (!at)
		fail_msg("no block in: %s", done->out);
	return (uint32_t)strtoul(at + 9, NULL, 10);
}

/* ---- witness ----------------------------------------------------------------------------------------------------- */

TEST(witness)
{
	const struct run *shown = run("-c", config, "witness", "foo");

	assert_status(shown, 0);
	assert_holds(shown->out, cluster_key(cluster, 0));
	assert_holds(shown->out, "(place 1 in order)");
	assert_holds(shown->out, "feed           never published");
	assert_holds(shown->out, "version        0.30.0");
	shown = run("-c", config, "witness", "foo", "--json");
	struct json *json = run_json(shown);
	bool disabled = true;
	assert_int_equal(json_get_bool(json, "disabled", &disabled, NULL), GW_OK);
	assert_false(disabled);
	json_free(json);
	/* without a configuration: the node and the chain's id are enough */
	shown = run("witness", "foo", "--node", cluster_url(cluster, 0), "--chain-id", "test");
	assert_status(shown, 0);
	assert_lacks(shown->out, "place 1");
}

TEST(witness_refusals)
{
	const struct run *refused = run("-c", config, "witness", "nobody-here");
	assert_status(refused, 1);
	assert_holds(refused->err, "the chain has no witness nobody-here");
	assert_status(run("-c", config, "witness", "Not A Name"), 64);
	refused = run("witness", "foo", "--node", cluster_url(cluster, 0), "--chain-id", "main");
	assert_status(refused, 82);
}

/* ---- update ------------------------------------------------------------------------------------------------------ */

/* The bytes that would be signed are those of the JSON that would be sent. */
TEST(dry_run)
{
	const struct run *dry = run("-c", config, "update", "foo", "--url", NAME_OF_URL, "--dry-run", "--json");
	struct json *json = run_json(dry);
	const struct json *tx_json = NULL;
	struct transaction_bytes bytes;
	struct transaction tx;
	struct error err;
	char hex[2048], *made = calloc(1, 2 * TRANSACTION_BYTES_MAX + 1);

	assert_status(dry, 0);
	assert_int_equal(json_get_object(json, "transaction", &tx_json, &err), GW_OK);
	assert_int_equal(transaction_read_json(&tx, tx_json, &err), GW_OK);
	assert_int_equal(tx.operation_count, 1);
	assert_string_equal(tx.operations[0].witness_update.owner, "foo");
	assert_string_equal(tx.operations[0].witness_update.url, NAME_OF_URL);
	assert_int_equal(transaction_serialize(&bytes, &tx), GW_OK);
	hex_encode(made, bytes.bytes, bytes.len);
	assert_int_equal(json_get_text(json, "bytes", hex, sizeof(hex), &err), GW_OK);
	assert_string_equal(hex, made);
	assert_string_not_equal(foo_text("url"), NAME_OF_URL);
	dry = run("-c", config, "update", "foo", "--url", NAME_OF_URL,
		  "--dry-run"); /* what golosd does not read of it */
	assert_holds(dry->out, "golosd ignores \"props\" of the witness_update below");
	free(made);
	json_free(json);
}

TEST(update_of_the_url)
{
	const struct run *done = run("-c", config, "update", "foo", "--url", NAME_OF_URL);
	uint32_t before = cluster_head(cluster);

	assert_status(done, 1);
	assert_holds(done->err, "standard input is no terminal");
	assert_string_not_equal(foo_text("url"), NAME_OF_URL);

	done = run("-c", config, "update", "foo", "--url", NAME_OF_URL, "--yes");
	assert_status(done, 0);
	assert_holds(done->out, " -> " NAME_OF_URL);
	assert_true(block_of(done) > before);
	assert_string_equal(foo_text("url"), NAME_OF_URL);
	assert_string_equal(foo_text("signing_key"), cluster_key(cluster, 0));

	done = run("-c", config, "update", "foo", "--url", NAME_OF_URL, "--yes");
	assert_status(done, 0);
	assert_holds(done->out, "nothing changes");
}

/* golosd's JSON reader knows few escapes: any other would make it read another url than was signed. */
TEST(update_of_a_url_with_any_byte)
{
	static const char url[] = "https://new.example/\"\\/\b\f\t\1\4\x1f\x7f делегат 😀";
	const struct run *done = run("-c", config, "update", "foo", "--url", url, "--yes");

	assert_status(done, 0);
	assert_string_equal(foo_text("url"), url);
}

TEST(a_person_is_asked)
{
	const struct run_answer no[] = {{"[y/N] ", "n\n"}, {NULL, NULL}}, yes[] = {{"[y/N] ", "y\n"}, {NULL, NULL}};
	const char *const words[] = {"-c", config, "update", "foo", "--url", "https://asked.example", NULL};

	const struct run *asked = run_at_terminal(no, words);
	assert_status(asked, 1);
	assert_holds(asked->out, "nothing was done");
	assert_string_not_equal(foo_text("url"), "https://asked.example");
	asked = run_at_terminal(yes, words);
	assert_status(asked, 0);
	assert_string_equal(foo_text("url"), "https://asked.example");
}

/* What golosd takes no more of the values that the chain began with (tests/recordings/README.md 38). */
#define MENDED                                                                                                         \
	"--set", "create_account_min_golos_fee=0.001 GOLOS", "--set", "create_account_min_delegation=0.001 GOLOS",     \
		"--set", "min_delegation=0.001 GOLOS", "--set", "comments_per_window=3", "--set", "votes_per_window=3"

static int64_t reset_time(void)
{
	const struct json *foo = cluster_call(cluster, "witness_api", "get_witness_by_account", "[\"foo\"]");
	const struct json *props = NULL;
	int64_t value = 0;

	assert_int_equal(json_get_object(foo, "props", &props, NULL), GW_OK);
	assert_int_equal(json_get_i64(props, "witness_skipping_reset_time", 0, INT32_MAX, &value, NULL), GW_OK);
	return value;
}

TEST(update_of_properties)
{
	const struct run *done =
		run("-c", config, "update", "foo", "--set", "witness_skipping_reset_time=7200", "--yes");

	assert_status(done, 1);
	assert_holds(done->err, "takes 5 that the chain has no more: give them with --set too\n");
	assert_holds(done->err, "\n  create_account_min_golos_fee: 0.000 GOLOS is less than 0.001 GOLOS\n");
	assert_holds(done->err, "\n  min_delegation: 0.000 GOLOS is less than 0.001 GOLOS\n");
	assert_holds(done->err, "\n  comments_per_window: 10 is more than comments_window, ");
	assert_holds(done->err, "\n  votes_per_window: 10 is more than votes_window, ");
	done = run("-c", config, "update", "foo", "--yes", "--set", "witness_skipping_reset_time=7200", MENDED);
	assert_status(done, 0);
	assert_holds(done->out, "witness_skipping_reset_time: ");
	assert_holds(done->out, " -> 7200");
	assert_holds(done->out, "min_delegation: \"0.000 GOLOS\" -> \"0.001 GOLOS\"");
	assert_true(block_of(done) > 0);
	assert_int_equal(reset_time(), 7200);
}

TEST(update_from_a_file)
{
	char path[160];
	FILE *file;

	snprintf(path, sizeof(path), "%s/props.yml", cluster_dir(cluster));
	file = fopen(path, "w");
	assert_non_null(file);
	fputs("witness_skipping_reset_time: 10800   # three hours\nallow_distribute_auction_reward: true\n", file);
	fclose(file);
	const struct run *done = run("-c", config, "update", "foo", "--yes", "--json", "--file", path, MENDED);
	assert_status(done, 0);
	struct json *json = run_json(done);
	uint64_t block = 0;
	assert_int_equal(json_get_u64(json, "block", UINT32_MAX, &block, NULL), GW_OK);
	assert_true(block > 0);
	json_free(json);
	assert_int_equal(reset_time(), 10800);
}

TEST(update_refusals)
{
	static const struct {
		const char *option, *value, *sentence;
		int status;
	} wrong[] = {
		{"--set", "sbd_interest_rat=1", "did you mean 'sbd_interest_rate'", 64},
		{"--set", "sbd_interest_rate", "not NAME=VALUE", 64},
		{"--set", "sbd_interest_rate=many", "sbd_interest_rate", 64},
		{"--set", "sbd_interest_rate=70000", "sbd_interest_rate", 1},
		{"--set", "account_creation_fee=1 GOLOS", "account_creation_fee", 64},
		{"--signing-key", "GLSnonsense", "signing key: ", 64},
		{"--signing-key", GW_NULL_KEY, "that is \"disable\"", 64},
		{"--file", "/nonexistent.yml", "/nonexistent.yml", 1},
		{"--key", "file:/nonexistent", "/nonexistent", 79},
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		const struct run *refused = run("-c", config, "update", "foo", "--url", "https://wrong.example",
						"--yes", wrong[i].option, wrong[i].value);

		assert_holds(refused->err, wrong[i].sentence);
		assert_status(refused, wrong[i].status);
	}
	assert_string_not_equal(foo_text("url"), "https://wrong.example");
}

/* Another account's key: said before anything is signed. */
TEST(update_without_authority)
{
	char path[160], source[170];
	FILE *file;

	snprintf(path, sizeof(path), "%s/strange.key", cluster_dir(cluster));
	snprintf(source, sizeof(source), "file:%s", path);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(cluster_signing_wif(cluster, 1), file);
	fclose(file);
	assert_int_equal(chmod(path, 0600), 0);
	const struct run *refused =
		run("-c", config, "update", "foo", "--url", "https://wrong.example", "--yes", "--key", source);
	assert_status(refused, 79);
	assert_holds(refused->err, "the active authority of 'foo'");
	assert_lacks(refused->err, "signed witness_update");
	assert_lacks(refused->err, cluster_signing_wif(cluster, 1));
}

/* Said by whom, and why: also where nobody reads the progress. */
TEST(update_refused_by_all)
{
	const struct run *refused;

	for (unsigned i = 0; i < NODES; i++)
		cluster_fault(cluster, "refuse_broadcasts",
			      "[%u,9,\"-32004\",3020100,\"missing required active authority\"]", i);
	refused = run("-c", config, "update", "foo", "--url", "https://wrong.example", "--yes", "--json");
	assert_status(refused, 1);
	assert_string_equal(refused->out, "");
	assert_holds(refused->err, "golos-watch: every node that answered refused it; ws://127.0.0.1:");
	assert_holds(refused->err, " did not take it: missing required active authority (3020100)\n");
	for (unsigned i = 0; i < NODES; i++)
		cluster_fault(cluster, "refuse_broadcasts", "[%u,0,\"-32004\",3020100,\"\"]", i);
	assert_string_not_equal(foo_text("url"), "https://wrong.example");
}

/* ---- the key ----------------------------------------------------------------------------------------------------- */

/* No slot is lost: room is waited for, and both nodes have their key. */
TEST(takeover_without_a_daemon)
{
	int64_t missed = cluster_total_missed(cluster);
	const struct run *done = run("-c", config, "takeover", "--yes");
	uint32_t block = block_of(done);

	assert_status(done, 0);
	assert_holds(done->out, "no golos-watchd listens");
	assert_holds(done->out, cluster_key(cluster, 1));
	cluster_await_update(cluster, 1, block - 1, PATIENCE_S);
	cluster_await_production(cluster, 1, block, PATIENCE_S);
	assert_int_equal(cluster_total_missed(cluster), missed);

	done = run("-c", config, "update", "foo", "--signing-key", cluster_key(cluster, 0), "--yes");
	assert_status(done, 0);
	cluster_await_production(cluster, 0, block_of(done), PATIENCE_S);
	assert_int_equal(cluster_total_missed(cluster), missed);
}

TEST(takeover_needs_the_own_node)
{
	cluster_fault(cluster, "isolate", "[1,true]");
	cluster_await_blocks(cluster, 3);
	const struct run *refused = run("-c", config, "takeover", "--yes");
	assert_status(refused, 69);
	assert_holds(refused->err, "our own golosd");
	assert_int_equal(cluster_producer(cluster), 0);
	cluster_fault(cluster, "isolate", "[1,false]");
}

TEST(disable)
{
	const struct run *done = run("-c", config, "disable", "foo", "--yes");

	assert_status(done, 0);
	assert_holds(done->out, " -> " GW_NULL_KEY);
	cluster_await_update(cluster, NOBODY, block_of(done) - 1, PATIENCE_S);
	assert_holds(run("-c", config, "witness", "foo")->out, "DISABLED");
	assert_holds(run("-c", config, "witness", "foo", "--json")->out, "\"disabled\":true");
	done = run("-c", config, "update", "foo", "--signing-key", cluster_key(cluster, 0), "--yes");
	assert_status(done, 0);
	assert_int_equal(cluster_producer(cluster), 0);
}

int main(void)
{
	return test_run(start, end);
}
