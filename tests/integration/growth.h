/* SPDX-License-Identifier: MIT
 *
 * How a host grows with the witnesses that it watches.
 */
#ifndef INTEGRATION_GROWTH_H
#define INTEGRATION_GROWTH_H

#include <stdbool.h>

/* Prints it; false: worse than linearly. Takes some three minutes. */
bool growth_measure(void);

#endif
