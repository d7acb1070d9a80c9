/* SPDX-License-Identifier: MIT
 * Calls the host from a thread of its own. */
#include <pthread.h>
static void *run(void *context);
#define IN_START(self)                                                                                                 \
	pthread_t thread;                                                                                              \
	if (pthread_create(&thread, NULL, run, self) == 0)                                                             \
	pthread_join(thread, NULL)
#include "bad.h"
static void *run(void *context)
{
	struct plugin *self = context;

	self->api->timer_set(self->host, 1, 1);
	return NULL;
}
