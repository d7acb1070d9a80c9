/* SPDX-License-Identifier: MIT
 *
 * See keys.h.
 */
#include "cluster/keys.h"

#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "signer/files.h"

#define FILE_MODE	0600
#define CREDENTIAL_MODE 0640 /* systemd lends a credential by an ACL, whose mask shows as the group's bits */
#define TEXT_MAX	256  /* bytes of a file: one line */

/* The part of `text` after `prefix`, or NULL. */
static const char *after(const char *text, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(text, prefix, len) == 0 ? text + len : NULL;
}

static gw_status open_source(int *ret, const char *source, struct error *err)
{
	const char *credentials = getenv("CREDENTIALS_DIRECTORY"), *rest;
	char path[PATH_MAX];

	if ((rest = after(source, "file:")))
		return file_open_private(ret, rest, geteuid(), FILE_MODE, err);
	if (!credentials || !*credentials)
		return error_set(err, GW_ERR_CONFIG,
				 "there is no $CREDENTIALS_DIRECTORY; it comes from systemd's LoadCredential=");
	snprintf(path, sizeof(path), "%s/%s", credentials, after(source, "credential:"));
	return file_open_private(ret, path, geteuid(), CREDENTIAL_MODE, err);
}

/* Into `text`, which is sodium_malloc's. */
static gw_status read_source(char *text, size_t *ret_len, const char *source, struct error *err)
{
	const char *variable = after(source, "env:");
	int fd = -1;

	if (!variable) {
		gw_status status = open_source(&fd, source, err);

		if (status)
			return status;
		status = file_read_whole(fd, source, text, TEXT_MAX, ret_len, err);
		close(fd);
		return status;
	}
	const char *value = getenv(variable);

	if (!value || !*value)
		return error_set(err, GW_ERR_CONFIG, "the variable is not set");
	if (strlen(value) > TEXT_MAX)
		return error_set(err, GW_ERR_SYNTAX, "it holds more than a key");
	*ret_len = strlen(value);
	memcpy(text, value, *ret_len);
	return GW_OK;
}

static gw_status decode(uint8_t ret[CLUSTER_KEY_BYTES], const char *text, size_t len, struct error *err)
{
	size_t bytes = 0;

	while (len && strchr(" \t\r\n", text[len - 1]))
		len--;
	if (len != CLUSTER_KEY_TEXT_SIZE - 1 ||
	    sodium_hex2bin(ret, CLUSTER_KEY_BYTES, text, len, NULL, &bytes, NULL) != 0 || bytes != CLUSTER_KEY_BYTES)
		return error_set(err, GW_ERR_SYNTAX,
				 "64 hex digits are expected: \"golos-watch keygen --cluster\" makes them");
	if (sodium_is_zero(ret, CLUSTER_KEY_BYTES))
		return error_set(err, GW_ERR_SYNTAX, "64 zeros are no key");
	return GW_OK;
}

/* One more link key. `secret`: room for the key itself, in sodium_malloc's memory. */
static gw_status add_key(struct cluster_keys *keys, const char *source, const uint8_t chain_id[32], char *text,
			 uint8_t *secret, struct error *err)
{
	size_t len = 0;
	gw_status status = read_source(text, &len, source, err);

	if (!status)
		status = decode(secret, text, len, err);
	if (status)
		return error_prefix(err, "%s", source);
	link_key_derive(keys->links[keys->count], secret, chain_id);
	for (size_t i = 0; i < keys->count; i++)
		if (sodium_memcmp(keys->links[i], keys->links[keys->count], CLUSTER_KEY_BYTES) == 0)
			return error_set(err, GW_ERR_RANGE, "%s: the same key stands there twice", source);
	keys->count++;
	return GW_OK;
}

void cluster_keys_hide(const char *const *sources, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *variable = after(sources[i], "env:");
		char *value = variable ? getenv(variable) : NULL;

		if (!value)
			continue;
		explicit_bzero(value, strlen(value)); /* /proc/PID/environ shows this memory */
		unsetenv(variable);
	}
}

gw_status cluster_keys_read(struct cluster_keys **ret, const char *const *sources, size_t count,
			    const uint8_t chain_id[32], struct error *err)
{
	gw_status status = GW_OK;

	if (sodium_init() < 0)
		return error_set(err, GW_ERR_SYSTEM, "libsodium cannot be started");
	struct cluster_keys *keys = sodium_malloc(sizeof(*keys));
	char *text = sodium_malloc(TEXT_MAX);
	uint8_t *secret = sodium_malloc(CLUSTER_KEY_BYTES);

	if (!keys || !text || !secret)
		status = error_set(err, GW_ERR_NOMEM, "no memory for the cluster's key");
	else
		keys->count = 0;
	for (size_t i = 0; i < count && i < CLUSTER_KEYS_MAX && !status; i++)
		status = add_key(keys, sources[i], chain_id, text, secret, err);
	cluster_keys_hide(sources, count);
	sodium_free(text);
	sodium_free(secret);
	if (status) {
		sodium_free(keys);
		return status;
	}
	*ret = keys;
	return GW_OK;
}

void cluster_keys_free(struct cluster_keys *keys)
{
	sodium_free(keys);
}

gw_status cluster_key_make(char ret[CLUSTER_KEY_TEXT_SIZE], struct error *err)
{
	uint8_t bytes[CLUSTER_KEY_BYTES];

	if (sodium_init() < 0)
		return error_set(err, GW_ERR_SYSTEM, "libsodium cannot be started");
	randombytes_buf(bytes, sizeof(bytes));
	sodium_bin2hex(ret, CLUSTER_KEY_TEXT_SIZE, bytes, sizeof(bytes));
	sodium_memzero(bytes, sizeof(bytes));
	return GW_OK;
}
