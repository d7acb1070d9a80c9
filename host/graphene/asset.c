/* SPDX-License-Identifier: MIT
 *
 * Amounts: "1.000 GOLOS". Every program.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "graphene/operation.h"

static const struct {
	const char *symbol;
	uint8_t decimals;
} known_symbols[] = {{"GOLOS", 3}, {"GBG", 3}, {"GESTS", 6}};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Digits with one point at most, into the smallest unit. Returns characters read; 0: no amount, or beyond 64 bits. */
static size_t read_amount(struct asset *ret, const char *text, size_t len)
{
	bool negative = len && text[0] == '-', point = false;
	size_t at = negative ? 1 : 0, decimals = 0;
	uint64_t amount = 0;

	for (; at < len && (is_digit(text[at]) || text[at] == '.'); at++) {
		if (text[at] == '.') {
			if (point || !at || !is_digit(text[at - 1]))
				return 0;
			point = true;
		} else if (__builtin_mul_overflow(amount, 10u, &amount) ||
			   __builtin_add_overflow(amount, (uint64_t)(text[at] - '0'), &amount)) {
			return 0;
		} else {
			decimals += point;
		}
	}
	if (at == 0 || !is_digit(text[at - 1]) || decimals > ASSET_DECIMALS_MAX ||
	    amount > (uint64_t)INT64_MAX + (negative ? 1 : 0))
		return 0;
	ret->amount = (int64_t)(negative ? 0 - amount : amount);
	ret->decimals = (uint8_t)decimals;
	return at;
}

/* golosd's own symbols are capital letters; those that users issue may hold digits and points behind the first. */
static bool symbol_is_valid(const char *symbol, size_t len)
{
	if (len == 0 || len > ASSET_SYMBOL_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!(symbol[i] >= 'A' && symbol[i] <= 'Z') && !(i && (is_digit(symbol[i]) || symbol[i] == '.')))
			return false;
	return true;
}

gw_status asset_parse(struct asset *ret, const char *text, size_t len, struct error *err)
{
	struct asset asset = {0};
	size_t at = read_amount(&asset, text, len);

	if (at == 0 || at == len || text[at] != ' ')
		return error_set(err, GW_ERR_SYNTAX, "not an amount of the form \"1.000 GOLOS\"");
	at++;
	if (!symbol_is_valid(text + at, len - at))
		return error_set(err, GW_ERR_SYNTAX, "an amount without a valid symbol, 1 to %d capital letters",
				 ASSET_SYMBOL_MAX);
	memcpy(asset.symbol, text + at, len - at);
	for (size_t i = 0; i < sizeof(known_symbols) / sizeof(known_symbols[0]); i++)
		if (strcmp(asset.symbol, known_symbols[i].symbol) == 0 && asset.decimals != known_symbols[i].decimals)
			return error_set(err, GW_ERR_SYNTAX, "%s has %u digits behind the point, not %u", asset.symbol,
					 known_symbols[i].decimals, asset.decimals);
	*ret = asset;
	return GW_OK;
}

void asset_format(char ret[ASSET_TEXT_SIZE], const struct asset *asset)
{
	uint64_t magnitude = asset->amount < 0 ? 0 - (uint64_t)asset->amount : (uint64_t)asset->amount;
	int decimals = asset->decimals < ASSET_DECIMALS_MAX ? asset->decimals : ASSET_DECIMALS_MAX;
	char digits[24];
	int whole = snprintf(digits, sizeof(digits), "%0*" PRIu64, decimals + 1, magnitude) - decimals;

	snprintf(ret, ASSET_TEXT_SIZE, "%s%.*s%s%s %.*s", asset->amount < 0 ? "-" : "", whole, digits,
		 decimals ? "." : "", digits + whole, ASSET_SYMBOL_MAX, asset->symbol);
}
