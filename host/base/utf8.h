/* SPDX-License-Identifier: MIT
 *
 * UTF-8, strictly (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF. Pure.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>

/* Bytes of the character that begins at `at`, of which `left` bytes may be read: 1 to 4; 0 where it is not valid. */
size_t utf8_length(const char *at, size_t left);

#endif
