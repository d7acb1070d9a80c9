/* SPDX-License-Identifier: MIT
 *
 * Metrics. Runs in golos-watchd.
 */
#include "api/metrics.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/memory.h"

/* A label's value: its quotes, backslashes and line ends are escaped as Prometheus wants it. */
static void put_label(FILE *out, const char *name, const char *value)
{
	fprintf(out, "%s=\"", name);
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			fputc('\\', out);
		if (*value == '\n')
			fputs("\\n", out);
		else
			fputc(*value, out);
	}
	fputc('"', out);
}

struct metric_sink {
	FILE *out;
	const char *instance;
};

/* Whatever number or truth an instance's status has at its top becomes a figure of its name. */
static gw_status write_figure(void *context, const char *key, const struct json *value)
{
	const struct metric_sink *sink = context;
	char *text = json_text(value);
	const char *number = strcmp(text, "true") == 0 ? "1" : strcmp(text, "false") == 0 ? "0" : text;

	if (number[0] && strchr("-0123456789", number[0])) {
		fputs("golos_watch_instance{", sink->out);
		put_label(sink->out, "instance", sink->instance);
		fputc(',', sink->out);
		put_label(sink->out, "figure", key);
		fprintf(sink->out, "} %s\n", number);
	}
	free(text);
	return GW_OK;
}

static void write_instance_figures(FILE *out, const struct api_parts *parts)
{
	for (size_t i = 0; i < instances_count(parts->instances); i++) {
		struct instance *instance = instances_at(parts->instances, i);
		struct metric_sink sink = {.out = out, .instance = instance_name(instance)};
		char *status = instance_status(instance);
		struct json *json = NULL;

		if (status && json_parse(&json, status, strlen(status), NULL) == GW_OK)
			(void)json_each(json, write_figure, &sink);
		json_free(json);
		free(status);
	}
}

static void put_node_figure(FILE *out, const char *name, const char *url, uint64_t value)
{
	fprintf(out, "golos_watch_node_%s{", name);
	put_label(out, "node", url);
	fprintf(out, "} %" PRIu64 "\n", value);
}

static void write_node_figures(FILE *out, const struct api_parts *parts)
{
	const struct gw_nodes_event *nodes = belief_nodes(observer_belief(parts->observer));

	for (uint32_t i = 0; i < nodes->count; i++) {
		const struct gw_node *node = nodes->nodes[i];

		put_node_figure(out, "connected", node->url, node->connected);
		put_node_figure(out, "head", node->url, node->head_num);
		put_node_figure(out, "protocol_errors_total", node->url,
				nodes_protocol_errors(observer_nodes(parts->observer), i));
	}
}

char *metrics_text(const struct api_parts *parts)
{
	struct chain_view view;
	struct gw_now now;
	size_t len = 0;
	char *text = NULL;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return xstrdup("");
	observer_now(parts->observer, &now);
	belief_view(observer_belief(parts->observer), "", &now, &view);
	fprintf(out, "golos_watch_healthy %d\n", health_is_well(parts->health));
	fprintf(out, "golos_watch_journal_writable %d\n", journal_is_writable(parts->journal));
	fprintf(out, "golos_watch_head %u\n", view.head_num);
	fprintf(out, "golos_watch_head_time_seconds %lld\n", (long long)view.head_time_s);
	fprintf(out, "golos_watch_irreversible %u\n", view.irreversible);
	write_node_figures(out, parts);
	write_instance_figures(out, parts);
	fclose(out);
	return text;
}
