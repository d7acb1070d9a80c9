/* SPDX-License-Identifier: MIT
 * See transaction_read.h. */
#include "transaction_read.h"

#include <string.h>

#include "graphene/operation_json.h"

static gw_status read_asset(struct asset *ret, const struct json *object, const char *key, struct error *err)
{
	char text[64];
	gw_status status = json_get_text(object, key, text, sizeof(text), err);

	if (status)
		return status;
	status = asset_parse(ret, text, strlen(text), err);
	if (status && err)
		error_prefix(err, "member '%s'", key);
	return status;
}

static gw_status read_key(struct public_key *ret, const struct json *object, const char *key, struct error *err)
{
	char text[GW_KEY_SIZE];
	gw_status status = json_get_text(object, key, text, sizeof(text), err);

	if (status)
		return status;
	status = public_key_parse(ret, text, strlen(text), err);
	if (status && err)
		error_prefix(err, "member '%s'", key);
	return status;
}

static gw_status read_witness_update(struct witness_update *ret, const struct json *value, struct error *err)
{
	const struct json *props = NULL;
	uint64_t size = 0, rate = 0;
	gw_status status = json_get_text(value, "owner", ret->owner, sizeof(ret->owner), err);

	if (!status)
		status = json_get_text(value, "url", ret->url, sizeof(ret->url), err);
	if (!status)
		status = read_key(&ret->signing_key, value, "block_signing_key", err);
	if (!status)
		status = json_get_object(value, "props", &props, err);
	if (!status)
		status = read_asset(&ret->account_creation_fee, props, "account_creation_fee", err);
	if (!status)
		status = json_get_u64(props, "maximum_block_size", UINT32_MAX, &size, err);
	if (!status)
		status = json_get_u64(props, "sbd_interest_rate", UINT16_MAX, &rate, err);
	if (!status)
		status = read_asset(&ret->fee, value, "fee", err);
	ret->maximum_block_size = (uint32_t)size;
	ret->sbd_interest_rate = (uint16_t)rate;
	return status;
}

static gw_status read_feed_publish(struct feed_publish *ret, const struct json *value, struct error *err)
{
	const struct json *rate = NULL;
	gw_status status = json_get_text(value, "publisher", ret->publisher, sizeof(ret->publisher), err);

	if (!status)
		status = json_get_object(value, "exchange_rate", &rate, err);
	if (!status)
		status = read_asset(&ret->base, rate, "base", err);
	if (!status)
		status = read_asset(&ret->quote, rate, "quote", err);
	return status;
}

static gw_status read_chain_properties_update(struct chain_properties_update *ret, const struct json *value,
					      struct error *err)
{
	const struct json *props = NULL;
	uint64_t version = 0;
	gw_status status = json_get_text(value, "owner", ret->owner, sizeof(ret->owner), err);

	if (!status)
		status = json_get_array(value, "props", &props, err);
	if (!status && (json_array_size(props) != 2 || !json_is_object(json_element(props, 1))))
		status = error_set(err, GW_ERR_SYNTAX, "member 'props': not of the form [version, {…}]");
	if (!status)
		status = json_read_u64(json_element(props, 0), CHAIN_PROPERTIES_VERSION_MAX, &version, err);
	if (status)
		return status;
	ret->version = (uint8_t)version;
	for (size_t i = 0; i < chain_properties_of_version(ret->version) && !status; i++)
		status = property_read_json(&ret->values[i], i, json_element(props, 1), err);
	return status;
}

static gw_status read_operation(struct operation *ret, const struct json *value, struct error *err)
{
	static const uint32_t types[] = {OPERATION_WITNESS_UPDATE, OPERATION_FEED_PUBLISH,
					 OPERATION_CHAIN_PROPERTIES_UPDATE};
	const char *name = json_string(json_element(value, 0), NULL);
	const struct json *members = json_element(value, 1);
	gw_status status;

	if (json_array_size(value) != 2 || !name || !json_is_object(members))
		return error_set(err, GW_ERR_SYNTAX, "not an operation of the form [name, {…}]");
	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(name, operation_name(types[i])) == 0)
			ret->type = types[i];
	switch (ret->type) {
	case OPERATION_WITNESS_UPDATE:
		status = read_witness_update(&ret->witness_update, members, err);
		break;
	case OPERATION_FEED_PUBLISH:
		status = read_feed_publish(&ret->feed_publish, members, err);
		break;
	case OPERATION_CHAIN_PROPERTIES_UPDATE:
		status = read_chain_properties_update(&ret->chain_properties_update, members, err);
		break;
	default:
		return error_set(err, GW_ERR_UNSUPPORTED, "operation '%.40s': not one that Golos Watch knows", name);
	}
	if (status && err)
		error_prefix(err, "%s", name);
	return status;
}

static gw_status read_operations(struct transaction *ret, const struct json *operations, struct error *err)
{
	size_t count = json_array_size(operations);
	gw_status status = GW_OK;

	if (count > TRANSACTION_OPERATIONS_MAX)
		return error_set(err, GW_ERR_RANGE, "member 'operations': %zu of them, at most %d are allowed", count,
				 TRANSACTION_OPERATIONS_MAX);
	for (size_t i = 0; i < count && !status; i++) {
		status = read_operation(&ret->operations[i], json_element(operations, i), err);
		if (status && err)
			error_prefix(err, "operation %zu", i);
	}
	ret->operation_count = (uint32_t)count;
	return status;
}

gw_status transaction_read_json(struct transaction *ret, const struct json *value, struct error *err)
{
	const struct json *operations = NULL, *extensions = NULL;
	uint64_t num = 0, prefix = 0;
	int64_t expiration_s = 0;
	gw_status status = json_get_u64(value, "ref_block_num", UINT16_MAX, &num, err);

	if (!status)
		status = json_get_u64(value, "ref_block_prefix", UINT32_MAX, &prefix, err);
	if (!status)
		status = json_get_time(value, "expiration", &expiration_s, err);
	if (!status)
		status = json_get_array(value, "operations", &operations, err);
	if (!status)
		status = json_get_array(value, "extensions", &extensions, err);
	if (!status && json_array_size(extensions) != 0)
		status = error_set(err, GW_ERR_UNSUPPORTED, "member 'extensions': golosd knows none");
	if (!status)
		status = read_operations(ret, operations, err);
	if (status)
		return status;
	ret->ref_block_num = (uint16_t)num;
	ret->ref_block_prefix = (uint32_t)prefix;
	ret->expiration_s = (uint32_t)expiration_s;
	return GW_OK;
}
