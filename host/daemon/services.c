/* SPDX-License-Identifier: MIT
 *
 * The host's services for the instances: each is handed to the part that does it. Runs in golos-watchd.
 */
#include "daemon/services.h"

#include <stdlib.h>
#include <string.h>

#include "api/progress.h"
#include "base/json.h"
#include "base/memory.h"
#include "daemon/state.h"

static void service_now(void *context, struct gw_now *ret)
{
	observer_now(((struct host *)context)->observer, ret);
}

static gw_status service_watch(void *context, struct instance *who, const char *witness, uint32_t endpoints)
{
	(void)who;
	return observer_add_witness(((struct host *)context)->observer, witness, endpoints);
}

static gw_status service_head(void *context, uint32_t *ret_num, char ret_id[GW_ID_SIZE], int64_t *ret_time_s)
{
	const struct host *host = context;
	struct chain_view view;
	struct gw_now now;

	observer_now(host->observer, &now);
	belief_view(observer_belief(host->observer), "", &now, &view);
	if (!view.head_num)
		return GW_ERR_UNAVAILABLE;
	*ret_num = view.head_num;
	memcpy(ret_id, view.head_id, GW_ID_SIZE);
	*ret_time_s = view.head_time_s;
	return GW_OK;
}

static gw_status service_slot(void *context, uint32_t n, char ret_witness[GW_ACCOUNT_SIZE])
{
	return belief_slot(observer_belief(((struct host *)context)->observer), n, ret_witness);
}

static struct submitter_client client_of(struct instance *who)
{
	return (struct submitter_client){.who = who,
					 .name = instance_name(who),
					 .policy = instance_policy(who),
					 .ordered = instance_is_ordered(who)};
}

static gw_status service_submit(void *context, struct instance *who, const struct gw_intent *intent, uint64_t *ret_id)
{
	const struct host *host = context;
	const struct submitter_client client = client_of(who);
	const struct submission_record record = {.id = journal_next_id(host->journal), .intent = *intent};
	gw_status status =
		submitter_begin(host->submitter, &client, &record, journal_alive_until_s(host->journal, client.name));

	if (!status)
		*ret_id = record.id;
	return status;
}

void services_resume(struct host *host, struct instance *who)
{
	const struct submitter_client client = client_of(who);
	struct submission_record record;

	if (journal_open_submission(host->journal, client.name, &record))
		submitter_resume(host->submitter, &client, &record);
}

static gw_status service_cancel(void *context, struct instance *who, uint64_t id, const char *why)
{
	return submitter_cancel(((struct host *)context)->submitter, who, id, why);
}

static void service_notice(void *context, struct instance *who, const struct gw_notice_event *notice)
{
	notices_report(((struct host *)context)->notices, who, notice);
}

static gw_status service_store_put(void *context, struct instance *who, const char *key, const void *value, size_t len)
{
	return journal_store_put(((struct host *)context)->journal, instance_name(who), key, value, len);
}

static gw_status service_store_get(void *context, struct instance *who, const char *key, void *ret, size_t cap,
				   size_t *ret_len)
{
	return journal_store_get(((struct host *)context)->journal, instance_name(who), key, ret, cap, ret_len);
}

/* A plugin's question on its way to a node, or to the internet, and back. */
struct question {
	struct host *host;
	char *who;
	uint64_t id;
	uint32_t source; /* of the internet */
};

static void on_rpc_answer(void *context, enum call_outcome outcome, const struct json *json)
{
	struct question *question = context;
	struct instance *who =
		question->host->closing ? NULL : instances_find(question->host->instances, question->who);
	char *text = json || outcome == CALL_RESULT ? json_text(json) : NULL;
	struct gw_rpc_event event = {.struct_size = sizeof(event),
				     .status = outcome == CALL_RESULT  ? GW_OK
					       : outcome == CALL_ERROR ? GW_ERR_PROTOCOL
								       : GW_ERR_UNAVAILABLE,
				     .id = question->id,
				     .json = text ? text : "",
				     .json_len = text ? strlen(text) : 0};

	if (who) {
		observer_now(question->host->observer, &event.now);
		instance_rpc(who, &event);
	}
	free(text);
	free(question->who);
	free(question);
}

static gw_status service_rpc(void *context, struct instance *who, uint64_t id, const char *api, const char *method,
			     const char *args_json)
{
	struct host *host = context;
	int endpoint = observer_endpoint(host->observer, 0);

	if (endpoint < 0)
		return GW_ERR_UNAVAILABLE;
	struct question *question = xcalloc(1, sizeof(*question));
	*question = (struct question){.host = host, .who = xstrdup(instance_name(who)), .id = id};
	nodes_call(observer_nodes(host->observer), (uint32_t)endpoint, api, method, args_json, 0, on_rpc_answer,
		   question);
	return GW_OK;
}

static void on_http_answer(void *context, const struct fetch_answer *answer)
{
	struct question *question = context;
	struct instance *who =
		question->host->closing ? NULL : instances_find(question->host->instances, question->who);
	struct gw_http_event event = {.struct_size = sizeof(event),
				      .status = answer->status,
				      .id = question->id,
				      .source = question->source,
				      .http_status = answer->http_status,
				      .age_s = answer->age_s,
				      .body = answer->body,
				      .body_len = answer->body_len,
				      .text = answer->text};

	if (who) {
		observer_now(question->host->observer, &event.now);
		instance_http(who, &event);
	}
	free(question->who);
	free(question);
}

static gw_status service_http(void *context, struct instance *who, uint64_t id, uint32_t source, const char *url,
			      int64_t deadline_ms)
{
	struct host *host = context;

	if (!host->fetch)
		return GW_ERR_UNAVAILABLE;
	struct question *question = xcalloc(1, sizeof(*question));
	*question = (struct question){.host = host, .who = xstrdup(instance_name(who)), .id = id, .source = source};
	gw_status r = fetch_get(host->fetch, url, deadline_ms, on_http_answer, question);
	if (r) {
		free(question->who);
		free(question);
	}
	return r;
}

struct instance_services services_of(struct host *host)
{
	return (struct instance_services){.context = host,
					  .now = service_now,
					  .watch = service_watch,
					  .head = service_head,
					  .slot = service_slot,
					  .submit = service_submit,
					  .cancel = service_cancel,
					  .notice = service_notice,
					  .store_put = service_store_put,
					  .store_get = service_store_get,
					  .rpc = service_rpc,
					  .http = service_http};
}

/* ---- what the submitter asks for --------------------------------------------------------------------------------- */

static bool is_journal_writable(void *context)
{
	return journal_is_writable(((struct host *)context)->journal);
}

static void keep_record(void *context, const char *name, const struct submission_record *record,
			void (*done)(void *context, bool ok), void *done_context)
{
	journal_record(((struct host *)context)->journal, name, record, done, done_context);
}

static void report(void *context, void *who, const struct gw_submission_event *event, bool may_come)
{
	journal_progress(((struct host *)context)->journal, instance_name(who), event, may_come);
	progress_submission(((struct host *)context)->ctl, instance_name(who), event);
	instance_submission(who, event);
}

struct submitter_effects services_of_submitter(struct host *host)
{
	return (struct submitter_effects){
		.context = host, .is_journal_writable = is_journal_writable, .record = keep_record, .progress = report};
}
