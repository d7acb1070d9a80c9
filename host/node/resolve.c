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

static void keep_addresses(struct resolved *ret, const struct addrinfo *found)
{
	for (const struct addrinfo *at = found; at && ret->count < RESOLVE_MAX; at = at->ai_next) {
		char *text = ret->address[ret->count];

		if (!getnameinfo(at->ai_addr, at->ai_addrlen, text, sizeof(ret->address[0]), NULL, 0, NI_NUMERICHOST))
			ret->count++;
	}
}

static void look_up(void *context)
{
	struct resolve *resolve = context;
	struct addrinfo want = {.ai_socktype = SOCK_STREAM, .ai_family = AF_UNSPEC}, *found = NULL;
	int failed = getaddrinfo(resolve->host, NULL, &want, &found);

	if (failed)
		snprintf(resolve->resolved.why, sizeof(resolve->resolved.why), "its name is not resolved: %s",
			 gai_strerror(failed));
	else
		keep_addresses(&resolve->resolved, found);
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
