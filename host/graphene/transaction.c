/* SPDX-License-Identifier: MIT
 *
 * Transactions as bytes: what is signed. Every program.
 * Source: docs/protocol.md 5; golosd packs structs member by member, little-endian (fc/io/raw.hpp).
 */
#include <string.h>

#include "graphene/hash.h"
#include "graphene/hex.h"
#include "graphene/operation.h"

#define BLOCK_ID_BYTES 20

/* Room in *ret for `len` bytes more; once there is none, len grows beyond the maximum and stays there. */
static void put(struct transaction_bytes *ret, const void *bytes, size_t len)
{
	if (ret->len <= sizeof(ret->bytes) && len <= sizeof(ret->bytes) - ret->len)
		memcpy(ret->bytes + ret->len, bytes, len);
	else
		len = sizeof(ret->bytes) + 1;
	ret->len += len;
}

/* The low `len` bytes of a number, little-endian. */
static void put_number(struct transaction_bytes *ret, uint64_t value, size_t len)
{
	uint8_t bytes[8];

	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)(value >> 8 * i);
	put(ret, bytes, len);
}

static void put_varint(struct transaction_bytes *ret, uint32_t value)
{
	for (; value >= 0x80; value >>= 7)
		put_number(ret, (value & 0x7f) | 0x80, 1);
	put_number(ret, value, 1);
}

static void put_string(struct transaction_bytes *ret, const char *text, size_t size)
{
	size_t len = strnlen(text, size);

	put_varint(ret, (uint32_t)len);
	put(ret, text, len);
}

static void put_asset(struct transaction_bytes *ret, const struct asset *asset)
{
	put_number(ret, (uint64_t)asset->amount, 8);
	put_number(ret, asset->decimals, 1);
	put(ret, asset->symbol, 7);
}

static void put_property(struct transaction_bytes *ret, enum property_type type, const union property_value *value)
{
	switch (type) {
	case PROPERTY_ASSET:
		put_asset(ret, &value->asset);
		break;
	case PROPERTY_U16:
		put_number(ret, value->number, 2);
		break;
	case PROPERTY_U32:
		put_number(ret, value->number, 4);
		break;
	case PROPERTY_U64:
	case PROPERTY_CURVE:
		put_number(ret, value->number, 8);
		break;
	case PROPERTY_BOOL:
		put_number(ret, value->number != 0, 1);
		break;
	}
}

static void put_witness_update(struct transaction_bytes *ret, const struct witness_update *op)
{
	put_string(ret, op->owner, sizeof(op->owner));
	put_string(ret, op->url, sizeof(op->url));
	put(ret, op->signing_key.bytes, sizeof(op->signing_key.bytes));
	put_asset(ret, &op->account_creation_fee);
	put_number(ret, op->maximum_block_size, 4);
	put_number(ret, op->sbd_interest_rate, 2);
	put_asset(ret, &op->fee);
}

static gw_status put_chain_properties_update(struct transaction_bytes *ret, const struct chain_properties_update *op)
{
	if (op->version > CHAIN_PROPERTIES_VERSION_MAX)
		return GW_ERR_RANGE;
	put_string(ret, op->owner, sizeof(op->owner));
	put_varint(ret, op->version);
	for (size_t i = 0; i < chain_properties_of_version(op->version); i++)
		put_property(ret, chain_property_table[i].type, &op->values[i]);
	return GW_OK;
}

static gw_status put_operation(struct transaction_bytes *ret, const struct operation *op)
{
	put_varint(ret, op->type);
	switch (op->type) {
	case OPERATION_WITNESS_UPDATE:
		put_witness_update(ret, &op->witness_update);
		return GW_OK;
	case OPERATION_FEED_PUBLISH:
		put_string(ret, op->feed_publish.publisher, sizeof(op->feed_publish.publisher));
		put_asset(ret, &op->feed_publish.base);
		put_asset(ret, &op->feed_publish.quote);
		return GW_OK;
	case OPERATION_CHAIN_PROPERTIES_UPDATE:
		return put_chain_properties_update(ret, &op->chain_properties_update);
	default:
		return GW_ERR_RANGE;
	}
}

gw_status transaction_serialize(struct transaction_bytes *ret, const struct transaction *tx)
{
	gw_status status = GW_OK;

	ret->len = 0;
	if (tx->operation_count > TRANSACTION_OPERATIONS_MAX)
		return GW_ERR_RANGE;
	put_number(ret, tx->ref_block_num, 2);
	put_number(ret, tx->ref_block_prefix, 4);
	put_number(ret, tx->expiration_s, 4);
	put_varint(ret, tx->operation_count);
	for (uint32_t i = 0; i < tx->operation_count && !status; i++)
		status = put_operation(ret, &tx->operations[i]);
	put_varint(ret, 0); /* extensions */
	if (!status && ret->len > sizeof(ret->bytes))
		status = GW_ERR_RANGE;
	if (status)
		ret->len = 0;
	return status;
}

void transaction_digest(struct digest *ret, const struct chain_id *chain, const struct transaction_bytes *bytes)
{
	hash_sha256_2(ret, chain->bytes, sizeof(chain->bytes), bytes->bytes, bytes->len);
}

void transaction_id(char ret[GW_ID_SIZE], const struct transaction_bytes *bytes)
{
	struct digest digest;

	hash_sha256(&digest, bytes->bytes, bytes->len);
	hex_encode(ret, digest.bytes, (GW_ID_SIZE - 1) / 2);
}

gw_status transaction_set_tapos(struct transaction *tx, const char *block_id)
{
	uint8_t id[BLOCK_ID_BYTES];

	if (hex_decode(id, sizeof(id), block_id, strlen(block_id)))
		return GW_ERR_SYNTAX;
	tx->ref_block_num = (uint16_t)(id[2] << 8 | id[3]);
	tx->ref_block_prefix = id[4] | (uint32_t)id[5] << 8 | (uint32_t)id[6] << 16 | (uint32_t)id[7] << 24;
	return GW_OK;
}

uint32_t block_id_num(const char *block_id)
{
	uint8_t id[BLOCK_ID_BYTES];

	if (hex_decode(id, sizeof(id), block_id, strlen(block_id)))
		return 0;
	return (uint32_t)id[0] << 24 | (uint32_t)id[1] << 16 | (uint32_t)id[2] << 8 | id[3];
}
