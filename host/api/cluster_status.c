/* SPDX-License-Identifier: MIT
 *
 * The cluster in the status. Runs in golos-watchd.
 */
#include "api/cluster_status.h"

#include <string.h>

#include "cluster/cluster.h"
#include "graphene/keys.h"
#include "loop/loop.h"

static void write_witnesses(struct json_writer *w, const struct peer_view *view)
{
	json_open(w, "witnesses", '[');
	for (size_t i = 0; i < view->witness_count; i++) {
		const struct statement_witness *witness = &view->witnesses[i];
		struct public_key key;
		char text[GW_KEY_SIZE];

		memcpy(key.bytes, witness->key, sizeof(key.bytes));
		public_key_format(text, &key);
		json_open(w, NULL, '{');
		json_put_text(w, "witness", witness->name);
		json_put_text(w, "signing_key", text);
		json_put_bool(w, "produces", memcmp(witness->key, witness->believed, sizeof(witness->believed)) == 0);
		json_put_bool(w, "ready", witness->flags & STATEMENT_READY);
		json_put_bool(w, "key_checked", witness->flags & STATEMENT_KEY_CHECKED);
		json_close(w, '}');
	}
	json_close(w, ']');
}

static void put_ms(struct json_writer *w, const char *name, int64_t ms)
{
	if (ms < 0)
		json_put_null(w, name);
	else
		json_put_i64(w, name, ms);
}

static void write_node(struct json_writer *w, const struct peer_view *view)
{
	bool is_known = view->is_own || view->heard_ms >= 0;

	json_open(w, NULL, '{');
	json_put_text(w, "name", view->name);
	json_put_bool(w, "own", view->is_own);
	if (!view->is_own) {
		json_put_text(w, "state", peer_state_name(view->state));
		put_ms(w, "heard_ms", view->heard_ms);
		put_ms(w, "hears_us_ms", view->hears_us_ms);
		json_put_bool(w, "relayed", view->is_relayed);
		json_put_bool(w, "same_nodes", !view->list_differs);
		json_put_u64(w, "lag", view->lag);
		if (view->version)
			json_put_u64(w, "version", view->version);
	}
	json_put_text(w, "golosd", is_known ? cluster_golosd_name(view->golosd) : "unknown");
	put_ms(w, "golosd_ms", is_known ? view->golosd_ms : -1);
	json_put_u64(w, "head", view->head);
	write_witnesses(w, view);
	json_close(w, '}');
}

static void write_counts(struct json_writer *w, const struct socket_counts *counts)
{
	json_open(w, "datagrams", '{');
	json_put_u64(w, "sent", counts->sent);
	json_put_u64(w, "not_sent", counts->not_sent);
	json_put_u64(w, "received", counts->received);
	json_put_u64(w, "words", counts->words);
	json_put_u64(w, "repeated", counts->repeated);
	json_put_u64(w, "refused", counts->refused);
	json_put_u64(w, "not_opened", counts->not_opened);
	json_put_u64(w, "strange", counts->strange);
	json_put_u64(w, "other_version", counts->version);
	json_put_u64(w, "over_limit", counts->over_limit);
	json_close(w, '}');
}

void cluster_status_write(struct json_writer *w, const struct cluster *cluster)
{
	int64_t now_ms = loop_mono_ms();
	struct peer_view view;

	if (!cluster) {
		json_put_null(w, "cluster");
		return;
	}
	const struct peers *peers = cluster_peers(cluster);

	json_open(w, "cluster", '{');
	json_put_text(w, "name", peers_name(peers, peers_own(peers)));
	peers_view(peers, peers_own(peers), now_ms, &view);
	json_put_bool(w, "observer", view.golosd == GOLOSD_NONE);
	json_put_u64(w, "port", cluster_port(cluster));
	json_put_u64(w, "fresh", peers_fresh(peers, now_ms));
	json_put_u64(w, "majority", peers_count(peers) / 2 + 1);
	json_open(w, "nodes", '[');
	for (size_t i = 0; i < peers_count(peers); i++) {
		peers_view(peers, i, now_ms, &view);
		write_node(w, &view);
	}
	json_close(w, ']');
	write_counts(w, cluster_counts(cluster));
	json_close(w, '}');
}
