/* SPDX-License-Identifier: MIT
 *
 * Status over HTTP: read-only, off by default, on loopback or a unix socket alone. [loop]
 *
 *   GET /          the host's state for people        GET /status   the same, JSON
 *   GET /metrics   the same figures for Prometheus
 *   GET /healthz   200 "ok", or 503 "blind" when the host does not see the chain
 *
 * On a port the request's Host must be loopback or one of ours, so that no page in a browser reads the status under
 * another name. A request's head has 10 s to come, a page 30 s to be fetched. Upgrades are hung up on.
 */
#ifndef HOST_HTTP_H
#define HOST_HTTP_H

#include "loop/loop.h"

struct http;

struct http_pages {
	void *context;
	char *(*page)(void *context);	/* HTML; freed by us, as the next two */
	const char *style;		/* its style sheet */
	char *(*status)(void *context); /* JSON */
	char *(*metrics)(void *context, bool openmetrics);
	bool (*healthy)(void *context);
	const char *const *hosts; /* further names, without port; copied */
	size_t host_count;
};

/* where: "127.0.0.1:PORT", "[::1]:PORT" or "unix:PATH", as config.c has checked; port 0: any that is free. */
NODISCARD gw_status http_new(struct http **ret, struct loop *loop, const char *where, const struct http_pages *pages,
			     struct error *err);
uint16_t http_port(const struct http *http);		 /* where it listens on a port */
void http_set_head_limit(struct http *http, int64_t ms); /* of connections to come; 10 s at first */
/* Before loop_free. NULL is fine. */
void http_free(struct http *http);

#endif
