/* SPDX-License-Identifier: MIT
 * golos-watch check: the cluster, its key and each peer both ways. */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "cli/check.h"
#include "cli/cli.h"
#include "cluster/keys.h"

/* systemd lends a credential, and a container its environment, to the daemon alone. */
static void check_key(struct check *check)
{
	static const uint8_t any_chain[32] = {0};
	const struct cluster_settings *cluster = &check->cli->config->cluster;

	for (size_t i = 0; i < cluster->key_count; i++) {
		const char *source = cluster->keys[i];
		struct cluster_keys *keys = NULL;
		struct error err = {0};

		if (strncmp(source, "file:", 5) != 0) {
			if (config_check_lent(check->cli->config, source, &err))
				check_say(check, CHECK_WRONG, "cluster key", "%s", err.text);
			continue;
		}
		gw_status r = cluster_keys_read(&keys, &source, 1, any_chain, &err);

		cluster_keys_free(keys);
		if (r == GW_ERR_NOT_FOUND && geteuid() != 0)
			check_say(check, CHECK_UNKNOWN, "cluster key", "%s; as root this could be told", err.text);
		else if (r)
			check_say(check, CHECK_WRONG, "cluster key", "%s", err.text);
		else
			check_say(check, CHECK_OK, "cluster key", "%s holds a key, and is private", source);
	}
}

static void check_node(struct check *check, const struct json *node, int64_t port)
{
	const char *name = told_text(node, "name"), *state = told_text(node, "state");
	double heard_s = (double)told_number(node, "heard_ms") / 1000;
	int64_t version = told_number(node, "version");

	if (version)
		check_say(check, CHECK_WRONG, "peer",
			  "%s speaks version %" PRId64 " of the protocol: install the same "
			  "golos-watch on both",
			  name, version);
	else if (!told_flag(node, "same_nodes"))
		check_say(check, CHECK_WRONG, "peer", "%s has another list in cluster.nodes", name);
	else if (strcmp(state, "fresh") == 0)
		check_say(check, CHECK_OK, "peer", "%s was heard %.1f s ago%s, and hears this node", name, heard_s,
			  told_flag(node, "relayed") ? " by a relay" : "");
	else if (strcmp(state, "silent") != 0 && heard_s > 0 && heard_s < 7)
		check_say(check, CHECK_WRONG, "peer",
			  "%s is heard and does not hear this node: may it reach UDP port %" PRId64 " here, and is the "
			  "address of this node right there?",
			  name, port);
	else
		check_say(check, CHECK_WRONG, "peer",
			  "%s is not heard: does it run, with the same key and chain, and does its firewall let UDP "
			  "pass?",
			  name);
}

void check_cluster(struct check *check)
{
	const struct json *cluster = NULL, *nodes;

	if (!check->cli->config->cluster.name[0])
		return;
	check_key(check);
	if (!check->daemon) {
		check_say(check, CHECK_UNKNOWN, "peer",
			  "golos-watchd does not answer, so nobody hears the other nodes");
		return;
	}
	if (json_get_object(check->daemon, "cluster", &cluster, NULL)) {
		check_say(check, CHECK_WRONG, "peer", "golos-watchd runs without the cluster: restart it");
		return;
	}
	check_say(check, CHECK_OK, "cluster", "this node is %s, and listens at UDP port %" PRId64,
		  told_text(cluster, "name"), told_number(cluster, "port"));
	nodes = told_list(cluster, "nodes");
	for (size_t i = 0; i < told_size(nodes); i++)
		if (!told_flag(json_element(nodes, i), "own"))
			check_node(check, json_element(nodes, i), told_number(cluster, "port"));
}
