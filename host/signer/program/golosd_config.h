/* SPDX-License-Identifier: MIT
 *
 * golosd's own config.ini: whose witness it is and which signing keys it holds. The file holds those keys' private
 * halves, so the signer reads it, once, at start, and tells only what is public. Source: docs/protocol.md 7.
 */
#ifndef SIGNER_GOLOSD_CONFIG_H
#define SIGNER_GOLOSD_CONFIG_H

#include "signer/wire/protocol.h"

#define GOLOSD_CONFIG_BYTES_MAX (256u << 10)

/* Lines `witness = "foo"` and `private-key = WIF` before the first section. What is wrong is said in ret->text by its
 * line, and never repeated. Pure. */
void golosd_config_parse(struct golosd_config_facts *ret, const char *text, size_t len);
/* From an open descriptor, which it closes; -1: `path` could not be opened, with `open_errno`. */
void golosd_config_read(struct golosd_config_facts *ret, int fd, int open_errno, const char *path);

#endif
