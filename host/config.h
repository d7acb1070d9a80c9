/* SPDX-License-Identifier: MIT
 *
 * Configuration: YAML (or the older container's environment) to one checked struct. DESIGN.md "Configuration".
 * One loader turns YAML into a tree with places; one strict schema checks it. Every error is one sentence that names
 * file, line and key. Called at start and on SIGHUP.
 */
#ifndef HOST_CONFIG_H
#define HOST_CONFIG_H

#include <stdbool.h>

#include "base/error.h"
#include "base/log.h"
#include "graphene/keys.h"

#define CONFIG_BYTES_MAX (1u << 20)
#define CONFIG_NODES_MAX 8
#define CONFIG_KEYS_MAX 16
#define CONFIG_INSTANCES_MAX 1024

/* One option of an instance as it stands in the file; its type is checked against the plugin's table later. */
struct config_option {
	char *name;
	int line;
	bool is_list;
	size_t count;  /* 1 for a scalar */
	char **values; /* scalars as written */
};

struct config_instance {
	char *plugin;      /* name: NAME.so in plugin_dir */
	char *name;        /* unique; "witness_monitor" or "witness_monitor(foo)" when there are several */
	int line;
	char witness[GW_ACCOUNT_SIZE];   /* "" where the instance has none */
	char witness_pubkey[GW_KEY_SIZE]; /* "" likewise; checked when given: a GLS key, not the null key */
	struct public_key signing_key;    /* the same, raw */
	uint32_t grants;                  /* SIGN_* of signer/client.h */
	uint32_t max_signatures;          /* an hour; default 6 */
	size_t option_count;
	struct config_option *options; /* everything but name, plugin, sign, max_signatures */
};

struct config {
	char *source; /* file path or "environment" */
	size_t node_count;
	char *nodes[CONFIG_NODES_MAX];
	char chain_id[65];  /* default: the main network's */
	char *plugin_dir;   /* default: compiled in */
	char *state_dir;    /* default /var/lib/golos-watch */
	char *control;      /* socket path; default /run/golos-watch/ctl; "" = off */
	char *control_group; /* may be NULL */
	char *http;         /* "" off, "127.0.0.1:PORT" or "unix:PATH" */
	char *ca_file;      /* NULL: the system's */
	char *notice_command; /* NULL: none */
	enum log_format log_format;
	int32_t log_level;
	char *user;         /* host's user when started as root; NULL: golos-watch */
	bool dry_run;       /* whole host */
	struct {
		size_t key_count;
		char *keys[CONFIG_KEYS_MAX]; /* "file:…", "credential:…", "keystore:…", "env:…" */
		bool has_inline;             /* an older config holds WIFs in `keys`: see config_take_secrets */
		char *user;                  /* NULL: golos-watch-signer */
		char *program;               /* NULL: beside golos-watchd, or compiled in */
		char *golosd_config;         /* NULL: none */
	} signer;
	size_t instance_count;
	struct config_instance *instances;
};

/* path NULL: $NODE, $WITNESS, $KEY, $WITNESS_PUBKEY, $MISS_WINDOW, $ALLOWED_MISSES. Both older forms become one
 * witness_monitor instance. GW_ERR_CONFIG with the sentence; GW_ERR_TRUST: a file with keys that others can read. */
NODISCARD gw_status config_load(struct config **ret, const char *path, struct error *err);
void config_free(struct config *config);

/* The first stage (DESIGN.md "Signer"): finds keys in the environment or inline in the file, moves them into a sealed memfd
 * (one WIF a line) and tells the arguments and environment to re-execute with, so that the host's own memory never
 * holds one. Returns GW_OK and *ret_fd -1 where there is nothing to move. */
NODISCARD gw_status config_take_secrets(const char *path, int *ret_secrets_fd, int *ret_config_fd, struct error *err);

#endif
