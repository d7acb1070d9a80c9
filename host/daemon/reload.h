/* SPDX-License-Identifier: MIT
 *
 * SIGHUP: the configuration read again. Unchanged instances go on without losing a block or a miss. New instances
 * start, removed ones shut down, changed ones do both (their store goes with their name). A configuration that is bad,
 * or that touches a key fixed at the start, changes nothing, and the error says why. [loop]
 */
#ifndef HOST_RELOAD_H
#define HOST_RELOAD_H

#include "daemon/host.h"

/* Takes over `wanted` where it succeeds. GW_ERR_CONFIG, GW_ERR_NOT_FOUND, GW_ERR_TRUST, GW_ERR_UNSUPPORTED
 * ("needs a restart"). */
NODISCARD gw_status host_reload(struct host *host, struct config *wanted, struct error *err);

#endif
