/* SPDX-License-Identifier: MIT
 *
 * What each helper of the host does to itself before it works. The signer's seal is its own (signer/program/harden.h).
 */
#ifndef SYSTEM_HARDEN_H
#define SYSTEM_HARDEN_H

#include <sys/types.h>

#include "base/error.h"

/* The pid of who made descriptor 3 a channel, as the kernel says; 0: nobody did. */
pid_t harden_find_host(void);
/* Right after exec, before anything is opened: no core, umask 077, not dumpable. Signals of the terminal and of
 * supervisors are ignored: the signer ends with its channel. */
NODISCARD gw_status harden_early(struct error *err);
/* Gives up root for good. GW_ERR_SYSTEM also when a way back is left. */
NODISCARD gw_status harden_drop_user(uid_t uid, gid_t gid, struct error *err);
/* After the drop, which resets them: not dumpable, dies with `host` (which must still be the parent), no new
 * privileges. */
NODISCARD gw_status harden_process(pid_t host, struct error *err);

#endif
