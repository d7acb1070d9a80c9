/* SPDX-License-Identifier: MIT
 *
 * database_api and the small plugins beside it. Source: golosd's plugins/database_api/api.cpp, recording 01-queries.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/time_text.h"
#include "devnet/answers.h"
#include "devnet/templates.h"

#define HISTORY_MAX 1000
#define LOOKUP_MAX  1000

static struct chain *chain_of(const struct rpc_call *call)
{
	return network_chain(call->wire->net, call->node);
}

static const struct variant *argument(const struct rpc_call *call, size_t index)
{
	return variant_element(call->args, index);
}

static enum rpc_outcome get_config(struct rpc_call *call)
{
	answer_config(call->result, network_genesis(call->wire->net), call->wire->options.blockchain_name);
	return RPC_RESULT;
}

static enum rpc_outcome get_properties(struct rpc_call *call)
{
	struct chain *chain = chain_of(call);
	answer_properties(call->result, chain_head(chain), chain_state(chain));
	return RPC_RESULT;
}

static enum rpc_outcome get_chain_properties(struct rpc_call *call)
{
	json_put_raw(call->result, NULL, template_chain_properties);
	return RPC_RESULT;
}

static enum rpc_outcome get_database_info(struct rpc_call *call)
{
	json_put_raw(call->result, NULL, template_database_info);
	return RPC_RESULT;
}

static enum rpc_outcome get_hardfork_version(struct rpc_call *call)
{
	json_put_text(call->result, NULL, "0.30.0");
	return RPC_RESULT;
}

static enum rpc_outcome get_next_hardfork(struct rpc_call *call)
{
	json_put_raw(call->result, NULL, "{\"hf_version\":\"0.30.0\",\"live_time\":\"2023-11-19T19:00:00\"}");
	return RPC_RESULT;
}

/* NULL: the argument is no number and the failure is filled, or there is no such block (*ret_known tells). */
static struct block *block_argument(struct rpc_call *call, bool *ret_failed)
{
	uint64_t num;
	const char *text = variant_as_text(argument(call, 0));
	*ret_failed = !variant_as_u64(argument(call, 0), &num);
	if (*ret_failed) {
		(void)rpc_fail_parameter(call, "block_num", text ? text : "",
					 "Parse Error (4)\nCouldn't parse uint64_t\n\n");
		return NULL;
	}
	struct block *head = chain_head(chain_of(call));
	return num >= 1 && num <= head->num ? block_ancestor(head, (uint32_t)num) : NULL;
}

static enum rpc_outcome answer_block_argument(struct rpc_call *call, enum block_form form)
{
	bool failed;
	struct block *block = block_argument(call, &failed);
	if (failed)
		return RPC_FAILURE;
	if (block)
		answer_stored_block(call->result, block, form, network_now_ms(call->wire->net));
	else
		json_put_null(call->result, NULL);
	return RPC_RESULT;
}

static enum rpc_outcome get_block(struct rpc_call *call)
{
	return answer_block_argument(call, FORM_BLOCK);
}

static enum rpc_outcome get_block_header(struct rpc_call *call)
{
	return answer_block_argument(call, FORM_HEADER);
}

static void answer_accounts(struct rpc_call *call, bool null_for_unknown)
{
	const struct genesis *genesis = network_genesis(call->wire->net);
	const struct variant *names = argument(call, 0);
	json_open(call->result, NULL, '[');
	for (size_t i = 0; names && i < names->count; i++) {
		const char *name = variant_as_text(names->values[i]);
		const struct account *account = name ? genesis_account(genesis, name) : NULL;
		if (account)
			answer_account(call->result, genesis, account);
		else if (null_for_unknown)
			json_put_null(call->result, NULL);
	}
	json_close(call->result, ']');
}

static enum rpc_outcome get_accounts(struct rpc_call *call)
{
	answer_accounts(call, false);
	return RPC_RESULT;
}

static enum rpc_outcome lookup_account_names(struct rpc_call *call)
{
	answer_accounts(call, true);
	return RPC_RESULT;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum rpc_outcome lookup_accounts(struct rpc_call *call)
{
	const struct genesis *genesis = network_genesis(call->wire->net);
	const char *from = variant_as_text(argument(call, 0));
	const char *names[ACCOUNTS_MAX];
	uint64_t limit;
	if (!rpc_limit_argument(call, 1, LOOKUP_MAX, &limit))
		return RPC_FAILURE;
	for (size_t i = 0; i < genesis->account_count; i++)
		names[i] = genesis->accounts[i].name;
	qsort(names, genesis->account_count, sizeof *names, compare_names);
	json_open(call->result, NULL, '[');
	for (size_t i = 0; i < genesis->account_count && limit > 0; i++) {
		if (from && strcmp(names[i], from) < 0)
			continue;
		json_put_text(call->result, NULL, names[i]);
		limit--;
	}
	json_close(call->result, ']');
	return RPC_RESULT;
}

static enum rpc_outcome get_account_count(struct rpc_call *call)
{
	json_put_u64(call->result, NULL, network_genesis(call->wire->net)->account_count);
	return RPC_RESULT;
}

static enum rpc_outcome answer_null(struct rpc_call *call)
{
	json_put_null(call->result, NULL);
	return RPC_RESULT;
}

/* Anything that is none of the four forms counts as "block". */
static enum rpc_outcome set_block_applied_callback(struct rpc_call *call)
{
	static const char *const names[] = {"block", "header", "virtual_ops", "full"};
	static const char *const numbers[] = {"0", "1", "2", "3"};
	const char *text = variant_as_text(argument(call, 0));
	enum block_form form = FORM_BLOCK;
	for (unsigned i = 0; text && i < 4; i++)
		if (strcmp(text, names[i]) == 0 || strcmp(text, numbers[i]) == 0)
			form = (enum block_form)i;
	wire_subscribe(call, form);
	return RPC_LATER;
}

static enum rpc_outcome set_pending_callback(struct rpc_call *call)
{
	wire_subscribe(call, FORM_PENDING);
	return RPC_LATER;
}

/* A block's producer_reward, as the history plugins tell it. */
static void put_reward(struct json_writer *w, const struct block *block)
{
	char time[TIME_TEXT_SIZE];
	time_format(time, block->time_s);
	json_open(w, NULL, '{');
	json_put_text(w, "trx_id", "0000000000000000000000000000000000000000");
	json_put_u64(w, "block", block->num);
	json_put_i64(w, "trx_in_block", 65535);
	json_put_i64(w, "op_in_trx", 0);
	json_put_i64(w, "virtual_op", 1);
	json_put_text(w, "timestamp", time);
	json_open(w, "op", '[');
	json_put_text(w, NULL, "producer_reward");
	json_open(w, NULL, '{');
	json_put_text(w, "producer", block->witness);
	json_put_text(w, "vesting_shares", "22.287848 GESTS");
	json_close(w, '}');
	json_close(w, ']');
	json_put_text(w, "json_metadata", "");
	json_close(w, '}');
}

static enum rpc_outcome get_ops_in_block(struct rpc_call *call)
{
	bool failed;
	struct block *block = block_argument(call, &failed);
	if (failed)
		return RPC_FAILURE;
	json_open(call->result, NULL, '[');
	if (block && !call->wire->faults[call->node].skip_virtual_ops)
		put_reward(call->result, block);
	json_close(call->result, ']');
	return RPC_RESULT;
}

/* The newest blocks that the account produced, oldest first; other operations are not kept. */
static enum rpc_outcome get_account_history(struct rpc_call *call)
{
	struct block *found[HISTORY_MAX];
	const char *name = variant_as_text(argument(call, 0));
	uint64_t limit = 0;
	size_t count = 0;
	(void)variant_as_u64(argument(call, 2), &limit);
	for (struct block *block = chain_head(chain_of(call)); block && name && count < limit && count < HISTORY_MAX;
	     block = block->parent)
		if (strcmp(block->witness, name) == 0)
			found[count++] = block;
	json_open(call->result, NULL, '[');
	for (size_t i = 0; i < count; i++) {
		json_open(call->result, NULL, '[');
		json_put_u64(call->result, NULL, i);
		put_reward(call->result, found[count - 1 - i]);
		json_close(call->result, ']');
	}
	json_close(call->result, ']');
	return RPC_RESULT;
}

static enum rpc_outcome get_block_info(struct rpc_call *call)
{
	struct block *head = chain_head(chain_of(call));
	uint64_t first = 0, count = 0;
	(void)variant_as_u64(argument(call, 0), &first);
	(void)variant_as_u64(argument(call, 1), &count);
	json_open(call->result, NULL, '[');
	for (uint64_t num = first ? first : 1; num < first + count && num <= head->num && count <= 1000; num++) {
		struct block *block = block_ancestor(head, (uint32_t)num);
		const struct state *state = block ? block_state(network_genesis(call->wire->net), block) : NULL;
		if (!state)
			continue;
		uint8_t *bytes;
		size_t size = block_bytes(&bytes, block);
		free(bytes);
		json_open(call->result, NULL, '{');
		json_put_text(call->result, "block_id", block->id);
		json_put_u64(call->result, "block_size", size);
		json_put_u64(call->result, "average_block_size", size);
		json_put_u64(call->result, "aslot", state->aslot);
		json_put_u64(call->result, "last_irreversible_block_num", state->irreversible);
		json_put_i64(call->result, "num_pow_witnesses", 0);
		json_close(call->result, '}');
	}
	json_close(call->result, ']');
	return RPC_RESULT;
}

static char *base64(const uint8_t *bytes, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *text = xcalloc((len + 2) / 3 * 4 + 1, 1);
	char *at = text;
	for (size_t i = 0; i < len; i += 3) {
		uint32_t group = (uint32_t)bytes[i] << 16 | (i + 1 < len ? (uint32_t)bytes[i + 1] << 8 : 0) |
				 (i + 2 < len ? bytes[i + 2] : 0);
		*at++ = digits[group >> 18];
		*at++ = digits[group >> 12 & 63];
		*at++ = i + 1 < len ? digits[group >> 6 & 63] : '=';
		*at++ = i + 2 < len ? digits[group & 63] : '=';
	}
	return text;
}

static enum rpc_outcome get_raw_block(struct rpc_call *call)
{
	bool failed;
	struct block *block = block_argument(call, &failed);
	if (failed)
		return RPC_FAILURE;
	if (!block)
		return answer_null(call);
	uint8_t *bytes;
	size_t size = block_bytes(&bytes, block);
	char *raw = base64(bytes, size);
	char time[TIME_TEXT_SIZE];
	time_format(time, block->time_s);
	json_open(call->result, NULL, '{');
	json_put_text(call->result, "block_id", block->id);
	json_put_text(call->result, "previous", block->previous);
	json_put_text(call->result, "timestamp", time);
	json_put_text(call->result, "raw_block", raw);
	json_close(call->result, '}');
	free(raw);
	free(bytes);
	return RPC_RESULT;
}

/* A market is what devnet_api.set_ticker said of it: there are no orders here. */
static enum rpc_outcome get_ticker(struct rpc_call *call)
{
	const char *first = variant_as_text(variant_element(argument(call, 0), 0));
	const char *second = variant_as_text(variant_element(argument(call, 0), 1));
	const struct ticker *ticker = wire_ticker(call->wire, first ? first : "", second ? second : "");
	if (!ticker)
		return rpc_fail_parameter(call, "pair", first ? first : "", "Unknown asset");
	json_open(call->result, NULL, '{');
	json_put_text(call->result, "latest1", ticker->latest);
	json_put_text(call->result, "latest2", "0.00000000000000000");
	json_put_text(call->result, "lowest_ask", ticker->lowest_ask);
	json_put_text(call->result, "highest_bid", ticker->highest_bid);
	json_put_text(call->result, "percent_change1", "0.00000000000000000");
	json_put_text(call->result, "percent_change2", "0.00000000000000000");
	for (size_t i = 0; i < 4; i++) {
		static const char *const names[] = {"asset1_volume", "asset2_volume", "asset1_depth", "asset2_depth"};
		char *amount = xasprintf("0.000 %s", i % 2 ? second : first);
		json_put_text(call->result, names[i], amount);
		free(amount);
	}
	json_close(call->result, '}');
	return RPC_RESULT;
}

static enum rpc_outcome check_authority_signature(struct rpc_call *call)
{
	return rpc_fail(call, -32603, 0, "", "",
			"Internal error: vector::_M_range_check: __n (which is %zu) >= this->size() (which is %zu)",
			call->arg_count, call->arg_count);
}

const struct rpc_method database_methods[] = {
	{"database_api", "get_config", 0, 0, get_config},
	{"database_api", "get_dynamic_global_properties", 0, 0, get_properties},
	{"database_api", "get_chain_properties", 0, 0, get_chain_properties},
	{"database_api", "get_hardfork_version", 0, 0, get_hardfork_version},
	{"database_api", "get_next_scheduled_hardfork", 0, 0, get_next_hardfork},
	{"database_api", "get_database_info", 0, 0, get_database_info},
	{"database_api", "get_block", 1, 1, get_block},
	{"database_api", "get_block_header", 1, 1, get_block_header},
	{"database_api", "get_accounts", 1, 2, get_accounts},
	{"database_api", "lookup_accounts", 2, 2, lookup_accounts},
	{"database_api", "get_account_count", 0, 0, get_account_count},
	{"database_api", "lookup_account_names", 1, 1, lookup_account_names},
	{"database_api", "get_account_bandwidth", 2, 2, answer_null},
	{"database_api", "set_block_applied_callback", 1, 1, set_block_applied_callback},
	{"database_api", "set_pending_transaction_callback", 0, 0, set_pending_callback},
	{"operation_history", "get_ops_in_block", 2, 2, get_ops_in_block},
	{"account_history", "get_account_history", 3, 4, get_account_history},
	{"block_info", "get_block_info", 2, 2, get_block_info},
	{"raw_block", "get_raw_block", 1, 1, get_raw_block},
	{"market_history", "get_ticker", 1, 1, get_ticker},
	{"auth_util", "check_authority_signature", 1, 0, check_authority_signature},
	{NULL, NULL, 0, 0, NULL},
};
