/* SPDX-License-Identifier: MIT
 *
 * UTF-8, strictly. Every program.
 */
#include "base/utf8.h"

#include <stdint.h>

uint32_t utf8_code(const char *at, size_t len)
{
	uint32_t code = len == 1 ? (uint8_t)at[0] : (uint8_t)at[0] & (0x7fu >> len);

	for (size_t i = 1; i < len; i++)
		code = code << 6 | ((uint8_t)at[i] & 0x3fu);
	return code;
}

size_t utf8_put(char ret[UTF8_BYTES_MAX], uint32_t code)
{
	static const uint8_t marks[] = {0, 0, 0xc0, 0xe0, 0xf0}; /* of the first byte, by length */
	size_t len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

	for (size_t i = len - 1; i > 0; i--, code >>= 6)
		ret[i] = (char)(0x80 | (code & 0x3f));
	ret[0] = (char)(marks[len] | code);
	return len;
}

bool utf8_is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x61c || code == 0x200e || code == 0x200f ||
	       (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

size_t utf8_length(const char *at, size_t left)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000}; /* by length: below it the form is overlong */

	if (left == 0)
		return 0;
	uint8_t first = (uint8_t)at[0];
	if (first < 0x80)
		return 1;
	size_t len = (first & 0xe0) == 0xc0 ? 2 : (first & 0xf0) == 0xe0 ? 3 : (first & 0xf8) == 0xf0 ? 4 : 0;
	if (len == 0 || len > left)
		return 0;
	for (size_t i = 1; i < len; i++)
		if (((uint8_t)at[i] & 0xc0) != 0x80)
			return 0;
	uint32_t code = utf8_code(at, len);
	return code < least[len] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ? 0 : len;
}
