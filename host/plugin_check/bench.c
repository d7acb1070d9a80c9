/* SPDX-License-Identifier: MIT
 *
 * See bench.h.
 */
#include "plugin_check/bench.h"

#include <stdio.h>
#include <string.h>

#include "plugin_check/report.h"
#include "plugin_check/virtual_loop.h"

#define STORE_KEYS  64
#define STORE_BYTES 16384 /* as plugin.h says */

/* Outlives a bench, as a journal outlives a host. */
static struct {
	char instance[16], key[49];
	size_t len;
	char value[STORE_BYTES];
} store[STORE_KEYS];

void bench_block_id(char ret[GW_ID_SIZE], uint32_t num)
{
	snprintf(ret, GW_ID_SIZE, "%08x%032x", num, num * 2654435761u);
}

static struct bench_instance *of(struct bench *bench, const struct instance *who)
{
	for (size_t i = 0; i < BENCH_INSTANCES; i++)
		if (strcmp(instance_name(who), i == 0 ? "first" : "second") == 0)
			return &bench->list[i];
	return NULL;
}

/* ---- services --------------------------------------------------------------------------------------------------- */

static void service_now(void *context, struct gw_now *ret)
{
	(void)context;
	loop_now(ret);
	ret->chain_ms = ret->wall_ms;
}

static gw_status service_watch(void *context, struct instance *who, const char *witness, uint32_t endpoints)
{
	const struct bench *bench = context;
	size_t len = strlen(report->watches);

	(void)who;
	(void)endpoints;
	if (bench->refuses)
		return GW_ERR_BUSY;
	if (!strstr(report->watches, witness))
		snprintf(report->watches + len, sizeof(report->watches) - len, " %s", witness);
	return GW_OK;
}

static gw_status service_head(void *context, uint32_t *ret_num, char ret_id[GW_ID_SIZE], int64_t *ret_time_s)
{
	const struct bench *bench = context;
	struct gw_now now;

	if (bench->refuses || !bench->head_num)
		return GW_ERR_UNAVAILABLE;
	loop_now(&now);
	*ret_num = bench->head_num;
	bench_block_id(ret_id, bench->head_num);
	*ret_time_s = now.wall_ms / 1000;
	return GW_OK;
}

static gw_status service_slot(void *context, uint32_t n, char ret_witness[GW_ACCOUNT_SIZE])
{
	const struct bench *bench = context;

	if (bench->refuses || n == 0 || n > 21)
		return GW_ERR_UNAVAILABLE;
	snprintf(ret_witness, GW_ACCOUNT_SIZE, "%s", n == 7 ? bench->wanted.witness : "another");
	return GW_OK;
}

static gw_status service_submit(void *context, struct instance *who, const struct gw_intent *intent, uint64_t *ret_id)
{
	struct bench *bench = context;
	struct bench_instance *one = of(bench, who);

	if (bench->refuses)
		return GW_ERR_UNAVAILABLE;
	if (one->submission)
		return GW_ERR_BUSY;
	one->submission = *ret_id = ++bench->ids;
	one->intent = *intent;
	one->is_cancelled = false;
	return GW_OK;
}

static gw_status service_cancel(void *context, struct instance *who, uint64_t id, const char *why)
{
	struct bench_instance *one = of(context, who);

	(void)why;
	if (!id || one->submission != id)
		return GW_ERR_NOT_FOUND;
	one->is_cancelled = true;
	return GW_OK;
}

static void service_notice(void *context, struct instance *who, const struct gw_notice_event *notice)
{
	instances_notice(((struct bench *)context)->all, who, notice);
}

static gw_status service_put(void *context, struct instance *who, const char *key, const void *value, size_t len)
{
	const struct bench *bench = context;

	if (len > STORE_BYTES) {
		report_finding("%s puts a value of more than %d bytes into the store", report_who(), STORE_BYTES);
		return GW_ERR_RANGE;
	}
	if (bench->refuses)
		return GW_ERR_UNAVAILABLE;
	for (size_t i = 0; i < STORE_KEYS; i++) {
		bool same = strcmp(store[i].key, key) == 0 && strcmp(store[i].instance, instance_name(who)) == 0;

		if (store[i].key[0] && !same)
			continue;
		snprintf(store[i].key, sizeof(store[i].key), "%s", key);
		snprintf(store[i].instance, sizeof(store[i].instance), "%s", instance_name(who));
		store[i].len = len;
		if (len)
			memcpy(store[i].value, value, len);
		return GW_OK;
	}
	return GW_ERR_RANGE;
}

static gw_status service_get(void *context, struct instance *who, const char *key, void *ret, size_t cap,
			     size_t *ret_len)
{
	const struct bench *bench = context;

	if (bench->refuses)
		return GW_ERR_UNAVAILABLE;
	for (size_t i = 0; i < STORE_KEYS && store[i].key[0]; i++)
		if (strcmp(store[i].key, key) == 0 && strcmp(store[i].instance, instance_name(who)) == 0) {
			if (ret)
				memcpy(ret, store[i].value, cap < store[i].len ? cap : store[i].len);
			*ret_len = store[i].len;
			return GW_OK;
		}
	return GW_ERR_NOT_FOUND;
}

static gw_status service_rpc(void *context, struct instance *who, uint64_t id, const char *api, const char *method,
			     const char *args_json)
{
	struct bench *bench = context;
	struct bench_instance *one = of(bench, who);

	(void)api;
	(void)method;
	(void)args_json;
	if (bench->refuses || one->rpc_count == BENCH_RPCS)
		return GW_ERR_UNAVAILABLE;
	one->rpcs[one->rpc_count++] = id;
	return GW_OK;
}

static gw_status service_http(void *context, struct instance *who, uint64_t id, uint32_t source, const char *url,
			      int64_t deadline_ms)
{
	struct bench *bench = context;
	struct bench_instance *one = of(bench, who);

	(void)url;
	(void)deadline_ms;
	if (bench->refuses)
		return GW_ERR_UNAVAILABLE;
	one->https[one->http_count++] = (struct bench_http){.id = id, .source = source};
	return GW_OK;
}

static void service_misuse(void *context, struct instance *who, const char *text)
{
	(void)context;
	(void)who;
	report_finding("%s %s", report_who(), text);
}

/* ---- life ------------------------------------------------------------------------------------------------------- */

void bench_open(struct bench *bench)
{
	const struct instance_services services = {.context = bench,
						   .now = service_now,
						   .watch = service_watch,
						   .head = service_head,
						   .slot = service_slot,
						   .submit = service_submit,
						   .cancel = service_cancel,
						   .notice = service_notice,
						   .store_put = service_put,
						   .store_get = service_get,
						   .rpc = service_rpc,
						   .http = service_http,
						   .misuse = service_misuse};

	bench->all = instances_new(NULL, &services);
}

void bench_close(struct bench *bench)
{
	instances_free(bench->all);
	memset(bench->list, 0, sizeof(bench->list));
	bench->all = NULL;
}

bool bench_add(struct bench *bench, size_t index, struct error *err)
{
	char name[8];

	snprintf(name, sizeof(name), "%s", index == 0 ? "first" : "second");
	bench->wanted.name = name;
	bench->list[index] = (struct bench_instance){0};
	return instances_add(bench->all, bench->config, &bench->wanted, &bench->list[index].instance, err) == GW_OK;
}

bool bench_start(struct bench *bench)
{
	struct error err;

	return instances_start(bench->all, &err) == GW_OK;
}

void bench_remove(struct bench *bench, size_t index)
{
	if (bench->list[index].instance)
		instances_remove(bench->all, bench->list[index].instance);
	bench->list[index] = (struct bench_instance){0};
}

void bench_forget_store(void)
{
	memset(store, 0, sizeof(store));
}

/* ---- answers ---------------------------------------------------------------------------------------------------- */

static void tell_submission(struct bench_instance *one, uint64_t id, const struct gw_intent *intent, int32_t state,
			    int32_t reason)
{
	struct gw_submission_event event = {
		.struct_size = sizeof(event), .state = state, .reason = reason, .id = id, .intent = intent};

	service_now(NULL, &event.now);
	if (state >= GW_SUBMISSION_SIGNED)
		memset(event.txid, 'a', sizeof(event.txid) - 1);
	event.block_num = state == GW_SUBMISSION_IN_BLOCK || state == GW_SUBMISSION_IRREVERSIBLE ? 1000 : 0;
	snprintf(event.text, sizeof(event.text), "a sentence for people");
	if (state >= GW_SUBMISSION_IRREVERSIBLE)
		one->submission = 0;
	instance_submission(one->instance, &event);
}

/* All the way, or to a failure on it: each round ends otherwise. */
static void answer_submission(struct bench_instance *one, unsigned round)
{
	struct gw_intent intent = one->intent;
	uint64_t id = one->submission;
	int32_t last = round % 2 ? GW_SUBMISSION_IRREVERSIBLE : GW_SUBMISSION_WAITING + (int32_t)(round / 2 % 4);

	for (int32_t state = GW_SUBMISSION_WAITING; state <= last && !one->is_cancelled; state++)
		tell_submission(one, id, &intent, state, GW_FAIL_NONE);
	if (one->is_cancelled)
		tell_submission(one, id, &intent, GW_SUBMISSION_FAILED, GW_FAIL_CANCELLED);
	else if (last != GW_SUBMISSION_IRREVERSIBLE)
		tell_submission(one, id, &intent, GW_SUBMISSION_FAILED,
				GW_FAIL_EXPIRED + (int32_t)(round / 2 % GW_FAIL_INTERNAL));
}

static void answer_rpcs(struct bench_instance *one, unsigned round)
{
	static const struct {
		gw_status status;
		const char *json;
	} answers[] = {{GW_OK, "{\"head_block_number\":1000}"},
		       {GW_OK, "null"},
		       {GW_ERR_PROTOCOL, "{\"code\":-32601,\"message\":\"no such method\"}"},
		       {GW_ERR_UNAVAILABLE, ""}};
	struct bench_instance asked = *one;

	one->rpc_count = 0;
	for (size_t i = 0; i < asked.rpc_count; i++) {
		struct gw_rpc_event event = {.struct_size = sizeof(event),
					     .status = answers[(round + i) % 4].status,
					     .id = asked.rpcs[i],
					     .json = answers[(round + i) % 4].json};

		service_now(NULL, &event.now);
		event.json_len = strlen(event.json);
		instance_rpc(one->instance, &event);
	}
}

static void answer_https(struct bench_instance *one, unsigned round)
{
	static const struct gw_http_event answers[] = {
		{.status = GW_OK, .http_status = 200, .body = "{\"price\":\"1.5\"}", .text = ""},
		{.status = GW_OK, .http_status = 200, .body = "[[[[[[1e400]]]]]]", .age_s = 86400, .text = ""},
		{.status = GW_OK, .http_status = 200, .body = "", .text = ""},
		{.status = GW_ERR_PROTOCOL, .http_status = 503, .body = "", .text = "the server answers 503"},
		{.status = GW_ERR_TIMEOUT, .body = "", .text = "no answer in time"},
	};
	struct bench_instance asked = *one;

	one->http_count = 0;
	for (size_t i = 0; i < asked.http_count; i++) {
		struct gw_http_event event = answers[(round + i) % (sizeof(answers) / sizeof(answers[0]))];

		event.struct_size = sizeof(event);
		event.id = asked.https[i].id;
		event.source = asked.https[i].source;
		event.body_len = strlen(event.body);
		service_now(NULL, &event.now);
		instance_http(one->instance, &event);
	}
}

void bench_answer(struct bench *bench, unsigned round)
{
	for (size_t i = 0; i < BENCH_INSTANCES; i++) {
		struct bench_instance *one = &bench->list[i];

		if (one->instance && one->submission)
			answer_submission(one, round);
		if (one->instance)
			answer_rpcs(one, round);
		if (one->instance)
			answer_https(one, round);
	}
}
