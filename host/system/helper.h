/* SPDX-License-Identifier: MIT
 *
 * Starting a program of our own that serves over a socket pair: signer, fetch. [loop]
 */
#ifndef SYSTEM_HELPER_H
#define SYSTEM_HELPER_H

#include <sys/types.h>

#include "base/error.h"

#define HELPER_CHANNEL_FD 3 /* in the helper: SOCK_SEQPACKET */
#define HELPER_EXTRA_FD	  4

/* Where NAME is: beside this program, as in a build; else where it is installed. Caller frees. */
char *helper_find_program(const char *name);

/* Executes `program` with an empty environment: 0 and 1 are /dev/null, 2 is ours, 3 the channel, 4 a copy of `extra`
 * (-1: none), and there is no other descriptor. *ret_fd: our end of the channel. Whoever starts it reaps *ret_pid; both
 * are also set where GW_ERR_CONFIG says that it cannot be executed. GW_ERR_SYSTEM: nothing was started. */
NODISCARD gw_status helper_start(int *ret_fd, pid_t *ret_pid, const char *program, int extra, struct error *err);

#endif
