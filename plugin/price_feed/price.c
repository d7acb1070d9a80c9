/* SPDX-License-Identifier: MIT
 * golosd's form of a price. See price.h. */
#include "price.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define HALF_MAX INT64_C(9000000000000000) /* thousandths */

gw_status price_form(struct decimal price, char ret_base[PRICE_TEXT_SIZE], char ret_quote[PRICE_TEXT_SIZE],
		     struct error *err)
{
	struct decimal one = decimal_of(1);
	bool is_low = decimal_compare(price, one) < 0;
	int64_t half = 0;

	if (!decimal_is_sound(price) ||
	    decimal_thousandths(is_low ? decimal_divide(one, price) : price, &half) != GW_OK || half <= 0 ||
	    half > HALF_MAX)
		return error_set(err, GW_ERR_RANGE, "the price has no form that golosd takes");
	if (is_low) {
		snprintf(ret_base, PRICE_TEXT_SIZE, "1.000 GBG");
		snprintf(ret_quote, PRICE_TEXT_SIZE, "%" PRId64 ".%03" PRId64 " GOLOS", half / 1000, half % 1000);
		return GW_OK;
	}
	snprintf(ret_base, PRICE_TEXT_SIZE, "%" PRId64 ".%03" PRId64 " GBG", half / 1000, half % 1000);
	snprintf(ret_quote, PRICE_TEXT_SIZE, "1.000 GOLOS");
	return GW_OK;
}

/* "1.000 GBG"; *ret_symbol: within the text. */
static gw_status read_half(const char *text, struct decimal *ret, const char **ret_symbol, struct error *err)
{
	const char *space = strchr(text, ' ');

	if (space == NULL || decimal_parse(ret, text, (size_t)(space - text), err) != GW_OK || ret->digits < 0)
		return error_set(err, GW_ERR_SYNTAX, "'%.40s' is no amount of an asset", text);
	*ret_symbol = space + 1;
	return GW_OK;
}

gw_status price_read(const char *base, const char *quote, struct decimal *ret, bool *ret_reversed, struct error *err)
{
	struct decimal of_base, of_quote;
	const char *base_symbol, *quote_symbol;

	if (read_half(base, &of_base, &base_symbol, err) != GW_OK ||
	    read_half(quote, &of_quote, &quote_symbol, err) != GW_OK)
		return GW_ERR_SYNTAX;
	if (of_base.digits == 0 || of_quote.digits == 0)
		return error_set(err, GW_ERR_NOT_FOUND, "no price");
	bool reversed = strcmp(base_symbol, "GOLOS") == 0 && strcmp(quote_symbol, "GBG") == 0;
	if (!reversed && (strcmp(base_symbol, "GBG") != 0 || strcmp(quote_symbol, "GOLOS") != 0))
		return error_set(err, GW_ERR_SYNTAX, "'%.40s' for '%.40s' is no price of GOLOS in GBG", base, quote);
	*ret = reversed ? decimal_divide(of_quote, of_base) : decimal_divide(of_base, of_quote);
	*ret_reversed = reversed;
	return GW_OK;
}
