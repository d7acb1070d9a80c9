/* SPDX-License-Identifier: MIT
 * Signing and sending for a command. Runs in golos-watch. */
#include "cli/signing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "graphene/hex.h"
#include "graphene/transaction_json.h"
#include "submission/submission.h"
#include "system/privileges.h"

/* ---- the signer -------------------------------------------------------------------------------------------------- */

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
	bool own_keys = keys->count == 0;
	struct signer_setup setup = {
		.program = config->signer.program,
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
	*ret_exit = exit_status_of(r, true, EXIT_SIGNER);
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

struct question {
	struct authorities *authorities;
	const char *witness;
	uint8_t state; /* GW_READY_* */
	char text[GW_TEXT_SIZE];
};

static bool is_authority_known(void *context)
{
	struct question *question = context;

	question->state = authorities_state(question->authorities, question->witness, question->text);
	return question->state != GW_READY_UNKNOWN;
}

gw_status signing_choose_keys(struct chain_client *client, const char *witness, size_t *ret_count, struct error *err)
{
	struct question question = {.authorities = chain_client_authorities(client), .witness = witness};
	uint32_t keys[SIGNER_KEYS_MAX];

	authorities_follow(question.authorities, witness);
	if (!chain_client_wait(client, is_authority_known, &question, CHAIN_HEAD_MS))
		return error_set(
			err, GW_ERR_UNAVAILABLE,
			"no node that is in sync by our clock tells of the active authority of %s (get_accounts)",
			witness);
	if (question.state == GW_READY_NO)
		return error_set(err, GW_ERR_DENIED, "%s", question.text);
	*ret_count = authorities_keys(question.authorities, witness, keys);
	return GW_OK;
}

static bool is_power_known(void *context)
{
	struct question *question = context;

	question->state = authorities_power(question->authorities, question->witness, question->text);
	return question->state != GW_READY_UNKNOWN || question->text[0];
}

uint8_t signing_power(struct chain_client *client, const char *witness, char ret_text[GW_TEXT_SIZE])
{
	struct question question = {.authorities = chain_client_authorities(client), .witness = witness};

	authorities_follow(question.authorities, witness);
	(void)chain_client_wait(client, is_power_known, &question, CHAIN_HEAD_MS);
	memcpy(ret_text, question.text, GW_TEXT_SIZE);
	return question.state;
}

/* ---- the transaction --------------------------------------------------------------------------------------------- */

struct sight {
	struct observer *observer;
	const char *witness;
	struct chain_view view;
};

static bool is_seen(void *context)
{
	struct sight *sight = context;
	struct gw_now now;

	observer_now(sight->observer, &now);
	belief_view(observer_belief(sight->observer), sight->witness, &now, &sight->view);
	return sight->view.valid && now.chain_ms != 0;
}

/* Until head, clock and order of witnesses are known. */
static gw_status see_chain(struct chain_client *client, const char *witness, struct chain_view *ret, struct error *err)
{
	struct sight sight = {.observer = chain_client_observer(client), .witness = witness};
	gw_status r = observer_add_witness(sight.observer, witness, 1);

	if (r)
		return error_set(err, r, "%s cannot be watched", witness);
	if (!chain_client_wait(client, is_seen, &sight, CHAIN_HEAD_MS))
		return error_set(err, GW_ERR_UNAVAILABLE,
				 "no block comes: the node is not in sync, or the chain stands");
	*ret = sight.view;
	return GW_OK;
}

static struct submission_record record_of(const struct signing *what)
{
	const struct gw_intent intent = {.struct_size = sizeof(intent), .mode = GW_INTENT_PLANNED};
	struct submission_record record = {
		.id = 1, .intent = intent, .operations = what->operations, .operation_count = what->operation_count};

	snprintf(record.intent.witness, sizeof(record.intent.witness), "%s", what->witness);
	if (what->changes_key) {
		record.intent.operation = GW_OP_WITNESS_UPDATE;
		public_key_format(record.intent.signing_key, &what->operations[0].witness_update.signing_key);
	}
	return record;
}

/* ---- into a block ------------------------------------------------------------------------------------------------ */

struct sending {
	bool is_quiet;
	struct gw_submission_event newest;
	char before[GW_TEXT_SIZE]; /* what the event before it said */
};

/* A command keeps no journal: what it has sent is followed while it runs. */
static bool is_journal_writable(void *context)
{
	(void)context;
	return true;
}

static void on_record(void *context, const char *name, const struct submission_record *record,
		      void (*done)(void *context, bool ok), void *done_context)
{
	(void)context, (void)name, (void)record;
	done(done_context, true);
}

static void on_progress(void *context, void *who, const struct gw_submission_event *event, bool may_come)
{
	struct sending *sending = context;

	(void)who, (void)may_come;
	memcpy(sending->before, sending->newest.text, sizeof(sending->before));
	sending->newest = *event;
	if (!sending->is_quiet && event->state != GW_SUBMISSION_RECORDED && event->state < GW_SUBMISSION_IN_BLOCK)
		print_line("%s", event->text);
	fflush(stdout);
}

static bool is_decided(void *context)
{
	return ((const struct sending *)context)->newest.state >= GW_SUBMISSION_IN_BLOCK;
}

/* What every node refused is said with the words of the last of them. */
static gw_status fail(const struct sending *sending, struct error *err)
{
	static const gw_status statuses[] = {
		[GW_FAIL_EXPIRED] = GW_ERR_TIMEOUT,    [GW_FAIL_UNREACHABLE] = GW_ERR_TIMEOUT,
		[GW_FAIL_OVERTAKEN] = GW_ERR_BUSY,     [GW_FAIL_AUTHORITY] = GW_ERR_PROTOCOL,
		[GW_FAIL_BANDWIDTH] = GW_ERR_PROTOCOL, [GW_FAIL_REFUSED] = GW_ERR_PROTOCOL,
		[GW_FAIL_INTERNAL] = GW_ERR_INTERNAL,
	};
	const gw_status status = statuses[sending->newest.reason];
	const bool by_nodes = status == GW_ERR_PROTOCOL;

	return error_set(err, status ? status : GW_ERR_DENIED, "%s%s%s", sending->newest.text, by_nodes ? "; " : "",
			 by_nodes ? sending->before : "");
}

/* Six rounds in which a moment is looked for, the transaction's life, and a chain that stands for a while. */
static gw_status follow(struct chain_client *client, struct sending *sending, const struct chain_view *view,
			struct error *err)
{
	int64_t round_ms = (int64_t)view->scheduled * view->interval_s * 1000;
	int64_t patience_ms = SUBMISSION_WAIT_ROUNDS * round_ms + 60000 + 4 * TRANSACTION_LIFE_S * 1000;

	if (!chain_client_wait(client, is_decided, sending, patience_ms))
		return error_set(err, GW_ERR_TIMEOUT, "no block came since: %s", sending->newest.text);
	return sending->newest.state == GW_SUBMISSION_FAILED ? fail(sending, err) : GW_OK;
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

static int tell_sent(const struct cli *cli, const struct gw_submission_event *sent)
{
	struct json_writer w;

	if (!cli->arguments.given[OPTION_JSON]) {
		print_line("in block %u, transaction %s", sent->block_num, sent->txid);
		return EXIT_OK;
	}
	json_writer_init(&w);
	json_open(&w, NULL, '{');
	json_put_u64(&w, "block", sent->block_num);
	json_put_text(&w, "id", sent->txid);
	json_close(&w, '}');
	print_json_take(&w);
	return EXIT_OK;
}

/* With a signer that runs. */
static int send_signed(struct cli *cli, struct chain_client *client, const struct signing *what, struct signer *signer)
{
	struct sending sending = {.is_quiet = cli->arguments.given[OPTION_JSON]};
	const struct submitter_effects effects = {.context = &sending,
						  .is_journal_writable = is_journal_writable,
						  .record = on_record,
						  .progress = on_progress};
	const struct submitter_client who = {.who = &sending, .name = "golos-watch"};
	const struct submission_record record = record_of(what);
	struct chain_view view;
	struct error err = {0};
	size_t key_count = 0;

	chain_client_add_signer(client, signer, &effects);
	if (signing_choose_keys(client, what->witness, &key_count, &err)) {
		int status = cli_fail(&err);
		return err.status == GW_ERR_DENIED ? EXIT_KEY : status;
	}
	gw_status r = see_chain(client, what->witness, &view, &err);
	if (!r)
		r = submitter_begin(chain_client_submitter(client), &who, &record, 0);
	if (!r)
		r = follow(client, &sending, &view, &err);
	submitter_forget(chain_client_submitter(client), &sending);
	return r ? cli_fail(&err) : tell_sent(cli, &sending.newest);
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

int signing_dry_run(struct chain_client *client, const struct signing *what)
{
	struct submission_record record = record_of(what);
	struct transaction_bytes bytes;
	struct chain_view view;
	struct transaction tx;
	struct json_writer w;
	struct error err = {0};
	char id[GW_ID_SIZE];
	gw_status r = see_chain(client, what->witness, &view, &err);

	if (!r) {
		submission_fix(&record, &view);
		r = submission_transaction(&tx, &record, &err);
	}
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
