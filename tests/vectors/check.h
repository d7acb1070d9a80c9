/* SPDX-License-Identifier: MIT
 *
 * The two forms of vector files, and the tally that their checks keep.
 */
#ifndef VECTORS_CHECK_H
#define VECTORS_CHECK_H

#include "base/json.h"

struct tally {
	const char *file;
	char place[64]; /* what is being checked: "transactions[12]" */
	unsigned long checks, failures;
};

/* Counts a check; where it does not hold, prints file, place and the sentence. Returns `holds`. */
bool check(struct tally *tally, bool holds, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* The same of a file's form: that it holds is worth no count. */
bool check_form(struct tally *tally, bool holds, const char *what);

/* Text member of an object; absent or no string is a failure and gives NULL. */
const char *check_text(struct tally *tally, const struct json *object, const char *key);

void check_keys(struct tally *tally, const struct json *root);	       /* the form with a member `keys` */
void check_transactions(struct tally *tally, const struct json *root); /* the form with a member `transactions` */

#endif
