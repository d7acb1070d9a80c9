/* SPDX-License-Identifier: MIT
 *
 * See neighbours.h. Runs in golos-watchd.
 */
#include "daemon/neighbours.h"

#include <string.h>

#include "api/status.h"
#include "base/log.h"
#include "daemon/state.h"

#define READY_HEAD_S 15 /* a head older than this is no base for a switch */

static bool sees_head(const struct host *host)
{
	struct chain_view view;
	struct gw_now now;

	observer_now(host->observer, &now);
	belief_view(observer_belief(host->observer), "", &now, &view);
	return view.head_num && now.wall_ms / 1000 - view.head_time_s <= READY_HEAD_S;
}

/* Nothing that is known forbids it: what nobody can tell, as without golosd_config, does not. */
static bool is_ready(struct instance *instance)
{
	struct json *status = status_of_instance(instance);
	char ready[16] = "no";
	bool is_no = !status || json_get_text(status, "ready", ready, sizeof(ready), NULL) != GW_OK ||
		     strcmp(ready, "no") == 0;

	json_free(status);
	return !is_no;
}

static void state_instance(const struct host *host, struct instance *instance, struct statement_witness *ret)
{
	const struct config_instance *config = instance_config(instance);
	const struct gw_witness_event *known = belief_witness(observer_belief(host->observer), config->witness);
	struct gw_readiness_event readiness;
	struct public_key believed;

	*ret = (struct statement_witness){.flags = is_ready(instance) && sees_head(host) ? STATEMENT_READY : 0};
	memcpy(ret->name, config->witness, sizeof(ret->name));
	memcpy(ret->key, config->signing_key.bytes, sizeof(ret->key));
	if (known && public_key_parse(&believed, known->signing_key, strlen(known->signing_key), NULL) == GW_OK)
		memcpy(ret->believed, believed.bytes, sizeof(ret->believed));
	if (health_readiness(host->health, instance, &readiness) && readiness.golosd_config == GW_READY_YES)
		ret->flags |= STATEMENT_KEY_CHECKED;
}

/* Each second: what our instances say of themselves. */
static void on_look(void *context)
{
	struct statement_witness witnesses[PEERS_WITNESSES_MAX];
	struct host *host = context;
	size_t count = 0;

	for (size_t i = 0; i < instances_count(host->instances) && count < PEERS_WITNESSES_MAX; i++) {
		struct instance *instance = instances_at(host->instances, i);

		if (instance_config(instance)->witness[0] && instance_config(instance)->witness_pubkey[0])
			state_instance(host, instance, &witnesses[count++]);
	}
	cluster_state_witnesses(host->cluster, witnesses, count);
}

gw_status neighbours_open(struct host *host,
			  void (*notice)(void *context, int32_t severity, const char *code, const char *text),
			  int *ret_exit, struct error *err)
{
	const struct cluster_settings *settings = &host->config->cluster;
	struct cluster_setup setup = {.loop = host->loop,
				      .settings = settings,
				      .keys = host->cluster_keys,
				      .observer = host->config->node_count == 0,
				      .context = host,
				      .notice = notice,
				      .look = on_look};

	if (!host->cluster_keys)
		return GW_OK;
	gw_status status = cluster_new(&host->cluster, &setup, err);
	*ret_exit = exit_status_of(status, false, EXIT_SYSTEM);
	if (status)
		return status;
	host->api.cluster = host->cluster;
	if (setup.observer)
		health_observe(host->health, host->cluster);
	log_line(GW_INFO, "cluster", "this node is %s, one of %zu, and listens at port %u%s", settings->name,
		 settings->node_count, cluster_port(host->cluster), setup.observer ? "; it is an observer" : "");
	return GW_OK;
}

void neighbours_block(struct host *host, const struct gw_block_event *event)
{
	if (!host->cluster)
		return;
	if (event->id[0])
		cluster_head(host->cluster, event->num, event->id, event->driver_epoch);
	else /* its id comes with the next one */
		cluster_head(host->cluster, event->num - 1, event->previous, event->driver_epoch);
}

void neighbours_witness(struct host *host, const struct gw_witness_event *event)
{
	if (!host->cluster || event->key_seq <= host->key_seq)
		return;
	host->key_seq = event->key_seq;
	cluster_forget(host->cluster);
}

void neighbours_nodes(struct host *host, const struct gw_nodes_event *event)
{
	if (!host->cluster)
		return;
	for (uint32_t i = 0; i < event->count; i++)
		if (event->nodes[i]->is_own)
			cluster_golosd(host->cluster, event->nodes[i]->connected);
}
