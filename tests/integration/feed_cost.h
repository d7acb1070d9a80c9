/* SPDX-License-Identifier: MIT
 *
 * What an hour of the price feed costs a host.
 */
#ifndef INTEGRATION_FEED_COST_H
#define INTEGRATION_FEED_COST_H

#include <stdbool.h>

/* Prints it; false: more than the aim of 1 MiB at rest and 1 s of processor time. Takes some minute. */
bool feed_cost_measure(void);

#endif
