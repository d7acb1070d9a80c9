/* SPDX-License-Identifier: MIT
 *
 * The signer's keys: where they come from, and the locked memory they lie in. Signer.
 *
 * A source is opened while the signer still has the rights it was started with, and read after it dropped them.
 */
#ifndef SIGNER_SECRETS_H
#define SIGNER_SECRETS_H

#include <sys/types.h>

#include "signer/wire/protocol.h"

/* In sodium_malloc's memory: guard pages around it, locked, left out of cores and of children. */
struct key_ring {
	size_t count;
	struct secret_key secrets[SIGNER_KEYS_MAX];
	struct public_key public_keys[SIGNER_KEYS_MAX];
};

enum key_source_kind { KEY_SOURCE_FILE, KEY_SOURCE_KEYSTORE, KEY_SOURCE_INLINE };

struct key_source {
	enum key_source_kind kind;
	int fd;
	int passphrase_fd;	     /* KEYSTORE: file, credential or terminal; -1 else */
	bool terminal;		     /* the passphrase is asked for */
	char name[SIGNER_PATH_SIZE]; /* for sentences */
};

/* Makes room for keys. *ret_locked: false where the system locks no memory, so that a key could be swapped out. */
NODISCARD gw_status key_ring_new(struct key_ring **ret, bool *ret_locked, struct error *err);
/* Nothing writes to it any more. */
void key_ring_freeze(struct key_ring *ring);
void key_ring_free(struct key_ring *ring); /* wipes; NULL is fine */

/* `text`: "file:PATH", "credential:NAME", "keystore:PATH[,passphrase=file:PATH|credential:NAME|tty]" (tty when left
 * out). `owner`: the user, beside root, that may own the files. `credentials`: systemd's directory, "" where there is
 * none. GW_ERR_CONFIG: no such form. GW_ERR_TRUST: others can reach the file. GW_ERR_SYSTEM: it cannot be opened. */
NODISCARD gw_status key_source_open(struct key_source *ret, const char *text, uid_t owner, const char *credentials,
				    struct error *err);
/* The sealed memfd of inline keys. GW_ERR_TRUST: not sealed. */
NODISCARD gw_status key_source_open_inline(struct key_source *ret, int fd, struct error *err);
/* Adds its keys and closes it. GW_ERR_SYNTAX: a bad key or keystore, never with its text. GW_ERR_DENIED: a wrong
 * passphrase. GW_ERR_RANGE: too many keys, or one twice. */
NODISCARD gw_status key_source_read(struct key_ring *ring, struct key_source *source, struct error *err);
void key_source_close(struct key_source *source);

#endif
