/* SPDX-License-Identifier: MIT
 *
 * The signatures of the last hour, and the prices of the last day, by witness and key. They are kept in memory and in
 * the count file, so that a restart of the signer gives no new ones. Signer.
 *
 * The file holds records of 128 bytes. Each is appended and synced before its signature goes out, but for one that may
 * be unpersisted (below).
 *
 *     0   4  "GWSC"; "GWSF": a price
 *     4   8  time, seconds since 1970, little-endian
 *    12  16  witness, padded with zeros; all zero: any witness
 *    28  33  public half of the key that signed; all zero: any key
 *    61  32  digest that was signed; of a price the first 24 bytes, then its rate (feed_bounds.h), 8 bytes little-endian
 *    93   3  zero
 *    96  32  SHA-256 of the 96 bytes before
 *
 * A damaged file must not renew the budget. So a record whose hash is wrong counts as one signature of any witness and
 * any key, made now. So does a piece of a record at the end. A record dated in the future (the clock stepped back)
 * counts as made now. A file that does not begin with "GWSC" or "GWSF" is somebody else's and is left alone.
 *
 * Signatures are deterministic: the same digest signed again by the same key is the same signature, and counts once.
 *
 * PRICES
 *
 * Prices have a count of their own, so that a price feed never uses up a switch's signatures. They are kept for a day,
 * for each price is held against all that were signed within it. Prices fill half of the ledger at most, and none goes
 * out unpersisted.
 *
 * UNPERSISTED SIGNATURES
 *
 * The disk may hang or fail in the very hour in which the witness's node dies. So a signature may go out while its
 * record is in memory alone. The record is written when the disk answers again. Each key has at most one such signature
 * for each witness. Memory counts it as any other, so the hour's limit holds while this signer lives.
 *
 * An unpersisted signature is lost with the signer. Code in the host can bring that about: it keeps the disk busy, has
 * one transaction signed, and ends the host; a supervisor starts both again. Two rules take the gain from this:
 *
 *   - A signer makes no unpersisted signature within an hour of its start.
 *   - In that hour it keeps one signature of each witness and key back: the one that an earlier signer may have lost.
 *
 * Two lost signatures are of two signers, and the second made none in its first hour: more than an hour lies between
 * them. So in any hour at most max_signatures - 1 are in the file and one is lost, however often signers die. Where
 * this very start created the file there was no earlier signer, and neither rule holds. An instance with one signature
 * an hour makes none unpersisted, and none is kept back from it.
 *
 * Where the host reports an operator's order (protocol.h) one more is allowed, and counted like the others: of any hour
 * then max_signatures + 1 at most.
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
	uint64_t place;	  /* the writer's number of its record; 0: it was in the file at the start */
	bool unpersisted; /* allowed before its record was in the file */
	bool released;	  /* signed and logged */
};

struct ledger {
	int fd;		     /* opened with O_APPEND and locked; -1: memory alone */
	int64_t file_len;    /* as read at the start */
	bool created;	     /* by this start */
	int refused;	     /* errno of all writes, on a read-only disk: as a disk that fails; 0: it can be written */
	int64_t since_s;     /* an earlier signer's unpersisted signatures are not newer */
	bool damaged;	     /* a record's hash was wrong */
	size_t file_records; /* read at start, old ones included */
	size_t count;
	struct count_writer writer;
	struct ledger_entry entries[LEDGER_ENTRIES_MAX];
};

/* Opens, locks and reads the count file (created when it is missing; NULL: none) into *ledger, the caller's memory. A
 * file that has grown or is damaged is written anew, without old or damaged records. `owner`: the user, beside root,
 * that may own it. GW_ERR_TRUST: others can read or write it. GW_ERR_CONFIG: no count file. GW_ERR_BUSY: another signer
 * has it. */
NODISCARD gw_status ledger_open(struct ledger *ledger, const char *path, uid_t owner, int64_t now_s, struct error *err);
/* Begins to write, with a thread of its own, which has the rights and the seal of its maker. So call it after the user
 * is dropped, before the seal. `report` as in count_writer.h. Not needed where there is no file. */
NODISCARD gw_status ledger_start(struct ledger *ledger, int64_t now_s, void (*report)(const char *why),
				 struct error *err);
void ledger_close(struct ledger *ledger);
/* Drops old entries and counts this key's signatures of the last hour for this witness: of prices, or of all else. */
size_t ledger_used(struct ledger *ledger, const char *witness, const struct public_key *key, bool is_feed,
		   int64_t now_s);
/* The lowest and the highest rate that was signed for this witness within a day, but for this very digest; 0: none. */
void ledger_rates(struct ledger *ledger, const char *witness, const struct digest *but, int64_t now_s,
		  uint64_t *ret_lowest, uint64_t *ret_highest);
/* `max`, less the one that is kept back in the first hour. */
uint32_t ledger_allowed(struct ledger *ledger, uint32_t max, int64_t now_s);
bool ledger_has(struct ledger *ledger, const struct public_key *key, const struct digest *digest);
/* Counts the signatures of one digest, one a key and 16 at most, all of them or none; known ones do not count again.
 * GW_OK: they may go out, for they are on the disk, or unpersisted (where `allow_unpersisted`). GW_ERR_BUSY: the ledger
 * is full. GW_ERR_SYSTEM: not counted; requested again once the disk answers, they may go out. */
NODISCARD gw_status ledger_add(struct ledger *ledger, const struct ledger_entry *entries, size_t count,
			       bool allow_unpersisted, struct error *err);
/* Marks the counted signatures of one digest as going out. False: all of them went out before. */
bool ledger_release(struct ledger *ledger, const struct ledger_entry *entries, size_t count);
/* May an instance of `max` signatures an hour have an unpersisted one now? */
bool ledger_allows_unpersisted(struct ledger *ledger, uint32_t max, int64_t now_s);

/* Pure: a record's bytes and back. GW_ERR_SYNTAX: damaged. */
void ledger_record_encode(uint8_t ret[LEDGER_RECORD_BYTES], const struct ledger_entry *entry);
NODISCARD gw_status ledger_record_decode(struct ledger_entry *ret, const uint8_t bytes[LEDGER_RECORD_BYTES]);

#endif
