/* SPDX-License-Identifier: MIT
 *
 * The host's services for the instances and for the submitter. [loop]
 */
#ifndef DAEMON_SERVICES_H
#define DAEMON_SERVICES_H

#include "feed/submitter.h"
#include "plugins/instances.h"

struct host;

/* Context is the struct host. */
struct instance_services services_of(struct host *host);
struct submitter_effects services_of_submitter(struct host *host);
/* Takes up the instance's submission that the journal has in flight from the last run. */
void services_resume(struct host *host, struct instance *who);

#endif
