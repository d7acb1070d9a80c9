/* SPDX-License-Identifier: MIT
 *
 * What the signer's tests share: keys, transactions, a directory that goes away.
 */
#ifndef TEST_SIGNER_FIXTURE_H
#define TEST_SIGNER_FIXTURE_H

#include "signer/wire/policy.h"
#include "test.h"

#define FIXTURE_KEYS 3

struct fixture_key {
	const char *wif;
	const char *public_hex;
};
/* Throwaways, made by another implementation. */
extern const struct fixture_key fixture_keys[FIXTURE_KEYS];

struct public_key fixture_public(size_t i);
struct secret_key fixture_secret(size_t i);

/* A witness_update of `owner` to `key` that golosd would take, expiring at expiration_s. */
struct transaction fixture_update(const char *owner, const struct public_key *key, int64_t expiration_s);
/* From 0.01 to 1 GBG; fixture_feed publishes 1/12.345. */
#define FIXTURE_BOUNDS                                                                                                 \
	{                                                                                                              \
		.min = FEED_RATE_ONE / 100, .max = FEED_RATE_ONE, .step = 50, .per_hour = 2                            \
	}
struct transaction fixture_feed(const char *publisher, int64_t expiration_s);
struct transaction fixture_properties(const char *owner, int64_t expiration_s);

/* A new directory under /tmp, 0700; the same one until fixture_remove. Group setup and teardown. */
int fixture_make_directory(void **state);
int fixture_remove_directory(void **state);
/* "DIRECTORY/name"; valid until the next eight calls. */
const char *fixture_path(const char *name);
/* Writes a file of that mode, and returns its path. */
const char *fixture_file(const char *name, const void *bytes, size_t len, unsigned mode);
size_t fixture_read(const char *path, void *ret, size_t room);

#endif
