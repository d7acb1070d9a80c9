/* SPDX-License-Identifier: MIT
 * Refuses without a word. */
#define IN_OPEN(self, values)                                                                                          \
	free(self);                                                                                                    \
	return GW_ERR_UNAVAILABLE
#include "bad.h"
