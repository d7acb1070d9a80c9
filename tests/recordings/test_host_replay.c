/* SPDX-License-Identifier: MIT
 *
 * Recordings of a real golosd through the real host: observer, belief, witness_monitor.so, submitter, journal,
 * authorities. In virtual time, at the recorded moments. The table was worked out by hand from the frames and docs/protocol.md.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/verbs.h"
#include "base/memory.h"
#include "base/time_text.h"
#include "daemon/state.h"
#include "graphene/hex.h"
#include "graphene/transaction_json.h"
#include "replay_nodes.h"
#include "signature_recover.h"
#include "signer/client.h"
#include "test.h"
#include "transaction_read.h"
#include "virtual_loop.h"

#define KEY_A	   "GLS7MLinU13CHGgUke7bSLeAwGWb14NTqiPxb1UdHJxxiVnitgjvR"
#define KEY_B	   "GLS73XWb5iP4rFiaAQ14QjVYjfF9jZR9uh12Zev5DcyMps7QxU3az"
#define FOO_ACTIVE "GLS6suaVAi34pDEasf9HaZesN3Gs8f5P3YKWng4pwvd6WVQxmMnEL"
#define CHAIN_ID   "5876894a41e6361bde2e73278f07340f2eb8b41c2facd29099de9deef6cdb679"
#define LATE_MS	   100 /* after the safe moment: chain time is told from arrivals, and the fetch takes its time */
#define MISSES_MAX 40

struct sending {
	uint32_t tapos; /* block that the transaction names; 0: no further one */
	const char *at; /* chain time of the first safe moment */
};

struct expectation {
	const char *recording;
	const char *our_key;
	uint32_t allowed_misses;
	uint32_t skipping_reset_s;
	uint32_t misses[MISSES_MAX]; /* blocks that told a counted miss, 0 at the end */
	uint32_t due;		     /* head when the switch became due first; 0: never */
	const char *cause;	     /* in the status */
	struct sending sendings[4];
	uint32_t takeover_at; /* an operator's order once this block is the head; 0: none */
	const char *producer; /* in the status at the end */
};

/* foo's slots are every other one in a network of two: the slot after a block of cyberfounder's is foo's, it is over 1
 * s after its time, and the next is cyberfounder's again. So there a switch due at a block of time T goes out at T + 4
 * s. A transaction that no block takes is dead 30 s after its head's time, and is tried again 30 s after that was
 * proved. */
static const struct expectation expectations[] = {
	/* 670 tells a miss too, but holds the recorder's own update: not counted for the key that it set */
	{"06-two-witnesses",
	 KEY_B,
	 1,
	 21600,
	 {667, 668, 669},
	 668,
	 "misses",
	 {{668, "2026-11-23T18:19:49"}},
	 0,
	 "ours"},
	/* 703, applied while nobody listened, is read on the new connection, 5 s before 704 is pushed; foo's next slot
	 * is 18:21:45 */
	{"06b-two-witnesses-reconnect",
	 KEY_A,
	 1,
	 21600,
	 {702, 703, 704, 705},
	 703,
	 "misses",
	 {{703, "2026-11-23T18:21:46"}},
	 0,
	 "ours"},
	{"07-kill9", KEY_A, 1, 21600, {0}, 0, NULL, {{0}}, 0, "other"},
	{"07b-stop-and-catch-up", KEY_A, 1, 21600, {0}, 0, NULL, {{0}}, 0, "other"},
	{"08-null-key",
	 KEY_A,
	 1,
	 21600,
	 {907, 908, 909, 910, 911, 912, 913, 914, 915, 916, 917, 918, 919, 920, 921, 922, 923, 924},
	 0,
	 NULL,
	 {{0}},
	 0,
	 "other"},
	/* its blocks are two hours ahead of the clock, and come too fast to tell the time: the guards hold */
	{"08b-shutdown-witness",
	 KEY_A,
	 1,
	 3600,
	 {2074, 2075, 2076, 2077, 2078, 2079, 2081, 2082, 2083, 2084, 2085, 2086, 2087, 2088,
	  2089, 2090, 2091, 2092, 2093, 2094, 2095, 2096, 2097, 2098, 2099, 2100, 2123, 2124},
	 2075,
	 "misses",
	 {{0}},
	 0,
	 "nulled by the chain"},
	{"08c-null-key-round-end", KEY_A, 1, 21600, {0}, 0, NULL, {{0}}, 0, "other"},
	/* 1120 to 1122 are undone with their misses; the new branch has its own, told by one answer after 1123 */
	{"09-fork",
	 KEY_A,
	 1,
	 21600,
	 {1117, 1118, 1119, 1120, 1121, 1122, 1123, 1124, 1125, 1126, 1127},
	 1118,
	 "misses",
	 {{1118, "2026-11-23T19:00:04"}},
	 0,
	 "other"},
	/* No block takes any of the three. 1006, of 18:49:00, proves the first one's end: 30 s later the head is 1011.
	 * 1016, of 18:49:57, proves the second's: 60 s later it is 1026. 1032 proves the third's, and 120 s later is
	 * after the end. */
	{"09b-split-no-rejoin",
	 KEY_A,
	 1,
	 21600,
	 {1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1010, 1011, 1012, 1013, 1014, 1015, 1016,
	  1017, 1018, 1019, 1020, 1021, 1022, 1023, 1024, 1025, 1026, 1027, 1028, 1029, 1031, 1032, 1033},
	 1001,
	 "misses",
	 {{1001, "2026-11-23T18:48:34"}, {1011, "2026-11-23T18:49:31"}, {1026, "2026-11-23T18:51:01"}},
	 0,
	 "other"},
	/* four misses are taken back, foo's 1078 ends the row; the gap of 7 slots before 1080 is not counted */
	{"09c-fork-switch-fails-midway",
	 KEY_A,
	 1,
	 21600,
	 {1075, 1076, 1077, 1078, 1079, 1080, 1081, 1082},
	 1076,
	 "misses",
	 {{1076, "2026-11-23T18:57:22"}},
	 0,
	 "other"},
	/* the one miss is told by the block that holds the update */
	{"11-pending-race", KEY_B, 1, 21600, {0}, 0, NULL, {{0}}, 0, "ours"},
	/* six slots of others come first: at once */
	{"12-round-of-21", KEY_B, 1, 21600, {1447, 1456}, 1456, "misses", {{1456, "2026-11-23T19:23:15"}}, 0, "ours"},
	{"13-planned-handover", KEY_A, 1, 21600, {0}, 0, NULL, {{1539, "2026-11-23T19:27:27"}}, 1540, "ours"},
};

/* ---- the host --------------------------------------------------------------------------------------------------- */

struct replay {
	const struct expectation *expected;
	struct recording *recording;
	struct loop *loop;
	struct host host;
	char *dir;
	uint32_t misses[MISSES_MAX]; /* seen, in order */
	size_t miss_count;
	uint32_t due;
	char cause[64], producer[64];
	bool ordered;
};

static struct config *make_config(const char *dir, const struct expectation *e)
{
	char *path = xasprintf("%s/golos-watch.yml", dir);
	FILE *file = fopen(path, "w");
	struct config *config = NULL;
	struct error err = {.text = ""};

	assert_non_null(file);
	fprintf(file,
		"node: ws://127.0.0.1:1\nchain_id: " CHAIN_ID "\nplugin_dir: %s/plugins\nstate_dir: %s\n"
		"control: off\nlog_level: critical\nsigner:\n  keys: [file:/none]\nplugins:\n  - name: "
		"witness_monitor\n"
		"    witness: foo\n    witness_pubkey: %s\n    order: [" KEY_A ", " KEY_B "]\n"
		"    allowed_misses: %u\n    sign: [witness_update]\n",
		TEST_BINARY_DIR, dir, e->our_key, e->allowed_misses);
	(void)fclose(file);
	if (config_load(&config, path, &err))
		fail_msg("%s", err.text);
	free(path);
	return config;
}

static struct signer *make_signer(const struct config *config)
{
	struct signer_policy_instance instance = {.witness = "foo", .grants = SIGN_WITNESS_UPDATE, .max_signatures = 6};
	struct signer_setup setup = {.instances = &instance, .instance_count = 1};
	struct signer *signer;
	struct error err = {.text = ""};

	instance.signing_key = config->instances[0].signing_key;
	assert_int_equal(hex_decode(setup.chain.bytes, CHAIN_ID_BYTES, CHAIN_ID, strlen(CHAIN_ID)), GW_OK);
	assert_int_equal(signer_start(&signer, &setup, &err), GW_OK);
	return signer;
}

static void open_replay(struct replay *replay, const struct expectation *e)
{
	char template[] = "/tmp/gw-replay-XXXXXX";
	struct error err = {.text = ""};
	int exit_status = 0;

	*replay = (struct replay){.expected = e};
	assert_non_null(mkdtemp(template));
	replay->dir = xstrdup(template);
	char *journal_dir = xasprintf("%s/host", template);
	assert_int_equal(mkdir(journal_dir, 0700), 0);
	free(journal_dir);
	replay->recording = recording_open(e->recording, e->skipping_reset_s);
	replay_begin(replay->recording);
	virtual_loop_set_start(recording_lines(replay->recording)->started_ms);
	assert_int_equal(loop_new(&replay->loop, &err), GW_OK);
	struct config *config = make_config(replay->dir, e);
	if (host_open(&replay->host, replay->loop, config, make_signer(config), NULL, NULL, &exit_status, &err))
		fail_msg("%s", err.text);
}

static void close_replay(struct replay *replay)
{
	char *command = xasprintf("rm -r '%s'", replay->dir);

	signer_stop(replay->host.signer);
	host_close(&replay->host);
	loop_free(replay->loop);
	replay_begin(NULL);
	recording_close(replay->recording);
	assert_int_equal(system(command), 0);
	free(command);
	free(replay->dir);
}

/* ---- what it shows ---------------------------------------------------------------------------------------------- */

static void note_miss(struct replay *replay, uint32_t block)
{
	for (size_t i = 0; i < replay->miss_count; i++)
		if (replay->misses[i] == block)
			return;
	assert_true(replay->miss_count < MISSES_MAX);
	replay->misses[replay->miss_count++] = block;
}

static void look(struct replay *replay)
{
	char *text = instance_status(instances_at(replay->host.instances, 0));
	const struct json *misses;
	struct json *status;
	struct error err;
	char due[64];
	uint64_t number;

	assert_non_null(text);
	assert_int_equal(json_parse(&status, text, strlen(text), &err), GW_OK);
	assert_int_equal(json_get_array(status, "misses", &misses, &err), GW_OK);
	for (size_t i = 0; i < json_array_size(misses); i++) {
		assert_int_equal(json_get_u64(json_element(misses, i), "block", UINT32_MAX, &number, &err), GW_OK);
		note_miss(replay, (uint32_t)number);
	}
	assert_int_equal(json_get_text(status, "due", due, sizeof(due), &err), GW_OK);
	assert_int_equal(json_get_u64(status, "head", UINT32_MAX, &number, &err), GW_OK);
	if (strcmp(due, "no") != 0 && !replay->due) {
		replay->due = (uint32_t)number;
		memcpy(replay->cause, due, sizeof(due));
	}
	assert_int_equal(json_get_text(status, "producer", replay->producer, sizeof(replay->producer), &err), GW_OK);
	if (number && replay->expected->takeover_at == number && !replay->ordered) {
		struct gw_command_event order = {
			.struct_size = sizeof(order), .verb = GW_COMMAND_TAKEOVER, .by = "test (uid 0)"};
		char answer[GW_TEXT_SIZE];

		replay->ordered = true;
		observer_now(replay->host.observer, &order.now);
		assert_int_equal(instance_command(instances_at(replay->host.instances, 0), &order, answer), GW_OK);
	}
	json_free(status);
	free(text);
}

/* The journal works in order: when it has answered, what it was asked before is done. */
static void on_history(void *context, const char *json)
{
	bool *done = context;

	assert_non_null(json);
	*done = true;
}

static void settle(void *context)
{
	struct replay *replay = context;
	struct journal_query query = {.limit = 1};
	bool done = false;

	journal_history(replay->host.journal, &query, on_history, &done);
	virtual_loop_wait(replay->loop, &done);
	look(replay);
}

static void play(struct replay *replay)
{
	const struct recorded *recorded = recording_lines(replay->recording);

	for (size_t n = 0; n < recorded->count; n++) {
		virtual_loop_pass(replay->loop, recorded->lines[n].at_ms, settle, replay);
		replay_play(n);
	}
	virtual_loop_pass(replay->loop, virtual_loop_at_ms(), settle, replay);
	assert_false(virtual_loop_stopped(replay->loop));
	assert_true(replay_blocks() > 0);
	assert_int_equal(replay_bad(), 0);
}

/* ---- what is expected ------------------------------------------------------------------------------------------- */

static void check_signature(const struct transaction *tx, const struct json *json)
{
	struct transaction_bytes bytes;
	struct signature signature;
	struct public_key key;
	struct chain_id chain;
	struct digest digest;
	const struct json *signatures;
	size_t hex_len;
	char text[GW_KEY_SIZE];
	struct error err;

	assert_int_equal(json_get_array(json, "signatures", &signatures, &err), GW_OK);
	assert_int_equal(json_array_size(signatures), 1);
	const char *hex = json_string(json_element(signatures, 0), &hex_len);
	assert_int_equal(hex_decode(signature.bytes, SIGNATURE_BYTES, hex, hex_len), GW_OK);
	assert_int_equal(hex_decode(chain.bytes, CHAIN_ID_BYTES, CHAIN_ID, strlen(CHAIN_ID)), GW_OK);
	assert_int_equal(transaction_serialize(&bytes, tx), GW_OK);
	transaction_digest(&digest, &chain, &bytes);
	assert_int_equal(signature_recover(&key, &signature, &digest), GW_OK);
	public_key_format(text, &key);
	assert_string_equal(text, FOO_ACTIVE);
}

static void check_sending(const struct replay *replay, const struct sending *expected,
			  const struct replay_broadcast *sent)
{
	const char *id = recording_block_id(replay->recording, expected->tapos);
	struct transaction tx, named;
	char key[GW_KEY_SIZE];
	struct json *json;
	struct error err;
	int64_t at_s;

	assert_int_equal(json_parse(&json, sent->args, strlen(sent->args), &err), GW_OK);
	assert_int_equal(transaction_read_json(&tx, json_element(json, 0), &err), GW_OK);
	assert_int_equal(time_parse(expected->at, 19, &at_s), GW_OK);
	int64_t late_ms = recording_lines(replay->recording)->started_ms + sent->at_ms - at_s * 1000;
	if (late_ms < 0 || late_ms > LATE_MS || tx.ref_block_num != (expected->tapos & 0xffff))
		fail_msg("sent %lld ms after %s with TaPoS %u", (long long)late_ms, expected->at, tx.ref_block_num);
	assert_int_equal(transaction_set_tapos(&named, id), GW_OK);
	assert_int_equal(tx.ref_block_prefix, named.ref_block_prefix);
	assert_int_equal(tx.operation_count, 1);
	assert_string_equal(tx.operations[0].witness_update.owner, "foo");
	public_key_format(key, &tx.operations[0].witness_update.signing_key);
	assert_string_equal(key, replay->expected->our_key);
	check_signature(&tx, json_element(json, 0));
	json_free(json);
}

static void check_misses(const struct replay *replay)
{
	const uint32_t *expected = replay->expected->misses;
	size_t n = 0;

	for (; n < replay->miss_count; n++)
		if (replay->misses[n] != expected[n])
			fail_msg("miss %zu: block %u instead of %u", n, replay->misses[n], expected[n]);
	assert_int_equal(expected[n], 0);
}

static void test_recording(void **state)
{
	const struct replay_broadcast *sent;
	const struct expectation *e = *state;
	struct replay replay;
	size_t count;

	open_replay(&replay, e);
	play(&replay);
	check_misses(&replay);
	assert_int_equal(replay.due, e->due);
	if (e->due)
		assert_string_equal(replay.cause, e->cause);
	count = replay_broadcasts(&sent);
	for (size_t i = 0; i < count; i++)
		check_sending(&replay, &e->sendings[i], &sent[i]);
	assert_int_equal(e->sendings[count].tapos, 0);
	assert_string_equal(replay.producer, e->producer);
	close_replay(&replay);
}

int main(void)
{
	struct CMUnitTest tests[sizeof(expectations) / sizeof(expectations[0])];

	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tests[i] = (struct CMUnitTest){.name = expectations[i].recording,
					       .test_func = test_recording,
					       .initial_state = (void *)(uintptr_t)&expectations[i]};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
