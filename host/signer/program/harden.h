/* SPDX-License-Identifier: MIT
 *
 * The signer's own restrictions, so that nobody reaches its keys. Order: docs/decisions/signer-process.md, each step
 * tried there. Signer.
 */
#ifndef SIGNER_HARDEN_H
#define SIGNER_HARDEN_H

#include "base/error.h"

/* After the keys are read: leaves every thread only the system calls of the service loop. Those work only on the
 * channel, stderr and count_fd (-1: none). Any other ends the process at once. */
NODISCARD gw_status harden_seal(int channel_fd, int count_fd, struct error *err);

#endif
