/* SPDX-License-Identifier: MIT
 *
 * A price of one GOLOS in GBG as golosd has it: base / quote, each of 3 decimals. Pure; any thread.
 */
#ifndef PRICE_FEED_PRICE_H
#define PRICE_FEED_PRICE_H

#include "decimal.h"

#define PRICE_TEXT_SIZE 32 /* as gw_intent's base and quote */

/* Below 1: "1.000 GBG" and "N GOLOS"; else "P GBG" and "1.000 GOLOS". So the half that carries the price has at least 4 digits, where
 * "0.008 GBG" for 0.0075 would be 7 percent off. GW_ERR_RANGE: a half would be zero, or above 9e12. */
NODISCARD gw_status price_form(struct decimal price, char ret_base[PRICE_TEXT_SIZE], char ret_quote[PRICE_TEXT_SIZE],
			       struct error *err);
/* What base and quote say, the other way round too (*ret_reversed). GW_ERR_NOT_FOUND: a half is zero, golosd's way to say that there is
 * none. GW_ERR_SYNTAX: no price of GBG and GOLOS. */
NODISCARD gw_status price_read(const char *base, const char *quote, struct decimal *ret, bool *ret_reversed,
			       struct error *err);

#endif
