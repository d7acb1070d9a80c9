/* SPDX-License-Identifier: MIT
 *
 * The nodes as a command needs them: connect, ask and wait, each with a deadline, over the host's own observer and loop,
 * which run while one of these calls does. One thread.
 */
#ifndef CTL_CHAIN_CLIENT_H
#define CTL_CHAIN_CLIENT_H

#include "feed/submitter.h"

#define CHAIN_CONNECT_MS 10000
#define CHAIN_HEAD_MS	 20000 /* for two fresh blocks, which tell the head and the time: six intervals of golosd's */

struct chain_client;

/* Connects to the configured nodes; returns once the own one is up, or another one and a second has passed.
 * GW_ERR_CONFIG: no node is named. GW_ERR_UNAVAILABLE: none answers. GW_ERR_UNSUPPORTED: on another chain. */
NODISCARD gw_status chain_client_open(struct chain_client **ret, const struct config *config, struct error *err);
void chain_client_free(struct chain_client *client); /* NULL is fine */
struct observer *chain_client_observer(struct chain_client *client);
/* With a signer accounts can be asked about, and transactions sent, while a call runs. Once; the signer must live until
 * what was begun is forgotten. */
void chain_client_add_signer(struct chain_client *client, struct signer *signer,
			     const struct submitter_effects *effects);
struct authorities *chain_client_authorities(struct chain_client *client); /* NULL: no signer was added */
struct submitter *chain_client_submitter(struct chain_client *client);

/* Runs the loop until ready(context) is true: asked after each event and five times a second. false: it was
 * not within the timeout. */
bool chain_client_wait(struct chain_client *client, bool (*ready)(void *context), void *context, int64_t timeout_ms);

/* Until each node told its head, and two fresh blocks the time. Nodes that keep silent are given 8 s after the
 * first one that told, and all together CHAIN_HEAD_MS. What is known then, belief tells. */
void chain_client_wait_heads(struct chain_client *client);

/* Asks one node and waits. *ret: caller frees; NULL for null. GW_ERR_PROTOCOL: golosd's own error, in its words, and
 * ret_error (may be NULL) filled. GW_ERR_UNAVAILABLE: no answer. */
NODISCARD gw_status chain_client_ask(struct chain_client *client, uint32_t endpoint, const char *api,
				     const char *method, const char *args_json, struct json **ret,
				     struct rpc_error *ret_error, struct error *err);
/* The same of the node that drives, or any that is up. */
NODISCARD gw_status chain_client_ask_any(struct chain_client *client, const char *api, const char *method,
					 const char *args_json, struct json **ret, struct error *err);
/* The head, and the schedule's present round as one witness has it. */
struct chain_round {
	struct head_answer head;
	uint32_t slots, places; /* of all, and of the witness */
};
NODISCARD gw_status chain_client_round(struct chain_client *client, const char *witness, struct chain_round *ret,
				       struct error *err);
/* get_witness_by_account; GW_ERR_NOT_FOUND: no such witness. */
NODISCARD gw_status chain_client_witness(struct chain_client *client, const char *name, struct json **ret,
					 struct witness_answer *ret_answer, struct error *err);

#endif
