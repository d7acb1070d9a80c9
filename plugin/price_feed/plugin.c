/* SPDX-License-Identifier: MIT
 *
 * price_feed: the plugin ABI around the rules. It reads options, hands events to the feed and does what comes out of it; it decides
 * nothing.
 */
#include <golos_watch/plugin.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "feed.h"

#define TIMER_WAKE 0
#define STORE_KEY  "feed"

struct instance {
	const struct gw_host_api *api;
	struct gw_host *host;
	const struct gw_notice_v1 *notice;
	const struct gw_rpc_v1 *rpc;
	const struct gw_http_v1 *http;	   /* NULL: no source has an address */
	const struct gw_store_v1 *store;   /* NULL: nothing is kept */
	const struct gw_submit_v1 *submit; /* NULL: `sign` does not grant it */
	bool works;			   /* do_actions runs: what comes meanwhile is taken by it */
	struct feed feed;
};

/* ---- options --------------------------------------------------------------------------------------------------- */

#define MARKET_GONE                                                                                                    \
	"Of the older script, whose exchange delisted the coin: write `price`, `quantities` and `sources` instead."

static const struct gw_option options[] = {
	{.name = "witness", .type = GW_OPTION_ACCOUNT, .required = 1, .help = "The witness whose price is published."},
	{.name = "price",
	 .type = GW_OPTION_STRING,
	 .help = "GBG for one GOLOS: + - * / ( ), numbers and names of `quantities`; required."},
	{.name = "quantities",
	 .type = GW_OPTION_JSON,
	 .help = "Of each name: `least`, the sources that must agree, and `spread`, percent by which they may differ; "
		 "required."},
	{.name = "sources",
	 .type = GW_OPTION_JSON,
	 .help = "Where the numbers come from: `of` a quantity, by `rpc` and `args` or by `url`; required."},
	{.name = "every",
	 .type = GW_OPTION_SECONDS,
	 .default_text = "600",
	 .min = 60,
	 .max = 3600,
	 .help = "All sources and the chain are asked so often."},
	{.name = "min_change",
	 .type = GW_OPTION_STRING,
	 .default_text = "3",
	 .help = "Percent by which the price must differ from our feed on chain."},
	{.name = "interval",
	 .type = GW_OPTION_SECONDS,
	 .default_text = "3600",
	 .max = 86400,
	 .help = "No price is published sooner after the last one."},
	{.name = "max_age",
	 .type = GW_OPTION_SECONDS,
	 .default_text = "86400",
	 .min = 600,
	 .max = 518400,
	 .help = "Our feed is published anew once it is older, whatever the price."},
	{.name = "max_change",
	 .type = GW_OPTION_STRING,
	 .default_text = "25",
	 .help = "A price further from our feed, in percent, must stand for 3 rounds and `max_change_for`."},
	{.name = "max_change_for",
	 .type = GW_OPTION_SECONDS,
	 .default_text = "1200",
	 .min = 1,
	 .max = 86400,
	 .help = "So long at least from the first round of a big change to the last."},
	{.name = "max_from_median",
	 .type = GW_OPTION_STRING,
	 .default_text = "50",
	 .help = "A price further from the witnesses' median, in percent, is not published."},
	{.name = "bias", .type = GW_OPTION_STRING, .default_text = "1", .help = "The price is multiplied by it."},
	{.name = "first",
	 .type = GW_OPTION_CHOICE,
	 .default_text = "wait",
	 .choices = "wait|ok",
	 .help = "Whether a witness that has published no price yet publishes one."},
	{.name = "order",
	 .type = GW_OPTION_KEYS,
	 .help = "Signing keys of all nodes, best first, as of the witness_monitor of the same witness, whose list is "
		 "taken where "
		 "none is given."},
	{.name = "takeover_step",
	 .type = GW_OPTION_SECONDS,
	 .default_text = "600",
	 .min = 1,
	 .max = 3600,
	 .help = "Each place in `order` waits so many seconds longer, and looks at the chain before it publishes."},
	{.name = "witness_pubkey",
	 .type = GW_OPTION_KEY,
	 .help = "This node's key among `order`, as of the witness_monitor."},
	{.name = "dry_run", .type = GW_OPTION_BOOL, .default_text = "true", .help = "Ask and say, publish nothing."},
	{.name = "threshold_pct", .type = GW_OPTION_STRING, .help = "The older script's name of `min_change`."},
	{.name = "k", .type = GW_OPTION_STRING, .help = "The older script's name of `bias`."},
	{.name = "source", .type = GW_OPTION_STRING, .help = MARKET_GONE},
	{.name = "metric", .type = GW_OPTION_STRING, .help = MARKET_GONE},
};

struct reading {
	const struct gw_option_value *const *values;
	size_t count;
	struct error *err;
};

static const struct gw_option_value *value_of(const struct reading *r, const char *name)
{
	static const struct gw_option_value nothing = {.text = ""};

	for (size_t i = 0; i < r->count; i++)
		if (strcmp(r->values[i]->name, name) == 0)
			return r->values[i];
	return &nothing;
}

static gw_status read_gone(const struct reading *r)
{
	static const char *const gone[] = {"source", "metric"};

	for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++)
		if (value_of(r, gone[i])->given)
			return error_set(r->err, GW_ERR_CONFIG,
					 "'%s' chose within the older script's exchange, which delisted the coin: "
					 "write `price`, "
					 "`quantities` and `sources` instead (golos-watch.yml(5))",
					 gone[i]);
	return GW_OK;
}

/* From above zero to max. older: the older script's name of the same, or NULL. */
static gw_status read_decimal(const struct reading *r, const char *name, const char *older, int64_t max,
			      struct decimal *ret)
{
	const struct gw_option_value *value = value_of(r, name);
	const struct gw_option_value *older_value = older ? value_of(r, older) : value;

	if (older && value->given && older_value->given)
		return error_set(r->err, GW_ERR_CONFIG, "'%s' and '%s' are the same: give one", name, older);
	const char *text = older_value->given ? older_value->text : value->text;
	if (decimal_parse(ret, text, strlen(text), r->err) != GW_OK || !decimal_is_sound(*ret) ||
	    decimal_compare(*ret, decimal_of(max)) > 0)
		return error_set(r->err, GW_ERR_CONFIG,
				 "'%s' is %.40s: a decimal number above zero, %" PRId64 " at most, is expected", name,
				 text, max);
	return GW_OK;
}

static gw_status read_decimals(struct feed_options *to, const struct reading *r)
{
	gw_status status = read_decimal(r, "min_change", "threshold_pct", 100, &to->min_change);

	if (status == GW_OK)
		status = read_decimal(r, "bias", "k", 10, &to->bias);
	if (status == GW_OK)
		status = read_decimal(r, "max_change", NULL, 1000, &to->max_change);
	if (status == GW_OK)
		status = read_decimal(r, "max_from_median", NULL, 1000, &to->max_from_median);
	return status;
}

static gw_status read_sources(struct feed_options *to, const struct reading *r)
{
	static const char *const needed[] = {"price", "quantities", "sources"};
	const char *names[FORMULA_NAMES_MAX];

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!value_of(r, needed[i])->given)
			return error_set(r->err, GW_ERR_CONFIG,
					 "'%s' is missing: ready-made ones stand in golos-watch.yml of the package",
					 needed[i]);
	gw_status status =
		source_read_quantities(to->quantities, &to->quantity_count, value_of(r, "quantities")->text, r->err);
	if (status != GW_OK)
		return status;
	for (uint32_t i = 0; i < to->quantity_count; i++)
		names[i] = to->quantities[i].name;
	status = formula_read(&to->formula, value_of(r, "price")->text, names, to->quantity_count, r->err);
	if (status != GW_OK)
		return error_prefix(r->err, "price");
	return source_read_all(to->sources, &to->source_count, value_of(r, "sources")->text, to->quantities,
			       to->quantity_count, r->err);
}

static gw_status read_place(struct feed_options *to, const struct reading *r)
{
	const struct gw_option_value *order = value_of(r, "order");
	const char *ours = value_of(r, "witness_pubkey")->text;

	if (order->list_count == 0)
		return GW_OK;
	for (size_t i = 0; i < order->list_count; i++) {
		if (ours == NULL || strcmp(order->list[i], ours) != 0)
			continue;
		to->place = (uint32_t)i;
		to->has_order = true;
		return GW_OK;
	}
	return error_set(r->err, GW_ERR_CONFIG,
			 "`order` does not list `witness_pubkey`: which place this node has is not known");
}

static gw_status read_options(struct feed_options *to, const struct reading *r)
{
	memset(to, 0, sizeof(*to));
	snprintf(to->witness, sizeof(to->witness), "%s", value_of(r, "witness")->text);
	to->every_s = value_of(r, "every")->number;
	to->interval_s = value_of(r, "interval")->number;
	to->max_age_s = value_of(r, "max_age")->number;
	to->max_change_for_s = value_of(r, "max_change_for")->number;
	to->takeover_step_s = value_of(r, "takeover_step")->number;
	to->first_ok = strcmp(value_of(r, "first")->text, "ok") == 0;
	to->dry_run = value_of(r, "dry_run")->number != 0;
	gw_status status = read_gone(r);
	if (status == GW_OK)
		status = read_decimals(to, r);
	if (status == GW_OK)
		status = read_sources(to, r);
	return status == GW_OK ? read_place(to, r) : status;
}

/* ---- deeds ----------------------------------------------------------------------------------------------------- */

static void do_ask_rpc(struct instance *self, const struct feed_action *action, const struct gw_now *now)
{
	uint64_t id = 0;
	gw_status status = self->rpc->call(self->host, action->api, action->method, action->args, &id);

	feed_asked(&self->feed, action->ask, status, id, now);
}

static void do_ask_http(struct instance *self, const struct feed_action *action, const struct gw_now *now)
{
	uint64_t id = 0;
	gw_status status = GW_ERR_UNSUPPORTED;

	if (self->http != NULL)
		status = self->http->get(self->host, action->source, GW_HTTP_DEADLINE_MS, &id);
	feed_asked(&self->feed, action->ask, status, id, now);
}

static void do_submit(struct instance *self, const struct gw_intent *intent, const struct gw_now *now)
{
	uint64_t id = 0;
	gw_status status = GW_ERR_DENIED;

	if (self->submit != NULL)
		status = self->submit->submit(self->host, intent, &id);
	feed_submitted(&self->feed, status, id, now);
}

static void do_save(struct instance *self)
{
	char text[FEED_SAVE_SIZE];

	if (self->store == NULL)
		return;
	if (feed_save(&self->feed, text) != GW_OK ||
	    self->store->put(self->host, STORE_KEY, text, strlen(text)) != GW_OK)
		self->api->log(self->host, GW_CRITICAL, "what a restart must know could not be stored");
}

static void do_action(struct instance *self, const struct feed_action *action, const struct gw_now *now)
{
	switch (action->type) {
	case FEED_ASK_RPC:
		do_ask_rpc(self, action, now);
		break;
	case FEED_ASK_HTTP:
		do_ask_http(self, action, now);
		break;
	case FEED_SUBMIT:
		do_submit(self, &action->intent, now);
		break;
	case FEED_NOTICE:
		(void)self->notice->notice(self->host, action->severity, action->code, action->text, NULL);
		break;
	case FEED_SAVE:
		do_save(self);
		break;
	case FEED_WAKE:
		if (self->api->timer_set(self->host, TIMER_WAKE, action->delay_ms) != GW_OK)
			self->api->log(self->host, GW_CRITICAL, "no timer could be set");
		break;
	}
}

static void do_actions(struct instance *self)
{
	struct feed_action action;
	struct gw_now now;

	if (self->works)
		return;
	self->works = true;
	self->api->now(self->host, &now);
	while (feed_next(&self->feed, &now, &action))
		do_action(self, &action, &now);
	self->works = false;
}

/* ---- lifecycle ------------------------------------------------------------------------------------------------- */

static void load(struct instance *self)
{
	char text[FEED_SAVE_SIZE];
	size_t len;
	gw_status status;

	if (self->store == NULL)
		return;
	status = self->store->get(self->host, STORE_KEY, text, sizeof(text), &len);
	if (status == GW_ERR_NOT_FOUND)
		return;
	if (status != GW_OK || len > sizeof(text) || feed_load(&self->feed, text, len) != GW_OK)
		(void)self->notice->notice(
			self->host, GW_CRITICAL, "state_unreadable",
			"what was stored before the restart cannot be read: a hold must be ordered again", NULL);
}

static gw_status take_services(struct instance *self, struct error *err)
{
	const struct feed_options *read = &self->feed.options;

	self->notice = self->api->service(self->host, GW_SERVICE_NOTICE);
	self->rpc = self->api->service(self->host, GW_SERVICE_RPC);
	self->http = self->api->service(self->host, GW_SERVICE_HTTP);
	self->store = self->api->service(self->host, GW_SERVICE_STORE);
	self->submit = self->api->service(self->host, GW_SERVICE_SUBMIT);
	if (self->notice == NULL || self->rpc == NULL)
		return error_set(err, GW_ERR_UNSUPPORTED, "the host offers no %s",
				 self->notice == NULL ? GW_SERVICE_NOTICE : GW_SERVICE_RPC);
	if (self->submit == NULL && !read->dry_run)
		return error_set(err, GW_ERR_DENIED,
				 "it may sign nothing: grant `sign: [feed_publish]`, or leave dry_run");
	for (uint32_t i = 0; i < read->source_count; i++)
		if (!read->sources[i].is_rpc && self->http == NULL)
			return error_set(err, GW_ERR_UNSUPPORTED,
					 "sources: entry %" PRIu32 ": this host fetches no addresses: `rpc` is needed",
					 i + 1);
	return GW_OK;
}

static gw_status fill(struct instance *self, const struct reading *r)
{
	struct feed_options *read = malloc(sizeof(*read));
	gw_status status = read == NULL ? error_set(r->err, GW_ERR_NOMEM, "no memory") : read_options(read, r);

	if (status == GW_OK) {
		feed_init(&self->feed, read);
		status = take_services(self, r->err);
	}
	free(read);
	return status;
}

static gw_status feed_open(const struct gw_host_api *api, struct gw_host *host,
			   const struct gw_option_value *const *values, size_t value_count, void **ret_self,
			   char ret_error[GW_TEXT_SIZE])
{
	struct instance *self = calloc(1, sizeof(*self));
	struct error err = {.status = GW_ERR_NOMEM, .text = "no memory"};
	struct reading r = {values, value_count, &err};
	gw_status status = GW_ERR_NOMEM;

	if (self != NULL) {
		self->api = api;
		self->host = host;
		status = fill(self, &r);
	}
	if (status != GW_OK) {
		snprintf(ret_error, GW_TEXT_SIZE, "%.255s", err.text);
		free(self);
		return status;
	}
	*ret_self = self;
	return GW_OK;
}

static gw_status start(void *data)
{
	struct instance *self = data;
	struct gw_now now;

	load(self);
	self->api->now(self->host, &now);
	feed_start(&self->feed, &now);
	do_actions(self);
	return GW_OK;
}

static void stop(void *data)
{
	do_save(data);
}

static void feed_close(void *data)
{
	free(data);
}

/* ---- events ---------------------------------------------------------------------------------------------------- */

static void on_nodes(void *data, const struct gw_nodes_event *event)
{
	struct instance *self = data;

	for (uint32_t i = 0; i < event->count; i++)
		if (event->nodes[i]->is_driver && event->nodes[i]->connected)
			feed_connected(&self->feed, &event->now);
	do_actions(self);
}

static void on_submission(void *data, const struct gw_submission_event *event)
{
	struct instance *self = data;

	feed_submission(&self->feed, event);
	do_actions(self);
}

static void on_timer(void *data, const struct gw_timer_event *event)
{
	struct instance *self = data;

	if (event->id != TIMER_WAKE)
		return;
	feed_timer(&self->feed, &event->now);
	do_actions(self);
}

static void on_rpc(void *data, const struct gw_rpc_event *event)
{
	struct instance *self = data;

	feed_answered(&self->feed, true, event->id, event->status, event->json, event->json_len, 0, &event->now);
	do_actions(self);
}

static void on_http(void *data, const struct gw_http_event *event)
{
	struct instance *self = data;
	bool is_ok = event->status == GW_OK;

	feed_answered(&self->feed, false, event->id, event->status, is_ok ? event->body : event->text,
		      is_ok ? event->body_len : strlen(event->text), event->age_s, &event->now);
	do_actions(self);
}

static gw_status on_command(void *data, const struct gw_command_event *event, char ret_text[GW_TEXT_SIZE])
{
	struct instance *self = data;
	gw_status status = feed_command(&self->feed, event, ret_text);

	do_actions(self);
	return status;
}

static gw_status status(void *data, char *ret_json, size_t cap)
{
	struct instance *self = data;
	struct gw_now now;

	self->api->now(self->host, &now);
	return feed_status(&self->feed, &now, ret_json, cap);
}

static const char *const needs[] = {GW_SERVICE_NOTICE, GW_SERVICE_RPC, NULL};

const struct gw_plugin_entry gw_plugin_entry = {
	.struct_size = sizeof(struct gw_plugin_entry),
	.abi_major = GW_ABI_MAJOR,
	.abi_minor = GW_ABI_MINOR,
	.name = "price_feed",
	.version = GW_VERSION,
	.summary = "Publishes what one GOLOS is worth in GBG, from several sources of which none is trusted alone.",
	.needs = needs,
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.option_size = sizeof(options[0]),
	.open = feed_open,
	.start = start,
	.stop = stop,
	.close = feed_close,
	.on_nodes = on_nodes,
	.on_submission = on_submission,
	.on_timer = on_timer,
	.on_rpc = on_rpc,
	.on_http = on_http,
	.on_command = on_command,
	.status = status,
};
