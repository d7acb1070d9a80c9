/* SPDX-License-Identifier: MIT
 *
 * Status and heartbeat. Runs in golos-watchd.
 */
#include "api/status.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <golos_watch/names.h>

#include "api/cluster_status.h"
#include "base/json_writer.h"
#include "base/log.h"
#include "base/memory.h"

/* ---- status ----------------------------------------------------------------------------------------------------- */

static void write_missing(struct json_writer *w, const struct nodes *nodes, uint32_t endpoint)
{
	const char *apis[METHODS_MAX];
	size_t count = nodes_missing_apis(nodes, endpoint, apis);

	json_open(w, "missing", '[');
	for (size_t i = 0; i < count; i++)
		json_put_text(w, NULL, apis[i]);
	json_close(w, ']');
}

static void write_nodes(struct json_writer *w, const struct api_parts *parts)
{
	static const char *const branches[] = {"unknown", "same", "other"};
	const struct gw_nodes_event *nodes = belief_nodes(observer_belief(parts->observer));
	const struct nodes *all = observer_nodes(parts->observer);

	json_open(w, "nodes", '[');
	for (uint32_t i = 0; i < nodes->count; i++) {
		const struct gw_node *node = nodes->nodes[i];
		uint64_t connections = nodes_connections(all, i);

		json_open(w, NULL, '{');
		json_put_text(w, "url", node->url);
		json_put_bool(w, "own", node->is_own);
		json_put_bool(w, "driver", node->is_driver);
		json_put_bool(w, "connected", node->connected);
		json_put_u64(w, "head", node->head_num);
		json_put_i64(w, "head_time_s", node->head_time_s);
		json_put_text(w, "branch", branches[node->branch > GW_BRANCH_OTHER ? 0 : node->branch]);
		json_put_u64(w, "reconnects", connections > 1 ? connections - 1 : 0);
		json_put_u64(w, "protocol_errors", nodes_protocol_errors(all, i));
		write_missing(w, all, i);
		json_close(w, '}');
	}
	json_close(w, ']');
}

static void write_chain(struct json_writer *w, const struct api_parts *parts)
{
	struct chain_view view;
	struct gw_now now;

	observer_now(parts->observer, &now);
	belief_view(observer_belief(parts->observer), "", &now, &view);
	json_open(w, "chain", '{');
	json_put_text(w, "chain_id", parts->chain_id);
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
	json_open(w, name, '{');
	json_put_text(w, "state", gw_ready_name(state));
	json_put_text(w, "text", text);
	json_close(w, '}');
}

/* The readiness of the signer's keys and golosd's config. "golos-watch check" asks for it where only this process can
 * read them. */
static void write_readiness(struct json_writer *w, const struct api_parts *parts, const struct instance *instance)
{
	struct gw_readiness_event event;

	if (!health_readiness(parts->health, instance, &event))
		return;
	write_known(w, "authority", event.authority, event.authority_text);
	write_known(w, "power", event.power, event.power_text);
	write_known(w, "golosd_config", event.golosd_config, event.golosd_config_text);
}

static void write_notices(struct json_writer *w, const struct api_parts *parts)
{
	json_open(w, "notices", '{');
	for (int32_t severity = GW_INFO; severity <= GW_CRITICAL; severity++)
		json_put_u64(w, gw_severity_name(severity), notices_count(parts->notices, severity));
	json_close(w, '}');
}

static void write_fetch(struct json_writer *w, const struct api_parts *parts)
{
	bool runs = parts->fetch && fetch_is_running(parts->fetch);

	if (parts->address_count == 0) {
		json_put_null(w, "fetch");
		return;
	}
	json_open(w, "fetch", '{');
	json_put_bool(w, "running", runs);
	json_put_u64(w, "addresses", parts->address_count);
	if (parts->fetch && !runs)
		json_put_text(w, "why", fetch_why(parts->fetch));
	if (runs) {
		struct fetch_ready facts = fetch_facts(parts->fetch);

		json_put_u64(w, "uid", facts.uid);
		json_put_bool(w, "own_user", facts.uid != geteuid());
		json_put_bool(w, "landlock", facts.landlock);
	}
	json_close(w, '}');
}

struct json *status_of_instance(struct instance *instance)
{
	char *text = instance_status(instance);
	struct json *status = NULL;

	if (text && json_parse(&status, text, strlen(text), NULL) == GW_OK && !json_is_object(status)) {
		json_free(status);
		status = NULL;
	}
	free(text);
	return status;
}

static void write_instances(struct json_writer *w, const struct api_parts *parts)
{
	json_open(w, "instances", '[');
	for (size_t i = 0; i < instances_count(parts->instances); i++) {
		struct instance *instance = instances_at(parts->instances, i);
		struct json *status = status_of_instance(instance);

		json_open(w, NULL, '{');
		json_put_text(w, "name", instance_name(instance));
		json_put_text(w, "plugin", instance_plugin_name(instance));
		write_readiness(w, parts, instance);
		json_put(w, "status", status);
		json_close(w, '}');
		json_free(status);
	}
	json_close(w, ']');
}

/* Two rounds that were, and the slots that are known to come. */
static void write_slots(struct json_writer *w, const struct api_parts *parts)
{
	const struct belief *belief = observer_belief(parts->observer);
	struct chain_view view;
	struct gw_now now;
	char witness[GW_ACCOUNT_SIZE];

	observer_now(parts->observer, &now);
	belief_view(belief, "", &now, &view);
	rounds_write(parts->rounds, w);
	json_open(w, "coming", '[');
	for (uint32_t n = 1; belief_slot(belief, n, witness) == GW_OK; n++) {
		json_open(w, NULL, '{');
		json_put_i64(w, "time", view.head_time_s + (int64_t)n * view.interval_s);
		json_put_text(w, "witness", witness);
		json_close(w, '}');
	}
	json_close(w, ']');
}

char *status_json(const struct api_parts *parts)
{
	const struct public_key *keys = NULL;
	struct json_writer w;

	json_writer_init(&w);
	json_open(&w, NULL, '{');
	json_put_u64(&w, "schema", 1); /* docs/status.md */
	json_put_text(&w, "version", GW_VERSION);
	json_put_i64(&w, "started_s", parts->started_s);
	json_put_bool(&w, "healthy", health_is_well(parts->health));
	json_put_text(&w, "left_out", health_left_out(parts->health));
	json_put_text(&w, "blind", health_blindness(parts->health));
	json_put_bool(&w, "dry_run", parts->dry_run);
	json_put_bool(&w, "signer", parts->signer != NULL);
	json_put_u64(&w, "signer_keys", parts->signer ? signer_keys(parts->signer, &keys) : 0);
	write_fetch(&w, parts);
	cluster_status_write(&w, parts->cluster);
	if (parts->signer)
		json_put_bool(&w, "signer_up", health_signer_answers(parts->health));
	json_put_bool(&w, "journal_writable", journal_is_writable(parts->journal));
	json_put_u64(&w, "log_lines_dropped", log_lines_dropped());
	write_notices(&w, parts);
	write_chain(&w, parts);
	write_nodes(&w, parts);
	write_instances(&w, parts);
	write_slots(&w, parts);
	recent_write(notices_recent(parts->notices), (int64_t)time(NULL) * 1000, &w);
	json_close(&w, '}');
	return json_writer_take(&w);
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

char *status_heartbeat(const struct api_parts *parts)
{
	const struct gw_nodes_event *nodes = belief_nodes(observer_belief(parts->observer));
	struct chain_view view;
	struct gw_now now;
	uint32_t connected = 0;
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return xstrdup("watching");
	observer_now(parts->observer, &now);
	belief_view(observer_belief(parts->observer), "", &now, &view);
	for (uint32_t i = 0; i < nodes->count; i++)
		connected += nodes->nodes[i]->connected;
	fprintf(out, "watching: head %" PRIu32 ", %" PRIu32 " of %" PRIu32 " nodes connected", view.head_num, connected,
		nodes->count);
	for (size_t i = 0; i < instances_count(parts->instances); i++) {
		struct instance *instance = instances_at(parts->instances, i);
		struct json *status = status_of_instance(instance);

		write_role(out, instance, status);
		json_free(status);
	}
	fclose(out);
	return text;
}
