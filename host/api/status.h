/* SPDX-License-Identifier: MIT
 *
 * The host's state, for programs and for the log. [loop]
 */
#ifndef API_STATUS_H
#define API_STATUS_H

#include "api/parts.h"

/* What the instance's plugin says of itself; NULL: nothing, or what is no JSON object. Free with json_free. */
struct json *status_of_instance(struct instance *instance);
/* As a JSON object. Caller frees. */
char *status_json(const struct api_parts *parts);
/* One sentence for the log: head, nodes, and the role of each instance that reports one. Caller frees. */
char *status_heartbeat(const struct api_parts *parts);

#endif
