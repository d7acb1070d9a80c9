/* SPDX-License-Identifier: MIT
 *
 * The option `price`: + - * / ( ), names and numbers, read once into steps of a stack. Pure; any thread.
 */
#ifndef PRICE_FEED_FORMULA_H
#define PRICE_FEED_FORMULA_H

#include "decimal.h"

#define FORMULA_STEPS_MAX 64
#define FORMULA_NAMES_MAX 8
#define FORMULA_NAME_SIZE 32

struct formula_step {
	struct decimal number;
	uint32_t name; /* its place among the names */
	char kind;     /* 'n' number, 'q' name, or the operator */
};

struct formula {
	uint32_t count;
	uint32_t used; /* bit per name */
	struct formula_step steps[FORMULA_STEPS_MAX];
};

/* names: those that may stand in it, name_count of them, FORMULA_NAMES_MAX at most. GW_ERR_CONFIG with the place of the fault, counted
 * from 1. */
NODISCARD gw_status formula_read(struct formula *ret, const char *text, const char *const *names, uint32_t name_count,
				 struct error *err);
/* values: in the order of the names. GW_ERR_RANGE: a division by zero, or a result that is not above zero. */
NODISCARD gw_status formula_value(const struct formula *formula, const struct decimal *values, struct decimal *ret,
				  struct error *err);

#endif
