/* SPDX-License-Identifier: MIT
 *
 * witness_api. It answers from the state with pending transactions, as golosd does (tests/recordings/README.md 23).
 * Source: golosd's plugins/witness_api/plugin.cpp.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "devnet/answers.h"

#define BY_VOTE_MAX 100
#define LOOKUP_MAX  1000

static const struct state *state_of(const struct rpc_call *call)
{
	return chain_pending_state(network_chain(call->wire->net, call->node));
}

static void put_witness(struct rpc_call *call, const struct witness_state *witness)
{
	if (witness)
		answer_witness(call->result, network_genesis(call->wire->net), state_of(call), witness);
	else
		json_put_null(call->result, NULL);
}

static enum rpc_outcome get_witness_by_account(struct rpc_call *call)
{
	const char *name = variant_as_text(variant_element(call->args, 0));
	put_witness(call, name ? state_witness(state_of(call), name) : NULL);
	return RPC_RESULT;
}

static enum rpc_outcome get_witnesses(struct rpc_call *call)
{
	const struct variant *ids = variant_element(call->args, 0);
	const struct state *state = state_of(call);
	json_open(call->result, NULL, '[');
	for (size_t i = 0; ids && i < ids->count; i++) {
		uint64_t id;
		bool known = variant_as_u64(ids->values[i], &id) && id < state->witness_count;
		put_witness(call, known ? &state->witnesses[id] : NULL);
	}
	json_close(call->result, ']');
	return RPC_RESULT;
}

static enum rpc_outcome get_active_witnesses(struct rpc_call *call)
{
	const struct state *state = state_of(call);
	json_open(call->result, NULL, '[');
	for (size_t i = 0; i < state->scheduled_count; i++)
		json_put_text(call->result, NULL, state->witnesses[state->schedule[i]].owner);
	json_close(call->result, ']');
	return RPC_RESULT;
}

static enum rpc_outcome get_witness_schedule(struct rpc_call *call)
{
	answer_schedule(call->result, state_of(call));
	return RPC_RESULT;
}

static enum rpc_outcome get_miner_queue(struct rpc_call *call)
{
	json_put_raw(call->result, NULL, "[]");
	return RPC_RESULT;
}

static enum rpc_outcome get_witness_count(struct rpc_call *call)
{
	json_put_u64(call->result, NULL, state_of(call)->witness_count);
	return RPC_RESULT;
}

static enum rpc_outcome get_witnesses_by_vote(struct rpc_call *call)
{
	const struct state *state = state_of(call);
	const char *from = variant_as_text(variant_element(call->args, 0));
	uint64_t limit;
	if (!rpc_limit_argument(call, 1, BY_VOTE_MAX, &limit))
		return RPC_FAILURE;
	const struct witness_state *first = from && *from ? state_witness(state, from) : state->witnesses;
	if (!first)
		return rpc_fail_parameter(call, "from", from ? from : "",
					  "invalid value exception (4020000)\nWitness name after last witness\n");
	json_open(call->result, NULL, '[');
	for (size_t i = (size_t)(first - state->witnesses); i < state->witness_count && limit-- > 0; i++)
		put_witness(call, &state->witnesses[i]);
	json_close(call->result, ']');
	return RPC_RESULT;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum rpc_outcome lookup_witness_accounts(struct rpc_call *call)
{
	const struct state *state = state_of(call);
	const char *from = variant_as_text(variant_element(call->args, 0));
	uint64_t limit;
	if (!rpc_limit_argument(call, 1, LOOKUP_MAX, &limit))
		return RPC_FAILURE;
	const char *names[ACCOUNTS_MAX];
	for (size_t i = 0; i < state->witness_count; i++)
		names[i] = state->witnesses[i].owner;
	qsort(names, state->witness_count, sizeof *names, compare_names);
	json_open(call->result, NULL, '[');
	for (size_t i = 0; i < state->witness_count && limit > 0; i++) {
		if (from && strcmp(names[i], from) < 0)
			continue;
		json_put_text(call->result, NULL, names[i]);
		limit--;
	}
	json_close(call->result, ']');
	return RPC_RESULT;
}

static enum rpc_outcome get_median_price(struct rpc_call *call)
{
	answer_price(call->result, NULL, &state_of(call)->feed_median);
	return RPC_RESULT;
}

static enum rpc_outcome get_feed_history(struct rpc_call *call)
{
	const struct state *state = state_of(call);
	json_open(call->result, NULL, '{');
	json_put_u64(call->result, "id", 0);
	answer_price(call->result, "current_median_history", &state->feed_median);
	json_open(call->result, "price_history", '[');
	for (size_t i = 0; i < state->feed_count; i++)
		answer_price(call->result, NULL, &state->feeds[i]);
	json_close(call->result, ']');
	json_close(call->result, '}');
	return RPC_RESULT;
}

const struct rpc_method witness_methods[] = {
	{"witness_api", "get_witness_by_account", 1, 1, get_witness_by_account},
	{"witness_api", "get_active_witnesses", 0, 0, get_active_witnesses},
	{"witness_api", "get_witness_schedule", 0, 0, get_witness_schedule},
	{"witness_api", "get_witnesses", 1, 1, get_witnesses},
	{"witness_api", "get_witnesses_by_vote", 2, 2, get_witnesses_by_vote},
	{"witness_api", "get_witness_count", 0, 0, get_witness_count},
	{"witness_api", "lookup_witness_accounts", 2, 2, lookup_witness_accounts},
	{"witness_api", "get_miner_queue", 0, 0, get_miner_queue},
	{"witness_api", "get_current_median_history_price", 0, 0, get_median_price},
	{"witness_api", "get_feed_history", 0, 0, get_feed_history},
	{NULL, NULL, 0, 0, NULL},
};
