/* SPDX-License-Identifier: MIT
 *
 * What a running process has used.
 */
#ifndef INTEGRATION_MEASURE_H
#define INTEGRATION_MEASURE_H

#include <sys/types.h>

/* "Rss:" is resident, "Pss:" the same with each shared page divided by those who share it; -1: it does not run. */
long measure_memory_kib(pid_t pid, const char *name);
/* The most that was ever resident; -1: it does not run. */
long measure_peak_kib(pid_t pid);
/* All threads of it, since its start. */
double measure_processor_ms(pid_t pid);
/* With its children that have ended; to 10 ms. */
double measure_with_children_ms(pid_t pid);

#endif
