/* SPDX-License-Identifier: MIT
 *
 * host/node/nodes.h played from a recording: one endpoint, whose blocks come at their recorded times and whose answers
 * are the recorded ones, or, where the recorder did not ask, derived from the recorded blocks (PROTOCOL.md 4).
 */
#ifndef RECORDINGS_REPLAY_NODES_H
#define RECORDINGS_REPLAY_NODES_H

#include "node/nodes.h"

#define REPLAY_BROADCASTS_MAX 8

struct recording;

struct replay_broadcast {
	int64_t at_ms; /* after the recording's start */
	char *args;    /* [TX] */
};

/* Reads tests/recordings/NAME.jsonl and each frame in it. skipping_reset_s: the median witness_skipping_reset_time. */
struct recording *recording_open(const char *name, uint32_t skipping_reset_s);
void recording_close(struct recording *recording);
int64_t recording_started_ms(const struct recording *recording); /* wall time */
size_t recording_lines(const struct recording *recording);
int64_t recording_line_ms(const struct recording *recording, size_t line);
/* A "* open", "* close" or a block: hands it to the nodes' owner. Other lines do nothing. */
void recording_play(struct recording *recording, size_t line);
/* Blocks handed over so far, and answers and blocks that could not be read by the host. */
size_t recording_blocks(const struct recording *recording);
size_t recording_bad(const struct recording *recording);
/* The answer's text once the line has been played, for one who plays the frames himself; NULL: there is none. Caller
 * frees. */
char *recording_answer(struct recording *recording, size_t line, const char *method, const char *args);
size_t recording_broadcasts(const struct recording *recording, const struct replay_broadcast **ret);
/* Id of a recorded block, the newest of that number; "" where there is none. */
const char *recording_block_id(const struct recording *recording, uint32_t num);

#endif
