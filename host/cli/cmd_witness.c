/* SPDX-License-Identifier: MIT
 * golos-watch witness: what the chain knows of a witness. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cli/chain_client.h"
#include "cli/cli.h"

struct facts {
	const char *name;
	struct json *raw;
	struct witness_answer answer;
	struct chain_round round;
};

static void show_json(const struct cli *cli, const struct facts *facts)
{
	char name[64];
	struct json_writer w;

	cli_key_name(cli, facts->name, facts->answer.signing_key, name, sizeof(name));
	json_writer_init(&w);
	json_open(&w, NULL, '{');
	json_put_bool(&w, "disabled", strcmp(facts->answer.signing_key, GW_NULL_KEY) == 0);
	json_put_bool(&w, "scheduled", facts->round.places > 0);
	json_put_text(&w, "key_is", name);
	json_put_u64(&w, "head", facts->round.head.num);
	json_put(&w, "witness", facts->raw);
	json_close(&w, '}');
	print_json_take(&w);
}

static void show_feed(const struct json *raw, int64_t now_s)
{
	const struct json *rate = NULL;
	char moment[MOMENT_TEXT_SIZE];
	int64_t time_s = 0;

	if (json_get_object(raw, "sbd_exchange_rate", &rate, NULL) ||
	    json_get_time(raw, "last_sbd_exchange_update", &time_s, NULL))
		return;
	if (time_s == 0) {
		print_field("feed", "never published");
		return;
	}
	moment_text(moment, time_s, now_s);
	print_field("feed", "%s = %s, %s", told_text(rate, "base"), told_text(rate, "quote"), moment);
}

static void show_blocks(const struct facts *facts)
{
	const struct witness_answer *answer = &facts->answer;

	print_field("missed", "%" PRIu32 " block%s in all", answer->total_missed, answer->total_missed == 1 ? "" : "s");
	if (answer->last_confirmed == 0)
		print_field("last block", "none");
	else
		print_field("last block", "%" PRIu32 ", %" PRIu32 " before the head", answer->last_confirmed,
			    facts->round.head.num > answer->last_confirmed
				    ? facts->round.head.num - answer->last_confirmed
				    : 0);
	if (facts->round.places > 0)
		print_field("schedule", "%" PRIu32 " of the %" PRIu32 " slots of this round", facts->round.places,
			    facts->round.slots);
	else
		print_field("schedule", "no slot in this round");
}

static void show_text(const struct cli *cli, const struct facts *facts)
{
	const struct json *votes = NULL;
	const char *key = facts->answer.signing_key;
	char name[64], *votes_text = NULL;

	cli_key_name(cli, facts->name, key, name, sizeof(name));
	print_field("witness", "%s", facts->name);
	if (strcmp(key, GW_NULL_KEY) == 0)
		print_field("signing key", "DISABLED (the null key)");
	else
		print_field("signing key", "%s%s%s%s", key, name[0] ? " (" : "", name, name[0] ? ")" : "");
	show_blocks(facts);
	print_field("url", "%s", facts->answer.url);
	print_field("version", "%s", told_text(facts->raw, "running_version"));
	show_feed(facts->raw, facts->round.head.time_s);
	if (json_member(facts->raw, "votes", &votes)) {
		votes_text = json_is_string(votes) ? xstrdup(told_text(facts->raw, "votes")) : json_text(votes);
		print_field("votes", "%s", votes_text);
		free(votes_text);
	}
}

int cmd_witness(struct cli *cli)
{
	struct chain_client *client = NULL;
	struct facts facts = {.name = cli->arguments.words[0]};
	struct error err = {0};
	gw_status r = chain_client_open(&client, cli->config, &err);

	if (!r)
		r = chain_client_witness(client, facts.name, &facts.raw, &facts.answer, &err);
	if (!r)
		r = chain_client_round(client, facts.name, &facts.round, &err);
	if (!r && cli->arguments.given[OPTION_JSON])
		show_json(cli, &facts);
	else if (!r)
		show_text(cli, &facts);
	json_free(facts.raw);
	chain_client_free(client);
	return r ? cli_fail(&err) : EXIT_OK;
}
