/* SPDX-License-Identifier: MIT
 *
 * The operator's own program, which is run with each notice as one JSON object on its standard input. One runs at a
 * time, in order, is killed after its limit, and never starts while a broadcast is about to go out. The same notice
 * (source, code, and text but for its numbers) is given at most once an hour. A notice of the opposite makes it new:
 * down, up, down are three. [loop]
 */
#ifndef HOST_NOTICE_COMMAND_H
#define HOST_NOTICE_COMMAND_H

#include <sys/types.h>

#include "loop/loop.h"

#define COMMAND_LIMIT_MS       30000
#define COMMAND_QUEUE_MAX      100 /* beyond it the oldest of the least severe is dropped, and logged */
#define COMMAND_REPEAT_S       3600
#define COMMAND_LEAST_SEVERITY GW_INFO /* lines for developers are no notices to people */

struct notice_command;

/* path: an absolute path, run without a shell. The program gets an environment of PATH alone, the first three
 * descriptors, and signals as a shell gives them. Its output is read and dropped; where the program fails, its first
 * line is logged. limit_ms: after it the program and its process group are killed; the host's is COMMAND_LIMIT_MS.
 * may_run: false while a broadcast is about to go out; called again each second. A program that could not be run is
 * logged at once. */
struct notice_command *notice_command_new(struct loop *loop, const char *path, int64_t limit_ms,
					  bool (*may_run)(void *context), void *context);
/* For a host that ends: runs what waits, within limit_ms in all. Blocks. NULL is fine. */
void notice_command_finish(struct notice_command *command, int64_t limit_ms);
void notice_command_free(struct notice_command *command);	/* NULL is fine; a running program is killed */
pid_t notice_command_pid(const struct notice_command *command); /* the program that runs; 0: none */
void notice_command_report(struct notice_command *command, const struct gw_notice_event *event);

#endif
