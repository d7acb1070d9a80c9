/* SPDX-License-Identifier: MIT
 *
 * Base58. Every program.
 */
#include "graphene/base58.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

static const char alphabet[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/* number = number * 58 + digit, big-endian. False: it does not fit. */
static bool shift_in(uint8_t *number, size_t len, unsigned digit)
{
	for (size_t i = len; i-- > 0;) {
		digit += 58u * number[i];
		number[i] = (uint8_t)digit;
		digit >>= 8;
	}
	return digit == 0;
}

static size_t leading_zeros(const uint8_t *bytes, size_t len)
{
	size_t zeros = 0;

	while (zeros < len && bytes[zeros] == 0)
		zeros++;
	return zeros;
}

gw_status base58_decode(uint8_t *ret, size_t len, const char *text, size_t text_len)
{
	uint8_t number[BASE58_BYTES_MAX] = {0};
	gw_status status = GW_OK;
	size_t ones = 0;

	assert(len <= sizeof(number));
	if (text_len >= BASE58_TEXT_MAX)
		return GW_ERR_SYNTAX;
	while (ones < text_len && text[ones] == '1')
		ones++;
	for (size_t i = 0; i < text_len && !status; i++) {
		const char *at = text[i] ? strchr(alphabet, text[i]) : NULL;

		if (!at || !shift_in(number, len, (unsigned)(at - alphabet)))
			status = GW_ERR_SYNTAX;
	}
	if (!status && leading_zeros(number, len) != ones)
		status = GW_ERR_SYNTAX;
	if (!status)
		memcpy(ret, number, len);
	explicit_bzero(number, sizeof(number));
	return status;
}

/* number = number / 58; returns the remainder. */
static unsigned shift_out(uint8_t *number, size_t len)
{
	unsigned rest = 0;

	for (size_t i = 0; i < len; i++) {
		rest = rest << 8 | number[i];
		number[i] = (uint8_t)(rest / 58);
		rest %= 58;
	}
	return rest;
}

void base58_encode(char ret[BASE58_TEXT_MAX], const uint8_t *bytes, size_t len)
{
	char reversed[BASE58_TEXT_MAX];
	uint8_t number[BASE58_BYTES_MAX];
	size_t count = 0, zeros = leading_zeros(bytes, len);

	assert(len <= sizeof(number));
	memcpy(number, bytes, len);
	while (leading_zeros(number, len) < len)
		reversed[count++] = alphabet[shift_out(number, len)];
	memset(reversed + count, '1', zeros);
	count += zeros;
	for (size_t i = 0; i < count; i++)
		ret[i] = reversed[count - 1 - i];
	ret[count] = '\0';
	explicit_bzero(reversed, sizeof(reversed));
	explicit_bzero(number, sizeof(number));
}
