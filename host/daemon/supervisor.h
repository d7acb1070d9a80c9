/* SPDX-License-Identifier: MIT
 *
 * Reports to a supervisor (systemd, or another with its protocol): one datagram to $NOTIFY_SOCKET each. sd_notify(3),
 * without libsystemd. [loop]
 */
#ifndef HOST_SUPERVISOR_H
#define HOST_SUPERVISOR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Sends "READY=1", "STATUS=…", "STOPPING=1", "WATCHDOG=1". Silent where $NOTIFY_SOCKET is not set. */
void supervisor_notify(const char *message);
/* RELOADING=1 with the monotonic time that systemd wants beside it; READY=1 ends it. */
void supervisor_notify_reloading(void);
/* How often WATCHDOG=1 is wanted: half of $WATCHDOG_USEC, when $WATCHDOG_PID is us or not set. 0: never. */
int64_t supervisor_watchdog_ms(void);

/* As process 1 of a container: reaps the processes that lost their parent, else they fill the table. is_ours: a child
 * that somebody here waits for. */
void supervisor_reap(bool (*is_ours)(void *context, pid_t pid), void *context);

#endif
