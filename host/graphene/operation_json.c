/* SPDX-License-Identifier: MIT
 *
 * Operations as golosd's JSON, and votable properties from it. Host and command line.
 * Source: recordings 05-tx, 05b-chain-properties.
 */
#include "graphene/operation_json.h"

#include <string.h>

/* ---- writing ---------------------------------------------------------------------------------------------------- */

static void write_asset(struct json_writer *w, const char *key, const struct asset *asset)
{
	char text[ASSET_TEXT_SIZE];

	asset_format(text, asset);
	json_put_text(w, key, text);
}

static void write_witness_update(struct json_writer *w, const struct witness_update *op)
{
	char key[GW_KEY_SIZE];

	public_key_format(key, &op->signing_key);
	json_put_text(w, "owner", op->owner);
	json_put_text(w, "url", op->url);
	json_put_text(w, "block_signing_key", key);
	json_open(w, "props", '{');
	write_asset(w, "account_creation_fee", &op->account_creation_fee);
	json_put_u64(w, "maximum_block_size", op->maximum_block_size);
	json_put_u64(w, "sbd_interest_rate", op->sbd_interest_rate);
	json_close(w, '}');
	write_asset(w, "fee", &op->fee);
}

void property_write_json(struct json_writer *w, size_t index, const union property_value *value)
{
	const struct property_info *info = &chain_property_table[index];
	const char *curve = reward_curve_name(value->number);

	switch (info->type) {
	case PROPERTY_ASSET:
		write_asset(w, info->name, &value->asset);
		break;
	case PROPERTY_U16:
	case PROPERTY_U32:
	case PROPERTY_U64:
		json_put_u64(w, info->name, value->number);
		break;
	case PROPERTY_BOOL:
		json_put_bool(w, info->name, value->number != 0);
		break;
	case PROPERTY_CURVE:
		if (curve)
			json_put_text(w, info->name, curve);
		else
			json_put_u64(w, info->name, value->number);
		break;
	}
}

static void write_chain_properties_update(struct json_writer *w, const struct chain_properties_update *op)
{
	json_put_text(w, "owner", op->owner);
	json_open(w, "props", '[');
	json_put_u64(w, NULL, op->version);
	json_open(w, NULL, '{');
	for (size_t i = 0; i < chain_properties_of_version(op->version); i++)
		property_write_json(w, i, &op->values[i]);
	json_close(w, '}');
	json_close(w, ']');
}

void operation_write_json(struct json_writer *w, const char *key, const struct operation *op)
{
	const char *name = operation_name(op->type);

	json_open(w, key, '[');
	json_put_text(w, NULL, name ? name : "");
	json_open(w, NULL, '{');
	switch (op->type) {
	case OPERATION_WITNESS_UPDATE:
		write_witness_update(w, &op->witness_update);
		break;
	case OPERATION_FEED_PUBLISH:
		json_put_text(w, "publisher", op->feed_publish.publisher);
		json_open(w, "exchange_rate", '{');
		write_asset(w, "base", &op->feed_publish.base);
		write_asset(w, "quote", &op->feed_publish.quote);
		json_close(w, '}');
		break;
	case OPERATION_CHAIN_PROPERTIES_UPDATE:
		write_chain_properties_update(w, &op->chain_properties_update);
		break;
	}
	json_close(w, '}');
	json_close(w, ']');
}

/* ---- reading a property ---------------------------------------------------------------------------------------------------- */

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

static gw_status read_curve(uint64_t *ret, const struct json *object, const char *key, struct error *err)
{
	char text[16];
	uint64_t number;

	if ((json_get_text(object, key, text, sizeof(text), NULL) == GW_OK && reward_curve_number(text, &number)) ||
	    (json_get_u64(object, key, UINT64_MAX, &number, NULL) == GW_OK && reward_curve_name(number))) {
		*ret = number;
		return GW_OK;
	}
	return error_set(err, GW_ERR_SYNTAX,
			 "member '%s': missing, or not bounded, linear, square_root, detect, 0, 1, 2 or 100", key);
}

static gw_status read_bool(uint64_t *ret, const struct json *object, const char *key, struct error *err)
{
	bool value;

	if (json_get_bool(object, key, &value, NULL) == GW_OK) {
		*ret = value;
		return GW_OK;
	}
	gw_status status = json_get_u64(object, key, 1, ret, err); /* as some libraries write it */
	if (status == GW_ERR_SYNTAX)
		error_set(err, status, "member '%s': missing, or not true, false, 0 or 1", key);
	return status;
}

gw_status property_read_json(union property_value *ret, size_t index, const struct json *object, struct error *err)
{
	const struct property_info *info = &chain_property_table[index];

	switch (info->type) {
	case PROPERTY_ASSET:
		return read_asset(&ret->asset, object, info->name, err);
	case PROPERTY_U16:
		return json_get_u64(object, info->name, UINT16_MAX, &ret->number, err);
	case PROPERTY_U32:
		return json_get_u64(object, info->name, UINT32_MAX, &ret->number, err);
	case PROPERTY_U64:
		return json_get_u64(object, info->name, UINT64_MAX, &ret->number, err);
	case PROPERTY_BOOL:
		return read_bool(&ret->number, object, info->name, err);
	case PROPERTY_CURVE:
		return read_curve(&ret->number, object, info->name, err);
	}
	return GW_ERR_INTERNAL;
}
