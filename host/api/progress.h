/* SPDX-License-Identifier: MIT
 *
 * The progress of a takeover, as events to the clients that follow it over the control socket (api/server.h). [loop]
 *
 *   {"kind":"under_way","round_s":63}          the first one: a transaction is on its way; a round of the schedule
 *   {"kind":"nothing","why":"producing"}       or none is: "quiet": nor was one to be; "ended": it came to nothing
 *   {"kind":"submission","state":"sent","block":0,"text":"one sentence"}   state: gw_submission_name
 *   {"kind":"produced","block":123}                                    a block signed with the instance's key
 *   {"kind":"missed","slots":1}                                        of the witness, just before a block
 */
#ifndef API_PROGRESS_H
#define API_PROGRESS_H

#include "api/parts.h"
#include "api/server.h"

/* From now on the client gets the events of this instance, which has just been ordered to take over. */
void progress_follow(const struct api_parts *parts, struct ctl_client *client, struct instance *instance);
/* server NULL: nobody follows. */
void progress_submission(struct ctl_server *server, const char *instance, const struct gw_submission_event *event);
void progress_block(struct ctl_server *server, struct instances *instances, const struct gw_block_event *event);

#endif
