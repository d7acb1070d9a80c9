/* SPDX-License-Identifier: MIT
 *
 * A server that plays sources, good and bad, over TLS on a port of loopback. The path says what it does:
 *
 *     /price	  {"price":1.5}			/whole	  65536 bytes
 *     /old	  Age 500, and Date of 1,000 s ago	/long	  one byte more, without a length
 *     /redirect  302 to /price			/said_long  one more, as Content-Length says
 *     /error	  503				/endless  bytes for ever
 *     /cookie	  sets one, and says whether one came	/head	  header lines for ever
 *     /slow	  a byte a second		/silent	  takes the request and says nothing
 *     /heads	  what the request's head was
 */
#ifndef TESTS_SOURCES_H
#define TESTS_SOURCES_H

struct sources;

/* PEM files; NULL: without TLS. Serves from a thread of its own for each connection. */
struct sources *sources_start(const char *cert, const char *key);
unsigned sources_port(const struct sources *sources);
/* From now on `path` answers with `body`, which is copied; 16 paths at most. */
void sources_play(struct sources *sources, const char *path, const char *body);
/* From now on it takes the request and says nothing. */
void sources_hold(struct sources *sources, const char *path);
/* The most connections that were ever open at a time. */
unsigned sources_most(struct sources *sources);
/* Returns when as many are open. */
void sources_await_open(struct sources *sources, unsigned count);
void sources_stop(struct sources *sources);

#endif
