/* SPDX-License-Identifier: MIT
 *
 * The newest notices, and what thirty days brought: for people, in memory, read from the journal once after a start.
 * [loop]
 */
#ifndef NOTICES_RECENT_H
#define NOTICES_RECENT_H

#include <golos_watch/types.h>

#include "base/json_writer.h"

#define RECENT_DAYS    30
#define RECENT_NOTICES 20

struct recent;

/* began_ms: wall time of the start. What happened before it is read from the journal. */
struct recent *recent_new(int64_t began_ms);
void recent_free(struct recent *recent); /* NULL is fine */
void recent_note(struct recent *recent, const struct gw_notice_event *notice);
/* The journal's rows, newest first, as journal_history gives them; those since the start are known already. */
void recent_read_history(struct recent *recent, const char *json);
/* "recent": the newest first, each with time, source, severity, code, text. "days": RECENT_DAYS of them, the oldest
 * first, each with its begin (UTC) and the notices of that day: missed, key_changes, not_ready. */
void recent_write(const struct recent *recent, int64_t now_ms, struct json_writer *w);

#endif
