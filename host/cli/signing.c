/* SPDX-License-Identifier: MIT
 * Signing and sending for a command. Runs in golos-watch. */
#include "cli/signing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "graphene/hex.h"
#include "graphene/transaction_json.h"
#include "submission/slot_safety.h"
#include "submission/submission.h"
#include "system/privileges.h"

#define ACCOUNTS_MAX AUTHORITY_ACCOUNTS_MAX

/* ---- the signer -------------------------------------------------------------------------------------------------- */

static int signer_exit_status(gw_status status)
{
	switch (status) {
	case GW_ERR_SYNTAX:
	case GW_ERR_RANGE:
	case GW_ERR_DENIED:
	case GW_ERR_NOT_FOUND:
		return EXIT_KEY;
	case GW_ERR_TRUST:
		return EXIT_TRUST;
	case GW_ERR_CONFIG:
		return EXIT_CONFIG;
	default:
		return EXIT_SIGNER;
	}
}

/* keystore:PATH,passphrase=credential:NAME is lent as well. */
const char *signing_lent_key(const struct cli *cli)
{
	const struct config *config = cli->config;

	if (cli->arguments.keys.count > 0)
		return NULL;
	if (config->signer.unset_key)
		return config->signer.unset_key;
	if (getenv("CREDENTIALS_DIRECTORY"))
		return NULL;
	for (size_t i = 0; i < config->signer.key_count; i++)
		if (strstr(config->signer.keys[i], "credential:"))
			return strstr(config->signer.keys[i], "credential:");
	return NULL;
}

gw_status signing_check_keys(const struct cli *cli, struct error *err)
{
	const char *lent = signing_lent_key(cli);

	if (lent)
		return error_set(err, GW_ERR_CONFIG, "%s is lent to the service alone: give --key file:PATH", lent);
	if (cli->arguments.keys.count == 0 && cli->config->signer.key_count == 0 && cli->secrets.keys_fd < 0)
		return error_set(err, GW_ERR_CONFIG,
				 "no active key is named: give --key file:PATH, or -c FILE with keys");
	return GW_OK;
}

gw_status signing_start(struct signer **ret, struct cli *cli, const struct signer_policy_instance *instances,
			size_t count, bool facts, int *ret_exit, struct error *err)
{
	const struct config *config = cli->config;
	const struct cli_list *keys = &cli->arguments.keys;
	const char *user = NULL;
	gw_status r = signing_check_keys(cli, err);

	*ret_exit = EXIT_CONFIG;
	if (!r)
		r = privileges_user(&user, config->signer.user, SIGNER_USER, err);
	if (r)
		return r;
	char *program = config->signer.program ? xstrdup(config->signer.program) : signer_find_program();
	bool own_keys = keys->count == 0;
	struct signer_setup setup = {
		.program = program,
		.keys = own_keys ? (const char *const *)config->signer.keys : keys->items,
		.key_count = own_keys ? config->signer.key_count : keys->count,
		.inline_keys_fd = own_keys ? cli->secrets.keys_fd : -1,
		.golosd_config = facts ? config->signer.golosd_config : NULL,
		.user = user,
		.quiet = true,
		.instances = instances,
		.instance_count = count,
	};
	r = hex_decode(setup.chain.bytes, CHAIN_ID_BYTES, config->chain_id, strlen(config->chain_id));
	if (!r) {
		r = signer_start(ret, &setup, err);
		if (setup.inline_keys_fd >= 0)
			cli->secrets.keys_fd = -1; /* signer_start closed it */
	}
	free(program);
	*ret_exit = signer_exit_status(r);
	return r;
}

/* Grants what stands in the operations, and nothing beside it. */
static struct signer_policy_instance policy_of(const struct signing *what)
{
	struct signer_policy_instance policy = {.max_signatures = 1};

	snprintf(policy.witness, sizeof(policy.witness), "%s", what->witness);
	for (uint32_t i = 0; i < what->operation_count; i++) {
		const struct operation *op = &what->operations[i];

		if (op->type == OPERATION_CHAIN_PROPERTIES_UPDATE) {
			policy.grants |= SIGN_CHAIN_PROPERTIES_UPDATE;
		} else if (public_key_is_null(&op->witness_update.signing_key)) {
			policy.grants |= SIGN_WITNESS_DISABLE;
		} else {
			policy.grants |= SIGN_WITNESS_UPDATE;
			policy.signing_key = op->witness_update.signing_key;
		}
	}
	return policy;
}

/* ---- which keys -------------------------------------------------------------------------------------------------- */

struct accounts {
	size_t count;
	char names[ACCOUNTS_MAX][GW_ACCOUNT_SIZE];
	struct authority authorities[ACCOUNTS_MAX];
};

static const struct authority *look_up(void *context, const char *name)
{
	const struct accounts *accounts = context;

	for (size_t i = 0; i < accounts->count; i++)
		if (strcmp(accounts->names[i], name) == 0)
			return &accounts->authorities[i];
	return NULL;
}

static gw_status fetch(struct accounts *accounts, struct chain_client *client, const char *name, struct error *err)
{
	struct authority authority = {.threshold = 1}; /* of an account that the chain does not have */
	struct json *json = NULL;
	char args[GW_ACCOUNT_SIZE + 8];

	if (accounts->count == ACCOUNTS_MAX)
		return error_set(err, GW_ERR_RANGE, "the authority leads to too many accounts");
	snprintf(args, sizeof(args), "[[\"%s\"]]", name);
	gw_status r = chain_client_ask_any(client, "database_api", "get_accounts", args, &json, err);
	if (r)
		return r;
	r = active_authority_parse(&authority, name, json, err);
	json_free(json);
	if (r && r != GW_ERR_NOT_FOUND)
		return r;
	snprintf(accounts->names[accounts->count], GW_ACCOUNT_SIZE, "%s", name);
	accounts->authorities[accounts->count++] = authority;
	return GW_OK;
}

gw_status signing_choose_keys(const struct signer *signer, struct chain_client *client, const char *witness,
			      struct authority_choice *ret, struct error *err)
{
	struct accounts *accounts = xcalloc(1, sizeof(*accounts));
	char texts[SIGNER_KEYS_MAX][GW_KEY_SIZE], missing[GW_ACCOUNT_SIZE] = "";
	const char *keys[SIGNER_KEYS_MAX];
	const struct public_key *own = NULL;
	size_t count = signer_keys(signer, &own);
	gw_status r;

	for (size_t i = 0; i < count; i++) {
		public_key_format(texts[i], &own[i]);
		keys[i] = texts[i];
	}
	do {
		r = authority_choose(witness, keys, count, look_up, accounts, ret, missing, err);
		if (r != GW_ERR_UNAVAILABLE)
			break;
		r = fetch(accounts, client, missing, err);
	} while (!r);
	free(accounts);
	return r;
}

/* ---- the right moment -------------------------------------------------------------------------------------------- */

struct moment {
	struct watch *watch;
	const struct signing *what;
	struct chain_view view;
	int64_t begun_ms;
	uint32_t widest;
};

/* As a planned handover: room for four slots, or for as many as are scheduled; after two rounds the widest place seen
 * will do. */
static bool is_moment(void *context)
{
	struct moment *moment = context;
	struct gw_now now;

	watch_now(moment->watch, &now);
	belief_view(watch_belief(moment->watch), moment->what->witness, &now, &moment->view);
	if (!moment->view.valid || !now.chain_ms)
		return false;
	if (!moment->what->changes_key)
		return true;
	const struct chain_view *view = &moment->view;
	int64_t round_ms = (int64_t)view->scheduled * view->interval_s * 1000;
	uint32_t wanted = view->scheduled < SUBMISSION_PLANNED_ROOM ? view->scheduled : SUBMISSION_PLANNED_ROOM;
	struct slot_room room = slot_room_ahead(view, &now);

	if (moment->begun_ms == 0)
		moment->begun_ms = now.mono_ms;
	if (now.mono_ms - moment->begun_ms > SUBMISSION_ROOM_ROUNDS * round_ms)
		wanted = moment->widest;
	if (room.slots > moment->widest)
		moment->widest = room.slots;
	return room.slots > 0 && room.slots >= wanted;
}

/* Six rounds of the schedule and a minute, as long as the daemon waits. */
static gw_status wait_for_moment(struct chain_client *client, struct moment *moment, struct error *err)
{
	bool ready = chain_client_wait(client, is_moment, moment, CHAIN_HEAD_MS);
	int64_t round_ms = (int64_t)moment->view.scheduled * moment->view.interval_s * 1000;

	if (!ready && !moment->view.valid)
		return error_set(err, GW_ERR_UNAVAILABLE,
				 "no block comes: the node is not in sync, or the chain stands");
	if (!ready)
		ready = chain_client_wait(client, is_moment, moment, SUBMISSION_WAIT_ROUNDS * round_ms + 60000);
	return ready ? GW_OK
		     : error_set(err, GW_ERR_TIMEOUT,
				 "no slot of another witness comes in which %s could change its key without losing one",
				 moment->what->witness);
}

/* A planned change names the block before the head. */
static gw_status make_transaction(struct transaction *ret, const struct signing *what, const struct chain_view *view)
{
	memset(ret, 0, sizeof(*ret));
	ret->expiration_s = (uint32_t)(view->head_time_s + SIGNING_LIFE_S);
	ret->operation_count = what->operation_count;
	memcpy(ret->operations, what->operations, what->operation_count * sizeof(ret->operations[0]));
	return transaction_set_tapos(ret, view->unmissed_id);
}

/* ---- into a block ------------------------------------------------------------------------------------------------ */

struct sent {
	char id[GW_ID_SIZE];
	char signature[2 * SIGNATURE_BYTES + 1];
	uint32_t block; /* that holds it; 0: none yet */
	int64_t expiration_s, head_time_s;
};

static void on_block(void *context, const struct gw_block_event *event, const struct block_transaction *transactions,
		     size_t count)
{
	struct sent *sent = context;

	for (size_t i = 0; i < count; i++)
		if (strcmp(transactions[i].id, sent->id) == 0 ||
		    strcmp(transactions[i].signature, sent->signature) == 0)
			sent->block = event->num;
	sent->head_time_s = event->time_s;
}

static bool is_decided(void *context)
{
	const struct sent *sent = context;

	return sent->block || sent->head_time_s > sent->expiration_s;
}

/* To every node that is up; one that takes it is enough. A node that has it already says "duplicate". */
static gw_status broadcast(struct chain_client *client, const char *args, struct error *err)
{
	uint32_t connected = watch_connected(chain_client_watch(client));
	gw_status r = error_set(err, GW_ERR_UNAVAILABLE, "no node is connected any more");
	bool taken = false;

	for (uint32_t i = 0; i < CONFIG_NODES_MAX; i++) {
		struct rpc_error refusal = {0};
		struct json *json = NULL;

		if (!(connected & (1u << i)))
			continue;
		gw_status answer = chain_client_ask(client, i, "network_broadcast_api", "broadcast_transaction", args,
						    &json, &refusal, taken ? NULL : err);
		json_free(json);
		if (answer == GW_ERR_PROTOCOL && send_result_of(&refusal) == SEND_DUPLICATE)
			answer = GW_OK;
		taken |= answer == GW_OK;
		r = taken ? GW_OK : answer;
	}
	return r;
}

static char *broadcast_args(const struct transaction *tx, const struct signed_transaction *signed_tx)
{
	struct json_writer w;

	json_writer_init(&w);
	json_open(&w, NULL, '[');
	transaction_write_json(&w, NULL, tx, signed_tx->signatures, signed_tx->signature_count);
	json_close(&w, ']');
	return w.text;
}

static gw_status send_and_follow(struct chain_client *client, const struct transaction *tx,
				 const struct signed_transaction *signed_tx, struct sent *ret, struct error *err)
{
	*ret = (struct sent){.expiration_s = tx->expiration_s};
	memcpy(ret->id, signed_tx->id, sizeof(ret->id));
	hex_encode(ret->signature, signed_tx->signatures[0].bytes, SIGNATURE_BYTES);
	chain_client_on_block(client, on_block, ret);
	char *args = broadcast_args(tx, signed_tx);
	gw_status r = broadcast(client, args, err);
	free(args);
	if (!r && !chain_client_wait(client, is_decided, ret, 4 * SIGNING_LIFE_S * 1000))
		r = error_set(err, GW_ERR_TIMEOUT, "transaction %s was sent, and no block came since", ret->id);
	if (!r && !ret->block)
		r = error_set(err, GW_ERR_TIMEOUT, "transaction %s expired; no block holds it", ret->id);
	chain_client_on_block(client, NULL, NULL);
	return r;
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

static int tell_sent(const struct cli *cli, const struct sent *sent)
{
	struct json_writer w;

	if (!cli->arguments.given[OPTION_JSON]) {
		print_line("in block %u, transaction %s", sent->block, sent->id);
		return EXIT_OK;
	}
	json_writer_init(&w);
	json_open(&w, NULL, '{');
	json_put_u64(&w, "block", sent->block);
	json_put_text(&w, "id", sent->id);
	json_close(&w, '}');
	print_json_take(&w);
	return EXIT_OK;
}

/* With a signer that runs. */
static int send_signed(struct cli *cli, struct chain_client *client, const struct signing *what, struct signer *signer)
{
	struct moment moment = {.watch = chain_client_watch(client), .what = what};
	struct signed_transaction signed_tx;
	struct authority_choice choice;
	struct transaction tx;
	struct error err = {0};
	struct sent sent;

	if (signing_choose_keys(signer, client, what->witness, &choice, &err)) {
		int status = cli_fail(&err);
		return err.status == GW_ERR_DENIED ? EXIT_KEY : status;
	}
	gw_status r = wait_for_moment(client, &moment, &err);
	if (!r)
		r = make_transaction(&tx, what, &moment.view);
	if (!r)
		r = signer_sign(signer, 0, false, &tx, choice.keys, choice.count, &signed_tx, &err);
	if (!r)
		r = send_and_follow(client, &tx, &signed_tx, &sent, &err);
	return r ? cli_fail(&err) : tell_sent(cli, &sent);
}

int signing_send(struct cli *cli, struct chain_client *client, const struct signing *what)
{
	struct signer_policy_instance policy = policy_of(what);
	struct signer *signer = NULL;
	struct error err = {0};
	int status = EXIT_SIGNER;

	if (signing_start(&signer, cli, &policy, 1, false, &status, &err)) {
		cli_fail(&err);
		return status;
	}
	status = send_signed(cli, client, what, signer);
	signer_stop(signer);
	return status;
}

int signing_dry_run(struct cli *cli, struct chain_client *client, const struct signing *what)
{
	struct signing at_once = *what; /* nothing is sent, so no room is waited for */
	struct moment moment = {.watch = chain_client_watch(client), .what = &at_once};
	struct transaction_bytes bytes;
	struct transaction tx;
	struct json_writer w;
	struct error err = {0};
	char id[GW_ID_SIZE];

	(void)cli;
	at_once.changes_key = false;
	gw_status r = wait_for_moment(client, &moment, &err);
	if (!r)
		r = make_transaction(&tx, what, &moment.view);
	if (!r)
		r = transaction_serialize(&bytes, &tx);
	if (r)
		return cli_fail(&err);
	char *hex = xcalloc(2 * bytes.len + 1, 1);
	hex_encode(hex, bytes.bytes, bytes.len);
	transaction_id(id, &bytes);
	json_writer_init(&w);
	json_open(&w, NULL, '{');
	transaction_write_json(&w, "transaction", &tx, NULL, 0);
	json_put_text(&w, "bytes", hex);
	json_put_text(&w, "id", id);
	json_close(&w, '}');
	print_json_take(&w);
	free(hex);
	return EXIT_OK;
}
