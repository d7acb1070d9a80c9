/* SPDX-License-Identifier: MIT
 *
 * A file of tests/recordings as the recorder wrote it: a line about the whole, then one for each frame and event.
 */
#ifndef RECORDINGS_RECORDED_H
#define RECORDINGS_RECORDED_H

#include "base/json.h"

#define RECORDED_LINES_MAX 700
#define RECORDED_IDS_MAX   1024 /* ids of requests lie below */

struct recorded_line {
	int64_t at_ms;	    /* after the start */
	char direction;	    /* '>' asked, '<' told, '*' an event of the client */
	char *text;	    /* of the frame, or the event's */
	struct json *frame; /* NULL: an event, or text that is no JSON */
};

struct recorded {
	int64_t started_ms; /* wall time */
	size_t count;
	struct recorded_line lines[RECORDED_LINES_MAX];
};

/* Reads tests/recordings/NAME; a file that is not as it should be fails the test. recorded_done frees. */
void recorded_read(struct recorded *ret, const char *name);
void recorded_done(struct recorded *recorded);

/* The id of a request or of what answers it; 0: it has none, or not a number. */
uint32_t recorded_id(const struct recorded_line *line);
/* What was told; NULL: an error, or nothing. */
const struct json *recorded_result(const struct recorded_line *line);

/* "2026-11-23T19:18:27" and what follows it to seconds. */
int64_t recorded_seconds(const char *text);
/* The chain's number of the slot at that time: all files are of one chain. */
uint64_t recorded_aslot(int64_t time_s);

#endif
