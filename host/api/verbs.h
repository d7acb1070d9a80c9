/* SPDX-License-Identifier: MIT
 *
 * The verbs of the control socket: status and history, and commands to the instances. [loop]
 */
#ifndef API_VERBS_H
#define API_VERBS_H

#include "api/parts.h"
#include "api/server.h"

/* A ctl_handler; context is the struct api_parts. */
void verbs_handle(void *context, struct ctl_client *client, const struct ctl_request *request);

#endif
