/* SPDX-License-Identifier: MIT
 *
 * Each rule of the policy, refused and allowed at its edge.
 */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#define NOW 1700000000

static struct signer_policy_instance instance(uint32_t grants)
{
	struct signer_policy_instance policy = {
		.witness = "foo", .grants = grants, .max_signatures = 6, .feed = FIXTURE_BOUNDS};

	policy.signing_key = fixture_public(0);
	return policy;
}

static struct transaction good_update(void)
{
	struct public_key key = fixture_public(0);

	return fixture_update("foo", &key, NOW + 30);
}

/* The refusal; its sentence must name what it is about. */
static enum refusal check(uint32_t grants, const struct transaction *tx, const char *part)
{
	struct signer_policy_instance policy = instance(grants);
	struct error err = {.text = ""};
	enum refusal refusal = policy_check(&policy, tx, NOW, &err);

	if (refusal == REFUSED_NOT)
		assert_null(part);
	else if (!part || !strstr(err.text, part))
		fail_msg("the sentence is \"%s\"", err.text);
	return refusal;
}

TEST(grants)
{
	struct transaction update = good_update();
	struct transaction feed = fixture_feed("foo", NOW + 30);
	struct transaction properties = fixture_properties("foo", NOW + 30);

	assert_int_equal(check(SIGN_WITNESS_UPDATE, &update, NULL), REFUSED_NOT);
	assert_int_equal(check(SIGN_FEED_PUBLISH, &feed, NULL), REFUSED_NOT);
	assert_int_equal(check(SIGN_CHAIN_PROPERTIES_UPDATE, &properties, NULL), REFUSED_NOT);
	assert_int_equal(check(SIGN_ALL & ~(SIGN_WITNESS_UPDATE | SIGN_WITNESS_DISABLE), &update, "witness_update"),
			 REFUSED_OPERATION);
	assert_int_equal(check(SIGN_ALL & ~SIGN_FEED_PUBLISH, &feed, "feed_publish"), REFUSED_OPERATION);
	assert_int_equal(check(SIGN_ALL & ~SIGN_CHAIN_PROPERTIES_UPDATE, &properties, "chain_properties_update"),
			 REFUSED_OPERATION);
	assert_int_equal(check(0, &update, "not granted"), REFUSED_OPERATION);
}

TEST(every_other_operation)
{
	struct transaction tx = good_update();

	for (uint32_t type = 0; type < 256; type++) { /* transfer is 2, account_update 10 */
		if (type == OPERATION_WITNESS_UPDATE || type == OPERATION_FEED_PUBLISH ||
		    type == OPERATION_CHAIN_PROPERTIES_UPDATE)
			continue;
		tx.operations[0].type = type;
		assert_int_equal(check(SIGN_ALL, &tx, "not granted"), REFUSED_OPERATION);
	}
}

/* 16 operations in one counted signature would be 16 times what the count allows. */
TEST(one_operation_a_signature)
{
	struct transaction tx = good_update();

	tx.operations[1] = tx.operations[0];
	for (tx.operation_count = 2; tx.operation_count <= TRANSACTION_OPERATIONS_MAX + 1; tx.operation_count++)
		assert_int_equal(check(SIGN_WITNESS_UPDATE | SIGN_WITNESS_DISABLE | SIGN_FEED_PUBLISH, &tx,
				       "operations in a transaction, not 1"),
				 REFUSED_OPERATION_COUNT);
	tx.operation_count = 0;
	assert_int_equal(check(SIGN_WITNESS_UPDATE, &tx, "0 operations"), REFUSED_OPERATION_COUNT);

	/* a price stands alone, on either side, even where two operations may: it would count as a switch otherwise */
	for (uint32_t at = 0; at < 2; at++) {
		tx = fixture_properties("foo", NOW + 30);
		tx.operation_count = 2;
		tx.operations[1 - at] = tx.operations[0];
		tx.operations[at] = fixture_feed("foo", NOW + 30).operations[0];
		assert_int_equal(check(SIGN_ALL, &tx, "2 operations"), REFUSED_OPERATION_COUNT);
	}
}

/* Of the command line's two each is checked. */
TEST(every_operation_is_checked)
{
	struct transaction tx = good_update();

	tx.operation_count = 2;
	tx.operations[1] = fixture_properties("foo", NOW + 30).operations[0];
	assert_int_equal(check(SIGN_ALL, &tx, NULL), REFUSED_NOT);
	tx.operations[1].type = 2;
	assert_int_equal(check(SIGN_ALL, &tx, "(operation 2)"), REFUSED_OPERATION);
	tx.operation_count = 3;
	assert_int_equal(check(SIGN_ALL, &tx, "3 operations in a transaction, not 1 or 2"), REFUSED_OPERATION_COUNT);
}

TEST(own_witness)
{
	struct public_key key = fixture_public(0);
	const char *const others[] = {"bar", "fo", "fooo", "Foo", ""};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct transaction update = fixture_update(others[i], &key, NOW + 30);
		struct transaction feed = fixture_feed(others[i], NOW + 30);
		struct transaction properties = fixture_properties(others[i], NOW + 30);

		assert_int_equal(check(SIGN_ALL, &update, "foo alone"), REFUSED_WITNESS);
		assert_int_equal(check(SIGN_ALL, &feed, "foo alone"), REFUSED_WITNESS);
		assert_int_equal(check(SIGN_ALL, &properties, "foo alone"), REFUSED_WITNESS);
	}
}

TEST(signing_key)
{
	struct public_key null_key = {{0}}, other = fixture_public(1), own = fixture_public(0);
	struct transaction to_null = fixture_update("foo", &null_key, NOW + 30);
	struct transaction to_other = fixture_update("foo", &other, NOW + 30);
	struct transaction to_own = fixture_update("foo", &own, NOW + 30);

	assert_int_equal(check(SIGN_WITNESS_UPDATE, &to_other, "not this instance's"), REFUSED_SIGNING_KEY);
	assert_int_equal(check(SIGN_WITNESS_UPDATE, &to_null, "witness_disable"), REFUSED_SIGNING_KEY);
	assert_int_equal(check(SIGN_WITNESS_UPDATE | SIGN_WITNESS_DISABLE, &to_null, NULL), REFUSED_NOT);
	assert_int_equal(check(SIGN_WITNESS_DISABLE, &to_null, NULL), REFUSED_NOT);
	assert_int_equal(check(SIGN_WITNESS_DISABLE, &to_own, "not this instance's"), REFUSED_SIGNING_KEY);
	assert_int_equal(check(SIGN_ALL, &to_other, "not this instance's"), REFUSED_SIGNING_KEY);
	for (size_t i = 0; i < PUBLIC_KEY_BYTES; i++) {
		struct transaction nearly = to_own;

		nearly.operations[0].witness_update.signing_key.bytes[i] ^= 1;
		assert_int_equal(check(SIGN_ALL, &nearly, "not this instance's"), REFUSED_SIGNING_KEY);
	}
}

TEST(fee)
{
	struct transaction tx = good_update();

	tx.operations[0].witness_update.fee.amount = 1;
	assert_int_equal(check(SIGN_ALL, &tx, "fee"), REFUSED_FEE);
	tx.operations[0].witness_update.fee.amount = -1;
	assert_int_equal(check(SIGN_ALL, &tx, "fee"), REFUSED_FEE);
}

TEST(values)
{
	struct transaction tx = good_update();

	tx.operations[0].witness_update.url[0] = 0;
	assert_int_equal(check(SIGN_ALL, &tx, "url"), REFUSED_VALUE);
	tx = good_update();
	tx.operations[0].witness_update.maximum_block_size = 65536;
	tx.operations[0].witness_update.sbd_interest_rate = 10000;
	assert_int_equal(check(SIGN_ALL, &tx, NULL), REFUSED_NOT);
	tx.operations[0].witness_update.maximum_block_size = 65535;
	assert_int_equal(check(SIGN_ALL, &tx, "maximum_block_size"), REFUSED_VALUE);
	tx.operations[0].witness_update.maximum_block_size = 65536;
	tx.operations[0].witness_update.sbd_interest_rate = 10001;
	assert_int_equal(check(SIGN_ALL, &tx, "sbd_interest_rate"), REFUSED_VALUE);
}

TEST(expiration)
{
	struct transaction tx = good_update();

	tx.expiration_s = NOW + 1;
	assert_int_equal(check(SIGN_ALL, &tx, NULL), REFUSED_NOT);
	tx.expiration_s = NOW;
	assert_int_equal(check(SIGN_ALL, &tx, "expired"), REFUSED_EXPIRED);
	tx.expiration_s = 0;
	assert_int_equal(check(SIGN_ALL, &tx, "expired"), REFUSED_EXPIRED);
	tx.expiration_s = NOW + 60;
	assert_int_equal(check(SIGN_ALL, &tx, NULL), REFUSED_NOT);
	tx.expiration_s = NOW + 61;
	assert_int_equal(check(SIGN_ALL, &tx, "61 s"), REFUSED_EXPIRATION);
	tx.expiration_s = UINT32_MAX;
	assert_int_equal(check(SIGN_ALL, &tx, "expires in"), REFUSED_EXPIRATION);
}

TEST(no_instance)
{
	struct transaction tx = good_update();
	struct error err;

	assert_int_equal(policy_check(NULL, &tx, NOW, &err), REFUSED_INSTANCE);
}

TEST(keys)
{
	const uint32_t both[] = {1, 0}, twice[] = {0, 0}, beyond[] = {0, 2};
	uint32_t all[SIGNER_KEYS_MAX + 1];
	struct error err;

	for (uint32_t i = 0; i <= SIGNER_KEYS_MAX; i++)
		all[i] = i;
	assert_int_equal(policy_check_keys(both, 2, 2, &err), REFUSED_NOT);
	assert_int_equal(policy_check_keys(both, 0, 2, &err), REFUSED_KEYS);
	assert_int_equal(policy_check_keys(twice, 2, 2, &err), REFUSED_KEYS);
	assert_int_equal(policy_check_keys(beyond, 2, 2, &err), REFUSED_KEYS);
	assert_int_equal(policy_check_keys(all, SIGNER_KEYS_MAX, SIGNER_KEYS_MAX, &err), REFUSED_NOT);
	assert_int_equal(policy_check_keys(all, SIGNER_KEYS_MAX + 1, SIGNER_KEYS_MAX + 1, &err), REFUSED_KEYS);
}

TEST(instances)
{
	struct signer_policy_instance policy = instance(SIGN_ALL);
	struct error err;

	assert_int_equal(policy_check_instance(&policy, &err), GW_OK);
	policy.grants = SIGN_ALL + 1;
	assert_int_equal(policy_check_instance(&policy, &err), GW_ERR_CONFIG);
	policy = instance(SIGN_WITNESS_UPDATE);
	memset(&policy.signing_key, 0, sizeof(policy.signing_key));
	assert_int_equal(policy_check_instance(&policy, &err), GW_ERR_CONFIG);
	policy.grants = SIGN_WITNESS_DISABLE;
	assert_int_equal(policy_check_instance(&policy, &err), GW_OK);
	policy.max_signatures = 0;
	assert_int_equal(policy_check_instance(&policy, &err), GW_ERR_CONFIG);
	policy.max_signatures = SIGNER_SIGNATURES_MAX;
	assert_int_equal(policy_check_instance(&policy, &err), GW_OK);
	policy.max_signatures = SIGNER_SIGNATURES_MAX + 1;
	assert_int_equal(policy_check_instance(&policy, &err), GW_ERR_CONFIG);
	policy = instance(SIGN_ALL);
	snprintf(policy.witness, sizeof(policy.witness), "Foo");
	assert_int_equal(policy_check_instance(&policy, &err), GW_ERR_CONFIG);
	policy.witness[0] = 0;
	assert_int_equal(policy_check_instance(&policy, &err), GW_ERR_CONFIG);
	policy.grants = 0; /* a plugin without a witness: nothing is signed for it */
	assert_int_equal(policy_check_instance(&policy, &err), GW_OK);
}

TEST(names)
{
	assert_string_equal(refusal_name(REFUSED_NOT), "not");
	assert_string_equal(refusal_name(REFUSED_OPERATION), "operation");
	assert_string_equal(refusal_name(REFUSED_BUDGET), "budget");
	assert_string_equal(refusal_name(REFUSED_DEFECT), "defect");
	assert_null(refusal_name(REFUSED_FEED_STEP + 1));
}
