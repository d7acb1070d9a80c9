/* SPDX-License-Identifier: MIT
 *
 * witness_monitor, loaded as the shared object that it is and driven through a host table made here: options, services,
 * and what it does with what the rules say. The rules have tests of their own.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"
#include <golos_watch/plugin.h>

#define OUR_KEY	 "GLSours"
#define PROD_KEY "GLSproducer"
#define TIME_S	 1700000001

/* The other side of the table: what the plugin asked for and said. */
struct gw_host {
	bool no_submit, no_store, no_chain;
	gw_status submit_status;
	struct gw_now now;
	char watched[GW_ACCOUNT_SIZE];
	uint32_t endpoints;
	unsigned submits, cancels, notices, timers;
	struct gw_intent intent;
	char stored[16384];
	size_t stored_len;
	char code[64];
};

static void host_log(struct gw_host *host, int32_t severity, const char *text)
{
	(void)host;
	(void)severity;
	assert_non_null(text);
}

static gw_status host_timer_set(struct gw_host *host, uint32_t id, int64_t delay_ms)
{
	assert_int_equal(id, 0);
	assert_true(delay_ms > 0);
	host->timers++;
	return GW_OK;
}

static void host_now(struct gw_host *host, struct gw_now *ret_now)
{
	*ret_now = host->now;
}

static gw_status host_watch(struct gw_host *host, const char *witness, uint32_t endpoints)
{
	snprintf(host->watched, sizeof(host->watched), "%s", witness);
	host->endpoints = endpoints;
	return GW_OK;
}

static gw_status host_submit(struct gw_host *host, const struct gw_intent *intent, uint64_t *ret_id)
{
	host->submits++;
	host->intent = *intent;
	*ret_id = 7;
	return host->submit_status;
}

static gw_status host_cancel(struct gw_host *host, uint64_t id, const char *why)
{
	assert_int_equal(id, 7);
	assert_string_not_equal(why, "");
	host->cancels++;
	return GW_OK;
}

static gw_status host_notice(struct gw_host *host, int32_t severity, const char *code, const char *text,
			     const char *fields_json)
{
	assert_in_range(severity, GW_DEBUG, GW_CRITICAL);
	assert_in_range(strspn(code, "abcdefghijklmnopqrstuvwxyz0123456789_"), 1, 48);
	assert_string_not_equal(text, "");
	assert_null(fields_json);
	snprintf(host->code, sizeof(host->code), "%s", code);
	host->notices++;
	return GW_OK;
}

static gw_status host_put(struct gw_host *host, const char *key, const void *value, size_t len)
{
	assert_string_equal(key, "monitor");
	assert_true(len <= sizeof(host->stored));
	memcpy(host->stored, value, len);
	host->stored_len = len;
	return GW_OK;
}

static gw_status host_get(struct gw_host *host, const char *key, void *ret_value, size_t cap, size_t *ret_len)
{
	assert_string_equal(key, "monitor");
	if (host->stored_len == 0)
		return GW_ERR_NOT_FOUND;
	memcpy(ret_value, host->stored, host->stored_len < cap ? host->stored_len : cap);
	*ret_len = host->stored_len;
	return GW_OK;
}

static const void *host_service(struct gw_host *host, const char *id)
{
	static const struct gw_chain_v1 chain = {.struct_size = sizeof(chain), .watch = host_watch};
	static const struct gw_notice_v1 notice = {.struct_size = sizeof(notice), .notice = host_notice};
	static const struct gw_submit_v1 submit = {
		.struct_size = sizeof(submit), .submit = host_submit, .cancel = host_cancel};
	static const struct gw_store_v1 store = {.struct_size = sizeof(store), .put = host_put, .get = host_get};

	if (!strcmp(id, GW_SERVICE_CHAIN))
		return host->no_chain ? NULL : &chain;
	if (!strcmp(id, GW_SERVICE_SUBMIT))
		return host->no_submit ? NULL : &submit;
	if (!strcmp(id, GW_SERVICE_STORE))
		return host->no_store ? NULL : &store;
	return !strcmp(id, GW_SERVICE_NOTICE) ? &notice : NULL;
}

static const struct gw_host_api api = {
	.struct_size = sizeof(api),
	.abi_major = GW_ABI_MAJOR,
	.abi_minor = GW_ABI_MINOR,
	.log = host_log,
	.timer_set = host_timer_set,
	.now = host_now,
	.service = host_service,
};

static const struct gw_plugin_entry *plugin;

static int load_plugin(void **state)
{
	void *handle = dlopen(TEST_BINARY_DIR "/plugins/witness_monitor.so", RTLD_NOW | RTLD_LOCAL);

	(void)state;
	if (handle == NULL)
		return -1;
	plugin = dlsym(handle, "gw_plugin_entry");
	return plugin != NULL ? 0 : -1;
}

/* ---- an instance ----------------------------------------------------------------------------------------------- */

/* The values that the table's own defaults give, as the host would hand them over. */
static size_t default_values(struct gw_option_value values[32])
{
	for (size_t i = 0; i < plugin->option_count; i++) {
		const struct gw_option *option = &plugin->options[i];

		memset(&values[i], 0, sizeof(values[i]));
		values[i].name = option->name;
		values[i].type = option->type;
		values[i].text = option->default_text != NULL ? option->default_text : "";
		values[i].number = strcmp(values[i].text, "true") == 0 ? 1 : strtoll(values[i].text, NULL, 10);
		if (!strcmp(option->name, "witness"))
			values[i].text = "foo";
		if (!strcmp(option->name, "witness_pubkey"))
			values[i].text = OUR_KEY;
	}
	return plugin->option_count;
}

static struct gw_option_value *value_of(struct gw_option_value *values, const char *name)
{
	size_t i = 0;

	while (strcmp(values[i].name, name) != 0)
		i++;
	return &values[i];
}

static gw_status open_with(struct gw_host *host, const struct gw_option_value *values, size_t count, void **ret_self,
			   char error[GW_TEXT_SIZE])
{
	const struct gw_option_value *list[32];

	for (size_t i = 0; i < count; i++)
		list[i] = &values[i];
	return plugin->open(&api, host, list, count, ret_self, error);
}

static void *open_instance(struct gw_host *host, const char *option, int64_t number)
{
	static const char *const order[] = {OUR_KEY, PROD_KEY};
	char error[GW_TEXT_SIZE] = "";
	struct gw_option_value values[32];
	size_t count = default_values(values);
	void *self = NULL;

	host->now.wall_ms = host->now.chain_ms = (int64_t)TIME_S * 1000;
	host->now.mono_ms = 1000;
	value_of(values, "order")->list = order;
	value_of(values, "order")->list_count = 2;
	if (option != NULL)
		value_of(values, option)->number = number;
	assert_int_equal(open_with(host, values, count, &self, error), GW_OK);
	assert_int_equal(plugin->start(self), GW_OK);
	return self;
}

static void close_instance(void *self)
{
	plugin->stop(self);
	plugin->close(self);
}

static void tell_node(struct gw_host *host, void *self, uint32_t num, int64_t time_s)
{
	struct gw_node own = {.struct_size = sizeof(own), .head_num = num, .head_time_s = time_s, .is_own = 1};
	const struct gw_node *nodes[] = {&own};
	struct gw_nodes_event event = {.struct_size = sizeof(event), .count = 1, .now = host->now, .nodes = nodes};

	own.is_driver = 1;
	own.connected = 1;
	own.branch = GW_BRANCH_SAME;
	own.url = "ws://own";
	plugin->on_nodes(self, &event);
}

/* A block after one slot of the witness that was missed, and the answer that tells of it. */
static void tell_miss(struct gw_host *host, void *self, uint32_t seq, uint32_t missed)
{
	struct gw_slot slot = {.witness = "foo", .charged = missed > 0};
	struct gw_slot slots[2] = {{.witness = "foo"}, {.witness = "bar", .filled = 1}};
	const struct gw_slot *missed_slots[] = {&slot}, *round[] = {&slots[0], &slots[1]};
	struct gw_block_event block = {.struct_size = sizeof(block), .seq = seq, .num = 100 + seq};
	struct gw_witness_event answer = {.struct_size = sizeof(answer), .cause = GW_WITNESS_FETCHED};

	host->now.mono_ms += 6000;
	host->now.wall_ms += 6000;
	host->now.chain_ms += 6000;
	block.now = answer.now = host->now;
	block.time_s = host->now.chain_ms / 1000;
	snprintf(block.id, sizeof(block.id), "%040x", block.num);
	snprintf(block.witness, sizeof(block.witness), "bar");
	block.skipped = block.missed_count = missed > 0;
	block.missed = missed_slots;
	block.round = round;
	block.round_count = block.scheduled = 2;
	block.interval_s = 3;
	block.driver_epoch = answer.driver_epoch = 1;
	tell_node(host, self, block.num, block.time_s);
	plugin->on_block(self, &block);

	snprintf(answer.witness, sizeof(answer.witness), "foo");
	snprintf(answer.signing_key, sizeof(answer.signing_key), PROD_KEY);
	snprintf(answer.fetched_key, sizeof(answer.fetched_key), PROD_KEY);
	answer.from_driver = answer.exists = answer.key_trusted = 1;
	answer.begun_seq = seq;
	answer.begun_block = block.num;
	answer.total_missed = missed;
	answer.last_confirmed = 90;
	plugin->on_witness(self, &answer);
}

static void make_due(struct gw_host *host, void *self)
{
	for (uint32_t i = 0; i <= 2; i++)
		tell_miss(host, self, i + 1, i);
}

static void tell_progress(struct gw_host *host, void *self, int32_t state, int32_t reason)
{
	struct gw_submission_event event = {.struct_size = sizeof(event), .state = state, .reason = reason, .id = 7};

	event.now = host->now;
	event.intent = &host->intent;
	snprintf(event.text, sizeof(event.text), "a sentence");
	plugin->on_submission(self, &event);
}

static gw_status give_order(struct gw_host *host, void *self, int32_t verb)
{
	struct gw_command_event event = {
		.struct_size = sizeof(event), .verb = verb, .now = host->now, .by = "root (0)"};
	char text[GW_TEXT_SIZE] = "";
	gw_status status = plugin->on_command(self, &event, text);

	assert_string_not_equal(text, "");
	return status;
}

/* ---- tests ----------------------------------------------------------------------------------------------------- */

TEST(every_option_of_the_design_with_help_and_range)
{
	static const char *const names[] = {
		"witness",	 "witness_pubkey", "order",	     "miss_window",	  "allowed_misses",
		"max_gap",	 "max_head_age",   "max_clock_skew", "min_participation", "takeover_step",
		"max_switches",	 "confirm_nodes",  "on_null_key",    "preempt",		  "preempt_delay",
		"golosd_config", "dry_run",
	};

	assert_string_equal(plugin->name, "witness_monitor");
	assert_int_equal(plugin->option_count, COUNT(names));
	for (size_t i = 0; i < COUNT(names); i++) {
		const struct gw_option *option = &plugin->options[i];

		assert_string_equal(option->name, names[i]);
		assert_string_not_equal(option->help, "");
		assert_int_equal(option->required, i < 2);
		if (option->type == GW_OPTION_INT || option->type == GW_OPTION_SECONDS)
			assert_in_range(strtoll(option->default_text, NULL, 10), option->min, option->max);
	}
}

TEST(a_due_switch_is_submitted_and_followed)
{
	struct gw_host host = {0};
	void *self = open_instance(&host, NULL, 0);

	assert_string_equal(host.watched, "foo");
	assert_int_equal(host.endpoints, 1);
	assert_true(host.timers > 0);
	make_due(&host, self);
	assert_int_equal(host.submits, 1);
	assert_int_equal(host.intent.operation, GW_OP_WITNESS_UPDATE);
	assert_string_equal(host.intent.signing_key, OUR_KEY);
	assert_int_equal(host.intent.evidence_num, 103);
	tell_progress(&host, self, GW_SUBMISSION_SENT, 0);
	assert_int_equal(give_order(&host, self, GW_COMMAND_HOLD), GW_OK);
	assert_int_equal(host.cancels, 1);
	tell_progress(&host, self, GW_SUBMISSION_FAILED, GW_FAIL_CANCELLED);
	assert_int_equal(host.submits, 1);
	assert_int_equal(give_order(&host, self, GW_COMMAND_RESUME), GW_OK);
	assert_int_equal(host.submits, 2);
	close_instance(self);
}

TEST(a_host_that_is_busy_is_asked_again_later)
{
	struct gw_host host = {.submit_status = GW_ERR_BUSY};
	void *self = open_instance(&host, NULL, 0);
	struct gw_timer_event timer = {.struct_size = sizeof(timer)};

	make_due(&host, self);
	assert_int_equal(host.submits, 1);
	assert_string_equal(host.code, "switch_held");
	host.submit_status = GW_OK;
	host.now.mono_ms += 30000; /* the other clocks stand: the head stays fresh */
	timer.now = host.now;
	plugin->on_timer(self, &timer);
	assert_int_equal(host.submits, 2);
	close_instance(self);
}

/* A takeover that the host does not take is not said to be done. */
TEST(a_takeover_that_is_not_taken_is_refused)
{
	static const gw_status reasons[] = {GW_ERR_BUSY, GW_ERR_UNAVAILABLE, GW_ERR_DENIED};

	for (size_t i = 0; i < COUNT(reasons); i++) {
		struct gw_host host = {.submit_status = reasons[i]};
		void *self = open_instance(&host, NULL, 0);

		tell_miss(&host, self, 1, 0);
		assert_int_equal(give_order(&host, self, GW_COMMAND_TAKEOVER), reasons[i]);
		assert_int_equal(host.submits, 1);
		host.submit_status = GW_OK;
		assert_int_equal(give_order(&host, self, GW_COMMAND_TAKEOVER), GW_OK);
		close_instance(self);
	}
}

TEST(a_restart_knows_what_was_stored)
{
	struct gw_host host = {0};
	void *self = open_instance(&host, NULL, 0);

	tell_miss(&host, self, 1, 0);
	tell_miss(&host, self, 2, 1);
	assert_int_equal(give_order(&host, self, GW_COMMAND_HOLD), GW_OK);
	close_instance(self);
	self = open_instance(&host, NULL, 0);
	tell_miss(&host, self, 3, 2);
	assert_int_equal(host.submits, 0);
	assert_int_equal(give_order(&host, self, GW_COMMAND_RESUME), GW_OK);
	assert_int_equal(host.submits, 1);
	close_instance(self);
}

TEST(a_store_that_cannot_be_read_is_said)
{
	struct gw_host host = {.stored = "nonsense", .stored_len = 8};
	char error[GW_TEXT_SIZE] = "";
	struct gw_option_value values[32];
	void *self = NULL;

	assert_int_equal(open_with(&host, values, default_values(values), &self, error), GW_OK);
	assert_int_equal(plugin->start(self), GW_OK);
	assert_int_equal(host.notices, 2); /* and no order is given */
	close_instance(self);
}

TEST(a_store_longer_than_a_save_is_not_read)
{
	struct gw_host host = {.stored_len = 16384};
	void *self = open_instance(&host, NULL, 0);

	assert_int_equal(host.notices, 1);
	assert_string_equal(host.code, "state_unreadable");
	close_instance(self);
}

TEST(without_a_service_it_does_not_open)
{
	struct gw_host hosts[] = {{.no_chain = true}, {.no_submit = true}};
	char error[GW_TEXT_SIZE];
	struct gw_option_value values[32];
	void *self = NULL;

	for (size_t i = 0; i < COUNT(hosts); i++) {
		error[0] = '\0';
		assert_int_not_equal(open_with(&hosts[i], values, default_values(values), &self, error), GW_OK);
		assert_string_not_equal(error, "");
		assert_null(self);
	}
}

TEST(dry_run_needs_no_grant_and_submits_nothing)
{
	struct gw_host host = {.no_submit = true, .no_store = true};
	void *self = open_instance(&host, "dry_run", 1);

	make_due(&host, self);
	assert_int_equal(host.submits, 0);
	assert_string_equal(host.code, "dry_run");
	close_instance(self);
}

TEST(confirm_nodes_asks_all_endpoints)
{
	struct gw_host host = {0};
	void *self = open_instance(&host, "confirm_nodes", 2);

	assert_int_equal(host.endpoints, 8);
	close_instance(self);
}

TEST(too_many_keys_in_order)
{
	static const char *const keys[17] = {"1", "2", "3", "4", "5", "6", "7", "8", "9",
					     "a", "b", "c", "d", "e", "f", "g", "h"};
	struct gw_host host = {0};
	char error[GW_TEXT_SIZE] = "";
	struct gw_option_value values[32];
	size_t count = default_values(values);
	void *self = NULL;

	value_of(values, "order")->list = keys;
	value_of(values, "order")->list_count = 17;
	assert_int_equal(open_with(&host, values, count, &self, error), GW_ERR_CONFIG);
	assert_string_equal(error, "order lists 17 keys, 16 at most");
}

TEST(status_fits_or_says_so)
{
	struct gw_host host = {0};
	void *self = open_instance(&host, NULL, 0);
	char json[8192];

	assert_int_equal(plugin->status(self, json, 16), GW_ERR_RANGE);
	assert_int_equal(plugin->status(self, json, sizeof(json)), GW_OK);
	assert_memory_equal(json, "{\"witness\":\"foo\"", 16);
	close_instance(self);
}

int main(void)
{
	return test_run(load_plugin, NULL);
}
