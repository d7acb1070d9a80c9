/* SPDX-License-Identifier: MIT
 * golos-watch check: nodes, clock, witnesses. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <golos_watch/names.h>
#include <golos_watch/own_node.h>

#include "cli/check.h"

/* ---- nodes and clock --------------------------------------------------------------------------------------------- */

/* Of all instances the smallest: what is wrong for one is said. */
static int64_t strictest(const struct config *config, const char *name, const char *default_text)
{
	int64_t least = cli_instance_number(config->instances, name, default_text);

	for (size_t i = 1; i < config->instance_count; i++) {
		int64_t number = cli_instance_number(&config->instances[i], name, default_text);

		least = number < least ? number : least;
	}
	return least;
}

/* Head age is told by chain time where that is known, so that a wrong clock of ours is one fault and not two. */
static void check_node(struct check *check, const struct gw_nodes_event *nodes, const struct gw_node *node,
		       const char *why, const struct gw_now *now)
{
	const char *own = node->is_own ? " (own)" : "";
	uint32_t behind = 0;
	int64_t age_s = gw_chain_now_ms(now) / 1000 - node->head_time_s;

	for (uint32_t i = 0; i < nodes->count; i++)
		if (gw_blocks_behind(node, nodes->nodes[i], now) > behind)
			behind = gw_blocks_behind(node, nodes->nodes[i], now);
	if (!node->connected)
		check_say(check, CHECK_WRONG, "node", "%s%s: not connected: %s", node->url, own,
			  why[0] ? why : "no answer yet");
	else if (node->head_num == 0)
		check_say(check, CHECK_WRONG, "node", "%s%s: answers, and no block comes", node->url, own);
	else if (node->branch == GW_BRANCH_OTHER)
		check_say(check, CHECK_WRONG, "node", "%s: on another branch than our own golosd", node->url);
	else if (behind)
		check_say(check, CHECK_WRONG, "node", "%s%s: %" PRIu32 " blocks behind", node->url, own, behind);
	else if (age_s > strictest(check->cli->config, "max_head_age", GW_DEFAULT_MAX_HEAD_AGE))
		check_say(check, CHECK_WRONG, "node", "%s%s: not in sync, its head is %" PRId64 " s old", node->url,
			  own, age_s);
	else
		check_say(check, CHECK_OK, "node", "%s%s: on the chain, in sync at block %" PRIu32, node->url, own,
			  node->head_num);
}

static void check_clock(struct check *check, const struct gw_now *now)
{
	int64_t off_ms = now->wall_ms - now->chain_ms;
	int64_t limit_ms = strictest(check->cli->config, "max_clock_skew", GW_DEFAULT_MAX_CLOCK_SKEW) * 1000;

	if (now->chain_ms == 0)
		check_say(check, CHECK_UNKNOWN, "clock", "no fresh block to compare it with");
	else if (off_ms > limit_ms || off_ms < -limit_ms)
		check_say(check, CHECK_WRONG, "clock", "%" PRId64 " ms %s the chain", off_ms < 0 ? -off_ms : off_ms,
			  off_ms < 0 ? "behind" : "ahead of");
	else
		check_say(check, CHECK_OK, "clock", "%" PRId64 " ms from chain time", off_ms < 0 ? -off_ms : off_ms);
}

/* Only what is wrong is said. By calls that any node in order answers, and that send nothing. */
static void check_calls(struct check *check, const struct gw_node *node, uint32_t endpoint)
{
	static const struct {
		const char *api, *method, *args;
	} calls[] = {{"witness_api", "get_witness_schedule", "[]"}, {"database_api", "get_accounts", "[[]]"}};
	const struct nodes *nodes = observer_nodes(chain_client_observer(check->client));
	char lacking[GW_TEXT_SIZE];

	for (size_t i = 0; node->connected && i < sizeof(calls) / sizeof(calls[0]); i++) {
		struct json *json = NULL;
		struct error err = {0};
		gw_status r = chain_client_ask(check->client, endpoint, calls[i].api, calls[i].method, calls[i].args,
					       &json, NULL, &err);

		json_free(json);
		if (r && !nodes_lacking(nodes, endpoint, lacking))
			check_say(check, CHECK_WRONG, "node", "%s: %s: %s", node->url, calls[i].method, err.text);
	}
	if (nodes_lacking(nodes, endpoint, lacking)) /* of a broadcast it was asked when it was connected */
		check_say(check, CHECK_WRONG, "node", "%s: %s", node->url, lacking);
}

static bool check_nodes(struct check *check)
{
	struct error err = {0};
	struct gw_now now;

	if (chain_client_open(&check->client, check->cli->config, &err)) {
		check_say(check, CHECK_WRONG, "node", "%s", err.text);
		return false;
	}
	struct observer *observer = chain_client_observer(check->client);
	chain_client_wait_heads(check->client);
	observer_now(observer, &now);
	const struct gw_nodes_event *nodes = belief_nodes(observer_belief(observer));
	for (uint32_t i = 0; i < nodes->count; i++)
		check_node(check, nodes, nodes->nodes[i], nodes_why(observer_nodes(observer), i), &now);
	check_clock(check, &now);
	for (uint32_t i = 0; i < nodes->count; i++)
		check_calls(check, belief_nodes(observer_belief(observer))->nodes[i], i);
	return true;
}

/* ---- a witness --------------------------------------------------------------------------------------------------- */

static void check_key(struct check *check, const struct config_instance *instance, const struct witness_answer *answer)
{
	char name[64];

	cli_key_name(check->cli, instance->witness, answer->signing_key, name, sizeof(name));
	if (strcmp(answer->signing_key, GW_NULL_KEY) == 0)
		check_say(check, CHECK_WRONG, "key", "%s is shut down: its signing key is the null key",
			  instance->witness);
	else if (strcmp(answer->signing_key, instance->witness_pubkey) == 0)
		check_say(check, CHECK_OK, "key", "%s produces with our key", instance->witness);
	else
		check_say(check, name[0] ? CHECK_OK : CHECK_UNKNOWN, "key", "%s produces with another node's key, %s",
			  instance->witness, name[0] ? name : "which order does not list");
}

static void check_priority(struct check *check, const struct config_instance *instance)
{
	char name[64];

	cli_key_name(check->cli, instance->witness, instance->witness_pubkey, name, sizeof(name));
	if (!cli_instance_option(instance, "order"))
		check_say(check, CHECK_UNKNOWN, "order",
			  "%s: not given, so backups draw lots for who goes first; fine with one backup",
			  instance->name);
	else if (!strstr(name, "place"))
		check_say(check, CHECK_WRONG, "order", "%s: our key %s is not in it", instance->name,
			  instance->witness_pubkey);
	else
		check_say(check, CHECK_OK, "order", "%s: our key is %s", instance->name, strstr(name, "place"));
}

static void check_authority(struct check *check, const struct config_instance *instance)
{
	size_t count = 0;
	struct error err = {0};

	if (!instance->grants)
		return;
	if (!check->signer) {
		char good[96], unknown[96];

		snprintf(good, sizeof(good), "golos-watchd's keys reach %s's active authority", instance->witness);
		snprintf(unknown, sizeof(unknown), "%s: the signer's keys are not known here", instance->witness);
		check_say_told(check, instance, "authority", good, unknown);
		return;
	}
	if (!chain_client_authorities(check->client))
		chain_client_add_signer(check->client, check->signer, &(struct submitter_effects){.context = NULL});
	gw_status r = signing_choose_keys(check->client, instance->witness, &count, &err);
	if (r)
		check_say(check, r == GW_ERR_DENIED ? CHECK_WRONG : CHECK_UNKNOWN, "authority", "%s", err.text);
	else
		check_say(check, CHECK_OK, "authority", "%zu key%s of the signer reach%s %s's active authority", count,
			  count == 1 ? "" : "s", count == 1 ? "es" : "", instance->witness);
}

static void check_power(struct check *check, const struct config_instance *instance)
{
	static const char unknown[] = "the nodes have not told of the account's Golos Power";
	char text[GW_TEXT_SIZE] = "", good[96];

	if (!instance->grants)
		return;
	snprintf(good, sizeof(good), "%s has the Golos Power that a transaction takes", instance->witness);
	if (!check->signer) {
		check_say_told(check, instance, "power", good, unknown);
		return;
	}
	uint8_t state = signing_power(check->client, instance->witness, text);
	check_say_state(check, check_state_of(gw_ready_name(state)), "power", text, good, unknown);
}

static void check_golosd_config(struct check *check, const struct config_instance *instance)
{
	char text[GW_TEXT_SIZE] = "", good[96];

	snprintf(good, sizeof(good), "names %s and holds the private half of our key", instance->witness);
	if (!check->cli->config->signer.golosd_config) {
		check_say(check, CHECK_UNKNOWN, "golosd_config",
			  "%s: golosd_config is not given, so nobody knows whether our golosd has our key",
			  instance->witness);
	} else if (!check->signer) {
		check_say_told(check, instance, "golosd_config", good, "the signer, which reads it, does not run here");
	} else {
		uint8_t state = golosd_config_judge(signer_golosd_config(check->signer), instance->witness,
						    &instance->signing_key, text);

		check_say_state(check, check_state_of(gw_ready_name(state)), "golosd_config", text, good,
				"the signer could not read it");
	}
}

/* ---- how long a switch takes ------------------------------------------------------------------------------------- */

/* A shuffle may put a slot first in one round and last in the next: so two rounds less one slot lie between two slots
 * at worst. The update then needs a block, and the new node its next slot. */
static void check_slots(struct check *check, const struct config_instance *instance,
			const struct witness_answer *answer)
{
	char mean[DURATION_TEXT_SIZE], worst[DURATION_TEXT_SIZE];
	struct chain_round round;
	struct chain_view view;
	struct error err = {0};
	struct gw_now now;
	int64_t wanted = 1 + cli_instance_number(instance, "allowed_misses", GW_DEFAULT_ALLOWED_MISSES);

	observer_now(chain_client_observer(check->client), &now);
	belief_view(observer_belief(chain_client_observer(check->client)), instance->witness, &now, &view);
	if (chain_client_round(check->client, instance->witness, &round, &err)) {
		check_say(check, CHECK_WRONG, "slots", "%s: %s", instance->witness, err.text);
		return;
	}
	const int64_t places = round.places, slots = round.slots;
	int64_t interval_s = view.interval_s ? view.interval_s : 3;
	if (places == 0) {
		duration_text(mean, round.head.aslot > answer->last_aslot
					    ? (int64_t)(round.head.aslot - answer->last_aslot) * interval_s
					    : 0);
		check_say(check, CHECK_UNKNOWN, "slots",
			  "%s has no slot in this round; its last block was %s ago: a switch waits for %" PRId64
			  " missed slots, however rare",
			  instance->witness, mean, wanted);
		return;
	}
	duration_text(mean, wanted * slots * interval_s / places);
	duration_text(worst, (wanted * (2 * slots - 1) + 2) * interval_s);
	check_say(check, CHECK_OK, "slots",
		  "%s has %" PRId64 " slot%s in a round of %" PRId64 " (%" PRId64 " s); %" PRId64
		  " missed: a switch takes some %s, at worst %s",
		  instance->witness, places, places == 1 ? "" : "s", slots, slots * interval_s, wanted, mean, worst);
}

/* ---- all --------------------------------------------------------------------------------------------------------- */

static void check_witness(struct check *check, const struct config_instance *instance)
{
	struct witness_answer answer;
	struct json *raw = NULL;
	struct error err = {0};
	gw_status r = chain_client_witness(check->client, instance->witness, &raw, &answer, &err);

	json_free(raw);
	if (r) {
		check_say(check, CHECK_WRONG, "witness", "%s", err.text);
		return;
	}
	check_say(check, CHECK_OK, "witness", "%s exists, and missed %" PRIu32 " block%s in all", instance->witness,
		  answer.total_missed, answer.total_missed == 1 ? "" : "s");
	check_key(check, instance, &answer);
	check_authority(check, instance);
	check_power(check, instance);
	check_slots(check, instance, &answer);
}

void check_network(struct check *check)
{
	const struct config *config = check->cli->config;
	bool connected = check_nodes(check);

	for (size_t i = 0; i < config->instance_count; i++) {
		const struct config_instance *instance = &config->instances[i];

		if (!instance->witness[0] || !instance->witness_pubkey[0])
			continue;
		check_priority(check, instance);
		check_golosd_config(check, instance);
		if (connected)
			check_witness(check, instance);
		else
			check_say(check, CHECK_UNKNOWN, "witness", "%s: no node answers", instance->witness);
	}
}
