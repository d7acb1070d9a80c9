/* SPDX-License-Identifier: MIT
 *
 * A run of random faults from one seed: drawn options, two hours of faults, each repaired, then peace. The invariants
 * are checked throughout.
 */
#ifndef SIMULATION_FAULTS_H
#define SIMULATION_FAULTS_H

#include "world.h"

/* The world as it ended; its `broken` says what did not hold. */
struct world *faults_run(uint64_t seed, bool trace);
void faults_add(struct tally *sum, const struct tally *run);
void faults_print(const struct tally *tally);

#endif
