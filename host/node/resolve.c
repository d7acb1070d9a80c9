/* SPDX-License-Identifier: MIT
 *
 * Names to addresses, in a worker thread.
 */
#include "node/resolve.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

struct resolve {
	char *host;
	struct resolved resolved;
	resolve_done done; /* NULL: cancelled. Read and written by the loop alone */
	void *context;
};

static void look_up(void *context)
{
	struct resolve *resolve = context;
	struct resolved *resolved = &resolve->resolved;
	struct addrinfo want = {.ai_socktype = SOCK_STREAM, .ai_family = AF_UNSPEC}, *found = NULL;
	int failed = getaddrinfo(resolve->host, NULL, &want, &found);

	if (failed)
		snprintf(resolved->why, sizeof(resolved->why), "its name is not resolved: %s", gai_strerror(failed));
	for (const struct addrinfo *at = found; at && resolved->count < RESOLVE_MAX; at = at->ai_next)
		resolved->count += getnameinfo(at->ai_addr, at->ai_addrlen, resolved->address[resolved->count],
					       sizeof(resolved->address[0]), NULL, 0, NI_NUMERICHOST) == 0;
	if (found)
		freeaddrinfo(found);
}

static void finish(void *context, bool on_loop)
{
	struct resolve *resolve = context;

	if (on_loop && resolve->done)
		resolve->done(resolve->context, &resolve->resolved);
	free(resolve->host);
	free(resolve);
}

struct resolve *resolve_start(struct loop *loop, const char *host, resolve_done done, void *context)
{
	struct resolve *resolve = xcalloc(1, sizeof(*resolve));

	resolve->host = xstrdup(host);
	resolve->done = done;
	resolve->context = context;
	snprintf(resolve->resolved.why, sizeof(resolve->resolved.why), "its name has no address");
	loop_work(loop, look_up, finish, resolve);
	return resolve;
}

void resolve_cancel(struct resolve *resolve)
{
	if (resolve)
		resolve->done = NULL;
}
