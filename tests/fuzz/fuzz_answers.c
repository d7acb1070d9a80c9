/* SPDX-License-Identifier: MIT
 * golosd's answers: whatever is taken holds to its limits, and every refusal says why. */
#include "fuzz.h"

#include "node/answers.h"

static bool ends_within(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

static void try_block(const struct json *result)
{
	struct block block;
	struct error err = {.text = ""};

	if (block_parse(&block, result, &err)) {
		MUST(err.text[0]);
		return;
	}
	MUST(block.num > 0 && strlen(block.previous) == GW_ID_SIZE - 1 && ends_within(block.witness, GW_ACCOUNT_SIZE));
	MUST(block.has_transactions || (block.update_count == 0 && block.transaction_count == 0));
	for (size_t i = 0; i < block.update_count; i++)
		MUST(ends_within(block.updates[i].owner, GW_ACCOUNT_SIZE) &&
		     ends_within(block.updates[i].signing_key, GW_KEY_SIZE));
	block_free(&block);
}

static void try_schedule(const struct json *result)
{
	struct schedule_answer schedule;
	struct error err = {.text = ""};

	if (schedule_answer_parse(&schedule, result, &err)) {
		MUST(err.text[0]);
		return;
	}
	MUST(schedule.count >= 1 && schedule.count <= WITNESSES_MAX);
	for (uint32_t i = 0; i < schedule.count; i++)
		MUST(schedule.names[i][0] && ends_within(schedule.names[i], GW_ACCOUNT_SIZE));
}

static void try_state(const struct json *result)
{
	struct witness_answer witness;
	struct head_answer head;
	struct chain_answer chain;
	struct authority authority;
	struct account_power power;
	struct chain_bandwidth bandwidth;
	struct rpc_error error;
	struct error err = {.text = ""};

	if (!witness_answer_parse(&witness, "foo", result, &err) && witness.exists)
		MUST(strcmp(witness.owner, "foo") == 0 && ends_within(witness.url, GW_URL_SIZE));
	if (!head_answer_parse(&head, result, &err))
		MUST(strlen(head.id) == GW_ID_SIZE - 1);
	if (!chain_answer_parse(&chain, result, &err))
		MUST(chain.interval_s >= 1 && chain.max_witnesses >= 1 && chain.max_witnesses <= WITNESSES_MAX);
	if (!active_authority_parse(&authority, "foo", result, &err)) {
		MUST(authority.key_count <= AUTHORITY_ENTRIES_MAX && authority.account_count <= AUTHORITY_ENTRIES_MAX);
		MUST(!account_power_parse(&power, result, &err) || !power.known);
	}
	MUST(!chain_bandwidth_parse(&bandwidth, result, &err) == bandwidth.known);
	rpc_error_parse(&error, result);
	MUST(error.message[0] && ends_within(error.message, sizeof(error.message)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json *root = NULL;
	struct error err;

	if (json_parse(&root, (const char *)data, size, &err))
		return 0;
	try_block(root);
	try_schedule(root);
	try_state(root);
	json_free(root);
	return 0;
}
