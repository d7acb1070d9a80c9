/* SPDX-License-Identifier: MIT
 *
 * golosd's form of time, "YYYY-MM-DDTHH:MM:SS", UTC with no zone letter (docs/protocol.md 1). Pure.
 */
#ifndef BASE_TIME_TEXT_H
#define BASE_TIME_TEXT_H

#include "base/error.h"

#define TIME_TEXT_SIZE 20

/* Seconds since 1970. Exactly 19 characters, a real date of 1970 to 2105 (u32 on the wire); else GW_ERR_SYNTAX. */
NODISCARD gw_status time_parse(const char *text, size_t len, int64_t *ret_s);
void time_format(char ret[TIME_TEXT_SIZE], int64_t time_s);

#endif
