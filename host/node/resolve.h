/* SPDX-License-Identifier: MIT
 *
 * A host's name to its addresses, in a worker thread: getaddrinfo blocks, for seconds when a resolver is away.
 */
#ifndef NODE_RESOLVE_H
#define NODE_RESOLVE_H

#include <netinet/in.h>

#include "loop/loop.h"

#define RESOLVE_MAX 8 /* addresses of one name; more are left out */

struct resolved {
	size_t count;					  /* 0: *why says why */
	char address[RESOLVE_MAX][INET6_ADDRSTRLEN + 20]; /* room for a scope, %eth0 */
	char why[128];
};

struct resolve;
typedef void (*resolve_done)(void *context, const struct resolved *resolved);

/* done is called once from the loop, unless resolve_cancel comes before. */
struct resolve *resolve_start(struct loop *loop, const char *host, resolve_done done, void *context);
void resolve_cancel(struct resolve *resolve); /* NULL is fine. The thread ends by itself */

#endif
