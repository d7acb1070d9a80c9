/* SPDX-License-Identifier: MIT
 *
 * Host and signer. Each layout is one function that both reads and writes (wire.h).
 */
#include "signer/wire/protocol.h"

#include <string.h>

#include "base/wire.h"

#define MAGIC 0x50535747u /* "GWSP" */

static void wire_key(struct wire *w, struct public_key *key)
{
	wire_bytes(w, key->bytes, sizeof(key->bytes));
}

/* A list's count, kept as size_t. */
static void wire_size(struct wire *w, size_t *size, uint32_t max)
{
	uint32_t count = *size > max ? max + 1 : (uint32_t)*size;

	wire_count(w, &count, max);
	*size = count;
}

static void wire_asset(struct wire *w, struct asset *asset)
{
	uint8_t symbol[sizeof(asset->symbol)];

	memcpy(symbol, asset->symbol, sizeof(symbol));
	wire_i64(w, &asset->amount);
	wire_u8(w, &asset->decimals);
	wire_bytes(w, symbol, sizeof(symbol));
	memcpy(asset->symbol, symbol, sizeof(symbol));
	size_t len = strnlen(asset->symbol, sizeof(asset->symbol));

	for (size_t i = len; i < sizeof(symbol); i++)
		if (symbol[i])
			w->failed = true;
	if (len == sizeof(symbol))
		w->failed = true;
}

/* ---- operations -------------------------------------------------------------------------------------------------- */

static void wire_witness_update(struct wire *w, struct witness_update *op)
{
	wire_text(w, op->owner, sizeof(op->owner));
	wire_text(w, op->url, sizeof(op->url));
	wire_key(w, &op->signing_key);
	wire_asset(w, &op->account_creation_fee);
	wire_u32(w, &op->maximum_block_size);
	wire_u16(w, &op->sbd_interest_rate);
	wire_asset(w, &op->fee);
}

static void wire_chain_properties_update(struct wire *w, struct chain_properties_update *op)
{
	wire_text(w, op->owner, sizeof(op->owner));
	wire_u8(w, &op->version);
	if (op->version > CHAIN_PROPERTIES_VERSION_MAX)
		w->failed = true;
	if (w->failed)
		return;
	for (size_t i = 0; i < chain_properties_of_version(op->version); i++) {
		if (chain_property_table[i].type == PROPERTY_ASSET)
			wire_asset(w, &op->values[i].asset);
		else
			wire_u64(w, &op->values[i].number);
	}
}

static void wire_operation(struct wire *w, struct operation *op)
{
	wire_u32(w, &op->type);
	switch (op->type) {
	case OPERATION_WITNESS_UPDATE:
		wire_witness_update(w, &op->witness_update);
		return;
	case OPERATION_FEED_PUBLISH:
		wire_text(w, op->feed_publish.publisher, sizeof(op->feed_publish.publisher));
		wire_asset(w, &op->feed_publish.base);
		wire_asset(w, &op->feed_publish.quote);
		return;
	case OPERATION_CHAIN_PROPERTIES_UPDATE:
		wire_chain_properties_update(w, &op->chain_properties_update);
		return;
	}
	/* Any other type has no members here: the policy refuses it by its number. */
}

static void wire_transaction(struct wire *w, struct transaction *tx)
{
	wire_u16(w, &tx->ref_block_num);
	wire_u32(w, &tx->ref_block_prefix);
	wire_u32(w, &tx->expiration_s);
	wire_count(w, &tx->operation_count, TRANSACTION_OPERATIONS_MAX);
	for (uint32_t i = 0; i < tx->operation_count && !w->failed; i++)
		wire_operation(w, &tx->operations[i]);
}

/* ---- messages ---------------------------------------------------------------------------------------------------- */

static void wire_setup(struct wire *w, struct message_setup *setup)
{
	wire_bytes(w, setup->chain.bytes, sizeof(setup->chain.bytes));
	wire_bool(w, &setup->has_user);
	wire_u32(w, &setup->uid);
	wire_u32(w, &setup->gid);
	wire_bool(w, &setup->inline_keys);
	wire_bool(w, &setup->log_json);
	wire_bool(w, &setup->log_to_journal);
	wire_bool(w, &setup->quiet);
	wire_text(w, setup->count_file, sizeof(setup->count_file));
	wire_text(w, setup->credentials, sizeof(setup->credentials));
}

static void wire_instance(struct wire *w, struct signer_policy_instance *instance)
{
	wire_text(w, instance->witness, sizeof(instance->witness));
	wire_key(w, &instance->signing_key);
	wire_u32(w, &instance->grants);
	wire_u32(w, &instance->max_signatures);
	wire_u64(w, &instance->feed.min);
	wire_u64(w, &instance->feed.max);
	wire_u32(w, &instance->feed.step);
	wire_u32(w, &instance->feed.per_hour);
}

static void wire_sign(struct wire *w, struct message_sign *sign)
{
	wire_u32(w, &sign->instance);
	wire_bool(w, &sign->ordered);
	wire_count(w, &sign->key_count, SIGNER_KEYS_MAX);
	for (uint32_t i = 0; i < sign->key_count; i++)
		wire_u32(w, &sign->keys[i]);
	wire_transaction(w, &sign->tx);
}

static void wire_ready(struct wire *w, struct message_ready *ready)
{
	struct golosd_config_facts *facts = &ready->golosd_config;

	wire_size(w, &ready->key_count, SIGNER_KEYS_MAX);
	for (size_t i = 0; i < ready->key_count; i++)
		wire_key(w, &ready->keys[i]);
	wire_bool(w, &facts->readable);
	wire_text(w, facts->text, sizeof(facts->text));
	wire_size(w, &facts->witness_count, GOLOSD_CONFIG_ENTRIES_MAX);
	for (size_t i = 0; i < facts->witness_count; i++)
		wire_text(w, facts->witnesses[i], sizeof(facts->witnesses[i]));
	wire_size(w, &facts->key_count, GOLOSD_CONFIG_ENTRIES_MAX);
	for (size_t i = 0; i < facts->key_count; i++)
		wire_key(w, &facts->keys[i]);
}

static void wire_signed(struct wire *w, struct signed_transaction *done)
{
	wire_size(w, &done->bytes.len, TRANSACTION_BYTES_MAX);
	wire_bytes(w, done->bytes.bytes, done->bytes.len);
	wire_text(w, done->id, sizeof(done->id));
	wire_size(w, &done->signature_count, SIGNER_KEYS_MAX);
	for (size_t i = 0; i < done->signature_count; i++)
		wire_bytes(w, done->signatures[i].bytes, sizeof(done->signatures[i].bytes));
}

/* The body of each type; a number that is no type fails. */
static void wire_body(struct wire *w, struct message *message)
{
	switch (message->type) {
	case MESSAGE_SETUP:
		wire_setup(w, &message->setup);
		return;
	case MESSAGE_KEY:
	case MESSAGE_GOLOSD_CONFIG:
		wire_text(w, message->path, sizeof(message->path));
		return;
	case MESSAGE_INSTANCE:
		wire_instance(w, &message->instance);
		return;
	case MESSAGE_SEAL:
	case MESSAGE_PING:
	case MESSAGE_PONG:
		return;
	case MESSAGE_SIGN:
		wire_sign(w, &message->sign);
		return;
	case MESSAGE_READY:
		wire_ready(w, &message->ready);
		return;
	case MESSAGE_FAILED:
		wire_i32(w, &message->failed.status);
		wire_text(w, message->failed.text, sizeof(message->failed.text));
		return;
	case MESSAGE_SIGNED:
		wire_signed(w, &message->done);
		return;
	case MESSAGE_REFUSED:
		wire_u32(w, &message->refused.refusal);
		wire_text(w, message->refused.text, sizeof(message->refused.text));
		return;
	}
	w->failed = true;
}

struct header {
	uint32_t magic;
	uint16_t version, type;
	uint32_t id, length;
};

static void wire_header(struct wire *w, struct header *header)
{
	wire_u32(w, &header->magic);
	wire_u16(w, &header->version);
	wire_u16(w, &header->type);
	wire_u32(w, &header->id);
	wire_u32(w, &header->length);
}

gw_status message_encode(uint8_t ret[SIGNER_MESSAGE_MAX], size_t *ret_len, const struct message *message)
{
	struct wire body = wire_writer(ret + SIGNER_HEADER_BYTES, SIGNER_MESSAGE_MAX - SIGNER_HEADER_BYTES);
	struct wire head = wire_writer(ret, SIGNER_HEADER_BYTES);
	struct message copy = *message; /* the layouts below could also read, so they want a message of their own */

	wire_body(&body, &copy);
	struct header header = {.magic = MAGIC,
				.version = SIGNER_PROTOCOL_VERSION,
				.type = (uint16_t)message->type,
				.id = message->id,
				.length = (uint32_t)body.at};

	wire_header(&head, &header);
	if (body.failed || head.failed)
		return GW_ERR_RANGE;
	*ret_len = SIGNER_HEADER_BYTES + body.at;
	return GW_OK;
}

gw_status message_decode(struct message *ret, const uint8_t *bytes, size_t len, struct error *err)
{
	struct wire w = wire_reader(bytes, len);
	struct header header = {0};

	wire_header(&w, &header);
	if (w.failed || len > SIGNER_MESSAGE_MAX)
		return error_set(err, GW_ERR_PROTOCOL, "a message of %zu bytes", len);
	if (header.magic != MAGIC)
		return error_set(err, GW_ERR_PROTOCOL, "a message that begins with %#x", header.magic);
	if (header.version != SIGNER_PROTOCOL_VERSION)
		return error_set(err, GW_ERR_PROTOCOL, "protocol version %u, not %d", header.version,
				 SIGNER_PROTOCOL_VERSION);
	if (header.length != len - SIGNER_HEADER_BYTES)
		return error_set(err, GW_ERR_PROTOCOL, "a message of %zu bytes that says %u", len - SIGNER_HEADER_BYTES,
				 header.length);
	memset(ret, 0, sizeof(*ret));
	ret->type = header.type;
	ret->id = header.id;
	wire_body(&w, ret);
	if (w.failed || w.at != w.len)
		return error_set(err, GW_ERR_PROTOCOL, "a message of type %u whose %u bytes do not hold it",
				 header.type, header.length);
	return GW_OK;
}
