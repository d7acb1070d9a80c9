/* SPDX-License-Identifier: MIT
 *
 * One reader for each kind of value in a configuration. Each turns text of the tree into a member of struct config, or
 * gives one sentence that names the place. Between schema.c and read.c alone.
 */
#ifndef HOST_CONFIG_READ_H
#define HOST_CONFIG_READ_H

#include <golos_watch/plugin.h>

#include "config/config.h"
#include "config/tree.h"

struct reader {
	struct config *config;
	struct error *err;
	bool older;	  /* the keys stand at the top of an older file, or are variables */
	char section[48]; /* "", "signer.", "plugins[2]." */
};

struct schema_key;
/* Writes the target only when the value is one. */
typedef gw_status config_read_fn(struct reader *r, const struct tree *value, void *target);
/* The same of a single value; `value` is where it stands. */
typedef gw_status config_read_text_fn(struct reader *r, const struct tree *value, const char *text, void *target);

struct schema_key {
	struct gw_option is;  /* as a plugin's; without a default the target stays zero */
	config_read_fn *read; /* at most one of the two; NULL: config_read goes by the type */
	config_read_text_fn *read_text;
	size_t offset; /* of the target, in struct config or struct config_instance */
};

/* "FILE:LINE: 'section.key': …", or "environment: $NAME: …". Always GW_ERR_CONFIG. */
gw_status config_fail(const struct reader *r, const struct tree *at, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* The text of a scalar that says something; *ret is borrowed from the tree. */
NODISCARD gw_status config_scalar(const struct reader *r, const struct tree *value, const char **ret);

/* By the row's own reader; else BOOL to a bool, INT to a uint32_t, CHOICE to an int32_t: its place. */
NODISCARD gw_status config_read(struct reader *r, const struct tree *value, const struct schema_key *key, void *target);

/* The target of each is the type in its comment; texts are xstrdup'ed. */
config_read_text_fn config_read_text;		/* char *: 1 to 1,024 bytes */
config_read_text_fn config_read_path;		/* char *: absolute */
config_read_text_fn config_read_word;		/* char *: value_is_word */
config_read_text_fn config_read_instance_name;	/* char * */
config_read_text_fn config_read_rate;		/* uint64_t: feed_bounds.h */
config_read_text_fn config_read_percent;	/* uint32_t: of feed_max_step */
config_read_text_fn config_read_chain_id;	/* char[65], lower case */
config_read_text_fn config_read_control;	/* char *: "" for off */
config_read_text_fn config_read_http;		/* char *: "" for off */
config_read_fn config_read_hosts;		/* none: config->http_hosts */
config_read_fn config_read_grants;		/* uint32_t: SIGN_* bits */
config_read_fn config_read_nodes;		/* none: config->nodes */
config_read_text_fn config_read_cluster_name;	/* char[CLUSTER_NAME_SIZE] */
config_read_text_fn config_read_cluster_listen; /* struct cluster_address */
config_read_fn config_read_cluster_keys;	/* none: config->cluster.keys */
config_read_fn config_read_cluster_nodes;	/* none: config->cluster.nodes */
config_read_fn config_read_keys;		/* none: config->signer.keys and has_inline */

#endif
