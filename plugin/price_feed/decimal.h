/* SPDX-License-Identifier: MIT
 *
 * Decimal numbers of 18 significant digits, rounded half up: a price is counted without floating point. Pure; any thread.
 */
#ifndef PRICE_FEED_DECIMAL_H
#define PRICE_FEED_DECIMAL_H

#include <stdbool.h>

#include "base/error.h"

#define DECIMAL_TEXT_SIZE 96

/* digits x 10^exponent; the digits are 18, or the number is zero and both are 0. */
struct decimal {
	int64_t digits;
	int32_t exponent;
};

/* A number as JSON writes it, and nothing beside it. GW_ERR_SYNTAX: none. GW_ERR_RANGE: above 1e30, or below 1e-30 and not zero. */
NODISCARD gw_status decimal_parse(struct decimal *ret, const char *text, size_t len, struct error *err);
struct decimal decimal_of(int64_t whole);

struct decimal decimal_add(struct decimal a, struct decimal b);
struct decimal decimal_subtract(struct decimal a, struct decimal b);
struct decimal decimal_multiply(struct decimal a, struct decimal b);
struct decimal decimal_divide(struct decimal a, struct decimal b); /* b is not zero */
struct decimal decimal_middle(struct decimal a, struct decimal b);
int decimal_compare(struct decimal a, struct decimal b); /* below, equal or above 0 */
/* Above zero, and within 1e-30 and 1e30. */
bool decimal_is_sound(struct decimal a);
/* Both above zero: the higher is more than so many percent above the lower. */
bool decimal_is_apart(struct decimal a, struct decimal b, struct decimal percent);

/* In thousandths, rounded; GW_ERR_RANGE: below zero or above 9e15. */
NODISCARD gw_status decimal_thousandths(struct decimal a, int64_t *ret);
/* Plain decimal text of up to `significant` digits (1 to 18), without zeros at its end; "0" for zero. */
void decimal_format(char ret[DECIMAL_TEXT_SIZE], struct decimal a, int significant);

#endif
