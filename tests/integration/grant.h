/* SPDX-License-Identifier: MIT
 *
 * A signer of the harness holds foo's active key alone: others let it sign for them too.
 */
#ifndef INTEGRATION_GRANT_H
#define INTEGRATION_GRANT_H

#include "cluster.h"

/* foo's active key reaches the account's active authority, beside the account's own key. */
void grant_foo(struct cluster *cluster, const char *account);

#endif
