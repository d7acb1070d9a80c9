/* SPDX-License-Identifier: MIT
 *
 * golosd's answers, checked. Pure.
 */
#include "node/answers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex_digit.h"
#include "base/memory.h"

#define KEY_LENGTH_MIN	 40 /* the null key has 42 characters, others 52 or 53 */
#define NAME_BYTES	 16 /* of current_shuffled_witnesses */
#define ID_DIGITS	 (GW_ID_SIZE - 1)
#define CHAIN_DIGITS	 64
#define SIGNATURE_DIGITS 130
#define INTERVAL_MAX_S	 60
#define TRANSACTIONS_MAX 400000 /* more than 32 MB can hold */

/* ---- forms of text ----------------------------------------------------------------------------------------------- */

static bool is_hex(const char *text, size_t digits)
{
	return strlen(text) == digits && strspn(text, "0123456789abcdef") == digits;
}

static bool is_account(const char *text)
{
	size_t len = strlen(text);

	return len > 0 && len < GW_ACCOUNT_SIZE && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789.-") == len;
}

static bool is_key(const char *text)
{
	size_t len = strlen(text);

	return len >= KEY_LENGTH_MIN && len < GW_KEY_SIZE &&
	       strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") == len;
}

static bool is_id(const char *text)
{
	return is_hex(text, ID_DIGITS);
}

static bool is_chain_id(const char *text)
{
	return is_hex(text, CHAIN_DIGITS);
}

static gw_status get_form(const struct json *object, const char *key, char *ret, size_t size,
			  bool (*is_right)(const char *text), const char *form, struct error *err)
{
	gw_status status = json_get_text(object, key, ret, size, err);

	return status || is_right(ret) ? status : error_set(err, GW_ERR_SYNTAX, "member '%s': not %s", key, form);
}

static gw_status get_id(const struct json *object, const char *key, char ret[GW_ID_SIZE], struct error *err)
{
	return get_form(object, key, ret, GW_ID_SIZE, is_id, "40 hex digits", err);
}

static gw_status get_account(const struct json *object, const char *key, char ret[GW_ACCOUNT_SIZE], struct error *err)
{
	return get_form(object, key, ret, GW_ACCOUNT_SIZE, is_account, "an account name", err);
}

static gw_status get_key(const struct json *object, const char *key, char ret[GW_KEY_SIZE], struct error *err)
{
	return get_form(object, key, ret, GW_KEY_SIZE, is_key, "a public key", err);
}

static gw_status get_u32(const struct json *object, const char *key, uint32_t min, uint32_t max, uint32_t *ret,
			 struct error *err)
{
	uint64_t number;
	gw_status status = json_get_u64(object, key, max, &number, err);

	if (status)
		return status;
	if (number < min)
		return error_set(err, GW_ERR_RANGE, "member '%s': below %u", key, min);
	*ret = (uint32_t)number;
	return GW_OK;
}

static gw_status need_object(const struct json *value, const char *what, struct error *err)
{
	return json_is_object(value) ? GW_OK : error_set(err, GW_ERR_SYNTAX, "%s: not a JSON object", what);
}

/* ---- blocks ------------------------------------------------------------------------------------------------------ */

/* A block's number is in the first 4 bytes of its id. */
static uint32_t num_of_id(const char *id)
{
	char first[9];

	snprintf(first, sizeof(first), "%.8s", id);
	return (uint32_t)strtoul(first, NULL, 16);
}

static gw_status read_header(struct block *block, const struct json *result, struct error *err)
{
	if (get_id(result, "previous", block->previous, err) ||
	    json_get_time(result, "timestamp", &block->time_s, err) ||
	    get_account(result, "witness", block->witness, err))
		return err->status;
	uint32_t before = num_of_id(block->previous);

	if (before == UINT32_MAX)
		return error_set(err, GW_ERR_RANGE, "member 'previous': no block number can follow it");
	block->num = before + 1;
	return GW_OK;
}

static gw_status read_update(struct block *block, const struct json *transaction, const struct json *body,
			     struct error *err)
{
	struct block_update update;
	uint64_t ref_block_num = 0;

	if (need_object(body, "witness_update", err) || get_account(body, "owner", update.owner, err) ||
	    get_key(body, "block_signing_key", update.signing_key, err) ||
	    json_get_u64(transaction, "ref_block_num", UINT16_MAX, &ref_block_num, err))
		return err->status;
	update.ref_block_num = (uint16_t)ref_block_num;
	block->updates = xrealloc(block->updates, block->update_count + 1, sizeof(update));
	block->updates[block->update_count++] = update;
	return GW_OK;
}

/* An operation is [name, body]; of all of them only witness_update matters. */
static gw_status read_operation(struct block *block, const struct json *transaction, const struct json *operation,
				struct error *err)
{
	const char *name = NULL;

	if (json_is_array(operation) && json_array_size(operation) == 2)
		name = json_string(json_element(operation, 0), NULL);
	if (!name)
		return error_set(err, GW_ERR_SYNTAX, "an operation is not [name, {…}]");
	return strcmp(name, "witness_update") == 0 ? read_update(block, transaction, json_element(operation, 1), err)
						   : GW_OK;
}

static gw_status read_signature(struct block_transaction *transaction, const struct json *json, struct error *err)
{
	const struct json *signatures;
	gw_status status = json_get_array(json, "signatures", &signatures, err);

	if (status || json_array_size(signatures) == 0)
		return status;
	const char *text = json_string(json_element(signatures, 0), NULL);

	if (!text || !is_hex(text, SIGNATURE_DIGITS))
		return error_set(err, GW_ERR_SYNTAX, "member 'signatures': not 130 hex digits");
	memcpy(transaction->signature, text, SIGNATURE_DIGITS + 1);
	return GW_OK;
}

static gw_status read_transaction(struct block *block, struct block_transaction *transaction, const struct json *json,
				  struct error *err)
{
	const struct json *operations;

	if (need_object(json, "transaction", err) || read_signature(transaction, json, err) ||
	    json_get_array(json, "operations", &operations, err))
		return err->status;
	for (size_t i = 0; i < json_array_size(operations); i++)
		if (read_operation(block, json, json_element(operations, i), err))
			return err->status;
	return GW_OK;
}

static gw_status read_transactions(struct block *block, const struct json *list, struct error *err)
{
	size_t count = json_array_size(list);

	if (count > TRANSACTIONS_MAX)
		return error_set(err, GW_ERR_RANGE, "member 'transactions': %zu of them", count);
	block->transactions = xcalloc(count, sizeof(*block->transactions));
	block->transaction_count = count;
	for (size_t i = 0; i < count; i++)
		if (read_transaction(block, &block->transactions[i], json_element(list, i), err))
			return error_prefix(err, "transaction %zu", i);
	block->has_transactions = true;
	return GW_OK;
}

/* The further members of the full form: the block's id, the key that signed it, the ids of its transactions. */
static gw_status read_full(struct block *block, const struct json *result, struct error *err)
{
	const struct json *ids;

	if (get_id(result, "block_id", block->id, err))
		return err->status;
	if (num_of_id(block->id) != block->num)
		return error_set(err, GW_ERR_RANGE, "members 'block_id' and 'previous': their numbers do not follow");
	if (get_key(result, "signing_key", block->signing_key, err) ||
	    json_get_array(result, "transaction_ids", &ids, err))
		return err->status;
	if (!block->has_transactions || json_array_size(ids) != block->transaction_count)
		return error_set(err, GW_ERR_SYNTAX, "member 'transaction_ids': not as many as transactions");
	for (size_t i = 0; i < block->transaction_count; i++) {
		const char *id = json_string(json_element(ids, i), NULL);

		if (!id || !is_id(id))
			return error_set(err, GW_ERR_SYNTAX, "member 'transaction_ids': not 40 hex digits");
		memcpy(block->transactions[i].id, id, GW_ID_SIZE);
	}
	return GW_OK;
}

gw_status block_parse(struct block *ret, const struct json *result, struct error *err)
{
	struct block block = {.num = 0};
	const struct json *transactions, *id;

	if (need_object(result, "block", err) || read_header(&block, result, err) ||
	    (json_member(result, "transactions", &transactions) &&
	     (json_get_array(result, "transactions", &transactions, err) ||
	      read_transactions(&block, transactions, err))) ||
	    (json_member(result, "block_id", &id) && read_full(&block, result, err))) {
		block_free(&block);
		return err->status;
	}
	*ret = block;
	return GW_OK;
}

void block_free(struct block *block)
{
	free(block->updates);
	free(block->transactions);
	block->updates = NULL;
	block->transactions = NULL;
	block->update_count = block->transaction_count = 0;
}

/* ---- state ------------------------------------------------------------------------------------------------------- */

static gw_status read_witness(struct witness_answer *answer, const struct json *result, struct error *err)
{
	if (need_object(result, "witness", err) || get_account(result, "owner", answer->owner, err) ||
	    json_get_text(result, "url", answer->url, sizeof(answer->url), err) ||
	    get_key(result, "signing_key", answer->signing_key, err) ||
	    get_u32(result, "total_missed", 0, UINT32_MAX, &answer->total_missed, err) ||
	    get_u32(result, "last_confirmed_block_num", 0, UINT32_MAX, &answer->last_confirmed, err) ||
	    json_get_u64(result, "last_aslot", UINT64_MAX, &answer->last_aslot, err))
		return err->status;
	return GW_OK;
}

gw_status witness_answer_parse(struct witness_answer *ret, const char *requested, const struct json *result,
			       struct error *err)
{
	struct witness_answer answer = {.exists = !json_is_null(result)};

	if (answer.exists && read_witness(&answer, result, err))
		return err->status;
	if (answer.exists && strcmp(answer.owner, requested) != 0)
		return error_set(err, GW_ERR_PROTOCOL, "member 'owner': %s was asked for, %s came", requested,
				 answer.owner);
	*ret = answer;
	return GW_OK;
}

/* One name of 16 bytes, padded with zero bytes, as 32 digits. */
static gw_status read_name(char ret[GW_ACCOUNT_SIZE], const char *digits)
{
	size_t used = 0;

	for (size_t i = 0; i < NAME_BYTES; i++) {
		ret[i] = (char)(hex_digit(digits[2 * i]) * 16 + hex_digit(digits[2 * i + 1]));
		if (ret[i] && used < i)
			return GW_ERR_SYNTAX; /* text after the padding */
		if (ret[i])
			used = i + 1;
	}
	ret[NAME_BYTES] = '\0';
	return is_account(ret) ? GW_OK : GW_ERR_SYNTAX;
}

static gw_status read_names(struct schedule_answer *answer, const struct json *result, struct error *err)
{
	static const char key[] = "current_shuffled_witnesses";
	char digits[WITNESSES_MAX * NAME_BYTES * 2 + 1];
	gw_status status = json_get_text(result, key, digits, sizeof(digits), err);

	if (status)
		return status;
	size_t len = strlen(digits);

	if (len % (NAME_BYTES * 2) || !is_hex(digits, len))
		return error_set(err, GW_ERR_SYNTAX, "member '%s': not names of 16 bytes in hex", key);
	if (len / (NAME_BYTES * 2) < answer->count)
		return error_set(err, GW_ERR_RANGE, "member '%s': fewer names than num_scheduled_witnesses", key);
	for (size_t i = 0; i < answer->count; i++)
		if (read_name(answer->names[i], digits + i * NAME_BYTES * 2))
			return error_set(err, GW_ERR_SYNTAX, "member '%s': name %zu is not an account's", key, i);
	return GW_OK;
}

gw_status schedule_answer_parse(struct schedule_answer *ret, const struct json *result, struct error *err)
{
	struct schedule_answer answer = {.count = 0};
	const struct json *props = NULL, *reset;

	if (need_object(result, "schedule", err) ||
	    get_u32(result, "num_scheduled_witnesses", 1, WITNESSES_MAX, &answer.count, err) ||
	    read_names(&answer, result, err))
		return err->status;
	if (json_member(result, "median_props", &props) && json_get_object(result, "median_props", &props, err))
		return err->status;
	if (props && json_member(props, "witness_skipping_reset_time", &reset) &&
	    get_u32(props, "witness_skipping_reset_time", 0, UINT32_MAX, &answer.skipping_reset_s, err))
		return err->status;
	*ret = answer;
	return GW_OK;
}

gw_status head_answer_parse(struct head_answer *ret, const struct json *result, struct error *err)
{
	struct head_answer answer;

	if (need_object(result, "dynamic global properties", err) ||
	    get_u32(result, "head_block_number", 0, UINT32_MAX, &answer.num, err) ||
	    get_id(result, "head_block_id", answer.id, err) || json_get_time(result, "time", &answer.time_s, err) ||
	    json_get_u64(result, "current_aslot", UINT64_MAX, &answer.aslot, err) ||
	    get_u32(result, "last_irreversible_block_num", 0, UINT32_MAX, &answer.irreversible, err))
		return err->status;
	if (num_of_id(answer.id) != answer.num)
		return error_set(err, GW_ERR_RANGE, "member 'head_block_id': not of block %u", answer.num);
	*ret = answer;
	return GW_OK;
}

gw_status chain_answer_parse(struct chain_answer *ret, const struct json *result, struct error *err)
{
	struct chain_answer answer;

	if (need_object(result, "config", err) ||
	    get_form(result, "STEEMIT_CHAIN_ID", answer.chain_id, sizeof(answer.chain_id), is_chain_id, "64 hex digits",
		     err) ||
	    json_get_text(result, "STEEMIT_ADDRESS_PREFIX", answer.prefix, sizeof(answer.prefix), err) ||
	    get_u32(result, "STEEMIT_BLOCK_INTERVAL", 1, INTERVAL_MAX_S, &answer.interval_s, err) ||
	    get_u32(result, "STEEMIT_MAX_WITNESSES", 1, WITNESSES_MAX, &answer.max_witnesses, err))
		return err->status;
	*ret = answer;
	return GW_OK;
}

/* ---- authorities ------------------------------------------------------------------------------------------------ */

/* Entry `index` of account_auths or key_auths: [who, weight]. */
static gw_status read_entry(const struct json *list, size_t index, const char **ret_who, uint32_t *ret_weight)
{
	const struct json *entry = json_element(list, index), *weight = json_element(entry, 1);
	uint64_t number;

	if (!json_is_array(entry) || json_array_size(entry) != 2)
		return GW_ERR_SYNTAX;
	*ret_who = json_string(json_element(entry, 0), NULL);
	if (!*ret_who || json_is_string(weight) || json_read_u64(weight, UINT16_MAX, &number, NULL))
		return GW_ERR_SYNTAX;
	*ret_weight = (uint32_t)number;
	return GW_OK;
}

static gw_status get_entries(const struct json *active, const char *key, const struct json **ret, struct error *err)
{
	gw_status status = json_get_array(active, key, ret, err);

	if (!status && json_array_size(*ret) > AUTHORITY_ENTRIES_MAX)
		return error_set(err, GW_ERR_RANGE, "member '%s': more than %d entries", key, AUTHORITY_ENTRIES_MAX);
	return status;
}

static gw_status read_authority(struct authority *authority, const struct json *active, struct error *err)
{
	const struct json *keys, *accounts;
	const char *who;

	if (get_u32(active, "weight_threshold", 0, UINT32_MAX, &authority->threshold, err) ||
	    get_entries(active, "key_auths", &keys, err) || get_entries(active, "account_auths", &accounts, err))
		return err->status;
	authority->key_count = json_array_size(keys);
	authority->account_count = json_array_size(accounts);
	for (size_t i = 0; i < authority->key_count; i++) {
		if (read_entry(keys, i, &who, &authority->keys[i].weight) || !is_key(who))
			return error_set(err, GW_ERR_SYNTAX, "member 'key_auths': entry %zu is not [key, weight]", i);
		memcpy(authority->keys[i].key, who, strlen(who) + 1);
	}
	for (size_t i = 0; i < authority->account_count; i++) {
		if (read_entry(accounts, i, &who, &authority->accounts[i].weight) || !is_account(who))
			return error_set(err, GW_ERR_SYNTAX, "member 'account_auths': entry %zu is not [name, weight]",
					 i);
		memcpy(authority->accounts[i].name, who, strlen(who) + 1);
	}
	return GW_OK;
}

gw_status active_authority_parse(struct authority *ret, const char *requested, const struct json *result,
				 struct error *err)
{
	struct authority authority = {.threshold = 0};
	const struct json *active;
	char name[GW_ACCOUNT_SIZE];

	if (!json_is_array(result))
		return error_set(err, GW_ERR_SYNTAX, "accounts: not a JSON array");
	if (json_array_size(result) == 0)
		return error_set(err, GW_ERR_NOT_FOUND, "account %s: the chain has none of that name", requested);
	const struct json *account = json_element(result, 0);

	if (need_object(account, "account", err) || get_account(account, "name", name, err))
		return err->status;
	if (json_array_size(result) > 1 || strcmp(name, requested) != 0)
		return error_set(err, GW_ERR_PROTOCOL, "accounts: not the one that was asked for, %s", requested);
	if (json_get_object(account, "active", &active, err) || read_authority(&authority, active, err))
		return err->status;
	*ret = authority;
	return GW_OK;
}

/* ---- Golos Power ------------------------------------------------------------------------------------------------ */

#define GESTS_MAX    UINT64_C(4000000000000) /* whole ones; the sum of two fits into 64 bits of millionths */
#define GESTS_DIGITS 13			     /* more are more; with the millionths they fit into 64 bits */

/* "992996.882542 GESTS", as millionths. */
static gw_status get_gests(const struct json *object, const char *key, int64_t *ret, struct error *err)
{
	char text[40];
	gw_status status = json_get_text(object, key, text, sizeof(text), err);
	uint64_t millionths = 0;

	if (status)
		return status;
	const size_t whole = strspn(text, "0123456789");
	const char *part = text + whole + 1;

	if (whole == 0 || text[whole] != '.' || strspn(part, "0123456789") != 6 || strcmp(part + 6, " GESTS") != 0)
		return error_set(err, GW_ERR_SYNTAX, "member '%s': not an amount of GESTS", key);
	if (whole > GESTS_DIGITS)
		return error_set(err, GW_ERR_RANGE, "member '%s': more GESTS than there can be", key);
	for (const char *at = text; *at != ' '; at++)
		if (*at != '.')
			millionths = millionths * 10 + (uint64_t)(*at - '0');
	if (millionths > GESTS_MAX * 1000000)
		return error_set(err, GW_ERR_RANGE, "member '%s': more GESTS than there can be", key);
	*ret = (int64_t)millionths;
	return GW_OK;
}

/* Up to 128 bits, as a number or as decimal digits. */
static gw_status get_big(const struct json *object, const char *key, double *ret, struct error *err)
{
	const struct json *value = NULL;
	uint64_t number;

	if (!json_member(object, key, &value))
		return error_set(err, GW_ERR_SYNTAX, "member '%s' is missing", key);
	const char *text = json_string(value, NULL);
	if (!text) {
		gw_status status = json_read_u64(value, UINT64_MAX, &number, err);

		*ret = status ? 0 : (double)number;
		return status;
	}
	size_t len = strspn(text, "0123456789");
	if (len == 0 || len > 39 || text[len])
		return error_set(err, GW_ERR_SYNTAX, "member '%s': not a whole number", key);
	*ret = strtod(text, NULL);
	return GW_OK;
}

gw_status account_power_parse(struct account_power *ret, const struct json *result, struct error *err)
{
	const struct json *account = json_element(result, 0), *shares, *used;
	struct account_power power = {.known = true};
	int64_t own = 0, delegated = 0, received = 0;

	*ret = (struct account_power){.known = false};
	if (!json_member(account, "vesting_shares", &shares) || !shares ||
	    !json_member(account, "average_bandwidth", &used) || !used)
		return GW_OK;
	if (get_gests(account, "vesting_shares", &own, err) ||
	    get_gests(account, "delegated_vesting_shares", &delegated, err) ||
	    get_gests(account, "received_vesting_shares", &received, err) ||
	    json_get_u64(account, "average_bandwidth", INT64_MAX, &power.used, err) ||
	    json_get_time(account, "last_bandwidth_update", &power.used_at_s, err))
		return err->status;
	power.shares = own - delegated + received;
	*ret = power;
	return GW_OK;
}

gw_status chain_bandwidth_parse(struct chain_bandwidth *ret, const struct json *result, struct error *err)
{
	struct chain_bandwidth bandwidth = {.known = true};

	*ret = (struct chain_bandwidth){.known = false};
	if (need_object(result, "dynamic global properties", err) ||
	    get_big(result, "max_virtual_bandwidth", &bandwidth.most, err) ||
	    get_gests(result, "total_vesting_shares", &bandwidth.shares, err) ||
	    json_get_time(result, "time", &bandwidth.time_s, err))
		return err->status;
	*ret = bandwidth;
	return GW_OK;
}

/* ---- errors ------------------------------------------------------------------------------------------------------ */

/* An error is news whatever its form: what cannot be read is 0 or a word. */
void rpc_error_parse(struct rpc_error *ret, const struct json *error)
{
	const struct json *data, *message;
	const char *text = NULL;

	*ret = (struct rpc_error){.code = 0};
	if (json_get_i64(error, "code", INT32_MIN, INT32_MAX, &ret->code, NULL))
		ret->code = 0;
	if (json_member(error, "data", &data) && json_is_object(data) &&
	    json_get_i64(data, "code", INT32_MIN, INT32_MAX, &ret->data_code, NULL))
		ret->data_code = 0;
	if (json_member(error, "message", &message))
		text = json_string(message, NULL);
	size_t len = text ? strcspn(text, "\n") : 0; /* the lines after the first are the stack's */

	snprintf(ret->message, sizeof(ret->message), "%.*s", (int)len, text ? text : "");
	if (len == 0)
		snprintf(ret->message, sizeof(ret->message), "an error without a message");
}
