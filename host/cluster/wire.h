/* SPDX-License-Identifier: MIT
 *
 * The bytes of a statement: what the watcher of one node states to the watchers of the others, once a second. One
 * datagram is one statement, sealed with the key of the cluster. Pure; any thread.
 *
 * A datagram: "GWL", version (1 byte), nonce (24), then sealed by XChaCha20-Poly1305 with the first 4 bytes as
 * associated data: age (u16, ms) and body; last the tag (16). `age` is 0 from the origin itself. A relay states how
 * old the statement is, under a nonce of its own; the body stays as it was. All numbers are little-endian.
 *
 * A body: origin (name, 16), boot id (8), sequence (u32), state of its golosd (u8), ms in this state (u32), head's
 * number (u32) and id (20), count of peers (u8), count of witnesses (u8), hash of the list of nodes (8). For each peer:
 * hash of its name (4), its boot id (8), its newest sequence heard (u32), ms since then (u32). For each witness: name
 * (16), key of this node (33), first bytes of the signing key believed (8), flags (u8), reason (u8). Bytes after that
 * are ignored.
 */
#ifndef CLUSTER_WIRE_H
#define CLUSTER_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define CLUSTER_VERSION	      1
#define CLUSTER_NODES_MAX     8
#define CLUSTER_NAME_SIZE     17 /* with its NUL */
#define CLUSTER_WITNESSES_MAX 4	 /* of one statement; further ones take turns */
#define CLUSTER_KEY_BYTES     32
#define CLUSTER_KEYS_MAX      2
#define CLUSTER_DATAGRAM_MAX  512
#define CLUSTER_BODY_MAX      466 /* what fits a datagram */
#define CLUSTER_BOOT_BYTES    8
#define CLUSTER_HEAD_BYTES    20
#define CLUSTER_LIST_BYTES    8
#define CLUSTER_BELIEVED_SIZE 8
#define CLUSTER_NEVER	      UINT32_MAX /* ms: not yet */

enum cluster_golosd { GOLOSD_NONE, GOLOSD_STARTING, GOLOSD_UP, GOLOSD_DOWN, GOLOSD_STATES };

/* What a statement says of one peer of its origin. */
struct statement_peer {
	uint32_t name_hash;
	uint8_t boot[CLUSTER_BOOT_BYTES];
	uint32_t sequence;
	uint32_t ago_ms; /* CLUSTER_NEVER: nothing was heard of it, and boot and sequence are 0 */
};

enum statement_flag {
	STATEMENT_READY = 1 << 0,	/* may take production */
	STATEMENT_HOLD = 1 << 1,	/* a person's hold stands */
	STATEMENT_KEY_CHECKED = 1 << 2, /* its golosd is known to hold the key */
	STATEMENT_PROVEN = 1 << 3,	/* has produced with the key */
	STATEMENT_MOVED = 1 << 4,	/* a rule moved production to it */
};

struct statement_witness {
	char name[GW_ACCOUNT_SIZE];
	uint8_t key[33];
	uint8_t believed[CLUSTER_BELIEVED_SIZE];
	uint8_t flags; /* STATEMENT_*; others are of later versions */
	uint8_t reason;
};

struct statement {
	char origin[CLUSTER_NAME_SIZE];
	uint8_t boot[CLUSTER_BOOT_BYTES]; /* random at each start */
	uint32_t sequence;		  /* rises with each statement of one boot */
	uint8_t golosd;			  /* enum cluster_golosd */
	uint32_t golosd_ms;		  /* so long in this state */
	uint32_t head;			  /* 0: none is known */
	uint8_t head_id[CLUSTER_HEAD_BYTES];
	uint8_t list[CLUSTER_LIST_BYTES]; /* cluster_list_hash */
	uint8_t peer_count;
	struct statement_peer peers[CLUSTER_NODES_MAX];
	uint8_t witness_count;
	struct statement_witness witnesses[CLUSTER_WITNESSES_MAX];
};

/* 1 to 16 of a-z, 0-9 and '-'. */
NODISCARD bool cluster_name_is_good(const char *name);
/* The 4 bytes that stand for a name in statements. */
uint32_t cluster_name_hash(const char *name);
/* Of the names sorted, so their order in a configuration is nothing. At most CLUSTER_NODES_MAX. */
void cluster_list_hash(uint8_t ret[CLUSTER_LIST_BYTES], const char *const *names, size_t count);

/* Bytes written to `ret`; 0: the statement holds a value that its field cannot. */
size_t statement_encode(uint8_t ret[CLUSTER_BODY_MAX], const struct statement *statement);
/* False: the bytes are no statement; *ret is then undefined. Statements come from who has the key, and are checked all
 * the same: type, range and size of each field. */
NODISCARD bool statement_decode(struct statement *ret, const uint8_t *body, size_t len);

/* ---- the seal --------------------------------------------------------------------------------------------------- */

/* The key of the links, of one cluster on one chain: statements of a test network are none here. */
void link_key_derive(uint8_t ret[CLUSTER_KEY_BYTES], const uint8_t cluster_key[CLUSTER_KEY_BYTES],
		     const uint8_t chain_id[32]);

#define LINK_NONCE_BYTES 24

/* Bytes of the datagram; len is at most CLUSTER_BODY_MAX. `nonce` must be random, and never be used again. */
size_t link_seal(uint8_t ret[CLUSTER_DATAGRAM_MAX], const uint8_t key[CLUSTER_KEY_BYTES],
		 const uint8_t nonce[LINK_NONCE_BYTES], uint16_t age_ms, const uint8_t *body, size_t len);

enum link_result {
	LINK_OPENED,
	LINK_STRANGE,	/* no datagram of ours, or too short or too long for one */
	LINK_VERSION,	/* ours, of another version; ret_version says which */
	LINK_NOT_SEALED /* forged, damaged, or sealed with another key or for another chain */
};

struct link_opened {
	uint8_t version;
	uint16_t age_ms;
	uint16_t len;
	uint8_t body[CLUSTER_BODY_MAX];
};

/* Tries each key. ret->version is set with LINK_OPENED and LINK_VERSION, all of it with LINK_OPENED alone. */
NODISCARD enum link_result link_open(struct link_opened *ret, const uint8_t (*keys)[CLUSTER_KEY_BYTES],
				     size_t key_count, const uint8_t *datagram, size_t len);

#endif
