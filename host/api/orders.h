/* SPDX-License-Identifier: MIT
 *
 * What comes over the control socket: questions for status and history, and orders to the instances. [loop]
 */
#ifndef API_ORDERS_H
#define API_ORDERS_H

#include "api/parts.h"
#include "api/server.h"

/* A ctl_handler; context is the struct api_parts. */
void orders_handle(void *context, struct ctl_client *client, const struct ctl_request *request);

#endif
