/* SPDX-License-Identifier: MIT
 * Writes more than 255 characters for people. */
#define IN_COMMAND(self, ret_text)                                                                                     \
	for (volatile size_t i = 0; i < 300; i++)                                                                      \
	(ret_text)[i] = 120
#include "bad.h"
