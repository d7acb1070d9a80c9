/* SPDX-License-Identifier: MIT
 *
 * One round, in a child of its own: asks the servers, 4 at a time, and says what came of each.
 */
#ifndef FETCH_ROUND_H
#define FETCH_ROUND_H

#include "fetch/wire/message.h"

#define ROUND_AT_A_TIME 4

struct round_setup {
	const struct fetch_url *urls; /* those of the ADDRESS messages */
	const char *const *texts;
	const char *ca_file; /* NULL: the system's */
	int channel;	     /* to the parent: an ANSWER for each item */
};

/* Returns when each item is answered, FETCH_ROUND_MS later at most. False: curl does not start, or the parent is gone.
 */
bool round_run(const struct round_setup *setup, const struct fetch_round *round);

#endif
