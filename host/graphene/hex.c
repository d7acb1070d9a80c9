/* SPDX-License-Identifier: MIT
 *
 * Hex. Every program.
 */
#include "graphene/hex.h"

void hex_encode(char *ret, const uint8_t *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		ret[2 * i] = digits[bytes[i] >> 4];
		ret[2 * i + 1] = digits[bytes[i] & 15];
	}
	ret[2 * len] = '\0';
}

static int digit_value(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

gw_status hex_decode(uint8_t *ret, size_t len, const char *text, size_t text_len)
{
	if (text_len != 2 * len)
		return GW_ERR_SYNTAX;
	for (size_t i = 0; i < text_len; i++)
		if (digit_value(text[i]) < 0)
			return GW_ERR_SYNTAX;
	for (size_t i = 0; i < len; i++)
		ret[i] = (uint8_t)(digit_value(text[2 * i]) * 16 + digit_value(text[2 * i + 1]));
	return GW_OK;
}
