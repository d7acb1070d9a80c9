/* SPDX-License-Identifier: MIT
 *
 * Transactions from JSON. See read_transaction.h. Source: golosd's from_variant of each structure (fc/reflect):
 * what is absent keeps its default.
 */
#include "devnet/read_transaction.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/time_text.h"
#include "graphene/hex.h"

static gw_status read_number(const struct variant *object, const char *key, uint64_t max, uint64_t *ret,
			     struct error *err)
{
	const struct variant *value = variant_member(object, key);
	if (!value)
		return GW_OK;
	uint64_t number;
	if (value->type == VARIANT_BOOL)
		number = strcmp(value->text, "true") == 0;
	else if (!variant_as_u64(value, &number))
		return error_set(err, GW_ERR_SYNTAX, "%s is not a whole number", key);
	if (number > max)
		return error_set(err, GW_ERR_RANGE, "%s is out of range", key);
	*ret = number;
	return GW_OK;
}

static gw_status read_text(const struct variant *object, const char *key, char *ret, size_t size, struct error *err)
{
	const struct variant *value = variant_member(object, key);
	const char *text = variant_as_text(value);
	if (!text)
		return error_set(err, GW_ERR_SYNTAX, "%s is not a string", key);
	if (strlen(text) >= size)
		return error_set(err, GW_ERR_RANGE, "%s is too long", key);
	if (value)
		memcpy(ret, text, strlen(text) + 1);
	return GW_OK;
}

static gw_status read_asset(const struct variant *object, const char *key, struct asset *ret, struct error *err)
{
	const struct variant *value = variant_member(object, key);
	if (!value)
		return asset_parse(ret, "0.000 GOLOS", 11, err);
	const char *text = variant_as_text(value);
	if (!text)
		return error_set(err, GW_ERR_SYNTAX, "%s is not an asset", key);
	return asset_parse(ret, text, strlen(text), err);
}

static gw_status read_key(const struct variant *object, const char *key, struct public_key *ret, struct error *err)
{
	const struct variant *value = variant_member(object, key);
	const char *text = variant_as_text(value);
	if (!value)
		return GW_OK;
	if (!text)
		return error_set(err, GW_ERR_SYNTAX, "%s is not a key", key);
	return public_key_parse(ret, text, strlen(text), err);
}

static gw_status read_witness_update(struct witness_update *op, const struct variant *value, struct error *err)
{
	const struct variant *props = variant_member(value, "props");
	uint64_t block_size = 131072, interest = 1000;
	gw_status status = read_text(value, "owner", op->owner, sizeof op->owner, err);
	if (status == GW_OK)
		status = read_text(value, "url", op->url, sizeof op->url, err);
	if (status == GW_OK)
		status = read_key(value, "block_signing_key", &op->signing_key, err);
	if (status == GW_OK)
		status = read_asset(props, "account_creation_fee", &op->account_creation_fee, err);
	if (status == GW_OK)
		status = read_number(props, "maximum_block_size", UINT32_MAX, &block_size, err);
	if (status == GW_OK)
		status = read_number(props, "sbd_interest_rate", UINT16_MAX, &interest, err);
	if (status == GW_OK)
		status = read_asset(value, "fee", &op->fee, err);
	op->maximum_block_size = (uint32_t)block_size;
	op->sbd_interest_rate = (uint16_t)interest;
	return status;
}

static gw_status read_feed_publish(struct feed_publish *op, const struct variant *value, struct error *err)
{
	const struct variant *rate = variant_member(value, "exchange_rate");
	gw_status status = read_text(value, "publisher", op->publisher, sizeof op->publisher, err);
	if (status == GW_OK)
		status = read_asset(rate, "base", &op->base, err);
	return status == GW_OK ? read_asset(rate, "quote", &op->quote, err) : status;
}

static gw_status read_curve(const struct variant *value, uint64_t *ret, struct error *err)
{
	const char *text = variant_as_text(value);
	if (text && reward_curve_number(text, ret))
		return GW_OK;
	if (variant_as_u64(value, ret) && reward_curve_name(*ret))
		return GW_OK;
	return error_set(err, GW_ERR_SYNTAX, "curation_reward_curve is unknown");
}

static gw_status read_property(const struct property_info *info, const struct variant *props, union property_value *ret,
			       struct error *err)
{
	static const uint64_t most[] = {[PROPERTY_U16] = UINT16_MAX,
					[PROPERTY_U32] = UINT32_MAX,
					[PROPERTY_U64] = UINT64_MAX,
					[PROPERTY_BOOL] = 1};
	const struct variant *value = variant_member(props, info->name);
	if (!value)
		return error_set(err, GW_ERR_NOT_FOUND, "%s is missing", info->name);
	if (info->type == PROPERTY_ASSET)
		return read_asset(props, info->name, &ret->asset, err);
	if (info->type == PROPERTY_CURVE)
		return read_curve(value, &ret->number, err);
	return read_number(props, info->name, most[info->type], &ret->number, err);
}

static gw_status read_properties(struct chain_properties_update *op, const struct variant *value, struct error *err)
{
	const struct variant *pair = variant_member(value, "props");
	const struct variant *version = variant_element(pair, 0);
	uint64_t number;
	gw_status status = read_text(value, "owner", op->owner, sizeof op->owner, err);
	if (status != GW_OK)
		return status;
	if (!version || version->type != VARIANT_INTEGER || !variant_as_u64(version, &number) ||
	    number > CHAIN_PROPERTIES_VERSION_MAX)
		return error_set(err, GW_ERR_SYNTAX, "props has no version of 0 to %d", CHAIN_PROPERTIES_VERSION_MAX);
	op->version = (uint8_t)number;
	for (size_t i = 0; status == GW_OK && i < chain_properties_of_version(op->version); i++)
		status = read_property(&chain_property_table[i], variant_element(pair, 1), &op->values[i], err);
	return status;
}

static bool is_operation(const char *text, const char *name, const char *number)
{
	return strcmp(text, name) == 0 || strcmp(text, number) == 0;
}

static gw_status read_operation(struct operation *op, const struct variant *pair, struct error *err)
{
	const struct variant *name = variant_element(pair, 0), *value = variant_element(pair, 1);
	const char *text = variant_as_text(name);
	if (!name || !value || !text)
		return error_set(err, GW_ERR_SYNTAX, "an operation is not [name, {...}]");
	if (is_operation(text, "witness_update", "11")) {
		op->type = OPERATION_WITNESS_UPDATE;
		return read_witness_update(&op->witness_update, value, err);
	}
	if (is_operation(text, "feed_publish", "7")) {
		op->type = OPERATION_FEED_PUBLISH;
		return read_feed_publish(&op->feed_publish, value, err);
	}
	if (is_operation(text, "chain_properties_update", "45")) {
		op->type = OPERATION_CHAIN_PROPERTIES_UPDATE;
		return read_properties(&op->chain_properties_update, value, err);
	}
	return error_set(err, GW_ERR_UNSUPPORTED, "the devnet knows no operation '%.40s'", text);
}

static gw_status read_operations(struct transaction *tx, const struct variant *list, struct error *err)
{
	size_t count = list ? list->count : 0;
	if (count > TRANSACTION_OPERATIONS_MAX)
		return error_set(err, GW_ERR_RANGE, "more than %d operations", TRANSACTION_OPERATIONS_MAX);
	for (size_t i = 0; i < count; i++) {
		gw_status status = read_operation(&tx->operations[i], variant_element(list, i), err);
		if (status != GW_OK)
			return status;
	}
	tx->operation_count = (uint32_t)count;
	return GW_OK;
}

/* A short or overlong signature keeps what there is of it: golosd then finds it not canonical. */
static size_t read_signatures(struct signature *ret, const struct variant *list)
{
	size_t count = 0;
	for (size_t i = 0; list && i < list->count && count < SIGNATURES_MAX; i++) {
		const char *text = variant_as_text(list->values[i]);
		struct signature sig = {{0}};
		if (text && hex_decode(sig.bytes, sizeof sig.bytes, text, strlen(text)) != GW_OK)
			memset(sig.bytes, 0xff, sizeof sig.bytes);
		ret[count++] = sig;
	}
	return count;
}

static gw_status read_body(struct transaction *tx, const struct variant *value, struct error *err)
{
	uint64_t num = 0, prefix = 0;
	int64_t expiration_s = 0;
	char expiration[32] = "1970-01-01T00:00:00";
	if (value->type != VARIANT_OBJECT)
		return error_set(err, GW_ERR_SYNTAX, "the transaction is no object");
	gw_status status = read_number(value, "ref_block_num", UINT16_MAX, &num, err);
	if (status == GW_OK)
		status = read_number(value, "ref_block_prefix", UINT32_MAX, &prefix, err);
	if (status == GW_OK)
		status = read_text(value, "expiration", expiration, sizeof expiration, err);
	if (status == GW_OK && time_parse(expiration, strlen(expiration), &expiration_s) != GW_OK)
		status = error_set(err, GW_ERR_SYNTAX, "expiration is no time");
	if (status == GW_OK)
		status = read_operations(tx, variant_member(value, "operations"), err);
	tx->ref_block_num = (uint16_t)num;
	tx->ref_block_prefix = (uint32_t)prefix;
	tx->expiration_s = (uint32_t)expiration_s;
	return status;
}

gw_status transaction_read(struct signed_transaction **ret, const struct variant *value, struct error *err)
{
	struct transaction *body = xcalloc(1, sizeof *body);
	struct signature signatures[SIGNATURES_MAX];
	gw_status status = read_body(body, value, err);
	if (status == GW_OK) {
		size_t count = read_signatures(signatures, variant_member(value, "signatures"));
		status = signed_transaction_new(ret, body, signatures, count);
		if (status != GW_OK)
			(void)error_set(err, status, "the transaction cannot be serialised");
	}
	free(body);
	return status;
}
