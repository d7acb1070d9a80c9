/* SPDX-License-Identifier: MIT
 *
 * golos-watch check: its report (check.c), and its two halves: what this machine tells (cmd_check.c), what the chain
 * tells (check_network.c).
 */
#ifndef CTL_CHECK_H
#define CTL_CHECK_H

#include "cli/client.h"
#include "cli/signing.h"

enum check_state { CHECK_OK, CHECK_WRONG, CHECK_UNKNOWN };

struct check {
	struct cli *cli;
	unsigned counts[CHECK_UNKNOWN + 1];
	struct json_writer json;
	struct signer *signer; /* NULL: it does not start here */
	struct json *daemon_root;
	const struct json *daemon; /* the running daemon's status; NULL: daemon_err says why there is none */
	struct error daemon_err;
	struct chain_client *client; /* NULL: no node answers */
};

/* One line of the report. `what`: a stable word. */
void check_say(struct check *check, enum check_state state, const char *what, const char *fmt, ...) PRINTF_LIKE(4, 5);

/* The same with `text`; where that is empty, with what is said of that state. */
void check_say_state(struct check *check, enum check_state state, const char *what, const char *text, const char *good,
		     const char *unknown);

/* "yes", "no"; anything else: unknown. */
enum check_state check_state_of(const char *word);
/* The running daemon's words on an instance: "authority", "golosd_config"; which, where this command cannot read the
 * key, it alone knows. `unknown`: what is said where there are none. */
void check_say_told(struct check *check, const struct config_instance *instance, const char *what, const char *good,
		    const char *unknown);

/* The cluster's key, and each peer both ways; nothing where there is none. */
void check_cluster(struct check *check);

/* Nodes, clock, and each instance's witness. */
void check_network(struct check *check);

#endif
