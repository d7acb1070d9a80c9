/* SPDX-License-Identifier: MIT
 *
 * golos-watch check: its state, and its two halves: what this machine tells (cmd_check.c), what the chain tells
 * (check_chain.c).
 */
#ifndef CTL_CHECK_H
#define CTL_CHECK_H

#include "ctl/client.h"
#include "ctl/signing.h"

enum check_state { CHECK_OK, CHECK_WRONG, CHECK_UNKNOWN };

struct check {
	struct cli *cli;
	unsigned counts[CHECK_UNKNOWN + 1];
	struct json_writer json;
	struct signer *signer;	     /* NULL: it does not start */
	struct chain_client *client; /* NULL: no node answers */
};

/* One line of the report. `what`: a stable word. */
void check_say(struct check *check, enum check_state state, const char *what, const char *fmt, ...) PRINTF_LIKE(4, 5);

/* Nodes, clock, and each instance's witness. */
void check_chain(struct check *check);

#endif
