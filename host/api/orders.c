/* SPDX-License-Identifier: MIT
 * Status, history, orders. Runs in golos-watchd. */
#include "api/orders.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_writer.h"
#include "base/log.h"
#include "base/memory.h"

#define BLIND_S 60 /* a head older than this is no sight of the chain */

/* ---- status ----------------------------------------------------------------------------------------------------- */

static void write_nodes(struct json_writer *w, struct host *host)
{
	static const char *const branches[] = {"unknown", "same", "other"};
	const struct gw_nodes_event *nodes = belief_nodes(watch_belief(host->watch));

	json_open(w, "nodes", '[');
	for (uint32_t i = 0; i < nodes->count; i++) {
		const struct gw_node *node = nodes->nodes[i];

		json_open(w, NULL, '{');
		json_put_text(w, "url", node->url);
		json_put_bool(w, "own", node->is_own);
		json_put_bool(w, "driver", node->is_driver);
		json_put_bool(w, "connected", node->connected);
		json_put_u64(w, "head", node->head_num);
		json_put_i64(w, "head_time_s", node->head_time_s);
		json_put_text(w, "branch", branches[node->branch > GW_BRANCH_OTHER ? 0 : node->branch]);
		json_put_u64(w, "protocol_errors", nodes_protocol_errors(watch_nodes(host->watch), i));
		json_close(w, '}');
	}
	json_close(w, ']');
}

static void write_chain(struct json_writer *w, const struct host *host)
{
	struct chain_view view;
	struct gw_now now;

	watch_now(host->watch, &now);
	belief_view(watch_belief(host->watch), "", &now, &view);
	json_open(w, "chain", '{');
	json_put_text(w, "chain_id", host->config->chain_id);
	json_put_u64(w, "head", view.head_num);
	json_put_text(w, "head_id", view.head_id);
	json_put_i64(w, "head_time_s", view.head_time_s);
	json_put_u64(w, "irreversible", view.irreversible);
	json_put_u64(w, "scheduled", view.scheduled);
	json_put_u64(w, "interval_s", view.interval_s);
	json_put_i64(w, "wall_ms", now.wall_ms);
	json_put_i64(w, "chain_ms", now.chain_ms);
	json_close(w, '}');
}

static void write_known(struct json_writer *w, const char *name, uint8_t state, const char *text)
{
	static const char *const states[] = {
		[GW_READY_UNKNOWN] = "unknown", [GW_READY_YES] = "yes", [GW_READY_NO] = "no"};

	json_open(w, name, '{');
	json_put_text(w, "state", states[state]);
	json_put_text(w, "text", text);
	json_close(w, '}');
}

/* What the signer's keys and golosd's config are good for: "golos-watch check" asks for it where only this process can
 * read them. */
static void write_readiness(struct json_writer *w, struct host *host, const struct instance *instance)
{
	struct gw_readiness_event event;

	if (!host_readiness(host, instance, &event))
		return;
	write_known(w, "authority", event.authority, event.authority_text);
	write_known(w, "golosd_config", event.golosd_config, event.golosd_config_text);
}

static void write_instances(struct json_writer *w, struct host *host)
{
	json_open(w, "instances", '[');
	for (size_t i = 0; i < instances_count(host->instances); i++) {
		struct instance *instance = instances_at(host->instances, i);
		char *status = instance_status(instance);
		struct json *json = NULL;

		json_open(w, NULL, '{');
		json_put_text(w, "name", instance_name(instance));
		json_put_text(w, "plugin", instance_plugin_name(instance));
		write_readiness(w, host, instance);
		/* a plugin's text is taken in only where it is what it says: an object */
		if (status && json_parse(&json, status, strlen(status), NULL) == GW_OK && json_is_object(json))
			json_put_raw(w, "status", status);
		else
			json_put_null(w, "status");
		json_close(w, '}');
		json_free(json);
		free(status);
	}
	json_close(w, ']');
}

char *orders_status(struct host *host)
{
	const struct public_key *keys = NULL;
	struct json_writer w;

	json_writer_init(&w);
	json_open(&w, NULL, '{');
	json_put_text(&w, "version", GW_VERSION);
	json_put_bool(&w, "healthy", orders_healthy(host));
	json_put_text(&w, "left_out", host->left_out);
	json_put_text(&w, "blind", host->is_blind ? host->blind_why : "");
	json_put_bool(&w, "dry_run", host->config->dry_run);
	json_put_bool(&w, "signer", host->signer != NULL);
	json_put_u64(&w, "signer_keys", host->signer ? signer_keys(host->signer, &keys) : 0);
	json_put_bool(&w, "journal_writable", journal_is_writable(host->journal));
	write_chain(&w, host);
	write_nodes(&w, host);
	write_instances(&w, host);
	json_close(&w, '}');
	char *text = xstrdup(w.text);
	json_writer_done(&w);
	return text;
}

bool orders_healthy(const struct host *host)
{
	return orders_sees_chain(host) && !host->is_blind && !host->left_out[0];
}

bool orders_sees_chain(const struct host *host)
{
	struct chain_view view;
	struct gw_now now;

	watch_now(host->watch, &now);
	belief_view(watch_belief(host->watch), "", &now, &view);
	return journal_is_open(host->journal) && belief_driver(watch_belief(host->watch)) >= 0 && view.head_num &&
	       now.wall_ms / 1000 - view.head_time_s <= BLIND_S;
}

/* ---- heartbeat -------------------------------------------------------------------------------------------------- */

/* "; witness_monitor: another node produces, ready" */
static void write_role(FILE *out, const struct instance *instance, const struct json *status)
{
	char producer[64] = "", ready[16] = "";

	if (json_get_text(status, "producer", producer, sizeof(producer), NULL) ||
	    json_get_text(status, "ready", ready, sizeof(ready), NULL))
		return;
	fprintf(out, "; %s: %s, %s", instance_name(instance),
		strcmp(producer, "ours") == 0	 ? "this node produces"
		: strcmp(producer, "other") == 0 ? "another node produces"
						 : producer,
		strcmp(ready, "yes") == 0  ? "ready"
		: strcmp(ready, "no") == 0 ? "NOT READY"
					   : "whether it is ready is not known");
}

char *orders_heartbeat(struct host *host)
{
	const struct gw_nodes_event *nodes = belief_nodes(watch_belief(host->watch));
	struct chain_view view;
	struct gw_now now;
	uint32_t connected = 0;
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return xstrdup("watching");
	watch_now(host->watch, &now);
	belief_view(watch_belief(host->watch), "", &now, &view);
	for (uint32_t i = 0; i < nodes->count; i++)
		connected += nodes->nodes[i]->connected;
	fprintf(out, "watching: head %" PRIu32 ", %" PRIu32 " of %" PRIu32 " nodes connected", view.head_num, connected,
		nodes->count);
	for (size_t i = 0; i < instances_count(host->instances); i++) {
		struct instance *instance = instances_at(host->instances, i);
		char *status = instance_status(instance);
		struct json *json = NULL;

		if (status && json_parse(&json, status, strlen(status), NULL) == GW_OK)
			write_role(out, instance, json);
		json_free(json);
		free(status);
	}
	fclose(out);
	return text;
}

/* ---- metrics ------------------------------------------------------------------------------------------------- */

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

static void write_instance_figures(FILE *out, struct host *host)
{
	for (size_t i = 0; i < instances_count(host->instances); i++) {
		struct instance *instance = instances_at(host->instances, i);
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

static void write_node_figures(FILE *out, struct host *host)
{
	const struct gw_nodes_event *nodes = belief_nodes(watch_belief(host->watch));

	for (uint32_t i = 0; i < nodes->count; i++) {
		const struct gw_node *node = nodes->nodes[i];

		put_node_figure(out, "connected", node->url, node->connected);
		put_node_figure(out, "head", node->url, node->head_num);
		put_node_figure(out, "protocol_errors_total", node->url,
				nodes_protocol_errors(watch_nodes(host->watch), i));
	}
}

char *orders_metrics(struct host *host)
{
	struct chain_view view;
	struct gw_now now;
	size_t len = 0;
	char *text = NULL;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return xstrdup("");
	watch_now(host->watch, &now);
	belief_view(watch_belief(host->watch), "", &now, &view);
	fprintf(out, "golos_watch_healthy %d\n", orders_healthy(host));
	fprintf(out, "golos_watch_journal_writable %d\n", journal_is_writable(host->journal));
	fprintf(out, "golos_watch_head %u\n", view.head_num);
	fprintf(out, "golos_watch_head_time_seconds %lld\n", (long long)view.head_time_s);
	fprintf(out, "golos_watch_irreversible %u\n", view.irreversible);
	write_node_figures(out, host);
	write_instance_figures(out, host);
	fclose(out);
	return text;
}

/* ---- history ---------------------------------------------------------------------------------------------------- */

static void on_history(void *context, const char *json)
{
	if (json)
		ctl_answer(context, json);
	else
		ctl_refuse(context, GW_ERR_UNAVAILABLE, "the journal cannot be read");
}

static void give_history(struct host *host, struct ctl_client *client, const struct ctl_request *request)
{
	struct journal_query query = {.since_ms = request->since_s * 1000,
				      .limit = request->limit,
				      .instance = request->instance[0] ? request->instance : NULL};

	journal_history(host->journal, &query, on_history, client);
}

/* ---- orders ----------------------------------------------------------------------------------------------------- */

static void make_command(struct gw_command_event *ret, const struct host *host, const struct ctl_request *request)
{
	*ret = (struct gw_command_event){.struct_size = sizeof(*ret),
					 .verb = request->verb == CTL_HOLD     ? GW_COMMAND_HOLD
						 : request->verb == CTL_RESUME ? GW_COMMAND_RESUME
									       : GW_COMMAND_TAKEOVER};
	watch_now(host->watch, &ret->now);
	if (request->for_s)
		ret->until_s = ret->now.wall_ms / 1000 + request->for_s;
	snprintf(ret->by, sizeof(ret->by), "%s", request->by);
}

/* Gives the order to one instance, and writes what it said. The instance logs by its notice what it does; what it
 * refuses is logged here. */
static void order_instance(struct instance *instance, const struct gw_command_event *command, struct json_writer *w)
{
	char text[GW_TEXT_SIZE];
	gw_status r = instance_command(instance, command, text);

	if (r == GW_ERR_UNSUPPORTED && !text[0])
		snprintf(text, sizeof(text), "this plugin takes no orders");
	if (r)
		log_line(GW_INFO, instance_name(instance), "order of %s refused: %s", command->by, text);
	json_open(w, NULL, '{');
	json_put_text(w, "instance", instance_name(instance));
	json_put_bool(w, "ok", r == GW_OK);
	json_put_text(w, "text", text);
	json_close(w, '}');
}

/* What is said of an order, until a restart would know of it too. */
struct obeyed {
	struct ctl_client *client;
	char *text;
};

static void on_synced(void *context, bool ok)
{
	struct obeyed *obeyed = context;

	(void)ok; /* the order holds; that the journal cannot be written is said by itself */
	ctl_answer(obeyed->client, obeyed->text);
	free(obeyed->text);
	free(obeyed);
}

static void answer_when_synced(struct host *host, struct ctl_client *client, const char *text)
{
	struct obeyed *obeyed = xcalloc(1, sizeof(*obeyed));

	obeyed->client = client;
	obeyed->text = xstrdup(text);
	journal_sync(host->journal, on_synced, obeyed);
}

/* Those that an order is for: the one named, or all that take orders. */
static size_t choose_instances(struct host *host, const struct ctl_request *request, struct instance **ret)
{
	struct instance *named = instances_find(host->instances, request->instance);
	size_t count = 0;

	if (request->instance[0]) {
		ret[0] = named;
		return named ? 1 : 0;
	}
	for (size_t i = 0; i < instances_count(host->instances); i++)
		if (instance_takes_orders(instances_at(host->instances, i)))
			ret[count++] = instances_at(host->instances, i);
	return count;
}

/* A takeover must be plain: the sentence names those between which is to be chosen. */
static void refuse_several(struct ctl_client *client, struct instance *const *chosen, size_t count)
{
	char sentence[400] = "several instances take orders here: name one with --instance:";

	for (size_t i = 0; i < count; i++) {
		size_t len = strlen(sentence);

		snprintf(sentence + len, sizeof(sentence) - len, "%s %s", i ? "," : "", instance_name(chosen[i]));
	}
	ctl_refuse(client, GW_ERR_SYNTAX, sentence);
}

static void give_order_to(struct host *host, struct ctl_client *client, const struct ctl_request *request,
			  struct instance *const *chosen, size_t count)
{
	struct gw_command_event command;
	struct json_writer w;

	make_command(&command, host, request);
	json_writer_init(&w);
	json_open(&w, NULL, '[');
	for (size_t i = 0; i < count; i++)
		order_instance(chosen[i], &command, &w);
	json_close(&w, ']');
	answer_when_synced(host, client, w.text);
	json_writer_done(&w);
	submitter_settle(host->submitter);
}

static void give_order(struct host *host, struct ctl_client *client, const struct ctl_request *request)
{
	if (!journal_is_open(host->journal)) {
		ctl_refuse(client, GW_ERR_UNAVAILABLE,
			   "the disk does not answer: the journal has not been read yet, and no plugin runs");
		return;
	}
	struct instance **chosen = xcalloc(instances_count(host->instances) + 1, sizeof(struct instance *));
	size_t count = choose_instances(host, request, chosen);

	if (count == 0 && request->instance[0])
		ctl_refuse(client, GW_ERR_NOT_FOUND, "no plugin instance of that name runs here");
	else if (count == 0)
		ctl_refuse(client, GW_ERR_UNAVAILABLE, "no plugin instance here takes orders");
	else if (count > 1 && request->verb == CTL_TAKEOVER)
		refuse_several(client, chosen, count);
	else
		give_order_to(host, client, request, chosen, count);
	free(chosen);
}

void orders_handle(void *context, struct ctl_client *client, const struct ctl_request *request)
{
	struct host *host = context;

	switch (request->verb) {
	case CTL_STATUS: {
		char *status = orders_status(host);

		ctl_answer(client, status);
		free(status);
		break;
	}
	case CTL_HISTORY:
		give_history(host, client, request);
		break;
	case CTL_HOLD:
	case CTL_RESUME:
	case CTL_TAKEOVER:
		give_order(host, client, request);
		break;
	}
}
