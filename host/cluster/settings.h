/* SPDX-License-Identifier: MIT
 *
 * What a configuration says of the cluster. Pure.
 */
#ifndef CLUSTER_SETTINGS_H
#define CLUSTER_SETTINGS_H

#include "cluster/wire.h"

#define CLUSTER_ADDRESSES_MAX 4 /* of one node; a name may stand for several */

struct cluster_address {
	char host[254]; /* without brackets */
	uint16_t port;
};

struct cluster_node {
	char name[CLUSTER_NAME_SIZE];
	size_t count;
	struct cluster_address addresses[CLUSTER_ADDRESSES_MAX];
};

struct cluster_settings {
	char name[CLUSTER_NAME_SIZE]; /* ours; "": there is no cluster */
	struct cluster_address listen;
	size_t key_count;
	char *keys[CLUSTER_KEYS_MAX]; /* sources: keys.h */
	size_t node_count;
	struct cluster_node nodes[CLUSTER_NODES_MAX];
};

/* HOST:PORT, a name or an address; an IPv6 one in brackets. port_min: 1, or 0 where any free port will do. GW_ERR_SYNTAX with what is expected. */
NODISCARD gw_status cluster_address_parse(struct cluster_address *ret, const char *text, uint16_t port_min,
					  struct error *err);

/* GW_ERR_RANGE with the sentence: a name that is none, twice, a ninth, ours not among them, fewer than two, or two
 * whose hash is the same. */
NODISCARD gw_status cluster_check_names(const struct cluster_settings *settings, struct error *err);

/* One source of a key: file:/PATH, credential:NAME or env:NAME. GW_ERR_SYNTAX: it is none; what is wrong, and never its text,
 * which may be a key. */
NODISCARD gw_status cluster_source_check(const char *source, struct error *err);

#endif
