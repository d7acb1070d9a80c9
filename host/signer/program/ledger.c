/* SPDX-License-Identifier: MIT
 *
 * Signer.
 */
#include "signer/program/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/wire.h"
#include "graphene/hash.h"
#include "signer/files.h"

#define MAGIC		  0x43535747u /* "GWSC" */
#define MAGIC_FEED	  0x46535747u /* "GWSF" */
#define CHECKED_BYTES	  96
#define STALE_RECORDS_MAX 512 /* a count file with more is written anew at start */
#define LOCK_TRIES	  40  /* of 50 ms: a signer that is just dying still has the lock */
#define ADD_MAX		  16  /* signatures of one digest */
#define RESERVED_RECORDS  128 /* room on the disk: years of switches, and a price feed's days */

/* ---- records ----------------------------------------------------------------------------------------------------- */

void ledger_record_encode(uint8_t ret[LEDGER_RECORD_BYTES], const struct ledger_entry *entry)
{
	struct wire w = wire_writer(ret, CHECKED_BYTES);
	struct ledger_entry copy = *entry;
	uint32_t magic = entry->rate ? MAGIC_FEED : MAGIC;
	uint8_t witness[16] = {0};
	struct digest check;

	memset(ret, 0, LEDGER_RECORD_BYTES);
	memcpy(witness, entry->witness, strnlen(entry->witness, sizeof(witness)));
	wire_u32(&w, &magic);
	wire_i64(&w, &copy.time_s);
	wire_bytes(&w, witness, sizeof(witness));
	wire_bytes(&w, copy.key.bytes, sizeof(copy.key.bytes));
	wire_bytes(&w, copy.digest.bytes, entry->rate ? LEDGER_DIGEST_BYTES : sizeof(copy.digest.bytes));
	if (entry->rate)
		wire_u64(&w, &copy.rate);
	hash_sha256(&check, ret, CHECKED_BYTES);
	memcpy(ret + CHECKED_BYTES, check.bytes, sizeof(check.bytes));
}

gw_status ledger_record_decode(struct ledger_entry *ret, const uint8_t bytes[LEDGER_RECORD_BYTES])
{
	struct wire w = wire_reader(bytes, CHECKED_BYTES);
	struct ledger_entry entry = {.time_s = 0};
	uint32_t magic = 0;
	struct digest check;

	hash_sha256(&check, bytes, CHECKED_BYTES);
	if (memcmp(check.bytes, bytes + CHECKED_BYTES, sizeof(check.bytes)) != 0)
		return GW_ERR_SYNTAX;
	wire_u32(&w, &magic);
	wire_i64(&w, &entry.time_s);
	wire_bytes(&w, (uint8_t *)entry.witness, 16);
	wire_bytes(&w, entry.key.bytes, sizeof(entry.key.bytes));
	wire_bytes(&w, entry.digest.bytes, magic == MAGIC_FEED ? LEDGER_DIGEST_BYTES : sizeof(entry.digest.bytes));
	if (magic == MAGIC_FEED)
		wire_u64(&w, &entry.rate);
	if ((magic != MAGIC && magic != MAGIC_FEED) || (magic == MAGIC_FEED && !entry.rate))
		return GW_ERR_SYNTAX;
	*ret = entry;
	return GW_OK;
}

/* ---- the window -------------------------------------------------------------------------------------------------- */

static bool is_old(const struct ledger_entry *entry, int64_t now_s)
{
	return entry->time_s <= now_s - (entry->rate ? LEDGER_FEED_S : LEDGER_WINDOW_S);
}

/* Forgets entries older than their window. An entry dated in the future was made before the clock stepped back. Such an
 * entry counts as made now, so that it lasts its window and not for ever. */
static void forget_old(struct ledger *ledger, int64_t now_s)
{
	size_t kept = 0;

	for (size_t i = 0; i < ledger->count; i++) {
		struct ledger_entry *entry = &ledger->entries[i];

		if (entry->time_s > now_s)
			entry->time_s = now_s;
		if (!is_old(entry, now_s))
			ledger->entries[kept++] = *entry;
	}
	ledger->count = kept;
}

size_t ledger_used(struct ledger *ledger, const char *witness, const struct public_key *key, bool is_feed,
		   int64_t now_s)
{
	size_t used = 0;

	forget_old(ledger, now_s);
	for (size_t i = 0; i < ledger->count; i++) {
		const struct ledger_entry *entry = &ledger->entries[i];
		bool same_witness = !entry->witness[0] || strcmp(entry->witness, witness) == 0;
		bool same_key = public_key_is_null(&entry->key) || public_key_equal(&entry->key, key);
		bool same_kind = !entry->witness[0] || (entry->rate != 0) == is_feed; /* a damaged record is any */

		used += same_witness && same_key && same_kind && entry->time_s > now_s - LEDGER_WINDOW_S;
	}
	return used;
}

static bool same_digest(const struct digest *a, const struct digest *b)
{
	return memcmp(a->bytes, b->bytes, LEDGER_DIGEST_BYTES) == 0;
}

void ledger_rates(struct ledger *ledger, const char *witness, const struct digest *but, int64_t now_s,
		  uint64_t *ret_lowest, uint64_t *ret_highest)
{
	*ret_lowest = *ret_highest = 0;
	forget_old(ledger, now_s);
	for (size_t i = 0; i < ledger->count; i++) {
		const struct ledger_entry *entry = &ledger->entries[i];

		if (!entry->rate || strcmp(entry->witness, witness) != 0 || same_digest(&entry->digest, but))
			continue;
		if (!*ret_lowest || entry->rate < *ret_lowest)
			*ret_lowest = entry->rate;
		if (entry->rate > *ret_highest)
			*ret_highest = entry->rate;
	}
}

static bool is_young(struct ledger *ledger, int64_t now_s)
{
	if (ledger->since_s > now_s)
		ledger->since_s = now_s;
	return now_s - ledger->since_s < LEDGER_WINDOW_S;
}

uint32_t ledger_allowed(struct ledger *ledger, uint32_t max, int64_t now_s)
{
	return max > 1 && is_young(ledger, now_s) ? max - 1 : max;
}

bool ledger_allows_unpersisted(struct ledger *ledger, uint32_t max, int64_t now_s)
{
	return max > 1 && !is_young(ledger, now_s);
}

static struct ledger_entry *find(struct ledger *ledger, const struct public_key *key, const struct digest *digest)
{
	for (size_t i = 0; i < ledger->count; i++) {
		struct ledger_entry *entry = &ledger->entries[i];

		if (same_digest(&entry->digest, digest) && public_key_equal(&entry->key, key))
			return entry;
	}
	return NULL;
}

bool ledger_has(struct ledger *ledger, const struct public_key *key, const struct digest *digest)
{
	return find(ledger, key, digest) != NULL;
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
	if (is_old(&entry, now_s))
		return;
	if (ledger->count == LEDGER_ENTRIES_MAX)
		return; /* full is full: ledger_add refuses until an hour has passed */
	ledger->entries[ledger->count++] = entry;
}

static bool is_ours(const uint8_t *begin, size_t len)
{
	return memcmp(begin, "GWSC", len) == 0 || memcmp(begin, "GWSF", len) == 0;
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
		if (ledger->file_len == 0 && !is_ours(record, n < 4 ? (size_t)n : 4))
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

/* The same file without old or damaged records. The new one is locked before the old one's lock goes. */
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

/* On a disk that nobody can write. The records of the file count; where there is no file, none do. */
static gw_status open_to_read(struct ledger *ledger, const char *path, uid_t owner, struct error *err)
{
	ledger->refused = EROFS;
	ledger->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (ledger->fd >= 0)
		return file_check_private(ledger->fd, path, owner, 0600, err);
	if (errno == ENOENT)
		ledger->fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return ledger->fd >= 0 ? GW_OK : error_set(err, GW_ERR_SYSTEM, "%s: %s", path, strerror(errno));
}

static gw_status open_locked(struct ledger *ledger, const char *path, uid_t owner, struct error *err)
{
	const int flags = O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;

	ledger->fd = open(path, flags | O_CREAT | O_EXCL, 0600);
	ledger->created = ledger->fd >= 0;
	if (!ledger->created && errno == EEXIST)
		ledger->fd = open(path, flags);
	if (ledger->fd < 0 && errno == EROFS)
		return open_to_read(ledger, path, owner, err);
	if (ledger->fd < 0)
		return error_set(err, GW_ERR_SYSTEM, "%s: %s", path, strerror(errno));
	gw_status status = file_check_private(ledger->fd, path, owner, 0600, err);

	if (status == GW_OK)
		status = lock(ledger->fd, path, err);
	if (status == GW_OK && !is_still_at(ledger->fd, path))
		status = error_set(err, GW_ERR_BUSY, "%s was replaced by another signer just now", path);
	return status;
}

gw_status ledger_open(struct ledger *ledger, const char *path, uid_t owner, int64_t now_s, struct error *err)
{
	/* not the entries: room for 8,192 of them would be taken for the few that come */
	memset(ledger, 0, offsetof(struct ledger, writer));
	ledger->writer.has_thread = false;
	ledger->fd = -1;
	ledger->since_s = now_s - LEDGER_WINDOW_S;
	if (!path)
		return GW_OK;
	gw_status status = open_locked(ledger, path, owner, err);

	if (status == GW_OK)
		status = read_records(ledger, path, now_s, err);
	if (status == GW_OK && ledger->refused)
		return GW_OK;
	if (status == GW_OK)
		status = ledger->damaged || ledger->file_records > ledger->count + STALE_RECORDS_MAX
				 ? compact(ledger, path, err)
				 : file_sync_directory(path, err);
	/* A disk that is full when a switch is due must not forbid to count it. Where the file system cannot set room
	 * aside (or is full already), each record asks for its own. */
	if (status == GW_OK)
		(void)fallocate(ledger->fd, FALLOC_FL_KEEP_SIZE, 0,
				ledger->file_len + RESERVED_RECORDS * LEDGER_RECORD_BYTES);
	else
		ledger_close(ledger);
	return status;
}

gw_status ledger_start(struct ledger *ledger, int64_t now_s, void (*report)(const char *why), struct error *err)
{
	if (ledger->fd < 0)
		return GW_OK;
	if (!ledger->created)
		ledger->since_s = now_s; /* one before us may have signed until we had its lock */
	count_writer_init(&ledger->writer, ledger->fd, ledger->file_len, report);
	ledger->writer.refused = ledger->refused;
	return count_writer_start(&ledger->writer, err);
}

void ledger_close(struct ledger *ledger)
{
	if (ledger->fd < 0)
		return;
	count_writer_stop(&ledger->writer);
	close(ledger->fd);
	ledger->fd = -1;
}

/* ---- counting ---------------------------------------------------------------------------------------------------- */

/* Is there a signature by this key for this witness, other than this one, that is not in the file? */
static bool has_other_unpersisted(struct ledger *ledger, const struct ledger_entry *than)
{
	for (size_t i = 0; i < ledger->count; i++) {
		const struct ledger_entry *entry = &ledger->entries[i];

		if (entry->unpersisted && strcmp(entry->witness, than->witness) == 0 &&
		    public_key_equal(&entry->key, &than->key) && !same_digest(&entry->digest, &than->digest) &&
		    ledger->fd >= 0 && !count_writer_has_written(&ledger->writer, entry->place))
			return true;
	}
	return false;
}

/* One call of ledger_add. */
struct addition {
	const struct ledger_entry *entries;
	size_t count;
	size_t new_count; /* at the ledger's end */
	uint64_t before;  /* place of the record put before them */
	bool allow_unpersisted;
};

static bool allows_all_unpersisted(struct ledger *ledger, const struct addition *add)
{
	for (size_t i = 0; add->allow_unpersisted && i < add->count; i++)
		if (has_other_unpersisted(ledger, &add->entries[i]))
			return false;
	return add->allow_unpersisted;
}

static gw_status refuse(struct ledger *ledger, const struct addition *add, struct error *err)
{
	char why[128];

	count_writer_why(&ledger->writer, why, sizeof(why));
	return error_set(err, GW_ERR_SYSTEM, "the signature cannot be counted: %s; %s", why,
			 add->allow_unpersisted ? "one signature is missing from the count file already"
						: "this soon after a start none may be missing from the count file");
}

/* Puts those that are not known yet, and keeps them. */
static gw_status put_new(struct ledger *ledger, struct addition *add, struct error *err)
{
	uint8_t bytes[ADD_MAX * LEDGER_RECORD_BYTES];
	uint64_t place = 0;
	size_t at = ledger->count;

	for (size_t i = 0; i < add->count; i++) {
		if (ledger_has(ledger, &add->entries[i].key, &add->entries[i].digest))
			continue;
		ledger_record_encode(bytes + add->new_count * LEDGER_RECORD_BYTES, &add->entries[i]);
		ledger->entries[at + add->new_count++] = add->entries[i];
	}
	if (ledger->fd >= 0 && add->new_count) {
		gw_status status = count_writer_put(&ledger->writer, bytes, add->new_count, &place, err);

		if (status != GW_OK)
			return status;
		add->before = place - add->new_count;
	}
	for (size_t i = 0; i < add->new_count; i++) {
		ledger->entries[at + i].place = add->before + i + 1;
		ledger->entries[at + i].unpersisted = ledger->entries[at + i].released = false;
	}
	ledger->count += add->new_count;
	return GW_OK;
}

/* The newest of these signatures' records that nothing but the disk lets out; 0: there is none. */
static uint64_t last_awaited(struct ledger *ledger, const struct addition *add)
{
	uint64_t last = 0;

	for (size_t i = 0; i < add->count; i++) {
		const struct ledger_entry *entry = find(ledger, &add->entries[i].key, &add->entries[i].digest);

		if (!entry->unpersisted && entry->place > last)
			last = entry->place;
	}
	return last;
}

gw_status ledger_add(struct ledger *ledger, const struct ledger_entry *entries, size_t count, bool allow_unpersisted,
		     struct error *err)
{
	struct addition add = {.entries = entries, .count = count, .allow_unpersisted = allow_unpersisted};

	if (count > ADD_MAX || count > LEDGER_ENTRIES_MAX - ledger->count)
		return error_set(err, GW_ERR_BUSY, "more than %d signatures in an hour", LEDGER_ENTRIES_MAX);
	size_t feeds = count;
	for (size_t i = 0; i < ledger->count; i++)
		feeds += ledger->entries[i].rate != 0;
	if (entries[0].rate && feeds > LEDGER_FEEDS_MAX)
		return error_set(err, GW_ERR_BUSY, "more than %d prices in a day", LEDGER_FEEDS_MAX);
	bool unpersisted_ok = allows_all_unpersisted(ledger, &add);

	if (!unpersisted_ok && ledger->fd >= 0 && count_writer_is_stuck(&ledger->writer))
		return refuse(ledger, &add, err); /* nothing may be put that could not be taken back */
	gw_status status = put_new(ledger, &add, err);

	if (status != GW_OK)
		return status;
	uint64_t last = last_awaited(ledger, &add);

	if (ledger->fd < 0 || last == 0)
		return GW_OK;
	if (!add.new_count)
		count_writer_retry(&ledger->writer);
	if (count_writer_await(&ledger->writer, last))
		return GW_OK;
	if (!unpersisted_ok) {
		if (add.new_count && count_writer_take_back(&ledger->writer, add.before))
			ledger->count -= add.new_count;
		return refuse(ledger, &add, err);
	}
	for (size_t i = 0; i < count; i++)
		find(ledger, &entries[i].key, &entries[i].digest)->unpersisted = true;
	return GW_OK;
}

bool ledger_release(struct ledger *ledger, const struct ledger_entry *entries, size_t count)
{
	bool any = false;

	for (size_t i = 0; i < count; i++) {
		struct ledger_entry *entry = find(ledger, &entries[i].key, &entries[i].digest);

		any = any || !entry->released;
		entry->released = true;
	}
	return any;
}
