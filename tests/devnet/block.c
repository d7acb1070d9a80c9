/* SPDX-License-Identifier: MIT
 *
 * Blocks: their bytes, ids and signatures, and their validity. See block.h.
 */
#include "devnet/block.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "graphene/hash.h"
#include "graphene/hex.h"
#include "signature_recover.h"

static const char root_id[GW_ID_SIZE] = "0000000000000000000000000000000000000000";

/* ---- transactions -------------------------------------------------------------------------------------------- */

gw_status signed_transaction_new(struct signed_transaction **ret, const struct transaction *body,
				 const struct signature *signatures, size_t signature_count)
{
	if (signature_count > SIGNATURES_MAX)
		return GW_ERR_RANGE;
	struct signed_transaction *tx = xcalloc(1, sizeof *tx);
	tx->references = 1;
	tx->body = *body;
	tx->signature_count = signature_count;
	if (signature_count)
		memcpy(tx->signatures, signatures, signature_count * sizeof *signatures);
	gw_status status = transaction_serialize(&tx->bytes, body);
	if (status != GW_OK) {
		free(tx);
		return status;
	}
	transaction_id(tx->id, &tx->bytes);
	*ret = tx;
	return GW_OK;
}

struct signed_transaction *signed_transaction_ref(struct signed_transaction *tx)
{
	tx->references++;
	return tx;
}

void signed_transaction_unref(struct signed_transaction *tx)
{
	if (tx && --tx->references == 0)
		free(tx);
}

/* ---- bytes and ids ------------------------------------------------------------------------------------------- */

struct bytes {
	uint8_t *data;
	size_t len, cap;
};

static void put(struct bytes *bytes, const void *data, size_t len)
{
	if (bytes->len + len > bytes->cap) {
		bytes->cap = 2 * (bytes->len + len);
		bytes->data = xrealloc(bytes->data, bytes->cap, 1);
	}
	memcpy(bytes->data + bytes->len, data, len);
	bytes->len += len;
}

static void put_varint(struct bytes *bytes, size_t value)
{
	do {
		uint8_t byte = (uint8_t)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
		put(bytes, &byte, 1);
		value >>= 7;
	} while (value);
}

static void put_id(struct bytes *bytes, const char *id)
{
	uint8_t raw[BLOCK_ID_BYTES];
	if (hex_decode(raw, sizeof raw, id, strlen(id)) != GW_OK)
		memset(raw, 0, sizeof raw);
	put(bytes, raw, sizeof raw);
}

static void put_header(struct bytes *bytes, const struct block *block)
{
	put_id(bytes, block->previous);
	uint32_t time = (uint32_t)block->time_s;
	uint8_t raw[4] = {(uint8_t)time, (uint8_t)(time >> 8), (uint8_t)(time >> 16), (uint8_t)(time >> 24)};
	put(bytes, raw, sizeof raw);
	put_varint(bytes, strlen(block->witness));
	put(bytes, block->witness, strlen(block->witness));
	put(bytes, block->merkle_root, sizeof block->merkle_root);
	put_varint(bytes, 0); /* extensions */
}

size_t block_bytes(uint8_t **ret, const struct block *block)
{
	struct bytes bytes = {NULL, 0, 0};
	put_header(&bytes, block);
	put(&bytes, block->signature.bytes, SIGNATURE_BYTES);
	put_varint(&bytes, block->transaction_count);
	for (size_t i = 0; i < block->transaction_count; i++) {
		const struct signed_transaction *tx = block->transactions[i];
		put(&bytes, tx->bytes.bytes, tx->bytes.len);
		put_varint(&bytes, tx->signature_count);
		for (size_t j = 0; j < tx->signature_count; j++)
			put(&bytes, tx->signatures[j].bytes, SIGNATURE_BYTES);
	}
	*ret = bytes.data;
	return bytes.len;
}

static void header_digest(struct digest *ret, const struct block *block)
{
	struct bytes bytes = {NULL, 0, 0};
	put_header(&bytes, block);
	hash_sha256(ret, bytes.data, bytes.len);
	free(bytes.data);
}

/* The number in the first four bytes, then bytes of a hash over header and signature. */
static void set_id(struct block *block)
{
	struct bytes bytes = {NULL, 0, 0};
	put_header(&bytes, block);
	put(&bytes, block->signature.bytes, SIGNATURE_BYTES);
	struct digest digest;
	hash_sha256(&digest, bytes.data, bytes.len);
	free(bytes.data);
	for (size_t i = 0; i < 4; i++)
		digest.bytes[i] = (uint8_t)(block->num >> (24 - 8 * i));
	hex_encode(block->id, digest.bytes, BLOCK_ID_BYTES);
}

static void set_merkle_root(struct block *block)
{
	if (block->transaction_count == 0)
		return; /* zeros, as golosd has it */
	struct bytes bytes = {NULL, 0, 0};
	for (size_t i = 0; i < block->transaction_count; i++)
		put_id(&bytes, block->transactions[i]->id);
	struct digest digest;
	hash_sha256(&digest, bytes.data, bytes.len);
	free(bytes.data);
	memcpy(block->merkle_root, digest.bytes, sizeof block->merkle_root);
}

/* ---- life ---------------------------------------------------------------------------------------------------- */

struct block *block_root(const struct genesis *genesis)
{
	struct block *root = xcalloc(1, sizeof *root);
	root->references = 1;
	root->time_s = genesis->time_s;
	memcpy(root->id, root_id, sizeof root->id);
	root->verdict = VERDICT_VALID;
	root->state = state_new(genesis);
	return root;
}

struct block *block_new(struct block *parent, const char *witness, int64_t time_s,
			struct signed_transaction *const *transactions, size_t count, const struct secret_key *key)
{
	struct block *block = xcalloc(1, sizeof *block);
	block->references = 1;
	block->parent = block_ref(parent);
	block->num = parent->num + 1;
	block->time_s = time_s;
	snprintf(block->witness, sizeof block->witness, "%s", witness);
	memcpy(block->previous, parent->id, sizeof block->previous);
	block->transactions = count ? xcalloc(count, sizeof *block->transactions) : NULL;
	for (size_t i = 0; i < count; i++)
		block->transactions[i] = signed_transaction_ref(transactions[i]);
	block->transaction_count = count;
	set_merkle_root(block);
	struct digest digest;
	header_digest(&digest, block);
	if (sign_digest(&block->signature, &digest, key) != GW_OK)
		block->verdict = VERDICT_INVALID;
	set_id(block);
	return block;
}

struct block *block_ref(struct block *block)
{
	block->references++;
	return block;
}

void block_unref(struct block *block)
{
	while (block && --block->references == 0) { /* a loop, for a chain of thousands may end here */
		struct block *parent = block->parent;
		for (size_t i = 0; i < block->transaction_count; i++)
			signed_transaction_unref(block->transactions[i]);
		free(block->transactions);
		free(block->shutdowns);
		free(block->state);
		free(block);
		block = parent;
	}
}

void block_drop_state(struct block *block)
{
	if (block->parent == NULL || block->num % STATE_CHECKPOINT == 0)
		return;
	free(block->state);
	block->state = NULL;
}

void block_forget_ancestors(const struct genesis *genesis, struct block *block)
{
	if (!block->parent || !block_state(genesis, block))
		return;
	block_unref(block->parent);
	block->parent = NULL;
}

struct block *block_ancestor(struct block *block, uint32_t num)
{
	while (block && block->num > num)
		block = block->parent;
	return block && block->num == num ? block : NULL;
}

/* ---- validity ------------------------------------------------------------------------------------------------ */

static const char *operation_account(const struct operation *op)
{
	if (op->type == OPERATION_FEED_PUBLISH)
		return op->feed_publish.publisher;
	if (op->type == OPERATION_CHAIN_PROPERTIES_UPDATE)
		return op->chain_properties_update.owner;
	return op->witness_update.owner;
}

static bool refuse(struct refusal *ret, enum refusal_reason reason)
{
	ret->reason = reason;
	return false;
}

static bool check_operations(const struct transaction *body, struct refusal *ret)
{
	if (body->operation_count == 0)
		return refuse(ret, REFUSAL_NO_OPERATIONS);
	for (uint32_t i = 0; i < body->operation_count; i++) {
		struct error err;
		if (operation_validate(&body->operations[i], &err) == GW_OK)
			continue;
		ret->index = i;
		snprintf(ret->text, sizeof ret->text, "%.200s", err.text);
		return refuse(ret, REFUSAL_INVALID_OPERATION);
	}
	return true;
}

/* golosd keeps one summary for each of 65536 numbers: the newest block with these low 16 bits. */
static bool check_tapos(struct block *head, const struct transaction *body, struct refusal *ret)
{
	uint32_t back = (head->num - body->ref_block_num) & 0xffff;
	struct block *named = back <= head->num ? block_ancestor(head, head->num - back) : NULL;
	struct transaction expected = {0};
	if (named && transaction_set_tapos(&expected, named->id) != GW_OK)
		return refuse(ret, REFUSAL_TAPOS);
	ret->given = body->ref_block_prefix;
	ret->expected = expected.ref_block_prefix;
	return named && ret->given == ret->expected ? true : refuse(ret, REFUSAL_TAPOS);
}

static bool check_expiration(int64_t now_s, const struct transaction *body, struct refusal *ret)
{
	ret->now_s = now_s;
	ret->expiration_s = body->expiration_s;
	if (ret->expiration_s > now_s + EXPIRATION_MAX_S)
		return refuse(ret, REFUSAL_EXPIRATION_TOO_FAR);
	return ret->expiration_s > now_s ? true : refuse(ret, REFUSAL_EXPIRED);
}

static bool check_not_included(const struct block *head, const struct signed_transaction *tx, struct refusal *ret)
{
	int64_t oldest_s = (int64_t)tx->body.expiration_s - EXPIRATION_MAX_S;
	for (const struct block *block = head; block && block->time_s >= oldest_s; block = block->parent)
		for (size_t i = 0; i < block->transaction_count; i++)
			if (strcmp(block->transactions[i]->id, tx->id) == 0)
				return refuse(ret, REFUSAL_DUPLICATE);
	return true;
}

static bool recover_keys(const struct genesis *genesis, const struct signed_transaction *tx, struct public_key *keys,
			 struct refusal *ret)
{
	struct digest digest;
	transaction_digest(&digest, &genesis->chain_id, &tx->bytes);
	for (size_t i = 0; i < tx->signature_count; i++) {
		if (!signature_is_canonical(&tx->signatures[i]))
			return refuse(ret, REFUSAL_NOT_CANONICAL);
		if (signature_recover(&keys[i], &tx->signatures[i], &digest) != GW_OK)
			return refuse(ret, REFUSAL_UNRECOVERABLE);
		for (size_t j = 0; j < i; j++)
			if (public_key_equal(&keys[i], &keys[j]))
				return refuse(ret, REFUSAL_DUPLICATE_SIGNATURE);
	}
	return true;
}

bool transaction_needs_keys(const struct genesis *genesis, const struct transaction *body,
			    const struct public_key *keys, size_t key_count, bool *used, struct refusal *ret)
{
	for (uint32_t i = 0; i < body->operation_count; i++) {
		const char *name = operation_account(&body->operations[i]);
		const struct account *account = genesis_account(genesis, name);
		snprintf(ret->account, sizeof ret->account, "%s", name);
		if (!account)
			return refuse(ret, REFUSAL_NO_ACCOUNT);
		if (!authority_is_reached(genesis, &account->active, keys, key_count, used) &&
		    !authority_is_reached(genesis, &account->owner, keys, key_count, used))
			return refuse(ret, REFUSAL_MISSING_AUTHORITY);
	}
	return true;
}

static bool has_bandwidth(const struct genesis *genesis, const struct transaction *body, struct refusal *ret)
{
	for (uint32_t i = 0; i < body->operation_count; i++) {
		const char *name = operation_account(&body->operations[i]);
		const struct account *account = genesis_account(genesis, name);
		snprintf(ret->account, sizeof ret->account, "%s", name);
		if (account && !account_has_bandwidth(account))
			return refuse(ret, REFUSAL_BANDWIDTH);
	}
	return true;
}

bool transaction_check_authority(const struct genesis *genesis, const struct signed_transaction *tx,
				 struct refusal *ret)
{
	struct public_key keys[SIGNATURES_MAX];
	bool used[SIGNATURES_MAX] = {false};
	if (!recover_keys(genesis, tx, keys, ret) ||
	    !transaction_needs_keys(genesis, &tx->body, keys, tx->signature_count, used, ret))
		return false;
	for (size_t i = 0; i < tx->signature_count; i++)
		if (!used[i])
			return refuse(ret, REFUSAL_IRRELEVANT_SIGNATURE);
	return has_bandwidth(genesis, &tx->body, ret);
}

static void apply_operations(const struct genesis *genesis, struct state *state, const struct transaction *body)
{
	for (uint32_t i = 0; i < body->operation_count; i++)
		state_apply_operation(genesis, state, &body->operations[i]);
}

bool transaction_apply(const struct genesis *genesis, struct block *head, struct state *state,
		       const struct signed_transaction *tx, struct refusal *ret)
{
	memset(ret, 0, sizeof *ret);
	if (!check_operations(&tx->body, ret) || !check_tapos(head, &tx->body, ret) ||
	    !check_expiration(head->time_s, &tx->body, ret) || !check_not_included(head, tx, ret) ||
	    !transaction_check_authority(genesis, tx, ret))
		return false;
	apply_operations(genesis, state, &tx->body);
	return true;
}

/* golosd's validate_block_header: in its slot, by the slot's witness, with the key that the state before the block
 * (without anything pending) holds. */
static bool check_header(const struct genesis *genesis, const struct state *before, struct block *block)
{
	uint32_t slot = state_slot_at(genesis, before, block->time_s);
	if (slot == 0 || state_slot_time(genesis, before, slot) != block->time_s)
		return false;
	const struct witness_state *scheduled = state_scheduled(before, slot);
	struct digest digest;
	header_digest(&digest, block);
	return strcmp(scheduled->owner, block->witness) == 0 &&
	       signature_recover(&block->signed_by, &block->signature, &digest) == GW_OK &&
	       public_key_equal(&block->signed_by, &scheduled->signing_key);
}

/* What was found valid once is not judged again: an account's authority may have been changed by hand since. */
static bool apply_transactions(const struct genesis *genesis, struct state *state, const struct block *block)
{
	struct refusal refusal;
	for (size_t i = 0; i < block->transaction_count; i++) {
		if (block->verdict == VERDICT_VALID) {
			apply_operations(genesis, state, &block->transactions[i]->body);
			continue;
		}
		for (size_t j = 0; j < i; j++)
			if (strcmp(block->transactions[i]->id, block->transactions[j]->id) == 0)
				return false;
		if (!transaction_apply(genesis, block->parent, state, block->transactions[i], &refusal))
			return false;
	}
	return true;
}

/* The parent's state is there. */
static void compute_state(const struct genesis *genesis, struct block *block)
{
	struct state *state = state_copy(genesis, block->parent->state);
	if (!check_header(genesis, block->parent->state, block) || !apply_transactions(genesis, state, block)) {
		free(state);
		block->verdict = VERDICT_INVALID;
		return;
	}
	struct shutdowns shutdowns;
	state_apply_block(genesis, state, block->witness, block->time_s, &shutdowns);
	if (shutdowns.count && !block->shutdowns) {
		block->shutdowns = xcalloc(1, sizeof shutdowns);
		*block->shutdowns = shutdowns;
	}
	block->verdict = VERDICT_VALID;
	block->state = state;
}

const struct state *block_state(const struct genesis *genesis, struct block *block)
{
	size_t depth = 0;
	struct block *base = block;
	while (!base->state && base->verdict != VERDICT_INVALID && base->parent) {
		base = base->parent;
		depth++;
	}
	if (!base->state)
		return NULL;
	for (; depth > 0; depth--) { /* forward again, one ancestor after the other */
		struct block *next = block;
		for (size_t i = 1; i < depth; i++)
			next = next->parent;
		compute_state(genesis, next);
		if (next->verdict == VERDICT_INVALID) {
			block->verdict = VERDICT_INVALID;
			return NULL;
		}
	}
	return block->state;
}
