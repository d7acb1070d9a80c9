/* SPDX-License-Identifier: MIT
 *
 * A plugin that keeps the rules and takes every event. Each file of this folder breaks one, by defining what one function
 * does, and includes this one.
 */
#include <golos_watch/plugin.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct plugin {
	const struct gw_host_api *api;
	struct gw_host *host;
	const struct gw_chain_v1 *chain;
	const struct gw_notice_v1 *notice;
	const struct gw_store_v1 *store;
	char option[64];
	const void *kept;
};

/* What each function does beside. */
#ifndef IN_OPEN
#define IN_OPEN(self, values)
#endif
#ifndef IN_START
#define IN_START(self)
#endif
#ifndef IN_STOP
#define IN_STOP(self)
#endif
#ifndef IN_CLOSE
#define IN_CLOSE(self) free(self)
#endif
#ifndef IN_BLOCK
#define IN_BLOCK(self, event)
#endif
#ifndef IN_NODES
#define IN_NODES(self, event)
#endif
#ifndef IN_TIMER
#define IN_TIMER(self, event)
#endif
#ifndef IN_COMMAND
#define IN_COMMAND(self, ret_text)
#endif
#ifndef STATUS_TEXT
#define STATUS_TEXT "{}"
#endif
#ifndef IN_STATUS
#define IN_STATUS(ret_json, cap) (snprintf(ret_json, cap, "%s", STATUS_TEXT) < (int)(cap) ? GW_OK : GW_ERR_RANGE)
#endif

static const struct gw_option options[] = {
	{.name = "text", .type = GW_OPTION_STRING, .required = 1, .help = "Any text."},
};

static gw_status open_it(const struct gw_host_api *api, struct gw_host *host,
			 const struct gw_option_value *const *values, size_t value_count, void **ret_self,
			 char ret_error[GW_TEXT_SIZE])
{
	struct plugin *self = calloc(1, sizeof(*self));

	(void)value_count, (void)ret_error;
	if (!self)
		abort();
	self->api = api;
	self->host = host;
	self->chain = api->service(host, GW_SERVICE_CHAIN);
	self->notice = api->service(host, GW_SERVICE_NOTICE);
	self->store = api->service(host, GW_SERVICE_STORE);
	snprintf(self->option, sizeof(self->option), "%s", values[0]->text);
	*ret_self = self;
	IN_OPEN(self, values);
	return GW_OK;
}

static gw_status start_it(void *context)
{
	struct plugin *self = context;

	(void)self;
	IN_START(self);
	return GW_OK;
}

static void stop_it(void *context)
{
	struct plugin *self = context;

	(void)self;
	IN_STOP(self);
}

static void close_it(void *context)
{
	struct plugin *self = context;

	IN_CLOSE(self);
}

static void on_block(void *context, const struct gw_block_event *event)
{
	struct plugin *self = context;

	(void)self, (void)event;
	IN_BLOCK(self, event);
}

static void on_nodes(void *context, const struct gw_nodes_event *event)
{
	struct plugin *self = context;

	(void)self, (void)event;
	IN_NODES(self, event);
}

static void on_timer(void *context, const struct gw_timer_event *event)
{
	struct plugin *self = context;

	(void)self, (void)event;
	IN_TIMER(self, event);
}

static gw_status on_command(void *context, const struct gw_command_event *event, char ret_text[GW_TEXT_SIZE])
{
	(void)context, (void)event;
	snprintf(ret_text, GW_TEXT_SIZE, "done");
	IN_COMMAND(context, ret_text);
	return GW_OK;
}

static gw_status status(void *context, char *ret_json, size_t cap)
{
	(void)context;
	return IN_STATUS(ret_json, cap);
}

GW_PLUGIN_EXPORT const struct gw_plugin_entry gw_plugin_entry = {
	.struct_size = sizeof(struct gw_plugin_entry),
	.abi_major = GW_ABI_MAJOR,
	.abi_minor = GW_ABI_MINOR,
	.name = PLUGIN_NAME,
	.version = "1.0",
	.summary = "For the test of golos-watch-plugin-check.",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.option_size = sizeof(options[0]),
	.open = open_it,
	.start = start_it,
	.stop = stop_it,
	.close = close_it,
	.on_block = on_block,
	.on_nodes = on_nodes,
	.on_timer = on_timer,
	.on_command = on_command,
	.status = status,
};
