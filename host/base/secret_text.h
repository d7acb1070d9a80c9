/* SPDX-License-Identifier: MIT
 *
 * A private key's text is nowhere repeated: not in an error, not in the log, not in an environment. Pure.
 */
#ifndef BASE_SECRET_TEXT_H
#define BASE_SECRET_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Puts x in place of all that has the shape of a WIF, a mistyped one too. That is a run of 45 or more base58 characters
 * that begins as a WIF does (5H, 5J, 5K); a WIF has 51. True: something was masked. */
bool secret_text_mask(char *bytes, size_t len);

#endif
