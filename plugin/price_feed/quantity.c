/* SPDX-License-Identifier: MIT
 * A quantity of several sources. See quantity.h. */
#include "quantity.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
	const struct decimal *left = a, *right = b;

	return decimal_compare(*left, *right);
}

struct decimal quantity_median(struct decimal *values, uint32_t count)
{
	qsort(values, count, sizeof(values[0]), compare);
	return count % 2 ? values[count / 2] : decimal_middle(values[count / 2 - 1], values[count / 2]);
}

/* Two that agree are each within half of the spread, so that they differ by no more than all of it. */
static bool agrees(const struct quantity *quantity, struct decimal value, struct decimal median)
{
	struct decimal difference = decimal_subtract(value, median);

	difference.digits = llabs(difference.digits);
	return decimal_compare(decimal_multiply(difference, decimal_of(200)),
			       decimal_multiply(median, quantity->spread)) <= 0;
}

gw_status quantity_value(const struct quantity *quantity, const struct decimal *values, uint32_t count,
			 struct decimal *ret, uint32_t *ret_agree, struct error *err)
{
	struct decimal sorted[QUANTITY_SOURCES_MAX], median;
	uint32_t agree = 0, bits = 0;

	*ret_agree = 0;
	if (count < quantity->least)
		return error_set(err, GW_ERR_UNAVAILABLE,
				 "%s is not known: %" PRIu32 " sources answer, and %" PRIu32 " are needed",
				 quantity->name, count, quantity->least);
	memcpy(sorted, values, count * sizeof(values[0]));
	median = quantity_median(sorted, count);
	for (uint32_t i = 0; i < count; i++) {
		if (!agrees(quantity, values[i], median))
			continue;
		bits |= 1u << i;
		sorted[agree++] = values[i];
	}
	*ret_agree = bits;
	if (agree < quantity->least || agree * 2 <= count) {
		char spread[DECIMAL_TEXT_SIZE];

		decimal_format(spread, quantity->spread, 6);
		return error_set(err, GW_ERR_UNAVAILABLE,
				 "%s is not known: of %" PRIu32 " sources, %" PRIu32
				 " lie within %s percent of each other",
				 quantity->name, count, agree, spread);
	}
	*ret = quantity_median(sorted, agree);
	return GW_OK;
}
