/* SPDX-License-Identifier: MIT
 * A plugin that does what the test behind it says. See probe.h. */
#include "probe.h"

#include <stdio.h>
#include <stdlib.h>

static const struct gw_option options[] = {
	{.name = "shared", .type = GW_OPTION_STRING, .required = 1, .help = "Address of the test's struct probe."},
};

static gw_status probe_open(const struct gw_host_api *api, struct gw_host *host,
			    const struct gw_option_value *const *values, size_t value_count, void **ret_self,
			    char ret_error[GW_TEXT_SIZE])
{
	struct probe *probe = value_count == 1 ? (void *)(uintptr_t)strtoull(values[0]->text, NULL, 16) : NULL;

	if (!probe)
		return GW_ERR_RANGE;
	probe->api = api;
	probe->host = host;
	*ret_self = probe;
	gw_status r = probe->called(probe, "open", NULL);
	if (r)
		snprintf(ret_error, GW_TEXT_SIZE, "the test wants it so");
	return r;
}

#define CALLBACK(name, event_type)                                                                                     \
	static void name(void *self, const struct event_type *event)                                                   \
	{                                                                                                              \
		struct probe *probe = self;                                                                            \
		(void)probe->called(probe, #name, event);                                                              \
	}

CALLBACK(on_block, gw_block_event)
CALLBACK(on_witness, gw_witness_event)
CALLBACK(on_nodes, gw_nodes_event)
CALLBACK(on_readiness, gw_readiness_event)
CALLBACK(on_submission, gw_submission_event)
CALLBACK(on_timer, gw_timer_event)
CALLBACK(on_notice, gw_notice_event)
CALLBACK(on_rpc, gw_rpc_event)
CALLBACK(on_http, gw_http_event)

static gw_status probe_start(void *self)
{
	struct probe *probe = self;

	return probe->called(probe, "start", NULL);
}

static void probe_stop(void *self)
{
	struct probe *probe = self;

	(void)probe->called(probe, "stop", NULL);
}

static void probe_close(void *self)
{
	struct probe *probe = self;

	(void)probe->called(probe, "close", NULL);
}

static gw_status on_command(void *self, const struct gw_command_event *event, char ret_text[GW_TEXT_SIZE])
{
	struct probe *probe = self;

	snprintf(ret_text, GW_TEXT_SIZE, "verb %d", event->verb);
	return probe->called(probe, "on_command", event);
}

static gw_status probe_status(void *self, char *ret_json, size_t cap)
{
	struct probe *probe = self;

	snprintf(ret_json, cap, "{}");
	return probe->called(probe, "status", NULL);
}

GW_PLUGIN_EXPORT const struct gw_plugin_entry gw_plugin_entry = {
	.struct_size = sizeof(struct gw_plugin_entry),
	.abi_major = GW_ABI_MAJOR,
	.abi_minor = GW_ABI_MINOR,
	.name = "probe",
	.version = "1.0",
	.summary = "Does what a test says.",
	.options = options,
	.option_count = 1,
	.option_size = sizeof(options[0]),
	.open = probe_open,
	.start = probe_start,
	.stop = probe_stop,
	.close = probe_close,
	.on_block = on_block,
	.on_witness = on_witness,
	.on_nodes = on_nodes,
	.on_readiness = on_readiness,
	.on_submission = on_submission,
	.on_timer = on_timer,
	.on_notice = on_notice,
	.on_rpc = on_rpc,
	.on_http = on_http,
	.on_command = on_command,
	.status = probe_status,
};
