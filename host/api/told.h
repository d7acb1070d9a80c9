/* SPDX-License-Identifier: MIT
 *
 * Reading a status, and saying its times: for the command line, the page and the metrics. Pure; any thread.
 */
#ifndef API_TOLD_H
#define API_TOLD_H

#include "base/json.h"

/* ---- what a daemon or a node told: a member that is missing or of another type is "", 0, false or NULL, as an older
 * or newer one may not tell it ------------------------------------------------------------------------------------- */

/* The value of a member of a member: "status.witness"; NULL: there is none. */
const struct json *told_find(const struct json *object, const char *path);
const char *told_text(const struct json *object, const char *path);
int64_t told_number(const struct json *object, const char *path);
bool told_flag(const struct json *object, const char *path);
/* Why golos-watchd is not healthy, from its status; NULL: it is. */
const char *told_ill(const struct json *status);
const struct json *told_list(const struct json *object, const char *path);
size_t told_size(const struct json *list); /* NULL is fine */

/* ---- times, as people read them ------------------------------------------------------------------------------- */

#define DURATION_TEXT_SIZE 32
/* "3 s", "12 min", "5 h", "2 days": two figures at least. */
void duration_text(char ret[DURATION_TEXT_SIZE], int64_t seconds);
#define HEAD_AGE_TEXT_SIZE 64
/* "3 s old"; "2 h ahead of our clock" */
void head_age_text(char ret[HEAD_AGE_TEXT_SIZE], int64_t head_time_s, int64_t now_s);
#define MOMENT_TEXT_SIZE 64
/* "2026-11-23 20:00:00 UTC (12 min ago)" */
void moment_text(char ret[MOMENT_TEXT_SIZE], int64_t time_s, int64_t now_s);

#endif
