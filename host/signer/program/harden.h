/* SPDX-License-Identifier: MIT
 *
 * The signer's own restrictions, so that nobody reaches its keys. Order: docs/decisions/signer-process.md, each step
 * tried there. Signer.
 */
#ifndef SIGNER_HARDEN_H
#define SIGNER_HARDEN_H

#include <sys/types.h>

#include "base/error.h"

/* Right after exec, before anything is opened: no core, umask 077, not dumpable. Signals of the terminal and of
 * supervisors are ignored: the signer ends with its channel. */
NODISCARD gw_status harden_early(struct error *err);
/* Gives up root for good. GW_ERR_SYSTEM also when a way back is left. */
NODISCARD gw_status harden_drop_user(uid_t uid, gid_t gid, struct error *err);
/* After the drop, which resets them: not dumpable, dies with `host` (which must still be the parent), no new
 * privileges. */
NODISCARD gw_status harden_process(pid_t host, struct error *err);
/* After the keys are read: leaves every thread only the system calls of the service loop. Those work only on the
 * channel, stderr and count_fd (-1: none). Any other ends the process at once. */
NODISCARD gw_status harden_seal(int channel_fd, int count_fd, struct error *err);

#endif
