/* SPDX-License-Identifier: MIT
 *
 * Joins nodes and belief, and owns both. The nodes' messages go to the belief, its questions to the nodes, and its
 * events to the listener. Has no rules of its own. [loop]
 */
#ifndef HOST_WATCH_H
#define HOST_WATCH_H

#include "chain/belief.h"
#include "config/config.h"
#include "node/nodes.h"

struct watch;

/* Events, borrowed until the call returns. A listener must not free the sender from inside. */
struct watch_listener {
	void *context;
	/* transactions: of that block, ids and first signatures, for the submissions */
	void (*block)(void *context, const struct gw_block_event *event, const struct block_transaction *transactions,
		      size_t count);
	void (*witness)(void *context, const struct gw_witness_event *event);
	void (*nodes)(void *context, const struct gw_nodes_event *event);
	void (*notice)(void *context, int32_t severity, const char *code, const char *text);
	/* All actions that one event caused are done. */
	void (*settled)(void *context);
};

struct watch *watch_new(struct loop *loop, const struct config *config, const struct watch_listener *listener);
void watch_free(struct watch *watch);

NODISCARD gw_status watch_witness(struct watch *watch, const char *witness, uint32_t endpoints);
/* As belief_retain. */
void watch_retain(struct watch *watch, bool (*is_needed)(void *context, const char *witness), void *context);

/* The clocks now, chain time included. */
void watch_now(const struct watch *watch, struct gw_now *ret);
struct belief *watch_belief(struct watch *watch);
struct nodes *watch_nodes(struct watch *watch);
/* Bit n: endpoint n is connected and on the right chain. */
uint32_t watch_connected(const struct watch *watch);
/* Its address, for people; borrowed, for as long as the watch lives. */
const char *watch_endpoint_url(const struct watch *watch, uint32_t endpoint);
/* As belief_endpoint and belief_endpoint_in_sync. */
int watch_endpoint(const struct watch *watch, uint32_t turn);
int watch_endpoint_in_sync(const struct watch *watch, uint32_t turn);
/* True: our golosd lacks a call that is needed, or the driver gives no answer for the witness or the schedule. ret_why
 * is one sentence that names it. */
bool watch_is_blind(const struct watch *watch, const char *witness, char ret_why[GW_TEXT_SIZE]);
/* True once the own node was refused for being on another chain, and was never accepted: the configuration is wrong.
 * Another endpoint shows nothing but its own fault. */
bool watch_wrong_chain(const struct watch *watch, char ret_text[GW_TEXT_SIZE]);

#endif
