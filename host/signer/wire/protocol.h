/* SPDX-License-Identifier: MIT
 *
 * PROTOCOL
 *
 * The wire between the host and golos-watch-signer: messages over a SOCK_SEQPACKET pair, the signer's end at descriptor
 * 3. Pure codec; any thread; both programs link it.
 *
 * HEADER, 16 bytes, all numbers little-endian
 *
 *     0  u32  magic, "GWSP"
 *     4  u16  version, 1
 *     6  u16  type
 *     8  u32  request id; an answer carries its question's; 0 during set-up
 * 12  u32  length of the rest of the packet, exactly; at most 64 KiB - 16
 *
 * Field types: text is u16 length and that many bytes, no NUL; list is u32 count and that many items. bool is one byte,
 * 0 or 1; key is 33 bytes; asset is i64 amount, u8 decimals, 8 bytes symbol padded with zeros.
 *
 * SET-UP, host to signer, once, in this order
 *
 *     1 SETUP          chain id (32 bytes), bool has_user, u32 uid, u32 gid, bool inline_keys (descriptor 4 is a sealed
 *                      memfd with one WIF a line), bool log_json, bool log_to_journal, bool quiet, text count file
 *                      ("": none), text credentials directory ("": none)
 *     2 KEY            text source, as in the configuration; one message a source, 16 at most
 *     3 INSTANCE       text witness, key, u32 grants (SIGN_*), u32 max_signatures, prices: u64 min, u64 max, u32
 *                      step, u32 an hour (feed_bounds.h); its place in the order is its number; 1,024 at most
 *     4 GOLOSD_CONFIG  text path; at most once
 *     5 SEAL           nothing follows; the signer reads its keys, closes itself off and answers
 *
 *    16 READY          list of keys (public halves, in the order of the sources), golosd's config: bool readable, text,
 *                      list of text witnesses, list of keys
 *    17 FAILED         i32 gw_status, text sentence; the signer then ends
 *
 * SERVICE, each question answered in its turn
 *
 *     6 SIGN           u32 instance, bool ordered, list of u32 keys, transaction: u16 ref_block_num, u32
 *                      ref_block_prefix, u32 expiration, list of operations, each u32 type and its members
 *    18 SIGNED         list of u8 transaction bytes, text id, list of signatures (65 bytes each, in the order of the
 *                      keys)
 *    19 REFUSED        u32 refusal (policy.h), text sentence
 *
 *     7 PING           nothing
 *    20 PONG           nothing
 *
 * There is no message that signs a digest or bytes: the signer makes the bytes itself.
 *
 * ERRORS
 *
 * Any other packet ends the signer with EXIT_SIGNER, for its host is broken or not its host. That is a wrong magic,
 * version, length or type, a message out of its order, or bytes left over. A closed channel ends it with EXIT_OK.
 *
 * VERSION
 *
 * Host and signer are installed together; another version is refused, and nothing is negotiated.
 */
#ifndef SIGNER_PROTOCOL_H
#define SIGNER_PROTOCOL_H

#include <sys/types.h>

#include "signer/wire/policy.h"

#define SIGNER_CHANNEL_FD     3
#define SIGNER_INLINE_KEYS_FD 4

#define SIGNER_MESSAGE_MAX	  65536
#define SIGNER_HEADER_BYTES	  16
#define SIGNER_PROTOCOL_VERSION	  1
#define SIGNER_PATH_SIZE	  1024
#define SIGNER_SENTENCE_SIZE	  512
#define GOLOSD_CONFIG_ENTRIES_MAX 32

enum message_type {
	MESSAGE_SETUP = 1,
	MESSAGE_KEY = 2,
	MESSAGE_INSTANCE = 3,
	MESSAGE_GOLOSD_CONFIG = 4,
	MESSAGE_SEAL = 5,
	MESSAGE_SIGN = 6,
	MESSAGE_PING = 7,
	MESSAGE_READY = 16,
	MESSAGE_FAILED = 17,
	MESSAGE_SIGNED = 18,
	MESSAGE_REFUSED = 19,
	MESSAGE_PONG = 20,
};

struct message_setup {
	struct chain_id chain;
	bool has_user;
	uint32_t uid, gid; /* to run as, when started as root and has_user */
	bool inline_keys;
	bool log_json;
	bool log_to_journal;
	bool quiet; /* critical lines alone are logged */
	char count_file[SIGNER_PATH_SIZE];
	char credentials[SIGNER_PATH_SIZE]; /* systemd's $CREDENTIALS_DIRECTORY, as the signer has no environment */
};

/* The public facts of golosd's own config. */
struct golosd_config_facts {
	bool readable;
	char text[GW_TEXT_SIZE]; /* why not; or the fault in it; "" */
	size_t witness_count, key_count;
	char witnesses[GOLOSD_CONFIG_ENTRIES_MAX][GW_ACCOUNT_SIZE];
	struct public_key keys[GOLOSD_CONFIG_ENTRIES_MAX];
};

/* Would golosd produce for this witness with this key, by its config? GW_READY_*; where not YES, ret_text says why. */
uint8_t golosd_config_judge(const struct golosd_config_facts *facts, const char *witness, const struct public_key *key,
			    char ret_text[GW_TEXT_SIZE]);

struct message_ready {
	size_t key_count;
	struct public_key keys[SIGNER_KEYS_MAX];
	struct golosd_config_facts golosd_config;
};

struct message_sign {
	uint32_t instance;
	bool ordered; /* by an operator, so says the host: it may be one more than the hour's */
	uint32_t key_count;
	uint32_t keys[SIGNER_KEYS_MAX];
	struct transaction tx;
};

struct signed_transaction {
	struct transaction_bytes bytes;
	char id[GW_ID_SIZE];
	size_t signature_count;
	struct signature signatures[SIGNER_KEYS_MAX];
};

struct message_failed {
	gw_status status;
	char text[SIGNER_SENTENCE_SIZE];
};

struct message_refused {
	uint32_t refusal; /* enum refusal */
	char text[SIGNER_SENTENCE_SIZE];
};

struct message {
	enum message_type type;
	uint32_t id;
	union {
		struct message_setup setup;
		char path[SIGNER_PATH_SIZE]; /* KEY, GOLOSD_CONFIG */
		struct signer_policy_instance instance;
		struct message_sign sign;
		struct message_ready ready;
		struct message_failed failed;
		struct signed_transaction done;
		struct message_refused refused;
	};
};

/* Bytes of *message at `ret`. GW_ERR_RANGE: a member that its field cannot hold. */
NODISCARD gw_status message_encode(uint8_t ret[SIGNER_MESSAGE_MAX], size_t *ret_len, const struct message *message);
/* GW_ERR_PROTOCOL and what is odd. *ret is then undefined. */
NODISCARD gw_status message_decode(struct message *ret, const uint8_t *bytes, size_t len, struct error *err);

#endif
