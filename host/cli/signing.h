/* SPDX-License-Identifier: MIT
 *
 * How a command has something signed and sees it into a block: a signer of its own, whose policy is exactly what was
 * shown and confirmed, one signature a key; the smallest set of keys; the moment when it costs no slot (docs/design.md
 * "From a block to a switch" 7); every node; the block itself.
 */
#ifndef CTL_SIGNING_H
#define CTL_SIGNING_H

#include "cli/chain_client.h"
#include "cli/cli.h"
#include "graphene/operation.h"
#include "signer/client.h"

#define SIGNING_OPERATIONS 2

struct signing {
	const char *witness;
	uint32_t operation_count;
	struct operation operations[SIGNING_OPERATIONS];
	bool changes_key; /* wants room before the witness's own slot */
};

/* What the service alone has of the configuration's keys: a credential that systemd lends it, or a variable that is not
 * set here. Its text; NULL: none, or --key is given in its place. */
const char *signing_lent_key(const struct cli *cli);
/* Whether signing_start would find a key named. GW_ERR_CONFIG. */
NODISCARD gw_status signing_check_keys(const struct cli *cli, struct error *err);
/* Starts golos-watch-signer with the keys of --key, else the configuration's. facts: also reads golosd's config, if the
 * configuration names it. *ret_exit is set on failure. */
NODISCARD gw_status signing_start(struct signer **ret, struct cli *cli, const struct signer_policy_instance *instances,
				  size_t count, bool facts, int *ret_exit, struct error *err);

/* How many of the signer's keys sign for the witness, as the nodes tell; a signer has been added. GW_ERR_DENIED: not
 * even all reach the active authority. GW_ERR_UNAVAILABLE: no node told. */
NODISCARD gw_status signing_choose_keys(struct chain_client *client, const char *witness, size_t *ret_count,
					struct error *err);
/* Whether the account's Golos Power pays for a transaction; as authorities_power. Waits for the answer. */
uint8_t signing_power(struct chain_client *client, const char *witness, char ret_text[GW_TEXT_SIZE]);

/* The transaction as it would go out now, unsigned, as JSON on stdout. Returns an exit status. */
int signing_dry_run(struct chain_client *client, const struct signing *what);
/* Signs, sends, waits for the block and says it. Returns an exit status. */
int signing_send(struct cli *cli, struct chain_client *client, const struct signing *what);

#endif
