/* SPDX-License-Identifier: MIT
 *
 * UTF-8, strictly (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF. Pure.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the character that begins at `at`, of which `left` bytes may be read: 1 to 4; 0 where it is not valid. */
size_t utf8_length(const char *at, size_t left);
/* The code point of a valid character of that length. */
uint32_t utf8_code(const char *at, size_t len);
/* Writes a code point's bytes; returns how many. */
#define UTF8_BYTES_MAX	 4
#define UTF8_REPLACEMENT 0xfffdu
size_t utf8_put(char ret[UTF8_BYTES_MAX], uint32_t code);
/* Is it one that commands a terminal or turns a line's direction: C0, DEL, C1, line separators, marks of direction?
 * (Unicode 15, general category Cc, and Bidi_Control.) */
bool utf8_is_control(uint32_t code);

#endif
