/* SPDX-License-Identifier: MIT
 *
 * host/node/nodes.h played from a recording: one endpoint, whose blocks come at their recorded times.
 */
#ifndef RECORDINGS_REPLAY_NODES_H
#define RECORDINGS_REPLAY_NODES_H

#include "node/nodes.h"
#include "recording.h"

#define REPLAY_BROADCASTS_MAX 8

struct replay_broadcast {
	int64_t at_ms; /* after the recording's start */
	char *args;    /* [TX] */
};

/* Nodes made from here on are this recording's; NULL: frees what the one before left. */
void replay_begin(struct recording *recording);
/* A "* open", "* close" or a block: hands it to the nodes' owner. Other lines do nothing. */
void replay_play(size_t line);
/* Blocks handed over so far, and answers and blocks that could not be read by the host. */
size_t replay_blocks(void);
size_t replay_bad(void);
size_t replay_broadcasts(const struct replay_broadcast **ret);

#endif
