/* SPDX-License-Identifier: MIT
 *
 * Every answer in every recording of a real golosd is read as what was asked for; each wrong form is refused.
 */
#include "test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "node/answers.h"

#define REQUESTS_MAX 8192

/* What a frame of ours asked for; of calls in one JSON-RPC envelope only these are read. */
enum asked {
	ASKED_OTHER,
	ASKED_BLOCK,
	ASKED_FULL,
	ASKED_VIRTUAL,
	ASKED_HEADER,
	ASKED_HEAD,
	ASKED_CONFIG,
	ASKED_SCHEDULE,
	ASKED_WITNESS,
	ASKED_ACCOUNT,
	ASKED_KINDS
};

struct recording {
	enum asked asked[REQUESTS_MAX]; /* by id */
	char argument[REQUESTS_MAX][32];
	size_t read[ASKED_KINDS]; /* results read, by kind */
	uint32_t first_block, last_block;
	bool mixed; /* one id asked for two forms, so that which one a reply has is not known */
};

/* ---- reading a recording ----------------------------------------------------------------------------------------- */

static enum asked asked_of(const char *method, const char *argument)
{
	static const struct {
		const char *method;
		enum asked asked;
	} methods[] = {
		{"get_block", ASKED_BLOCK},
		{"get_dynamic_global_properties", ASKED_HEAD},
		{"get_config", ASKED_CONFIG},
		{"get_witness_schedule", ASKED_SCHEDULE},
		{"get_witness_by_account", ASKED_WITNESS},
		{"get_accounts", ASKED_ACCOUNT},
	};
	static const char *const forms[][2] = {{"full", "3"}, {"virtual_ops", "2"}, {"header", "1"}};

	for (size_t i = 0; i < COUNT(methods); i++)
		if (strcmp(method, methods[i].method) == 0)
			return methods[i].asked;
	if (strcmp(method, "set_block_applied_callback") != 0)
		return ASKED_OTHER;
	for (size_t i = 0; i < COUNT(forms); i++)
		if (strcmp(argument, forms[i][0]) == 0 || strcmp(argument, forms[i][1]) == 0)
			return i == 0 ? ASKED_FULL : i == 1 ? ASKED_VIRTUAL : ASKED_HEADER;
	return ASKED_BLOCK; /* any other argument acts so */
}

/* The first argument as text, the name inside where it is a list of one name; "" where there is none. */
static void argument_text(char *ret, size_t size, const struct json *params)
{
	const struct json *args = json_array_size(params) == 3 ? json_element(params, 2) : NULL;
	const struct json *first = json_is_array(args) && json_array_size(args) ? json_element(args, 0) : NULL;

	if (json_is_array(first))
		first = json_array_size(first) == 1 ? json_element(first, 0) : NULL;
	char *text = first ? json_text(first) : strdup("");
	size_t len = strlen(text), quote = len >= 2 && text[0] == '"';

	snprintf(ret, size, "%.*s", (int)(len - 2 * quote), text + quote);
	free(text);
}

static void note_request(struct recording *recording, const struct json *frame)
{
	const struct json *params;
	uint64_t id;

	if (!json_is_object(frame) || json_get_u64(frame, "id", REQUESTS_MAX - 1, &id, NULL) ||
	    json_get_array(frame, "params", &params, NULL) || json_array_size(params) < 2)
		return;
	const char *method = json_string(json_element(params, 1), NULL);

	if (!method)
		return;
	argument_text(recording->argument[id], sizeof(recording->argument[id]), params);
	enum asked before = recording->asked[id];

	recording->asked[id] = asked_of(method, recording->argument[id]);
	if (before != ASKED_OTHER && before != recording->asked[id])
		recording->mixed = true;
	if (recording->asked[id] == ASKED_ACCOUNT && recording->argument[id][0] == '\0')
		recording->asked[id] = ASKED_OTHER; /* several at once: the host never asks so */
}

static void read_block(struct recording *recording, enum asked asked, const struct json *result)
{
	struct block block;
	struct error err = {.text = ""};

	if (json_is_null(result))
		return; /* get_block of one that is not there */
	if (asked == ASKED_VIRTUAL) {
		assert_int_not_equal(block_parse(&block, result, &err), GW_OK);
		return;
	}
	if (block_parse(&block, result, &err))
		fail_msg("%s", err.text);
	assert_true(block.num > 0 && block.time_s > 0);
	if (recording->mixed) {
		block_free(&block);
		return;
	}
	assert_int_equal(block.has_transactions, asked != ASKED_HEADER);
	assert_int_equal(block.id[0] != '\0', asked == ASKED_FULL);
	assert_int_equal(block.signing_key[0] != '\0', asked == ASKED_FULL);
	for (size_t i = 0; i < block.transaction_count; i++)
		assert_int_equal(block.transactions[i].id[0] != '\0', asked == ASKED_FULL);
	if (recording->first_block == 0)
		recording->first_block = block.num;
	recording->last_block = block.num;
	block_free(&block);
}

static void read_witness(const char *asked, const struct json *result)
{
	struct witness_answer witness;
	struct error err = {.text = ""};

	if (witness_answer_parse(&witness, asked, result, &err))
		fail_msg("%s", err.text);
	assert_int_equal(witness.exists, !json_is_null(result));
}

static void read_account(const char *asked, const struct json *result)
{
	struct authority authority;
	struct error err = {.text = ""};
	gw_status status = active_authority_parse(&authority, asked, result, &err);

	if (status == GW_ERR_NOT_FOUND)
		assert_int_equal(json_array_size(result), 0);
	else if (status)
		fail_msg("%s", err.text);
	else
		assert_true(authority.threshold == 1 && authority.key_count == 1);
	if (status)
		return;
	struct account_power power;
	if (account_power_parse(&power, result, &err))
		fail_msg("%s", err.text);
	assert_true(power.known && power.shares > 0);
}

static void read_state(enum asked asked, const struct json *result)
{
	struct head_answer head;
	struct chain_answer chain;
	struct schedule_answer schedule;
	struct error err = {.text = ""};
	gw_status status = asked == ASKED_HEAD	   ? head_answer_parse(&head, result, &err)
			   : asked == ASKED_CONFIG ? chain_answer_parse(&chain, result, &err)
						   : schedule_answer_parse(&schedule, result, &err);

	if (status)
		fail_msg("%s", err.text);
}

static void read_reply(struct recording *recording, const struct json *frame)
{
	const struct json *result;
	uint64_t id;

	if (!json_is_object(frame) || json_get_u64(frame, "id", REQUESTS_MAX - 1, &id, NULL) ||
	    !json_member(frame, "result", &result))
		return;
	enum asked asked = recording->asked[id];

	recording->read[asked]++;
	switch (asked) {
	case ASKED_BLOCK:
	case ASKED_FULL:
	case ASKED_VIRTUAL:
	case ASKED_HEADER:
		read_block(recording, asked, result);
		break;
	case ASKED_HEAD:
	case ASKED_CONFIG:
	case ASKED_SCHEDULE:
		read_state(asked, result);
		break;
	case ASKED_WITNESS:
		read_witness(recording->argument[id], result);
		break;
	case ASKED_ACCOUNT:
		read_account(recording->argument[id], result);
		break;
	case ASKED_OTHER:
	case ASKED_KINDS:
		break;
	}
}

static void read_line(struct recording *recording, const char *line, size_t len)
{
	struct json *root, *frame;
	const struct json *text;
	struct error err;
	char direction[2];

	assert_int_equal(json_parse(&root, line, len, &err), GW_OK);
	const char *frame_text = json_member(root, "text", &text) ? json_string(text, NULL) : NULL;

	if (frame_text && !json_get_text(root, "dir", direction, sizeof(direction), NULL) && direction[0] != '*' &&
	    !json_parse(&frame, frame_text, strlen(frame_text), NULL)) {
		if (direction[0] == '>')
			note_request(recording, frame);
		else
			read_reply(recording, frame);
		json_free(frame);
	}
	json_free(root);
}

static struct recording *read_recording(const char *name)
{
	struct recording *recording = calloc(1, sizeof(*recording));
	char path[512], *line = NULL;
	size_t size = 0;
	ssize_t len;

	snprintf(path, sizeof(path), TEST_SOURCE_DIR "/recordings/%s", name);
	FILE *file = fopen(path, "r");

	assert_non_null(recording);
	assert_non_null(file);
	while ((len = getline(&line, &size, file)) > 0)
		read_line(recording, line, (size_t)len);
	free(line);
	fclose(file);
	return recording;
}

/* ---- real answers ------------------------------------------------------------------------------------------------ */

static int is_recording(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && strcmp(dot, ".jsonl") == 0;
}

TEST(all_recordings)
{
	size_t total[ASKED_KINDS] = {0};
	struct dirent **names;
	int count = scandir(TEST_SOURCE_DIR "/recordings", &names, is_recording, alphasort);

	assert_true(count >= 30);
	for (int i = 0; i < count; i++) {
		struct recording *recording = read_recording(names[i]->d_name);

		for (int kind = 0; kind < ASKED_KINDS; kind++)
			total[kind] += recording->read[kind];
		free(recording);
		free(names[i]);
	}
	free(names);
	for (int kind = ASKED_BLOCK; kind < ASKED_KINDS; kind++)
		assert_true(total[kind] > 0);
}

/* Blocks and forms as the recordings' README tells them. */
TEST(subscription_forms)
{
	static const struct {
		const char *name;
		enum asked asked;
		uint32_t first, last;
	} files[] = {
		{"02-sub-full.jsonl", ASKED_FULL, 644, 653},
		{"02-sub-block.jsonl", ASKED_BLOCK, 644, 653},
		{"02-sub-header.jsonl", ASKED_HEADER, 644, 653},
		{"02-sub-int3.jsonl", ASKED_FULL, 644, 653},
	};

	for (size_t i = 0; i < COUNT(files); i++) {
		struct recording *recording = read_recording(files[i].name);

		assert_int_equal(recording->first_block, files[i].first);
		assert_int_equal(recording->last_block, files[i].last);
		assert_int_equal(recording->read[files[i].asked], files[i].last - files[i].first + 1);
		free(recording);
	}
}

/* ---- single forms ------------------------------------------------------------------------------------------------ */

static struct json *tree(const char *text)
{
	struct json *root;
	struct error err;

	if (json_parse(&root, text, strlen(text), &err))
		fail_msg("%s: %s", text, err.text);
	return root;
}

#define ID_A  "00000283480dfc516546b023aa057c7907675a5d"
#define ID_B  "00000284b5eba37c897ff946ec95a0bdaf0b55c9"
#define KEY_A "GLS7MLinU13CHGgUke7bSLeAwGWb14NTqiPxb1UdHJxxiVnitgjvR"
#define SIG_A                                                                                                          \
	"1f7955027365b4d137c1d821093e3452107ec3c981e6cf4d169d0ccd4e7fc11adf6a67a6e71932367c80044a8c296daee7cfba8dd301" \
	"ff"                                                                                                           \
	"9828e5f49fb43a9fa888"
#define HEADER(previous, time, witness) "{\"previous\":" previous ",\"timestamp\":" time ",\"witness\":" witness
#define GOOD_HEADER			HEADER("\"" ID_A "\"", "\"2026-11-23T18:18:27\"", "\"foo\"")
#define UPDATE(owner, key)                                                                                             \
	"{\"ref_block_num\":643,\"operations\":[[\"witness_update\",{\"owner\":" owner ",\"block_signing_key\":" key   \
	"}]],\"signatures\":[\"" SIG_A "\"]}"

TEST(block_members)
{
	struct json *root = tree(GOOD_HEADER ",\"transactions\":[" UPDATE(
		"\"foo\"", "\"" KEY_A "\"") "],\"block_id\":\"" ID_B "\",\"signing_key\":\"" KEY_A
					    "\",\"transaction_ids\":[\"" ID_A "\"]}");
	struct block block;
	struct error err;

	assert_int_equal(block_parse(&block, root, &err), GW_OK);
	json_free(root);
	assert_int_equal(block.num, 0x284);
	assert_int_equal(block.time_s, 1795457907);
	assert_string_equal(block.id, ID_B);
	assert_string_equal(block.previous, ID_A);
	assert_string_equal(block.signing_key, KEY_A);
	assert_int_equal(block.update_count, 1);
	assert_string_equal(block.updates[0].owner, "foo");
	assert_string_equal(block.updates[0].signing_key, KEY_A);
	assert_int_equal(block.updates[0].ref_block_num, 643);
	assert_int_equal(block.transaction_count, 1);
	assert_string_equal(block.transactions[0].id, ID_A);
	assert_string_equal(block.transactions[0].signature, SIG_A);
	block_free(&block);
}

TEST(bad_blocks)
{
	static const struct {
		const char *text, *names; /* the error names it */
	} bad[] = {
		{"null", "block"},
		{"[]", "block"},
		{"\"block\"", "block"},
		{"{}", "previous"},
		{HEADER("7", "\"2026-11-23T18:18:27\"", "\"foo\"") "}", "previous"},
		{HEADER("\"00000283\"", "\"2026-11-23T18:18:27\"", "\"foo\"") "}", "previous"},
		{HEADER("\"0000028X480dfc516546b023aa057c7907675a5d\"", "\"2026-11-23T18:18:27\"", "\"foo\"") "}",
		 "previous"},
		{HEADER("\"ffffffff480dfc516546b023aa057c7907675a5d\"", "\"2026-11-23T18:18:27\"", "\"foo\"") "}",
		 "previous"},
		{HEADER("\"" ID_A "\"", "\"2026-11-23 18:18:27\"", "\"foo\"") "}", "timestamp"},
		{HEADER("\"" ID_A "\"", "1795457907", "\"foo\"") "}", "timestamp"},
		{HEADER("\"" ID_A "\"", "\"2026-11-23T18:18:27\"", "\"\"") "}", "witness"},
		{HEADER("\"" ID_A "\"", "\"2026-11-23T18:18:27\"", "\"FOO\"") "}", "witness"},
		{HEADER("\"" ID_A "\"", "\"2026-11-23T18:18:27\"", "\"seventeen-letters\"") "}", "witness"},
		{GOOD_HEADER ",\"transactions\":{}}", "transactions"},
		{GOOD_HEADER ",\"transactions\":[7]}", "transaction 0"},
		{GOOD_HEADER ",\"transactions\":[{\"operations\":[]}]}", "signatures"},
		{GOOD_HEADER ",\"transactions\":[{\"operations\":[],\"signatures\":[\"00\"]}]}", "signatures"},
		{GOOD_HEADER ",\"transactions\":[{\"operations\":[[\"transfer\"]],\"signatures\":[]}]}", "operation"},
		{GOOD_HEADER ",\"transactions\":[" UPDATE("7", "\"" KEY_A "\"") "]}", "owner"},
		{GOOD_HEADER ",\"transactions\":[" UPDATE("\"foo\"", "\"GLS\"") "]}", "block_signing_key"},
		{GOOD_HEADER ",\"transactions\":[],\"block_id\":\"" ID_A "\"}", "block_id"},
		{GOOD_HEADER ",\"transactions\":[],\"block_id\":\"" ID_B "\"}", "signing_key"},
		{GOOD_HEADER ",\"transactions\":[],\"block_id\":\"" ID_B "\",\"signing_key\":\"" KEY_A
			     "\",\"transaction_ids\":[\"" ID_A "\"]}",
		 "transaction_ids"},
		{GOOD_HEADER ",\"block_id\":\"" ID_B "\",\"signing_key\":\"" KEY_A "\",\"transaction_ids\":[]}",
		 "transaction_ids"},
	};

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct json *root = tree(bad[i].text);
		struct block block;
		struct error err = {.text = ""};

		assert_int_not_equal(block_parse(&block, root, &err), GW_OK);
		if (!strstr(err.text, bad[i].names))
			fail_msg("%s: \"%s\" does not name %s", bad[i].text, err.text, bad[i].names);
		json_free(root);
	}
}

#define WITNESS(owner, missed, aslot)                                                                                  \
	"{\"owner\":" owner ",\"url\":\"u\",\"signing_key\":\"" KEY_A "\",\"total_missed\":" missed                    \
	",\"last_confirmed_block_num\":642,\"last_aslot\":" aslot "}"

TEST(witness)
{
	struct json *root = tree(WITNESS("\"foo\"", "\"2\"", "\"18446744073709551615\""));
	struct witness_answer witness;
	struct error err;

	assert_int_equal(witness_answer_parse(&witness, "foo", root, &err), GW_OK);
	assert_true(witness.exists);
	assert_int_equal(witness.total_missed, 2); /* a big number may come as a string */
	assert_true(witness.last_aslot == UINT64_MAX);
	assert_int_equal(witness_answer_parse(&witness, "bar", root, &err), GW_ERR_PROTOCOL);
	json_free(root);
	assert_int_equal(witness_answer_parse(&witness, "foo", NULL, &err), GW_OK);
	assert_false(witness.exists);
}

TEST(bad_witnesses)
{
	static const char *const bad[] = {
		"7",
		"{}",
		WITNESS("null", "2", "1"),
		WITNESS("\"foo\"", "-1", "1"),
		WITNESS("\"foo\"", "4294967296", "1"),
		WITNESS("\"foo\"", "2.5", "1"),
		WITNESS("\"foo\"", "\"two\"", "1"),
		WITNESS("\"foo\"", "true", "1"),
		WITNESS("\"foo\"", "2", "\"18446744073709551616\""),
	};

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct json *root = tree(bad[i]);
		struct witness_answer witness;
		struct error err;

		assert_int_not_equal(witness_answer_parse(&witness, "foo", root, &err), GW_OK);
		json_free(root);
	}
}

TEST(schedule)
{
	static const struct {
		const char *text;
		bool good;
	} cases[] = {
		{"{\"num_scheduled_witnesses\":1,\"current_shuffled_witnesses\":\"666f6f00000000000000000000000000\"}",
		 true},
		{"{\"num_scheduled_witnesses\":2,\"current_shuffled_witnesses\":\"666f6f00000000000000000000000000\"}",
		 false},
		{"{\"num_scheduled_witnesses\":0,\"current_shuffled_witnesses\":\"666f6f00000000000000000000000000\"}",
		 false},
		{"{\"num_scheduled_witnesses\":65,\"current_shuffled_witnesses\":\"\"}", false},
		{"{\"num_scheduled_witnesses\":1,\"current_shuffled_witnesses\":\"666f6f000000000000000000000000\"}",
		 false},
		{"{\"num_scheduled_witnesses\":1,\"current_shuffled_witnesses\":\"666f6f00000000000000000000000066\"}",
		 false},
		{"{\"num_scheduled_witnesses\":1,\"current_shuffled_witnesses\":\"00000000000000000000000000000000\"}",
		 false},
		{"{\"num_scheduled_witnesses\":1,\"current_shuffled_witnesses\":[\"foo\"]}", false},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct json *root = tree(cases[i].text);
		struct schedule_answer schedule;
		struct error err;

		assert_int_equal(schedule_answer_parse(&schedule, root, &err) == GW_OK, cases[i].good);
		if (cases[i].good)
			assert_string_equal(schedule.names[0], "foo");
		json_free(root);
	}
}

TEST(authority)
{
	static const struct {
		const char *text;
		gw_status status;
	} cases[] = {
		{"[]", GW_ERR_NOT_FOUND},
		{"{}", GW_ERR_SYNTAX},
		{"[{\"name\":\"bar\",\"active\":{\"weight_threshold\":1,\"key_auths\":[],\"account_auths\":[]}}]",
		 GW_ERR_PROTOCOL},
		{"[{\"name\":\"foo\",\"active\":{\"weight_threshold\":1,\"key_auths\":[[\"" KEY_A
		 "\",65536]],\"account_auths\":[]}}]",
		 GW_ERR_SYNTAX},
		{"[{\"name\":\"foo\",\"active\":{\"weight_threshold\":1,\"key_auths\":[[7,1]],\"account_auths\":[]}}]",
		 GW_ERR_SYNTAX},
		{"[{\"name\":\"foo\",\"active\":{\"weight_threshold\":3,\"key_auths\":[[\"" KEY_A
		 "\",2]],\"account_auths\":[[\"bar\",1]]}}]",
		 GW_OK},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct json *root = tree(cases[i].text);
		struct authority authority;
		struct error err;

		assert_int_equal(active_authority_parse(&authority, "foo", root, &err), cases[i].status);
		if (cases[i].status == GW_OK) {
			assert_int_equal(authority.threshold, 3);
			assert_int_equal(authority.keys[0].weight, 2);
			assert_string_equal(authority.accounts[0].name, "bar");
		}
		json_free(root);
	}
}

#define ACCOUNT(vesting, used)                                                                                         \
	"[{\"name\":\"foo\",\"vesting_shares\":" vesting ",\"delegated_vesting_shares\":\"1.000001 GESTS\","           \
	"\"received_vesting_shares\":\"0.500000 GESTS\",\"average_bandwidth\":" used                                   \
	",\"last_bandwidth_update\":\"2026-11-23T18:17:30\"}]"

TEST(power)
{
	static const struct {
		const char *text;
		gw_status status;
		bool known;
		int64_t shares;
	} cases[] = {
		{ACCOUNT("\"992996.882542 GESTS\"", "182000000"), GW_OK, true, 992996382541},
		{ACCOUNT("\"0.000000 GESTS\"", "\"182000000\""), GW_OK, true, -500001},
		{"[{\"name\":\"foo\"}]", GW_OK, false, 0}, /* a node that does not tell */
		{"[{\"name\":\"foo\",\"vesting_shares\":null,\"average_bandwidth\":1}]", GW_OK, false, 0},
		{"[{\"name\":\"foo\",\"vesting_shares\":\"1.000000 GESTS\",\"average_bandwidth\":1}]", GW_ERR_SYNTAX,
		 false, 0},
		{ACCOUNT("7", "1"), GW_ERR_SYNTAX, false, 0},
		{ACCOUNT("\"1.0 GESTS\"", "1"), GW_ERR_SYNTAX, false, 0},
		{ACCOUNT("\"-1.000000 GESTS\"", "1"), GW_ERR_SYNTAX, false, 0},
		{ACCOUNT("\"1.000000 GOLOS\"", "1"), GW_ERR_SYNTAX, false, 0},
		{ACCOUNT("\"1.000000 GESTS!\"", "1"), GW_ERR_SYNTAX, false, 0},
		{ACCOUNT("\"9999999999999.000000 GESTS\"", "1"), GW_ERR_RANGE, false, 0},
		{ACCOUNT("\"1.000000 GESTS\"", "-1"), GW_ERR_RANGE, false, 0},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct json *root = tree(cases[i].text);
		struct account_power power = {.known = true};
		struct error err;

		assert_int_equal(account_power_parse(&power, root, &err), cases[i].status);
		assert_int_equal(power.known, cases[i].known);
		assert_int_equal(power.shares, cases[i].shares);
		json_free(root);
	}
}

TEST(chain_bandwidth)
{
#define PROPERTIES(most)                                                                                               \
	"{\"time\":\"2026-11-23T18:17:30\",\"total_vesting_shares\":\"3002480.190591 "                                 \
	"GESTS\",\"max_virtual_bandwidth\":" most "}"
	static const struct {
		const char *text;
		double most; /* 0: refused */
	} cases[] = {
		{PROPERTIES("\"977692262400000000\""), 977692262400000000.0},
		{PROPERTIES("977692262400000000"), 977692262400000000.0},
		{PROPERTIES("\"264241152000000000000\""), 264241152000000000000.0}, /* more than 64 bits */
		{PROPERTIES("\"0x10\""), 0},
		{PROPERTIES("\"\""), 0},
		{PROPERTIES("null"), 0},
		{PROPERTIES("\"1111111111111111111111111111111111111111\""), 0},
		{"{}", 0},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct json *root = tree(cases[i].text);
		struct chain_bandwidth bandwidth;
		struct error err;

		assert_int_equal(chain_bandwidth_parse(&bandwidth, root, &err) == GW_OK, cases[i].most > 0);
		assert_int_equal(bandwidth.known, cases[i].most > 0);
		assert_true(!bandwidth.known || (bandwidth.most >= cases[i].most && bandwidth.most <= cases[i].most));
		json_free(root);
	}
}

TEST(rpc_error)
{
	struct json *root = tree("{\"code\":-32006,\"message\":\"late\\nstack\",\"data\":{\"code\":3100000}}");
	struct rpc_error error;

	rpc_error_parse(&error, root);
	json_free(root);
	assert_int_equal(error.code, -32006);
	assert_int_equal(error.data_code, 3100000);
	assert_string_equal(error.message, "late");

	root = tree("{\"code\":\"x\",\"message\":[],\"data\":7}");
	rpc_error_parse(&error, root);
	json_free(root);
	assert_int_equal(error.code, 0);
	assert_int_equal(error.data_code, 0);
	assert_true(strlen(error.message) > 0);
}
