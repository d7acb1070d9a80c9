/* SPDX-License-Identifier: MIT
 *
 * witness_monitor: the plugin ABI around the rules. It reads options, hands events to the monitor and does what comes
 * out of it; it decides nothing.
 */
#include "monitor.h"

#include <golos_watch/own_node.h>
#include <golos_watch/plugin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMER_WAKE    0
#define STORE_KEY     "monitor"
#define ALL_ENDPOINTS MONITOR_NODES_MAX

struct instance {
	const struct gw_host_api *api;
	struct gw_host *host;
	const struct gw_chain_v1 *chain;
	const struct gw_notice_v1 *notice;
	const struct gw_store_v1 *store;   /* NULL: nothing is kept */
	const struct gw_submit_v1 *submit; /* NULL: `sign` does not grant it */
	struct monitor monitor;
	struct monitor_actions first; /* what monitor_init said, until start */
};

/* ---- options --------------------------------------------------------------------------------------------------- */

/* clang-format off */
static const struct gw_option options[] = {
	{.name = "witness", .type = GW_OPTION_ACCOUNT, .required = 1,
	 .help = "The witness to watch."},
	{.name = "witness_pubkey", .type = GW_OPTION_KEY, .required = 1,
	 .help = "The signing key whose private half this node's golosd holds."},
	{.name = "order", .type = GW_OPTION_KEYS,
	 .help = "Signing keys of all nodes, best first, the same list on every node."},
	{.name = "miss_window", .type = GW_OPTION_SECONDS, .default_text = "3600", .min = 60, .max = 86400,
	 .help = "Misses count for so many seconds of chain time."},
	{.name = "allowed_misses", .type = GW_OPTION_INT, .default_text = GW_DEFAULT_ALLOWED_MISSES, .max = 100,
	 .help = "More misses than these in `miss_window` make a switch due."},
	{.name = "max_gap", .type = GW_OPTION_INT, .default_text = "3", .min = 1, .max = 64,
	 .help = "After a gap of more skipped slots in a row the chain stood: its misses are not counted."},
	{.name = "max_head_age", .type = GW_OPTION_SECONDS, .default_text = GW_DEFAULT_MAX_HEAD_AGE, .min = 3, .max = 600,
	 .help = "No switch while the head block of our golosd is older than these seconds."},
	{.name = "max_clock_skew", .type = GW_OPTION_SECONDS, .default_text = GW_DEFAULT_MAX_CLOCK_SKEW, .min = 1, .max = 60,
	 .help = "No switch while our clock differs from fresh blocks by more than these seconds."},
	{.name = "min_participation", .type = GW_OPTION_PERCENT, .default_text = "34", .max = 100,
	 .help = "No switch while no more than this share of the other witnesses filled their slot in the last "
		  "round."},
	{.name = "takeover_step", .type = GW_OPTION_SECONDS, .default_text = "0", .max = 86400,
	 .help = "Each place in `order` waits so many seconds longer; 0: one round of the schedule."},
	{.name = "max_switches", .type = GW_OPTION_INT, .default_text = "3", .min = 1, .max = 24,
	 .help = "Switches to our key within a day, at most; lifted once the producer missed 3 slots in a row, each "
		  "time after twice the rest, or the chain shut it down."},
	{.name = "confirm_nodes", .type = GW_OPTION_INT, .default_text = "1", .min = 1, .max = MONITOR_NODES_MAX,
	 .help = "Endpoints that must agree on branch, key and misses before a switch; fewer than `node` lists, or "
		  "one that is away stops every switch."},
	{.name = "on_null_key", .type = GW_OPTION_CHOICE, .default_text = "takeover", .choices = "takeover|stay",
	 .help = "What to do when the chain itself shut the witness down."},
	{.name = "preempt", .type = GW_OPTION_BOOL, .default_text = "false",
	 .help = "On the first of `order`: take production back once this node is well again, where a rule moved it "
		  "away."},
	{.name = "preempt_delay", .type = GW_OPTION_SECONDS, .default_text = "3600", .max = 604800,
	 .help = "Seconds of health before `preempt` takes production back."},
	{.name = "golosd_config", .type = GW_OPTION_STRING,
	 .help = "Path of our golosd's config.ini, as `signer.golosd_config`: no switch while it lacks the witness "
		  "or our key."},
	{.name = "dry_run", .type = GW_OPTION_BOOL, .default_text = "false",
	 .help = "Decide and say, sign nothing, for this instance."},
};
/* clang-format on */

static const struct gw_option_value *value_of(const struct gw_option_value *const *values, size_t count,
					      const char *name)
{
	static const struct gw_option_value nothing = {.text = ""};

	for (size_t i = 0; i < count; i++)
		if (strcmp(values[i]->name, name) == 0)
			return values[i];
	return &nothing;
}

static void copy_text(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from != NULL ? from : "");
}

static gw_status read_priority(struct monitor_options *to, const struct gw_option_value *order,
			       char error[GW_TEXT_SIZE])
{
	if (order->list_count > MONITOR_PRIORITY_MAX) {
		snprintf(error, GW_TEXT_SIZE, "order lists %zu keys, %d at most", order->list_count,
			 MONITOR_PRIORITY_MAX);
		return GW_ERR_CONFIG;
	}
	for (size_t i = 0; i < order->list_count; i++)
		copy_text(to->priority[i], sizeof(to->priority[i]), order->list[i]);
	to->priority_count = (uint32_t)order->list_count;
	return GW_OK;
}

static gw_status read_options(struct monitor_options *to, const struct gw_option_value *const *values, size_t count,
			      char error[GW_TEXT_SIZE])
{
#define NUMBER(name) (value_of(values, count, name)->number)
	memset(to, 0, sizeof(*to));
	copy_text(to->witness, sizeof(to->witness), value_of(values, count, "witness")->text);
	copy_text(to->witness_pubkey, sizeof(to->witness_pubkey), value_of(values, count, "witness_pubkey")->text);
	to->miss_window_s = NUMBER("miss_window");
	to->allowed_misses = (uint32_t)NUMBER("allowed_misses");
	to->max_gap = (uint32_t)NUMBER("max_gap");
	to->max_head_age_s = NUMBER("max_head_age");
	to->max_clock_skew_s = NUMBER("max_clock_skew");
	to->min_participation = (uint32_t)NUMBER("min_participation");
	to->takeover_step_s = NUMBER("takeover_step");
	to->max_switches = (uint32_t)NUMBER("max_switches");
	to->confirm_nodes = (uint32_t)NUMBER("confirm_nodes");
	to->null_takeover = strcmp(value_of(values, count, "on_null_key")->text, "stay") != 0;
	to->preempt = NUMBER("preempt") != 0;
	to->preempt_delay_s = NUMBER("preempt_delay");
	to->dry_run = NUMBER("dry_run") != 0;
#undef NUMBER
	return read_priority(to, value_of(values, count, "order"), error);
}

/* ---- deeds ----------------------------------------------------------------------------------------------------- */

/* GW_OK, or why the host did not take it. */
static gw_status do_submit(struct instance *self, const struct gw_intent *intent)
{
	uint64_t id = 0;
	gw_status status = GW_ERR_DENIED;

	if (self->submit != NULL)
		status = self->submit->submit(self->host, intent, &id);
	if (status == GW_OK)
		monitor_submit_taken(&self->monitor, id);
	return status;
}

static void do_cancel(struct instance *self, const char *why)
{
	gw_status status;

	if (self->submit == NULL || self->monitor.attempt.id == 0)
		return;
	status = self->submit->cancel(self->host, self->monitor.attempt.id, why);
	if (status != GW_OK)
		self->api->log(self->host, GW_WARNING, "the host did not cancel the switch");
}

static void do_save(struct instance *self)
{
	char text[MONITOR_SAVE_SIZE];

	if (self->store == NULL)
		return;
	if (monitor_save(&self->monitor, text) != GW_OK ||
	    self->store->put(self->host, STORE_KEY, text, strlen(text)) != GW_OK)
		self->api->log(self->host, GW_CRITICAL, "what a restart must know could not be stored");
}

static gw_status do_action(struct instance *self, const struct monitor_action *action)
{
	switch (action->type) {
	case MONITOR_SUBMIT:
		return do_submit(self, &action->intent);
	case MONITOR_CANCEL:
		do_cancel(self, action->text);
		break;
	case MONITOR_NOTICE:
		self->notice->notice(self->host, action->severity, action->code, action->text, NULL);
		break;
	case MONITOR_SAVE:
		do_save(self);
		break;
	case MONITOR_WAKE:
		if (self->api->timer_set(self->host, TIMER_WAKE, action->delay_ms) != GW_OK)
			self->api->log(self->host, GW_CRITICAL, "no timer could be set");
		break;
	}
	return GW_OK;
}

/* GW_OK, or why the host did not take a switch that is among them. */
static gw_status do_actions(struct instance *self, const struct monitor_actions *actions)
{
	struct monitor_actions more = {0};
	gw_status refused = GW_OK;
	struct gw_now now;

	for (uint32_t i = 0; i < actions->count; i++) {
		gw_status status = do_action(self, &actions->list[i]);

		refused = status != GW_OK ? status : refused;
	}
	if (refused == GW_OK)
		return GW_OK;
	self->api->now(self->host, &now);
	monitor_submit_failed(&self->monitor, refused, &now, &more);
	for (uint32_t i = 0; i < more.count; i++)
		(void)do_action(self, &more.list[i]); /* a failed submission waits: none is among them */
	return refused;
}

/* ---- lifecycle ------------------------------------------------------------------------------------------------- */

static void load(struct instance *self)
{
	char text[MONITOR_SAVE_SIZE];
	size_t len;
	gw_status status;

	if (self->store == NULL)
		return;
	status = self->store->get(self->host, STORE_KEY, text, sizeof(text), &len);
	if (status == GW_ERR_NOT_FOUND)
		return;
	if (status != GW_OK || len > sizeof(text) || monitor_load(&self->monitor, text, len) != GW_OK)
		self->notice->notice(self->host, GW_CRITICAL, "state_unreadable",
				     "what was stored before the restart cannot be read: counting starts anew, and a "
				     "hold must be ordered again",
				     NULL);
}

static gw_status monitor_open(const struct gw_host_api *api, struct gw_host *host,
			      const struct gw_option_value *const *values, size_t value_count, void **ret_self,
			      char ret_error[GW_TEXT_SIZE])
{
	const struct gw_chain_v1 *chain = api->service(host, GW_SERVICE_CHAIN);
	const struct gw_notice_v1 *notice = api->service(host, GW_SERVICE_NOTICE);
	const struct gw_submit_v1 *submit = api->service(host, GW_SERVICE_SUBMIT);
	struct monitor_options read;
	struct instance *self;
	gw_status status = read_options(&read, values, value_count, ret_error);

	if (status != GW_OK)
		return status;
	if (chain == NULL || notice == NULL) {
		snprintf(ret_error, GW_TEXT_SIZE, "the host offers no %s",
			 chain == NULL ? GW_SERVICE_CHAIN : GW_SERVICE_NOTICE);
		return GW_ERR_UNSUPPORTED;
	}
	if (submit == NULL && !read.dry_run) {
		snprintf(ret_error, GW_TEXT_SIZE,
			 "it may sign nothing: grant `sign: [witness_update]`, or set dry_run");
		return GW_ERR_DENIED;
	}
	self = calloc(1, sizeof(*self));
	if (self == NULL) {
		snprintf(ret_error, GW_TEXT_SIZE, "no memory");
		return GW_ERR_NOMEM;
	}
	self->api = api;
	self->host = host;
	self->chain = chain;
	self->notice = notice;
	self->store = api->service(host, GW_SERVICE_STORE);
	self->submit = submit;
	monitor_init(&self->monitor, &read, &self->first);
	*ret_self = self;
	return GW_OK;
}

static gw_status monitor_start(void *data)
{
	struct instance *self = data;
	struct monitor_actions actions = {0};
	uint32_t endpoints = self->monitor.options.confirm_nodes > 1 ? ALL_ENDPOINTS : 1;
	struct gw_now now;
	gw_status status;

	load(self);
	(void)do_actions(self, &self->first);
	status = self->chain->watch(self->host, self->monitor.options.witness, endpoints);
	if (status != GW_OK)
		return status;
	self->api->now(self->host, &now);
	monitor_timer(&self->monitor, &now, &actions);
	(void)do_actions(self, &actions);
	return GW_OK;
}

static void monitor_stop(void *data)
{
	struct instance *self = data;

	do_save(self);
}

static void monitor_close(void *data)
{
	free(data);
}

/* ---- events ---------------------------------------------------------------------------------------------------- */

/* The monitor takes the event, and what it asks for is done. */
#define FORWARD(name)                                                                                                  \
	static void on_##name(void *data, const struct gw_##name##_event *event)                                       \
	{                                                                                                              \
		struct instance *self = data;                                                                          \
		struct monitor_actions actions = {0};                                                                  \
                                                                                                                       \
		monitor_##name(&self->monitor, event, &actions);                                                       \
		(void)do_actions(self, &actions);                                                                      \
	}
FORWARD(block)
FORWARD(witness)
FORWARD(nodes)
FORWARD(readiness)
FORWARD(submission)

static void on_timer(void *data, const struct gw_timer_event *event)
{
	struct instance *self = data;
	struct monitor_actions actions = {0};

	if (event->id != TIMER_WAKE)
		return;
	monitor_timer(&self->monitor, &event->now, &actions);
	(void)do_actions(self, &actions);
}

static gw_status on_command(void *data, const struct gw_command_event *event, char ret_text[GW_TEXT_SIZE])
{
	struct instance *self = data;
	struct monitor_actions actions = {0};
	gw_status status = monitor_command(&self->monitor, event, ret_text, &actions);
	gw_status refused = do_actions(self, &actions);

	if (event->verb != GW_COMMAND_TAKEOVER || status != GW_OK || refused == GW_OK)
		return status;
	snprintf(ret_text, GW_TEXT_SIZE, "not done: %s", monitor_refusal_text(refused));
	return refused;
}

static gw_status status(void *data, char *ret_json, size_t cap)
{
	struct instance *self = data;
	struct gw_now now;

	self->api->now(self->host, &now);
	return monitor_status(&self->monitor, &now, ret_json, cap);
}

static const char *const needs[] = {GW_SERVICE_CHAIN, GW_SERVICE_NOTICE, NULL};

const struct gw_plugin_entry gw_plugin_entry = {
	.struct_size = sizeof(struct gw_plugin_entry),
	.abi_major = GW_ABI_MAJOR,
	.abi_minor = GW_ABI_MINOR,
	.name = "witness_monitor",
	.version = GW_VERSION,
	.summary = "Counts a witness's missed blocks and moves production to this node when too many were missed.",
	.needs = needs,
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.option_size = sizeof(options[0]),
	.open = monitor_open,
	.start = monitor_start,
	.stop = monitor_stop,
	.close = monitor_close,
	.on_block = on_block,
	.on_witness = on_witness,
	.on_nodes = on_nodes,
	.on_readiness = on_readiness,
	.on_submission = on_submission,
	.on_timer = on_timer,
	.on_command = on_command,
	.status = status,
};
