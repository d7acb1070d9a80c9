/* SPDX-License-Identifier: MIT
 *
 * Status over HTTP, by libwebsockets' server on the host's loop. Runs in golos-watchd.
 */
#include "api/http.h"

#include <libwebsockets.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"

#define HEAD_MAX   1024
#define HOST_MAX   256
#define ACCEPT_MAX 1024
#define HEAD_MS	   10000 /* for a request's head to come */
#define PAGE_MS	   30000 /* for a page to be fetched */

struct http {
	struct lws_vhost *vhost;
	struct lws_protocols protocols[2];
	struct http_pages pages; /* but its names: */
	char **hosts;
	char *interface;
	bool on_port; /* else a unix socket, which no browser reaches */
	int64_t head_ms;
};

/* One request's answer, in libwebsockets' own memory of the connection. */
struct answer {
	unsigned char *body; /* LWS_PRE bytes of room, then the text */
	size_t len;
};

static void answer_set(struct answer *answer, char *text)
{
	answer->len = strlen(text);
	answer->body = xcalloc(1, LWS_PRE + answer->len);
	memcpy(answer->body + LWS_PRE, text, answer->len);
	free(text);
}

/* Without a port: "localhost", "127.0.0.1", "[::1]", and what http_hosts names; letters of either case. */
static bool is_our_name(const struct http *http, const char *name, size_t len)
{
	static const char *const loopback[] = {"localhost", "127.0.0.1", "[::1]"};

	for (size_t i = 0; i < sizeof(loopback) / sizeof(loopback[0]); i++)
		if (strlen(loopback[i]) == len && strncasecmp(loopback[i], name, len) == 0)
			return true;
	for (size_t i = 0; i < http->pages.host_count; i++)
		if (strlen(http->hosts[i]) == len && strncasecmp(http->hosts[i], name, len) == 0)
			return true;
	return false;
}

/* A stranger's page can point its own name at this address, and so read our pages in its visitor's browser. The Host of
 * the request shows that. */
static bool host_is_ours(const struct http *http, struct lws *wsi)
{
	char host[HOST_MAX];
	int len = lws_hdr_copy(wsi, host, sizeof(host), WSI_TOKEN_HOST);

	if (!http->on_port)
		return true;
	if (len <= 0)
		return false;
	const char *bracket = host[0] == '[' ? strchr(host, ']') : host;
	const char *port = bracket ? strchr(bracket, ':') : NULL;
	if (!port)
		return is_our_name(http, host, (size_t)len);
	return port[1 + strspn(port + 1, "0123456789")] == '\0' && is_our_name(http, host, (size_t)(port - host));
}

/* Prometheus names each form that it reads; the newer one is what it likes best. */
static bool wants_openmetrics(struct lws *wsi)
{
	char accept[ACCEPT_MAX];

	return lws_hdr_copy(wsi, accept, sizeof(accept), WSI_TOKEN_HTTP_ACCEPT) > 0 &&
	       strstr(accept, "application/openmetrics-text");
}

/* Returns the HTTP status and fills the answer. */
static unsigned make_page(const struct http *http, struct lws *wsi, const char *path, struct answer *answer,
			  const char **ret_type)
{
	*ret_type = "text/plain; charset=utf-8";
	if (strcmp(path, "/") == 0) {
		*ret_type = "text/html; charset=utf-8";
		answer_set(answer, http->pages.page(http->pages.context));
		return HTTP_STATUS_OK;
	}
	if (strcmp(path, "/style.css") == 0) {
		*ret_type = "text/css; charset=utf-8";
		answer_set(answer, xstrdup(http->pages.style));
		return HTTP_STATUS_OK;
	}
	if (strcmp(path, "/status") == 0) {
		*ret_type = "application/json";
		answer_set(answer, http->pages.status(http->pages.context));
		return HTTP_STATUS_OK;
	}
	if (strcmp(path, "/metrics") == 0) {
		bool openmetrics = wants_openmetrics(wsi);

		*ret_type = openmetrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
					: "text/plain; version=0.0.4; charset=utf-8";
		answer_set(answer, http->pages.metrics(http->pages.context, openmetrics));
		return HTTP_STATUS_OK;
	}
	if (strcmp(path, "/healthz") == 0) {
		bool healthy = http->pages.healthy(http->pages.context);

		answer_set(answer, xstrdup(healthy ? "ok\n" : "blind\n"));
		return healthy ? HTTP_STATUS_OK : HTTP_STATUS_SERVICE_UNAVAILABLE;
	}
	answer_set(answer, xstrdup("there are /, /status, /metrics and /healthz\n"));
	return HTTP_STATUS_NOT_FOUND;
}

/* 0: sent. */
static int send_head(struct lws *wsi, unsigned status, const char *type, size_t len)
{
	static const char *const headers[][2] = {
		{"cache-control:", "no-store"},
		/* nothing is loaded from elsewhere, no script runs, and no other page frames this one */
		{"content-security-policy:",
		 "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
		 "frame-ancestors 'none'"},
		{"x-content-type-options:", "nosniff"},
		{"referrer-policy:", "no-referrer"},
	};
	unsigned char head[LWS_PRE + HEAD_MAX];
	unsigned char *at = head + LWS_PRE, *start = at, *end = head + sizeof(head) - 1;
	int failed = lws_add_http_common_headers(wsi, status, type, len, &at, end);

	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]) && !failed; i++)
		failed = lws_add_http_header_by_name(wsi, (const unsigned char *)headers[i][0],
						     (const unsigned char *)headers[i][1], (int)strlen(headers[i][1]),
						     &at, end);
	return failed || lws_finalize_write_http_header(wsi, start, &at, end);
}

static int begin_answer(const struct http *http, struct lws *wsi, struct answer *answer, const char *path)
{
	const char *type = NULL;

	free(answer->body);
	*answer = (struct answer){0};
	/* GET alone. A request with a body is answered and hung up on: libwebsockets would hold our page back until the
	 * body, which nobody reads, has come. */
	if (lws_hdr_total_length(wsi, WSI_TOKEN_GET_URI) <= 0) {
		(void)send_head(wsi, HTTP_STATUS_METHOD_NOT_ALLOWED, "text/plain", 0);
		return -1;
	}
	unsigned status = HTTP_STATUS_FORBIDDEN;
	if (host_is_ours(http, wsi))
		status = make_page(http, wsi, path, answer, &type);
	else
		answer_set(answer, xstrdup("Host is neither loopback nor in http_hosts\n"));
	if (!type)
		type = "text/plain; charset=utf-8";
	if (send_head(wsi, status, type, answer->len))
		return -1;
	lws_callback_on_writable(wsi);
	return 0;
}

/* Our own limit of each part of a connection: those of libwebsockets differ by state and version. */
static void limit(struct lws *wsi, int64_t ms)
{
	lws_set_timer_usecs(wsi, ms * 1000);
}

static int write_answer(const struct http *http, struct lws *wsi, struct answer *answer)
{
	if (!answer->body)
		return 0;
	int written = lws_write(wsi, answer->body + LWS_PRE, answer->len, LWS_WRITE_HTTP_FINAL);

	free(answer->body);
	*answer = (struct answer){0};
	limit(wsi, http->head_ms); /* the next one's */
	return written < 0 || lws_http_transaction_completed(wsi) ? -1 : 0;
}

static int on_lws(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	const struct lws_protocols *protocol = lws_get_protocol(wsi);
	struct answer *answer = user;

	switch ((int)reason) {
	case LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED:
		limit(wsi, ((struct http *)protocol->user)->head_ms);
		return 0;
	case LWS_CALLBACK_TIMER:
	case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE: /* to websocket or HTTP/2: there is none */
	case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
		return -1;
	case LWS_CALLBACK_HTTP:
		limit(wsi, PAGE_MS);
		return begin_answer(protocol->user, wsi, answer, in);
	case LWS_CALLBACK_HTTP_WRITEABLE:
		return write_answer(protocol->user, wsi, answer);
	}
	if (reason == LWS_CALLBACK_CLOSED_HTTP && answer) {
		free(answer->body);
		*answer = (struct answer){0};
	}
	return lws_callback_http_dummy(wsi, reason, user, in, len);
}

/* "127.0.0.1:9090", "[::1]:9090", "unix:/path": interface and port as libwebsockets wants them. */
static void place(struct http *http, const char *where, struct lws_context_creation_info *info)
{
	if (strncmp(where, "unix:", 5) == 0) {
		http->interface = xstrdup(where + 5);
		info->options |= LWS_SERVER_OPTION_UNIX_SOCK;
	} else {
		const char *colon = strrchr(where, ':');
		bool bracketed = where[0] == '[';

		http->interface = xstrndup(where + bracketed, (size_t)(colon - where) - (bracketed ? 2 : 0));
		info->port = (int)strtol(colon + 1, NULL, 10);
	}
	info->iface = http->interface;
	http->on_port = !(info->options & LWS_SERVER_OPTION_UNIX_SOCK);
}

gw_status http_new(struct http **ret, struct loop *loop, const char *where, const struct http_pages *pages,
		   struct error *err)
{
	struct http *http = xcalloc(1, sizeof(*http));
	struct lws_context_creation_info info = {.vhost_name = "status", .protocols = http->protocols};

	http->pages = *pages;
	http->head_ms = HEAD_MS;
	http->hosts = xcalloc(pages->host_count + 1, sizeof(*http->hosts));
	for (size_t i = 0; i < pages->host_count; i++)
		http->hosts[i] = xstrdup(pages->hosts[i]);
	http->protocols[0] = (struct lws_protocols){
		.name = "http", .callback = on_lws, .per_session_data_size = sizeof(struct answer), .user = http};
	place(http, where, &info);
	http->vhost = lws_create_vhost(loop_lws(loop), &info);
	/* a port that is taken is no error to libwebsockets, but gives no listening port */
	if (!http->vhost ||
	    (!(info.options & LWS_SERVER_OPTION_UNIX_SOCK) && lws_get_vhost_listen_port(http->vhost) <= 0)) {
		http_free(http);
		return error_set(err, GW_ERR_SYSTEM, "http: cannot listen at %s", where);
	}
	*ret = http;
	return GW_OK;
}

void http_set_head_limit(struct http *http, int64_t ms)
{
	http->head_ms = ms;
}

uint16_t http_port(const struct http *http)
{
	return (uint16_t)lws_get_vhost_listen_port(http->vhost);
}

void http_free(struct http *http)
{
	if (!http)
		return;
	if (http->vhost)
		lws_vhost_destroy(http->vhost);
	for (size_t i = 0; i < http->pages.host_count; i++)
		free(http->hosts[i]);
	free(http->hosts);
	free(http->interface);
	free(http);
}
