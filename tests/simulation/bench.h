/* SPDX-License-Identifier: MIT
 *
 * Figures: ours beside the older script's rule, on the same model chain with the same seeds.
 */
#ifndef SIMULATION_BENCH_H
#define SIMULATION_BENCH_H

#include <stdint.h>

/* runs: of each dead primary; days: node-days of each noisy chain. */
void bench_run(uint32_t runs, uint32_t days);

#endif
