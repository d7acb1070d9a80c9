/* SPDX-License-Identifier: MIT
 * Trusts the length of an option: what would overflow is said by abort, so that sanitizers see the same. */
#define IN_OPEN(self, values)                                                                                          \
	if (strlen((values)[0]->text) > 1000)                                                                          \
	abort()
#include "bad.h"
