/* SPDX-License-Identifier: MIT
 *
 * The rules of golosd's validate() for operations. Every program. Source: golosd's
 * libraries/protocol/steem_operations.cpp.
 */
#include "graphene/operation.h"

#include <inttypes.h>
#include <string.h>

#include "base/utf8.h"

const char *operation_name(uint32_t type)
{
	switch (type) {
	case OPERATION_WITNESS_UPDATE:
		return "witness_update";
	case OPERATION_FEED_PUBLISH:
		return "feed_publish";
	case OPERATION_CHAIN_PROPERTIES_UPDATE:
		return "chain_properties_update";
	default:
		return NULL;
	}
}

static bool symbol_is(const struct asset *asset, const char *symbol)
{
	return strncmp(asset->symbol, symbol, sizeof(asset->symbol)) == 0 && asset->decimals == 3;
}

static gw_status check_account(const char *member, const char *name, struct error *err)
{
	if (account_name_is_valid(name))
		return GW_OK;
	return error_set(err, GW_ERR_SYNTAX, "%s: '%s' is no account name", member, name);
}

static gw_status check_url(const char *url, struct error *err)
{
	const char *end = url + strlen(url);

	if (url == end)
		return error_set(err, GW_ERR_RANGE, "url: empty");
	while (url < end) {
		size_t len = utf8_length(url, (size_t)(end - url));

		if (len == 0)
			return error_set(err, GW_ERR_SYNTAX, "url: not UTF-8");
		url += len;
	}
	return GW_OK;
}

static gw_status check_asset(const char *member, const struct asset *asset, const char *symbol, int64_t min,
			     int64_t max, struct error *err)
{
	char text[ASSET_TEXT_SIZE];

	asset_format(text, asset);
	if (symbol && !symbol_is(asset, symbol))
		return error_set(err, GW_ERR_RANGE, "%s: %s is not in %s", member, text, symbol);
	if (asset->amount >= min && asset->amount <= max)
		return GW_OK;
	struct asset limit = *asset;
	char limit_text[ASSET_TEXT_SIZE];

	limit.amount = asset->amount < min ? min : max;
	asset_format(limit_text, &limit);
	return error_set(err, GW_ERR_RANGE, "%s: %s is %s than %s", member, text, asset->amount < min ? "less" : "more",
			 limit_text);
}

static gw_status check_property(const struct property_info *info, const union property_value *value, struct error *err)
{
	if (info->type == PROPERTY_ASSET)
		return check_asset(info->name, &value->asset, info->symbol, info->min, info->max, err);
	if (value->number < (uint64_t)info->min || value->number > (uint64_t)info->max)
		return error_set(err, GW_ERR_RANGE, "%s: %" PRIu64 " is not within %" PRId64 " to %" PRId64, info->name,
				 value->number, info->min, info->max);
	return GW_OK;
}

static gw_status check_witness_update(const struct witness_update *op, struct error *err)
{
	const union property_value props[] = {{.asset = op->account_creation_fee},
					      {.number = op->maximum_block_size},
					      {.number = op->sbd_interest_rate}};
	gw_status status = check_account("owner", op->owner, err);

	if (!status)
		status = check_url(op->url, err);
	if (!status && !public_key_is_null(&op->signing_key) && !public_key_is_valid(&op->signing_key))
		status = error_set(err, GW_ERR_RANGE, "block_signing_key: not a point of the curve secp256k1");
	if (!status)
		status = check_asset("fee", &op->fee, "GOLOS", 0, INT64_MAX, err);
	for (size_t i = 0; i < sizeof(props) / sizeof(props[0]) && !status; i++)
		status = check_property(&chain_property_table[i], &props[i], err);
	return status;
}

static gw_status check_feed_publish(const struct feed_publish *op, struct error *err)
{
	gw_status status = check_account("publisher", op->publisher, err);
	bool base_is_golos = symbol_is(&op->base, "GOLOS");

	if (!status)
		status = check_asset("base", &op->base, base_is_golos ? "GOLOS" : "GBG", 1, INT64_MAX, err);
	if (!status)
		status = check_asset("quote", &op->quote, base_is_golos ? "GBG" : "GOLOS", 1, INT64_MAX, err);
	return status;
}

/* Members that must not be larger than another. */
static const struct {
	const char *lesser, *greater;
} ordered[] = {{"min_referral_break_fee", "max_referral_break_fee"},
	       {"posts_per_window", "posts_window"},
	       {"comments_per_window", "comments_window"},
	       {"votes_per_window", "votes_window"},
	       {"min_curation_percent", "max_curation_percent"}};

static int64_t property_size(const struct chain_properties_update *op, const char *name)
{
	size_t index = chain_property_index(name);

	if (chain_property_table[index].type == PROPERTY_ASSET)
		return op->values[index].asset.amount;
	return (int64_t)op->values[index].number; /* at most 32 bits: checked before */
}

static gw_status check_properties_together(const struct chain_properties_update *op, struct error *err)
{
	for (size_t i = 0; i < sizeof(ordered) / sizeof(ordered[0]) && op->version >= 2; i++)
		if (property_size(op, ordered[i].lesser) > property_size(op, ordered[i].greater))
			return error_set(err, GW_ERR_RANGE, "%s: %" PRId64 " is more than %s, %" PRId64,
					 ordered[i].lesser, property_size(op, ordered[i].lesser), ordered[i].greater,
					 property_size(op, ordered[i].greater));
	if (op->version >= 2 && !property_size(op, "allow_distribute_auction_reward") &&
	    !property_size(op, "allow_return_auction_reward_to_fund"))
		return error_set(err, GW_ERR_RANGE,
				 "allow_return_auction_reward_to_fund: it or allow_distribute_auction_reward must be "
				 "true");
	if (op->version >= 3 && property_size(op, "worker_reward_percent") +
						property_size(op, "witness_reward_percent") +
						property_size(op, "vesting_reward_percent") >
					10000)
		return error_set(err, GW_ERR_RANGE,
				 "worker_reward_percent: more than 100 %% with witness_reward_percent "
				 "and vesting_reward_percent");
	return GW_OK;
}

static gw_status check_chain_properties_update(const struct chain_properties_update *op, struct error *err)
{
	gw_status status = check_account("owner", op->owner, err);

	if (!status && op->version > CHAIN_PROPERTIES_VERSION_MAX)
		status = error_set(err, GW_ERR_RANGE, "props: version %u is not known", op->version);
	for (size_t i = 0; i < chain_properties_of_version(op->version) && !status; i++)
		status = check_property(&chain_property_table[i], &op->values[i], err);
	return status ? status : check_properties_together(op, err);
}

gw_status operation_validate(const struct operation *op, struct error *err)
{
	const char *name = operation_name(op->type);
	gw_status status;

	switch (op->type) {
	case OPERATION_WITNESS_UPDATE:
		status = check_witness_update(&op->witness_update, err);
		break;
	case OPERATION_FEED_PUBLISH:
		status = check_feed_publish(&op->feed_publish, err);
		break;
	case OPERATION_CHAIN_PROPERTIES_UPDATE:
		status = check_chain_properties_update(&op->chain_properties_update, err);
		break;
	default:
		return error_set(err, GW_ERR_RANGE, "operation %" PRIu32 " is not known", op->type);
	}
	if (status && err)
		error_prefix(err, "%s", name);
	return status;
}
