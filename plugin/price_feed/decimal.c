/* SPDX-License-Identifier: MIT
 * Decimal numbers. See decimal.h. */
#include "decimal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DIGITS	      18
#define ONE	      ((int64_t)1000000000000000000) /* 10^DIGITS: the first number that is too long */
#define MAGNITUDE_MAX 30

__extension__ typedef __int128 wide; /* two numbers of 18 digits multiplied take 120 bits */

static const struct decimal zero = {0, 0};

static wide power_of_ten(int exponent)
{
	wide power = 1;

	while (exponent-- > 0)
		power *= 10;
	return power;
}

/* Rounded half away from zero. */
static wide divide_rounded(wide value, wide by)
{
	wide half = by / 2;

	return value < 0 ? (value - half) / by : (value + half) / by;
}

static struct decimal normal(wide value, int64_t exponent)
{
	wide size = value < 0 ? -value : value;
	int drop = 0;

	if (value == 0)
		return zero;
	while (size / power_of_ten(drop) >= ONE)
		drop++;
	if (drop > 0)
		value = divide_rounded(value, power_of_ten(drop));
	if (value == ONE || value == -(wide)ONE) { /* 999… was rounded up */
		value /= 10;
		drop++;
	}
	for (; value > -ONE / 10 && value < ONE / 10; drop--)
		value *= 10;
	return (struct decimal){(int64_t)value, (int32_t)(exponent + drop)};
}

struct decimal decimal_of(int64_t whole)
{
	return normal(whole, 0);
}

/* ---- arithmetic -------------------------------------------------------------------------------------------------- */

struct decimal decimal_add(struct decimal a, struct decimal b)
{
	if (a.digits == 0 || b.digits == 0)
		return a.digits == 0 ? b : a;
	if (a.exponent < b.exponent)
		return decimal_add(b, a);
	if (a.exponent - b.exponent > DIGITS)
		return a; /* b is below the last digit */
	return normal(a.digits * power_of_ten(a.exponent - b.exponent) + b.digits, b.exponent);
}

struct decimal decimal_subtract(struct decimal a, struct decimal b)
{
	b.digits = -b.digits;
	return decimal_add(a, b);
}

struct decimal decimal_multiply(struct decimal a, struct decimal b)
{
	return normal((wide)a.digits * b.digits, (int64_t)a.exponent + b.exponent);
}

struct decimal decimal_divide(struct decimal a, struct decimal b)
{
	wide scaled = (wide)a.digits * ONE;

	if (b.digits == 0)
		return zero;
	return normal(divide_rounded(b.digits < 0 ? -scaled : scaled, b.digits < 0 ? -b.digits : b.digits),
		      (int64_t)a.exponent - b.exponent - DIGITS);
}

struct decimal decimal_middle(struct decimal a, struct decimal b)
{
	return decimal_divide(decimal_add(a, b), decimal_of(2));
}

int decimal_compare(struct decimal a, struct decimal b)
{
	struct decimal difference = decimal_subtract(a, b);

	return (difference.digits > 0) - (difference.digits < 0);
}

bool decimal_is_sound(struct decimal a)
{
	int32_t magnitude = a.exponent + DIGITS;

	return a.digits > 0 && magnitude >= -MAGNITUDE_MAX && magnitude <= MAGNITUDE_MAX;
}

bool decimal_is_apart(struct decimal a, struct decimal b, struct decimal percent)
{
	bool is_lower = decimal_compare(a, b) < 0;
	struct decimal low = is_lower ? a : b, high = is_lower ? b : a;
	struct decimal allowed = decimal_multiply(low, decimal_add(decimal_of(100), percent));

	return decimal_compare(decimal_multiply(high, decimal_of(100)), allowed) > 0;
}

/* ---- text -------------------------------------------------------------------------------------------------------- */

static bool is_digit(const char *at, const char *end)
{
	return at < end && *at >= '0' && *at <= '9';
}

/* The digits gathered so far: those beyond 18 only move the point, and the first of them rounds. */
struct gathered {
	int64_t value;
	int count; /* from the first that is not zero */
	int64_t exponent;
	bool rounds_up;
};

static void gather(struct gathered *g, int digit, bool after_point)
{
	if (g->count >= DIGITS) {
		g->rounds_up = g->count == DIGITS ? digit >= 5 : g->rounds_up;
		g->count++;
		g->exponent += !after_point;
		return;
	}
	g->value = g->value * 10 + digit;
	g->count += g->count > 0 || digit > 0;
	g->exponent -= after_point;
}

static const char *gather_exponent(struct gathered *g, const char *at, const char *end)
{
	bool is_negative = at < end && *at == '-';
	int64_t exponent = 0;

	at += at < end && (*at == '-' || *at == '+');
	if (!is_digit(at, end))
		return NULL;
	for (; is_digit(at, end); at++)
		exponent = exponent < 100000 ? exponent * 10 + (*at - '0') : exponent;
	g->exponent += is_negative ? -exponent : exponent;
	return at;
}

/* NULL: it is no number. */
static const char *gather_number(struct gathered *g, const char *at, const char *end)
{
	if (!is_digit(at, end) || (*at == '0' && is_digit(at + 1, end)))
		return NULL;
	for (; is_digit(at, end); at++)
		gather(g, *at - '0', false);
	if (at < end && *at == '.') {
		if (!is_digit(++at, end))
			return NULL;
		for (; is_digit(at, end); at++)
			gather(g, *at - '0', true);
	}
	return at < end && (*at == 'e' || *at == 'E') ? gather_exponent(g, at + 1, end) : at;
}

gw_status decimal_parse(struct decimal *ret, const char *text, size_t len, struct error *err)
{
	bool is_negative = len > 0 && text[0] == '-';
	struct gathered g = {0};

	if (len > 512 || gather_number(&g, text + is_negative, text + len) != text + len)
		return error_set(err, GW_ERR_SYNTAX, "'%.*s' is no decimal number", (int)(len < 40 ? len : 40), text);
	struct decimal value = g.exponent < -10000 || g.exponent > 10000
				       ? (struct decimal){g.value, g.value ? INT32_MAX / 2 : 0}
				       : normal(g.value + g.rounds_up, g.exponent);
	if (value.digits != 0 && !decimal_is_sound(value))
		return error_set(err, GW_ERR_RANGE, "%.*s is beyond what is counted with", (int)(len < 40 ? len : 40),
				 text);
	value.digits = is_negative ? -value.digits : value.digits;
	*ret = value;
	return GW_OK;
}

gw_status decimal_thousandths(struct decimal a, int64_t *ret)
{
	int32_t shift = a.exponent + 3; /* of the digits, to thousandths */

	if (a.digits < 0 || shift > -2)
		return a.digits == 0 ? (*ret = 0, GW_OK) : GW_ERR_RANGE;
	*ret = shift < -2 * DIGITS ? 0 : (int64_t)divide_rounded(a.digits, power_of_ten(-shift));
	return GW_OK;
}

void decimal_format(char ret[DECIMAL_TEXT_SIZE], struct decimal a, int significant)
{
	char digits[24];
	int point;

	a = normal(divide_rounded(a.digits, power_of_ten(DIGITS - significant)), a.exponent + DIGITS - significant);
	if (a.digits == 0 || a.exponent < -60 || a.exponent > 40) {
		snprintf(ret, DECIMAL_TEXT_SIZE, "%s", a.digits == 0 || a.exponent < 0 ? "0" : "beyond 1e30");
		return;
	}
	snprintf(digits, sizeof(digits), "%" PRId64, a.digits < 0 ? -a.digits : a.digits);
	int count = DIGITS;
	while (digits[count - 1] == '0')
		count--;
	point = DIGITS + a.exponent; /* digits before the point */
	size_t len = 0;
	if (a.digits < 0)
		ret[len++] = '-';
	if (point <= 0)
		len += (size_t)snprintf(ret + len, DECIMAL_TEXT_SIZE - len, "0.%0*d", -point, 0) - (point == 0 ? 1 : 0);
	for (int i = 0; i < count || i < point; i++) {
		if (i == point && point > 0)
			ret[len++] = '.';
		ret[len++] = i < count ? digits[i] : '0';
	}
	ret[len] = '\0';
}
