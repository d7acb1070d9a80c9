/* SPDX-License-Identifier: MIT
 *
 * One websocket to a golosd, over libwebsockets; ws_lws.c is the only file of node/ that knows it. [loop]
 */
#ifndef NODE_WS_LWS_H
#define NODE_WS_LWS_H

#include "loop/loop.h"

struct ws_client; /* what all connections share: certificates, no extensions, no proxy */
struct ws;

enum ws_misuse {
	WS_BINARY,   /* a binary message */
	WS_TOO_LONG, /* a message longer than the limit, seen with its first piece where its length is told */
};

/* Each is called from the loop, never from inside a ws_ function, and may call ws_free. */
struct ws_handlers {
	void (*opened)(void *context);
	void (*message)(void *context, const char *text, size_t len); /* a whole text message; borrowed */
	void (*misuse)(void *context, enum ws_misuse misuse);	      /* nothing more is read: free it */
	void (*closed)(void *context, const char *why);		      /* last: the connection failed or ended */
};

struct ws_target {
	bool tls;
	uint16_t port;
	const char *address; /* an IP address */
	const char *host;    /* the name: Host header, SNI, and what the certificate must hold */
	const char *path;
	const char *authorization; /* value of that header, a secret; NULL: none */
};

/* tls: certificates will be needed. own_trust: nobody is trusted before ws_client_trust; else the system's authorities
 * are. NULL on failure. */
struct ws_client *ws_client_new(struct loop *loop, bool tls, bool own_trust);
/* From now on new connections trust the authorities of this PEM file alone. GW_ERR_SYSTEM: it cannot be read, or holds
 * no certificate; those before it are trusted on. */
NODISCARD gw_status ws_client_trust(struct ws_client *client, const char *ca_file, struct error *err);
/* After all its connections have been freed. NULL is fine. */
void ws_client_free(struct ws_client *client);

/* Begins to connect; a handshake that takes LOOP_NETWORK_S is closed. `handlers` lives as long as the websocket; the
 * target is copied. */
struct ws *ws_open(struct ws_client *client, const struct ws_target *target, size_t message_max,
		   const struct ws_handlers *handlers, void *context);
/* Queues one text message. Copied. */
void ws_send(struct ws *ws, const char *text, size_t len);
/* Ends the connection without a word; no handler is called any more. NULL is fine. */
void ws_free(struct ws *ws);

#endif
