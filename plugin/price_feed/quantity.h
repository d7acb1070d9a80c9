/* SPDX-License-Identifier: MIT
 *
 * What several sources make of one quantity: the median, and which of them agree with it. Pure; any thread.
 *
 * The spread is judged by the median and not by a sigma: of three, one bad one falls out, and never two.
 */
#ifndef PRICE_FEED_QUANTITY_H
#define PRICE_FEED_QUANTITY_H

#include "decimal.h"
#include "formula.h"

#define QUANTITY_SOURCES_MAX 16

struct quantity {
	char name[FORMULA_NAME_SIZE];
	uint32_t least;	       /* sources that must agree */
	struct decimal spread; /* percent by which two that agree may differ */
};

/* values: of the fresh sources, all above zero, count of them, QUANTITY_SOURCES_MAX at most. *ret_agree: a bit for each that agrees. The
 * price is the median of those. GW_ERR_UNAVAILABLE: fewer than `least` agree, or not more than half of the fresh. */
NODISCARD gw_status quantity_value(const struct quantity *quantity, const struct decimal *values, uint32_t count,
				   struct decimal *ret, uint32_t *ret_agree, struct error *err);
/* The middle one, or the middle of the two middle ones; count is above 0. Sorts `values`. */
struct decimal quantity_median(struct decimal *values, uint32_t count);

#endif
