/* SPDX-License-Identifier: MIT
 * What a plugin may call: the host's table and the services by id. Every argument comes from foreign code and is
 * checked here, in one place, before the host acts on it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "config/value.h"
#include "graphene/operation.h"
#include "plugins/instance_state.h"
#include "signer/client.h"

#define NOTICE_TEXT_MAX 4096
#define FIELDS_MAX	4096
#define RPC_ARGS_MAX	65536

/* The ABI's opaque handle is our instance. */
static struct instance *from_handle(struct gw_host *host)
{
	return (struct instance *)(void *)host;
}

static const struct instance_services *services_of(struct gw_host *host)
{
	return &from_handle(host)->all->services;
}

static bool is_terminated(const char *text, size_t size)
{
	return memchr(text, 0, size) != NULL;
}

static bool is_json(const char *text, size_t max, bool (*is_kind)(const struct json *json))
{
	struct json *json;
	size_t len = strnlen(text, max + 1);

	if (len > max || json_parse(&json, text, len, NULL))
		return false;
	bool ok = is_kind(json);
	json_free(json);
	return ok;
}

/* ---- the rules of plugin.h: which thread, when in an instance's life, what arguments ------------------------------ */

#define MISUSES_LOGGED 20 /* of one instance: a plugin that never stops floods no log */

static gw_status refuse(struct gw_host *host, gw_status status, const char *function, const char *why)
{
	struct instance *instance = from_handle(host);
	const struct instance_services *services = services_of(host);
	char text[GW_TEXT_SIZE];

	snprintf(text, sizeof(text), "calls %s %s", function, why);
	if (services->misuse)
		services->misuse(services->context, instance, text);
	else if (atomic_fetch_add(&instance->misuses, 1) < MISUSES_LOGGED)
		log_line(GW_WARNING, instance->name, "%s: refused", text);
	return status;
}

/* `first` to `last`: the states in which it may be called. */
static gw_status check_life(struct gw_host *host, const char *function, enum instance_life first,
			    enum instance_life last)
{
	static const char *const when[] = {
		[INSTANCE_OPENING] = "while `open` runs",
		[INSTANCE_OPENED] = "before `start`",
		[INSTANCE_STARTED] = "while it is started",
		[INSTANCE_STOPPED] = "from `stop` on",
	};
	const struct instance *instance = from_handle(host);

	if (!pthread_equal(pthread_self(), instance->all->thread))
		return refuse(host, GW_ERR_DENIED, function, "from another thread than the host's");
	if (instance->life < first || instance->life > last)
		return refuse(host, GW_ERR_UNAVAILABLE, function, when[instance->life]);
	return GW_OK;
}

static gw_status alive(struct gw_host *host, const char *function)
{
	return check_life(host, function, INSTANCE_OPENING, INSTANCE_STOPPED);
}

static gw_status from_start(struct gw_host *host, const char *function)
{
	return check_life(host, function, INSTANCE_STARTED, INSTANCE_STOPPED);
}

static gw_status started(struct gw_host *host, const char *function)
{
	return check_life(host, function, INSTANCE_STARTED, INSTANCE_STARTED);
}

/* ---- the host's table ------------------------------------------------------------------------------------------- */

static void host_log(struct gw_host *host, int32_t severity, const char *text)
{
	log_line(severity, from_handle(host)->name, "%s", text ? text : "(null)");
}

static void on_timer(void *context)
{
	struct instance_timer *timer = context;
	struct instance *instance = timer->instance;
	struct gw_timer_event event = {.struct_size = sizeof(event), .id = timer->id};

	instance->all->services.now(instance->all->services.context, &event.now);
	instance_timer(instance, &event);
}

static gw_status host_timer_set(struct gw_host *host, uint32_t id, int64_t delay_ms)
{
	struct instance *instance = from_handle(host);
	gw_status status = delay_ms < 0 ? alive(host, "timer_set") : started(host, "timer_set");

	if (status)
		return status;
	if (id >= INSTANCE_TIMERS)
		return refuse(host, GW_ERR_RANGE, "timer_set", "with an id above 15");
	struct instance_timer *slot = &instance->timers[id];
	if (!slot->timer) {
		*slot = (struct instance_timer){.instance = instance, .id = id};
		slot->timer = loop_timer_new(instance->all->loop, on_timer, slot);
	}
	loop_timer_set(slot->timer, delay_ms);
	return GW_OK;
}

static void host_now(struct gw_host *host, struct gw_now *ret_now)
{
	*ret_now = (struct gw_now){0};
	if (!alive(host, "now"))
		services_of(host)->now(services_of(host)->context, ret_now);
}

/* ---- gw.chain/1 ------------------------------------------------------------------------------------------------- */

static gw_status chain_watch(struct gw_host *host, const char *witness, uint32_t endpoints)
{
	struct instance *instance = from_handle(host);
	gw_status status = started(host, "watch");

	if (status)
		return status;
	if (!witness || !account_name_is_valid(witness))
		return refuse(host, GW_ERR_SYNTAX, "watch", "with what is no account name");
	if (!instance_watches(instance, witness)) {
		if (instance->witness_count == INSTANCE_WITNESSES_MAX)
			return GW_ERR_BUSY;
		memcpy(instance->witnesses[instance->witness_count++], witness, strlen(witness) + 1);
		listeners_add(&instance->all->listeners, witness, instance);
	}
	return services_of(host)->watch(services_of(host)->context, instance, witness, endpoints);
}

static gw_status chain_head(struct gw_host *host, uint32_t *ret_num, char ret_id[GW_ID_SIZE], int64_t *ret_time_s)
{
	gw_status status = alive(host, "head");

	return status ? status : services_of(host)->head(services_of(host)->context, ret_num, ret_id, ret_time_s);
}

static gw_status chain_slot(struct gw_host *host, uint32_t n, char ret_witness[GW_ACCOUNT_SIZE])
{
	gw_status status = alive(host, "slot");

	return status ? status : services_of(host)->slot(services_of(host)->context, n, ret_witness);
}

static const struct gw_chain_v1 chain_service = {
	.struct_size = sizeof(chain_service), .watch = chain_watch, .head = chain_head, .slot = chain_slot};

/* ---- gw.submit/1 ------------------------------------------------------------------------------------------------ */

static gw_status check_evidence(const struct gw_intent *intent)
{
	if (intent->mode != GW_INTENT_AUTOMATIC && intent->mode != GW_INTENT_PLANNED)
		return GW_ERR_RANGE;
	if (!is_terminated(intent->evidence_id, sizeof(intent->evidence_id)))
		return GW_ERR_RANGE;
	if (intent->evidence_num && block_id_num(intent->evidence_id) != intent->evidence_num)
		return GW_ERR_RANGE;
	return GW_OK;
}

static gw_status check_witness_update(const struct config_instance *config, const struct gw_intent *intent)
{
	struct public_key key;

	if (!is_terminated(intent->signing_key, sizeof(intent->signing_key)) ||
	    public_key_parse(&key, intent->signing_key, strlen(intent->signing_key), NULL))
		return GW_ERR_RANGE;
	if (!(config->grants & (public_key_is_null(&key) ? SIGN_WITNESS_DISABLE : SIGN_WITNESS_UPDATE)))
		return GW_ERR_DENIED;
	return check_evidence(intent);
}

static gw_status check_feed_publish(const struct config_instance *config, const struct gw_intent *intent)
{
	struct asset asset;

	if (!(config->grants & SIGN_FEED_PUBLISH))
		return GW_ERR_DENIED;
	if (!is_terminated(intent->base, sizeof(intent->base)) ||
	    !is_terminated(intent->quote, sizeof(intent->quote)) ||
	    asset_parse(&asset, intent->base, strlen(intent->base), NULL) ||
	    asset_parse(&asset, intent->quote, strlen(intent->quote), NULL))
		return GW_ERR_RANGE;
	return GW_OK;
}

static gw_status check_intent(const struct config_instance *config, const struct gw_intent *intent)
{
	if (!is_terminated(intent->witness, sizeof(intent->witness)) || !account_name_is_valid(intent->witness))
		return GW_ERR_RANGE;
	if (strcmp(intent->witness, config->witness) != 0)
		return GW_ERR_DENIED;
	if (intent->operation == GW_OP_WITNESS_UPDATE)
		return check_witness_update(config, intent);
	if (intent->operation == GW_OP_FEED_PUBLISH)
		return check_feed_publish(config, intent);
	return GW_ERR_RANGE;
}

static gw_status submit_submit(struct gw_host *host, const struct gw_intent *intent, uint64_t *ret_id)
{
	struct instance *instance = from_handle(host);
	struct gw_intent copy = {.struct_size = sizeof(copy)};
	gw_status r = started(host, "submit");

	if (r)
		return r;
	/* a plugin of an older minor version hands over a shorter struct: what it lacks stays zero */
	if (!intent || !ret_id || intent->struct_size < offsetof(struct gw_intent, base))
		return refuse(host, GW_ERR_RANGE, "submit", "without an intent, its struct_size or ret_id");
	memcpy(&copy, intent, intent->struct_size < sizeof(copy) ? intent->struct_size : sizeof(copy));
	copy.struct_size = sizeof(copy);

	r = check_intent(&instance->config, &copy);
	if (r == GW_ERR_RANGE)
		return refuse(host, r, "submit", "with an intent that has a wrong member");
	if (r)
		return r;
	return services_of(host)->submit(services_of(host)->context, instance, &copy, ret_id);
}

static gw_status submit_cancel(struct gw_host *host, uint64_t id, const char *why)
{
	gw_status status = from_start(host, "cancel");

	return status ? status
		      : services_of(host)->cancel(services_of(host)->context, from_handle(host), id, why ? why : "");
}

static const struct gw_submit_v1 submit_service = {
	.struct_size = sizeof(submit_service), .submit = submit_submit, .cancel = submit_cancel};

/* ---- gw.notice/1 ------------------------------------------------------------------------------------------------ */

static gw_status notice_notice(struct gw_host *host, int32_t severity, const char *code, const char *text,
			       const char *fields_json)
{
	struct instance *instance = from_handle(host);
	struct gw_notice_event event = {.struct_size = sizeof(event),
					.severity = severity,
					.source = instance->name,
					.code = code,
					.text = text,
					.fields_json = fields_json ? fields_json : ""};
	gw_status status = from_start(host, "notice");

	if (status)
		return status;
	if (severity < GW_DEBUG || severity > GW_CRITICAL)
		return refuse(host, GW_ERR_RANGE, "notice", "with a severity that does not exist");
	if (!code || !value_is_word(code))
		return refuse(host, GW_ERR_SYNTAX, "notice", "with a code that is not 1 to 48 of a-z, 0-9 and _");
	if (!text)
		return refuse(host, GW_ERR_SYNTAX, "notice", "without a text");
	if (strnlen(text, NOTICE_TEXT_MAX + 1) > NOTICE_TEXT_MAX)
		return refuse(host, GW_ERR_RANGE, "notice", "with a text of more than 4096 bytes");
	if (*event.fields_json && !is_json(fields_json, FIELDS_MAX, json_is_object))
		return refuse(host, GW_ERR_SYNTAX, "notice", "with fields_json that is no JSON object of 4096 bytes");
	services_of(host)->now(services_of(host)->context, &event.now);
	services_of(host)->notice(services_of(host)->context, instance, &event);
	return GW_OK;
}

static const struct gw_notice_v1 notice_service = {.struct_size = sizeof(notice_service), .notice = notice_notice};

/* ---- gw.store/1 ------------------------------------------------------------------------------------------------- */

static gw_status store_put(struct gw_host *host, const char *key, const void *value, size_t len)
{
	gw_status status = from_start(host, "put");

	if (status)
		return status;
	if (!key || !value_is_word(key) || (!value && len))
		return refuse(host, GW_ERR_SYNTAX, "put",
			      "with a key that is not 1 to 48 of a-z, 0-9 and _, or no value");
	return services_of(host)->store_put(services_of(host)->context, from_handle(host), key, value, len);
}

static gw_status store_get(struct gw_host *host, const char *key, void *ret_value, size_t cap, size_t *ret_len)
{
	gw_status status = from_start(host, "get");

	if (status)
		return status;
	if (!key || !value_is_word(key) || !ret_len || (!ret_value && cap))
		return refuse(host, GW_ERR_SYNTAX, "get",
			      "with a key that is not 1 to 48 of a-z, 0-9 and _, or no place");
	return services_of(host)->store_get(services_of(host)->context, from_handle(host), key, ret_value, cap,
					    ret_len);
}

static const struct gw_store_v1 store_service = {
	.struct_size = sizeof(store_service), .put = store_put, .get = store_get};

/* ---- gw.rpc/1 --------------------------------------------------------------------------------------------------- */

/* Subscriptions would stream for ever into an id that is forgotten; broadcasts belong to gw.submit/1. */
static bool rpc_is_allowed(const char *api, const char *method)
{
	return !strstr(api, "broadcast") && !strstr(method, "broadcast") && !strstr(method, "callback");
}

static gw_status rpc_call(struct gw_host *host, const char *api, const char *method, const char *args_json,
			  uint64_t *ret_id)
{
	struct instance *instance = from_handle(host);
	gw_status status = started(host, "call");

	if (status)
		return status;
	if (!api || !value_is_word(api) || !method || !value_is_word(method) || !ret_id)
		return refuse(host, GW_ERR_SYNTAX, "call", "without an API, a method or ret_id");
	if (!args_json || !is_json(args_json, RPC_ARGS_MAX, json_is_array))
		return refuse(host, GW_ERR_SYNTAX, "call", "with args_json that is no JSON array of 65536 bytes");
	if (!rpc_is_allowed(api, method))
		return refuse(host, GW_ERR_DENIED, "call", "to subscribe or to broadcast");
	if (instance->rpc_in_flight == INSTANCE_RPC_MAX)
		return GW_ERR_BUSY;

	uint64_t id = ++instance->all->next_rpc;
	gw_status r = services_of(host)->rpc(services_of(host)->context, instance, id, api, method, args_json);
	if (r)
		return r;
	instance->rpc_in_flight++;
	*ret_id = id;
	return GW_OK;
}

static const struct gw_rpc_v1 rpc_service = {.struct_size = sizeof(rpc_service), .call = rpc_call};

/* ---- gw.http/1 -------------------------------------------------------------------------------------------------- */

static gw_status http_get(struct gw_host *host, uint32_t source, int64_t deadline_ms, uint64_t *ret_id)
{
	struct instance *instance = from_handle(host);
	gw_status status = started(host, "get");

	if (status)
		return status;
	if (!ret_id || deadline_ms < 1 || deadline_ms > GW_HTTP_DEADLINE_MS)
		return refuse(host, GW_ERR_RANGE, "get",
			      "without ret_id, or with a deadline that is not 1 to 30000 ms");
	if (source >= instance->config.source_count || !instance->config.sources[source])
		return GW_ERR_NOT_FOUND;
	if (instance->http_in_flight == GW_HTTP_IN_FLIGHT)
		return GW_ERR_BUSY;

	uint64_t id = ++instance->all->next_http;
	status = services_of(host)->http(services_of(host)->context, instance, id, source,
					 instance->config.sources[source], deadline_ms);
	if (status)
		return status;
	instance->http_in_flight++;
	*ret_id = id;
	return GW_OK;
}

static const struct gw_http_v1 http_service = {.struct_size = sizeof(http_service), .get = http_get};

static bool has_address(const struct instance *instance)
{
	for (size_t i = 0; i < instance->config.source_count; i++)
		if (instance->config.sources[i])
			return true;
	return false;
}

/* ---- services by id --------------------------------------------------------------------------------------------- */

static const void *host_service(struct gw_host *host, const char *id)
{
	static const struct {
		const char *id;
		const void *table;
	} services[] = {
		{GW_SERVICE_CHAIN, &chain_service},   {GW_SERVICE_SUBMIT, &submit_service},
		{GW_SERVICE_NOTICE, &notice_service}, {GW_SERVICE_STORE, &store_service},
		{GW_SERVICE_RPC, &rpc_service},	      {GW_SERVICE_HTTP, &http_service},
	};

	if (!id || alive(host, "service"))
		return NULL;
	if (strcmp(id, GW_SERVICE_SUBMIT) == 0 && !from_handle(host)->config.grants)
		return NULL;
	if (strcmp(id, GW_SERVICE_HTTP) == 0 && !has_address(from_handle(host)))
		return NULL;
	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		if (strcmp(id, services[i].id) == 0)
			return services[i].table;
	return NULL;
}

const struct gw_host_api instance_host_api = {.struct_size = sizeof(instance_host_api),
					      .abi_major = GW_ABI_MAJOR,
					      .abi_minor = GW_ABI_MINOR,
					      .log = host_log,
					      .timer_set = host_timer_set,
					      .now = host_now,
					      .service = host_service};
