/* SPDX-License-Identifier: MIT
 *
 * Figures: ours beside the older script's rule, on the same model chain with the same seeds.
 */
#ifndef SIMULATION_BENCH_H
#define SIMULATION_BENCH_H

#include <stdbool.h>
#include <stdint.h>

/* part: dead, noise or partition, NULL all of them; false: it is none. runs: of each dead primary; days: node-days for
 * each rule and window on the noisy chain; window_s: that miss_window alone, 0 all three of them. */
bool bench_run(const char *part, uint32_t runs, uint32_t days, int64_t window_s);

#endif
