/* SPDX-License-Identifier: MIT
 *
 * Account names. Every program.
 */
#include <string.h>

#include "graphene/operation.h"

static bool is_letter(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_letter_or_digit(char c)
{
	return is_letter(c) || (c >= '0' && c <= '9');
}

/* One part between points. */
static bool part_is_valid(const char *part, size_t len)
{
	if (len < 1 || !is_letter(part[0]) || !is_letter_or_digit(part[len - 1]))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!is_letter_or_digit(part[i]) && part[i] != '-')
			return false;
	return true;
}

bool account_name_is_valid(const char *name)
{
	size_t len = strlen(name);

	if (len < 3 || len >= GW_ACCOUNT_SIZE)
		return false;
	for (;;) {
		size_t part = strcspn(name, ".");

		if (!part_is_valid(name, part))
			return false;
		if (name[part] == '\0')
			return true;
		name += part + 1;
	}
}
