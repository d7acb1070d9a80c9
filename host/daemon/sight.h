/* SPDX-License-Identifier: MIT
 *
 * The host's view of the chain, reported to the supervisor when it changes and to the log once a day. [loop]
 */
#ifndef DAEMON_SIGHT_H
#define DAEMON_SIGHT_H

struct host;

/* From now on: the watchdog's signs of life, STATUS, the line of the day. */
void sight_begin(struct host *host);

#endif
