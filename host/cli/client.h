/* SPDX-License-Identifier: MIT
 *
 * The control socket's client: one question, one answer, and events behind it. The protocol is in api/server.h. Blocks, with a deadline.
 */
#ifndef CTL_CLIENT_H
#define CTL_CLIENT_H

#include "base/json.h"

#define CTL_ANSWER_MAX (64u << 20) /* a history of 10,000 entries is some 10 MB */

/* Sends one request line (no newline) and reads the answer. *ret_root owns *ret_result.
 * GW_ERR_NOT_FOUND: no daemon listens at `path`. GW_ERR_UNAVAILABLE, GW_ERR_TIMEOUT: it went away, or is stuck. What
 * the daemon refuses comes with its own status and sentence (GW_ERR_DENIED: not for this user). */
NODISCARD gw_status ctl_ask(const char *path, const char *request, struct json **ret_root,
			    const struct json **ret_result, struct error *err);

/* The same on a connection that goes on. ctl_close: NULL is fine. */
struct ctl_link;
NODISCARD gw_status ctl_open(struct ctl_link **ret, const char *path, struct error *err);
void ctl_close(struct ctl_link *link);
NODISCARD gw_status ctl_request(struct ctl_link *link, const char *request, struct json **ret_root,
				const struct json **ret_result, struct error *err);
/* Waits for the next event. *ret_root owns *ret_event, an object. GW_ERR_TIMEOUT: none came in that time.
 * GW_ERR_UNAVAILABLE: the daemon went away. GW_ERR_PROTOCOL: what came is none. */
NODISCARD gw_status ctl_next_event(struct ctl_link *link, int64_t timeout_ms, struct json **ret_root,
				   const struct json **ret_event, struct error *err);

#endif
