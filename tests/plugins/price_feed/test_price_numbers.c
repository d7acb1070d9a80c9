/* SPDX-License-Identifier: MIT
 * Decimal numbers, the formula, and golosd's form of a price. */
#include "formula.h"
#include "price.h"
#include "test.h"

static struct decimal number(const char *text)
{
	struct decimal value;
	struct error err;

	if (decimal_parse(&value, text, strlen(text), &err) != GW_OK)
		fail_msg("%s: %s", text, err.text);
	return value;
}

static void expect_text(struct decimal value, int significant, const char *expected)
{
	char text[DECIMAL_TEXT_SIZE];

	decimal_format(text, value, significant);
	assert_string_equal(text, expected);
}

/* ---- decimal numbers ---------------------------------------------------------------------------------------------- */

static void numbers_are_read_and_written(void **unused)
{
	static const struct {
		const char *text, *expected;
	} rows[] = {
		{"0", "0"},
		{"-0.0", "0"},
		{"1", "1"},
		{"0.0075", "0.0075"},
		{"0.75", "0.75"},
		{"12.5", "12.5"},
		{"4012.35", "4012.35"},
		{"100", "100"},
		{"1e3", "1000"},
		{"1.5E-4", "0.00015"},
		{"-2.5", "-2.5"},
		{"0.00171000000000000", "0.00171"},
		{"123456789012345678", "123456789012345678"},
		{"1234567890123456785", "1234567890123456790"}, /* 18 digits, rounded */
		{"0.1234567890123456784999", "0.123456789012345678"},
		{"9999999999999999999", "10000000000000000000"},
		{"1e30", NULL},
		{"1e29", "100000000000000000000000000000"},
		{"1e-30", "0.000000000000000000000000000001"},
		{"1e-32", NULL},
		{"1e400", NULL},
		{"1e99999999999999999999", NULL},
		{"0e400", "0"},
		{"", NULL},
		{"-", NULL},
		{"+1", NULL},
		{".5", NULL},
		{"5.", NULL},
		{"01", NULL},
		{"1e", NULL},
		{"1 ", NULL},
		{" 1", NULL},
		{"1,5", NULL},
		{"0x10", NULL},
		{"NaN", NULL},
		{"Infinity", NULL},
		{"1.2.3", NULL},
	};
	(void)unused;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct decimal value;
		gw_status status = decimal_parse(&value, rows[i].text, strlen(rows[i].text), NULL);

		if ((status == GW_OK) != (rows[i].expected != NULL))
			fail_msg("'%s': %d", rows[i].text, status);
		if (rows[i].expected)
			expect_text(value, 18, rows[i].expected);
	}
}

static void numbers_are_counted_with(void **unused)
{
	(void)unused;
	expect_text(decimal_add(number("0.1"), number("0.2")), 18, "0.3");
	expect_text(decimal_add(number("1e18"), number("1e-18")), 18, "1000000000000000000");
	expect_text(decimal_subtract(number("1"), number("0.999")), 18, "0.001");
	expect_text(decimal_subtract(number("5"), number("5")), 18, "0");
	expect_text(decimal_multiply(number("1.1"), number("1.1")), 18, "1.21");
	expect_text(decimal_divide(number("1"), number("3")), 18, "0.333333333333333333");
	expect_text(decimal_divide(number("2"), number("3")), 18, "0.666666666666666667");
	expect_text(decimal_divide(number("-1"), number("8")), 18, "-0.125");
	expect_text(decimal_multiply(decimal_divide(number("1"), number("7")), number("7")), 17, "1");
	expect_text(number("0.0001234567"), 3, "0.000123");
	expect_text(number("999.96"), 4, "1000");
	assert_int_equal(decimal_compare(number("0.1"), number("1e-1")), 0);
	assert_true(decimal_compare(number("-1"), number("0")) < 0);
	assert_false(decimal_is_apart(number("100"), number("103"), number("3")));
	assert_true(decimal_is_apart(number("100"), number("103.0001"), number("3")));
	assert_true(decimal_is_apart(number("103.0001"), number("100"), number("3")));
}

/* ---- the formula -------------------------------------------------------------------------------------------------- */

static const char *const names[] = {"golos_usd", "xau_usd", "a"};

static void formulas_are_counted(void **unused)
{
	static const struct {
		const char *text, *expected; /* of golos_usd 0.002, xau_usd 4000, a 3; NULL: no result */
	} rows[] = {
		{"golos_usd / (xau_usd / 31103.4768)", "0.0155517384"},
		{"1 + 2 * 3", "7"},
		{"(1 + 2) * 3", "9"},
		{"10 - 3 - 2", "5"},
		{"100 / 5 / 2", "10"},
		{"a", "3"},
		{"((a))", "3"},
		{" 1.5*a ", "4.5"},
		{"1 - 2 + 3", "2"},
		{"a - 3", NULL}, /* zero */
		{"a - 4", NULL},
		{"1 / (a - 3)", NULL},
		{"xau_usd * xau_usd * xau_usd * xau_usd * xau_usd * xau_usd * xau_usd * xau_usd * xau_usd", NULL},
	};
	struct decimal values[3];
	(void)unused;

	values[0] = number("0.002");
	values[1] = number("4000");
	values[2] = number("3");
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct formula formula;
		struct decimal value;
		struct error err;

		if (formula_read(&formula, rows[i].text, names, 3, &err) != GW_OK)
			fail_msg("'%s': %s", rows[i].text, err.text);
		gw_status status = formula_value(&formula, values, &value, &err);
		if ((status == GW_OK) != (rows[i].expected != NULL))
			fail_msg("'%s': %d", rows[i].text, status);
		if (rows[i].expected)
			expect_text(value, 10, rows[i].expected);
	}
}

static void a_formula_that_is_none_is_refused_with_its_place(void **unused)
{
	static const struct {
		const char *text, *expected;
	} rows[] = {
		{"", "a number, a name or ( is expected at character 1 of ''"},
		{"a +", "a number, a name or ( is expected at character 4 of 'a +'"},
		{"a b", "an operator or the end is expected at character 3 of 'a b'"},
		{"a * eur", "a name that is not among `quantities` at character 5 of 'a * eur'"},
		{"golos", "a name that is not among `quantities` at character 1 of 'golos'"},
		{"(a + 1", "no ) for the ( at character 1 of '(a + 1'"},
		{"a + 1)", "an operator or the end is expected at character 6 of 'a + 1)'"},
		{"1.2.3", "no decimal number at character 1 of '1.2.3'"},
		{"-a", "a number, a name or ( is expected at character 1 of '-a'"},
		{"a ^ 2", "an operator or the end is expected at character 3 of 'a ^ 2'"},
		{"((((((((((((((((( a", "more than 16 ( within each other at character 17 of '((((((((((((((((( a'"},
		{"a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a",
		 "more numbers, names and operators than 64 at character 66 of "
		 "'a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a'"},
	};
	(void)unused;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct formula formula;
		struct error err;

		assert_int_equal(formula_read(&formula, rows[i].text, names, 3, &err), GW_ERR_CONFIG);
		assert_string_equal(err.text, rows[i].expected);
	}
}

/* ---- golosd's form ------------------------------------------------------------------------------------------------ */

static void a_price_keeps_the_digits_that_matter(void **unused)
{
	static const struct {
		const char *price, *base, *quote;
	} rows[] = {
		{"0.0075", "1.000 GBG", "133.333 GOLOS"},  /* "0.008 GBG" would be 7 percent off */
		{"0.0004", "1.000 GBG", "2500.000 GOLOS"}, /* and this one zero */
		{"0.056", "1.000 GBG", "17.857 GOLOS"},
		{"0.999", "1.000 GBG", "1.001 GOLOS"},
		{"1", "1.000 GBG", "1.000 GOLOS"},
		{"1.0005", "1.001 GBG", "1.000 GOLOS"},
		{"12.3456", "12.346 GBG", "1.000 GOLOS"},
		{"1e-12", "1.000 GBG", "1000000000000.000 GOLOS"},
		{"1e-13", NULL, NULL},
		{"1e20", NULL, NULL},
		{"0", NULL, NULL},
	};
	(void)unused;

	for (size_t i = 0; i < COUNT(rows); i++) {
		char base[PRICE_TEXT_SIZE], quote[PRICE_TEXT_SIZE];
		gw_status status = price_form(number(rows[i].price), base, quote, NULL);

		if ((status == GW_OK) != (rows[i].base != NULL))
			fail_msg("%s: %d", rows[i].price, status);
		if (!rows[i].base)
			continue;
		assert_string_equal(base, rows[i].base);
		assert_string_equal(quote, rows[i].quote);
	}
}

static void prices_of_the_chain_are_read(void **unused)
{
	static const struct {
		const char *base, *quote, *expected;
		gw_status status;
		bool is_reversed;
	} rows[] = {
		{"1.000 GBG", "133.333 GOLOS", "0.00750001875", GW_OK, false},
		{"0.056 GBG", "1.000 GOLOS", "0.056", GW_OK, false},
		{"1.000 GOLOS", "0.056 GBG", "0.056", GW_OK, true},
		{"0.000 GOLOS", "0.000 GOLOS", NULL, GW_ERR_NOT_FOUND, false},
		{"0.000 GBG", "1.000 GOLOS", NULL, GW_ERR_NOT_FOUND, false},
		{"1.000 GBG", "1.000 GBG", NULL, GW_ERR_SYNTAX, false},
		{"1.000 GBG", "1.000 YMUSDT", NULL, GW_ERR_SYNTAX, false},
		{"-1.000 GBG", "1.000 GOLOS", NULL, GW_ERR_SYNTAX, false},
		{"1.000", "1.000 GOLOS", NULL, GW_ERR_SYNTAX, false},
		{"", "", NULL, GW_ERR_SYNTAX, false},
	};
	(void)unused;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct decimal price;
		bool is_reversed = !rows[i].is_reversed;

		assert_int_equal(price_read(rows[i].base, rows[i].quote, &price, &is_reversed, NULL), rows[i].status);
		if (rows[i].status != GW_OK)
			continue;
		assert_int_equal(is_reversed, rows[i].is_reversed);
		expect_text(price, 9, rows[i].expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_read_and_written),
		cmocka_unit_test(numbers_are_counted_with),
		cmocka_unit_test(formulas_are_counted),
		cmocka_unit_test(a_formula_that_is_none_is_refused_with_its_place),
		cmocka_unit_test(a_price_keeps_the_digits_that_matter),
		cmocka_unit_test(prices_of_the_chain_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
