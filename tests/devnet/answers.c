/* SPDX-License-Identifier: MIT
 *
 * The values in golosd's answers. See answers.h.
 */
#include "devnet/answers.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/memory.h"
#include "base/time_text.h"
#include "devnet/templates.h"
#include "graphene/hex.h"
#include "graphene/transaction_json.h"

/* Writes the member itself if it lives here; false: it stays as recorded. */
typedef bool write_member(struct json_writer *w, const char *key, const void *context);

struct filling {
	struct json_writer *w;
	write_member *write;
	const void *context;
};

static gw_status fill_member(void *context, const char *key, const struct json *value)
{
	struct filling *filling = context;
	if (filling->write(filling->w, key, filling->context))
		return GW_OK;
	char *text = json_text(value);
	json_put_raw(filling->w, key, text);
	free(text);
	return GW_OK;
}

static void fill_template(struct json_writer *w, const char *key, const char *template, write_member *write,
			  const void *context)
{
	struct json *root = NULL;
	struct error err;
	struct filling filling = {w, write, context};
	json_open(w, key, '{');
	if (json_parse(&root, template, strlen(template), &err) == GW_OK)
		(void)json_each(root, fill_member, &filling);
	json_free(root);
	json_close(w, '}');
}

static void put_time(struct json_writer *w, const char *key, int64_t time_s)
{
	char text[TIME_TEXT_SIZE];
	time_format(text, time_s);
	json_put_text(w, key, text);
}

static void put_key(struct json_writer *w, const char *key, const struct public_key *public)
{
	char text[GW_KEY_SIZE];
	public_key_format(text, public);
	json_put_text(w, key, text);
}

static void put_hex(struct json_writer *w, const char *key, const uint8_t *bytes, size_t len)
{
	char *text = xcalloc(2 * len + 1, 1);
	hex_encode(text, bytes, len);
	json_put_text(w, key, text);
	free(text);
}

/* ---- blocks -------------------------------------------------------------------------------------------------- */

void answer_transaction(struct json_writer *w, const struct signed_transaction *tx)
{
	transaction_write_json(w, NULL, &tx->body, tx->signatures, tx->signature_count);
}

static void open_virtual(struct json_writer *w, size_t number, const char *name)
{
	json_open(w, NULL, '{');
	json_put_i64(w, "trx_in_block", 65535);
	json_put_i64(w, "op_in_trx", 0);
	json_put_u64(w, "virtual_op", number);
	json_open(w, "op", '[');
	json_put_text(w, NULL, name);
	json_open(w, NULL, '{');
}

static void close_virtual(struct json_writer *w)
{
	json_close(w, '}');
	json_close(w, ']');
	json_close(w, '}');
}

void answer_virtual_operations(struct json_writer *w, const char *key, const struct block *block, bool skip)
{
	size_t number = 0, shutdowns = block->shutdowns && !skip ? block->shutdowns->count : 0;
	json_open(w, key, '[');
	for (size_t i = 0; i < shutdowns; i++) {
		open_virtual(w, ++number, "shutdown_witness");
		json_put_text(w, "owner", block->shutdowns->owners[i]);
		close_virtual(w);
	}
	if (!skip) {
		open_virtual(w, ++number, "producer_reward");
		json_put_text(w, "producer", block->witness);
		json_put_text(w, "vesting_shares", "22.287848 GESTS");
		close_virtual(w);
	}
	json_close(w, ']');
}

static void put_header(struct json_writer *w, const struct block *block)
{
	json_put_text(w, "previous", block->previous);
	put_time(w, "timestamp", block->time_s);
	json_put_text(w, "witness", block->witness);
	put_hex(w, "transaction_merkle_root", block->merkle_root, sizeof block->merkle_root);
	json_open(w, "extensions", '[');
	json_close(w, ']');
}

static void put_transactions(struct json_writer *w, const struct block *block)
{
	put_hex(w, "witness_signature", block->signature.bytes, SIGNATURE_BYTES);
	json_open(w, "transactions", '[');
	for (size_t i = 0; i < block->transaction_count; i++)
		answer_transaction(w, block->transactions[i]);
	json_close(w, ']');
}

void answer_block(struct json_writer *w, struct block *block, enum block_form form, bool skip_virtual_ops)
{
	json_open(w, NULL, '{');
	if (form == FORM_VIRTUAL) {
		json_put_u64(w, "block_num", block->num);
		answer_virtual_operations(w, "operations", block, skip_virtual_ops);
		json_close(w, '}');
		return;
	}
	put_header(w, block);
	if (form != FORM_HEADER)
		put_transactions(w, block);
	if (form == FORM_FULL) {
		json_put_text(w, "block_id", block->id);
		put_key(w, "signing_key", &block->signed_by);
		json_open(w, "transaction_ids", '[');
		for (size_t i = 0; i < block->transaction_count; i++)
			json_put_text(w, NULL, block->transactions[i]->id);
		json_close(w, ']');
		answer_virtual_operations(w, "_virtual_operations", block, skip_virtual_ops);
	}
	json_close(w, '}');
}

static void put_ms(struct json_writer *w, const char *key, int64_t time_ms)
{
	char text[24];
	snprintf(text, sizeof text, "%" PRId64, time_ms);
	json_put_text(w, key, text);
}

void answer_stored_block(struct json_writer *w, struct block *block, enum block_form form, int64_t now_ms)
{
	json_open(w, NULL, '{');
	put_header(w, block);
	if (form != FORM_HEADER)
		put_transactions(w, block);
	put_ms(w, "timestamp_msec", block->time_s * 1000);
	put_ms(w, "request_time_msec", now_ms);
	json_close(w, '}');
}

void answer_inclusion(struct json_writer *w, const char *transaction_id, uint32_t block_num, int64_t index)
{
	json_open(w, NULL, '{');
	json_put_text(w, "id", transaction_id);
	json_put_u64(w, "block_num", index < 0 ? 0 : block_num);
	json_put_i64(w, "trx_num", index < 0 ? 0 : index);
	json_put_bool(w, "expired", index < 0);
	json_close(w, '}');
}

/* ---- the state ----------------------------------------------------------------------------------------------- */

struct witness_context {
	const struct genesis *genesis;
	const struct state *state;
	const struct witness_state *witness;
};

static bool write_votable_member(struct json_writer *w, const char *key, const void *context)
{
	const uint32_t *reset_s = context;
	if (strcmp(key, "witness_skipping_reset_time") != 0)
		return false;
	json_put_u64(w, key, *reset_s);
	return true;
}

static bool write_median_member(struct json_writer *w, const char *key, const void *context)
{
	/* chain_status belongs to a witness's props alone */
	return strcmp(key, "chain_status") == 0 || write_votable_member(w, key, context);
}

void answer_price(struct json_writer *w, const char *key, const struct price *price)
{
	static const struct asset none = {.decimals = 3, .symbol = "GOLOS"};
	bool given = price->base.amount != 0;
	char text[ASSET_TEXT_SIZE];
	json_open(w, key, '{');
	asset_format(text, given ? &price->base : &none);
	json_put_text(w, "base", text);
	asset_format(text, given ? &price->quote : &none);
	json_put_text(w, "quote", text);
	json_close(w, '}');
}

static bool write_witness_member(struct json_writer *w, const char *key, const void *context)
{
	const struct witness_context *c = context;
	const struct witness_state *witness = c->witness;
	if (strcmp(key, "id") == 0)
		json_put_i64(w, key, witness - c->state->witnesses);
	else if (strcmp(key, "owner") == 0)
		json_put_text(w, key, witness->owner);
	else if (strcmp(key, "created") == 0)
		put_time(w, key, c->genesis->time_s);
	else if (strcmp(key, "url") == 0)
		json_put_text(w, key, witness->url);
	else if (strcmp(key, "total_missed") == 0)
		json_put_u64(w, key, witness->total_missed);
	else if (strcmp(key, "last_aslot") == 0)
		json_put_u64(w, key, witness->last_aslot);
	else if (strcmp(key, "last_confirmed_block_num") == 0)
		json_put_u64(w, key, witness->last_confirmed);
	else if (strcmp(key, "signing_key") == 0)
		put_key(w, key, &witness->signing_key);
	else if (strcmp(key, "props") == 0)
		fill_template(w, key, template_chain_properties, write_votable_member, &witness->skipping_reset_s);
	else if (strcmp(key, "sbd_exchange_rate") == 0)
		answer_price(w, key, &witness->feed);
	else if (strcmp(key, "last_sbd_exchange_update") == 0)
		put_time(w, key, witness->feed_time_s);
	else
		return false;
	return true;
}

void answer_witness(struct json_writer *w, const struct genesis *genesis, const struct state *state,
		    const struct witness_state *witness)
{
	struct witness_context context = {genesis, state, witness};
	fill_template(w, NULL, template_witness, write_witness_member, &context);
}

struct properties_context {
	const struct block *head;
	const struct state *state;
};

static bool write_properties_member(struct json_writer *w, const char *key, const void *context)
{
	const struct properties_context *c = context;
	char filled[40];
	if (strcmp(key, "head_block_number") == 0)
		json_put_u64(w, key, c->head->num);
	else if (strcmp(key, "head_block_id") == 0)
		json_put_text(w, key, c->head->id);
	else if (strcmp(key, "time") == 0)
		put_time(w, key, c->head->time_s);
	else if (strcmp(key, "current_witness") == 0)
		json_put_text(w, key, c->head->witness);
	else if (strcmp(key, "current_aslot") == 0)
		json_put_u64(w, key, c->state->aslot);
	else if (strcmp(key, "recent_slots_filled") == 0) {
		state_filled_text(filled, c->state);
		json_put_text(w, key, filled);
	} else if (strcmp(key, "participation_count") == 0)
		json_put_u64(w, key, state_participation(c->state));
	else if (strcmp(key, "last_irreversible_block_num") == 0)
		json_put_u64(w, key, c->state->irreversible);
	else
		return false;
	return true;
}

void answer_properties(struct json_writer *w, struct block *head, const struct state *state)
{
	struct properties_context context = {head, state};
	fill_template(w, NULL, template_properties, write_properties_member, &context);
}

/* 21 names of 16 bytes each, whatever the number of those scheduled. */
static void put_shuffled(struct json_writer *w, const char *key, const struct state *state)
{
	uint8_t names[SCHEDULE_SIZE][GW_ACCOUNT_SIZE - 1] = {{0}};
	for (size_t i = 0; i < state->scheduled_count; i++) {
		const char *owner = state->witnesses[state->schedule[i]].owner;
		memcpy(names[i], owner, strlen(owner));
	}
	put_hex(w, key, &names[0][0], sizeof names);
}

static bool write_schedule_member(struct json_writer *w, const char *key, const void *context)
{
	const struct state *state = context;
	if (strcmp(key, "next_shuffle_block_num") == 0)
		json_put_u64(w, key, state->next_shuffle);
	else if (strcmp(key, "current_shuffled_witnesses") == 0)
		put_shuffled(w, key, state);
	else if (strcmp(key, "num_scheduled_witnesses") == 0)
		json_put_u64(w, key, state->scheduled_count);
	else if (strcmp(key, "median_props") == 0)
		fill_template(w, key, template_chain_properties, write_median_member, &state->skipping_reset_s);
	else
		return false;
	return true;
}

void answer_schedule(struct json_writer *w, const struct state *state)
{
	fill_template(w, NULL, template_schedule, write_schedule_member, state);
}

/* ---- what never changes -------------------------------------------------------------------------------------- */

struct config_context {
	const struct genesis *genesis;
	const char *blockchain_name;
};

static bool write_config_member(struct json_writer *w, const char *key, const void *context)
{
	const struct config_context *c = context;
	if (strcmp(key, "STEEMIT_BLOCK_INTERVAL") == 0)
		json_put_u64(w, key, c->genesis->interval_s);
	else if (strcmp(key, "STEEMIT_CHAIN_ID") == 0)
		put_hex(w, key, c->genesis->chain_id.bytes, CHAIN_ID_BYTES);
	else if (strcmp(key, "STEEMIT_GENESIS_TIME") == 0)
		put_time(w, key, c->genesis->time_s);
	else if (strcmp(key, "BLOCKCHAIN_NAME") == 0)
		json_put_text(w, key, c->blockchain_name);
	else
		return false;
	return true;
}

void answer_config(struct json_writer *w, const struct genesis *genesis, const char *blockchain_name)
{
	struct config_context context = {genesis, blockchain_name};
	fill_template(w, NULL, template_config, write_config_member, &context);
}

static void put_authority(struct json_writer *w, const char *key, const struct account_authority *authority)
{
	json_open(w, key, '{');
	json_put_u64(w, "weight_threshold", authority->threshold);
	json_open(w, "account_auths", '[');
	for (size_t i = 0; i < authority->account_count; i++) {
		json_open(w, NULL, '[');
		json_put_text(w, NULL, authority->accounts[i].name);
		json_put_u64(w, NULL, authority->accounts[i].weight);
		json_close(w, ']');
	}
	json_close(w, ']');
	json_open(w, "key_auths", '[');
	for (size_t i = 0; i < authority->key_count; i++) {
		json_open(w, NULL, '[');
		put_key(w, NULL, &authority->keys[i].key);
		json_put_u64(w, NULL, authority->keys[i].weight);
		json_close(w, ']');
	}
	json_close(w, ']');
	json_close(w, '}');
}

struct account_context {
	const struct genesis *genesis;
	const struct account *account;
};

static bool write_account_member(struct json_writer *w, const char *key, const void *context)
{
	const struct account_context *c = context;
	if (strcmp(key, "id") == 0)
		json_put_i64(w, key, c->account - c->genesis->accounts);
	else if (strcmp(key, "name") == 0)
		json_put_text(w, key, c->account->name);
	else if (strcmp(key, "owner") == 0)
		put_authority(w, key, &c->account->owner);
	else if (strcmp(key, "active") == 0)
		put_authority(w, key, &c->account->active);
	else if (strcmp(key, "posting") == 0)
		put_authority(w, key, &c->account->posting);
	else if (strcmp(key, "vesting_shares") == 0 && c->account->vesting[0])
		json_put_text(w, key, c->account->vesting);
	else if (strcmp(key, "average_bandwidth") == 0 && c->account->vesting[0])
		json_put_u64(w, key, c->account->bandwidth);
	else if (strcmp(key, "last_bandwidth_update") == 0 && c->account->vesting[0])
		put_time(w, key, c->account->bandwidth_at_s);
	else if (strcmp(key, "memo_key") == 0)
		put_key(w, key, &c->account->posting.keys[0].key);
	else
		return false;
	return true;
}

void answer_account(struct json_writer *w, const struct genesis *genesis, const struct account *account)
{
	struct account_context context = {genesis, account};
	fill_template(w, NULL, template_account, write_account_member, &context);
}
