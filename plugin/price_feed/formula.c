/* SPDX-License-Identifier: MIT
 * The formula of the price. See formula.h. */
#include "formula.h"

#include <string.h>

#define DEPTH_MAX 16

struct reading {
	const char *text, *at;
	const char *const *names;
	uint32_t name_count;
	uint32_t depth;
	struct formula *formula;
	struct error *err;
};

static gw_status fail(const struct reading *r, const char *at, const char *what)
{
	return error_set(r->err, GW_ERR_CONFIG, "%s at character %zu of '%.120s'", what, (size_t)(at - r->text) + 1,
			 r->text);
}

static char next(struct reading *r)
{
	while (*r->at == ' ' || *r->at == '\t')
		r->at++;
	return *r->at;
}

static gw_status add_step(struct reading *r, struct formula_step step)
{
	if (r->formula->count == FORMULA_STEPS_MAX)
		return fail(r, r->at, "more numbers, names and operators than 64");
	r->formula->steps[r->formula->count++] = step;
	return GW_OK;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || c == '_';
}

static bool is_number_part(char c)
{
	return (c >= '0' && c <= '9') || c == '.';
}

static gw_status read_number(struct reading *r)
{
	const char *begin = r->at;
	struct formula_step step = {.kind = 'n'};

	while (is_number_part(*r->at))
		r->at++;
	if (decimal_parse(&step.number, begin, (size_t)(r->at - begin), NULL) != GW_OK)
		return fail(r, begin, "no decimal number");
	return add_step(r, step);
}

static gw_status read_name(struct reading *r)
{
	const char *begin = r->at;
	size_t len = 0;

	while (is_letter(begin[len]) || (begin[len] >= '0' && begin[len] <= '9'))
		len++;
	for (uint32_t i = 0; i < r->name_count; i++) {
		if (strlen(r->names[i]) != len || memcmp(r->names[i], begin, len) != 0)
			continue;
		r->formula->used |= 1u << i;
		r->at += len;
		return add_step(r, (struct formula_step){.kind = 'q', .name = i});
	}
	return fail(r, begin, "a name that is not among `quantities`");
}

static gw_status read_sum(struct reading *r);

static gw_status read_factor(struct reading *r)
{
	const char *begin;
	gw_status status;
	char c = next(r);

	if (is_number_part(c))
		return read_number(r);
	if (is_letter(c))
		return read_name(r);
	if (c != '(')
		return fail(r, r->at, "a number, a name or ( is expected");
	begin = r->at++;
	if (++r->depth > DEPTH_MAX)
		return fail(r, begin, "more than 16 ( within each other");
	status = read_sum(r);
	if (status != GW_OK)
		return status;
	r->depth--;
	if (next(r) != ')')
		return fail(r, begin, "no ) for the (");
	r->at++;
	return GW_OK;
}

/* a, a OP b, a OP b OP c…, from the left. */
static gw_status read_row(struct reading *r, const char *operators, gw_status (*read_part)(struct reading *))
{
	gw_status status = read_part(r);

	while (status == GW_OK) {
		char kind = next(r);

		if (kind == '\0' || !strchr(operators, kind))
			return GW_OK;
		r->at++;
		status = read_part(r);
		if (status == GW_OK)
			status = add_step(r, (struct formula_step){.kind = kind});
	}
	return status;
}

static gw_status read_product(struct reading *r)
{
	return read_row(r, "*/", read_factor);
}

static gw_status read_sum(struct reading *r)
{
	return read_row(r, "+-", read_product);
}

gw_status formula_read(struct formula *ret, const char *text, const char *const *names, uint32_t name_count,
		       struct error *err)
{
	struct formula formula = {0};
	struct reading r = {text, text, names, name_count, 0, &formula, err};
	gw_status status = read_sum(&r);

	if (status != GW_OK)
		return status;
	if (next(&r) != '\0')
		return fail(&r, r.at, "an operator or the end is expected");
	*ret = formula;
	return GW_OK;
}

static struct decimal count(char kind, struct decimal a, struct decimal b)
{
	switch (kind) {
	case '+':
		return decimal_add(a, b);
	case '-':
		return decimal_subtract(a, b);
	case '*':
		return decimal_multiply(a, b);
	default:
		return decimal_divide(a, b);
	}
}

gw_status formula_value(const struct formula *formula, const struct decimal *values, struct decimal *ret,
			struct error *err)
{
	struct decimal stack[FORMULA_STEPS_MAX + 1] = {{0}};
	size_t depth = 0;

	for (uint32_t i = 0; i < formula->count; i++) {
		const struct formula_step *step = &formula->steps[i];

		if (step->kind == 'n' || step->kind == 'q') {
			stack[depth++] = step->kind == 'n' ? step->number : values[step->name];
			continue;
		}
		depth--;
		if (step->kind == '/' && stack[depth].digits == 0)
			return error_set(err, GW_ERR_RANGE, "the formula divides by zero");
		stack[depth - 1] = count(step->kind, stack[depth - 1], stack[depth]);
	}
	if (!decimal_is_sound(stack[0]))
		return error_set(err, GW_ERR_RANGE, "the formula's result is not above zero, or beyond 1e30");
	*ret = stack[0];
	return GW_OK;
}
