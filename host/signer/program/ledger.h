/* SPDX-License-Identifier: MIT
 *
 * The signatures of the last hour, and the prices of the last day, by witness and key, kept in memory and in the count file, so that a restart of the
 * signer gives no new ones.
 *
 * The file: records of 128 bytes, appended and synced before the signature goes out, but for one that may be owed.
 *
 *     0   4  "GWSC"; "GWSF": a price
 *     4   8  time, seconds since 1970, little-endian
 *    12  16  witness, padded with zeros; all zero: any witness
 *    28  33  public half of the key that signed; all zero: any key
 *    61  32  digest that was signed; of a price the first 24 bytes, then its rate (feed_bounds.h), 8 bytes little-endian
 *    93   3  zero
 *    96  32  SHA-256 of the 96 bytes before
 *
 * What a damaged file may not do is renew the budget: a record that does not hold counts as one signature of any
 * witness and any key, made now, and so does a piece of a record at the end. A record dated in the future (the clock
 * stepped back) counts as made now. A file that does not begin with "GWSC" or "GWSF" is somebody else's and is left alone.
 *
 * Signatures are deterministic: the same digest signed again by the same key is the same signature, so it counts once.
 *
 * PRICES have a count of their own, so that a price feed never uses up what a switch needs. They are kept for a day, for a
 * price is held against each that was signed within it. They fill half of the ledger at most, and none is ever owed.
 *
 * OWED TO THE FILE
 *
 * The disk hangs or fails, and that may be the very hour in which the witness's node dies. So a signature may go out
 * whose record is in memory alone, and is written when the disk answers again: each key owes one for each witness at
 * most. Our memory counts it as any other, so while we live the hour's number holds to the last one.
 *
 * What dies with us is what we owe. Code in the host can bring that about: it can keep the disk busy until it is late,
 * have one signed, and end the host, and a supervisor starts both again. So that this gains nothing, no signer owes
 * anything within an hour of its start, and within that hour it keeps one of each witness's and key's signatures back:
 * the one that a signer before it may have owed. Then of any hour's signatures max_signatures - 1 are in the file and
 * one is not, whoever kills whom how often: an hour lies between two that were owed, for their signers are two, and the
 * second owed nothing in its first hour. Where this very start made the file no signer was before. An instance that may
 * have but one signature an hour owes none, and none is kept back from it.
 *
 * One more is counted like the others where the host says that an operator ordered it (protocol.h): of any hour's then
 * max_signatures + 1 at most.
 */
#ifndef SIGNER_LEDGER_H
#define SIGNER_LEDGER_H

#include <sys/types.h>

#include "graphene/keys.h"
#include "signer/program/count_writer.h"

#define LEDGER_RECORD_BYTES COUNT_RECORD_BYTES
#define LEDGER_WINDOW_S	    3600
#define LEDGER_FEED_S	    86400
#define LEDGER_ENTRIES_MAX  8192 /* over all witnesses and keys; more are refused */
#define LEDGER_FEEDS_MAX    (LEDGER_ENTRIES_MAX / 2)
#define LEDGER_DIGEST_BYTES 24 /* by which a signature is known again: all that the record of a price has */

struct ledger_entry {
	int64_t time_s;
	char witness[GW_ACCOUNT_SIZE]; /* "": any */
	struct public_key key;	       /* null key: any */
	struct digest digest;
	uint64_t rate; /* of a price; 0: it is none */
	/* in memory alone */
	uint64_t place; /* the writer's number of its record; 0: it was in the file at the start */
	bool owed;	/* it was signed before it was in the file */
	bool out;	/* it was made, and said */
};

struct ledger {
	int fd;		  /* opened with O_APPEND and locked; -1: memory alone */
	int64_t file_len; /* as read at the start */
	bool made;	  /* by us, this time */
	int refused;	  /* errno: it can be read alone, on a read-only disk, and is as one whose disk fails; 0: no */
	int64_t since_s;  /* what a signer before us may owe is not newer */
	bool damaged;	  /* something in the file did not hold */
	size_t file_records; /* read at start, old ones included */
	size_t count;
	struct count_writer writer;
	struct ledger_entry entries[LEDGER_ENTRIES_MAX];
};

/* Opens, locks and reads the count file (made when it is missing; NULL: none) into *ledger, the caller's memory, and
 * writes it anew, without what is old or damaged, when it has grown or is damaged. `owner`: the user, beside root, that
 * may own it. GW_ERR_TRUST: others can read or write it. GW_ERR_CONFIG: no count file. GW_ERR_BUSY: another signer has
 * it. */
NODISCARD gw_status ledger_open(struct ledger *ledger, const char *path, uid_t owner, int64_t now_s, struct error *err);
/* Begins to write, with a thread of its own, which keeps the rights and the seal of its maker: after the user is
 * dropped, before the seal. `tell` as in count_writer.h. Not needed where there is no file. */
NODISCARD gw_status ledger_start(struct ledger *ledger, int64_t now_s, void (*tell)(const char *why),
				 struct error *err);
void ledger_close(struct ledger *ledger);
/* Drops what is old and counts this key's signatures of the last hour for this witness: of prices, or of all else. */
size_t ledger_used(struct ledger *ledger, const char *witness, const struct public_key *key, bool is_feed,
		   int64_t now_s);
/* The lowest and the highest rate that was signed for this witness within a day, but for this very digest; 0: none. */
void ledger_rates(struct ledger *ledger, const char *witness, const struct digest *but, int64_t now_s,
		  uint64_t *ret_lowest, uint64_t *ret_highest);
/* Of `max` signatures an hour, how many there may be now. */
uint32_t ledger_allowed(struct ledger *ledger, uint32_t max, int64_t now_s);
bool ledger_has(struct ledger *ledger, const struct public_key *key, const struct digest *digest);
/* Counts the signatures of one digest, one a key and 16 at most, all of them or none; those that are known already
 * count no more. GW_OK: they may go out, for they are on the disk, or owed to it (where `may_owe`). GW_ERR_BUSY: the
 * ledger is full. GW_ERR_SYSTEM: not counted; asked again once the disk answers, they may go out. */
NODISCARD gw_status ledger_add(struct ledger *ledger, const struct ledger_entry *entries, size_t count, bool may_owe,
			       struct error *err);
/* The signatures of one digest, counted before, go out. False: so they have before, all of them. */
bool ledger_let_out(struct ledger *ledger, const struct ledger_entry *entries, size_t count);
/* May an instance of so many signatures an hour owe one now? */
bool ledger_may_owe(struct ledger *ledger, uint32_t max, int64_t now_s);

/* Pure: a record's bytes and back. GW_ERR_SYNTAX: damaged. */
void ledger_record_encode(uint8_t ret[LEDGER_RECORD_BYTES], const struct ledger_entry *entry);
NODISCARD gw_status ledger_record_decode(struct ledger_entry *ret, const uint8_t bytes[LEDGER_RECORD_BYTES]);

#endif
