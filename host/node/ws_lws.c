/* SPDX-License-Identifier: MIT
 *
 * Websockets, by libwebsockets. [loop]
 */
#include "node/ws_lws.h"

#include <libwebsockets.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/log.h"
#include "base/memory.h"

#define RX_PIECE    (16u << 10) /* bytes libwebsockets hands over at once */
#define IN_KEPT_MAX (64u << 10) /* a larger message's buffer is given back */
#define PROTOCOL    "golosd"	/* local name, never on the wire */
#define HOST_TEXT   272		/* a host and a port */

struct ws_client {
	struct loop *loop;
	struct lws_vhost *vhost;
	bool tls;
	SSL_CTX *trust; /* libwebsockets': its store is ours to replace; NULL: the system's is used */
};

struct outgoing {
	struct outgoing *prev, *next;
	size_t len;
	unsigned char *frame; /* LWS_PRE bytes of room, then the text */
};

struct ws {
	struct lws *wsi;	    /* NULL: not yet or no longer */
	bool tls_ahead;		    /* the TLS handshake has not ended: a failure may be the certificate's */
	bool opening;		    /* inside lws_client_connect_via_info, which may report a failure at once */
	bool failed;		    /* it did */
	struct loop_timer *failure; /* reports that failure from the loop */
	const struct ws_handlers *handlers;
	void *context;
	char *authorization;
	size_t message_max;
	char *in; /* the message so far */
	size_t in_len, in_size;
	struct outgoing *out; /* utlist's */
	char why[192];
};

/* ---- reading ---------------------------------------------------------------------------------------------------- */

static void in_append(struct ws *ws, const char *piece, size_t len)
{
	if (ws->in_len + len > ws->in_size) {
		size_t size = ws->in_size ? ws->in_size : RX_PIECE;

		while (size < ws->in_len + len)
			size *= 2;
		ws->in = xrealloc(ws->in, size, 1);
		ws->in_size = size;
	}
	if (len)
		memcpy(ws->in + ws->in_len, piece, len);
	ws->in_len += len;
}

/* The handler may free ws: it gets the buffer for itself, and ws takes it back only if it is still there. */
static void deliver(struct lws *wsi, struct ws *ws)
{
	char *text = ws->in;
	size_t len = ws->in_len, size = ws->in_size;

	ws->in = NULL;
	ws->in_len = ws->in_size = 0;
	ws->handlers->message(ws->context, text ? text : "", len);
	if (lws_get_opaque_user_data(wsi) == ws && size <= IN_KEPT_MAX) {
		ws->in = text;
		ws->in_size = size;
	} else {
		free(text);
	}
}

static void on_piece(struct lws *wsi, struct ws *ws, const char *piece, size_t len)
{
	size_t to_come = lws_remaining_packet_payload(wsi);

	if (lws_frame_is_binary(wsi)) {
		ws->handlers->misuse(ws->context, WS_BINARY);
	} else if (to_come > ws->message_max || len > ws->message_max - to_come ||
		   ws->in_len > ws->message_max - to_come - len) {
		ws->handlers->misuse(ws->context, WS_TOO_LONG);
	} else {
		in_append(ws, piece, len);
		if (to_come == 0 && lws_is_final_fragment(wsi))
			deliver(wsi, ws);
	}
}

/* ---- writing ---------------------------------------------------------------------------------------------------- */

static void out_pop(struct ws *ws)
{
	struct outgoing *head = ws->out;

	DL_DELETE(ws->out, head);
	free(head->frame);
	free(head);
}

/* One message a turn, as libwebsockets wants it; it keeps what the socket does not take. */
static int on_writable(struct lws *wsi, struct ws *ws)
{
	if (!ws->out)
		return 0;
	int written = lws_write(wsi, ws->out->frame + LWS_PRE, ws->out->len, LWS_WRITE_TEXT);

	if (written < (int)ws->out->len)
		return -1;
	out_pop(ws);
	if (ws->out)
		lws_callback_on_writable(wsi);
	return 0;
}

static int add_authorization(struct lws *wsi, const struct ws *ws, unsigned char **at, size_t room)
{
	if (!ws->authorization)
		return 0;
	return lws_add_http_header_by_token(wsi, WSI_TOKEN_HTTP_AUTHORIZATION, (unsigned char *)ws->authorization,
					    (int)strlen(ws->authorization), at, *at + room);
}

/* ---- endings ---------------------------------------------------------------------------------------------------- */

static void report_closed(void *context)
{
	struct ws *ws = context;

	ws->handlers->closed(ws->context, ws->why);
}

/* The first end that libwebsockets reports counts: after it the connection is not known here any more. */
static void on_closed(struct lws *wsi, struct ws *ws, const char *why, size_t len)
{
	lws_set_opaque_user_data(wsi, NULL);
	if (ws->why[0] == '\0')
		snprintf(ws->why, sizeof(ws->why), "%s%.*s",
			 ws->tls_ahead ? "no TLS (is its certificate trusted, of this host and in date?): " : "",
			 (int)len, why);
	ws->wsi = NULL;
	if (ws->opening)
		ws->failed = true;
	else
		report_closed(ws);
}

static void note_close_code(struct ws *ws, const unsigned char *in, size_t len)
{
	if (len >= 2)
		snprintf(ws->why, sizeof(ws->why), "the node closed the connection with code %d", in[0] << 8 | in[1]);
	else
		snprintf(ws->why, sizeof(ws->why), "the node closed the connection");
}

/* ---- libwebsockets' callback ------------------------------------------------------------------------------------- */

static int on_ws_event(struct lws *wsi, struct ws *ws, enum lws_callback_reasons reason, void *in, size_t len)
{
	static const char refused[] = "connection refused or handshake failed", lost[] = "connection lost";
	static const char not_upgraded[] = "upgrade response not 101"; /* libwebsockets' own words */
	static const char http_alone[] = "it answers, and speaks no websocket: is it webserver-ws-endpoint's port?";

	switch ((int)reason) {
	case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
		ws->tls_ahead = false;
		return add_authorization(wsi, ws, in, len);
	case LWS_CALLBACK_CLIENT_HTTP_REDIRECT:
		return -1; /* an endpoint is where the operator said it is */
	case LWS_CALLBACK_CLIENT_ESTABLISHED:
		ws->handlers->opened(ws->context);
		break;
	case LWS_CALLBACK_CLIENT_RECEIVE:
		on_piece(wsi, ws, in, len);
		break;
	case LWS_CALLBACK_CLIENT_WRITEABLE:
		return on_writable(wsi, ws);
	case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
		note_close_code(ws, in, len);
		break;
	case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
		if (in && memmem(in, len, not_upgraded, sizeof(not_upgraded) - 1))
			on_closed(wsi, ws, http_alone, sizeof(http_alone) - 1);
		else
			on_closed(wsi, ws, in ? in : refused, in ? len : sizeof(refused) - 1);
		return 0;
	/* libwebsockets ends a handshake by its own timer, or after it, with the last two of these alone */
	case LWS_CALLBACK_CLIENT_CLOSED:
	case LWS_CALLBACK_CLOSED_CLIENT_HTTP:
	case LWS_CALLBACK_WSI_DESTROY:
		on_closed(wsi, ws, lost, sizeof(lost) - 1);
		return 0;
	}
	return lws_get_opaque_user_data(wsi) ? 0 : -1; /* -1: a handler freed ws */
}

static int on_lws_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct ws *ws = wsi ? lws_get_opaque_user_data(wsi) : NULL;

	if (reason == LWS_CALLBACK_OPENSSL_LOAD_EXTRA_CLIENT_VERIFY_CERTS) {
		((struct ws_client *)lws_vhost_user(lws_get_vhost(wsi)))->trust = user;
		return 0;
	}
	if (ws)
		return on_ws_event(wsi, ws, reason, in, len);
	/* of a connection that was freed: end it at the first thing it does */
	return reason == LWS_CALLBACK_CLIENT_ESTABLISHED || reason == LWS_CALLBACK_CLIENT_RECEIVE ? -1 : 0;
}

/* ---- for nodes.c ------------------------------------------------------------------------------------------------ */

struct ws_client *ws_client_new(struct loop *loop, bool tls, bool own_trust)
{
	static const struct lws_protocols protocols[] = {
		{.name = PROTOCOL, .callback = on_lws_event, .rx_buffer_size = RX_PIECE}, {.name = NULL}};
	struct ws_client *client = xcalloc(1, sizeof(*client));
	/* no .extensions: 4.1 loops for ever on an uncompressed frame where permessage-deflate was agreed */
	struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN,
		.protocols = protocols,
		.vhost_name = PROTOCOL,
		.options = tls ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT : 0,
		.user = client,
	};

	if (tls && own_trust)
		info.options |= LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS;
	*client = (struct ws_client){.loop = loop, .tls = tls};
	client->vhost = lws_create_vhost(loop_lws(loop), &info);
	if (client->vhost)
		return client;
	free(client);
	return NULL;
}

gw_status ws_client_trust(struct ws_client *client, const char *ca_file, struct error *err)
{
	X509_STORE *store = X509_STORE_new();
	bool loaded = store && client->trust && X509_STORE_load_file(store, ca_file) == 1;

	ERR_clear_error(); /* libwebsockets would take it for the next connection's */
	if (loaded)
		SSL_CTX_set_cert_store(client->trust, store); /* takes it; a connection under way keeps the old one */
	else
		X509_STORE_free(store);
	return loaded ? GW_OK
		      : error_set(err, GW_ERR_SYSTEM, "ca_file %s cannot be read, or holds no certificate", ca_file);
}

void ws_client_free(struct ws_client *client)
{
	if (!client)
		return;
	lws_vhost_destroy(client->vhost);
	free(client);
}

static struct lws *connect_to(struct ws_client *client, struct ws *ws, const struct ws_target *target)
{
	bool v6 = strchr(target->host, ':') != NULL;
	char host[HOST_TEXT];
	struct lws_client_connect_info info = {
		.context = loop_lws(client->loop),
		.vhost = client->vhost,
		.address = target->address, /* a name would be resolved on the loop's thread */
		.port = target->port,
		.ssl_connection = (target->tls ? LCCSCF_USE_SSL : 0) | LCCSCF_HTTP_NO_FOLLOW_REDIRECT,
		.path = target->path,
		.host = host,
		.ietf_version_or_minus_one = -1,
		.local_protocol_name = PROTOCOL,
		.alpn = "http/1.1",
		.opaque_user_data = ws,
	};

	snprintf(host, sizeof(host), v6 ? "[%s]:%u" : "%s:%u", target->host, target->port);
	return lws_client_connect_via_info(&info);
}

struct ws *ws_open(struct ws_client *client, const struct ws_target *target, size_t message_max,
		   const struct ws_handlers *handlers, void *context)
{
	struct ws *ws = xcalloc(1, sizeof(*ws));

	ws->handlers = handlers;
	ws->context = context;
	ws->message_max = message_max;
	ws->authorization = target->authorization ? xstrdup(target->authorization) : NULL;
	ws->failure = loop_timer_new(client->loop, report_closed, ws);
	ws->tls_ahead = target->tls;
	ws->opening = true;
	struct lws *wsi = target->tls && !client->tls ? NULL : connect_to(client, ws, target);
	ws->opening = false;
	if (wsi && !ws->failed) {
		ws->wsi = wsi;
		return ws;
	}
	if (ws->why[0] == '\0')
		snprintf(ws->why, sizeof(ws->why), "cannot connect");
	loop_timer_set(ws->failure, 0);
	return ws;
}

void ws_send(struct ws *ws, const char *text, size_t len)
{
	struct outgoing *out = xcalloc(1, sizeof(*out));

	out->len = len;
	out->frame = xcalloc(LWS_PRE + len, 1);
	memcpy(out->frame + LWS_PRE, text, len);
	DL_APPEND(ws->out, out);
	if (ws->wsi)
		lws_callback_on_writable(ws->wsi);
}

void ws_free(struct ws *ws)
{
	if (!ws)
		return;
	if (ws->wsi) {
		lws_set_opaque_user_data(ws->wsi, NULL);
		lws_set_timeout(ws->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
	}
	while (ws->out)
		out_pop(ws);
	if (ws->authorization)
		explicit_bzero(ws->authorization, strlen(ws->authorization));
	free(ws->authorization);
	loop_timer_free(ws->failure);
	free(ws->in);
	free(ws);
}
