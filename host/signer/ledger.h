/* SPDX-License-Identifier: MIT
 *
 * The signatures of the last hour, by witness and key, kept in memory and in the count file, so that a restart of the
 * signer gives no new ones.
 *
 * The file: records of 128 bytes, appended and synced before the signature goes out.
 *
 *     0   4  "GWSC"
 *     4   8  time, seconds since 1970, little-endian
 *    12  16  witness, padded with zeros; all zero: any witness
 *    28  33  public half of the key that signed; all zero: any key
 *    61  32  digest that was signed
 *    93   3  zero
 *    96  32  SHA-256 of the 96 bytes before
 *
 * What a damaged file may not do is renew the budget: a record that does not hold counts as one signature of any
 * witness and any key, made now, and so does a piece of a record at the end. A record dated in the future (the clock
 * stepped back) counts as made now. A file that does not begin with "GWSC" is somebody else's and is left alone.
 *
 * Signatures are deterministic: the same digest signed again by the same key is the same signature, so it counts once.
 */
#ifndef SIGNER_LEDGER_H
#define SIGNER_LEDGER_H

#include <sys/types.h>

#include "graphene/keys.h"

#define LEDGER_RECORD_BYTES 128
#define LEDGER_WINDOW_S	    3600
#define LEDGER_ENTRIES_MAX  8192 /* in an hour, over all witnesses and keys; more are refused */

struct ledger_entry {
	int64_t time_s;
	char witness[GW_ACCOUNT_SIZE]; /* "": any */
	struct public_key key;	       /* null key: any */
	struct digest digest;
};

struct ledger {
	int fd; /* opened with O_APPEND and locked; -1: memory alone */
	int64_t file_len;
	bool broken;	     /* a failed write could not be undone: nothing more is signed */
	bool damaged;	     /* something in the file did not hold */
	size_t file_records; /* read at start, old ones included */
	size_t count;
	struct ledger_entry entries[LEDGER_ENTRIES_MAX];
};

/* Opens, locks and reads the count file (made when it is missing; NULL: none) into *ledger, the caller's memory, and
 * writes it anew, without what is old or damaged, when it has grown or is damaged. `owner`: the user, beside root, that
 * may own it. GW_ERR_TRUST: others can read or write it. GW_ERR_CONFIG: no count file. GW_ERR_BUSY: another signer has
 * it. */
NODISCARD gw_status ledger_open(struct ledger *ledger, const char *path, uid_t owner, int64_t now_s, struct error *err);
void ledger_close(struct ledger *ledger);
/* Drops what is older than an hour and counts this key's signatures for this witness. */
size_t ledger_used(struct ledger *ledger, const char *witness, const struct public_key *key, int64_t now_s);
bool ledger_has(const struct ledger *ledger, const struct public_key *key, const struct digest *digest);
/* Writes the entries, all of them or none, and syncs. GW_ERR_BUSY: the ledger is full. GW_ERR_SYSTEM: not written. */
NODISCARD gw_status ledger_add(struct ledger *ledger, const struct ledger_entry *entries, size_t count,
			       struct error *err);

/* Pure: a record's bytes and back. GW_ERR_SYNTAX: damaged. */
void ledger_record_encode(uint8_t ret[LEDGER_RECORD_BYTES], const struct ledger_entry *entry);
NODISCARD gw_status ledger_record_decode(struct ledger_entry *ret, const uint8_t bytes[LEDGER_RECORD_BYTES]);

#endif
