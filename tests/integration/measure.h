/* SPDX-License-Identifier: MIT
 *
 * What a running process has used.
 */
#ifndef INTEGRATION_MEASURE_H
#define INTEGRATION_MEASURE_H

#include <sys/types.h>

/* "Rss:" is resident, "Pss:" the same with each shared page divided by those who share it; -1: it does not run. */
long measure_memory_kib(pid_t pid, const char *name);
/* All threads of it, since its start. */
double measure_processor_ms(pid_t pid);

#endif
