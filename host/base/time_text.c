/* SPDX-License-Identifier: MIT
 *
 * golosd's form of time. Pure.
 */
#include "base/time_text.h"

#include <stdio.h>
#include <time.h>

static gw_status two_digits(const char *at, int *ret)
{
	if (at[0] < '0' || at[0] > '9' || at[1] < '0' || at[1] > '9')
		return GW_ERR_SYNTAX;
	*ret = (at[0] - '0') * 10 + (at[1] - '0');
	return GW_OK;
}

gw_status time_parse(const char *text, size_t len, int64_t *ret_s)
{
	static const char form[] = "dddd-dd-ddTdd:dd:dd";
	int part[7]; /* century, year, month, day, hour, minute, second */
	size_t count = 0;

	if (len != sizeof(form) - 1)
		return GW_ERR_SYNTAX;
	for (size_t i = 0; i < len;) {
		if (form[i] != 'd') {
			if (text[i] != form[i])
				return GW_ERR_SYNTAX;
			i++;
			continue;
		}
		if (two_digits(text + i, &part[count++]))
			return GW_ERR_SYNTAX;
		i += 2;
	}

	struct tm tm = {.tm_year = part[0] * 100 + part[1] - 1900,
			.tm_mon = part[2] - 1,
			.tm_mday = part[3],
			.tm_hour = part[4],
			.tm_min = part[5],
			.tm_sec = part[6]};
	struct tm given = tm;
	time_t time_s = timegm(&tm);

	/* timegm mends 31 February silently: what it gives back must be what was given */
	if (tm.tm_mon != given.tm_mon || tm.tm_mday != given.tm_mday || tm.tm_hour != given.tm_hour ||
	    tm.tm_min != given.tm_min || tm.tm_sec != given.tm_sec || time_s < 0 || time_s > (time_t)UINT32_MAX)
		return GW_ERR_SYNTAX;
	*ret_s = time_s;
	return GW_OK;
}

void time_format(char ret[TIME_TEXT_SIZE], int64_t time_s)
{
	time_t t = time_s;
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(ret, TIME_TEXT_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
}
