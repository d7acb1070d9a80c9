/* SPDX-License-Identifier: MIT
 *
 * What the instances may ask of the host. [loop]
 */
#ifndef DAEMON_SERVICES_H
#define DAEMON_SERVICES_H

#include "plugins/instances.h"

struct host;

/* Context is the struct host. */
struct instance_services services_of(struct host *host);

#endif
