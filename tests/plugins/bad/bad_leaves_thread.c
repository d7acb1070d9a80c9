/* SPDX-License-Identifier: MIT
 * Its thread outlives it. */
#include <pthread.h>
#include <unistd.h>
static void *run(void *context)
{
	(void)context;
	while (pause() < 0)
		continue;
	return NULL;
}
#define IN_START(self)                                                                                                 \
	pthread_t thread;                                                                                              \
	if (pthread_create(&thread, NULL, run, NULL) == 0)                                                             \
	pthread_detach(thread)
#include "bad.h"
