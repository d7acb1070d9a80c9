/* SPDX-License-Identifier: MIT
 *
 * Every program.
 */
#include "base/secret_text.h"

#include <string.h>

#define BASE58	   "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
#define LENGTH_MIN 45

/* strspn would go beyond `len`. */
static size_t run_length(const char *at, size_t left)
{
	size_t run = 0;

	while (run < left && at[run] && strchr(BASE58, at[run]))
		run++;
	return run;
}

bool secret_text_mask(char *bytes, size_t len)
{
	bool masked = false;

	for (size_t i = 0; i < len;) {
		size_t run = run_length(bytes + i, len - i);

		if (run >= LENGTH_MIN && bytes[i] == '5' && strchr("HJK", bytes[i + 1])) {
			memset(bytes + i, 'x', run);
			masked = true;
		}
		i += run ? run : 1;
	}
	return masked;
}
