/* SPDX-License-Identifier: MIT
 *
 * From the configuration's `sign` lists to the signer's policy, which is fixed at its start. Pure.
 */
#ifndef HOST_GRANTS_H
#define HOST_GRANTS_H

#include "config/config.h"
#include "signer/client.h"

/* One entry an instance, in the configuration's order. Caller frees. */
struct signer_policy_instance *grants_make_policy(const struct config *config);
bool grants_any(const struct config *config);
/* The entry that allows all that the instance is granted; -1: none, so that it needs a new signer. */
int grants_find(const struct signer_policy_instance *policy, size_t count, const struct config_instance *instance);

#endif
