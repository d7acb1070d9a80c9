/* SPDX-License-Identifier: MIT
 *
 * Signer.
 */
#include "signer/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "graphene/hash.h"
#include "signer/files.h"
#include "signer/wire.h"

#define MAGIC		  0x43535747u /* "GWSC" */
#define CHECKED_BYTES	  96
#define STALE_RECORDS_MAX 512 /* a count file with more is written anew at start */
#define LOCK_TRIES	  40  /* of 50 ms: a signer that is just dying still has the lock */
#define RESERVED_RECORDS  128 /* room on the disk: years of switches, and a price feed's days */

/* ---- records ----------------------------------------------------------------------------------------------------- */

void ledger_record_encode(uint8_t ret[LEDGER_RECORD_BYTES], const struct ledger_entry *entry)
{
	struct wire w = wire_writer(ret, CHECKED_BYTES);
	struct ledger_entry copy = *entry;
	uint32_t magic = MAGIC;
	uint8_t witness[16] = {0};
	struct digest check;

	memset(ret, 0, LEDGER_RECORD_BYTES);
	memcpy(witness, entry->witness, strnlen(entry->witness, sizeof(witness)));
	wire_u32(&w, &magic);
	wire_i64(&w, &copy.time_s);
	wire_bytes(&w, witness, sizeof(witness));
	wire_bytes(&w, copy.key.bytes, sizeof(copy.key.bytes));
	wire_bytes(&w, copy.digest.bytes, sizeof(copy.digest.bytes));
	sha256(&check, ret, CHECKED_BYTES);
	memcpy(ret + CHECKED_BYTES, check.bytes, sizeof(check.bytes));
}

gw_status ledger_record_decode(struct ledger_entry *ret, const uint8_t bytes[LEDGER_RECORD_BYTES])
{
	struct wire w = wire_reader(bytes, CHECKED_BYTES);
	struct ledger_entry entry = {.time_s = 0};
	uint32_t magic = 0;
	struct digest check;

	sha256(&check, bytes, CHECKED_BYTES);
	if (memcmp(check.bytes, bytes + CHECKED_BYTES, sizeof(check.bytes)) != 0)
		return GW_ERR_SYNTAX;
	wire_u32(&w, &magic);
	wire_i64(&w, &entry.time_s);
	wire_bytes(&w, (uint8_t *)entry.witness, 16);
	wire_bytes(&w, entry.key.bytes, sizeof(entry.key.bytes));
	wire_bytes(&w, entry.digest.bytes, sizeof(entry.digest.bytes));
	if (magic != MAGIC)
		return GW_ERR_SYNTAX;
	*ret = entry;
	return GW_OK;
}

/* ---- the window -------------------------------------------------------------------------------------------------- */

/* Forgets what is older than the window. What is dated in the future was made before the clock stepped back: it counts
 * as made now, so that it holds an hour and not for ever. */
static void forget_old(struct ledger *ledger, int64_t now_s)
{
	size_t kept = 0;

	for (size_t i = 0; i < ledger->count; i++) {
		struct ledger_entry *entry = &ledger->entries[i];

		if (entry->time_s > now_s)
			entry->time_s = now_s;
		if (entry->time_s > now_s - LEDGER_WINDOW_S)
			ledger->entries[kept++] = *entry;
	}
	ledger->count = kept;
}

size_t ledger_used(struct ledger *ledger, const char *witness, const struct public_key *key, int64_t now_s)
{
	size_t used = 0;

	forget_old(ledger, now_s);
	for (size_t i = 0; i < ledger->count; i++) {
		const struct ledger_entry *entry = &ledger->entries[i];
		bool same_witness = !entry->witness[0] || strcmp(entry->witness, witness) == 0;
		bool same_key = public_key_is_null(&entry->key) || public_key_equal(&entry->key, key);

		used += same_witness && same_key;
	}
	return used;
}

bool ledger_has(const struct ledger *ledger, const struct public_key *key, const struct digest *digest)
{
	for (size_t i = 0; i < ledger->count; i++)
		if (memcmp(&ledger->entries[i].digest, digest, sizeof(*digest)) == 0 &&
		    public_key_equal(&ledger->entries[i].key, key))
			return true;
	return false;
}

/* ---- the file ---------------------------------------------------------------------------------------------------- */

/* Takes one record's bytes as read, whole or a piece of one. */
static void take_record(struct ledger *ledger, const uint8_t *bytes, size_t len, int64_t now_s)
{
	struct ledger_entry entry;

	ledger->file_records++;
	if (len != LEDGER_RECORD_BYTES || ledger_record_decode(&entry, bytes) != GW_OK) {
		ledger->damaged = true;
		entry = (struct ledger_entry){.time_s = now_s}; /* any witness, any key */
	}
	if (entry.time_s <= now_s - LEDGER_WINDOW_S)
		return;
	if (ledger->count == LEDGER_ENTRIES_MAX)
		return; /* full is full: ledger_add refuses until an hour has passed */
	ledger->entries[ledger->count++] = entry;
}

static gw_status read_records(struct ledger *ledger, const char *path, int64_t now_s, struct error *err)
{
	uint8_t record[LEDGER_RECORD_BYTES];

	for (;;) {
		ssize_t n = pread(ledger->fd, record, sizeof(record), ledger->file_len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_set(err, GW_ERR_SYSTEM, "%s: %s", path, strerror(errno));
		if (n == 0)
			return GW_OK;
		if (ledger->file_len == 0 && memcmp(record, "GWSC", n < 4 ? (size_t)n : 4) != 0)
			return error_set(err, GW_ERR_CONFIG, "%s is not a count of signatures; it is left as it is",
					 path);
		take_record(ledger, record, (size_t)n, now_s);
		ledger->file_len += n;
	}
}

static gw_status lock(int fd, const char *path, struct error *err)
{
	const struct timespec pause = {.tv_nsec = 50000000};

	for (int i = 0; i < LOCK_TRIES; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return GW_OK;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return error_set(err, GW_ERR_SYSTEM, "%s: %s", path, strerror(errno));
		nanosleep(&pause, NULL);
	}
	return error_set(err, GW_ERR_BUSY, "%s is in use by another signer", path);
}

/* The same file without what is old or damaged. The new one is locked before the old one's lock goes. */
static gw_status compact(struct ledger *ledger, const char *path, struct error *err)
{
	size_t len = ledger->count * LEDGER_RECORD_BYTES;
	uint8_t *bytes = malloc(len ? len : 1);
	int fd = -1;

	if (!bytes)
		return error_set(err, GW_ERR_NOMEM, "%s: no memory", path);
	for (size_t i = 0; i < ledger->count; i++)
		ledger_record_encode(bytes + i * LEDGER_RECORD_BYTES, &ledger->entries[i]);
	gw_status status = file_replace(path, bytes, len, true, &fd, err);

	free(bytes);
	if (status == GW_OK)
		status = lock(fd, path, err);
	if (status != GW_OK)
		return status;
	close(ledger->fd);
	ledger->fd = fd;
	ledger->file_len = (int64_t)len;
	return GW_OK;
}

/* While we waited for the lock, its holder may have put a new file in the place of this one. */
static bool is_still_at(int fd, const char *path)
{
	struct stat opened, named;

	return fstat(fd, &opened) == 0 && lstat(path, &named) == 0 && opened.st_ino == named.st_ino &&
	       opened.st_dev == named.st_dev;
}

static gw_status open_locked(struct ledger *ledger, const char *path, uid_t owner, struct error *err)
{
	ledger->fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (ledger->fd < 0)
		return error_set(err, GW_ERR_SYSTEM, "%s: %s", path, strerror(errno));
	gw_status status = file_check_private(ledger->fd, path, owner, 0600, err);

	if (status == GW_OK)
		status = lock(ledger->fd, path, err);
	if (status == GW_OK && !is_still_at(ledger->fd, path))
		status = error_set(err, GW_ERR_BUSY, "%s was replaced by another signer just now", path);
	return status;
}

/* A disk that is full when a switch is due must not forbid to count it. Where the file system cannot set room aside
 * (or is full already), each record asks for its own. */
static void reserve(const struct ledger *ledger)
{
	(void)fallocate(ledger->fd, FALLOC_FL_KEEP_SIZE, 0, ledger->file_len + RESERVED_RECORDS * LEDGER_RECORD_BYTES);
}

gw_status ledger_open(struct ledger *ledger, const char *path, uid_t owner, int64_t now_s, struct error *err)
{
	/* not the entries: room for 8,192 of them would be taken for the few that come */
	memset(ledger, 0, offsetof(struct ledger, entries));
	ledger->fd = -1;
	if (!path)
		return GW_OK;
	gw_status status = open_locked(ledger, path, owner, err);

	if (status == GW_OK)
		status = read_records(ledger, path, now_s, err);
	if (status == GW_OK)
		status = ledger->damaged || ledger->file_records > ledger->count + STALE_RECORDS_MAX
				 ? compact(ledger, path, err)
				 : file_sync_directory(path, err);
	if (status == GW_OK)
		reserve(ledger);
	else
		ledger_close(ledger);
	return status;
}

void ledger_close(struct ledger *ledger)
{
	if (ledger->fd >= 0)
		close(ledger->fd);
	ledger->fd = -1;
}

/* A record that is not whole would put every later one out of its place: cut it off again. */
static gw_status append(struct ledger *ledger, const uint8_t *bytes, size_t len, struct error *err)
{
	ssize_t n = write(ledger->fd, bytes, len);

	if (n == (ssize_t)len && fdatasync(ledger->fd) == 0) {
		ledger->file_len += n;
		return GW_OK;
	}
	int saved_errno = n >= 0 && n < (ssize_t)len ? ENOSPC : errno;

	ledger->broken = ftruncate(ledger->fd, ledger->file_len) != 0;
	return error_set(err, GW_ERR_SYSTEM, "the signature cannot be counted: %s", strerror(saved_errno));
}

gw_status ledger_add(struct ledger *ledger, const struct ledger_entry *entries, size_t count, struct error *err)
{
	uint8_t bytes[16 * LEDGER_RECORD_BYTES];

	if (count > sizeof(bytes) / LEDGER_RECORD_BYTES || count > LEDGER_ENTRIES_MAX - ledger->count)
		return error_set(err, GW_ERR_BUSY, "more than %d signatures in an hour", LEDGER_ENTRIES_MAX);
	if (ledger->broken)
		return error_set(err, GW_ERR_SYSTEM, "the count file could not be mended after a failed write");
	for (size_t i = 0; i < count; i++)
		ledger_record_encode(bytes + i * LEDGER_RECORD_BYTES, &entries[i]);
	if (ledger->fd >= 0 && count) {
		gw_status status = append(ledger, bytes, count * LEDGER_RECORD_BYTES, err);

		if (status != GW_OK)
			return status;
	}
	memcpy(ledger->entries + ledger->count, entries, count * sizeof(entries[0]));
	ledger->count += count;
	return GW_OK;
}
