/* SPDX-License-Identifier: MIT
 *
 * A relay between one golosd and its clients, on a thread of its own: it passes every byte on and notes when each
 * message passed. What the bench reads its times from: the programs measured know nothing of it.
 */
#ifndef INTEGRATION_RELAY_H
#define INTEGRATION_RELAY_H

#include <stddef.h>
#include <stdint.h>

enum relay_kind {
	RELAY_BLOCK,	 /* pushed to the client: when its last byte was handed to the kernel */
	RELAY_REQUEST,	 /* from the client: when its last byte came */
	RELAY_BROADCAST, /* the same, of a transaction */
	RELAY_REPLY,	 /* as a block */
};

struct relay_event {
	int64_t time_us; /* monotonic */
	enum relay_kind kind;
	uint64_t id;	/* the call's; of a block its number */
	char owner[17]; /* of a broadcast: whose update it is */
};

struct relay;

/* Listens on a port of loopback, told in *ret_port, for clients of the node's port. hold_ms: what the node says in the
 * first so many milliseconds of a second is passed on after them, so that several benches do not wait for one another.
 */
struct relay *relay_new(uint16_t node_port, int hold_ms, uint16_t *ret_port);
/* Ends the thread; the events, in their order, are the caller's to free. */
struct relay_event *relay_end(struct relay *relay, size_t *ret_count);

#endif
