/* SPDX-License-Identifier: MIT
 *
 * A plugin of ABI 1.0, built with the headers beside it and never changed. It uses each member of the tables of that
 * version and writes what it saw into its status.
 */
#include <golos_watch/plugin.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct v1 {
	const struct gw_host_api *api;
	struct gw_host *host;
	char witness[GW_ACCOUNT_SIZE];
	int64_t window_s;
	uint32_t blocks, others;
};

static const struct gw_option options[] = {
	{.name = "witness", .type = GW_OPTION_ACCOUNT, .required = 1, .help = "A witness."},
	{.name = "window",
	 .type = GW_OPTION_SECONDS,
	 .default_text = "3600",
	 .min = 1,
	 .max = 86400,
	 .help = "Seconds."},
	{.name = "keys", .type = GW_OPTION_KEYS, .help = "Keys."},
	{.name = "mode", .type = GW_OPTION_CHOICE, .default_text = "one", .choices = "one|two", .help = "A choice."},
	{.name = "share", .type = GW_OPTION_PERCENT, .default_text = "50", .help = "Percent."},
	{.name = "loud", .type = GW_OPTION_BOOL, .default_text = "false", .help = "A switch."},
	{.name = "count", .type = GW_OPTION_INT, .default_text = "-1", .min = -1, .max = 5, .help = "A number."},
	{.name = "text", .type = GW_OPTION_STRING, .help = "Text."},
	{.name = "key", .type = GW_OPTION_KEY, .help = "A key."},
	{.name = "nested", .type = GW_OPTION_JSON, .help = "A list or a section."},
};

static gw_status v1_open(const struct gw_host_api *api, struct gw_host *host,
			 const struct gw_option_value *const *values, size_t value_count, void **ret_self,
			 char ret_error[GW_TEXT_SIZE])
{
	struct v1 *self;

	if (api->abi_major != 1 || value_count != sizeof(options) / sizeof(options[0])) {
		snprintf(ret_error, GW_TEXT_SIZE, "not the host that version 1.0 knew");
		return GW_ERR_UNSUPPORTED;
	}
	self = calloc(1, sizeof(*self));
	if (!self)
		return GW_ERR_NOMEM;
	self->api = api;
	self->host = host;
	snprintf(self->witness, sizeof(self->witness), "%s", values[0]->text);
	self->window_s = values[1]->number;
	*ret_self = self;
	return GW_OK;
}

static gw_status v1_start(void *context)
{
	struct v1 *self = context;

	self->api->log(self->host, GW_INFO, "version 1.0 started");
	return self->api->timer_set(self->host, 1, 1000);
}

static void v1_stop(void *context)
{
	struct v1 *self = context;

	self->api->log(self->host, GW_INFO, "version 1.0 stopped");
}

static void v1_close(void *context)
{
	free(context);
}

static void v1_block(void *context, const struct gw_block_event *event)
{
	struct v1 *self = context;

	if (GW_HAS(struct gw_block_event, event, irreversible) && !strcmp(event->witness, self->witness))
		self->blocks++;
}

static void v1_witness(void *context, const struct gw_witness_event *event)
{
	((struct v1 *)context)->others += event->struct_size > 0;
}

static void v1_nodes(void *context, const struct gw_nodes_event *event)
{
	((struct v1 *)context)->others += event->struct_size > 0;
}

static void v1_readiness(void *context, const struct gw_readiness_event *event)
{
	((struct v1 *)context)->others += event->struct_size > 0;
}

static void v1_submission(void *context, const struct gw_submission_event *event)
{
	((struct v1 *)context)->others += event->struct_size > 0;
}

static void v1_timer(void *context, const struct gw_timer_event *event)
{
	((struct v1 *)context)->others += event->id == 1;
}

static void v1_notice(void *context, const struct gw_notice_event *event)
{
	((struct v1 *)context)->others += event->struct_size > 0;
}

static void v1_rpc(void *context, const struct gw_rpc_event *event)
{
	((struct v1 *)context)->others += event->struct_size > 0;
}

static void v1_http(void *context, const struct gw_http_event *event)
{
	((struct v1 *)context)->others += event->struct_size > 0;
}

static gw_status v1_command(void *context, const struct gw_command_event *event, char ret_text[GW_TEXT_SIZE])
{
	(void)context;
	snprintf(ret_text, GW_TEXT_SIZE, "version 1.0 got command %d", event->verb);
	return GW_OK;
}

static gw_status v1_status(void *context, char *ret_json, size_t cap)
{
	const struct v1 *self = context;
	int len = snprintf(ret_json, cap, "{\"witness\":\"%s\",\"window\":%lld,\"blocks\":%u,\"others\":%u}",
			   self->witness, (long long)self->window_s, self->blocks, self->others);

	return len >= 0 && (size_t)len < cap ? GW_OK : GW_ERR_RANGE;
}

GW_PLUGIN_EXPORT const struct gw_plugin_entry gw_plugin_entry = {
	.struct_size = sizeof(struct gw_plugin_entry),
	.abi_major = 1,
	.abi_minor = 0,
	.name = "v1_plugin",
	.version = "1.0",
	.summary = "A plugin of ABI 1.0, frozen.",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.option_size = sizeof(options[0]),
	.open = v1_open,
	.start = v1_start,
	.stop = v1_stop,
	.close = v1_close,
	.on_block = v1_block,
	.on_witness = v1_witness,
	.on_nodes = v1_nodes,
	.on_readiness = v1_readiness,
	.on_submission = v1_submission,
	.on_timer = v1_timer,
	.on_notice = v1_notice,
	.on_rpc = v1_rpc,
	.on_http = v1_http,
	.on_command = v1_command,
	.status = v1_status,
};
