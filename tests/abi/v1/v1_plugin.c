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
	{"witness", GW_OPTION_ACCOUNT, 1, NULL, 0, 0, NULL, "A witness."},
	{"window", GW_OPTION_SECONDS, 0, "3600", 1, 86400, NULL, "Seconds."},
	{"keys", GW_OPTION_KEYS, 0, NULL, 0, 0, NULL, "Keys."},
	{"mode", GW_OPTION_CHOICE, 0, "one", 0, 0, "one|two", "A choice."},
	{"share", GW_OPTION_PERCENT, 0, "50", 0, 0, NULL, "Percent."},
	{"loud", GW_OPTION_BOOL, 0, "false", 0, 0, NULL, "A switch."},
	{"count", GW_OPTION_INT, 0, "-1", -1, 5, NULL, "A number."},
	{"text", GW_OPTION_STRING, 0, NULL, 0, 0, NULL, "Text."},
	{"key", GW_OPTION_KEY, 0, NULL, 0, 0, NULL, "A key."},
};

static gw_status v1_open(const struct gw_host_api *api, struct gw_host *host, const struct gw_option_value *values,
			 size_t value_count, void **ret_self, char ret_error[GW_TEXT_SIZE])
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
	snprintf(self->witness, sizeof(self->witness), "%s", values[0].text);
	self->window_s = values[1].number;
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
	sizeof(struct gw_plugin_entry),
	1,
	0,
	"v1_plugin",
	"1.0",
	"A plugin of ABI 1.0, frozen.",
	NULL,
	options,
	sizeof(options) / sizeof(options[0]),
	v1_open,
	v1_start,
	v1_stop,
	v1_close,
	v1_block,
	v1_witness,
	v1_nodes,
	v1_readiness,
	v1_submission,
	v1_timer,
	v1_notice,
	v1_rpc,
	v1_command,
	v1_status,
};
