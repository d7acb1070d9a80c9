/* SPDX-License-Identifier: MIT
 * Lets others see a function of its own. */
__attribute__((visibility("default"))) void helper(void);
void helper(void)
{
}
#include "bad.h"
