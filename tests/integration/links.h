/* SPDX-License-Identifier: MIT
 *
 * The links of a cluster of watchers: a small UDP proxy on a thread of its own. Each watcher is given a port of this proxy for
 * each other one, so that every direction can be cut, delayed, changed or replayed by itself.
 */
#ifndef INTEGRATION_LINKS_H
#define INTEGRATION_LINKS_H

#include <stdbool.h>
#include <stdint.h>

#define LINKS_NODES 3

struct links;

struct links *links_new(void); /* aborts on failure */
void links_free(struct links *links);
/* Where `from` reaches `to`. */
uint16_t links_port(const struct links *links, int from, int to);

/* Of one direction. All are off at first. */
void links_cut(struct links *links, int from, int to, bool is_cut);
void links_delay(struct links *links, int from, int to, int64_t ms);
/* Each datagram claims this version; 0: as it was. */
void links_version(struct links *links, int from, int to, uint8_t version);
/* Sends all that has been passed on in this direction once more, oldest first; returns how many. */
unsigned links_replay(struct links *links, int from, int to);
/* Datagrams that came from `from` to be passed on to `to`. */
unsigned links_count(struct links *links, int from, int to);

#endif
