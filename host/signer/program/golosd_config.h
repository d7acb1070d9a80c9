/* SPDX-License-Identifier: MIT
 *
 * golosd's own config.ini: its witnesses and its signing keys. The file holds those keys' private halves. So the signer
 * reads it, once, at start, and reports only the public part. Source: docs/protocol.md 7. Signer.
 */
#ifndef SIGNER_GOLOSD_CONFIG_H
#define SIGNER_GOLOSD_CONFIG_H

#include "signer/wire/protocol.h"

#define GOLOSD_CONFIG_BYTES_MAX (256u << 10)

/* Lines `witness = "foo"` and `private-key = WIF` before the first section. A wrong line is named in ret->text by its
 * number, and its text is never repeated. Pure. */
void golosd_config_parse(struct golosd_config_facts *ret, const char *text, size_t len);
/* From an open descriptor, which it closes; -1: `path` could not be opened, with `open_errno`. */
void golosd_config_read(struct golosd_config_facts *ret, int fd, int open_errno, const char *path);

#endif
