/* SPDX-License-Identifier: MIT
 * The host: all parts joined. Runs in golos-watchd. */
#include "daemon/host.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/http.h"
#include "api/orders.h"
#include "base/log.h"
#include "base/memory.h"
#include "config/grants.h"
#include "daemon/supervisor.h"
#include "plugins/crashes.h"

#define SIGHT_CHECK_MS	1000
#define SIGNER_CHECK_MS 5000
#define SIGNER_LATE_MAX                                                                                                \
	2 /* checks in a row that find an answer due: it hangs. One alone may be our own standing still */
#define HEARTBEAT_MS	   86400000
#define FIRST_HEARTBEAT_MS 5000 /* heads, keys and authority are known by then */

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
	watch_now(host->watch, &event.now);
	notices_say(host->notices, NULL, &event);
}

/* ---- readiness: what only the host can know --------------------------------------------------------------------- */

static uint8_t golosd_config_state(const struct host *host, const struct config_instance *config,
				   char ret_text[GW_TEXT_SIZE])
{
	if (!host->config->signer.golosd_config)
		return GW_READY_UNKNOWN;
	if (!host->signer) {
		snprintf(ret_text, GW_TEXT_SIZE, "golosd_config is not read: nothing is signed here");
		return GW_READY_UNKNOWN;
	}
	return golosd_config_judge(signer_golosd_config(host->signer), config->witness, &config->signing_key, ret_text);
}

static bool signer_hangs(const struct host *host)
{
	return host->signer_late >= SIGNER_LATE_MAX;
}

/* Whether the nodes answer what this instance needs of them. */
static uint8_t node_state(const struct host *host, const struct config_instance *config, char ret_text[GW_TEXT_SIZE])
{
	bool is_blind = watch_is_blind(host->watch, config->witness, ret_text) ||
			keyring_is_blind(host->keyring, config->witness, ret_text);

	return is_blind ? GW_READY_NO : GW_READY_YES;
}

bool host_readiness(struct host *host, const struct instance *instance, struct gw_readiness_event *ret)
{
	const struct config_instance *config = instance_config(instance);

	*ret = (struct gw_readiness_event){.struct_size = sizeof(*ret)};
	if (!config->witness[0])
		return false;
	watch_now(host->watch, &ret->now);
	ret->authority = keyring_authority(host->keyring, config->witness, ret->authority_text);
	if (signer_hangs(host)) {
		ret->authority = GW_READY_NO;
		snprintf(ret->authority_text, sizeof(ret->authority_text), "the signer does not answer (process %d)",
			 (int)signer_pid(host->signer));
	}
	ret->golosd_config = golosd_config_state(host, config, ret->golosd_config_text);
	ret->journal = journal_is_writable(host->journal) ? GW_READY_YES : GW_READY_NO;
	ret->node = node_state(host, config, ret->node_text);
	if (host->left_out[0]) { /* what was wanted of this host does not run */
		ret->node = GW_READY_NO;
		memcpy(ret->node_text, host->left_out, sizeof(ret->node_text));
	}
	return true;
}

static void tell_readiness(struct host *host, struct instance *instance)
{
	struct gw_readiness_event event;

	if (host_readiness(host, instance, &event))
		instance_readiness(instance, &event);
}

static void tell_all_readiness(struct host *host)
{
	for (size_t i = 0; i < instances_count(host->instances); i++)
		tell_readiness(host, instances_at(host->instances, i));
}

/* At the start a key that cannot sign for the witness is a wrong configuration: it is said, and ends the host once a
 * later answer says the same. Later it may be the owner's doing, and is a notice. */
static void on_authority(void *context, const char *witness)
{
	struct host *host = context;
	char why[GW_TEXT_SIZE] = "";

	if (keyring_authority(host->keyring, witness, why) == GW_READY_NO) {
		bool is_wrong = keyring_is_wrong(host->keyring, witness);

		host_notice(host, GW_CRITICAL, "key_without_authority", "%s%s", why, is_wrong ? ": ending" : "");
		if (is_wrong)
			host_stop(host, EXIT_KEY);
	}
	submitter_sign_waiting(host->submitter);
	for (size_t i = 0; i < instances_count(host->instances); i++) {
		struct instance *instance = instances_at(host->instances, i);

		if (strcmp(instance_config(instance)->witness, witness) == 0)
			tell_readiness(host, instance);
	}
}

/* ---- what the watch raises -------------------------------------------------------------------------------------- */

static void on_block(void *context, const struct gw_block_event *event, const struct block_transaction *transactions,
		     size_t count)
{
	struct host *host = context;

	submitter_block(host->submitter, event, transactions, count);
	instances_block(host->instances, event);
}

static void on_witness(void *context, const struct gw_witness_event *event)
{
	struct host *host = context;

	instances_witness(host->instances, event);
}

static void on_nodes(void *context, const struct gw_nodes_event *event)
{
	struct host *host = context;

	submitter_endpoints(host->submitter);
	keyring_endpoints(host->keyring);
	instances_nodes(host->instances, event);
}

static void on_notice(void *context, int32_t severity, const char *code, const char *text)
{
	struct host *host = context;
	char why[GW_TEXT_SIZE];

	host_notice(host, severity, code, "%s", text);
	if (watch_wrong_chain(host->watch, why))
		host_stop(host, EXIT_CHAIN);
}

static void on_settled(void *context)
{
	struct host *host = context;

	submitter_view(host->submitter);
}

/* ---- what the instances ask for --------------------------------------------------------------------------------- */

static void service_now(void *context, struct gw_now *ret)
{
	watch_now(((struct host *)context)->watch, ret);
}

static gw_status service_watch(void *context, struct instance *who, const char *witness, uint32_t endpoints)
{
	(void)who;
	return watch_witness(((struct host *)context)->watch, witness, endpoints);
}

static gw_status service_head(void *context, uint32_t *ret_num, char ret_id[GW_ID_SIZE], int64_t *ret_time_s)
{
	const struct host *host = context;
	struct chain_view view;
	struct gw_now now;

	watch_now(host->watch, &now);
	belief_view(watch_belief(host->watch), "", &now, &view);
	if (!view.head_num)
		return GW_ERR_UNAVAILABLE;
	*ret_num = view.head_num;
	memcpy(ret_id, view.head_id, GW_ID_SIZE);
	*ret_time_s = view.head_time_s;
	return GW_OK;
}

static gw_status service_slot(void *context, uint32_t n, char ret_witness[GW_ACCOUNT_SIZE])
{
	return belief_slot(watch_belief(((struct host *)context)->watch), n, ret_witness);
}

static gw_status service_submit(void *context, struct instance *who, const struct gw_intent *intent, uint64_t *ret_id)
{
	return submitter_begin(((struct host *)context)->submitter, who, intent, ret_id);
}

static gw_status service_cancel(void *context, struct instance *who, uint64_t id, const char *why)
{
	return submitter_cancel(((struct host *)context)->submitter, who, id, why);
}

static void service_notice(void *context, struct instance *who, const struct gw_notice_event *notice)
{
	notices_say(((struct host *)context)->notices, who, notice);
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

/* A plugin's question on its way to a node and back. */
struct question {
	struct host *host;
	char *who;
	uint64_t id;
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
		watch_now(question->host->watch, &event.now);
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
	int endpoint = watch_endpoint(host->watch);

	if (endpoint < 0)
		return GW_ERR_UNAVAILABLE;
	struct question *question = xcalloc(1, sizeof(*question));
	*question = (struct question){.host = host, .who = xstrdup(instance_name(who)), .id = id};
	nodes_call(watch_nodes(host->watch), (uint32_t)endpoint, api, method, args_json, 0, on_rpc_answer, question);
	return GW_OK;
}

/* ---- signer, journal, supervisor -------------------------------------------------------------------------------- */

static void tell_signer_state(struct host *host)
{
	if (signer_hangs(host))
		host_notice(
			host, GW_CRITICAL, "signer_hangs",
			"the signer does not answer (process %d): nothing can be signed until it does, or is killed "
			"and both are started again",
			(int)signer_pid(host->signer));
	else
		host_notice(host, GW_INFO, "signer_answers", "the signer answers again");
	tell_all_readiness(host);
}

/* A signer that is stopped, or caught in the kernel, keeps its channel open: only a question shows it. */
static void on_signer_check(void *context)
{
	struct host *host = context;
	bool hung = signer_hangs(host);

	if (signer_silent_ms(host->signer) == 0)
		host->signer_late = 0;
	else if (!hung)
		host->signer_late++;
	if (signer_hangs(host) != hung)
		tell_signer_state(host);
	signer_ping(host->signer);
	loop_timer_set(host->signer_check, SIGNER_CHECK_MS);
}

static void on_signer_readable(void *context)
{
	struct host *host = context;
	struct error err = {0};

	if (!signer_has_ended(host->signer, &err)) {
		if (signer_hangs(host))
			on_signer_check(host);
		submitter_sign_waiting(host->submitter);
		return;
	}
	host_notice(host, GW_CRITICAL, "signer_gone", "%s; without it nothing can be signed: ending too", err.text);
	host_stop(host, EXIT_SIGNER);
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
	tell_all_readiness(host);
}

static void on_journal_recovered(void *context)
{
	struct host *host = context;

	submitter_journal_recovered(host->submitter);
	host_notice(host, GW_INFO, "journal_recovered", "the journal can be written again");
	tell_all_readiness(host);
}

static void on_watchdog(void *context)
{
	struct host *host = context;

	supervisor_notify("WATCHDOG=1");
	loop_timer_set(host->watchdog, host->watchdog_ms);
}

static const char *const sights[] = {
	[SIGHT_NONE_YET] = "STATUS=waiting for the first node",
	[SIGHT_WATCHING] = "STATUS=watching",
	[SIGHT_BLIND] = "STATUS=a node does not answer what is needed to switch",
	[SIGHT_LEFT_OUT] = "STATUS=watching, but a plugin instance is left out, for it killed the host",
	[SIGHT_STALE] = "STATUS=a node answers, and no fresh block comes",
	[SIGHT_LOST] = "STATUS=no node answers",
	[SIGHT_NO_JOURNAL] = "STATUS=waiting for the disk: the journal has not been read, and no plugin runs",
};

static bool is_ours(void *context, pid_t pid)
{
	const struct host *host = context;

	return pid == (host->signer ? signer_pid(host->signer) : 0) || pid == notices_command_pid(host->notices);
}

/* A line a day, and the first soon after something is seen: who reads the log sees that it goes on, and how. */
static void say_heartbeat(struct host *host)
{
	struct gw_now now;

	watch_now(host->watch, &now);
	if (host->sight == SIGHT_WATCHING && host->heartbeat_ms == 0)
		host->heartbeat_ms = now.mono_ms + FIRST_HEARTBEAT_MS;
	if (host->sight != SIGHT_WATCHING || now.mono_ms < host->heartbeat_ms)
		return;
	host->heartbeat_ms = now.mono_ms + HEARTBEAT_MS;
	char *text = orders_heartbeat(host);
	log_line(GW_INFO, "host", "%s", text);
	free(text);
}

/* Each second. What the nodes do not answer shows by time alone. */
static void look_for_blindness(struct host *host)
{
	bool was_blind = host->is_blind;

	host->is_blind = false;
	for (size_t i = 0; i < instances_count(host->instances) && !host->is_blind; i++) {
		const struct config_instance *config = instance_config(instances_at(host->instances, i));

		host->is_blind = config->witness[0] && node_state(host, config, host->blind_why) == GW_READY_NO;
	}
	if (host->is_blind || was_blind)
		tell_all_readiness(host);
}

/* Ready means: the plugins run, or do as soon as the disk answers. A node that is not up yet is waited for; STATUS says
 * what is seen, when it changes. */
static void on_sight_check(void *context)
{
	struct host *host = context;
	enum sight sight = host->sight;

	look_for_blindness(host);
	if (!journal_is_open(host->journal))
		sight = SIGHT_NO_JOURNAL;
	else if (watch_connected(host->watch))
		sight = !orders_sees_chain(host) ? SIGHT_STALE
			: host->is_blind	 ? SIGHT_BLIND
			: host->left_out[0]	 ? SIGHT_LEFT_OUT
						 : SIGHT_WATCHING;
	else if (sight == SIGHT_NO_JOURNAL)
		sight = SIGHT_NONE_YET;
	else if (sight != SIGHT_NONE_YET)
		sight = SIGHT_LOST;
	if (sight != host->sight)
		supervisor_notify(sights[sight]);
	host->sight = sight;
	supervisor_reap(is_ours, host);
	say_heartbeat(host);
	loop_timer_set(host->sight_check, SIGHT_CHECK_MS);
}

/* ---- life ------------------------------------------------------------------------------------------------------- */

static int exit_status_of(gw_status status)
{
	return status == GW_ERR_TRUST ? EXIT_TRUST : status == GW_ERR_CONFIG ? EXIT_CONFIG : EXIT_PLUGIN;
}

/* Opens an instance, with its place in the signer's policy. */
static gw_status open_instance(struct host *host, const struct config *config, const struct config_instance *wanted,
			       struct instance **ret, struct error *err)
{
	gw_status r = instances_add(host->instances, config, wanted, ret, err);
	int place = grants_find(host->policy, host->policy_count, wanted);

	if (r)
		return r;
	instance_set_policy(*ret, place < 0 ? UINT32_MAX : (uint32_t)place);
	if (wanted->grants)
		keyring_follow(host->keyring, wanted->witness);
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
	memcpy(host->left_out, why, sizeof(host->left_out));
	return true;
}

void host_leave_nothing_out(struct host *host)
{
	if (!host->left_out[0])
		return;
	host->left_out[0] = '\0';
	crashes_forget();
}

gw_status host_add_instance(struct host *host, const struct config *config, const struct config_instance *wanted,
			    struct error *err)
{
	struct instance *instance;
	gw_status r = open_instance(host, config, wanted, &instance, err);

	if (r)
		return r;
	r = instances_start(host->instances, err);
	if (r) { /* the next reload may try it again, and it stops no other one */
		instances_remove(host->instances, instance);
		return r;
	}
	submitter_resume(host->submitter, instance);
	tell_readiness(host, instance);
	instance_nodes(instance, belief_nodes(watch_belief(host->watch)));
	return GW_OK;
}

static void tell_crash(void *context, const char *text)
{
	host_notice(context, GW_CRITICAL, "plugin_crashed", "%s", text);
}

/* The journal's disk has answered just now, so this one is not waited for long. */
static void read_crashes(struct host *host)
{
	char *path = xasprintf("%s/host/crashes", host->config->state_dir);

	crashes_open(path, tell_crash, host);
	free(path);
}

static gw_status open_instances(struct host *host, int *ret_exit, struct error *err)
{
	gw_status r = GW_OK;

	read_crashes(host);
	for (size_t i = 0; i < host->config->instance_count && !r; i++) {
		const struct config_instance *wanted = &host->config->instances[i];
		struct instance *instance;

		if (leave_out(host, host->config, wanted))
			continue;
		r = open_instance(host, host->config, wanted, &instance, err);
		*ret_exit = exit_status_of(r);
	}
	if (r)
		return r;
	r = instances_start(host->instances, err);
	if (r) {
		*ret_exit = EXIT_PLUGIN;
		return r;
	}
	for (size_t i = 0; i < instances_count(host->instances); i++)
		submitter_resume(host->submitter, instances_at(host->instances, i));
	tell_all_readiness(host);
	return GW_OK;
}

/* The disk answered late: the plugins start, with all that stands in the journal, or with nothing where it turned out
 * not to be readable, which is said next. */
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
	instances_nodes(host->instances, belief_nodes(watch_belief(host->watch)));
	host_notice(host, GW_INFO, "journal_opened", "the journal's disk has answered, and the plugins run");
}

static char *page_status(void *context)
{
	return orders_status(context);
}

static char *page_metrics(void *context)
{
	return orders_metrics(context);
}

static bool page_healthy(void *context)
{
	return orders_healthy(context);
}

/* The two ways to ask: the control socket, and HTTP where it is on. */
static gw_status open_doors(struct host *host, int *ret_exit, struct error *err)
{
	const struct config *config = host->config;
	struct http_pages pages = {.context = host,
				   .status = page_status,
				   .metrics = page_metrics,
				   .healthy = page_healthy,
				   .hosts = (const char *const *)config->http_hosts,
				   .host_count = config->http_host_count};
	gw_status r = GW_OK;

	*ret_exit = EXIT_SYSTEM;
	if (config->control[0])
		r = ctl_server_new(&host->ctl, host->loop, config->control, config->control_group, orders_handle, host,
				   err);
	if (r == GW_ERR_CONFIG)
		*ret_exit = EXIT_CONFIG;
	if (!r && config->http[0])
		r = http_new(&host->http, host->loop, config->http, &pages, err);
	return r;
}

static void begin_supervision(struct host *host)
{
	host->watchdog_ms = supervisor_watchdog_ms();
	host->watchdog = loop_timer_new(host->loop, on_watchdog, host);
	if (host->watchdog_ms > 0)
		loop_timer_set(host->watchdog, 0);
	host->sight_check = loop_timer_new(host->loop, on_sight_check, host);
	loop_timer_set(host->sight_check, 0);
	host->sight = journal_is_open(host->journal) ? SIGHT_NONE_YET : SIGHT_NO_JOURNAL;
	supervisor_notify("READY=1");
	supervisor_notify(sights[host->sight]);
}

static const struct instance_services services_of_host = {
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
};

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
	struct watch_listener listener = {.context = host,
					  .block = on_block,
					  .witness = on_witness,
					  .nodes = on_nodes,
					  .notice = on_notice,
					  .settled = on_settled};
	struct instance_services services = services_of_host;

	services.context = host;
	char *journal_dir = xasprintf("%s/host", host->config->state_dir);
	host->journal = journal_new(host->loop, journal_dir, &journal_events);
	free(journal_dir);
	host->instances = instances_new(host->loop, &services);
	host->notices = notices_new(host->journal, host->instances);
	host->watch = watch_new(host->loop, host->config, &listener);
	host->keyring = keyring_new(host->loop, host->watch, host->signer, on_authority, host);

	struct submitter_parts parts = {.loop = host->loop,
					.watch = host->watch,
					.signer = host->signer,
					.keyring = host->keyring,
					.journal = host->journal,
					.dry_run = host->config->dry_run};
	host->submitter = submitter_new(&parts);
	host_set_notice_command(host, host->config->notice_command);
}

gw_status host_open(struct host *host, struct loop *loop, struct config *config, struct signer *signer, int *ret_exit,
		    struct error *err)
{
	*host = (struct host){.loop = loop,
			      .config = config,
			      .signer = signer,
			      .policy = grants_make_policy(config),
			      .policy_count = config->instance_count};
	open_parts(host);
	gw_status r = GW_OK;
	if (journal_await_open(host->journal, JOURNAL_DEADLINE_MS))
		r = open_instances(host, ret_exit, err);
	if (!r)
		r = open_doors(host, ret_exit, err);
	if (r) {
		host->config = NULL; /* the caller keeps it */
		host_close(host);
		return r;
	}
	if (signer) {
		host->signer_watch = loop_fd_new(loop, signer_fd(signer), on_signer_readable, NULL, host);
		host->signer_check = loop_timer_new(loop, on_signer_check, host);
		loop_timer_set(host->signer_check, 0);
	}
	begin_supervision(host);
	return GW_OK;
}

void host_close(struct host *host)
{
	supervisor_notify("STOPPING=1");
	ctl_server_free(host->ctl);
	http_free(host->http);
	loop_timer_free(host->watchdog);
	loop_timer_free(host->sight_check);
	loop_fd_free(host->signer_watch);
	loop_timer_free(host->signer_check);
	/* the instances go first; then nodes and journal, which tell who still waits for an answer that none comes */
	for (size_t i = 0; i < instances_count(host->instances); i++)
		submitter_forget(host->submitter, instances_at(host->instances, i));
	host->closing = true;
	instances_free(host->instances);
	crashes_close();
	watch_free(host->watch);
	journal_close(host->journal);
	keyring_free(host->keyring);
	submitter_free(host->submitter);
	notices_free(host->notices);
	free(host->policy);
	config_free(host->config);
}
