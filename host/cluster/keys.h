/* SPDX-License-Identifier: MIT
 *
 * The key of a cluster: 32 bytes that are the same on each node, as 64 hex digits. Who has it may speak for any node; it
 * signs nothing. It is read before a plugin is loaded, lies in locked memory, and is wiped from the environment.
 */
#ifndef CLUSTER_KEYS_H
#define CLUSTER_KEYS_H

#include "cluster/settings.h"

#define CLUSTER_KEY_TEXT_SIZE (2 * CLUSTER_KEY_BYTES + 1)

/* Keys of the links: the first seals, each opens. In sodium_malloc's memory: guard pages, locked, in no core. */
struct cluster_keys {
	size_t count;
	uint8_t links[CLUSTER_KEYS_MAX][CLUSTER_KEY_BYTES];
};

/* Reads each source, which cluster_source_check took. A file must be root's or ours, and nobody else's to read (GW_ERR_TRUST). An environment variable
 * is overwritten and taken away, on failure too. GW_ERR_NOT_FOUND, GW_ERR_CONFIG, GW_ERR_SYNTAX (no key), GW_ERR_RANGE
 * (the same twice), GW_ERR_SYSTEM. Errors never hold a part of a key. */
NODISCARD gw_status cluster_keys_read(struct cluster_keys **ret, const char *const *sources, size_t count,
				      const uint8_t chain_id[32], struct error *err);
void cluster_keys_free(struct cluster_keys *keys); /* wipes; NULL is fine */

/* For a program that needs no key: the variables that hold one are overwritten and taken away. */
void cluster_keys_hide(const char *const *sources, size_t count);

/* A new key. GW_ERR_SYSTEM. The caller wipes it. */
NODISCARD gw_status cluster_key_make(char ret[CLUSTER_KEY_TEXT_SIZE], struct error *err);

#endif
