/* SPDX-License-Identifier: MIT
 *
 * The host: all parts joined. Runs in golos-watchd.
 */
#include "daemon/host.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/http.h"
#include "api/metrics.h"
#include "api/page.h"
#include "api/progress.h"
#include "api/status.h"
#include "api/verbs.h"
#include "base/log.h"
#include "base/memory.h"
#include "config/grants.h"
#include "daemon/neighbours.h"
#include "daemon/services.h"
#include "daemon/sight.h"
#include "daemon/state.h"
#include "daemon/supervisor.h"
#include "plugins/crashes.h"

void host_stop(struct host *host, int exit_status)
{
	if (host->exit_status == EXIT_OK)
		host->exit_status = exit_status;
	loop_stop(host->loop);
}

void host_notice(struct host *host, int32_t severity, const char *code, const char *fmt, ...)
{
	char text[512];
	struct gw_notice_event event = {.struct_size = sizeof(event),
					.severity = severity,
					.source = "host",
					.code = code,
					.text = text,
					.fields_json = ""};
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	observer_now(host->observer, &event.now);
	notices_report(host->notices, NULL, &event);
}

/* At the start a key that cannot sign for the witness is a wrong configuration. A notice says so, and the host ends
 * once a later answer confirms that. After the start it may be the owner's doing, and is a notice. */
static void on_authority(void *context, const char *witness, enum authorities_part part)
{
	struct host *host = context;
	char why[GW_TEXT_SIZE] = "";

	if (part == PART_AUTHORITY && authorities_state(host->authorities, witness, why) == GW_READY_NO) {
		bool is_wrong = authorities_is_wrong(host->authorities, witness);

		host_notice(host, GW_CRITICAL, "key_without_authority", "%s%s", why, is_wrong ? ": ending" : "");
		if (is_wrong)
			host_stop(host, EXIT_KEY);
	}
	submitter_sign_waiting(host->submitter);
	for (size_t i = 0; i < instances_count(host->instances); i++) {
		struct instance *instance = instances_at(host->instances, i);

		if (strcmp(instance_config(instance)->witness, witness) == 0)
			health_report(host->health, instance);
	}
}

/* ---- the observer's events -------------------------------------------------------------------------------------- */

static void on_block(void *context, const struct gw_block_event *event, const struct block_transaction *transactions,
		     size_t count)
{
	struct host *host = context;

	neighbours_block(host, event);
	rounds_block(host->rounds, event);
	submitter_block(host->submitter, event, transactions, count);
	progress_block(host->ctl, host->instances, event);
	instances_block(host->instances, event);
}

static void on_witness(void *context, const struct gw_witness_event *event)
{
	struct host *host = context;

	neighbours_witness(host, event);
	instances_witness(host->instances, event);
}

static void on_nodes(void *context, const struct gw_nodes_event *event)
{
	struct host *host = context;

	neighbours_nodes(host, event);
	submitter_endpoints(host->submitter);
	authorities_endpoints(host->authorities);
	instances_nodes(host->instances, event);
}

static void on_notice(void *context, int32_t severity, const char *code, const char *text)
{
	struct host *host = context;
	char why[GW_TEXT_SIZE];

	host_notice(host, severity, code, "%s", text);
	if (observer_wrong_chain(host->observer, why))
		host_stop(host, EXIT_CHAIN);
}

static void on_part_notice(void *context, int32_t severity, const char *code, const char *text)
{
	host_notice(context, severity, code, "%s", text);
}

static void on_actions_done(void *context)
{
	struct host *host = context;

	submitter_view(host->submitter);
}

/* ---- signer, journal, supervisor -------------------------------------------------------------------------------- */

static void on_signer_readable(void *context)
{
	struct host *host = context;
	struct error err = {0};

	if (!signer_has_ended(host->signer, &err)) {
		health_signer_answered(host->health);
		submitter_sign_waiting(host->submitter);
		return;
	}
	host_notice(host, GW_CRITICAL, "signer_gone", "%s; without it nothing can be signed: ending too", err.text);
	host_stop(host, EXIT_SIGNER);
}

static void on_fetch_ended(void *context, const char *why)
{
	host_notice(context, GW_CRITICAL, "fetch_gone", "%s", why);
}

static void on_journal_failed(void *context, const char *why)
{
	struct host *host = context;

	if (journal_is_open(host->journal))
		host_notice(host, GW_CRITICAL, "journal_failed",
			    "the journal cannot be written: %s; watching goes on in memory, and one switch at most is "
			    "made until it is back",
			    why);
	else
		host_notice(host, GW_CRITICAL, "journal_unread",
			    "the journal cannot be read: %s; whether there is a hold, or a transaction in flight, is "
			    "not known, so no plugin is started and no switch is made until it has been read",
			    why);
	health_report_all(host->health);
}

static void on_journal_recovered(void *context)
{
	struct host *host = context;

	submitter_journal_recovered(host->submitter);
	host_notice(host, GW_INFO, "journal_recovered", "the journal can be written again");
	health_report_all(host->health);
}

/* ---- life ------------------------------------------------------------------------------------------------------- */

/* Opens an instance, with its place in the signer's policy. */
static gw_status open_instance(struct host *host, const struct config *config, const struct config_instance *wanted,
			       struct instance **ret, struct error *err)
{
	gw_status status = instances_add(host->instances, config, wanted, ret, err);
	int place = grants_find(host->policy, host->policy_count, wanted);

	if (status)
		return status;
	instance_set_policy(*ret, place < 0 ? UINT32_MAX : (uint32_t)place);
	if (wanted->grants)
		authorities_follow(host->authorities, wanted->witness);
	return GW_OK;
}

/* One that keeps killing the host is not opened again; the others run on. */
static bool leave_out(struct host *host, const struct config *config, const struct config_instance *wanted)
{
	char mark[CRASH_MARK_SIZE], why[GW_TEXT_SIZE];

	crashes_mark(mark, config, wanted);
	if (!crashes_leaves_out(wanted->name, mark, why))
		return false;
	host_notice(host, GW_CRITICAL, "plugin_left_out", "%s", why);
	health_leave_out(host->health, why);
	return true;
}

void host_leave_nothing_out(struct host *host)
{
	if (!health_left_out(host->health)[0])
		return;
	health_leave_out(host->health, NULL);
	crashes_forget();
}

gw_status host_add_instance(struct host *host, const struct config *config, const struct config_instance *wanted,
			    struct error *err)
{
	struct instance *instance;
	gw_status status = open_instance(host, config, wanted, &instance, err);

	if (status)
		return status;
	status = instances_start(host->instances, err);
	if (status) { /* the next reload may try it again, and it stops no other one */
		instances_remove(host->instances, instance);
		return status;
	}
	services_resume(host, instance);
	health_report(host->health, instance);
	instance_nodes(instance, belief_nodes(observer_belief(host->observer)));
	return GW_OK;
}

static void tell_crash(void *context, const char *text)
{
	host_notice(context, GW_CRITICAL, "plugin_crashed", "%s", text);
}

static gw_status open_instances(struct host *host, int *ret_exit, struct error *err)
{
	char *crashes = xasprintf("%s/host/crashes", host->config->state_dir);
	gw_status status = GW_OK;

	/* the journal's disk has answered just now: this one takes no longer */
	crashes_open(crashes, tell_crash, host);
	free(crashes);
	notices_read_journal(host->notices);
	for (size_t i = 0; i < host->config->instance_count && !status; i++) {
		const struct config_instance *wanted = &host->config->instances[i];
		struct instance *instance;

		if (leave_out(host, host->config, wanted))
			continue;
		status = open_instance(host, host->config, wanted, &instance, err);
		*ret_exit = exit_status_of(status, false, EXIT_PLUGIN);
	}
	if (status)
		return status;
	status = instances_start(host->instances, err);
	if (status) {
		*ret_exit = EXIT_PLUGIN;
		return status;
	}
	for (size_t i = 0; i < instances_count(host->instances); i++)
		services_resume(host, instances_at(host->instances, i));
	health_report_all(host->health);
	return GW_OK;
}

/* The disk answered late: the plugins start, with all that stands in the journal. A journal that cannot be read counts
 * as empty, and its own notice follows. */
static void on_journal_opened(void *context)
{
	struct host *host = context;
	struct error err = {0};
	int exit_status;

	if (open_instances(host, &exit_status, &err)) {
		log_line(GW_CRITICAL, NULL, "%s", err.text);
		host_stop(host, exit_status);
		return;
	}
	instances_nodes(host->instances, belief_nodes(observer_belief(host->observer)));
	host_notice(host, GW_INFO, "journal_opened", "the journal's disk has answered, and the plugins run");
}

static char *page_status(void *context)
{
	return status_json(context);
}

/* The status again, for who makes another form of it. NULL: our own text cannot be read. Caller frees. */
static struct json *read_status(const struct api_parts *parts)
{
	char *status = status_json(parts);
	struct json *json = NULL;
	struct error err;

	if (json_parse(&json, status, strlen(status), &err))
		log_line(GW_WARNING, NULL, "our own status cannot be read: %s", err.text);
	free(status);
	return json;
}

static char *page_for_people(void *context)
{
	struct json *status = read_status(context);
	char *text = page_html(status);

	json_free(status);
	return text;
}

static char *page_metrics(void *context, bool openmetrics)
{
	struct json *status = read_status(context);
	char *text = metrics_text(status, openmetrics);

	json_free(status);
	return text;
}

static bool page_healthy(void *context)
{
	return health_is_well(((const struct api_parts *)context)->health);
}

/* The two ways to ask: the control socket, and HTTP where it is on. */
static gw_status open_doors(struct host *host, int *ret_exit, struct error *err)
{
	const struct config *config = host->config;
	struct http_pages pages = {.context = &host->api,
				   .page = page_for_people,
				   .style = page_style,
				   .status = page_status,
				   .metrics = page_metrics,
				   .healthy = page_healthy,
				   .hosts = (const char *const *)config->http_hosts,
				   .host_count = config->http_host_count};
	gw_status status = GW_OK;

	*ret_exit = EXIT_SYSTEM;
	if (config->control[0])
		status = ctl_server_new(&host->ctl, host->loop, config->control, config->control_group, verbs_handle,
					&host->api, err);
	if (status == GW_ERR_CONFIG)
		*ret_exit = EXIT_CONFIG;
	if (!status && config->http[0])
		status = http_new(&host->http, host->loop, config->http, &pages, err);
	return status;
}

/* People are told after the broadcast, never before it. */
static bool no_broadcast_waits(void *context)
{
	return !submitter_is_about_to_send(((struct host *)context)->submitter);
}

void host_set_notice_command(struct host *host, const char *path)
{
	notices_set_command_take(host->notices,
				 path ? notice_command_new(host->loop, path, COMMAND_LIMIT_MS, no_broadcast_waits, host)
				      : NULL);
}

static void open_parts(struct host *host)
{
	struct journal_events journal_events = {.context = host,
						.opened = on_journal_opened,
						.failed = on_journal_failed,
						.recovered = on_journal_recovered};
	struct observer_listener listener = {.context = host,
					     .block = on_block,
					     .witness = on_witness,
					     .nodes = on_nodes,
					     .notice = on_notice,
					     .actions_done = on_actions_done};
	struct instance_services services = services_of(host);
	char *journal_dir = xasprintf("%s/host", host->config->state_dir);
	host->journal = journal_new(host->loop, journal_dir, &journal_events);
	free(journal_dir);
	host->instances = instances_new(host->loop, &services);
	host->notices = notices_new(host->journal, host->instances);
	host->rounds = rounds_new();
	host->observer = observer_new(host->loop, host->config, &listener);
	host->authorities = authorities_new(host->loop, host->observer, host->signer, on_authority, host);

	struct submitter_parts parts = {.loop = host->loop,
					.observer = host->observer,
					.signer = host->signer,
					.authorities = host->authorities,
					.effects = services_of_submitter(host),
					.dry_run = host->config->dry_run};
	host->submitter = submitter_new(&parts);
	host_set_notice_command(host, host->config->notice_command);

	struct health_parts known = {.loop = host->loop,
				     .observer = host->observer,
				     .authorities = host->authorities,
				     .journal = host->journal,
				     .instances = host->instances,
				     .signer = host->signer,
				     .has_golosd_config = host->config->signer.golosd_config != NULL,
				     .context = host,
				     .notice = on_part_notice};
	host->health = health_new(&known);
	const char *ignored[CONFIG_ADDRESSES_MAX];
	host->api = (struct api_parts){.chain_id = host->chain_id,
				       .dry_run = host->config->dry_run,
				       .started_s = time(NULL),
				       .health = host->health,
				       .observer = host->observer,
				       .journal = host->journal,
				       .instances = host->instances,
				       .notices = host->notices,
				       .rounds = host->rounds,
				       .submitter = host->submitter,
				       .signer = host->signer,
				       .fetch = host->fetch,
				       .address_count = config_addresses(host->config, ignored)};
}

gw_status host_open(struct host *host, struct loop *loop, struct config *config, struct signer *signer,
		    struct fetch *fetch, struct cluster_keys *keys, int *ret_exit, struct error *err)
{
	*host = (struct host){.loop = loop,
			      .config = config,
			      .signer = signer,
			      .fetch = fetch,
			      .cluster_keys = keys,
			      .policy = grants_make_policy(config),
			      .policy_count = config->instance_count};
	memcpy(host->chain_id, config->chain_id, sizeof(host->chain_id));
	open_parts(host);
	if (fetch)
		fetch_attach(fetch, loop, on_fetch_ended, host);
	gw_status status = neighbours_open(host, on_part_notice, ret_exit, err);
	if (!status && journal_await_open(host->journal, JOURNAL_DEADLINE_MS))
		status = open_instances(host, ret_exit, err);
	if (!status)
		status = open_doors(host, ret_exit, err);
	if (status) {
		host->config = NULL; /* the caller keeps it */
		host_close(host);
		return status;
	}
	if (signer)
		host->signer_loop_fd = loop_fd_new(loop, signer_fd(signer), on_signer_readable, NULL, host);
	sight_begin(host);
	return GW_OK;
}

void host_close(struct host *host)
{
	supervisor_notify("STOPPING=1");
	ctl_server_free(host->ctl);
	host->ctl = NULL; /* what ends now has no follower */
	http_free(host->http);
	cluster_free(host->cluster);
	host->cluster = NULL;
	cluster_keys_free(host->cluster_keys);
	loop_timer_free(host->watchdog);
	loop_timer_free(host->sight_check);
	loop_fd_free(host->signer_loop_fd);
	health_free(host->health);
	/* the instances go first; then nodes and journal, which tell who still waits for an answer that none comes */
	for (size_t i = 0; i < instances_count(host->instances); i++)
		submitter_forget(host->submitter, instances_at(host->instances, i));
	host->closing = true;
	instances_free(host->instances);
	fetch_stop(host->fetch);
	crashes_close();
	observer_free(host->observer);
	journal_close(host->journal);
	authorities_free(host->authorities);
	submitter_free(host->submitter);
	notices_free(host->notices);
	rounds_free(host->rounds);
	free(host->policy);
	config_free(host->config);
}
