/* SPDX-License-Identifier: MIT
 *
 * Random numbers of one seed (splitmix64). The same seed gives the same run on every machine.
 */
#ifndef SIMULATION_DICE_H
#define SIMULATION_DICE_H

#include <stdbool.h>
#include <stdint.h>

struct dice {
	uint64_t state;
};

uint64_t dice_next(struct dice *dice);
/* 0 .. n - 1; n is not 0. */
uint32_t dice_below(struct dice *dice, uint32_t n);
/* low .. high, both included. */
int64_t dice_between(struct dice *dice, int64_t low, int64_t high);
/* True `times` out of 100,000. */
bool dice_chance(struct dice *dice, uint32_t times);
#define DICE_SURE 100000u

#endif
