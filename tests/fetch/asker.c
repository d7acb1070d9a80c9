/* SPDX-License-Identifier: MIT
 *
 * A plugin that asks each of its sources once, when it starts, and tells in its status what came.
 */
#include <golos_watch/plugin.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SOURCES 8

struct asker {
	struct gw_host *host;
	const struct gw_http_v1 *http;
	uint64_t ids[SOURCES];
	gw_status taken[SOURCES];
	char answers[SOURCES][200];
};

static const struct gw_option options[] = {
	{.name = "sources", .type = GW_OPTION_JSON, .required = 1, .help = "Where to ask."},
};
static const char *const needs[] = {GW_SERVICE_HTTP, NULL};

static gw_status open_it(const struct gw_host_api *api, struct gw_host *host,
			 const struct gw_option_value *const *values, size_t value_count, void **ret_self,
			 char ret_error[GW_TEXT_SIZE])
{
	struct asker *asker = calloc(1, sizeof(*asker));

	(void)values;
	(void)value_count;
	asker->host = host;
	asker->http = api->service(host, GW_SERVICE_HTTP);
	if (!asker->http) {
		snprintf(ret_error, GW_TEXT_SIZE, "no source has a url");
		free(asker);
		return GW_ERR_CONFIG;
	}
	*ret_self = asker;
	return GW_OK;
}

static gw_status start_it(void *self)
{
	struct asker *asker = self;

	for (uint32_t i = 0; i < SOURCES; i++)
		asker->taken[i] = asker->http->get(asker->host, i, 10000, &asker->ids[i]);
	return GW_OK;
}

static void on_http(void *self, const struct gw_http_event *event)
{
	struct asker *asker = self;

	if (event->source >= SOURCES || event->id != asker->ids[event->source] ||
	    strlen(event->body) != event->body_len)
		abort();
	snprintf(asker->answers[event->source], sizeof(asker->answers[0]), "%d %d %s%s", event->status,
		 event->http_status, event->body_len ? "a body" : "", event->text);
}

static gw_status status(void *self, char *ret_json, size_t cap)
{
	const struct asker *asker = self;
	size_t len = (size_t)snprintf(ret_json, cap, "{\"answers\":[");

	for (size_t i = 0; i < SOURCES && len < cap; i++)
		len += (size_t)snprintf(ret_json + len, cap - len, "%s\"%d: %s\"", i ? "," : "", asker->taken[i],
					asker->answers[i]);
	if (len < cap)
		len += (size_t)snprintf(ret_json + len, cap - len, "]}");
	return len < cap ? GW_OK : GW_ERR_RANGE;
}

static void stop_it(void *self)
{
	(void)self;
}

GW_PLUGIN_EXPORT const struct gw_plugin_entry gw_plugin_entry = {
	.struct_size = sizeof(struct gw_plugin_entry),
	.abi_major = GW_ABI_MAJOR,
	.abi_minor = GW_ABI_MINOR,
	.name = "asker",
	.version = "1.0",
	.summary = "Asks its sources, for a test.",
	.needs = needs,
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.option_size = sizeof(options[0]),
	.open = open_it,
	.start = start_it,
	.stop = stop_it,
	.close = free,
	.on_http = on_http,
	.status = status,
};
