/* SPDX-License-Identifier: MIT
 *
 * What the watcher of this node knows of each other one. A statement is evidence, never a command. Nothing here delays
 * or makes a switch. Pure: statements and the time in, views out. Times are milliseconds of our monotonic clock; the
 * peers' clocks are of no use, and none crosses the wire. One thread.
 *
 * A word is a statement that is newer by (boot id, sequence), from its origin or a relay. A peer is heard while its last
 * word is less than 7 s old. It is fresh while it is heard, and states that it heard a statement of ours that we sent
 * less than 10 s ago. It is silent when it was fresh once since our start, and is not heard. All else is unknown, and no
 * evidence: a link of one direction, a delayed stream, a replay, one that we never heard.
 */
#ifndef CLUSTER_PEERS_H
#define CLUSTER_PEERS_H

#include "cluster/settings.h"

#define PEERS_SILENCE_MS	7000
#define PEERS_ECHO_MS		10000
#define PEERS_STARTING_MS	10000 /* so long a watcher without its golosd is still starting */
#define PEERS_GOLOSD_LOST_MS	2000  /* a connection lost for less is a mere reconnect */
#define PEERS_VERSION_NOTICE_MS (3600 * 1000)
#define PEERS_WITNESSES_MAX	16 /* kept of each peer; and stated of us, 4 at a time */

struct peers;

/* Never NULL. settings: its names must pass cluster_check_names. boot: random. observer: this node has no golosd. */
struct peers *peers_new(const struct cluster_settings *settings, const uint8_t boot[CLUSTER_BOOT_BYTES], bool observer,
			int64_t now_ms);
void peers_free(struct peers *peers); /* NULL is fine */

size_t peers_count(const struct peers *peers); /* of all nodes, ourselves included */
size_t peers_own(const struct peers *peers);   /* our place among them */
const char *peers_name(const struct peers *peers, size_t place);

/* ---- of ourselves ----------------------------------------------------------------------------------------------- */

/* The connection to our golosd is up, or is not. */
void peers_golosd(struct peers *peers, bool connected, int64_t now_ms);
/* Our head, a block later or another one. A fork of 2 blocks or more forgets the evidence. */
void peers_head(struct peers *peers, uint32_t number, const uint8_t id[CLUSTER_HEAD_BYTES]);
/* Our blocks are seen from elsewhere, or a signing key has changed: lags are measured anew. */
void peers_forget(struct peers *peers);
/* What we state of our witnesses: at most PEERS_WITNESSES_MAX. */
void peers_state_witnesses(struct peers *peers, const struct statement_witness *witnesses, size_t count);

/* Our next statement, counted and remembered as sent now. */
void peers_state(struct peers *peers, struct statement *ret, int64_t now_ms);
/* Our state is another than was stated last, and should be stated at once. */
bool peers_has_news(const struct peers *peers, int64_t now_ms);
/* When time alone makes news; INT64_MAX: never. */
int64_t peers_news_ms(const struct peers *peers);

/* ---- of the others ---------------------------------------------------------------------------------------------- */

enum peers_heard {
	PEERS_WORD,	/* newer than all before */
	PEERS_OLD,	/* heard before, or too old */
	PEERS_UNPROVEN, /* another boot id, without an echo that proves that it is of now */
	PEERS_STRANGER, /* of a node that is not in our list */
	PEERS_OURS,	/* in our own name */
	PEERS_BAD,	/* no statement */
};

/* A statement has come, and was `age_ms` on its way at a relay (0: from its origin). *ret_place: of its origin, but with
 * PEERS_STRANGER and PEERS_BAD. */
enum peers_heard peers_hear(struct peers *peers, const uint8_t *body, size_t len, uint16_t age_ms, int64_t now_ms,
			    size_t *ret_place);
/* From an address of that node came a datagram of another version. */
void peers_hear_version(struct peers *peers, size_t place, uint8_t version, int64_t now_ms);

/* The newest statement of that node for the others, unchanged; borrowed until the next peers_hear. NULL: there is none
 * that is young enough. */
const uint8_t *peers_relay(const struct peers *peers, size_t place, int64_t now_ms, size_t *ret_len,
			   uint16_t *ret_age_ms);

enum peer_state { PEER_UNKNOWN, PEER_FRESH, PEER_SILENT };
/* "unknown", "fresh", "silent". */
const char *peer_state_name(enum peer_state state);
/* "none", "starting", "up", "down". */
const char *cluster_golosd_name(uint8_t golosd);

struct peer_view {
	const char *name;
	bool is_own; /* then of the following golosd, golosd_ms, head, head_id and witnesses are set */
	enum peer_state state;
	bool is_heard;
	bool is_relayed;     /* its newest word came by another node */
	int64_t heard_ms;    /* since its last word; -1: none yet */
	int64_t hears_us_ms; /* since it heard us, as it states; -1: it does not hear us, as far as we know */
	uint8_t golosd;	     /* enum cluster_golosd, by its newest statement */
	int64_t golosd_ms;
	uint32_t head; /* 0: none */
	uint8_t head_id[CLUSTER_HEAD_BYTES];
	uint32_t lag;	      /* blocks of ours that it should have and does not state */
	bool list_differs;    /* it names other nodes than we do */
	uint8_t version;      /* it speaks this one, and not ours; 0: ours, or nothing is known */
	size_t witness_count; /* borrowed until the next call that changes */
	const struct statement_witness *witnesses;
};
void peers_view(const struct peers *peers, size_t place, int64_t now_ms, struct peer_view *ret);

/* Nodes that are fresh, ourselves included. */
size_t peers_fresh(const struct peers *peers, int64_t now_ms);

enum peer_change {
	PEER_IS_SILENT = 1 << 0,
	PEER_IS_HEARD = 1 << 1, /* for the first time, or again after a silence: fresh */
	PEER_HAS_VERSION = 1 << 2,
	PEER_LIST_DIFFERS = 1 << 3,
};
/* What has changed since it was asked last, for people; PEER_HAS_VERSION at most once an hour. */
uint32_t peers_take_changes(struct peers *peers, size_t place, int64_t now_ms);

#endif
