/* SPDX-License-Identifier: MIT
 * graphene/transaction.c: limits and TaPoS. That the bytes are right is tests/vectors' matter. */
#include "test.h"

#include "graphene/hex.h"
#include "graphene/operation.h"

TEST(an_empty_transaction_has_twelve_bytes)
{
	static const struct transaction tx = {
		.ref_block_num = 0x1234, .ref_block_prefix = 0x89abcdef, .expiration_s = 1};
	struct transaction_bytes bytes;
	char hex[25];

	assert_int_equal(transaction_serialize(&bytes, &tx), GW_OK);
	assert_int_equal(bytes.len, 12);
	hex_encode(hex, bytes.bytes, 12);
	assert_string_equal(hex, "3412efcdab89010000000000");
}

TEST(what_does_not_fit_is_refused)
{
	static struct transaction tx; /* large: not for the stack */
	static struct transaction_bytes bytes;

	tx = (struct transaction){.operation_count = TRANSACTION_OPERATIONS_MAX + 1};
	assert_int_equal(transaction_serialize(&bytes, &tx), GW_ERR_RANGE);
	tx.operation_count = 1;
	assert_int_equal(transaction_serialize(&bytes, &tx), GW_ERR_RANGE); /* type 0 is not ours */
	tx.operations[0].type = OPERATION_CHAIN_PROPERTIES_UPDATE;
	assert_int_equal(transaction_serialize(&bytes, &tx), GW_OK);
	tx.operations[0].chain_properties_update.version = CHAIN_PROPERTIES_VERSION_MAX + 1;
	assert_int_equal(transaction_serialize(&bytes, &tx), GW_ERR_RANGE);
	assert_int_equal(bytes.len, 0);
	tx.operation_count = TRANSACTION_OPERATIONS_MAX;
	for (size_t i = 0; i < TRANSACTION_OPERATIONS_MAX; i++) {
		tx.operations[i].type = OPERATION_WITNESS_UPDATE;
		memset(tx.operations[i].witness_update.url, 'a', GW_URL_SIZE - 1);
		tx.operations[i].witness_update.url[GW_URL_SIZE - 1] = '\0';
	}
	assert_int_equal(transaction_serialize(&bytes, &tx), GW_ERR_RANGE); /* two urls of 2 KiB are more than 4 KiB */
	tx.operation_count = 1;
	assert_int_equal(transaction_serialize(&bytes, &tx), GW_OK);
}

/* docs/protocol.md 5: low 16 bits of the number; bytes 4 to 7, little-endian. */
TEST(tapos_comes_from_the_block_id)
{
	static const char id[] = "000105b00c1d2e3f40516273849506172839405a";
	struct transaction tx = {0};

	assert_int_equal(transaction_set_tapos(&tx, id), GW_OK);
	assert_int_equal(tx.ref_block_num, 0x05b0);
	assert_int_equal(tx.ref_block_prefix, 0x3f2e1d0c);
	assert_int_equal(block_id_num(id), 0x105b0);
	assert_int_equal(transaction_set_tapos(&tx, "000105b0"), GW_ERR_SYNTAX);
	assert_int_equal(transaction_set_tapos(&tx, ""), GW_ERR_SYNTAX);
	assert_int_equal(block_id_num("g00105b00c1d2e3f40516273849506172839405a"), 0);
	assert_int_equal(tx.ref_block_num, 0x05b0);
}
