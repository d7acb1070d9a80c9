/* SPDX-License-Identifier: MIT
 *
 * See cluster.h.
 */
#include "cluster/cluster.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "graphene/hex.h"

#define HEARD_MS 15000

struct cluster {
	struct cluster_setup setup;
	struct peers *peers;
	struct cluster_socket *socket;
	uint32_t epoch;
	bool has_epoch;
};

static void notice(const struct cluster *cluster, int32_t severity, const char *code, const struct peer_view *view)
{
	char text[256] = "";

	if (strcmp(code, "peer_silent") == 0)
		snprintf(text, sizeof(text), "%s is silent: nothing was heard of it for %" PRId64 " s", view->name,
			 view->heard_ms / 1000);
	else if (strcmp(code, "peer_heard") == 0)
		snprintf(text, sizeof(text), "%s is heard, and hears this node; its golosd: %s", view->name,
			 cluster_golosd_name(view->golosd));
	else if (strcmp(code, "peer_version") == 0)
		snprintf(text, sizeof(text), "%s speaks version %u of the cluster's protocol, this node version %d",
			 view->name, view->version, CLUSTER_VERSION);
	else
		snprintf(text, sizeof(text), "%s has another list in cluster.nodes than this node", view->name);
	cluster->setup.notice(cluster->setup.context, severity, code, text);
}

static void report(struct cluster *cluster, size_t place, int64_t now_ms)
{
	uint32_t changes = peers_take_changes(cluster->peers, place, now_ms);
	struct peer_view view;

	peers_view(cluster->peers, place, now_ms, &view);
	if (changes & PEER_IS_SILENT) {
		notice(cluster, GW_WARNING, "peer_silent", &view);
		cluster_socket_find(cluster->socket, place);
	}
	if (changes & PEER_IS_HEARD)
		notice(cluster, GW_INFO, "peer_heard", &view);
	if (changes & PEER_HAS_VERSION)
		notice(cluster, GW_WARNING, "peer_version", &view);
	if (changes & PEER_LIST_DIFFERS)
		notice(cluster, GW_WARNING, "peer_list_differs", &view);
}

static void on_changed(void *context)
{
	struct cluster *cluster = context;
	int64_t now_ms = loop_mono_ms();

	for (size_t i = 0; i < peers_count(cluster->peers); i++)
		report(cluster, i, now_ms);
}

static void on_second(void *context)
{
	const struct cluster *cluster = context;

	cluster->setup.look(cluster->setup.context);
}

gw_status cluster_new(struct cluster **ret, const struct cluster_setup *setup, struct error *err)
{
	struct cluster *cluster = xcalloc(1, sizeof(*cluster));
	uint8_t boot[CLUSTER_BOOT_BYTES];

	randombytes_buf(boot, sizeof(boot));
	cluster->setup = *setup;
	cluster->peers = peers_new(setup->settings, boot, setup->observer, loop_mono_ms());
	const struct socket_events events = {.context = cluster, .second = on_second, .changed = on_changed};
	gw_status status = cluster_socket_new(&cluster->socket, setup->loop, &setup->settings->listen,
					      setup->settings->nodes, setup->keys, cluster->peers, &events, err);

	cluster->setup.settings = NULL; /* a reload replaces it */
	if (status) {
		cluster_free(cluster);
		return status;
	}
	*ret = cluster;
	return GW_OK;
}

void cluster_free(struct cluster *cluster)
{
	if (!cluster)
		return;
	cluster_socket_free(cluster->socket);
	peers_free(cluster->peers);
	free(cluster);
}

void cluster_golosd(struct cluster *cluster, bool connected)
{
	peers_golosd(cluster->peers, connected, loop_mono_ms());
	cluster_socket_news(cluster->socket);
}

void cluster_head(struct cluster *cluster, uint32_t number, const char *id, uint32_t epoch)
{
	uint8_t bytes[CLUSTER_HEAD_BYTES];

	if (cluster->has_epoch && cluster->epoch != epoch)
		peers_forget(cluster->peers);
	cluster->has_epoch = true;
	cluster->epoch = epoch;
	if (hex_decode(bytes, sizeof(bytes), id, strlen(id)) == GW_OK)
		peers_head(cluster->peers, number, bytes);
}

void cluster_forget(struct cluster *cluster)
{
	peers_forget(cluster->peers);
}

void cluster_state_witnesses(struct cluster *cluster, const struct statement_witness *witnesses, size_t count)
{
	peers_state_witnesses(cluster->peers, witnesses, count);
	cluster_socket_news(cluster->socket);
}

bool cluster_is_heard(const struct cluster *cluster)
{
	int64_t now_ms = loop_mono_ms();
	struct peer_view view;

	for (size_t i = 0; i < peers_count(cluster->peers); i++) {
		peers_view(cluster->peers, i, now_ms, &view);
		if (!view.is_own && view.heard_ms >= 0 && view.heard_ms < HEARD_MS)
			return true;
	}
	return false;
}

const struct peers *cluster_peers(const struct cluster *cluster)
{
	return cluster->peers;
}

const struct socket_counts *cluster_counts(const struct cluster *cluster)
{
	return cluster_socket_counts(cluster->socket);
}

uint16_t cluster_port(const struct cluster *cluster)
{
	return cluster_socket_port(cluster->socket);
}
