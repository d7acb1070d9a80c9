/* SPDX-License-Identifier: MIT
 *
 * Scenarios by name: the defects that other tools have (docs/design.md, Counting), and what else must go right,
 * each with the outcome that is expected.
 */
#ifndef SIMULATION_SCENARIOS_H
#define SIMULATION_SCENARIOS_H

#include <stdbool.h>
#include <stdint.h>

/* Plays the one of that name, or all whose name holds `part`, each with so many seeds (0: as many as the tests do) from
 * `seed` on; says which fail. first: none is played after one that failed. True: none did. */
bool scenarios_run(const char *part, uint64_t seed, uint32_t seeds, bool trace, bool first);
void scenarios_list(void);

#endif
