/* SPDX-License-Identifier: MIT
 *
 * golos-watch, the command line: what its commands share. One table of options, one of commands; help, usage and the
 * check of what was given all come from them. One thread.
 */
#ifndef CTL_CLI_H
#define CTL_CLI_H

#include "api/told.h"
#include "base/json.h"
#include "base/json_writer.h"
#include "cli/output.h"
#include "config/config.h"

#define CLI_WORDS_MAX 3
#define CLI_LIST_MAX  64

enum cli_option {
	OPTION_CONFIG,
	OPTION_NODE,
	OPTION_CHAIN_ID,
	OPTION_SOCKET,
	OPTION_JSON,
	OPTION_HELP,
	OPTION_VERSION,
	OPTION_KEYSTORE,
	OPTION_SMALL,
	OPTION_PASSWORD,
	OPTION_PASSPHRASE,
	OPTION_NEW_PASSPHRASE,
	OPTION_KEY,
	OPTION_SIGNING_KEY,
	OPTION_URL,
	OPTION_SET,
	OPTION_FILE,
	OPTION_YES,
	OPTION_DRY_RUN,
	OPTION_WATCH,
	OPTION_INSTANCE,
	OPTION_FOR,
	OPTION_SINCE,
	OPTION_LIMIT,
	OPTION_NO_WAIT,
	OPTION_CLUSTER,
	OPTION_ORDER,
	OPTION_GOLOSD_CONFIG,
	OPTION_COUNT
};
#define OPTION_BIT(option) (1u << (option))
_Static_assert(OPTION_COUNT <= 32, "a command's options are bits");

/* What stands on the command line. Texts are argv's. */
struct cli_list {
	size_t count;
	const char *items[CLI_LIST_MAX];
};
struct cli_arguments {
	bool given[OPTION_COUNT];
	const char *values[OPTION_COUNT];	  /* the last one given */
	struct cli_list sets, keys, nodes, order; /* of options that may be repeated: all */
	size_t word_count;
	const char *words[CLI_WORDS_MAX];
};

struct cli {
	char **argv; /* main's: a configuration with keys in it executes the program anew */
	struct cli_arguments arguments;
	struct config *config; /* after cli_configure */
	bool has_config;       /* a file or the environment gave it; false: only --node and the like */
	struct config_secrets secrets;
};

struct command {
	const char *name;
	const char *words; /* for people: "NAME" */
	size_t words_min, words_max;
	uint32_t options; /* OPTION_BIT of those it takes besides the global ones */
	const char *summary;
	const char *help;
	int (*run)(struct cli *cli); /* returns an exit status; NULL: the help, which knows all of them */
	bool configures;	     /* cli_configure comes before it */
};

/* ---- what every command may want --------------------------------------------------------------------------------- */

/* The configuration: -c FILE, else the usual file if it can be read, else the older container's environment, else
 * nothing but defaults; then --node, --chain-id and --socket over it. */
NODISCARD gw_status cli_configure(struct cli *cli, struct error *err);
/* The one instance that --instance or `witness` (may be NULL) names, or the only one there is. GW_ERR_NOT_FOUND. */
NODISCARD gw_status cli_instance(const struct cli *cli, const char *witness, const struct config_instance **ret,
				 struct error *err);
/* First value of an instance's option as it stands in the file; NULL: not given. */
const char *cli_instance_option(const struct config_instance *instance, const char *name);
/* The number that stands in the file for an option of an instance (NULL: of none); else, or where it is no number, the
 * default. */
int64_t cli_instance_number(const struct config_instance *instance, const char *name, const char *default_text);
/* "this node's", "place 2 in order", or "" where the configuration does not know the key. */
void cli_key_name(const struct cli *cli, const char *witness, const char *key, char *ret, size_t size);

/* GW_ERR_SYNTAX is EXIT_USAGE, GW_ERR_UNSUPPORTED is EXIT_CHAIN: what else means something else says so itself. */
/* Says *err on stderr and gives the exit status that fits it. */
int cli_fail(const struct error *err);
/* The same of a key, a keystore or its passphrase: what is wrong with them is EXIT_KEY. */
int cli_fail_key(const struct error *err);

/* ---- words of the command line ----------------------------------------------------------------------------------- */

/* "90", "90s", "30m", "2h", "7d" to seconds, 1 to 10 years. */
NODISCARD gw_status cli_parse_duration(const char *text, int64_t *ret_s, struct error *err);
/* A duration ago, or "2026-11-23", "2026-11-23T20:00:00" (UTC). */
NODISCARD gw_status cli_parse_since(const char *text, int64_t now_s, int64_t *ret_s, struct error *err);

int64_t wall_s(void);

/* ---- the commands ------------------------------------------------------------------------------------------------ */

int cmd_keygen(struct cli *cli);
int cmd_keystore(struct cli *cli);
int cmd_status(struct cli *cli);
int cmd_cluster(struct cli *cli);
int cmd_feed(struct cli *cli);
int cmd_history(struct cli *cli);
int cmd_hold(struct cli *cli);
int cmd_resume(struct cli *cli);
int cmd_takeover(struct cli *cli);
int cmd_witness(struct cli *cli);
int cmd_update(struct cli *cli);
int cmd_disable(struct cli *cli);
int cmd_check(struct cli *cli);
int cmd_init(struct cli *cli);

#endif
