/* SPDX-License-Identifier: MIT
 *
 * What the instances may ask of the host, and the submitter. [loop]
 */
#ifndef DAEMON_SERVICES_H
#define DAEMON_SERVICES_H

#include "feed/submitter.h"
#include "plugins/instances.h"

struct host;

/* Context is the struct host. */
struct instance_services services_of(struct host *host);
struct submitter_effects services_of_submitter(struct host *host);
/* Takes up what the journal says was in flight when we last stopped. */
void services_resume(struct host *host, struct instance *who);

#endif
