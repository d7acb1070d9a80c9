/* SPDX-License-Identifier: MIT
 *
 * What a command would change of a witness: from what the chain has and what was asked for, to the operations, with
 * each change as old and new for people. Pure but for the properties' file.
 */
#ifndef CTL_WITNESS_CHANGE_H
#define CTL_WITNESS_CHANGE_H

#include "cli/cli.h"
#include "graphene/operation.h"
#include "node/answers.h"

struct witness_change {
	struct witness_answer present;
	bool key_changes, url_changes;
	struct witness_update update; /* present key and url where they do not change */
	bool properties_change[CHAIN_PROPERTIES_MAX];
	size_t property_changes;
	struct chain_properties_update old_properties, new_properties;
};

/* raw: get_witness_by_account's answer, which `present` was read from. Nothing changes yet. The version of the
 * properties is the newest whose members the node shows: that of its hard fork. */
NODISCARD gw_status witness_change_begin(struct witness_change *ret, const struct json *raw,
					 const struct witness_answer *present, struct error *err);
NODISCARD gw_status witness_change_key(struct witness_change *change, const char *key, struct error *err);
NODISCARD gw_status witness_change_url(struct witness_change *change, const char *url, struct error *err);
/* One property, by the chain's name; `value` as people write it. GW_ERR_SYNTAX, GW_ERR_RANGE; GW_ERR_UNSUPPORTED: the
 * node's hard fork has no such property. */
NODISCARD gw_status witness_change_property(struct witness_change *change, const char *name, const char *value,
					    struct error *err);
/* "name=value" */
NODISCARD gw_status witness_change_assignment(struct witness_change *change, const char *text, struct error *err);
/* A YAML file of names and values. */
NODISCARD gw_status witness_change_file(struct witness_change *change, const char *path, struct error *err);

/* The operations that make the change, none where nothing changes; what golosd would refuse is said here. ret has room
 * for two. */
NODISCARD gw_status witness_change_operations(const struct witness_change *change, struct operation *ret,
					      uint32_t *ret_count, struct error *err);
#define WITNESS_CHANGE_TEXT_SIZE 160
/* golosd checks every property at each update, and some that a chain starts with do not pass
 * (tests/recordings/README.md 38). One sentence each of those that must change too, `max` at most; 0: none, or the
 * change itself is refused. */
size_t witness_change_missing(const struct witness_change *change, char ret[][WITNESS_CHANGE_TEXT_SIZE], size_t max);
/* One line for each change on stdout. */
void witness_change_print(const struct witness_change *change);

#endif
