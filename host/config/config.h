/* SPDX-License-Identifier: MIT
 *
 * Configuration: YAML (or the older container's environment) to one checked struct. docs/design.md "Configuration".
 * One loader turns YAML into a tree with places; one strict schema checks it. Every error is one sentence that names
 * file, line and key, or the variable. Called at start and on SIGHUP. One thread.
 */
#ifndef HOST_CONFIG_H
#define HOST_CONFIG_H

#include <stdbool.h>

#include "base/error.h"
#include "base/log.h"
#include "cluster/settings.h"
#include "graphene/keys.h"
#include "signer/client.h"

#define CONFIG_DEFAULT_PATH  "/etc/golos-watch/golos-watch.yml"
#define CONFIG_NODES_MAX     8
#define CONFIG_HOSTS_MAX     16
#define CONFIG_KEYS_MAX	     16
#define CONFIG_INSTANCES_MAX 1024
/* golosd's main network with its block interval (s) and number of witnesses, and its test network (docs/protocol.md 3)
 */
#define CONFIG_CHAIN_MAIN     "782a3039b478c839e4cb0c941ff4eaeb7df40bdd68bd441afd444b9da763de12"
#define CONFIG_MAIN_INTERVAL  3
#define CONFIG_MAIN_WITNESSES 21
#define CONFIG_CHAIN_TEST     "5876894a41e6361bde2e73278f07340f2eb8b41c2facd29099de9deef6cdb679"
/* "main", "test" or 64 hex digits to lower-case digits; false: none of them. */
NODISCARD bool config_chain_id(char ret[65], const char *text);
#define CONFIG_ADDRESSES_MAX   64     /* of all sources: FETCH_ADDRESSES_MAX */
#define CONFIG_OPTION_JSON_MAX 65536u /* bytes of a nested option: GW_OPTION_JSON_SIZE */
#define CONFIG_SIGNATURES_MAX  100    /* `max_signatures` at most */

/* One option of an instance as it stands in the file; its type is checked against the plugin's table later. */
struct config_option {
	char *name;
	int line;	    /* 0: from the environment */
	const char *origin; /* static: the variable it came from ("$WITNESS"); NULL: the file */
	bool is_list;
	size_t count;	 /* 1 for a scalar */
	char **values;	 /* scalars as written */
	char *json;	 /* of a list or a section: the whole of it; NULL: a scalar */
	size_t no_value; /* a list: its first entry that is no scalar, from 1, and `values` is empty; 0: none */
};

struct config_instance {
	char *plugin; /* NAME of NAME.so in plugin_dir: the key `plugin`, else the key `name` */
	char *name;   /* unique: the key `name`; "witness_monitor(foo)" where one name stands for several witnesses */
	int line;
	char witness[GW_ACCOUNT_SIZE];	  /* "" where the instance has none */
	char witness_pubkey[GW_KEY_SIZE]; /* "" likewise; checked when given: a GLS key, not the null key */
	struct public_key signing_key;	  /* the same, raw */
	uint32_t grants;		  /* SIGN_* of signer/client.h */
	uint32_t max_signatures;	  /* an hour; the instance's, else the signer's, default 6 */
	struct feed_bounds feed;	  /* with a grant of feed_publish; else zero */
	size_t source_count;		  /* entries of a nested option `sources` */
	char **sources;			  /* the `url` of each, checked; NULL: it has none. Asked through gw.http/1 */
	size_t option_count;
	struct config_option *options; /* all keys but the host's own */
};

struct config {
	char *source;	   /* file path or "environment" */
	size_t node_count; /* 0: an observer of the cluster, without golosd and plugins */
	char *nodes[CONFIG_NODES_MAX];
	char chain_id[65];   /* 64 lower-case hex digits; default: the main network's */
	char *plugin_dir;    /* default: compiled in */
	char *state_dir;     /* default /var/lib/golos-watch */
	char *control;	     /* socket path; default /run/golos-watch/ctl; "" = off */
	char *control_group; /* may be NULL */
	char *http;	     /* "" off, "127.0.0.1:PORT", "[::1]:PORT" or "unix:PATH" */
	size_t http_host_count;
	char *http_hosts[CONFIG_HOSTS_MAX]; /* beside loopback; without a port */
	char *ca_file;			    /* NULL: the system's */
	char *notice_command;		    /* NULL: none */
	enum log_format log_format;
	int32_t log_level;
	char *user;   /* host's user when started as root; NULL: golos-watch */
	bool dry_run; /* whole host */
	struct {
		size_t key_count;
		char *keys[CONFIG_KEYS_MAX]; /* "file:…", "credential:…", "keystore:…": what the signer opens itself */
		char *unset_key;	     /* an "env:NAME" of a variable that is not set here; NULL: none */
		bool has_inline;	     /* further keys came as env: or inline: config_take_secrets moved them */
		uint32_t max_signatures; /* for instances that say nothing */
		char *user;		 /* NULL: golos-watch-signer */
		char *program;		 /* NULL: beside golos-watchd, or compiled in */
		char *golosd_config;	 /* NULL: none */
	} signer;
	struct cluster_settings cluster;
	size_t instance_count;
	struct config_instance *instances;
};

/* path NULL: $NODE, $WITNESS, $KEY or $KEY_FILE, $WITNESS_PUBKEY, $MISS_WINDOW, $ALLOWED_MISSES, $CHAIN_ID. Both older
 * forms become one witness_monitor instance. GW_ERR_CONFIG with the sentence; GW_ERR_NOT_FOUND: no such file;
 * GW_ERR_TRUST: a file with keys that others can read. Touches no secret only after config_take_secrets (below). */
NODISCARD gw_status config_load(struct config **ret, const char *path, struct error *err);
/* The same from an open descriptor, read from its beginning and left open; `path` is then but the name in errors. */
NODISCARD gw_status config_load_fd(struct config **ret, int fd, const char *path, struct error *err);
void config_free(struct config *config); /* NULL is fine */

/* As it stands in the file; NULL: not given. */
const struct config_option *config_find_option(const struct config_instance *instance, const char *name);

/* A source of keys that systemd lends (credential:NAME, or a keystore's passphrase). Our unit takes it from NAME.key
 * beside the configuration, and the copy does not show the mode of that file. GW_ERR_TRUST: others can read the file,
 * with the command that mends it; GW_OK also where there is none, or the source is another. */
NODISCARD gw_status config_check_lent(const struct config *config, const char *source, struct error *err);

/* The addresses of all `sources`, each once, in their order; borrowed. Returns how many. */
size_t config_addresses(const struct config *config, const char *ret[CONFIG_ADDRESSES_MAX]);

/* All keys with default and meaning, from the schema itself. Caller frees. */
char *config_help(void);

/* ---- the first stage (docs/design.md "Signer") ------------------------------------------------------------------
 * Keys in the environment ($KEY, `keys: env:NAME`) or inline in an older file must never lie in the memory of the
 * process that loads plugins. So each program calls config_open before it does anything else. The first stage
 * (config_take_secrets) moves the keys into a sealed memfd and executes the program anew (config_reexec). The second
 * stage (config_secrets_resume) finds the memfds and reads the configuration from there.
 *
 * A configuration that came through config_fd cannot be read again on SIGHUP: the file holds keys ("needs a restart").
 */
enum config_keys {
	CONFIG_KEYS_ALL,   /* for the daemon: each must be there */
	CONFIG_KEYS_FOUND, /* a variable that is not set is no error: signer.unset_key says which */
	CONFIG_KEYS_NONE,  /* none is read, each is masked: for a command that signs nothing */
};

struct config_secrets {
	enum config_keys wanted; /* given by the caller */
	bool resumed;		 /* this process is the second stage */
	int keys_fd;		 /* sealed memfd, one WIF a line; -1: nothing was to be moved */
	int config_fd; /* sealed memfd, the file with each key masked; -1: the file (or the environment) itself */
	char **envp;   /* first stage: the environment to go on with; NULL: ours holds no key. config_secrets_done frees
			*/
};

/* Both stages, then config_load or config_load_fd. The first stage does not return where keys are to be moved, or stand
 * in the environment though nobody wants them. argv: main's. secrets: all zero but `wanted` and the two descriptors,
 * -1; keys_fd is for signer_setup.inline_keys_fd, which signer_start closes. Errors: those of the three below, and of
 * config_load. */
NODISCARD gw_status config_open(struct config **ret, struct config_secrets *secrets, const char *path,
				char *const argv[], struct error *err);

/* Before all else: closes the descriptors above standard error that a shell or an engine left open to us, so that no
 * plugin finds them. Those of a first stage stay. */
void config_close_inherited(void);

/* For what needs no configuration: where the environment holds a key, executes the program anew without it.
 * GW_ERR_SYSTEM. */
NODISCARD gw_status config_hide_keys(char *const argv[], struct error *err);

/* Finds the keys that are `wanted`, checks each, moves them. A file that needs no move leaves keys_fd at -1, as does
 * one that config_load will refuse. GW_ERR_SYNTAX: what should be a key is none; names variable or file and line.
 * GW_ERR_CONFIG, GW_ERR_TRUST, GW_ERR_NOT_FOUND, GW_ERR_SYSTEM. */
NODISCARD gw_status config_take_secrets(struct config_secrets *ret, const char *path, struct error *err);
/* Executes /proc/self/exe anew; returns only on failure: GW_ERR_SYSTEM. */
NODISCARD gw_status config_reexec(const struct config_secrets *secrets, char *const argv[], struct error *err);
/* Takes $GOLOS_WATCH_KEYS_FD and $GOLOS_WATCH_CONFIG_FD out of the environment. Only sealed memfds are accepted:
 * GW_ERR_TRUST. Neither set: GW_OK, `resumed` false. Sets close-on-exec on both, and the process's name. */
NODISCARD gw_status config_secrets_resume(struct config_secrets *ret, struct error *err);
/* Closes what is still open (keys_fd must be set to -1 when the signer took it) and frees. */
void config_secrets_done(struct config_secrets *secrets);

/* Offers each key of an instance that is the host's own, for "did you mean". */
struct nearest;
void config_offer_instance_keys(struct nearest *nearest, const char *wrong);

#endif
