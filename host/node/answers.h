/* SPDX-License-Identifier: MIT
 *
 * golosd's answers, as checked plain values. Each parser takes the `result` of a reply. A wrong type, a missing member
 * or a value out of range is refused, with a sentence that names it. Pure. Source: docs/protocol.md 2 and 3; recordings
 * 01-queries, 02-sub-*.
 */
#ifndef NODE_ANSWERS_H
#define NODE_ANSWERS_H

#include <stdbool.h>

#include "base/json.h"

#define WITNESSES_MAX 64 /* scheduled witnesses; golosd has 21 */

struct block_update { /* a witness_update found in a block's transactions */
	char owner[GW_ACCOUNT_SIZE];
	char signing_key[GW_KEY_SIZE]; /* text as in the block; checked to be a key's length, not its checksum */
	uint16_t ref_block_num;	       /* its transaction's TaPoS */
};

struct block_transaction {
	char id[GW_ID_SIZE]; /* "" in the forms that carry no ids */
	char signature[131]; /* its first signature as hex; "" if it has none */
};

/* A block in any of the forms: header, block (get_block too), full. */
struct block {
	uint32_t num; /* from `previous` */
	int64_t time_s;
	char id[GW_ID_SIZE]; /* "" but in the full form */
	char previous[GW_ID_SIZE];
	char witness[GW_ACCOUNT_SIZE];
	char signing_key[GW_KEY_SIZE]; /* "" but in the full form */
	bool has_transactions;	       /* false: the header form; nothing is known of updates */
	size_t update_count;
	struct block_update *updates; /* owned */
	size_t transaction_count;
	struct block_transaction *transactions; /* owned */
};
NODISCARD gw_status block_parse(struct block *ret, const struct json *result, struct error *err);
void block_free(struct block *block); /* frees what it owns, not itself */

struct witness_answer {
	bool exists; /* golosd answers null for an unknown witness */
	char owner[GW_ACCOUNT_SIZE];
	char url[GW_URL_SIZE];
	char signing_key[GW_KEY_SIZE];
	uint32_t total_missed;
	uint32_t last_confirmed;
	uint64_t last_aslot;
};
/* Besides form: `owner` must be the one requested for. */
NODISCARD gw_status witness_answer_parse(struct witness_answer *ret, const char *requested, const struct json *result,
					 struct error *err);

struct schedule_answer {
	uint32_t count; /* num_scheduled_witnesses: 1..WITNESSES_MAX */
	char names[WITNESSES_MAX][GW_ACCOUNT_SIZE];
	uint32_t skipping_reset_s; /* median witness_skipping_reset_time; 0 where the node does not tell */
};
NODISCARD gw_status schedule_answer_parse(struct schedule_answer *ret, const struct json *result, struct error *err);

struct head_answer { /* get_dynamic_global_properties */
	uint32_t num;
	char id[GW_ID_SIZE];
	int64_t time_s;
	uint64_t aslot; /* current_aslot */
	uint32_t irreversible;
};
NODISCARD gw_status head_answer_parse(struct head_answer *ret, const struct json *result, struct error *err);

struct chain_answer { /* get_config */
	char chain_id[65];
	char prefix[8];
	uint32_t interval_s;	/* 1..60 */
	uint32_t max_witnesses; /* the shuffle's divisor: 1..WITNESSES_MAX */
};
NODISCARD gw_status chain_answer_parse(struct chain_answer *ret, const struct json *result, struct error *err);

/* An account's active authority, of get_accounts. */
#define AUTHORITY_ENTRIES_MAX 40
struct authority {
	uint32_t threshold;
	size_t key_count, account_count;
	struct {
		char key[GW_KEY_SIZE];
		uint32_t weight;
	} keys[AUTHORITY_ENTRIES_MAX];
	struct {
		char name[GW_ACCOUNT_SIZE];
		uint32_t weight;
	} accounts[AUTHORITY_ENTRIES_MAX];
};
/* GW_ERR_NOT_FOUND: no such account. */
NODISCARD gw_status active_authority_parse(struct authority *ret, const char *requested, const struct json *result,
					   struct error *err);

/* The part of get_accounts that limits an account's broadcasts by its Golos Power (docs/protocol.md 6). */
struct account_power {
	bool known;	   /* false: the answer lacks it, and nothing below is set */
	int64_t shares;	   /* millionths of a GESTS: its own, less those delegated, and those received */
	uint64_t used;	   /* average_bandwidth: millionths of a byte */
	int64_t used_at_s; /* last_bandwidth_update */
};
/* Of an answer that active_authority_parse took. */
NODISCARD gw_status account_power_parse(struct account_power *ret, const struct json *result, struct error *err);

/* The chain's side of that limit, of get_dynamic_global_properties. */
struct chain_bandwidth {
	bool known;
	double most;	/* max_virtual_bandwidth: golosd's number has up to 128 bits, and this is an estimate */
	int64_t shares; /* total_vesting_shares, millionths of a GESTS */
	int64_t time_s; /* of the head */
};
NODISCARD gw_status chain_bandwidth_parse(struct chain_bandwidth *ret, const struct json *result, struct error *err);

/* golosd's error object: code, and data.code where given (0: not). */
struct rpc_error {
	int64_t code, data_code;
	char message[GW_TEXT_SIZE];
};
#define RPC_NO_SUCH_METHOD (-32601) /* nor API: the plugin is not enabled */
void rpc_error_parse(struct rpc_error *ret, const struct json *error);

#endif
