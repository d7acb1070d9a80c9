/* SPDX-License-Identifier: MIT
 * graphene/asset.c and account_name.c */
#include "test.h"

#include "graphene/operation.h"

TEST(amounts_go_both_ways)
{
	static const struct {
		const char *text;
		int64_t amount;
		uint8_t decimals;
		const char *symbol;
	} known[] = {
		{"0.000 GOLOS", 0, 3, "GOLOS"},
		{"0.001 GOLOS", 1, 3, "GOLOS"},
		{"1278.682 GBG", 1278682, 3, "GBG"},
		{"1.000000 GESTS", 1000000, 6, "GESTS"},
		{"-0.001 GBG", -1, 3, "GBG"},
		{"-1.500 GOLOS", -1500, 3, "GOLOS"},
		{"9223372036854775.807 GOLOS", INT64_MAX, 3, "GOLOS"},
		{"-9223372036854775.808 GOLOS", INT64_MIN, 3, "GOLOS"},
		{"-92233.72036854775808 ABC.D2", INT64_MIN, 14, "ABC.D2"},
		{"5 X", 5, 0, "X"},
	};

	for (size_t i = 0; i < COUNT(known); i++) {
		struct asset asset;
		struct error err;
		char text[ASSET_TEXT_SIZE];

		if (asset_parse(&asset, known[i].text, strlen(known[i].text), &err))
			fail_msg("%s: %s", known[i].text, err.text);
		assert_true(asset.amount == known[i].amount);
		assert_int_equal(asset.decimals, known[i].decimals);
		assert_string_equal(asset.symbol, known[i].symbol);
		asset_format(text, &asset);
		assert_string_equal(text, known[i].text);
	}
}

TEST(what_is_no_amount_is_refused)
{
	static const char *const bad[] = {
		"",
		"1.000",
		"1.000 ",
		"GOLOS",
		" GOLOS",
		".5 X",
		"5. X",
		"- X",
		"-.5 X",
		"--5 X",
		"+1.000 GOLOS",
		"1..0 X",
		"1.0.0 X",
		"1,000 GOLOS",
		"1.000GOLOS",
		"1.000  GOLOS",
		"1.000 GOLOS ",
		" 1.000 GOLOS",
		"1.0 GOLOS",
		"1.0000 GBG",
		"1 GOLOS",
		"1.000 GESTS",
		"1.000 golos",
		"1.000 1AB",
		"1.000 SEVENCH",
		"1e3 GOLOS",
		"0x1 X",
		"9223372036854775.808 GOLOS",
		"-9223372036854775.809 GOLOS",
		"99999999999999999999999 X",
		"0.000000000000000 X",
	};
	struct error err;

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct asset asset = {.amount = 42};

		if (!asset_parse(&asset, bad[i], strlen(bad[i]), &err))
			fail_msg("taken: %s", bad[i]);
		assert_int_equal(asset.amount, 42);
	}
	struct asset asset;
	assert_int_equal(asset_parse(&asset, "1 A\0B", 5, &err), GW_ERR_SYNTAX);
}

TEST(account_names_are_golosds)
{
	static const char *const good[] = {"foo",    "cyberfounder",	 "a-b",	   "abc.def",
					   "a1-2b3", "abcdefghijklmnop", "foo.a1b"};
	static const char *const bad[] = {
		"",	"ab",	  "abcdefghijklmnopq", "Foo",	  "1ab",  "-ab", "ab-", "a_b", ".ab", "ab.",
		"a..b", "foo.1a", "foo-.bar",	       "foo bar", "ж-foo"};

	for (size_t i = 0; i < COUNT(good); i++)
		if (!account_name_is_valid(good[i]))
			fail_msg("refused: %s", good[i]);
	for (size_t i = 0; i < COUNT(bad); i++)
		if (account_name_is_valid(bad[i]))
			fail_msg("taken: %s", bad[i]);
}
