/* SPDX-License-Identifier: MIT
 *
 * What an instance may call, with every argument wrong; what is refused never reaches the host.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "graphene/operation.h"
#include "scene.h"
#include "signer/client.h"

#define ID_9 "0000000900000000000000000000000000000000"

static const void *service(struct scene *scene, size_t index, const char *id)
{
	return scene->probes[index].api->service(scene->probes[index].host, id);
}

static struct gw_intent update(void)
{
	return (struct gw_intent){.struct_size = sizeof(struct gw_intent),
				  .operation = GW_OP_WITNESS_UPDATE,
				  .mode = GW_INTENT_AUTOMATIC,
				  .evidence_num = 9,
				  .evidence_id = ID_9,
				  .witness = "foo",
				  .signing_key = SCENE_KEY};
}

static gw_status submit(struct scene *scene, const struct gw_intent *intent)
{
	const struct gw_submit_v1 *table = service(scene, 0, GW_SERVICE_SUBMIT);
	uint64_t id = 0;

	assert_non_null(table);
	return table->submit(scene->probes[0].host, intent, &id);
}

/* ---- services by id ---------------------------------------------------------------------------------------------- */

TEST(what_is_not_granted_is_not_there, scene_setup, scene_teardown)
{
	struct scene *scene = *state;

	scene_start(scene, 0, 0);
	scene_start(scene, 1, SIGN_FEED_PUBLISH);
	assert_null(service(scene, 0, GW_SERVICE_SUBMIT));
	assert_non_null(service(scene, 1, GW_SERVICE_SUBMIT));
	assert_non_null(service(scene, 0, GW_SERVICE_CHAIN));
	assert_non_null(service(scene, 0, GW_SERVICE_NOTICE));
	assert_non_null(service(scene, 0, GW_SERVICE_STORE));
	assert_non_null(service(scene, 0, GW_SERVICE_RPC));
	assert_null(service(scene, 0, "gw.chain/2"));
	assert_null(service(scene, 0, "gw.chain"));
	assert_null(service(scene, 0, ""));
	assert_null(service(scene, 0, NULL));
}

/* ---- gw.submit/1 ------------------------------------------------------------------------------------------------- */

TEST(a_good_intent_reaches_the_host, scene_setup, scene_teardown)
{
	struct scene *scene = *state;
	struct gw_intent intent = update();

	scene_start(scene, 0, SIGN_WITNESS_UPDATE);
	assert_int_equal(submit(scene, &intent), GW_OK);
	assert_int_equal(scene->submits, 1);
	assert_string_equal(scene->intent.signing_key, SCENE_KEY);
	scene->answer = GW_ERR_BUSY;
	assert_int_equal(submit(scene, &intent), GW_ERR_BUSY);
}

TEST(another_witness_or_operation_is_denied, scene_setup, scene_teardown)
{
	struct scene *scene = *state;
	struct gw_intent other = update(), null_key = update(), feed = update();

	scene_start(scene, 0, SIGN_WITNESS_UPDATE);
	snprintf(other.witness, sizeof(other.witness), "bar");
	assert_int_equal(submit(scene, &other), GW_ERR_DENIED);
	snprintf(null_key.signing_key, sizeof(null_key.signing_key), "%s", GW_NULL_KEY);
	assert_int_equal(submit(scene, &null_key), GW_ERR_DENIED);
	feed.operation = GW_OP_FEED_PUBLISH;
	snprintf(feed.base, sizeof(feed.base), "1.000 GBG");
	snprintf(feed.quote, sizeof(feed.quote), "2.000 GOLOS");
	assert_int_equal(submit(scene, &feed), GW_ERR_DENIED);
	assert_int_equal(scene->submits, 0);
}

TEST(each_grant_lets_its_own_operation_pass, scene_setup, scene_teardown)
{
	struct scene *scene = *state;
	struct gw_intent null_key = update(), feed = update(), ours = update();

	scene_start(scene, 0, SIGN_WITNESS_DISABLE | SIGN_FEED_PUBLISH);
	snprintf(null_key.signing_key, sizeof(null_key.signing_key), "%s", GW_NULL_KEY);
	assert_int_equal(submit(scene, &null_key), GW_OK);
	feed.operation = GW_OP_FEED_PUBLISH;
	snprintf(feed.base, sizeof(feed.base), "1.000 GBG");
	snprintf(feed.quote, sizeof(feed.quote), "2.000 GOLOS");
	assert_int_equal(submit(scene, &feed), GW_OK);
	assert_int_equal(submit(scene, &ours), GW_ERR_DENIED);
	assert_int_equal(scene->submits, 2);
}

/* Each member wrong, one at a time. */
TEST(bad_intents_are_out_of_range, scene_setup, scene_teardown)
{
	struct scene *scene = *state;
	struct gw_intent bad[12];
	size_t n = 0;

	scene_start(scene, 0, SIGN_WITNESS_UPDATE | SIGN_FEED_PUBLISH);
	for (size_t i = 0; i < COUNT(bad); i++)
		bad[i] = update();
	bad[n++].operation = 2; /* transfer */
	bad[n++].mode = 0;
	bad[n++].mode = 3;
	bad[n++].evidence_num = 10; /* not the one that the id names */
	memset(bad[n++].evidence_id, '0', GW_ID_SIZE);
	snprintf(bad[n++].evidence_id, GW_ID_SIZE, "zz");
	memset(bad[n++].witness, 'a', GW_ACCOUNT_SIZE);
	bad[n++].witness[0] = 0;
	memset(bad[n++].signing_key, 'G', GW_KEY_SIZE);
	bad[n++].signing_key[20] ^= 1;
	bad[n++].struct_size = 4;
	bad[n].operation = GW_OP_FEED_PUBLISH;
	memset(bad[n++].base, '1', sizeof(bad[0].base));
	assert_int_equal(n, COUNT(bad));
	for (size_t i = 0; i < COUNT(bad); i++)
		if (submit(scene, &bad[i]) != GW_ERR_RANGE)
			fail_msg("intent %zu", i);
	assert_int_equal(submit(scene, NULL), GW_ERR_RANGE);
	const struct gw_submit_v1 *table = service(scene, 0, GW_SERVICE_SUBMIT);
	const struct gw_intent good = update();

	assert_int_equal(table->submit(scene->probes[0].host, &good, NULL), GW_ERR_RANGE);
	assert_int_equal(scene->submits, 0);
}

/* As a plugin built before `base` was there would hand it over; nothing behind its end is read. */
TEST(an_older_plugins_shorter_intent_is_taken, scene_setup, scene_teardown)
{
	struct scene *scene = *state;
	const struct gw_intent whole = update();
	size_t size = offsetof(struct gw_intent, base);
	struct gw_intent *intent = malloc(size);

	scene_start(scene, 0, SIGN_WITNESS_UPDATE);
	assert_non_null(intent);
	memcpy(intent, &whole, size);
	*(uint32_t *)(void *)intent = (uint32_t)size;
	assert_int_equal(submit(scene, intent), GW_OK);
	assert_int_equal(scene->intent.struct_size, sizeof(struct gw_intent));
	assert_string_equal(scene->intent.base, "");
	assert_string_equal(scene->intent.signing_key, SCENE_KEY);
	free(intent);
}

/* And a newer plugin's longer one, whose end this host does not know. */
TEST(a_newer_plugins_longer_intent_is_taken, scene_setup, scene_teardown)
{
	struct scene *scene = *state;
	struct {
		struct gw_intent known;
		char unknown[64];
	} longer = {.known = update(), .unknown = "of a later version"};

	scene_start(scene, 0, SIGN_WITNESS_UPDATE);
	longer.known.struct_size = sizeof(longer);
	assert_int_equal(submit(scene, &longer.known), GW_OK);
	assert_int_equal(scene->intent.struct_size, sizeof(struct gw_intent));
}

TEST(cancel_reaches_the_host, scene_setup, scene_teardown)
{
	struct scene *scene = *state;

	scene_start(scene, 0, SIGN_WITNESS_UPDATE);
	const struct gw_submit_v1 *table = service(scene, 0, GW_SERVICE_SUBMIT);

	assert_int_equal(table->cancel(scene->probes[0].host, 1, NULL), GW_OK);
	assert_int_equal(table->cancel(scene->probes[0].host, 1, "because"), GW_OK);
	assert_int_equal(scene->cancels, 2);
}

/* ---- gw.chain/1 -------------------------------------------------------------------------------------------------- */

TEST(chain_is_checked, scene_setup, scene_teardown)
{
	struct scene *scene = *state;
	char name[GW_ACCOUNT_SIZE], id[GW_ID_SIZE];
	uint32_t num;
	int64_t time_s;

	scene_start(scene, 0, 0);
	const struct gw_chain_v1 *chain = service(scene, 0, GW_SERVICE_CHAIN);
	struct gw_host *host = scene->probes[0].host;

	assert_int_equal(chain->watch(host, NULL, 1), GW_ERR_SYNTAX);
	assert_int_equal(chain->watch(host, "", 1), GW_ERR_SYNTAX);
	assert_int_equal(chain->watch(host, "No-Account", 1), GW_ERR_SYNTAX);
	assert_int_equal(chain->watch(host, "a-name-of-seventeen", 1), GW_ERR_SYNTAX);
	assert_int_equal(scene->watches, 0);
	for (int i = 0; i < INSTANCE_WITNESSES_MAX; i++) {
		snprintf(name, sizeof(name), "witness-%d", i + 10);
		assert_int_equal(chain->watch(host, name, 1), GW_OK);
	}
	assert_int_equal(chain->watch(host, "one-more", 1), GW_ERR_BUSY);
	assert_int_equal(chain->watch(host, "witness-10", 3), GW_OK); /* again, with more endpoints */
	assert_int_equal(scene->endpoints, 3);
	assert_int_equal(chain->head(host, &num, id, &time_s), GW_OK);
	assert_int_equal(num, 7);
	assert_int_equal(chain->slot(host, 5, name), GW_OK);
	assert_string_equal(name, "w5");
	assert_int_equal(chain->slot(host, 22, name), GW_ERR_UNAVAILABLE);
}

/* ---- gw.notice/1 ------------------------------------------------------------------------------------------------- */

static gw_status say(struct scene *scene, int32_t severity, const char *code, const char *text, const char *fields)
{
	const struct gw_notice_v1 *table = service(scene, 0, GW_SERVICE_NOTICE);

	return table->notice(scene->probes[0].host, severity, code, text, fields);
}

TEST(notices_are_checked, scene_setup, scene_teardown)
{
	struct scene *scene = *state;
	static char text[5000], fields[5000], code[50];

	scene_start(scene, 0, 0);
	memset(text, 'x', 4097);
	memset(fields, ' ', 4097);
	memset(code, 'c', 49);
	assert_int_equal(say(scene, GW_DEBUG - 1, "code", "text", NULL), GW_ERR_RANGE);
	assert_int_equal(say(scene, GW_CRITICAL + 1, "code", "text", NULL), GW_ERR_RANGE);
	assert_int_equal(say(scene, GW_INFO, NULL, "text", NULL), GW_ERR_SYNTAX);
	assert_int_equal(say(scene, GW_INFO, "", "text", NULL), GW_ERR_SYNTAX);
	assert_int_equal(say(scene, GW_INFO, code, "text", NULL), GW_ERR_SYNTAX);
	assert_int_equal(say(scene, GW_INFO, "Code", "text", NULL), GW_ERR_SYNTAX);
	assert_int_equal(say(scene, GW_INFO, "co de", "text", NULL), GW_ERR_SYNTAX);
	assert_int_equal(say(scene, GW_INFO, "code", NULL, NULL), GW_ERR_SYNTAX);
	assert_int_equal(say(scene, GW_INFO, "code", text, NULL), GW_ERR_RANGE);
	assert_int_equal(say(scene, GW_INFO, "code", "text", "[1]"), GW_ERR_SYNTAX);
	assert_int_equal(say(scene, GW_INFO, "code", "text", "{\"a\":1}{"), GW_ERR_SYNTAX);
	assert_int_equal(say(scene, GW_INFO, "code", "text", fields), GW_ERR_SYNTAX);
	assert_int_equal(scene->notices, 0);
	code[48] = 0;
	text[4096] = 0;
	assert_int_equal(say(scene, GW_CRITICAL, code, text, "{\"a\":1}"), GW_OK);
	assert_int_equal(scene->notices, 1);
	assert_string_equal(scene->notice.source, "p0");
	assert_string_equal(scene->notice.fields_json, "{\"a\":1}");
	assert_int_equal(say(scene, GW_INFO, "code", "", NULL), GW_OK);
	assert_string_equal(scene->notice.fields_json, "");
}

/* ---- gw.store/1 -------------------------------------------------------------------------------------------------- */

TEST(the_stores_keys_are_checked, scene_setup, scene_teardown)
{
	struct scene *scene = *state;
	static char key[50], value[8];
	size_t len;

	scene_start(scene, 0, 0);
	const struct gw_store_v1 *store = service(scene, 0, GW_SERVICE_STORE);
	struct gw_host *host = scene->probes[0].host;

	memset(key, 'k', 49);
	const char *const bad[] = {NULL, "", "Key", "a/b", "../host", key};

	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(store->put(host, bad[i], value, 1), GW_ERR_SYNTAX);
		assert_int_equal(store->get(host, bad[i], value, sizeof(value), &len), GW_ERR_SYNTAX);
	}
	assert_int_equal(store->put(host, "key", NULL, 1), GW_ERR_SYNTAX);
	assert_int_equal(store->get(host, "key", value, sizeof(value), NULL), GW_ERR_SYNTAX);
	assert_int_equal(store->get(host, "key", NULL, sizeof(value), &len), GW_ERR_SYNTAX);
	assert_int_equal(scene->puts + scene->gets, 0);
	key[48] = 0;
	assert_int_equal(store->put(host, key, NULL, 0), GW_OK);
	assert_int_equal(store->get(host, key, NULL, 0, &len), GW_OK); /* how long is it? */
	scene->answer = GW_ERR_RANGE;				       /* the journal's own limit */
	assert_int_equal(store->put(host, key, value, 1), GW_ERR_RANGE);
}

/* ---- gw.rpc/1 ---------------------------------------------------------------------------------------------------- */

static gw_status call(struct scene *scene, const char *api, const char *method, const char *args)
{
	const struct gw_rpc_v1 *rpc = service(scene, 0, GW_SERVICE_RPC);
	uint64_t id;

	return rpc->call(scene->probes[0].host, api, method, args, &id);
}

TEST(forbidden_methods_are_denied, scene_setup, scene_teardown)
{
	static const char *const forbidden[][2] = {
		{"network_broadcast_api", "broadcast_transaction"},
		{"network_broadcast_api", "get_info"},
		{"database_api", "set_block_applied_callback"},
		{"database_api", "cancel_callback"},
		{"operations_api", "broadcast_block"},
	};
	struct scene *scene = *state;

	scene_start(scene, 0, SIGN_ALL);
	for (size_t i = 0; i < COUNT(forbidden); i++)
		assert_int_equal(call(scene, forbidden[i][0], forbidden[i][1], "[]"), GW_ERR_DENIED);
	assert_int_equal(call(scene, "Database_api", "get_config", "[]"), GW_ERR_SYNTAX);
	assert_int_equal(call(scene, "database_api\",\"x", "get_config", "[]"), GW_ERR_SYNTAX);
	assert_int_equal(call(scene, "database_api", "get config", "[]"), GW_ERR_SYNTAX);
	assert_int_equal(call(scene, "database_api", "get_config", "{}"), GW_ERR_SYNTAX);
	assert_int_equal(call(scene, "database_api", "get_config", "[]]"), GW_ERR_SYNTAX);
	assert_int_equal(call(scene, "database_api", "get_config", "[],[]"), GW_ERR_SYNTAX);
	assert_int_equal(call(scene, "database_api", "get_config", NULL), GW_ERR_SYNTAX);
	assert_int_equal(call(scene, NULL, "get_config", "[]"), GW_ERR_SYNTAX);
	assert_int_equal(call(scene, "database_api", NULL, "[]"), GW_ERR_SYNTAX);
	assert_int_equal(scene->calls, 0);
}

TEST(two_calls_in_flight, scene_setup, scene_teardown)
{
	struct scene *scene = *state;
	struct gw_rpc_event answer = {.struct_size = sizeof(answer), .json = "", .status = GW_OK};

	scene_start(scene, 0, 0);
	scene->answer = GW_ERR_UNAVAILABLE; /* what the host does not take is not in flight */
	for (int i = 0; i < 5; i++)
		assert_int_equal(call(scene, "database_api", "get_config", "[]"), GW_ERR_UNAVAILABLE);
	scene->answer = GW_OK;
	assert_int_equal(call(scene, "database_api", "get_config", "[]"), GW_OK);
	uint64_t first = scene->last_call;
	assert_int_equal(call(scene, "database_api", "get_config", "[]"), GW_OK);
	assert_int_not_equal(scene->last_call, first);
	assert_int_equal(call(scene, "database_api", "get_config", "[]"), GW_ERR_BUSY);
	instance_rpc(scene->instances[0], &answer);
	assert_int_equal(call(scene, "database_api", "get_config", "[]"), GW_OK);
	assert_int_equal(call(scene, "database_api", "get_config", "[]"), GW_ERR_BUSY);
	scene_start(scene, 1, 0); /* the quota is each instance's own */
	const struct gw_rpc_v1 *rpc = service(scene, 1, GW_SERVICE_RPC);
	uint64_t id;

	assert_int_equal(rpc->call(scene->probes[1].host, "database_api", "get_config", "[]", &id), GW_OK);
}

/* ---- gw.http/1 --------------------------------------------------------------------------------------------------- */

TEST(declared_addresses_alone_are_asked, scene_setup, scene_teardown)
{
	struct scene *scene = *state;
	struct gw_http_event answer = {.struct_size = sizeof(answer), .body = "", .text = ""};
	uint64_t id = 0;

	scene->source_count = 3;
	scene_start(scene, 0, 0);
	struct gw_host *host = scene->probes[0].host;
	const struct gw_http_v1 *http = service(scene, 0, GW_SERVICE_HTTP);

	assert_int_equal(http->get(host, 2, 1000, &id), GW_OK);
	assert_int_equal(id, scene->last_call);
	assert_string_equal(scene->url, "https://x.example/2");
	assert_int_equal(http->get(host, 1, 1000, &id), GW_ERR_NOT_FOUND); /* without a url */
	assert_int_equal(http->get(host, 3, 1000, &id), GW_ERR_NOT_FOUND);
	assert_int_equal(http->get(host, UINT32_MAX, 1000, &id), GW_ERR_NOT_FOUND);
	assert_int_equal(http->get(host, 0, 0, &id), GW_ERR_RANGE);
	assert_int_equal(http->get(host, 0, GW_HTTP_DEADLINE_MS + 1, &id), GW_ERR_RANGE);
	assert_int_equal(http->get(host, 0, 1000, NULL), GW_ERR_RANGE);
	scene->answer = GW_ERR_UNAVAILABLE; /* what the host does not take is not in flight */
	assert_int_equal(http->get(host, 0, 1000, &id), GW_ERR_UNAVAILABLE);
	scene->answer = GW_OK;
	for (int i = 1; i < GW_HTTP_IN_FLIGHT; i++)
		assert_int_equal(http->get(host, 0, GW_HTTP_DEADLINE_MS, &id), GW_OK);
	assert_int_equal(http->get(host, 0, 1000, &id), GW_ERR_BUSY);
	instance_http(scene->instances[0], &answer);
	assert_int_equal(http->get(host, 0, 1000, &id), GW_OK);
	assert_int_equal(scene->calls, GW_HTTP_IN_FLIGHT + 2);
}

TEST(without_an_address_there_is_no_service, scene_setup, scene_teardown)
{
	struct scene *scene = *state;

	scene_start(scene, 0, SIGN_ALL);
	assert_null(scene->probes[0].api->service(scene->probes[0].host, GW_SERVICE_HTTP));
}

/* ---- when, and on which thread --------------------------------------------------------------------------------- */

/* What each function says in each state, as the tags of plugin.h have it. */
static gw_status call_everything(struct probe *probe, const char *callback, const void *event)
{
	const struct gw_host_api *api = probe->api;
	struct gw_host *host = probe->host;
	bool started = strcmp(callback, "start") == 0, begun = strcmp(callback, "open") != 0;
	gw_status if_started = started ? GW_OK : GW_ERR_UNAVAILABLE, if_begun = begun ? GW_OK : GW_ERR_UNAVAILABLE;
	const struct gw_chain_v1 *chain = api->service(host, GW_SERVICE_CHAIN);
	const struct gw_submit_v1 *submit_table = api->service(host, GW_SERVICE_SUBMIT);
	const struct gw_notice_v1 *notice = api->service(host, GW_SERVICE_NOTICE);
	const struct gw_store_v1 *store = api->service(host, GW_SERVICE_STORE);
	const struct gw_rpc_v1 *rpc = api->service(host, GW_SERVICE_RPC);
	const struct gw_intent intent = update();
	char text[GW_ID_SIZE];
	struct gw_now now;
	int64_t time_s;
	uint32_t num;
	uint64_t id;
	size_t len;

	scene_note(probe, callback, event);
	assert_int_equal(submit_table->submit(host, &intent, &id), if_started);
	assert_int_equal(rpc->call(host, "database_api", "get_config", "[]", &id), if_started);
	assert_int_equal(chain->watch(host, "foo", 1), if_started);
	assert_int_equal(api->timer_set(host, 1, 1), if_started);
	assert_int_equal(api->timer_set(host, 2, -1), GW_OK);
	assert_int_equal(submit_table->cancel(host, 1, "why"), if_begun);
	assert_int_equal(notice->notice(host, GW_INFO, "code", "text", NULL), if_begun);
	assert_int_equal(store->put(host, "last_words", "x", 1), if_begun);
	assert_int_equal(store->get(host, "last_words", text, 1, &len), if_begun);
	assert_int_equal(chain->head(host, &num, text, &time_s), GW_OK);
	assert_int_equal(chain->slot(host, 1, text), GW_OK);
	api->now(host, &now);
	assert_int_not_equal(now.mono_ms, 0);
	api->log(host, GW_INFO, "still here");
	return GW_OK;
}

TEST(each_function_has_its_time, scene_setup, scene_teardown)
{
	struct scene *scene = *state;

	scene->probes[0].called = call_everything;
	scene_start(scene, 0, SIGN_WITNESS_UPDATE);
	assert_int_equal(scene->submits, 1);
	assert_int_equal(scene->calls, 1);
	assert_int_equal(scene->puts, 1);
	scene->probes[0].log[0] = 0;
	instances_remove(scene->all, scene->instances[0]);
	virtual_loop_advance(1000);
	assert_string_equal(scene->probes[0].log, "stop close ");
	assert_int_equal(scene->submits + scene->calls + scene->watches, 3);
	assert_int_equal(scene->puts, 3);
	assert_int_equal(virtual_loop_timers(), 0);
}

static void *call_from_elsewhere(void *context)
{
	struct probe *probe = context;
	struct gw_now now = {.mono_ms = 77};
	static gw_status status;

	status = probe->api->timer_set(probe->host, 0, 1);
	probe->api->now(probe->host, &now);
	if (now.mono_ms || probe->api->service(probe->host, GW_SERVICE_CHAIN))
		return NULL;
	probe->api->log(probe->host, GW_INFO, "a line of another thread");
	return &status;
}

TEST(another_thread_may_only_log, scene_setup, scene_teardown)
{
	struct scene *scene = *state;
	pthread_t thread;
	void *status;

	scene_start(scene, 0, 0);
	scene_listen();
	assert_int_equal(pthread_create(&thread, NULL, call_from_elsewhere, &scene->probes[0]), 0);
	assert_int_equal(pthread_join(thread, &status), 0);
	const char *said = scene_heard();

	assert_non_null(status);
	assert_int_equal(*(gw_status *)status, GW_ERR_DENIED);
	assert_non_null(strstr(said, "p0: calls timer_set from another thread than the host's: refused"));
	assert_non_null(strstr(said, "p0: a line of another thread"));
	assert_int_equal(virtual_loop_timers(), 0);
}

TEST(a_plugin_that_never_stops_floods_no_log, scene_setup, scene_teardown)
{
	struct scene *scene = *state;
	const struct probe *probe = &scene->probes[0];
	size_t lines = 0;

	scene_start(scene, 0, 0);
	scene_listen();
	for (int i = 0; i < 1000; i++)
		assert_int_equal(probe->api->timer_set(probe->host, 16, 1), GW_ERR_RANGE);
	for (const char *at = scene_heard(); (at = strstr(at, "calls timer_set with an id above 15")); at++)
		lines++;
	assert_int_equal(lines, 20);
}
