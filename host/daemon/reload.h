/* SPDX-License-Identifier: MIT
 *
 * SIGHUP: the configuration read again. What is unchanged goes on without losing a block or a miss; new instances
 * start, removed ones shut down, changed ones do both (their store goes with their name). A configuration that is bad,
 * or that changes what is fixed at the start, changes nothing and says why. [loop]
 */
#ifndef HOST_RELOAD_H
#define HOST_RELOAD_H

#include "daemon/host.h"

/* Takes over `wanted` where it succeeds. GW_ERR_CONFIG, GW_ERR_NOT_FOUND, GW_ERR_TRUST, GW_ERR_UNSUPPORTED
 * ("needs a restart"). */
NODISCARD gw_status host_reload(struct host *host, struct config *wanted, struct error *err);

#endif
