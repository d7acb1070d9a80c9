/* SPDX-License-Identifier: MIT
 *
 * devnet_api: faults, the manual clock and a view of all nodes, at any node's port. README.md lists the methods.
 * A killed node takes no connection, so faults are best ordered at a node that lives.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "devnet/answers.h"
#include "graphene/hex.h"
#include "graphene/keys.h"

#define RUN_SLOTS_MAX  100000
#define ADVANCE_MAX_MS ((int64_t)1000 * 1000 * 1000)

/* ---- arguments ----------------------------------------------------------------------------------------------- */

static bool read_number(struct rpc_call *call, size_t index, uint64_t most, uint64_t *ret)
{
	if (variant_as_u64(variant_element(call->args, index), ret) && *ret <= most)
		return true;
	(void)rpc_fail(call, -32002, 1020400, "invalid_parameter", "Invalid parameter value",
		       "argument %zu must be a whole number of at most %" PRIu64, index, most);
	return false;
}

static bool read_node(struct rpc_call *call, size_t index, size_t *ret)
{
	uint64_t number;
	if (!read_number(call, index, network_node_count(call->wire->net) - 1, &number))
		return false;
	*ret = (size_t)number;
	return true;
}

static bool read_flag(struct rpc_call *call, size_t index)
{
	const char *text = variant_as_text(variant_element(call->args, index));
	return text && (strcmp(text, "true") == 0 || strcmp(text, "1") == 0);
}

static const char *read_text(struct rpc_call *call, size_t index)
{
	const char *text = variant_as_text(variant_element(call->args, index));
	return text ? text : "";
}

static const char *read_witness(struct rpc_call *call, size_t index)
{
	const char *name = read_text(call, index);
	if (state_witness(chain_state(network_chain(call->wire->net, call->node)), name))
		return name;
	(void)rpc_fail(call, -32002, 1020400, "invalid_parameter", "Invalid parameter value", "no witness '%.40s'",
		       name);
	return NULL;
}

static enum rpc_outcome done(struct rpc_call *call)
{
	json_put_raw(call->result, NULL, "{}");
	return RPC_RESULT;
}

/* ---- nodes and ways between them ----------------------------------------------------------------------------- */

static enum rpc_outcome kill_node(struct rpc_call *call)
{
	size_t node;
	if (!read_node(call, 0, &node))
		return RPC_FAILURE;
	network_kill(call->wire->net, node);
	wire_close_clients(call->wire, node);
	return done(call);
}

static enum rpc_outcome revive_node(struct rpc_call *call)
{
	size_t node;
	if (!read_node(call, 0, &node))
		return RPC_FAILURE;
	network_revive(call->wire->net, node);
	return done(call);
}

static enum rpc_outcome freeze_node(struct rpc_call *call)
{
	size_t node;
	if (!read_node(call, 0, &node))
		return RPC_FAILURE;
	call->wire->faults[node].frozen = read_flag(call, 1);
	return done(call);
}

static enum rpc_outcome isolate_node(struct rpc_call *call)
{
	size_t node;
	if (!read_node(call, 0, &node))
		return RPC_FAILURE;
	network_isolate(call->wire->net, node, read_flag(call, 1));
	return done(call);
}

static enum rpc_outcome disconnect_clients(struct rpc_call *call)
{
	size_t node;
	if (!read_node(call, 0, &node))
		return RPC_FAILURE;
	wire_close_clients(call->wire, node);
	return done(call);
}

static enum rpc_outcome cut_pair(struct rpc_call *call)
{
	size_t a, b;
	if (!read_node(call, 0, &a) || !read_node(call, 1, &b))
		return RPC_FAILURE;
	network_cut(call->wire->net, a, b, true);
	return done(call);
}

static enum rpc_outcome join_pair(struct rpc_call *call)
{
	size_t a, b;
	if (!read_node(call, 0, &a) || !read_node(call, 1, &b))
		return RPC_FAILURE;
	network_cut(call->wire->net, a, b, false);
	return done(call);
}

static enum rpc_outcome delay_messages(struct rpc_call *call)
{
	size_t from, to;
	uint64_t delay_ms;
	if (!read_node(call, 0, &from) || !read_node(call, 1, &to) || !read_number(call, 2, 3600000, &delay_ms))
		return RPC_FAILURE;
	network_delay(call->wire->net, from, to, (int64_t)delay_ms);
	return done(call);
}

static enum rpc_outcome drop_messages(struct rpc_call *call)
{
	size_t from, to;
	uint64_t per_thousand;
	if (!read_node(call, 0, &from) || !read_node(call, 1, &to) || !read_number(call, 2, 1000, &per_thousand))
		return RPC_FAILURE;
	network_drop(call->wire->net, from, to, (unsigned)per_thousand);
	return done(call);
}

/* ---- what a client sees -------------------------------------------------------------------------------------- */

static enum rpc_outcome stall_answers(struct rpc_call *call)
{
	size_t node;
	uint64_t stall_ms;
	if (!read_node(call, 0, &node) || !read_number(call, 1, 3600000, &stall_ms))
		return RPC_FAILURE;
	call->wire->faults[node].stall_ms = (int64_t)stall_ms;
	return done(call);
}

static enum rpc_outcome refuse_broadcasts(struct rpc_call *call)
{
	size_t node;
	uint64_t count, data_code;
	if (!read_node(call, 0, &node) || !read_number(call, 1, UINT32_MAX, &count) ||
	    !read_number(call, 3, INT32_MAX, &data_code))
		return RPC_FAILURE;
	struct node_faults *faults = &call->wire->faults[node];
	faults->refuse = count;
	faults->refuse_code = (int)strtol(read_text(call, 2), NULL, 10);
	faults->refuse_data_code = (int64_t)data_code;
	snprintf(faults->refuse_text, sizeof faults->refuse_text, "%s", read_text(call, 4));
	return done(call);
}

static enum rpc_outcome swallow_broadcasts(struct rpc_call *call)
{
	size_t node;
	uint64_t count;
	if (!read_node(call, 0, &node) || !read_number(call, 1, UINT32_MAX, &count))
		return RPC_FAILURE;
	call->wire->faults[node].swallow = count;
	return done(call);
}

static enum rpc_outcome fail_calls(struct rpc_call *call)
{
	size_t node;
	if (!read_node(call, 0, &node))
		return RPC_FAILURE;
	for (size_t i = 0; i < FAILING_MAX; i++) {
		struct failing_calls *failing = &call->wire->faults[node].failing[i];
		if (failing->api[0])
			continue;
		snprintf(failing->api, sizeof failing->api, "%s", read_text(call, 1));
		snprintf(failing->method, sizeof failing->method, "%s", read_text(call, 2));
		failing->code = (int)strtol(read_text(call, 3), NULL, 10);
		snprintf(failing->text, sizeof failing->text, "%s", read_text(call, 4));
		return done(call);
	}
	return rpc_fail(call, -32000, 1, "exception", "too many", "%d calls fail already", FAILING_MAX);
}

static enum rpc_outcome heal_calls(struct rpc_call *call)
{
	size_t node;
	if (!read_node(call, 0, &node))
		return RPC_FAILURE;
	memset(call->wire->faults[node].failing, 0, sizeof call->wire->faults[node].failing);
	return done(call);
}

static enum rpc_outcome say(struct rpc_call *call)
{
	size_t node;
	if (!read_node(call, 0, &node))
		return RPC_FAILURE;
	wire_say(call->wire, node, read_text(call, 1));
	return done(call);
}

/* Bytes given as hex, past the websocket's framing: half a frame, a false length, no frame at all. */
static enum rpc_outcome say_bytes(struct rpc_call *call)
{
	size_t node, len = strlen(read_text(call, 1)) / 2;
	if (!read_node(call, 0, &node))
		return RPC_FAILURE;
	uint8_t *bytes = xcalloc(len + 1, 1);
	bool readable = hex_decode(bytes, len, read_text(call, 1), 2 * len) == GW_OK;
	const struct wire_output *output = &call->wire->output;
	for (size_t i = 0; readable && i < CLIENTS_MAX; i++)
		if (call->wire->clients[i].id && call->wire->clients[i].node == node)
			output->send_bytes(output->context, call->wire->clients[i].id, bytes, len);
	free(bytes);
	return done(call);
}

static enum rpc_outcome skip_virtual_ops(struct rpc_call *call)
{
	size_t node;
	if (!read_node(call, 0, &node))
		return RPC_FAILURE;
	call->wire->faults[node].skip_virtual_ops = read_flag(call, 1);
	return done(call);
}

/* ---- production ---------------------------------------------------------------------------------------------- */

static enum rpc_outcome hold_key(struct rpc_call *call)
{
	size_t node;
	const char *witness = read_witness(call, 1);
	if (!witness || !read_node(call, 0, &node))
		return RPC_FAILURE;
	network_hold_key(call->wire->net, node, witness, read_flag(call, 2));
	return done(call);
}

static enum rpc_outcome share_keys(struct rpc_call *call)
{
	size_t from, to;
	if (!read_node(call, 0, &from) || !read_node(call, 1, &to))
		return RPC_FAILURE;
	network_share_keys(call->wire->net, from, to);
	return done(call);
}

static enum rpc_outcome miss_slots(struct rpc_call *call)
{
	uint64_t count;
	const char *witness = read_witness(call, 0);
	if (!witness || !read_number(call, 1, 100000, &count))
		return RPC_FAILURE;
	network_miss(call->wire->net, witness, (unsigned)count);
	return done(call);
}

static enum rpc_outcome halt(struct rpc_call *call)
{
	network_halt(call->wire->net, read_flag(call, 0));
	return done(call);
}

/* ---- accounts ------------------------------------------------------------------------------------------------ */

static bool read_entry(const struct variant *entry, struct account_authority *ret, bool key)
{
	const char *text = variant_as_text(variant_element(entry, 0));
	uint64_t weight;
	if (!text || !variant_as_u64(variant_element(entry, 1), &weight) || weight > UINT16_MAX)
		return false;
	size_t index = key ? ret->key_count++ : ret->account_count++;
	struct error err;
	if (key) {
		ret->keys[index].weight = (uint32_t)weight;
		return public_key_parse(&ret->keys[index].key, text, strlen(text), &err) == GW_OK;
	}
	ret->accounts[index].weight = (uint32_t)weight;
	snprintf(ret->accounts[index].name, sizeof ret->accounts[index].name, "%s", text);
	return true;
}

static bool read_authority(const struct variant *value, struct account_authority *ret)
{
	const struct variant *keys = variant_member(value, "key_auths"),
			     *accounts = variant_member(value, "account_auths");
	uint64_t threshold;
	if (!keys || !accounts || keys->count > AUTHORITY_MEMBERS_MAX || accounts->count > AUTHORITY_MEMBERS_MAX ||
	    !variant_as_u64(variant_member(value, "weight_threshold"), &threshold) || threshold > UINT32_MAX)
		return false;
	*ret = (struct account_authority){.threshold = (uint32_t)threshold};
	for (size_t i = 0; i < accounts->count; i++)
		if (!read_entry(accounts->values[i], ret, false))
			return false;
	for (size_t i = 0; i < keys->count; i++)
		if (!read_entry(keys->values[i], ret, true))
			return false;
	return true;
}

static bool copy_text(char *ret, size_t size, const char *text)
{
	return *text && (size_t)snprintf(ret, size, "%s", text) < size;
}

/* symbol, symbol, latest, highest bid, lowest ask */
static enum rpc_outcome set_ticker(struct rpc_call *call)
{
	struct ticker ticker = {0};
	if (copy_text(ticker.symbols[0], TICKER_SYMBOL_SIZE, read_text(call, 0)) &&
	    copy_text(ticker.symbols[1], TICKER_SYMBOL_SIZE, read_text(call, 1)) &&
	    copy_text(ticker.latest, TICKER_NUMBER_SIZE, read_text(call, 2)) &&
	    copy_text(ticker.highest_bid, TICKER_NUMBER_SIZE, read_text(call, 3)) &&
	    copy_text(ticker.lowest_ask, TICKER_NUMBER_SIZE, read_text(call, 4)) &&
	    wire_set_ticker(call->wire, &ticker))
		return done(call);
	return rpc_fail(call, -32002, 1020400, "invalid_parameter", "Invalid parameter value",
			"not five short texts, or more than %d markets", TICKERS_MAX);
}

static enum rpc_outcome set_active_authority(struct rpc_call *call)
{
	struct genesis *genesis = network_genesis(call->wire->net);
	struct account_authority authority;
	if (!read_authority(variant_element(call->args, 1), &authority))
		return rpc_fail(call, -32002, 1020400, "invalid_parameter", "Invalid parameter value",
				"argument 1 is no authority");
	for (size_t i = 0; i < genesis->account_count; i++)
		if (strcmp(genesis->accounts[i].name, read_text(call, 0)) == 0)
			genesis->accounts[i].active = authority;
	return done(call);
}

/* Its Golos Power, and what it has used of its bandwidth just now. */
static enum rpc_outcome set_vesting(struct rpc_call *call)
{
	struct genesis *genesis = network_genesis(call->wire->net);
	uint64_t used;
	if (!read_number(call, 2, INT64_MAX, &used))
		return RPC_FAILURE;
	for (size_t i = 0; i < genesis->account_count; i++)
		if (strcmp(genesis->accounts[i].name, read_text(call, 0)) == 0) {
			struct account *account = &genesis->accounts[i];
			snprintf(account->vesting, sizeof account->vesting, "%s", read_text(call, 1));
			account->bandwidth = used;
			account->bandwidth_at_s = network_now_ms(call->wire->net) / 1000;
		}
	return done(call);
}

static gw_status sign_update(struct rpc_call *call, size_t node, const char *witness, const struct public_key *key,
			     struct signed_transaction **ret)
{
	const struct genesis *genesis = network_genesis(call->wire->net);
	struct chain *chain = network_chain(call->wire->net, node);
	const struct block *head = chain_head(chain);
	const struct account *account = genesis_account(genesis, witness);
	const struct secret_key *secret = &call->wire->options.active_keys[account - genesis->accounts];
	struct transaction tx = {.operation_count = 1, .expiration_s = (uint32_t)(head->time_s + 60)};
	struct witness_update *op = &tx.operations[0].witness_update;
	tx.operations[0].type = OPERATION_WITNESS_UPDATE;
	snprintf(op->owner, sizeof op->owner, "%s", witness);
	memcpy(op->url, state_witness(chain_state(chain), witness)->url, sizeof op->url);
	op->signing_key = *key;
	op->account_creation_fee = op->fee = (struct asset){.decimals = 3, .symbol = "GOLOS"};
	op->maximum_block_size = 65536;
	struct transaction_bytes bytes;
	struct digest digest;
	struct signature signature;
	gw_status status = transaction_set_tapos(&tx, head->id);
	if (status == GW_OK)
		status = transaction_serialize(&bytes, &tx);
	if (status != GW_OK)
		return status;
	transaction_digest(&digest, &genesis->chain_id, &bytes);
	status = sign_digest(&signature, &digest, secret);
	return status == GW_OK ? signed_transaction_new(ret, &tx, &signature, 1) : status;
}

/* The operator's own update, signed with the witness's active key, broadcast at the node asked or another. */
static enum rpc_outcome witness_update(struct rpc_call *call)
{
	const char *witness = read_witness(call, 0), *text = read_text(call, 1);
	size_t node = call->node;
	struct public_key key;
	struct error err;
	if (!witness || (variant_element(call->args, 2) && !read_node(call, 2, &node)))
		return RPC_FAILURE;
	if (public_key_parse(&key, text, strlen(text), &err) != GW_OK)
		return rpc_fail(call, -32002, 1020400, "invalid_parameter", "Invalid parameter value", "%s", err.text);
	struct signed_transaction *tx = NULL;
	struct refusal refusal = {.reason = REFUSAL_NONE};
	bool accepted = sign_update(call, node, witness, &key, &tx) == GW_OK &&
			network_broadcast(call->wire->net, node, tx, &refusal);
	signed_transaction_unref(tx);
	if (accepted)
		return done(call);
	return rpc_fail(call, -32000, 1, "exception", "refused", "refused for reason %d", (int)refusal.reason);
}

/* ---- time and status ----------------------------------------------------------------------------------------- */

static enum rpc_outcome advance(struct rpc_call *call)
{
	uint64_t ms;
	if (!call->wire->options.manual_clock)
		return rpc_fail(call, -32000, 1, "exception", "no manual clock", "start with --manual-clock");
	if (!read_number(call, 0, ADVANCE_MAX_MS, &ms))
		return RPC_FAILURE;
	network_advance(call->wire->net, network_now_ms(call->wire->net) + (int64_t)ms);
	json_put_i64(call->result, NULL, network_now_ms(call->wire->net));
	return RPC_RESULT;
}

/* Until this node's head is that block; RUN_SLOTS_MAX slots at most. */
static enum rpc_outcome run_until(struct rpc_call *call)
{
	uint64_t num;
	struct network *net = call->wire->net;
	if (!call->wire->options.manual_clock)
		return rpc_fail(call, -32000, 1, "exception", "no manual clock", "start with --manual-clock");
	if (!read_number(call, 0, UINT32_MAX, &num))
		return RPC_FAILURE;
	int64_t end_ms = network_now_ms(net) + (int64_t)network_genesis(net)->interval_s * 1000 * RUN_SLOTS_MAX;
	while (chain_head(network_chain(net, call->node))->num < num && network_now_ms(net) < end_ms)
		network_advance(net, network_next_ms(net));
	json_put_i64(call->result, NULL, network_now_ms(net));
	return RPC_RESULT;
}

static enum rpc_outcome status(struct rpc_call *call)
{
	struct network *net = call->wire->net;
	struct json_writer *w = call->result;
	json_open(w, NULL, '{');
	json_put_i64(w, "now_ms", network_now_ms(net));
	json_open(w, "nodes", '[');
	for (size_t i = 0; i < network_node_count(net); i++) {
		struct chain *chain = network_chain(net, i);
		json_open(w, NULL, '{');
		json_put_u64(w, "node", i);
		json_put_bool(w, "alive", network_is_alive(net, i));
		json_put_bool(w, "frozen", call->wire->faults[i].frozen);
		json_put_u64(w, "head", chain_head(chain)->num);
		json_put_text(w, "head_id", chain_head(chain)->id);
		json_put_u64(w, "irreversible", chain_state(chain)->irreversible);
		json_put_u64(w, "pending", chain_pending_count(chain));
		json_put_u64(w, "refuses", call->wire->faults[i].refuse);
		json_close(w, '}');
	}
	json_close(w, ']');
	json_close(w, '}');
	return RPC_RESULT;
}

const struct rpc_method devnet_methods[] = {
	{"devnet_api", "status", 0, 0, status},
	{"devnet_api", "kill", 1, 1, kill_node},
	{"devnet_api", "revive", 1, 1, revive_node},
	{"devnet_api", "freeze", 2, 2, freeze_node},
	{"devnet_api", "isolate", 2, 2, isolate_node},
	{"devnet_api", "disconnect", 1, 1, disconnect_clients},
	{"devnet_api", "cut", 2, 2, cut_pair},
	{"devnet_api", "join", 2, 2, join_pair},
	{"devnet_api", "delay", 3, 3, delay_messages},
	{"devnet_api", "drop", 3, 3, drop_messages},
	{"devnet_api", "stall", 2, 2, stall_answers},
	{"devnet_api", "refuse_broadcasts", 5, 5, refuse_broadcasts},
	{"devnet_api", "swallow_broadcasts", 2, 2, swallow_broadcasts},
	{"devnet_api", "fail_calls", 5, 5, fail_calls},
	{"devnet_api", "heal_calls", 1, 1, heal_calls},
	{"devnet_api", "say", 2, 2, say},
	{"devnet_api", "say_bytes", 2, 2, say_bytes},
	{"devnet_api", "skip_virtual_ops", 2, 2, skip_virtual_ops},
	{"devnet_api", "hold_key", 3, 3, hold_key},
	{"devnet_api", "share_keys", 2, 2, share_keys},
	{"devnet_api", "miss", 2, 2, miss_slots},
	{"devnet_api", "halt", 1, 1, halt},
	{"devnet_api", "set_ticker", 5, 5, set_ticker},
	{"devnet_api", "set_active_authority", 2, 2, set_active_authority},
	{"devnet_api", "set_vesting", 3, 3, set_vesting},
	{"devnet_api", "witness_update", 2, 3, witness_update},
	{"devnet_api", "advance", 1, 1, advance},
	{"devnet_api", "run_until", 1, 1, run_until},
	{NULL, NULL, 0, 0, NULL},
};
