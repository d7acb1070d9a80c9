/* SPDX-License-Identifier: MIT
 *
 * Joins nodes and belief, and owns both. The nodes' messages go to the belief, its questions to the nodes, and its
 * events to the listener. Has no rules of its own. [loop]
 */
#ifndef HOST_OBSERVER_H
#define HOST_OBSERVER_H

#include "chain/belief.h"
#include "config/config.h"
#include "node/nodes.h"

struct observer;

/* Events, borrowed until the call returns. A listener must not free the sender from inside. */
struct observer_listener {
	void *context;
	/* transactions: of that block, ids and first signatures, for the submissions */
	void (*block)(void *context, const struct gw_block_event *event, const struct block_transaction *transactions,
		      size_t count);
	void (*witness)(void *context, const struct gw_witness_event *event);
	void (*nodes)(void *context, const struct gw_nodes_event *event);
	void (*notice)(void *context, int32_t severity, const char *code, const char *text);
	/* All actions that one event caused are done. */
	void (*actions_done)(void *context);
};

struct observer *observer_new(struct loop *loop, const struct config *config, const struct observer_listener *listener);
void observer_free(struct observer *observer);

NODISCARD gw_status observer_add_witness(struct observer *observer, const char *witness, uint32_t endpoints);
/* As belief_retain. */
void observer_retain(struct observer *observer, bool (*is_needed)(void *context, const char *witness), void *context);

/* The clocks now, chain time included. */
void observer_now(const struct observer *observer, struct gw_now *ret);
struct belief *observer_belief(struct observer *observer);
struct nodes *observer_nodes(struct observer *observer);
/* Bit n: endpoint n is connected and on the right chain. */
uint32_t observer_connected(const struct observer *observer);
/* Its address, for people; borrowed, for as long as the observer lives. */
const char *observer_endpoint_url(const struct observer *observer, uint32_t endpoint);
/* As belief_endpoint and belief_endpoint_in_sync. */
int observer_endpoint(const struct observer *observer, uint32_t turn);
int observer_endpoint_in_sync(const struct observer *observer, uint32_t turn);
/* True: our golosd lacks a call that is needed, or the driver gives no answer for the witness or the schedule. ret_why
 * is one sentence that names it. */
bool observer_is_blind(const struct observer *observer, const char *witness, char ret_why[GW_TEXT_SIZE]);
/* True once the own node was refused for being on another chain, and was never accepted: the configuration is wrong.
 * Another endpoint shows nothing but its own fault. */
bool observer_wrong_chain(const struct observer *observer, char ret_text[GW_TEXT_SIZE]);

#endif
