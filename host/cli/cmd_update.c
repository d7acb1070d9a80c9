/* SPDX-License-Identifier: MIT
 * golos-watch update, disable, and takeover where no daemon runs: one change, shown, confirmed, sent, seen in a block.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <golos_watch/own_node.h>

#include "base/memory.h"
#include "cli/daemon.h"
#include "cli/signing.h"
#include "cli/terminal.h"
#include "cli/witness_change.h"

/* ---- from the chain to the change -------------------------------------------------------------------------------- */

static gw_status apply_arguments(const struct cli_arguments *arguments, struct witness_change *change,
				 struct error *err)
{
	gw_status r = GW_OK;

	if (arguments->given[OPTION_SIGNING_KEY]) {
		r = witness_change_key(change, arguments->values[OPTION_SIGNING_KEY], err);
		if (!r && public_key_is_null(&change->update.signing_key))
			r = error_set(err, GW_ERR_SYNTAX, "the null key shuts the witness down: that is \"disable\"");
	}
	if (!r && arguments->given[OPTION_URL])
		r = witness_change_url(change, arguments->values[OPTION_URL], err);
	if (!r && arguments->given[OPTION_FILE])
		r = witness_change_file(change, arguments->values[OPTION_FILE], err);
	for (size_t i = 0; !r && i < arguments->sets.count; i++)
		r = witness_change_assignment(change, arguments->sets.items[i], err);
	return r;
}

/* Somebody else's update may have come while a person was asked: a key or a url would be overwritten unseen. */
static gw_status check_unchanged(struct chain_client *client, const struct witness_change *change, struct error *err)
{
	struct witness_answer now;
	struct json *raw = NULL;
	gw_status r = chain_client_witness(client, change->present.owner, &raw, &now, err);

	if (r)
		return r;
	json_free(raw);
	if (strcmp(now.signing_key, change->present.signing_key) != 0 || strcmp(now.url, change->present.url) != 0)
		return error_set(err, GW_ERR_BUSY, "%s's key or url changed meanwhile: nothing was sent, look again",
				 change->present.owner);
	return GW_OK;
}

/* All at once: who mends one after the other asks the chain as often. */
static int tell_refusal(const struct witness_change *change, struct error *err)
{
	char missing[CHAIN_PROPERTIES_MAX][WITNESS_CHANGE_TEXT_SIZE];
	size_t count = witness_change_missing(change, missing, CHAIN_PROPERTIES_MAX);

	if (count == 0)
		return cli_fail(err);
	error_set(err, GW_ERR_RANGE,
		  "golosd checks all properties at each update, and takes %zu that the chain has no more: give %s with "
		  "--set too",
		  count, count == 1 ? "it" : "them");
	int status = cli_fail(err);
	for (size_t i = 0; i < count; i++)
		fprintf(stderr, "  %s\n", missing[i]);
	return status;
}

/* Shows, asks, sends. */
static int carry_out(struct cli *cli, struct chain_client *client, const struct witness_change *change)
{
	const struct cli_arguments *arguments = &cli->arguments;
	struct signing what = {.witness = change->present.owner, .changes_key = change->key_changes};
	struct error err = {0};

	if (witness_change_operations(change, what.operations, &what.operation_count, &err))
		return tell_refusal(change, &err);
	if (!arguments->given[OPTION_JSON])
		witness_change_print(change);
	if (what.operation_count == 0) {
		puts(arguments->given[OPTION_JSON] ? "{}" : "nothing changes");
		return EXIT_OK;
	}
	if (arguments->given[OPTION_DRY_RUN] && !arguments->given[OPTION_JSON] &&
	    what.operations[0].type == OPERATION_WITNESS_UPDATE)
		print_line("(golosd ignores \"props\" of the witness_update below: properties have an operation of "
			   "their own)");
	if (arguments->given[OPTION_DRY_RUN])
		return signing_dry_run(client, &what);
	gw_status r = signing_check_keys(cli, &err);
	if (!r && !arguments->given[OPTION_YES])
		r = terminal_confirm("Sign and send this?", &err);
	if (!r)
		r = check_unchanged(client, change, &err);
	return r ? cli_fail(&err) : signing_send(cli, client, &what);
}

typedef gw_status (*make_change)(struct cli *cli, struct chain_client *client, struct witness_change *change,
				 struct error *err);

static int change_witness(struct cli *cli, const char *name, make_change make)
{
	struct witness_change *change = xcalloc(1, sizeof(*change));
	struct chain_client *client = NULL;
	struct witness_answer present;
	struct json *raw = NULL;
	struct error err = {0};
	gw_status r = chain_client_open(&client, cli->config, &err);

	if (!r)
		r = chain_client_witness(client, name, &raw, &present, &err);
	if (!r)
		r = witness_change_begin(change, raw, &present, &err);
	json_free(raw);
	if (!r)
		r = make(cli, client, change, &err);
	int status = r ? cli_fail(&err) : carry_out(cli, client, change);
	chain_client_free(client);
	free(change);
	return status;
}

/* ---- update, disable --------------------------------------------------------------------------------------------- */

static gw_status make_update(struct cli *cli, struct chain_client *client, struct witness_change *change,
			     struct error *err)
{
	(void)client;
	return apply_arguments(&cli->arguments, change, err);
}

static gw_status make_disable(struct cli *cli, struct chain_client *client, struct witness_change *change,
			      struct error *err)
{
	(void)cli, (void)client;
	return witness_change_key(change, GW_NULL_KEY, err);
}

int cmd_update(struct cli *cli)
{
	const bool *given = cli->arguments.given;
	struct error err = {0};

	if (!given[OPTION_SIGNING_KEY] && !given[OPTION_URL] && !given[OPTION_SET] && !given[OPTION_FILE]) {
		error_set(&err, GW_ERR_SYNTAX, "update wants what to change: --signing-key, --url, --set or --file");
		return cli_fail(&err);
	}
	return change_witness(cli, cli->arguments.words[0], make_update);
}

int cmd_disable(struct cli *cli)
{
	return change_witness(cli, cli->arguments.words[0], make_disable);
}

/* ---- takeover ---------------------------------------------------------------------------------------------------- */

/* What a takeover never passes over. */
static gw_status check_own_node(struct chain_client *client, const struct config_instance *instance, struct error *err)
{
	const struct gw_nodes_event *nodes = belief_nodes(observer_belief(chain_client_observer(client)));
	int64_t age_s = cli_instance_number(instance, "max_head_age", GW_DEFAULT_MAX_HEAD_AGE);
	char why[GW_TEXT_SIZE];
	struct gw_now now;

	if (nodes->nodes[0]->connected)
		chain_client_wait_heads(client);
	observer_now(chain_client_observer(client), &now);
	nodes = belief_nodes(observer_belief(chain_client_observer(client)));
	bool is_ill = gw_own_node_is_ill(nodes->nodes[0], age_s, &now, why);
	for (uint32_t i = 1; i < nodes->count && !is_ill; i++)
		is_ill = gw_own_node_differs(nodes->nodes[0], nodes->nodes[i], &now, why);
	return is_ill ? error_set(err, GW_ERR_UNAVAILABLE, "our own golosd, the first node, is not well: %s", why)
		      : GW_OK;
}

static gw_status make_takeover(struct cli *cli, struct chain_client *client, struct witness_change *change,
			       struct error *err)
{
	const struct config_instance *instance = NULL;
	gw_status r = cli_instance(cli, change->present.owner, &instance, err);

	if (!r)
		r = check_own_node(client, instance, err);
	return r ? r : witness_change_key(change, instance->witness_pubkey, err);
}

int cmd_takeover(struct cli *cli)
{
	const struct config_instance *instance = NULL;
	struct error err = {0};
	int status = EXIT_OK;
	gw_status r = daemon_takeover(cli, &status, &err);

	if (r == GW_OK)
		return status;
	if (r != GW_ERR_NOT_FOUND) /* a daemon that runs decides: nobody goes behind its back */
		return cli_fail(&err);
	if (!cli->arguments.given[OPTION_JSON])
		print_line("%s: taking over without it", err.text);
	r = cli_instance(cli, NULL, &instance, &err);
	return r ? cli_fail(&err) : change_witness(cli, instance->witness, make_takeover);
}
