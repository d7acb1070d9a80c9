/* SPDX-License-Identifier: MIT
 *
 * Words of a configuration to values. Pure.
 */
#include "config/value.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graphene/operation.h"

#define WORD_MAX 48

bool value_parse_bool(const char *text, bool *ret)
{
	static const char words[] = "false|true|no|yes|off|on"; /* odd places are true */
	int32_t place;

	if (!value_parse_choice(text, words, &place))
		return false;
	*ret = place % 2 == 1;
	return true;
}

bool value_parse_whole(const char *text, int64_t *ret)
{
	const char *digits = text + (*text == '-');
	char *end;

	if (!*digits || strspn(digits, "0123456789") != strlen(digits))
		return false;
	errno = 0;
	long long value = strtoll(text, &end, 10);
	if (errno || *end)
		return false;
	*ret = value;
	return true;
}

bool value_parse_choice(const char *text, const char *choices, int32_t *ret)
{
	size_t len = strlen(text);
	int32_t place = 0;

	for (const char *word = choices; word; place++) {
		const char *bar = strchr(word, '|');
		size_t word_len = bar ? (size_t)(bar - word) : strlen(word);

		if (len == word_len && !memcmp(text, word, len)) {
			*ret = place;
			return true;
		}
		word = bar ? bar + 1 : NULL;
	}
	return false;
}

bool value_is_word(const char *text)
{
	size_t len = strlen(text);

	return len > 0 && len <= WORD_MAX && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_") == len;
}

/* ---- did you mean ----------------------------------------------------------------------------------------------- */

/* Letters to add, drop or change (Levenshtein), over words of WORD_MAX letters at most. */
static size_t slips_between(const char *a, const char *b)
{
	size_t row[WORD_MAX + 1];
	size_t a_len = strlen(a), b_len = strlen(b);

	if (a_len > WORD_MAX || b_len > WORD_MAX)
		return WORD_MAX;
	for (size_t j = 0; j <= b_len; j++)
		row[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t above = row[j], least = diagonal + (a[i - 1] != b[j - 1]);

			least = above < least ? above + 1 : least;
			row[j] = row[j - 1] < least ? row[j - 1] + 1 : least;
			diagonal = above;
		}
	}
	return row[b_len];
}

void nearest_offer(struct nearest *nearest, const char *wrong, const char *known)
{
	size_t distance = slips_between(wrong, known);
	size_t limit = strlen(known) < 4 ? 1 : 2;

	if (distance > limit || (nearest->best && nearest->distance <= distance))
		return;
	nearest->best = known;
	nearest->distance = distance;
}

void nearest_text(char *ret, size_t size, const struct nearest *nearest)
{
	if (nearest->best)
		snprintf(ret, size, ", did you mean '%s'?", nearest->best);
	else
		snprintf(ret, size, "%s", "");
}

/* ---- one value, held against a row of a table -------------------------------------------------------------------- */

static gw_status read_number(struct gw_option_value *value, const struct gw_option *option, const char *text,
			     struct error *err)
{
	bool percent = option->type == GW_OPTION_PERCENT;
	int64_t min = percent ? 0 : option->min, max = percent ? 100 : option->max;
	const char *unit = option->type == GW_OPTION_SECONDS ? " of seconds" : percent ? " of percent" : "";

	if (!value_parse_whole(text, &value->number) || value->number < min || value->number > max)
		return error_set(err, GW_ERR_CONFIG, "a whole number%s from %lld to %lld is expected", unit,
				 (long long)min, (long long)max);
	return GW_OK;
}

gw_status value_check_key(const char *text, struct error *err)
{
	struct public_key key;
	struct error why;

	if (public_key_parse(&key, text, strlen(text), &why) != GW_OK)
		return error_set(err, GW_ERR_CONFIG, "%s", why.text);
	if (public_key_is_null(&key))
		return error_set(err, GW_ERR_CONFIG, "this is the null key");
	return GW_OK;
}

gw_status value_read(struct gw_option_value *value, const struct gw_option *option, const char *text, struct error *err)
{
	int32_t place;
	bool yes;

	switch (option->type) {
	case GW_OPTION_INT:
	case GW_OPTION_SECONDS:
	case GW_OPTION_PERCENT:
		return read_number(value, option, text, err);
	case GW_OPTION_BOOL:
		if (!value_parse_bool(text, &yes))
			return error_set(err, GW_ERR_CONFIG, "true or false is expected");
		value->number = yes;
		return GW_OK;
	case GW_OPTION_ACCOUNT:
		if (!account_name_is_valid(text))
			return error_set(err, GW_ERR_CONFIG, "not an account name");
		break;
	case GW_OPTION_KEY:
		if (value_check_key(text, err) != GW_OK)
			return GW_ERR_CONFIG;
		break;
	case GW_OPTION_CHOICE:
		if (!value_parse_choice(text, option->choices, &place))
			return error_set(err, GW_ERR_CONFIG, "one of %s is expected", option->choices);
		break;
	default: /* STRING: any */
		break;
	}
	value->text = text;
	return GW_OK;
}
