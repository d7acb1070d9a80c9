/* SPDX-License-Identifier: MIT
 *
 * A recorded node: its blocks, and its answers at any moment. The answers are the recorded ones or, where the recorder
 * did not ask, derived from the recorded blocks (docs/protocol.md 4).
 */
#ifndef RECORDINGS_RECORDING_H
#define RECORDINGS_RECORDING_H

#include "node/answers.h"
#include "recorded.h"

struct recording;

/* Reads tests/recordings/NAME and each frame in it. skipping_reset_s: the median witness_skipping_reset_time. */
struct recording *recording_open(const char *name, uint32_t skipping_reset_s);
void recording_close(struct recording *recording);
const struct recorded *recording_lines(const struct recording *recording);
/* The block that the line pushed in full; NULL: it is none. */
const struct block *recording_block(const struct recording *recording, size_t line);
/* Id of a recorded block, the newest of that number; "" where there is none. */
const char *recording_block_id(const struct recording *recording, uint32_t num);
/* What 01-queries was told by the same chain; `sign` stands in the request. */
const struct json *recording_queried(const struct recording *recording, const char *sign);

/* The lines up to this one have come: the answers are those of a node that pushed them. */
void recording_pass(struct recording *recording, size_t line);
/* The text of an answer asked at now_ms after the start, and when it came (now_ms at the soonest); NULL: there is none.
 * Caller frees. */
char *recording_answer(const struct recording *recording, const char *method, const char *args, int64_t now_ms,
		       int64_t *ret_at_ms);

#endif
