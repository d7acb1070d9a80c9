/* SPDX-License-Identifier: MIT
 *
 * A golosd that can break every rule: a small websocket server over raw sockets in a thread of its own. Its first
 * connection misbehaves once, at one moment, in one way; everything else that it does is good, so that a test can see
 * that the client gets over it.
 *
 * A good node answers get_config and any other call, and pushes a block after each subscription and each answer.
 */
#ifndef TESTS_HOSTILE_NODE_H
#define TESTS_HOSTILE_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hostile_node;
struct hostile_link; /* one connection */

enum hostile_moment { AT_NO_TIME, AT_ACCEPT, AT_HANDSHAKE, AT_CONFIG, AT_SUBSCRIBE, AT_CALL };

/* Does the evil. `id` is of the request just read (0 before any). Returns true where the connection then goes on, as if
 * the request had been answered; false closes it. */
typedef bool (*hostile_act)(struct hostile_link *link, uint32_t id);

struct hostile_node *hostile_node_start(enum hostile_moment moment, hostile_act act);
/* The same behind TLS: PEM files of the certificate and its key. */
struct hostile_node *hostile_node_start_tls(enum hostile_moment moment, hostile_act act, const char *cert_file,
					    const char *key_file);
/* Other files for the connections to come; once. */
void hostile_node_renew_tls(struct hostile_node *node, const char *cert_file, const char *key_file);
/* Ends the connection served. */
void hostile_node_hang_up(struct hostile_node *node);
uint16_t hostile_node_port(const struct hostile_node *node);
/* TCP connections so far. */
unsigned int hostile_node_accepted(const struct hostile_node *node);
/* Connections so far on which a request for a websocket was read. */
unsigned int hostile_node_connections(const struct hostile_node *node);
/* The last such request's head; call it when the node has nothing to do. */
const char *hostile_node_request(const struct hostile_node *node);
void hostile_node_stop(struct hostile_node *node);

/* ---- one connection without such a node, for a test that is the node itself ------------------------------------- */
/* A socket that listens on loopback. */
int link_listen(uint16_t *ret_port);
/* Takes the next connection and makes it a websocket; blocks. NULL: the client spoke no websocket. */
struct hostile_link *link_accept(int listen_fd);
void link_close(struct hostile_link *link);
int link_fd(const struct hostile_link *link);
/* The request that link_next_request has read; borrowed until the next. */
const char *link_request(const struct hostile_link *link);

/* ---- what an act is made of: each is false when the client is gone ----------------------------------------------- */
bool link_send_raw(struct hostile_link *link, const void *bytes, size_t len);
/* first: the first byte of the frame, FIN and opcode; masked: as no server may */
bool link_send_frame(struct hostile_link *link, uint8_t first, bool masked, const void *bytes, size_t len);
bool link_send_text(struct hostile_link *link, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The right answer to the request for a websocket. */
bool link_upgrade(struct hostile_link *link);
/* The same, its head beginning with `begin`: status line and headers. */
bool link_upgrade_after(struct hostile_link *link, const char *begin);
/* A good reply, and a good block of the subscription. */
bool link_answer(struct hostile_link *link, uint32_t id);
bool link_push_block(struct hostile_link *link);
/* Waits for the next request and gives its id; 0: the client is gone. */
uint32_t link_next_request(struct hostile_link *link);
/* Waits until the client is gone. */
void link_wait_for_end(struct hostile_link *link);
/* The connection ends with RST instead of FIN. */
void link_reset(struct hostile_link *link);

#endif
