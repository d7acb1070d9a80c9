/* SPDX-License-Identifier: MIT
 * Of a test program that has none of its own. */
#include "test.h"

int main(void)
{
	return test_run(NULL, NULL);
}
