/* SPDX-License-Identifier: MIT
 *
 * state_dir: two rooms in one house, `host` and `signer`. The host must not be able to take away the signer's count of
 * signatures. Nor may a link of the host's make root give another file away. So the house is root's alone (or ours,
 * where we are not root), and nothing below a link is given to anybody.
 */
#ifndef HOST_STATE_DIR_H
#define HOST_STATE_DIR_H

#include "base/error.h"

/* Under state_dir. */
#define HOST_STATE   "host"
#define SIGNER_STATE "signer"

/* Makes the missing folders, and gives each room to its user (NULL: to nobody else). Older images have root's own house
 * with the sticky bit: it is closed to others, and that is logged. GW_ERR_TRUST: others can write it, or a link stands
 * there; with the command that mends it. GW_ERR_SYSTEM. */
NODISCARD gw_status state_dir_make(const char *path, const char *host_user, const char *signer_user, struct error *err);

#endif
