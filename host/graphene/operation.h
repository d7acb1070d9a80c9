/* SPDX-License-Identifier: MIT
 *
 * Operations and transactions as typed values, and their bytes. Pure, no allocation, hard limits; any thread.
 * Source: docs/protocol.md 5; golosd's libraries/protocol/steem_operations.cpp; tests/vectors/transactions.json (bytes
 * that a real golosd made as well).
 */
#ifndef GRAPHENE_OPERATION_H
#define GRAPHENE_OPERATION_H

#include "graphene/keys.h"

struct asset {
	int64_t amount;	  /* in the smallest unit */
	uint8_t decimals; /* GOLOS, GBG: 3; GESTS: 6 */
	char symbol[8];	  /* NUL-padded, at most ASSET_SYMBOL_MAX characters */
};
#define ASSET_SYMBOL_MAX   6
#define ASSET_DECIMALS_MAX 14
#define ASSET_TEXT_SIZE	   32

/* "1.000 GOLOS": exact, no floating point; the known symbols want their own number of decimals. A minus is read;
 * operation_validate refuses a negative amount. */
NODISCARD gw_status asset_parse(struct asset *ret, const char *text, size_t len, struct error *err);
void asset_format(char ret[ASSET_TEXT_SIZE], const struct asset *asset);

/* An account name as golosd takes it: 3..16 of [a-z0-9.-], each part begins with a letter and ends with no '-'. */
bool account_name_is_valid(const char *name);

struct witness_update {
	char owner[GW_ACCOUNT_SIZE];
	char url[GW_URL_SIZE];
	struct public_key signing_key;
	/* `props`: ignored by golosd since hard fork 18, but must be valid */
	struct asset account_creation_fee;
	uint32_t maximum_block_size;
	uint16_t sbd_interest_rate;
	struct asset fee;
};

struct feed_publish {
	char publisher[GW_ACCOUNT_SIZE];
	struct asset base, quote;
};

/* Votable properties. One table of golosd's members (properties.c) gives order, type and the version that appended
 * each; the values lie in the table's order. */
#define CHAIN_PROPERTIES_MAX	     64
#define CHAIN_PROPERTIES_VERSION_MAX 10

enum property_type { PROPERTY_ASSET, PROPERTY_U16, PROPERTY_U32, PROPERTY_U64, PROPERTY_BOOL, PROPERTY_CURVE };

struct property_info {
	const char *name;
	enum property_type type;
	uint8_t since_version;
	const char *symbol; /* ASSET: the one that golosd wants; NULL: it tells by itself, we do not check */
	int64_t min, max;   /* what golosd's validate() wants, an asset's amount likewise */
};
extern const struct property_info chain_property_table[];
extern const size_t chain_property_count;
/* Members that a version has: the first n of the table. */
size_t chain_properties_of_version(unsigned version);
/* Index of a member in the table; chain_property_count where there is none of that name. */
size_t chain_property_index(const char *name);

union property_value {
	struct asset asset;
	uint64_t number; /* U16, U32, U64, BOOL, CURVE */
};
/* golosd's curation curves, each with its number in the bytes. NULL, false: there is none such. */
const char *reward_curve_name(uint64_t number);
bool reward_curve_number(const char *name, uint64_t *ret);

struct chain_properties_update {
	char owner[GW_ACCOUNT_SIZE];
	uint8_t version; /* 0 (hard fork 17) .. 10 (hard fork 30) */
	union property_value values[CHAIN_PROPERTIES_MAX];
};

#define OPERATION_WITNESS_UPDATE	  11u
#define OPERATION_FEED_PUBLISH		  7u
#define OPERATION_CHAIN_PROPERTIES_UPDATE 45u

struct operation {
	uint32_t type; /* OPERATION_* */
	union {
		struct witness_update witness_update;
		struct feed_publish feed_publish;
		struct chain_properties_update chain_properties_update;
	};
};

#define TRANSACTION_OPERATIONS_MAX 2  /* a key and the votable properties */
#define TRANSACTION_LIFE_S	   30 /* ours expires so long after the head's time */

struct transaction {
	uint16_t ref_block_num;
	uint32_t ref_block_prefix;
	uint32_t expiration_s; /* seconds since 1970 */
	uint32_t operation_count;
	struct operation operations[TRANSACTION_OPERATIONS_MAX];
};

#define TRANSACTION_BYTES_MAX 4096
struct transaction_bytes {
	size_t len;
	uint8_t bytes[TRANSACTION_BYTES_MAX];
};

/* "witness_update" and so on; NULL: not one of ours. */
const char *operation_name(uint32_t type);
/* Checks what golosd's own validate() checks of each operation; the sentence names operation and member. Limits that
 * differ between networks are left to golosd. */
NODISCARD gw_status operation_validate(const struct operation *op, struct error *err);
/* GW_ERR_RANGE: too long, too many operations, an unknown type or version. */
NODISCARD gw_status transaction_serialize(struct transaction_bytes *ret, const struct transaction *tx);
void transaction_digest(struct digest *ret, const struct chain_id *chain, const struct transaction_bytes *bytes);
void transaction_id(char ret[GW_ID_SIZE], const struct transaction_bytes *bytes);
/* ref_block_num and ref_block_prefix of a block id (40 hex digits). GW_ERR_SYNTAX: not one. */
NODISCARD gw_status transaction_set_tapos(struct transaction *tx, const char *block_id);
/* Block number: the first 4 bytes of its id. 0 where it is no id. */
uint32_t block_id_num(const char *block_id);

#endif
