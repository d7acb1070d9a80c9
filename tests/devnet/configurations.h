/* SPDX-License-Identifier: MIT
 *
 * Files to try golos-watchd with by hand: a configuration for each node of foo.
 */
#ifndef DEVNET_CONFIGURATIONS_H
#define DEVNET_CONFIGURATIONS_H

#include "devnet/server.h"
#include "graphene/keys.h"

struct configurations {
	const char *chain_id;	   /* hex */
	struct secret_key active;  /* foo's */
	unsigned count;		   /* nodes of foo */
	uint16_t ports[NODES_MAX]; /* theirs, */
	struct secret_key signing[NODES_MAX];
};

/* Makes `directory` where it is missing, and in it active.key, and for each node of foo node-K.yml and node-K.ini, the
 * part of a golosd's config.ini that golos-watchd reads. What stands there is replaced. */
NODISCARD gw_status configurations_write(const struct configurations *c, const char *directory, struct error *err);

#endif
