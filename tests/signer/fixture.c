/* SPDX-License-Identifier: MIT */
#include "fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "graphene/hex.h"

const struct fixture_key fixture_keys[FIXTURE_KEYS] = {
	{"5KCMDjt1TSkJjWzMULrx35H4rsGQDCZMTTkiw2vEVYRuNjh8Z6e",
	 "03f9afdb4cc2cf7166c090a89a3ac2e7eb465154845c85115cd8902c337c065884"},
	{"5HtqAThaL21PqJuWxmZt4JSW8AkTSAdihyAbaFgXHzepnytFxpN",
	 "031f76759cd817736a3c339a807046f6023c45d67c8c61ea82d90f353c2594ece7"},
	{"5JbrzuT2VX5QWRp2y6tjFtdpxSoPqr9WDxVcMEPmCSCFdUPvt1A",
	 "0379f0f4660a62100fb5abe1560b36de7ae9d5fcfc69475cc9d9dbd84673fab9c4"},
};

static char directory[64];

struct public_key fixture_public(size_t i)
{
	struct public_key key;

	assert_int_equal(hex_decode(key.bytes, sizeof(key.bytes), fixture_keys[i].public_hex, 66), GW_OK);
	return key;
}

struct secret_key fixture_secret(size_t i)
{
	struct secret_key key;
	struct error err;

	assert_int_equal(wif_decode(&key, fixture_keys[i].wif, strlen(fixture_keys[i].wif), &err), GW_OK);
	return key;
}

static struct asset asset(const char *text)
{
	struct asset value;
	struct error err;

	assert_int_equal(asset_parse(&value, text, strlen(text), &err), GW_OK);
	return value;
}

static struct transaction transaction_of(uint32_t type, int64_t expiration_s)
{
	struct transaction tx;

	memset(&tx, 0, sizeof(tx));
	tx.ref_block_num = 1456;
	tx.ref_block_prefix = 0x12345678;
	tx.expiration_s = (uint32_t)expiration_s;
	tx.operation_count = 1;
	tx.operations[0].type = type;
	return tx;
}

struct transaction fixture_update(const char *owner, const struct public_key *key, int64_t expiration_s)
{
	struct transaction tx = transaction_of(OPERATION_WITNESS_UPDATE, expiration_s);
	struct witness_update *op = &tx.operations[0].witness_update;

	snprintf(op->owner, sizeof(op->owner), "%s", owner);
	snprintf(op->url, sizeof(op->url), "https://golos.id/@%s", owner);
	op->signing_key = *key;
	op->account_creation_fee = asset("0.100 GOLOS");
	op->maximum_block_size = 131072;
	op->sbd_interest_rate = 1000;
	op->fee = asset("0.000 GOLOS");
	return tx;
}

struct transaction fixture_feed(const char *publisher, int64_t expiration_s)
{
	struct transaction tx = transaction_of(OPERATION_FEED_PUBLISH, expiration_s);
	struct feed_publish *op = &tx.operations[0].feed_publish;

	snprintf(op->publisher, sizeof(op->publisher), "%s", publisher);
	op->base = asset("1.000 GBG");
	op->quote = asset("12.345 GOLOS");
	return tx;
}

struct transaction fixture_properties(const char *owner, int64_t expiration_s)
{
	struct transaction tx = transaction_of(OPERATION_CHAIN_PROPERTIES_UPDATE, expiration_s);
	struct chain_properties_update *op = &tx.operations[0].chain_properties_update;

	snprintf(op->owner, sizeof(op->owner), "%s", owner);
	op->values[0].asset = asset("0.100 GOLOS");
	op->values[1].number = 131072;
	op->values[2].number = 1000;
	return tx;
}

int fixture_make_directory(void **state)
{
	(void)state;
	snprintf(directory, sizeof(directory), "/tmp/golos-watch-signer-test.XXXXXX");
	return mkdtemp(directory) ? 0 : -1;
}

int fixture_remove_directory(void **state)
{
	DIR *dir = opendir(directory);
	const struct dirent *entry;

	(void)state;
	if (!dir)
		return -1;
	while ((entry = readdir(dir)))
		unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
	return rmdir(directory);
}

const char *fixture_path(const char *name)
{
	static char paths[8][256];
	static unsigned next;
	char *path = paths[next++ % 8];

	snprintf(path, sizeof(paths[0]), "%s/%s", directory, name);
	return path;
}

const char *fixture_file(const char *name, const void *bytes, size_t len, unsigned mode)
{
	const char *path = fixture_path(name);

	unlink(path);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), (ssize_t)len);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
	return path;
}

size_t fixture_read(const char *path, void *ret, size_t room)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, ret, room);

	assert_true(n >= 0);
	close(fd);
	return (size_t)n;
}
