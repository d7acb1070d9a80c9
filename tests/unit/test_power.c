/* SPDX-License-Identifier: MIT
 *
 * Golos Power: golosd's rule, on the figures with which a real golosd refused (tests/recordings, 05-tx:301).
 */
#include <string.h>

#include "chain/power.h"
#include "test.h"

#define NOW_S 1795804404

static const struct chain_bandwidth chain = {
	.known = true, .most = 977692262400000000.0, .shares = 3002480190591, .time_s = NOW_S};

static char why[GW_TEXT_SIZE];

static uint8_t judge(int64_t shares, uint64_t used, int64_t past_s)
{
	const struct account_power power = {.known = true, .shares = shares, .used = used, .used_at_s = NOW_S - past_s};

	return power_judge("foo", &power, &chain, why);
}

TEST(without_golos_power_nothing_can_be_signed)
{
	static const int64_t shares[] = {0, -5};
	const struct chain_bandwidth unknown = {.known = false};

	for (size_t i = 0; i < COUNT(shares); i++) {
		const struct account_power power = {.known = true, .shares = shares[i]};

		assert_int_equal(judge(shares[i], 0, 0), GW_READY_NO);
		assert_string_equal(why, "foo has no Golos Power, so that golosd refuses whatever it signs (-32003): "
					 "power up some GOLOS for it");
		assert_int_equal(power_judge("foo", &power, &unknown, why), GW_READY_NO);
	}
}

/* The account "poor", after 20 transfers: its 0.991893 GESTS bring 322,988 bytes a week, and it had used 337,789. */
TEST(what_a_real_golosd_refused)
{
	assert_int_equal(judge(991893, 337789202380, 0), GW_READY_NO);
	assert_string_equal(why, "foo has used up its bandwidth, so that golosd refuses what it signs for some 457 min "
				 "(-32003): more Golos Power gives more");
	assert_int_equal(judge(991893, 337789202380, 456 * 60), GW_READY_NO);
	assert_non_null(strstr(why, "some 1 min"));
	assert_int_equal(judge(991893, 337789202380, 457 * 60), GW_READY_YES);
	assert_string_equal(why, "");
	assert_int_equal(judge(991893, 337789202380, 8 * 86400), GW_READY_YES);
	assert_int_equal(judge(991893, 0, 0), GW_READY_YES);
	assert_int_equal(judge(991893, 0, -60), GW_READY_YES); /* used after the head that was told */
}

TEST(too_little_for_one_transaction)
{
	assert_int_equal(judge(1500, 0, 0), GW_READY_NO);
	assert_non_null(strstr(why, "too little Golos Power for one transaction"));
	assert_int_equal(judge(1600, 0, 0), GW_READY_YES);
}

TEST(an_answer_that_does_not_tell_is_no_lack)
{
	const struct account_power silent = {.known = false}, rich = {.known = true, .shares = 1000000};
	const struct account_power none = {.known = true};
	const struct chain_bandwidth unknown = {.known = false}, without = {.known = true};

	assert_int_equal(power_judge("foo", &silent, &chain, why), GW_READY_UNKNOWN);
	assert_int_equal(power_judge("foo", &silent, &without, why), GW_READY_UNKNOWN);
	assert_int_equal(power_judge("foo", &rich, &unknown, why), GW_READY_UNKNOWN);
	assert_string_equal(why, "");
	assert_int_equal(power_judge("foo", &none, &without, why),
			 GW_READY_YES); /* a chain without any asks for none */
}
