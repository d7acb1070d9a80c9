/* SPDX-License-Identifier: MIT
 *
 * Where notices go: log, journal, the other instances, the operator's own program. [loop]
 */
#ifndef HOST_NOTICES_H
#define HOST_NOTICES_H

#include "journal/journal.h"
#include "notices/command.h"
#include "notices/recent.h"
#include "plugins/instances.h"

struct notices;

struct notices *notices_new(struct journal *journal, struct instances *instances);
/* The journal is open: what it has of the last days is read. */
void notices_read_journal(struct notices *notices);
void notices_free(struct notices *notices); /* NULL is fine */
/* From now on notices go to this program too; taken over. NULL: to none any more. */
void notices_set_command_take(struct notices *notices, struct notice_command *command);
pid_t notices_command_pid(const struct notices *notices); /* the program that runs; 0: none */
/* Those of that severity since the start. */
uint64_t notices_count(const struct notices *notices, int32_t severity);
/* Borrowed. */
const struct recent *notices_recent(const struct notices *notices);
/* source NULL: the host's own. */
void notices_report(struct notices *notices, const struct instance *source, const struct gw_notice_event *event);

#endif
