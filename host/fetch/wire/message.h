/* SPDX-License-Identifier: MIT
 *
 * What golos-watchd and golos-watch-fetch say to each other: one message a packet of their socket pair (SOCK_SEQPACKET,
 * descriptor 3 of the helper). The set-up comes once: SETUP, each ADDRESS, SEAL; READY or FAILED answers it. From then
 * on the host names addresses by their number: ROUND; an ANSWER comes for each item of it. A round's child speaks to
 * its parent in ANSWERs as well. Pure; any thread.
 */
#ifndef FETCH_MESSAGE_H
#define FETCH_MESSAGE_H

#include "fetch/wire/address.h"

#define FETCH_CHANNEL_FD    3
#define FETCH_ADDRESSES_MAX 64
#define FETCH_ROUND_MAX	    64
#define FETCH_BODY_MAX	    65536u
#define FETCH_MESSAGE_MAX   (FETCH_BODY_MAX + 1024u)
#define FETCH_TEXT_SIZE	    200
#define FETCH_REQUEST_MS    10000 /* that one server has */
#define FETCH_ROUND_MS	    30000 /* that all have together */

enum fetch_type { FETCH_SETUP = 1, FETCH_ADDRESS, FETCH_SEAL, FETCH_READY, FETCH_FAILED, FETCH_ROUND, FETCH_ANSWER };

struct fetch_ready {
	uint32_t uid;
	bool landlock; /* the kernel has it */
};

struct fetch_failed {
	int32_t status;
	char text[256];
};

struct fetch_item {
	uint32_t address;     /* its number, in the order of the ADDRESS messages */
	uint32_t deadline_ms; /* from the round's begin on; 1 to FETCH_ROUND_MS */
};

struct fetch_round {
	uint32_t number; /* the answers carry it */
	uint32_t count;
	struct fetch_item items[FETCH_ROUND_MAX];
};

struct fetch_answer {
	uint32_t round, item;
	int32_t status;	     /* a gw_status; GW_OK: `body` is what a 200 brought */
	int32_t http_status; /* 0: none came; else 100 to 999 */
	int64_t age_s;	     /* how old the server or a cache says that it is, 0 to FETCH_AGE_MAX */
	char text[FETCH_TEXT_SIZE];
	uint32_t body_len;
	char body[FETCH_BODY_MAX + 1]; /* NUL-terminated, and may hold others */
};
#define FETCH_AGE_MAX ((int64_t)1 << 32)

struct fetch_message {
	enum fetch_type type;
	union {
		struct {
			bool has_user;
			uint32_t uid, gid;
			char ca_file[1025]; /* "": the system's */
		} setup;
		char url[FETCH_URL_SIZE];
		struct fetch_ready ready;
		struct fetch_failed failed;
		struct fetch_round round;
		struct fetch_answer answer;
	};
};

/* GW_ERR_RANGE: a member does not fit. */
NODISCARD gw_status fetch_encode(uint8_t bytes[FETCH_MESSAGE_MAX], size_t *ret_len, struct fetch_message *message);
/* GW_ERR_PROTOCOL: not a message; *ret is then undefined. */
NODISCARD gw_status fetch_decode(struct fetch_message *ret, const uint8_t *bytes, size_t len, struct error *err);

#endif
