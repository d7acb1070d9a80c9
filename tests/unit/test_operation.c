/* SPDX-License-Identifier: MIT
 * graphene/operation.c and properties.c: what golosd would refuse. Good and bad properties are recording
 * 05b-chain-properties's. */
#include "test.h"

#include "graphene/operation.h"

static struct asset golos(int64_t amount)
{
	return (struct asset){amount, 3, "GOLOS"};
}

static struct asset gbg(int64_t amount)
{
	return (struct asset){amount, 3, "GBG"};
}

static struct operation witness_update(void)
{
	return (struct operation){.type = OPERATION_WITNESS_UPDATE,
				  .witness_update = {.owner = "foo",
						     .url = "https://golos.id/делегат",
						     .account_creation_fee = golos(1000),
						     .maximum_block_size = 65536,
						     .sbd_interest_rate = 1000,
						     .fee = golos(0)}};
}

static void set(struct operation *op, const char *name, uint64_t number)
{
	size_t index = chain_property_index(name);

	assert_true(index < chain_property_count);
	op->chain_properties_update.values[index].number = number;
}

static void set_asset(struct operation *op, const char *name, struct asset asset)
{
	size_t index = chain_property_index(name);

	assert_true(index < chain_property_count);
	op->chain_properties_update.values[index].asset = asset;
}

/* Accepted by golosd on the recorded network. */
static struct operation chain_properties_update(void)
{
	struct operation op = {.type = OPERATION_CHAIN_PROPERTIES_UPDATE,
			       .chain_properties_update = {.owner = "foo", .version = 10}};

	for (size_t i = 0; i < chain_property_count; i++)
		if (chain_property_table[i].type == PROPERTY_ASSET)
			op.chain_properties_update.values[i].asset =
				chain_property_table[i].symbol && strcmp(chain_property_table[i].symbol, "GBG") == 0
					? gbg(1000)
					: golos(1000);
		else
			op.chain_properties_update.values[i].number = 1;
	set(&op, "maximum_block_size", 131072);
	set(&op, "witness_skipping_reset_time", 3600);
	return op;
}

static void assert_refused(const struct operation *op, const char *text)
{
	struct error err = {.text = ""};

	assert_int_not_equal(operation_validate(op, &err), GW_OK);
	if (strncmp(err.text, text, strlen(text)) != 0)
		fail_msg("'%s' instead of '%s'", err.text, text);
	assert_int_not_equal(operation_validate(op, NULL), GW_OK);
}

TEST(good_operations_pass)
{
	struct operation op = witness_update();

	assert_int_equal(operation_validate(&op, NULL), GW_OK);
	op = chain_properties_update();
	assert_int_equal(operation_validate(&op, NULL), GW_OK);
	op = (struct operation){.type = OPERATION_FEED_PUBLISH,
				.feed_publish = {.publisher = "foo", .base = gbg(1000), .quote = golos(4242)}};
	assert_int_equal(operation_validate(&op, NULL), GW_OK);
	op.feed_publish.base = golos(1);
	op.feed_publish.quote = gbg(1);
	assert_int_equal(operation_validate(&op, NULL), GW_OK);
}

TEST(a_bad_witness_update_is_refused)
{
	struct operation op = witness_update();

	memcpy(op.witness_update.owner, "Foo", 4);
	assert_refused(&op, "witness_update: owner: 'Foo' is no account name");
	op = witness_update();
	op.witness_update.url[0] = '\0';
	assert_refused(&op, "witness_update: url: empty");
	op.witness_update.url[0] = '\xff';
	op.witness_update.url[1] = '\0';
	assert_refused(&op, "witness_update: url: not UTF-8");
	op = witness_update();
	op.witness_update.signing_key.bytes[0] = 7;
	assert_refused(&op, "witness_update: block_signing_key: not a point");
	op = witness_update();
	op.witness_update.fee = golos(-1);
	assert_refused(&op, "witness_update: fee: -0.001 GOLOS is less than 0.000 GOLOS");
	op.witness_update.fee = gbg(0);
	assert_refused(&op, "witness_update: fee: 0.000 GBG is not in GOLOS");
	op = witness_update();
	op.witness_update.maximum_block_size = 65535;
	assert_refused(&op, "witness_update: maximum_block_size: 65535 is not within 65536 to");
	op = witness_update();
	op.witness_update.sbd_interest_rate = 10001;
	assert_refused(&op, "witness_update: sbd_interest_rate: 10001 is not within 0 to 10000");
}

TEST(a_bad_feed_is_refused)
{
	struct operation op = {.type = OPERATION_FEED_PUBLISH,
			       .feed_publish = {.publisher = "foo", .base = gbg(1000), .quote = gbg(1000)}};

	assert_refused(&op, "feed_publish: quote: 1.000 GBG is not in GOLOS");
	op.feed_publish.quote = golos(0);
	assert_refused(&op, "feed_publish: quote: 0.000 GOLOS is less than 0.001 GOLOS");
	op.feed_publish.base = (struct asset){1000000, 6, "GESTS"};
	assert_refused(&op, "feed_publish: base: 1.000000 GESTS is not in GBG");
	op.feed_publish.publisher[0] = '\0';
	assert_refused(&op, "feed_publish: publisher: '' is no account name");
}

TEST(bad_properties_are_refused)
{
	struct operation op = chain_properties_update();

	set(&op, "witness_skipping_reset_time", 3599);
	assert_refused(&op, "chain_properties_update: witness_skipping_reset_time: 3599 is not within 3600 to");
	op = chain_properties_update();
	set(&op, "maximum_block_size", 1000);
	assert_refused(&op, "chain_properties_update: maximum_block_size");
	op = chain_properties_update();
	set_asset(&op, "account_creation_fee", gbg(1000));
	assert_refused(&op, "chain_properties_update: account_creation_fee: 1.000 GBG is not in GOLOS");
	op = chain_properties_update();
	set(&op, "min_curation_percent", 2);
	assert_refused(&op, "chain_properties_update: min_curation_percent: 2 is more than max_curation_percent, 1");
	op = chain_properties_update();
	set(&op, "witness_reward_percent", 9999);
	assert_refused(&op, "chain_properties_update: worker_reward_percent: more than 100 %");
	op = chain_properties_update();
	set_asset(&op, "create_account_min_golos_fee", golos(0));
	assert_refused(&op,
		       "chain_properties_update: create_account_min_golos_fee: 0.000 GOLOS is less than 0.001 GOLOS");
	op = chain_properties_update();
	set_asset(&op, "min_referral_break_fee", golos(1001));
	assert_refused(
		&op, "chain_properties_update: min_referral_break_fee: 1001 is more than max_referral_break_fee, 1000");
	op = chain_properties_update();
	set(&op, "curation_reward_curve", 100);
	assert_refused(&op, "chain_properties_update: curation_reward_curve");
	op = chain_properties_update();
	set(&op, "allow_distribute_auction_reward", 0);
	assert_int_equal(operation_validate(&op, NULL), GW_OK);
	set(&op, "allow_return_auction_reward_to_fund", 0);
	assert_refused(&op, "chain_properties_update: allow_return_auction_reward_to_fund");
	op = chain_properties_update();
	op.chain_properties_update.version = 11;
	assert_refused(&op, "chain_properties_update: props: version 11 is not known");
}

/* What a version does not have is neither checked nor sent. */
TEST(an_old_version_has_fewer_members)
{
	struct operation op = chain_properties_update();

	set(&op, "worker_reward_percent", 10001);
	op.chain_properties_update.version = 2;
	assert_int_equal(operation_validate(&op, NULL), GW_OK);
	op.chain_properties_update.version = 3;
	assert_refused(&op, "chain_properties_update: worker_reward_percent");
	assert_int_equal(chain_properties_of_version(0), 3);
	assert_int_equal(chain_properties_of_version(1), 7);
	assert_int_equal(chain_properties_of_version(10), chain_property_count);
	assert_int_equal(chain_property_index("no_such_member"), chain_property_count);
}

TEST(an_unknown_operation_is_refused)
{
	const struct operation op = {.type = 2};

	assert_refused(&op, "operation 2 is not known");
	assert_null(operation_name(2));
}

/* As golosd's enum counts them: not from 0 upwards. */
TEST(curves_have_golosds_numbers)
{
	static const struct {
		const char *name;
		uint64_t number;
	} curves[] = {{"bounded", 0}, {"linear", 1}, {"square_root", 2}, {"detect", 100}};
	uint64_t number;

	for (size_t i = 0; i < COUNT(curves); i++) {
		assert_true(reward_curve_number(curves[i].name, &number));
		assert_true(number == curves[i].number);
		assert_string_equal(reward_curve_name(number), curves[i].name);
	}
	assert_false(reward_curve_number("cubic", &number));
	assert_null(reward_curve_name(3));
}
