/* SPDX-License-Identifier: MIT
 *
 * The bounds of a price that is signed.
 */
#include "signer/wire/feed_bounds.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

__extension__ typedef unsigned __int128 wide; /* 63 bits of an amount by 30 of the unit do not fit into 64 */

uint64_t feed_rate(const struct feed_publish *feed)
{
	wide rate = (wide)(uint64_t)feed->base.amount * FEED_RATE_ONE / (uint64_t)feed->quote.amount;

	return rate > UINT64_MAX ? UINT64_MAX : (uint64_t)rate;
}

gw_status feed_check_range(const struct feed_bounds *bounds, const struct feed_publish *feed, struct error *err)
{
	char rate[FEED_RATE_TEXT_SIZE], min[FEED_RATE_TEXT_SIZE], max[FEED_RATE_TEXT_SIZE];
	wide scaled = (wide)(uint64_t)feed->base.amount * FEED_RATE_ONE;

	/* golosd takes the other way round as well, and sorts it apart from all others */
	if (strcmp(feed->base.symbol, "GBG") != 0 || strcmp(feed->quote.symbol, "GOLOS") != 0)
		return error_set(err, GW_ERR_RANGE, "a price of %s in %s, not of GOLOS in GBG", feed->quote.symbol,
				 feed->base.symbol);
	if (scaled >= (wide)bounds->min * (uint64_t)feed->quote.amount &&
	    scaled <= (wide)bounds->max * (uint64_t)feed->quote.amount)
		return GW_OK;
	feed_rate_format(rate, feed_rate(feed));
	feed_rate_format(min, bounds->min);
	feed_rate_format(max, bounds->max);
	return error_set(err, GW_ERR_RANGE, "a price of %s GBG is not within feed_min %s and feed_max %s", rate, min,
			 max);
}

/* Whether `high` is over `low` by more than so many percent of it. */
static bool is_apart(uint64_t low, uint64_t high, uint32_t percent)
{
	return (wide)high * 100 > (wide)low * (100 + percent);
}

gw_status feed_check_step(const struct feed_bounds *bounds, uint64_t rate, uint64_t lowest, uint64_t highest,
			  struct error *err)
{
	char text[FEED_RATE_TEXT_SIZE], signed_text[FEED_RATE_TEXT_SIZE];
	bool is_above = lowest && is_apart(lowest, rate, bounds->step);

	if (!is_above && !(highest && is_apart(rate, highest, bounds->step)))
		return GW_OK;
	feed_rate_format(text, rate);
	feed_rate_format(signed_text, is_above ? lowest : highest);
	return error_set(err, GW_ERR_RANGE,
			 "a price of %s GBG is more than feed_max_step %" PRIu32
			 " %% from %s, which was signed within a "
			 "day",
			 text, bounds->step, signed_text);
}

bool feed_rate_parse(const char *text, uint64_t *ret)
{
	uint64_t rate = 0;
	int digits = 0, after = -1; /* the point */

	for (; *text; text++) {
		if (*text == '.' && after < 0 && digits > 0) {
			after = 0;
			continue;
		}
		if (*text < '0' || *text > '9' || after == FEED_RATE_DIGITS || rate > UINT64_MAX / 20)
			return false;
		rate = rate * 10 + (uint64_t)(*text - '0');
		digits++;
		after += after >= 0;
	}
	if (digits == 0 || after == 0)
		return false;
	for (int i = after < 0 ? 0 : after; i < FEED_RATE_DIGITS; i++) {
		if (rate > UINT64_MAX / 20)
			return false;
		rate *= 10;
	}
	if (rate == 0)
		return false;
	*ret = rate;
	return true;
}

void feed_rate_format(char ret[FEED_RATE_TEXT_SIZE], uint64_t rate)
{
	int len = snprintf(ret, FEED_RATE_TEXT_SIZE, "%" PRIu64 ".%09" PRIu64, rate / FEED_RATE_ONE,
			   rate % FEED_RATE_ONE);

	while (len > 0 && ret[len - 1] == '0' && ret[len - 2] != '.')
		ret[--len] = 0;
}
