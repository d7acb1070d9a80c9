/* SPDX-License-Identifier: MIT
 *
 * Scenarios by name: the defects that other tools have (PEERS in the project's notes), and what else must go right,
 * each with the outcome that is expected.
 */
#ifndef SIMULATION_SCENARIOS_H
#define SIMULATION_SCENARIOS_H

#include <stdbool.h>

/* Runs all, or those whose name holds `part`; says which fail. True: none did. */
bool scenarios_run(const char *part, bool trace);
void scenarios_list(void);

#endif
