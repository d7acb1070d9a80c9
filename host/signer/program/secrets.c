/* SPDX-License-Identifier: MIT
 *
 * Signer.
 */
#include "signer/program/secrets.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#include "signer/files.h"
#include "signer/keystore.h"

#define KEY_TEXT_MAX 4096
#define CTRL_C	     3

#define OWN_MODE	0600 /* nobody else */
#define CREDENTIAL_MODE 0640 /* systemd lends a credential by an ACL, whose mask shows as the group's bits */

/* ---- memory ------------------------------------------------------------------------------------------------------ */

/* Children get no copy, although none is ever made: the pages that `len` bytes at `at` touch. */
static void keep_from_children(void *at, size_t len)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t begin = (uintptr_t)at / page * page;
	uintptr_t end = ((uintptr_t)at + len + page - 1) / page * page;

	madvise((char *)at - ((uintptr_t)at - begin), end - begin, MADV_DONTFORK);
}

gw_status key_ring_new(struct key_ring **ret, bool *ret_locked, struct error *err)
{
	struct key_ring *ring = sodium_malloc(sizeof(*ring));

	if (!ring)
		return error_set(err, GW_ERR_NOMEM, "no memory for keys: %s", strerror(errno));
	*ret_locked = sodium_mlock(ring, sizeof(*ring)) == 0; /* sodium_malloc tried, and does not tell */
	keep_from_children(ring, sizeof(*ring));
	sodium_memzero(ring, sizeof(*ring));
	*ret = ring;
	return GW_OK;
}

void key_ring_freeze(struct key_ring *ring)
{
	sodium_mprotect_readonly(ring);
}

void key_ring_free(struct key_ring *ring)
{
	sodium_free(ring);
}

static gw_status add_key(struct key_ring *ring, const struct secret_key *key, const char *name, struct error *err)
{
	if (ring->count == SIGNER_KEYS_MAX)
		return error_set(err, GW_ERR_RANGE, "%s: more than %d keys", name, SIGNER_KEYS_MAX);
	struct public_key *public_key = &ring->public_keys[ring->count];

	if (secret_key_public(public_key, key) != GW_OK)
		return error_set(err, GW_ERR_SYNTAX, "%s: a key outside of the curve's range", name);
	for (size_t i = 0; i < ring->count; i++)
		if (public_key_equal(&ring->public_keys[i], public_key))
			return error_set(err, GW_ERR_RANGE, "%s: a key is given twice", name);
	ring->secrets[ring->count++] = *key;
	return GW_OK;
}

/* ---- opening ----------------------------------------------------------------------------------------------------- */

/* The part of `text` after `prefix`, or NULL. */
static const char *after(const char *text, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(text, prefix, len) == 0 ? text + len : NULL;
}

static gw_status open_credential(int *ret, const char *name, uid_t owner, const char *credentials, struct error *err)
{
	char path[PATH_MAX];

	if (!*credentials)
		return error_set(
			err, GW_ERR_CONFIG,
			"credential:%s: there is no $CREDENTIALS_DIRECTORY; it comes from systemd's LoadCredential=",
			name);
	if (!*name || strchr(name, '/') || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return error_set(err, GW_ERR_CONFIG, "credential:%s: a credential's name is a file name", name);
	snprintf(path, sizeof(path), "%s/%s", credentials, name);
	return file_open_private(ret, path, owner, CREDENTIAL_MODE, err);
}

static gw_status open_terminal(int *ret, struct error *err)
{
	*ret = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (*ret >= 0)
		return GW_OK;
	return error_set(err, GW_ERR_CONFIG,
			 "there is no terminal to ask for a passphrase: name another place for it, "
			 "like keystore:PATH,passphrase=credential:NAME");
}

/* A file or credential with a key or a passphrase in it. */
static gw_status open_text(int *ret, const char *text, uid_t owner, const char *credentials, struct error *err)
{
	const char *rest;

	if ((rest = after(text, "file:")) && *rest)
		return file_open_private(ret, rest, owner, OWN_MODE, err);
	if ((rest = after(text, "credential:")))
		return open_credential(ret, rest, owner, credentials, err);
	return error_set(err, GW_ERR_CONFIG,
			 "'%.24s' is no source of keys: file:PATH, credential:NAME or keystore:PATH,passphrase=...",
			 text);
}

static gw_status open_keystore(struct key_source *source, uid_t owner, const char *credentials, struct error *err)
{
	static const char mark[] = ",passphrase=";
	char *place = strstr(source->name, mark);
	const char *passphrase = "tty";

	if (place) {
		*place = 0;
		passphrase = place + strlen(mark);
	}
	gw_status status = file_open_private(&source->fd, source->name, owner, OWN_MODE, err);

	if (status != GW_OK)
		return status;
	source->terminal = strcmp(passphrase, "tty") == 0;
	return source->terminal ? open_terminal(&source->passphrase_fd, err)
				: open_text(&source->passphrase_fd, passphrase, owner, credentials, err);
}

gw_status key_source_open(struct key_source *ret, const char *text, uid_t owner, const char *credentials,
			  struct error *err)
{
	const char *keystore = after(text, "keystore:");
	struct key_source source = {
		.kind = keystore ? KEY_SOURCE_KEYSTORE : KEY_SOURCE_FILE, .fd = -1, .passphrase_fd = -1};

	snprintf(source.name, sizeof(source.name), "%s", keystore ? keystore : text);
	gw_status status = keystore ? open_keystore(&source, owner, credentials, err)
				    : open_text(&source.fd, text, owner, credentials, err);

	if (status != GW_OK) {
		key_source_close(&source);
		return status;
	}
	*ret = source;
	return GW_OK;
}

gw_status key_source_open_inline(struct key_source *ret, int fd, struct error *err)
{
	const int wanted = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
	int seals = fcntl(fd, F_GET_SEALS);

	if (seals < 0 || (seals & wanted) != wanted)
		return error_set(err, GW_ERR_TRUST, "the keys handed over are not in sealed memory");
	*ret = (struct key_source){
		.kind = KEY_SOURCE_INLINE, .fd = fd, .passphrase_fd = -1, .name = "keys handed over"};
	return GW_OK;
}

void key_source_close(struct key_source *source)
{
	if (source->fd >= 0)
		close(source->fd);
	if (source->passphrase_fd >= 0)
		close(source->passphrase_fd);
	source->fd = source->passphrase_fd = -1;
}

/* ---- reading: every buffer that held a secret is sodium_malloc's, and wiped by sodium_free ----------------------- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* One WIF a line; blank lines do not count. */
static gw_status add_lines(struct key_ring *ring, const char *text, size_t len, const char *name, struct error *err)
{
	size_t line = 0, before = ring->count;

	for (size_t at = 0; at < len;) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t stop = end ? (size_t)(end - text) : len;
		size_t begin = at, past = stop;
		struct secret_key key;
		struct error why;

		line++;
		at = stop + 1;
		while (begin < past && is_blank(text[begin]))
			begin++;
		while (past > begin && is_blank(text[past - 1]))
			past--;
		if (begin == past)
			continue;
		gw_status status = wif_decode(&key, text + begin, past - begin, &why);

		if (status == GW_OK)
			status = add_key(ring, &key, name, err);
		else
			error_set(err, GW_ERR_SYNTAX, "%s, line %zu: %s", name, line, why.text);
		secret_key_wipe(&key);
		if (status != GW_OK)
			return err->status;
	}
	return ring->count > before ? GW_OK
				    : error_set(err, GW_ERR_SYNTAX, "%s holds no key%s", name,
						strncmp(name, "credential:", 11) == 0
							? ": the file that systemd's LoadCredential= names is missing "
							  "or empty"
							: "");
}

static gw_status read_text_keys(struct key_ring *ring, const struct key_source *source, struct error *err)
{
	char *text = sodium_malloc(KEY_TEXT_MAX);
	size_t len = 0;

	if (!text)
		return error_set(err, GW_ERR_NOMEM, "%s: no memory", source->name);
	gw_status status = file_read_whole(source->fd, source->name, text, KEY_TEXT_MAX, &len, err);

	if (status == GW_OK)
		status = add_lines(ring, text, len, source->name, err);
	sodium_free(text);
	return status;
}

/* A line typed with echo off. */
static gw_status ask(int fd, const char *name, char *ret, size_t room, size_t *ret_len, struct error *err)
{
	struct termios shown, hidden;
	size_t len = 0;
	ssize_t n;

	if (tcgetattr(fd, &shown) != 0)
		return error_set(err, GW_ERR_SYSTEM, "the terminal: %s", strerror(errno));
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)(ECHO | ISIG); /* Ctrl-C would end us with the host, and leave echo off */
	hidden.c_lflag |= ECHONL | ICANON;
	hidden.c_cc[VEOL] = CTRL_C; /* so it ends the line instead */
	tcsetattr(fd, TCSAFLUSH, &hidden);
	dprintf(fd, "Passphrase of %s: ", name);
	do
		n = read(fd, ret + len, room - len);
	while ((n < 0 && errno == EINTR) ||
	       (n > 0 && (len += (size_t)n) < room && ret[len - 1] != '\n' && ret[len - 1] != CTRL_C));
	tcsetattr(fd, TCSAFLUSH, &shown);
	*ret_len = len;
	return n > 0 && ret[len - 1] == '\n'
		       ? GW_OK
		       : error_set(err, GW_ERR_DENIED, "%s: no passphrase was typed at the terminal", name);
}

static gw_status read_passphrase(const struct key_source *source, char *ret, size_t room, size_t *ret_len,
				 struct error *err)
{
	size_t len = 0;
	gw_status status = source->terminal ? ask(source->passphrase_fd, source->name, ret, room, &len, err)
					    : file_read_whole(source->passphrase_fd, "the passphrase's file", ret, room,
							      &len, err);

	while (len && (ret[len - 1] == '\n' || ret[len - 1] == '\r'))
		len--;
	if (status == GW_OK)
		*ret_len = len;
	return status;
}

static gw_status read_keystore(struct key_ring *ring, const struct key_source *source, struct error *err)
{
	const size_t room = KEYSTORE_PASSPHRASE_MAX + 2;
	struct secret_key *keys = sodium_malloc(KEYSTORE_KEYS_MAX * sizeof(*keys));
	char *passphrase = sodium_malloc(room);
	struct keystore keystore = {.key_count = 0};
	size_t len = 0;
	gw_status status = keys && passphrase ? keystore_read(&keystore, source->fd, source->name, err)
					      : error_set(err, GW_ERR_NOMEM, "%s: no memory", source->name);

	if (status == GW_OK)
		status = read_passphrase(source, passphrase, room, &len, err);
	if (status == GW_OK)
		status = keystore_decrypt(keys, &keystore, passphrase, len, source->name, err);
	for (size_t i = 0; status == GW_OK && i < keystore.key_count; i++)
		status = add_key(ring, &keys[i], source->name, err);
	sodium_free(keys);
	sodium_free(passphrase);
	return status;
}

gw_status key_source_read(struct key_ring *ring, struct key_source *source, struct error *err)
{
	gw_status status = source->kind == KEY_SOURCE_KEYSTORE ? read_keystore(ring, source, err)
							       : read_text_keys(ring, source, err);

	key_source_close(source);
	return status;
}
