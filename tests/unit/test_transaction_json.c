/* SPDX-License-Identifier: MIT
 * graphene/transaction_json.c and operation_json.c: what is written to golosd, and what is refused of what is read. */
#include "test.h"

#include <stdio.h>

#include "graphene/hex.h"
#include "graphene/operation_json.h"
#include "graphene/transaction_json.h"
#include "signature_recover.h"
#include "transaction_read.h"

#define KEY "GLS8jCSviSzAKMHvtWsThgDcXkWHyFAe33kajzCZdania1t2sPYVx"
#define WITNESS_UPDATE                                                                                                 \
	"[\"witness_update\",{\"owner\":\"foo\",\"url\":\"https://golos.id/"                                           \
	"\\\"делегат\\\"\",\"block_signing_key\":\"" KEY "\","                                                         \
	"\"props\":{\"account_creation_fee\":\"1.000 GOLOS\",\"maximum_block_size\":65536,\"sbd_interest_rate\":0},"   \
	"\"fee\":\"0.000 GOLOS\"}]"
#define FEED                                                                                                           \
	"[\"feed_publish\",{\"publisher\":\"foo\",\"exchange_rate\":{\"base\":\"1.000 GBG\",\"quote\":\"2.500 "        \
	"GOLOS\"}}]"
#define TRANSACTION(operations, extensions)                                                                            \
	"{\"ref_block_num\":1456,\"ref_block_prefix\":4294967295,\"expiration\":\"2026-11-23T18:27:45\","              \
	"\"operations\":[" operations "],\"extensions\":[" extensions "]"

static struct transaction tx; /* large: not for the stack */

static gw_status read_text(const char *text, struct error *err)
{
	struct json *root = NULL;

	if (json_parse(&root, text, strlen(text), err))
		fail_msg("%s: %s", text, err->text);
	gw_status status = transaction_read_json(&tx, root, err);
	json_free(root);
	return status;
}

/* As golosd wants it: UTF-8 as it is, no \u escapes. */
TEST(a_transaction_is_written_as_it_was_read)
{
	static const char text[] = TRANSACTION(WITNESS_UPDATE "," FEED, "");
	static const struct signature signatures[2] = {{{0x1f, 0xab}}, {{0x20}}};
	struct json_writer w;
	struct error err;

	if (read_text(TRANSACTION(WITNESS_UPDATE "," FEED, "") "}", &err))
		fail_msg("%s", err.text);
	json_writer_init(&w);
	transaction_write_json(&w, NULL, &tx, signatures, 2);
	assert_memory_equal(w.text, text, strlen(text));
	static const char tail[] = ",\"signatures\":[\"1fab00";
	assert_memory_equal(w.text + strlen(text), tail, strlen(tail));
	assert_int_equal(w.len, strlen(text) + strlen(",\"signatures\":[\"\",\"\"]}") + 4 * SIGNATURE_BYTES);
	json_writer_done(&w);
}

TEST(properties_are_read_as_people_and_golosd_write_them)
{
	static const char text[] =
		"{\"account_creation_fee\":\"1.000 GOLOS\",\"maximum_block_size\":\"65536\",\"curation_reward_curve\":"
		"\"linear\",\"allow_distribute_auction_reward\":true,\"allow_return_auction_reward_to_fund\":0,"
		"\"posts_window\":true}";
	struct json *root = NULL;
	union property_value value;
	struct error err;

	assert_int_equal(json_parse(&root, text, strlen(text), &err), GW_OK);
	assert_int_equal(property_read_json(&value, chain_property_index("account_creation_fee"), root, &err), GW_OK);
	assert_int_equal(value.asset.amount, 1000);
	assert_int_equal(property_read_json(&value, chain_property_index("maximum_block_size"), root, &err), GW_OK);
	assert_int_equal(value.number, 65536);
	assert_int_equal(property_read_json(&value, chain_property_index("curation_reward_curve"), root, &err), GW_OK);
	assert_int_equal(value.number, 1);
	assert_int_equal(
		property_read_json(&value, chain_property_index("allow_distribute_auction_reward"), root, &err), GW_OK);
	assert_int_equal(value.number, 1);
	assert_int_equal(
		property_read_json(&value, chain_property_index("allow_return_auction_reward_to_fund"), root, &err),
		GW_OK);
	assert_int_equal(value.number, 0);
	assert_int_equal(property_read_json(&value, chain_property_index("posts_window"), root, &err), GW_ERR_SYNTAX);
	json_free(root);
}

/* Signed by another program, and taken by a real golosd: bytes, digest and id of ours must be those. */
TEST(a_transaction_that_golosd_took_is_ours_too)
{
	static const char test_network[] = "5876894a41e6361bde2e73278f07340f2eb8b41c2facd29099de9deef6cdb679";
	static const char signer[] = "GLS6suaVAi34pDEasf9HaZesN3Gs8f5P3YKWng4pwvd6WVQxmMnEL"; /* foo's active key */
	static struct transaction_bytes bytes;
	const struct json *recorded = NULL, *signatures = NULL;
	char file[8192], id[GW_ID_SIZE], recorded_id[GW_ID_SIZE], text[GW_KEY_SIZE];
	struct json *root = NULL;
	struct public_key key;
	struct signature sig;
	struct digest digest;
	struct chain_id chain;
	struct error err;

	FILE *stream = fopen(TEST_SOURCE_DIR "/unit/recorded_transaction.json", "r");
	assert_non_null(stream);
	size_t len = fread(file, 1, sizeof(file), stream);
	fclose(stream);
	assert_int_equal(json_parse(&root, file, len, &err), GW_OK);
	assert_int_equal(json_get_text(root, "id", recorded_id, sizeof(recorded_id), &err), GW_OK);
	assert_int_equal(json_get_object(root, "transaction", &recorded, &err), GW_OK);
	assert_int_equal(json_get_array(recorded, "signatures", &signatures, &err), GW_OK);
	const char *hex = json_string(json_element(signatures, 0), &len);
	assert_non_null(hex);
	assert_int_equal(hex_decode(sig.bytes, sizeof(sig.bytes), hex, len), GW_OK);

	assert_int_equal(transaction_read_json(&tx, recorded, &err), GW_OK);
	for (uint32_t i = 0; i < tx.operation_count; i++)
		assert_int_equal(operation_validate(&tx.operations[i], &err), GW_OK);
	assert_int_equal(transaction_serialize(&bytes, &tx), GW_OK);
	transaction_id(id, &bytes);
	assert_string_equal(id, recorded_id);
	assert_int_equal(hex_decode(chain.bytes, sizeof(chain.bytes), test_network, strlen(test_network)), GW_OK);
	transaction_digest(&digest, &chain, &bytes);
	assert_int_equal(signature_recover(&key, &sig, &digest), GW_OK);
	public_key_format(text, &key);
	assert_string_equal(text, signer);
	json_free(root);
}

TEST(refusals_name_operation_and_member)
{
	static const struct {
		const char *text, *reason;
	} bad[] = {
		{"{}", "member 'ref_block_num': missing"},
		{"{\"ref_block_num\":65536}", "member 'ref_block_num': 65536 is above 65535"},
		{TRANSACTION(FEED, "[0,{}]") "}", "member 'extensions': golosd knows none"},
		{TRANSACTION(FEED ",7", "") "}", "operation 1: not an operation of the form"},
		{TRANSACTION("[\"vote\",{}]", "") "}", "operation 0: operation 'vote': not one that"},
		{TRANSACTION("[\"feed_publish\",{\"publisher\":\"seventeen-letters\"}]", "") "}",
		 "operation 0: feed_publish: member 'publisher': 17 bytes, at most 16"},
		{TRANSACTION("[\"feed_publish\",{\"publisher\":\"foo\",\"exchange_rate\":{\"base\":\"1 GBG\"}}]",
			     "") "}",
		 "operation 0: feed_publish: member 'base': GBG has 3 digits"},
		{TRANSACTION("[\"witness_update\",{\"owner\":\"foo\",\"url\":\"x\",\"block_signing_key\":\"GLS1\"}]",
			     "") "}",
		 "operation 0: witness_update: member 'block_signing_key': not a public key"},
		{TRANSACTION("[\"chain_properties_update\",{\"owner\":\"foo\",\"props\":[11,{}]}]", "") "}",
		 "operation 0: chain_properties_update: 11 is above 10"},
		{TRANSACTION("[\"chain_properties_update\",{\"owner\":\"foo\",\"props\":{}}]", "") "}",
		 "operation 0: chain_properties_update: member 'props': not of type array"},
		{TRANSACTION("[\"chain_properties_update\",{\"owner\":\"foo\",\"props\":[0,{}]}]", "") "}",
		 "operation 0: chain_properties_update: member 'account_creation_fee': missing"},
	};
	struct error err;

	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_not_equal(read_text(bad[i].text, &err), GW_OK);
		if (strncmp(err.text, bad[i].reason, strlen(bad[i].reason)) != 0)
			fail_msg("'%s' instead of '%s'", err.text, bad[i].reason);
	}
}

TEST(too_many_operations_are_refused)
{
	struct json_writer w;
	struct error err;

	json_writer_init(&w);
	json_open(&w, NULL, '{');
	json_put_u64(&w, "ref_block_num", 1);
	json_put_u64(&w, "ref_block_prefix", 1);
	json_put_text(&w, "expiration", "2026-11-23T18:27:45");
	json_open(&w, "operations", '[');
	for (int i = 0; i <= TRANSACTION_OPERATIONS_MAX; i++)
		json_put_raw(&w, NULL, FEED);
	json_close(&w, ']');
	json_put_raw(&w, "extensions", "[]");
	json_close(&w, '}');
	assert_int_equal(read_text(w.text, &err), GW_ERR_RANGE);
	json_writer_done(&w);
}
