/* SPDX-License-Identifier: MIT
 *
 * Hex. Every program.
 */
#include "graphene/hex.h"

#include "base/hex_digit.h"

void hex_encode(char *ret, const uint8_t *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		ret[2 * i] = digits[bytes[i] >> 4];
		ret[2 * i + 1] = digits[bytes[i] & 15];
	}
	ret[2 * len] = '\0';
}

gw_status hex_decode(uint8_t *ret, size_t len, const char *text, size_t text_len)
{
	if (text_len != 2 * len)
		return GW_ERR_SYNTAX;
	for (size_t i = 0; i < text_len; i++)
		if (hex_digit(text[i]) < 0)
			return GW_ERR_SYNTAX;
	for (size_t i = 0; i < len; i++)
		ret[i] = (uint8_t)(hex_digit(text[2 * i]) * 16 + hex_digit(text[2 * i + 1]));
	return GW_OK;
}
