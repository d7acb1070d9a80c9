/* SPDX-License-Identifier: MIT
 *
 * The bounds of a price that is signed: a plugin that lies can publish nothing beyond them. golosd takes any price
 * whose halves are above zero (docs/protocol.md), so nothing else stands in between. Integers alone. Pure; any thread.
 */
#ifndef SIGNER_FEED_BOUNDS_H
#define SIGNER_FEED_BOUNDS_H

#include "graphene/operation.h"

#define FEED_RATE_ONE	  1000000000 /* a rate is GBG per GOLOS, in billionths */
#define FEED_RATE_DIGITS  9
#define FEED_STEP_DEFAULT 50   /* percent */
#define FEED_STEP_MAX	  1000 /* percent */
#define FEEDS_DEFAULT	  2    /* an hour */

struct feed_bounds {
	uint64_t min, max; /* rates; 1 <= min <= max; both zero: no price is signed */
	uint32_t step;	   /* percent by which a price may differ from each that was signed in 24 h */
	uint32_t per_hour; /* signatures, by one key for this witness; these and no others count */
};

/* base / quote, rounded down; UINT64_MAX where that is larger. Both halves are above zero. */
uint64_t feed_rate(const struct feed_publish *feed);
/* Both asset symbols and the rate. GW_ERR_RANGE, and which bound. */
NODISCARD gw_status feed_check_range(const struct feed_bounds *bounds, const struct feed_publish *feed,
				     struct error *err);
/* lowest, highest: of the rates that were signed; 0: none. GW_ERR_RANGE. */
NODISCARD gw_status feed_check_step(const struct feed_bounds *bounds, uint64_t rate, uint64_t lowest, uint64_t highest,
				    struct error *err);
/* "0.0075" to a rate: a decimal number above zero with up to 9 digits after the point. False: it is none. */
bool feed_rate_parse(const char *text, uint64_t *ret);
#define FEED_RATE_TEXT_SIZE 24
void feed_rate_format(char ret[FEED_RATE_TEXT_SIZE], uint64_t rate);

#endif
